"""Messages in, replies out: what is read, what is refused, and the exact bytes that leave."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from wechatpy import parse_message

from bot.channels.wire.crypto import Envelope
from bot.channels.wire.xml import (
    MAX_DEPTH,
    MAX_ELEMENTS,
    Delivery,
    printable,
    read_delivery,
    read_fields,
    sealed_reply,
    text_reply,
)
from bot.chat.errors import Malformed
from bot.chat.update import Kind, Update

CHINA = timezone(timedelta(hours=8))
AT = datetime(2026, 3, 5, 9, 0, tzinfo=CHINA)
SECOND = int(AT.timestamp())
COMMON = f"<ToUserName>gh_1</ToUserName><FromUserName>o_1</FromUserName><CreateTime>{SECOND}</CreateTime>"


def read(inner: str) -> Update:
    document = f"<xml>{COMMON}{inner}</xml>"
    return read_delivery(document, channel="official_account", tenant="wx1", zone=CHINA).update


def update(key: str, kind: Kind, text: str = "") -> Update:
    return Update("official_account", key, "o_1", AT, text, kind, tenant="wx1")


MESSAGES = {
    "text": (Kind.TEXT, "<Content><![CDATA[你好]]></Content>"),
    "image": (Kind.PICTURE, "<PicUrl>http://p</PicUrl><MediaId>m</MediaId>"),
    "voice": (Kind.VOICE, "<MediaId>m</MediaId><Format>amr</Format><Recognition></Recognition>"),
    "video": (Kind.OTHER_MEDIA, "<MediaId>m</MediaId><ThumbMediaId>t</ThumbMediaId>"),
    "shortvideo": (Kind.OTHER_MEDIA, "<MediaId>m</MediaId><ThumbMediaId>t</ThumbMediaId>"),
    "location": (Kind.OTHER_MEDIA, "<Location_X>35.4</Location_X><Location_Y>116.6</Location_Y>"),
    "link": (Kind.OTHER_MEDIA, "<Title>t</Title><Url>http://u</Url>"),
    "miniprogrampage": (Kind.OTHER_MEDIA, "<Title>t</Title>"),
    "hologram": (Kind.EVENT, "<Content>unknown types are acknowledged</Content>"),
}


@pytest.mark.parametrize("msgtype", [*MESSAGES, "TEXT", "Image"])
def test_each_message_type_has_its_kind(msgtype: str) -> None:
    kind, fields = MESSAGES[msgtype.lower()]
    found = read(f"<MsgType><![CDATA[{msgtype}]]></MsgType>{fields}<MsgId>24500000000000001</MsgId>")
    expected = update("24500000000000001", kind, "你好" if kind is Kind.TEXT else "")
    assert found == replace(expected, media="m" if kind is Kind.PICTURE else "")


@pytest.mark.parametrize("media", ["", " ", "一", "m" * 257, "a b"])
def test_a_picture_without_a_media_id_is_still_a_picture(media: str) -> None:
    found = read(f"<MsgType>image</MsgType><MediaId><![CDATA[{media}]]></MediaId><MsgId>7</MsgId>")
    assert found == update("7", Kind.PICTURE)


@pytest.mark.parametrize(
    ("event", "fields", "kind", "tail"),
    [
        ("subscribe", "", Kind.FOLLOW, "subscribe:"),
        ("Subscribe", "<EventKey></EventKey>", Kind.FOLLOW, "subscribe:"),
        (
            "subscribe",
            "<EventKey>qrscene_12</EventKey><Ticket>t</Ticket>",
            Kind.FOLLOW,
            "subscribe:qrscene_12",
        ),
        ("unsubscribe", "<EventKey></EventKey>", Kind.UNFOLLOW, "unsubscribe:"),
        ("SCAN", "<EventKey>12</EventKey><Ticket>t</Ticket>", Kind.EVENT, "scan:12"),
        ("CLICK", "<EventKey>今日</EventKey>", Kind.EVENT, "click:今日"),
        ("LOCATION", "<Latitude>35.4</Latitude>", Kind.EVENT, "location:"),
        (
            "TEMPLATESENDJOBFINISH",
            "<MsgID>7</MsgID><Status>success</Status>",
            Kind.EVENT,
            "templatesendjobfinish:",
        ),
        (
            "PUBLISHJOBFINISH",
            "<PublishEventInfo><a><b>1</b></a></PublishEventInfo>",
            Kind.EVENT,
            "publishjobfinish:",
        ),
        ("never_heard_of", "", Kind.EVENT, "never_heard_of:"),
    ],
)
def test_each_event_has_its_kind_and_a_key_of_sender_time_and_event(
    event: str, fields: str, kind: Kind, tail: str
) -> None:
    found = read(f"<MsgType>event</MsgType><Event>{event}</Event>{fields}")
    assert found == update(f"o_1:{SECOND}:{tail}", kind)


def test_a_long_event_key_is_digested_into_a_short_one() -> None:
    event = "<MsgType>event</MsgType><Event>VIEW</Event><EventKey>{}</EventKey>"
    first, second = (read(event.format(f"https://example.org/{'x' * 900}{end}")) for end in "ab")
    assert len(first.key) == len(second.key) == len(f"o_1:{SECOND}:") + 64
    assert first.key != second.key


def test_an_event_without_a_name_is_acknowledged() -> None:
    assert read("<MsgType>event</MsgType>") == update(f"o_1:{SECOND}:event:", Kind.EVENT)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<![CDATA[a ]]]]><![CDATA[> b]]>", "a ]]> b"),
        ("<![CDATA[👨‍👩‍👧 🇨🇳 𠮷]]>", "👨‍👩‍👧 🇨🇳 𠮷"),
        ("<![CDATA[<xml>&amp;]]>", "<xml>&amp;"),
        ("a &lt; b", "a < b"),
        ("", ""),
        ("\u202eRTL", "\u202eRTL"),
    ],
)
def test_the_words_of_the_sender_arrive_unchanged(content: str, text: str) -> None:
    found = read(f"<MsgType>text</MsgType><Content>{content}</Content><MsgId>1</MsgId>")
    assert found == update("1", Kind.TEXT, text)


TEXT = "<MsgType>text</MsgType><Content>x</Content><MsgId>1</MsgId>"
WHOLE = f"<xml>{COMMON}{TEXT}</xml>"
MALFORMED = {
    "empty": "",
    "no XML": "hello",
    "another root": WHOLE.replace("xml>", "html>"),
    "cut": WHOLE[:-6],
    "two roots": f"{WHOLE}<xml/>",
    "doctype": f"<!DOCTYPE xml>{WHOLE}",
    "entity": f'<!DOCTYPE xml [<!ENTITY a "b">]>{WHOLE}',
    "external entity": f'<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/hostname">]>{WHOLE}',
    "unknown entity": WHOLE.replace("x</Content>", "&a;</Content>"),
    "deep": WHOLE.replace("</xml>", f"{'<a>' * MAX_DEPTH}{'</a>' * MAX_DEPTH}</xml>"),
    "bulky": WHOLE.replace("</xml>", f"{'<a/>' * MAX_ELEMENTS}</xml>"),
    "two ids": WHOLE.replace("</xml>", "<MsgId>2</MsgId></xml>"),
    "content with children": WHOLE.replace("x</Content>", "<b>x</b></Content>"),
    "content with attribute": WHOLE.replace("<Content>", '<Content a="b">'),
    "NUL": WHOLE.replace("x</Content>", "\0</Content>"),
    "no content": WHOLE.replace("<Content>x</Content>", ""),
    "no id": WHOLE.replace("<MsgId>1</MsgId>", ""),
    "negative id": WHOLE.replace("<MsgId>1", "<MsgId>-1"),
    "id no number": WHOLE.replace("<MsgId>1", "<MsgId>one"),
    "no type": WHOLE.replace("<MsgType>text</MsgType>", ""),
    "empty type": WHOLE.replace("<MsgType>text</MsgType>", "<MsgType/>"),
    "no sender": WHOLE.replace("o_1", ""),
    "sender with a space": WHOLE.replace("o_1", "o 1"),
    "sender too long": WHOLE.replace("o_1", "o" * 65),
    "no account": WHOLE.replace("gh_1", ""),
    "no time": WHOLE.replace(str(SECOND), ""),
    "time far away": WHOLE.replace(str(SECOND), "9" * 40),
    "time no number": WHOLE.replace(str(SECOND), "nan"),
}


@pytest.mark.parametrize("document", MALFORMED.values(), ids=MALFORMED)
def test_what_the_platform_never_sends_is_malformed(document: str) -> None:
    read_delivery(WHOLE, channel="official_account", tenant="wx1", zone=UTC)
    with pytest.raises(Malformed):
        read_delivery(document, channel="official_account", tenant="wx1", zone=UTC)


def test_utf8_is_read_whatever_the_document_claims() -> None:
    document = '<?xml version="1.0" encoding="gbk"?><xml><Encrypt>政策</Encrypt></xml>'
    assert read_fields(document.encode(), ("Encrypt",)) == {"Encrypt": "政策"}
    with pytest.raises(Malformed):
        read_fields(document.encode("gbk"), ("Encrypt",))


@given(
    st.recursive(
        st.sampled_from(["", "1", "x", "<![CDATA[y]]>", "&amp;", " "]),
        lambda inner: st.builds(
            "<{0}>{1}</{0}>".format,
            st.sampled_from(["MsgType", "Event", "EventKey", "MsgId", "CreateTime", "Content", "Other"]),
            st.lists(inner, max_size=3).map("".join),
        ),
        max_leaves=12,
    ),
    st.sampled_from(["text", "event", "device_text", "Event", ""]),
)
def test_no_document_raises_anything_but_malformed(inner: str, msgtype: str) -> None:
    for start in (COMMON, ""):
        document = f"<xml>{start}<MsgType>{msgtype}</MsgType>{inner}</xml>"
        try:
            read_delivery(document, channel="official_account", tenant="wx1", zone=UTC)
        except Malformed:
            continue


# -- replies -----------------------------------------------------------------------------------------

DELIVERY = Delivery("gh_1", update("1", Kind.TEXT, "你好"))


def test_the_text_reply_byte_for_byte() -> None:
    assert text_reply(DELIVERY, "可以。]]>\x00《办法》第三条\u202e😀\ufffe", AT) == (
        "<xml><ToUserName><![CDATA[o_1]]></ToUserName><FromUserName><![CDATA[gh_1]]></FromUserName>"
        f"<CreateTime>{SECOND}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        "<Content><![CDATA[可以。]]]]><![CDATA[>《办法》第三条\u202e😀]]></Content></xml>"
    )


def test_the_sealed_reply_byte_for_byte() -> None:
    envelope = Envelope("token", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "wx1")
    reply = sealed_reply(envelope, "<xml/>", at=AT, nonce="n1", random16=b"0123456789abcdef")
    encrypted = "Q3stYC6hdFzMh9T8HCvyDBgkgRwmbOEV3QHzsh47R/g="
    assert reply == (
        f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt>"
        f"<MsgSignature><![CDATA[{envelope.sign(str(SECOND), 'n1', encrypted)}]]></MsgSignature>"
        f"<TimeStamp>{SECOND}</TimeStamp><Nonce><![CDATA[n1]]></Nonce></xml>"
    )


@given(st.text())
@example("]]>")
@example("]]]]>>")
@example("]]><ToUserName>x</ToUserName>")
def test_any_text_survives_the_reply(text: str) -> None:
    root = ElementTree.fromstring(text_reply(DELIVERY, text, AT))
    # XML reads every line end as \n.
    expected = printable(text).replace("\r\n", "\n").replace("\r", "\n")
    assert [(child.tag, child.text or "") for child in root] == [
        ("ToUserName", "o_1"),
        ("FromUserName", "gh_1"),
        ("CreateTime", str(SECOND)),
        ("MsgType", "text"),
        ("Content", expected),
    ]


def test_wechatpy_reads_our_reply() -> None:
    reply = parse_message(text_reply(DELIVERY, "你好 ]]> 😀", AT).replace("</xml>", "<MsgId>1</MsgId></xml>"))
    assert (reply.source, reply.target, reply.content) == ("gh_1", "o_1", "你好 ]]> 😀")
