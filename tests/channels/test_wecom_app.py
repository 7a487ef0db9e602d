"""The WeCom app's callback: what is believed, what is answered at once, what a press on a card does."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels import phrases as say
from bot.channels.wire.wecom_callback import read_callback
from bot.chat.channel import Recipient
from bot.chat.errors import Malformed
from bot.chat.reply import Button, Card, Part, Text
from bot.chat.update import Kind, Update
from tests.channels.wecom import Bench, bench
from tests.platform import hostile
from tests.platform.clock import CHINA, StandingClock

CALM = settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
CARD = Card(
    "微心愿 #12",
    "永续社区",
    (("想要", "收音机"),),
    (Button("认领", "/认领 12"), Button("看详情", "/心愿详情 12")),
    "微心愿 #12：收音机。想认领，发“/认领 12”。",
)


@pytest.fixture
async def app(sqlite_url: str) -> AsyncIterator[Bench]:
    async with bench(sqlite_url) as made:
        yield made


async def send_card(app: Bench) -> str:
    """CARD on the screens of lihua; returns its task id."""
    await app.channel.send(Recipient("lihua"), CARD, key="outbox:1:0")
    ((_, task),) = app.server.messages.cards
    return task


# -- believed or not ---------------------------------------------------------------------------------


async def test_the_address_is_verified_within_a_second(app: Bench) -> None:
    assert await app.sender.verify_url(app.url)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"msg_signature": "0" * 40}, 403),
        ({"msg_signature": ""}, 403),
        ({"echostr": ""}, 403),
        ({"echostr": "QUFB"}, 403),
        ({"nonce": "another"}, 403),
    ],
)
async def test_another_test_of_the_address_is_refused(
    app: Bench, change: dict[str, str], status: int
) -> None:
    sealed, moment = app.sender.sealer.seal("5833", b"r" * 16), app.sender.moment()
    query = {**app.sender.seal_query(moment, sealed), **moment, "echostr": sealed, **change}
    assert (await app.sender.call("GET", app.url, query)).status == status


async def test_nothing_hostile_reaches_anybody(app: Bench) -> None:
    seen: dict[str, int] = {}
    for name, request in hostile.requests(app.sender, "lihua", "/心愿 不该登记"):
        seen[name] = (await app.sender.post(app.url, request)).status
    assert len(seen) > 40
    assert {name: status for name, status in seen.items() if status not in (400, 403, 413)} == {}
    assert [update.text for update in app.answers.updates if "不该登记" in update.text] == []


@pytest.mark.parametrize("method", hostile.METHODS)
async def test_no_other_method_is_served(app: Bench, method: str) -> None:
    request = app.sender.request(app.sender.message("lihua", Content="你好"))
    assert (await app.sender.call(method, app.url, request.query, request.body)).status == 405
    assert app.answers.updates == []


async def test_what_is_strange_but_real_is_answered_or_swallowed(app: Bench) -> None:
    found = {
        name: await app.sender.deliver(app.url, xml) for name, xml in hostile.oddities(app.sender, "lihua")
    }
    assert len(found) > 10
    assert {name: each.fault for name, each in found.items() if each.fault} == {}
    assert {name: len(each.attempts) for name, each in found.items() if len(each.attempts) != 1} == {}
    assert found["CDATA end"].text == "收到：在吗 ]]> 还在吗]]]]>>"
    assert found["unknown kind"].text is None


@CALM
@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
def test_any_document_is_read_or_malformed(document: str) -> None:
    with pytest.raises(Malformed):
        read_callback(document, channel="wecom_app", corp_id="ww1", zone=CHINA)


FIELDS = [
    "ToUserName",
    "FromUserName",
    "CreateTime",
    "MsgType",
    "MsgId",
    "Content",
    "Event",
    "EventKey",
    "TaskId",
]
values = st.sampled_from(
    ["text", "event", "template_card_event", "subscribe", "1795390000", "-1", "9" * 30, "lihua"]
)


@CALM
@given(st.dictionaries(st.sampled_from(FIELDS), values | st.text("ab<&\n \u4e00", max_size=8), min_size=3))
def test_any_fields_are_read_or_malformed(fields: dict[str, str]) -> None:
    document = "<xml>" + "".join(f"<{k}><![CDATA[{v}]]></{k}>" for k, v in fields.items()) + "</xml>"
    try:
        callback = read_callback(document, channel="wecom_app", corp_id="ww1", zone=CHINA)
    except Malformed:
        return
    assert callback.delivery.update.key
    assert (callback.press is not None) == (callback.event == "template_card_event")


# -- what arrives ------------------------------------------------------------------------------------


async def test_a_message_of_a_member_of_this_corporation(app: Bench) -> None:
    outcome = await app.sender.deliver(app.url, app.sender.message("lihua", Content="低保怎么申请"))
    assert outcome.text == "收到：低保怎么申请"
    (update,) = app.answers.updates
    assert replace(update, key="") == Update(
        channel="wecom_app", key="", sender="lihua", at=app.clock.now(), text="低保怎么申请",
        kind=Kind.TEXT, tenant="ww0123456789abcdef",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("voice", {"MediaId": "m", "Format": "amr"}, Kind.VOICE),
        ("image", {"PicUrl": "http://p", "MediaId": "m"}, Kind.PICTURE),
        ("location", {"Location_X": "1", "Location_Y": "2"}, Kind.OTHER_MEDIA),
        ("link", {"Title": "t", "Url": "http://u"}, Kind.OTHER_MEDIA),
        ("video", {"MediaId": "m", "ThumbMediaId": "t"}, Kind.OTHER_MEDIA),
    ],
)
async def test_other_messages(app: Bench, kind: str, fields: dict[str, str], expected: Kind) -> None:
    await app.sender.deliver(app.url, app.sender.message("lihua", kind, **fields))
    assert [update.kind for update in app.answers.updates] == [expected]


@pytest.mark.parametrize(
    ("event", "fields", "expected"),
    [
        ("subscribe", {"EventKey": ""}, Kind.FOLLOW),
        ("unsubscribe", {"EventKey": ""}, Kind.UNFOLLOW),
        ("enter_agent", {"EventKey": ""}, Kind.EVENT),
        ("view", {"EventKey": "https://example.org"}, Kind.EVENT),
        ("batch_job_result", {}, Kind.EVENT),
        ("CLICK", {"EventKey": "/帮助"}, Kind.CLICK),
    ],
)
async def test_events(app: Bench, event: str, fields: dict[str, str], expected: Kind) -> None:
    outcome = await app.sender.deliver(app.url, app.sender.event("lihua", event, **fields))
    assert outcome.fault is None
    assert [update.kind for update in app.answers.updates] == [expected]


async def test_a_menu_entry_says_its_command(app: Bench) -> None:
    outcome = await app.sender.deliver(app.url, app.sender.event("lihua", "click", EventKey="/帮助"))
    assert outcome.text == "收到：/帮助"
    assert app.answers.updates[0].card == ""


async def test_a_warning_of_suspension_calls_the_operator_until_it_is_over(app: Bench) -> None:
    for event in ("inactive_alert", "low_active"):
        outcome = await app.sender.deliver(app.url, app.sender.event("sys", event, EffectTime="1795390000"))
        assert (outcome.fault, outcome.text) == (None, None)
    assert app.alarms.standing == {
        "wecom_app:1000002:suspended": say.WECOM_SUSPENDED.format(event="low_active")
    }
    assert len(app.alarms.rung) == 1
    await app.sender.deliver(app.url, app.sender.event("sys", "active_restored"))
    assert app.alarms.standing == {}


# -- what is answered at once ------------------------------------------------------------------------


async def test_what_does_not_fit_follows(sqlite_url: str) -> None:
    text = "".join(f"第{number}句话说的是怎样领取补贴。" for number in range(1, 150))

    def answer(_update: Update) -> Sequence[Part]:
        return (Text(text, "《办法》第三条"), CARD)

    async with bench(sqlite_url, answer) as app:
        outcome = await app.sender.deliver(app.url, app.sender.message("lihua", Content="？"))
        assert outcome.text is not None and len(outcome.text.encode()) <= 2048
        ((key, rest),) = app.answers.rest
        assert key == app.answers.updates[0].key
        assert isinstance(rest[-1], Card)
        said = [outcome.text, *(part.plain() for part in rest[:-1])]
        numbered = [f"({number}/{len(said)}) " for number in range(1, len(said) + 1)]
        assert [part[: len(mark)] for part, mark in zip(said, numbered, strict=True)] == numbered
        assert said[-1].endswith("《办法》第三条")


async def test_a_card_is_sent_after_the_callback(sqlite_url: str) -> None:
    async with bench(sqlite_url, lambda _: (CARD,)) as app:
        outcome = await app.sender.deliver(app.url, app.sender.message("lihua", Content="/心愿单"))
        assert (outcome.text, outcome.reply, outcome.fault) == (None, None, None)
        assert [parts for _, parts in app.answers.rest] == [[CARD]]


async def test_a_late_answer_is_acknowledged(sqlite_url: str) -> None:
    async with bench(sqlite_url, lambda _: None) as app:
        outcome = await app.sender.deliver(app.url, app.sender.message("lihua", Content="慢"))
        assert (outcome.text, outcome.fault, len(outcome.attempts)) == (None, None, 1)


# -- presses -----------------------------------------------------------------------------------------


async def test_a_press_says_the_command_and_turns_the_card_of_who_pressed(app: Bench) -> None:
    task = await send_card(app)
    outcome = await app.sender.deliver(app.url, app.sender.card_click("lihua", task, "/认领 12"))
    assert outcome.fault is None
    (update,) = app.answers.updates
    assert (update.kind, update.text, update.sender, update.card) == (Kind.CLICK, "/认领 12", "lihua", task)
    assert app.server.messages.screen(app.app, task, "lihua") == {
        "CardType": "text_notice",
        "MainTitle": {"Title": "收到：/认领 12"},
        "CardAction": {"Type": "1", "Url": "https://work.weixin.qq.com/"},
    }
    assert app.answers.rest == []


async def test_a_press_delivered_three_times_is_one(app: Bench) -> None:
    task = await send_card(app)
    click = app.sender.card_click("lihua", task, "/认领 12")
    outcomes = await app.sender.deliver_at_once(app.url, click, copies=3)
    assert [outcome.fault for outcome in outcomes] == [None] * 3
    assert len({str(outcome.reply) for outcome in outcomes}) == 1
    assert len(app.answers.updates) == 1


async def test_a_late_press_is_acknowledged_on_the_card(sqlite_url: str) -> None:
    async with bench(sqlite_url, lambda _: None) as app:
        task = await send_card(app)
        await app.sender.deliver(app.url, app.sender.card_click("lihua", task, "/认领 12"))
        assert app.server.messages.screen(app.app, task, "lihua") == {"replace_name": say.WECOM_PRESSED}


async def test_a_press_without_an_answer_changes_nothing(sqlite_url: str) -> None:
    async with bench(sqlite_url, lambda _: ()) as app:
        task = await send_card(app)
        before = app.server.messages.screen(app.app, task, "lihua")
        outcome = await app.sender.deliver(app.url, app.sender.card_click("lihua", task, "/认领 12"))
        assert (outcome.fault, outcome.reply) == (None, None)
        assert app.server.messages.screen(app.app, task, "lihua") == before


async def test_an_answer_too_long_for_a_card_is_said_as_well(sqlite_url: str) -> None:
    long = "认领好了。\n" + "请在三天内联系登记人，" * 20

    async with bench(sqlite_url, lambda _: (Text(f"{long} ]]>"),)) as app:
        task = await send_card(app)
        outcome = await app.sender.deliver(app.url, app.sender.card_click("lihua", task, "/认领 12"))
        assert outcome.fault is None
        shown = app.server.messages.screen(app.app, task, "lihua")
        assert shown["MainTitle"] == {"Title": "认领好了。"}
        assert shown["SubTitleText"].endswith("…")
        assert [parts for _, parts in app.answers.rest] == [[Text(f"{long} ]]>")]]


async def test_a_press_answered_with_a_card_sends_it(sqlite_url: str) -> None:
    async with bench(sqlite_url, lambda _: (CARD,)) as app:
        task = await send_card(app)
        await app.sender.deliver(app.url, app.sender.card_click("lihua", task, "/心愿详情 12"))
        assert [parts for _, parts in app.answers.rest] == [[CARD]]


def test_the_key_of_a_press_is_its_own() -> None:
    clock = StandingClock()

    def pressed(task: str, command: str) -> str:
        document = (
            f"<xml><ToUserName>ww1</ToUserName><FromUserName>lihua</FromUserName><CreateTime>1795390000</CreateTime>"
            f"<MsgType>event</MsgType><Event>template_card_event</Event><EventKey>{command}</EventKey>"
            f"<TaskId>{task}</TaskId></xml>"
        )
        read = read_callback(document, channel="wecom_app", corp_id="ww1", zone=clock.zone)
        return read.delivery.update.key

    keys = [
        pressed(*each)
        for each in [("t1", "/认领 1"), ("t1", "/认领 2"), ("t2", "/认领 1"), ("t" * 99, "/认领 1")]
    ]
    assert len(set(keys)) == len(keys)
    assert max(len(key) for key in keys) < 128
    assert pressed("t1", "/认领 1") == keys[0]


async def test_no_answer_of_ours_tells_why(app: Bench) -> None:
    async with aiohttp.ClientSession() as session, session.post(app.url, data=b"<xml/>") as response:
        assert (response.status, await response.text()) == (403, "Forbidden.")
