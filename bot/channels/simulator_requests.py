"""What the simulator takes from a browser and what it sends back: guards, limits, and refusals with a sentence."""

import ipaddress
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from bot.channels import phrases
from bot.chat.errors import BotError, DomainError, Forged, Malformed, TooLarge

TEXT_LIMIT = 20_000
"""Bytes of one message in UTF-8."""

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}

_KEY = re.compile(r"[0-9A-Za-z-]{8,64}")
_CARD = re.compile(r"([0-9]{1,18})\.([0-9]{1,4})")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class NoSuchThing(DomainError):
    """A person, a chat, a button or a file the simulator does not have."""


_STATUS: Mapping[type[BotError], int] = {Forged: 403, NoSuchThing: 404, TooLarge: 413}


def guarded(handler: Handler) -> Handler:
    """Refuse foreign hosts (DNS rebinding) and turn an expected failure into its sentence."""

    async def guard(request: web.Request) -> web.StreamResponse:
        try:
            if not _is_loopback(_host_name(request.host)):
                raise Forged(phrases.ONLY_THIS_COMPUTER)
            return await handler(request)
        except BotError as error:
            return as_json({"error": error.sentence}, status=_STATUS.get(type(error), 400))

    return guard


def _host_name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


async def body_of(request: web.Request) -> Mapping[str, object]:
    """The JSON object of a same-origin request; a form of another site can send neither."""
    _check_origin(request)
    if request.content_type != "application/json":
        raise Malformed(phrases.NOT_JSON)
    try:
        body = json.loads(await request.read())
    except web.HTTPRequestEntityTooLarge:
        raise TooLarge(phrases.too_long(TEXT_LIMIT)) from None
    except (ValueError, RecursionError):
        raise Malformed(phrases.NOT_JSON) from None
    if not isinstance(body, dict):
        raise Malformed(phrases.NOT_JSON)
    return body


async def picture_of(request: web.Request, limit: int) -> bytes:
    """The picture a same-origin request brings, of at most `limit` bytes."""
    _check_origin(request)
    if request.content_type not in _PICTURES.values():
        raise Malformed(phrases.NOT_A_PICTURE)
    picture = bytearray()
    async for piece in request.content.iter_any():
        picture += piece
        if len(picture) > limit:
            raise TooLarge(phrases.PICTURE_TOO_LARGE)
    return bytes(picture)


def _check_origin(request: web.Request) -> None:
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"{request.scheme}://{request.host}":
        raise Forged(phrases.OTHER_SITE)


def text_of(body: Mapping[str, object]) -> str:
    text = body.get("text")
    if not isinstance(text, str):
        raise Malformed(phrases.NOT_JSON)
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise Malformed(phrases.STRANGE_CHARACTERS) from None
    if "\0" in text:
        raise Malformed(phrases.STRANGE_CHARACTERS)
    if not text.strip():
        raise Malformed(phrases.EMPTY)
    if size > TEXT_LIMIT:
        raise TooLarge(phrases.too_long(TEXT_LIMIT))
    return text


def key_of(body: Mapping[str, object]) -> str:
    key = body.get("key")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise Malformed(phrases.BAD_KEY)
    return key


def card_of(body: Mapping[str, object]) -> tuple[int, int]:
    """Where a pressed card stands: the id of its line, and its place among the line's parts, from 0."""
    card = body.get("card")
    found = _CARD.fullmatch(card) if isinstance(card, str) else None
    if found is None:
        raise Malformed(phrases.NOT_JSON)
    return int(found[1]), int(found[2])


def position_of(request: web.Request) -> int:
    """The last line the page has. Last-Event-ID goes first: a reconnect repeats the address as it was."""
    position = request.headers.get("Last-Event-ID") or request.query.get("after", "0")
    if not re.fullmatch(r"[0-9]{1,18}", position):
        raise Malformed(phrases.BAD_POSITION)
    return int(position)


def as_json(value: Mapping[str, Any], *, status: int = 200) -> web.Response:
    body = json.dumps(value, ensure_ascii=False).encode()
    headers = {**HEADERS, "Content-Type": "application/json; charset=utf-8"}
    return web.Response(body=body, status=status, headers=headers)


_PICTURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}


def as_attachment(body: bytes) -> web.Response:
    """A picture to look at; anything else is to be saved and never opened as a page of ours."""
    for beginning, kind in _PICTURES.items():
        if body.startswith(beginning):
            return web.Response(body=body, headers={**HEADERS, "Content-Type": kind})
    headers = {"Content-Type": "application/octet-stream", "Content-Disposition": "attachment"}
    return web.Response(body=body, headers={**HEADERS, **headers})
