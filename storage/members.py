"""Members: people, the roles they hold in places, and the chat accounts they speak from."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, update
from sqlmodel import Field, Session, SQLModel, col, select

from storage.base import Moment, NotFound, Taken
from storage.places import PlaceRow, Places


class Role(StrEnum):
    """What a member may be, for a place and what lies below it."""

    RESIDENT = "resident"
    VOLUNTEER = "volunteer"
    GRID_WORKER = "grid_worker"
    CARE_SECRETARY = "care_secretary"
    FIRST_SECRETARY = "first_secretary"
    COORDINATOR = "coordinator"
    CHILD_OFFICER = "child_officer"
    COUNTY_OFFICE = "county_office"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held for a place; `place_id` None: for nowhere in particular."""

    role: Role
    place_id: int | None


@dataclass(frozen=True, slots=True)
class Member:
    id: int
    name: str
    place_id: int | None
    place: str | None
    grants: tuple[Grant, ...]
    noticed: bool
    """Whether the privacy notice was given."""
    hidden: bool = False

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(grant.role for grant in self.grants) or frozenset({Role.RESIDENT})

    def holds(self, roles: Iterable[Role], place_line: tuple[int, ...]) -> bool:
        """Whether one of `roles` is held for the place whose line upwards is `place_line`.

        An empty line is a matter without a place: any holder of the role will do.
        """
        wanted = frozenset(roles)
        return any(
            grant.role in wanted and (not place_line or grant.place_id in place_line) for grant in self.grants
        )


class MemberRow(SQLModel, table=True):
    __tablename__ = "member"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(index=True)
    place_id: int | None = Field(default=None, foreign_key="place.id")
    created_at: datetime = Field(sa_type=Moment)
    noticed_at: datetime | None = Field(default=None, sa_type=Moment)
    hidden_at: datetime | None = Field(default=None, sa_type=Moment)


class GrantRow(SQLModel, table=True):
    __tablename__ = "member_role"
    id: int | None = Field(default=None, primary_key=True)
    member_id: int = Field(foreign_key="member.id", index=True)
    role: str
    place_id: int | None = Field(default=None, foreign_key="place.id")


class AccountRow(SQLModel, table=True):
    """A chat account a member speaks from. `reachable_until` is the platform's window, not a habit."""

    __tablename__ = "account"
    channel: str = Field(primary_key=True)
    external_id: str = Field(primary_key=True)
    member_id: int = Field(foreign_key="member.id", index=True)
    reachable_until: datetime | None = Field(default=None, sa_type=Moment)
    unreachable: bool = False


class InviteRow(SQLModel, table=True):
    __tablename__ = "invite"
    code_hash: str = Field(primary_key=True)
    role: str
    place_id: int = Field(foreign_key="place.id")
    name: str | None = None
    member_id: int | None = Field(default=None, foreign_key="member.id")
    expires_at: datetime = Field(sa_type=Moment)
    used_at: datetime | None = Field(default=None, sa_type=Moment)


@dataclass(frozen=True, slots=True)
class Account:
    channel: str
    external_id: str
    reachable_until: datetime | None


def _hash(code: str) -> str:
    """Codes are read aloud and typed on phones: case, spaces and hyphens do not count."""
    bare = "".join(mark for mark in code.upper() if mark.isalnum())
    return hashlib.sha256(bare.encode()).hexdigest()


class Members:
    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now

    def add(self, name: str, *, place_id: int | None = None, grants: Iterable[Grant] = ()) -> Member:
        row = MemberRow(name=name, place_id=place_id, created_at=self._now)
        self._session.add(row)
        self._session.flush()
        assert row.id is not None
        for grant in grants:
            self.grant(row.id, grant)
        return self.get(row.id)

    def grant(self, member_id: int, grant: Grant) -> None:
        """Give a role; giving it again changes nothing."""
        held = select(GrantRow).where(
            GrantRow.member_id == member_id, GrantRow.role == grant.role.value, GrantRow.place_id == grant.place_id
        )
        if self._session.exec(held).first() is None:
            self._session.add(GrantRow(member_id=member_id, role=grant.role.value, place_id=grant.place_id))
            self._session.flush()

    def get(self, member_id: int) -> Member:
        """Raises `NotFound`."""
        row = self._session.get(MemberRow, member_id)
        if row is None:
            raise NotFound(member_id)
        return self._view(row)

    def all(self) -> list[Member]:
        return [self._view(row) for row in self._session.exec(select(MemberRow).order_by(col(MemberRow.id)))]

    def named(self, name: str) -> list[Member]:
        rows = self._session.exec(select(MemberRow).where(MemberRow.name == name).order_by(col(MemberRow.id)))
        return [self._view(row) for row in rows]

    def speaking_from(self, channel: str, external_id: str) -> Member | None:
        account = self._session.get(AccountRow, (channel, external_id))
        return self.get(account.member_id) if account else None

    def accounts(self, member_id: int) -> list[Account]:
        """The accounts a message can go to, the one reachable longest first."""
        rows = self._session.exec(
            select(AccountRow).where(AccountRow.member_id == member_id, col(AccountRow.unreachable).is_(False))
        ).all()
        found = [Account(row.channel, row.external_id, row.reachable_until) for row in rows]
        return sorted(found, key=lambda account: str(account.reachable_until or ""), reverse=True)

    def join_account(self, member_id: int, channel: str, external_id: str) -> None:
        """Let the member speak from this account; an account belongs to one member, the latest."""
        account = self._session.get(AccountRow, (channel, external_id))
        if account is None:
            account = AccountRow(channel=channel, external_id=external_id, member_id=member_id)
        account.member_id = member_id
        account.unreachable = False
        self._session.add(account)
        self._session.flush()

    def heard_from(self, channel: str, external_id: str, *, window: timedelta) -> None:
        """The platform lets us write to this account until `window` from now."""
        self._session.exec(
            update(AccountRow)
            .where(col(AccountRow.channel) == channel, col(AccountRow.external_id) == external_id)
            .values(reachable_until=self._now + window, unreachable=False)
        )

    def left(self, channel: str, external_id: str) -> None:
        """The account unfollowed or blocked us."""
        self._session.exec(
            update(AccountRow)
            .where(col(AccountRow.channel) == channel, col(AccountRow.external_id) == external_id)
            .values(unreachable=True)
        )

    def lock(self, member_id: int) -> None:
        """Make this member's limits count alone: others' transactions on the member wait (PostgreSQL)."""
        self._session.exec(select(MemberRow.id).where(MemberRow.id == member_id).with_for_update()).one()

    def noticed(self, member_id: int) -> bool:
        """Mark the privacy notice as given; False when it had been."""
        done = self._session.exec(
            update(MemberRow)
            .where(col(MemberRow.id) == member_id, col(MemberRow.noticed_at).is_(None))
            .values(noticed_at=self._now)
        )
        return bool(done.rowcount)

    def hide(self, member_id: int, alias: str) -> None:
        """Replace the name by `alias`: what refers to the member stays, who it was goes."""
        self._session.exec(
            update(MemberRow).where(col(MemberRow.id) == member_id).values(name=alias, hidden_at=self._now)
        )

    def invite(self, code: str, grant: Grant, *, name: str | None, member_id: int | None, days: int) -> None:
        """Keep a one-time code (its hash only)."""
        assert grant.place_id is not None
        self._session.add(
            InviteRow(
                code_hash=_hash(code), role=grant.role.value, place_id=grant.place_id, name=name,
                member_id=member_id, expires_at=self._now + timedelta(days=days),
            )
        )  # fmt: skip
        self._session.flush()

    def redeem(self, code: str) -> tuple[Grant, str | None, int | None]:
        """Use up a code: its grant, the name it was made for, the member it was made for.

        Raises `NotFound` for an unknown or expired code, `Taken` for a used one.
        """
        row = self._session.get(InviteRow, _hash(code))
        if row is None or row.expires_at <= self._now:
            raise NotFound("invite")
        done = self._session.exec(
            update(InviteRow)
            .where(col(InviteRow.code_hash) == row.code_hash, col(InviteRow.used_at).is_(None))
            .values(used_at=self._now)
        )
        if not done.rowcount:
            raise Taken("invite")
        return Grant(Role(row.role), row.place_id), row.name, row.member_id

    def settle_in(self, member_id: int, *, place_id: int | None, name: str | None) -> None:
        """Give a member the place, and the name an invite carries, where they have none yet."""
        values = {"name": name} if name else {}
        if values:
            self._session.exec(update(MemberRow).where(col(MemberRow.id) == member_id).values(**values))
        self._session.exec(
            update(MemberRow)
            .where(col(MemberRow.id) == member_id, col(MemberRow.place_id).is_(None))
            .values(place_id=place_id)
        )

    def merge(self, lost: int, kept: int) -> None:
        """Let `kept` speak from every account of `lost` (a nameless resident who turned out to be known)."""
        self._session.exec(update(AccountRow).where(col(AccountRow.member_id) == lost).values(member_id=kept))

    def forget_accounts(self, member_id: int) -> None:
        self._session.exec(delete(AccountRow).where(col(AccountRow.member_id) == member_id))

    def _view(self, row: MemberRow) -> Member:
        assert row.id is not None
        grants = self._session.exec(
            select(GrantRow).where(GrantRow.member_id == row.id).order_by(col(GrantRow.id))
        ).all()
        place = self._session.get(PlaceRow, row.place_id) if row.place_id is not None else None
        return Member(
            id=row.id,
            name=row.name,
            place_id=row.place_id,
            place=place.name if place else None,
            grants=tuple(Grant(Role(grant.role), grant.place_id) for grant in grants),
            noticed=row.noticed_at is not None,
            hidden=row.hidden_at is not None,
        )


def places_served(member: Member, roles: Iterable[Role], places: Places) -> frozenset[int]:
    """Every place for which the member holds one of `roles`."""
    wanted = frozenset(roles)
    return places.below(
        grant.place_id for grant in member.grants if grant.role in wanted and grant.place_id is not None
    )
