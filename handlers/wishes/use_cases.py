"""What happens to wishes: plain functions over a unit of work."""

from collections.abc import Collection
from dataclasses import dataclass

from bot.chat.command import service
from bot.chat.turn import Chat
from bot.masking import has_personal_details, hide_people
from handlers.wishes import phrases, rules
from handlers.wishes.phrases import Listed, Shown, Verdict
from knowledge.folding import fold
from storage.base import NotFound
from storage.members import Member, Role, places_served
from storage.outbox import Target
from storage.uow import UnitOfWork
from storage.wishes import AlreadyMoved, Move, Status, Wish

VERIFIERS = frozenset({Role.COORDINATOR, Role.FIRST_SECRETARY})
CLAIMERS = frozenset(
    {Role.VOLUNTEER, Role.GRID_WORKER, Role.CARE_SECRETARY, Role.FIRST_SECRETARY, Role.COORDINATOR}
)
ON_SHOW = frozenset({Status.OPEN, Status.CLAIMED, Status.DELIVERED, Status.FULFILLED})
"""States a wish can be seen in by everybody of its place."""

PAGE = 10
"""Wishes in one list."""


@service
@dataclass(frozen=True, slots=True)
class WishLimits:
    """Limits per member; 0 = no limit."""

    wishes_a_day: int
    claims_at_once: int


def log(
    uow: UnitOfWork, content: str, *, by: Member, chat: Chat, limits: WishLimits
) -> tuple[Wish, list[Wish]]:
    """Log a wish; also returns similar ones that are under way."""
    if len(content) > rules.LONGEST:
        raise phrases.TooLong(rules.LONGEST)
    if limits.wishes_a_day:
        uow.members.lock(by.id)
        midnight = uow.now.replace(hour=0, minute=0, second=0, microsecond=0)
        if uow.wishes.logged_since(by.id, midnight) >= limits.wishes_a_day:
            raise phrases.TooManyToday(limits.wishes_a_day)
    similar = _similar(uow, content, chat)
    wish = uow.wishes.log(
        content, by=by.id, place_id=chat.place_id, group_id=chat.group.id if chat.group else None,
        expires_on=rules.expires_on(uow.now.date()),
    )  # fmt: skip
    _audit(uow, by, Move.LOG, wish, "")
    if not chat.private and has_personal_details(content):
        uow.outbox.add(Target(member_id=by.id), phrases.warning(wish).to_json())
    return wish, similar


def waiting(uow: UnitOfWork, *, by: Member, chat: Chat) -> Listed:
    """What waits for this member's verification."""
    places = places_served(by, VERIFIERS, uow.places)
    if chat.group is not None and chat.place_id is not None:
        places &= uow.places.below([chat.place_id])
    wishes = uow.wishes.listed(statuses=[Status.PENDING], places=places, limit=1000)
    if chat.private and Role.COORDINATOR in by.roles:
        wishes += uow.wishes.waiting_without_place()
    others = [wish for wish in wishes if wish.logged_by != by.id]
    return Listed(others[:PAGE], len(others), "", chat.private)


def verify(uow: UnitOfWork, no: int, verdict: Verdict, reason: str, *, by: Member, chat: Chat) -> Wish:
    """Let it pass, or return it with a reason. The one who logged it cannot.

    A wish without a place becomes one of the place whose coordinator lets it pass: there it is claimed.
    """
    wish = _seen(uow, no, by, chat)
    if wish.logged_by == by.id:
        raise phrases.OwnWish
    allowed = VERIFIERS if wish.place_id is not None else frozenset({Role.COORDINATOR})
    if not by.holds(allowed, uow.places.line(wish.place_id)):
        raise phrases.NotVerifier
    if verdict is Verdict.RETURN:
        if not reason:
            raise phrases.ReasonMissing
        return _move(uow, wish, Move.RETURN, by, note=reason)
    adopted_by = _coordinated(by, chat) if wish.place_id is None else None
    return _move(uow, wish, Move.VERIFY, by, note=reason, place_id=adopted_by)


def amend(uow: UnitOfWork, no: int, content: str, *, by: Member, chat: Chat) -> Wish:
    """Change a returned wish; it waits for verification again."""
    wish = _seen(uow, no, by, chat)
    if wish.logged_by != by.id:
        raise phrases.NotLogger(no, phrases.DOING[Move.AMEND])
    if len(content) > rules.LONGEST:
        raise phrases.TooLong(rules.LONGEST)
    amended = _move(uow, wish, Move.AMEND, by, content=content)
    if not chat.private and has_personal_details(content):
        uow.outbox.add(Target(member_id=by.id), phrases.warning(wish).to_json())
    return amended


def claim(uow: UnitOfWork, no: int, *, by: Member, chat: Chat, limits: WishLimits) -> Wish:
    """Take an open wish of a place one serves, if nobody was faster.

    Its words go to the claimer alone, and that look is logged.
    """
    wish = _seen(uow, no, by, chat)
    if not by.holds(CLAIMERS, uow.places.line(wish.place_id)):
        raise phrases.NotClaimerHere(no, wish.place)
    if limits.claims_at_once:
        uow.members.lock(by.id)
        if wish.status is Status.OPEN and uow.wishes.held_by(by.id) >= limits.claims_at_once:
            raise phrases.TooManyHeld(limits.claims_at_once)
    try:
        claimed = _move(uow, wish, Move.CLAIM, by)
    except phrases.WrongState:
        now = uow.wishes.get(no)
        if now.claimed_by is None:
            raise
        raise (phrases.YoursAlready(no) if now.claimed_by == by.id else phrases.TakenAlready(no)) from None
    _looked(uow, by, claimed)
    if not chat.private:
        uow.outbox.add(Target(member_id=by.id), phrases.claimer_details(claimed).to_json())
    return claimed


def release(uow: UnitOfWork, no: int, reason: str, *, by: Member, chat: Chat) -> Wish:
    return _by_claimer(uow, no, Move.RELEASE, reason, by=by, chat=chat)


def deliver(uow: UnitOfWork, no: int, note: str, *, by: Member, chat: Chat) -> Wish:
    return _by_claimer(uow, no, Move.DELIVER, note, by=by, chat=chat)


def fulfil(uow: UnitOfWork, no: int, *, by: Member, chat: Chat) -> Wish:
    return _by_confirmer(uow, no, Move.FULFIL, "", by=by, chat=chat)


def not_received(uow: UnitOfWork, no: int, reason: str, *, by: Member, chat: Chat) -> Wish:
    return _by_confirmer(uow, no, Move.NOT_RECEIVED, reason, by=by, chat=chat)


def withdraw(uow: UnitOfWork, no: int, *, by: Member, chat: Chat) -> Wish:
    """By who logged it, before it is claimed; by a coordinator of the place, until it is delivered."""
    wish = _seen(uow, no, by, chat)
    coordinates = by.holds([Role.COORDINATOR], uow.places.line(wish.place_id))
    if not coordinates and wish.logged_by != by.id:
        raise phrases.NotWithdrawer(no)
    before_claim = {Status.PENDING, Status.OPEN, Status.RETURNED}
    if not coordinates and wish.status is Status.CLAIMED:
        raise phrases.NotWithdrawer(no)
    return _move(
        uow, wish, Move.WITHDRAW, by, expected=before_claim | ({Status.CLAIMED} if coordinates else set())
    )


def listing(uow: UnitOfWork, condition: str, *, by: Member, chat: Chat) -> Listed:
    """Wishes of a state, mine, all on show, or with a word in them: what this member may see here."""
    place = uow.places.get(chat.place_id).name if chat.place_id is not None else ""
    claims = bool(by.roles & CLAIMERS) or not chat.private
    if condition == phrases.MINE:
        mine = uow.wishes.listed(statuses=list(Status), places=None, logged_by=by.id, limit=1000)
        held = uow.wishes.listed(statuses=list(Status), places=None, claimed_by=by.id, limit=1000)
        wishes = [
            wish for wish in {w.no: w for w in [*mine, *held]}.values() if _visible(uow, wish, by, chat)
        ]
        return Listed(wishes[:PAGE], len(wishes), phrases.title(place, condition, None), chat.private, claims)
    status = phrases.STATUS_BY_WORD.get(condition)
    statuses: Collection[Status] = [status] if status else ON_SHOW if condition else [Status.OPEN]
    wishes = uow.wishes.listed(
        statuses=statuses,
        places=_places(uow, by, chat),
        containing="" if status or condition == phrases.ALL else condition,
        limit=1000,
    )
    wishes = [wish for wish in wishes if _visible(uow, wish, by, chat)]
    if not status and condition != phrases.ALL:
        wishes = [wish for wish in wishes if _says(wish, condition)]
    title = phrases.title(place, condition, status)
    return Listed(wishes[:PAGE], len(wishes), title, chat.private, claims)


def show(uow: UnitOfWork, no: int, *, by: Member, chat: Chat) -> Shown:
    """A wish and its history. Who may read it as it was typed, in private, is logged as having looked."""
    wish = _seen(uow, no, by, chat)
    verifies = by.holds(VERIFIERS, uow.places.line(wish.place_id))
    full = chat.private and (by.id in (wish.logged_by, wish.claimed_by) or verifies)
    if full and by.id != wish.logged_by:
        _looked(uow, by, wish)
    return Shown(wish, uow.wishes.history(no), chat.private, full, uow.now.tzinfo)


def expire(uow: UnitOfWork) -> int:
    """Close open wishes past their date; returns how many."""
    closed = 0
    for no in uow.wishes.out_of_date(uow.now.date()):
        try:
            wish, before = uow.wishes.move(no, Move.EXPIRE, by=None)
        except AlreadyMoved:  # claimed in this moment
            continue
        _audit(uow, None, Move.EXPIRE, wish, before.value)
        uow.outbox.add(Target(member_id=wish.logged_by), phrases.told_logger(wish, Move.EXPIRE, "").to_json())
        closed += 1
    return closed


def _by_claimer(uow: UnitOfWork, no: int, move: Move, note: str, *, by: Member, chat: Chat) -> Wish:
    wish = _seen(uow, no, by, chat)
    if wish.claimed_by != by.id:
        raise phrases.NotYours(no, phrases.DOING[move])
    return _move(uow, wish, move, by, note=note, only_claimer=True)


def _by_confirmer(uow: UnitOfWork, no: int, move: Move, note: str, *, by: Member, chat: Chat) -> Wish:
    wish = _seen(uow, no, by, chat)
    coordinates = by.holds([Role.COORDINATOR], uow.places.line(wish.place_id))
    if wish.claimed_by == by.id or (wish.logged_by != by.id and not coordinates):
        raise phrases.NotConfirmer(no)
    return _move(uow, wish, move, by, note=note)


def _move(
    uow: UnitOfWork,
    wish: Wish,
    move: Move,
    by: Member,
    *,
    note: str = "",
    expected: Collection[Status] | None = None,
    only_claimer: bool = False,
    content: str | None = None,
    place_id: int | None = None,
) -> Wish:
    """The move, its history, its audit row, and who is to learn of it: one transaction."""
    try:
        moved, before = uow.wishes.move(
            wish.no, move, by=by.id, note=note, expected=expected, only_claimer=only_claimer, content=content,
            place_id=place_id,
        )  # fmt: skip
    except AlreadyMoved as error:
        raise phrases.WrongState(wish.no, error.status, phrases.DOING[move]) from None
    _audit(uow, by, move, moved, before.value)
    if moved.logged_by != by.id and move is not Move.AMEND:
        uow.outbox.add(Target(member_id=moved.logged_by), phrases.told_logger(moved, move, note).to_json())
    told = wish.claimed_by if move in _CLAIMER_LEARNS else None
    if told is not None and told not in (by.id, moved.logged_by):
        uow.outbox.add(Target(member_id=told), phrases.told_claimer(moved, move, note).to_json())
    return moved


_CLAIMER_LEARNS = frozenset({Move.FULFIL, Move.NOT_RECEIVED, Move.WITHDRAW})


def _audit(uow: UnitOfWork, by: Member | None, move: Move, wish: Wish, before: str) -> None:
    actor = f"member:{by.id}" if by else "system"
    uow.audit.add(
        actor=actor, action=move.value, subject=f"wish:{wish.no}", before=before, after=wish.status.value
    )


def _looked(uow: UnitOfWork, by: Member, wish: Wish) -> None:
    uow.audit.add(actor=f"member:{by.id}", action="look", subject=f"wish:{wish.no}")


def _coordinated(by: Member, chat: Chat) -> int | None:
    """The place a coordinator speaks for here."""
    places = [grant.place_id for grant in by.grants if grant.role is Role.COORDINATOR]
    return (
        chat.place_id
        if chat.place_id in places
        else next((place for place in places if place), chat.place_id)
    )


def _seen(uow: UnitOfWork, no: int, by: Member, chat: Chat) -> Wish:
    """The wish, if this member may see it in this chat; otherwise it does not exist here."""
    try:
        wish = uow.wishes.get(no)
    except NotFound:
        raise phrases.NoSuchWish(no) from None
    if not _visible(uow, wish, by, chat):
        raise phrases.NoSuchWish(no)
    return wish


def _visible(uow: UnitOfWork, wish: Wish, by: Member, chat: Chat) -> bool:
    if wish.place_id is None:
        return by.id == wish.logged_by or Role.COORDINATOR in by.roles
    if chat.group is not None and chat.place_id not in uow.places.line(wish.place_id):
        return False
    if by.id in (wish.logged_by, wish.claimed_by):
        return True
    if by.holds(VERIFIERS, uow.places.line(wish.place_id)):
        return True
    return wish.status in ON_SHOW and (chat.group is not None or wish.place_id in _places(uow, by, chat))


def _says(wish: Wish, word: str) -> bool:
    """Whether the list shows the word: asking for a name must not tell whose wish it is."""
    return fold(word).casefold() in fold(hide_people(wish.content)).casefold()


def _places(uow: UnitOfWork, by: Member, chat: Chat) -> frozenset[int]:
    if chat.group is not None:
        return uow.places.below([chat.place_id] if chat.place_id is not None else [])
    own = uow.places.below([by.place_id] if by.place_id is not None else [])
    return own | places_served(by, Role, uow.places)


def _similar(uow: UnitOfWork, content: str, chat: Chat) -> list[Wish]:
    """Up to three wishes of the place that are under way and say nearly the same, the likest first."""
    if chat.place_id is None:
        return []
    under_way = uow.wishes.contents(
        statuses=[Status.PENDING, Status.OPEN, Status.CLAIMED], place_id=chat.place_id, limit=200
    )
    scored = sorted((-rules.likeness(content, other), no) for no, other in under_way)
    return [uow.wishes.get(no) for unlikeness, no in scored[:3] if -unlikeness >= rules.ALIKE]
