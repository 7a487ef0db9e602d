"""群机器人 (消息推送): posts to a group's webhook, hears nothing, and alone can call people there by @.

Follows W99110 / W91770. A webhook is a secret and the whole address of a group: it stands in no log, error,
bucket or repr of ours.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from aiohttp import web

from bot.channels import phrases as say
from bot.channels.limits import GROUP_ROBOT_MARKDOWN, GROUP_ROBOT_TEXT
from bot.channels.wecom_messages import Room, attachment, body, is_picture, rendered
from bot.channels.wire.api import COMMON, TOTAL_SECONDS, Api, Meaning, Media, Quota
from bot.channels.wire.wecom_api import MediaGone, uploaded
from bot.chat.channel import Recipient, Window
from bot.chat.errors import Removed, Throttled, Undeliverable
from bot.chat.reply import File, Image, Part, Text
from bot.clock import Clock
from storage.database import Database

SEND: Final = "/send"
UPLOAD: Final = "/upload_media"

PACE: Final = 18
"""Messages a minute and robot; the platform takes 20."""

IMAGE_LIMIT: Final = 2 * 1024 * 1024
"""Bytes before base64; what is larger goes as a file."""

MEANINGS: Final = {
    **COMMON,
    40007: Meaning(MediaGone, say.WECOM_UPLOAD_LOST),
    40009: Meaning(Undeliverable, say.BAD_REQUEST),
    40058: Meaning(Undeliverable, say.BAD_REQUEST),
    40123: Meaning(Undeliverable, say.BAD_REQUEST),
    44001: Meaning(Undeliverable, say.EMPTY_MESSAGE),
    45009: Meaning(Throttled, say.WEBHOOK_BUSY, Quota.MINUTE),
    93000: Meaning(Removed, say.WEBHOOK_DEAD),
    93004: Meaning(Removed, say.WEBHOOK_DEAD),
    93017: Meaning(Undeliverable, say.EMPTY_MESSAGE),
    301019: Meaning(Undeliverable, say.BAD_REQUEST),
}

ROOM: Final = Room(text=GROUP_ROBOT_TEXT, markdown=GROUP_ROBOT_MARKDOWN, cards=False)

EVERYBODY: Final = "@all"
"""Never called: members come by name, and nobody's userid is this."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """A group's webhook, taken apart: where it is, and the robot's key."""

    base: str
    folder: str
    key: str = field(repr=False)


def read_webhook(address: str) -> Webhook:
    """Raises `Undeliverable` for what is no webhook of a group robot."""
    try:
        parts = urlsplit(address)
        keys = parse_qs(parts.query).get("key", [])
    except ValueError:
        keys = []
    if len(keys) != 1 or not parts.path.endswith(SEND):
        raise Undeliverable(say.WEBHOOK_WITHOUT_KEY)
    return Webhook(f"{parts.scheme}://{parts.netloc}", parts.path.removesuffix(SEND), keys[0])


class GroupRobot:
    """The channel `group_robot`. A recipient's id is the webhook itself."""

    name = "group_robot"

    def __init__(self, database: Database, clock: Clock, *, patience: float = TOTAL_SECONDS) -> None:
        self._database = database
        self._clock = clock
        self._patience = patience
        self._apis: dict[str, Api] = {}

    def routes(self) -> Sequence[web.RouteDef]:
        return ()

    async def start(self) -> None:
        """Nothing stays open."""

    def ready(self) -> bool:
        return True

    def render(self, to: Recipient, parts: Sequence[Part]) -> Sequence[Part]:
        return rendered(parts, ROOM)

    def windows(self, to: Recipient) -> Sequence[Window]:
        robot = hashlib.sha256(read_webhook(to.external_id).key.encode()).hexdigest()[:16]
        return (Window(f"group_robot:{robot}", PACE, 60),)

    async def send(self, to: Recipient, message: Part, *, key: str) -> str:
        """Post one message; the platform gives no id for it. Raises what `Channel.send` names."""
        webhook = read_webhook(to.external_id)
        if webhook.base not in self._apis:
            self._apis[webhook.base] = Api(webhook.base, MEANINGS, self._clock, patience=self._patience)
        api = self._apis[webhook.base]
        match message:
            case Image() | File():
                content = await self._attached(api, webhook, message)
            case Text() if message.mentions:
                called = [userid for userid in to.mentions if userid != EVERYBODY]
                content = {
                    "msgtype": "text",
                    "text": {"content": message.plain(), "mentioned_list": called},
                }
            case _:
                content = body(message)
        await api.post(webhook.folder + SEND, content, {"key": webhook.key}, coded=True)
        return ""

    async def close(self) -> None:
        for api in self._apis.values():
            await api.close()

    async def _attached(self, api: Api, webhook: Webhook, message: Image | File) -> dict[str, Any]:
        kept = await attachment(self._database, message.attachment)
        if isinstance(message, Image) and is_picture(kept) and len(kept) <= IMAGE_LIMIT:
            digest = hashlib.md5(kept, usedforsecurity=False).hexdigest()
            return {"msgtype": "image", "image": {"base64": base64.b64encode(kept).decode(), "md5": digest}}
        media, query = Media(kept, message.name), {"key": webhook.key, "type": "file"}
        media_id = await uploaded(api.upload(webhook.folder + UPLOAD, media, query))
        return {"msgtype": "file", "file": {"media_id": media_id}}
