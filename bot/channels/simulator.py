"""The simulator: a chat page for one's own machine, where one can be any member in any group.

It is a channel like the others: what is typed becomes an `Update`, answers and pushes become lines of a
`World`. The page (simulator_page/) reads the lines over server-sent events (WHATWG HTML, section 9.2) and
is for `BOT_ENV=dev` only: there is no login, so every route insists on a loopback Host header, and what
changes something also on JSON from the same origin.
"""

import asyncio
import contextlib
import ipaddress
import json
import re
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from aiohttp import web

from bot.channels import phrases
from bot.chat.channel import Answering, Recipient
from bot.chat.errors import BotError, DomainError, Forged, Malformed, TooLarge
from bot.chat.reply import Reply, Text
from bot.chat.update import Update
from bot.clock import Clock

TEXT_LIMIT = 20_000
"""Bytes of one message in UTF-8."""
RECENT = 200
"""Lines a page starts with, and lines read at a time."""
POLL = 1.0
"""Seconds between looks for lines that another process wrote, while a page is open."""
HEARTBEAT = 15
"""Quiet looks after which a comment is sent, so that a dead connection is noticed."""

PAGE = Path(__file__).parent / "simulator_page"
_SCRIPTS = ("bubbles", "composer", "conversation", "memory", "roster", "simulator", "when", "wire")
_FILES: Mapping[str, str] = {
    "icon.svg": "image/svg+xml",
    "simulator.css": "text/css",
    **{f"{script}.js": "text/javascript" for script in _SCRIPTS},
}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_KEY = re.compile(r"[0-9A-Za-z-]{8,64}")

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Person:
    """Someone the page can be; `place` and `role` are Chinese labels to show."""

    id: str
    name: str
    place: str
    role: str


@dataclass(frozen=True, slots=True)
class GroupChat:
    """A group the page shows; its chat id is `g:` and `id`."""

    id: str
    name: str
    place: str


@dataclass(frozen=True, slots=True)
class Line:
    """One message in one chat: `g:<group id>`, or `p:<person id>`, that person's private chat with the bot.

    `sender` is a person's id, None for the bot.
    """

    id: int
    chat: str
    sender: str | None
    sender_name: str
    text: str
    at: datetime


class World(Protocol):
    """What the page shows, kept by somebody else."""

    async def people(self) -> Sequence[Person]:
        """Everyone one can be."""

    async def groups(self) -> Sequence[GroupChat]:
        """Every group."""

    async def lines(self, *, after: int, limit: int) -> Sequence[Line]:
        """The first `limit` lines after that id, of all chats, ascending; none appears below a seen one."""

    async def say(self, chat: str, sender: str | None, text: str, *, once: str | None = None) -> Line | None:
        """Append a line. `once` names the delivery: None is returned, and nothing added, when it is there."""

    async def quick_commands(self) -> Sequence[tuple[str, bool]]:
        """Commands to offer, each with whether it needs words after it."""

    async def bring_morning(self, group: str) -> str:
        """Bring the group its next morning push now; the sentence to show for it."""


class NoSuchThing(DomainError):
    """A person, a chat or a file the simulator does not have."""


class Simulator:
    """The channel `simulator`. `close` ends the open event streams: call it when shutdown begins."""

    name = "simulator"

    def __init__(self, world: World, answering: Answering, clock: Clock) -> None:
        self._world = world
        self._answering = answering
        self._clock = clock
        self._news = asyncio.Event()
        self._closed = False
        self._before_recent = 0

    def routes(self) -> Sequence[web.RouteDef]:
        return (
            web.get("/simulator", _guarded(self._page)),
            web.get("/simulator/static/{file}", _guarded(self._file)),
            web.get("/simulator/state", _guarded(self._state)),
            web.get("/simulator/events", _guarded(self._events)),
            web.post("/simulator/messages", _guarded(self._message)),
            web.post("/simulator/morning", _guarded(self._morning)),
        )

    async def send(self, to: Recipient, parts: Sequence[Text], *, key: str) -> None:
        await self._say(f"{'g' if to.group else 'p'}:{to.external_id}", parts, key)

    async def close(self) -> None:
        self._closed = True
        self._announce()

    async def _page(self, _request: web.Request) -> web.StreamResponse:
        return _file_response("index.html", "text/html")

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["file"]
        if name not in _FILES:
            raise NoSuchThing(phrases.NO_SUCH_PAGE)
        return _file_response(name, _FILES[name])

    async def _state(self, _request: web.Request) -> web.StreamResponse:
        lines = await self._recent()
        return _json(
            {
                "bot": phrases.BOT_NAME,
                "now": self._clock.now().isoformat(),
                "people": [asdict(person) for person in await self._world.people()],
                "groups": [asdict(group) for group in await self._world.groups()],
                "commands": [
                    {"text": text, "needs_text": needs_text}
                    for text, needs_text in await self._world.quick_commands()
                ],
                "lines": [self._plain(line) for line in lines],
                "newest": lines[-1].id if lines else 0,
            }
        )

    async def _message(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        text, key = _text(body), _key(body)
        person = await self._person(body.get("as"))
        chat, group = await self._chat(body.get("chat"), person)
        await self._world.say(chat, person.id, text, once=key)
        self._announce()
        update = Update(
            channel=self.name,
            key=key,
            sender=person.id,
            sender_name=person.name,
            at=self._clock.now(),
            text=text,
            chat=group,
            mentioned=phrases.MENTION in text,
        )
        parts = await self._answering.answer(update)
        await self._say(chat, parts or (), key)
        return _json({"ok": True, "later": parts is None})

    async def _morning(self, request: web.Request) -> web.StreamResponse:
        group = (await _body(request)).get("group")
        if group not in [known.id for known in await self._world.groups()]:
            raise NoSuchThing(phrases.NO_SUCH_CHAT)
        sentence = await self._world.bring_morning(str(group))
        self._announce()
        return _json({"ok": True, "toast": sentence})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        after = _position(request)
        stream = web.StreamResponse(headers={**_HEADERS, "Content-Type": "text/event-stream; charset=utf-8"})
        await stream.prepare(request)
        # the reader leaving is how every stream ends
        with contextlib.suppress(ConnectionResetError):
            await stream.write(b"retry: 1000\n\n")
            if after and not await self._holds(after):
                await stream.write(b"event: reset\ndata: {}\n\n")
            await self._follow(stream, request, after)
        return stream

    async def _follow(self, stream: web.StreamResponse, request: web.Request, after: int) -> None:
        quiet = 0
        while not self._closed and request.transport is not None:
            news = self._news
            lines = await self._world.lines(after=after, limit=RECENT)
            for line in lines:
                data = json.dumps(self._plain(line), ensure_ascii=False)
                await stream.write(f"id: {line.id}\ndata: {data}\n\n".encode())
                after = line.id
            quiet = 0 if lines else quiet + 1
            if quiet == HEARTBEAT:
                await stream.write(b":\n\n")
                quiet = 0
            if not lines:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(news.wait(), POLL)

    async def _recent(self) -> Sequence[Line]:
        """The last `RECENT` lines; remembers where they began, as older ones are never asked for again."""
        recent: deque[Line] = deque(maxlen=RECENT)
        after = self._before_recent
        while lines := await self._world.lines(after=after, limit=RECENT):
            recent.extend(lines)
            after = lines[-1].id
        self._before_recent = recent[0].id - 1 if recent else 0
        return list(recent)

    async def _holds(self, line_id: int) -> bool:
        """Whether that line exists: a page left open over a new, emptier database has to start again."""
        lines = await self._world.lines(after=line_id - 1, limit=1)
        return any(line.id == line_id for line in lines)

    async def _person(self, person_id: object) -> Person:
        for person in await self._world.people():
            if person.id == person_id:
                return person
        raise NoSuchThing(phrases.NO_SUCH_PERSON)

    async def _chat(self, chat: object, person: Person) -> tuple[str, str | None]:
        """The chat's id as lines carry it, and the group's id or None: a private chat is one's own only."""
        if chat == f"p:{person.id}":
            return f"p:{person.id}", None
        for group in await self._world.groups():
            if chat == f"g:{group.id}":
                return f"g:{group.id}", group.id
        raise NoSuchThing(phrases.NO_SUCH_CHAT)

    async def _say(self, chat: str, parts: Sequence[Text], key: str) -> None:
        if parts:
            await self._world.say(chat, None, Reply(tuple(parts)).plain(), once=f"{key}#bot")
        self._announce()

    def _announce(self) -> None:
        """Wake every stream. A stream takes the event before it reads, so no line falls in between."""
        self._news.set()
        self._news = asyncio.Event()

    def _plain(self, line: Line) -> dict[str, Any]:
        return {**asdict(line), "at": line.at.astimezone(self._clock.zone).isoformat()}


_STATUS: Mapping[type[BotError], int] = {Forged: 403, NoSuchThing: 404, TooLarge: 413}


def _guarded(handler: _Handler) -> _Handler:
    """Refuse foreign hosts (DNS rebinding) and turn an expected failure into its sentence."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        try:
            if not _is_loopback(_host_name(request.host)):
                raise Forged(phrases.ONLY_THIS_COMPUTER)
            return await handler(request)
        except BotError as error:
            return _json({"error": error.sentence}, status=_STATUS.get(type(error), 400))

    return guarded


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


async def _body(request: web.Request) -> Mapping[str, object]:
    """The JSON object of a same-origin request; a form of another site can send neither."""
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"{request.scheme}://{request.host}":
        raise Forged(phrases.OTHER_SITE)
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


def _text(body: Mapping[str, object]) -> str:
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


def _key(body: Mapping[str, object]) -> str:
    key = body.get("key")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise Malformed(phrases.BAD_KEY)
    return key


def _position(request: web.Request) -> int:
    """The last line the page has. Last-Event-ID goes first: a reconnect repeats the address as it was."""
    position = request.headers.get("Last-Event-ID") or request.query.get("after", "0")
    if not re.fullmatch(r"[0-9]{1,18}", position):
        raise Malformed(phrases.BAD_POSITION)
    return int(position)


def _json(value: Mapping[str, Any], *, status: int = 200) -> web.Response:
    body = json.dumps(value, ensure_ascii=False).encode()
    headers = {**_HEADERS, "Content-Type": "application/json; charset=utf-8"}
    return web.Response(body=body, status=status, headers=headers)


def _file_response(name: str, kind: str) -> web.FileResponse:
    return web.FileResponse(PAGE / name, headers={**_HEADERS, "Content-Type": f"{kind}; charset=utf-8"})
