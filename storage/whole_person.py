"""Everything the tables hold on one person, whatever the table: found by what refers to a member.

A new table is covered by itself: a row with a reference to the member is theirs, and a sealed column in it holds
their words.
"""

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Column, Connection, Table, delete, or_, select, update
from sqlmodel import col

from storage.audit import AuditRow
from storage.base import metadata
from storage.inbox import InboxRow
from storage.invites import InviteRow
from storage.members import AccountRow, MemberRow
from storage.outbox import EMPTY, OutboxRow, Outcome
from storage.robot_calls import CallRow
from storage.sealing import Sealed

SECRETS = frozenset({"webhook", "code_hash", "picture"})
"""Columns that are nobody's to carry away, or no words: of a photo, who gave it and when is told."""

_ENDED = [Outcome.SENT.value, Outcome.FAILED.value, Outcome.UNKNOWN.value]

Row = dict[str, Any]


def tables() -> dict[str, list[Column[Any]]]:
    """The names of the tables that refer to a member, each with the columns that do."""
    found: dict[str, list[Column[Any]]] = {}
    for table in metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name == MemberRow.__tablename__:
                found.setdefault(table.name, []).append(key.parent)
    return found


class WholePerson:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def rows(self, member_id: int) -> Iterator[tuple[str, Row]]:
        """Each row about this member, with its table's name; sealed columns are opened."""
        member = metadata.tables[str(MemberRow.__tablename__)]
        yield from self._told(member, member.columns["id"] == member_id)
        for name, references in tables().items():
            yield from self._told(metadata.tables[name], or_(*(column == member_id for column in references)))
        called = f"member:{member_id}"
        audit = metadata.tables[str(AuditRow.__tablename__)]
        yield from self._told(
            audit, or_(audit.columns["actor"] == called, audit.columns["subject"] == called)
        )

    def blank(self, member_id: int, name: str) -> None:
        """Empty every sealed column of the member's rows, what robots were asked, and the name on used invites."""
        ids = select(col(AccountRow.external_id)).where(col(AccountRow.member_id) == member_id)
        self._connection.execute(delete(CallRow).where(col(CallRow.chat).in_(ids)))
        for table, references in tables().items():
            theirs = or_(*(column == member_id for column in references))
            for column in metadata.tables[table].columns:
                if isinstance(column.type, Sealed):
                    emptied = update(metadata.tables[table]).where(theirs, column != "")
                    self._connection.execute(emptied.values({column: ""}))
        used = or_(col(InviteRow.member_id) == member_id, col(InviteRow.used_at).is_not(None))
        unnamed = update(InviteRow).where(col(InviteRow.name) == name, used)
        self._connection.execute(unnamed.values(name=None))

    def unsay(self, words: Collection[str]) -> None:
        """Empty what was said, or was to be said, to anybody with one of `words` in it; that leaves no more."""
        said = select(col(OutboxRow.id), col(OutboxRow.body)).where(col(OutboxRow.body) != "")
        found = [row.id for row in self._connection.execute(said) if any(word in row.body for word in words)]
        untold = update(OutboxRow).where(col(OutboxRow.id).in_(found), col(OutboxRow.status).not_in(_ENDED))
        self._connection.execute(untold.values(status=Outcome.FAILED.value, leased_until=None))
        self._connection.execute(update(OutboxRow).where(col(OutboxRow.id).in_(found)).values(body=""))
        answers = select(col(InboxRow.channel), col(InboxRow.key), col(InboxRow.reply))
        for answer in self._connection.execute(answers.where(col(InboxRow.reply).is_not(None))).all():
            if any(word in answer.reply for word in words):
                this = (col(InboxRow.channel) == answer.channel, col(InboxRow.key) == answer.key)
                self._connection.execute(update(InboxRow).where(*this).values(reply=EMPTY, payload=None))

    def _told(self, table: Table, theirs: Any) -> Iterator[tuple[str, Row]]:
        columns = [column for column in table.columns if column.name not in SECRETS]
        query = select(*columns).where(theirs).order_by(*table.primary_key.columns)
        for row in self._connection.execute(query).mappings():
            yield table.name, {str(name): value for name, value in row.items()}
