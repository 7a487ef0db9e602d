"""What a morning holds: the shelf of the day, and what a group takes from it.

The shelf is read and ordered once for all groups: what is new first, then what the season brings forward, then
in its own order. A group takes the first of each kind that it wants, that holds where it is, and that it has
not had; a subject it subscribed to goes before others. Daily reads go round: when all have been, they start over.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from handlers.digests import phrases, rules
from handlers.digests.calendar import Calendar
from handlers.digests.morning import Morning, Told
from storage.digests import Due, Had, Item
from storage.push_plans import Edition
from storage.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Shelf:
    """What can be told on a day, by kind, in the order groups take from it."""

    day: date
    kinds: Mapping[str, Sequence[Told]]


@dataclass(frozen=True, slots=True)
class Taker:
    """Who takes from the shelf: what they had, what they said of topics, where they are, since when."""

    had: Had
    choices: Mapping[str, bool]
    path: str
    since: date

    def wants(self, topic: str) -> bool:
        return self.choices.get(topic, True)


def shelf_of(uow: UnitOfWork, day: date, calendar: Calendar) -> Shelf:
    """Everything that can be told on the day."""
    kinds: dict[str, list[tuple[bool, bool, Told]]] = {kind: [] for kind in rules.KINDS}
    for item in uow.digests.shelf(day):
        if item.kind in kinds:
            told = told_of(item, calendar, day)
            kinds[item.kind].append((item.until is None, not told.season, told))
    return Shelf(
        day,
        {kind: [told for *_, told in sorted(each, key=lambda row: row[:2])] for kind, each in kinds.items()},
    )


def told_of(item: Item, calendar: Calendar, day: date) -> Told:
    """An item as it is told on the day: why it matters is its own, else the season's, a subject's, its kind's."""
    words = f"{item.title}{item.source}"
    season = calendar.almanac.season_of(item.tags, words, day)
    subjects = calendar.almanac.subjects_of(item.tags, words)
    why = (
        item.why
        or (season.why(day) if season else "")
        or next((each.why for each in subjects if each.why), "")
    )
    return Told(
        replace(item, why=why or phrases.why(item.kind, item.key)),
        frozenset(subject.name for subject in subjects),
        season=season is not None,
    )


def take(shelf: Shelf, taker: Taker, calendar: Calendar) -> list[Told]:
    """One item of each wanted kind, in the order of `rules.KINDS`."""
    found = [
        _next_read(shelf.kinds[kind], taker, calendar)
        if kind == "daily_read"
        else _first(shelf.kinds[kind], taker, calendar, taker.had.ever)
        for kind in rules.KINDS
        if taker.wants(kind)
    ]
    return [told for told in found if told is not None]


def mornings(uow: UnitOfWork, groups: Sequence[Due], shelf: Shelf, calendar: Calendar) -> dict[int, Morning]:
    """The digest of the shelf's day for each group, as it stands: edited, or as it comes by itself."""
    ids = [group.group_id for group in groups]
    had = uow.digests.had(ids)
    choices = uow.digests.choices_of([f"g:{group_id}" for group_id in ids])
    editions = uow.plans.editions(ids, shelf.day)
    notices = uow.plans.notices(ids, shelf.day)
    wishes = _open_wishes(uow)
    paths = _paths(uow)
    found: dict[int, Morning] = {}
    for group in groups:
        group_id = group.group_id
        taker = Taker(
            had.get(group_id, Had()),
            choices.get(f"g:{group_id}", {}),
            paths.get(group.place_id, ""),
            _day(group.since, uow.now),
        )
        edition = editions.get(group_id, Edition())
        told = take(shelf, taker, calendar)
        if edition.keys is not None:
            told = _edited(uow, edition.keys, told, taker, shelf)
        found[group_id] = Morning(
            shelf.day,
            tuple(notices.get(group_id, ())),
            tuple(without_echo(told)),
            wishes.get(group.place_id, 0) if taker.wants("matters") else 0,
            edited=edition.keys is not None,
            approved_by=edition.approved_by,
        )
    return found


def without_echo(told: Sequence[Told]) -> Iterator[Told]:
    """A sentence that stands in the digest already makes way for one of the item's kind."""
    said: set[str] = set()
    for each in told:
        item = each.item
        why = phrases.why(item.kind, item.key) if item.why in said else item.why
        said.add(why)
        yield replace(each, item=replace(item, why=why))


def _is_for(told: Told, taker: Taker, calendar: Calendar) -> bool:
    item = told.item
    if item.until is not None and item.kind == "policy" and item.added_on < taker.since:
        return False
    if item.region and not calendar.holds_in(item.region, taker.path):
        return False
    return all(taker.wants(subject) for subject in told.subjects)


def _first(
    offered: Sequence[Told], taker: Taker, calendar: Calendar, without: Collection[str]
) -> Told | None:
    asked = {topic for topic, wanted in taker.choices.items() if wanted} - rules.TOPICS.keys()
    first = None
    for told in offered:
        if told.item.key in without or not _is_for(told, taker, calendar):
            continue
        if not asked or not asked.isdisjoint(told.subjects):
            return told
        first = first or told
    return first


def _next_read(offered: Sequence[Told], taker: Taker, calendar: Calendar) -> Told | None:
    """The next of the round; when all have been, the first of the next one."""
    had = taker.had
    chosen = _first(offered, taker, calendar, had.this_round if had.round else had.ever)
    if chosen is not None:
        return replace(chosen, round=had.round)
    again = _first(offered, taker, calendar, ())
    return replace(again, round=had.round + 1) if again else None


def _edited(
    uow: UnitOfWork, keys: Sequence[str], coming: Sequence[Told], taker: Taker, shelf: Shelf
) -> list[Told]:
    """The items a person chose, without what the group has had meanwhile."""
    known = {told.item.key: told for told in coming}
    missing = [key for key in keys if key not in known and key not in taker.had.ever]
    shelved = {told.item.key: told for each in shelf.kinds.values() for told in each}
    others = uow.digests.items([key for key in missing if key not in shelved])
    known |= {
        key: shelved.get(key) or Told(others[key]) for key in missing if key in shelved or key in others
    }
    return [known[key] for key in keys if key in known]


def _open_wishes(uow: UnitOfWork) -> dict[int | None, int]:
    """Wishes to be claimed in each place and all that lies below it."""
    found: dict[int | None, int] = {}
    for place_id, count in uow.digests.open_wishes().items():
        for above in uow.places.line(place_id):
            found[above] = found.get(above, 0) + count
    return found


def _paths(uow: UnitOfWork) -> dict[int | None, str]:
    """Each place as a path of names, the highest first."""
    names = {place.id: place.name for place in uow.places.all()}
    return {
        place_id: "/".join(names[above] for above in reversed(uow.places.line(place_id)))
        for place_id in names
    }


def _day(moment: datetime, now: datetime) -> date:
    return moment.astimezone(now.tzinfo).date()
