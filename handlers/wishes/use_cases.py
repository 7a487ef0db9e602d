"""How a wish begins: logged, consented to by a guardian where it is a child's, verified or returned, amended."""

from dataclasses import dataclass, replace
from datetime import date

from bot.chat.command import service
from bot.chat.pages import cut
from bot.chat.turn import Chat
from bot.masking import has_personal_details
from handlers.wishes import phrases, rules
from handlers.wishes.guess import Guess, age_said, guess
from handlers.wishes.moves import move, record
from handlers.wishes.phrases import Verdict, Waiting
from handlers.wishes.sight import consents, places, seen, verifies
from handlers.wishes.words import keep, public, unseen
from storage.members import Member, Role
from storage.outbox import Target
from storage.uow import UnitOfWork
from storage.wishes import AgeBand, Consent, Move, Status, Urgency, Wish


@service
@dataclass(frozen=True, slots=True)
class WishLimits:
    """Limits per member; 0 = no limit."""

    wishes_a_day: int
    claims_at_once: int


def log(
    uow: UnitOfWork,
    content: str,
    *,
    by: Member,
    chat: Chat,
    limits: WishLimits,
    told: Guess | None = None,
    contact: str = "",
    place_id: int | None = None,
    group_id: int | None = None,
) -> tuple[Wish, list[Wish]]:
    """Log a wish; also returns similar ones that are under way.

    `told`: what was said about it beside its words, and goes before what they say. `contact`: how to reach
    whom it is for, for the claimer alone. `place_id`: where it is, if not where the chat is. `group_id`: the
    group it was begun in, when it was asked for in private.
    """
    if len(content) > rules.LONGEST:
        raise phrases.TooLong(rules.LONGEST)
    if limits.wishes_a_day:
        uow.members.lock(by.id)
        has_room(uow, by=by, limits=limits)
    today = uow.now.date()
    known = joined(told or Guess(), guess(content, today))
    shown = public(content, known.age_band, contact)
    place_id = place_id if place_id is not None else chat.place_id
    alike = similar(uow, shown, place_id)
    group_id = chat.group.id if chat.group else group_id
    wish = enter(uow, content, shown, known, by=by, place_id=place_id, group_id=group_id, contact=contact)
    _after_words(uow, wish, content, by=by, chat=chat)
    return wish, alike


def enter(
    uow: UnitOfWork,
    content: str,
    shown: str,
    known: Guess,
    *,
    by: Member,
    place_id: int | None,
    group_id: int | None = None,
    contact: str = "",
) -> Wish:
    """The wish in its register, with its history, its audit row and what is for few eyes; nobody is told of it.

    `shown`: the words that everybody of the place may read.
    """
    wish = uow.wishes.log(
        shown, by=by.id, place_id=place_id, group_id=group_id, expires_on=_expires(known, uow.now.date()),
        kind=known.kind, age_band=known.age_band, urgency=known.urgency, wanted_by=known.wanted_by,
        consent=_consent(known.age_band),
    )  # fmt: skip
    if content != shown:
        keep(uow, wish.no, "content", content, shown)
    if contact:
        keep(uow, wish.no, "contact", contact, "")
    record(uow, Move.LOG, wish, by=by, before="")
    return wish


def has_room(uow: UnitOfWork, *, by: Member, limits: WishLimits) -> None:
    """Raises `TooManyToday` when they have logged as many as one may in a day."""
    midnight = uow.now.replace(hour=0, minute=0, second=0, microsecond=0)
    if limits.wishes_a_day and uow.wishes.logged_since(by.id, midnight) >= limits.wishes_a_day:
        raise phrases.TooManyToday(limits.wishes_a_day)


def to_verify(uow: UnitOfWork, page: int, *, by: Member, chat: Chat) -> Waiting:
    """What waits for this member's verification; in a group, of its place alone."""
    within = None if chat.private else places(uow, by, chat)
    wishes = uow.wishes_waiting.to_verify(by, within)
    return Waiting(cut(wishes, page, phrases.TO_VERIFY), chat.private)


def verify(uow: UnitOfWork, no: int, verdict: Verdict, reason: str, *, by: Member, chat: Chat) -> Wish:
    """Let it pass, or return it with a reason. The one who logged it cannot.

    A child's wish passes once its guardian has consented. A wish without a place becomes one of the place
    whose coordinator lets it pass: there it is claimed.
    """
    wish = seen(uow, no, by, chat)
    if wish.logged_by == by.id:
        raise phrases.OwnWish
    if not verifies(uow, by, wish):
        raise phrases.NotVerifier
    if verdict is Verdict.RETURN:
        if not reason:
            raise phrases.ReasonMissing
        return move(uow, wish, Move.RETURN, by, note=reason)
    if wish.status is Status.PENDING and wish.consent is Consent.NEEDED:
        raise phrases.GuardianMissing(no)
    adopted = {"place_id": _coordinated(by, chat)} if wish.place_id is None else {}
    return move(uow, wish, Move.VERIFY, by, note=reason, setting=adopted)


def to_ask(uow: UnitOfWork, page: int, *, by: Member) -> Waiting:
    """The children's wishes for which this child officer has to ask a guardian."""
    return Waiting(cut(uow.wishes_waiting.to_ask(by), page, phrases.TO_ASK), private=True)


def consent(uow: UnitOfWork, no: int, who: str, *, by: Member, chat: Chat) -> Wish:
    """A child officer records that the guardian of a child under 14 agrees; who it was is kept sealed.

    Where an age is said in its place, nobody consented: from 14 on the wish is none of a child's and needs none,
    unless a child's was merged into it: that child's age is not what was said.
    """
    wish = seen(uow, no, by, chat)
    if not consents(uow, by, wish):
        raise phrases.NotChildOfficer(no)
    if wish.consent is not Consent.NEEDED:
        raise phrases.NoConsentNeeded(no)
    band = age_said(who)
    if band is None:
        return move(uow, wish, Move.CONSENT, by, note=who)
    if band is AgeBand.CHILD:
        raise phrases.StillAChild(no)
    typed = unseen(uow, wish)
    shown = public(typed.content, band, typed.contact)
    grown = move(uow, wish, Move.GROWN, by, note=who, setting={"age_band": band.value, "content": shown})
    keep(uow, no, "content", typed.content, shown)
    if children := _children_absorbed(uow, no):  # asked last: a merge of the same moment has ended by now
        raise phrases.OtherChildren(no, children)
    return grown


def amend(uow: UnitOfWork, no: int, content: str, *, by: Member, chat: Chat) -> Wish:
    """Change a returned wish; it waits for verification again."""
    wish = seen(uow, no, by, chat)
    if wish.logged_by != by.id:
        raise phrases.NotLogger(no, phrases.DOING[Move.AMEND])
    if len(content) > rules.LONGEST:
        raise phrases.TooLong(rules.LONGEST)
    today = uow.now.date()
    known = joined(guess(content, today), Guess(wish.kind, wish.age_band, wish.urgency, wish.wanted_by))
    if wish.consent is Consent.NEEDED and _children_absorbed(uow, no):
        known = replace(known, age_band=AgeBand.CHILD)
    shown = public(content, known.age_band, unseen(uow, wish).contact)
    agreed = wish.consent is Consent.GIVEN
    setting: dict[str, object] = {
        "content": shown, "kind": known.kind.value, "age_band": known.age_band.value,
        "urgency": known.urgency.value, "wanted_by": known.wanted_by,
        "consent": (Consent.GIVEN if agreed else _consent(known.age_band)).value,
    }  # fmt: skip
    if known.wanted_by != wish.wanted_by:
        setting["expires_on"] = _expires(known, today)
    amended = move(uow, wish, Move.AMEND, by, setting=setting)
    keep(uow, no, "content", content, shown)
    let_out = wish.consent is Consent.NEEDED and amended.consent is not Consent.NEEDED
    if let_out and (children := _children_absorbed(uow, no)):  # of a merge in the same moment
        raise phrases.OtherChildren(no, children)
    _after_words(uow, amended, content, by=by, chat=chat)
    return amended


def _children_absorbed(uow: UnitOfWork, no: int) -> list[int]:
    """The children's wishes that went into it waiting for consent: neither words nor an age let it out of that."""
    merged = [other for other, _ in uow.wishes.merged_loggers(no)]
    return [other for other in merged if uow.wishes.get(other).consent is Consent.NEEDED]


def joined(first: Guess, second: Guess) -> Guess:
    """What the first says, and where it says nothing, the second."""
    return replace(
        second,
        kind=first.kind or second.kind,
        age_band=first.age_band or second.age_band,
        urgency=first.urgency if first.urgency is Urgency.URGENT else second.urgency,
        wanted_by=first.wanted_by or second.wanted_by,
    )


def _expires(known: Guess, today: date) -> date:
    return known.wanted_by if known.wanted_by and known.wanted_by >= today else rules.expires_on(today)


def _consent(band: AgeBand) -> Consent:
    return Consent.NEEDED if band is AgeBand.CHILD else Consent.NOT_NEEDED


def _after_words(uow: UnitOfWork, wish: Wish, content: str, *, by: Member, chat: Chat) -> None:
    """Warn who wrote a name in a group; let the child officers of the place know of a child's wish."""
    if not chat.private and has_personal_details(content):
        uow.outbox.add(Target(member_id=by.id), phrases.warning(wish).to_json())
    if wish.consent is not Consent.NEEDED:
        return
    if wish.place_id is None:
        concerned, text = Role.COORDINATOR, phrases.to_coordinator_of_none(wish)
    else:
        concerned, text = Role.CHILD_OFFICER, phrases.to_child_officer(wish)
    line = uow.places.line(wish.place_id)
    for member in uow.members.all():
        if member.id != by.id and member.holds([concerned], line):
            uow.outbox.add(Target(member_id=member.id), text.to_json())


def _coordinated(by: Member, chat: Chat) -> int | None:
    """The place a coordinator speaks for here."""
    places = [grant.place_id for grant in by.grants if grant.role is Role.COORDINATOR]
    return (
        chat.place_id
        if chat.place_id in places
        else next((place for place in places if place), chat.place_id)
    )


def similar(uow: UnitOfWork, content: str, place_id: int | None) -> list[Wish]:
    """Up to three wishes of the place that are under way and say nearly the same, the likest first."""
    if place_id is None:
        return []
    under_way = uow.wishes.contents(
        statuses=[Status.PENDING, Status.OPEN, Status.CLAIMED], place_id=place_id, limit=200
    )
    scored = sorted((-rules.likeness(content, other), no) for no, other in under_way)
    return [uow.wishes.get(no) for unlikeness, no in scored[:3] if -unlikeness >= rules.ALIKE]
