"""Every fault on the wire, whether the platform has acted, and that the same seed gives the same faults."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.platform.clock import StandingClock
from tests.platform.faults import EVERYWHERE, Fault, Faults
from tests.platform.webhook import SEND, GroupRobotServer

TEXT = json.dumps({"msgtype": "text", "text": {"content": "早报"}}, ensure_ascii=False).encode()
OK = '{"errcode": 0, "errmsg": "ok"}'
HTML = "<html>502 Bad Gateway</html>"


@pytest.fixture
async def server() -> AsyncIterator[GroupRobotServer]:
    running = GroupRobotServer(StandingClock())
    running.add_robot("群", key="robot-1")
    running.minute.count = 1000
    running.faults.slowness = 60
    await running.start()
    yield running
    await running.stop()


async def call(server: GroupRobotServer) -> tuple[int, str] | str:
    """Status and body, or that the connection was reset."""
    url, headers = f"{server.base}{SEND}?key=robot-1", {"Content-Type": "application/json"}
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=TEXT, headers=headers) as response,
        ):
            return response.status, await response.text()
    except aiohttp.ClientError:
        return "reset"


async def call_in_vain(server: GroupRobotServer, fault: Fault) -> str:
    """Call until the fault has happened, to its full effect, and give up."""
    calling = asyncio.create_task(call(server))
    while not server.faults.happened or len(server.ledger.delivered()) < fault.took_effect:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    done = calling.done()
    calling.cancel()
    return "answered" if done else LATE


LATE = "no answer"
SEEN: dict[Fault, tuple[int, str] | str] = {
    Fault.BUSY: (200, '{"errcode": -1, "errmsg": "system error"}'),
    Fault.BAD_GATEWAY: (502, HTML),
    Fault.LATE_BAD_GATEWAY: (502, HTML),
    Fault.EMPTY: (200, ""),
    Fault.TRUNCATED: (200, OK[:-4]),
    Fault.RESET_UNREAD: "reset",
    Fault.RESET: "reset",
    Fault.HANG: LATE,
    Fault.SLOW_HEADERS: LATE,
    Fault.SLOW_BODY: LATE,
    Fault.ANSWER_LOST: "reset",
    Fault.GZIP: (200, OK),
}


@pytest.mark.parametrize("fault", Fault)
async def test_a_fault_as_the_client_sees_it_and_as_it_was(server: GroupRobotServer, fault: Fault) -> None:
    server.inject(SEND, fault)
    seen = await (call_in_vain(server, fault) if SEEN[fault] == LATE else call(server))
    assert seen == SEEN[fault]
    assert len(server.ledger.delivered()) == fault.took_effect
    assert await call(server) == (200, OK)
    assert len(server.ledger.delivered()) == fault.took_effect + 1
    assert server.calls == {SEND: 2}
    assert server.faults.happened == {(SEND, fault): 1}


async def test_a_slow_answer_comes_in_the_end(server: GroupRobotServer) -> None:
    server.faults.slowness = 0.01
    server.inject(SEND, Fault.SLOW_HEADERS, Fault.SLOW_BODY)
    assert [await call(server) for _ in range(2)] == [(200, OK), (200, OK)]


async def test_what_a_client_cannot_see_the_ledger_knows(server: GroupRobotServer) -> None:
    harmful = [Fault.BUSY, Fault.BAD_GATEWAY, Fault.EMPTY, Fault.RESET, Fault.ANSWER_LOST, Fault.TRUNCATED]
    server.faults.scatter(SEND, 0.3, *harmful, seed=7)
    answers = await asyncio.gather(*(call(server) for _ in range(200)))
    happened = {fault: times for (_, fault), times in server.faults.happened.items()}
    lost = sum(times for fault, times in happened.items() if not fault.took_effect)
    assert set(happened) == set(harmful)
    assert len(server.ledger.delivered()) == 200 - lost
    assert Counter(answers)[200, OK] == 200 - sum(happened.values())


def test_the_same_seed_gives_the_same_faults() -> None:
    def drawn(seed: int) -> list[Fault | None]:
        faults = Faults()
        faults.scatter("/a", 0.3, seed=seed)
        return [faults.draw("/a") for _ in range(1000)]

    assert drawn(1) == drawn(1) != drawn(2)
    share = sum(fault is not None for fault in drawn(1)) / 1000
    assert 0.25 < share < 0.35


def test_faults_are_for_their_path_and_injected_ones_come_first() -> None:
    faults = Faults()
    faults.scatter(EVERYWHERE, 1.0, Fault.BUSY, seed=1)
    faults.scatter("/calm", 0.0, seed=1)
    faults.inject("/a", Fault.RESET, Fault.HANG)
    assert [faults.draw("/calm"), faults.draw("/b")] == [None, Fault.BUSY]
    assert [faults.draw("/a") for _ in range(3)] == [Fault.RESET, Fault.HANG, Fault.BUSY]
    faults.clear()
    assert faults.draw("/a") is None
