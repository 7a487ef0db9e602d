"""A bench for the Official Account: the imitated platform, our channel on loopback, and who answers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from bot.channels.official_account import Mode, OfficialAccount, OfficialAccountSettings
from bot.chat.reply import Text
from bot.chat.update import Update
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


@dataclass
class Bench:
    platform: OfficialAccountPlatform
    receiver: Receiver
    channel: OfficialAccount
    url: str


@asynccontextmanager
async def bench(mode: str = "safe", answer: Answer = echo, *, patience: float = 5.0) -> AsyncIterator[Bench]:
    """Everything started, and closed at the end."""
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
    )
    channel = OfficialAccount(settings, receiver, platform.clock)
    app = web.Application()
    app.add_routes(channel.routes())
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/wechat"
    try:
        yield Bench(platform, receiver, channel, url)
    finally:
        await channel.close()
        await runner.cleanup()
        await platform.api.stop()
