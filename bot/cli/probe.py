"""One plain GET from here, for `doctor`: what came back, or in words why nothing did."""

import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from time import monotonic
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, build_opener

from bot.phrases import doctor as say

PATIENCE = 5.0
"""Seconds a check waits for an answer from the network."""

ANSWER_LIMIT: Final = 4096
EXPIRED: Final = 10
OTHER_NAME: Final = frozenset({62, 64})
"""X509_V_ERR_CERT_HAS_EXPIRED, _HOSTNAME_MISMATCH and _IP_ADDRESS_MISMATCH of OpenSSL."""


class NoAnswer(Exception):
    """The message is why, in words."""


@dataclass(frozen=True, slots=True)
class Got:
    """An answer, whatever its status. `date`: what the server's clock says; `seconds`: how long it took."""

    status: int
    body: str
    seconds: float
    date: datetime | None


class _StayHere(HTTPRedirectHandler):
    """A platform does not follow a redirect, so neither do we."""

    def redirect_request(self, *_: object) -> None:
        return None


def get(url: str, query: Mapping[str, str] | None = None, *, through_proxy: bool = True) -> Got:
    """GET `url`, following nothing. Raises `NoAnswer`; no sentence of it holds the query."""
    handlers = [_StayHere()] if through_proxy else [_StayHere(), ProxyHandler({})]
    address = f"{url}?{urlencode(query)}" if query else url
    begun = monotonic()
    try:
        with build_opener(*handlers).open(address, timeout=PATIENCE) as answer:
            body = answer.read(ANSWER_LIMIT)
            return _got(answer.status, body, monotonic() - begun, answer.headers)
    except HTTPError as error:
        with error:
            return _got(error.code, error.read(ANSWER_LIMIT), monotonic() - begun, error.headers)
    except (OSError, HTTPException, ValueError) as error:
        raise NoAnswer(_reason(error)) from None


def front_of(url: str) -> str:
    """The front page of the server behind `url`, a WebSocket's too.

    >>> front_of("wss://openws.work.weixin.qq.com/x?y")
    'https://openws.work.weixin.qq.com/'
    """
    parts = urlsplit(url)
    return urlunsplit((parts.scheme.replace("ws", "http"), parts.netloc, "/", "", ""))


def is_ours(url: str, *, through_proxy: bool = True) -> bool:
    """Whether `/healthz` there answers as ours does. Raises `NoAnswer`."""
    got = get(f"{url}/healthz", through_proxy=through_proxy)
    try:
        return bool(got.status == 200 and json.loads(got.body) == {"status": "ok"})
    except ValueError:
        return False


def _got(status: int, body: bytes, seconds: float, headers: Message) -> Got:
    try:
        date = parsedate_to_datetime(headers.get("Date", ""))
    except ValueError:
        date = None
    if date is not None and date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return Got(status, body.decode(errors="replace"), seconds, date)


def _reason(error: Exception) -> str:
    cause = error.reason if isinstance(error, URLError) else error
    match cause:
        case ssl.SSLCertVerificationError(verify_code=code) if code == EXPIRED:
            return say.CERTIFICATE_EXPIRED
        case ssl.SSLCertVerificationError(verify_code=code) if code in OTHER_NAME:
            return say.CERTIFICATE_OF_ANOTHER
        case ssl.SSLCertVerificationError():
            return say.CERTIFICATE_UNTRUSTED
        case ssl.SSLError():
            return say.NO_TLS
        case socket.gaierror():
            return say.NO_SUCH_HOST
        case ConnectionRefusedError():
            return say.REFUSED_CONNECTION
        case TimeoutError():
            return say.TIMED_OUT
        case HTTPException():
            return say.NOT_HTTP
        case _:
            return say.NO_CONNECTION.format(error=type(cause).__name__)
