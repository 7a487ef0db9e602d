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


def test_a_question_waits_once_a_place_and_is_found_in_the_others(
    database: Database, people: list[int]
) -> None:
    def ask(uow: UnitOfWork) -> list[int]:
        here, there = uow.places.add("甲村").id, uow.places.add("乙村").id
        asked = [
            uow.questions.asked("路灯", "路灯？", by=people[0], place_id=at)
            for at in (here, there, here, None)
        ]
        return [*asked, uow.questions.asked("村口路灯", "村口路灯？", by=people[0], place_id=here)]

    first, second, again, nowhere, other = database.run_now(ask)
    assert (again, len({first, second, nowhere, other})) == (first, 4)
    kept = database.read_now(lambda uow: uow.questions.get(first))
    assert (kept.times, kept.place) == (2, "甲村")
    assert database.read_now(lambda uow: [q.no for q in uow.questions.elsewhere(first)]) == [second, nowhere]
    assert database.read_now(lambda uow: [q.no for q in uow.questions.elsewhere(nowhere)]) == [first, second]
    assert database.read_now(lambda uow: uow.questions.elsewhere(other)) == []


def test_what_shares_an_answer_is_told_until_it_waits_again(database: Database, people: list[int]) -> None:
    no = database.run_now(_ask, "路灯", people[0])
    database.run_now(lambda uow: uow.questions.settle(no, Standing.ANSWERED, same="keeper-9"))
    assert database.read_now(lambda uow: [q.no for q in uow.questions.aliases("keeper-9")]) == [no]
    database.run_now(lambda uow: uow.questions.reopen(no))
    kept = database.read_now(lambda uow: uow.questions.get(no))
    assert (kept.standing, kept.same) == (Standing.WAITING, "")
    assert database.read_now(lambda uow: uow.questions.aliases("keeper-9")) == []
