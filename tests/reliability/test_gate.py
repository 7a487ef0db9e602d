"""The gate: one piece of work a message, and an answer that is late still arrives, once."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

import pytest

from bot.chat.command import command, service
from bot.chat.dispatcher import Dispatcher
from bot.chat.feature import Feature
from bot.chat.gate import Gate
from bot.chat.permission import EVERYBODY
from bot.chat.reply import Reply, Text
from bot.chat.update import Kind, Update
from bot.chat.work import Work
from storage.database import Database
from storage.outbox import Outgoing
from storage.uow import UnitOfWork
from tests.clock import FrozenClock

CHANNEL = "official_account"


@service
class Stage:
    """What the test's only command does: it waits for `go`, then notes a word, or breaks."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.go.set()
        self.begun = 0


@command("记", "note", allow=EVERYBODY)
async def note(word: Annotated[str, "内容"], stage: Stage, work: Work) -> Reply:
    """记下一个词。

    示例:
        /记 收音机
    """
    stage.begun += 1
    await stage.go.wait()
    if word == "坏":
        raise ZeroDivisionError
    return await work(_note, word).reply(lambda word: Reply.text(f"记下了：{word}"))


@command("问", "ask", allow=EVERYBODY)
async def ask(stage: Stage) -> Reply:
    """什么也不说。

    示例:
        /问
    """
    return Reply.silence()


FEATURE = Feature(key="notes", commands=(note, ask), question=note, follow=ask)


def _note(uow: UnitOfWork, word: str) -> str:
    uow.feedback.add("comment", word)
    return word


class Replica:
    """One process: its own gate and dispatcher over the shared database."""

    def __init__(self, database: Database, clock: FrozenClock) -> None:
        self.stage = Stage()
        services: dict[type, Any] = {Stage: self.stage}
        dispatcher = Dispatcher([FEATURE], database, clock, services, messages_a_minute=0)
        self.gate = Gate(dispatcher.answer, database, budget=60)

    def hold(self) -> None:
        """The command waits from now on, longer than a callback does."""
        self.stage.go.clear()
        self.gate.budget = 0.05

    def release(self) -> None:
        self.gate.budget = 60
        self.stage.go.set()


@pytest.fixture
async def replica(database: Database, clock: FrozenClock) -> AsyncIterator[Replica]:
    made = Replica(database, clock)
    await made.gate.answer(_message("/记 打招呼", clock, key="0"))
    yield made
    made.release()
    await made.gate.close()


def _message(text: str, clock: FrozenClock, key: str = "1") -> Update:
    return Update(CHANNEL, key, "o1", clock.now(), text)


def _said(parts: Any) -> str | None:
    return None if parts is None else "\n".join(part.text for part in parts)


def _noted(database: Database) -> list[str]:
    return [row.text for row in database.read_now(lambda uow: uow.feedback.all())][1:]


def _queued(database: Database) -> list[str]:
    def all_rows(uow: UnitOfWork) -> list[Outgoing]:
        return list(uow.outbox.with_ids(range(1, 50)).values())

    return [Reply.from_json(row.body).plain() for row in database.read_now(all_rows)]


async def test_a_delivery_repeated_while_in_work_joins_it(
    database: Database, clock: FrozenClock, replica: Replica
) -> None:
    update = _message("/记 收音机", clock)
    answers = [
        _said(parts) for parts in await asyncio.gather(*(replica.gate.answer(update) for _ in range(5)))
    ]
    assert answers == ["记下了：收音机"] * 5
    assert _said(await replica.gate.answer(update)) == "记下了：收音机"
    assert (replica.stage.begun, _noted(database), _queued(database)) == (2, ["收音机"], [])


async def test_two_replicas_carry_a_message_out_once_and_say_the_same(
    database: Database, clock: FrozenClock, replica: Replica
) -> None:
    other = Replica(database, clock)
    for n in range(10):
        update = _message(f"/记 {n}", clock, key=f"k{n}")
        answers = await asyncio.gather(*(one.gate.answer(update) for one in (replica, other, other, replica)))
        assert [_said(parts) for parts in answers] == [f"记下了：{n}"] * 4
    assert _noted(database) == [str(n) for n in range(10)]


async def test_a_late_answer_leaves_by_the_outbox_once(
    database: Database, clock: FrozenClock, replica: Replica
) -> None:
    update = _message("/记 慢慢来", clock)
    replica.hold()
    first, second = await asyncio.gather(replica.gate.answer(update), replica.gate.answer(update))
    assert (first, second, _queued(database)) == (None, None, [])
    assert await replica.gate.known(CHANNEL, "1")
    replica.release()
    await replica.gate.close()
    assert (_noted(database), _queued(database)) == (["慢慢来"], ["记下了：慢慢来"])
    assert _said(await replica.gate.answer(update)) == "记下了：慢慢来"
    assert await replica.gate.resume() == 0
    assert (_noted(database), _queued(database)) == (["慢慢来"], ["记下了：慢慢来"])


async def test_what_a_dead_process_acknowledged_is_carried_out_by_another(
    database: Database, clock: FrozenClock, replica: Replica
) -> None:
    replica.hold()
    assert await replica.gate.answer(_message("/记 没做完", clock)) is None
    heirs = [Replica(database, clock) for _ in range(2)]
    assert [await heir.gate.resume() for heir in heirs] == [0, 0]
    clock.advance(seconds=61)
    await asyncio.gather(*(heir.gate.resume() for heir in heirs))
    assert (_noted(database), _queued(database)) == (["没做完"], ["记下了：没做完"])
    replica.release()
    await replica.gate.close()
    assert (_noted(database), _queued(database)) == (["没做完"], ["记下了：没做完"])


async def test_an_acknowledged_message_that_breaks_is_not_tried_for_ever(
    database: Database, clock: FrozenClock, replica: Replica
) -> None:
    replica.hold()
    assert await replica.gate.answer(_message("/记 坏", clock)) is None
    assert await replica.gate.answer(_message("/记 好", clock, key="2")) is None
    replica.release()
    await replica.gate.close()
    clock.advance(seconds=61)
    heirs = [Replica(database, clock) for _ in range(2)]
    await asyncio.gather(*(heir.gate.resume() for heir in heirs))
    assert [await heir.gate.resume() for heir in heirs] == [0, 0]
    assert _noted(database) == ["好"]
    told = _queued(database)
    assert (len(told), told[0]) == (2, "记下了：好")


async def test_the_rest_of_an_answer_is_queued_once_by_whoever_says_it(
    database: Database, clock: FrozenClock, replica: Replica
) -> None:
    replicas = [replica, Replica(database, clock)]
    for n in range(10):
        update = _message("/记 长", clock, key=f"k{n}")
        await asyncio.gather(*(one.gate.later(update, [Text(f"其余{n}")]) for one in replicas * 2))
    assert sorted(_queued(database)) == [f"其余{n}" for n in range(10)]


async def test_an_event_is_acknowledged_and_never_answered(clock: FrozenClock, replica: Replica) -> None:
    update = Update(CHANNEL, "9", "o1", clock.now(), kind=Kind.EVENT)
    assert _said(await replica.gate.answer(update)) == ""
