"""Calls from us to a platform's HTTP API: JSON in raw UTF-8, uploads, downloads, and what an answer means.

A call ends in one of four ways: taken (the answer is returned), known not to have been delivered
(`Unreachable`, `Throttled`, `Misconfigured`), never deliverable (`Undeliverable` and below it), or written
without a readable answer (`OutcomeUnknown`). An error code means what the platform's table says; one that
is in no table was still an answer, so nothing was delivered.

No exception carries an address, a token or a secret: queries hold them, so those of aiohttp end here.
"""

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import Any, Final

import aiohttp

from bot.channels import phrases as say
from bot.chat.errors import (
    ChannelError,
    OutcomeUnknown,
    Throttled,
    TooLarge,
    Undeliverable,
    Unreachable,
)
from bot.clock import Clock

CONNECT_SECONDS: Final = 3.0
TOTAL_SECONDS: Final = 8.0
UPLOAD_SECONDS: Final = 40.0
"""An attempt of the outbox has a minute, in which an upload and its message have to be done."""
ANSWER_LIMIT: Final = 1024 * 1024
"""Bytes of a JSON answer; what is behind them is not read, and the answer counts as unreadable."""

_BEIJING = timezone(timedelta(hours=8))
_ADDRESS: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-fA-F]*(?::[0-9a-fA-F]*){2,7}")

Answer = dict[str, Any]


class Quota(Enum):
    """When a platform's quota begins anew, as its pages count: by the clock of Beijing."""

    MINUTE = timedelta(minutes=1)
    HOUR = timedelta(hours=1)
    DAY = timedelta(days=1)

    def left(self, now: datetime) -> float:
        """Seconds until the next minute, hour or day, and a second more for clocks that differ."""
        midnight = now.astimezone(_BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
        return (self.value - (now - midnight) % self.value).total_seconds() + 1


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an error code stands for. `cause` is shown to people; "{address}" in it becomes the IP the answer names."""

    kind: type[ChannelError]
    cause: str
    quota: Quota | None = None
    """For `Throttled`: what has to begin anew before a call can be taken again."""


class TokenRefused(Unreachable):
    """The access token is not (or no longer) valid: nothing was done. For `bot.channels.wire.token` alone."""


COMMON: Final[Mapping[int, Meaning]] = {
    -1: Meaning(Throttled, say.PLATFORM_BUSY),
    40001: Meaning(TokenRefused, say.TOKEN_REFUSED),
    40014: Meaning(TokenRefused, say.TOKEN_REFUSED),
    42001: Meaning(TokenRefused, say.TOKEN_REFUSED),
    40008: Meaning(Undeliverable, say.BAD_REQUEST),
    40033: Meaning(Undeliverable, say.BAD_REQUEST),
    40035: Meaning(Undeliverable, say.BAD_REQUEST),
    44004: Meaning(Undeliverable, say.EMPTY_MESSAGE),
    45002: Meaning(Undeliverable, say.MESSAGE_TOO_LONG),
    47001: Meaning(Undeliverable, say.BAD_REQUEST),
    45009: Meaning(Throttled, say.DAY_QUOTA, Quota.DAY),
    45011: Meaning(Throttled, say.MINUTE_QUOTA, Quota.MINUTE),
}
"""Codes with one meaning on the Official Account and WeCom. A platform's own table is laid over it: `{**COMMON, …}`."""


@dataclass(frozen=True, slots=True)
class Media:
    """A file from a platform, or on its way to one. `name` and `content_type` are claims of who sent it."""

    body: bytes = field(repr=False)
    name: str
    content_type: str = "application/octet-stream"


class Api:
    """One platform's API at `base`. Opens its session at the first call; `close` ends it.

    `meanings`: errcode → what it stands for. `patience`: seconds a call may take (an upload or a
    download: `UPLOAD_SECONDS`). Every method raises the errors named above; `query` is where secrets go.
    """

    def __init__(
        self, base: str, meanings: Mapping[int, Meaning], clock: Clock, *, patience: float = TOTAL_SECONDS
    ) -> None:
        self._base = base.rstrip("/")
        self._meanings = meanings
        self._clock = clock
        self._patience = patience
        self._session: aiohttp.ClientSession | None = None

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Answer:
        """GET; returns the JSON object of an answer without error."""
        return self._understood(await self._call("GET", path, query))

    async def post(
        self,
        path: str,
        payload: Mapping[str, Any],
        query: Mapping[str, str] | None = None,
        *,
        coded: bool = False,
    ) -> Answer:
        """POST `payload` as JSON; returns the JSON object of an answer without error.

        `coded`: success is an errcode of 0. Say so of whatever sends a message: without that code it may
        have been delivered or not. Some other calls answer without one.
        """
        # Some endpoints show \\u escapes to the reader, hence raw UTF-8.
        body = io.BytesIO(json.dumps(payload, ensure_ascii=False).encode())
        headers = {"Content-Type": "application/json; charset=utf-8"}
        answer = self._understood(await self._call("POST", path, query, body, headers))
        if coded and "errcode" not in answer:
            raise OutcomeUnknown(say.UNREADABLE_ANSWER)
        return answer

    async def upload(
        self, path: str, media: Media, query: Mapping[str, str] | None = None, *, name: str = "media"
    ) -> Answer:
        """POST `media` as the one file, `name`, of a multipart body; returns as `post` does."""
        form = aiohttp.FormData(quote_fields=False)
        form.add_field(name, io.BytesIO(media.body), filename=media.name, content_type=media.content_type)
        return self._understood(await self._call("POST", path, query, form, seconds=UPLOAD_SECONDS))

    async def download(self, path: str, query: Mapping[str, str] | None = None, *, limit: int) -> Media:
        """GET a file of at most `limit` bytes; raises `TooLarge` for a larger one."""
        answer = await self._call("GET", path, query, seconds=UPLOAD_SECONDS, limit=limit)
        if answer.content_type in ("application/json", "text/plain"):
            self._understood(answer)
            raise OutcomeUnknown(say.UNREADABLE_ANSWER)
        if answer.status != 200:
            raise Unreachable(say.HTTP_REFUSAL.format(status=answer.status))
        if len(answer.body) > limit:
            raise TooLarge("the file is over the cap")
        return Media(answer.body, answer.name, answer.content_type)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: io.BytesIO | aiohttp.FormData | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        seconds: float = 0.0,
        limit: int = ANSWER_LIMIT,
    ) -> "_Response":
        """The answer, its body cut behind `limit` bytes by a little. `seconds`: more patience than usual."""
        patience = max(self._patience, seconds)
        timeout = aiohttp.ClientTimeout(total=patience, connect=min(CONNECT_SECONDS, patience / 2))
        failed: ChannelError
        try:
            async with self._open_session().request(
                method,
                self._base + path,
                params=query,
                data=body,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                answer = bytearray()
                async for chunk in response.content.iter_any():
                    answer += chunk
                    if len(answer) > limit:
                        response.close()
                        break
                name = response.content_disposition.filename if response.content_disposition else None
                return _Response(response.status, bytes(answer), response.content_type, name or "")
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
            failed = Unreachable(say.NO_CONNECTION.format(error=type(error).__name__))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            failed = OutcomeUnknown(say.NO_ANSWER.format(error=type(error).__name__))
        raise failed  # outside, so that no context leads back to the address

    def _understood(self, answer: "_Response") -> Answer:
        value = _json_object(answer)
        code = value.get("errcode", 0)
        if not isinstance(code, int) or isinstance(code, bool):
            raise OutcomeUnknown(say.UNREADABLE_ANSWER)
        if code:
            raise self.error(code, str(value.get("errmsg", "")))
        return value

    def error(self, code: int, errmsg: str = "") -> ChannelError:
        """What `code` stands for. Nothing of `errmsg` is shown but an IP, where the cause asks for it."""
        meaning = self._meanings.get(code, Meaning(Unreachable, say.UNKNOWN_CODE))
        cause = meaning.cause
        if "{address}" in cause:
            address = _ADDRESS.search(errmsg)
            cause = cause.format(address=address.group() if address else say.ADDRESS_UNNAMED)
        sentence = f"{cause}（{code}）"
        if meaning.quota is not None and issubclass(meaning.kind, Throttled):
            return meaning.kind(sentence, after=meaning.quota.left(self._clock.now()))
        return meaning.kind(sentence)

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            # A kept connection that died while idle cannot be told from a lost answer.
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))
        return self._session


@dataclass(frozen=True, slots=True)
class _Response:
    status: int
    body: bytes
    content_type: str
    name: str


def _json_object(answer: _Response) -> Answer:
    if 300 <= answer.status < 500:
        raise Unreachable(say.HTTP_REFUSAL.format(status=answer.status))
    if answer.status != 200:
        raise OutcomeUnknown(say.HTTP_FAILURE.format(status=answer.status))
    try:
        value = json.loads(answer.body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise OutcomeUnknown(say.UNREADABLE_ANSWER)
    return value
