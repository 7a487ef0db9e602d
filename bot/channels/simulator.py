"""The simulator: a chat page for one's own machine, where one can be any member in any group.

It is a channel like the others: what is typed becomes an `Update`, answers and pushes become lines of a
`World`. The page (simulator_page/) reads the lines over server-sent events (WHATWG HTML, section 9.2) and
is for `BOT_ENV=dev` only: there is no login, so every route insists on a loopback Host header, and what
changes something also on JSON from the same origin (`simulator_requests`).
"""

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web

from bot.channels import phrases
from bot.channels.simulator_requests import (
    HEADERS,
    NoSuchThing,
    as_attachment,
    as_json,
    body_of,
    card_of,
    guarded,
    key_of,
    picture_of,
    position_of,
    text_of,
)
from bot.chat.bare_picture import LARGEST
from bot.chat.channel import Answering, Recipient, Window
from bot.chat.errors import Unreachable
from bot.chat.reply import Button, Card, Part, Reply, Text
from bot.chat.update import Kind, Update
from bot.clock import Clock

RECENT = 200
"""Lines a page starts with, and lines read at a time."""
POLL = 1.0
"""Seconds between looks for lines that another process wrote, while a page is open."""
HEARTBEAT = 15
"""Quiet looks after which a comment is sent, so that a dead connection is noticed."""

PICTURES = 4
"""How many pictures that were sent are at hand, the last ones."""

PAGE = Path(__file__).parent / "simulator_page"
_SCRIPTS = (
    "bubbles", "composer", "conversation", "elements", "memory", "parts", "roster", "simulator", "when", "wire",
    "words",
)  # fmt: skip
_FILES: Mapping[str, str] = {
    "icon.svg": "image/svg+xml",
    "simulator.css": "text/css",
    **{f"{script}.js": "text/javascript" for script in _SCRIPTS},
}


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

    `sender` is a person's id, None for the bot. What a person said is one `Text`.
    """

    id: int
    chat: str
    sender: str | None
    sender_name: str
    parts: tuple[Part, ...]
    at: datetime


class World(Protocol):
    """What the page shows, kept by somebody else."""

    async def people(self) -> Sequence[Person]:
        """Everyone one can be."""

    async def groups(self) -> Sequence[GroupChat]:
        """Every group."""

    async def lines(self, *, after: int, limit: int) -> Sequence[Line]:
        """The first `limit` lines after that id, of all chats, ascending; none appears below a seen one."""

    async def say(
        self, chat: str, sender: str | None, parts: Sequence[Part], *, once: str | None = None
    ) -> Line | None:
        """Append a line. `once` names the delivery: None is returned, and nothing added, when it is there."""

    async def quick_commands(self) -> Sequence[tuple[str, bool]]:
        """Commands to offer, each with whether it needs words after it."""

    async def bring_morning(self, group: str) -> str:
        """Bring the group its next morning push now; the sentence to show for it."""

    async def attachment(self, key: str) -> bytes | None:
        """The bytes of a picture or file that a line carries; None when they are gone."""


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
        self._pictures: dict[str, bytes] = {}

    def routes(self) -> Sequence[web.RouteDef]:
        return (
            web.get("/simulator", guarded(self._page)),
            web.get("/simulator/static/{file}", guarded(self._file)),
            web.get("/simulator/state", guarded(self._state)),
            web.get("/simulator/events", guarded(self._events)),
            web.get("/simulator/attachments/{key:[0-9a-f]{64}}", guarded(self._attachment)),
            web.post("/simulator/messages", guarded(self._message)),
            web.post("/simulator/pictures", guarded(self._picture)),
            web.post("/simulator/presses", guarded(self._press)),
            web.post("/simulator/morning", guarded(self._morning)),
        )

    async def start(self) -> None:
        """Nothing stays open of our own accord: pages open the streams."""

    def ready(self) -> bool:
        return True

    def render(self, to: Recipient, parts: Sequence[Part]) -> Sequence[Part]:
        """Words one after another are one bubble, however long; every other part is shown as it is."""
        found: list[Part] = []
        for part in parts:
            if not isinstance(part, Text):
                found.append(part)
            elif found and isinstance(found[-1], Text):
                found[-1] = Text(Reply((found[-1], part)).plain())
            else:
                found.append(Text(part.plain()))
        return found

    def windows(self, to: Recipient) -> Sequence[Window]:
        return ()

    async def send(self, to: Recipient, message: Part, *, key: str) -> str:
        await self._say(f"{'g' if to.group else 'p'}:{to.external_id}", [message], key)
        return ""

    async def picture(self, media: str) -> bytes:
        """What was sent as the message `media`; it lies in memory alone."""
        try:
            return self._pictures[media]
        except KeyError:
            raise Unreachable(media) from None

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
        return as_json(
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

    async def _attachment(self, request: web.Request) -> web.StreamResponse:
        body = await self._world.attachment(request.match_info["key"])
        if body is None:
            raise NoSuchThing(phrases.NO_SUCH_ATTACHMENT)
        return as_attachment(body)

    async def _message(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request)
        update = await self._update(body)
        await self._world.say(_chat_of(update), update.sender, [Text(update.text)], once=update.key)
        self._announce()
        return await self._answered(replace(update, mentioned=phrases.MENTION in update.text))

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        """A picture a person sends: its bytes are the body, who and where stand in the query."""
        update = await self._update({**request.query, "text": phrases.PICTURE})
        self._pictures[update.key] = await picture_of(request, LARGEST + 1)
        while len(self._pictures) > PICTURES:
            del self._pictures[next(iter(self._pictures))]
        await self._world.say(_chat_of(update), update.sender, [Text(phrases.PICTURE)], once=update.key)
        self._announce()
        return await self._answered(replace(update, text="", kind=Kind.PICTURE, media=update.key))

    async def _press(self, request: web.Request) -> web.StreamResponse:
        """A button of a card: nothing is said by the person, the button's command is carried out for them."""
        body = await body_of(request)
        line_id, place = card_of(body)
        update = await self._update(body)
        buttons = await self._buttons(_chat_of(update), line_id, place)
        if update.text not in [button.command for button in buttons]:
            raise NoSuchThing(phrases.NO_SUCH_BUTTON)
        return await self._answered(replace(update, kind=Kind.CLICK, card=f"{line_id}.{place}"))

    async def _update(self, body: Mapping[str, object]) -> Update:
        """What a person says, as a plain message."""
        text, key = text_of(body), key_of(body)
        person = await self._person(body.get("as"))
        return Update(
            channel=self.name,
            key=key,
            sender=person.id,
            sender_name=person.name,
            at=self._clock.now(),
            text=text,
            chat=await self._group(body.get("chat"), person),
        )

    async def _answered(self, update: Update) -> web.StreamResponse:
        """Have it answered and the answer said in its chat, or say that it comes later."""
        parts = await self._answering.answer(update)
        await self._say(_chat_of(update), self.render(Recipient(update.sender), parts or ()), update.key)
        return as_json({"ok": True, "later": parts is None})

    async def _morning(self, request: web.Request) -> web.StreamResponse:
        group = (await body_of(request)).get("group")
        if group not in [known.id for known in await self._world.groups()]:
            raise NoSuchThing(phrases.NO_SUCH_CHAT)
        sentence = await self._world.bring_morning(str(group))
        self._announce()
        return as_json({"ok": True, "toast": sentence})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        after = position_of(request)
        stream = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream; charset=utf-8"})
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

    async def _group(self, chat: object, person: Person) -> str | None:
        """The id of the group that `chat` is; None for the person's own private chat, the only one they have."""
        if chat == f"p:{person.id}":
            return None
        for group in await self._world.groups():
            if chat == f"g:{group.id}":
                return group.id
        raise NoSuchThing(phrases.NO_SUCH_CHAT)

    async def _buttons(self, chat: str, line_id: int, place: int) -> Sequence[Button]:
        """The buttons of the card that is part `place` of that line of the chat; none when there is no such card."""
        for line in await self._world.lines(after=line_id - 1, limit=1):
            if (line.id, line.chat) == (line_id, chat) and place < len(line.parts):
                part = line.parts[place]
                return part.buttons if isinstance(part, Card) else ()
        return ()

    async def _say(self, chat: str, parts: Sequence[Part], key: str) -> None:
        if parts:
            await self._world.say(chat, None, parts, once=f"{key}#bot")
        self._announce()

    def _announce(self) -> None:
        """Wake every stream. A stream takes the event before it reads, so no line falls in between."""
        self._news.set()
        self._news = asyncio.Event()

    def _plain(self, line: Line) -> dict[str, Any]:
        """A line for the page: its parts as a reply stores them, each with an id, and their words as one text."""
        reply = Reply(line.parts)
        parts = enumerate(json.loads(reply.to_json())["parts"])
        return {
            "id": line.id,
            "chat": line.chat,
            "sender": line.sender,
            "sender_name": line.sender_name,
            "text": reply.plain(),
            "parts": [{"id": f"{line.id}.{place}", **part} for place, part in parts],
            "at": line.at.astimezone(self._clock.zone).isoformat(),
        }


def _chat_of(update: Update) -> str:
    """The chat's id as lines carry it."""
    return f"g:{update.chat}" if update.chat is not None else f"p:{update.sender}"


def _file_response(name: str, kind: str) -> web.FileResponse:
    return web.FileResponse(PAGE / name, headers={**HEADERS, "Content-Type": f"{kind}; charset=utf-8"})
