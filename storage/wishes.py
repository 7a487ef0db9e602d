"""微心愿 (micro-wishes): their states, the legal moves between them, the register and its history."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, update
from sqlalchemy import select as sa_select
from sqlmodel import Field, Session, SQLModel, col, select

from storage.base import Moment, NotFound, StorageError
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


class Wishes:
    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now

    def log(
        self, content: str, *, by: int, place_id: int | None, group_id: int | None, expires_on: date
    ) -> Wish:
        row = WishRow(
            status=Status.PENDING.value, place_id=place_id, group_id=group_id, content=content, logged_by=by,
            logged_at=self._now, expires_on=expires_on,
        )  # fmt: skip
        self._session.add(row)
        self._session.flush()
        assert row.no is not None
        self._happened(row.no, Move.LOG, by, "")
        return self.get(row.no)

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
            conditions: list[ColumnElement[bool]] = [
                col(WishRow.no) == no,
                col(WishRow.status) == before.value,
            ]
            if only_claimer:
                conditions.append(col(WishRow.claimed_by) == by)
            values = self._values(move, TRANSITIONS[before, move], by, note)
            if content is not None:
                values["content"] = content
            if place_id is not None:
                values["place_id"] = place_id
            if self._session.exec(update(WishRow).where(*conditions).values(**values)).rowcount:
                self._happened(no, move, by, note)
                return self.get(no), before
        raise AlreadyMoved(no, self.get(no).status)

    def get(self, no: int) -> Wish:
        """Raises `NotFound`."""
        found = self._select(col(WishRow.no) == no)
        if not found:
            raise NotFound(no)
        return found[0]

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
        """Wishes in these states, oldest first. `places` None: everywhere; wishes without a place count as nowhere."""
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
        return self._session.exec(query).one()

    def logged_since(self, member_id: int, moment: datetime) -> int:
        query = select(func.count()).where(
            col(WishRow.logged_by) == member_id, col(WishRow.logged_at) >= moment
        )
        return self._session.exec(query).one()

    def out_of_date(self, today: date) -> list[int]:
        """Numbers of open wishes past their date."""
        query = select(WishRow.no).where(WishRow.status == Status.OPEN.value, col(WishRow.expires_on) < today)
        return [no for no in self._session.exec(query) if no is not None]

    def hide_words(self, member_id: int, hidden: Callable[[str], str]) -> None:
        """Pass through `hidden` what a member wrote: wishes they logged, and their notes on any."""
        own = select(WishRow).where(WishRow.logged_by == member_id)
        for row in self._session.exec(own):
            row.content, row.note = hidden(row.content), hidden(row.note)
            self._session.add(row)
        for event in self._session.exec(select(WishEventRow).where(WishEventRow.actor_id == member_id)):
            event.note = hidden(event.note)
            self._session.add(event)
        self._session.flush()

    def hand_over(self, lost: int, kept: int) -> None:
        """Wishes of a member who turned out to be another one are theirs. The history keeps its rows."""
        for column in (WishRow.logged_by, WishRow.claimed_by):
            self._session.exec(update(WishRow).where(col(column) == lost).values({column: kept}))

    def history(self, no: int) -> list[WishEvent]:
        rows = self._session.exec(
            select(WishEventRow, MemberRow.name)
            .join(MemberRow, col(MemberRow.id) == col(WishEventRow.actor_id), isouter=True)
            .where(WishEventRow.wish_no == no)
            .order_by(col(WishEventRow.id))
        )
        return [WishEvent(row.at, Move(row.move), name or "", row.note) for row, name in rows]

    def _values(self, move: Move, after: Status, by: int | None, note: str) -> dict[str, object]:
        values: dict[str, object] = {"status": after.value}
        if note:
            values["note"] = note
        match move:
            case Move.CLAIM:
                values |= {"claimed_by": by, "claimed_at": self._now, "note": ""}
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
        self._session.add(WishEventRow(wish_no=no, at=self._now, move=move.value, actor_id=by, note=note))

    def _select(self, *conditions: ColumnElement[bool], limit: int | None = None) -> list[Wish]:
        logger, claimer = MemberRow.__table__.alias("logger"), MemberRow.__table__.alias("claimer")  # type: ignore[attr-defined]
        wish, place, group = WishRow.__table__, PlaceRow.__table__, GroupRow.__table__  # type: ignore[attr-defined]
        joined = (
            wish.join(logger, logger.c.id == wish.c.logged_by)
            .outerjoin(claimer, claimer.c.id == wish.c.claimed_by)
            .outerjoin(place, place.c.id == wish.c.place_id)
            .outerjoin(group, group.c.id == wish.c.group_id)
        )
        columns: list[ColumnElement[Any]] = [
            *wish.c,
            logger.c.name.label("logger_name"),
            claimer.c.name.label("claimer_name"),
            place.c.name.label("place_name"),
            group.c.name.label("group_name"),
        ]
        query = sa_select(*columns).select_from(joined).where(*conditions).order_by(wish.c.no)
        rows = self._session.execute(query.limit(limit) if limit else query).mappings()
        return [
            Wish(
                no=row["no"], status=Status(row["status"]), place_id=row["place_id"], place=row["place_name"],
                group_id=row["group_id"], group=row["group_name"], content=row["content"],
                logged_by=row["logged_by"], logged_by_name=row["logger_name"], claimed_by=row["claimed_by"],
                claimed_by_name=row["claimer_name"], logged_at=row["logged_at"], claimed_at=row["claimed_at"],
                delivered_at=row["delivered_at"], fulfilled_at=row["fulfilled_at"], expires_on=row["expires_on"],
                note=row["note"],
            )
            for row in rows
        ]  # fmt: skip
