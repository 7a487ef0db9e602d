"""The robot on its long connection: what it hears, how it answers, what it refuses to say twice."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.channels.aibot_uploads import PIECE
from bot.channels.limits import AIBOT_MARKDOWN
from bot.channels.wecom_aibot import WELCOME_TEXT, conversation_windows
from bot.channels.wire.aibot_connection import refused
from bot.channels.wire.template_card import PARAGRAPH, task_id
from bot.chat.channel import Recipient, Window
from bot.chat.errors import (
    ChannelError,
    OutcomeUnknown,
    Removed,
    Throttled,
    Undeliverable,
    Unreachable,
    WindowClosed,
)
from bot.chat.gate import Gate
from bot.chat.reply import Button, Card, File, Image, Link, Markdown, Part, Reply, Text
from bot.chat.update import IdKind, Kind, Update
from bot.delivery import Delivery
from bot.pacing import SharedPacing
from storage.database import Database
from storage.outbox import Outcome, Target
from storage.uow import UnitOfWork
from tests.channels.robot import GROUP, Engine, NoRoom, RobotBench, replica, robot_bench
from tests.clock import FrozenClock
from tests.platform import aibot_forms as forms
from tests.platform.aibot import AibotServer
from tests.platform.aibot_desk import RESPOND, SEND, UPDATE, WELCOME
from tests.platform.faults import Fault
from tests.reliability.robot_digest import send_all

HERE, ALONE = Recipient(GROUP, group=True), Recipient("lihua")
WISH = Card(
    "心愿 #12",
    "一台收音机",
    (("地点", "永续社区"),),
    (Button("认领", "/认领 12"), Button("详情", "/心愿详情 12")),
    "心愿 #12：一台收音机（永续社区）。认领请发“/认领 12”",
)


@pytest.fixture
def database(sqlite_url: str, clock: FrozenClock) -> Any:
    opened = Database(sqlite_url, clock.now)
    yield opened
    opened.close()


@pytest.fixture
async def robot(database: Database, clock: FrozenClock) -> AsyncIterator[RobotBench]:
    async with robot_bench(database, clock) as bench:
        yield bench
        assert bench.server.violations == []


async def test_what_a_group_asks_is_answered_there_in_one_finished_stream(robot: RobotBench) -> None:
    callback = await robot.server.say("lihua", "／认领　１２", GROUP)
    assert await robot.said(callback) == ["收到：／认领　１２"]
    (stream,) = robot.server.chats.streams.values()
    assert (stream.contents, stream.finished) == (["收到：／认领　１２"], True)
    key = callback.body["msgid"]
    assert robot.answers.updates == [
        Update(
            "wecom_aibot", key, "lihua", robot.clock.now(), "／认领　１２", chat=GROUP, mentioned=True
        )
    ]  # fmt: skip


async def test_a_single_chat_is_private(robot: RobotBench) -> None:
    callback = await robot.server.say("lihua", "低保怎么申请")
    assert await robot.said(callback) == ["收到：低保怎么申请"]
    (update,) = robot.answers.updates
    assert (update.chat, update.private, update.mentioned) == (None, True, False)


@pytest.mark.parametrize(
    ("kind", "content", "heard", "text"),
    [
        ("voice", {"content": "低保怎么申请"}, Kind.TEXT, "低保怎么申请"),
        ("voice", {"content": " "}, Kind.VOICE, ""),
        ("image", {"url": "https://example.org/1"}, Kind.PICTURE, ""),
        ("file", {"url": "https://example.org/1"}, Kind.OTHER_MEDIA, ""),
        ("video", {"url": "https://example.org/1"}, Kind.OTHER_MEDIA, ""),
        ("mixed", {"msg_item": [
            {"msgtype": "image", "image": {"url": "https://example.org/1"}},
            {"msgtype": "text", "text": {"content": "这个表怎么填"}},
        ]}, Kind.TEXT, "这个表怎么填"),
        ("mixed", {"msg_item": [{"msgtype": "image", "image": {"url": "https://example.org/1"}}]}, Kind.PICTURE, ""),
    ],
)  # fmt: skip
async def test_each_kind_of_message_is_heard_as_what_it_is(
    robot: RobotBench, kind: str, content: dict[str, Any], heard: Kind, text: str
) -> None:
    await robot.server.tell(robot.server.people.message("lihua", kind, content))
    await robot.answers.until(lambda: len(robot.answers.updates) == 1)
    assert [(update.kind, update.text) for update in robot.answers.updates] == [(heard, text)]


async def test_an_encrypted_id_is_marked_as_one(robot: RobotBench) -> None:
    hidden = "wo" + "AJ2GCAAAXtWyujaWJHDDGi0mACAAAA"[:30].ljust(30, "A")
    await robot.server.say(hidden, "/帮助")
    await robot.answers.until(lambda: len(robot.answers.updates) == 1)
    assert [(update.sender, update.id_kind) for update in robot.answers.updates] == [(hidden, IdKind.OPEN)]


async def test_what_nobody_knows_and_what_is_broken_is_passed_over(robot: RobotBench) -> None:
    people = robot.server.people
    await robot.server.tell(people.message("lihua", "location", {"x": 1}))
    await robot.server.tell(people.event("lihua", GROUP, "robot_promoted", {"to": "mayor"}))
    await robot.server.tell(people.feedback("lihua", "f1", 2, GROUP, content="不对", reasons=[1]))
    for raw in ("{", "[]", "null", '{"headers": 7}', '{"headers": {"req_id": "R"}}', "[" * 50_000, b"\x00\x01",
                '{"cmd": "aibot_dance", "headers": {"req_id": "R"}, "body": {}}',
                '{"cmd": "aibot_msg_callback", "headers": {"req_id": "R"}, "body": {"msgtype": "text"}}',
                '{"cmd": "aibot_msg_callback", "headers": {"req_id": "R"}, "body": {"msgtype": "text", "msgid": "1",'
                ' "from": {"userid": "x"}, "chattype": "group", "text": {"content": "没有 chatid"}}}',
                '{"cmd": "aibot_msg_callback", "headers": {"req_id": "R"}, "body": {"msgtype": "text", "msgid": "2",'
                ' "from": {"userid": "x"}, "chattype": "single", "text": {"content": 7}}}'):  # fmt: skip
        await robot.server.push_raw(raw)
    callback = await robot.server.say("lihua", "还在吗")
    assert await robot.said(callback) == ["收到：还在吗"]
    assert [update.text for update in robot.answers.updates] == ["还在吗"]
    assert len(robot.server.connections) == 1


async def test_a_slow_answer_holds_up_no_other(robot: RobotBench) -> None:
    robot.answers.hold.clear()
    slow = await robot.server.say("lihua", "慢", GROUP)
    await robot.answers.until(lambda: len(robot.answers.updates) == 1)
    robot.answers.hold.set()
    quick = await robot.server.say("wangwu", "快")
    assert await robot.said(quick) == ["收到：快"]
    assert await robot.said(slow) == ["收到：慢"]


async def test_a_message_delivered_again_while_it_is_answered_and_after_is_answered_once(
    robot: RobotBench,
) -> None:
    robot.answers.hold.clear()
    callback = await robot.server.say("lihua", "/帮助", GROUP)
    for _ in range(3):
        await robot.server.tell(robot.server.people.again(callback))
    await robot.answers.until(lambda: len(robot.answers.updates) == 1)
    robot.answers.hold.set()
    await robot.said(callback)
    await robot.server.tell(robot.server.people.again(callback))
    after = await robot.server.say("lihua", "完了", GROUP)
    assert await robot.said(after, 2) == ["收到：/帮助", "收到：完了"]


async def test_a_message_delivered_again_after_a_restart_is_not_answered_again(
    database: Database, clock: FrozenClock
) -> None:
    async with robot_bench(database, clock) as first:
        callback = await first.server.say("lihua", "/帮助")
        await first.said(callback)
    async with robot_bench(database, clock) as second:
        second.server.chats.people.add("lihua")
        await second.server.tell(second.server.people.again(callback))
        after = await second.server.tell(
            replace(callback, request="R99", body={**callback.body, "msgid": "M99"})
        )
        assert await second.said(after) == ["收到：/帮助"]
        assert len(second.answers.updates) == 2


async def test_who_opens_the_chat_is_greeted_within_the_event(database: Database, clock: FrozenClock) -> None:
    long = "您好。" * 400
    async with robot_bench(database, clock, lambda _: (Text(long), Text("再见"))) as bench:
        callback = await bench.server.tell(bench.server.people.enter("lihua"))  # type: ignore[arg-type]
        (welcome,) = await bench.said(callback)
        assert (len(welcome.encode()) <= WELCOME_TEXT, welcome[:10]) == (True, "(1/2) 您好。您")
        assert bench.server.calls[WELCOME] == 1
        await bench.answers.until(lambda: bench.answers.rest != [])
        ((_, rest),) = bench.answers.rest
        assert "".join((welcome, *rest)).count("您好。") == 400
        (update,) = bench.answers.updates
        assert (update.kind, update.private) == (Kind.FOLLOW, True)


@pytest.mark.parametrize("flat", [True, False])
@pytest.mark.parametrize("task_field", ["task_id", "taskid"])
async def test_a_pressed_button_says_its_command_and_changes_the_card_of_who_pressed(
    database: Database, clock: FrozenClock, flat: bool, task_field: str
) -> None:
    async with robot_bench(database, clock, lambda _: (Text("已认领 #12。"),)) as bench:
        bench.server.chats.heard("lihua", GROUP)
        await bench.channel.send(HERE, WISH, key="outbox:7:0")
        task = task_id("outbox:7:0", WISH)
        press = bench.server.people.click("lihua", task, "/认领 12", flat=flat, task_field=task_field)
        await bench.server.tell(press)
        shown = bench.server.chats.cards[task]
        await bench.server.until(lambda: bench.server.calls[UPDATE] == 1)
        await bench.answers.until(lambda: len(bench.answers.updates) == 1)
        await bench.server.until(lambda: "lihua" in shown.for_some)
        assert shown.seen_by("lihua")["main_title"] == {"title": "已认领 #12。"}
        assert shown.seen_by("wangwu")["card_type"] == "button_interaction"
        assert bench.answers.updates == [
            Update("wecom_aibot", press.body["msgid"], "lihua", clock.now(), "/认领 12", Kind.CLICK, GROUP,
                   mentioned=True, card=task)
        ]  # fmt: skip
        await bench.server.tell(bench.server.people.again(press))
        again = await bench.server.say("lihua", "完了", GROUP)
        await bench.said(again, 2)
        assert (bench.server.calls[UPDATE], bench.answers.rest) == (1, [])


async def test_an_answer_too_long_for_the_pressed_card_is_also_said(
    database: Database, clock: FrozenClock
) -> None:
    answer = "长" * (PARAGRAPH + 1)
    async with robot_bench(database, clock, lambda _: (Text(answer),)) as bench:
        bench.server.chats.heard("lihua", GROUP)
        await bench.channel.send(HERE, WISH, key="k")
        press = bench.server.people.click("lihua", task_id("k", WISH), "/心愿详情 12")
        await bench.server.tell(press)
        await bench.answers.until(lambda: bench.answers.rest != [])
        assert bench.answers.rest == [(press.body["msgid"], (answer,))]
        assert bench.server.calls[UPDATE] == 1


async def test_what_does_not_fit_one_reply_follows_later(database: Database, clock: FrozenClock) -> None:
    long = "一二三四五六七。" * 2000
    async with robot_bench(database, clock, lambda _: (Text(long),)) as bench:
        callback = await bench.server.say("lihua", "长")
        (first,) = await bench.said(callback)
        assert len(first.encode()) <= AIBOT_MARKDOWN
        await bench.answers.until(lambda: bench.answers.rest != [])
        ((key, rest),) = bench.answers.rest
        assert (key, "".join((first, *rest)).count("一二三四五六七。")) == (callback.body["msgid"], 2000)


async def test_a_card_goes_along_with_the_words_before_it(database: Database, clock: FrozenClock) -> None:
    async with robot_bench(database, clock, lambda _: (Text("有 1 个心愿。"), WISH, Text("完"))) as bench:
        callback = await bench.server.say("lihua", "/心愿单", GROUP)
        await bench.said(callback, 2)
        await bench.answers.until(lambda: bench.answers.rest != [])
        (stream, card) = bench.server.ledger.delivered(GROUP)
        assert (stream.kind, stream.content, card.kind) == ("stream", "有 1 个心愿。", "template_card")
        assert bench.answers.rest == [(callback.body["msgid"], ("完",))]


@pytest.mark.parametrize("parts", [(Text(""),), (), (Text("  \n"),)])
async def test_silence_says_nothing(database: Database, clock: FrozenClock, parts: tuple[Part, ...]) -> None:
    async with robot_bench(database, clock, lambda u: parts if u.text == "嘘" else (Text("在"),)) as bench:
        await bench.server.say("lihua", "嘘")
        after = await bench.server.say("lihua", "在吗")
        assert await bench.said(after) == ["在"]
        assert bench.answers.rest == []


async def test_a_late_answer_is_left_to_the_outbox(database: Database, clock: FrozenClock) -> None:
    async with robot_bench(database, clock, lambda u: None if u.text == "慢" else (Text("在"),)) as bench:
        callback = await bench.server.say("lihua", "慢")
        await bench.answers.until(lambda: len(bench.answers.updates) == 1)
        after = await bench.server.say("lihua", "在吗")
        await bench.said(after)
        await bench.server.tell(bench.server.people.again(callback))
        last = await bench.server.say("lihua", "还在吗")
        assert (await bench.said(last, 2), bench.answers.rest) == (["在", "在"], [])


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.BAD_GATEWAY, Fault.ANSWER_LOST])
async def test_an_answer_that_was_not_taken_is_said_later_and_one_that_may_have_been_is_not(
    database: Database, clock: FrozenClock, fault: Fault
) -> None:
    async with robot_bench(database, clock) as bench:
        bench.server.faults.inject(RESPOND, fault)
        bench.hurry(5 if fault is Fault.BUSY else 0.05)
        callback = await bench.server.say("lihua", "/帮助")
        if fault is Fault.BUSY:
            await bench.answers.until(lambda: bench.answers.rest != [])
            assert bench.answers.rest == [(callback.body["msgid"], ("收到：/帮助",))]
        else:
            await bench.server.until(lambda: bench.server.faults.happened[RESPOND, fault] == 1)
            await bench.channel.close()
            assert bench.answers.rest == []


async def test_replies_and_pushes_count_against_the_same_limit(robot: RobotBench) -> None:
    (minute, _) = robot.channel.windows(HERE)
    assert minute == Window(f"wecom_aibot:{GROUP}", 25, 60) and minute.messages < 30
    assert conversation_windows(GROUP) == robot.channel.windows(HERE)
    callbacks = [await robot.server.say("lihua", f"第{n}句", GROUP) for n in range(40)]
    await robot.answers.until(lambda: len(robot.answers.rest) == 15)
    await robot.said(callbacks[0], 25)
    assert len(robot.server.ledger.delivered(GROUP)) == 25
    assert robot.server.ledger.over_limits() == []
    assert {key for key, _ in robot.answers.rest} <= {callback.body["msgid"] for callback in callbacks}


async def test_pushes_are_markdown_cards_pictures_and_files(robot: RobotBench, database: Database) -> None:
    robot.server.chats.heard("lihua", GROUP)
    picture = bytes(range(256)) * (3 * PIECE // 256) + b"tail"
    key = await database.run(lambda uow: uow.attachments.put(picture))
    parts: list[Part] = [
        Text("# 早报 *1*"),
        Markdown("**今日**", "今日"),
        WISH,
        Image(key, "图.png", "图"),
        File(key, "表.xlsx", "表"),
    ]
    messages = robot.channel.render(HERE, parts)
    assert [type(message) for message in messages] == [Markdown, Card, Image, File]
    for number, message in enumerate([*messages, messages[2]]):
        await robot.channel.send(HERE, message, key=f"k{number}")
    kinds = [entry.kind for entry in robot.server.ledger.delivered(GROUP)]
    assert kinds == ["markdown", "template_card", "image", "file", "image"]
    assert robot.server.ledger.contents(GROUP)[0] == "＃ 早报 ＊1＊\n\n**今日**"
    stored = list(robot.server.desk.media.files.values())
    assert [hashlib.md5(file.content).hexdigest() for file in stored] == [
        hashlib.md5(picture).hexdigest()
    ] * 2
    assert [file.kind for file in stored] == ["image", "file"]


async def test_what_was_rendered_is_rendered_as_itself(robot: RobotBench) -> None:
    parts: list[Part] = [
        Text("1. 甲\n3. 乙 *", "《办法》第一条"),
        WISH,
        Link("标题", "说明", "https://example.org/a_b"),
        Text("长。" * 9000),
    ]
    once = robot.channel.render(HERE, parts)
    assert robot.channel.render(HERE, once) == once
    assert all(len(part.text.encode()) <= AIBOT_MARKDOWN for part in once if isinstance(part, Markdown))


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (forms.BUSY, Throttled),
        (forms.TOO_OFTEN, Throttled),
        (forms.UNKNOWN_CHAT, Removed),
        (forms.NOT_IN_GROUP, Removed),
        (93001, Removed),
        (forms.BAD_KIND, Undeliverable),
        (forms.TOO_LONG, Undeliverable),
        (forms.NOT_SUBSCRIBED, Unreachable),
        (forms.BAD_MEDIA, Unreachable),
        (987654, Unreachable),
    ],
)
async def test_each_refusal_means_what_the_table_says(
    robot: RobotBench, code: int, error: type[ChannelError]
) -> None:
    found = refused(code)
    assert type(found) is error and str(code) in found.sentence
    if code == forms.TOO_OFTEN:
        assert isinstance(found, Throttled) and found.after is not None and found.after > 60


async def test_pushes_to_a_chat_we_are_not_in_any_more_are_refused(robot: RobotBench) -> None:
    robot.server.chats.heard("lihua", GROUP)
    robot.server.chats.removed.add(GROUP)
    with pytest.raises(Removed):
        await robot.channel.send(HERE, Markdown("早", "早"), key="k")
    with pytest.raises(Removed):
        await robot.channel.send(Recipient("wrNOBODY", group=True), Markdown("早", "早"), key="k")
    with pytest.raises(WindowClosed):
        await robot.channel.send(ALONE, Markdown("早", "早"), key="k")
    robot.server.chats.add_group("wrSILENT", "lihua")
    with pytest.raises(Undeliverable) as refused:
        await robot.channel.send(Recipient("wrSILENT", group=True), Markdown("早", "早"), key="k")
    assert not isinstance(refused.value, WindowClosed)
    robot.server.chats.heard("lihua", None)
    assert await robot.channel.send(ALONE, Markdown("早", "早"), key="k") == ""


async def test_an_ack_that_does_not_come_in_time_leaves_the_outcome_open(
    database: Database, clock: FrozenClock
) -> None:
    async with robot_bench(database, clock) as bench:
        bench.server.chats.heard("lihua", GROUP)
        bench.server.faults.slowness = 0.2
        bench.server.faults.inject(SEND, Fault.SLOW_HEADERS)
        bench.hurry()
        with pytest.raises(OutcomeUnknown):
            await bench.channel.send(HERE, Markdown("一", "一"), key="k")
        bench.hurry(ack=5)
        await asyncio.sleep(0.3)
        assert await bench.channel.send(HERE, Markdown("二", "二"), key="k") == ""
        assert bench.server.ledger.contents(GROUP) == ["一", "二"]


async def test_a_missing_file_and_a_lost_upload_are_known_not_to_have_arrived(robot: RobotBench) -> None:
    robot.server.chats.heard("lihua", GROUP)
    with pytest.raises(Undeliverable):
        await robot.channel.send(HERE, Image("gone", "图.png", "图"), key="k")
    assert robot.server.ledger.delivered() == []


async def test_a_full_window_lets_the_answer_wait(database: Database, clock: FrozenClock) -> None:
    async with robot_bench(database, clock) as bench:
        bench.channel._pacing = NoRoom()
        callback = await bench.server.say("lihua", "/帮助")
        await bench.answers.until(lambda: bench.answers.rest != [])
        assert bench.answers.rest == [(callback.body["msgid"], ("收到：/帮助",))]
        assert bench.server.ledger.delivered() == []


async def test_without_a_connection_nothing_is_sent(database: Database, clock: FrozenClock) -> None:
    async with robot_bench(database, clock) as bench:
        await bench.channel.close()
        assert not bench.channel.ready()
        with pytest.raises(Unreachable):
            await bench.channel.send(HERE, Markdown("早", "早"), key="k")


async def test_a_late_answer_is_pushed_by_the_outbox_and_said_once(
    database: Database, clock: FrozenClock
) -> None:
    """With the real gate: nothing within the budget, then a push; and a delivery again says nothing more."""
    server = AibotServer(clock)
    server.chats.add_group(GROUP, "lihua")
    engine = Engine(database)
    gate = Gate(engine, database, budget=0.02)
    database.run_now(
        lambda uow: uow.groups.add("连心群", place_id=None, channel="wecom_aibot", external_id=GROUP)
    )
    channel = replica(server, await server.start(), database, clock, answers=gate)
    delivery = Delivery(database, {"wecom_aibot": channel}, clock, SharedPacing(database))
    await channel.start()
    await server.until(lambda: server.holder is not None)
    engine.hold.clear()
    callback = await server.say("lihua", "/帮助", GROUP)
    await _until(
        lambda: database.read_now(lambda uow: uow.inbox.knows("wecom_aibot", callback.body["msgid"]))
    )
    engine.hold.set()
    await _until(lambda: not database.read_now(lambda uow: uow.outbox.quiet()))
    await _until(channel.ready)
    await delivery.send_due()
    await server.tell(server.people.again(callback))
    after = await server.say("lihua", "完了", GROUP)
    await server.until(lambda: after.body["msgid"] in server.chats.streams)
    assert server.ledger.contents(GROUP) == ["收到：/帮助", "收到：完了"]
    await delivery.close()
    await channel.close()
    await gate.close()
    await server.stop()


async def test_a_group_that_throws_the_robot_out_is_not_pushed_to_again(
    robot: RobotBench, database: Database, clock: FrozenClock
) -> None:
    robot.server.chats.heard("lihua", GROUP)

    def put(uow: UnitOfWork) -> list[int]:
        group = uow.groups.add("连心群", place_id=None, channel="wecom_aibot", external_id=GROUP)
        body = Reply.text("早报").to_json()
        return [uow.outbox.add(Target(group_id=group.id), body) for _ in range(2)]

    rows = await database.run(put)
    robot.server.chats.removed.add(GROUP)
    delivery = Delivery(database, {"wecom_aibot": robot.channel}, clock, SharedPacing(database))
    while await delivery.send_due():
        clock.advance(seconds=1)
    await delivery.close()
    found = database.read_now(lambda uow: uow.outbox.with_ids(rows))
    group = database.read_now(lambda uow: uow.groups.named("连心群"))
    assert (found[rows[0]].status, group.removed_at is not None) == (Outcome.FAILED, True)
    assert found[rows[0]].cause.startswith("智能机器人不在这个群里")
    assert robot.server.calls[SEND] == 1


async def test_many_messages_to_one_group_keep_below_its_limits(
    robot: RobotBench, database: Database, clock: FrozenClock
) -> None:
    robot.server.chats.heard("lihua", GROUP)

    def put(uow: UnitOfWork) -> None:
        group = uow.groups.add("连心群", place_id=None, channel="wecom_aibot", external_id=GROUP)
        for number in range(80):
            uow.outbox.add(Target(group_id=group.id), Reply.text(f"第 {number} 条").to_json())

    await database.run(put)
    await send_all(database, clock, {"wecom_aibot": robot.channel})
    assert robot.server.ledger.contents(GROUP) == [f"第 {number} 条" for number in range(80)]
    assert robot.server.ledger.over_limits() == []


async def _until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.002)
