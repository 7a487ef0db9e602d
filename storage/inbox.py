"""The inbox: every update once, with the reply it got.

A row is written in the transaction that carries out the message, so what was done and what was said
commit together; a second delivery of the key finds the row and gets the same words. Rows live 72 hours.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Connection, Executable, bindparam, case, delete, literal, literal_column, null, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col

from storage.base import Moment, StorageError
from storage.sealing import Sealed

KEPT = timedelta(hours=72)


class AlreadyAnswered(StorageError):
    """Another delivery of this update was carried out first; `reply` is what it was told."""

    def __init__(self, reply: str) -> None:
        super().__init__("already answered")
        self.reply = reply


@dataclass(frozen=True, slots=True)
class Pending:
    """An update that was acknowledged before its answer was ready."""

    channel: str
    key: str
    payload: str


class InboxRow(SQLModel, table=True):
    __tablename__ = "inbox"
    channel: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    at: datetime = Field(sa_type=Moment, index=True)
    payload: str | None = Field(default=None, sa_type=Sealed)
    reply: str | None = Field(default=None, sa_type=Sealed)


def inserted(on: Session | Connection, statement: postgresql.Insert | sqlite.Insert) -> bool:
    """Run an INSERT whose conflicts are nothing; whether a row was added."""
    # The driver of PostgreSQL counts no rows for such a statement, so the row itself is asked for.
    added = on.execute(statement.on_conflict_do_nothing().returning(literal_column("1")))
    return added.first() is not None


INSERT: dict[str, type[sqlite.Insert] | type[postgresql.Insert]] = {
    "sqlite": sqlite.Insert,
    "postgresql": postgresql.Insert,
}
"""Each dialect's INSERT, the one that knows ON CONFLICT."""


def insert(on: Session | Connection) -> type[postgresql.Insert] | type[sqlite.Insert]:
    """The INSERT of the database's dialect."""
    return INSERT[on.get_bind().dialect.name if isinstance(on, Session) else on.dialect.name]


_ROW = select(col(InboxRow.reply)).where(
    col(InboxRow.channel) == bindparam("channel"), col(InboxRow.key) == bindparam("key")
)


_SAID_AND_DONE = case((col(InboxRow.payload).is_(None), null()), else_=literal("", Sealed))
"""What was said is needed until it is answered, and no longer: that it was promised an answer is all that stays."""


@cache
def _answer(dialect: str) -> Executable:
    statement = INSERT[dialect](InboxRow)
    return statement.on_conflict_do_update(
        index_elements=["channel", "key"],
        set_={"reply": statement.excluded.reply, "payload": _SAID_AND_DONE},
        where=col(InboxRow.reply).is_(None),
    ).returning(col(InboxRow.payload))


@cache
def _accept(dialect: str) -> Executable:
    return INSERT[dialect](InboxRow).on_conflict_do_nothing()


class Inbox:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name
        self._now = now

    def reply_to(self, channel: str, key: str) -> str | None:
        """The stored reply, None when the update is unknown or not answered yet."""
        return self._connection.execute(_ROW, {"channel": channel, "key": key}).scalar()

    def knows(self, channel: str, key: str) -> bool:
        return self._connection.execute(_ROW, {"channel": channel, "key": key}).first() is not None

    def answer(self, channel: str, key: str, reply: str) -> bool:
        """Store the reply. True: the update had been acknowledged before, so the reply has to be sent.

        Raises `AlreadyAnswered` when another delivery was first: the caller's transaction must not commit.
        """
        values = {"channel": channel, "key": key, "at": self._now, "reply": reply}
        row = self._connection.execute(_answer(self._dialect), values).first()
        if row is None:
            raise AlreadyAnswered(self.reply_to(channel, key) or "")
        return row[0] is not None

    def accept(self, channel: str, key: str, payload: str) -> str | None:
        """Promise to answer later: keeps the update. Returns the reply instead if there is one already."""
        values = {"channel": channel, "key": key, "at": self._now, "payload": payload}
        self._connection.execute(_accept(self._dialect), values)
        return self.reply_to(channel, key)

    def pending(self, *, older_than: timedelta) -> list[Pending]:
        """Updates that were acknowledged and never carried out (the process died in between)."""
        rows = self._connection.execute(
            select(col(InboxRow.channel), col(InboxRow.key), col(InboxRow.payload)).where(
                col(InboxRow.reply).is_(None),
                col(InboxRow.payload).is_not(None),
                col(InboxRow.at) < self._now - older_than,
            )
        )
        return [Pending(channel, key, payload or "") for channel, key, payload in rows]

    def prune(self) -> int:
        """Drop rows older than 72 hours; returns how many."""
        old = col(InboxRow.at) < self._now - KEPT
        return self._connection.execute(delete(InboxRow).where(old)).rowcount
