"""群机器人 (消息推送, W99110 / W91770): /cgi-bin/webhook/send and /cgi-bin/webhook/upload_media, strict."""

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.platform.app_messages import shown
from tests.platform.cards import NOTICES, check_card
from tests.platform.clock import Clock, StandingClock
from tests.platform.ledger import Entry, Outcome, Window
from tests.platform.media import received
from tests.platform.server import Answer, ApiServer, Call, Endpoint, Refused
from tests.platform.shapes import Items, Misshapen, Text

SEND = "/cgi-bin/webhook/send"
UPLOAD = "/cgi-bin/webhook/upload_media"

PER_MINUTE = 20
IMAGE_LIMIT = 2 << 20
UPLOAD_LIMITS = {"file": 20 << 20, "voice": 2 << 20}
FORMATS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
MENTIONS = {"mentioned_list?": Items(str, most=1000), "mentioned_mobile_list?": Items(str, most=1000)}
ARTICLE = {
    "title": Text(limit=128, least=1),
    "description?": Text(limit=512),
    "url": Text(limit=2048, least=1),
    "picurl?": str,
}
SPOKEN = ("text", "markdown", "markdown_v2")
BODIES: dict[str, Any] = {
    "text": {"content": Text(limit=2048, least=1), **MENTIONS},
    "markdown": {"content": Text(limit=4096, least=1)},
    "markdown_v2": {"content": Text(limit=4096, least=1)},
    "image": {"base64": str, "md5": str},
    "news": {"articles": Items(ARTICLE, least=1, most=8)},
    "file": {"media_id": str},
    "voice": {"media_id": str},
    "template_card": dict,
}


@dataclass
class Robot:
    """A robot in a group. `removed` and `disabled` are for ever until someone changes them."""

    key: str
    group: str
    members: set[str] = field(default_factory=set)
    removed: bool = False
    disabled: bool = False


class GroupRobotServer(ApiServer):
    """Robots by key. In the ledger a message is `to` its key."""

    malformed = 40058

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(clock or StandingClock())
        self.robots: dict[str, Robot] = {}
        self.minute = Window(PER_MINUTE, timedelta(minutes=1))
        self.mentioned: list[tuple[str, str]] = []
        """(key, userid) of everybody whose phone rang, `@all` among them."""
        self.on("POST", SEND, self._send, "key?")
        self.on("POST", UPLOAD, self._upload, "key?", "type")

    # -- the test's side -------------------------------------------------------------------------

    def add_robot(self, group: str, *, members: list[str] | None = None, key: str = "") -> str:
        """A robot in `group`; returns its key."""
        digest = hashlib.sha256(f"{group}{len(self.robots)}".encode()).hexdigest()
        key = key or f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"
        self.robots[key] = Robot(key, group, set(members or ()))
        return key

    def remove_robot(self, key: str) -> None:
        """Someone took the robot out of its group: 93000 for ever."""
        self.robots[key].removed = True

    # -- the platform's side ---------------------------------------------------------------------

    def guarded(self, method: str, path: str, endpoint: Endpoint, *query: str) -> None:
        """A webhook has no token."""
        self.on(method, path, endpoint, *query)

    def _robot(self, call: Call) -> Robot:
        robot = self.robots.get(call.query.get("key", ""))
        if robot is None or robot.removed:
            raise Refused(93000, "invalid webhook url, hint: [1-2]")
        if robot.disabled:
            raise Refused(93004, "bot is disabled")
        return robot

    def _upload(self, call: Call) -> Answer:
        self._robot(call)
        created = str(int(self.clock.now().timestamp()))
        return {**received(self, call, call.query["type"], UPLOAD_LIMITS), "created_at": created}

    def _send(self, call: Call) -> Answer:
        message: dict[str, Any] = {}
        outcome, code = Outcome.DELIVERED, 0
        try:
            robot = self._robot(call)
            message = self.shaped(call, dict)
            self._check(robot, message)
            if not self.minute.take(robot.key, self.clock.now()):
                raise Refused(45009, "api freq out of limit")
        except Refused as refused:
            outcome, code = Outcome.REFUSED, refused.code
            raise
        finally:
            kind = str(message.get("msgtype"))
            content = shown(kind, message.get(kind))
            self.ledger.write(
                Entry(self.clock.now(), call.query.get("key", ""), kind, content, outcome, code)
            )
        self._ring(robot, message)
        return {"errcode": 0, "errmsg": "ok"}

    def _check(self, robot: Robot, message: dict[str, Any]) -> None:
        kind = str(message.get("msgtype"))
        if kind not in BODIES:
            raise Refused(40008, "invalid message type")
        body = message.get(kind)
        if kind in SPOKEN and isinstance(body, dict) and body.get("content") == "":
            raise Refused(44004, "empty content")
        # chatid, visible_to_user and post_id are known from the official group assistant only, so not here
        self.require(message, {"msgtype": str, kind: BODIES[kind]})
        if kind == "image":
            _check_image(message["image"])
        elif kind in ("file", "voice"):
            self.kept(message[kind]["media_id"], kind)
        elif kind == "template_card":
            try:
                check_card(message["template_card"], NOTICES, strict=self.strict)
            except Misshapen as error:
                raise Refused(error.code or self.malformed, str(error)) from None

    def _ring(self, robot: Robot, message: dict[str, Any]) -> None:
        """Mentions of people who are not in the group ring nowhere."""
        if message["msgtype"] == "text":
            named = message["text"].get("mentioned_list", [])
            rung = [name for name in named if name == "@all" or name in robot.members]
        elif message["msgtype"] == "markdown":
            content = message["markdown"]["content"]
            rung = [userid for userid in sorted(robot.members) if f"<@{userid}>" in content]
        else:
            rung = []
        self.mentioned += [(robot.key, name) for name in rung]


def _check_image(image: dict[str, str]) -> None:
    try:
        content = base64.b64decode(image["base64"], validate=True)
    except binascii.Error:
        raise Refused(40058, "image.base64: not base64") from None
    if len(content) > IMAGE_LIMIT:
        raise Refused(40009, "invalid image size")
    if not content.startswith(FORMATS):
        raise Refused(40123, "invalid image format")
    if hashlib.md5(content).hexdigest() != image["md5"].lower():
        raise Refused(301019, "invalid file md5")
