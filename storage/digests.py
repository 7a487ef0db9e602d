"""Digests: items worth telling, what went to whom, and one push a group a day.

A push is the row `(digest, group, day)`: whoever inserts it makes the push, so restarts, clock jumps and
several processes cannot make a second one. An item sent to a group is a row too, so it never comes again; a
daily read comes again in the next round, when all have been.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Select, case, delete, func, or_, update
from sqlalchemy import select as sa_select
from sqlmodel import Field, Session, SQLModel, col, select

from storage.base import Moment
from storage.groups import GroupRow
from storage.inbox import insert
from storage.outbox import OutboxRow
from storage.push_plans import Plan, PlanRow
from storage.wishes import Status, WishRow


@dataclass(frozen=True, slots=True)
class Item:
    """Something to tell; `key` is its own name, stable for ever.

    `kind`: policy, case, daily_read, rule (takes effect or ends), notice (a person added it to one edition).
    `why`: one sentence on why it matters, "" when it is to be made by rule. `tags`: subjects. `region`: the place
    it holds in, "" everywhere. `until`: the last day it is news, None for ever.
    """

    key: str
    kind: str
    title: str
    body: str
    source: str
    added_on: date
    why: str = ""
    tags: tuple[str, ...] = ()
    region: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Push:
    digest: str
    group_id: int
    group: str
    day: date
    status: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """A group whose push of the day is not made. `since`: when its pushes began, or began again."""

    group_id: int
    place_id: int | None
    push_at: time
    since: datetime
    plan: Plan


@dataclass(frozen=True, slots=True)
class Had:
    """What a group was brought: all keys ever, the round its daily reads are in, and the keys of that round."""

    ever: frozenset[str] = frozenset()
    round: int = 0
    this_round: frozenset[str] = frozenset()


class ItemRow(SQLModel, table=True):
    __tablename__ = "digest_item"
    key: str = Field(primary_key=True)
    kind: str = Field(index=True)
    title: str
    body: str
    source: str = ""
    added_on: date
    ordinal: int = 0
    why: str = ""
    tags: str = ""
    region: str = ""
    until: date | None = None


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
    round: int = Field(primary_key=True, default=0)
    day: date
    place: int = 0


class TopicRow(SQLModel, table=True):
    """A topic switched on or off by a member for themselves, or by a coordinator for a group."""

    __tablename__ = "topic_choice"
    target: str = Field(primary_key=True)
    topic: str = Field(primary_key=True)
    wanted: bool


_AT_ONCE = 1000
"""Rows of one INSERT: a database takes so many parameters and no more."""

_SPOKEN = ("kind", "title", "body", "source", "why", "tags", "region", "until")


class Digests:
    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now

    def put_items(self, items: Sequence[Item]) -> None:
        """Add items, or bring known ones up to date (same key). Writes only what differs."""
        keys = [item.key for item in items]
        rows = self._session.exec(select(ItemRow).where(col(ItemRow.key).in_(keys)))
        known = {row.key: {name: getattr(row, name) for name in _SPOKEN} for row in rows}
        for ordinal, item in enumerate(items):
            values = {name: getattr(item, name) for name in _SPOKEN} | {"tags": " ".join(item.tags)}
            if known.get(item.key) == values:
                continue
            statement = insert(self._session)(ItemRow).values(
                key=item.key, added_on=item.added_on, ordinal=ordinal, **values
            )
            self._session.execute(statement.on_conflict_do_update(index_elements=["key"], set_=values))

    def item(self, key: str) -> Item | None:
        row = self._session.get(ItemRow, key)
        return _item(row) if row else None

    def items(self, keys: Collection[str]) -> dict[str, Item]:
        rows = self._session.exec(select(ItemRow).where(col(ItemRow.key).in_(keys)))
        return {row.key: _item(row) for row in rows}

    def shelf(self, day: date) -> list[Item]:
        """All that can be told on the day, but what a person added to one edition; in its own order."""
        rows = self._session.exec(
            select(ItemRow)
            .where(
                ItemRow.kind != "notice",
                col(ItemRow.added_on) <= day,
                or_(col(ItemRow.until).is_(None), col(ItemRow.until) >= day),
            )
            .order_by(col(ItemRow.kind), col(ItemRow.ordinal), col(ItemRow.key))
        )
        return [_item(row) for row in rows]

    def had(self, group_ids: Collection[int]) -> dict[int, Had]:
        """What each group was brought; one row a group and round comes from the database."""
        keys = func.aggregate_strings(col(PushedItemRow.item_key), "\n")
        rows = self._session.exec(
            select(PushedItemRow.group_id, PushedItemRow.round, keys)
            .where(col(PushedItemRow.group_id).in_(group_ids))
            .group_by(col(PushedItemRow.group_id), col(PushedItemRow.round))
            .order_by(col(PushedItemRow.group_id), col(PushedItemRow.round))
        )
        found: dict[int, Had] = {}
        for group_id, turn, joined in rows:
            brought = frozenset(joined.split("\n"))
            found[group_id] = Had(found.get(group_id, Had()).ever | brought, turn, brought)
        return found

    def sent_on(self, group_id: int, day: date) -> list[Item]:
        """The items of the day's push, as they stood in it."""
        rows = self._session.exec(
            select(ItemRow)
            .join(PushedItemRow, col(PushedItemRow.item_key) == col(ItemRow.key))
            .where(PushedItemRow.group_id == group_id, PushedItemRow.day == day)
            .order_by(col(PushedItemRow.place), col(ItemRow.kind), col(ItemRow.ordinal))
        )
        return [_item(row) for row in rows]

    def due(self, digest: str, day: date, at: time, *, limit: int, after: int = 0) -> list[Due]:
        """Groups that are pushed to, whose time has come by `at` and whose push of the day nobody made yet.

        By their ids, at most `limit` behind the id `after`.
        """
        rows = self._session.execute(
            _due(digest, day)
            .where(col(GroupRow.push_at) <= at, col(GroupRow.id) > after)
            .order_by(col(GroupRow.id))
            .limit(limit)
        )
        return [_due_of(row) for row in rows]

    def one(self, digest: str, day: date, group_id: int) -> Due | None:
        """The group as `due` gives it, whatever its time; None when nothing is pushed to it or its push is made."""
        row = self._session.execute(_due(digest, day).where(col(GroupRow.id) == group_id)).first()
        return _due_of(row) if row else None

    def whatever(self, group_id: int) -> Due:
        """The group as `due` gives it, made, stopped or ended as its pushes may be."""
        return _due_of(self._session.execute(_groups().where(col(GroupRow.id) == group_id)).one())

    def last_days(self, digest: str, group_ids: Collection[int], before: date) -> dict[int, date]:
        """The last day before `before` on which each group has a push, sent or not."""
        rows = self._session.exec(
            select(PushRow.group_id, func.max(PushRow.day))
            .where(PushRow.digest == digest, col(PushRow.group_id).in_(group_ids), col(PushRow.day) < before)
            .group_by(col(PushRow.group_id))
        )
        return dict(rows.all())

    def open(self, digest: str, pushes: Mapping[tuple[int, date], str]) -> set[tuple[int, date]]:
        """Be the one who makes these pushes, each (group, day) with the reason it is skipped for, "" to be sent.

        Returns those that nobody made before: the others are somebody else's.
        """
        rows = [
            {"digest": digest, "group_id": group_id, "day": day, "at": self._now, "reason": reason}
            for (group_id, day), reason in sorted(pushes.items())
        ]
        found: set[tuple[int, date]] = set()
        for start in range(0, len(rows), _AT_ONCE):
            part = rows[start : start + _AT_ONCE]
            statement = insert(self._session)(PushRow).values(part).on_conflict_do_nothing()
            opened = self._session.execute(statement.returning(col(PushRow.group_id), col(PushRow.day)))
            found.update((group_id, day) for group_id, day in opened)
        return found

    def reopen(self, digest: str, group_id: int, day: date) -> bool:
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

    def carry(
        self, digest: str, day: date, sent: Mapping[int, int], items: Iterable[tuple[int, str, int, int]]
    ) -> None:
        """Record what pushes carry: group → row of the outbox, and (group, item, round, place)."""
        if not sent:
            return
        marks = case(sent, value=col(PushRow.group_id))
        self._session.execute(
            update(PushRow)
            .where(col(PushRow.digest) == digest, col(PushRow.day) == day, col(PushRow.group_id).in_(sent))
            .values(outbox_id=marks)
            .execution_options(synchronize_session=False)
        )
        rows = [
            {"group_id": group_id, "item_key": key, "round": turn, "day": day, "place": place}
            for group_id, key, turn, place in items
        ]
        if rows:
            self._session.execute(insert(self._session)(PushedItemRow), rows)

    def put_aside(self, group_id: int, key: str, turn: int) -> None:
        """The group is done with an item it was never brought: it does not come again in this round."""
        aside = insert(self._session)(PushedItemRow).values(
            group_id=group_id, item_key=key, round=turn, day=date.min, place=0
        )
        self._session.execute(aside.on_conflict_do_nothing())

    def take_back(self, group_id: int, key: str) -> None:
        """An item that was put aside may be brought after all."""
        self._session.exec(
            delete(PushedItemRow).where(
                col(PushedItemRow.group_id) == group_id,
                col(PushedItemRow.item_key) == key,
                col(PushedItemRow.day) == date.min,
            )
        )

    def pushes(
        self, *, limit: int | None = None, group_id: int | None = None, since: date | None = None
    ) -> list[Push]:
        """The register of pushes, newest first; `status` is the delivery's own, or `skipped`."""
        query = (
            select(PushRow, GroupRow.name, OutboxRow.status, OutboxRow.cause)
            .join(GroupRow, col(GroupRow.id) == col(PushRow.group_id))
            .join(OutboxRow, col(OutboxRow.id) == col(PushRow.outbox_id), isouter=True)
            .order_by(col(PushRow.day).desc(), col(PushRow.at).desc())
        )
        if group_id is not None:
            query = query.where(PushRow.group_id == group_id)
        if since is not None:
            query = query.where(PushRow.day >= since)
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

    def open_wishes(self) -> dict[int, int]:
        """How many wishes wait to be claimed, by place."""
        rows = self._session.exec(
            select(WishRow.place_id, func.count())
            .where(WishRow.status == Status.OPEN.value, col(WishRow.place_id).is_not(None))
            .group_by(col(WishRow.place_id))
        )
        return {place_id: count for place_id, count in rows if place_id is not None}

    def choose(self, target: str, topic: str, *, wanted: bool) -> None:
        statement = insert(self._session)(TopicRow).values(target=target, topic=topic, wanted=wanted)
        self._session.execute(
            statement.on_conflict_do_update(index_elements=["target", "topic"], set_={"wanted": wanted})
        )

    def choices(self, target: str) -> dict[str, bool]:
        return self.choices_of([target]).get(target, {})

    def choices_of(self, targets: Collection[str]) -> dict[str, dict[str, bool]]:
        """Target → topic → whether it is wanted, where somebody said so."""
        rows = self._session.exec(select(TopicRow).where(col(TopicRow.target).in_(targets)))
        found: dict[str, dict[str, bool]] = {}
        for row in rows:
            found.setdefault(row.target, {})[row.topic] = row.wanted
        return found


def _groups() -> Select[*tuple[Any, ...]]:
    since = func.coalesce(col(GroupRow.subscribed_at), col(GroupRow.created_at), type_=Moment())
    plan = (col(getattr(PlanRow, name)) for name in Plan.__slots__)
    return sa_select(
        col(GroupRow.id), col(GroupRow.place_id), col(GroupRow.push_at), since, col(PlanRow.group_id), *plan
    ).join(PlanRow, col(PlanRow.group_id) == col(GroupRow.id), isouter=True)


def _due(digest: str, day: date) -> Select[*tuple[Any, ...]]:
    made = (
        (col(PushRow.group_id) == col(GroupRow.id))
        & (col(PushRow.digest) == digest)
        & (col(PushRow.day) == day)
    )
    return (
        _groups()
        .join(PushRow, made, isouter=True)
        .where(
            col(GroupRow.subscribed).is_(True),
            col(GroupRow.removed_at).is_(None),
            or_(col(GroupRow.ends_on).is_(None), col(GroupRow.ends_on) >= day),
            col(PushRow.group_id).is_(None),
        )
    )


def _due_of(row: Any) -> Due:
    group_id, place_id, push_at, since, planned, *plan = row
    return Due(group_id, place_id, push_at, since, Plan(*plan) if planned is not None else Plan())


def _item(row: ItemRow) -> Item:
    return Item(
        row.key, row.kind, row.title, row.body, row.source, row.added_on, row.why, tuple(row.tags.split()),
        row.region, row.until,
    )  # fmt: skip
