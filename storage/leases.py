"""Leases: who, among all replicas, may hold a thing of which there is one (the robot's long connection).

A lease has a fence: a number that grows with each new holder. Who lost the lease finds the fence changed and
can neither renew nor release what is another's (Kleppmann, "How to do distributed locking", 2016).
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, or_, select, update
from sqlmodel import Field, SQLModel, col

from storage.base import Moment
from storage.inbox import insert, inserted


class LeaseRow(SQLModel, table=True):
    __tablename__ = "lease"
    name: str = Field(primary_key=True)
    holder: str
    fence: int = 0
    until: datetime = Field(sa_type=Moment)


class Leases:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def take(self, name: str, holder: str, *, seconds: float) -> int | None:
        """Become the holder; returns the fence, or None while another holds it."""
        until = self._now + timedelta(seconds=seconds)
        first = insert(self._connection)(LeaseRow).values(name=name, holder=holder, fence=1, until=until)
        if inserted(self._connection, first):
            return 1
        free = or_(col(LeaseRow.until) <= self._now, col(LeaseRow.holder) == holder)
        done = self._connection.execute(
            update(LeaseRow)
            .where(col(LeaseRow.name) == name, free)
            .values(holder=holder, fence=col(LeaseRow.fence) + 1, until=until)
        )
        if not done.rowcount:
            return None
        return self._connection.execute(
            select(col(LeaseRow.fence)).where(col(LeaseRow.name) == name)
        ).scalar_one()

    def renew(self, name: str, fence: int, *, seconds: float) -> bool:
        """Hold on for `seconds` from now. False: the lease is another's, or ran out."""
        done = self._connection.execute(
            update(LeaseRow)
            .where(col(LeaseRow.name) == name, col(LeaseRow.fence) == fence, col(LeaseRow.until) > self._now)
            .values(until=self._now + timedelta(seconds=seconds))
        )
        return bool(done.rowcount)

    def release(self, name: str, fence: int) -> None:
        """Let another take it at once. Nothing happens when it is another's by now."""
        self._connection.execute(
            update(LeaseRow)
            .where(col(LeaseRow.name) == name, col(LeaseRow.fence) == fence)
            .values(until=self._now)
        )
