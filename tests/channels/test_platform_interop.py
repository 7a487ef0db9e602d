"""The imitations meet clients and receivers that nobody here wrote.

wechatpy's synchronous clients come with the product, so that they always run; WeRoBot as an independent receiver
needs the extra `interop`.
"""

import asyncio
import importlib
import importlib.util
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from wechatpy import WeChatClient
from wechatpy.enterprise import WeChatClient as WeComClient
from wechatpy.exceptions import WeChatClientException

from tests.platform import hostile
from tests.platform.faults import Fault
from tests.platform.official_account import Account, OfficialAccountPlatform
from tests.platform.official_api import SEND, TOKEN
from tests.platform.tokens import GET_TOKEN
from tests.platform.wecom import WeComServer

pytestmark = pytest.mark.interop

OPENID = "oVillager_0001"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
needs_werobot = pytest.mark.skipif(
    importlib.util.find_spec("werobot") is None,
    reason="WeRoBot is not installed: pip install 'lianxin[interop]'",
)


# -- wechatpy as a client of the APIs ----------------------------------------------------------------


def official_client(platform: OfficialAccountPlatform) -> Any:
    """wechatpy's client, its two fixed addresses turned to the imitation."""
    account, base = platform.account, platform.api.base

    class Client(WeChatClient):  # type: ignore[misc]
        API_BASE_URL = f"{base}/cgi-bin/"

        def fetch_access_token(self) -> Any:
            query = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret}
            return self._fetch_access_token(url=base + TOKEN, params=query)

    return Client(account.app_id, account.app_secret, timeout=60)


def wecom_client(server: WeComServer, secret: str) -> Any:
    class Client(WeComClient):  # type: ignore[misc]
        API_BASE_URL = f"{server.base}/cgi-bin/"

        def fetch_access_token(self) -> Any:
            query = {"corpid": self.corp_id, "corpsecret": self.secret}
            return self._fetch_access_token(url=server.base + GET_TOKEN, params=query)

    return Client(server.corp_id, secret, timeout=60)


def refused(client_call: Any, *values: Any) -> int:
    """The errcode that wechatpy raises."""
    with pytest.raises(WeChatClientException) as caught:
        client_call(*values)
    return int(caught.value.errcode)


@pytest.fixture
async def platform() -> AsyncIterator[OfficialAccountPlatform]:
    running = OfficialAccountPlatform()
    await running.api.start()
    yield running
    await running.api.stop()


@pytest.fixture
async def server() -> AsyncIterator[WeComServer]:
    running = WeComServer()
    running.add_app(secret="right")
    for userid in ("lihua", "zhao"):
        running.add_member(userid)
    await running.start()
    yield running
    await running.stop()


async def test_wechatpy_is_at_home_in_the_official_account(platform: OfficialAccountPlatform) -> None:
    platform.message(OPENID, Content="在吗")
    platform.api.templates.add("T1", "thing1")
    platform.api.templates.consent(OPENID, "T1", long_term=True)
    buttons = [{"type": "click", "name": "今日早报", "key": "digest"}]
    scene = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "bind"}}}

    def use(client: Any) -> list[Any]:
        picture = client.media.upload("image", ("a.png", BytesIO(PNG), "image/png"))["media_id"]
        client.message.send_text(OPENID, "可以领取 👍🏽")
        client.message.send_image(OPENID, picture)
        client.message.send_articles(
            OPENID, [{"title": "通知", "description": "开会", "image": "", "url": "https://example.org"}]
        )
        client.message.send_template(OPENID, "T1", {"thing1": {"value": "早报"}})
        client.message.send_subscribe_message(OPENID, "T1", {"thing1": {"value": "早报"}})
        client.menu.create({"button": buttons})
        shown = client.menu.get()["menu"]["button"]
        ticket = client.qrcode.create({**scene, "expire_seconds": 60})["ticket"]
        return [shown, ticket, client.media.download(picture).content, client.jsapi.get_ticket()["errcode"]]

    client = official_client(platform)
    assert await asyncio.to_thread(use, client) == [buttons, "ticket1==", PNG, 0]
    kinds = [(entry.kind, entry.content) for entry in platform.api.ledger.delivered(OPENID)]
    assert kinds[0] == ("text", "可以领取 👍🏽")
    assert [kind for kind, _ in kinds] == ["text", "image", "news", "template", "subscribe"]
    assert platform.api.calls[TOKEN] == 1
    platform.api.invalidate_tokens()
    await asyncio.to_thread(client.message.send_text, OPENID, "又来了")
    assert platform.api.calls[TOKEN] == 2
    assert await asyncio.to_thread(refused, client.message.send_text, "oStranger", "在吗") == 40003


async def test_wechatpy_asks_for_ever_where_the_token_is_refused_for_ever(
    platform: OfficialAccountPlatform,
) -> None:
    """The fault that ours must not have; the imitation shows and counts it."""
    platform.message(OPENID, Content="在吗")
    platform.api.token_always_refused = True
    client = official_client(platform)
    platform.api.tokens.issued_day.count = 20
    assert await asyncio.to_thread(refused, client.message.send_text, OPENID, "在吗") == 45009
    assert (platform.api.calls[TOKEN], platform.api.calls[SEND]) == (21, 20)


async def test_wechatpy_is_at_home_in_wecom(server: WeComServer) -> None:
    agent = server.apps["right"].agent_id
    client = wecom_client(server, "right")

    def use() -> list[Any]:
        sent = client.message.send_text(agent, ["lihua", "nobody"], "你好")
        client.message.send_markdown(agent, "@all", "**早报**")
        chat = client.appchat.create("c1", "群", "lihua", ["lihua", "zhao"])
        client.appchat.send_text("c1", "早报")
        named = client.user.get("zhao")
        return [
            sent["invaliduser"],
            chat["chatid"],
            client.appchat.get("c1")["name"],
            named["name"],
        ]

    assert await asyncio.to_thread(use) == ["nobody", "c1", "群", "zhao"]
    assert [(entry.to, entry.content) for entry in server.ledger.delivered()] == [
        ("lihua", "你好"),
        ("lihua", "**早报**"),
        ("zhao", "**早报**"),
        ("c1", "早报"),
    ]
    assert server.calls[GET_TOKEN] == 1
    assert await asyncio.to_thread(refused, client.message.send_text, 7, "lihua", "你好") == 40056


async def test_wechatpy_meets_faults(platform: OfficialAccountPlatform) -> None:
    platform.message(OPENID, Content="在吗")
    client = official_client(platform)
    platform.api.inject(SEND, Fault.GZIP, Fault.BUSY)
    await asyncio.to_thread(client.message.send_text, OPENID, "一")
    assert await asyncio.to_thread(refused, client.message.send_text, OPENID, "二") == -1
    assert platform.api.ledger.contents(OPENID) == ["一"]


# -- WeRoBot as a receiver ---------------------------------------------------------------------------


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Nothing on the screen of who runs the tests."""


@contextmanager
def werobot(account: Account) -> Iterator[tuple[str, list[str]]]:
    """A WeRoBot on loopback that repeats what it is told: its address, and what it has heard."""
    robot = importlib.import_module("werobot").WeRoBot(
        token=account.token,
        encoding_aes_key=account.aes_key,
        app_id=account.app_id,
        session_storage=False,
    )
    heard: list[str] = []

    def repeat(message: Any) -> str:
        heard.append(message.content)
        return f"听到：{message.content}"

    def welcome(message: Any) -> str:
        return f"欢迎 {message.source}"

    robot.add_handler(repeat, type="text")
    robot.add_handler(welcome, type="subscribe_event")

    with make_server("127.0.0.1", 0, robot.wsgi, handler_class=Quiet) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/", heard
        running.shutdown()
        thread.join()


@needs_werobot
@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
async def test_werobot_hears_every_mode_and_is_heard(mode: str) -> None:
    platform = OfficialAccountPlatform(Account(mode=mode), patience=60)
    platform.verify_patience = 60
    with werobot(platform.account) as (url, heard):
        assert await platform.verify_url(url)
        for content in ("在吗", "👨‍👩‍👧 a & b < c"):
            outcome = await platform.deliver(url, platform.message(OPENID, Content=content))
            assert (outcome.text, outcome.fault) == (f"听到：{content}", None)
        outcome = await platform.deliver(url, platform.event(OPENID, "subscribe", EventKey=""))
        assert outcome.text == f"欢迎 {OPENID}"
    assert heard == ["在吗", "👨‍👩‍👧 a & b < c"]


@needs_werobot
async def test_werobot_refuses_what_is_forged() -> None:
    platform = OfficialAccountPlatform(Account(mode="safe"), patience=60)
    forged = {"wrong signature", "short signature", "another nonce", "another's envelope", "padding of zeros"}
    with werobot(platform.account) as (url, heard):
        for name, request in hostile.requests(platform, OPENID, "/撤回 1"):
            if name in forged:
                answer = await platform.post(url, request)
                assert answer.status in (403, 500), name
    assert heard == []
