"""What every callback of a platform needs before its message is believed: size, single parameters, time.

The refusals follow the HTTP section of the contract: forged 403, too large 413, malformed 400, and
never a word about why.
"""

import asyncio
import hashlib
import logging
import re
from collections import OrderedDict
from datetime import datetime, timedelta

from aiohttp import web

from bot.chat.errors import ChannelError, Forged, Malformed, TooLarge

log = logging.getLogger(__name__)

BODY_LIMIT = 64 * 1024
"""Bytes. The longest text a person can send is far below; the platform's own limit is not published."""

BODY_SECONDS = 5.0
"""The platform gives up after as long, so nobody honest is still writing."""

WINDOW = timedelta(seconds=300)
"""How far a delivery's timestamp may be off; our policy, the platform has none."""

_NONCES_KEPT = 100_000
_NONCE_LENGTH = 128
_TIMESTAMP = re.compile(r"[0-9]{10}")
_REFUSALS: dict[type[ChannelError], tuple[int, str]] = {
    Forged: (403, "Forbidden."),
    Malformed: (400, "Malformed message."),
    TooLarge: (413, "Message too large."),
}


def parameter(request: web.Request, name: str) -> str:
    """The one value of a query parameter. Raises `Forged` when it is missing, empty or given twice."""
    values = request.query.getall(name, [])
    if len(values) != 1 or not values[0]:
        raise Forged(f"the parameter {name} is missing or repeated")
    return values[0]


async def read_body(request: web.Request, *, seconds: float = BODY_SECONDS) -> bytes:
    """The body, at most `BODY_LIMIT` bytes, after decompression too. Raises `TooLarge` or `Malformed`."""
    if (request.content_length or 0) > BODY_LIMIT:
        raise TooLarge("the announced body is over the cap")
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > BODY_LIMIT:
                    raise TooLarge("the body is over the cap")
    except (web.RequestPayloadError, TimeoutError):
        raise Malformed("the body broke off, came too slowly or is not what its headers say") from None
    return bytes(body)


def refusal(error: ChannelError) -> web.Response:
    """The answer to a request that is not believed; the reason goes to the log alone."""
    status, sentence = _REFUSALS[type(error)]
    log.warning("callback_refused", extra={"status": status, "reason": error.sentence})
    response = web.Response(status=status, text=sentence)
    if status == 413:
        response.force_close()
    return response


class Freshness:
    """Refuses stale deliveries and a nonce that comes back with another body. Lives in memory."""

    def __init__(self, window: timedelta = WINDOW, kept: int = _NONCES_KEPT) -> None:
        self._window = window
        self._kept = kept
        self._seen: OrderedDict[str, tuple[datetime, bytes]] = OrderedDict()

    def admit(self, timestamp: str, nonce: str, body: bytes, now: datetime) -> None:
        """Remember this delivery, or raise `Forged`. Call only with a verified signature.

        `timestamp`: the signed parameter, ten digits of seconds. Exactly ten: timestamp and nonce are
        signed joined, and a free border between them would let one signature serve two pairs.
        """
        if not _TIMESTAMP.fullmatch(timestamp) or len(nonce) > _NONCE_LENGTH:
            raise Forged("the timestamp or the nonce has not its form")
        if abs(int(timestamp) - now.timestamp()) > self._window.total_seconds():
            raise Forged("the timestamp is outside the window")
        self._forget_before(now - 2 * self._window)
        digest = hashlib.sha256(body).digest()
        if nonce not in self._seen:
            if len(self._seen) >= self._kept:
                self._seen.popitem(last=False)
            self._seen[nonce] = (now, digest)
        elif self._seen[nonce][1] != digest:
            raise Forged("the nonce was seen with another body")

    def _forget_before(self, moment: datetime) -> None:
        """A timestamp may run ahead by one window, so a nonce stays dangerous for two."""
        while self._seen:
            nonce, (when, _) = next(iter(self._seen.items()))
            if when >= moment:
                return
            del self._seen[nonce]
