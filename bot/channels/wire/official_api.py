"""Calls from us to the Official Account's API: the access token, and customer-service messages.

Follows 获取稳定版接口调用凭据 (stable_token), 客服消息 (message/custom/send) and the table of return codes.
A call ends in one of four ways: taken, known not delivered, never deliverable, or unknown.
"""

import asyncio
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import aiohttp

from bot.chat.errors import (
    ChannelError,
    OutcomeUnknown,
    Throttled,
    Undeliverable,
    Unreachable,
    WindowClosed,
)
from bot.clock import Clock

DEFAULT_BASE: Final = "https://api.weixin.qq.com"

TOKEN_MARGIN = timedelta(minutes=4)
"""A token is renewed this long before its end: in its last five minutes the platform gives the next one."""

CONNECT_SECONDS = 3.0
TOTAL_SECONDS = 8.0
_ANSWER_LIMIT = 64 * 1024

_REFUSED_TOKEN: Final = frozenset({40001, 40014, 42001})
_ERRORS: Final[Mapping[int, tuple[type[ChannelError], str]]] = {
    -1: (Throttled, "the platform is busy"),
    40002: (Unreachable, "the grant type is not accepted"),
    40003: (Undeliverable, "the openid is unknown to this account"),
    40008: (Undeliverable, "the platform does not know our message type"),
    40013: (Unreachable, "WECHAT_APP_ID is wrong"),
    40033: (Undeliverable, "our request holds escaped characters"),
    40125: (Unreachable, "WECHAT_APP_SECRET is wrong"),
    40164: (Unreachable, "this server's address is not on the account's IP white list"),
    41001: (Unreachable, "the access token is missing"),
    41004: (Unreachable, "WECHAT_APP_SECRET is missing"),
    43004: (Undeliverable, "the person does not follow the account"),
    43101: (Undeliverable, "the person refuses such messages"),
    44004: (Undeliverable, "the text is empty"),
    45002: (Undeliverable, "the text is too long; our splitter should have prevented this"),
    45009: (Throttled, "the day's quota of calls is used up"),
    45011: (Throttled, "too many calls this minute"),
    45015: (WindowClosed, "the person has not written for 48 hours"),
    45028: (Throttled, "the quota of mass messages is used up"),
    45047: (WindowClosed, "the number of messages after the person's last one is used up"),
    47001: (Undeliverable, "the platform cannot read our request"),
    48001: (Unreachable, "the account has no permission for this call"),
    48004: (Unreachable, "the account is banned from this call"),
    48006: (Throttled, "the quota of quota resets is used up"),
    50002: (Unreachable, "the account is restricted"),
}
_ADDRESS: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-fA-F]*(?::[0-9a-fA-F]*){2,7}")


class OfficialApi:
    """One account's API. Opens its session at the first call; `close` ends it. `patience`: seconds a call."""

    def __init__(
        self, base: str, app_id: str, app_secret: str, clock: Clock, *, patience: float = TOTAL_SECONDS
    ) -> None:
        self._base = base.rstrip("/")
        self._credentials = {"grant_type": "client_credential", "appid": app_id, "secret": app_secret}
        self._clock = clock
        self._timeout = aiohttp.ClientTimeout(total=patience, connect=min(CONNECT_SECONDS, patience / 2))
        self._session: aiohttp.ClientSession | None = None
        self._fetching: asyncio.Task[None] | None = None
        self._token = ""
        self._renew_at: datetime | None = None
        self._stuck = False

    async def send_text(self, openid: str, content: str) -> None:
        """Deliver one customer-service text of at most `OFFICIAL_CUSTOMER_TEXT` bytes.

        Raises `Throttled`, `Unreachable`, `Undeliverable`, `WindowClosed` or `OutcomeUnknown`.
        """
        message = {"touser": openid, "msgtype": "text", "text": {"content": content}}
        token = await self._current_token()
        code, text = await self._send(token, message)
        if code in _REFUSED_TOKEN:
            code, text = await self._send(await self._renewed_token(token), message)
        if code in _REFUSED_TOKEN:
            raise Throttled(f"the platform refuses a fresh access token ({code})")
        if code:
            raise _error(code, text)

    async def check(self) -> None:
        """Get an access token. Raises `Throttled` or `Unreachable`, whose sentence names the fault."""
        await self._current_token()

    async def close(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
        if self._session is not None:
            await self._session.close()

    async def _send(self, token: str, message: Mapping[str, Any]) -> tuple[int, str]:
        answer = await self._post(f"/cgi-bin/message/custom/send?access_token={token}", message)
        return _code(answer), str(answer.get("errmsg", ""))

    async def _current_token(self) -> str:
        if self._renew_at is None or self._clock.now() >= self._renew_at:
            await self._fetch_token_once(force=False)
        return self._token

    async def _renewed_token(self, refused: str) -> str:
        """Another token than `refused`, fetched once however many senders were refused.

        Forcing would invalidate the token of every other replica, so it waits until an ordinary fetch
        has brought back the very token that was refused.
        """
        if self._token == refused:
            await self._fetch_token_once(force=self._stuck)
            self._stuck = self._token == refused
        return self._token

    async def _fetch_token_once(self, *, force: bool) -> None:
        """Fetch, or share the fetch under way: its token, or its failure."""
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._fetch_token(force=force))
        await asyncio.shield(self._fetching)

    async def _fetch_token(self, *, force: bool) -> None:
        asked_at = self._clock.now()
        try:
            answer = await self._post("/cgi-bin/stable_token", {**self._credentials, "force_refresh": force})
            code = _code(answer) if "errcode" in answer else 0
        except OutcomeUnknown as lost:
            raise Unreachable(f"no access token: {lost.sentence}") from None
        if code:
            raise _error(code, str(answer.get("errmsg", "")))
        token, lifetime = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(lifetime, int):
            raise Unreachable("no access token: the answer holds none")
        self._token = token
        self._renew_at = asked_at + timedelta(seconds=lifetime) - TOKEN_MARGIN

    async def _post(self, path: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """The platform's JSON answer. Raises `Unreachable` when nothing was written, else `OutcomeUnknown`.

        Exceptions of aiohttp may carry the URL and with it the token: only their type is passed on.
        """
        # Some endpoints show \\u escapes to the reader, hence raw UTF-8.
        body = json.dumps(payload, ensure_ascii=False).encode()
        try:
            async with self._open_session().post(
                self._base + path,
                data=body,
                headers={"Content-Type": "application/json; charset=utf-8"},
                allow_redirects=False,
            ) as response:
                status = response.status
                answer = bytearray()
                async for chunk in response.content.iter_any():
                    answer += chunk[: _ANSWER_LIMIT - len(answer)]
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
            raise Unreachable(f"no connection: {type(error).__name__}") from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise OutcomeUnknown(f"no answer: {type(error).__name__}") from None
        return _json_object(status, answer)

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=self._timeout,
                # A kept connection that died while idle cannot be told from a lost answer.
                connector=aiohttp.TCPConnector(force_close=True),
            )
        return self._session


def _json_object(status: int, body: bytes | bytearray) -> dict[str, Any]:
    if 300 <= status < 500:
        raise Unreachable(f"the platform refuses the call with HTTP {status}")
    if status != 200:
        raise OutcomeUnknown(f"HTTP {status} instead of an answer")
    try:
        answer = json.loads(body)
    except ValueError:
        raise OutcomeUnknown("the answer is not JSON") from None
    if not isinstance(answer, dict):
        raise OutcomeUnknown("the answer is not a JSON object")
    return answer


def _code(answer: Mapping[str, Any]) -> int:
    code = answer.get("errcode")
    if not isinstance(code, int) or isinstance(code, bool):
        raise OutcomeUnknown("the answer holds no errcode")
    return code


def _error(code: int, errmsg: str) -> ChannelError:
    """The error that `code` stands for. Only an address is taken from `errmsg`, where 40164 names it."""
    kind, sentence = _ERRORS.get(code, (Unreachable, "an error code that is not in our table"))
    address = _ADDRESS.search(errmsg) if code == 40164 else None
    return kind(f"{sentence} ({code}{f', {address.group()}' if address else ''})")
