"""The Official Account, heard and answered through its real HTTP route by the imitated platform."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import aiohttp
import pytest

from bot.alarm import OperatorAlarm
from bot.channels.official_account import Mode, OfficialAccount, OfficialAccountSettings
from bot.chat.channel import Channel
from bot.chat.reply import Text
from bot.chat.update import Kind, Update
from tests.channels.receiver import Bench, Receiver, bench, register
from tests.platform.clock import StandingClock
from tests.platform.official_account import Account, Outcome, Request

MODES = ["safe", "compatible", "plain"]
OPENID = "oVillager_0001"
APP_ID = Account().app_id


def outcome(found: Outcome) -> tuple[list[int], str | None, str | None]:
    return [attempt.status for attempt in found.attempts], found.text, found.fault


async def status(method: str, url: str, request: Request) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, params=request.query, data=request.body) as response,
    ):
        return response.status, await response.text()


def test_it_is_a_channel_and_its_settings_hide_their_secrets() -> None:
    settings = OfficialAccountSettings("wx1", "hidden-1", "hidden-2", "x" * 43)
    assert "hidden" not in repr(settings)
    assert "x" * 43 not in repr(settings)
    with opened(OfficialAccountSettings("wx1", "s", "t", Account().aes_key)) as channel:
        assert channel.name == "official_account"
        assert [(route.method, route.path) for route in channel.routes()] == [
            ("GET", "/wechat"),
            ("POST", "/wechat"),
        ]
        assert channel.ready()


@contextmanager
def opened(settings: OfficialAccountSettings) -> Iterator[Channel]:
    clock = StandingClock()
    with register(clock) as database:
        alarm = OperatorAlarm(database)
        yield OfficialAccount(settings, Receiver(), database=database, clock=clock, alarm=alarm)


def test_a_wrong_aes_key_fails_at_start_but_is_not_needed_in_plain_mode() -> None:
    wrong = opened(OfficialAccountSettings("wx1", "s", "t", "short"))
    with pytest.raises(ValueError, match="43 characters"), wrong:
        pass
    with opened(OfficialAccountSettings("wx1", "s", "t", mode=Mode.PLAIN)):
        pass


@pytest.mark.parametrize("mode", MODES)
async def test_a_message_is_heard_and_answered_in_each_mode(mode: str) -> None:
    async with bench(mode) as b:
        text = "俺娘 60 了，咋领养老金 ]]> 👨‍👩‍👧 \u202eabc"
        message = b.platform.message(OPENID, Content=text)
        assert outcome(await b.platform.deliver(b.url, message)) == ([200], f"收到：{text}", None)
        assert b.receiver.updates == [
            Update(
                "official_account", "24500000000000001", OPENID, b.platform.clock.now(), text, tenant=APP_ID
            )
        ]


@pytest.mark.parametrize("mode", MODES)
async def test_the_address_is_verified_with_the_bare_echo(mode: str) -> None:
    async with bench(mode) as b:
        assert await b.platform.verify_url(b.url)


@pytest.mark.parametrize("echo", ["<b>x</b>", "a b", "x" * 257, "政策", ""])
async def test_an_echo_that_the_platform_never_sends_is_not_given_back(echo: str) -> None:
    async with bench() as b:
        assert not await b.platform.verify_url(b.url, echo=echo)


@pytest.mark.parametrize(
    ("name", "value"), [("signature", "0" * 40), ("timestamp", "1"), ("nonce", "other"), ("signature", None)]
)
async def test_an_address_test_with_a_wrong_signature_is_forbidden(name: str, value: str | None) -> None:
    async with bench() as b:
        query = {**b.platform.request("").query, "echostr": "1", name: value}
        request = Request({key: item for key, item in query.items() if item is not None}, b"")
        assert await status("GET", b.url, request) == (403, "Forbidden.")


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_not_allowed(method: str) -> None:
    async with bench() as b:
        found, _ = await status(method, b.url, b.platform.request(b.platform.message(OPENID, Content="x")))
        assert found == 405


# -- golden payloads ---------------------------------------------------------------------------------


async def test_the_plain_answer_byte_for_byte() -> None:
    async with bench("plain") as b:
        b.platform.api.note_message(OPENID)
        attempt = await b.platform.post(b.url, b.platform.request(b.platform.message(OPENID, Content="在吗")))
        assert attempt.headers["Content-Type"] == "application/xml; charset=utf-8"
        assert attempt.body == (
            f"<xml><ToUserName><![CDATA[{OPENID}]]></ToUserName>"
            "<FromUserName><![CDATA[gh_0123456789ab]]></FromUserName>"
            "<CreateTime>1772672400</CreateTime><MsgType><![CDATA[text]]></MsgType>"
            "<Content><![CDATA[收到：在吗]]></Content></xml>"
        )


async def test_silence_byte_for_byte() -> None:
    async with bench() as b:
        attempt = await b.platform.post(b.url, b.platform.request(b.platform.message(OPENID, Content=" ")))
        assert (attempt.status, attempt.body) == (200, "success")
        assert attempt.headers["Content-Type"] == "text/plain; charset=utf-8"


# -- kinds -------------------------------------------------------------------------------------------

HAPPENINGS: Mapping[str, tuple[Kind, Mapping[str, str]]] = {
    "subscribe": (Kind.FOLLOW, {"EventKey": "qrscene_7", "Ticket": "t"}),
    "unsubscribe": (Kind.UNFOLLOW, {"EventKey": ""}),
    "CLICK": (Kind.EVENT, {"EventKey": "today"}),
    "View": (Kind.EVENT, {"EventKey": "https://example.org", "MenuId": "1"}),
    "something_new": (Kind.EVENT, {"Whatever": "1"}),
}


@pytest.mark.parametrize("event", HAPPENINGS)
async def test_events_are_acknowledged(event: str) -> None:
    kind, fields = HAPPENINGS[event]
    async with bench() as b:
        found = await b.platform.deliver(b.url, b.platform.event(OPENID, event, **fields))
        assert outcome(found) == ([200], None, None)
        key = f"{OPENID}:1772672400:{event.lower()}:{fields.get('EventKey', '')}"
        now = b.platform.clock.now()
        assert b.receiver.updates == [Update("official_account", key, OPENID, now, kind=kind, tenant=APP_ID)]


async def test_a_follower_can_be_welcomed() -> None:
    async with bench(answer=lambda update: (Text(f"欢迎（{update.kind}）"),)) as b:
        found = await b.platform.deliver(b.url, b.platform.event(OPENID, "subscribe"))
        assert outcome(found) == ([200], "欢迎（follow）", None)


@pytest.mark.parametrize(
    ("msgtype", "kind"),
    [
        ("image", Kind.PICTURE),
        ("voice", Kind.VOICE),
        ("location", Kind.OTHER_MEDIA),
        ("hologram", Kind.EVENT),
    ],
)
async def test_other_messages_arrive_with_their_kind(msgtype: str, kind: Kind) -> None:
    async with bench() as b:
        message = b.platform.message(OPENID, msgtype, MediaId="m", PicUrl="http://p", Location_X="35.4")
        assert outcome(await b.platform.deliver(b.url, message)) == ([200], None, None)
        assert [(update.kind, update.text) for update in b.receiver.updates] == [(kind, "")]


# -- one message, several deliveries -----------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
async def test_duplicates_while_the_first_is_running_get_its_answer(mode: str) -> None:
    async with bench(mode) as b:
        b.receiver.hold.clear()
        asyncio.get_running_loop().call_later(0.2, b.receiver.hold.set)
        found = await b.platform.deliver_at_once(b.url, b.platform.message(OPENID, Content="在吗"), copies=3)
        assert [outcome(each) for each in found] == [([200], "收到：在吗", None)] * 3
        assert [update.text for update in b.receiver.updates] == ["在吗"]


async def test_the_platform_asks_three_times_and_a_late_answer_is_taken() -> None:
    async with bench(patience=0.25) as b:
        b.receiver.hold.clear()
        asyncio.get_running_loop().call_later(0.6, b.receiver.hold.set)
        found = await b.platform.deliver(b.url, b.platform.message(OPENID, Content="在吗"))
        assert outcome(found) == ([0, 0, 200], "收到：在吗", None)
        assert [update.text for update in b.receiver.updates] == ["在吗"]


async def test_a_repeat_after_an_hour_gets_the_stored_answer() -> None:
    async with bench() as b:
        request = b.platform.request(b.platform.message(OPENID, Content="在吗"))
        await b.platform.post(b.url, request)
        b.platform.clock.advance(3600)
        found = b.platform.read(request, [await b.platform.post(b.url, request)])
        assert outcome(found) == ([200], "收到：在吗", None)
        assert [update.text for update in b.receiver.updates] == ["在吗"]


async def test_an_answer_that_is_not_ready_is_acknowledged() -> None:
    async with bench(answer=lambda _: None) as b:
        found = await b.platform.deliver(b.url, b.platform.message(OPENID, Content="在吗"))
        assert outcome(found) == ([200], None, None)


# -- long answers ------------------------------------------------------------------------------------


async def test_a_long_answer_begins_at_once_and_the_rest_is_queued() -> None:
    sentence = "年满六十周岁、累计缴费满十五年，可以按月领取。"
    answer = Text(sentence * 60, "《城乡居民基本养老保险办法》第十二条")
    async with bench(answer=lambda _: (answer,)) as b:
        found = await b.platform.deliver(b.url, b.platform.message(OPENID, Content="咋领"))
        assert found.text == "(1/3) " + sentence * 28
        [(key, rest)] = b.receiver.rest
        assert key == "24500000000000001"
        assert rest == (
            "(2/3) " + sentence * 28,
            f"(3/3) {sentence * 4}\n《城乡居民基本养老保险办法》第十二条",
        )


async def test_several_short_parts_are_one_reply() -> None:
    async with bench(answer=lambda _: (Text("可以领取。", "《办法》第三条"), Text("隐私说明。"))) as b:
        found = await b.platform.deliver(b.url, b.platform.message(OPENID, Content="咋领"))
        assert outcome(found) == ([200], "可以领取。\n《办法》第三条\n\n隐私说明。", None)
        assert b.receiver.rest == []


async def test_an_answer_that_no_xml_can_carry_is_silence() -> None:
    async with bench(answer=lambda _: (Text("\x00\x01"),)) as b:
        found = await b.platform.deliver(b.url, b.platform.message(OPENID, Content="咋领"))
        assert outcome(found) == ([200], None, None)


async def test_many_people_at_once() -> None:
    async with bench() as b:
        people = [f"oVillager_{number:04}" for number in range(60)]
        found = await asyncio.gather(*(said(b, openid) for openid in people))
        assert [outcome(each) for each in found] == [
            ([200], f"收到：我是 {openid}", None) for openid in people
        ]
        assert sorted(update.sender for update in b.receiver.updates) == people


async def said(b: Bench, openid: str) -> Outcome:
    return await b.platform.deliver(b.url, b.platform.message(openid, Content=f"我是 {openid}"))
