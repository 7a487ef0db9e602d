"""微信公众号 / 服务号: one to one with villagers on personal WeChat.

Follows 接入指引, 消息加解密说明 and 被动回复用户消息. A callback is believed in this order: size,
signature, decryption, form, and last its time and nonce, which a known message is excused from.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from aiohttp import web

from bot.channels.limits import OFFICIAL_CUSTOMER_TEXT, OFFICIAL_PASSIVE_TEXT, render
from bot.channels.wire.callback import Freshness, parameter, read_body, refusal
from bot.channels.wire.crypto import Envelope, Seal
from bot.channels.wire.official_api import DEFAULT_BASE, OfficialApi
from bot.channels.wire.xml import Delivery, printable, read_delivery, read_fields, sealed_reply, text_reply
from bot.chat.channel import Answering, Recipient
from bot.chat.errors import Forged, Malformed, TooLarge, Undeliverable, WindowClosed
from bot.chat.reply import Text
from bot.clock import Clock

PATH = "/wechat"
SILENCE = "success"

_ECHO = re.compile(r"[0-9A-Za-z_+/=.-]{1,256}")


class Mode(StrEnum):
    """How the platform is told to deliver. Plain leaves the body unsigned: one leaked URL forges all."""

    SAFE = "safe"
    COMPATIBLE = "compatible"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class OfficialAccountSettings:
    """What the account's page at the platform shows. `aes_key` is not needed in plain mode."""

    app_id: str
    app_secret: str = field(repr=False)
    token: str = field(repr=False)
    aes_key: str = field(default="", repr=False)
    mode: Mode = Mode.SAFE
    api_base: str = DEFAULT_BASE


class OfficialAccount:
    """The channel `official_account`: a callback that answers passively, and customer-service messages."""

    name = "official_account"

    def __init__(self, settings: OfficialAccountSettings, answering: Answering, clock: Clock) -> None:
        self._seal = Seal(settings.token)
        self._envelope = (
            None
            if settings.mode is Mode.PLAIN
            else Envelope(settings.token, settings.aes_key, settings.app_id)
        )
        self._api = OfficialApi(settings.api_base, settings.app_id, settings.app_secret, clock)
        self._answering = answering
        self._clock = clock
        self._freshness = Freshness()
        self._taken: dict[str, int] = {}

    def routes(self) -> Sequence[web.RouteDef]:
        return (
            web.get(PATH, self._verify_address, allow_head=False),
            web.post(PATH, self._receive),
        )

    async def send(self, to: Recipient, parts: Sequence[Text], *, key: str) -> None:
        """Deliver `parts` as customer-service messages; a retry goes on after the last one taken.

        Raises what `Channel.send` names; `WindowClosed` when it has to wait for the person's next message.
        """
        if to.group:
            raise Undeliverable("an Official Account is in no group")
        messages = render(parts, OFFICIAL_CUSTOMER_TEXT)
        try:
            for number in range(self._taken.get(key, 0), len(messages)):
                await self._api.send_text(to.external_id, messages[number])
                self._taken[key] = number + 1
        except WindowClosed:
            raise
        except Undeliverable:
            self._taken.pop(key, None)
            raise
        self._taken.pop(key, None)

    async def close(self) -> None:
        await self._api.close()

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
            delivery = read_delivery(self._open(request, body), channel=self.name, zone=self._clock.zone)
            await self._admit(request, body, delivery)
        except (Forged, Malformed, TooLarge) as error:
            return refusal(error)
        parts = await self._answering.answer(delivery.update)
        return await self._say(delivery, parts or ())

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

    async def _say(self, delivery: Delivery, parts: Sequence[Text]) -> web.Response:
        messages = [text for text in render(parts, OFFICIAL_PASSIVE_TEXT) if printable(text).strip()]
        if not messages:
            return web.Response(text=SILENCE)
        if messages[1:]:
            await self._answering.later(delivery.update, [Text(message) for message in messages[1:]])
        now = self._clock.now()
        reply = text_reply(delivery, messages[0], now)
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
