"""What did not arrive, or may not have: rows of the outbox that a person looks at."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, func, select
from sqlmodel import col

from storage.outbox import NEWS_OF_ONE, ROWS, OutboxRow, Outcome, Outgoing, view


@dataclass(frozen=True, slots=True)
class Backlog:
    """Rows by what is to come of them; `oldest` is the first of those queued."""

    queued: int
    unknown: int
    failed: int
    oldest: Outgoing | None


class Undelivered:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def unsettled(self, *, groups: Collection[int] | None = None, limit: int = 200) -> list[Outgoing]:
        """What a person has to decide on, or may want to: unknown attempts, then failed ones, the newest first.

        A failed one whose words are gone by now cannot be sent again, and is not among them. `groups`: only what
        was for these.
        """
        status = col(OutboxRow.status)
        unknown, failed = status == Outcome.UNKNOWN.value, status == Outcome.FAILED.value
        query = ROWS.where(unknown | (failed & ~NEWS_OF_ONE & (col(OutboxRow.body) != "")))
        if groups is not None:
            query = query.where(col(OutboxRow.group_id).in_(groups))
        order = (case((unknown, 0), else_=1), col(OutboxRow.id).desc())
        return [
            view(row) for row in self._connection.execute(query.order_by(None).order_by(*order).limit(limit))
        ]

    def backlog(self, *, since: datetime) -> Backlog:
        """How full the outbox is; of the failed, those made after `since` (a failed row stays for ever)."""
        status = col(OutboxRow.status)
        recent = (status != Outcome.FAILED.value) | ((col(OutboxRow.created_at) >= since) & ~NEWS_OF_ONE)
        rows = self._connection.execute(select(status, func.count()).where(recent).group_by(status))
        counts = {row[0]: row[1] for row in rows}
        queued = ROWS.where(status == Outcome.QUEUED.value).limit(1)
        oldest = self._connection.execute(queued).first()
        return Backlog(
            counts.get(Outcome.QUEUED.value, 0),
            counts.get(Outcome.UNKNOWN.value, 0),
            counts.get(Outcome.FAILED.value, 0),
            view(oldest) if oldest is not None else None,
        )
