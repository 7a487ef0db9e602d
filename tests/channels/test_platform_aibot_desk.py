"""The imitated intelligent robot is itself checked: pushes, replies and their limits."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.platform import aibot_forms as forms
from tests.platform.aibot import AibotServer
from tests.platform.aibot_robot import BareRobot, robot_on
from tests.platform.clock import StandingClock

GROUP = "wrAAAA"
HOUR = 3600.0
CARD: dict[str, Any] = {
    "card_type": "button_interaction",
    "main_title": {"title": "微心愿 42", "desc": "一台收音机"},
    "horizontal_content_list": [{"keyname": "村组", "value": "永续社区"}],
    "button_list": [{"text": "认领", "style": 1, "key": "claim:42"}],
    "task_id": "wish_42_v1",
}


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
async def server(clock: StandingClock) -> AsyncIterator[AibotServer]:
    server = AibotServer(clock)
    server.chats.add_group(GROUP, "lihua", "wangwu")
    server.chats.add_group("wrQUIET", "lihua")
    server.chats.heard("lihua", GROUP)
    yield server
    await server.stop()


@pytest.fixture
async def robot(server: AibotServer) -> AsyncIterator[BareRobot]:
    async with robot_on(await server.start()) as robot:
        await robot.subscribe(server.robot)
        yield robot


def markdown(content: str = "早间简报", chat: str = GROUP, **fields: Any) -> dict[str, Any]:
    return {"chatid": chat, "msgtype": "markdown", "markdown": {"content": content}, **fields}


def stream(content: str, *, finish: bool = True, number: str = "st-1") -> dict[str, Any]:
    return {"msgtype": "stream", "stream": {"id": number, "finish": finish, "content": content}}


async def code(robot: BareRobot, cmd: str, body: Any, request: str | None = None) -> int:
    answer = await robot.ask(cmd, body, request)
    return int(answer["errcode"])


async def push(robot: BareRobot, body: Any) -> int:
    return await code(robot, "aibot_send_msg", body)


async def reply(robot: BareRobot, body: Any, request: str) -> int:
    return await code(robot, "aibot_respond_msg", body, request)


# -- pushes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (markdown(), 0),
        (markdown(chat_type=0), 0),
        (markdown(chat_type=2), 0),
        (markdown(chat_type=1), forms.UNKNOWN_CHAT),
        (markdown(chat_type=3), forms.BAD_PARAMETER),
        (markdown(chat_type="2"), forms.BAD_PARAMETER),
        (markdown(chat="group:wrAAAA"), forms.UNKNOWN_CHAT),
        (markdown(chat="wrNOWHERE"), forms.UNKNOWN_CHAT),
        (markdown(chat="wrQUIET"), forms.NEVER_SPOKEN),
        (markdown(chat="wangwu"), forms.NEVER_SPOKEN),
        (markdown("字" * 6826), 0),
        (markdown("字" * 6827), forms.TOO_LONG),
        (markdown(""), forms.EMPTY),
        ({"chatid": GROUP, "msgtype": "markdown", "markdown": {}}, forms.BAD_PARAMETER),
        (markdown(colour="red"), forms.BAD_PARAMETER),
        ({"chatid": GROUP, "msgtype": "text", "text": {"content": "早"}}, forms.BAD_KIND),
        ({"chatid": GROUP, "msgtype": "markdown_v2", "markdown_v2": {"content": "早"}}, forms.BAD_KIND),
        ({"chatid": GROUP, **stream("早")}, forms.BAD_KIND),
        ({"chatid": GROUP, "msgtype": "file", "file": {"media_id": "none"}}, forms.BAD_MEDIA),
        ({"msgtype": "markdown", "markdown": {"content": "早"}}, forms.BAD_PARAMETER),
        (None, forms.BAD_PARAMETER),
    ],
)
async def test_pushes(server: AibotServer, robot: BareRobot, body: Any, expected: int) -> None:
    assert await push(robot, body) == expected
    assert [entry.code for entry in server.ledger.refused()] == ([expected] if expected else [])
    assert len(server.ledger.delivered(GROUP)) == (expected == 0)


async def test_a_person_can_be_written_to_after_speaking(server: AibotServer, robot: BareRobot) -> None:
    await server.say("wangwu", "你好")
    assert await push(robot, markdown(chat="wangwu", chat_type=1)) == 0
    assert await push(robot, markdown(chat="wangwu", chat_type=2)) == forms.UNKNOWN_CHAT
    assert server.ledger.contents("wangwu") == ["早间简报"]


async def test_a_group_without_the_robot(server: AibotServer, robot: BareRobot) -> None:
    callback = await server.say("lihua", "在吗", GROUP)
    server.chats.removed.add(GROUP)
    assert await push(robot, markdown()) == forms.NOT_IN_GROUP
    assert await reply(robot, stream("在的"), callback.request) == forms.NOT_IN_GROUP


async def test_a_lenient_platform_lets_unknown_fields_through(clock: StandingClock) -> None:
    server = AibotServer(clock, strict=False)
    server.chats.heard("wangwu", None)
    async with robot_on(await server.start()) as robot:
        await robot.subscribe(server.robot)
        assert await push(robot, markdown(chat="wangwu", colour="red")) == 0
    await server.stop()


# -- limits ------------------------------------------------------------------------------------------


async def test_replies_and_pushes_share_thirty_a_minute(
    server: AibotServer, robot: BareRobot, clock: StandingClock
) -> None:
    callback = await server.say("lihua", "在吗", GROUP)
    codes = [await push(robot, markdown(f"{number}")) for number in range(20)]
    codes += [await reply(robot, stream("在", number=f"s{n}"), callback.request) for n in range(11)]
    assert codes == [0] * 30 + [forms.TOO_OFTEN]
    assert len(server.ledger.over_limits()) == 1
    clock.advance(59.9)
    assert await push(robot, markdown()) == forms.TOO_OFTEN
    clock.advance(0.1)
    assert await push(robot, markdown()) == 0


async def test_a_growing_stream_is_one_message(server: AibotServer, robot: BareRobot) -> None:
    callback = await server.say("lihua", "在吗", GROUP)
    codes = [
        await reply(robot, stream("在" * size, finish=size == 40), callback.request) for size in range(1, 41)
    ]
    assert codes == [0] * 40
    assert server.ledger.contents(GROUP) == ["在" * 40]
    assert server.chats.streams["st-1"].contents == ["在" * size for size in range(1, 41)]


async def test_a_thousand_an_hour_for_each_chat(
    server: AibotServer, robot: BareRobot, clock: StandingClock
) -> None:
    await server.say("wangwu", "你好")
    codes = []
    for number in range(1001):
        clock.advance(2.1)
        codes.append(await push(robot, markdown(f"{number}")))
    assert codes == [0] * 1000 + [forms.TOO_OFTEN]
    assert await push(robot, markdown(chat="wangwu")) == 0


# -- replies -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (stream("在的"), 0),
        (stream("字" * 6826), 0),
        (stream("字" * 6827), forms.TOO_LONG),
        (stream(""), forms.EMPTY),
        ({"msgtype": "stream", "stream": {"content": "在的"}}, forms.BAD_PARAMETER),
        ({"msgtype": "stream", "stream": {"id": "s", "finish": "true"}}, forms.BAD_PARAMETER),
        ({"msgtype": "stream", "stream": {"id": "s", "content": "在", "msg_item": []}}, forms.BAD_PARAMETER),
        ({"msgtype": "template_card", "template_card": CARD}, 0),
        ({"msgtype": "markdown", "markdown": {"content": "在的"}}, forms.BAD_KIND),
        ({"msgtype": "text", "text": {"content": "在的"}}, forms.BAD_KIND),
    ],
)
async def test_replies(server: AibotServer, robot: BareRobot, body: Any, expected: int) -> None:
    callback = await server.say("lihua", "在吗", GROUP)
    assert await reply(robot, body, callback.request) == expected
    assert [entry.code for entry in server.ledger.refused(GROUP)] == ([expected] if expected else [])


async def test_a_reply_carries_the_req_id_of_a_message_not_a_day_old(
    server: AibotServer, robot: BareRobot, clock: StandingClock
) -> None:
    callback = await server.say("lihua", "在吗", GROUP)
    enter = server.people.enter("lihua")
    assert enter is not None
    await server.tell(enter)
    assert await reply(robot, stream("在的"), "R-none") == forms.BAD_REQ_ID
    assert await reply(robot, stream("在的"), enter.request) == forms.BAD_REQ_ID
    clock.advance(24 * HOUR)
    assert await reply(robot, stream("在的"), callback.request) == 0
    clock.advance(1)
    assert await reply(robot, stream("在的", number="st-2"), callback.request) == forms.BAD_REQ_ID


async def test_a_stream_has_an_end_an_owner_and_six_minutes(
    server: AibotServer, robot: BareRobot, clock: StandingClock
) -> None:
    callback, other = await server.say("lihua", "在吗", GROUP), await server.say("wangwu", "在吗", GROUP)
    assert await reply(robot, stream("在", finish=False), callback.request) == 0
    assert await reply(robot, stream("在的"), other.request) == forms.BAD_PARAMETER
    assert await reply(robot, stream("在的"), callback.request) == 0
    assert await reply(robot, stream("在的！"), callback.request) == forms.BAD_PARAMETER
    assert await reply(robot, stream("等", finish=False, number="slow"), callback.request) == 0
    clock.advance(360.1)
    assert await reply(robot, stream("好", number="slow"), callback.request) == forms.STREAM_EXPIRED
    assert server.ledger.contents(GROUP) == ["在的", "等"]


async def test_a_stream_with_a_card(server: AibotServer, robot: BareRobot) -> None:
    callback = await server.say("lihua", "/心愿 列表", GROUP)
    part = {"msgtype": "stream_with_template_card", "stream": {"id": "s", "content": "有 1 个心愿"}}
    assert await reply(robot, {**part, "template_card": CARD}, callback.request) == 0
    last = {**part, "stream": {**part["stream"], "finish": True}}  # type: ignore[dict-item]
    assert await reply(robot, last, callback.request) == 0
    assert server.ledger.contents(GROUP) == ["有 1 个心愿", json.dumps(CARD, ensure_ascii=False)]
    assert await push(robot, {"chatid": GROUP, "msgtype": "template_card", "template_card": CARD}) != 0


async def test_a_req_id_may_die_with_its_connection(clock: StandingClock) -> None:
    server = AibotServer(clock, requests_outlive_connections=False)
    url = await server.start()
    async with robot_on(url) as robot:
        await robot.subscribe(server.robot)
        callback = await server.say("lihua", "在吗")
        assert await reply(robot, stream("在", finish=False), callback.request) == 0
    async with robot_on(url) as robot:
        await robot.subscribe(server.robot)
        assert await reply(robot, stream("在的"), callback.request) == forms.BAD_REQ_ID
    await server.stop()
