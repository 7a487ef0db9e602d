"""The XML of WeChat's message push: read flat and bounded, classified by wechatpy, answered by hand.

Follows 接收普通消息, 接收事件推送 and 被动回复用户消息. A document is first walked by a small expat
handler that refuses DTDs, depth and bulk, so that what reaches wechatpy is small and plain.
"""

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from types import MappingProxyType
from typing import Final
from xml.parsers import expat

from wechatpy.events import (
    SubscribeEvent,
    SubscribeScanEvent,
    SubscribeScanProductEvent,
    UnsubscribeEvent,
)
from wechatpy.messages import (
    ImageMessage,
    LinkMessage,
    LocationMessage,
    MiniProgramPageMessage,
    ShortVideoMessage,
    TextMessage,
    VideoMessage,
    VoiceMessage,
)
from wechatpy.parser import parse_message

from bot.channels.wire.crypto import Envelope
from bot.chat.errors import Malformed
from bot.chat.update import Kind, Update

MAX_DEPTH = 8
MAX_ELEMENTS = 512
"""Room for the largest known event (MASSSENDJOBFINISH with eight articles, about 60 elements)."""

_KINDS: Final[Mapping[type, Kind]] = MappingProxyType(
    {
        TextMessage: Kind.TEXT,
        VoiceMessage: Kind.VOICE,
        ImageMessage: Kind.PICTURE,
        VideoMessage: Kind.OTHER_MEDIA,
        ShortVideoMessage: Kind.OTHER_MEDIA,
        LocationMessage: Kind.OTHER_MEDIA,
        LinkMessage: Kind.OTHER_MEDIA,
        MiniProgramPageMessage: Kind.OTHER_MEDIA,
        SubscribeEvent: Kind.FOLLOW,
        SubscribeScanEvent: Kind.FOLLOW,
        SubscribeScanProductEvent: Kind.FOLLOW,
        UnsubscribeEvent: Kind.UNFOLLOW,
    }
)
_HAPPENINGS = frozenset({Kind.FOLLOW, Kind.UNFOLLOW, Kind.EVENT})

_MESSAGE_FIELDS = frozenset(
    {
        "ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId", "Content", "Event", "EventKey",
        "MsgID", "Status", "MediaId",
    }
)  # fmt: skip
_ACCOUNT_ID = re.compile(r"[!-~]{1,64}")
_MEDIA_ID = re.compile(r"[!-~]{1,256}")
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


SCENE = "bind:"
"""How the scene of a QR code begins that binds who scans it; the invite code follows."""

_SCENE_OF_NEW = "qrscene_"
_INVITE = re.compile(r"[0-9A-Za-z-]{1,40}")


@dataclass(frozen=True, slots=True)
class Report:
    """How a template message ended that the platform had taken: `receipt` is its MsgID there."""

    receipt: str
    status: str
    """As the platform writes it; empty when the message was delivered."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message as the platform delivered it. `account` is our own id there (gh_…), the reply's sender."""

    account: str
    update: Update
    then: Update | None = None
    """What the same event also asks for: who followed by scanning an invite's code is to be bound."""
    report: Report | None = None


class _FlatReader:
    """Expat handlers: collect the wanted children of the root, refuse what the platform never sends."""

    def __init__(self, wanted: Collection[str]) -> None:
        self.fields: dict[str, str] = {}
        self._wanted = wanted
        self._depth = 0
        self._elements = 0
        self._field: str | None = None
        self._text: list[str] = []

    def start(self, name: str, _attributes: Mapping[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH or self._elements > MAX_ELEMENTS:
            raise Malformed("the document is too deep or has too many elements")
        if self._depth == 1 and name != "xml":
            raise Malformed("the root is not <xml>")
        if self._field is not None:
            raise Malformed(f"<{self._field}> holds elements")
        if self._depth == 2 and name in self._wanted:
            if name in self.fields:
                raise Malformed(f"<{name}> is repeated")
            self._field = name
            self._text.clear()

    def data(self, text: str) -> None:
        if self._field is not None:
            self._text.append(text)

    def end(self, _name: str) -> None:
        if self._depth == 2 and self._field is not None:
            self.fields[self._field] = "".join(self._text)
            self._field = None
        self._depth -= 1

    def doctype(self, *_declaration: object) -> None:
        raise Malformed("a document type is declared")


def read_fields(document: bytes, wanted: Collection[str]) -> dict[str, str]:
    """The texts of the root's children named in `wanted`, those present. UTF-8 whatever the document claims.

    Raises `Malformed`: not well-formed, a DTD, over the bounds, a wanted child twice or with children.
    """
    reader = _FlatReader(wanted)
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    parser.StartDoctypeDeclHandler = reader.doctype
    try:
        parser.Parse(document, True)
    except expat.ExpatError:
        raise Malformed("the document is not well-formed XML") from None
    return reader.fields


def read_delivery(document: str, *, channel: str, tenant: str, zone: tzinfo) -> Delivery:
    """A decrypted (or plain) message as an `Update` of `channel`, its time in `zone`; `tenant` is our AppID.

    A menu entry and an invite's QR code become the command they stand for. Unknown message types and
    events become `Kind.EVENT`. Raises `Malformed`, whatever wechatpy raises.
    """
    fields = read_fields(document.encode(), _MESSAGE_FIELDS)
    try:
        message = parse_message(document)
        kind = _KINDS.get(type(message), Kind.EVENT)
        # Not wechatpy's id: for some events that is a job's MsgID, another series of numbers.
        message_id = int(fields.get("MsgId") or 0)
        at = datetime.fromtimestamp(int(message.time), zone)
        text = (message.content or "") if kind is Kind.TEXT else ""
    # The exception types that wechatpy 1.8.18 was seen to let through (see the fuzz test).
    except (expat.ExpatError, LookupError, TypeError, AttributeError, ValueError, OverflowError, OSError):
        raise Malformed("the message cannot be read") from None
    sender, account = _account_id(fields, "FromUserName"), _account_id(fields, "ToUserName")
    if message_id > 0:
        key = str(message_id)
    elif kind in _HAPPENINGS:
        key = _event_key(sender, int(at.timestamp()), fields)
    else:
        raise Malformed("the message has no MsgId")
    if kind is Kind.TEXT and ("Content" not in fields or not isinstance(text, str)):
        raise Malformed("the text message has no Content")
    update = Update(channel, key, sender, at, text, kind, tenant=tenant, media=media_of(kind, fields))
    command = _command(fields)
    if command and kind is Kind.EVENT:
        return Delivery(account, replace(update, kind=Kind.CLICK, text=command))
    then = replace(update, key=f"{key}/then", kind=Kind.CLICK, text=command) if command else None
    return Delivery(account, update, then if kind is Kind.FOLLOW else None, _report(fields))


def media_of(kind: Kind, fields: Mapping[str, str]) -> str:
    """The media id of a picture; empty of anything else, and for what is no id."""
    media = fields.get("MediaId", "").strip() if kind is Kind.PICTURE else ""
    return media if _MEDIA_ID.fullmatch(media) else ""


def _command(fields: Mapping[str, str]) -> str:
    """What an event says in the words of a command: a menu's key, or the binding that a scanned code is for."""
    event, key = fields.get("Event", "").strip().lower(), fields.get("EventKey", "").strip()
    if event == "click":
        return key if key.startswith("/") else ""
    scene = key.removeprefix(_SCENE_OF_NEW) if event in ("scan", "subscribe") else ""
    invite = scene.removeprefix(SCENE)
    return f"/bind {invite}" if scene.startswith(SCENE) and _INVITE.fullmatch(invite) else ""


def _report(fields: Mapping[str, str]) -> Report | None:
    if fields.get("Event", "").strip().lower() != "templatesendjobfinish":
        return None
    status = fields.get("Status", "").strip()
    return Report(fields.get("MsgID", "").strip(), "" if status.lower() == "success" else status)


def _account_id(fields: Mapping[str, str], name: str) -> str:
    value = fields.get(name, "").strip()
    if not _ACCOUNT_ID.fullmatch(value):
        raise Malformed(f"<{name}> is missing or no account id")
    return value


def _event_key(sender: str, second: int, fields: Mapping[str, str]) -> str:
    """Sender, time, event: the identity the platform's page names. A long tail (a URL) is digested."""
    name = fields.get("Event") or fields["MsgType"]
    tail = f"{name.strip().lower()}:{fields.get('EventKey', '')}"
    if len(tail) > 64:
        tail = hashlib.sha256(tail.encode()).hexdigest()
    return f"{sender}:{second}:{tail}"


def printable(text: str) -> str:
    """`text` without the characters XML 1.0 cannot carry."""
    return _UNPRINTABLE.sub("", text)


def text_reply(delivery: Delivery, text: str, at: datetime) -> str:
    """The passive text reply to `delivery`: the two names swapped, `text` safe inside its CDATA."""
    content = printable(text).replace("]]>", "]]]]><![CDATA[>")
    return (
        f"<xml><ToUserName><![CDATA[{delivery.update.sender}]]></ToUserName>"
        f"<FromUserName><![CDATA[{delivery.account}]]></FromUserName>"
        f"<CreateTime>{int(at.timestamp())}</CreateTime>"
        "<MsgType><![CDATA[text]]></MsgType>"
        f"<Content><![CDATA[{content}]]></Content></xml>"
    )


def sealed_reply(envelope: Envelope, reply: str, *, at: datetime, nonce: str, random16: bytes) -> str:
    """`reply` encrypted and signed for the platform."""
    encrypted = envelope.encrypt(reply, random16)
    timestamp = str(int(at.timestamp()))
    return (
        f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt>"
        f"<MsgSignature><![CDATA[{envelope.sign(timestamp, nonce, encrypted)}]]></MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp>"
        f"<Nonce><![CDATA[{nonce}]]></Nonce></xml>"
    )
