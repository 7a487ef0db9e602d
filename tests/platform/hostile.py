"""What must change nothing, and what is strange but real: for any `Sender` that seals its messages.

`requests`: forged, stale, broken and oversized deliveries; refusing them is right, answering them is not.
`oddities`: deliveries a platform does make; each is answered or swallowed, none is a service fault.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from tests.platform.seal import Sealer
from tests.platform.sender import Request

METHODS = ("HEAD", "PUT", "DELETE", "PATCH", "OPTIONS")
"""What no platform sends to a callback."""

BOMB = "<!DOCTYPE xml [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
    f"<!ENTITY {name} '{f'&{inner};' * 10}'>" for inner, name in zip("abcdefgh", "bcdefghi", strict=True)
)
NAMES = ("ToUserName", "FromUserName", "CreateTime", "MsgType")


class Sealing(Protocol):
    """A sender whose deliveries are sealed: `OfficialAccountPlatform` in safe mode, `WeComSender`."""

    sealer: Sealer

    def message(self, person: str, kind: str = "text", /, **fields: str) -> str: ...
    def event(self, person: str, event: str, /, **fields: str) -> str: ...
    def request(
        self, message: str, *, timestamp: int | None = None, receive_id: str | None = None
    ) -> Request: ...
    def seal_query(self, query: Mapping[str, str], encrypted: str) -> dict[str, str]: ...


def requests(sender: Sealing, person: str, content: str) -> Iterator[tuple[str, Request]]:
    """(name, request): none of them may act on `content`, which is an order that would show if obeyed."""
    yield from _forged(sender, person, content)
    yield from _broken_seals(sender, person, content)
    yield from _broken_bodies(sender, person, content)


def oddities(sender: Sealing, person: str) -> Iterator[tuple[str, str]]:
    """(name, XML): real messages and events that a careless receiver trips over."""
    for name, content in {
        "CDATA end": "在吗 ]]> 还在吗]]]]>>",
        "emoji": "👨‍👩‍👧‍👦👍🏽🇨🇳",
        "right to left": "\u202e价低\u202c مرحبا \u200f",
        "zero width": "\u200b\u2060\ufeff",
        "20 kB": "心愿" * 3413,
        "markup": "<b>&amp;</b> <xml><MsgType>event</MsgType></xml>",
        "blank": " \n\t",
        "empty": "",
        "a slash alone": "/",
    }.items():
        yield name, sender.message(person, Content=content)
    yield "unknown kind", sender.message(person, "hologram", Depth="3")
    yield "unknown event", sender.event(person, "moon_landing", EventKey="1")
    yield "event in other letters", sender.event(person, "sUbScRiBe", EventKey="")
    yield "earlier than the last", sender.message(person, Content="你好", CreateTime="1300000000")
    yield "voice without words", sender.message(person, "voice", MediaId="m", Format="amr", Recognition="")
    yield "unknown field", sender.message(person, Content="你好", SolarLevel="3")


def _forged(sender: Sealing, person: str, content: str) -> Iterator[tuple[str, Request]]:
    right = sender.request(sender.message(person, Content=content))
    signed = right.query["msg_signature"]
    changes: dict[str, dict[str, str | None]] = {
        "wrong signature": {"msg_signature": signed[::-1]},
        "upper-case signature": {"msg_signature": signed.upper()},
        "short signature": {"msg_signature": signed[:-1]},
        "no signature": {"msg_signature": None},
        "empty signature": {"msg_signature": ""},
        "another nonce": {"nonce": right.query["nonce"] + "1"},
        "no nonce": {"nonce": None},
        "no timestamp": {"timestamp": None},
        "another timestamp": {"timestamp": "1300000000"},
    }
    for name, change in changes.items():
        query = {key: value for key, value in {**right.query, **change}.items() if value is not None}
        yield name, Request(query, right.body, right.message)
    yield "no query", Request({}, right.body, right.message)
    now = int(right.query["timestamp"])
    for name, moment in (("an hour old", now - 3600), ("an hour early", now + 3600), ("before 1970", -1)):
        yield name, sender.request(sender.message(person, Content=content), timestamp=moment)
    yield "another's envelope", sender.request(sender.message(person, Content=content), receive_id="wxother")
    yield "nobody's envelope", sender.request(sender.message(person, Content=content), receive_id="")


def _broken_seals(sender: Sealing, person: str, content: str) -> Iterator[tuple[str, Request]]:
    message = sender.message(person, Content=content).encode()
    owner = sender.sealer.receive_id.encode()
    framed = b"r" * 16 + len(message).to_bytes(4, "big") + message + owner
    long = b"r" * 16 + (len(message) + 9999).to_bytes(4, "big") + message + owner
    short = 32 - len(framed) % 32
    blocks: dict[str, Callable[[], str]] = {
        "padding of zeros": lambda: sender.sealer.seal_blocks(framed + bytes(short)),
        "padding of 33": lambda: sender.sealer.seal_blocks(framed + bytes([33]) * short),
        "padding not alike": lambda: (
            sender.sealer.seal_blocks(framed + b"\x01" * (short - 1) + bytes([short]))
            if short > 1
            else sender.sealer.seal_blocks(framed + b"\x02")
        ),
        "length past the end": lambda: sender.sealer.seal_raw(long),
        "no header": lambda: sender.sealer.seal_raw(b"short"),
        "17 bytes": lambda: "QUFBQUFBQUFBQUFBQUFBQUE=",
        "not base64": lambda: "*" * 64,
        "nothing sealed": lambda: "",
    }
    for name, sealed in blocks.items():
        yield name, _around(sender, person, sealed())


def _broken_bodies(sender: Sealing, person: str, content: str) -> Iterator[tuple[str, Request]]:
    whole = sender.message(person, Content=content)
    right = sender.request(whole)
    for name, body in {
        "no body": b"",
        "not XML": b"hello",
        "JSON": b'{"encrypt": "x"}',
        "cut off": right.body[:-3],
        "no Encrypt": b"<xml><ToUserName>x</ToUserName></xml>",
        "1.5 MB": right.body + b" " * 1_500_000,
        "10 MB": b"x" * 10_000_000,
        "bomb around it": (BOMB + "]>").encode() + right.body,
        "not UTF-8": b"\xff\xfe" + right.body,
    }.items():
        yield name, Request(right.query, body, whole)
    for name, inside in {
        "bomb inside": BOMB + "]>" + whole.replace("<xml>", "<xml><Bomb>&i;</Bomb>"),
        "entity of a file": '<!DOCTYPE xml [<!ENTITY f SYSTEM "file:///etc/hostname">]>'
        + whole.replace("<xml>", "<xml><File>&f;</File>"),
        "NUL inside": whole.replace(content, content + "\0"),
        "control characters inside": whole.replace(content, content + "\x08\x1b"),
        "cut off inside": whole[:-9],
        "not XML inside": content,
        "time is no number": _with(whole, "CreateTime", "soon"),
        "time is huge": _with(whole, "CreateTime", "9" * 30),
        **{f"no {name}": _with(whole, name, None) for name in NAMES},
        "two senders": whole.replace("</xml>", "<FromUserName>oOther</FromUserName></xml>"),
    }.items():
        yield name, sender.request(inside)


def _around(sender: Sealing, person: str, sealed: str) -> Request:
    """A delivery, rightly signed, of a ciphertext that is not right."""
    right = sender.request(sender.event(person, "CLICK", EventKey="none"))
    query = {**right.query, **sender.seal_query(right.query, sealed)}
    before, _, rest = right.body.decode().partition("<Encrypt>")
    return Request(query, f"{before}<Encrypt>{sealed}</Encrypt>{rest.partition('</Encrypt>')[2]}".encode())


def _with(document: str, name: str, value: Any) -> str:
    """`document` with another value for the element `name`, or without it."""
    before, _, rest = document.partition(f"<{name}>")
    replaced = "" if value is None else f"<{name}>{value}</{name}>"
    return before + replaced + rest.partition(f"</{name}>")[2]
