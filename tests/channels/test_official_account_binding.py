"""The binding page, and the QR code that binds."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import unescape

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import phrases as say
from bot.channels.binding import COOKIE, State
from bot.channels.wire.oauth import authorize_url
from bot.chat.reply import Text
from bot.chat.update import Kind, Update
from tests.channels.receiver import Bench, bench
from tests.platform.official_account import Account

OPENID = "oVillager_0001"
OTHER = "oVillager_0002"
INVITE = "K7P2-9QXM"
PUBLIC = "http://lianxin.example.org"


def answer(update: Update) -> tuple[Text, ...]:
    return (Text(f"好了 <{update.text}>\n第二行"),)


@dataclass
class Phone:
    """A browser: it keeps cookies, and goes to our server whatever host the address names."""

    b: Bench
    session: aiohttp.ClientSession

    async def open(self, address: str) -> tuple[int, str]:
        path = address.removeprefix(PUBLIC)
        async with self.session.get(self.b.url.removesuffix("/wechat") + path) as response:
            return response.status, unescape(re.sub(r"<[^>]+>", "", await response.text()))

    async def link(self, invite: str = INVITE) -> str:
        """The address behind the button of the first page."""
        async with self.session.get(f"{self.b.url}/bind", params={"invite": invite}) as response:
            assert response.status == 200
            assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
            found = re.search(r'class="button" href="([^"]+)"', await response.text())
            assert found is not None
            return unescape(found[1])

    async def agree(self, link: str, person: str = OPENID) -> tuple[int, str]:
        return await self.open(self.b.platform.api.oauth.authorize(link, person))


@pytest.fixture
async def phone() -> AsyncIterator[Phone]:
    async with bench(answer=answer, public_url=PUBLIC) as b, _browser() as session:
        b.platform.api.oauth.domain = "lianxin.example.org"
        yield Phone(b, session)


def _browser() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))


async def test_a_person_is_bound_by_a_link(phone: Phone) -> None:
    link = await phone.link()
    status, text = await phone.agree(link)
    assert status == 200
    assert "好了 </bind K7P29QXM>" in text and "第二行" in text
    [update] = phone.b.receiver.updates
    assert (update.sender, update.text, update.kind) == (OPENID, "/bind K7P29QXM", Kind.CLICK)
    assert (update.channel, update.tenant) == ("official_account", Account().app_id)


async def test_what_comes_back_is_used_once(phone: Phone) -> None:
    link = await phone.link()
    oauth = phone.b.platform.api.oauth
    first, second = oauth.authorize(link, OPENID), oauth.authorize(link, OTHER)
    assert (await phone.open(first))[0] == 200
    for again in (first, second):
        assert (await phone.open(again))[0] == 403
    assert [update.sender for update in phone.b.receiver.updates] == [OPENID]


async def test_it_dies_after_ten_minutes(phone: Phone) -> None:
    link = await phone.link()
    phone.b.platform.clock.advance(601)
    status, text = await phone.agree(link)
    assert status == 403 and "放得太久" in text
    assert phone.b.receiver.updates == []


async def test_it_belongs_to_the_browser_that_asked(phone: Phone) -> None:
    """Who sends on what WeChat gave back binds nobody else to their own account."""
    back = phone.b.platform.api.oauth.authorize(await phone.link(), OPENID)
    async with _browser() as session:
        assert (await Phone(phone.b, session).open(back))[0] == 403
    assert phone.b.receiver.updates == []
    assert (await phone.open(back))[0] == 200


@pytest.mark.parametrize(
    "query",
    ["", "?invite=", "?invite=<script>", "?invite=ab", f"?invite={'A' * 41}"],
)
async def test_without_an_invite_there_is_nothing_to_bind(phone: Phone, query: str) -> None:
    status, text = await phone.open(f"/wechat/bind{query}")
    assert status == 400 and say.BIND_NO_INVITE.split("。")[0] in text
    assert "script" not in text


@pytest.mark.parametrize(
    "query", ["?code=x", "?state=x", "?code=x&state=x", "?code=&state=", "?code=x&state=%00"]
)
async def test_what_we_did_not_ask_for_is_forbidden(phone: Phone, query: str) -> None:
    assert (await phone.open(f"/wechat/bind{query}"))[0] == 403


async def test_a_cookie_that_is_no_text_is_forbidden(phone: Phone) -> None:
    back = phone.b.platform.api.oauth.authorize(await phone.link(), OPENID)
    async with aiohttp.ClientSession(headers={"Cookie": f"{COOKIE}=é"}) as session:
        assert (await Phone(phone.b, session).open(back))[0] == 403


async def test_a_code_that_is_no_longer_good_binds_nobody(phone: Phone) -> None:
    back = phone.b.platform.api.oauth.authorize(await phone.link(), OPENID)
    phone.b.platform.clock.advance(301)
    assert (await phone.open(back))[0] == 403
    assert phone.b.receiver.updates == []


async def test_a_platform_that_is_busy_is_a_reason_to_come_back(phone: Phone) -> None:
    back = phone.b.platform.api.oauth.authorize(await phone.link(), OPENID)
    phone.b.platform.api.refuse("/sns/oauth2/access_token", -1)
    status, text = await phone.open(back)
    assert status == 503 and "过几分钟" in text


async def test_without_a_public_address_there_is_no_page() -> None:
    async with bench() as b, _browser() as session:
        assert (await Phone(b, session).open("/wechat/bind?invite=ABCD"))[0] == 404


def test_the_link_is_in_the_order_that_wechat_wants() -> None:
    assert authorize_url("wx1", "https://e.cn/wechat/bind", "abc") == (
        "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx1"
        "&redirect_uri=https%3A%2F%2Fe.cn%2Fwechat%2Fbind&response_type=code&scope=snsapi_base"
        "&state=abc#wechat_redirect"
    )


@given(
    st.integers(0, 2**32 - 1),
    st.binary(min_size=12, max_size=12),
    st.from_regex(r"[0-9A-Z]{4,40}", fullmatch=True),
)
def test_a_state_comes_back_as_it_went_and_not_otherwise(until: int, nonce: bytes, invite: str) -> None:
    state = State(until, nonce.hex(), invite)
    sent = state.signed(b"key")
    assert re.fullmatch(r"[0-9A-Za-z]{1,128}", sent)
    assert State.read(sent, b"key") == state
    assert State.read(sent, b"other") is None
    for place in range(len(sent)):
        other = "1" if sent[place] == "0" else "0"
        assert State.read(sent[:place] + other + sent[place + 1 :], b"key") is None


# -- the QR code -------------------------------------------------------------------------------------


async def test_who_follows_by_an_invites_code_is_welcomed_and_bound() -> None:
    async with bench(answer=lambda update: (Text(f"{update.kind}：{update.text}"),)) as b:
        message = b.platform.event(OPENID, "subscribe", EventKey=f"qrscene_bind:{INVITE}", Ticket="t")
        for _ in range(2):
            found = await b.platform.deliver(b.url, message)
            assert (found.text, found.fault) == (f"follow：\n\nclick：/bind {INVITE}", None)
        assert [(update.kind, update.text) for update in b.receiver.updates] == [
            (Kind.FOLLOW, ""),
            (Kind.CLICK, f"/bind {INVITE}"),
        ]


async def test_a_follower_who_scans_an_invite_is_bound() -> None:
    async with bench(answer=lambda update: (Text(f"{update.kind}：{update.text}"),)) as b:
        found = await b.platform.deliver(
            b.url, b.platform.event(OPENID, "SCAN", EventKey=f"bind:{INVITE}", Ticket="t")
        )
        assert found.text == f"click：/bind {INVITE}"


@pytest.mark.parametrize("scene", ["7", "bind:", "bind:<a>", "bind:A B", "other:K7P2", f"bind:{'A' * 41}"])
async def test_any_other_scene_is_only_a_scan(scene: str) -> None:
    async with bench() as b:
        await b.platform.deliver(b.url, b.platform.event(OPENID, "SCAN", EventKey=scene))
        await b.platform.deliver(b.url, b.platform.event(OPENID, "subscribe", EventKey=f"qrscene_{scene}"))
        assert [update.kind for update in b.receiver.updates] == [Kind.EVENT, Kind.FOLLOW]


@pytest.mark.parametrize(
    ("key", "kind", "text"), [("/今日", Kind.CLICK, "/今日"), ("today", Kind.EVENT, ""), ("", Kind.EVENT, "")]
)
async def test_a_click_on_the_menu_is_the_command_it_names(key: str, kind: Kind, text: str) -> None:
    async with bench() as b:
        await b.platform.deliver(b.url, b.platform.event(OPENID, "CLICK", EventKey=key))
        assert [(update.kind, update.text) for update in b.receiver.updates] == [(kind, text)]
