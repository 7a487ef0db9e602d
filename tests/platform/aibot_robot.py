"""A bare robot on a long connection: it sends what it is told to, for the platform's own tests, and to take
a connection away from the robot under test.

    async with robot_on(url) as robot:
        await robot.subscribe(server.robot)
        answer = await robot.ask("aibot_send_msg", {"chatid": "wrAAAA", "msgtype": "markdown", …})
        heard = await robot.heard()
"""

import asyncio
import itertools
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.platform.aibot_chats import Robot

Frame = dict[str, Any]


class BareRobot:
    """`broken`: frames from the platform that are no JSON."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.broken: list[str] = []
        self._numbers = itertools.count(1)
        self._acks: dict[str, asyncio.Future[Frame]] = {}
        self._heard: asyncio.Queue[Frame] = asyncio.Queue()
        self._closed = asyncio.Event()

    async def subscribe(self, robot: Robot) -> Frame:
        return await self.ask("aibot_subscribe", {"bot_id": robot.bot_id, "secret": robot.secret})

    async def ask(
        self, cmd: str, body: Any = None, request: str | None = None, *, seconds: float = 5.0
    ) -> Frame:
        """Send a frame and return its ack. Raises TimeoutError, or ConnectionError when the line breaks first."""
        request = request or f"{cmd}-{next(self._numbers)}"
        ack: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._acks[request] = ack
        frame = {"cmd": cmd, "headers": {"req_id": request}} | ({} if body is None else {"body": body})
        await self.send(json.dumps(frame, ensure_ascii=False))
        try:
            return await asyncio.wait_for(ack, seconds)
        finally:
            self._acks.pop(request, None)

    async def send(self, text: str) -> None:
        await self.socket.send_str(text)

    async def heard(self, seconds: float = 5.0) -> Frame:
        """The next callback."""
        return await asyncio.wait_for(self._heard.get(), seconds)

    async def closed(self, seconds: float = 5.0) -> int | None:
        """Wait for the end of the connection; returns its code."""
        await asyncio.wait_for(self._closed.wait(), seconds)
        return self.socket.close_code

    async def listen(self) -> None:
        async for message in self.socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                self._sort(message.data)
        for ack in self._acks.values():
            if not ack.done():
                ack.set_exception(ConnectionError(f"closed with {self.socket.close_code}"))
        self._closed.set()

    def _sort(self, text: str) -> None:
        try:
            frame = json.loads(text)
        except ValueError:
            self.broken.append(text)
            return
        ack = None if "cmd" in frame else self._acks.get(frame["headers"]["req_id"])
        if ack is not None and not ack.done():
            ack.set_result(frame)
        else:
            self._heard.put_nowait(frame)


@asynccontextmanager
async def robot_on(url: str, tls: ssl.SSLContext | bool = True) -> AsyncIterator[BareRobot]:
    """Connected, and hung up at the end."""
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as session,
        session.ws_connect(url, ssl=tls, timeout=aiohttp.ClientWSTimeout(ws_close=0.2)) as socket,
    ):
        robot = BareRobot(socket)
        listening = asyncio.create_task(robot.listen())
        try:
            yield robot
        finally:
            await socket.close()
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
