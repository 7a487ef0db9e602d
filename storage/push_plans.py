"""A group's calendar of pushes, the coordinator's pinned notices, and editions of a day edited by hand."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection, delete, select, update
from sqlmodel import Field, SQLModel, col

from storage.base import NotFound, new_id
from storage.inbox import INSERT

WORKDAYS = ""
"""Instead of days of the week: every working day, make-up days included."""


@dataclass(frozen=True, slots=True)
class Plan:
    """When a group may be pushed to, beside its time. `days`: `WORKDAYS`, or ISO days of the week ("135").

    Nothing leaves between `quiet_from` and `quiet_until`. `paused_until`: the last day of a pause, `date.max` for
    one without an end. `approval`: a push goes only when somebody approved the day's edition.
    """

    days: str = WORKDAYS
    quiet_from: time = time(20, 0)
    quiet_until: time = time(7, 0)
    paused_until: date | None = None
    approval: bool = False


@dataclass(frozen=True, slots=True)
class Edition:
    """What a person made of a day's digest: keys of items in order; None as they come by themselves."""

    keys: tuple[str, ...] | None = None
    approved_by: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """Words of the coordinator at the head of each digest until a day."""

    id: int
    text: str
    shown_from: date
    shown_until: date
    told: bool
    """Whether a push carried it: after that it rides along and is no reason for a push."""


class PlanRow(SQLModel, table=True):
    __tablename__ = "push_plan"
    group_id: int = Field(primary_key=True, foreign_key="chat_group.id")
    days: str = WORKDAYS
    quiet_from: time = time(20, 0)
    quiet_until: time = time(7, 0)
    paused_until: date | None = None
    approval: bool = False


class EditionRow(SQLModel, table=True):
    """`keys`: a JSON list, "" where nobody changed what comes by itself."""

    __tablename__ = "push_edition"
    group_id: int = Field(primary_key=True, foreign_key="chat_group.id")
    day: date = Field(primary_key=True)
    keys: str = ""
    approved_by: str = ""


class NoticeRow(SQLModel, table=True):
    __tablename__ = "push_notice"
    id: int | None = Field(default=None, primary_key=True)
    group_id: int = Field(foreign_key="chat_group.id", index=True)
    text: str
    shown_from: date
    shown_until: date
    told: bool = False


_PLAN = tuple(col(getattr(PlanRow, name)) for name in Plan.__slots__)


class PushPlans:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._insert = INSERT[connection.dialect.name]
        self._now = now

    def get(self, group_id: int) -> Plan:
        """The group's plan; that of the house where it has none of its own."""
        row = self._connection.execute(select(*_PLAN).where(col(PlanRow.group_id) == group_id)).first()
        return Plan(*row) if row else Plan()

    def set(self, group_id: int, **values: Any) -> Plan:
        """Change fields of the plan."""
        statement = self._insert(PlanRow).values(
            group_id=group_id, **{name: getattr(Plan(), name) for name in Plan.__slots__} | values
        )
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["group_id"], set_=values or {"group_id": group_id}
            )
        )
        return self.get(group_id)

    def editions(self, group_ids: Collection[int], day: date) -> dict[int, Edition]:
        """Editions of the day that somebody touched."""
        query = select(col(EditionRow.group_id), col(EditionRow.keys), col(EditionRow.approved_by)).where(
            col(EditionRow.group_id).in_(group_ids), col(EditionRow.day) == day
        )
        return {
            group_id: Edition(tuple(json.loads(keys)) if keys else None, approved_by)
            for group_id, keys, approved_by in self._connection.execute(query)
        }

    def edit(self, group_id: int, day: date, keys: Sequence[str], *, approved_by: str = "") -> None:
        """Keep an edition; what was approved before is approved no more unless `approved_by` says so."""
        values = {"keys": json.dumps(keys), "approved_by": approved_by}
        statement = self._insert(EditionRow).values(group_id=group_id, day=day, **values)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["group_id", "day"], set_=values)
        )

    def notices(self, group_ids: Collection[int], day: date) -> dict[int, list[Notice]]:
        """Notices shown on the day, the oldest first."""
        query = (
            select(
                col(NoticeRow.group_id), col(NoticeRow.id), col(NoticeRow.text),
                col(NoticeRow.shown_from), col(NoticeRow.shown_until), col(NoticeRow.told),
            )
            .where(
                col(NoticeRow.group_id).in_(group_ids),
                col(NoticeRow.shown_from) <= day,
                col(NoticeRow.shown_until) >= day,
            )
            .order_by(col(NoticeRow.id))
        )  # fmt: skip
        found: dict[int, list[Notice]] = {}
        for row in self._connection.execute(query):
            group_id, *notice = tuple[Any, ...](row)
            found.setdefault(group_id, []).append(Notice(*notice))
        return found

    def tell(self, notice_ids: Sequence[int]) -> None:
        """A push carries these notices."""
        if notice_ids:
            told = update(NoticeRow).where(col(NoticeRow.id).in_(notice_ids), col(NoticeRow.told).is_(False))
            self._connection.execute(told.values(told=True))

    def pin(self, group_id: int, text: str, *, until: date) -> int:
        """Show a notice from today on; returns its id."""
        values = {
            "group_id": group_id, "text": text, "shown_from": self._now.date(), "shown_until": until,
            "told": False,
        }  # fmt: skip
        return new_id(self._connection.execute(self._insert(NoticeRow).values(values)))

    def unpin(self, group_id: int, notice_id: int) -> None:
        """Raises `NotFound`."""
        done = self._connection.execute(
            delete(NoticeRow).where(col(NoticeRow.id) == notice_id, col(NoticeRow.group_id) == group_id)
        )
        if not done.rowcount:
            raise NotFound(notice_id)
