"""The half of a platform that calls a bot's address: patience, attempts, copies, and what came of each delivery.

Follows 接收普通消息 and W90237: five seconds, three attempts, a new timestamp and nonce for each; a test of the
address has one second. What the person would be shown as a failure of the service is an outcome's `fault`.
"""

import asyncio
import io
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.platform.clock import Clock
from tests.platform.replies import ServiceFault

ATTEMPTS = 3
PATIENCE = 5.0
VERIFY_PATIENCE = 1.0
NUMBERS = frozenset({"CreateTime", "MsgId", "MsgID", "AgentID"})
"""Elements that are written without CDATA."""


@dataclass(frozen=True)
class Request:
    """A signed delivery, ready to be posted, as often as one likes. `message` is what is inside."""

    query: Mapping[str, str]
    body: bytes
    message: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True)
class Attempt:
    """What came back; status 0 = nothing within the platform's patience."""

    status: int
    body: str
    seconds: float
    headers: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Outcome:
    """How a delivery ended: what the person sees (None = nothing), or the service fault they are shown.
    `reply`: the fields of a reply of any kind, by their names in the XML."""

    attempts: Sequence[Attempt]
    text: str | None = None
    fault: str | None = None
    reply: Mapping[str, Any] | None = field(default=None, compare=False)


class Sender(ABC):
    """Delivers in one platform's way. `patience` and `verify_patience` are real seconds."""

    def __init__(
        self, clock: Clock, *, patience: float = PATIENCE, verify_patience: float = VERIFY_PATIENCE
    ) -> None:
        self.clock = clock
        self.patience = patience
        self.verify_patience = verify_patience

    @abstractmethod
    def request(
        self,
        message: str,
        *,
        timestamp: int | None = None,
        nonce: str | None = None,
        receive_id: str | None = None,
    ) -> Request:
        """`message` as the platform would post it now; the arguments make it a forged or stale one."""

    @abstractmethod
    def read_reply(self, request: Request, body: str) -> tuple[str | None, Mapping[str, Any] | None]:
        """The text and the fields of an answer with HTTP 200; `ServiceFault` for what no person would see."""

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
        return await self.call("POST", url, request.query, request.body)

    async def call(
        self,
        method: str,
        url: str,
        query: Mapping[str, str],
        body: bytes = b"",
        *,
        patience: float | None = None,
    ) -> Attempt:
        started = time.monotonic()
        timeout = aiohttp.ClientTimeout(total=self.patience if patience is None else patience)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.request(method, url, params=query, data=io.BytesIO(body)) as response,
            ):
                answer, status, headers = await response.text(), response.status, dict(response.headers)
        except (aiohttp.ClientError, TimeoutError):
            return Attempt(0, "", time.monotonic() - started)
        return Attempt(status, answer, time.monotonic() - started, headers)

    def read(self, request: Request, attempts: Sequence[Attempt]) -> Outcome:
        """The outcome of an answered delivery."""
        try:
            text, reply = self.read_reply(request, attempts[-1].body)
        except ServiceFault as fault:
            return Outcome(attempts, fault=str(fault))
        return Outcome(attempts, text=text, reply=reply)

    def moment(self, timestamp: int | None = None, nonce: str | None = None) -> dict[str, str]:
        """`timestamp` and `nonce` of a request made now."""
        return {
            "timestamp": str(int(self.clock.now().timestamp()) if timestamp is None else timestamp),
            "nonce": nonce or str(secrets.randbelow(2**31)),
        }


def element(name: str, value: str) -> str:
    """In CDATA but for the numbers; a "]]>" is parted between two sections."""
    if name in NUMBERS:
        return f"<{name}>{value}</{name}>"
    return f"<{name}><![CDATA[{value.replace(']]>', ']]]]><![CDATA[>')}]]></{name}>"


def document(fields: Mapping[str, str]) -> str:
    return "<xml>" + "".join(element(*item) for item in fields.items()) + "</xml>"
