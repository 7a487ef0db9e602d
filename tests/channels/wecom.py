"""A bench for the WeCom app: the imitated corporation, our channel on loopback, and who answers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from bot.channels.wecom_app import WecomApp, WecomAppSettings
from bot.channels.wire.wecom_api import AppIdentity
from bot.chat.reply import Part, Text
from bot.chat.update import Update
from storage.database import Database
from tests.platform.clock import StandingClock
from tests.platform.wecom import App, WeComServer
from tests.platform.wecom_sender import AppAccount, WeComSender

SECRET = "secret-of-the-app"
PUBLIC = "https://lianxin.example.org"

Answer = Callable[[Update], Sequence[Part] | None]


def echo(update: Update) -> Sequence[Part]:
    return (Text(f"收到：{update.text}"),) if update.text.strip() else ()


@dataclass
class Answers:
    """Answers each key once; a repeated delivery gets the same answer."""

    answer_of: Answer = echo
    updates: list[Update] = field(default_factory=list)
    rest: list[tuple[str, list[Part]]] = field(default_factory=list)
    stored: dict[str, Sequence[Part] | None] = field(default_factory=dict)

    async def answer(self, update: Update) -> Sequence[Part] | None:
        if update.key not in self.stored:
            self.stored[update.key] = self.answer_of(update)
            self.updates.append(update)
        await asyncio.sleep(0)
        return self.stored[update.key]

    async def later(self, update: Update, parts: Sequence[Part]) -> None:
        self.rest.append((update.key, list(parts)))

    async def known(self, channel: str, key: str) -> bool:
        return key in self.stored


@dataclass
class Alarms:
    """What the operator was called for, and not yet told to be over."""

    standing: dict[str, str] = field(default_factory=dict)
    rung: list[str] = field(default_factory=list)

    async def sound(self, key: str, sentence: str) -> None:
        if key not in self.standing:
            self.rung.append(sentence)
        self.standing[key] = sentence

    async def clear(self, key: str) -> None:
        self.standing.pop(key, None)


@dataclass
class Bench:
    server: WeComServer
    app: App
    sender: WeComSender
    answers: Answers
    alarms: Alarms
    channel: WecomApp
    database: Database
    clock: StandingClock
    url: str
    """Of our callback; `address` is that of our server."""
    address: str


@asynccontextmanager
async def bench(
    database_url: str, answer: Answer = echo, *, public: str = PUBLIC, patience: float = 8.0
) -> AsyncIterator[Bench]:
    """Everything started, with two members, and closed at the end."""
    account, clock = AppAccount(), StandingClock()
    server = WeComServer(clock, corp_id=account.corp_id)
    app = server.add_app(secret=SECRET, agent_id=account.agent_id)
    server.add_member("lihua", "李华")
    server.add_member("wangfang", "王芳")
    database, answers, alarms = Database(database_url, clock.now), Answers(answer), Alarms()
    settings = WecomAppSettings(
        AppIdentity(account.corp_id, account.agent_id, SECRET),
        account.token,
        account.aes_key,
        await server.start(),
        public,
    )
    channel = WecomApp(settings, answers, database=database, clock=clock, alarm=alarms, patience=patience)
    ours = web.Application()
    ours.add_routes(channel.routes())
    runner = web.AppRunner(ours, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    sender = WeComSender(account, server)
    try:
        yield Bench(
            server, app, sender, answers, alarms, channel, database, clock, f"{address}/wecom/app", address
        )
    finally:
        await channel.close()
        await runner.cleanup()
        await server.stop()
        await asyncio.to_thread(database.close)
