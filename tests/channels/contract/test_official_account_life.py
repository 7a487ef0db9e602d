"""The Official Account with the real engine: following, binding by a code and by a page, the menu."""

import re
from collections.abc import AsyncIterator, Mapping
from html import unescape
from pathlib import Path

import aiohttp
import pytest

from bot.channels.phrases import OFFICIAL_MENU
from handlers.members import roster
from storage.members import Role
from storage.uow import UnitOfWork
from tests.channels.contract.bench import fresh_folder
from tests.channels.contract.official_account import OPENID, OfficialAccountBench

PUBLIC = "http://lianxin.example.org"


class WithPage(OfficialAccountBench):
    def settings(self) -> Mapping[str, str]:
        return {**super().settings(), "bot_public_url": PUBLIC}


@pytest.fixture
async def account(prepared: Path, tmp_path: Path) -> AsyncIterator[WithPage]:
    bench = WithPage()
    await bench.start(fresh_folder(prepared, tmp_path / "data"))
    yield bench
    await bench.stop()


def invite(account: WithPage) -> str:
    """A volunteer's code."""
    database = account.house.app.database

    def make(uow: UnitOfWork) -> roster.Invite:
        place = uow.places.add("永续社区", kind="community")
        return roster.invite(uow, account.clock.token(8), Role.VOLUNTEER, place, "小周")

    return database.run_now(make).code


def roles(account: WithPage) -> dict[str, set[str]]:
    """The roles of everybody known, by name."""
    members = account.house.app.database.read_now(lambda uow: uow.members.all())
    return {member.name: {grant.role.value for grant in member.grants} for member in members}


async def test_following_by_an_invites_code_welcomes_and_binds_once(account: WithPage) -> None:
    event = account.platform.event(
        OPENID, "subscribe", EventKey=f"qrscene_bind:{invite(account)}", Ticket="t"
    )
    [first], [again] = await account.deliver(event), await account.deliver(event)
    assert first == again
    assert first.text is not None and "我是连心" in first.text and "绑定好了：小周" in first.text
    assert roles(account)["小周"] == {"volunteer"}
    other = account.platform.event("oVillager_0002", "SCAN", EventKey="bind:AAAA-BBBB")
    [refused] = await account.deliver(other)
    assert refused.text is not None and "绑定好了" not in refused.text


async def test_the_page_binds_whom_the_platform_names(account: WithPage) -> None:
    code = invite(account)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        async with session.get(f"{account.url}/wechat/bind", params={"invite": code}) as response:
            found = re.search(r'class="button" href="([^"]+)"', await response.text())
        assert found is not None
        back = account.platform.api.oauth.authorize(unescape(found[1]), OPENID)
        async with session.get(account.url + back.removeprefix(PUBLIC)) as response:
            assert "绑定好了：小周" in await response.text()
    assert roles(account)["小周"] == {"volunteer"}
    [heard] = await account.deliver(account.say("/我"))
    assert heard.text is not None and "志愿者（永续社区）" in heard.text


@pytest.mark.parametrize("command", [command for _, entries in OFFICIAL_MENU for _, command in entries])
async def test_every_menu_entry_is_answered(account: WithPage, command: str) -> None:
    [heard] = await account.deliver(account.platform.event(OPENID, "CLICK", EventKey=command))
    assert heard.text is not None
    assert account.house.app.dispatcher.registry.find(command)[0] is not None
