"""Which statistics are asked for, and the figures for them."""

from bot.chat.turn import Chat
from handlers.wishes.claiming.reminders import Patience
from handlers.wishes.statistics import phrases, rules
from handlers.wishes.statistics.rules import Parted, Period, Statistics
from storage.base import NotFound
from storage.members import Member, Role, places_served
from storage.places import Place, SeveralNamed
from storage.uow import UnitOfWork
from storage.wish_counts import Counted, Tally
from storage.wishes import Kind

REPORTERS = frozenset(
    {Role.COORDINATOR, Role.FIRST_SECRETARY, Role.CARE_SECRETARY, Role.CHILD_OFFICER, Role.COUNTY_OFFICE}
)
"""Who reports on the work of a place: of theirs and what lies below it."""

_NO_PLACE_OF_ITS_OWN = frozenset({"plot"})
"""Kinds of places that are no line of their own: a plot is too small."""


def statistics(uow: UnitOfWork, words: str, *, by: Member, chat: Chat, patience: Patience) -> Statistics:
    """Of a place one reports on: the one named, else the group's, else one's own.

    Raises `phrases.NoSuchPlace`, `phrases.NotYourPlace`, `phrases.TooFew`.
    """
    asked = phrases.read(words, uow.now.date())
    return figures(uow, _place(uow, asked.place, by, chat), asked.period, asked.kind, patience)


def keep(uow: UnitOfWork, body: bytes) -> str:
    """Keep the picture for the channels; returns its id."""
    return uow.attachments.put(body)


def figures(
    uow: UnitOfWork, place: Place, period: Period | None, kind: Kind | None, patience: Patience
) -> Statistics:
    """The figures of a place with all below it; without a period, this year's."""
    today = uow.now.date()
    span = rules.until_today(period or rules.year_of(today.year), today)
    late = rules.late(today, patience.return_after, patience.is_workday, uow.now.tzinfo)
    counted = uow.wish_counts.count(uow.places.below([place.id]), span.moments(uow.now.tzinfo), late, kind)
    total = sum(counted.by.values(), start=Tally())
    if kind is not None and 0 < rules.most(total) < rules.FEW:
        raise phrases.TooFew(place.name, kind)
    return Statistics(
        place.name, span, kind, uow.now, total, counted.states, _by_place(uow, place, counted),
        rules.Parted() if kind else _by_kind(counted),
        tuple((day, tally) for day, tally in zip(span.months, counted.months, strict=False) if rules.most(tally)),
    )  # fmt: skip


def _place(uow: UnitOfWork, name: str, by: Member, chat: Chat) -> Place:
    served = places_served(by, REPORTERS, uow.places)
    if name:
        try:
            place = uow.places.named(name)
        except SeveralNamed as error:
            raise phrases.WhichPlace(name, error.choices) from None
        except NotFound:
            raise phrases.NoSuchPlace(name) from None
    elif chat.group is not None and chat.place_id is not None:
        place = uow.places.get(chat.place_id)
    else:
        place = uow.places.get(min(served, key=lambda each: (len(uow.places.line(each)), each)))
    here = (
        uow.places.below([chat.place_id]) if chat.group is not None and chat.place_id is not None else served
    )
    if place.id not in served & here:
        raise phrases.NotYourPlace(place.name)
    return place


def _by_place(uow: UnitOfWork, place: Place, counted: Counted) -> Parted[str]:
    """A line for each place right below, with all below that; what is the place's own comes first."""
    lines = [(phrases.ITSELF, frozenset({place.id}))]
    for child in uow.places.all():
        if child.parent_id == place.id and child.kind not in _NO_PLACE_OF_ITS_OWN:
            lines.append((child.name, uow.places.below([child.id])))
        elif child.parent_id == place.id:
            lines[0] = (phrases.ITSELF, lines[0][1] | uow.places.below([child.id]))
    return rules.parted(
        (name, sum((tally for (at, _), tally in counted.by.items() if at in within), start=Tally()))
        for name, within in lines
    )


def _by_kind(counted: Counted) -> Parted[Kind]:
    return rules.parted(
        (kind, sum((tally for (_, of), tally in counted.by.items() if of is kind), start=Tally()))
        for kind in (*(each for each in Kind if each), Kind.UNKNOWN)
    )
