"""Fetching what an address names that somebody gave us, from the public network and nowhere else.

An address is looked up once, every answer is checked, and the connection goes to exactly those addresses: a name
that answers differently the second time (DNS rebinding) gains nothing. Redirects are followed by hand, each checked
as the first. Size and time are capped, nothing is unpacked, no cookie is kept.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.phrases import fetching as say

LARGEST = 2 * 1024 * 1024
"""Bytes of a page."""

SECONDS = 10.0
"""For everything: looking up, connecting, redirects, reading."""

REDIRECTS = 3

HEADERS = {
    "Accept": "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1",
    "Accept-Encoding": "identity",
    "User-Agent": "lianxin",
}

_CARRYING = tuple(
    ipaddress.ip_network(net) for net in ("::ffff:0:0/96", "::/96", "64:ff9b::/32", "2002::/16", "2001::/32")
)
"""IPv6 that carries an IPv4 address inside, which may be anything."""

_METADATA = frozenset({"168.63.129.16"})
"""A cloud's metadata service that is not in a private network."""

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port → addresses."""


class Unfetchable(Exception):
    """The page cannot be had; the message is one sentence for the operator."""


class Oversized(Unfetchable):
    """It is over the cap."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """`body` is None when the page is as it was. `etag`, `modified`: what to ask with next time."""

    body: bytes | None
    etag: str = ""
    modified: str = ""


def public(address: str) -> bool:
    """Whether an IP address is on the public network.

    >>> [public(ip) for ip in ("1.1.1.1", "2606:4700::1111", "10.0.0.1", "169.254.169.254", "::1", "::ffff:1.1.1.1")]
    [True, True, False, False, False, False]
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if not ip.is_global or ip.is_multicast or ip.is_reserved or address in _METADATA:
        return False
    return ip.version == 4 or not any(ip in net for net in _CARRYING)


async def look_up(host: str, port: int) -> Sequence[str]:
    """What the system says a name's addresses are. Raises `OSError`."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class Fetcher:
    """`resolve` and `allowed` are the system's and `public`, but in tests.

    `most`: bytes. `sealed`: https alone. `trusted`: "host:port" of the operator's own, which may lie anywhere and
    speak plainly.
    """

    def __init__(
        self,
        resolve: Resolve = look_up,
        allowed: Callable[[str], bool] = public,
        *,
        seconds: float = SECONDS,
        most: int = LARGEST,
        sealed: bool = False,
        trusted: Collection[str] = (),
    ) -> None:
        self._resolve = resolve
        self._allowed = allowed
        self._seconds = seconds
        self._most = most
        self._sealed = sealed
        self._trusted = frozenset(trusted)

    async def fetch(self, address: str, *, etag: str = "", modified: str = "") -> Fetched:
        """Raises `Unfetchable`."""
        asking = {"If-None-Match": etag, "If-Modified-Since": modified}
        headers = HEADERS | {name: value for name, value in asking.items() if value}
        connector = aiohttp.TCPConnector(
            resolver=_Checked(self._resolve, self._may_lead), use_dns_cache=False, force_close=True
        )
        session = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False, headers=headers
        )
        try:
            async with asyncio.timeout(self._seconds), session:
                return await self._follow(session, address)
        except TimeoutError:
            raise Unfetchable(say.SLOW.format(seconds=round(self._seconds))) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unfetchable(say.UNREACHABLE.format(cause=type(error).__name__)) from None

    async def _follow(self, session: aiohttp.ClientSession, address: str) -> Fetched:
        for _ in range(REDIRECTS + 1):
            self._check(address)
            async with session.get(address, allow_redirects=False) as response:
                if response.status in (301, 302, 303, 307, 308):
                    target = urljoin(address, response.headers.get("Location", ""))
                    if address.startswith("https:") and target.startswith("http:"):
                        raise Unfetchable(say.DOWNGRADED)
                    address = target
                    continue
                return await _taken(response, self._most)
        raise Unfetchable(say.TOO_MANY_REDIRECTS)

    def _check(self, address: str) -> None:
        """What the resolver is not asked: the form of the address, and hosts that are numbers already."""
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
            raise Unfetchable(say.NOT_A_PAGE)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        if self._sealed and parts.scheme != "https" and not self._is_trusted(parts.hostname, port):
            raise Unfetchable(say.NOT_SEALED)
        try:
            ipaddress.ip_address(parts.hostname)
        except ValueError:
            return
        if not self._may_lead(parts.hostname, port, parts.hostname):
            raise Unfetchable(say.INWARD)

    def _is_trusted(self, host: str, port: int) -> bool:
        return f"{host}:{port}" in self._trusted

    def _may_lead(self, host: str, port: int, address: str) -> bool:
        return self._allowed(address) or self._is_trusted(host, port)


async def _taken(response: aiohttp.ClientResponse, most: int) -> Fetched:
    headers = response.headers
    known = (headers.get("ETag", "")[:200], headers.get("Last-Modified", "")[:200])
    if response.status == 304:
        return Fetched(None, *known)
    if response.status != 200:
        raise Unfetchable(say.STATUS.format(status=response.status))
    if headers.get("Content-Encoding", "identity").lower() not in ("identity", ""):
        raise Unfetchable(say.PACKED)
    body = bytearray()
    async for piece in response.content.iter_chunked(64 * 1024):
        body += piece
        if len(body) > most:
            raise Oversized(say.TOO_LARGE.format(most=most // 1024 // 1024))
    return Fetched(bytes(body), *known)


class _Checked(AbstractResolver):
    """Hands the connector the addresses that were checked, and no others."""

    def __init__(self, resolve: Resolve, may_lead: Callable[[str, int, str], bool]) -> None:
        self._resolve = resolve
        self._may_lead = may_lead

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 -- aiohttp names it
    ) -> list[ResolveResult]:
        addresses = list(dict.fromkeys(await self._resolve(host, port)))
        if not all(self._may_lead(host, port, address) for address in addresses):
            raise Unfetchable(say.INWARD)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        return
