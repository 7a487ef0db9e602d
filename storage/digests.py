"""Digests: items worth telling, what went to whom, and one push a group a day.

A push is the row `(digest, group, day)`: whoever inserts it makes the push, so restarts, clock jumps and
several processes cannot make a second one. An item sent to a group is a row too, so it never comes again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import update
from sqlmodel import Field, Session, SQLModel, col, select

from storage.base import Moment
from storage.groups import GroupRow
from storage.inbox import insert, inserted
from storage.outbox import OutboxRow


@dataclass(frozen=True, slots=True)
class Item:
    """Something to tell: `kind` is policy, case or daily_read; `key` is its own name, stable for ever."""

    key: str
    kind: str
    title: str
    body: str
    source: str
    added_on: date


@dataclass(frozen=True, slots=True)
class Push:
    digest: str
    group_id: int
    group: str
    day: date
    status: str
    reason: str
    at: datetime


class ItemRow(SQLModel, table=True):
    __tablename__ = "digest_item"
    key: str = Field(primary_key=True)
    kind: str = Field(index=True)
    title: str
    body: str
    source: str = ""
    added_on: date
    ordinal: int = 0


class PushRow(SQLModel, table=True):
    __tablename__ = "push"
    digest: str = Field(primary_key=True)
    group_id: int = Field(primary_key=True, foreign_key="chat_group.id")
    day: date = Field(primary_key=True)
    at: datetime = Field(sa_type=Moment)
    reason: str = ""
    outbox_id: int | None = Field(default=None, foreign_key="outbox.id")


class PushedItemRow(SQLModel, table=True):
    __tablename__ = "pushed_item"
    group_id: int = Field(primary_key=True, foreign_key="chat_group.id")
    item_key: str = Field(primary_key=True, foreign_key="digest_item.key")
    day: date


class TopicRow(SQLModel, table=True):
    """A topic switched on or off by a member for themselves, or by a coordinator for a group."""

    __tablename__ = "topic_choice"
    target: str = Field(primary_key=True)
    topic: str = Field(primary_key=True)
    wanted: bool


class Digests:
    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now

    def put_items(self, items: Sequence[Item]) -> None:
        """Add items, or bring known ones up to date (same key). Writes only what differs."""
        rows = self._session.exec(select(ItemRow))
        known = {(row.key, row.kind, row.title, row.body, row.source) for row in rows}
        for ordinal, item in enumerate(items):
            if (item.key, item.kind, item.title, item.body, item.source) in known:
                continue
            values = {"kind": item.kind, "title": item.title, "body": item.body, "source": item.source}
            statement = insert(self._session)(ItemRow).values(
                key=item.key, added_on=item.added_on, ordinal=ordinal, **values
            )
            self._session.execute(statement.on_conflict_do_update(index_elements=["key"], set_=values))

    def item(self, key: str) -> Item | None:
        row = self._session.get(ItemRow, key)
        return _item(row) if row else None

    def unsent(self, group_id: int, kinds: Collection[str], *, on: date) -> list[Item]:
        """Items of these kinds the group has not had, in their own order, known by the day `on`."""
        had = select(PushedItemRow.item_key).where(PushedItemRow.group_id == group_id)
        rows = self._session.exec(
            select(ItemRow)
            .where(
                col(ItemRow.kind).in_(list(kinds)), col(ItemRow.key).not_in(had), col(ItemRow.added_on) <= on
            )
            .order_by(col(ItemRow.kind), col(ItemRow.ordinal), col(ItemRow.key))
        )
        return [_item(row) for row in rows]

    def sent_on(self, group_id: int, day: date) -> list[Item]:
        rows = self._session.exec(
            select(ItemRow)
            .join(PushedItemRow, col(PushedItemRow.item_key) == col(ItemRow.key))
            .where(PushedItemRow.group_id == group_id, PushedItemRow.day == day)
            .order_by(col(ItemRow.kind), col(ItemRow.ordinal))
        )
        return [_item(row) for row in rows]

    def open_push(self, digest: str, group_id: int, day: date) -> bool:
        """Be the one who makes this push; False when somebody is or was."""
        statement = insert(self._session)(PushRow).values(
            digest=digest, group_id=group_id, day=day, at=self._now
        )
        return inserted(self._session, statement)

    def reopen_push(self, digest: str, group_id: int, day: date) -> bool:
        """Be the one who makes a push that was skipped; False when none was, or somebody else is."""
        done = self._session.exec(
            update(PushRow)
            .where(
                col(PushRow.digest) == digest,
                col(PushRow.group_id) == group_id,
                col(PushRow.day) == day,
                col(PushRow.outbox_id).is_(None),
                col(PushRow.reason) != "",
            )
            .values(reason="", at=self._now)
        )
        return bool(done.rowcount)

    def pushed(self, digest: str, group_id: int, day: date) -> bool:
        return self._session.get(PushRow, (digest, group_id, day)) is not None

    def close_push(
        self,
        digest: str,
        group_id: int,
        day: date,
        *,
        items: Sequence[Item],
        outbox_id: int | None,
        reason: str,
    ) -> None:
        """Record what the push carries (`outbox_id` None: nothing was sent, `reason` says why)."""
        row = self._session.get(PushRow, (digest, group_id, day))
        assert row is not None
        row.outbox_id, row.reason = outbox_id, reason
        self._session.add(row)
        for item in items:
            self._session.add(PushedItemRow(group_id=group_id, item_key=item.key, day=day))
        self._session.flush()

    def pushes(self, *, limit: int | None = None) -> list[Push]:
        """The register of pushes, newest first; `status` is the delivery's own, or `skipped`."""
        query = (
            select(PushRow, GroupRow.name, OutboxRow.status, OutboxRow.cause)
            .join(GroupRow, col(GroupRow.id) == col(PushRow.group_id))
            .join(OutboxRow, col(OutboxRow.id) == col(PushRow.outbox_id), isouter=True)
            .order_by(col(PushRow.day).desc(), col(PushRow.at).desc())
        )
        rows = self._session.exec(query.limit(limit) if limit else query)
        return [
            Push(
                row.digest,
                row.group_id,
                name,
                row.day,
                status if row.outbox_id is not None else "skipped",
                cause or row.reason,
                row.at,
            )
            for row, name, status, cause in rows
        ]

    def choose(self, target: str, topic: str, *, wanted: bool) -> None:
        statement = insert(self._session)(TopicRow).values(target=target, topic=topic, wanted=wanted)
        self._session.execute(
            statement.on_conflict_do_update(index_elements=["target", "topic"], set_={"wanted": wanted})
        )

    def choices(self, target: str) -> dict[str, bool]:
        rows = self._session.exec(select(TopicRow).where(TopicRow.target == target))
        return {row.topic: row.wanted for row in rows}


def _item(row: ItemRow) -> Item:
    return Item(row.key, row.kind, row.title, row.body, row.source, row.added_on)
