"""Looking at feeds: one a tick, each once an hour among all processes. What is new waits for an editor."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from bot.chat.command import service
from bot.chat.feature import Services
from bot.clock import Clock
from bot.fetching import Fetched, Unfetchable
from knowledge.errors import Unreadable
from knowledge.ingest.feed import Feed
from storage.database import Database
from storage.feeds import EVERY, FeedState, NewEntry
from storage.uow import UnitOfWork

log = logging.getLogger(__name__)


class Fetch(Protocol):
    """A page by its address. Raises `Unfetchable`."""

    def __call__(self, address: str, *, etag: str = "", modified: str = "") -> Awaitable[Fetched]: ...


@service
@dataclass(frozen=True, slots=True)
class Newsstand:
    """The feeds the operator named (`BOT_FEEDS`), and how they are had and read. `read` raises `Unreadable`."""

    addresses: tuple[str, ...]
    fetch: Fetch
    read: Callable[[bytes], Feed]


async def look_at_feeds(database: Database, clock: Clock, services: Services) -> None:
    """The feed that was not looked at for longest, if any is due."""
    stand: Newsstand = services[Newsstand]
    if not stand.addresses:
        return
    states = await database.read(lambda uow: uow.feeds.states(stand.addresses))
    due = [state for state in states if state.checked_at is None or clock.now() - state.checked_at >= EVERY]
    for state in sorted(due, key=lambda state: state.checked_at or clock.now() - 1000 * EVERY)[:1]:
        await look(database, stand, state.address)


async def look(
    database: Database, stand: Newsstand, address: str, *, anyway: bool = False
) -> FeedState | None:
    """Look at one feed, whoever is first to; its state afterwards, None when another process looked."""
    turn = await database.run(lambda uow: uow.feeds.take_turn(address, anyway=anyway))
    if turn is None:
        return None
    try:
        fetched = await stand.fetch(address, etag=turn.etag, modified=turn.modified)
        feed = await asyncio.to_thread(stand.read, fetched.body) if fetched.body is not None else None
    except (Unfetchable, Unreadable) as error:
        log.warning("feed_failed", extra={"feed": address, "cause": str(error)})
        problem = str(error)
        await database.run(lambda uow: uow.feeds.looked(address, problem=problem))
    else:
        await database.run(_note, address, fetched, feed)
    (state,) = await database.read(lambda uow: uow.feeds.states([address]))
    return state


def _note(uow: UnitOfWork, address: str, fetched: Fetched, feed: Feed | None) -> None:
    uow.feeds.prune()
    if feed is None:
        uow.feeds.looked(address)
        return
    entries = [
        NewEntry(entry.key, entry.title, entry.body, entry.address, entry.published) for entry in feed.entries
    ]
    added = uow.feeds.add(address, entries)
    uow.feeds.looked(address, title=feed.title, etag=fetched.etag, modified=fetched.modified)
    if added:
        log.info("feed_entries", extra={"feed": address, "new": added})
