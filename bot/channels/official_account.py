"""微信公众号 / 服务号: one to one with villagers on personal WeChat.

Follows 接入指引, 消息加解密说明, 被动回复用户消息 and 客服消息. A callback is believed in this order: size,
signature, decryption, form, and last its time and nonce, which a known message is excused from.
"""

import hashlib
import mimetypes
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from aiohttp import web

from bot.channels import phrases as say
from bot.channels.binding import BindPage
from bot.channels.limits import OFFICIAL_CUSTOMER_TEXT, OFFICIAL_PASSIVE_TEXT, render
from bot.channels.official_account_notice import Notice
from bot.channels.official_account_porter import OfficialPorter
from bot.channels.wire.api import Media
from bot.channels.wire.callback import Freshness, parameter, read_body, refusal
from bot.channels.wire.crypto import Envelope, Seal
from bot.channels.wire.official_api import DEFAULT_BASE, OfficialApi
from bot.channels.wire.xml import (
    Delivery,
    Report,
    printable,
    read_delivery,
    read_fields,
    sealed_reply,
    text_reply,
)
from bot.chat.bare_picture import LARGEST
from bot.chat.channel import Alarm, Answering, Recipient, Window
from bot.chat.errors import (
    Forged,
    Malformed,
    Misconfigured,
    TooLarge,
    Undeliverable,
    WindowClosed,
)
from bot.chat.reply import Image, Link, Part, Text
from bot.clock import Clock
from storage.base import NotFound
from storage.database import Database

PATH = "/wechat"
SILENCE = "success"
PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/bmp"})
"""What the platform takes as an image (新增临时素材)."""

ONE_A_DAY = 86_400

_ECHO = re.compile(r"[0-9A-Za-z_+/=.-]{1,256}")


class Mode(StrEnum):
    """How the platform is told to deliver. Plain leaves the body unsigned: one leaked URL forges all."""

    SAFE = "safe"
    COMPATIBLE = "compatible"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class OfficialAccountSettings:
    """What the account's page at the platform shows. `aes_key` is not needed in plain mode.

    `public_url`: where people's browsers reach us; without it there is no binding page. `subscribed` and
    `template` are how someone is told who has not spoken for 48 hours (`official_account_notice`).
    """

    app_id: str
    app_secret: str = field(repr=False)
    token: str = field(repr=False)
    aes_key: str = field(default="", repr=False)
    mode: Mode = Mode.SAFE
    api_base: str = DEFAULT_BASE
    public_url: str = ""
    subscribed: Notice | None = None
    template: Notice | None = None


class OfficialAccount:
    """The channel `official_account`: a callback that answers passively, and customer-service messages."""

    name = "official_account"

    def __init__(
        self,
        settings: OfficialAccountSettings,
        answering: Answering,
        *,
        database: Database,
        clock: Clock,
        alarm: Alarm,
    ) -> None:
        self._settings = settings
        self._seal = Seal(settings.token)
        self._envelope = (
            None
            if settings.mode is Mode.PLAIN
            else Envelope(settings.token, settings.aes_key, settings.app_id)
        )
        self.api = OfficialApi(
            settings.api_base,
            settings.app_id,
            settings.app_secret,
            database=database,
            clock=clock,
            alarm=alarm,
        )
        self._page = BindPage(
            OfficialPorter(settings.app_id, self.api),
            settings.app_secret,
            settings.public_url,
            answering=answering,
            database=database,
            clock=clock,
        )
        self._answering = answering
        self._database = database
        self._clock = clock
        self._freshness = Freshness()

    def routes(self) -> Sequence[web.RouteDef]:
        return (
            web.get(PATH, self._verify_address, allow_head=False),
            web.post(PATH, self._receive),
            *self._page.routes(),
        )

    async def start(self) -> None:
        """Nothing stays open."""

    def ready(self) -> bool:
        return True

    def render(self, to: Recipient, parts: Sequence[Part]) -> Sequence[Part]:
        """Pictures and links as they are, all else packed and split as text."""
        messages: list[Part] = []
        words: list[Part] = []
        for part in parts:
            if isinstance(part, Image | Link):
                messages += [*_texts(words), part]
                words = []
            else:
                words.append(part)
        return [*messages, *_texts(words)]

    def windows(self, to: Recipient) -> Sequence[Window]:
        """None of ours: after a person's last message the platform counts (five in 48 hours, three in the
        minute after a click, a scan or following), and it refuses what is over instead of dropping it."""
        return ()

    async def send(self, to: Recipient, message: Part, *, key: str) -> str:
        """Deliver a customer-service message; where the platform forbids one, a notice if there is a template.

        Raises what `Channel.send` names. A notice that holds the whole message counts as the message, and its
        id is the receipt; else `WindowClosed`, for the message itself still waits for the person's next one.
        """
        if to.group:
            raise Undeliverable(say.NOT_IN_GROUPS)
        try:
            await self._send_freely(to.external_id, message)
        except WindowClosed as closed:
            return await self._notify(to.external_id, message.plain(), key, closed)
        return ""

    async def picture(self, media: str) -> bytes:
        return (await self.api.media(media, limit=LARGEST)).body

    async def close(self) -> None:
        await self.api.close()

    async def _send_freely(self, openid: str, message: Part) -> None:
        match message:
            case Image():
                await self._send_image(openid, message)
            case Link():
                article = {
                    "title": message.title,
                    "description": message.description,
                    "url": message.url,
                    "picurl": message.picture,
                }
                await self.api.send(openid, "news", {"articles": [article]})
            case _:
                await self.api.send(openid, "text", {"content": message.plain()})

    async def _send_image(self, openid: str, image: Image) -> None:
        kind = mimetypes.guess_type(image.name)[0] or ""
        try:
            body = await self._database.read(lambda uow: uow.attachments.get(image.attachment))
        except NotFound:
            body = b""
        if not body or kind not in PICTURES:
            await self.api.send(openid, "text", {"content": image.alt})
            return
        media_id = await self.api.upload_image(Media(body, image.name, kind))
        await self.api.send(openid, "image", {"media_id": media_id})

    async def _notify(self, openid: str, text: str, key: str, closed: WindowClosed) -> str:
        """Raises `closed`, or says in its place that a notice was given."""
        settings, now = self._settings, self._clock.now()
        for notice, subscribed in ((settings.subscribed, True), (settings.template, False)):
            if notice is None:
                continue
            whole = notice.holds(text)
            if not whole and await self._noticed_today(openid):
                raise closed
            data = notice.filled(text, now)
            try:
                if subscribed:
                    receipt = ""
                    await self.api.send_subscribed(openid, notice.template, data)
                else:
                    mark = hashlib.sha256(key.encode()).hexdigest()[:32]
                    receipt = await self.api.send_template(openid, notice.template, data, key=mark)
            except (Undeliverable, Misconfigured):
                continue  # not agreed to, or not as the template is: the operator has been told
            if whole:
                return _receipt(receipt) if receipt else ""
            raise WindowClosed(say.NOTICED)
        raise closed

    async def _noticed_today(self, openid: str) -> bool:
        """Whether this person was told today that something waits; from now on they were."""
        bucket = f"{self.name}:notice:{openid}"
        return await self._database.run(lambda uow: uow.pace.take([(bucket, 1, ONE_A_DAY)])) is not None

    async def _verify_address(self, request: web.Request) -> web.Response:
        """The platform's test of our address: its `echostr` comes back bare."""
        try:
            self._check_seal(request)
            return web.Response(text=_echo(request))
        except Forged as error:
            return refusal(error)

    async def _receive(self, request: web.Request) -> web.Response:
        try:
            body = await read_body(request)
            delivery = read_delivery(
                self._open(request, body),
                channel=self.name,
                tenant=self._settings.app_id,
                zone=self._clock.zone,
            )
            await self._admit(request, body, delivery)
        except (Forged, Malformed, TooLarge) as error:
            return refusal(error)
        if delivery.report is not None and delivery.report.status:
            await self._keep(delivery.report)
        parts = list(await self._answering.answer(delivery.update) or ())
        if delivery.then is not None:
            parts += await self._answering.answer(delivery.then) or ()
        return await self._say(delivery, parts)

    async def _keep(self, report: Report) -> None:
        """The platform says that a template message it took did not arrive after all."""
        refused = "user" in report.status.lower()
        cause = say.REFUSED_BY_PERSON if refused else say.LOST_BY_PLATFORM.format(status=report.status[:60])
        receipt = _receipt(report.receipt)
        await self._database.run(lambda uow: uow.outbox.reported(receipt, cause=cause))

    def _check_seal(self, request: web.Request) -> None:
        self._seal.verify(
            parameter(request, "signature"), parameter(request, "timestamp"), parameter(request, "nonce")
        )

    def _open(self, request: web.Request, body: bytes) -> str:
        """The message in `body`, its signature verified. Compatible mode's plain copy is never looked at."""
        if self._envelope is None:
            self._check_seal(request)
            try:
                return body.decode()
            except UnicodeDecodeError:
                raise Malformed("the body is not UTF-8") from None
        try:
            encrypted = read_fields(body, ("Encrypt",)).get("Encrypt")
        except Malformed:
            # Only who can sign is told that the body is malformed.
            self._check_seal(request)
            raise
        if encrypted is None:
            raise Forged("the message is not encrypted")
        self._envelope.verify(
            parameter(request, "msg_signature"),
            parameter(request, "timestamp"),
            parameter(request, "nonce"),
            encrypted,
        )
        return self._envelope.decrypt(encrypted)

    async def _admit(self, request: web.Request, body: bytes, delivery: Delivery) -> None:
        timestamp, nonce = parameter(request, "timestamp"), parameter(request, "nonce")
        try:
            self._freshness.admit(timestamp, nonce, body, self._clock.now())
        except Forged:
            if not await self._answering.known(self.name, delivery.update.key):
                raise

    async def _say(self, delivery: Delivery, parts: Sequence[Part]) -> web.Response:
        """The first text is the response; what is behind it, and what is no text, follows by the outbox."""
        to = Recipient(delivery.update.sender)
        messages = [message for message in self.render(to, parts) if printable(message.plain()).strip()]
        first = messages[0] if messages else None
        rest = messages[1:] if isinstance(first, Text) else messages
        if rest:
            await self._answering.later(delivery.update, rest)
        if not isinstance(first, Text):
            return web.Response(text=SILENCE)
        now = self._clock.now()
        reply = text_reply(delivery, first.text, now)
        if self._envelope is not None:
            reply = sealed_reply(
                self._envelope,
                reply,
                at=now,
                nonce=self._clock.token(8).hex(),
                random16=self._clock.token(16),
            )
        return web.Response(text=reply, content_type="application/xml")


def _echo(request: web.Request) -> str:
    echo = parameter(request, "echostr")
    if not _ECHO.fullmatch(echo):
        raise Forged("the echostr is not what the platform sends")
    return echo


def _texts(words: Sequence[Part]) -> list[Text]:
    """Passive replies and customer-service messages have one limit."""
    limit = min(OFFICIAL_PASSIVE_TEXT, OFFICIAL_CUSTOMER_TEXT)
    return [Text(message) for message in render(words, limit)]


def _receipt(message_id: str) -> str:
    return f"template:{message_id}"
