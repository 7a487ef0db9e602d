"""Groups: the chats the bot serves, each with a place, an owner, a purpose and an end date."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

from sqlmodel import Field, Session, SQLModel, col, select

from storage.base import Moment, NotFound, Taken
from storage.places import PlaceRow


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


class Groups:
    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now

    def add(
        self, name: str, *, place_id: int | None, channel: str, external_id: str = "", **more: Any
    ) -> Group:
        """Raises `Taken` when the name is in use. `more`: push_at, owner_id, purpose, ends_on, webhook."""
        if self._session.exec(select(GroupRow).where(GroupRow.name == name)).first() is not None:
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
        for name, value in values.items():
            setattr(row, name, value)
        self._session.add(row)
        self._session.flush()
        return self._view(row)

    def all(self) -> list[Group]:
        return [self._view(row) for row in self._session.exec(select(GroupRow).order_by(col(GroupRow.id)))]

    def get(self, group_id: int) -> Group:
        """Raises `NotFound`."""
        row = self._session.get(GroupRow, group_id)
        if row is None:
            raise NotFound(group_id)
        return self._view(row)

    def named(self, name: str) -> Group:
        """Raises `NotFound`."""
        row = self._session.exec(select(GroupRow).where(GroupRow.name == name)).first()
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

    def _view(self, row: GroupRow) -> Group:
        assert row.id is not None
        place = self._session.get(PlaceRow, row.place_id) if row.place_id is not None else None
        group = Group(
            id=row.id, name=row.name, place_id=row.place_id, place=place.name if place else None,
            channel=row.channel, external_id=row.external_id, push_at=row.push_at, subscribed=row.subscribed,
        )  # fmt: skip
        return replace(group, owner_id=row.owner_id, purpose=row.purpose, ends_on=row.ends_on)
