"""What is for its day is never delivered on another, whatever becomes of it in between."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from storage.database import Database
from storage.outbox import Outcome, Outgoing, Target
from storage.undelivered import Backlog
from storage.uow import UnitOfWork
from tests import postgres
from tests.clock import FrozenClock
from tests.storage.people import Village, settle

HOUR = timedelta(hours=1)
CAUSE = "已过时，不再送。"


@pytest.fixture
def village(database: Database) -> Village:
    return settle(database)


def rows(database: Database, *ids: int) -> list[tuple[Outcome, str]]:
    found = database.read_now(lambda uow: uow.outbox.with_ids(ids))
    return [(found[each].status, found[each].cause) for each in ids]


def wait(uow: UnitOfWork, member: int, *, hours: int | None) -> int:
    """A message the platform forbids now."""
    until = None if hours is None else uow.now + hours * HOUR
    row_id = uow.outbox.add(Target(member_id=member), "消息", until=until)
    (row,) = uow.outbox.lease(limit=1, seconds=60)
    uow.outbox.settle(row, Outcome.WAITING, cause="超过48小时")
    return row_id


def test_what_waited_is_delivered_on_its_day_and_not_the_next(
    database: Database, village: Village, clock: FrozenClock
) -> None:
    member = village.resident
    kept, stale = database.run_now(lambda uow: (wait(uow, member, hours=None), wait(uow, member, hours=15)))
    clock.set("2026-03-06 00:00")
    assert database.read_now(lambda uow: uow.outbox.quiet())
    clock.set("2026-03-06 00:01")
    assert not database.read_now(lambda uow: uow.outbox.quiet())
    database.run_now(lambda uow: uow.outbox.wake(member))
    assert rows(database, kept, stale) == [(Outcome.QUEUED, "超过48小时"), (Outcome.WAITING, "超过48小时")]
    assert database.run_now(lambda uow: uow.outbox.tell(member)) == ["消息"]
    assert database.run_now(lambda uow: uow.outbox.lapse(CAUSE)) == 1
    assert rows(database, kept, stale) == [(Outcome.SENT, "超过48小时"), (Outcome.FAILED, CAUSE)]
    assert database.read_now(lambda uow: uow.outbox.quiet())


def test_one_persons_stale_news_ask_nobody_for_a_decision_a_groups_may_be_sent_again(
    database: Database, village: Village, clock: FrozenClock
) -> None:
    def add(uow: UnitOfWork) -> tuple[int, int]:
        own = uow.outbox.add(Target(member_id=village.resident), "个人早报", until=uow.now + HOUR)
        return own, uow.outbox.add(Target(group_id=village.group), "早报", until=uow.now + HOUR)

    _, group = database.run_now(add)
    clock.advance(hours=1, minutes=1)
    database.run_now(lambda uow: uow.outbox.lapse(CAUSE))

    def standing(uow: UnitOfWork) -> tuple[list[int], Backlog]:
        return [row.id for row in uow.undelivered.unsettled()], uow.undelivered.backlog(
            since=uow.now - 24 * HOUR
        )

    assert database.read_now(standing) == ([group], Backlog(0, 0, 1, None))
    database.run_now(lambda uow: uow.outbox.resend(group))
    assert database.run_now(lambda uow: uow.outbox.lapse(CAUSE)) == 0
    assert database.run_now(lambda uow: [row.id for row in uow.outbox.lease(limit=9, seconds=60)]) == [group]


def test_recalled_is_what_was_for_the_day_and_not_on_its_way(database: Database, village: Village) -> None:
    member = village.resident

    def add(uow: UnitOfWork) -> tuple[int, int, int]:
        waiting = wait(uow, member, hours=15)
        told = uow.outbox.add(Target(member_id=member), "您的心愿有人认领了")
        other = uow.outbox.add(Target(member_id=village.coordinator), "个人早报", until=uow.now + HOUR)
        assert uow.outbox.lapse("本人已退订。", member_id=member) == 1
        return waiting, told, other

    ids = database.run_now(add)
    expected = [(Outcome.FAILED, "本人已退订。"), (Outcome.QUEUED, ""), (Outcome.QUEUED, "")]
    assert rows(database, *ids) == expected


class StaleStory(RuleBasedStateMachine):
    """A model that knows each message's last moment, against an outbox that people wake, read and recall.

    Whatever is handed to a sender or told to a person is fresh at that moment; what is dropped was not.
    """

    def __init__(self, open_database: Callable[[FrozenClock], Database]) -> None:
        super().__init__()
        self.clock = FrozenClock()
        self.database = open_database(self.clock)
        self.until: dict[int, datetime | None] = {}
        self.leased: list[Outgoing] = []

    @initialize()
    def people(self) -> None:
        village = settle(self.database)
        self.member = village.resident
        self.targets = (Target(member_id=village.resident), Target(group_id=village.group))

    @rule(which=st.integers(0, 1), hours=st.sampled_from((None, 1, 5)))
    def add(self, which: int, hours: int | None) -> None:
        until = None if hours is None else self.clock.now() + hours * HOUR

        def queue(uow: UnitOfWork) -> int:
            return uow.outbox.add(self.targets[which], f"{len(self.until)}", until=until)

        self.until[self.database.run_now(queue)] = until

    @rule(minutes=st.sampled_from((1, 59, 60, 300)))
    def pass_time(self, minutes: int) -> None:
        self.clock.advance(minutes=minutes)

    @rule()
    def lease(self) -> None:
        def take(uow: UnitOfWork) -> list[Outgoing]:
            uow.outbox.lapse(CAUSE)
            return uow.outbox.lease(limit=2, seconds=600)

        taken = self.database.run_now(take)
        assert all(self._fresh(row.id) for row in taken)
        self.leased += taken

    @rule(outcome=st.sampled_from((Outcome.SENT, Outcome.WAITING, Outcome.QUEUED, Outcome.UNKNOWN)))
    def settle(self, outcome: Outcome) -> None:
        while self.leased:
            row = self.leased.pop()
            self.database.run_now(lambda uow, row=row: uow.outbox.settle(row, outcome))  # type: ignore[misc]

    @rule()
    def speak(self) -> None:
        self.database.run_now(lambda uow: uow.outbox.wake(self.member))

    @rule()
    def look(self) -> None:
        told = self.database.run_now(lambda uow: uow.outbox.tell(self.member))
        by_body = {f"{place}": row_id for place, row_id in enumerate(self.until)}
        assert all(self._fresh(by_body[body]) for body in told)

    @rule()
    def unsubscribe(self) -> None:
        self.database.run_now(lambda uow: uow.outbox.lapse("本人已退订。", member_id=self.member))

    @invariant()
    def only_what_is_past_its_day_is_dropped(self) -> None:
        found = self.database.read_now(lambda uow: uow.outbox.with_ids(self.until))
        dropped = [row.id for row in found.values() if row.cause == CAUSE]
        assert not any(self._fresh(row_id) for row_id in dropped)
        assert all(found[row_id].status is Outcome.FAILED for row_id in dropped)

    def _fresh(self, row_id: int) -> bool:
        until = self.until[row_id]
        return until is None or self.clock.now() <= until

    def teardown(self) -> None:
        self.database.close()


def _run(open_database: Callable[[FrozenClock], Database], *, examples: int) -> None:
    run_state_machine_as_test(
        lambda: StaleStory(open_database),  # type: ignore[arg-type]
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_no_message_outlives_its_day_on_sqlite(sqlite_template: Path, tmp_path: Path) -> None:
    def open_database(clock: FrozenClock) -> Database:
        path = tmp_path / "story.db"
        for left in tmp_path.glob("story.db*"):
            left.unlink()
        shutil.copy(sqlite_template, path)
        return Database(f"sqlite:///{path}", clock.now)

    _run(open_database, examples=30)


def test_no_message_outlives_its_day_on_postgresql(
    postgres_server: postgres.Server, postgres_template: str
) -> None:
    made: list[str] = []

    def open_database(clock: FrozenClock) -> Database:
        with suppress(IndexError):
            postgres_server.drop(made.pop())
        made.append(postgres_server.create(postgres_template))
        return Database(made[0], clock.now)

    _run(open_database, examples=8)
    postgres_server.drop(made.pop())
