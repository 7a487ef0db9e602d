"""The key of a database: proved at start, and changed by sealing everything again.

Among the details stands one word that is nobody's, sealed like the rest: who has another key finds out before
anything is changed. Where it is missing, an earlier version kept words in the open, and they are sealed first.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import Column, Connection, String, Table, inspect, select, text, type_coerce, update
from sqlmodel import col

from storage.base import metadata
from storage.database import Database
from storage.details import DetailRow
from storage.sealing import MARK, CannotOpen, Sealed, sealer_of
from storage.uow import UnitOfWork

_PROOF = "data_key"
"""The subject of the word that proves the key."""

_WORD = "lianxin"
_LOCK = 0x1A7A_1A4F
"""PostgreSQL advisory lock under which one process makes its key the database's."""

_AT_ONCE = 500

Row = tuple[Column[Any], tuple[Any, ...]]
"""A sealed column, and the identity of a row that has words in it."""


class WrongKey(CannotOpen):
    """The database, or a backup, was sealed with a key that is not among ours."""


def verify(connection: Connection) -> bool:
    """Whether the database was begun with a key; raises `WrongKey` when that is none of ours. Changes nothing."""
    if not inspect(connection).has_table(str(DetailRow.__tablename__)):
        return False
    proof = connection.execute(select(col(DetailRow.sealed)).where(col(DetailRow.subject) == _PROOF)).scalar()
    if proof is None:
        return False
    try:
        sealer_of(connection.dialect).open(proof)
    except CannotOpen:
        raise WrongKey from None
    return True


def verify_now(database: Database) -> bool:
    """As `verify`, in a transaction of its own."""
    with database.engine.connect().execution_options(lianxin_read=True) as connection:
        return verify(connection)


def begin(database: Database) -> None:
    """Make the first key the database's, and seal what an earlier version kept in the open. Raises `WrongKey`."""
    if not verify_now(database):
        database.run_now(begin_in)


def reseal(database: Database, on_step: Callable[[int, int], None] = lambda _done, _all: None) -> int:
    """Seal everything again with the first key, a few rows a transaction; returns how many had another.

    Raises `WrongKey`. `on_step` gets how many rows are looked through, of how many.
    """
    verify_now(database)
    work = database.read_now(lambda uow: list(_rows(uow.connection)))
    changed = 0
    for start in range(0, len(work), _AT_ONCE):
        batch = work[start : start + _AT_ONCE]
        changed += database.run_now(_renew_all, batch)
        on_step(start + len(batch), len(work))
    database.run_now(_prove)
    return changed


def sealed_columns() -> list[Column[Any]]:
    """Every column that holds sealed words: those of type `Sealed`, and the details'."""
    details = metadata.tables[str(DetailRow.__tablename__)].columns["sealed"]
    found = [
        column
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Sealed)
    ]
    return [*found, details]


def begin_in(uow: UnitOfWork) -> None:
    """As `begin`, in this transaction; of several processes that start together one does it."""
    if uow.connection.dialect.name == "postgresql":
        uow.connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    if verify(uow.connection):
        return
    _renew_all(uow, list(_rows(uow.connection)))
    _prove(uow)


def _prove(uow: UnitOfWork) -> None:
    uow.details.keep(_PROOF, "proof", _WORD)


def _rows(connection: Connection) -> Iterator[Row]:
    for column in sealed_columns():
        assert isinstance(column.table, Table)
        raw = type_coerce(column, String)
        identities = select(*column.table.primary_key.columns).where(raw.is_not(None), raw != "")
        if column.table.name == DetailRow.__tablename__:
            identities = identities.where(col(DetailRow.subject) != _PROOF)
        for identity in connection.execute(identities):
            yield column, tuple(identity)


def _renew_all(uow: UnitOfWork, rows: Sequence[Row]) -> int:
    return sum(_renew(uow.connection, *row) for row in rows)


def _renew(connection: Connection, column: Column[Any], identity: tuple[Any, ...]) -> bool:
    """Seal one value with the first key, unless it is, or was changed meanwhile."""
    assert isinstance(column.table, Table)
    raw = type_coerce(column, String)
    row = [key == value for key, value in zip(column.table.primary_key.columns, identity, strict=True)]
    value = connection.execute(select(raw).where(*row)).scalar()
    if not value:
        return False
    sealer = sealer_of(connection.dialect)
    renewed = sealer.renewed(value) if value.startswith(MARK) else sealer.seal(value)
    if renewed == value:
        return False
    done = connection.execute(
        update(column.table).where(*row, raw == value).values({column: type_coerce(renewed, String)})
    )
    return bool(done.rowcount)
