"""What WeCom tells a 自建应用, and how it is answered: the XML inside the envelope.

Follows W90239 消息格式, W90240 事件格式 and W90241 被动回复消息格式.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from types import MappingProxyType
from typing import Any, Final

from bot.channels.wire.template_card import Press, read_press
from bot.channels.wire.xml import Delivery, media_of, printable, read_fields
from bot.chat.errors import Malformed
from bot.chat.update import Kind, Update

_FIELDS: Final = frozenset(
    {
        "ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId", "Content", "Event", "EventKey",
        "TaskId", "ResponseCode", "MediaId",
    }
)  # fmt: skip
_MESSAGES: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "text": Kind.TEXT,
        "voice": Kind.VOICE,
        "image": Kind.PICTURE,
        "video": Kind.OTHER_MEDIA,
        "location": Kind.OTHER_MEDIA,
        "link": Kind.OTHER_MEDIA,
    }
)
_EVENTS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "subscribe": Kind.FOLLOW,
        "unsubscribe": Kind.UNFOLLOW,
        "click": Kind.CLICK,
        "template_card_event": Kind.CLICK,
    }
)
_ID: Final = re.compile(r"[!-~]{1,64}")
_NUMBER: Final = re.compile(r"[0-9]{1,20}")
_LATEST: Final = 1 << 33
"""Seconds since 1970 of the year 2242; no honest CreateTime is behind it."""


@dataclass(frozen=True, slots=True)
class Callback:
    """One delivery. `event`: its name in lower case, empty for a message; `press` of a card's button."""

    delivery: Delivery
    event: str = ""
    press: Press | None = None


def read_callback(document: str, *, channel: str, corp_id: str, zone: tzinfo) -> Callback:
    """The decrypted `document`. Message types and events we do not know become `Kind.EVENT`. Raises `Malformed`."""
    fields = {name: value.strip() for name, value in read_fields(document.encode(), _FIELDS).items()}
    kind_name = fields.get("MsgType", "").lower()
    if not kind_name:
        raise Malformed("the message has no MsgType")
    sender, account = _id(fields, "FromUserName"), _id(fields, "ToUserName")
    second = _number(fields, "CreateTime")
    if not 0 < second < _LATEST:
        raise Malformed("<CreateTime> is no time of ours")
    event = fields.get("Event", "").lower() if kind_name == "event" else ""
    kind = _EVENTS.get(event, Kind.EVENT) if kind_name == "event" else _MESSAGES.get(kind_name, Kind.EVENT)
    if kind is Kind.TEXT and "Content" not in fields:
        raise Malformed("the text message has no Content")
    press = read_press(fields) if event == "template_card_event" else None
    key = _event_key(sender, second, event, fields) if kind_name == "event" else str(_number(fields, "MsgId"))
    update = Update(
        channel,
        key,
        sender,
        datetime.fromtimestamp(second, zone),
        text=_words(kind, fields),
        kind=kind,
        tenant=corp_id,
        card=press.task if press else "",
        media=media_of(kind, fields),
    )
    return Callback(Delivery(account, update), event, press)


def card_reply(delivery: Delivery, card: Mapping[str, Any], at: datetime) -> str:
    """The passive reply that turns the pressed card, for who pressed it, into the notice `card`."""
    title, action = card.get("main_title", {}), card["card_action"]
    inside = _element("CardType", card["card_type"])
    if title:
        inside += f"<MainTitle>{_element('Title', title['title'])}</MainTitle>"
    if "sub_title_text" in card:
        inside += _element("SubTitleText", card["sub_title_text"])
    inside += f"<CardAction><Type>{action['type']}</Type>{_element('Url', action['url'])}</CardAction>"
    return _reply(delivery, "update_template_card", f"<TemplateCard>{inside}</TemplateCard>", at)


def button_reply(delivery: Delivery, label: str, at: datetime) -> str:
    """The passive reply that turns the buttons of the pressed card into one grey `label`."""
    return _reply(delivery, "update_button", f"<Button>{_element('ReplaceName', label)}</Button>", at)


def _reply(delivery: Delivery, kind: str, content: str, at: datetime) -> str:
    return (
        f"<xml>{_element('ToUserName', delivery.update.sender)}{_element('FromUserName', delivery.account)}"
        f"<CreateTime>{int(at.timestamp())}</CreateTime>{_element('MsgType', kind)}{content}</xml>"
    )


def _element(name: str, text: str) -> str:
    content = printable(text).replace("]]>", "]]]]><![CDATA[>")
    return f"<{name}><![CDATA[{content}]]></{name}>"


def _words(kind: Kind, fields: Mapping[str, str]) -> str:
    if kind is Kind.TEXT:
        return fields["Content"]
    return fields.get("EventKey", "") if kind is Kind.CLICK else ""


def _id(fields: Mapping[str, str], name: str) -> str:
    value = fields.get(name, "")
    if not _ID.fullmatch(value):
        raise Malformed(f"<{name}> is missing or no id")
    return value


def _number(fields: Mapping[str, str], name: str) -> int:
    value = fields.get(name, "")
    if not _NUMBER.fullmatch(value):
        raise Malformed(f"<{name}> is missing or no number")
    return int(value)


def _event_key(sender: str, second: int, event: str, fields: Mapping[str, str]) -> str:
    """Events have no id: sender and second, as the page says, and what was pressed."""
    tail = f"{event}:{fields.get('EventKey', '')}:{fields.get('TaskId', '')}"
    if len(tail) > 64:
        tail = hashlib.sha256(tail.encode()).hexdigest()
    return f"{sender}:{second}:{tail}"
