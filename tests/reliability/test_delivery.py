"""Delivery over a channel that fails as planned: order kept, nobody held up, nothing sent again that may have arrived.

Against whole platforms: `test_faults`.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest
from aiohttp import web

from bot import phrases
from bot.chat.channel import Recipient, Window
from bot.chat.errors import OutcomeUnknown, Throttled, Undeliverable, Unreachable, WindowClosed
from bot.chat.reply import Part, Reply, Text
from bot.delivery import ATTEMPTS, LEASE, LONGEST_PAUSE, Delivery
from bot.pacing import SharedPacing
from storage.database import Database
from storage.outbox import Outcome, Target
from storage.uow import UnitOfWork
from tests.clock import FrozenClock

CHANNEL = "official_account"


class Stage:
    """A channel that takes what it is given, or fails as its plan says; `hold` keeps a recipient waiting."""

    def __init__(self, name: str = CHANNEL) -> None:
        self.name = name
        self.here = True
        self.taken: list[tuple[str, str]] = []
        self.plan: dict[str, list[type[Exception]]] = {}
        self.hold: dict[str, asyncio.Event] = {}
        self.started: list[str] = []
        self.closed = False

    def routes(self) -> Sequence[web.RouteDef]:
        return ()

    async def start(self) -> None:
        assert not self.closed

    def ready(self) -> bool:
        return self.here

    def render(self, to: Recipient, parts: Sequence[Part]) -> Sequence[Part]:
        return parts

    def windows(self, to: Recipient) -> Sequence[Window]:
        return ()

    async def send(self, to: Recipient, message: Part, *, key: str) -> str:
        assert not self.closed
        text = message.plain()
        self.started.append(text)
        if to.external_id in self.hold:
            await self.hold[to.external_id].wait()
        failures = self.plan.get(text, [])
        failure = failures.pop(0) if failures else None
        if failure is None or failure is OutcomeUnknown:
            self.taken.append((to.external_id, text))
        if failure is not None:
            raise failure("as planned")
        return ""

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
async def delivery(database: Database, stage: Stage, clock: FrozenClock) -> AsyncIterator[Delivery]:
    sender = Delivery(database, {CHANNEL: stage}, clock, SharedPacing(database))
    yield sender
    await sender.close()


def _people(database: Database, count: int) -> list[int]:
    def join(uow: UnitOfWork) -> list[int]:
        ids = [uow.members.add(f"居民{n}").id for n in range(count)]
        for member in ids:
            uow.members.join_account(member, CHANNEL, f"o{member}")
        return ids

    return database.run_now(join)


def _queue(database: Database, member: int, *words: str) -> list[int]:
    bodies = [Reply.text(word).to_json() for word in words]
    return database.run_now(lambda uow: [uow.outbox.add(Target(member_id=member), body) for body in bodies])


def _queue_reply(database: Database, member: int, *words: str) -> list[int]:
    """One row of several messages."""
    body = Reply(tuple(Text(word) for word in words)).to_json()
    return database.run_now(lambda uow: [uow.outbox.add(Target(member_id=member), body)])


def _first_way(database: Database, member: int) -> str:
    return database.read_now(lambda uow: uow.members.accounts(member)[0].channel)


def _outcomes(database: Database, ids: Sequence[int]) -> list[Outcome]:
    rows = database.read_now(lambda uow: uow.outbox.with_ids(ids))
    return [rows[row].status for row in ids]


async def _until(condition: object, seconds: float = 5.0) -> None:
    assert callable(condition)
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def test_what_is_queued_leaves_at_once_and_in_order(
    database: Database, stage: Stage, delivery: Delivery
) -> None:
    one, two = _people(database, 2)
    ids = _queue(database, one, "一", "二", "三") + _queue(database, two, "甲")
    await delivery.start()
    await _until(lambda: len(stage.taken) == 4)
    await database.run(lambda uow: uow.outbox.add(Target(member_id=two), Reply.text("乙").to_json()))
    await _until(lambda: len(stage.taken) == 5, seconds=1.5)
    assert [text for who, text in stage.taken if who == f"o{one}"] == ["一", "二", "三"]
    assert [text for who, text in stage.taken if who == f"o{two}"] == ["甲", "乙"]
    await delivery.close()
    assert set(_outcomes(database, ids)) == {Outcome.SENT}


async def test_a_platform_that_hangs_for_one_chat_holds_nobody_else_up(
    database: Database, stage: Stage, delivery: Delivery
) -> None:
    slow, quick = _people(database, 2)
    stage.hold[f"o{slow}"] = asyncio.Event()
    _queue(database, slow, "慢")
    await delivery.start()
    await _until(lambda: stage.started == ["慢"])
    _queue(database, quick, "快一", "快二")
    await _until(lambda: [text for _, text in stage.taken] == ["快一", "快二"])
    stage.hold[f"o{slow}"].set()
    await _until(lambda: len(stage.taken) == 3)


async def test_who_closes_waits_for_what_is_on_its_way(
    database: Database, stage: Stage, delivery: Delivery
) -> None:
    """Cut off, it would stand as unknown for ever, and a person would have to look into it."""
    (member,) = _people(database, 1)
    stage.hold[f"o{member}"] = asyncio.Event()
    ids = _queue(database, member, "在路上", "下一条")
    await delivery.start()
    await _until(lambda: stage.started == ["在路上"])
    closing = asyncio.create_task(delivery.close())
    await asyncio.sleep(0.05)
    stage.hold[f"o{member}"].set()
    await closing
    assert _outcomes(database, ids) == [Outcome.SENT, Outcome.QUEUED]


@pytest.mark.parametrize(
    ("failure", "outcome", "taken"),
    [
        (OutcomeUnknown, Outcome.UNKNOWN, 1),
        (Undeliverable, Outcome.FAILED, 0),
        (WindowClosed, Outcome.WAITING, 0),
        (ZeroDivisionError, Outcome.UNKNOWN, 0),
    ],
)
async def test_what_may_have_arrived_or_never_will_is_not_sent_again(
    database: Database, stage: Stage, delivery: Delivery, clock: FrozenClock,
    failure: type[Exception], outcome: Outcome, taken: int,
) -> None:  # fmt: skip
    (member,) = _people(database, 1)
    stage.plan["晨报"] = [failure]
    ids = _queue(database, member, "晨报", "下一条")
    for _ in range(4):
        await delivery.send_due()
        clock.advance(minutes=5)
    assert (_outcomes(database, ids), [text for _, text in stage.taken]) == (
        [outcome, Outcome.SENT],
        ["晨报"] * taken + ["下一条"],
    )


async def test_what_is_known_not_to_have_arrived_is_tried_again_and_not_for_ever(
    database: Database, stage: Stage, delivery: Delivery, clock: FrozenClock
) -> None:
    (member,) = _people(database, 1)
    stage.plan["总会到"] = [Throttled] * (ATTEMPTS - 1)
    stage.plan["到不了"] = [Unreachable] * (ATTEMPTS + 3)
    ids = _queue(database, member, "到不了", "总会到")
    pauses = []
    waited = timedelta()
    while Outcome.QUEUED in _outcomes(database, ids):
        if await delivery.send_due():
            pauses.append(waited)
            waited = timedelta()
        step = max(3, waited // timedelta(seconds=8))
        clock.advance(seconds=step)
        waited += timedelta(seconds=step)
    assert _outcomes(database, ids) == [Outcome.FAILED, Outcome.SENT]
    assert stage.started == ["到不了"] * ATTEMPTS + ["总会到"] * ATTEMPTS
    assert pauses[1] < pauses[3] < pauses[5] < pauses[7]


async def test_pauses_grow_to_ten_minutes_and_no_further(
    database: Database, stage: Stage, delivery: Delivery, clock: FrozenClock
) -> None:
    """So that an hour without a network fails nothing that was queued in it."""
    (member,) = _people(database, 1)
    stage.plan["早报"] = [Unreachable] * ATTEMPTS
    ids = _queue(database, member, "早报")
    begun, last, longest = clock.now(), clock.now(), timedelta()
    while _outcomes(database, ids) == [Outcome.QUEUED]:
        if await delivery.send_due():
            longest, last = max(longest, clock.now() - last), clock.now()
        clock.advance(seconds=10)
    assert _outcomes(database, ids) == [Outcome.FAILED]
    assert timedelta(seconds=LONGEST_PAUSE / 2) <= longest <= timedelta(seconds=LONGEST_PAUSE * 1.5 + 10)
    assert timedelta(minutes=30) < last - begun < timedelta(minutes=90)


async def test_an_attempt_that_lost_its_lease_sends_nothing_more(
    database: Database, stage: Stage, delivery: Delivery, clock: FrozenClock
) -> None:
    """While the platform hung the row became unknown, and a person had it sent again: that one goes on alone."""
    (member,) = _people(database, 1)
    stage.hold[f"o{member}"] = asyncio.Event()
    (row,) = _queue_reply(database, member, "一", "二", "三")
    slow = asyncio.create_task(delivery.send_due())
    await _until(lambda: stage.started == ["一"])
    clock.advance(seconds=LEASE + 1)
    await delivery.send_due()
    assert _outcomes(database, [row]) == [Outcome.UNKNOWN]
    (shown,) = database.read_now(lambda uow: uow.undelivered.unsettled())
    assert (shown.id, shown.taken, shown.cause) == (row, 0, phrases.LEASE_LOST)
    stage.hold[f"o{member}"].set()
    await slow
    assert _outcomes(database, [row]) == [Outcome.UNKNOWN]
    await database.run(lambda uow: uow.outbox.resend(row))
    await delivery.send_due()
    assert _outcomes(database, [row]) == [Outcome.SENT]
    assert [text for _, text in stage.taken] == ["一", "一", "二", "三"]


async def test_what_began_by_one_channel_is_finished_by_it(
    database: Database, stage: Stage, clock: FrozenClock
) -> None:
    """Another channel cuts a reply otherwise: counted on there, words would be lost or said twice."""
    (member,) = _people(database, 1)
    other = Stage("wecom_app")
    database.run_now(lambda uow: uow.members.join_account(member, other.name, "u1", "corp"))
    delivery = Delivery(database, {CHANNEL: stage, other.name: other}, clock, SharedPacing(database))
    first, second = (stage, other) if _first_way(database, member) == CHANNEL else (other, stage)
    first.plan["二"] = [Unreachable]
    (row,) = _queue_reply(database, member, "一", "二", "三")
    await delivery.send_due()
    first.here = False
    for _ in range(3):
        clock.advance(minutes=1)
        await delivery.send_due()
    assert _outcomes(database, [row]) == [Outcome.QUEUED]
    first.here = True
    clock.advance(minutes=1)
    await delivery.send_due()
    assert _outcomes(database, [row]) == [Outcome.SENT]
    assert ([text for _, text in first.taken], second.taken) == (["一", "二", "三"], [])
