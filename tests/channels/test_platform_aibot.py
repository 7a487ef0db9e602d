"""The imitated long connection is itself checked: subscriptions, callbacks, faults of the line."""

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.platform import aibot_forms as forms
from tests.platform.aibot import AibotServer
from tests.platform.aibot_line import FRAME_LIMIT, Break
from tests.platform.aibot_robot import BareRobot, robot_on
from tests.platform.clock import StandingClock
from tests.platform.faults import Fault

GROUP = "wrAAAA"
MARKDOWN = {"chatid": GROUP, "chat_type": 2, "msgtype": "markdown", "markdown": {"content": "早间简报"}}
OK = {"errcode": 0, "errmsg": "ok"}


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
async def server(clock: StandingClock) -> AsyncIterator[AibotServer]:
    server = AibotServer(clock)
    server.chats.add_group(GROUP, "lihua", "wangwu")
    server.chats.heard("lihua", GROUP)
    yield server
    await server.stop()


@pytest.fixture
async def url(server: AibotServer) -> str:
    return await server.start()


@pytest.fixture
async def robot(server: AibotServer, url: str) -> AsyncIterator[BareRobot]:
    async with robot_on(url) as robot:
        assert await robot.subscribe(server.robot) == {"headers": {"req_id": "aibot_subscribe-1"}, **OK}
        yield robot


async def code(robot: BareRobot, cmd: str, body: object = None) -> int:
    answer = await robot.ask(cmd, body)
    return int(answer["errcode"])


# -- subscribing -------------------------------------------------------------------------------------


async def test_a_wrong_secret_is_refused_and_nothing_works_before_subscribing(
    server: AibotServer, url: str
) -> None:
    async with robot_on(url) as robot:
        wrong = {"bot_id": server.robot.bot_id, "secret": "guess"}
        assert await code(robot, "aibot_subscribe", wrong) == forms.WRONG_SECRET
        assert await code(robot, "aibot_send_msg", MARKDOWN) == forms.NOT_SUBSCRIBED
        assert await code(robot, "ping") == 0
    assert server.violations == ["aibot_send_msg: before aibot_subscribe"]
    assert [entry.code for entry in server.subscriptions] == [forms.WRONG_SECRET]
    assert server.ledger.entries == []


async def test_subscribing_in_a_loop_meets_the_rate_protection(
    server: AibotServer, url: str, clock: StandingClock
) -> None:
    async with robot_on(url) as robot:
        codes = [(await robot.subscribe(server.robot))["errcode"] for _ in range(21)]
        clock.advance(60)
        codes.append((await robot.subscribe(server.robot))["errcode"])
    assert codes == [0] * 20 + [forms.TOO_OFTEN, 0]


async def test_subscriptions_are_refused_on_demand(server: AibotServer, url: str) -> None:
    server.refuse_subscriptions(forms.BUSY, forms.WRONG_SECRET)
    async with robot_on(url) as robot:
        codes = [(await robot.subscribe(server.robot))["errcode"] for _ in range(3)]
    assert codes == [forms.BUSY, forms.WRONG_SECRET, 0]


async def test_a_second_subscriber_displaces_the_first(
    server: AibotServer, url: str, robot: BareRobot
) -> None:
    async with robot_on(url) as second:
        await second.subscribe(server.robot)
        frame = await robot.heard()
        assert frame["cmd"] == "aibot_event_callback"
        assert frame["body"]["event"] == {"eventtype": "disconnected_event"}
        assert await robot.closed() == 1000
        assert await code(second, "aibot_send_msg", MARKDOWN) == 0
    assert (server.takeovers, server.most_holders) == (1, 2)
    assert [entry.connection for entry in server.subscriptions] == [1, 2]


async def test_reconnecting_after_a_break_displaces_nobody(server: AibotServer, url: str) -> None:
    for _ in range(2):
        async with robot_on(url) as robot:
            await robot.subscribe(server.robot)
        await server.until(lambda: server.holder is None)
    assert (server.takeovers, server.most_holders, len(server.subscriptions)) == (0, 1, 2)


# -- frames ------------------------------------------------------------------------------------------


async def test_frames_that_are_none_are_noted(server: AibotServer, robot: BareRobot) -> None:
    for text in (
        "{",
        "[]",
        '{"cmd":"ping"}',
        '{"cmd":"ping","headers":{"req_id":""}}',
        '{"cmd":1,"headers":{}}',
    ):
        await robot.send(text)
        frame = await robot.heard()
        assert frame["errcode"] == forms.BAD_JSON
    assert len(server.violations) == 5
    assert await code(robot, "aibot_recall_msg", {}) == forms.BAD_PARAMETER
    assert server.violations[-1] == "aibot_recall_msg: unknown"


async def test_a_frame_over_one_megabyte_ends_the_connection(server: AibotServer, robot: BareRobot) -> None:
    await robot.send("x" * (FRAME_LIMIT + 1))
    assert await robot.closed() == 1009
    assert server.violations == ["a frame that ends the connection with 1009"]


async def test_a_binary_frame_ends_the_connection(server: AibotServer, robot: BareRobot) -> None:
    await robot.socket.send_bytes(b"{}")
    assert await robot.closed() == 1003
    assert server.violations == ["a binary frame"]


async def test_it_sends_whatever_a_test_wants_the_robot_to_bear(
    server: AibotServer, robot: BareRobot
) -> None:
    await server.push_raw("{")
    await server.push_raw('{"cmd":"aibot_new_callback","headers":{"req_id":"x"},"body":{}}')
    assert (await robot.heard())["cmd"] == "aibot_new_callback"
    assert robot.broken == ["{"]


async def test_pings_of_websockets_are_answered_too(robot: BareRobot) -> None:
    await robot.socket.ping(b"x")
    assert await code(robot, "ping") == 0


async def test_two_frames_of_one_req_id_at_once_are_noted(server: AibotServer, robot: BareRobot) -> None:
    server.ack_delay = 0.2
    callback = await server.say("lihua", "在吗", GROUP)
    stream = {"msgtype": "stream", "stream": {"id": "st", "content": "在"}}
    first = asyncio.create_task(robot.ask("aibot_respond_msg", stream, callback.request))
    await server.until(lambda: server.calls["aibot_respond_msg"] == 1)
    frame = {"cmd": "aibot_respond_msg", "headers": {"req_id": callback.request}, "body": stream}
    await robot.send(json.dumps(frame))
    await first
    assert server.violations == [
        "aibot_respond_msg: the frame before it with the same req_id is not acknowledged yet"
    ]


# -- callbacks ---------------------------------------------------------------------------------------


async def test_what_people_do_is_told(server: AibotServer, robot: BareRobot) -> None:
    await server.say("lihua", "/心愿 列表", GROUP)
    await server.tell(server.people.say("lihua", "在吗", GROUP, mention="after"))
    await server.say("wangwu", "你好")
    enter = server.people.enter("wangwu")
    assert enter is not None
    await server.tell(enter)
    assert server.people.enter("wangwu") is None
    frames = [await robot.heard() for _ in range(4)]
    assert [frame["headers"]["req_id"] for frame in frames] == ["R2", "R4", "R6", "R8"]
    group = {"aibotid": "AIBOTID", "chatid": GROUP, "chattype": "group", "from": {"userid": "lihua"}}
    single = {"aibotid": "AIBOTID", "chattype": "single", "from": {"userid": "wangwu"}}
    assert [frame["body"] for frame in frames] == [
        {"msgid": "M1", **group, "msgtype": "text", "text": {"content": "@连心 村务助手 /心愿 列表"}},
        {"msgid": "M3", **group, "msgtype": "text", "text": {"content": "在吗 @连心 村务助手"}},
        {"msgid": "M5", **single, "msgtype": "text", "text": {"content": "你好"}},
        {
            "msgid": "M7",
            **single,
            "create_time": int(server.clock.now().timestamp()),
            "msgtype": "event",
            "event": {"eventtype": "enter_chat"},
        },
    ]


async def test_a_press_on_a_card_comes_nested_or_flat(server: AibotServer, robot: BareRobot) -> None:
    card = {
        "card_type": "button_interaction",
        "main_title": {"title": "微心愿 42"},
        "button_list": [{"text": "认领", "style": 1, "key": "claim:42"}],
        "task_id": "wish_42_v1",
    }
    push = {"chatid": GROUP, "msgtype": "template_card", "template_card": card}
    assert await code(robot, "aibot_send_msg", push) == 0
    await server.tell(server.people.click("wangwu", "wish_42_v1", "claim:42"))
    await server.tell(
        server.people.click(
            "wangwu", "wish_42_v1", "claim:42", flat=True, task_field="taskid", selected={"q": ["a", "b"]}
        )
    )
    nested, flat = [(await robot.heard())["body"]["event"] for _ in range(2)]
    press = {"card_type": "button_interaction", "event_key": "claim:42"}
    assert nested == {
        "eventtype": "template_card_event",
        "template_card_event": {**press, "task_id": "wish_42_v1"},
    }
    chosen = {"selected_item": [{"question_key": "q", "option_ids": {"option_id": ["a", "b"]}}]}
    assert flat == {
        "eventtype": "template_card_event",
        **press,
        "taskid": "wish_42_v1",
        "selected_items": chosen,
    }


async def test_thumbs_quotes_mixed_messages_and_what_is_yet_to_come(
    server: AibotServer, robot: BareRobot
) -> None:
    people, quoted = server.people, {"msgtype": "text", "text": {"content": "有 1 个心愿"}}
    await server.tell(people.feedback("lihua", "f-1", 2, GROUP, content="不对", reasons=[1, 4]))
    await server.tell(people.say("lihua", "认领", GROUP, quote=quoted))
    await server.tell(people.message("lihua", "mixed", {"msg_item": [quoted]}, GROUP))
    await server.tell(people.event("lihua", GROUP, "robot_renamed", {"name": "新名字"}))
    feedback, quote, mixed, unknown = [(await robot.heard())["body"] for _ in range(4)]
    assert feedback["event"] == {
        "eventtype": "feedback_event",
        "feedback_event": {"id": "f-1", "type": 2, "content": "不对", "inaccurate_reason_list": [1, 4]},
    }
    assert quote["quote"] == quoted
    assert (mixed["msgtype"], mixed["mixed"]) == ("mixed", {"msg_item": [quoted]})
    assert unknown["event"] == {"eventtype": "robot_renamed", "robot_renamed": {"name": "新名字"}}
    with pytest.raises(AssertionError, match="no image from a group"):
        people.message("lihua", "image", {"url": "x"}, GROUP)


async def test_a_message_comes_again_with_a_new_req_id(server: AibotServer, robot: BareRobot) -> None:
    callback = await server.say("lihua", "在吗", GROUP)
    again = await server.tell(server.people.again(callback))
    first, second = await robot.heard(), await robot.heard()
    assert first["body"] == second["body"]
    assert callback.request != again.request == second["headers"]["req_id"]


async def test_nobody_hears_what_is_said_while_nobody_is_subscribed(server: AibotServer, url: str) -> None:
    callback = await server.say("lihua", "在吗", GROUP)
    assert callback.connection is None
    async with robot_on(url) as robot:
        await robot.subscribe(server.robot)
        assert (await server.say("lihua", "在吗", GROUP)).connection == 1


# -- faults ------------------------------------------------------------------------------------------


async def test_faults_that_change_nothing(server: AibotServer, robot: BareRobot) -> None:
    server.faults.inject("aibot_send_msg", Fault.BUSY, Fault.HANG, Fault.EMPTY)
    assert await code(robot, "aibot_send_msg", MARKDOWN) == forms.BUSY
    for _ in range(2):
        with pytest.raises(TimeoutError):
            await robot.ask("aibot_send_msg", MARKDOWN, seconds=0.05)
    assert robot.broken == [""]
    assert server.ledger.entries == []
    assert await code(robot, "aibot_send_msg", MARKDOWN) == 0


async def test_acks_lost_late_and_cut_off_belong_to_messages_delivered(
    server: AibotServer, robot: BareRobot
) -> None:
    server.faults.slowness = 0.2
    server.faults.inject("aibot_send_msg", Fault.ANSWER_LOST, Fault.TRUNCATED, Fault.SLOW_HEADERS)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await robot.ask("aibot_send_msg", MARKDOWN, seconds=0.05)
    assert server.ledger.contents(GROUP) == ["早间简报"] * 3
    late = await robot.heard()
    assert late == {"headers": {"req_id": "aibot_send_msg-4"}, **OK}


@pytest.mark.parametrize(
    "fault", [Fault.BAD_GATEWAY, Fault.LATE_BAD_GATEWAY, Fault.RESET, Fault.RESET_UNREAD]
)
async def test_faults_that_break_the_line(server: AibotServer, robot: BareRobot, fault: Fault) -> None:
    server.faults.inject("aibot_send_msg", fault)
    with pytest.raises(ConnectionError):
        await robot.ask("aibot_send_msg", MARKDOWN)
    assert await robot.closed() == (1011 if "GATEWAY" in fault.name else 1006)
    assert len(server.ledger.delivered()) == fault.took_effect


@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize(
    ("what", "close_code"),
    [(Break.CLOSE_1000, 1000), (Break.CLOSE_1001, 1001), (Break.CLOSE_1011, 1011), (Break.ABORT, 1006)],
)
async def test_the_line_breaks_at_the_second_push(
    server: AibotServer, robot: BareRobot, what: Break, close_code: int, done: bool
) -> None:
    server.break_at(what, nth=2, done=done)
    assert await code(robot, "aibot_send_msg", MARKDOWN) == 0
    with pytest.raises(ConnectionError):
        await robot.ask("aibot_send_msg", MARKDOWN)
    assert await robot.closed() == close_code
    assert server.ledger.contents(GROUP) == ["早间简报"] * (1 + done)
    await server.until(lambda: server.holder is None)


async def test_a_silent_peer_says_nothing_and_does_nothing(
    server: AibotServer, url: str, robot: BareRobot
) -> None:
    await server.break_now(Break.SILENCE)
    for cmd, body in (("ping", None), ("aibot_send_msg", MARKDOWN)):
        with pytest.raises(TimeoutError):
            await robot.ask(cmd, body, seconds=0.05)
    assert (await server.say("lihua", "在吗", GROUP)).connection is None
    assert server.ledger.entries == []
    async with robot_on(url) as second:
        await second.subscribe(server.robot)
        assert await code(second, "aibot_send_msg", MARKDOWN) == 0
    assert server.takeovers == 0


async def test_a_lost_subscription_shows_in_846609_alone(server: AibotServer, robot: BareRobot) -> None:
    server.break_at(Break.UNSUBSCRIBED)
    codes = [await code(robot, "aibot_send_msg", MARKDOWN) for _ in range(2)]
    assert codes == [forms.NOT_SUBSCRIBED] * 2
    assert await code(robot, "ping") == 0
    assert (await server.say("lihua", "在吗", GROUP)).connection is None
    assert (await robot.subscribe(server.robot))["errcode"] == 0
    assert await code(robot, "aibot_send_msg", MARKDOWN) == 0
    assert server.violations == []


async def test_a_kick_is_an_event_and_then_a_close(server: AibotServer, robot: BareRobot) -> None:
    await server.break_now(Break.KICK)
    assert (await robot.heard())["body"]["event"]["eventtype"] == "disconnected_event"
    assert await robot.closed() == 1000


async def test_faults_are_scattered_by_a_seed(clock: StandingClock) -> None:
    async def run(seed: int) -> list[int]:
        server = AibotServer(clock)
        server.chats.add_group(GROUP, "lihua")
        server.chats.heard("lihua", GROUP)
        server.faults.scatter("aibot_send_msg", 0.3, Fault.BUSY, seed=seed)
        async with robot_on(await server.start()) as robot:
            await robot.subscribe(server.robot)
            codes = [await code(robot, "aibot_send_msg", MARKDOWN) for _ in range(30)]
        await server.stop()
        return codes

    first = await run(7)
    assert 0 < first.count(forms.BUSY) < 30
    assert await run(7) == first != await run(8)


async def test_the_platform_comes_back_on_the_same_port(server: AibotServer, url: str) -> None:
    async with robot_on(url) as robot:
        await robot.subscribe(server.robot)
        await server.stop()
        assert await robot.closed() == 1006
    with pytest.raises(aiohttp.ClientConnectorError):
        async with robot_on(url):
            pass
    assert await server.start() == url
    async with robot_on(url) as robot:
        assert (await robot.subscribe(server.robot))["errcode"] == 0
