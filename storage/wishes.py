"""微心愿 (micro-wishes): their states, the legal moves between them, the register and its history."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Update,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import aliased
from sqlmodel import Field, SQLModel, col

from storage.base import Moment, NotFound, StorageError, new_id
from storage.groups import GroupRow
from storage.members import MemberRow
from storage.places import PlaceRow


class Status(StrEnum):
    PENDING = "pending"
    OPEN = "open"
    CLAIMED = "claimed"
    DELIVERED = "delivered"
    FULFILLED = "fulfilled"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Move(StrEnum):
    LOG = "log"
    VERIFY = "verify"
    RETURN = "return"
    AMEND = "amend"
    CLAIM = "claim"
    RELEASE = "release"
    DELIVER = "deliver"
    FULFIL = "fulfil"
    NOT_RECEIVED = "not_received"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


TRANSITIONS: dict[tuple[Status, Move], Status] = {
    (Status.PENDING, Move.VERIFY): Status.OPEN,
    (Status.PENDING, Move.RETURN): Status.RETURNED,
    (Status.RETURNED, Move.AMEND): Status.PENDING,
    (Status.OPEN, Move.CLAIM): Status.CLAIMED,
    (Status.CLAIMED, Move.RELEASE): Status.OPEN,
    (Status.CLAIMED, Move.DELIVER): Status.DELIVERED,
    (Status.DELIVERED, Move.FULFIL): Status.FULFILLED,
    (Status.DELIVERED, Move.NOT_RECEIVED): Status.CLAIMED,
    (Status.PENDING, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.OPEN, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.RETURNED, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.CLAIMED, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.OPEN, Move.EXPIRE): Status.EXPIRED,
}


class AlreadyMoved(StorageError):
    """The wish is not in a state this move starts from (or not held by whom the move asks); nothing changed."""

    def __init__(self, no: int, status: Status) -> None:
        super().__init__(f"wish {no} is {status}")
        self.no = no
        self.status = status


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


@dataclass(frozen=True, slots=True)
class WishEvent:
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
_WISHES: Select[*tuple[Any, ...]] = (
    select(
        col(WishRow.no), col(WishRow.status), col(WishRow.place_id), col(PlaceRow.name),
        col(WishRow.group_id), col(GroupRow.name), col(WishRow.content),
        col(WishRow.logged_by), col(_LOGGER.name), col(WishRow.claimed_by), col(_CLAIMER.name),
        col(WishRow.logged_at), col(WishRow.claimed_at), col(WishRow.delivered_at),
        col(WishRow.fulfilled_at), col(WishRow.expires_on), col(WishRow.note),
    )
    .join_from(WishRow, _LOGGER, col(_LOGGER.id) == col(WishRow.logged_by))
    .join(_CLAIMER, col(_CLAIMER.id) == col(WishRow.claimed_by), isouter=True)
    .join(PlaceRow, col(PlaceRow.id) == col(WishRow.place_id), isouter=True)
    .join(GroupRow, col(GroupRow.id) == col(WishRow.group_id), isouter=True)
    .order_by(col(WishRow.no))
)  # fmt: skip
_WISH = _WISHES.where(col(WishRow.no) == bindparam("wish"))
_LOG = insert(WishRow)
_HAPPENED = insert(WishEventRow)
_HISTORY = (
    select(col(WishEventRow.at), col(WishEventRow.move), col(MemberRow.name), col(WishEventRow.note))
    .join_from(WishEventRow, MemberRow, col(MemberRow.id) == col(WishEventRow.actor_id), isouter=True)
    .where(col(WishEventRow.wish_no) == bindparam("wish"))
    .order_by(col(WishEventRow.id))
)
_CONTENTS: Select[*tuple[Any, ...]] = (
    select(col(WishRow.no), col(WishRow.content))
    .where(
        col(WishRow.status).in_(bindparam("statuses", expanding=True)),
        col(WishRow.place_id) == bindparam("place"),
    )
    .order_by(col(WishRow.no))
    .limit(bindparam("most"))
)


@cache
def _moving(columns: tuple[str, ...], only_claimer: bool) -> Update:
    """The conditional update of these columns, each from the parameter `new_<column>`."""
    conditions = [col(WishRow.no) == bindparam("wish"), col(WishRow.status) == bindparam("before")]
    if only_claimer:
        conditions.append(col(WishRow.claimed_by) == bindparam("claimer"))
    return update(WishRow).where(*conditions).values({name: bindparam(f"new_{name}") for name in columns})


class Wishes:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def log(
        self, content: str, *, by: int, place_id: int | None, group_id: int | None, expires_on: date
    ) -> Wish:
        values = {
            "status": Status.PENDING.value, "place_id": place_id, "group_id": group_id, "content": content,
            "logged_by": by, "logged_at": self._now, "expires_on": expires_on, "note": "",
        }  # fmt: skip
        no = new_id(self._connection.execute(_LOG, values))
        self._happened(no, Move.LOG, by, "")
        return self.get(no)

    def move(
        self,
        no: int,
        move: Move,
        *,
        by: int | None,
        note: str = "",
        expected: Collection[Status] | None = None,
        only_claimer: bool = False,
        content: str | None = None,
        place_id: int | None = None,
    ) -> tuple[Wish, Status]:
        """Move the wish on, in one conditional update; returns it with the status it had before.

        `expected` narrows the states the move may start from. Raises `NotFound`, or `AlreadyMoved` when the
        wish is elsewhere by now.
        """
        starts = [
            before for before, name in TRANSITIONS if name is move and (not expected or before in expected)
        ]
        for before in starts:
            values = self._values(move, TRANSITIONS[before, move], by, note)
            if content is not None:
                values["content"] = content
            if place_id is not None:
                values["place_id"] = place_id
            asked = {f"new_{name}": value for name, value in values.items()}
            asked |= {"wish": no, "before": before.value, "claimer": by}
            if self._connection.execute(_moving(tuple(values), only_claimer), asked).rowcount:
                self._happened(no, move, by, note)
                return self.get(no), before
        raise AlreadyMoved(no, self.get(no).status)

    def get(self, no: int) -> Wish:
        """Raises `NotFound`."""
        row = self._connection.execute(_WISH, {"wish": no}).first()
        if row is None:
            raise NotFound(no)
        return _view(row)

    def all(self) -> list[Wish]:
        return self._select()

    def listed(
        self,
        *,
        statuses: Collection[Status],
        places: Collection[int] | None,
        logged_by: int | None = None,
        claimed_by: int | None = None,
        containing: str = "",
        limit: int = 20,
    ) -> list[Wish]:
        """Wishes in these states, oldest first. `places` None: everywhere, also nowhere in particular."""
        conditions: list[ColumnElement[bool]] = [col(WishRow.status).in_([s.value for s in statuses])]
        if places is not None:
            conditions.append(col(WishRow.place_id).in_(list(places)))
        if logged_by is not None:
            conditions.append(col(WishRow.logged_by) == logged_by)
        if claimed_by is not None:
            conditions.append(col(WishRow.claimed_by) == claimed_by)
        if containing:
            conditions.append(col(WishRow.content).contains(containing, autoescape=True))
        return self._select(*conditions, limit=limit)

    def contents(self, *, statuses: Collection[Status], place_id: int, limit: int) -> list[tuple[int, str]]:
        """Number and content of the wishes of one place in these states, oldest first."""
        asked = {"statuses": [status.value for status in statuses], "place": place_id, "most": limit}
        return [(no, content) for no, content in self._connection.execute(_CONTENTS, asked).all()]

    def waiting_without_place(self, limit: int = 20) -> list[Wish]:
        """Pending wishes of people without a place: any coordinator may verify them."""
        return self._select(
            col(WishRow.status) == Status.PENDING.value, col(WishRow.place_id).is_(None), limit=limit
        )

    def held_by(self, member_id: int) -> int:
        """How many wishes this member has claimed and not delivered yet."""
        query = select(func.count()).where(
            col(WishRow.claimed_by) == member_id, col(WishRow.status) == Status.CLAIMED.value
        )
        return self._connection.execute(query).scalar_one()

    def logged_since(self, member_id: int, moment: datetime) -> int:
        query = select(func.count()).where(
            col(WishRow.logged_by) == member_id, col(WishRow.logged_at) >= moment
        )
        return self._connection.execute(query).scalar_one()

    def out_of_date(self, today: date) -> list[int]:
        """Numbers of open wishes past their date."""
        old = col(WishRow.expires_on) < today
        query = select(col(WishRow.no)).where(col(WishRow.status) == Status.OPEN.value, old)
        return [no for no in self._connection.execute(query).scalars() if no is not None]

    def hide_words(self, member_id: int, hidden: Callable[[str], str]) -> None:
        """Pass through `hidden` what a member wrote: wishes they logged, and their notes on any."""
        own = select(col(WishRow.no), col(WishRow.content), col(WishRow.note)).where(
            col(WishRow.logged_by) == member_id
        )
        for no, content, note in self._connection.execute(own).all():
            values = {"content": hidden(content), "note": hidden(note)}
            self._connection.execute(update(WishRow).where(col(WishRow.no) == no).values(**values))
        said = select(col(WishEventRow.id), col(WishEventRow.note)).where(
            col(WishEventRow.actor_id) == member_id
        )
        for event, note in self._connection.execute(said).all():
            values = {"note": hidden(note)}
            self._connection.execute(
                update(WishEventRow).where(col(WishEventRow.id) == event).values(**values)
            )

    def hand_over(self, lost: int, kept: int) -> None:
        """Wishes of a member who turned out to be another one are theirs. The history keeps its rows."""
        for column in (WishRow.logged_by, WishRow.claimed_by):
            self._connection.execute(update(WishRow).where(col(column) == lost).values({column: kept}))

    def history(self, no: int) -> list[WishEvent]:
        rows = self._connection.execute(_HISTORY, {"wish": no})
        return [WishEvent(at, Move(move), name or "", note) for at, move, name, note in rows]

    def _values(self, move: Move, after: Status, by: int | None, note: str) -> dict[str, object]:
        values: dict[str, object] = {"status": after.value}
        if note:
            values["note"] = note
        match move:
            case Move.CLAIM:
                values |= {"claimed_by": by, "claimed_at": self._now, "note": ""}
            case Move.AMEND:
                values |= {"note": ""}
            case Move.RELEASE:
                values |= {"claimed_by": None, "claimed_at": None}
            case Move.DELIVER:
                values |= {"delivered_at": self._now}
            case Move.NOT_RECEIVED:
                values |= {"delivered_at": None}
            case Move.FULFIL:
                values |= {"fulfilled_at": self._now}
            case _:
                pass
        return values

    def _happened(self, no: int, move: Move, by: int | None, note: str) -> None:
        values = {"wish_no": no, "at": self._now, "move": move.value, "actor_id": by, "note": note}
        self._connection.execute(_HAPPENED, values)

    def _select(self, *conditions: ColumnElement[bool], limit: int | None = None) -> list[Wish]:
        query = _WISHES.where(*conditions)
        return [_view(row) for row in self._connection.execute(query.limit(limit) if limit else query)]


def _view(row: Row[*tuple[Any, ...]]) -> Wish:
    no, status, *rest = row
    return Wish(no, Status(status), *rest)
