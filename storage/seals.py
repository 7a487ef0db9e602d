"""Seals: the audit register hashed in batches, each batch chained to the one before.

A chain from row to row would make every writer wait for the one before it; so rows are written freely and
sealed some minutes later. What belongs to a seal is settled by an UPDATE of the rows that have none, under a
lock: a row that was committed late, with a smaller number than rows sealed already, comes into the next seal,
and no row comes into two.

    row       number "|" and, for each of its eight columns, length in bytes ":" text; UTF-8, time in UTC
    members   for each row of the seal, by number: the number (8 bytes, big-endian), SHA-256 of the row
    hash      SHA-256 of `FORM`, the seal's number, time, count and previous hash, a line each, then members
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    LargeBinary,
    func,
    insert,
    literal_column,
    select,
    text,
    update,
)
from sqlmodel import Field, SQLModel, col

from storage.audit import AuditRow
from storage.base import Moment

FORM = "lianxin audit seal 1"
BATCH = 5000
"""Rows in one seal at the most: SQLite's only writer is held for about a tenth of a second."""

ENTRY = 8 + 32
"""Bytes of a row in `members`."""

COLUMNS = ("at", "actor", "action", "subject", "before", "after", "channel", "update_key")

_LOCK = 0x1A7A_5EA1
"""PostgreSQL advisory lock under which one process seals."""

ID: ColumnElement[int] = literal_column("id")
"""The number of a row that is in the database, and so has one."""

Row = tuple[int, bytes | None]
"""A row's number and its canonical bytes; None when a column holds what no text column can."""


class SealRow(SQLModel, table=True):
    """Append-only, as the rows it seals."""

    __tablename__ = "audit_seal"
    number: int = Field(primary_key=True)
    at: datetime = Field(sa_type=Moment)
    count: int
    members: bytes = Field(sa_type=LargeBinary)
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Seal:
    """`hash` and `previous`: SHA-256 in hex; the first seal's `previous` is empty."""

    number: int
    at: datetime
    count: int
    previous: str
    hash: str


_HEAD = (
    select(col(SealRow.number), col(SealRow.at), col(SealRow.count), col(SealRow.previous), col(SealRow.hash))
    .order_by(col(SealRow.number).desc())
    .limit(1)
)
_WAITING = (
    select(col(AuditRow.id)).where(col(AuditRow.seal).is_(None)).order_by(col(AuditRow.id)).limit(BATCH)
)
_UNSEALED = select(func.count(), func.min(AuditRow.at)).where(col(AuditRow.seal).is_(None))


class Seals:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def seal(self) -> Seal | None:
        """Seal up to `BATCH` rows that have no seal yet, the oldest first; None when all have one."""
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        before = self.head()
        number = before.number + 1 if before else 1
        previous = before.hash if before else ""
        taken = update(AuditRow).where(col(AuditRow.id).in_(_WAITING)).values(seal=number)
        words: ColumnElement[bytes | None] = literal_column(canonical(self._connection))
        found = self._connection.execute(taken.returning(ID, words)).all()
        rows = sorted((row, said) for row, said in found)
        if not rows:
            return None
        members = packed(rows)
        hash_ = seal_hash(number, moment_text(self._now), len(rows), previous, members)
        values = {"number": number, "at": self._now, "count": len(rows), "previous": previous, "hash": hash_}
        self._connection.execute(insert(SealRow), {**values, "members": members})
        return Seal(number, self._now, len(rows), previous, hash_)

    def head(self) -> Seal | None:
        """The latest seal."""
        row = self._connection.execute(_HEAD).first()
        return Seal(*row) if row else None

    def unsealed(self) -> tuple[int, datetime | None]:
        """How many rows have no seal yet, and the moment of the oldest of them."""
        count, oldest = self._connection.execute(_UNSEALED).one()
        return count, oldest


def packed(rows: Iterable[Row]) -> bytes:
    """`members` of a seal over these rows, in the order they come."""
    return b"".join(
        number.to_bytes(8, "big", signed=True) + hashlib.sha256(words or b"").digest()
        for number, words in rows
    )


def seal_hash(number: int, at: str, count: int, previous: str, members: bytes) -> str:
    """`at` as `moment_text` writes it."""
    head = f"{FORM}\n{number}\n{at}\n{count}\n{previous}\n"
    return hashlib.sha256(head.encode(errors="surrogateescape") + members).hexdigest()


def moment_text(moment: datetime) -> str:
    """A moment as it stands in what is hashed.

    >>> moment_text(datetime(2026, 3, 5, 1, tzinfo=UTC))
    '2026-03-05 01:00:00.000000'
    """
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"


def row_words(number: int, values: Mapping[str, str]) -> bytes:
    """The canonical bytes of a row whose `at` is text already: the rule that `canonical` has the database follow.

    >>> row_words(7, dict.fromkeys(COLUMNS, "a")).decode()
    '7|1:a1:a1:a1:a1:a1:a1:a1:a'
    """
    texts = [values[name].encode() for name in COLUMNS]
    return f"{number}|".encode() + b"".join(b"%d:%s" % (len(each), each) for each in texts)


def canonical(connection: Connection) -> str:
    """SQL for the canonical bytes of a row of `audit`, the same on both databases; NULL for what is no text."""
    if connection.dialect.name == "postgresql":
        values = [moment_sql(connection), *COLUMNS[1:]]
        parts = [f"octet_length(convert_to({value}, 'UTF8')) || ':' || {value}" for value in values]
        return f"convert_to(id || '|' || {' || '.join(parts)}, 'UTF8')"
    kinds = " || ".join(f"typeof({name})" for name in COLUMNS)
    parts = [f"length(CAST({name} AS BLOB)) || ':' || {name}" for name in COLUMNS]
    words = f"CAST(id || '|' || {' || '.join(parts)} AS BLOB)"
    return f"CASE WHEN {kinds} = '{'text' * len(COLUMNS)}' THEN {words} END"


def moment_sql(connection: Connection) -> str:
    """SQL for column `at` as `moment_text` writes it."""
    if connection.dialect.name == "postgresql":
        return "to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
    return "at"
