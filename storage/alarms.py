"""Alarms: faults that only the operator can mend, kept until they are gone."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update
from sqlmodel import Field, SQLModel, col

from storage.base import Moment
from storage.inbox import insert, inserted


@dataclass(frozen=True, slots=True)
class StandingAlarm:
    key: str
    sentence: str
    since: datetime


class AlarmRow(SQLModel, table=True):
    __tablename__ = "alarm"
    key: str = Field(primary_key=True)
    sentence: str
    since: datetime = Field(sa_type=Moment)
    cleared_at: datetime | None = Field(default=None, sa_type=Moment)


class Alarms:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def sound(self, key: str, sentence: str) -> bool:
        """True when the fault is new, or had been gone: somebody has to be told."""
        first = insert(self._connection)(AlarmRow).values(key=key, sentence=sentence, since=self._now)
        if inserted(self._connection, first):
            return True
        done = self._connection.execute(
            update(AlarmRow)
            .where(col(AlarmRow.key) == key, col(AlarmRow.cleared_at).is_not(None))
            .values(sentence=sentence, since=self._now, cleared_at=None)
        )
        return bool(done.rowcount)

    def clear(self, key: str) -> bool:
        """True when the fault stood until now."""
        done = self._connection.execute(
            update(AlarmRow)
            .where(col(AlarmRow.key) == key, col(AlarmRow.cleared_at).is_(None))
            .values(cleared_at=self._now)
        )
        return bool(done.rowcount)

    def standing(self) -> list[StandingAlarm]:
        rows = self._connection.execute(
            select(AlarmRow).where(col(AlarmRow.cleared_at).is_(None)).order_by(col(AlarmRow.since))
        )
        return [StandingAlarm(row.key, row.sentence, row.since) for row in rows]
