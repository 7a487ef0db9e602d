"""The imitated group robot: what its webhook takes, how often, and for how long."""

import base64
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.platform.caller import Caller
from tests.platform.clock import StandingClock
from tests.platform.ledger import Outcome
from tests.platform.webhook import SEND, UPLOAD, GroupRobotServer

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
NOTICE = {
    "card_type": "text_notice",
    "main_title": {"title": "早报"},
    "card_action": {"type": 1, "url": "https://example.org"},
}


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
async def server(clock: StandingClock) -> AsyncIterator[GroupRobotServer]:
    running = GroupRobotServer(clock)
    running.add_robot("永续社区连心群", members=["lihua", "zhao"], key="robot-1")
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def caller(server: GroupRobotServer) -> AsyncIterator[Caller]:
    async with Caller(server.base) as client:
        yield client


def message(kind: str, body: Any) -> dict[str, Any]:
    return {"msgtype": kind, kind: body}


def picture(content: bytes, md5: str = "") -> dict[str, str]:
    return {"base64": base64.b64encode(content).decode(), "md5": md5 or hashlib.md5(content).hexdigest()}


ARTICLE = {"title": "通知", "url": "https://example.org", "description": "开会"}


@pytest.mark.parametrize(
    ("kind", "body", "code"),
    [
        ("text", {"content": "早报", "mentioned_list": ["lihua", "@all"]}, 0),
        ("text", {"content": "长" * 682}, 0),
        ("text", {"content": "长" * 683}, 40058),
        ("text", {"content": ""}, 44004),
        ("text", {"mentioned_list": []}, 40058),
        ("text", {"content": "早报", "mention_list": []}, 40058),
        ("text", {"content": "早报", "mentioned_list": "@all"}, 40058),
        ("markdown", {"content": "**早报** <@lihua>"}, 0),
        ("markdown", {"content": "a" * 4096}, 0),
        ("markdown", {"content": "a" * 4097}, 40058),
        ("markdown_v2", {"content": "# 早报"}, 0),
        ("markdown_v2", {"content": ""}, 44004),
        ("image", picture(PNG), 0),
        ("image", picture(PNG, "0" * 32), 301019),
        ("image", picture(b"GIF89a" + b"0" * 20), 40123),
        ("image", picture(PNG + b"0" * (2 << 20)), 40009),
        ("image", {"base64": "***", "md5": "0"}, 40058),
        ("news", {"articles": [ARTICLE] * 8}, 0),
        ("news", {"articles": [ARTICLE] * 9}, 40058),
        ("news", {"articles": [{**ARTICLE, "title": "长" * 43}]}, 40058),
        ("news", {"articles": [{"title": "x"}]}, 40058),
        ("template_card", NOTICE, 0),
        ("template_card", {**NOTICE, "card_type": "button_interaction"}, 42031),
        ("file", {"media_id": "none"}, 40007),
        ("card", {}, 40008),
    ],
)
async def test_its_messages(
    server: GroupRobotServer, caller: Caller, kind: str, body: Any, code: int
) -> None:
    assert await caller.code(SEND, message(kind, body), key="robot-1") == code
    (entry,) = server.ledger.entries
    outcome = Outcome.REFUSED if code else Outcome.DELIVERED
    assert (entry.to, entry.kind, entry.outcome, entry.code) == ("robot-1", kind, outcome, code)


async def test_twenty_a_minute_for_each_robot(
    server: GroupRobotServer, clock: StandingClock, caller: Caller
) -> None:
    other = server.add_robot("另一个群")
    text = message("text", {"content": "早报"})
    codes = [await caller.code(SEND, text, key="robot-1") for _ in range(21)]
    assert codes == [0] * 20 + [45009]
    assert await caller.code(SEND, text, key=other) == 0
    clock.advance(59)
    assert await caller.code(SEND, text, key="robot-1") == 45009
    clock.advance(1)
    assert await caller.code(SEND, text, key="robot-1") == 0
    assert server.ledger.counts() == {("robot-1", "早报"): 21, (other, "早报"): 1}
    assert len(server.ledger.over_limits()) == 2


async def test_a_robot_that_is_gone(server: GroupRobotServer, caller: Caller) -> None:
    text = message("text", {"content": "早报"})
    assert await caller.code(SEND, text, key="robot-2") == 93000
    assert await caller.code(SEND, text) == 93000
    server.robots["robot-1"].disabled = True
    assert await caller.code(SEND, text, key="robot-1") == 93004
    server.remove_robot("robot-1")
    assert await caller.code(SEND, text, key="robot-1") == 93000
    assert server.ledger.delivered() == []


async def test_mentions_ring_in_text_and_markdown_only(server: GroupRobotServer, caller: Caller) -> None:
    mention = {"content": "早报", "mentioned_list": ["lihua", "stranger", "@all"]}
    for kind, body in [
        ("text", mention),
        ("markdown", {"content": "<@zhao> <@stranger>"}),
        ("markdown_v2", {"content": "<@zhao>"}),
    ]:
        assert await caller.code(SEND, message(kind, body), key="robot-1") == 0
    assert server.mentioned == [("robot-1", "lihua"), ("robot-1", "@all"), ("robot-1", "zhao")]


async def test_a_file(server: GroupRobotServer, clock: StandingClock, caller: Caller) -> None:
    kept = await caller.upload(UPLOAD, "名单.xlsx", b"x" * 100, key="robot-1", type="file")
    assert (kept["errcode"], kept["type"]) == (0, "file")
    file = message("file", {"media_id": kept["media_id"]})
    assert await caller.code(SEND, file, key="robot-1") == 0
    assert (await caller.upload(UPLOAD, "a", b"x" * 100, key="robot-1", type="image"))["errcode"] == 40004
    assert (await caller.upload(UPLOAD, "a", b"x", key="robot-1", type="file"))["errcode"] == 44001
    assert (await caller.upload(UPLOAD, "a", b"x" * 100, key="robot-2", type="file"))["errcode"] == 93000
    clock.advance(3 * 86400)
    assert await caller.code(SEND, file, key="robot-1") == 40007
