"""Calls of the robot's URL mode: an address is given to one, a stream ends one way, both on both databases."""

import asyncio
from datetime import timedelta

from storage.database import Database
from storage.outbox import Outcome, Target
from storage.robot_calls import Address, Stream
from storage.uow import Cause, UnitOfWork
from tests.clock import FrozenClock

HOUR = timedelta(hours=1)


def heard(database: Database, key: str, url: str, chat: str = "wrAAAA") -> None:
    database.run_now(lambda uow: uow.robot_calls.heard(key, chat, "{}", url))


def take(uow: UnitOfWork) -> Address | None:
    return uow.robot_calls.take_address("wrAAAA", lifetime=HOUR)


def give_back(uow: UnitOfWork, address: Address) -> None:
    uow.robot_calls.give_back(address)


def move(uow: UnitOfWork, to: Stream) -> bool:
    return uow.robot_calls.move("M0", to, from_=(Stream.NONE, Stream.OPEN))


def kept(uow: UnitOfWork, key: str) -> bool:
    return uow.robot_calls.get(key) is not None


async def test_each_address_is_given_once_the_one_that_ends_first_before(
    database: Database, clock: FrozenClock
) -> None:
    for number in range(3):
        heard(database, f"M{number}", f"https://example.org/{number}")
        clock.advance(minutes=1)
    heard(database, "M0", "https://example.org/again")
    heard(database, "MX", "")
    heard(database, "MY", "https://example.org/y", chat="wrBBBB")
    first = await database.run(take)
    taken = await asyncio.gather(*(database.run(take) for _ in range(20)))
    found = [each for each in taken if each is not None]
    assert first == Address("M0", "https://example.org/0")
    assert sorted(each.key for each in found) == ["M1", "M2"]


async def test_an_address_given_back_is_given_again_until_it_ends(
    database: Database, clock: FrozenClock
) -> None:
    heard(database, "M0", "https://example.org/0")
    address = await database.run(take)
    assert address is not None
    assert await database.run(take) is None
    await database.run(give_back, address)
    assert await database.run(take) == address
    await database.run(give_back, address)
    clock.advance(hours=1)
    assert await database.run(take) is None


def test_a_stream_ends_one_way(database: Database, clock: FrozenClock) -> None:
    heard(database, "M0", "")
    wanted = (Stream.OPEN, Stream.OPEN, Stream.SAID, Stream.ELSEWHERE)
    moves = [database.run_now(move, to) for to in wanted]
    call = database.read_now(lambda uow: uow.robot_calls.get("M0"))
    assert moves == [True, True, True, False]
    assert call is not None
    assert (call.stream, call.at, call.payload) == (Stream.SAID, clock.now(), "{}")
    assert database.read_now(lambda uow: uow.robot_calls.get("M9")) is None


def test_a_chat_streams_while_one_of_its_calls_is_open_and_young(
    database: Database, clock: FrozenClock
) -> None:
    heard(database, "M0", "")

    def streaming() -> bool:
        return database.read_now(
            lambda uow: uow.robot_calls.streaming("wrAAAA", longest=timedelta(minutes=5))
        )

    before = streaming()
    database.run_now(move, Stream.OPEN)
    during = streaming()
    clock.advance(minutes=5)
    assert (before, during, streaming()) == (False, True, False)


def test_what_is_a_day_old_is_forgotten(database: Database, clock: FrozenClock) -> None:
    heard(database, "M0", "https://example.org/0")
    clock.advance(hours=25)
    heard(database, "M1", "https://example.org/1")
    database.run_now(lambda uow: uow.robot_calls.prune())
    assert [database.read_now(kept, key) for key in ("M0", "M1")] == [False, True]


async def test_an_answer_handed_over_leaves_the_outbox_unless_it_is_on_its_way(database: Database) -> None:
    def join(uow: UnitOfWork) -> list[Target]:
        return [Target(member_id=uow.members.add(name).id) for name in ("一", "二")]

    one, two = database.run_now(join)

    async def add(key: str, body: str, to: Target) -> int:
        return await database.carry_out(lambda uow: uow.outbox.add(to, body), Cause("wecom_aibot", key))

    rows = [await add("M0", "答", one), await add("M0", "通知", two), await add("M1", "答", one)]
    assert await database.run(lambda uow: uow.outbox.hand_over("wecom_aibot", "M0", "答"))
    assert not await database.run(lambda uow: uow.outbox.hand_over("wecom_aibot", "M0", "答"))
    leased = await database.run(lambda uow: uow.outbox.lease(limit=9, seconds=60))
    assert sorted(row.id for row in leased) == rows[1:]
    assert not await database.run(lambda uow: uow.outbox.hand_over("wecom_aibot", "M1", "答"))
    found = database.read_now(lambda uow: uow.outbox.with_ids(rows))
    assert [found[row].status for row in rows] == [Outcome.SENT, Outcome.SENDING, Outcome.SENDING]
