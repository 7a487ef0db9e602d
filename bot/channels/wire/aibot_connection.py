"""One WebSocket connection of WeCom's intelligent robot: subscribe, ping, callbacks in, frames out, acks.

Follows W101463 长连接. Frames are JSON texts `{cmd, headers: {req_id}, body}`; an ack has no cmd and is known by
its req_id. A connection is used once: how it ended says what to do next (see `Ending`).
"""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final

import aiohttp

from bot.channels import phrases as say
from bot.channels.wire.api import Meaning
from bot.chat.errors import (
    Misconfigured,
    OutcomeUnknown,
    Removed,
    Throttled,
    Undeliverable,
    Unreachable,
    WindowClosed,
)
from bot.clock import Clock

log = logging.getLogger(__name__)

SUBSCRIBE, PING = "aibot_subscribe", "ping"
MESSAGE, EVENT = "aibot_msg_callback", "aibot_event_callback"
RESPOND, SEND = "aibot_respond_msg", "aibot_send_msg"
WELCOME, UPDATE_CARD = "aibot_respond_welcome_msg", "aibot_respond_update_msg"
UPLOAD: Final = "aibot_upload_media_"

NOT_SUBSCRIBED: Final = 846609
"""The socket is open, pings are answered, and the subscription is gone all the same."""
PASSING: Final = frozenset({-1, 45009, NOT_SUBSCRIBED})
"""Codes on a subscription that say nothing about the credentials; the code for wrong ones is not documented."""
MINUTE: Final = 61.0
FRAME_LIMIT: Final = 1024 * 1024
MISSED: Final = 2
"""So many acks missing one after another mean that nobody is there."""

NEVER_SPOKEN: Final = 48002
"""The code for a push to a chat in which nobody has spoken is not documented: the table's nearest is this one."""

MEANINGS: Final[Mapping[int, Meaning]] = {
    -1: Meaning(Throttled, say.PLATFORM_BUSY),
    40007: Meaning(Unreachable, say.ROBOT_MEDIA_GONE),
    40008: Meaning(Undeliverable, say.BAD_REQUEST),
    40058: Meaning(Undeliverable, say.BAD_REQUEST),
    44004: Meaning(Undeliverable, say.EMPTY_MESSAGE),
    45002: Meaning(Undeliverable, say.MESSAGE_TOO_LONG),
    45009: Meaning(Throttled, say.ROBOT_TOO_OFTEN),
    47001: Meaning(Undeliverable, say.BAD_REQUEST),
    NEVER_SPOKEN: Meaning(WindowClosed, say.ROBOT_NEVER_SPOKEN),
    93001: Meaning(Removed, say.ROBOT_REMOVED),
    93006: Meaning(Removed, say.ROBOT_REMOVED),
    93008: Meaning(Removed, say.ROBOT_REMOVED),
    846605: Meaning(Unreachable, say.ROBOT_REQUEST_OVER),
    NOT_SUBSCRIBED: Meaning(Unreachable, say.ROBOT_AWAY),
}

Frame = Mapping[str, Any]


class Ending(Enum):
    """Why a connection is over."""

    LOST = auto()
    """Closed, reset, silent, or its subscription gone: connect again."""
    REPLACED = auto()
    """Another process has subscribed: connecting at once would take it away from there, and so on for ever."""
    REFUSED = auto()
    """BotID or Secret is wrong: trying again cannot help."""


@dataclass(frozen=True, slots=True)
class Access:
    """Whose connection it is, and where it leads."""

    url: str
    bot_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: between pings, for an ack, for a connection to be made."""

    ping: float = 30.0
    ack: float = 5.0
    connect: float = 10.0


@dataclass(frozen=True, slots=True)
class Callback:
    """What the platform tells us. `request`: the req_id an answer to it has to carry."""

    request: str
    body: Frame


class AibotConnection:
    """`hear` gets every callback, in order; it must return at once."""

    def __init__(
        self, access: Access, clock: Clock, hear: Callable[[Callback], None], patience: Patience
    ) -> None:
        self._access = access
        self._clock = clock
        self._hear = hear
        self._patience = patience
        self._ending: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self._pending: dict[str, asyncio.Future[Frame | None]] = {}
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._unanswered = 0
        self.subscribed = asyncio.Event()
        """Set once; `alive` says whether it still holds."""
        self.refusal = 0
        """The code the subscription was refused with."""

    @property
    def alive(self) -> bool:
        return self.subscribed.is_set() and not self._ending.done()

    async def hold(self) -> Ending:
        """Connect, subscribe, and stay until it ends. Cancelled: it is closed."""
        timeout = aiohttp.ClientTimeout(total=None, connect=self._patience.connect)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            try:
                async with asyncio.timeout(self._patience.connect):
                    self._socket = await session.ws_connect(
                        self._access.url,
                        max_msg_size=FRAME_LIMIT,
                        timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
                    )
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                log.info("aibot_unreachable", extra={"reason": type(error).__name__})
                return Ending.LOST
            reading = asyncio.create_task(self._read(self._socket))
            working = asyncio.create_task(self._work())
            try:
                return await asyncio.shield(self._ending)
            finally:
                self.end(Ending.LOST)
                for task in (working, reading):
                    task.cancel()
                await asyncio.gather(working, reading, return_exceptions=True)
                await self._socket.close()

    def end(self, ending: Ending) -> None:
        """Nothing more goes out. What waits for its ack will not get it."""
        if not self._ending.done():
            self._ending.set_result(ending)
        for waiting in self._pending.values():
            if not waiting.done():
                waiting.set_result(None)

    async def call(self, cmd: str, body: Frame, request: str | None = None, *, seconds: float = 0.0) -> Frame:
        """Send a frame; returns the body of its ack.

        `request`: the req_id of the callback it answers; one of our own when it is absent. `seconds`: more
        patience than usual, for a large frame. Raises
        `Unreachable` (nothing was sent, or it was not taken), `Throttled`, `Undeliverable`, `Removed`, or
        `OutcomeUnknown` when no ack came in time: one that comes later settles nothing.
        """
        if not self.alive:
            raise Unreachable(say.ROBOT_AWAY)
        ack = await self._ask(cmd, body, request, seconds=seconds)
        code = ack["errcode"]
        if code:
            raise refused(code)
        inner = ack.get("body")
        return inner if isinstance(inner, dict) else {}

    async def _work(self) -> None:
        """Subscribe, then ping."""
        body = {"bot_id": self._access.bot_id, "secret": self._access.secret}
        try:
            code = (await self._ask(SUBSCRIBE, body))["errcode"]
        except OutcomeUnknown:
            self.end(Ending.LOST)
            return
        if code:
            self.refusal = code
            self.end(Ending.LOST if code in PASSING else Ending.REFUSED)
            return
        self.subscribed.set()
        missed = 0
        while missed < MISSED:
            await asyncio.sleep(self._patience.ping)
            try:
                await self._ask(PING)
                missed = 0
            except OutcomeUnknown:
                missed += 1
        self.end(Ending.LOST)

    async def _ask(
        self, cmd: str, body: Frame | None = None, request: str | None = None, *, seconds: float = 0.0
    ) -> Frame:
        """The ack of a frame. Raises `OutcomeUnknown`."""
        request = request or f"{cmd}-{self._clock.token(8).hex()}"
        frame = {"cmd": cmd, "headers": {"req_id": request}} | ({} if body is None else {"body": body})
        waiting: asyncio.Future[Frame | None] = asyncio.get_running_loop().create_future()
        self._pending[request] = waiting
        assert self._socket is not None
        try:
            async with asyncio.timeout(max(self._patience.ack, seconds)):
                await self._socket.send_str(json.dumps(frame, ensure_ascii=False))
                ack = await waiting
        except TimeoutError:
            self._missed(cmd)
            raise OutcomeUnknown(say.ROBOT_NO_ACK) from None
        except (aiohttp.ClientError, ConnectionError):
            self.end(Ending.LOST)
            raise OutcomeUnknown(say.ROBOT_NO_ACK) from None
        finally:
            if self._pending.get(request) is waiting:
                del self._pending[request]
        if ack is None:
            raise OutcomeUnknown(say.ROBOT_NO_ACK)
        if ack["errcode"] == NOT_SUBSCRIBED:
            self.end(Ending.LOST)
        return ack

    def _missed(self, cmd: str) -> None:
        """Pings are counted where they are sent: they may be answered while nothing else is."""
        if cmd != PING:
            self._unanswered += 1
            if self._unanswered >= MISSED:
                self.end(Ending.LOST)

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                self._sort(message.data)
        self.end(Ending.LOST)

    def _sort(self, text: str) -> None:
        """One frame from the platform; what is none of those we know is passed over."""
        try:
            frame = json.loads(text)
            request, cmd = frame["headers"]["req_id"], frame.get("cmd")
            body, code = frame.get("body"), frame.get("errcode")
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            log.warning("aibot_frame_unreadable", extra={"size": len(text)})
            return
        if not isinstance(request, str):
            log.warning("aibot_frame_unreadable", extra={"size": len(text)})
        elif cmd in (MESSAGE, EVENT) and isinstance(body, dict):
            self._take_callback(Callback(request, body))
        elif cmd is None and isinstance(code, int) and not isinstance(code, bool):
            self._take_ack(request, frame)
        else:
            log.info("aibot_frame_ignored", extra={"cmd": str(cmd)[:40]})

    def _take_ack(self, request: str, frame: Frame) -> None:
        waiting = self._pending.get(request)
        if waiting is None or waiting.done():
            log.info("aibot_ack_late", extra={"errcode": frame["errcode"]})
            return
        if not request.startswith(PING):
            self._unanswered = 0
        waiting.set_result(frame)

    def _take_callback(self, callback: Callback) -> None:
        event = callback.body.get("event")
        if isinstance(event, dict) and event.get("eventtype") == "disconnected_event":
            self.end(Ending.REPLACED)
        elif not self._ending.done():
            self._hear(callback)


async def ask_to_subscribe(access: Access, clock: Clock, *, patience: float) -> None:
    """Whether the robot can be had: subscribe once, and leave (`doctor`). Raises why not, in its sentence.

    Whoever holds the connection is thrown out by this: hold the lease before.
    """
    waits = Patience(ack=patience, connect=patience)
    connection = AibotConnection(access, clock, lambda _callback: None, waits)
    holding = asyncio.create_task(connection.hold())
    subscribed = asyncio.create_task(connection.subscribed.wait())
    try:
        await asyncio.wait((holding, subscribed), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (holding, subscribed):
            task.cancel()
        ended, _ = await asyncio.gather(holding, subscribed, return_exceptions=True)
    if connection.subscribed.is_set() and ended is not Ending.REPLACED:
        return
    if ended is Ending.REPLACED:
        raise Misconfigured(say.ROBOT_TAKEN)
    if ended is Ending.REFUSED:
        raise Misconfigured(say.ROBOT_CREDENTIALS.format(code=connection.refusal))
    raise refused(connection.refusal) if connection.refusal else Unreachable(say.ROBOT_UNREACHABLE)


def refused(code: int) -> Throttled | Unreachable | Undeliverable:
    """What an errcode stands for; one that is in no table was an answer all the same: nothing was delivered."""
    meaning = MEANINGS.get(code, Meaning(Unreachable, say.UNKNOWN_CODE))
    sentence = f"{meaning.cause}（{code}）"
    if code == 45009:
        return Throttled(sentence, after=MINUTE)
    error = meaning.kind(sentence)
    assert isinstance(error, Throttled | Unreachable | Undeliverable)
    return error
