"""The queue of questions: one row a question, whoever asks, in whatever order."""

import asyncio
from datetime import timedelta

import pytest

from storage.base import NotFound
from storage.database import Database
from storage.questions import REMEMBERED, Standing
from storage.uow import UnitOfWork
from tests.clock import FrozenClock


@pytest.fixture
def people(database: Database) -> list[int]:
    return database.run_now(lambda uow: [uow.members.add(name).id for name in "甲乙丙"])


def _ask(uow: UnitOfWork, key: str, by: int) -> int:
    return uow.questions.asked(key, f"{key}？", by=by)


async def test_many_who_ask_at_one_moment_are_each_counted(database: Database, people: list[int]) -> None:
    numbers = await asyncio.gather(*(database.run(_ask, "路灯", people[n % 3]) for n in range(12)))
    assert len(set(numbers)) == 1
    kept = await database.read(lambda uow: uow.questions.get(numbers[0]))
    assert (kept.text, kept.times, kept.standing) == ("路灯？", 12, Standing.WAITING)
    assert await database.run(lambda uow: uow.questions.settle(kept.no, Standing.ANSWERED)) == people
    assert await database.run(lambda uow: uow.questions.settle(kept.no, Standing.ANSWERED)) == []


def test_queue_has_the_most_asked_first_and_of_those_the_latest(
    database: Database, people: list[int], clock: FrozenClock
) -> None:
    for key in ("一", "二", "三", "二"):
        clock.advance(minutes=1)
        database.run_now(_ask, key, people[0])
    waiting = database.read_now(lambda uow: [(q.text, q.times) for q in uow.questions.waiting()])
    assert waiting == [("二？", 2), ("三？", 1), ("一？", 1)]
    assert database.read_now(lambda uow: uow.questions.times_waiting()) == 4
    with pytest.raises(NotFound):
        database.read_now(lambda uow: uow.questions.get(99))


@pytest.mark.parametrize(
    ("settled", "then"), [(Standing.ANSWERED, Standing.WAITING), (Standing.DROPPED, Standing.DROPPED)]
)
def test_asked_again_after_it_was_settled(
    database: Database, people: list[int], settled: Standing, then: Standing
) -> None:
    no = database.run_now(_ask, "路灯", people[0])
    database.run_now(lambda uow: uow.questions.settle(no, settled, reason="说过了"))
    assert database.run_now(_ask, "路灯", people[1]) == no
    kept = database.read_now(lambda uow: uow.questions.get(no))
    assert (kept.times, kept.standing) == (2, then)


def test_askers_are_handed_over_forgotten_and_dropped_in_time(
    database: Database, people: list[int], clock: FrozenClock
) -> None:
    no = database.run_now(_ask, "路灯", people[0])
    database.run_now(_ask, "路灯", people[1])
    database.run_now(lambda uow: uow.questions.hand_over(people[0], people[1]))
    clock.set(clock.now() + REMEMBERED + timedelta(seconds=1))
    database.run_now(_ask, "路灯", people[2])
    assert database.run_now(lambda uow: uow.questions.prune()) == 1
    assert database.run_now(lambda uow: uow.questions.settle(no, Standing.DROPPED)) == [people[2]]
