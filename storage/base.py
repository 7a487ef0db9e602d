"""What every table shares: one metadata, one way to keep a moment."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import CursorResult, DateTime, Dialect
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

metadata = SQLModel.metadata
metadata.naming_convention = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept as UTC on every database (SQLite keeps no zone of its own)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("a moment needs its time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def new_id(inserted: CursorResult[Any]) -> int:
    """The number that an INSERT of one row gave it."""
    assert inserted.inserted_primary_key is not None
    (number,) = inserted.inserted_primary_key
    assert isinstance(number, int)
    return number


class StorageError(Exception):
    """Base of what storage says when it cannot do as asked. Facts only: wording is the caller's."""


class NotFound(StorageError):
    """No row with this identity."""


class Taken(StorageError):
    """A name or key that must be unique is in use."""


DatabaseFailed = SQLAlchemyError
"""The database did not do as it was told: away, locked, full, damaged. Other rooms know it by this name."""

DatabaseAway = (OperationalError, InterfaceError, PoolTimeout)
"""What fails when the database cannot be reached, is locked, full or read-only: trying again later may help."""

Conflict = IntegrityError
"""Another transaction put the same identity in first. One of `DatabaseFailed`."""


def reason(failed: DatabaseFailed) -> str:
    """What the driver said, its first line."""
    return str(getattr(failed, "orig", None) or failed).strip().splitlines()[0]
