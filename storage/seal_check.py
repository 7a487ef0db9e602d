"""Checking the seals: everything is computed anew, and each fault is named by seal and row.

What it cannot see: rows removed before they were sealed, and a register in which somebody computed every seal
anew from what they changed. Against the latter the county writes the latest hash on paper: `since`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, literal_column, select, text
from sqlmodel import col

from storage.audit import AuditRow
from storage.seals import ENTRY, ID, Row, SealRow, canonical, moment_sql, moment_text, packed, seal_hash

AT_ONCE = 20_000
"""Rows read in one go, about."""

NAMED = 1000
"""Faults named one by one; the rest is counted."""

LATE = timedelta(days=1)
"""A row numbered below sealed ones, and older than the seal before it by this, was not committed late but put in."""

Progress = Callable[[int, int], None]
"""Called with how many rows are done, of how many."""


class Fault(StrEnum):
    ROW_CHANGED = "row_changed"
    ROW_MISSING = "row_missing"
    ROW_INSERTED = "row_inserted"
    SEAL_CHANGED = "seal_changed"
    SEAL_MISSING = "seal_missing"
    CHAIN_BROKEN = "chain_broken"
    """The seal does not name the hash of the one before it."""


@dataclass(frozen=True, slots=True)
class Found:
    """`seal`: None for a row that has none; `row`: the row's number, None where the seal itself is meant."""

    fault: Fault
    seal: int | None
    row: int | None = None


@dataclass(slots=True)
class Checked:
    """What a check came to. `rows`: those under a seal; `since`: the seal that has the hash asked for, if any."""

    seals: int = 0
    rows: int = 0
    unsealed: int = 0
    head: str = ""
    since: int | None = None
    faults: list[Found] = field(default_factory=list)
    count: int = 0
    """Of all faults, also those beyond `NAMED`."""

    def found(self, fault: Fault, seal: int | None, row: int | None = None) -> None:
        self.count += 1
        if len(self.faults) < NAMED:
            self.faults.append(Found(fault, seal, row))


@dataclass(frozen=True, slots=True)
class _Kept:
    """A seal as it stands, its time as text. `typed`: every column holds what its type says."""

    number: int
    at: str
    count: int
    previous: str
    hash: str
    members: bytes
    typed: bool

    def true(self, members: bytes) -> bool:
        """Whether the seal is what these members make it, with its own number, time, count and previous hash."""
        made = seal_hash(self.number, self.at, self.count, self.previous, members)
        return self.typed and made == self.hash and self.count * ENTRY == len(members)

    @property
    def entries(self) -> dict[int, bytes]:
        return dict(_entries(self.members))


def check(
    connection: Connection, *, since: str = "", newest: int | None = None, progress: Progress | None = None
) -> Checked:
    """Compute the seals anew, all or the `newest` so many. The connection reads one moment of the database.

    `since`: the first digits of a seal's hash, in hex, that was written down outside; `Checked.since` stays
    None when no seal has it, which means that something before it was changed.
    """
    counted = text("SELECT count(*), count(*) - count(seal) FROM audit")
    total, unsealed = connection.execute(counted).one()
    result = Checked(unsealed=unsealed)
    last = connection.execute(text("SELECT coalesce(max(number), 0) FROM audit_seal")).scalar_one()
    first = max(1, last - newest + 1) if newest is not None else 1
    expected, highest, before, done = first, 0, None, 0
    for seals in _seals(connection, first):
        rows = _rows(connection, seals[0].number, seals[-1].number)
        for seal in seals:
            for number in range(expected, min(seal.number, expected + NAMED)):
                result.found(Fault.SEAL_MISSING, number)
            if (before is not None or first == 1) and seal.previous != (before.hash if before else ""):
                result.found(Fault.CHAIN_BROKEN, seal.number)
            under = rows.get(seal.number, [])
            _compare(seal, under, result)
            _put_in_later(seal.number, under, highest, before, result)
            if since and seal.hash.startswith(since):
                result.since = seal.number
            highest = max(highest, under[-1][0] if under else 0)
            before, expected = seal, seal.number + 1
            result.seals += 1
            result.rows += len(under)
            done += len(under)
        if progress is not None:
            progress(done, total)
    result.head = before.hash if before else ""
    _astray(connection, first, highest, before, result)
    return result


def _compare(seal: _Kept, rows: Sequence[Row], result: Checked) -> None:
    """The rows under a seal against what it says of them."""
    now = packed(rows)
    sound = seal.true(seal.members)
    if sound and now == seal.members:
        return
    if not sound:
        result.found(Fault.SEAL_CHANGED, seal.number)
        if seal.true(now):  # the rows are what was sealed: only the seal's list of them was touched
            return
    told, there = seal.entries, dict(_entries(now))
    for row in sorted(told.keys() | there.keys()):
        if row not in there:
            result.found(Fault.ROW_MISSING, seal.number, row)
        elif row not in told:
            result.found(Fault.ROW_INSERTED, seal.number, row)
        elif told[row] != there[row]:
            result.found(Fault.ROW_CHANGED, seal.number, row)


def _put_in_later(
    number: int, rows: Sequence[Row], highest: int, before: _Kept | None, result: Checked
) -> None:
    """Rows sealed as if they were new, though they claim an older place in the register."""
    limit = _limit(before)
    for row, words in rows:
        if row >= highest:
            return
        if words is not None and _time(words) < limit:
            result.found(Fault.ROW_INSERTED, number, row)


def _limit(before: _Kept | None) -> str:
    """The time a row must have to be one that was committed after the seal `before` was made."""
    try:
        return moment_text(datetime.fromisoformat(f"{before.at}+00:00") - LATE) if before else ""
    except ValueError:  # the seal was changed, and is named for that
        return ""


def _time(words: bytes) -> str:
    """The time in a row's canonical bytes: its first column."""
    length, _, rest = words.partition(b"|")[2].partition(b":")
    return rest[: int(length)].decode(errors="replace")


def _astray(connection: Connection, first: int, highest: int, before: _Kept | None, result: Checked) -> None:
    """Rows under seals that are not there, and rows put in among the sealed ones."""
    lost = text(
        "SELECT DISTINCT seal FROM audit WHERE seal IS NOT NULL AND (seal >= :first OR seal < 1)"
        " AND NOT EXISTS (SELECT 1 FROM audit_seal WHERE number = seal) ORDER BY seal"
    )
    known = {found.seal for found in result.faults if found.fault is Fault.SEAL_MISSING}
    for number in connection.execute(lost, {"first": first}).scalars():
        if number not in known:
            result.found(Fault.SEAL_MISSING, number)
    limit = _limit(before)
    time: ColumnElement[str] = literal_column(moment_sql(connection))
    below = select(ID, time).select_from(AuditRow)
    waiting = below.where(col(AuditRow.seal).is_(None), col(AuditRow.id) < highest).order_by(col(AuditRow.id))
    for row, at in connection.execute(waiting):
        if at < limit:
            result.found(Fault.ROW_INSERTED, None, row)


def _seals(connection: Connection, first: int) -> Iterator[list[_Kept]]:
    """The seals from `first` on, as many at once as have about `AT_ONCE` rows."""
    sizes = text("SELECT number, length(members) FROM audit_seal WHERE number >= :first ORDER BY number")
    batch: list[int] = []
    size = 0
    for number, length in connection.execute(sizes, {"first": first}).all():
        batch.append(number)
        size += length // ENTRY
        if size >= AT_ONCE:
            yield _read_seals(connection, batch[0], batch[-1])
            batch, size = [], 0
    if batch:
        yield _read_seals(connection, batch[0], batch[-1])


def _read_seals(connection: Connection, first: int, last: int) -> list[_Kept]:
    at, texts, typed = moment_sql(connection), ["previous", "hash", "members"], "true"
    if connection.dialect.name != "postgresql":
        at, texts = f"CAST({at} AS BLOB)", [f"CAST({name} AS BLOB)" for name in texts]
        kinds = ("number", "at", "count", *("previous", "hash", "members"))
        typed = " || ".join(f"typeof({name})" for name in kinds) + " = 'integertextintegertexttextblob'"
    columns: list[ColumnElement[Any]] = [
        literal_column(each) for each in ("number", at, "count", *texts, typed)
    ]
    asked = select(*columns).select_from(SealRow).where(col(SealRow.number).between(first, last))
    rows = connection.execute(asked.order_by(col(SealRow.number)))
    return [
        _Kept(number, _text(at), count, _text(previous), _text(hash_), bytes(members), bool(sound))
        for number, at, count, previous, hash_, members, sound in rows
    ]


def _text(value: object) -> str:
    """What a text column holds, whatever it holds."""
    return value.decode(errors="surrogateescape") if isinstance(value, bytes) else str(value)


def _rows(connection: Connection, first: int, last: int) -> dict[int, list[Row]]:
    """The rows under these seals, by seal, each with its canonical bytes."""
    words: ColumnElement[bytes | None] = literal_column(canonical(connection))
    under = select(col(AuditRow.seal), ID, words).where(col(AuditRow.seal).between(first, last))
    found: dict[int, list[Row]] = {}
    for seal, row, said in connection.execute(under.order_by(col(AuditRow.seal), ID)):
        found.setdefault(seal or 0, []).append((row, said))
    return found


def _entries(members: bytes) -> Iterator[tuple[int, bytes]]:
    for at in range(0, len(members) - ENTRY + 1, ENTRY):
        yield int.from_bytes(members[at : at + 8], "big", signed=True), members[at + 8 : at + ENTRY]
