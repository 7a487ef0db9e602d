"""Pace: how many messages each destination was sent lately, counted for all replicas together.

Counts stand in slots of a twelfth of their window, so a window is at most thirteen rows whatever passes. A
slot that is partly in the window counts whole: in no window of that length is the limit passed.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select
from sqlmodel import Field, SQLModel, col

from storage.inbox import insert

SLOTS = 12


class PaceRow(SQLModel, table=True):
    __tablename__ = "pace"
    bucket: str = Field(primary_key=True)
    seconds: int = Field(primary_key=True)
    slot: int = Field(primary_key=True)
    """Number of the slot since 1970, in slots of `seconds / SLOTS`."""
    sent: int = 0


class Pace:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def take(self, windows: Iterable[tuple[str, int, int]]) -> timedelta | None:
        """Count one message in each `(bucket, messages, seconds)`.

        None: counted. Otherwise how long until there may be room, and nothing is counted. Two transactions
        on one bucket (PostgreSQL) may each see the last free place: limits keep a margin for that.
        """
        windows = tuple(windows)
        full = [self._room_in(*window) for window in windows]
        waits = [wait for wait in full if wait is not None]
        if waits:
            return max(waits)
        for bucket, _, seconds in windows:
            counted = insert(self._connection)(PaceRow).values(
                bucket=bucket, seconds=seconds, slot=self._slot(seconds), sent=1
            )
            self._connection.execute(
                counted.on_conflict_do_update(
                    index_elements=["bucket", "seconds", "slot"], set_={"sent": col(PaceRow.sent) + 1}
                )
            )
        return None

    def prune(self) -> None:
        """Forget slots that no window reaches any more (all windows are of a day or less)."""
        for (seconds,) in self._connection.execute(select(col(PaceRow.seconds)).distinct()).all():
            old = self._slot(seconds) - SLOTS - 1
            self._connection.execute(
                delete(PaceRow).where(col(PaceRow.seconds) == seconds, col(PaceRow.slot) < old)
            )

    def _slot(self, seconds: int) -> int:
        return int(self._now.timestamp() * SLOTS // seconds)

    def _room_in(self, bucket: str, messages: int, seconds: int) -> timedelta | None:
        """None when one more fits; else how long until the oldest slots that have to leave have left."""
        slot = self._slot(seconds)
        rows = self._connection.execute(
            select(col(PaceRow.slot), col(PaceRow.sent))
            .where(
                col(PaceRow.bucket) == bucket,
                col(PaceRow.seconds) == seconds,
                col(PaceRow.slot) >= slot - SLOTS,
            )
            .order_by(col(PaceRow.slot))
        ).all()
        total = sum(sent for _, sent in rows)
        if total < messages:
            return None
        for number, sent in rows:
            total -= sent
            if total < messages:
                free_at = (number + SLOTS + 1) * seconds / SLOTS
                return timedelta(seconds=max(free_at - self._now.timestamp(), 0.1))
        raise ValueError(f"{bucket}: a limit of {messages} lets nothing through")
