"""Who has not spoken for 48 hours: notices by template or subscription, and what becomes of them."""

import asyncio
import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import phrases as say
from bot.channels.official_account_notice import THING, Notice
from bot.chat.channel import Recipient
from bot.chat.errors import TooLarge, Undeliverable, WindowClosed
from bot.chat.reply import Image, Link, Reply, Text
from bot.settings import NOTICE
from storage.outbox import Outcome, Target
from storage.uow import UnitOfWork
from tests.channels.receiver import Bench, bench
from tests.channels.test_wire_xml import CHINA
from tests.platform.official_api import SEND
from tests.platform.server import File

OPENID = "oVillager_0001"
VILLAGER = Recipient(OPENID)
TEMPLATE = "template_of_the_account"
NINE = datetime(2026, 3, 5, 9, 0, tzinfo=CHINA)
SHORT = Text("您的微心愿 #12 已送达，请确认。")
LONG = Text("您登记的微心愿 #12 已经由志愿者送到家里，请您看看东西对不对，对的话发“/点亮 12”。")


def notice(keywords: str = "thing1 thing2 time3") -> Notice:
    found = Notice.read(f"{TEMPLATE} {keywords}")
    assert found is not None
    return found


def shown(b: Bench, kind: str) -> list[dict[str, str]]:
    """The values of the notices of a kind on the person's screen."""
    entries = [entry for entry in b.platform.api.ledger.delivered(OPENID) if entry.kind == kind]
    return [
        {keyword: value["value"] for keyword, value in json.loads(entry.content).items()} for entry in entries
    ]


def follow(b: Bench) -> None:
    """The person follows and has not spoken for days."""
    b.platform.api.people[OPENID] = True
    b.platform.api.templates.add(TEMPLATE, "thing1", "thing2", "time3")


# -- filling -----------------------------------------------------------------------------------------


def test_a_text_is_poured_into_the_things() -> None:
    assert notice("thing1 time2 thing3 phrase4 name5 date6").filled("一" * 20 + "二", NINE) == {
        "thing1": "一" * 20,
        "time2": "2026年3月5日 09:00",
        "thing3": "二",
        "phrase4": "新消息",
        "name5": "连心",
        "date6": "2026年3月5日",
    }
    assert notice().filled("一句话", NINE)["thing2"] == "无"


@given(st.text(max_size=120), st.integers(1, 4))
def test_every_value_fits_and_nothing_is_lost_when_it_is_said_to_fit(text: str, things: int) -> None:
    made = notice(" ".join(f"thing{number}" for number in range(1, things + 1)))
    values = list(made.filled(text, NINE).values())
    assert all(0 < len(value) <= THING and "\n" not in value for value in values)
    joined = "".join(values)
    if made.holds(text):
        assert joined.startswith(" ".join(text.split()))
    else:
        assert joined.endswith(say.NOTICE_TAIL)


@pytest.mark.parametrize(
    ("setting", "good"),
    [
        (f"{TEMPLATE} thing1", True),
        (f"{TEMPLATE} time1 thing2  date3", True),
        (f"{TEMPLATE} time1", False),
        (TEMPLATE, False),
        (f"{TEMPLATE} thing", False),
        (f"{TEMPLATE} thing1 amount2", False),
        ("thing1 thing2", False),
    ],
)
def test_which_settings_are_taken(setting: str, good: bool) -> None:
    assert bool(NOTICE.fullmatch(setting)) is good
    assert Notice.read("") is None


# -- sending -----------------------------------------------------------------------------------------


async def test_while_the_window_is_open_no_notice_is_given() -> None:
    async with bench(template=notice()) as b:
        follow(b)
        b.platform.api.note_message(OPENID)
        assert await b.channel.send(VILLAGER, SHORT, key="k") == ""
        assert shown(b, "template") == []


async def test_a_short_message_is_the_notice_and_has_a_receipt() -> None:
    async with bench(template=notice()) as b:
        follow(b)
        assert await b.channel.send(VILLAGER, SHORT, key="outbox:1:0") == "template:1"
        assert shown(b, "template") == [{"thing1": SHORT.text, "thing2": "无", "time3": "2026年3月5日 09:00"}]
        # The same row, tried again because our process died: the platform knows it.
        assert await b.channel.send(VILLAGER, SHORT, key="outbox:1:0") == "template:1"
        assert len(shown(b, "template")) == 1


async def test_a_long_message_waits_and_is_announced_once_a_day() -> None:
    async with bench(template=notice()) as b:
        follow(b)
        sentences = []
        for number in range(3):
            with pytest.raises(WindowClosed) as caught:
                await b.channel.send(VILLAGER, LONG, key=str(number))
            sentences.append(caught.value.sentence)
        assert sentences == [say.NOTICED, f"{say.WINDOW_CLOSED}（45015）", f"{say.WINDOW_CLOSED}（45015）"]
        [values] = shown(b, "template")
        assert values["thing1"] + values["thing2"] == LONG.text[:29] + say.NOTICE_TAIL
        b.platform.clock.advance(2 * 86_400)
        with pytest.raises(WindowClosed):
            await b.channel.send(VILLAGER, LONG, key="later")
        assert len(shown(b, "template")) == 2


async def test_who_agreed_gets_a_subscription_message_and_others_the_template() -> None:
    async with bench(subscribed=notice(), template=notice()) as b:
        follow(b)
        assert await b.channel.send(VILLAGER, SHORT, key="1") == "template:1"
        b.platform.api.templates.consent(OPENID, TEMPLATE, long_term=True)
        assert await b.channel.send(VILLAGER, SHORT, key="2") == ""
        assert (len(shown(b, "template")), len(shown(b, "subscribe"))) == (1, 1)


async def test_a_template_that_is_wrong_is_an_alarm_and_the_message_waits() -> None:
    async with bench(template=notice("thing1 thing9")) as b:
        follow(b)
        with pytest.raises(WindowClosed) as caught:
            await b.channel.send(VILLAGER, SHORT, key="1")
        assert caught.value.sentence == f"{say.WINDOW_CLOSED}（45015）"
        [(key, cause)] = b.alarms().items()
        assert key.endswith("/cgi-bin/message/template/send") and cause == f"{say.TEMPLATE_DIFFERS}（47003）"


@pytest.mark.parametrize(
    ("who", "cause"),
    [
        ("blocking", say.REFUSED_BY_PERSON),
        ("failing", say.LOST_BY_PLATFORM.format(status="failed: system failed")),
    ],
)
async def test_what_the_platform_reports_afterwards_is_failed(who: str, cause: str) -> None:
    async with bench(template=notice()) as b:
        follow(b)
        getattr(b.platform.api.templates, who).add(OPENID)
        receipt = await b.channel.send(VILLAGER, SHORT, key="1")
        row_id = b.database.run_now(_sent_row, receipt)
        for openid, event, fields in b.platform.api.events:
            found = await b.platform.deliver(b.url, b.platform.event(openid, event, **fields))
            assert (found.text, found.fault) == (None, None)
        row = b.database.read_now(lambda uow: uow.outbox.with_ids([row_id])[row_id])
        assert (row.status, row.cause) == (Outcome.FAILED, cause)


async def test_a_report_of_success_changes_nothing() -> None:
    async with bench(template=notice()) as b:
        follow(b)
        row_id = b.database.run_now(_sent_row, await b.channel.send(VILLAGER, SHORT, key="1"))
        for openid, event, fields in b.platform.api.events:
            await b.platform.deliver(b.url, b.platform.event(openid, event, **fields))
        row = b.database.read_now(lambda uow: uow.outbox.with_ids([row_id])[row_id])
        assert (len(b.platform.api.events), row.status) == (1, Outcome.SENT)


def _sent_row(uow: UnitOfWork, receipt: str) -> int:
    """A message that left under `receipt`."""
    member = uow.members.add("王某")
    row_id = uow.outbox.add(Target(member_id=member.id), Reply.text("…").to_json())
    [row] = uow.outbox.lease(limit=1, seconds=60)
    assert uow.outbox.settle(row, Outcome.SENT, receipt=receipt)
    return row_id


# -- pictures and links ------------------------------------------------------------------------------


async def test_a_picture_is_uploaded_and_a_lost_one_is_said_in_words() -> None:
    async with bench() as b:
        b.platform.api.note_message(OPENID)
        key = b.database.run_now(lambda uow: uow.attachments.put(b"\x89PNG 1234567890"))
        await b.channel.send(VILLAGER, Image(key, "图.png", "一张图"), key="1")
        await b.channel.send(VILLAGER, Image("gone", "图.png", "一张图"), key="2")
        await b.channel.send(VILLAGER, Image(key, "图.webp", "一张图"), key="3")
        entries = b.platform.api.ledger.delivered(OPENID)
        assert [entry.kind for entry in entries] == ["image", "text", "text"]
        media = json.loads(entries[0].content)["media_id"]
        assert b.platform.api.media[media].content == b"\x89PNG 1234567890"
        assert [entry.content for entry in entries[1:]] == ["一张图", "一张图"]


async def test_a_picture_that_was_sent_to_us_is_fetched_within_its_cap() -> None:
    async with bench() as b:
        media_id = b.platform.api.keep("image", File("照片.jpg", "image/jpeg", b"x" * 1000))
        found = await b.channel.api.media(media_id)
        assert (found.body, found.content_type) == (b"x" * 1000, "image/jpeg")
        with pytest.raises(TooLarge):
            await b.channel.api.media(media_id, limit=999)
        with pytest.raises(Undeliverable):
            await b.channel.api.media("media-of-nobody")


async def test_a_link_arrives_as_an_article() -> None:
    async with bench() as b:
        b.platform.api.note_message(OPENID)
        await b.channel.send(VILLAGER, Link("题", "说明", "https://e.cn"), key="1")
        [entry] = b.platform.api.ledger.delivered(OPENID)
        article = {"title": "题", "description": "说明", "url": "https://e.cn", "picurl": ""}
        assert json.loads(entry.content) == {"articles": [article]}


async def test_many_at_the_closed_window_are_asked_one_by_one() -> None:
    async with bench() as b:
        follow(b)
        ended = await asyncio.gather(
            *(b.channel.send(VILLAGER, SHORT, key=str(number)) for number in range(5)), return_exceptions=True
        )
        assert {type(each) for each in ended} == {WindowClosed}
        assert b.platform.api.calls[SEND] == 5
