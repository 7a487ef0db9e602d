"""The Official Account server as a bot sees it: it delivers messages, and it serves the API.

Deliveries follow 接收普通消息, 接收事件推送, 被动回复用户消息 and 消息加解密说明: signed, sealed by mode,
five seconds of patience, three attempts with a new timestamp and nonce each, and a reply read strictly:
what the real platform would show as 「该公众号提供的服务出现故障」 is a `fault` here.
"""

import asyncio
import io
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

import aiohttp

from tests.platform.clock import StandingClock
from tests.platform.official_api import OfficialApiServer
from tests.platform.seal import Sealer, signature

ATTEMPTS = 3
REPLY_FIELDS = {"ToUserName", "FromUserName", "CreateTime", "MsgType", "Content"}
NUMBERS = {"CreateTime", "MsgId"}
TEXT_LIMIT = 2048


@dataclass(frozen=True)
class Account:
    """What the account's page shows. `mode`: plain, compatible or safe."""

    app_id: str = "wx0123456789abcdef"
    app_secret: str = "secret-of-the-account"
    token: str = "TokenOfTheAccount"
    aes_key: str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
    mode: str = "safe"
    original_id: str = "gh_0123456789ab"


@dataclass(frozen=True)
class Request:
    """A signed delivery, ready to be posted, as often as one likes."""

    query: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Attempt:
    """What came back; status 0 = nothing within the platform's patience."""

    status: int
    body: str
    seconds: float
    headers: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Outcome:
    """How a delivery ended: what the person sees (None = nothing), or the service fault they are shown."""

    attempts: Sequence[Attempt]
    text: str | None = None
    fault: str | None = None


class ServiceFault(Exception):
    """A reply that the platform would not accept."""


class OfficialAccountPlatform:
    """One account with its followers. `api` is the server of its HTTP API, on the same clock."""

    def __init__(
        self, account: Account | None = None, clock: StandingClock | None = None, *, patience: float = 5.0
    ) -> None:
        self.account = account or Account()
        self.clock = clock or StandingClock()
        self.patience = patience
        self.api = OfficialApiServer(self.account.app_id, self.account.app_secret, self.clock)
        self.sealer = Sealer(self.account.aes_key, self.account.app_id)
        self._last_message_id = 24_500_000_000_000_000

    # -- what happens at the platform ------------------------------------------------------------

    def message(self, openid: str, kind: str = "text", /, **fields: str) -> str:
        """The XML of a message of `kind`; the person's 48 hours begin."""
        self.api.note_message(openid)
        self._last_message_id += 1
        return self.xml(openid, MsgType=kind, **fields, MsgId=str(self._last_message_id))

    def event(self, openid: str, event: str, /, **fields: str) -> str:
        """The XML of an event: subscribe, unsubscribe, CLICK, SCAN …"""
        self.api.note_event(openid, event)
        return self.xml(openid, MsgType="event", Event=event, **fields)

    def xml(self, openid: str, /, **fields: str) -> str:
        """A document with the common fields, then `fields`, in CDATA but for the numbers."""
        common = {
            "ToUserName": self.account.original_id,
            "FromUserName": openid,
            "CreateTime": str(int(self.clock.now().timestamp())),
        }
        return "<xml>" + "".join(_element(*item) for item in {**common, **fields}.items()) + "</xml>"

    # -- delivery --------------------------------------------------------------------------------

    def request(
        self,
        message: str,
        *,
        mode: str | None = None,
        timestamp: int | None = None,
        nonce: str | None = None,
        receive_id: str | None = None,
    ) -> Request:
        """`message` as the platform would post it now; the arguments make it a forged or stale one."""
        mode = mode or self.account.mode
        query = self._signed_query(timestamp, nonce)
        if mode == "plain":
            return Request(query, message.encode())
        encrypted = self.sealer.seal(message, secrets.token_bytes(16), receive_id=receive_id)
        if mode == "compatible":
            body = message.removesuffix("</xml>") + _element("Encrypt", encrypted) + "</xml>"
        else:
            owner = _element("ToUserName", self.account.original_id)
            body = f"<xml>{owner}{_element('Encrypt', encrypted)}</xml>"
        return Request({**query, **self.seal_query(query, encrypted)}, body.encode())

    def seal_query(self, query: Mapping[str, str], encrypted: str) -> dict[str, str]:
        signed = signature(self.account.token, query["timestamp"], query["nonce"], encrypted)
        return {"encrypt_type": "aes", "msg_signature": signed}

    async def deliver(self, url: str, message: str) -> Outcome:
        """Post `message` until it is answered, at most three times, and read the reply."""
        attempts: list[Attempt] = []
        for _ in range(ATTEMPTS):
            request = self.request(message)
            attempts.append(await self.post(url, request))
            if attempts[-1].status == 200:
                return self.read(request, attempts)
        return Outcome(attempts, fault="no answer with HTTP 200")

    async def deliver_at_once(self, url: str, message: str, copies: int) -> list[Outcome]:
        """The same message in several requests at the same moment, each signed anew."""
        requests = [self.request(message) for _ in range(copies)]
        attempts = await asyncio.gather(*(self.post(url, request) for request in requests))
        return [
            self.read(request, [attempt])
            if attempt.status == 200
            else Outcome([attempt], fault="no answer with HTTP 200")
            for request, attempt in zip(requests, attempts, strict=True)
        ]

    async def post(self, url: str, request: Request) -> Attempt:
        """One delivery, within the platform's patience."""
        return await self._call("POST", url, request.query, request.body)

    async def verify_url(self, url: str, *, echo: str = "5833297246853812") -> bool:
        """The test made when the address is entered: a signed echostr has to come back, alone."""
        answer = await self._call("GET", url, {**self._signed_query(), "echostr": echo})
        return answer.status == 200 and answer.body == echo

    async def _call(self, method: str, url: str, query: Mapping[str, str], body: bytes = b"") -> Attempt:
        started = time.monotonic()
        patience = aiohttp.ClientTimeout(total=self.patience)
        try:
            async with (
                aiohttp.ClientSession(timeout=patience) as session,
                session.request(method, url, params=query, data=io.BytesIO(body)) as response,
            ):
                answer, status, headers = await response.text(), response.status, dict(response.headers)
        except (aiohttp.ClientError, TimeoutError):
            return Attempt(0, "", time.monotonic() - started)
        return Attempt(status, answer, time.monotonic() - started, headers)

    def _signed_query(self, timestamp: int | None = None, nonce: str | None = None) -> dict[str, str]:
        query = {
            "timestamp": str(int(self.clock.now().timestamp()) if timestamp is None else timestamp),
            "nonce": nonce or str(secrets.randbelow(2**31)),
        }
        return {"signature": signature(self.account.token, *query.values()), **query}

    # -- reading replies -------------------------------------------------------------------------

    def read(self, request: Request, attempts: Sequence[Attempt]) -> Outcome:
        """The outcome of an answered delivery."""
        try:
            return Outcome(attempts, text=self._reply_text(request, attempts[-1].body))
        except ServiceFault as fault:
            return Outcome(attempts, fault=str(fault))

    def _reply_text(self, request: Request, body: str) -> str | None:
        if body in ("", "success"):
            return None
        reply = _children(body)
        if "Encrypt" in reply:
            reply = _children(self._opened(reply))
        elif "msg_signature" in request.query:
            raise ServiceFault("a plain reply to a sealed message")
        if set(reply) != REPLY_FIELDS or reply["MsgType"] != "text":
            raise ServiceFault(f"not a text reply: {sorted(reply)}")
        if reply["FromUserName"] != self.account.original_id:
            raise ServiceFault("the reply does not come from the account")
        if reply["ToUserName"] not in self.api.people:
            raise ServiceFault("the reply goes to a stranger")
        if not reply["CreateTime"].isdecimal():
            raise ServiceFault("CreateTime is no number")
        content = reply["Content"]
        if not content.strip() or len(content.encode()) > TEXT_LIMIT:
            raise ServiceFault(f"the text has {len(content.encode())} bytes")
        return content

    def _opened(self, envelope: Mapping[str, str]) -> str:
        if set(envelope) != {"Encrypt", "MsgSignature", "TimeStamp", "Nonce"}:
            raise ServiceFault(f"not a sealed reply: {sorted(envelope)}")
        parts = (envelope["TimeStamp"], envelope["Nonce"], envelope["Encrypt"])
        if envelope["MsgSignature"] != signature(self.account.token, *parts):
            raise ServiceFault("the reply's signature is wrong")
        try:
            return self.sealer.open(envelope["Encrypt"])
        except ValueError as error:
            raise ServiceFault(f"the reply cannot be opened: {error}") from error


def _element(name: str, value: str) -> str:
    if name in NUMBERS:
        return f"<{name}>{value}</{name}>"
    return f"<{name}><![CDATA[{value.replace(']]>', ']]]]><![CDATA[>')}]]></{name}>"


def _children(document: str) -> dict[str, str]:
    """The children of <xml>, each of them once and without children."""
    try:
        root = ElementTree.fromstring(document)
    except ElementTree.ParseError as error:
        raise ServiceFault(f"not XML: {error}") from error
    found: dict[str, Any] = {child.tag: child.text or "" for child in root}
    if root.tag != "xml" or len(found) != len(root) or any(len(child) for child in root):
        raise ServiceFault("not a flat <xml> document")
    return found
