"""The burden meter: how much the bot says in each group, week by week, so that it can be brought down.

What goes by the outbox stands there. What is answered at once leaves no row behind for long, so it is counted,
per group and week, in the transaction that answers. Nobody's reading, asking or answering is counted: there is
no column for a person (`tests/handlers/test_no_activity.py`).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache

from sqlalchemy import Connection, Executable, select
from sqlmodel import Field, SQLModel, col

from storage.digests import PushRow
from storage.inbox import INSERT
from storage.outbox import OutboxRow, Outcome


class Burden(StrEnum):
    """`MESSAGE`: the bot answered in the group, at once. `QUESTION`: it asked somebody for more words."""

    MESSAGE = "message"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Week:
    """What a group got in the week that begins on the Monday `week`.

    `messages`: all the bot said there, one a reply however many parts it makes; pushes are among them.
    """

    group_id: int
    week: date
    messages: int = 0
    questions: int = 0
    pushes: int = 0


class BurdenRow(SQLModel, table=True):
    __tablename__ = "burden"
    group_id: int = Field(primary_key=True, foreign_key="chat_group.id")
    week: date = Field(primary_key=True)
    what: str = Field(primary_key=True)
    count: int


def week_of(day: date) -> date:
    """The Monday of the day's week.

    >>> week_of(date(2026, 3, 5)), week_of(date(2026, 3, 2)), week_of(date(2026, 3, 8))
    (datetime.date(2026, 3, 2), datetime.date(2026, 3, 2), datetime.date(2026, 3, 2))
    """
    return day - timedelta(days=day.weekday())


@cache
def _count(dialect: str) -> Executable:
    statement = INSERT[dialect](BurdenRow)
    return statement.on_conflict_do_update(
        index_elements=["group_id", "week", "what"], set_={"count": col(BurdenRow.count) + 1}
    )


class BurdenMeter:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def count(self, group_id: int, *what: Burden) -> None:
        """Raise this week's counters by one. The last thing a transaction does: others of the group wait for it."""
        for each in what:
            values = {"group_id": group_id, "week": week_of(self._now.date()), "what": each.value, "count": 1}
            self._connection.execute(_count(self._connection.dialect.name), values)

    def weeks(self, *, since: date = date.min, group_id: int | None = None) -> list[Week]:
        """The weeks that begin on the Monday `since` or later, the newest first, of one group or of each."""
        counted = Counter(self._counted(since, group_id))
        for sent_to, at, push in self._sent(since, group_id):
            week = week_of(at.astimezone(self._now.tzinfo).date())
            counted[sent_to, week, "message"] += 1
            counted[sent_to, week, "push"] += push
        weeks = {(group, week) for group, week, _ in counted}
        return [
            Week(
                group, week, counted[group, week, "message"], counted[group, week, "question"],
                counted[group, week, "push"],
            )
            for group, week in sorted(weeks, key=lambda each: (-each[1].toordinal(), each[0]))
        ]  # fmt: skip

    def _counted(self, since: date, group_id: int | None) -> dict[tuple[int, date, str], int]:
        query = select(
            col(BurdenRow.group_id), col(BurdenRow.week), col(BurdenRow.what), col(BurdenRow.count)
        ).where(col(BurdenRow.week) >= since)
        if group_id is not None:
            query = query.where(col(BurdenRow.group_id) == group_id)
        return {(group, week, what): count for group, week, what, count in self._connection.execute(query)}

    def _sent(self, since: date, group_id: int | None) -> Iterator[tuple[int, datetime, bool]]:
        """(group, moment, whether it was a push) of every message the outbox sent to a group."""
        query = (
            select(col(OutboxRow.group_id), col(OutboxRow.sent_at), col(PushRow.day))
            .join_from(OutboxRow, PushRow, col(PushRow.outbox_id) == col(OutboxRow.id), isouter=True)
            .where(col(OutboxRow.status) == Outcome.SENT.value, col(OutboxRow.group_id).is_not(None))
        )
        if since > date.min:
            begins = datetime.combine(since, time(), self._now.tzinfo)
            query = query.where(col(OutboxRow.sent_at) >= begins)
        if group_id is not None:
            query = query.where(col(OutboxRow.group_id) == group_id)
        for sent_to, at, pushed in self._connection.execute(query):
            if sent_to is not None and at is not None:
                yield sent_to, at, pushed is not None
