"""The imitated Official Account is itself checked: against wechatpy, and against its own pages."""

import ast
from pathlib import Path

import aiohttp
import pytest
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.replies import create_reply
from wechatpy.utils import check_signature

from tests.platform.clock import StandingClock
from tests.platform.official_account import Account, Attempt, OfficialAccountPlatform
from tests.platform.official_api import SEND, STABLE_TOKEN, TOKEN, OfficialApiServer

OPENID = "oVillager_0001"
PLATFORM = Path(__file__).parents[1] / "platform"
OURS = {"bot", "handlers", "knowledge", "storage"}


def test_the_imitations_import_nothing_of_ours() -> None:
    imported: set[str] = set()
    files = sorted(PLATFORM.glob("**/*.py"))
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0
                imported.add(node.module or "")
    assert len(files) >= 5
    assert not {name for name in imported if name.split(".")[0] in OURS}
    assert {name for name in imported if name.startswith("tests.")} <= {
        "tests.platform",
        *(f"tests.platform.{file.stem}" for file in files),
    }


@pytest.mark.parametrize("mode", ["safe", "compatible"])
def test_wechatpy_opens_its_deliveries_and_it_reads_wechatpy_replies(mode: str) -> None:
    platform = OfficialAccountPlatform(Account(mode=mode))
    account, message = platform.account, platform.message(OPENID, Content="在吗 ]]> 👨‍👩‍👧")
    request = platform.request(message)
    query = request.query
    check_signature(account.token, query["signature"], query["timestamp"], query["nonce"])
    crypto = WeChatCrypto(account.token, account.aes_key, account.app_id)
    opened = crypto.decrypt_message(
        request.body.decode(), query["msg_signature"], query["timestamp"], query["nonce"]
    )
    assert opened == message
    parsed = parse_message(opened)
    assert (parsed.type, parsed.source, parsed.content, parsed.id) == (
        "text",
        OPENID,
        "在吗 ]]> 👨‍👩‍👧",
        24_500_000_000_000_001,
    )
    reply = crypto.encrypt_message(create_reply("在的", parsed).render(), query["nonce"], query["timestamp"])
    assert platform.read(request, [Attempt(200, reply, 0)]).text == "在的"


def test_compatible_mode_carries_both() -> None:
    platform = OfficialAccountPlatform(Account(mode="compatible"))
    body = platform.request(platform.message(OPENID, Content="在吗")).body.decode()
    assert "<Content><![CDATA[在吗]]></Content>" in body
    assert "<Encrypt>" in body


REPLY = (
    f"<xml><ToUserName>{OPENID}</ToUserName><FromUserName>gh_0123456789ab</FromUserName>"
    "<CreateTime>1</CreateTime><MsgType>text</MsgType><Content>x</Content></xml>"
)


@pytest.mark.parametrize(
    "body",
    [
        "ok",
        '{"errcode": 0}',
        "<html/>",
        REPLY[:-1],
        REPLY.replace("<Content>x</Content>", ""),
        REPLY.replace("<Content>x</Content>", "<Content></Content>"),
        REPLY.replace("<Content>x", "<Content>" + "长" * 683),
        REPLY.replace(OPENID, "oStranger"),
        REPLY.replace("gh_0123456789ab", "gh_other"),
        REPLY.replace("text", "markdown"),
        REPLY.replace("<CreateTime>1", "<CreateTime>now"),
        REPLY.replace("</xml>", "<Content>y</Content></xml>"),
    ],
)
def test_a_reply_that_is_not_right_is_a_service_fault(body: str) -> None:
    platform = OfficialAccountPlatform(Account(mode="plain"))
    request = platform.request(platform.message(OPENID, Content="在吗"))
    assert platform.read(request, [Attempt(200, REPLY, 0)]).text == "x"
    assert platform.read(request, [Attempt(200, body, 0)]).fault


def test_a_sealed_message_needs_a_sealed_reply() -> None:
    platform = OfficialAccountPlatform()
    request = platform.request(platform.message(OPENID, Content="在吗"))
    assert platform.read(request, [Attempt(200, "success", 0)]).fault is None
    assert platform.read(request, [Attempt(200, REPLY, 0)]).fault == "a plain reply to a sealed message"


# -- the API -----------------------------------------------------------------------------------------


JSON = {"Content-Type": "application/json"}


class Caller:
    """Calls the API as a client of no one would."""

    def __init__(self, base: str, session: aiohttp.ClientSession) -> None:
        self.base = base
        self.session = session

    async def stable(self, **changes: object) -> dict[str, object]:
        wanted = {"grant_type": "client_credential", "appid": "wx1", "secret": "s", **changes}
        async with self.session.post(self.base + STABLE_TOKEN, json=wanted) as response:
            return dict(await response.json())

    async def token(self) -> dict[str, object]:
        query = {"grant_type": "client_credential", "appid": "wx1", "secret": "s"}
        async with self.session.get(self.base + TOKEN, params=query) as response:
            return dict(await response.json())

    async def send(self, token: object, body: str) -> object:
        url = f"{self.base}{SEND}?access_token={token}"
        async with self.session.post(url, data=body.encode(), headers=JSON) as response:
            return (await response.json())["errcode"]


def message(content: str = "你好", openid: str = OPENID) -> str:
    return f'{{"touser": "{openid}", "msgtype": "text", "text": {{"content": "{content}"}}}}'


async def test_its_tokens_live_as_the_pages_say() -> None:
    clock = StandingClock()
    server = OfficialApiServer("wx1", "s", clock)
    server.note_message(OPENID)
    async with aiohttp.ClientSession() as session:
        caller = Caller(await server.start(), session)
        first = await caller.stable()
        assert first["expires_in"] == 7200
        clock.advance(6899)
        assert await caller.stable() == {**first, "expires_in": 301}
        clock.advance(1)
        second = await caller.stable()
        assert second["access_token"] != first["access_token"]
        assert await caller.send(first["access_token"], message()) == 0
        clock.advance(300)
        assert await caller.send(first["access_token"], message()) == 42001
        assert await caller.send(second["access_token"], message()) == 0
        forced = await caller.stable(force_refresh=True)
        assert await caller.send(second["access_token"], message()) == 40001
        assert await caller.send(forced["access_token"], message()) == 0
        assert (await caller.stable(force_refresh=True))["errcode"] == 45009
        old, new = await caller.token(), await caller.token()
        assert old["access_token"] != new["access_token"]
        assert await caller.send(old["access_token"], message()) == 0
        clock.advance(301)
        assert await caller.send(old["access_token"], message()) == 42001
        assert (await caller.stable(secret="x"))["errcode"] == 40125
        assert (await caller.stable(force="yes"))["errcode"] == 47001
    await server.stop()


async def test_its_messages_are_refused_as_the_pages_say() -> None:
    clock = StandingClock()
    server = OfficialApiServer("wx1", "s", clock)
    async with aiohttp.ClientSession() as session:
        caller = Caller(await server.start(), session)
        token = (await caller.stable())["access_token"]
        assert await caller.send("", message()) == 41001
        assert await caller.send("other", message()) == 40001
        assert await caller.send(token, message()) == 40003
        server.note_event(OPENID, "subscribe")
        assert [await caller.send(token, message()) for _ in range(4)] == [0, 0, 0, 45047]
        clock.advance(61)
        assert await caller.send(token, message()) == 45015
        server.note_message(OPENID)
        assert await caller.send(token, message("长" * 682)) == 0
        assert await caller.send(token, message("长" * 683)) == 45002
        assert await caller.send(token, message("")) == 44004
        assert await caller.send(token, message("\\u4f60")) == 40033
        assert await caller.send(token, message()[:-1]) == 47001
        assert await caller.send(token, message().replace("msgtype", "msgtyp")) == 40008
        assert await caller.send(token, message().replace('"touser"', '"x": 1, "touser"')) == 47001
        clock.advance(48 * 3600)
        token = (await caller.stable())["access_token"]
        assert await caller.send(token, message()) == 45015
        server.note_event(OPENID, "unsubscribe")
        assert await caller.send(token, message()) == 43004
        assert len(server.delivered) == 4
    await server.stop()
