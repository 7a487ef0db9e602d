"""What is looked at: plain functions over a unit of work."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from bot.chat.errors import WrongPlace
from bot.chat.pages import NoPage, cut, turned
from bot.chat.phrases import PRIVATE_ONLY
from bot.chat.turn import Chat
from bot.masking import nameless
from handlers.wishes.lists import conditions, phrases
from handlers.wishes.lists.conditions import Conditions
from handlers.wishes.lists.phrases import Listed, Own, Shown
from handlers.wishes.sight import (
    CLAIMERS,
    ON_SHOW,
    called,
    confirms,
    holds,
    places,
    reads,
    says,
    seen,
    visible,
)
from handlers.wishes.use_cases import similar
from handlers.wishes.words import as_typed
from storage.members import Member
from storage.uow import UnitOfWork
from storage.wish_states import CLOSED, UNDER_WAY
from storage.wishes import Status, Urgency, Wish

EVERY = 100_000
"""More than a county has: a list is counted and put in order as a whole."""

SOON = timedelta(days=7)
"""What is wanted within these days counts as urgent."""


def listing(uow: UnitOfWork, condition: str, *, by: Member, chat: Chat) -> Listed | Own:
    """A page of the wishes that meet all conditions and that this member may see here; or all that is theirs."""
    asked = _turned(conditions.read(condition), chat)
    if asked.mine and not chat.private:
        raise WrongPlace(PRIVATE_ONLY)
    if asked.mine and not (asked.narrowed or asked.statuses or asked.all):
        return own(uow, by=by)
    here = {word: found for word in asked.words if (found := called(uow, word))}
    words = tuple(word for word in asked.words if word not in here)
    only_words = bool(words) and not (here or asked.kinds or asked.bands or asked.urgent or asked.near)
    everything = asked.all or only_words or asked.mine
    statuses = asked.statuses or (
        frozenset(Status) if asked.mine else ON_SHOW if everything else {Status.OPEN}
    )
    within = places(uow, by, chat)
    if here:
        within &= uow.places.below([place.id for found in here.values() for place in found])
    wishes = _mine(uow, by) if asked.mine and not here else uow.wishes.listed(
        statuses=list(statuses), places=within, limit=EVERY
    )  # fmt: skip
    today = uow.now.date()
    wishes = [
        wish
        for wish in wishes
        if wish.status in statuses
        and _meets(wish, asked, words, today)
        and (not asked.mine or wish.logged_by == by.id or holds(uow, by, wish))
        and (wish.status in ON_SHOW or visible(uow, wish, by, chat))
    ]
    wishes.sort(key=_order(uow, asked, chat.place_id))
    said = words if chat.private else [nameless(word, uow.spoken_of(word)) for word in words]
    title = phrases.title(
        _where(uow, asked, chat, [place.name for found in here.values() for place in found]),
        asked, said, statuses=None if everything and not asked.statuses else statuses,
    )  # fmt: skip
    claims = bool(by.roles & CLAIMERS) or not chat.private
    page = cut(wishes, asked.page, asked.command)
    return Listed(page, title, chat.private, claims, asked.narrowed, chat.aside)


def own(uow: UnitOfWork, *, by: Member) -> Own:
    """What waits for this member's yes, what they logged, and what they or their teams have claimed."""
    mine = _mine(uow, by)
    confirm = uow.wishes_waiting.to_confirm(by)
    confirmed = {wish.no for wish in confirm}
    held = [
        wish for wish in mine if wish.status in (Status.CLAIMED, Status.DELIVERED) and holds(uow, by, wish)
    ]
    logged = [
        wish
        for wish in mine
        if wish.logged_by == by.id
        and wish.no not in confirmed
        and (wish.status in UNDER_WAY or wish.merged_into)
    ]
    return Own(
        confirm=confirm,
        held=tuple(held),
        logged=tuple(logged),
        ended=sum(wish.status in CLOSED and not wish.merged_into for wish in mine),
        verify=len(uow.wishes_waiting.to_verify(by)),
        ask=len(uow.wishes_waiting.to_ask(by)),
    )


def show(uow: UnitOfWork, no: int, *, by: Member, chat: Chat) -> Shown:
    """A wish and its history. Who may read it as it was typed, or see its photos, in private, is logged as looking."""
    wish = seen(uow, no, by, chat)
    events = uow.wishes.history(no)
    merged = {other: uow.wishes.history(other) for other, _ in uow.wishes.merged_loggers(no)}
    typed = as_typed(uow, wish, by=by, events=events) if chat.private and reads(uow, wish, by) else None
    alike: Sequence[Wish] = ()
    if wish.status in UNDER_WAY:
        alike = [
            other
            for other in similar(uow, wish.content, wish.place_id)
            if other.no != no and visible(uow, other, by, chat)
        ]
    shown = chat.private and confirms(uow, by, wish)
    photos = uow.photos.look(no, by=f"member:{by.id}") if shown else ()
    return Shown(wish, events, chat.private, typed, uow.now.tzinfo, merged, alike, photos)


def _turned(asked: Conditions, chat: Chat) -> Conditions:
    """`asked`, or the page after the last list's, or before it, when that is what was asked for."""
    if not asked.turn:
        return asked
    command, _, words = turned(chat.more, asked.turn).partition(" ")
    after = conditions.read(words) if command == conditions.COMMAND else None
    if after is None or (asked.said and asked.said != after.said):
        raise NoPage(asked.turn)
    return after


def _mine(uow: UnitOfWork, by: Member) -> list[Wish]:
    """What they logged, and what they or their teams hold or held, the oldest first."""
    logged = uow.wishes.listed(statuses=list(Status), places=None, logged_by=by.id, limit=EVERY)
    held = uow.wishes.listed(statuses=list(Status), places=None, claimed_by=by.id, limit=EVERY)
    teams = [team.id for team in uow.teams.of(by.id)]
    if teams:
        held += uow.wishes.listed(statuses=list(Status), places=None, teams=teams, limit=EVERY)
    found = {wish.no: wish for wish in [*logged, *held]}
    return [found[no] for no in sorted(found)]


def _meets(wish: Wish, asked: Conditions, words: Sequence[str], today: date) -> bool:
    soon = wish.wanted_by is not None and wish.wanted_by <= today + SOON
    return (
        (not asked.kinds or wish.kind in asked.kinds)
        and (not asked.bands or wish.age_band in asked.bands)
        and (not asked.urgent or wish.urgency is Urgency.URGENT or soon)
        and all(says(wish, word) for word in words)
    )


def _order(uow: UnitOfWork, asked: Conditions, home: int | None) -> Callable[[Wish], tuple[object, ...]]:
    """Near before far where that was asked for; then what is urgent, what is wanted by a day, the oldest."""
    line = uow.places.line(home)

    def distance(wish: Wish) -> int:
        above = set(uow.places.line(wish.place_id))
        return next((steps for steps, place in enumerate(line) if place in above), len(line))

    def key(wish: Wish) -> tuple[object, ...]:
        waits = wish.status not in CLOSED
        urgent = waits and wish.urgency is Urgency.URGENT
        wanted = wish.wanted_by if waits and wish.wanted_by else date.max
        return (distance(wish) if asked.near else 0, not urgent, wanted, wish.no)

    return key


def _where(uow: UnitOfWork, asked: Conditions, chat: Chat, named: Sequence[str]) -> str:
    if asked.mine:
        return phrases.MY
    if named:
        return phrases.listed_names(named)
    return uow.places.get(chat.place_id).name if chat.place_id is not None else ""
