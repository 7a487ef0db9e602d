"""The forms of what an intelligent robot may say, and the errcodes for what it may not.

Follows 被动回复消息 (101031), 模板卡片类型 (101032), 主动回复消息 (101138), 长连接 (101463) and, for names of
fields, the types of the official Node SDK.
"""

from collections.abc import Collection, Mapping
from typing import Any

from tests.platform.cards import SHAPES, check_card
from tests.platform.server import Refused
from tests.platform.shapes import Items, Misshapen, Text, check

BUSY = -1
WRONG_SECRET = 40001
"""Not documented: any code that is not zero, -1 or 45009 means the credentials."""
BAD_MEDIA = 40007
BAD_KIND = 40008
BAD_PARAMETER = 40058
EMPTY = 44004
TOO_LONG = 45002
TOO_OFTEN = 45009
BAD_JSON = 47001
NEVER_SPOKEN = 48002
"""Not documented: a push to a chat in which nobody has spoken to the robot."""
UNKNOWN_CHAT = 93006
NOT_IN_GROUP = 93008
BAD_REQ_ID = 846605
"""A req_id that is not, or no longer, that of a callback which may be answered so; seen in reports."""
STREAM_EXPIRED = 846608
NOT_SUBSCRIBED = 846609

CONTENT_LIMIT = 20480
WELCOME_LIMIT = 2048
"""Bytes; not documented, the limit of texts elsewhere at WeCom."""

_FEEDBACK = {"id": Text(256, 1)}
_BUTTON = {"text": Text(2048, 1), "style?": frozenset({1, 2, 3, 4}), "key": Text(1024, 1)}

STREAM = {
    "id": Text(256, 1),
    "finish?": bool,
    "content?": str,
    "feedback?": _FEEDBACK,
}
_PICTURE = {"msgtype": Text(pattern="image"), "image": {"base64": Text(14 << 20, 1), "md5": Text(32, 32)}}
STREAM_OF_URL_MODE = {**STREAM, "msg_item?": Items(_PICTURE, most=10)}
MARKDOWN = {"content": str, "feedback?": _FEEDBACK}
_MEDIA = {"media_id": Text(1024, 1)}
_FORMS: dict[str, dict[str, Any]] = {
    "text": {"text": {"content": str}},
    "markdown": {"markdown": MARKDOWN},
    "template_card": {"template_card": object},
    "stream": {"stream": STREAM},
    "stream_with_template_card": {"stream": STREAM, "template_card?": object},
    "file": {"file": _MEDIA},
    "image": {"image": _MEDIA},
    "voice": {"voice": _MEDIA},
    "video": {"video": {**_MEDIA, "title?": Text(128), "description?": Text(512)}},
}
_UPDATE = {
    "response_type": Text(pattern="update_template_card"),
    "userids?": Items(Text(256, 1), 1),
    "template_card": object,
}
MEDIA_KINDS = ("file", "image", "voice", "video")
REPLY_KINDS = ("stream", "template_card", "stream_with_template_card", *MEDIA_KINDS)
"""A plain markdown reply is not documented, so it is not accepted."""
PUSH_KINDS = ("markdown", "template_card", *MEDIA_KINDS)
WELCOME_KINDS = ("text", "template_card")


def require(value: object, shape: Any, where: str = "", *, strict: bool = True) -> None:
    """`Refused` unless `value` has the `shape`."""
    try:
        check(value, shape, where, strict=strict)
    except Misshapen as error:
        raise Refused(BAD_PARAMETER if error.code is None else error.code, str(error)) from None


def require_content(
    body: Any,
    kinds: Collection[str],
    around: Mapping[str, Any] | None = None,
    *,
    stream: Any = STREAM,
    strict: bool = True,
) -> str:
    """The msgtype of `body`, which is one of `kinds` and well formed. `around`: the fields beside its content."""
    if not isinstance(body, dict):
        raise Refused(BAD_PARAMETER, "body: not an object")
    kind = body.get("msgtype")
    if not isinstance(kind, str) or kind not in kinds:
        raise Refused(BAD_KIND, f"invalid message type {kind}")
    form = {"msgtype": str, **(around or {}), **_FORMS[kind]}
    if "stream" in form:
        form["stream"] = stream
    require(body, form, strict=strict)
    _require_size(body, kind)
    if "template_card" in body:
        require_card(body["template_card"], strict=strict)
    return kind


def _require_size(body: Any, kind: str) -> None:
    """Only a stream that is not finished may be empty; `Chats` looks after that."""
    said = body.get("stream", body[kind] if kind in {"text", "markdown"} else {})
    text = said.get("content", "")
    if len(text.encode()) > (WELCOME_LIMIT if kind == "text" else CONTENT_LIMIT):
        raise Refused(TOO_LONG, f"content: {len(text.encode())} bytes")
    if kind in {"text", "markdown"} and not text.strip():
        raise Refused(EMPTY, "content: empty")


def require_card(card: Any, *, strict: bool = True) -> None:
    """`Refused` unless `card` is a template card. A button of a robot's card has no address, only a key."""
    plain = card
    if isinstance(card, dict) and "feedback" in card:
        require(card["feedback"], _FEEDBACK, "template_card.feedback", strict=strict)
        plain = {name: value for name, value in card.items() if name != "feedback"}
    try:
        check_card(plain, SHAPES, strict=strict)
    except Misshapen as error:
        raise Refused(BAD_PARAMETER, str(error)) from None
    for button in plain.get("button_list", []):
        require(button, _BUTTON, "template_card.button_list", strict=strict)


def require_update(body: Any, task_id: str, *, strict: bool = True) -> None:
    """`Refused` unless `body` puts a card in the place of the one with `task_id`."""
    require(body, _UPDATE, strict=strict)
    require_card(body["template_card"], strict=strict)
    if body["template_card"].get("task_id") != task_id:
        raise Refused(BAD_PARAMETER, "template_card.task_id: not the one of the event")
