"""The page that binds a member by a link, from the platform's question to the role, with the real engine behind it."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from bot.channels import phrases as say
from bot.channels.binding import COOKIE
from storage.members import Grant, Member, Role
from storage.uow import UnitOfWork
from tests.channels.contract.bench import House, fresh_folder
from tests.channels.contract.wecom_app import WecomAppBench
from tests.channels.wecom import PUBLIC
from tests.platform.clock import StandingClock
from tests.platform.faults import Fault
from tests.platform.wecom import USER_GET, USER_INFO

CODE = "K7P2-9QXM"


class Reachable(WecomAppBench):
    """The app of a house that has an address on the internet."""

    def settings(self) -> Mapping[str, str]:
        return {**super().settings(), "bot_public_url": PUBLIC}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an empty register and the starter base."""
    folder = tmp_path_factory.mktemp("binding") / "data"
    House(folder, {}, StandingClock()).app.close()
    return folder


@pytest.fixture
async def app(prepared: Path, tmp_path: Path) -> AsyncIterator[Reachable]:
    made = Reachable()
    await made.start(fresh_folder(prepared, tmp_path / "data"))
    await made.joined()
    await asyncio.to_thread(made.house.app.database.run_now, _invite)
    yield made
    await made.stop()


def _invite(uow: UnitOfWork) -> None:
    place = uow.places.add("永续社区", kind="community")
    uow.invites.add(CODE, Grant(Role.CARE_SECRETARY, place.id), name=None, member_id=None, days=7)


@dataclass
class Browser:
    """One person's, with what our page left in it."""

    app: Reachable
    cookie: str = ""

    async def visit(self, path: str) -> tuple[int, str]:
        """(status, page)."""
        headers = {"Cookie": f"{COOKIE}={self.cookie}"} if self.cookie else {}
        async with (
            aiohttp.ClientSession() as session,
            session.get(self.app.url + path, headers=headers, allow_redirects=False) as response,
        ):
            if COOKIE in response.cookies:
                self.cookie = response.cookies[COOKIE].value
            return response.status, await response.text()

    async def agree(self, person: str, invite: str = CODE) -> str:
        """Open the link as `person` and agree: the path they are sent back to."""
        status, shown = await self.visit(f"/wecom/bind?invite={invite}")
        assert (status, invite in shown) == (200, True)
        found = re.search(r'class="button" href="([^"]+)"', shown)
        assert found is not None
        self.app.server.oauth.domain = urlsplit(PUBLIC).netloc
        back = urlsplit(self.app.server.oauth.authorize(unescape(found[1]), person))
        assert f"{back.scheme}://{back.netloc}" == PUBLIC
        return f"{back.path}?{back.query}"


@pytest.fixture
def browser(app: Reachable) -> Browser:
    return Browser(app)


def members(house: House) -> list[Member]:
    return house.app.database.read_now(lambda uow: uow.members.all())


async def test_a_link_binds_who_opens_it(app: Reachable, browser: Browser) -> None:
    status, page = await browser.visit(await browser.agree("lihua"))
    assert status == 200
    assert "绑定好了：李华，民情书记（永续社区）" in page
    (member,) = members(app.house)
    assert (member.name, member.roles) == ("李华", {Role.CARE_SECRETARY})
    [heard] = await app.deliver(app.say("/我"))
    assert heard.text is not None and "李华" in heard.text
    assert len(members(app.house)) == 1


async def test_asking_binds_nobody(app: Reachable, browser: Browser) -> None:
    await browser.agree("lihua")
    assert members(app.house) == []


async def test_a_page_that_is_opened_again_binds_nobody_else(app: Reachable, browser: Browser) -> None:
    back = await browser.agree("lihua")
    await browser.visit(back)
    status, page = await browser.visit(back)
    assert (status, say.WECOM_BIND_STALE in page) == (403, True)
    app.server.add_member("wangfang", "王芳")
    _, page = await browser.visit(await browser.agree("wangfang"))
    assert "这个邀请码已经用过了" in page
    found = {member.name: member.roles for member in members(app.house)}
    assert found == {"李华": {Role.CARE_SECRETARY}, "王芳": {Role.RESIDENT}}


async def test_what_one_browser_was_asked_no_other_can_answer(app: Reachable, browser: Browser) -> None:
    back = await browser.agree("lihua")
    assert (await Browser(app).visit(back))[0] == 403
    assert (await Browser(app, cookie="0" * 24).visit(back))[0] == 403
    assert members(app.house) == []


async def test_what_was_asked_long_ago_is_not_answered(app: Reachable, browser: Browser) -> None:
    back = await browser.agree("lihua")
    app.clock.advance(601)
    assert (await browser.visit(back))[0] == 403
    assert members(app.house) == []


async def test_another_invite_in_the_state_is_not_ours(app: Reachable, browser: Browser) -> None:
    back = await browser.agree("lihua")
    assert (await browser.visit(back.replace("K7P29QXM", "AAAA1111")))[0] == 403
    assert members(app.house) == []


async def test_a_stranger_is_not_bound(app: Reachable, browser: Browser) -> None:
    status, page = await browser.visit(await browser.agree("somebody-on-wechat"))
    assert (status, say.WECOM_BIND_STRANGER in page) == (403, True)
    assert members(app.house) == []


async def test_without_the_address_book_binding_goes_on(app: Reachable, browser: Browser) -> None:
    app.server.refuse(USER_GET, 60011)
    assert (await browser.visit(await browser.agree("lihua")))[0] == 200
    assert [member.roles for member in members(app.house)] == [{Role.CARE_SECRETARY}]


@pytest.mark.parametrize("fault", [Fault.BAD_GATEWAY, Fault.EMPTY, Fault.BUSY])
async def test_a_platform_that_does_not_answer_is_asked_later(
    app: Reachable, browser: Browser, fault: Fault
) -> None:
    back = await browser.agree("lihua")
    app.server.inject(USER_INFO, fault)
    status, page = await browser.visit(back)
    assert (status, say.WECOM_BIND_TROUBLE in page) == (503, True)
    assert (await browser.visit(await browser.agree("lihua")))[0] == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("invite=", 400),
        ("invite=%3Cscript%3E", 400),
        ("invite=abc", 400),
        ("code=abc", 403),
        ("code=abc&state=", 403),
        ("code=abc&state=K7P29QXM", 403),
        ("code=%00%0a&state=K7P29QXM", 403),
        (f"code={'a' * 600}&state=K7P29QXM", 403),
    ],
)
async def test_another_address_binds_nobody(
    app: Reachable, browser: Browser, query: str, status: int
) -> None:
    found, page = await browser.visit(f"/wecom/bind?{query}")
    assert found == status
    assert "<script>" not in page
    assert members(app.house) == []


async def test_without_an_address_of_ours_there_is_no_page(prepared: Path, tmp_path: Path) -> None:
    app = WecomAppBench()
    await app.start(fresh_folder(prepared, tmp_path / "data"))
    async with aiohttp.ClientSession() as session, session.get(f"{app.url}/wecom/bind?invite={CODE}") as page:
        assert page.status == 404
    await app.stop()
