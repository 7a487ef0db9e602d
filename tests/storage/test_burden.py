"""The burden meter: per group and week, raised by what a group gets, and by nothing else."""

import asyncio
import doctest
from datetime import date

import pytest

from storage import burden
from storage.burden import Burden, Week
from storage.database import Database
from storage.outbox import Outcome, Target
from storage.uow import UnitOfWork
from tests.clock import FrozenClock
from tests.storage.people import Village, settle

MONDAY = date(2026, 3, 2)


@pytest.fixture
def village(database: Database) -> Village:
    return settle(database)


def weeks(database: Database) -> list[Week]:
    return database.read_now(lambda uow: uow.burden.weeks())


def test_doctests() -> None:
    assert doctest.testmod(burden).attempted > 0
    assert doctest.testmod(burden).failed == 0


def test_a_week_begins_on_monday_by_the_local_clock(
    database: Database, village: Village, clock: FrozenClock
) -> None:
    for moment in ("2026-03-08 23:59", "2026-03-09 00:01", "2026-03-09 07:00"):
        clock.set(moment)
        database.run_now(lambda uow: uow.burden.count(village.group, Burden.MESSAGE))
    assert weeks(database) == [
        Week(village.group, date(2026, 3, 9), 2),
        Week(village.group, MONDAY, 1),
    ]
    later = database.read_now(lambda uow: uow.burden.weeks(since=date(2026, 3, 9)))
    assert later == [Week(village.group, date(2026, 3, 9), 2)]


async def test_counts_of_one_moment_are_all_counted(database: Database, village: Village) -> None:
    def count(uow: UnitOfWork) -> None:
        uow.burden.count(village.group, Burden.MESSAGE, Burden.QUESTION)

    await asyncio.gather(*(database.run(count) for _ in range(20)))
    assert weeks(database) == [Week(village.group, MONDAY, 20, 20)]


@pytest.mark.parametrize(
    ("outcome", "counted"),
    [(Outcome.SENT, 1), (Outcome.FAILED, 0), (Outcome.UNKNOWN, 0), (Outcome.QUEUED, 0), (Outcome.WAITING, 0)],
)
def test_what_was_sent_to_a_group_counts_and_nothing_else_does(
    database: Database, village: Village, outcome: Outcome, counted: int
) -> None:
    def send(uow: UnitOfWork) -> None:
        uow.outbox.add(Target(group_id=village.group), "早报")
        uow.outbox.add(Target(member_id=village.resident), "您的心愿有人认领了")
        for row in uow.outbox.lease(limit=2, seconds=60):
            uow.outbox.settle(row, outcome)
            uow.outbox.settle(row, outcome)  # the second changes nothing

    database.run_now(send)
    assert weeks(database) == [Week(village.group, MONDAY, 1)][:counted]


def test_what_a_person_takes_as_sent_counts_once(database: Database, village: Village) -> None:
    def send(uow: UnitOfWork) -> int:
        row_id = uow.outbox.add(Target(group_id=village.group), "早报")
        (row,) = uow.outbox.lease(limit=1, seconds=60)
        uow.outbox.settle(row, Outcome.UNKNOWN)
        return row_id

    row_id = database.run_now(send)
    database.run_now(lambda uow: uow.outbox.accept(row_id))
    assert weeks(database) == [Week(village.group, MONDAY, 1)]
