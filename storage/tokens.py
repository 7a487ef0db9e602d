"""Access tokens of platforms, shared by all replicas; sealed by the caller, so that a copy of the database
holds none. One replica at a time fetches a new one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, or_, select, update
from sqlmodel import Field, SQLModel, col

from storage.base import Moment
from storage.inbox import insert, inserted


@dataclass(frozen=True, slots=True)
class StoredToken:
    sealed: str
    version: int
    """Grows with each token fetched: whoever saw version 3 refused asks for a newer one than 3."""
    worked: bool
    """Whether the platform was seen to take it."""
    renew_at: datetime
    fault: str
    """Why no token can be had before the operator acts; empty while all is well."""
    retry_at: datetime
    """Nothing is fetched before this."""

    @property
    def refused(self) -> bool:
        """Whether the fault is that the platform refuses the very token it gave, as long as none works."""
        return bool(self.fault and self.sealed)


class TokenRow(SQLModel, table=True):
    __tablename__ = "access_token"
    name: str = Field(primary_key=True)
    sealed: str = ""
    version: int = 0
    worked: bool = False
    renew_at: datetime = Field(sa_type=Moment)
    fetching_until: datetime | None = Field(default=None, sa_type=Moment)
    fault: str = ""
    retry_at: datetime = Field(sa_type=Moment)


class Tokens:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def get(self, name: str) -> StoredToken | None:
        row = self._connection.execute(select(TokenRow).where(col(TokenRow.name) == name)).first()
        if row is None:
            return None
        return StoredToken(row.sealed, row.version, row.worked, row.renew_at, row.fault, row.retry_at)

    def may_fetch(self, name: str, *, seen: int, seconds: float) -> bool:
        """Be the one who fetches the token after version `seen`, for at most `seconds`; nobody is in a pause."""
        until = self._now + timedelta(seconds=seconds)
        first = insert(self._connection)(TokenRow).values(
            name=name,
            sealed="",
            version=0,
            worked=False,
            renew_at=self._now,
            retry_at=self._now,
            fetching_until=until,
            fault="",
        )
        if inserted(self._connection, first):
            return True
        free = or_(col(TokenRow.fetching_until).is_(None), col(TokenRow.fetching_until) <= self._now)
        done = self._connection.execute(
            update(TokenRow)
            .where(
                col(TokenRow.name) == name,
                col(TokenRow.version) == seen,
                free,
                col(TokenRow.retry_at) <= self._now,
            )
            .values(fetching_until=until)
        )
        return bool(done.rowcount)

    def fetched(self, name: str, sealed: str, *, seen: int, renew_at: datetime, fault: str = "") -> None:
        """Keep the token that follows version `seen`; `fault` is what it has to disprove by working."""
        self._write(
            name,
            seen,
            sealed=sealed,
            version=seen + 1,
            worked=False,
            renew_at=renew_at,
            fetching_until=None,
            fault=fault,
            retry_at=self._now,
        )

    def failed(self, name: str, *, seen: int, fault: str, retry_at: datetime, keep: bool) -> None:
        """Nothing follows version `seen`: nobody asks again before `retry_at`. `fault` is empty for a passing one.

        `keep`: the present token stays, be it good or refused; else it is dropped.
        """
        kept = {} if keep else {"sealed": ""}
        self._write(name, seen, fetching_until=None, fault=fault, retry_at=retry_at, **kept)

    def worked(self, name: str, *, seen: int) -> None:
        """The platform takes version `seen`."""
        self._write(name, seen, worked=True, fault="", retry_at=self._now)

    def _write(self, name: str, seen: int, **values: Any) -> None:
        """Who is late, for another replica has gone on to the next version, changes nothing."""
        self._connection.execute(
            update(TokenRow).where(col(TokenRow.name) == name, col(TokenRow.version) == seen).values(**values)
        )
