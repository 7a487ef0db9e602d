"""The tables of wishes, their views, and the conditional update that a move is."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Update, and_, bindparam, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import Field, SQLModel, col

from storage.base import Moment
from storage.groups import GroupRow
from storage.members import MemberRow
from storage.places import PlaceRow
from storage.wish_states import AgeBand, Consent, Kind, Move, Status, Urgency


@dataclass(frozen=True, slots=True)
class Wish:
    no: int
    status: Status
    place_id: int | None
    place: str | None
    group_id: int | None
    group: str | None
    content: str
    logged_by: int
    logged_by_name: str
    claimed_by: int | None
    claimed_by_name: str | None
    logged_at: datetime
    claimed_at: datetime | None
    delivered_at: datetime | None
    fulfilled_at: datetime | None
    expires_on: date
    note: str
    kind: Kind = Kind.UNKNOWN
    age_band: AgeBand = AgeBand.UNKNOWN
    urgency: Urgency = Urgency.NORMAL
    wanted_by: date | None = None
    consent: Consent = Consent.NOT_NEEDED
    team_id: int | None = None
    promised_on: date | None = None
    reminded_at: datetime | None = None
    credit: bool = False
    """Whether who claimed it lets their name be said."""
    merged_into: int | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WishEvent:
    id: int
    at: datetime
    move: Move
    actor: str
    note: str


class WishRow(SQLModel, table=True):
    __tablename__ = "wish"
    no: int | None = Field(default=None, primary_key=True)
    status: str = Field(index=True)
    place_id: int | None = Field(default=None, foreign_key="place.id", index=True)
    group_id: int | None = Field(default=None, foreign_key="chat_group.id")
    content: str
    logged_by: int = Field(foreign_key="member.id", index=True)
    claimed_by: int | None = Field(default=None, foreign_key="member.id", index=True)
    logged_at: datetime = Field(sa_type=Moment)
    claimed_at: datetime | None = Field(default=None, sa_type=Moment)
    delivered_at: datetime | None = Field(default=None, sa_type=Moment)
    fulfilled_at: datetime | None = Field(default=None, sa_type=Moment)
    expires_on: date
    note: str = ""
    kind: str = ""
    age_band: str = ""
    urgency: str = Urgency.NORMAL.value
    wanted_by: date | None = None
    consent: str = ""
    team_id: int | None = None
    promised_on: date | None = None
    reminded_at: datetime | None = Field(default=None, sa_type=Moment)
    credit: bool = False
    merged_into: int | None = Field(default=None, index=True)
    closed_at: datetime | None = Field(default=None, sa_type=Moment)
    wiped_at: datetime | None = Field(default=None, sa_type=Moment)


class WishEventRow(SQLModel, table=True):
    """Append-only: a correction is a new row."""

    __tablename__ = "wish_event"
    id: int | None = Field(default=None, primary_key=True)
    wish_no: int = Field(foreign_key="wish.no", index=True)
    at: datetime = Field(sa_type=Moment)
    move: str
    actor_id: int | None = Field(default=None, foreign_key="member.id")
    note: str = ""


_LOGGER, _CLAIMER = aliased(MemberRow), aliased(MemberRow)
# In the order of `Wish`.
WISHES: Select[*tuple[Any, ...]] = (
    select(
        col(WishRow.no), col(WishRow.status), col(WishRow.place_id), col(PlaceRow.name),
        col(WishRow.group_id), col(GroupRow.name), col(WishRow.content),
        col(WishRow.logged_by), col(_LOGGER.name), col(WishRow.claimed_by), col(_CLAIMER.name),
        col(WishRow.logged_at), col(WishRow.claimed_at), col(WishRow.delivered_at),
        col(WishRow.fulfilled_at), col(WishRow.expires_on), col(WishRow.note), col(WishRow.kind),
        col(WishRow.age_band), col(WishRow.urgency), col(WishRow.wanted_by), col(WishRow.consent),
        col(WishRow.team_id), col(WishRow.promised_on), col(WishRow.reminded_at), col(WishRow.credit),
        col(WishRow.merged_into), col(WishRow.closed_at),
    )
    .join_from(WishRow, _LOGGER, col(_LOGGER.id) == col(WishRow.logged_by))
    .join(_CLAIMER, col(_CLAIMER.id) == col(WishRow.claimed_by), isouter=True)
    .join(PlaceRow, col(PlaceRow.id) == col(WishRow.place_id), isouter=True)
    .join(GroupRow, col(GroupRow.id) == col(WishRow.group_id), isouter=True)
    .order_by(col(WishRow.no))
)  # fmt: skip


def view(row: Row[*tuple[Any, ...]]) -> Wish:
    no, status, *known = row[:17]
    kind, age_band, urgency, wanted_by, consent, *rest = row[17:]
    marks = (Kind(kind), AgeBand(age_band), Urgency(urgency), wanted_by, Consent(consent))
    return Wish(no, Status(status), *(*known, *marks, *rest))


_GUARDS: dict[str, ColumnElement[bool]] = {
    "own": or_(
        col(WishRow.claimed_by) == bindparam("claimer"),
        col(WishRow.team_id).in_(bindparam("teams", expanding=True)),
    ),
    "as_seen": and_(
        col(WishRow.claimed_by).is_not_distinct_from(bindparam("seen_claimer")),
        col(WishRow.claimed_at).is_not_distinct_from(bindparam("seen_since", type_=Moment())),
        col(WishRow.consent) == bindparam("seen_consent"),
    ),
    "consented": col(WishRow.consent) != Consent.NEEDED.value,
    "not_merged": col(WishRow.merged_into).is_(None),
}
"""What a move may ask for beyond the state it starts from."""

ALWAYS = {Move.VERIFY: "consented", Move.REOPEN: "not_merged"}

UNCLAIMED = {
    "claimed_by": None, "claimed_at": None, "team_id": None, "promised_on": None, "reminded_at": None,
    "credit": False,
}  # fmt: skip


@cache
def moving(columns: tuple[str, ...], guards: tuple[str, ...]) -> Update:
    """The conditional update of these columns, each from the parameter `new_<column>`."""
    conditions = [col(WishRow.no) == bindparam("wish"), col(WishRow.status) == bindparam("before")]
    conditions += [_GUARDS[guard] for guard in guards]
    return update(WishRow).where(*conditions).values({name: bindparam(f"new_{name}") for name in columns})
