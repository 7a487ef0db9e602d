"""The keeper of the access token: two replicas on one database, every fault the platform has."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.alarm import OperatorAlarm
from bot.channels import phrases as say
from bot.channels.wire.api import Api
from bot.channels.wire.official_api import MEANINGS, StableToken
from bot.channels.wire.token import Fetched, Guarded, TokenKeeper
from bot.chat.errors import ChannelError, Misconfigured, Throttled, Unreachable
from storage.database import Database
from tests.channels.receiver import register
from tests.platform.clock import StandingClock
from tests.platform.faults import Fault
from tests.platform.official_api import SEND, STABLE_TOKEN, OfficialApiServer

OPENID = "oVillager_0001"
NAME = "official_account:wx1"
APP_SECRET = "the-secret-of-wx1"
MESSAGE = {"touser": OPENID, "msgtype": "text", "text": {"content": "早"}}


@dataclass
class Replica:
    """One process: its own connection to the database, its own memory."""

    api: Guarded
    keeper: TokenKeeper
    database: Database

    async def call(self) -> ChannelError | None:
        """Send a message; what it ended in."""
        try:
            await self.api.post(SEND, MESSAGE, coded=True)
        except ChannelError as error:
            return error
        return None

    async def close(self) -> None:
        await self.api.close()


@dataclass
class Town:
    clock: StandingClock
    server: OfficialApiServer
    replicas: list[Replica]

    @property
    def fetches(self) -> int:
        return self.server.calls[STABLE_TOKEN]

    async def all_call(self, times: int = 1) -> list[ChannelError | None]:
        """Every replica sends `times` messages, all at once."""
        self.server.note_message(OPENID)
        self.server._grants[OPENID]["message"].left = 1_000_000
        calls: list[Awaitable[ChannelError | None]] = [
            replica.call() for replica in self.replicas for _ in range(times)
        ]
        return await asyncio.gather(*calls)

    def alarms(self) -> dict[str, str]:
        standing = self.replicas[0].database.read_now(lambda uow: uow.alarms.standing())
        return {alarm.key: alarm.sentence for alarm in standing}


def replica(base: str, database: Database, clock: StandingClock, secret: str = APP_SECRET) -> Replica:
    api = Api(base, MEANINGS, clock)
    alarm = OperatorAlarm(database)
    source = StableToken(api, "wx1", secret)
    keeper = TokenKeeper(NAME, secret, source, database=database, clock=clock, alarm=alarm)
    return Replica(Guarded(api, keeper, alarm), keeper, database)


@asynccontextmanager
async def town_on(databases: list[Database], clock: StandingClock) -> AsyncIterator[Town]:
    server = OfficialApiServer("wx1", APP_SECRET, clock)
    base = await server.start()
    town = Town(clock, server, [replica(base, database, clock) for database in databases])
    yield town
    for each in town.replicas:
        await each.close()
    await server.stop()


@pytest.fixture
async def town(database_url: str) -> AsyncIterator[Town]:
    """Two replicas on one database of either kind."""
    clock = StandingClock()
    databases = [Database(database_url, clock.now) for _ in range(2)]
    async with town_on(databases, clock) as made:
        yield made
    for database in databases:
        database.close()


def kinds(found: list[ChannelError | None]) -> set[type | None]:
    return {type(each) if each else None for each in found}


async def test_one_fetch_an_expiry_for_all_replicas(town: Town) -> None:
    for expiry in range(1, 6):
        assert kinds(await town.all_call(10)) == {None}
        assert town.fetches == expiry
        town.clock.advance(7200 - 241)
        assert kinds(await town.all_call(3)) == {None}
        assert town.fetches == expiry
        town.clock.advance(1)
    assert town.server.forced == 0


async def test_an_invalidated_token_is_renewed_once_for_all_replicas(town: Town) -> None:
    await town.all_call(3)
    for times in (2, 3, 4):
        town.server.invalidate_tokens()
        assert kinds(await town.all_call(10)) == {None}
        assert town.fetches == times
    assert town.server.forced == 0
    assert town.alarms() == {}


@pytest.mark.parametrize("code", [40001, 40014, 42001])
@pytest.mark.parametrize("had_worked", [False, True])
async def test_a_token_refused_for_ever_costs_two_fetches(town: Town, code: int, had_worked: bool) -> None:
    if had_worked:
        assert kinds(await town.all_call()) == {None}
    before = town.fetches
    town.server.token_refusal = code
    town.server.token_always_refused = True
    for _ in range(20):
        assert kinds(await town.all_call(5)) <= {Misconfigured, Throttled}
        town.clock.advance(60)
    assert 1 <= town.fetches - before <= 2
    assert kinds(await town.all_call()) == {Misconfigured}
    assert town.alarms() == {f"token:{NAME}": say.TOKEN_REFUSED_FOR_EVER}
    calls = town.server.calls[SEND]
    await town.all_call(50)
    assert town.server.calls[SEND] == calls

    town.server.token_always_refused = False
    town.clock.advance(1200)
    assert kinds(await town.all_call(5)) == {None}
    assert town.fetches - before <= 2
    assert town.alarms() == {}


async def test_in_a_day_of_refusals_each_expiry_costs_one_fetch_more(town: Town) -> None:
    town.server.token_always_refused = True
    for _ in range(24 * 4):
        await town.all_call()
        town.clock.advance(900)
    assert town.fetches <= 2 + 24 * 3600 // (7200 - 240)


async def test_wrong_configuration_stops_the_asking_and_names_the_address(town: Town) -> None:
    town.server.refused_address = "203.0.113.9"
    assert kinds(await town.all_call(10)) == {Misconfigured}
    assert town.fetches == 1
    town.clock.advance(299)
    assert kinds(await town.all_call(10)) == {Misconfigured}
    assert town.fetches == 1
    cause = say.ADDRESS_NOT_LISTED.format(address="203.0.113.9") + "（40164）"
    assert town.alarms() == {f"token:{NAME}": cause}
    town.server.refused_address = ""
    town.clock.advance(1)
    assert kinds(await town.all_call(10)) == {None}
    assert town.fetches == 2
    assert town.alarms() == {}


async def test_a_secret_that_was_put_right_holds_nobody_up(town: Town) -> None:
    first = town.replicas[0]
    base = first.api._api._base
    wrong = replica(base, first.database, town.clock, secret="wrong")
    found = await wrong.call()
    assert isinstance(found, Misconfigured) and found.sentence == f"{say.WRONG_APP_SECRET}（40125）"
    await wrong.close()
    assert kinds(await town.all_call()) == {None}
    assert town.alarms() == {}


async def test_a_passing_fault_is_met_once_in_a_moment(town: Town) -> None:
    town.server.inject(STABLE_TOKEN, Fault.BAD_GATEWAY)
    assert kinds(await town.all_call(10)) <= {Unreachable, Throttled}
    assert town.fetches == 1
    town.clock.advance(2)
    assert kinds(await town.all_call(10)) == {None}
    assert town.fetches == 2


async def test_a_used_up_quota_is_waited_for_until_midnight(town: Town) -> None:
    town.server.refuse(STABLE_TOKEN, 45009)
    found = await town.replicas[0].call()
    assert isinstance(found, Throttled) and found.after == 15 * 3600 + 1
    town.clock.advance(15 * 3600)
    assert kinds(await town.all_call()) == {Throttled}
    assert town.fetches == 1
    town.clock.advance(1)
    assert kinds(await town.all_call()) == {None}


async def test_a_replica_that_died_fetching_is_followed_by_another(town: Town) -> None:
    first, second = town.replicas
    await first.database.run(lambda uow: uow.tokens.may_fetch(first.keeper._tokens._name, seen=0, seconds=15))
    waiting = asyncio.create_task(second.call())
    await asyncio.sleep(0.25)
    assert not waiting.done()
    town.server.note_message(OPENID)
    town.clock.advance(15)
    assert await waiting is None
    assert town.fetches == 1


async def test_the_database_holds_no_token_and_no_secret(town: Town) -> None:
    await town.all_call()
    first = town.replicas[0]
    stored = await first.database.read(lambda uow: uow.tokens.get(first.keeper._tokens._name))
    assert stored is not None and stored.worked
    token = (await first.keeper.token()).value
    assert token.encode().hex() not in stored.sealed and token not in stored.sealed
    assert APP_SECRET not in repr(stored) + repr(await first.keeper.token())
    assert token not in repr(await first.keeper.token())


async def test_a_restart_uses_the_token_that_is_there(town: Town) -> None:
    await town.all_call()
    base = town.replicas[0].api._api._base
    after = replica(base, town.replicas[0].database, town.clock)
    assert await after.call() is None
    await after.close()
    assert town.fetches == 1


# -- properties --------------------------------------------------------------------------------------

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("call"), st.integers(0, 1)),
        st.tuples(st.just("both"), st.just(0)),
        st.tuples(st.just("wait"), st.sampled_from([1, 300, 3600, 7200])),
        st.tuples(st.just("invalidate"), st.just(0)),
        st.tuples(st.just("for ever"), st.integers(0, 1)),
        st.tuples(st.just("busy"), st.just(0)),
    ),
    max_size=25,
)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(STEPS)
def test_whatever_happens_fetches_are_few_and_it_recovers(steps: list[tuple[str, int]]) -> None:
    asyncio.run(_play(steps))


async def _play(steps: list[tuple[str, int]]) -> None:
    clock = StandingClock()
    with register(clock) as one:
        two = Database(one.url, clock.now)
        async with town_on([one, two], clock) as town:
            server = town.server
            server.note_message(OPENID)
            causes = 1
            waited = 0
            for step, value in steps:
                match step:
                    case "call":
                        await town.replicas[value].call()
                    case "both":
                        await town.all_call(2)
                    case "wait":
                        clock.advance(value)
                        waited += value
                    case "invalidate":
                        server.invalidate_tokens()
                        causes += 2
                    case "for ever":
                        server.token_always_refused = bool(value)
                        causes += 2
                    case "busy":
                        server.inject(STABLE_TOKEN, Fault.BUSY)
                        causes += 1
            assert town.fetches <= causes + 1 + waited // (7200 - 240)
            server.token_always_refused = False
            server.faults.clear()
            clock.advance(3600)
            assert kinds(await town.all_call(3)) <= {None, Misconfigured}
            clock.advance(7200)
            assert kinds(await town.all_call(3)) == {None}
            assert town.alarms() == {}
        two.close()


# -- a platform that gives the same token while it is valid -------------------------------------------


class SameWhileValid:
    """As WeCom's gettoken."""

    forcible = False

    def __init__(self) -> None:
        self.fetches = 0

    async def fetch(self, *, force: bool) -> Fetched:
        assert not force
        self.fetches += 1
        return Fetched("the-same", timedelta(hours=2))


async def test_where_nothing_can_be_forced_the_same_token_is_not_tried_again() -> None:
    clock = StandingClock()
    calls: list[str] = []

    async def refuse(request: Any) -> Any:
        calls.append(request.path)
        return web.json_response({"errcode": 42001})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", refuse)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    with register(clock) as database:
        api = Api(f"http://127.0.0.1:{runner.addresses[0][1]}", MEANINGS, clock)
        alarm, source = OperatorAlarm(database), SameWhileValid()
        keeper = TokenKeeper("wecom", "s", source, database=database, clock=clock, alarm=alarm)
        guarded = Guarded(api, keeper, alarm)
        for _ in range(5):
            with pytest.raises(Misconfigured):
                await guarded.get("/x")
        assert (source.fetches, calls) == (2, ["/x"])
        await guarded.close()
    await runner.cleanup()
