"""A bench for the Official Account: the imitated platform, our channel on loopback, and who answers."""

import asyncio
import functools
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.alarm import OperatorAlarm
from bot.channels.official_account import Mode, OfficialAccount, OfficialAccountSettings
from bot.chat.reply import Text
from bot.chat.update import Update
from storage import schema
from storage.database import Database
from tests import postgres
from tests.platform.clock import StandingClock
from tests.platform.official_account import Account, OfficialAccountPlatform

Answer = Callable[[Update], Sequence[Text] | None]


def echo(update: Update) -> Sequence[Text]:
    return (Text(f"收到：{update.text}"),) if update.text.strip() else ()


class Receiver:
    """Answers each key once; a repeated delivery gets, or waits for, the same answer."""

    def __init__(self, answer: Answer = echo) -> None:
        self.updates: list[Update] = []
        self.rest: list[tuple[str, tuple[str, ...]]] = []
        self.hold = asyncio.Event()
        self.hold.set()
        self._answer = answer
        self._work: dict[str, asyncio.Task[Sequence[Text] | None]] = {}

    async def answer(self, update: Update) -> Sequence[Text] | None:
        if update.key not in self._work:
            self._work[update.key] = asyncio.create_task(self._execute(update))
        return await asyncio.shield(self._work[update.key])

    async def later(self, update: Update, parts: Sequence[Text]) -> None:
        self.rest.append((update.key, tuple(part.plain() for part in parts)))

    async def known(self, channel: str, key: str) -> bool:
        return key in self._work

    async def _execute(self, update: Update) -> Sequence[Text] | None:
        self.updates.append(update)
        await self.hold.wait()
        return self._answer(update)


@functools.cache
def _schema_of_today() -> Path:
    """An SQLite file that is brought forward, once for the whole session."""
    folder = tempfile.TemporaryDirectory(prefix="lianxin-", dir=postgres.memory())
    _kept.append(folder)
    path = Path(folder.name) / "template.db"
    database = Database(f"sqlite:///{path}", StandingClock().now)
    schema.upgrade(database)
    database.close()
    return path


_kept: list[Any] = []


@contextmanager
def register(clock: StandingClock) -> Iterator[Database]:
    """A fresh database."""
    with tempfile.TemporaryDirectory(prefix="lianxin-", dir=postgres.memory()) as folder:
        path = Path(folder) / "lianxin.db"
        shutil.copy(_schema_of_today(), path)
        database = Database(f"sqlite:///{path}", clock.now)
        try:
            yield database
        finally:
            database.close()


@dataclass
class Bench:
    platform: OfficialAccountPlatform
    receiver: Receiver
    channel: OfficialAccount
    database: Database
    url: str

    def alarms(self) -> dict[str, str]:
        """What stands, by its key."""
        standing = self.database.read_now(lambda uow: uow.alarms.standing())
        return {alarm.key: alarm.sentence for alarm in standing}


@asynccontextmanager
async def bench(
    mode: str = "safe", answer: Answer = echo, *, patience: float = 5.0, **more: Any
) -> AsyncIterator[Bench]:
    """Everything started, and closed at the end. `more`: settings of the channel."""
    platform = OfficialAccountPlatform(Account(mode=mode), patience=patience)
    receiver = Receiver(answer)
    account = platform.account
    settings = OfficialAccountSettings(
        app_id=account.app_id,
        app_secret=account.app_secret,
        token=account.token,
        aes_key=account.aes_key,
        mode=Mode(mode),
        api_base=await platform.api.start(),
        **more,
    )
    with register(platform.clock) as database:
        channel = OfficialAccount(
            settings, receiver, database=database, clock=platform.clock, alarm=OperatorAlarm(database)
        )
        app = web.Application()
        app.add_routes(channel.routes())
        runner = web.AppRunner(app, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/wechat"
        try:
            yield Bench(platform, receiver, channel, database, url)
        finally:
            await channel.close()
            await runner.cleanup()
            await platform.api.stop()
