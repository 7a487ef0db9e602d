"""Ticks: a job's slot is a row that one process can insert, so scheduled work runs once among all."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Field, Session, SQLModel, col, select

from storage.base import Moment
from storage.inbox import insert, inserted


class TickRow(SQLModel, table=True):
    __tablename__ = "tick"
    job: str = Field(primary_key=True)
    slot: str = Field(primary_key=True)
    at: datetime = Field(sa_type=Moment)


class Ticks:
    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now

    def take(self, job: str, slot: str) -> bool:
        """Be the one who runs `job` for `slot`; False when another process is."""
        statement = insert(self._session)(TickRow).values(job=job, slot=slot, at=self._now)
        return inserted(self._session, statement)

    def prune(self) -> None:
        """Forget slots of more than a fortnight ago."""
        self._session.exec(delete(TickRow).where(col(TickRow.at) < self._now - timedelta(days=14)))

    def taken(self, job: str, slot: str) -> bool:
        return self._session.get(TickRow, (job, slot)) is not None

    def slots(self, job: str) -> frozenset[str]:
        """Every slot of the job that somebody took."""
        return frozenset(self._session.exec(select(TickRow.slot).where(TickRow.job == job)))
