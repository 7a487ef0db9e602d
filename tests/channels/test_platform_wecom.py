"""The imitated WeCom API: tokens, messages to members, cards, the app's own groups, people."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.platform import app_messages, appchat, media, wecom
from tests.platform.app_messages import SEND
from tests.platform.caller import Caller
from tests.platform.clock import StandingClock
from tests.platform.ledger import Outcome
from tests.platform.oauth import ADDRESS
from tests.platform.wecom import GET_TOKEN, App, WeComServer

AGENT = 1_000_002


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
async def server(clock: StandingClock) -> AsyncIterator[WeComServer]:
    running = WeComServer(clock)
    running.add_app(secret="right")
    for userid in ("lihua", "wangfang", "zhao"):
        running.add_member(userid, f"成员{userid}")
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def caller(server: WeComServer) -> AsyncIterator[Caller]:
    async with Caller(server.base) as client:
        client.token = (await client.get(GET_TOKEN, corpid=server.corp_id, corpsecret="right"))[
            "access_token"
        ]
        yield client


def message(kind: str = "text", body: Any = None, **more: Any) -> dict[str, Any]:
    shown = {"content": "你好"} if body is None else body
    return {"touser": "lihua", "agentid": AGENT, "msgtype": kind, kind: shown, **more}


# -- tokens ------------------------------------------------------------------------------------------


async def test_the_token_is_the_same_while_it_is_valid(
    server: WeComServer, clock: StandingClock, caller: Caller
) -> None:
    query = {"corpid": server.corp_id, "corpsecret": "right"}
    first, caller.token = caller.token, ""
    assert (await caller.get(GET_TOKEN, **query))["access_token"] == first
    clock.advance(7199)
    assert await caller.get(GET_TOKEN, **query) == {
        "errcode": 0,
        "errmsg": "ok",
        "access_token": first,
        "expires_in": 1,
    }
    clock.advance(1)
    second = (await caller.get(GET_TOKEN, **query))["access_token"]
    assert second != first
    codes = [await caller.code(SEND, message(), access_token=token) for token in (first, second, "x", "")]
    assert codes == [42001, 0, 40014, 41001]
    server.tokens.expire_early("right")
    assert await caller.code(SEND, message(), access_token=second) == 40014


async def test_wrong_credentials(server: WeComServer, caller: Caller) -> None:
    caller.token = ""
    codes = [
        (await caller.get(GET_TOKEN, corpid=corp, corpsecret=secret))["errcode"]
        for corp, secret in [(server.corp_id, "x"), ("ww", "right"), ("", "right"), (server.corp_id, "")]
    ]
    assert codes == [40001, 40013, 41002, 41004]
    server.tokens.wrong_hour.count = 3
    codes = [
        (await caller.get(GET_TOKEN, corpid=server.corp_id, corpsecret=secret)).get("errcode")
        for secret in ("x", "x", "right")
    ]
    assert codes == [40001, 45009, 45009]


async def test_a_token_is_for_one_app_and_from_a_trusted_address(server: WeComServer, caller: Caller) -> None:
    server.add_app(secret="other", agent_id=7)
    assert await caller.code(SEND, {**message(), "agentid": 7}) == 301002
    assert await caller.code(SEND, {**message(), "agentid": 8}) == 40056
    assert await caller.code(SEND, {**message(), "agentid": "1000002"}) == 40058
    server.refused_address = "203.0.113.9"
    refused = await caller.post(SEND, message())
    assert refused["errcode"] == 60020
    assert "from ip: 203.0.113.9" in refused["errmsg"]
    server.refused_address = ""
    for code in (40014, 42001, 40001):
        server.token_refusal, server.token_always_refused = code, True
        assert await caller.code(SEND, message()) == code
    server.token_always_refused = False
    assert await caller.code(SEND, message()) == 0
    server.invalidate_tokens()
    assert await caller.code(SEND, message()) == 40014


async def test_an_api_has_its_limits(server: WeComServer, clock: StandingClock, caller: Caller) -> None:
    server.api_minute.count = 2
    codes = [await caller.code(SEND, message()) for _ in range(3)]
    assert codes == [0, 0, 45009]
    clock.advance(60)
    assert await caller.code(SEND, message()) == 0


# -- messages ----------------------------------------------------------------------------------------


async def test_who_gets_a_message_and_who_is_named_invalid(server: WeComServer, caller: Caller) -> None:
    server.add_member("sun", "孙", 7)
    server.apps["right"].visible = {"lihua", "wangfang", "sun"}
    sent = await caller.post(SEND, message(touser="lihua|zhao|nobody", toparty="7|8", totag="3"))
    assert sent == {
        "errcode": 0,
        "errmsg": "ok",
        "invaliduser": "zhao|nobody",
        "invalidparty": "8",
        "invalidtag": "3",
        "unlicenseduser": "",
        "msgid": "msg-1",
    }
    assert server.ledger.counts() == {("lihua", "你好"): 1, ("sun", "你好"): 1}
    assert await caller.code(SEND, message(touser="@all")) == 0
    assert sum(server.ledger.counts().values()) == 5
    assert await caller.code(SEND, message(touser="zhao")) == 81013
    assert await caller.code(SEND, message(touser="")) == 82001
    assert await caller.code(SEND, message(touser="|".join(f"u{n}" for n in range(1001)))) == 40032
    assert await caller.code(SEND, message(toparty="|".join(map(str, range(101))))) == 82002
    assert await caller.code(SEND, message(totag="|".join(map(str, range(101))))) == 82003


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"msgtype": "card"}, 40008),
        ({"text": {"content": ""}}, 44004),
        ({"text": {"content": 5}}, 40058),
        ({"text": {"content": "x", "mentioned_list": []}}, 40058),
        ({"text": {}}, 44004),
        ({"text": "你好"}, 40058),
        ({"touser": ["lihua"]}, 40058),
        ({"safe": "0"}, 40058),
        ({"safe": True}, 40058),
        ({"enable_duplicate_check": 2}, 40058),
        ({"duplicate_check_interval": 14401}, 40058),
        ({"agent_id": AGENT}, 40058),
        ({"msgtype": "markdown", "text": None}, 40058),
    ],
)
async def test_a_message_that_is_not_right(
    server: WeComServer, caller: Caller, change: dict[str, Any], code: int
) -> None:
    assert await caller.code(SEND, {**message(), **change}) == code
    assert [(entry.outcome, entry.code) for entry in server.ledger.entries] == [(Outcome.REFUSED, code)]


async def test_what_is_no_json_is_refused(server: WeComServer, caller: Caller) -> None:
    for body, kind in [(b"{", "application/json"), (b"[]", "application/json"), (b"a=b", "text/html")]:
        assert (await caller.raw(SEND, body, kind))["errcode"] == 40058
    assert server.ledger.entries == []


async def test_long_texts_arrive_cut(server: WeComServer, caller: Caller) -> None:
    assert await caller.code(SEND, message(body={"content": "长" * 683})) == 0
    (entry,) = server.ledger.entries
    assert (entry.content, entry.reason) == ("长" * 682, "cut")
    assert await caller.code(SEND, message("markdown", {"content": "长" * 683})) == 45002


async def test_a_members_surplus_is_dropped_in_silence(
    server: WeComServer, clock: StandingClock, caller: Caller
) -> None:
    codes = [await caller.code(SEND, message(body={"content": str(n)})) for n in range(32)]
    assert codes == [0] * 32
    assert server.ledger.contents("lihua") == [str(n) for n in range(30)]
    assert [entry.content for entry in server.ledger.dropped("lihua")] == ["30", "31"]
    assert server.ledger.over_limits() == server.ledger.dropped()
    clock.advance(60)
    assert await caller.code(SEND, message(body={"content": "later"})) == 0
    assert server.ledger.contents("lihua")[-1] == "later"


async def test_a_days_messages_are_limited_by_the_corps_size(server: WeComServer, caller: Caller) -> None:
    server.account_limit = 1
    server.messages.member_minute.count = 1000
    codes = [await caller.code(SEND, message(touser="@all")) for _ in range(67)]
    assert codes == [0] * 66 + [45009]


async def test_a_repeated_message_is_dropped_where_that_is_asked_for(
    server: WeComServer, clock: StandingClock, caller: Caller
) -> None:
    once = message(enable_duplicate_check=1, duplicate_check_interval=60)
    assert [await caller.code(SEND, once) for _ in range(2)] == [0, 0]
    clock.advance(60)
    assert await caller.code(SEND, once) == 0
    assert [entry.reason for entry in server.ledger.entries] == ["", "duplicate", ""]


async def test_a_message_can_be_taken_back_for_a_day(
    server: WeComServer, clock: StandingClock, caller: Caller
) -> None:
    numbers = [(await caller.post(SEND, message()))["msgid"] for _ in range(2)]
    assert await caller.code(app_messages.RECALL, {"msgid": numbers[0]}) == 0
    assert [entry.message_id for entry in server.ledger.entries] == [numbers[1]]
    assert await caller.code(app_messages.RECALL, {"msgid": "msg-9"}) == 40058
    clock.advance(86401)
    caller.token = server.tokens.give("right")["access_token"]
    assert await caller.code(app_messages.RECALL, {"msgid": numbers[1]}) == 42052


async def test_a_file(server: WeComServer, caller: Caller) -> None:
    kept = (await caller.upload(media.UPLOAD, "名单.xlsx", b"x" * 100, type="file"))["media_id"]
    assert await caller.code(SEND, message("file", {"media_id": kept})) == 0
    assert await caller.code(SEND, message("image", {"media_id": kept})) == 40007
    too_big = await caller.upload(media.UPLOAD, "a.bin", b"0" * ((20 << 20) + 1), type="file")
    assert too_big["errcode"] == 40006


# -- the app's groups --------------------------------------------------------------------------------


async def test_a_group_of_the_app(server: WeComServer, caller: Caller) -> None:
    wanted = {"name": "永续社区连心群", "owner": "lihua", "userlist": ["lihua", "zhao"], "chatid": "village1"}
    made = {"errcode": 0, "errmsg": "ok", "chatid": "village1"}
    assert await caller.post(appchat.CREATE, wanted) == made
    assert await caller.code(appchat.CREATE, wanted) == 86215
    change = {"chatid": "village1", "add_user_list": ["wangfang"], "del_user_list": ["zhao"], "name": "新群"}
    assert await caller.code(appchat.UPDATE, change) == 0
    assert (await caller.get(appchat.GET, chatid="village1"))["chat_info"] == {
        "chatid": "village1",
        "name": "新群",
        "owner": "lihua",
        "userlist": ["lihua", "wangfang"],
        "chat_type": 0,
    }
    text = {"chatid": "village1", "msgtype": "text", "text": {"content": "早报"}}
    assert await caller.code(appchat.SEND, text) == 0
    assert await caller.code(appchat.SEND, {**text, "chatid": "village2"}) == 86003
    assert await caller.code(appchat.SEND, {**text, "msgtype": "template_card", "template_card": {}}) == 40008
    assert await caller.code(appchat.SEND, {**text, "text": {"content": "长" * 683}}) == 45002
    assert server.ledger.contents("village1") == ["早报"]
    server.chats.dissolve("village1")
    assert await caller.code(appchat.SEND, text) == 86003


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"userlist": ["lihua"]}, 86006),
        ({"userlist": ["lihua", "nobody"]}, 86216),
        ({"owner": "wangfang"}, 86207),
        ({"name": "长" * 51}, 86004),
        ({"chatid": "has-a-dash"}, 86001),
        ({"chatid": "x" * 33}, 86001),
        ({"members": []}, 40058),
    ],
)
async def test_a_group_that_is_not_right(
    server: WeComServer, caller: Caller, change: dict[str, Any], code: int
) -> None:
    wanted = {"name": "群", "owner": "lihua", "userlist": ["lihua", "zhao"], **change}
    assert await caller.code(appchat.CREATE, wanted) == code
    assert server.chats.chats == {}


async def test_groups_belong_to_an_app_that_sees_the_whole_corp(server: WeComServer, caller: Caller) -> None:
    wanted = {"userlist": ["lihua", "zhao"], "chatid": "c1"}
    assert await caller.code(appchat.CREATE, wanted) == 0
    server.add_app(secret="other", agent_id=7)
    other = await caller.get(GET_TOKEN, corpid=server.corp_id, corpsecret="other", access_token="")
    assert other["errcode"] == 40058
    token = server.tokens.give("other")["access_token"]
    text = {"chatid": "c1", "msgtype": "text", "text": {"content": "早报"}}
    assert await caller.code(appchat.SEND, text, access_token=token) == 86008
    server.apps["right"].whole_corp = False
    assert await caller.code(appchat.SEND, text) == 48002


async def test_a_members_surplus_in_groups_is_dropped_in_silence(server: WeComServer, caller: Caller) -> None:
    server.chats.member_minute.count = 2
    for chat_id, people in (("c1", ["lihua", "zhao"]), ("c2", ["lihua", "wangfang"])):
        assert await caller.code(appchat.CREATE, {"userlist": people, "chatid": chat_id}) == 0
    text = {"msgtype": "text", "text": {"content": "早报"}}
    codes = [await caller.code(appchat.SEND, {"chatid": chat, **text}) for chat in ("c1", "c1", "c2", "c1")]
    assert codes == [0, 0, 0, 0]
    assert [(entry.to, entry.outcome) for entry in server.ledger.entries] == [
        ("c1", Outcome.DELIVERED),
        ("c1", Outcome.DELIVERED),
        ("lihua", Outcome.DROPPED),
        ("c2", Outcome.DELIVERED),
        ("lihua", Outcome.DROPPED),
        ("zhao", Outcome.DROPPED),
        ("c1", Outcome.DROPPED),
    ]
    server.chats.people_minute.count = 8
    assert await caller.code(appchat.SEND, {"chatid": "c2", **text}) == 45009


# -- people ------------------------------------------------------------------------------------------


async def test_people(server: WeComServer, caller: Caller) -> None:
    assert await caller.get(wecom.USER_GET, userid="lihua") == {
        "errcode": 0,
        "errmsg": "ok",
        "userid": "lihua",
        "name": "成员lihua",
        "department": [1],
        "status": 1,
    }
    assert (await caller.get(wecom.USER_GET, userid="nobody"))["errcode"] == 60111
    server.apps["right"].visible = {"lihua"}
    assert (await caller.get(wecom.USER_GET, userid="zhao"))["errcode"] == 60011
    names = [server.open_userid("lihua"), server.open_userid("zhao"), "wo-nobody"]
    assert await caller.post(wecom.TO_USERID, {"open_userid_list": names, "source_agentid": AGENT}) == {
        "errcode": 0,
        "errmsg": "ok",
        "userid_list": [{"open_userid": names[0], "userid": "lihua"}],
        "invalid_open_userid_list": names[1:],
    }
    many = {"open_userid_list": ["x"] * 1001, "source_agentid": AGENT}
    assert await caller.code(wecom.TO_USERID, many) == 40058
    assert "127.0.0.1" in (await caller.get(wecom.CALLBACK_ADDRESSES))["ip_list"]


async def test_a_visitor_of_the_page(server: WeComServer, clock: StandingClock, caller: Caller) -> None:
    link = (
        f"{ADDRESS}?appid={server.corp_id}&redirect_uri=https%3A%2F%2Fvillage.example%2Fbind"
        f"&response_type=code&scope=snsapi_base&state=s1&agentid={AGENT}#wechat_redirect"
    )

    def visit(person: str) -> str:
        return parse_qs(urlsplit(server.oauth.authorize(link, person)).query)["code"][0]

    code = visit("lihua")
    answers = [await caller.get(wecom.USER_INFO, code=code) for _ in range(2)]
    assert [answers[0]["userid"], answers[1]["errcode"]] == ["lihua", 40029]
    assert (await caller.get(wecom.USER_INFO, code=visit("oStranger")))["openid"] == "oStranger"
    late = visit("lihua")
    clock.advance(300)
    assert (await caller.get(wecom.USER_INFO, code=late))["errcode"] == 40029


def test_an_app_sees_everybody_unless_told_otherwise() -> None:
    assert App(1, "s").sees("anyone")
    assert not App(1, "s", visible={"lihua"}).sees("zhao")
