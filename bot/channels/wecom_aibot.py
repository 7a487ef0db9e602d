"""企业微信智能机器人 on its long connection: the one channel that hears groups and may push into them.

Follows W101463 长连接. A callback is answered in the background; the platform does not repeat what it told
nobody. One answer leaves as one finished stream under the callback's req_id; what does not fit, comes too late,
or could not be said so, leaves by the outbox as a push.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from bot.channels.aibot_files import AibotFiles, platform
from bot.channels.aibot_line import AibotLine, Timing
from bot.channels.aibot_markdown import messages
from bot.channels.aibot_uploads import AibotUploads, kind_of
from bot.channels.limits import render
from bot.channels.wire import aibot_messages as wire
from bot.channels.wire.aibot_connection import RESPOND, SEND, UPDATE_CARD, WELCOME, Access, Callback
from bot.channels.wire.template_card import parted
from bot.chat.channel import Alarm, Answering, Pacing, Recipient, Window
from bot.chat.errors import (
    ChannelError,
    Malformed,
    OutcomeUnknown,
    Throttled,
    Undeliverable,
    Unreachable,
    WindowClosed,
)
from bot.chat.reply import File, Image, Part, Text
from bot.chat.update import Kind, Update
from bot.clock import Clock
from storage.database import Database
from storage.inbox import AlreadyAnswered
from storage.uow import UnitOfWork

log = logging.getLogger(__name__)

NAME: Final = "wecom_aibot"
DEFAULT_URL: Final = "wss://openws.work.weixin.qq.com"

EVENT_SECONDS: Final = 4.7
"""A welcome or a card's update later than 5 s after its event is refused."""

WELCOME_TEXT: Final = 2000
"""Bytes. The page gives no figure; 2,048 is the limit of texts elsewhere at WeCom."""

IN_FLIGHT: Final = 4
"""Pushes without their ack at one time: as many are of unknown outcome when a connection dies."""

PARTING: Final = 6.0
"""Seconds a closing channel waits for answers under way: a little more than the reply budget."""


@dataclass(frozen=True, slots=True)
class LongConnection:
    """What the robot's page shows. `name`: as it stands in mentions, needed when it holds a space;
    `corporation`: CorpID, so that the app and the robot know one person as one."""

    bot_id: str
    secret: str = field(repr=False)
    url: str = DEFAULT_URL
    name: str = ""
    corporation: str = ""


class WecomAibot:
    """The channel `wecom_aibot` on a long connection, which one replica holds at a time."""

    name = NAME

    def __init__(
        self,
        settings: LongConnection,
        answering: Answering,
        *,
        database: Database,
        clock: Clock,
        pacing: Pacing,
        alarm: Alarm,
        timing: Timing | None = None,
    ) -> None:
        access = Access(settings.url, settings.bot_id, settings.secret)
        self._robot = wire.Robot(NAME, settings.name, settings.corporation)
        self._answering = answering
        self._clock = clock
        self._database = database
        self._pacing = pacing
        self._line = AibotLine(
            access, self._hear, timing or Timing(), database=database, clock=clock, alarm=alarm
        )
        self._uploads = AibotUploads(self._line, database, pacing, clock)
        self._files = AibotFiles(platform(settings.url))
        self._in_flight = asyncio.Semaphore(IN_FLIGHT)
        self._answers: set[asyncio.Task[None]] = set()

    def routes(self) -> Sequence[web.RouteDef]:
        return ()

    async def start(self) -> None:
        await self._line.start()

    def ready(self) -> bool:
        return self._line.ready()

    def render(self, to: Recipient, parts: Sequence[Part]) -> Sequence[Part]:
        return messages(parts, media=True)

    def windows(self, to: Recipient) -> Sequence[Window]:
        return conversation_windows(to.external_id)

    async def send(self, to: Recipient, message: Part, *, key: str) -> str:
        """Push into a chat somebody has spoken in (W101463); raises what `Channel.send` names."""
        chat = {"chatid": to.external_id, "chat_type": 2 if to.group else 1}
        body = await self._media(message) if isinstance(message, Image | File) else wire.push(message, key)
        try:
            async with self._in_flight:
                ack = await self._line.call(SEND, {**chat, **body})
        except Unreachable:
            if isinstance(message, Image | File):
                self._uploads.forget(message)
            raise
        except WindowClosed as error:
            if to.group:
                raise Undeliverable(error.sentence) from None
            raise
        receipt = ack.get("msgid", "")
        return receipt if isinstance(receipt, str) else ""

    async def picture(self, media: str) -> bytes:
        return await self._files.picture(media)

    async def close(self) -> None:
        """Finish the answers under way, then hang up."""
        await self._answered(PARTING)
        await self._line.close()
        await self._answered(1.0)
        for task in self._answers:
            task.cancel()

    async def _answered(self, seconds: float) -> None:
        if self._answers:
            await asyncio.wait(self._answers, timeout=seconds)

    def _hear(self, callback: Callback) -> None:
        task = asyncio.create_task(self._answer(callback))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _answer(self, callback: Callback) -> None:
        by = asyncio.get_running_loop().time() + EVENT_SECONDS
        try:
            now, zone = self._clock.now(), self._clock.zone
            update = wire.read_update(callback.body, self._robot, now=now, zone=zone)
            if update.kind is not Kind.EVENT:
                await self._answer_update(update, callback.request, by)
        except Malformed as error:
            log.warning("callback_refused", extra={"reason": error.sentence})
        except Exception:  # a worker's outermost loop: nobody waits for this task
            log.exception("aibot_answer_failed")

    async def _answer_update(self, update: Update, request: str, by: float) -> None:
        """Say it once, whatever the number of deliveries; the deliveries of one message share one answer."""
        parts = await self._answering.answer(update)
        silent = parts is not None and not messages(parts, media=True)
        if silent or not await self._database.run(_first_to_say, update.key) or parts is None:
            return
        rest = parts
        try:
            await self._pacing.take(conversation_windows(update.chat or update.sender))
            rest = await self._say(update, parts, request, by)
        except OutcomeUnknown as error:
            rest = ()
            log.warning("reply_unknown", extra={"reason": error.sentence})
        except ChannelError as error:
            log.info("reply_later", extra={"reason": error.sentence})
        if rest:
            await self._answering.later(update, rest)

    async def _say(self, update: Update, parts: Sequence[Part], request: str, by: float) -> Sequence[Part]:
        """Answer the callback; returns what could not be said in that one frame. Raises as `AibotLine.call`."""
        if update.kind in (Kind.FOLLOW, Kind.CLICK) and asyncio.get_running_loop().time() > by:
            raise Throttled("the event is too old for an answer of its own")
        match update.kind:
            case Kind.FOLLOW:
                words, *rest = render(parts, WELCOME_TEXT)
                await self._line.call(WELCOME, {"msgtype": "text", "text": {"content": words}}, request)
                return [Text(each) for each in rest]
            case Kind.CLICK:
                text, besides = parted(parts)
                await self._line.call(UPDATE_CARD, wire.pressed_card(update, text), request)
                return besides
            case _:
                said = messages(parts, media=True)
                first = said[0]
                if isinstance(first, Image | File):
                    body, count = await self._media(first), 1
                else:
                    body, count = wire.reply(said, update.key)
                await self._line.call(RESPOND, body, request)
                return said[count:]

    async def _media(self, part: Image | File) -> wire.Body:
        return {"msgtype": kind_of(part), kind_of(part): {"media_id": await self._uploads.media_id(part)}}


def conversation_windows(chat: str) -> Sequence[Window]:
    """The platform takes 30 a minute and 1,000 an hour of a conversation, replies and pushes together (W101463)."""
    return Window(f"{NAME}:{chat}", 25, 60), Window(f"{NAME}:{chat}", 900, 3600)


def _first_to_say(uow: UnitOfWork, key: str) -> bool:
    """Be the one delivery of `key` that is answered: a repeated one has a req_id of its own."""
    try:
        uow.inbox.answer(NAME, f"{key}/said", "")
    except AlreadyAnswered:
        return False
    return True
