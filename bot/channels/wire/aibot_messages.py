"""The robot's JSON: what people say and press, as an `Update`; what we say, as bodies of replies and pushes.

Follows W100719 接收消息, W101027 接收事件, W101031 被动回复 and W101463 长连接; both modes write alike.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final

from bot.channels.wire.template_card import answered, card, read_press, task_id
from bot.chat.converters import readable
from bot.chat.errors import Malformed
from bot.chat.reply import Card, Markdown, Part
from bot.chat.update import IdKind, Kind, Update

ID_LENGTH: Final = 256

Body = dict[str, Any]

_KINDS: Final[Mapping[str, Kind]] = {
    "image": Kind.PICTURE,
    "file": Kind.OTHER_MEDIA,
    "video": Kind.OTHER_MEDIA,
}
_OPEN_USERID = re.compile(r"wo[0-9A-Za-z_-]{30}")
"""How W101521's open_userids look. Somebody with such a userid of his own would only be looked up once in vain."""
_ADDRESS = re.compile(r"https?://[!-~]{1,2000}")
_KEY = re.compile(r"[0-9A-Za-z+/]{43}=?")
_STROKE = re.compile(r"[@＠][^\n]*?\s(?=[/／][^\s/／])")
_FIRST = re.compile(r"[@＠][^\s/／]+\s*")
_LAST = re.compile(r"(?:^|\s)[@＠][^@＠\n]*$")


@dataclass(frozen=True, slots=True)
class Robot:
    """`channel`: under which its updates go. `name`: as it stands in mentions; may be empty. `corporation`: whose
    ids its people have, where a message does not say so; may be empty. `one_key`: files are sealed with the key of
    our address (URL mode), and not each with its own."""

    channel: str
    name: str = ""
    corporation: str = ""
    one_key: bool = False


def read_update(body: Mapping[str, Any], robot: Robot, *, now: datetime, zone: tzinfo) -> Update:
    """A message or event as an `Update`; events and message types nobody knows yet become `Kind.EVENT`.

    A group message reaches the robot only when it is mentioned. Raises `Malformed`.
    """
    kind, text, task = Kind.EVENT, "", ""
    msgtype = body.get("msgtype")
    chat = _id(body, "chatid") if body.get("chattype") == "group" else None
    event = body.get("event")
    if msgtype == "event" and isinstance(event, dict):
        if event.get("eventtype") == "enter_chat":
            kind = Kind.FOLLOW
        elif event.get("eventtype") == "template_card_event":
            press = read_press(event)
            kind, text, task = Kind.CLICK, press.command, readable(press.task)
    elif isinstance(msgtype, str):
        kind, text = _content(msgtype, body.get(msgtype))
        if kind is Kind.TEXT and chat is not None:
            text = without_mention(text, robot.name)
    person = body.get("from")
    if not isinstance(person, dict):
        raise Malformed("the message has no sender")
    sender = _id(person, "userid")
    corporation = person.get("corpid") or None
    return Update(
        robot.channel,
        _id(body, "msgid"),
        sender,
        _moment(body.get("create_time"), now, zone),
        readable(text),
        kind,
        chat,
        mentioned=chat is not None,
        tenant=_id(person, "corpid") if corporation is not None else robot.corporation,
        id_kind=IdKind.OPEN if _OPEN_USERID.fullmatch(sender) else IdKind.PLAIN,
        card=task,
        media=_picture(body, one_key=robot.one_key) if kind is Kind.PICTURE else "",
    )


def where(media: str) -> tuple[str, str]:
    """Where a picture can be had for five minutes, and the key it is sealed with; empty: that of our address."""
    address, key = json.loads(media)
    return address, key


def _picture(body: Mapping[str, Any], *, one_key: bool) -> str:
    """What `where` reads; empty without an address, or a key where it needs its own, and for what stands among
    words."""
    content = body.get("image")
    address, key = (content.get("url"), content.get("aeskey")) if isinstance(content, dict) else ("", "")
    if one_key:
        key = ""
    elif not isinstance(key, str) or not _KEY.fullmatch(key):
        return ""
    known = isinstance(address, str) and _ADDRESS.fullmatch(address)
    return json.dumps([address, key]) if known else ""


def without_mention(text: str, name: str) -> str:
    """`text` without the robot's mention, which stands before or behind what is said.

    A name may hold spaces, and the platform does not say where it ends. With `name` known, it is cut out
    exactly. Otherwise a mention in front ends before the first command, else at the first space; one at the
    end goes on to the end.
    """
    text = text.strip()
    if name:
        mention = re.compile(rf"\s*[@＠]{re.escape(name)}(?=[\s/／]|$)\s*")
        cut = mention.sub(" ", text).strip()
        if cut != text:
            return cut
    if text[:1] in ("@", "＠"):
        return (_STROKE if _STROKE.match(text) else _FIRST).sub("", text, count=1).strip()
    return _LAST.sub("", text).strip()


def reply(messages: Sequence[Part], key: str) -> tuple[Body, int]:
    """The body that says the first of `messages` (not a picture or file), and how many of them it says.

    A text goes as one finished stream, a card behind it along with it.
    """
    first = messages[0]
    if isinstance(first, Card):
        return {"msgtype": "template_card", "template_card": card(first, task_id(key, first))}, 1
    said: Body = {"msgtype": "stream", "stream": stream(key, first.plain(), finish=True)}
    if len(messages) > 1 and isinstance(second := messages[1], Card):
        said["msgtype"] = "stream_with_template_card"
        return {**said, "template_card": card(second, task_id(key, second))}, 2
    return said, 1


def stream(key: str, content: str, *, finish: bool) -> Body:
    """The stream that answers the message `key`: its whole text each time, at most 20,480 bytes."""
    return {"id": key, "finish": finish, "content": content}


def push(message: Part, key: str) -> Body:
    """The body of a push (text is not allowed there), or of what goes to a response_url."""
    if isinstance(message, Card):
        return {"msgtype": "template_card", "template_card": card(message, task_id(key, message))}
    words = message.text if isinstance(message, Markdown) else message.plain()
    return {"msgtype": "markdown", "markdown": {"content": words}}


def pressed_card(update: Update, text: str) -> Body:
    """What the card becomes for who pressed it; everybody else still sees its buttons."""
    return {
        "response_type": "update_template_card",
        "userids": [update.sender],
        "template_card": answered(text, update.card),
    }


def _content(msgtype: str, content: object) -> tuple[Kind, str]:
    if msgtype in _KINDS:
        return _KINDS[msgtype], ""
    if msgtype not in ("text", "voice", "mixed"):
        return Kind.EVENT, ""
    if not isinstance(content, dict):
        raise Malformed("the message is empty")
    if msgtype == "mixed":
        words = _words_of_mixed(content.get("msg_item"))
        return (Kind.TEXT, words) if words.strip() else (Kind.PICTURE, "")
    said = content.get("content")
    if not isinstance(said, str):
        raise Malformed("the message holds no text")
    return (Kind.TEXT, said) if said.strip() or msgtype == "text" else (Kind.VOICE, "")


def _words_of_mixed(items: object) -> str:
    if not isinstance(items, list):
        raise Malformed("the mixed message has no items")
    texts = [item.get("text") for item in items if isinstance(item, dict) and item.get("msgtype") == "text"]
    words = [text.get("content") for text in texts if isinstance(text, dict)]
    return "\n".join(word for word in words if isinstance(word, str))


def _id(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= ID_LENGTH or not value.isprintable():
        raise Malformed(f"{name} is missing or no id")
    return value


def _moment(seconds: object, now: datetime, zone: tzinfo) -> datetime:
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        return now
    try:
        return datetime.fromtimestamp(seconds, zone)
    except (OverflowError, OSError, ValueError):
        raise Malformed("create_time is no time") from None
