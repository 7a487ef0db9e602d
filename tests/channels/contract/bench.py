"""The bench of a channel, and the house behind it."""

import asyncio
import shutil
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from aiohttp import web

from bot.app import App
from bot.chat.channel import Channel, Recipient
from bot.chat.gate import Gate
from bot.chat.reply import Reply
from bot.chat.update import Update
from bot.settings import Settings
from storage.wishes import Status
from tests.platform.clock import StandingClock

FORBIDDEN = 403


@dataclass(frozen=True)
class Heard:
    """What came back for one delivery: the HTTP status (200 where there is none), and what the person reads."""

    status: int
    text: str | None = None


class House:
    """The real engine on a database of its own. `restart` is what a new process would find."""

    def __init__(self, folder: Path, settings: Mapping[str, Any], clock: StandingClock) -> None:
        self.clock = clock
        self.hold = asyncio.Event()
        """While it is not set, no message is carried out."""
        self.hold.set()
        self.begun = 0
        """How many messages were begun to be carried out."""
        self._settings = Settings(
            _env_file=None,
            bot_env="production",
            bot_secret_key="s" * 32,
            bot_data_key="d" * 32,
            bot_data_dir=folder,
            **settings,
        )
        self.app = self._open()

    def _open(self) -> App:
        app = App.open(self._settings, self.clock)

        async def held(update: Update) -> Reply:
            self.begun += 1
            await self.hold.wait()
            return await app.dispatcher.answer(update)

        app.gate = Gate(held, app.database)
        return app

    def restart(self) -> None:
        self.app.close()
        self.app = self._open()

    def wishes(self) -> list[str]:
        """What was wished for, oldest first: each message carried out is one."""
        found = self.app.database.read_now(
            lambda uow: uow.wishes.listed(statuses=list(Status), places=None, limit=1000)
        )
        return [wish.content for wish in sorted(found, key=lambda wish: wish.no)]

    def attach(self, body: bytes) -> str:
        return self.app.database.run_now(lambda uow: uow.attachments.put(body))


class Bench(ABC):
    """One channel and its platform, fresh for each test.

    `settings` is asked after `open_platform`, so it may name the platform's address. `channel` and `url`
    (the address of our HTTP server, without a path) are there between `start` and `stop`.
    """

    name: ClassVar[str]
    way: ClassVar[str] = ""
    """A channel with two ways, of which settings choose one, has a bench for each: the second one's name."""
    hears: ClassVar[bool] = True
    """Whether anybody can speak to us on it."""
    callback: ClassVar[bool] = True
    """Whether the platform calls us by signed HTTP requests."""

    house: House
    channel: Channel
    url: str

    @classmethod
    def label(cls) -> str:
        """Names it in reports and its golden file."""
        return f"{cls.name}_{cls.way}" if cls.way else cls.name

    def __init__(self) -> None:
        self.clock = StandingClock()
        self._runner: web.AppRunner | None = None

    # -- the platform ----------------------------------------------------------------------------

    @abstractmethod
    async def open_platform(self) -> None:
        """Start the imitated platform, on `self.clock`."""

    @abstractmethod
    async def close_platform(self) -> None: ...

    @abstractmethod
    def settings(self) -> Mapping[str, str]:
        """The settings of `bot.settings` that switch the channel on, in lower case."""

    @abstractmethod
    async def joined(self) -> None:
        """What has to happen before people can be reached: they follow, or speak in their group."""

    # -- what we send ----------------------------------------------------------------------------

    @abstractmethod
    def recipient(self) -> Recipient:
        """Somebody, or a group, that can be reached after `joined`."""

    @abstractmethod
    def received(self) -> list[dict[str, Any]]:
        """What the platform showed `recipient`, oldest first, as JSON: `{"kind": …, "content": …}`."""

    # -- what we hear (`hears`) ------------------------------------------------------------------

    def say(self, words: str) -> Any:
        """A message of one person to us, addressed as a command has to be; the same however often delivered."""
        raise NotImplementedError

    def unknown(self) -> Any:
        """A message or event of a type that no page describes."""
        raise NotImplementedError

    async def deliver(self, message: Any, copies: int = 1) -> list[Heard]:
        """The platform delivers it, `copies` at the same moment, each as it would a repetition."""
        raise NotImplementedError

    # -- signed requests (`callback`) ------------------------------------------------------------

    async def handshake(self) -> bool:
        """The platform's test of our address passes."""
        raise NotImplementedError

    def request(self, message: Any, *, seconds: int = 0, nonce: str = "", forged: bool = False) -> Any:
        """A signed delivery of `message`: from `seconds` ago, with that nonce, with a wrong signature."""
        raise NotImplementedError

    async def post(self, request: Any) -> Heard:
        """The very request, as often as one likes."""
        raise NotImplementedError

    # -- life ------------------------------------------------------------------------------------

    async def start(self, folder: Path) -> None:
        await self.open_platform()
        self.house = await asyncio.to_thread(House, folder, self.settings(), self.clock)
        await self._open_channel()

    async def restart(self) -> None:
        """Our process dies and comes back; the platform notices nothing but a closed connection."""
        await self._close_channel()
        await asyncio.to_thread(self.house.restart)
        await self._open_channel()

    async def stop(self) -> None:
        self.house.hold.set()
        await self._close_channel()
        self.house.app.close()
        await self.close_platform()

    async def _open_channel(self) -> None:
        self.channel = self.house.app.channels()[self.name]
        app = web.Application()
        app.add_routes(self.channel.routes())
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        await self.channel.start()

    async def _close_channel(self) -> None:
        await self.channel.close()
        assert self._runner is not None
        await self._runner.cleanup()
        await self.house.app.gate.close()
        await asyncio.sleep(0)  # transports close their sockets in the loop's next round


def fresh_folder(template: Path, to: Path) -> Path:
    """A data folder that is prepared already."""
    shutil.copytree(template, to, dirs_exist_ok=True)
    return to
