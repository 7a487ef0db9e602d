"""The server of the intelligent robot's long connection (openws.work.weixin.qq.com), strict, with faults on demand.

Follows 长连接 (101463) and its neighbours. Start it and put the robot on it:

    clock = StandingClock()                      # moved by the test: all windows and limits go by it
    server = AibotServer(clock)                  # robot: server.robot.bot_id .secret .name ("连心 村务助手")
    url = await server.start()                   # "ws://127.0.0.1:…"; start(ssl_context) → "wss://…"; await stop()
    server.chats.add_group("wrAAAA", "lihua", "wangwu")
    await server.until(lambda: server.holder is not None)       # wait for anything that can be seen on the server

What people do (`server.people`, see `aibot_callbacks.People`) is written first, then told to the robot:

    callback = await server.say("lihua", "/心愿 列表", "wrAAAA")   # = tell(people.say(…)); no chat: single chat
    await server.tell(server.people.click("lihua", "wish_42_v1", "claim:42", flat=True, task_field="taskid"))
    await server.tell(server.people.enter("lihua"))              # None the second time a day
    await server.tell(server.people.message("lihua", "image", server.attachment(b"…", "a.png")))
    await server.tell(server.people.again(callback))             # the same msgid again, with a new req_id
    callback.connection                                          # None: nobody was there to hear it
    await server.push_raw("{")                                   # any text or bytes, to the subscriber

What is recorded:

    server.ledger.contents("wrAAAA")     what is on the screen, in order; a stream once, with its last text
    server.ledger.delivered() .refused() .counts() .over_limits()        ledger.Entry(at, to, kind, content, code …)
    server.chats.streams[id].contents    every frame of a stream        server.chats.cards[task_id].card
    server.calls["aibot_send_msg"]       frames by cmd, whatever came of them
    server.refusals[cmd, errcode]        how often      server.violations   sentences: frames no client may send
    server.subscriptions                 Subscription(at, connection, code) each
    server.takeovers                     subscriptions that displaced a living one: two processes at once
    server.most_holders                  the most living connections that held a subscription at once (1, or 2)
    server.connections                   Connection(number, opened, closed, …) each

What goes wrong:

    server.faults.inject("aibot_send_msg", Fault.ANSWER_LOST)            the next frame, one fault each
    server.faults.scatter("aibot_send_msg", 0.3, *Fault, seed=7)         each frame with 30 %
        BUSY errcode -1 · BAD_GATEWAY close 1011 · RESET, RESET_UNREAD reset · EMPTY an empty frame for an ack · HANG no
        ack, the connection stays: nothing done.  ANSWER_LOST never an ack, the connection stays · SLOW_* the ack comes
        after faults.slowness real seconds · LATE_BAD_GATEWAY close 1011 for an ack · TRUNCATED ack: done all the same.
    server.break_at(Break.ABORT, nth=100)                     at the 100th aibot_send_msg from now, which is lost
    server.break_at(Break.CLOSE_1001, nth=100, done=True)     … which is delivered, but not acknowledged
    await server.break_now(Break.SILENCE)                     see `aibot_line.Break`
    server.refuse_subscriptions(-1, 40001)                    the next ones, one code each
    server.ack_delay = 0.05                                   real seconds before every ack
    server.chats.removed.add("wrAAAA")                        the robot is taken out of the group: 93008
    AibotServer(clock, requests_outlive_connections=False)    a req_id dies with its connection, as some report
    AibotServer(clock, strict=False)                          unknown fields are let through

Errcodes are named in `aibot_forms`; those not documented say so there.
"""

import asyncio
import base64
import hashlib
import json
import ssl
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiohttp import WebSocketError, WSMsgType, web

from tests.platform import aibot_forms as forms
from tests.platform.aibot_callbacks import Callback, People
from tests.platform.aibot_chats import Chats, Robot
from tests.platform.aibot_desk import SEND, Desk
from tests.platform.aibot_line import FRAME_LIMIT, Break, Breaks, Connection, Due, ack, frame_of
from tests.platform.clock import Clock
from tests.platform.faults import Fault, Faults
from tests.platform.ledger import Ledger, Window
from tests.platform.server import Refused
from tests.platform.shapes import Text

SUBSCRIBE, PING = "aibot_subscribe", "ping"
SUBSCRIPTIONS_PER_MINUTE = 20
"""Not documented; the pages only say that subscribing is protected against busy loops."""

_FRAME = {"cmd": Text(64, 1), "headers": {"req_id": Text(256, 1)}, "body?": object}
_CREDENTIALS = {"bot_id": Text(256, 1), "secret": Text(256, 1)}


@dataclass(frozen=True)
class Subscription:
    at: datetime
    connection: int
    code: int


class AibotServer:
    """One robot's long connection; see the module's docstring."""

    def __init__(
        self,
        clock: Clock,
        robot: Robot | None = None,
        *,
        strict: bool = True,
        requests_outlive_connections: bool = True,
    ) -> None:
        self.clock = clock
        self.robot = robot or Robot()
        self.chats = Chats(clock, self.robot)
        self.people = People(self.chats)
        self.desk = Desk(self.chats, strict=strict, requests_outlive_connections=requests_outlive_connections)
        self.faults = Faults()
        self.calls: Counter[str] = Counter()
        self.refusals: Counter[tuple[str, int]] = Counter()
        self.violations: list[str] = []
        self.subscriptions: list[Subscription] = []
        self.connections: list[Connection] = []
        self.holder: Connection | None = None
        self.takeovers = 0
        self.most_holders = 0
        self.ack_delay = 0.0
        self._strict = strict
        self._breaks = Breaks()
        self._forced: deque[int] = deque()
        self._window = Window(SUBSCRIPTIONS_PER_MINUTE, timedelta(minutes=1))
        self._unacknowledged: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stirred = asyncio.Event()
        self._stopping = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._address = ("127.0.0.1", 0)
        self._http = ""

    @property
    def ledger(self) -> Ledger:
        return self.chats.ledger

    # -- the test's side -------------------------------------------------------------------------

    async def start(self, ssl_context: ssl.SSLContext | None = None) -> str:
        """Serve on loopback; after a `stop` on the same port as before. Returns the address for the robot."""
        app = web.Application()
        app.router.add_get("/", self._accept)
        app.router.add_get("/media/{number}", self._download)
        self._stopping.clear()
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, *self._address, ssl_context=ssl_context, reuse_address=True).start()
        self._address = self._runner.addresses[0][:2]
        secure = "s" if ssl_context else ""
        self._http = f"http{secure}://127.0.0.1:{self._address[1]}"
        return f"ws{secure}://127.0.0.1:{self._address[1]}"

    async def stop(self) -> None:
        """Every connection is reset."""
        self._stopping.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in self.connections:
            connection.abort()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def until(self, condition: Callable[[], bool], seconds: float = 5.0) -> None:
        """Wait, at most so many real seconds, until `condition` holds; it is looked at whenever something happens."""
        async with asyncio.timeout(seconds):
            while not condition():
                self._stirred.clear()
                await self._stirred.wait()

    async def say(self, userid: str, text: str, chat: str | None = None) -> Callback:
        return await self.tell(self.people.say(userid, text, chat))

    async def tell(self, callback: Callback) -> Callback:
        """Send `callback` to the subscriber, if there is one. The platform does not keep it for later."""
        self.desk.callbacks[callback.request] = callback
        holder = self.holder
        callback.connection = holder.number if holder is not None else None
        if holder is not None and not await holder.send(frame_of(callback)):
            callback.connection = None
        return callback

    async def push_raw(self, content: str | bytes) -> None:
        assert self.holder is not None
        await self.holder.send_raw(content)

    def attachment(self, content: bytes, name: str) -> dict[str, str]:
        """What a message says of an image, file or video: an address for five minutes and the key to it."""
        key = hashlib.sha256(name.encode()).digest()
        number = self.desk.media.send(content, name, key)
        return {"url": f"{self._http}/media/{number}", "aeskey": base64.b64encode(key).decode()}

    def refuse_subscriptions(self, *codes: int) -> None:
        self._forced.extend(codes)

    def break_at(self, what: Break, *, nth: int = 1, cmd: str = SEND, done: bool = False) -> None:
        """`what` happens to the connection that brings the `nth` frame of `cmd` from now on."""
        self._breaks.add(cmd, Due(what, nth, done))

    async def break_now(self, what: Break) -> None:
        """`what` happens to the subscriber."""
        assert self.holder is not None
        await self._break(self.holder, what)

    # -- connections -----------------------------------------------------------------------------

    async def _accept(self, request: web.Request) -> web.StreamResponse:
        ws = web.WebSocketResponse(timeout=0.5, autoclose=False, autoping=False, max_msg_size=FRAME_LIMIT)
        await ws.prepare(request)
        connection = Connection(len(self.connections) + 1, ws, request, self.clock.now())
        self.connections.append(connection)
        try:
            await self._listen(connection)
        finally:
            connection.closed = self.clock.now()
            connection.subscribed = False
            if self.holder is connection:
                self.holder = None
            self._stirred.set()
        return ws

    async def _listen(self, connection: Connection) -> None:
        while True:
            message = await connection.receive()
            if connection.silent:
                await self._stopping.wait()
                return
            if message.type is WSMsgType.TEXT:
                await self._hear(connection, message.data)
            elif message.type is WSMsgType.PING:
                await connection.pong(message.data)
            elif message.type is WSMsgType.BINARY:
                self.violations.append("a binary frame")
                await connection.close(1003)
            elif message.type is WSMsgType.ERROR and isinstance(message.data, WebSocketError):
                self.violations.append(f"a frame that ends the connection with {message.data.code}")
                return
            elif message.type is not WSMsgType.PONG:
                await connection.close()
                return
            self._stirred.set()

    async def _hear(self, connection: Connection, text: str) -> None:
        """One frame: what goes wrong with it, what it does, its ack."""
        frame = self._read(text)
        if frame is None:
            await connection.send(ack("", Refused(forms.BAD_JSON, "invalid frame")))
            return
        cmd, request = frame["cmd"], frame["headers"]["req_id"]
        self.calls[cmd] += 1
        if self._unacknowledged[request]:
            self.violations.append(f"{cmd}: the frame before it with the same req_id is not acknowledged yet")
        due, fault = self._breaks.next(cmd), self.faults.draw(cmd)
        if due is not None and not due.done:
            await self._break(connection, due.what)
            if due.what is not Break.UNSUBSCRIBED:
                return
        if fault is not None and not fault.took_effect:
            await connection.fail(request, fault)
            return
        answer = ack(request, await self._act(connection, cmd, request, frame.get("body")))
        if due is not None and due.done:
            if due.what is Break.UNSUBSCRIBED:
                await connection.send(answer)
            await self._break(connection, due.what)
        else:
            await self._acknowledge(connection, answer, fault)

    def _read(self, text: str) -> dict[str, Any] | None:
        try:
            frame = json.loads(text)
            forms.require(frame, _FRAME, strict=self._strict)
        except (ValueError, Refused) as error:
            self.violations.append(f"not a frame: {error}")
            return None
        assert isinstance(frame, dict)
        return frame

    # -- what goes wrong -------------------------------------------------------------------------

    async def _break(self, connection: Connection, what: Break) -> None:
        if what in {Break.UNSUBSCRIBED, Break.KICK}:
            self._release(connection)
        if what is Break.KICK:
            await self._displace(connection)
        await connection.suffer(what)
        self._stirred.set()

    async def _acknowledge(self, connection: Connection, answer: dict[str, Any], fault: Fault | None) -> None:
        """The ack of a frame that was acted on, as `fault` lets it through."""
        if fault in {Fault.SLOW_HEADERS, Fault.SLOW_BODY}:
            self._later(connection.send_later(answer, self.faults.slowness))
        elif self.ack_delay and fault is None:
            self._later(self._send_delayed(connection, answer))
        else:
            await connection.acknowledge(answer, fault)

    async def _send_delayed(self, connection: Connection, answer: dict[str, Any]) -> None:
        request = answer["headers"]["req_id"]
        self._unacknowledged[request] += 1
        await asyncio.sleep(self.ack_delay)
        self._unacknowledged[request] -= 1
        await connection.send(answer)

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- commands --------------------------------------------------------------------------------

    async def _act(
        self, connection: Connection, cmd: str, request: str, body: Any
    ) -> dict[str, Any] | Refused | None:
        """Do what the frame asks for; returns the body of the ack, or why not."""
        try:
            if cmd == SUBSCRIBE:
                await self._subscribe(connection, body)
                return None
            if cmd == PING:
                return None
            if not self.desk.knows(cmd):
                self.violations.append(f"{cmd}: unknown")
                raise Refused(forms.BAD_PARAMETER, f"unknown cmd {cmd}")
            if not connection.subscribed:
                if not connection.was_subscribed:
                    self.violations.append(f"{cmd}: before {SUBSCRIBE}")
                raise Refused(forms.NOT_SUBSCRIBED, "aibot websocket not subscribed")
            return self.desk.act(connection.number, cmd, request, body)
        except Refused as refused:
            self.refusals[cmd, refused.code] += 1
            return refused

    async def _subscribe(self, connection: Connection, body: Any) -> None:
        """One connection for each robot: the newcomer takes the place of the one before."""
        code = self._forced.popleft() if self._forced else self._judge(body)
        self.subscriptions.append(Subscription(self.clock.now(), connection.number, code))
        if code:
            raise Refused(code, "subscription refused")
        old, self.holder = self.holder, connection
        connection.subscribed = connection.was_subscribed = True
        self.most_holders = max(
            self.most_holders, sum(other.subscribed and other.alive for other in self.connections)
        )
        if old is not None and old is not connection:
            self.takeovers += old.alive
            self._release(old)
            await self._displace(old)

    def _judge(self, body: Any) -> int:
        """The errcode for a subscription, 0 when it is good."""
        try:
            forms.require(body, _CREDENTIALS, strict=self._strict)
        except Refused as refused:
            return refused.code
        if not self._window.take(body["bot_id"], self.clock.now()):
            return forms.TOO_OFTEN
        good = (body["bot_id"], body["secret"]) == (self.robot.bot_id, self.robot.secret)
        return 0 if good else forms.WRONG_SECRET

    def _release(self, connection: Connection) -> None:
        connection.subscribed = False
        if self.holder is connection:
            self.holder = None

    async def _displace(self, connection: Connection) -> None:
        """disconnected_event, then a close."""
        await connection.send(frame_of(self.people.displaced()))
        if connection.alive:
            self._later(connection.close(1000))

    async def _download(self, request: web.Request) -> web.Response:
        file = self.desk.media.fetch(request.match_info["number"])
        if file is None:
            return web.Response(status=404)
        disposition = {"Content-Disposition": f'attachment; filename="{file.name}"'}
        return web.Response(body=file.content, content_type=file.content_type, headers=disposition)
