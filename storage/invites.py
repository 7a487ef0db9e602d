"""Invites: one-time codes that join a person to a chat account and give a role. Only their hashes are kept."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlmodel import Field, SQLModel, col

from storage.base import Moment, NotFound, Taken
from storage.inbox import INSERT
from storage.members import Grant, Role

WRONG_AT_MOST = 5
"""Wrong codes in a row; after them a member waits."""

WAIT = timedelta(minutes=30)


class Expired(NotFound):
    """The code was good once, and was not used in time."""


class InviteRow(SQLModel, table=True):
    __tablename__ = "invite"
    code_hash: str = Field(primary_key=True)
    role: str
    place_id: int = Field(foreign_key="place.id")
    name: str | None = None
    member_id: int | None = Field(default=None, foreign_key="member.id")
    expires_at: datetime = Field(sa_type=Moment)
    used_at: datetime | None = Field(default=None, sa_type=Moment)


class WrongCodeRow(SQLModel, table=True):
    """Wrong codes in a row, against guessing; gone with the first right one."""

    __tablename__ = "wrong_code"
    member_id: int = Field(primary_key=True, foreign_key="member.id")
    times: int
    at: datetime = Field(sa_type=Moment)


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What a code gives: a role, a name to go by, and the member it was made for."""

    grant: Grant
    name: str | None
    member_id: int | None


def _hash(code: str) -> str:
    """Codes are read aloud and typed on phones: case, spaces and hyphens do not count."""
    bare = "".join(mark for mark in code.upper() if mark.isalnum())
    return hashlib.sha256(bare.encode()).hexdigest()


_OVER = col(WrongCodeRow.at) <= bindparam("waited")


@cache
def _wrong(dialect: str) -> Executable:
    statement = INSERT[dialect](WrongCodeRow)
    again = {"times": case((_OVER, 1), else_=col(WrongCodeRow.times) + 1), "at": bindparam("now")}
    return statement.on_conflict_do_update(index_elements=["member_id"], set_=again)


class Invites:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name
        self._now = now

    def add(self, code: str, grant: Grant, *, name: str | None, member_id: int | None, days: int) -> None:
        """Keep a one-time code (its hash only)."""
        assert grant.place_id is not None
        values = {
            "code_hash": _hash(code), "role": grant.role.value, "place_id": grant.place_id, "name": name,
            "member_id": member_id, "expires_at": self._now + timedelta(days=days),
        }  # fmt: skip
        self._connection.execute(insert(InviteRow), values)

    def redeem(self, code: str) -> Redeemed:
        """Use up a code. Raises `NotFound` for an unknown one, `Taken` for a used one, `Expired`."""
        row = self._connection.execute(
            select(InviteRow).where(col(InviteRow.code_hash) == _hash(code))
        ).first()
        if row is None:
            raise NotFound("invite")
        if row.used_at is None and row.expires_at <= self._now:
            raise Expired("invite")
        done = self._connection.execute(
            update(InviteRow)
            .where(col(InviteRow.code_hash) == row.code_hash, col(InviteRow.used_at).is_(None))
            .values(used_at=self._now)
        )
        if not done.rowcount:
            raise Taken("invite")
        return Redeemed(Grant(Role(row.role), row.place_id), row.name, row.member_id)

    def open_for(self, member_id: int) -> int:
        """How many codes that may still be used were made for this member."""
        counted = select(func.count()).where(*self._open(member_id))
        return self._connection.execute(counted).scalar_one()

    def void(self, member_id: int) -> int:
        """Let the codes made for this member be good no more; returns how many were."""
        ended = update(InviteRow).where(*self._open(member_id)).values(expires_at=self._now)
        return self._connection.execute(ended).rowcount

    def hand_over(self, lost: int, kept: int) -> None:
        """Codes made for a member who turned out to be another one are theirs."""
        self._connection.execute(
            update(InviteRow).where(col(InviteRow.member_id) == lost).values(member_id=kept)
        )
        self.right(lost)

    def wrong(self, member_id: int) -> None:
        """Count a wrong code. Those that lie `WAIT` back are forgotten."""
        counted = {
            "member_id": member_id,
            "times": 1,
            "at": self._now,
            "now": self._now,
            "waited": self._now - WAIT,
        }
        self._connection.execute(_wrong(self._dialect), counted)

    def right(self, member_id: int) -> None:
        """Forget the wrong ones."""
        self._connection.execute(delete(WrongCodeRow).where(col(WrongCodeRow.member_id) == member_id))

    def must_wait(self, member_id: int) -> bool:
        """Whether this member was wrong too often, a short while ago."""
        often = select(col(WrongCodeRow.times)).where(
            col(WrongCodeRow.member_id) == member_id,
            col(WrongCodeRow.times) >= WRONG_AT_MOST,
            col(WrongCodeRow.at) > self._now - WAIT,
        )
        return self._connection.execute(often).first() is not None

    def _open(self, member_id: int) -> tuple[ColumnElement[bool], ...]:
        return (
            col(InviteRow.member_id) == member_id,
            col(InviteRow.used_at).is_(None),
            col(InviteRow.expires_at) > self._now,
        )
