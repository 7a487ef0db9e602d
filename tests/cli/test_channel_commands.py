"""`channel menu` and `member invite --qr`, against the imitated platform."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.cli.conftest import Ran, Run, run_here
from tests.platform.clock import WallClock
from tests.platform.official_api import OfficialApiServer

INVITE = ("member", "invite", "--role", "志愿者", "--place", "永续社区", "--qr")


@pytest.fixture
async def platform(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OfficialApiServer]:
    server = OfficialApiServer("wx0000", "right", WallClock())
    monkeypatch.setenv("WECHAT_API_BASE", await server.start())
    monkeypatch.setenv("WECHAT_APP_ID", "wx0000")
    monkeypatch.setenv("WECHAT_APP_SECRET", "right")
    monkeypatch.setenv("WECHAT_TOKEN", "token")
    monkeypatch.setenv("WECHAT_MODE", "plain")
    yield server
    await server.stop()


async def ran(*arguments: str) -> Ran:
    return await asyncio.to_thread(run_here, *arguments)


async def test_the_menu_says_commands(platform: OfficialApiServer) -> None:
    assert (await ran("channel", "menu")).code == 0
    assert platform.menu.button("今日简报") == {"type": "click", "name": "今日简报", "key": "/今日"}
    assert platform.menu.button("我的事")["key"] == "/我"
    assert platform.menu.buttons is not None and len(platform.menu.buttons) == 3


async def test_a_fault_is_one_sentence(platform: OfficialApiServer) -> None:
    platform.refuse("/cgi-bin/menu/create", 48001)
    found = await ran("channel", "menu")
    assert (found.code, found.out) == (1, "")
    assert found.err.endswith("（48001）\n")


async def test_an_invite_as_a_qr_code_and_a_link(
    platform: OfficialApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_PUBLIC_URL", "https://lianxin.example.org")
    made = json.loads((await ran(*INVITE, "--json")).out)
    ticket = parse_qs(urlsplit(made["qr"]).query)["ticket"][0]
    assert platform.codes.scene(ticket) == f"bind:{made['code']}"
    assert made["link"] == f"https://lianxin.example.org/wechat/bind?invite={made['code']}"
    said = (await ran(*INVITE)).out.splitlines()
    assert [line[:4] for line in said[:4]] == ["邀请码 ", "公众号的", "或让本人", "扫下面的"]


async def test_an_invite_stands_when_the_code_cannot_be_made(platform: OfficialApiServer) -> None:
    platform.refuse("/cgi-bin/qrcode/create", 48001)
    found = await ran(*INVITE, "--json")
    assert found.code == 1
    assert found.err.splitlines()[-1].startswith("邀请码能用，公众号的二维码没做成：公众号没有这个接口的权限")
    assert set(json.loads(found.out)) == {"code", "role", "place", "name", "expires_at", "says"}


def test_without_an_account_there_is_no_menu(run: Run, data_dir: Path) -> None:
    found = run("channel", "menu")
    assert (found.code, found.out) == (1, "")
    assert found.err == "没有开通公众号：请先填 WECHAT_APP_ID 等几项设置。\n"
