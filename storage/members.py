"""Members: people, the roles they hold in places, and the chat accounts they speak from."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, exists, func, insert, select, update
from sqlalchemy.orm import aliased
from sqlmodel import Field, SQLModel, col

from storage.base import Moment, NotFound, new_id
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
    """A role held for a place. One that ended keeps its row: the past reads right."""

    __tablename__ = "member_role"
    id: int | None = Field(default=None, primary_key=True)
    member_id: int = Field(foreign_key="member.id", index=True)
    role: str
    place_id: int | None = Field(default=None, foreign_key="place.id")
    since: datetime | None = Field(default=None, sa_type=Moment)
    """None: before this was kept."""
    until: datetime | None = Field(default=None, sa_type=Moment)


class AccountRow(SQLModel, table=True):
    """A chat account a member speaks from. `reachable_until` is the platform's window, not a habit.

    `tenant` is the corporation or account that `external_id` is an id of, `id_kind` its sort
    (`bot.chat.update.IdKind`).
    """

    __tablename__ = "account"
    channel: str = Field(primary_key=True)
    tenant: str = Field(default="", primary_key=True)
    external_id: str = Field(primary_key=True)
    id_kind: str = ""
    member_id: int = Field(foreign_key="member.id", index=True)
    reachable_until: datetime | None = Field(default=None, sa_type=Moment)
    unreachable: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    channel: str
    external_id: str
    reachable_until: datetime | None
    tenant: str = ""
    id_kind: str = ""
    unreachable: bool = False


@dataclass(frozen=True, slots=True)
class Tenure:
    """A role as it was held: since when, None where that was not kept, and until when, None while it is."""

    member_id: int
    role: Role
    place_id: int | None
    since: datetime | None
    until: datetime | None


_MEMBERS: Select[*tuple[Any, ...]] = select(
    col(MemberRow.id),
    col(MemberRow.name),
    col(MemberRow.place_id),
    col(PlaceRow.name).label("place"),
    col(MemberRow.noticed_at),
    col(MemberRow.hidden_at),
).join_from(MemberRow, PlaceRow, col(PlaceRow.id) == col(MemberRow.place_id), isouter=True)
_MEMBER = _MEMBERS.where(col(MemberRow.id) == bindparam("member"))
_SPEAKER = _MEMBERS.join(AccountRow, col(AccountRow.member_id) == col(MemberRow.id)).where(
    col(AccountRow.channel) == bindparam("on_channel"),
    col(AccountRow.external_id) == bindparam("from_id"),
    col(AccountRow.tenant).in_([bindparam("in_tenant"), ""]),
)
_COLLEAGUE = _MEMBERS.join(AccountRow, col(AccountRow.member_id) == col(MemberRow.id)).where(
    col(AccountRow.channel).in_(bindparam("channels", expanding=True)),
    col(AccountRow.external_id) == bindparam("from_id"),
    col(AccountRow.tenant) == bindparam("in_tenant"),
    col(AccountRow.id_kind) == bindparam("of_kind"),
)
_PLAIN = aliased(AccountRow)
_ENCRYPTED = (
    select(col(AccountRow.external_id))
    .where(
        col(AccountRow.channel).in_(bindparam("channels", expanding=True)),
        col(AccountRow.tenant) == bindparam("in_tenant"),
        col(AccountRow.id_kind) == "open",
        ~exists().where(
            col(_PLAIN.member_id) == col(AccountRow.member_id),
            col(_PLAIN.channel).in_(bindparam("channels", expanding=True)),
            col(_PLAIN.tenant) == bindparam("in_tenant"),
            col(_PLAIN.id_kind) == "",
        ),
    )
    .distinct()
    .order_by(col(AccountRow.external_id))
)
_ALL_GRANTS = (
    select(col(GrantRow.member_id), col(GrantRow.role), col(GrantRow.place_id))
    .where(col(GrantRow.until).is_(None))
    .order_by(col(GrantRow.id))
)
_GRANTS = _ALL_GRANTS.where(col(GrantRow.member_id) == bindparam("member"))
_GRANTS_OF_MANY = _ALL_GRANTS.where(col(GrantRow.member_id).in_(bindparam("members", expanding=True)))
_TENURES = select(
    col(GrantRow.member_id),
    col(GrantRow.role),
    col(GrantRow.place_id),
    col(GrantRow.since),
    col(GrantRow.until),
).order_by(col(GrantRow.id))
_ACCOUNT = update(AccountRow).where(
    col(AccountRow.channel) == bindparam("on_channel"),
    col(AccountRow.external_id) == bindparam("from_id"),
    col(AccountRow.tenant).in_([bindparam("in_tenant"), ""]),
)
_HEARD = _ACCOUNT.values(reachable_until=bindparam("until"), unreachable=False)
_NOTICED = (
    update(MemberRow)
    .where(col(MemberRow.id) == bindparam("member"), col(MemberRow.noticed_at).is_(None))
    .values(noticed_at=bindparam("now"))
)


class Members:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def add(self, name: str, *, place_id: int | None = None, grants: Iterable[Grant] = ()) -> Member:
        values = {"name": name, "place_id": place_id, "created_at": self._now}
        member_id = new_id(self._connection.execute(insert(MemberRow), values))
        for grant in grants:
            self.grant(member_id, grant)
        return self.get(member_id)

    def grant(
        self, member_id: int, grant: Grant, *, since: datetime | None = None, until: datetime | None = None
    ) -> None:
        """Give a role, from now on where `since` does not say otherwise; giving it again changes nothing."""
        if grant not in self._grants(member_id):
            values = {"member_id": member_id, "role": grant.role.value, "place_id": grant.place_id}
            held = {"since": since or self._now, "until": until}
            self._connection.execute(insert(GrantRow), {**values, **held})

    def end_grants(self, member_id: int, grants: Iterable[Grant]) -> None:
        """Let these roles end now; their rows stay."""
        for grant in grants:
            held = (col(GrantRow.member_id) == member_id, col(GrantRow.role) == grant.role.value)
            there = col(GrantRow.place_id) == grant.place_id
            ended = update(GrantRow).where(*held, there, col(GrantRow.until).is_(None))
            self._connection.execute(ended.values(until=self._now))

    def tenures(self) -> list[Tenure]:
        """Every role anybody holds or held, in the order they were given."""
        rows = self._connection.execute(_TENURES)
        return [Tenure(row.member_id, Role(row.role), row.place_id, row.since, row.until) for row in rows]

    def get(self, member_id: int) -> Member:
        """Raises `NotFound`."""
        row = self._connection.execute(_MEMBER, {"member": member_id}).first()
        if row is None:
            raise NotFound(member_id)
        return self._view(row)

    def all(self) -> list[Member]:
        rows = self._connection.execute(_MEMBERS.order_by(col(MemberRow.id))).all()
        grants = _by_member(self._connection.execute(_ALL_GRANTS).all())
        return [_view(row, grants.get(row.id, ())) for row in rows]

    def named(self, name: str) -> list[Member]:
        query = _MEMBERS.where(col(MemberRow.name) == name).order_by(col(MemberRow.id))
        rows = self._connection.execute(query).all()
        asked = {"members": [row.id for row in rows]}
        grants = _by_member(self._connection.execute(_GRANTS_OF_MANY, asked).all()) if rows else {}
        return [_view(row, grants.get(row.id, ())) for row in rows]

    def speaking_from(self, channel: str, external_id: str, tenant: str = "") -> Member | None:
        """Who speaks from this account. One kept without a tenant is any tenant's: ids are as good as unique."""
        asked = {"on_channel": channel, "from_id": external_id, "in_tenant": tenant}
        row = self._connection.execute(_SPEAKER, asked).first()
        return self._view(row) if row else None

    def known_as(self, channels: Iterable[str], external_id: str, tenant: str, id_kind: str) -> Member | None:
        """Who has this id of this tenant on one of `channels` (one corporation, several channels)."""
        asked = {"channels": list(channels), "from_id": external_id, "in_tenant": tenant, "of_kind": id_kind}
        row = self._connection.execute(_COLLEAGUE, asked).first()
        return self._view(row) if row else None

    def accounts(self, member_id: int) -> list[Account]:
        """The accounts a message can go to, the one reachable longest first."""
        rows = self._connection.execute(
            select(
                col(AccountRow.channel), col(AccountRow.external_id), col(AccountRow.reachable_until),
                col(AccountRow.tenant), col(AccountRow.id_kind),
            ).where(col(AccountRow.member_id) == member_id, col(AccountRow.unreachable).is_(False))
        )  # fmt: skip
        found = [Account(*row) for row in rows]
        return sorted(found, key=lambda account: str(account.reachable_until or ""), reverse=True)

    def open_account(
        self, member_id: int, channel: str, external_id: str, tenant: str = "", id_kind: str = ""
    ) -> None:
        """Let a new member speak from an account nobody had. Raises `Conflict` when somebody has it by now."""
        values = {
            "channel": channel, "tenant": tenant, "external_id": external_id, "id_kind": id_kind,
            "member_id": member_id, "unreachable": False,
        }  # fmt: skip
        self._connection.execute(insert(AccountRow), values)

    def join_account(self, member_id: int, channel: str, external_id: str, tenant: str = "") -> None:
        """Let the member speak from this account; an account belongs to one member, the latest."""
        account = {"on_channel": channel, "from_id": external_id, "in_tenant": tenant}
        moved = _ACCOUNT.values(member_id=member_id, unreachable=False)
        if not self._connection.execute(moved, account).rowcount:
            self.open_account(member_id, channel, external_id, tenant)

    def heard_from(self, channel: str, external_id: str, tenant: str = "", *, window: timedelta) -> None:
        """The platform lets us write to this account until `window` from now."""
        account = {"on_channel": channel, "from_id": external_id, "in_tenant": tenant}
        self._connection.execute(_HEARD, {**account, "until": self._now + window})

    def left(self, channel: str, external_id: str, tenant: str = "") -> None:
        """The account unfollowed or blocked us."""
        account = {"on_channel": channel, "from_id": external_id, "in_tenant": tenant}
        self._connection.execute(_ACCOUNT.values(unreachable=True), account)

    def lock(self, member_id: int) -> None:
        """Make this member's limits count alone: others' transactions on the member wait (PostgreSQL)."""
        query = select(col(MemberRow.id)).where(col(MemberRow.id) == member_id).with_for_update()
        self._connection.execute(query).one()

    def noticed(self, member_id: int) -> bool:
        """Mark the privacy notice as given; False when it had been."""
        done = self._connection.execute(_NOTICED, {"member": member_id, "now": self._now})
        return bool(done.rowcount)

    def hide(self, member_id: int, alias: str) -> None:
        """Replace the name by `alias`: what refers to the member stays, who it was goes."""
        self._connection.execute(
            update(MemberRow).where(col(MemberRow.id) == member_id).values(name=alias, hidden_at=self._now)
        )

    def settle_in(self, member_id: int, *, place_id: int | None, name: str | None) -> None:
        """Give a member the place, and the name an invite carries, where they have none yet."""
        values = {"name": name} if name else {}
        if values:
            self._connection.execute(update(MemberRow).where(col(MemberRow.id) == member_id).values(**values))
        self._connection.execute(
            update(MemberRow)
            .where(col(MemberRow.id) == member_id, col(MemberRow.place_id).is_(None))
            .values(place_id=place_id)
        )

    def merge(self, lost: int, kept: int) -> None:
        """Let `kept` speak from every account of `lost`, who turned out to be the same person, and hold its roles.

        `lost` holds nothing from now on.
        """
        accounts = update(AccountRow).where(col(AccountRow.member_id) == lost)
        self._connection.execute(accounts.values(member_id=kept))
        held = self._grants(lost)
        for grant in held:
            self.grant(kept, grant)
        self.end_grants(lost, held)

    def encrypted(self, channels: Iterable[str], tenant: str) -> list[str]:
        """The open_userids of `tenant` whose member is not known by a plain userid on one of `channels`."""
        asked = {"channels": list(channels), "in_tenant": tenant}
        return list(self._connection.execute(_ENCRYPTED, asked).scalars())

    def all_accounts(self, member_id: int) -> list[Account]:
        """Every account the member speaks from, also one that cannot be written to."""
        rows = self._connection.execute(
            select(
                col(AccountRow.channel), col(AccountRow.external_id), col(AccountRow.reachable_until),
                col(AccountRow.tenant), col(AccountRow.id_kind), col(AccountRow.unreachable),
            )
            .where(col(AccountRow.member_id) == member_id)
            .order_by(col(AccountRow.channel), col(AccountRow.tenant), col(AccountRow.external_id))
        )  # fmt: skip
        return [Account(*row) for row in rows]

    def account_counts(self) -> dict[int, int]:
        """How many accounts each member speaks from; who has none is not named."""
        counted = select(col(AccountRow.member_id), func.count()).group_by(col(AccountRow.member_id))
        return {row[0]: row[1] for row in self._connection.execute(counted)}

    def close_account(self, member_id: int, account: Account) -> bool:
        """Let the member speak from this account no more; whether they did."""
        mine = (col(AccountRow.channel) == account.channel, col(AccountRow.tenant) == account.tenant)
        this = (col(AccountRow.external_id) == account.external_id, col(AccountRow.member_id) == member_id)
        return bool(self._connection.execute(delete(AccountRow).where(*mine, *this)).rowcount)

    def forget_accounts(self, member_id: int) -> None:
        self._connection.execute(delete(AccountRow).where(col(AccountRow.member_id) == member_id))

    def _grants(self, member_id: int) -> tuple[Grant, ...]:
        rows = self._connection.execute(_GRANTS, {"member": member_id})
        return tuple(Grant(Role(role), place_id) for _, role, place_id in rows)

    def _view(self, row: Row[*tuple[Any, ...]]) -> Member:
        return _view(row, self._grants(row.id))


def _by_member(rows: Iterable[Row[*tuple[Any, ...]]]) -> dict[int, tuple[Grant, ...]]:
    found: dict[int, tuple[Grant, ...]] = {}
    for member_id, role, place_id in rows:
        found[member_id] = (*found.get(member_id, ()), Grant(Role(role), place_id))
    return found


def _view(row: Row[*tuple[Any, ...]], grants: tuple[Grant, ...]) -> Member:
    return Member(
        id=row.id,
        name=row.name,
        place_id=row.place_id,
        place=row.place,
        grants=grants,
        noticed=row.noticed_at is not None,
        hidden=row.hidden_at is not None,
    )


def places_served(member: Member, roles: Iterable[Role], places: Places) -> frozenset[int]:
    """Every place for which the member holds one of `roles`."""
    wanted = frozenset(roles)
    return places.below(
        grant.place_id for grant in member.grants if grant.role in wanted and grant.place_id is not None
    )
