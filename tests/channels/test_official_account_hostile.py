"""What is not from the platform, or not as it sends: refused with 403, 400 or 413, and never heard."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.wire.callback import BODY_LIMIT
from bot.chat.reply import Text
from bot.chat.update import Update
from tests.channels.receiver import Bench, bench
from tests.platform.official_account import Request

OPENID = "oVillager_0001"
FORBIDDEN = (403, "Forbidden.")
MALFORMED = (400, "Malformed message.")
TOO_LARGE = (413, "Message too large.")
Forge = Callable[[Bench], Request]


async def post(b: Bench, request: Request) -> tuple[int, str]:
    attempt = await b.platform.post(b.url, request)
    return attempt.status, attempt.body


def request(b: Bench, **changes: Any) -> Request:
    return b.platform.request(b.platform.message(OPENID, Content="在吗"), **changes)


def sealed(b: Bench, ciphertext: str) -> Request:
    """A rightly signed delivery of any ciphertext."""
    query = b.platform.request("").query
    body = f"<xml><ToUserName>gh_1</ToUserName><Encrypt><![CDATA[{ciphertext}]]></Encrypt></xml>"
    return Request({**query, **b.platform.seal_query(query, ciphertext)}, body.encode())


def changed(b: Bench, **query: str) -> Request:
    genuine = request(b)
    return replace(genuine, query={**genuine.query, **query})


def without(b: Bench, name: str) -> Request:
    genuine = request(b)
    return replace(genuine, query={key: value for key, value in genuine.query.items() if key != name})


def body(b: Bench, content: bytes) -> Request:
    return replace(request(b), body=content)


def now(b: Bench) -> int:
    return int(b.platform.clock.now().timestamp())


FORGED: dict[str, Forge] = {
    "signature of zeros": lambda b: changed(b, msg_signature="0" * 40),
    "upper-case signature": lambda b: changed(b, msg_signature=request(b).query["msg_signature"].upper()),
    "someone else's signature": lambda b: changed(b, msg_signature=request(b).query["msg_signature"]),
    "only the plain signature": lambda b: without(b, "msg_signature"),
    "no nonce": lambda b: without(b, "nonce"),
    "another nonce": lambda b: changed(b, nonce="1"),
    "another time": lambda b: changed(b, timestamp=str(now(b) + 1)),
    "trimmed parameters": lambda b: changed(b, nonce=request(b).query["nonce"] + " "),
    "wrong receive id": lambda b: request(b, receive_id="wx0123456789abcdeF"),
    "no receive id": lambda b: request(b, receive_id=""),
    "plain message to a sealed account": lambda b: request(b, mode="plain"),
    "stale": lambda b: request(b, timestamp=now(b) - 301),
    "from the future": lambda b: request(b, timestamp=now(b) + 301),
    "of 2001": lambda b: request(b, timestamp=1_000_000_000),
    "no query": lambda b: Request({}, request(b).body),
    "no query, no message": lambda b: Request({}, b"hello"),
}

BOMB = b"""<!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<xml><Encrypt>&b;</Encrypt></xml>"""
XXE = b"""<!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/hostname">]><xml><Encrypt>&x;</Encrypt></xml>"""

BROKEN: dict[str, Forge] = {
    "empty body": lambda b: body(b, b""),
    "no XML": lambda b: body(b, b"hello"),
    "JSON": lambda b: body(b, b'{"Encrypt": "x"}'),
    "NUL": lambda b: body(b, b"<xml><Encrypt>\0</Encrypt></xml>"),
    "GBK": lambda b: body(b, "<xml><Encrypt>政策</Encrypt></xml>".encode("gbk")),
    "cut": lambda b: body(b, request(b).body[:-5]),
    "entity bomb": lambda b: body(b, BOMB),
    "external entity": lambda b: body(b, XXE),
    "deep": lambda b: body(b, b"<xml>" * 6000),
    "two Encrypt": lambda b: body(b, b"<xml><Encrypt>a</Encrypt><Encrypt>b</Encrypt></xml>"),
    "ciphertext no base64": lambda b: sealed(b, "@@@"),
    "ciphertext empty": lambda b: sealed(b, ""),
    "bad padding": lambda b: sealed(b, b.platform.sealer.seal_blocks(bytes(32))),
    "bad length": lambda b: sealed(b, b.platform.sealer.seal_raw(bytes(16) + b"\xff" * 8)),
    "sealed nonsense": lambda b: b.platform.request("hello"),
    "sealed nothing": lambda b: b.platform.request(""),
    "sealed entity bomb": lambda b: b.platform.request(BOMB.decode()),
    "sealed NUL": lambda b: b.platform.request(b.platform.message(OPENID, Content="a\0b")),
    "no MsgId": lambda b: b.platform.request(b.platform.xml(OPENID, MsgType="text", Content="x")),
    "no MsgType": lambda b: b.platform.request(b.platform.xml(OPENID, Content="x", MsgId="1")),
    "no sender": lambda b: b.platform.request(b.platform.message("", Content="x")),
    "no time": lambda b: b.platform.request(b.platform.message(OPENID, Content="x", CreateTime="")),
}


@pytest.fixture
async def account() -> AsyncIterator[Bench]:
    async with bench() as b:
        yield b
        # Whatever was refused was not heard, and has not hurt what follows.
        assert b.receiver.updates == []
        assert await post(b, request(b)) != FORBIDDEN
        assert [update.text for update in b.receiver.updates] == ["在吗"]


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
async def test_a_forged_delivery_is_forbidden(account: Bench, forge: Forge) -> None:
    assert await post(account, forge(account)) == FORBIDDEN


@pytest.mark.parametrize("forge", BROKEN.values(), ids=BROKEN)
async def test_a_malformed_delivery_is_a_bad_request(account: Bench, forge: Forge) -> None:
    assert await post(account, forge(account)) == MALFORMED


async def test_who_cannot_sign_is_not_told_that_the_body_is_malformed(account: Bench) -> None:
    genuine = changed(account, signature="0" * 40)
    assert await post(account, replace(genuine, body=b"hello")) == FORBIDDEN


async def test_a_repeated_parameter_is_forbidden(account: Bench) -> None:
    genuine = request(account)
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            account.url, params=[*genuine.query.items(), ("nonce", genuine.query["nonce"])], data=genuine.body
        ) as response,
    ):
        assert (response.status, await response.text()) == FORBIDDEN


@pytest.mark.parametrize("mode", ["compatible", "plain"])
async def test_forgeries_are_forbidden_in_the_other_modes(mode: str) -> None:
    async with bench(mode) as b:
        name = "signature" if mode == "plain" else "msg_signature"
        assert await post(b, changed(b, **{name: "0" * 40})) == FORBIDDEN
        assert await post(b, changed(b, **{name: request(b).query[name].upper()})) == FORBIDDEN
        assert await post(b, without(b, name)) == FORBIDDEN
        assert await post(b, request(b, timestamp=now(b) - 301)) == FORBIDDEN
        assert b.receiver.updates == []


async def test_the_plain_copy_in_compatible_mode_cannot_be_tampered_with() -> None:
    async with bench("compatible") as b:
        genuine = request(b)
        tampered = genuine.body.replace("在吗".encode(), "转账".encode())
        assert tampered != genuine.body
        assert (await post(b, replace(genuine, body=tampered)))[0] == 200
        assert [update.text for update in b.receiver.updates] == ["在吗"]


async def test_compatible_mode_needs_the_sealed_part() -> None:
    async with bench("compatible") as b:
        assert await post(b, request(b, mode="plain")) == FORBIDDEN
        assert b.receiver.updates == []


@pytest.mark.parametrize("mode", ["safe", "compatible", "plain"])
async def test_a_nonce_seen_with_another_body_is_forbidden(mode: str) -> None:
    async with bench(mode) as b:
        first, second = request(b, nonce="12345"), request(b, nonce="12345")
        assert (await post(b, first))[0] == 200
        assert await post(b, second) == FORBIDDEN
        assert (await post(b, first))[0] == 200
        assert len(b.receiver.updates) == 1


async def test_a_leaked_address_with_another_body_is_forbidden_in_plain_mode() -> None:
    async with bench("plain") as b:
        leaked = request(b)
        assert (await post(b, leaked))[0] == 200
        forged = b.platform.message(OPENID, Content="/撤回 1").encode()
        assert await post(b, replace(leaked, body=forged)) == FORBIDDEN
        assert [update.text for update in b.receiver.updates] == ["在吗"]


# -- size --------------------------------------------------------------------------------------------


async def test_a_long_text_under_the_cap_is_heard() -> None:
    async with bench(answer=lambda _: ()) as b:
        text = "问" * 6800
        assert await post(b, b.platform.request(b.platform.message(OPENID, Content=text))) == (200, "success")
        assert [update.text for update in b.receiver.updates] == [text]


async def test_the_cap_is_exact(account: Bench) -> None:
    assert await post(account, body(account, b"x" * (BODY_LIMIT + 1))) == TOO_LARGE
    assert await post(account, body(account, b"x" * BODY_LIMIT)) == MALFORMED


async def test_ten_megabytes_are_refused_before_anything_else(account: Bench) -> None:
    assert await post(account, Request({}, b"x" * 10_000_000)) == TOO_LARGE


async def stream(account: Bench, chunk: bytes, headers: dict[str, str]) -> tuple[int, str]:
    async def chunks() -> AsyncIterator[bytes]:
        yield chunk

    async with (
        aiohttp.ClientSession() as session,
        session.post(account.url, params=request(account).query, data=chunks(), headers=headers) as response,
    ):
        return response.status, await response.text()


async def test_a_stream_without_length_is_capped_too(account: Bench) -> None:
    assert await stream(account, b"x" * (BODY_LIMIT + 1), {}) == TOO_LARGE


async def test_a_compressed_bomb_is_capped_after_decompression(account: Bench) -> None:
    bomb = gzip.compress(b"x" * 50_000_000)
    assert await stream(account, bomb, {"Content-Encoding": "gzip"}) == TOO_LARGE


async def test_a_body_that_is_not_what_its_headers_say_is_a_bad_request(account: Bench) -> None:
    assert await stream(account, b"not gzip", {"Content-Encoding": "gzip"}) == MALFORMED


async def raw(account: Bench, head: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = account.url.removeprefix("http://").removesuffix("/wechat").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /wechat?a=1 HTTP/1.1\r\nHost: x\r\n" + head)
    await writer.drain()
    return reader, writer


async def test_an_announced_length_over_the_cap_is_refused_before_a_byte_is_read(account: Bench) -> None:
    reader, writer = await raw(account, b"Content-Length: 65537\r\n\r\n")
    assert (await reader.readline()).startswith(b"HTTP/1.1 413 ")
    writer.close()
    await writer.wait_closed()


async def test_a_sender_that_hangs_up_midway_is_not_heard(account: Bench) -> None:
    _, writer = await raw(account, b"Content-Length: 1000\r\n\r\n<xml>")
    writer.close()
    await writer.wait_closed()


# -- fuzz --------------------------------------------------------------------------------------------

tags = st.sampled_from(
    ["xml", "Encrypt", "ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId", "Content", "Event"]
)
texts = st.sampled_from(
    ["", "1", "1772672400", "text", "event", "o_1", "<![CDATA[]]>", "&amp;", "&x;", "\0", "政"]
)
documents = st.recursive(
    texts,
    lambda inner: st.builds("<{0}>{1}</{0}>".format, tags, st.lists(inner, max_size=9).map("".join)),
    max_leaves=20,
).map(lambda inner: f"<xml>{inner}</xml>")
queries = st.dictionaries(
    st.sampled_from(["signature", "msg_signature", "timestamp", "nonce", "encrypt_type", "echostr", "x"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=50),
)


@pytest.mark.parametrize("mode", ["safe", "compatible", "plain"])
def test_no_body_and_no_query_ever_breaks_the_server(mode: str) -> None:
    def answer(update: Update) -> tuple[Text, ...]:
        return (Text(update.text or "-"),)

    with asyncio.Runner() as runner:
        running = bench(mode, answer)
        b = runner.run(running.__aenter__())
        session = runner.run(_session())
        seen: list[int] = []

        async def attack(method: str, query: Any, content: bytes) -> None:
            async with session.request(method, b.url, params=query, data=content) as response:
                found = await response.text()
                assert response.status // 100 in (2, 4), found
                assert "Traceback" not in found
                seen.append(response.status)

        @settings(max_examples=150, deadline=None)
        @given(queries, st.one_of(st.binary(max_size=300), documents.map(str.encode)), documents)
        def fuzz(query: dict[str, str], raw: bytes, document: str) -> None:
            runner.run(attack("GET", query, b""))
            runner.run(attack("POST", query, raw))
            runner.run(attack("POST", b.platform.request("", mode="plain").query, raw))
            genuine = b.platform.request(document)
            runner.run(attack("POST", genuine.query, genuine.body))
            ciphertext = b.platform.sealer.seal_raw(raw)
            runner.run(attack("POST", sealed(b, ciphertext).query, sealed(b, ciphertext).body))

        try:
            fuzz()
        finally:
            runner.run(session.close())
            runner.run(running.__aexit__(None, None, None))
        assert {400, 403} <= set(seen)


async def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession()
