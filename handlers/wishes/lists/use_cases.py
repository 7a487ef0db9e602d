"""What is looked at: plain functions over a unit of work."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from bot.chat.errors import DomainError
from bot.chat.phrases import NO_MORE, PRIVATE_ONLY
from bot.chat.turn import Chat
from handlers.wishes.lists import conditions, phrases
from handlers.wishes.lists.conditions import Conditions
from handlers.wishes.lists.phrases import Listed, Own, Shown
from handlers.wishes.sight import (
    CLAIMERS,
    ON_SHOW,
    VERIFIERS,
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
from storage.members import Member, Role, places_served
from storage.uow import UnitOfWork
from storage.wish_states import CLOSED, UNDER_WAY
from storage.wishes import Status, Urgency, Wish

PAGE = 10
"""Wishes in one list."""

EVERY = 100_000
"""More than a county has: a list is counted and put in order as a whole."""

SOON = timedelta(days=7)
"""What is wanted within these days counts as urgent."""


def listing(uow: UnitOfWork, condition: str, *, by: Member, chat: Chat) -> Listed | Own:
    """A page of the wishes that meet all conditions and that this member may see here; or all that is theirs."""
    asked = _following(conditions.read(condition), chat)
    if asked.mine and not chat.private:
        raise DomainError(PRIVATE_ONLY)
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
    title = phrases.title(
        _where(uow, asked, chat, [place.name for found in here.values() for place in found]),
        asked, words, statuses=None if everything and not asked.statuses else statuses,
    )  # fmt: skip
    claims = bool(by.roles & CLAIMERS) or not chat.private
    return _page(wishes, asked, title, chat, claims=claims)


def own(uow: UnitOfWork, *, by: Member) -> Own:
    """What waits for this member's yes, what they logged, and what they or their teams have claimed."""
    mine = _mine(uow, by)
    coordinated = places_served(by, [Role.COORDINATOR], uow.places)
    delivered = uow.wishes.listed(statuses=[Status.DELIVERED], places=coordinated, limit=EVERY)
    logged_by_them = [wish for wish in mine if wish.logged_by == by.id]
    stays = [uow.wishes.get(wish.merged_into) for wish in logged_by_them if wish.merged_into]
    delivered += [wish for wish in [*logged_by_them, *stays] if wish.status is Status.DELIVERED]
    confirm = {wish.no: wish for wish in delivered if not holds(uow, by, wish)}
    held = [
        wish for wish in mine if wish.status in (Status.CLAIMED, Status.DELIVERED) and holds(uow, by, wish)
    ]
    logged = [
        wish
        for wish in logged_by_them
        if wish.no not in confirm and (wish.status in UNDER_WAY or wish.merged_into)
    ]
    verified = places_served(by, VERIFIERS, uow.places)
    pending = uow.wishes.listed(statuses=[Status.PENDING], places=verified, limit=EVERY)
    return Own(
        confirm=tuple(confirm[no] for no in sorted(confirm)),
        held=tuple(held),
        logged=tuple(logged),
        ended=sum(wish.status in CLOSED and not wish.merged_into for wish in mine),
        verify=sum(wish.logged_by != by.id for wish in pending),
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


def _following(asked: Conditions, chat: Chat) -> Conditions:
    """`asked`, or the page after the last list's when that is what was asked for."""
    if asked.page:
        return asked
    command, _, words = chat.more.partition(" ")
    after = conditions.read(words) if command == phrases.COMMAND else None
    if after is None or (asked.said and asked.said != after.said):
        raise DomainError(NO_MORE)
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


def _page(wishes: Sequence[Wish], asked: Conditions, title: str, chat: Chat, *, claims: bool) -> Listed:
    pages = max(1, -(-len(wishes) // PAGE))
    page = min(asked.page, pages)
    return Listed(
        wishes=wishes[: page * PAGE],
        first=(page - 1) * PAGE,
        total=len(wishes),
        title=title,
        private=chat.private,
        claims=claims,
        narrowed=asked.narrowed,
        page=(page, pages),
        more=asked.at(page + 1) if page < pages else "",
    )
