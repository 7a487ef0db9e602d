"""The group robot: kinds, mentions, limits, a dead webhook, and that its key is shown nowhere."""

import asyncio
import hashlib
import json
import logging
import traceback
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels import phrases as say
from bot.channels.group_robot import ROOM, GroupRobot, read_webhook
from bot.channels.wecom_messages import message_text, rendered
from bot.chat.channel import Recipient
from bot.chat.errors import (
    ChannelError,
    OutcomeUnknown,
    Removed,
    Throttled,
    Undeliverable,
    Unreachable,
)
from bot.chat.reply import Button, Card, File, Image, Link, Markdown, Part, Text
from bot.pacing import SharedPacing
from storage.database import Database
from tests.platform.clock import StandingClock
from tests.platform.faults import Fault
from tests.platform.webhook import SEND, UPLOAD, GroupRobotServer

CALM = settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
CARD = Card("微心愿 #1", "", (("想要", "收音机"),), (Button("认领", "/认领 1"),), "微心愿 #1：收音机")


@dataclass
class Bench:
    server: GroupRobotServer
    robot: GroupRobot
    database: Database
    clock: StandingClock
    key: str
    base: str

    @property
    def group(self) -> Recipient:
        return Recipient(f"{self.base}{SEND}?key={self.key}", group=True)

    async def send(self, message: Part, *, to: Recipient | None = None) -> str:
        return await self.robot.send(to or self.group, message, key="outbox:1:0")

    async def failure(self, message: Part | None = None, *, to: Recipient | None = None) -> ChannelError:
        with pytest.raises(ChannelError) as caught:
            await self.send(message or Text("早"), to=to)
        return caught.value

    def attach(self, body: bytes) -> str:
        return self.database.run_now(lambda uow: uow.attachments.put(body))


@pytest.fixture
async def bench(sqlite_url: str) -> AsyncIterator[Bench]:
    clock = StandingClock()
    server, database = GroupRobotServer(clock), Database(sqlite_url, clock.now)
    base = await server.start()
    robot = GroupRobot(database, clock, patience=1.0)
    key = server.add_robot("永续社区连心群", members=["lihua", "wangfang"])
    yield Bench(server, robot, database, clock, key, base)
    await robot.close()
    await server.stop()
    await asyncio.to_thread(database.close)


# -- kinds -------------------------------------------------------------------------------------------


async def test_members_are_called_by_name_and_never_all_of_them(bench: Bench) -> None:
    to = Recipient(bench.group.external_id, group=True, mentions=("lihua", "@all", "stranger"))
    await bench.send(Text("请看一下这个心愿", mentions=(7,)), to=to)
    assert bench.server.mentioned == [(bench.key, "lihua")]
    await bench.send(Text("没有叫人"), to=to)
    await bench.send(bench.robot.render(to, [Markdown("叫 <@wangfang> 来", "叫人来")])[0], to=to)
    assert bench.server.mentioned == [(bench.key, "lihua")]


def test_only_the_first_message_calls(bench: Bench) -> None:
    parts = [Text("一" * 600, mentions=(7,)), Text("二" * 600, mentions=(8, 7))]
    messages = bench.robot.render(bench.group, parts)
    assert [message.mentions for message in messages if isinstance(message, Text)] == [(7, 8), ()]


def test_a_card_that_only_repeats_is_not_said_where_there_are_no_buttons(bench: Bench) -> None:
    said = [Text("待认领：#1 收音机"), replace(CARD, fallback="")]
    assert bench.robot.render(bench.group, said) == [Text("待认领：#1 收音机")]
    (written,) = bench.robot.render(bench.group, [CARD])
    assert written == CARD.markdown()


async def test_a_picture_goes_whole_or_as_a_file(bench: Bench) -> None:
    largest = PNG + bytes(2 * 1024 * 1024 - len(PNG))
    await bench.send(Image(bench.attach(largest), "地图.png", "路线图"))
    await bench.send(Image(bench.attach(largest + b"\0"), "大图.png", "路线图"))
    await bench.send(Image(bench.attach(b"GIF89a" + bytes(64)), "动图.gif", "动图"))
    first, *rest = bench.server.ledger.delivered(bench.key)
    assert (first.kind, json.loads(first.content)["md5"]) == ("image", hashlib.md5(largest).hexdigest())
    assert [entry.kind for entry in rest] == ["file", "file"]
    assert [file.name for file in bench.server.media.values()] == ["大图.png", "动图.gif"]


async def test_a_file_is_uploaded_to_the_robot_that_sends_it(bench: Bench) -> None:
    await bench.send(File(bench.attach("姓名,村\n".encode()), "名单.csv", "名单"))
    assert (bench.server.calls[UPLOAD], bench.server.calls[SEND]) == (1, 1)
    found = await bench.failure(File(bench.attach(b"1"), "空.txt", "空"))
    assert type(found) is Undeliverable
    found = await bench.failure(File("0" * 64, "名单.csv", "名单"))
    assert found.sentence == say.WECOM_ATTACHMENT_GONE


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=1500)
parts = st.one_of(
    st.builds(Text, words, words),
    st.builds(Markdown, words, words, words),
    st.builds(Link, words, words, words),
    st.builds(Card, words, words, st.just(()), st.builds(Button, words, words).map(lambda b: (b,)), words),
)


@CALM
@given(st.lists(parts, max_size=4))
def test_every_message_is_within_the_limits_and_stays_as_it_is(said: list[Part]) -> None:
    messages = rendered(said, ROOM)
    for message in messages:
        match message:
            case Text():
                assert 0 < len(message.plain().encode()) <= 2048
            case Markdown():
                assert 0 < len(message_text(message).encode()) <= 4096
                assert "<@" not in message_text(message)
            case _:
                assert isinstance(message, Link)
    assert rendered(said, ROOM) == messages


# -- limits ------------------------------------------------------------------------------------------


async def test_below_the_limit_of_a_robot_nothing_is_refused(bench: Bench) -> None:
    pacing = SharedPacing(bench.database)
    for number in range(100):
        while True:
            try:
                await pacing.take(bench.robot.windows(bench.group))
            except Throttled as full:
                assert full.after is not None
                bench.clock.advance(full.after)
            else:
                break
        await bench.send(Text(str(number)))
    assert bench.server.ledger.over_limits() == []
    assert bench.server.ledger.contents(bench.key) == [str(number) for number in range(100)]


async def test_above_it_we_are_told_when_to_go_on(bench: Bench) -> None:
    for number in range(20):
        await bench.send(Text(str(number)))
    found = await bench.failure()
    assert isinstance(found, Throttled) and found.sentence == f"{say.WEBHOOK_BUSY}（45009）"
    assert found.after is not None and 1 <= found.after <= 61


def test_a_robot_has_one_pace_however_its_address_is_written(bench: Bench) -> None:
    (window,) = bench.robot.windows(bench.group)
    assert (window.messages, window.seconds) == (18, 60)
    assert bench.robot.windows(Recipient(f"{bench.base}{SEND}?debug=1&key={bench.key}", group=True)) == (
        window,
    )
    other = bench.server.add_robot("和美村连心群")
    assert bench.robot.windows(Recipient(f"{bench.base}{SEND}?key={other}", group=True)) != (window,)


# -- what goes wrong ---------------------------------------------------------------------------------


async def test_a_robot_taken_out_of_the_group_is_gone_for_good(bench: Bench) -> None:
    bench.server.remove_robot(bench.key)
    for message in (Text("早"), File(bench.attach(bytes(10)), "名单.csv", "名单")):
        found = await bench.failure(message)
        assert (type(found), found.sentence) == (Removed, f"{say.WEBHOOK_DEAD}（93000）")


async def test_a_disabled_robot_is_gone_too(bench: Bench) -> None:
    bench.server.robots[bench.key].disabled = True
    assert type(await bench.failure()) is Removed


@pytest.mark.parametrize(
    "address",
    ["", "https://example.org/", "https://e.org/cgi-bin/webhook/send", "https://e.org/cgi-bin/webhook/send?key=",
     "https://e.org/cgi-bin/webhook/send?key=a&key=b", "https://e.org/other?key=a", "https://[::/send?key=a"],
)  # fmt: skip
async def test_what_is_no_webhook_cannot_be_posted_to(bench: Bench, address: str) -> None:
    found = await bench.failure(to=Recipient(address, group=True))
    assert (type(found), found.sentence) == (Undeliverable, say.WEBHOOK_WITHOUT_KEY)


@CALM
@given(st.text(max_size=80) | st.text(max_size=40).map(lambda text: f"https://e.org/send?key={text}"))
def test_any_address_is_a_webhook_or_is_not(address: str) -> None:
    try:
        webhook = read_webhook(address)
    except Undeliverable:
        return
    assert webhook.key
    assert repr(webhook) == f"Webhook(base={webhook.base!r}, folder={webhook.folder!r})"


@pytest.mark.parametrize(
    ("fault", "kind", "taken"),
    [
        (Fault.BUSY, Throttled, False),
        (Fault.BAD_GATEWAY, OutcomeUnknown, False),
        (Fault.EMPTY, OutcomeUnknown, False),
        (Fault.RESET, OutcomeUnknown, False),
        (Fault.TRUNCATED, OutcomeUnknown, True),
        (Fault.ANSWER_LOST, OutcomeUnknown, True),
    ],
)
async def test_each_fault_on_the_way_has_its_meaning(
    bench: Bench, fault: Fault, kind: type[ChannelError], taken: bool
) -> None:
    bench.server.inject(SEND, fault)
    assert type(await bench.failure()) is kind
    assert bench.server.ledger.contents(bench.key) == ["早"] * taken


@pytest.mark.parametrize("fault", [Fault.BAD_GATEWAY, Fault.EMPTY, Fault.RESET, Fault.ANSWER_LOST])
async def test_an_upload_that_fails_has_sent_nothing(bench: Bench, fault: Fault) -> None:
    bench.server.inject(UPLOAD, fault)
    found = await bench.failure(File(bench.attach(bytes(10)), "名单.csv", "名单"))
    assert type(found) is Unreachable
    assert bench.server.calls[SEND] == 0


async def test_the_key_is_shown_nowhere(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    shown: list[Any] = [bench.group, bench.robot, bench.robot.windows(bench.group)]
    for fault in (Fault.BUSY, Fault.BAD_GATEWAY, Fault.RESET, Fault.ANSWER_LOST, Fault.TRUNCATED):
        bench.server.inject(SEND, fault)
        shown.append("".join(traceback.format_exception(await bench.failure())))
    away = Recipient(f"http://127.0.0.1:9{SEND}?key={bench.key}", group=True)
    found = await bench.failure(to=away)
    assert type(found) is Unreachable
    ours = [record.getMessage() for record in caplog.records if record.name != "aiohttp.access"]
    shown += ["".join(traceback.format_exception(found)), *ours]
    assert [each for each in shown if bench.key in (each if isinstance(each, str) else repr(each))] == []
