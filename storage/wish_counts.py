"""Wishes in figures: SQL aggregates by place, kind, state and month. Never by person."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, case, distinct, func, or_, select
from sqlalchemy.orm import Mapped
from sqlmodel import col

from storage.wish_states import Kind, Move, Status
from storage.wish_table import WishEventRow, WishRow

DISCOUNTED = frozenset({Status.RETURNED, Status.WITHDRAWN})
"""States of wishes that are not counted, as those merged into another are not."""


_At = Mapped[datetime] | Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of wishes in a period.

    `collected` 征集: logged in the period. `claimed` 认领: given to somebody in the period (claimed or assigned;
    once, however often). `lit` 点亮: their receipt confirmed in the period. `overdue` 超期: logged before its
    end and late today. All of them without what was returned, withdrawn or merged into another.
    """

    collected: int = 0
    claimed: int = 0
    lit: int = 0
    overdue: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.collected + other.collected, self.claimed + other.claimed, self.lit + other.lit,
            self.overdue + other.overdue,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Late:
    """When a wish is late on `today`: wanted by a day that is past and not delivered; or in somebody's hands since
    `held_since` or before (None: that is no matter), with no later day promised."""

    today: date
    held_since: date | None
    held_before: datetime | None
    """The end of the day `held_since`."""


@dataclass(frozen=True, slots=True)
class Counted:
    """`by`: place and kind; `states`: where the wishes collected in the period are today; `months`: between each two
    of the moments asked for. There `claimed` counts once in each month, and `overdue` in the month of logging."""

    by: dict[tuple[int, Kind], Tally]
    states: dict[Status, int]
    months: tuple[Tally, ...]


class WishCounts:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def count(
        self, places: Collection[int], moments: Sequence[datetime], late: Late, kind: Kind | None = None
    ) -> Counted:
        """Of the wishes of these places, between the first and the last of the moments, which part the months."""
        since, until = moments[0], moments[-1]
        valid: list[ColumnElement[bool]] = [
            col(WishRow.place_id).in_(list(places)),
            col(WishRow.merged_into).is_(None),
            col(WishRow.status).not_in([status.value for status in DISCOUNTED]),
        ]
        if kind is not None:
            valid.append(col(WishRow.kind) == kind.value)
        collected = _between(col(WishRow.logged_at), since, until)
        given = select(col(WishEventRow.wish_no)).where(
            col(WishEventRow.move).in_([Move.CLAIM.value, Move.REASSIGN.value]),
            _between(col(WishEventRow.at), since, until),
        )
        lit = [
            col(WishRow.status) == Status.FULFILLED.value,
            _between(col(WishRow.fulfilled_at), since, until),
        ]
        parts: list[tuple[str, list[ColumnElement[bool]]]] = [
            ("collected", [collected]),
            ("claimed", [col(WishRow.no).in_(given)]),
            ("lit", lit),
            ("overdue", [col(WishRow.logged_at) < until, _is_late(late)]),
        ]
        by: dict[tuple[int, Kind], Tally] = {}
        for name, conditions in parts:
            for (place, of_kind), count in self._grouped(*valid, *conditions).items():
                key = place, of_kind
                by[key] = by.get(key, Tally()) + Tally(**{name: count})
        return Counted(
            by,
            self._states(*valid, collected),
            self._months(moments, valid, lit, _is_late(late)),
        )

    def _grouped(self, *conditions: ColumnElement[bool]) -> dict[tuple[int, Kind], int]:
        query = (
            select(col(WishRow.place_id), col(WishRow.kind), func.count(distinct(col(WishRow.no))))
            .where(*conditions)
            .group_by(col(WishRow.place_id), col(WishRow.kind))
        )
        rows = self._connection.execute(query)
        return {(place, Kind(kind)): count for place, kind, count in rows if place is not None}

    def _states(self, *conditions: ColumnElement[bool]) -> dict[Status, int]:
        query = select(col(WishRow.status), func.count()).where(*conditions).group_by(col(WishRow.status))
        return {Status(status): count for status, count in self._connection.execute(query)}

    def _months(
        self,
        moments: Sequence[datetime],
        valid: Sequence[ColumnElement[bool]],
        lit: Sequence[ColumnElement[bool]],
        is_late: ColumnElement[bool],
    ) -> tuple[Tally, ...]:
        given = [
            col(WishEventRow.wish_no) == col(WishRow.no),
            col(WishEventRow.move).in_([Move.CLAIM.value, Move.REASSIGN.value]),
        ]
        logged_at = col(WishRow.logged_at)
        parts = (
            self._parted(logged_at, moments, valid),
            self._parted(col(WishEventRow.at), moments, [*valid, *given]),
            self._parted(col(WishRow.fulfilled_at), moments, [*valid, *lit]),
            self._parted(logged_at, moments, [*valid, is_late]),
        )
        return tuple(Tally(*(part.get(n, 0) for part in parts)) for n in range(len(moments) - 1))

    def _parted(
        self,
        at: _At,
        moments: Sequence[datetime],
        conditions: Sequence[ColumnElement[bool]],
    ) -> dict[int, int]:
        """How many wishes between each two moments, by the number of the first."""
        part = case(*((at < end, n) for n, end in enumerate(moments[1:])), else_=-1).label("part")
        wishes = func.count(distinct(col(WishRow.no)))
        query = select(part, wishes).where(*conditions, at >= moments[0]).group_by(part)
        return {n: count for n, count in self._connection.execute(query) if n >= 0}


def _between(at: _At, since: datetime, until: datetime) -> ColumnElement[bool]:
    return (at >= since) & (at < until)


def _is_late(late: Late) -> ColumnElement[bool]:
    waiting = col(WishRow.status).in_([Status.OPEN.value, Status.CLAIMED.value])
    unmet = waiting & (col(WishRow.wanted_by) < late.today)
    if late.held_before is None:
        return unmet
    held = (col(WishRow.status) == Status.CLAIMED.value) & (col(WishRow.claimed_at) < late.held_before)
    promised = or_(col(WishRow.promised_on).is_(None), col(WishRow.promised_on) <= late.held_since)
    return unmet | (held & promised)
