"""An exported audit register held against the one that is kept: what is equal, what differs, what is missing where.

The register is sealed and takes in no row but its own, so an export is never brought back into it; who has kept one
can ask instead whether it still says the same.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

Row = tuple[str, ...]
"""A row's values in the order of its columns; the first is its moment, ISO 8601 with its offset."""

Step = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Differing:
    """`number` of the row in the file; the row that stands here in its place."""

    number: int
    row: Row
    kept: Row


@dataclass(slots=True)
class Comparison:
    """`lost`: rows of the file that are not here; `left_out`: rows from the time of the file that it has not."""

    rows: int = 0
    equal: int = 0
    differing: list[Differing] = field(default_factory=list)
    lost: list[tuple[int, Row]] = field(default_factory=list)
    left_out: list[Row] = field(default_factory=list)

    @property
    def amiss(self) -> int:
        return len(self.differing) + len(self.lost) + len(self.left_out)


def compare(file: Sequence[tuple[int, Row]], kept: Sequence[Row], step: Step) -> Comparison:
    """`kept`: what stands here, in the order it was written. Equal rows are counted one for one.

    >>> kept = [("2026-03-05T09:00:00+08:00", "claim"), ("2026-03-05T10:00:00+08:00", "deliver")]
    >>> found = compare([(2, kept[0]), (3, (kept[1][0], "release"))], kept, lambda _done, _all: None)
    >>> (found.equal, [(each.number, each.kept[1]) for each in found.differing], found.lost, found.left_out)
    (1, [(3, 'deliver')], [], [])
    """
    result = Comparison(rows=len(file))
    places: dict[Row, deque[int]] = defaultdict(deque)
    for place, row in enumerate(kept):
        places[row].append(place)
    unmatched: list[tuple[int, Row]] = []
    found: set[int] = set()
    for done, (number, row) in enumerate(file, start=1):
        if places.get(row):
            found.add(places[row].popleft())
        else:
            unmatched.append((number, row))
        step(done, len(file))
    result.equal = len(found)
    moments = [moment for _, row in file if (moment := _moment(row)) is not None]
    span = (min(moments), max(moments)) if moments else None
    within = _within(kept, found, span)
    beside = {
        place for place, row in enumerate(kept) if span and (at := _moment(row)) and span[0] <= at <= span[1]
    }
    rest = _Rest(kept, sorted((within | beside) - found))
    for number, row in unmatched:
        like = rest.take_like(row)
        if like is None:
            result.lost.append((number, row))
        else:
            result.differing.append(Differing(number, row, kept[like]))
            within.discard(like)
    result.left_out = [kept[place] for place in sorted(within - found)]
    return result


def _within(kept: Sequence[Row], found: Collection[int], span: tuple[datetime, datetime] | None) -> set[int]:
    """Places of the rows the file should have: between its first and its last.

    What was written in the very second of the last row, after it, was not yet there when the file was made.
    """
    lowest, highest = min(found, default=len(kept)), max(found, default=-1)
    return {
        place
        for place, row in enumerate(kept)
        if lowest <= place <= highest or (span and (at := _moment(row)) and span[0] < at < span[1])
    }


def _moment(row: Row) -> datetime | None:
    try:
        return datetime.fromisoformat(row[0])
    except ValueError:
        return None


class _Rest:
    """Rows that no row of the file is equal to, each of which stands for one that differs at most."""

    def __init__(self, kept: Sequence[Row], places: Sequence[int]) -> None:
        self._kept = kept
        self._free = set(places)
        self._at: dict[str, list[int]] = defaultdict(list)
        self._said: dict[Row, list[int]] = defaultdict(list)
        for place in places:
            self._at[kept[place][0]].append(place)
            self._said[kept[place][1:]].append(place)

    def take_like(self, row: Row) -> int | None:
        """One that says the same at another moment, or at the same moment most of it."""
        alike = [place for place in self._said.get(row[1:], ()) if place in self._free]
        if not alike:
            there = [place for place in self._at.get(row[0], ()) if place in self._free]
            alike = [place for place in there if 2 * self._same(row, place) >= len(row)]
        if not alike:
            return None
        best = max(alike, key=lambda place: self._same(row, place))
        self._free.discard(best)
        return best

    def _same(self, row: Row, place: int) -> int:
        return sum(one == other for one, other in zip(row, self._kept[place], strict=True))
