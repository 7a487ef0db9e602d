"""Feeds: sites the operator named, when each was looked at, and what they announced.

An entry waits until an editor takes it as an item for the digest or drops it; nothing of it is told before. Its
words are kept until then, its key for as long as its feed is looked at, so that it is not offered twice.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select, update
from sqlmodel import Field, SQLModel, UniqueConstraint, col

from storage.base import Moment
from storage.inbox import insert, inserted

EVERY = timedelta(hours=1)
"""A feed is looked at no more often."""

PATIENCE = timedelta(days=30)
"""An entry nobody took by then is dropped: it is no news any more."""

MOST_WAITING = 300
"""Entries of all feeds that wait at once; what comes above is not kept, and offered again when there is room."""


class EntryState(StrEnum):
    WAITING = "waiting"
    TAKEN = "taken"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class NewEntry:
    """`key`: what its feed calls it."""

    key: str
    title: str
    body: str
    address: str
    published: date | None


@dataclass(frozen=True, slots=True)
class WaitingEntry:
    no: int
    feed: str
    title: str
    body: str
    address: str
    published: date | None


@dataclass(frozen=True, slots=True)
class FeedState:
    """`problem` is "" when the last look went well. `etag`, `modified`: what the site asked us to ask with."""

    address: str
    title: str = ""
    checked_at: datetime | None = None
    problem: str = ""
    etag: str = ""
    modified: str = ""


class FeedRow(SQLModel, table=True):
    __tablename__ = "feed"
    address: str = Field(primary_key=True)
    title: str = ""
    checked_at: datetime = Field(sa_type=Moment)
    problem: str = ""
    etag: str = ""
    modified: str = ""


class FeedEntryRow(SQLModel, table=True):
    __tablename__ = "feed_entry"
    __table_args__ = (UniqueConstraint("feed", "key"),)
    id: int | None = Field(default=None, primary_key=True)
    feed: str = Field(foreign_key="feed.address")
    key: str
    title: str
    body: str
    address: str = ""
    published: date | None = None
    seen_at: datetime = Field(sa_type=Moment)
    state: str = Field(default=EntryState.WAITING.value, index=True)


class Feeds:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def take_turn(self, address: str, *, anyway: bool = False) -> FeedState | None:
        """Be the one who looks at the feed now; None when somebody did within the hour (`anyway`: all the same)."""
        first = insert(self._connection)(FeedRow).values(
            address=address, title="", checked_at=self._now, problem="", etag="", modified=""
        )
        if inserted(self._connection, first):
            return FeedState(address)
        due = or_(col(FeedRow.checked_at) <= self._now - EVERY, col(FeedRow.checked_at) > self._now + EVERY)
        mine = update(FeedRow).where(col(FeedRow.address) == address)
        done = self._connection.execute((mine if anyway else mine.where(due)).values(checked_at=self._now))
        return self.states([address])[0] if done.rowcount else None

    def looked(
        self, address: str, *, title: str | None = None, problem: str = "", etag: str = "", modified: str = ""
    ) -> None:
        """What came of a look. `title` None: as it was, and so is what to ask with next time."""
        values: dict[str, str] = {"problem": problem}
        if title is not None:
            values |= {"title": title, "etag": etag, "modified": modified}
        self._connection.execute(update(FeedRow).where(col(FeedRow.address) == address).values(**values))

    def states(self, addresses: Sequence[str]) -> list[FeedState]:
        """Of each address, in order; one never looked at has no moment."""
        rows = self._connection.execute(select(FeedRow).where(col(FeedRow.address).in_(addresses)))
        found = {
            row.address: FeedState(
                row.address, row.title, row.checked_at, row.problem, row.etag, row.modified
            )
            for row in rows
        }
        return [found.get(address, FeedState(address)) for address in addresses]

    def add(self, address: str, entries: Sequence[NewEntry]) -> int:
        """Let what is new wait; returns how many are. Known ones stay as they are, whatever became of them."""
        waiting = select(func.count()).where(col(FeedEntryRow.state) == EntryState.WAITING)
        room = MOST_WAITING - (self._connection.execute(waiting).scalar() or 0)
        added = 0
        for entry in entries:
            if added >= room:
                break
            statement = insert(self._connection)(FeedEntryRow).values(
                feed=address, key=entry.key, title=entry.title, body=entry.body, address=entry.address,
                published=entry.published, seen_at=self._now, state=EntryState.WAITING.value,
            )  # fmt: skip
            added += inserted(self._connection, statement)
        return added

    def waiting(self, numbers: Collection[int] | None = None) -> list[WaitingEntry]:
        """Entries that wait, the first seen first; of these numbers only, where some are given."""
        query: Select[*tuple[Any, ...]] = (
            select(FeedEntryRow, col(FeedRow.title).label("site"))
            .join(FeedRow, col(FeedRow.address) == col(FeedEntryRow.feed))
            .where(col(FeedEntryRow.state) == EntryState.WAITING)
            .order_by(col(FeedEntryRow.id))
        )
        if numbers is not None:
            query = query.where(col(FeedEntryRow.id).in_(numbers))
        return [
            WaitingEntry(row.id, row.site, row.title, row.body, row.address, row.published)
            for row in self._connection.execute(query)
        ]

    def settle(self, numbers: Collection[int], state: EntryState) -> int:
        """Take or drop entries that wait; returns how many. Their words go."""
        done = self._connection.execute(
            update(FeedEntryRow)
            .where(col(FeedEntryRow.id).in_(numbers), col(FeedEntryRow.state) == EntryState.WAITING)
            .values(state=state.value, body="")
        )
        return done.rowcount

    def prune(self) -> None:
        """Drop what has waited too long."""
        self._connection.execute(
            update(FeedEntryRow)
            .where(
                col(FeedEntryRow.state) == EntryState.WAITING,
                col(FeedEntryRow.seen_at) < self._now - PATIENCE,
            )
            .values(state=EntryState.DROPPED.value, body="")
        )
