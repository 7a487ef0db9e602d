"""企业微信智能机器人 in URL mode: for sites that take HTTPS in and keep no connection out. It cannot push.

Follows W100719 接收消息, W101031 被动回复, W101033 加解密 and W101138 主动回复. An answer that is not ready opens a
stream, for which the platform asks again until it is finished; whatever replica is asked finds the answer in the
inbox. Each message brings one `response_url`, good for one more message within an hour. An answer leaves by
one of the two: while its stream is open, the outbox waits; what a stream has said, the outbox does not.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from aiohttp import web

from bot.channels import phrases as say
from bot.channels.aibot_files import AibotFiles, platform
from bot.channels.aibot_markdown import messages
from bot.channels.limits import render
from bot.channels.wecom_aibot import NAME, WELCOME_TEXT, conversation_windows
from bot.channels.wire import aibot_messages as wire
from bot.channels.wire.aibot_connection import MEANINGS
from bot.channels.wire.api import COMMON, Api
from bot.channels.wire.callback import Freshness, parameter, read_body, refusal
from bot.channels.wire.crypto import Envelope
from bot.channels.wire.template_card import parted
from bot.chat.channel import Answering, Pacing, Recipient, Window
from bot.chat.errors import (
    Forged,
    Malformed,
    Throttled,
    TooLarge,
    Undeliverable,
    Unreachable,
    WindowClosed,
)
from bot.chat.reply import Card, Markdown, Part, Reply, Text
from bot.chat.update import Kind, Update
from bot.clock import Clock
from bot.fetching import Fetcher
from storage.database import Database
from storage.robot_calls import Address, Stream
from storage.uow import UnitOfWork

PATH: Final = "/wecom/aibot"

STREAM_LONGEST: Final = timedelta(minutes=5)
"""The platform asks for six minutes, or ten by later notes."""

ADDRESS_LIFETIME: Final = timedelta(minutes=55)
"""A response_url is good for an hour."""

STREAM_PAUSE: Final = 5.0
"""Seconds until the outbox looks again whether a stream has said it."""

_ADDRESS: Final = re.compile(r"https?://[!-~]{1,2000}")
_ENDED: Final = (Stream.SAID, Stream.ELSEWHERE, Stream.GIVEN_UP)
_WORDS: Final = {Stream.ELSEWHERE: say.ROBOT_ELSEWHERE, Stream.GIVEN_UP: say.ROBOT_STILL_WORKING}


@dataclass(frozen=True, slots=True)
class UrlMode:
    """What the robot's page shows; `name` and `corporation` as in `LongConnection`."""

    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    name: str = ""
    corporation: str = ""


class WecomAibotUrl:
    """The channel `wecom_aibot` where the platform calls us."""

    name = NAME

    def __init__(
        self,
        settings: UrlMode,
        answering: Answering,
        *,
        database: Database,
        clock: Clock,
        pacing: Pacing,
        fetcher: Fetcher | None = None,
    ) -> None:
        self._envelope = Envelope(settings.token, settings.aes_key, "")
        self._robot = wire.Robot(NAME, settings.name, settings.corporation, one_key=True)
        self._files = AibotFiles(fetcher or platform(), settings.aes_key)
        self._answering = answering
        self._clock = clock
        self._database = database
        self._pacing = pacing
        self._freshness = Freshness()
        self._api = Api("", {**COMMON, **MEANINGS}, clock)

    def routes(self) -> Sequence[web.RouteDef]:
        return (web.get(PATH, self._verify_address, allow_head=False), web.post(PATH, self._receive))

    async def start(self) -> None:
        """Nothing stays open."""

    def ready(self) -> bool:
        return True

    def render(self, to: Recipient, parts: Sequence[Part]) -> Sequence[Part]:
        """Pictures and files cannot be sent: what stands for them in words is."""
        return messages(parts, media=False)

    def windows(self, to: Recipient) -> Sequence[Window]:
        """None here: `send` counts a message once it has an address to go to."""
        return ()

    async def send(self, to: Recipient, message: Part, *, key: str) -> str:
        """Say it by an unused response_url of the chat. Raises what `Channel.send` names; `WindowClosed` for
        a person without one: the next message brings it."""
        chat = to.external_id
        if await self._database.read(lambda uow: uow.robot_calls.streaming(chat, longest=STREAM_LONGEST)):
            raise Throttled(say.ROBOT_STREAMING, after=STREAM_PAUSE)
        address = await self._database.run(
            lambda uow: uow.robot_calls.take_address(chat, lifetime=ADDRESS_LIFETIME)
        )
        if address is None:
            raise (Undeliverable if to.group else WindowClosed)(say.ROBOT_NO_PUSH)
        try:
            await self._pacing.take(conversation_windows(chat))
            await self._api.post(address.url, wire.push(message, key), coded=True)
        except (Throttled, Unreachable):
            await self._database.run(_give_back, address)
            raise
        return ""

    async def picture(self, media: str) -> bytes:
        return await self._files.picture(media)

    async def close(self) -> None:
        await self._api.close()

    async def _verify_address(self, request: web.Request) -> web.Response:
        """The platform's test of our address: its sealed `echostr` comes back open and bare."""
        try:
            echo = parameter(request, "echostr")
            return web.Response(text=self._opened(request, echo))
        except (Forged, Malformed) as error:
            return refusal(error)

    async def _receive(self, request: web.Request) -> web.Response:
        try:
            body = await read_body(request)
            told = self._read(request, body)
            answer = await self._answer(request, body, told)
        except (Forged, Malformed, TooLarge) as error:
            return refusal(error)
        return web.Response() if answer is None else self._sealed(answer, parameter(request, "nonce"))

    def _opened(self, request: web.Request, sealed: str) -> str:
        self._envelope.verify(
            parameter(request, "msg_signature"),
            parameter(request, "timestamp"),
            parameter(request, "nonce"),
            sealed,
        )
        return self._envelope.decrypt(sealed)

    def _read(self, request: web.Request, body: bytes) -> dict[str, Any]:
        parameter(request, "msg_signature")
        sealed = _json_object(body).get("encrypt")
        if not isinstance(sealed, str):
            raise Malformed("the message is not encrypted")
        return _json_object(self._opened(request, sealed))

    def _admit(self, request: web.Request, body: bytes) -> None:
        timestamp, nonce = parameter(request, "timestamp"), parameter(request, "nonce")
        self._freshness.admit(timestamp, nonce, body, self._clock.now())

    async def _answer(self, request: web.Request, body: bytes, told: dict[str, Any]) -> wire.Body | None:
        if told.get("msgtype") != "stream":
            return await self._hear(request, body, told)
        self._admit(request, body)
        return await self._progress(_stream_id(told))

    async def _hear(self, request: web.Request, body: bytes, told: dict[str, Any]) -> wire.Body | None:
        update = wire.read_update(told, self._robot, now=self._clock.now(), zone=self._clock.zone)
        known = await self._answering.known(NAME, update.key)
        try:
            self._admit(request, body)
        except Forged:
            if not known:
                raise
        if update.kind is Kind.EVENT:
            return None
        await self._database.run(_heard, update, _response_url(told))
        parts = await self._answering.answer(update)
        if update.kind in (Kind.FOLLOW, Kind.CLICK):
            return await self._answer_event(update, parts or ())
        if parts is None:
            return await self._progress(update.key) if await self._room(update) else None
        if known and parts:
            return await self._progress(update.key, parts)
        return await self._say_all(update, parts) if await self._may_say(update, parts) else None

    async def _room(self, update: Update) -> bool:
        """Whether the pace of the conversation has room for one more; it is taken then."""
        try:
            await self._pacing.take(conversation_windows(update.chat or update.sender))
        except Throttled:
            return False
        return True

    async def _may_say(self, update: Update, parts: Sequence[Part]) -> bool:
        """Whether there is something to say, and room for it now; without room it follows by the outbox."""
        if not messages(parts, media=False):
            return False
        if not await self._room(update):
            await self._answering.later(update, parts)
            return False
        return True

    async def _answer_event(self, update: Update, parts: Sequence[Part]) -> wire.Body | None:
        """Events are told once and answered once; what is late or does not fit follows by the outbox."""
        if not await self._may_say(update, parts):
            return None
        if update.kind is Kind.CLICK:
            text, besides = parted(parts)
            if besides:
                await self._answering.later(update, besides)
            return wire.pressed_card(update, text)
        words, *rest = render(parts, WELCOME_TEXT)
        if rest:
            await self._answering.later(update, [Text(each) for each in rest])
        return {"msgtype": "text", "text": {"content": words}}

    async def _progress(self, key: str, parts: Sequence[Part] = ()) -> wire.Body:
        """How the answer to message `key` stands: what its stream says now, to whoever asks, as often as asked.

        `parts`: the answer, where it is known and may stand in no inbox (it is that of an incident).
        """
        stream, update, stored = await self._database.run(_progressed, key)
        if stream is Stream.SAID and update is not None and stored is not None:
            return await self._say_all(update, Reply.from_json(stored).parts)
        if stream in _ENDED:
            return _streamed(key, _WORDS.get(stream, say.ROBOT_DONE), finish=True)
        if parts and update is not None:
            return await self._say_all(update, parts)
        return _streamed(key, say.ROBOT_WORKING, finish=False)

    async def _say_all(self, update: Update, parts: Sequence[Part]) -> wire.Body:
        """The first of `parts` as a finished stream, the rest by the outbox (once, however often this is asked)."""
        said = messages(parts, media=False)
        if not said or isinstance(said[0], Card):
            said.insert(0, Markdown(say.ROBOT_DONE, say.ROBOT_DONE))
        body, count = wire.reply(said, update.key)
        if said[count:]:
            await self._answering.later(update, said[count:])
        return body

    def _sealed(self, answer: wire.Body, nonce: str) -> web.Response:
        sealed = self._envelope.encrypt(json.dumps(answer, ensure_ascii=False), self._clock.token(16))
        timestamp = int(self._clock.now().timestamp())
        signature = self._envelope.sign(str(timestamp), nonce, sealed)
        return web.json_response(
            {"encrypt": sealed, "msgsignature": signature, "timestamp": timestamp, "nonce": nonce}
        )


def _json_object(text: str | bytes) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Malformed("the body is no JSON object")
    return value


def _response_url(told: dict[str, Any]) -> str:
    url = told.get("response_url")
    return url if isinstance(url, str) and _ADDRESS.fullmatch(url) else ""


def _stream_id(told: dict[str, Any]) -> str:
    stream = told.get("stream")
    key = stream.get("id") if isinstance(stream, dict) else None
    if not isinstance(key, str) or not key or not key.isprintable():
        raise Malformed("the stream has no id")
    return key


def _streamed(key: str, words: str, *, finish: bool) -> wire.Body:
    return {"msgtype": "stream", "stream": wire.stream(key, words, finish=finish)}


def _heard(uow: UnitOfWork, update: Update, url: str) -> None:
    """What was said is kept in the inbox, if at all; here only who said it where."""
    bare = replace(update, text="", media="").to_json()
    uow.robot_calls.heard(update.key, update.chat or update.sender, bare, url)


def _give_back(uow: UnitOfWork, address: Address) -> None:
    uow.robot_calls.give_back(address)


def _progressed(uow: UnitOfWork, key: str) -> tuple[Stream, Update | None, str | None]:
    """How the stream of message `key` stands from now on, who asked, and the answer if there is one.

    The answer is taken from the outbox in the same transaction, so that it goes out one way.
    """
    call, stored = uow.robot_calls.get(key), uow.inbox.reply_to(NAME, key)
    if call is None:
        return Stream.GIVEN_UP, None, None
    stands = call.stream
    if stands not in _ENDED:
        if stored is not None:
            queued = [row for row in uow.outbox.caused_by(NAME, key) if row.body == stored]
            said = not queued or uow.outbox.hand_over(NAME, key, stored)
            stands = Stream.SAID if said else Stream.ELSEWHERE
        elif uow.now - call.at > STREAM_LONGEST:
            stands = Stream.GIVEN_UP
        else:
            stands = Stream.OPEN
        if not uow.robot_calls.move(key, stands, from_=(Stream.NONE, Stream.OPEN)):
            ended = uow.robot_calls.get(key)
            stands = ended.stream if ended else Stream.GIVEN_UP
    return stands, Update.from_json(call.payload), stored
