"""The audit register: one append-only row for each change of state, and for what was refused or looked at."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Field, Session, SQLModel, col, select

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


class Audit:
    """`channel` and `update_key` say which message caused the change; empty for scheduled work."""

    def __init__(self, session: Session, now: datetime, channel: str, update_key: str) -> None:
        self._session = session
        self._now = now
        self._channel = channel
        self._update_key = update_key

    def add(self, *, actor: str, action: str, subject: str, before: str = "", after: str = "") -> None:
        self._session.add(
            AuditRow(
                at=self._now, actor=actor, action=action, subject=subject, before=before, after=after,
                channel=self._channel, update_key=self._update_key,
            )
        )  # fmt: skip

    def all(self) -> list[AuditEntry]:
        rows = self._session.exec(select(AuditRow).order_by(col(AuditRow.id)))
        return [
            AuditEntry(row.at, row.actor, row.action, row.subject, row.before, row.after, row.channel, row.update_key)
            for row in rows
        ]
