"""One long connection of an intelligent robot, and the ways in which it may end."""

import asyncio
import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any

from aiohttp import WSMessage, web

from tests.platform.aibot_callbacks import Callback
from tests.platform.aibot_forms import BUSY
from tests.platform.faults import Fault
from tests.platform.server import Refused

FRAME_LIMIT = 1 << 20
"""Bytes; a longer frame ends the connection with 1009."""


class Break(Enum):
    """What may happen to a connection."""

    CLOSE_1000 = auto()
    CLOSE_1001 = auto()
    CLOSE_1011 = auto()
    ABORT = auto()
    """The TCP connection is reset."""
    SILENCE = auto()
    """It stays open and nothing comes any more: no ack, no pong, no answer to a close. What is sent is lost."""
    UNSUBSCRIBED = auto()
    """It stays open, pings are answered, everything else gets 846609 and no callback comes."""
    KICK = auto()
    """disconnected_event, then a close, as after a subscription from elsewhere."""


_CLOSES = {Break.CLOSE_1000: 1000, Break.CLOSE_1001: 1001, Break.CLOSE_1011: 1011}


@dataclass
class Due:
    """A break that comes with the `left`-th frame from now; `done`: after the frame has had its effect."""

    what: Break
    left: int
    done: bool


class Breaks:
    """Breaks to come, by cmd."""

    def __init__(self) -> None:
        self._due: dict[str, list[Due]] = defaultdict(list)

    def add(self, cmd: str, due: Due) -> None:
        self._due[cmd].append(due)

    def next(self, cmd: str) -> Due | None:
        """The break that comes with this frame of `cmd`."""
        for due in self._due[cmd]:
            due.left -= 1
        ready = [due for due in self._due[cmd] if due.left <= 0]
        if ready:
            self._due[cmd].remove(ready[0])
        return ready[0] if ready else None


class Connection:
    """`number`: 1, 2, 3 … in the order they were opened."""

    def __init__(
        self, number: int, ws: web.WebSocketResponse, request: web.Request, opened: datetime
    ) -> None:
        assert request.transport is not None
        self.number = number
        self.opened = opened
        self.closed: datetime | None = None
        self.subscribed = False
        self.was_subscribed = False
        self.silent = False
        self._ws = ws
        self._transport = request.transport

    @property
    def alive(self) -> bool:
        """Whether what is sent on it arrives."""
        return not (self.silent or self._ws.closed or self._transport.is_closing())

    async def receive(self) -> WSMessage:
        return await self._ws.receive()

    async def send(self, frame: dict[str, Any]) -> bool:
        """Whether it went out."""
        return await self.send_raw(json.dumps(frame, ensure_ascii=False))

    async def send_raw(self, content: str | bytes) -> bool:
        if not self.alive:
            return False
        try:
            if isinstance(content, str):
                await self._ws.send_str(content)
            else:
                await self._ws.send_bytes(content)
        except ConnectionError:
            return False
        return True

    async def pong(self, content: bytes) -> None:
        if self.alive:
            await self._ws.pong(content)

    async def close(self, code: int = 1000) -> None:
        await self._ws.close(code=code)

    async def suffer(self, what: Break) -> None:
        """Take the connection's own part in `what`."""
        if what is Break.ABORT:
            self.abort()
        elif what is Break.SILENCE:
            self.silent = True
        elif what in _CLOSES:
            await self.close(_CLOSES[what])

    async def fail(self, request: str, fault: Fault) -> None:
        """What comes instead of an ack when nothing was done."""
        if fault is Fault.BUSY:
            await self.send(ack(request, Refused(BUSY, "system error")))
        elif fault is Fault.BAD_GATEWAY:
            await self.close(1011)
        elif fault is Fault.EMPTY:
            await self.send_raw("")
        elif fault is not Fault.HANG:
            self.abort()

    async def acknowledge(self, answer: dict[str, Any], fault: Fault | None) -> None:
        """The ack, or what a fault that was no hindrance leaves of it."""
        if fault is Fault.LATE_BAD_GATEWAY:
            await self.close(1011)
        elif fault is Fault.TRUNCATED:
            await self.send_raw(json.dumps(answer)[:-4])
        elif fault is None or fault is Fault.GZIP:
            await self.send(answer)

    async def send_later(self, answer: dict[str, Any], seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self.send(answer)

    def abort(self) -> None:
        self._transport.abort()


def frame_of(callback: Callback) -> dict[str, Any]:
    event = callback.body["msgtype"] == "event"
    cmd = "aibot_event_callback" if event else "aibot_msg_callback"
    return {"cmd": cmd, "headers": {"req_id": callback.request}, "body": callback.body}


def ack(request: str, result: dict[str, Any] | Refused | None) -> dict[str, Any]:
    """An ack has no cmd; the req_id says what it is for."""
    answer = result.answer if isinstance(result, Refused) else {"errcode": 0, "errmsg": "ok"}
    body = {"body": result} if isinstance(result, dict) else {}
    return {"headers": {"req_id": request}, **answer, **body}
