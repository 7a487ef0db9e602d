"""Pure rules of the statistics: periods, what is late, and what is too few to be told apart."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Generic, TypeVar

from storage.wish_counts import Late, Tally
from storage.wishes import Kind, Status

FEW = 3
"""From so many wishes on a place or a kind stands in a line of its own: of fewer one might tell whose they are."""

T = TypeVar("T")

NOTHING = Tally()


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` until before `until`."""

    since: date
    until: date

    @property
    def months(self) -> tuple[date, ...]:
        """The first days of its months, and at last the day after it."""
        firsts = [self.since]
        while (coming := month_after(firsts[-1])) < self.until:
            firsts.append(coming)
        return (*firsts, self.until)

    def moments(self, zone: tzinfo | None) -> tuple[datetime, ...]:
        return tuple(datetime.combine(day, time(), zone) for day in self.months)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the words of the command mean."""

    place: str = ""
    period: Period | None = None
    kind: Kind | None = None


def month_after(day: date) -> date:
    """
    >>> month_after(date(2026, 12, 1))
    datetime.date(2027, 1, 1)
    """
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def month_of(day: date) -> Period:
    first = day.replace(day=1)
    return Period(first, month_after(first))


def year_of(year: int) -> Period:
    return Period(date(year, 1, 1), date(year + 1, 1, 1))


def until_today(period: Period, today: date) -> Period:
    """The period without the months that are still to come.

    >>> until_today(year_of(2026), date(2026, 3, 5)).until
    datetime.date(2026, 4, 1)
    """
    return Period(period.since, min(period.until, month_after(today)))


def late(today: date, patience: int, is_workday: Callable[[date], bool], zone: tzinfo | None) -> Late:
    """Held too long: taken `patience` working days ago or earlier; 0 = nobody is late for that.

    >>> late(date(2026, 3, 9), 2, lambda day: day.weekday() < 5, None).held_since
    datetime.date(2026, 3, 5)
    """
    if not patience:
        return Late(today, None, None)
    day = today
    for _ in range(patience):
        while not is_workday(day):
            day -= timedelta(days=1)
        day -= timedelta(days=1)
    return Late(today, day, datetime.combine(day + timedelta(days=1), time(), zone))


def most(tally: Tally) -> int:
    return max(tally.collected, tally.claimed, tally.lit, tally.overdue)


@dataclass(frozen=True, slots=True)
class Parted(Generic[T]):
    """Lines of their own, and what the `others` (so many) have together."""

    rows: tuple[tuple[T, Tally], ...] = ()
    others: int = 0
    rest: Tally = NOTHING


def parted(rows: Iterable[tuple[T, Tally]], *, most_rows: int = 20) -> Parted[T]:
    """Lines in the order given. What has fewer than `FEW` is put together; never one alone, which the total
    would tell; nor is anything said when there would be one line."""
    known = [(name, tally) for name, tally in rows if most(tally)]
    alone = [row for row in known if most(row[1]) >= FEW][:most_rows]
    if len(known) - len(alone) == 1 and alone:
        alone.remove(min(alone, key=lambda row: most(row[1])))
    if not alone or len(known) < 2:
        return Parted()
    rest = Tally()
    for row in known:
        if row not in alone:
            rest += row[1]
    return Parted(tuple(alone), len(known) - len(alone), rest)


def share(part: int, whole: int) -> int:
    """Of a hundred, rounded half up; 0 of nothing.

    >>> share(7, 12), share(1, 8), share(0, 0)
    (58, 13, 0)
    """
    return (200 * part + whole) // (2 * whole) if whole else 0


@dataclass(frozen=True, slots=True)
class Statistics:
    """`places`, `kinds`: lines of their own, in the order of the registers, never by size. `months`: those in which
    anything happened, by their first day. `states`: where the wishes collected in the period are today."""

    place: str
    period: Period
    kind: Kind | None
    at: datetime
    total: Tally
    states: dict[Status, int]
    places: Parted[str]
    kinds: Parted[Kind]
    months: tuple[tuple[date, Tally], ...]

    @property
    def told_apart(self) -> bool:
        """Whether there are enough to say more than how many."""
        return self.total.collected >= FEW

    @property
    def share(self) -> int:
        """点亮率: of a hundred wishes collected in the period, how many are lit today."""
        return share(self.states.get(Status.FULFILLED, 0), self.total.collected)
