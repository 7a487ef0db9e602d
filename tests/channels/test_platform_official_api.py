"""The imitated Official Account's API, page by page: what it takes, what it refuses, what it remembers."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from tests.platform import media, menu, official_api, templates
from tests.platform.caller import Caller
from tests.platform.ledger import Outcome
from tests.platform.oauth import ADDRESS, NotShown
from tests.platform.official_account import OfficialAccountPlatform
from tests.platform.official_api import SEND, STABLE_TOKEN

OPENID = "oVillager_0001"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


@pytest.fixture
async def platform() -> AsyncIterator[OfficialAccountPlatform]:
    running = OfficialAccountPlatform()
    await running.api.start()
    yield running
    await running.api.stop()


@pytest.fixture
async def caller(platform: OfficialAccountPlatform) -> AsyncIterator[Caller]:
    """A client that has a token."""
    async with Caller(platform.api.base) as client:
        account = platform.account
        wanted = {
            "grant_type": "client_credential",
            "appid": account.app_id,
            "secret": account.app_secret,
        }
        client.token = (await client.post(STABLE_TOKEN, wanted))["access_token"]
        yield client


def message(kind: str, body: Any, **more: Any) -> dict[str, Any]:
    return {"touser": OPENID, "msgtype": kind, kind: body, **more}


# -- customer-service messages -----------------------------------------------------------------------


async def test_the_kinds_of_messages(platform: OfficialAccountPlatform, caller: Caller) -> None:
    platform.message(OPENID, Content="在吗")
    picture = (await caller.upload(media.UPLOAD, "a.png", PNG, type="image"))["media_id"]
    article = {"title": "通知", "description": "明天开会", "url": "https://example.org", "picurl": ""}
    choices = {"head_content": "满意吗", "list": [{"id": "1", "content": "满意"}], "tail_content": ""}
    assert await caller.code(SEND, message("image", {"media_id": picture})) == 0
    assert await caller.code(SEND, message("news", {"articles": [article]})) == 0
    assert await caller.code(SEND, message("msgmenu", choices)) == 0
    assert await caller.code(SEND, message("voice", {"media_id": picture})) == 40007
    assert await caller.code(SEND, message("news", {"articles": [article, article]})) == 45008
    assert await caller.code(SEND, message("text", {"content": "好", "colour": "red"})) == 47001
    assert await caller.code(SEND, message("text", {"content": 5})) == 47001
    assert await caller.code(SEND, message("text", {"content": "好"}, agentid=1)) == 47001
    assert await caller.code(SEND, message("card", {})) == 40008
    assert (await caller.raw(SEND, b"touser=x", "application/x-www-form-urlencoded"))["errcode"] == 47001
    assert (await caller.post(SEND, message("text", {"content": "好"}), debug="1"))["errcode"] == 47001
    assert [(entry.kind, entry.outcome) for entry in platform.api.ledger.entries] == [
        ("image", Outcome.DELIVERED),
        ("news", Outcome.DELIVERED),
        ("msgmenu", Outcome.DELIVERED),
        ("voice", Outcome.REFUSED),
        ("news", Outcome.REFUSED),
        ("text", Outcome.REFUSED),
        ("text", Outcome.REFUSED),
        ("text", Outcome.REFUSED),
        ("card", Outcome.REFUSED),
    ]


async def test_unknown_fields_pass_when_it_is_not_strict(
    platform: OfficialAccountPlatform, caller: Caller
) -> None:
    platform.message(OPENID, Content="在吗")
    platform.api.strict = False
    assert await caller.code(SEND, message("text", {"content": "好", "colour": "red"}, x=1)) == 0
    assert platform.api.ledger.counts() == {(OPENID, "好"): 1}


async def test_a_window_that_is_used_up_counts_as_a_limit(
    platform: OfficialAccountPlatform, caller: Caller
) -> None:
    platform.message(OPENID, Content="在吗")
    codes = [await caller.code(SEND, message("text", {"content": str(n)})) for n in range(6)]
    assert codes == [0, 0, 0, 0, 0, 45047]
    assert platform.api.ledger.contents(OPENID) == ["0", "1", "2", "3", "4"]
    assert [entry.content for entry in platform.api.ledger.over_limits()] == ["5"]
    platform.event(OPENID, "CLICK", EventKey="k")
    codes = [await caller.code(SEND, message("text", {"content": "k"})) for _ in range(4)]
    assert codes == [0, 0, 0, 45047]
    platform.clock.advance(61)
    assert await caller.code(SEND, message("text", {"content": "k"})) == 45047


# -- tokens, quotas ----------------------------------------------------------------------------------


async def test_for_ever_refused(platform: OfficialAccountPlatform, caller: Caller) -> None:
    platform.message(OPENID, Content="在吗")
    for code in (40001, 42001, 40014):
        platform.api.token_refusal = code
        platform.api.token_always_refused = True
        assert await caller.code(SEND, message("text", {"content": "好"})) == code
    platform.api.token_always_refused = False
    assert await caller.code(SEND, message("text", {"content": "好"})) == 0
    assert platform.api.calls == {STABLE_TOKEN: 1, SEND: 4}


async def test_two_thousand_tokens_a_day(platform: OfficialAccountPlatform, caller: Caller) -> None:
    account = platform.account
    caller.token = ""
    query = {"grant_type": "client_credential", "appid": account.app_id, "secret": account.app_secret}
    platform.api.tokens.issued_day.count = 3
    codes = [(await caller.get("/cgi-bin/token", **query)).get("errcode", 0) for _ in range(4)]
    assert codes == [0, 0, 0, 45009]
    platform.clock.advance(86400)
    assert "access_token" in await caller.get("/cgi-bin/token", **query)
    assert (await caller.get("/cgi-bin/token", **{**query, "grant_type": "x"}))["errcode"] == 40002
    assert (await caller.get("/cgi-bin/token", **{**query, "appid": ""}))["errcode"] == 41002
    platform.api.refused_address = "203.0.113.9"
    refused = await caller.get("/cgi-bin/token", **query)
    assert refused["errcode"] == 40164
    assert "203.0.113.9" in refused["errmsg"]


async def test_quotas_end_at_midnight_or_when_cleared(
    platform: OfficialAccountPlatform, caller: Caller
) -> None:
    platform.api.quotas[menu.GET] = 1
    codes = [(await caller.get(menu.GET))["errcode"] for _ in range(2)]
    assert codes == [46003, 45009]
    cleared = {"appid": platform.account.app_id}
    assert await caller.code(official_api.CLEAR_QUOTA, {"appid": "wx"}) == 40013
    assert await caller.code(official_api.CLEAR_QUOTA, cleared) == 0
    assert (await caller.get(menu.GET))["errcode"] == 46003
    codes = [await caller.code(official_api.CLEAR_QUOTA, cleared) for _ in range(10)]
    assert codes == [0] * 9 + [48006]


async def test_a_code_of_the_tests_choice(platform: OfficialAccountPlatform, caller: Caller) -> None:
    platform.message(OPENID, Content="在吗")
    platform.api.refuse(SEND, 48001, "api unauthorized", times=2)
    codes = [await caller.code(SEND, message("text", {"content": "好"})) for _ in range(3)]
    assert codes == [48001, 48001, 0]


# -- templates and subscriptions ---------------------------------------------------------------------


async def test_a_template_message_and_what_becomes_of_it(
    platform: OfficialAccountPlatform, caller: Caller
) -> None:
    server = platform.api
    server.templates.add("T1", "thing1", "time2")
    platform.event(OPENID, "subscribe", EventKey="")
    data = {"thing1": {"value": "微心愿已送达"}, "time2": {"value": "2026年3月5日"}}
    wanted = {"touser": OPENID, "template_id": "T1", "url": "https://example.org", "data": data}
    assert await caller.post(templates.TEMPLATE_SEND, wanted) == {"errcode": 0, "errmsg": "ok", "msgid": 1}
    assert await caller.code(templates.TEMPLATE_SEND, {**wanted, "template_id": "T2"}) == 40037
    assert await caller.code(templates.TEMPLATE_SEND, {**wanted, "touser": "oNobody"}) == 40003
    assert await caller.code(templates.TEMPLATE_SEND, {**wanted, "first": {}}) == 47001
    for wrong in ({}, {**data, "thing3": {"value": "x"}}, {**data, "thing1": {"value": "长" * 21}}):
        assert await caller.code(templates.TEMPLATE_SEND, {**wanted, "data": wrong}) == 47003
    server.templates.blocking.add(OPENID)
    assert await caller.code(templates.TEMPLATE_SEND, wanted) == 0
    server.templates.blocking.clear()
    server.templates.failing.add(OPENID)
    assert await caller.code(templates.TEMPLATE_SEND, wanted) == 0
    assert [(person, event, fields["Status"]) for person, event, fields in server.events] == [
        (OPENID, "TEMPLATESENDJOBFINISH", "success"),
        (OPENID, "TEMPLATESENDJOBFINISH", "failed:user block"),
        (OPENID, "TEMPLATESENDJOBFINISH", "failed: system failed"),
    ]
    assert [entry.outcome for entry in server.ledger.entries if entry.outcome is not Outcome.REFUSED] == [
        Outcome.DELIVERED,
        Outcome.DROPPED,
        Outcome.DROPPED,
    ]
    platform.event(OPENID, "unsubscribe")
    assert await caller.code(templates.TEMPLATE_SEND, wanted) == 43004


async def test_a_template_message_sent_again_under_its_own_number_comes_once(
    platform: OfficialAccountPlatform, caller: Caller
) -> None:
    platform.api.templates.add("T1", "thing1")
    platform.event(OPENID, "subscribe", EventKey="")
    wanted = {
        "touser": OPENID,
        "template_id": "T1",
        "client_msg_id": "out-7",
        "data": {"thing1": {"value": "一"}},
    }
    answers = [await caller.post(templates.TEMPLATE_SEND, wanted) for _ in range(2)]
    assert answers[0] == answers[1]
    platform.clock.advance(601)
    assert (await caller.post(templates.TEMPLATE_SEND, wanted))["msgid"] == 2
    assert len(platform.api.ledger.delivered(OPENID)) == 2


async def test_a_subscription_needs_consent(platform: OfficialAccountPlatform, caller: Caller) -> None:
    books = platform.api.templates
    books.add("T1", "thing1")
    platform.event(OPENID, "subscribe", EventKey="")
    wanted = {"touser": OPENID, "template_id": "T1", "data": {"thing1": {"value": "早报"}}}
    assert await caller.code(templates.SUBSCRIBE_SEND, wanted) == 43101
    books.consent(OPENID, "T1")
    codes = [await caller.code(templates.SUBSCRIBE_SEND, wanted) for _ in range(2)]
    assert codes == [0, 43101]
    books.consent(OPENID, "T1", long_term=True)
    codes = [await caller.code(templates.SUBSCRIBE_SEND, wanted) for _ in range(3)]
    assert codes == [0, 0, 0]
    books.withdraw(OPENID, "T1")
    assert await caller.code(templates.SUBSCRIBE_SEND, wanted) == 43101


# -- menu, codes, media ------------------------------------------------------------------------------

BUTTON = {"type": "click", "name": "今日早报", "key": "digest"}


async def test_the_menu(platform: OfficialAccountPlatform, caller: Caller) -> None:
    more = {
        "name": "更多",
        "sub_button": [{"type": "view", "name": "绑定身份", "url": "https://example.org/bind"}],
    }
    assert (await caller.get(menu.GET))["errcode"] == 46003
    assert await caller.code(menu.CREATE, {"button": [BUTTON, more]}) == 0
    assert await caller.get(menu.GET) == {"menu": {"button": [BUTTON, more]}}
    assert "<EventKey><![CDATA[digest]]></EventKey>" in platform.press(OPENID, "今日早报")
    assert "https://example.org/bind" in platform.press(OPENID, "绑定身份")
    escaped = b'{"button": [{"type": "click", "name": "\\u65e9", "key": "k"}]}'
    assert (await caller.raw(menu.CREATE, escaped))["errcode"] == 40033
    with pytest.raises(LookupError):
        platform.press(OPENID, "更多")
    assert await caller.get(menu.DELETE) == {"errcode": 0, "errmsg": "ok"}
    with pytest.raises(LookupError):
        platform.press(OPENID, "今日早报")


@pytest.mark.parametrize(
    ("buttons", "code"),
    [
        ([], 40016),
        ([BUTTON] * 4, 40016),
        ([{**BUTTON, "type": "touch"}], 40017),
        ([{**BUTTON, "name": "名字太长太长了"}], 40018),
        ([{**BUTTON, "key": "k" * 129}], 40019),
        ([{"type": "view", "name": "网页", "url": "example.org"}], 40020),
        ([{"name": "更多", "sub_button": [BUTTON] * 6}], 40023),
        ([{**BUTTON, "colour": "red"}], 47001),
    ],
)
async def test_a_menu_that_is_not_right(
    platform: OfficialAccountPlatform, caller: Caller, buttons: list[Any], code: int
) -> None:
    assert await caller.code(menu.CREATE, {"button": buttons}) == code
    assert platform.api.menu.buttons is None


async def test_a_code_with_a_scene(platform: OfficialAccountPlatform, caller: Caller) -> None:
    scene = {"scene": {"scene_str": "bind_lihua"}}
    wanted = {"expire_seconds": 600, "action_name": "QR_STR_SCENE", "action_info": scene}
    made = await caller.post(menu.CREATE_CODE, wanted)
    assert made == {
        "ticket": "ticket1==",
        "url": "http://weixin.qq.com/q/ticket1",
        "expire_seconds": 600,
    }
    assert "<EventKey><![CDATA[qrscene_bind_lihua]]></EventKey>" in platform.scan(OPENID, made["ticket"])
    assert "<Event><![CDATA[SCAN]]></Event>" in platform.scan(OPENID, made["ticket"])
    platform.clock.advance(600)
    with pytest.raises(LookupError):
        platform.scan(OPENID, made["ticket"])
    assert await caller.code(menu.CREATE_CODE, {**wanted, "expire_seconds": 31 * 86400}) == 40065
    assert await caller.code(menu.CREATE_CODE, {**wanted, "action_name": "QR"}) == 40052
    assert await caller.code(menu.CREATE_CODE, {**wanted, "action_name": "QR_SCENE"}) == 47001


async def test_media_live_three_days(platform: OfficialAccountPlatform, caller: Caller) -> None:
    kept = await caller.upload(media.UPLOAD, "a.png", PNG, type="image")
    assert (kept["errcode"], kept["type"]) == (0, "image")
    assert await caller.download(media.GET, media_id=kept["media_id"]) == PNG
    codes = [
        (await caller.upload(media.UPLOAD, "a.png", PNG, type="picture"))["errcode"],
        (await caller.upload(media.UPLOAD, "a.png", b"12345", type="image"))["errcode"],
        (await caller.upload(media.UPLOAD, "a.png", PNG, field="file", type="image"))["errcode"],
        (await caller.upload(media.UPLOAD, "a.jpg", b"0" * (65 << 10), type="thumb"))["errcode"],
    ]
    assert codes == [40004, 44001, 41005, 45001]
    platform.clock.advance(3 * 86400)
    caller.token = platform.api.tokens.give("later")["access_token"]
    assert (await caller.get(media.GET, media_id=kept["media_id"]))["errcode"] == 40007


# -- the web page ------------------------------------------------------------------------------------


def link(
    platform: OfficialAccountPlatform, back: str = "https://village.example/bind", state: str = "s1"
) -> str:
    target = quote(back, safe="")
    return (
        f"{ADDRESS}?appid={platform.account.app_id}&redirect_uri={target}&response_type=code"
        f"&scope=snsapi_base&state={state}#wechat_redirect"
    )


async def test_a_code_from_the_page_tells_who_it_is_once(
    platform: OfficialAccountPlatform, caller: Caller
) -> None:
    platform.api.oauth.domain = "village.example"
    back = urlsplit(platform.api.oauth.authorize(link(platform), OPENID))
    code = parse_qs(back.query)["code"][0]
    assert f"{back.scheme}://{back.netloc}{back.path}" == "https://village.example/bind"
    assert parse_qs(back.query)["state"] == ["s1"]
    account = platform.account
    query = {
        "appid": account.app_id,
        "secret": account.app_secret,
        "code": code,
        "grant_type": "authorization_code",
    }
    caller.token = ""
    assert (await caller.get(official_api.OAUTH_TOKEN, **{**query, "secret": "x"}))["errcode"] == 40125
    assert (await caller.get(official_api.OAUTH_TOKEN, **{**query, "code": "x"}))["errcode"] == 40029
    assert (await caller.get(official_api.OAUTH_TOKEN, **query))["openid"] == OPENID
    assert (await caller.get(official_api.OAUTH_TOKEN, **query))["errcode"] == 40163
    late = parse_qs(urlsplit(platform.api.oauth.authorize(link(platform), OPENID)).query)["code"][0]
    platform.clock.advance(300)
    assert (await caller.get(official_api.OAUTH_TOKEN, **{**query, "code": late}))["errcode"] == 40029


def test_a_link_that_is_not_right_shows_no_question() -> None:
    platform = OfficialAccountPlatform()
    platform.api.oauth.domain = "village.example"
    right = link(platform)
    for wrong in (
        right.replace("#wechat_redirect", ""),
        right.replace("response_type=code&scope=snsapi_base", "scope=snsapi_base&response_type=code"),
        right.replace(platform.account.app_id, "wx"),
        right.replace("snsapi_base", "snsapi_all"),
        link(platform, back="https://other.example/bind"),
        link(platform, state="has-a-dash"),
        link(platform, state="s" * 129),
    ):
        with pytest.raises(NotShown):
            platform.api.oauth.authorize(wrong, OPENID)


async def test_the_ticket_for_pages_is_the_same_for_two_hours(
    platform: OfficialAccountPlatform, caller: Caller
) -> None:
    first = await caller.get(official_api.GET_TICKET, type="jsapi")
    platform.clock.advance(60)
    second = await caller.get(official_api.GET_TICKET, type="jsapi")
    assert second == {**first, "expires_in": 7140}
