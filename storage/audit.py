"""The audit register: one append-only row for each change of state, and for what was refused or looked at.

Rows are sealed in batches some minutes later (`storage.seals`).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select
from sqlmodel import Field, SQLModel, col

from storage.base import Moment


@dataclass(frozen=True, slots=True)
class AuditEntry:
    at: datetime
    actor: str
    action: str
    subject: str
    before: str
    after: str
    channel: str
    update_key: str


class AuditRow(SQLModel, table=True):
    __tablename__ = "audit"
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Moment)
    actor: str
    action: str
    subject: str = Field(index=True)
    before: str = ""
    after: str = ""
    channel: str = ""
    update_key: str = ""
    seal: int | None = Field(default=None, index=True)
    """The number of the seal the row stands under; None until it is sealed."""


_ADD = insert(AuditRow)
_ALL = select(
    col(AuditRow.at), col(AuditRow.actor), col(AuditRow.action), col(AuditRow.subject), col(AuditRow.before),
    col(AuditRow.after), col(AuditRow.channel), col(AuditRow.update_key),
).order_by(col(AuditRow.id))  # fmt: skip


class Audit:
    """`channel` and `update_key` say which message caused the change; empty for scheduled work."""

    def __init__(self, connection: Connection, now: datetime, channel: str, update_key: str) -> None:
        self._connection = connection
        self._now = now
        self._channel = channel
        self._update_key = update_key

    def add(self, *, actor: str, action: str, subject: str, before: str = "", after: str = "") -> None:
        values = {
            "at": self._now, "actor": actor, "action": action, "subject": subject, "before": before,
            "after": after, "channel": self._channel, "update_key": self._update_key,
        }  # fmt: skip
        self._connection.execute(_ADD, values)

    def all(self) -> list[AuditEntry]:
        return [AuditEntry(*row) for row in self._connection.execute(_ALL)]
