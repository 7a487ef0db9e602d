"""The HTTP API of an Official Account: tokens and customer-service messages, strict, with faults on demand.

Follows 获取接口调用凭据, 获取稳定版接口调用凭据, 客服消息 and the table of return codes.
"""

import asyncio
import json
from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

from aiohttp import web

from tests.platform.clock import StandingClock

LIFETIME = timedelta(seconds=7200)
OVERLAP = timedelta(minutes=5)
DAILY_TOKENS = 2000
DAILY_FORCED = 20
FORCED_APART = timedelta(seconds=30)
CONTENT_LIMIT = 2048
WINDOWS = {
    "message": (timedelta(hours=48), 5),
    "CLICK": (timedelta(minutes=1), 3),
    "subscribe": (timedelta(minutes=1), 3),
    "SCAN": (timedelta(minutes=1), 3),
}

SEND = "/cgi-bin/message/custom/send"
TOKEN = "/cgi-bin/token"
STABLE_TOKEN = "/cgi-bin/stable_token"


class Fault(Enum):
    """What may go wrong with one call. After `ANSWER_LOST` the call has had its effect."""

    BUSY = auto()
    BAD_GATEWAY = auto()
    EMPTY = auto()
    TRUNCATED = auto()
    RESET = auto()
    HANG = auto()
    ANSWER_LOST = auto()


@dataclass(frozen=True)
class Message:
    """A customer-service message that the person has on the screen."""

    openid: str
    content: str


@dataclass
class Grant:
    """The right to send `left` messages until `until`."""

    until: datetime
    left: int


@dataclass
class Token:
    value: str
    until: datetime


class Refused(Exception):
    """An errcode of the platform."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.answer = {"errcode": code, "errmsg": message}


class OfficialApiServer:
    """Serves on loopback between `start` and `stop`. `people`: openid → whether that person follows."""

    def __init__(self, app_id: str, app_secret: str, clock: StandingClock) -> None:
        self.people: dict[str, bool] = {}
        self.delivered: list[Message] = []
        self.calls: Counter[str] = Counter()
        self.forced = 0
        self.token_always_refused = False
        """For ever 40001, however fresh the token."""
        self.refused_address = ""
        """An address that is not on the white list: 40164 names it."""
        self._app_id = app_id
        self._app_secret = app_secret
        self._clock = clock
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._tokens: dict[str, list[Token]] = {TOKEN: [], STABLE_TOKEN: []}
        self._issued = 0
        self._forced_at: deque[datetime] = deque()
        self._asked_at: deque[datetime] = deque()
        self._grants: dict[str, dict[str, Grant]] = defaultdict(dict)
        self._runner: web.AppRunner | None = None

    # -- the test's side -------------------------------------------------------------------------

    def inject(self, path: str, *faults: Fault) -> None:
        """The next calls of `path` fail so, one each, in this order."""
        self._faults[path].extend(faults)

    def invalidate_tokens(self) -> None:
        """All tokens stop working at once, as after a change made elsewhere."""
        for kind in self._tokens:
            self._tokens[kind] = []

    def note_message(self, openid: str) -> None:
        self.people.setdefault(openid, True)
        self._grant(openid, "message")

    def note_event(self, openid: str, event: str) -> None:
        self.people[openid] = event != "unsubscribe"
        if event in WINDOWS:
            self._grant(openid, event)

    async def start(self) -> str:
        """Serve on a free port of loopback; returns the base address."""
        self._runner = web.AppRunner(self.app(), shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get(TOKEN, self._serve)
        app.router.add_post(STABLE_TOKEN, self._serve)
        app.router.add_post(SEND, self._serve)
        return app

    # -- serving ---------------------------------------------------------------------------------

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.calls[request.path] += 1
        body = await request.read()
        fault = self._faults[request.path].popleft() if self._faults[request.path] else None
        if fault is Fault.BUSY:
            return _json({"errcode": -1, "errmsg": "system error"})
        if fault is Fault.BAD_GATEWAY:
            return web.Response(status=502, text="<html>502 Bad Gateway</html>", content_type="text/html")
        if fault is Fault.EMPTY:
            return web.Response()
        if fault is Fault.HANG:
            await asyncio.sleep(3600)
        if fault is Fault.RESET:
            return self._hang_up(request)
        try:
            answer = self._answer(request, body)
        except Refused as refused:
            answer = refused.answer
        if fault is Fault.ANSWER_LOST:
            return self._hang_up(request)
        if fault is Fault.TRUNCATED:
            return web.Response(text=json.dumps(answer)[:-4], content_type="application/json")
        return _json(answer)

    def _answer(self, request: web.Request, body: bytes) -> dict[str, Any]:
        if request.path == TOKEN:
            return self._issue_token(dict(request.query))
        if request.path == STABLE_TOKEN:
            return self._issue_stable_token(_object(body))
        self._check_token(request.query.get("access_token"))
        return self._send(body)

    @staticmethod
    def _hang_up(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    # -- tokens ----------------------------------------------------------------------------------

    def _issue_token(self, query: dict[str, str]) -> dict[str, Any]:
        self._check_credentials(query, grant="client_credential")
        now = self._clock.now()
        if _recent(self._asked_at, now) >= DAILY_TOKENS:
            raise Refused(45009, "reach max api daily quota limit")
        self._asked_at.append(now)
        for old in self._tokens[TOKEN]:
            old.until = min(old.until, now + OVERLAP)
        return self._new_token(TOKEN)

    def _issue_stable_token(self, wanted: dict[str, Any]) -> dict[str, Any]:
        if set(wanted) - {"grant_type", "appid", "secret", "force_refresh"}:
            raise Refused(47001, "data format error")
        self._check_credentials(wanted, grant="client_credential")
        now = self._clock.now()
        force = wanted.get("force_refresh", False)
        if not isinstance(force, bool):
            raise Refused(47001, "data format error: force_refresh")
        if force:
            self.forced += 1
            too_soon = self._forced_at and now - self._forced_at[-1] < FORCED_APART
            if too_soon or _recent(self._forced_at, now) >= DAILY_FORCED:
                raise Refused(45009, "reach max api daily quota limit")
            self._forced_at.append(now)
            self._tokens[STABLE_TOKEN] = []
        valid = [token for token in self._tokens[STABLE_TOKEN] if token.until > now]
        if valid and valid[-1].until - now > OVERLAP:
            return _token_answer(valid[-1], now)
        return self._new_token(STABLE_TOKEN)

    def _new_token(self, kind: str) -> dict[str, Any]:
        now = self._clock.now()
        self._issued += 1
        token = Token(f"token-{self._issued}-" + "x" * 120, now + LIFETIME)
        self._tokens[kind] = [*(old for old in self._tokens[kind] if old.until > now), token]
        return _token_answer(token, now)

    def _check_credentials(self, given: dict[str, Any], *, grant: str) -> None:
        if self.refused_address:
            raise Refused(40164, f"invalid ip {self.refused_address} ipv6 ::ffff, not in whitelist rid: 1-2")
        if given.get("grant_type") != grant:
            raise Refused(40002, "invalid grant_type")
        if given.get("appid") != self._app_id:
            raise Refused(40013, "invalid appid")
        if given.get("secret") != self._app_secret:
            raise Refused(40125, "invalid appsecret")

    def _check_token(self, value: str | None) -> None:
        if not value:
            raise Refused(41001, "access_token missing")
        if self.token_always_refused:
            raise Refused(40001, "invalid credential, access_token is invalid or not latest rid: 3-4")
        for token in [*self._tokens[TOKEN], *self._tokens[STABLE_TOKEN]]:
            if token.value == value:
                if token.until <= self._clock.now():
                    raise Refused(42001, "access_token expired")
                return
        raise Refused(40001, "invalid credential, access_token is invalid or not latest")

    # -- customer-service messages ---------------------------------------------------------------

    def _send(self, body: bytes) -> dict[str, Any]:
        if b"\\u" in body:
            raise Refused(40033, r"invalid charset: please do not send \uxxxx")
        message = _object(body)
        if message.get("msgtype") != "text":
            raise Refused(40008, "invalid message type")
        text = message.get("text")
        if set(message) != {"touser", "msgtype", "text"} or not isinstance(text, dict):
            raise Refused(47001, f"data format error: {sorted(message)}")
        if set(text) != {"content"}:
            raise Refused(47001, f"data format error: {sorted(text)}")
        openid, content = message["touser"], text["content"]
        if not isinstance(content, str) or not content:
            raise Refused(44004, "empty content")
        if len(content.encode()) > CONTENT_LIMIT:
            raise Refused(45002, "content size out of limit")
        if openid not in self.people:
            raise Refused(40003, "invalid openid")
        if not self.people[openid]:
            raise Refused(43004, "require subscribe")
        self._use_grant(openid)
        self.delivered.append(Message(openid, content))
        return {"errcode": 0, "errmsg": "ok"}

    def _grant(self, openid: str, event: str) -> None:
        duration, count = WINDOWS[event]
        self._grants[openid][event] = Grant(self._clock.now() + duration, count)

    def _use_grant(self, openid: str) -> None:
        now = self._clock.now()
        still_open = [grant for grant in self._grants[openid].values() if grant.until > now]
        if not still_open:
            raise Refused(45015, "response out of time limit or subscription is canceled")
        usable = [grant for grant in still_open if grant.left]
        if not usable:
            raise Refused(45047, "out of response count limit")
        usable[0].left -= 1


def _recent(moments: deque[datetime], now: datetime) -> int:
    while moments and now - moments[0] >= timedelta(days=1):
        moments.popleft()
    return len(moments)


def _token_answer(token: Token, now: datetime) -> dict[str, Any]:
    return {"access_token": token.value, "expires_in": int((token.until - now).total_seconds())}


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body.decode())
    except ValueError:
        raise Refused(47001, "data format error") from None
    if not isinstance(value, dict):
        raise Refused(47001, "data format error")
    return value


def _json(answer: dict[str, Any]) -> web.Response:
    return web.Response(text=json.dumps(answer, ensure_ascii=False), content_type="application/json")
