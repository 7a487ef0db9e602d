"""Groups: the chats the bot serves, each with a place, an owner, a purpose and an end date."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from itertools import count
from typing import Any

from sqlalchemy import text
from sqlmodel import Field, Session, SQLModel, col, func, select

from storage.base import Moment, NotFound, Taken
from storage.places import PlaceRow

_LOCK = 0x6C786772
"""PostgreSQL advisory lock under which one transaction gives a group its name."""


@dataclass(frozen=True, slots=True)
class Group:
    id: int
    name: str
    place_id: int | None
    place: str | None
    channel: str
    external_id: str
    push_at: time
    subscribed: bool
    owner_id: int | None = None
    purpose: str = ""
    ends_on: date | None = None
    webhook: str = field(default="", repr=False)
    """A secret: where a group robot lets us post. Empty where there is none."""
    heard_at: datetime | None = None
    removed_at: datetime | None = None
    """Since when we are no longer in it: nothing is pushed there."""


class GroupRow(SQLModel, table=True):
    __tablename__ = "chat_group"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    place_id: int | None = Field(default=None, foreign_key="place.id")
    channel: str
    external_id: str = Field(default="", index=True)
    webhook: str = ""
    push_at: time = time(8, 0)
    subscribed: bool = True
    owner_id: int | None = Field(default=None, foreign_key="member.id")
    purpose: str = ""
    ends_on: date | None = None
    created_at: datetime = Field(sa_type=Moment)
    heard_at: datetime | None = Field(default=None, sa_type=Moment)
    """When somebody there spoke to us last: before the first time, nothing can be pushed (W101463)."""
    removed_at: datetime | None = Field(default=None, sa_type=Moment)
    subscribed_at: datetime | None = Field(default=None, sa_type=Moment)
    """When its pushes began again after they were stopped; None while they never were."""


class Groups:
    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now

    def add(
        self, name: str, *, place_id: int | None, channel: str, external_id: str = "", **more: Any
    ) -> Group:
        """Raises `Taken` when the name is in use. `more`: push_at, owner_id, purpose, ends_on, webhook."""
        self._name_alone()
        if self._called(name) is not None:
            raise Taken(name)
        row = GroupRow(
            name=name,
            place_id=place_id,
            channel=channel,
            external_id=external_id,
            created_at=self._now,
            **more,
        )
        self._session.add(row)
        self._session.flush()
        return self._view(row)

    def set(self, group_id: int, **values: Any) -> Group:
        """Change columns of the group. Raises `NotFound`."""
        row = self._session.get(GroupRow, group_id)
        if row is None:
            raise NotFound(group_id)
        if values.get("subscribed") and not row.subscribed:
            values = {"subscribed_at": self._now, **values}
        for name, value in values.items():
            setattr(row, name, value)
        self._session.add(row)
        self._session.flush()
        return self._view(row)

    def register(self, channel: str, external_id: str, name: str) -> Group:
        """A chat that spoke to us for the first time: it has a name to be called by, and nothing else yet.

        `name` holds `{number}`. Where another message from there was first, the group that it made.
        """
        self._name_alone()
        if (known := self.on_channel(channel, external_id)) is not None:
            return known
        last = self._session.exec(select(func.max(GroupRow.id))).one() or 0
        free = next(
            free for number in count(last + 1) if self._called(free := name.format(number=number)) is None
        )
        row = GroupRow(
            name=free, channel=channel, external_id=external_id, subscribed=False,
            created_at=self._now, heard_at=self._now,
        )  # fmt: skip
        self._session.add(row)
        self._session.flush()
        return self._view(row)

    def heard(self, group_id: int) -> None:
        """Somebody there spoke to us: we are in it, and may push there."""
        self.set(group_id, heard_at=self._now, removed_at=None)

    def hand_over(self, lost: int, kept: int) -> None:
        """Groups of a member who turned out to be another one are theirs."""
        for row in self._session.exec(select(GroupRow).where(GroupRow.owner_id == lost)):
            row.owner_id = kept
            self._session.add(row)
        self._session.flush()

    def rename(self, group_id: int, name: str) -> Group:
        """Raises `Taken` when another group is called so."""
        self._name_alone()
        other = self._called(name)
        if other is not None and other.id != group_id:
            raise Taken(name)
        return self.set(group_id, name=name)

    def all(self) -> list[Group]:
        return [self._view(row) for row in self._session.exec(select(GroupRow).order_by(col(GroupRow.id)))]

    def get(self, group_id: int) -> Group:
        """Raises `NotFound`."""
        row = self._session.get(GroupRow, group_id)
        if row is None:
            raise NotFound(group_id)
        return self._view(row)

    def hold(self, group_id: int) -> Group:
        """As `get`, for who is about to change it: nobody else does until the transaction ends."""
        self._session.get(GroupRow, group_id, populate_existing=True, with_for_update={"key_share": True})
        return self.get(group_id)

    def named(self, name: str) -> Group:
        """Raises `NotFound`."""
        row = self._called(name)
        if row is None:
            raise NotFound(name)
        return self._view(row)

    def webhooks(self) -> dict[int, str]:
        """Each group's webhook, a secret; empty where there is none."""
        rows = self._session.exec(select(GroupRow.id, GroupRow.webhook))
        return {group_id: webhook for group_id, webhook in rows if group_id is not None}

    def on_channel(self, channel: str, external_id: str) -> Group | None:
        row = self._session.exec(
            select(GroupRow).where(GroupRow.channel == channel, GroupRow.external_id == external_id)
        ).first()
        return self._view(row) if row else None

    def _called(self, name: str) -> GroupRow | None:
        return self._session.exec(select(GroupRow).where(GroupRow.name == name)).first()

    def _name_alone(self) -> None:
        """Until the transaction ends nobody else gives a group a name: SQLite has one writer anyway."""
        connection = self._session.connection()
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})

    def _view(self, row: GroupRow) -> Group:
        assert row.id is not None
        place = self._session.get(PlaceRow, row.place_id) if row.place_id is not None else None
        group = Group(
            id=row.id, name=row.name, place_id=row.place_id, place=place.name if place else None,
            channel=row.channel, external_id=row.external_id, push_at=row.push_at, subscribed=row.subscribed,
        )  # fmt: skip
        return replace(
            group, owner_id=row.owner_id, purpose=row.purpose, ends_on=row.ends_on, webhook=row.webhook,
            heard_at=row.heard_at, removed_at=row.removed_at,
        )  # fmt: skip
