"""The robot's one connection: whatever ends it, it comes back or says why not; two replicas never hold it both."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from types import SimpleNamespace

import pytest

from bot.channels.aibot_line import LEASE, REFUSED_ALARM, REPLACED_ALARM, AibotLine, Timing
from bot.channels.wecom_aibot import IN_FLIGHT, WecomAibot
from bot.channels.wire.aibot_connection import Access
from bot.chat.channel import Recipient
from bot.chat.errors import ChannelError, OutcomeUnknown
from bot.chat.reply import Markdown
from bot.delivery import Delivery
from bot.pacing import SharedPacing
from storage.database import Database
from storage.outbox import Outcome
from tests.channels.robot import GROUP, IMPATIENT, QUICK, Alarms, replica, robot_bench
from tests.clock import ZONE, FrozenClock
from tests.platform.aibot import AibotServer
from tests.platform.aibot_line import Break
from tests.platform.aibot_robot import robot_on
from tests.platform.faults import Fault
from tests.reliability.robot_digest import connected, judge, open_groups, send_all

HERE = Recipient(GROUP, group=True)
ENDINGS = [each for each in Break if each is not Break.KICK]
LOSSES = [Break.CLOSE_1000, Break.CLOSE_1001, Break.CLOSE_1011, Break.ABORT, Break.UNSUBSCRIBED]


@pytest.fixture
def database(sqlite_url: str, clock: FrozenClock) -> Iterator[Database]:
    opened = Database(sqlite_url, clock.now)
    yield opened
    opened.close()


@pytest.fixture
async def server(clock: FrozenClock) -> AsyncIterator[AibotServer]:
    running = AibotServer(clock)
    running.chats.add_group(GROUP, "lihua")
    running.chats.heard("lihua", GROUP)
    yield running
    await running.stop()


def _subscribed(server: AibotServer, times: int) -> bool:
    return len(server.subscriptions) == times


class Wall:
    """The machine's clock, for leases of two replicas."""

    zone = ZONE

    def __init__(self) -> None:
        self._chance = FrozenClock()

    def now(self) -> datetime:
        return datetime.now(ZONE)

    def token(self, size: int) -> bytes:
        return self._chance.token(size)


@pytest.mark.parametrize("what", ENDINGS)
async def test_after_every_end_of_a_connection_there_is_another(
    database: Database, clock: FrozenClock, what: Break
) -> None:
    async with robot_bench(database, clock, timing=replace(QUICK, ping=0.1)) as bench:
        bench.server.chats.heard("lihua", GROUP)
        await bench.server.break_now(what)
        if what is Break.SILENCE:
            bench.hurry()
        if what is Break.UNSUBSCRIBED:
            with pytest.raises(ChannelError):
                await bench.channel.send(HERE, Markdown("谁在", "谁在"), key="k")
        await bench.server.until(lambda: sum(not each.code for each in bench.server.subscriptions) >= 2, 10)
        await bench.ready()
        assert await bench.channel.send(HERE, Markdown("回来了", "回来了"), key="k") == ""
        assert bench.server.ledger.contents(GROUP)[-1] == "回来了"
        assert bench.alarms.history == []


async def test_a_silent_peer_is_noticed_by_two_missing_pongs(database: Database, clock: FrozenClock) -> None:
    async with robot_bench(database, clock, timing=replace(QUICK, ping=0.05)) as bench:
        begun = asyncio.get_running_loop().time()
        await bench.server.break_now(Break.SILENCE)
        bench.hurry(0.1)
        await bench.server.until(lambda: len(bench.server.subscriptions) == 2, 10)
        assert asyncio.get_running_loop().time() - begun >= 2 * 0.1


async def test_one_missing_ack_is_no_end_and_two_are(database: Database, clock: FrozenClock) -> None:
    async with robot_bench(database, clock) as bench:
        bench.server.chats.heard("lihua", GROUP)
        for faults, connections in ((1, 1), (2, 2)):
            bench.server.faults.inject("aibot_send_msg", *[Fault.HANG] * faults)
            bench.hurry()
            for _ in range(faults):
                with pytest.raises(OutcomeUnknown):
                    await bench.channel.send(HERE, Markdown("一", "一"), key="k")
            bench.hurry(5)
            await bench.server.until(partial(_subscribed, bench.server, connections))
            await connected(bench.channel)
            await bench.channel.send(HERE, Markdown("二", "二"), key="k")
        assert bench.server.ledger.contents(GROUP) == ["二", "二"]


async def test_pauses_between_connections_grow_with_chance_and_have_an_end(
    server: AibotServer, database: Database, clock: FrozenClock
) -> None:
    line = AibotLine(
        Access("ws://127.0.0.1:1", "b", "s"),
        lambda _: None,
        Timing(),
        database=database,
        clock=clock,
        alarm=Alarms(),
    )
    pauses = [[line._pause(failures) for _ in range(50)] for failures in range(1, 30)]
    most = [min(2.0 ** (failures - 1), 60.0) for failures in range(1, 30)]
    assert all(
        limit / 2 <= pause <= limit for limit, some in zip(most, pauses, strict=True) for pause in some
    )
    assert all(len(set(some)) > 25 for some in pauses)


async def test_a_platform_that_cannot_be_reached_is_tried_until_it_can(
    server: AibotServer, database: Database, clock: FrozenClock
) -> None:
    url = await server.start()
    await server.stop()
    alarms = Alarms()
    channel = replica(server, url, database, clock, alarms=alarms)
    await channel.start()
    await asyncio.sleep(0.1)
    assert not channel.ready()
    server.refuse_subscriptions(-1, 45009)
    await server.start()
    await connected(channel)
    assert ([each.code for each in server.subscriptions], alarms.history) == ([-1, 45009, 0], [])
    await channel.close()


async def test_a_rival_is_not_fought_and_the_operator_is_told(database: Database, clock: FrozenClock) -> None:
    timing = replace(QUICK, hold_off=0.5)
    async with robot_bench(database, clock, timing=timing) as bench:
        begun = asyncio.get_running_loop().time()
        async with robot_on(bench.url) as rival:
            await rival.subscribe(bench.server.robot)
            await bench.alarms.until(lambda: REPLACED_ALARM in bench.alarms.standing)
            assert not bench.channel.ready()
            assert bench.server.takeovers == 1
        await bench.ready()
        assert asyncio.get_running_loop().time() - begun >= 0.5
        await bench.alarms.until(lambda: not bench.alarms.standing)
        assert bench.alarms.history == [f"+{REPLACED_ALARM}", f"-{REPLACED_ALARM}"]
        assert bench.server.takeovers == 1


async def test_wrong_credentials_stop_it_and_good_ones_clear_the_alarm(
    server: AibotServer, database: Database, clock: FrozenClock
) -> None:
    url = await server.start()
    alarms = Alarms()
    wrong = replica(server, url, database, clock, alarms=alarms, secret="not-the-secret")
    await wrong.start()
    await alarms.until(lambda: REFUSED_ALARM in alarms.standing)
    await asyncio.sleep(0.1)
    assert len(server.subscriptions) == 1 and not wrong.ready()
    assert "not-the-secret" not in str(alarms.standing)
    right = replica(server, url, database, clock, alarms=alarms)
    await right.start()
    await connected(right)
    await alarms.until(lambda: not alarms.standing)
    await right.close()
    await wrong.close()


async def test_who_closes_hands_over_at_once(
    server: AibotServer, database: Database, clock: FrozenClock
) -> None:
    url = await server.start()
    first, second = (replica(server, url, database, clock) for _ in range(2))
    await first.start()
    await connected(first)
    await second.start()
    await asyncio.sleep(0.05)
    assert (first.ready(), second.ready()) == (True, False)
    await first.close()
    await connected(second, 2.0)
    assert (first.ready(), server.takeovers, server.most_holders) == (False, 0, 1)
    await second.close()


async def test_who_dies_without_a_word_is_followed_when_its_lease_ends(
    server: AibotServer, database: Database, clock: FrozenClock
) -> None:
    await database.run(lambda uow: uow.leases.take(LEASE, "killed", seconds=Timing().lease))
    channel = replica(server, await server.start(), database, clock)
    await channel.start()
    await asyncio.sleep(0.1)
    assert (channel.ready(), server.connections) == (False, [])
    clock.advance(seconds=Timing().lease)
    await connected(channel)
    await channel.close()


async def test_a_holder_whose_lease_is_taken_from_it_hangs_up(
    server: AibotServer, database: Database, clock: FrozenClock
) -> None:
    url = await server.start()
    channel = replica(server, url, database, clock, timing=replace(QUICK, renew=0.02))
    await channel.start()
    await connected(channel)
    clock.advance(days=30)
    await database.run(lambda uow: uow.leases.take(LEASE, "somebody else", seconds=1e6))
    await server.until(lambda: server.holder is None)
    assert not channel.ready()
    with pytest.raises(ChannelError):
        await channel.send(HERE, Markdown("早", "早"), key="k")
    await channel.close()


async def test_a_holder_that_cannot_renew_hangs_up_before_the_lease_ends(
    server: AibotServer, database: Database, clock: FrozenClock
) -> None:
    """The database hangs: nobody can say who may hold the line, so nobody does."""
    url = await server.start()
    gate = asyncio.Event()
    stuck = SimpleNamespace(hangs=False)
    run = database.run

    async def hanging(use_case: object, *args: object) -> object:
        if stuck.hangs:
            await gate.wait()
        return await run(use_case, *args)  # type: ignore[arg-type]

    database.run = hanging  # type: ignore[method-assign,assignment]
    channel = replica(server, url, database, clock, timing=replace(QUICK, lease=4.0, margin=3.6, renew=0.05))
    await channel.start()
    await connected(channel)
    stuck.hangs = True
    begun = asyncio.get_running_loop().time()
    await server.until(lambda: server.holder is None)
    assert not channel.ready()
    assert asyncio.get_running_loop().time() - begun < 4.0
    gate.set()
    await channel.close()


async def test_two_replicas_that_lose_and_take_the_line_never_hold_it_both(
    sqlite_url: str, server: AibotServer
) -> None:
    """Each with its own connection to the database, as two processes have; breaks of every kind, and closings."""
    wall = Wall()
    url = await server.start()
    timing = replace(QUICK, lease=6.0, margin=3.0, renew=0.1, ping=0.2, ack=0.3)
    databases = [Database(sqlite_url, wall.now) for _ in range(2)]
    replicas: list[WecomAibot] = []
    for opened in databases:
        replicas.append(replica(server, url, opened, wall, timing=timing))  # type: ignore[arg-type]
        await replicas[-1].start()
    for what in (*ENDINGS, Break.ABORT):
        await server.until(lambda: server.holder is not None, 10)
        await server.break_now(what)
        if what is Break.UNSUBSCRIBED:
            holder = next(iter(each for each in replicas if each.ready()), None)
            if holder is not None:
                with pytest.raises(ChannelError):
                    await holder.send(HERE, Markdown("谁在", "谁在"), key="k")
        ready = [each for each in replicas if each.ready()]
        assert len(ready) <= 1
        if what is Break.CLOSE_1011:
            holding = next(iter(ready), replicas[0])
            await holding.close()
            index = replicas.index(holding)
            replicas[index] = replica(server, url, databases[index], wall, timing=timing)  # type: ignore[arg-type]
            await replicas[index].start()
    await server.until(lambda: server.holder is not None, 10)
    for each in replicas:
        await each.close()
    for opened in databases:
        opened.close()
    assert (server.most_holders, server.takeovers) == (1, 0)


@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("what", list(Break))
async def test_a_break_during_the_digest_loses_nothing_and_doubles_nothing(
    database: Database, clock: FrozenClock, what: Break, done: bool
) -> None:
    size = 200
    timing = replace(IMPATIENT if what is Break.SILENCE else QUICK, hold_off=0.2)
    async with robot_bench(database, clock, timing=timing) as bench:
        rows = open_groups(bench.server, database, size)
        bench.server.break_at(what, nth=size // 2, done=done)
        await send_all(database, clock, {"wecom_aibot": bench.channel})
        delivered = judge(bench.server, database, rows)
        assert (delivered.lost, delivered.twice) == (0, 0)
        assert sum(delivered.outcomes.values()) == size
        if what in LOSSES:
            assert delivered.outcomes.get(Outcome.UNKNOWN, 0) <= IN_FLIGHT
        assert bench.server.most_holders == 1
        assert bench.server.ledger.over_limits() == []
        assert bench.server.violations == []


async def test_at_a_platform_where_a_third_of_all_frames_fail_nothing_is_lost_or_doubled(
    database: Database, clock: FrozenClock, request: pytest.FixtureRequest
) -> None:
    size = 200 if request.config.getoption("--long") else 30
    async with robot_bench(database, clock, timing=IMPATIENT) as bench:
        rows = open_groups(bench.server, database, size)
        bench.server.faults.slowness = 0.4
        bench.server.faults.scatter("aibot_send_msg", 0.3, *Fault, seed=11)
        await send_all(database, clock, {"wecom_aibot": bench.channel}, seconds=120)
        delivered = judge(bench.server, database, rows)
        assert (delivered.lost, delivered.twice) == (0, 0)
        assert sum(delivered.outcomes.values()) == size


async def test_a_row_waits_for_the_replica_that_holds_the_line(
    server: AibotServer, database: Database, clock: FrozenClock
) -> None:
    url = await server.start()
    holder, other = (replica(server, url, database, clock) for _ in range(2))
    await holder.start()
    await connected(holder)
    await other.start()
    rows = open_groups(server, database, 3)
    elsewhere = Delivery(database, {"wecom_aibot": other}, clock, SharedPacing(database))
    assert await elsewhere.send_due() == 0
    await elsewhere.close()
    await send_all(database, clock, {"wecom_aibot": holder})
    assert judge(server, database, rows).outcomes == {Outcome.SENT: 3}
    await holder.close()
    await other.close()


async def test_a_holder_that_stops_during_the_digest_leaves_the_rest_to_the_other(
    server: AibotServer, database: Database, clock: FrozenClock
) -> None:
    url = await server.start()
    first, second = (replica(server, url, database, clock) for _ in range(2))
    rows = open_groups(server, database, 100)
    await first.start()
    await connected(first)
    await second.start()
    senders = [
        Delivery(database, {"wecom_aibot": each}, clock, SharedPacing(database)) for each in (first, second)
    ]
    while len(server.ledger.delivered()) < 40:
        assert await senders[1].send_due() == 0
        await senders[0].send_due()
    for each in senders:
        await each.close()
    await first.close()
    await send_all(database, clock, {"wecom_aibot": second})
    delivered = judge(server, database, rows)
    assert (delivered.outcomes, delivered.lost, delivered.twice) == ({Outcome.SENT: 100}, 0, 0)
    assert (server.most_holders, server.takeovers) == (1, 0)
    await second.close()
