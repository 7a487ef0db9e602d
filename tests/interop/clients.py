"""The three SDKs of the intelligent robot on PyPI, under one face.

wecom-aibot-python-sdk is the official one and speaks TLS only; wecom-aibot-sdk and wecom-aibot-sdk-python are two
works that install the same module, so only one of them can be there: extras `interop` and `interop-other`.
"""

import asyncio
import importlib
import importlib.metadata
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.platform.aibot_chats import Robot

EVENTS = (
    "authenticated", "error", "message.text", "message.image", "event.enter_chat", "event.template_card_event",
    "event.disconnected_event",
)  # fmt: skip
RECONNECT, HEARTBEAT = 20, 100
"""Milliseconds."""


class Silent:
    """A logger as these SDKs want one; it goes to `logging`, where pytest shows it when a test fails."""

    def debug(self, message: str, *more: object) -> None:
        logging.getLogger(__name__).debug("%s %s", message, more)

    info = warn = error = debug


@dataclass
class Client:
    """`sdk` is the SDK's own client; `heard` what it has told of, as (event, frame)."""

    sdk: Any
    connect: Callable[[], Awaitable[object]]
    disconnect: Callable[[], Awaitable[object]]
    body: Callable[[Any], Any]
    heard: asyncio.Queue[tuple[str, Any]] = field(default_factory=asyncio.Queue)

    def __post_init__(self) -> None:
        for event in EVENTS:
            self.sdk.on(event, self._listener(event))

    async def next(self, event: str, seconds: float = 5.0) -> Any:
        """The frame of the next `event`; others are passed over."""
        async with asyncio.timeout(seconds):
            while True:
                name, frame = await self.heard.get()
                if name == event:
                    return frame

    def _listener(self, event: str) -> Callable[..., Awaitable[None]]:
        async def listen(*frames: Any) -> None:
            self.heard.put_nowait((event, frames[0] if frames else None))

        return listen


def official(url: str, robot: Robot, certificate: Path) -> Client:
    """wecom-aibot-python-sdk: takes no TLS context, so ours is added to those it trusts."""
    sdk = importlib.import_module("aibot")
    importlib.import_module("aibot.ws")._SSL_CONTEXT.load_verify_locations(certificate)
    options = sdk.WSClientOptions(
        bot_id=robot.bot_id,
        secret=robot.secret,
        reconnect_interval=RECONNECT,
        max_reconnect_attempts=-1,
        heartbeat_interval=HEARTBEAT,
        ws_url=url,
        logger=Silent(),
    )
    client = sdk.WSClient(options)

    async def disconnect() -> None:
        client.disconnect()

    return Client(client, client.connect, disconnect, lambda frame: frame["body"])


def second(url: str, robot: Robot, certificate: Path) -> Client:
    """wecom-aibot-sdk."""
    sdk = importlib.import_module("wecom_aibot_sdk")
    client = sdk.WSClient(
        robot.bot_id,
        robot.secret,
        reconnect_interval=RECONNECT,
        max_reconnect_attempts=-1,
        heartbeat_interval=HEARTBEAT,
        ws_url=url,
        logger=Silent(),
    )
    return Client(client, client.connect, client.disconnect, lambda frame: frame["body"])


def third(url: str, robot: Robot, certificate: Path) -> Client:
    """wecom-aibot-sdk-python."""
    sdk = importlib.import_module("wecom_aibot_sdk")
    options = sdk.WSClientOptions(
        bot_id=robot.bot_id,
        secret=robot.secret,
        reconnect_interval=RECONNECT,
        max_reconnect_attempts=-1,
        heartbeat_interval=HEARTBEAT,
        ws_url=url,
        logger=Silent(),
    )
    client = sdk.WSClient(options)
    return Client(client, client.connect_async, client.disconnect, lambda frame: frame.body)


@dataclass(frozen=True)
class Package:
    """One SDK on PyPI; `extra` installs it, `refused_beside` is the one it cannot be installed beside."""

    name: str
    version: str
    extra: str
    client: Callable[[str, Robot, Path], Client]
    tls: bool = False
    refused_beside: str = ""

    def absence(self) -> str:
        """Why it cannot be run here; empty when it can."""
        if _version(self.name) != self.version:
            return f"{self.name} {self.version} is not installed: pip install -e .[test,{self.extra}]"
        if self.refused_beside and _version(self.refused_beside):
            return f"{self.name} and {self.refused_beside} have overwritten one another; install one of them"
        return ""


PACKAGES = (
    Package("wecom-aibot-python-sdk", "1.0.2", "interop", official, tls=True),
    Package("wecom-aibot-sdk", "1.0.8", "interop", second, refused_beside="wecom-aibot-sdk-python"),
    Package("wecom-aibot-sdk-python", "0.1.7", "interop-other", third, refused_beside="wecom-aibot-sdk"),
)


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
