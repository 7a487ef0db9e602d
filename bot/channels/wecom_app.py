"""企业微信自建应用: one to one with members of a corporation, and groups that this app has made.

Follows W90237–90241 (callback), W90236 (message/send), W90245 and W90248 (appchat). It hears no group
(「暂不支持接收群聊消息」, W90235). A callback is believed in the order of `official_account`: size, signature,
decryption, form, and last its time and nonce, which a known message is excused from.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Final

from aiohttp import web

from bot.channels import phrases as say
from bot.channels.binding import BindPage
from bot.channels.limits import WECOM_APP_MARKDOWN, WECOM_APP_TEXT, render
from bot.channels.wecom_messages import Room, attachment, body, is_picture, rendered
from bot.channels.wecom_porter import WecomPorter
from bot.channels.wire import template_card
from bot.channels.wire.api import TOTAL_SECONDS, Media
from bot.channels.wire.callback import Freshness, parameter, read_body, refusal
from bot.channels.wire.crypto import Envelope
from bot.channels.wire.template_card import Press
from bot.channels.wire.wecom_api import DEFAULT_BASE, AppIdentity, WecomApi
from bot.channels.wire.wecom_callback import Callback, button_reply, card_reply, read_callback
from bot.channels.wire.xml import Delivery, printable, read_fields, sealed_reply, text_reply
from bot.chat.bare_picture import LARGEST
from bot.chat.channel import Alarm, Answering, Recipient, Window
from bot.chat.errors import Forged, Malformed, TooLarge
from bot.chat.reply import Card, File, Image, Markdown, Part, Text
from bot.clock import Clock
from storage.database import Database

PATH: Final = "/wecom/app"

MEMBER_MINUTE: Final = 27
MEMBER_HOUR: Final = 900
"""The platform drops in silence what one member gets above 30 a minute and 1,000 an hour."""

CHAT_MINUTE: Final = 180
CHAT_DAY: Final = 9000
"""In groups of our making it is 200 a minute and 10,000 a day for a member, all those groups together (W90248):
as somebody may be in all of them, our count is one for all."""

SUSPENSIONS: Final = frozenset({"inactive_alert", "close_inactive_agent", "low_active_alert", "low_active"})
RESTORATIONS: Final = frozenset({"reopen_inactive_agent", "active_restored"})
"""The platform suspends apps that are little used, and says so beforehand (W90240)."""

ALONE: Final = Room(text=WECOM_APP_TEXT, markdown=WECOM_APP_MARKDOWN, cards=True)
IN_GROUP: Final = Room(text=WECOM_APP_TEXT, markdown=WECOM_APP_MARKDOWN, cards=False)


@dataclass(frozen=True, slots=True)
class WecomAppSettings:
    """What the app's page in the admin console shows, and where we are reached (empty: no binding page)."""

    app: AppIdentity
    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    api_base: str = DEFAULT_BASE
    public_url: str = ""


class WecomApp:
    """The channel `wecom_app`. A group's id is the chatid we gave it."""

    name = "wecom_app"

    def __init__(
        self,
        settings: WecomAppSettings,
        answering: Answering,
        *,
        database: Database,
        clock: Clock,
        alarm: Alarm,
        patience: float = TOTAL_SECONDS,
    ) -> None:
        self._app = settings.app
        self._envelope = Envelope(settings.token, settings.aes_key, settings.app.corp_id)
        self._answering = answering
        self._database = database
        self._clock = clock
        self._alarm = alarm
        self._freshness = Freshness()
        self.api = WecomApi(settings.api_base, settings.app, database, clock, alarm, patience=patience)
        self._binding = BindPage(
            WecomPorter(settings.app, self.api),
            settings.app.secret,
            settings.public_url,
            answering=answering,
            database=database,
            clock=clock,
        )

    def routes(self) -> Sequence[web.RouteDef]:
        return (
            web.get(PATH, self._verify_address, allow_head=False),
            web.post(PATH, self._receive),
            *self._binding.routes(),
        )

    async def start(self) -> None:
        """Nothing stays open."""

    def ready(self) -> bool:
        return True

    def render(self, to: Recipient, parts: Sequence[Part]) -> Sequence[Part]:
        return rendered(parts, IN_GROUP if to.group else ALONE)

    def windows(self, to: Recipient) -> Sequence[Window]:
        whom = hashlib.sha256(f"{self._app.corp_id}/{to.external_id}".encode()).hexdigest()[:16]
        if to.group:
            bucket = f"wecom_app:{self._app.corp_id}:{self._app.agent_id}:groups"
            return (Window(bucket, CHAT_MINUTE, 60), Window(bucket, CHAT_DAY, 86400))
        bucket = f"wecom_app:m:{whom}"
        return (Window(bucket, MEMBER_MINUTE, 60), Window(bucket, MEMBER_HOUR, 3600))

    async def send(self, to: Recipient, message: Part, *, key: str) -> str:
        """Deliver one message; returns its msgid (a group's messages have none). Raises what `Channel.send` names.

        A card's id is made from `key`, so the platform drops a card that it has already taken. Other messages
        are not left to its check, which would drop in silence what is rightly said twice in half an hour.
        """
        content = await self._content(message, key)
        if to.group:
            await self.api.send_to_chat(to.external_id, content)
            return ""
        return await self.api.send(to.external_id, content, once=isinstance(message, Card))

    async def picture(self, media: str) -> bytes:
        return (await self.api.media(media, limit=LARGEST)).body

    async def close(self) -> None:
        await self.api.close()

    async def _content(self, message: Part, key: str) -> dict[str, Any]:
        match message:
            case Card():
                card = template_card.card(message, template_card.task_id(key, message))
                return {"msgtype": "template_card", "template_card": card}
            case Image() | File():
                kept = await attachment(self._database, message.attachment)
                kind = "image" if isinstance(message, Image) and is_picture(kept) else "file"
                media_id = await self.api.media_id(kind, message.attachment, Media(kept, message.name))
                return {"msgtype": kind, kind: {"media_id": media_id}}
            case _:
                return body(message)

    async def _verify_address(self, request: web.Request) -> web.Response:
        """The platform's test of our address: its sealed `echostr` comes back in clear."""
        try:
            return web.Response(text=self._opened(request, parameter(request, "echostr")))
        except (Forged, Malformed) as error:
            return refusal(error)

    async def _receive(self, request: web.Request) -> web.Response:
        try:
            raw = await read_body(request)
            callback = self._read(request, raw)
            await self._admit(request, raw, callback)
        except (Forged, Malformed, TooLarge) as error:
            return refusal(error)
        await self._heed(callback.event)
        delivery = callback.delivery
        parts = await self._answering.answer(delivery.update)
        if callback.press is not None:
            return await self._turn_card(delivery, callback.press, parts)
        return await self._say(delivery, parts or ())

    def _opened(self, request: web.Request, encrypted: str) -> str:
        self._envelope.verify(
            parameter(request, "msg_signature"),
            parameter(request, "timestamp"),
            parameter(request, "nonce"),
            encrypted,
        )
        return self._envelope.decrypt(encrypted)

    def _read(self, request: web.Request, raw: bytes) -> Callback:
        encrypted = read_fields(raw, ("Encrypt",)).get("Encrypt")
        if encrypted is None:
            raise Forged("the message is not encrypted")
        document = self._opened(request, encrypted)
        return read_callback(document, channel=self.name, corp_id=self._app.corp_id, zone=self._clock.zone)

    async def _admit(self, request: web.Request, raw: bytes, callback: Callback) -> None:
        timestamp, nonce = parameter(request, "timestamp"), parameter(request, "nonce")
        try:
            self._freshness.admit(timestamp, nonce, raw, self._clock.now())
        except Forged:
            if not await self._answering.known(self.name, callback.delivery.update.key):
                raise

    async def _heed(self, event: str) -> None:
        if event in SUSPENSIONS:
            await self._alarm.sound(self._suspension, say.WECOM_SUSPENDED.format(event=event))
        elif event in RESTORATIONS:
            await self._alarm.clear(self._suspension)

    @property
    def _suspension(self) -> str:
        return f"wecom_app:{self._app.agent_id}:suspended"

    async def _say(self, delivery: Delivery, parts: Sequence[Part]) -> web.Response:
        """The words at the beginning of `parts` now, as far as they go into one message; the rest by the outbox."""
        words = list(takewhile(lambda part: isinstance(part, Text | Markdown), parts))
        messages = [text for text in render(words, WECOM_APP_TEXT) if printable(text).strip()]
        rest = [*(Text(message) for message in messages[1:]), *parts[len(words) :]]
        if rest:
            await self._answering.later(delivery.update, rest)
        return self._sealed(text_reply(delivery, messages[0], self._clock.now()) if messages else "")

    async def _turn_card(
        self, delivery: Delivery, press: Press, parts: Sequence[Part] | None
    ) -> web.Response:
        """The pressed card becomes the answer, for who pressed it; what a card cannot hold is said as well."""
        now = self._clock.now()
        if parts is None:
            return self._sealed(button_reply(delivery, say.WECOM_PRESSED, now))
        words, rest = template_card.parted(parts)
        if not printable(words).strip():
            return self._sealed("")
        if rest:
            await self._answering.later(delivery.update, rest)
        return self._sealed(card_reply(delivery, template_card.answered(words, press.task), now))

    def _sealed(self, reply: str) -> web.Response:
        if not reply:
            return web.Response()
        sealed = sealed_reply(
            self._envelope,
            reply,
            at=self._clock.now(),
            nonce=self._clock.token(8).hex(),
            random16=self._clock.token(16),
        )
        return web.Response(text=sealed, content_type="application/xml")
