"""The outbox against a model of it: two senders, one of which may stall, and a person who decides.

Whatever is done in whatever order: the table is what the model says; a chat has one attempt at a time, of its first
message; no message is written twice but by a person's decision; `taken` never falls; in the end every row is
settled, or waits for its person.
"""

import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.chat.channel import Recipient
from bot.delivery import LEASE
from bot.routes import Route, removed
from storage.base import NotFound
from storage.database import Database
from storage.outbox import Outcome, Outgoing, Target
from storage.uow import UnitOfWork
from tests import postgres
from tests.clock import FrozenClock
from tests.reliability.village import outbox

LIVE = (Outcome.QUEUED, Outcome.SENDING)
SENDERS = ("north", "south")
LOST = "lease lost"
WAY = "wecom_aibot"

sender = st.sampled_from(SENDERS)
which = st.integers(0, 7)


@dataclass
class Told:
    """A row as the model knows it. `written`: how often each of its messages reached the platform."""

    chat: str
    messages: int
    status: Outcome = Outcome.QUEUED
    attempts: int = 0
    taken: int = 0
    cause: str = ""
    not_before: datetime = datetime.min
    until: datetime | None = None
    decisions: int = 0
    written: Counter[int] = field(default_factory=Counter)

    def end(self, status: Outcome, cause: str, not_before: datetime) -> None:
        self.status, self.cause, self.not_before, self.until = status, cause, not_before, None


class OutboxStory(RuleBasedStateMachine):
    """`open_database` gives an empty database with today's schema."""

    def __init__(self, open_database: Callable[[FrozenClock], Database]) -> None:
        super().__init__()
        self.clock = FrozenClock()
        self.database = open_database(self.clock)
        self.rows: dict[int, Told] = {}
        self.targets: dict[str, Target] = {}
        self.members: dict[str, int] = {}
        self.held: dict[str, list[tuple[Outgoing, int]]] = {name: [] for name in SENDERS}
        """What each sender believes to hold, and the next message of it."""
        self.most: Counter[int] = Counter()
        self.gone = False

    @initialize()
    def people_settle(self) -> None:
        def settle(uow: UnitOfWork) -> None:
            for name in ("王主任", "赵大娘"):
                self.members[name] = uow.members.add(name).id
                self.targets[name] = Target(member_id=self.members[name])
            for name, channel in (("连心群", WAY), ("转发群", "by_hand")):
                owner = self.members["王主任"]
                group = uow.groups.add(name, place_id=None, channel=channel, external_id=name, owner_id=owner)
                self.targets[name] = Target(group_id=group.id)

        self.database.run_now(settle)

    # -- what happens ----------------------------------------------------------------------------

    @precondition(lambda self: len(self.rows) < 8)
    @rule(
        chat=st.sampled_from(("王主任", "赵大娘", "连心群", "转发群")),
        messages=st.integers(1, 3),
        wait=st.sampled_from((0, 30)),
    )
    def add(self, chat: str, messages: int, wait: int) -> None:
        after = timedelta(seconds=wait)
        row = self.database.run_now(lambda uow: uow.outbox.add(self.targets[chat], "{}", after=after))
        self.rows[row] = Told(chat, messages, not_before=self.clock.now() + after)

    @rule(by=sender, limit=st.integers(1, 4))
    def lease(self, by: str, limit: int) -> None:
        self._lease(by, limit)

    @precondition(lambda self: any(self.held.values()))
    @rule(by=sender, number=which)
    def platform_takes_it(self, by: str, number: int) -> None:
        found = self._held(by, number)
        if found is None:
            return
        row, message = found
        told = self.rows[row.id]
        told.written[message] += 1
        if message + 1 < told.messages:
            kept = self.database.run_now(lambda uow: uow.outbox.took(row, message + 1, seconds=LEASE, by=WAY))
            assert kept is self._mine(row)
            if kept:
                told.taken, told.until = message + 1, self.clock.now() + timedelta(seconds=LEASE)
                self.held[by].append((row, message + 1))
            return
        self._settle(row, Outcome.SENT, "")

    @precondition(lambda self: any(self.held.values()))
    @rule(by=sender, number=which)
    def platform_does_not_answer(self, by: str, number: int) -> None:
        found = self._held(by, number)
        if found is not None:
            self.rows[found[0].id].written[found[1]] += 1
            self._settle(found[0], Outcome.UNKNOWN, "no answer")

    @precondition(lambda self: any(self.held.values()))
    @rule(by=sender, number=which, outcome=st.sampled_from((Outcome.QUEUED, Outcome.FAILED, Outcome.WAITING)))
    def platform_refuses(self, by: str, number: int, outcome: Outcome) -> None:
        found = self._held(by, number)
        if found is not None:
            self._settle(found[0], outcome, "refused", again_in=5 if outcome is Outcome.QUEUED else 0)

    @precondition(lambda self: any(self.held.values()))
    @rule(by=sender, number=which)
    def there_is_no_room(self, by: str, number: int) -> None:
        found = self._held(by, number)
        if found is None:
            return
        row, _ = found
        mine = self._mine(row)
        pause = timedelta(seconds=5)
        assert self.database.run_now(lambda uow: uow.outbox.postpone(row, by=pause)) is mine
        if mine:
            told = self.rows[row.id]
            told.end(Outcome.QUEUED, "", self.clock.now() + pause)
            told.attempts -= 1

    @precondition(lambda self: not self.gone and any(self.held.values()))
    @rule(by=sender, number=which)
    def we_are_removed_from_the_group(self, by: str, number: int) -> None:
        found = self._held(by, number)
        if found is None or self.rows[found[0].id].chat != "连心群":
            return
        row, way = found[0], Route(WAY, Recipient("连心群", group=True))
        self.database.run_now(lambda uow: removed(uow, row, way, last=True))
        self.gone = True
        news = max(self.database.read_now(lambda uow: [each.id or 0 for each in outbox(uow)]))
        self.rows[news] = Told("王主任", 1, not_before=self.clock.now())
        self._settle(row, Outcome.FAILED, "removed")

    @rule(seconds=st.sampled_from((1, 5, 40, 61)))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds=seconds)

    @rule(by=sender)
    def sender_dies(self, by: str) -> None:
        self.held[by].clear()

    @precondition(lambda self: self.rows)
    @rule(number=which)
    def person_resends(self, number: int) -> None:
        self._resend(*self._row(number))

    @precondition(lambda self: any(self.held.values()))
    @rule(by=sender, number=which)
    def a_sender_stalls_while_a_person_resends(self, by: str, number: int) -> None:
        """Its call ends when the row is the other sender's: nothing that it says of the row counts any more."""
        found = self._held(by, number)
        if found is None:
            return
        row, message = found
        other = SENDERS[by == SENDERS[0]]
        self.clock.advance(seconds=LEASE + 1)
        self._lease(other, 0)
        self._resend(row.id, self.rows[row.id])
        self._lease(other, 8)
        self.rows[row.id].written[message] += 1
        late: list[Callable[[UnitOfWork], bool]] = [
            lambda uow: uow.outbox.took(row, message + 1, seconds=LEASE, by=WAY),
            lambda uow: uow.outbox.postpone(row, by=timedelta(seconds=5)),
            lambda uow: uow.outbox.settle(row, Outcome.SENT),
        ]
        assert [self.database.run_now(say) for say in late] == [False, False, False]

    @precondition(lambda self: self.rows)
    @rule(number=which)
    def person_takes_it_as_sent(self, number: int) -> None:
        row, told = self._row(number)
        if self._decided(lambda uow: uow.outbox.accept(row), told, (Outcome.UNKNOWN,)):
            told.status = Outcome.SENT

    @rule(name=st.sampled_from(("王主任", "赵大娘")))
    def person_speaks(self, name: str) -> None:
        self.database.run_now(lambda uow: uow.outbox.wake(self.members[name]))
        theirs = (name, "连心群", "转发群") if name == "王主任" else (name,)
        for told in self.rows.values():
            if told.chat in theirs and told.status is Outcome.WAITING:
                told.status, told.not_before = Outcome.QUEUED, self.clock.now()

    # -- what always holds -----------------------------------------------------------------------

    @invariant()
    def the_table_is_what_the_model_says(self) -> None:
        rows = self.database.read_now(outbox)
        assert {
            row.id: (row.status, row.attempts, row.taken, row.cause, row.leased_until) for row in rows
        } == {
            number: (told.status.value, told.attempts, told.taken, told.cause, told.until)
            for number, told in self.rows.items()
        }
        sending = Counter(
            (row.member_id, row.group_id) for row in rows if row.status == Outcome.SENDING.value
        )
        assert set(sending.values()) <= {1}
        assert [row.id for row in rows if row.taken < self.most[row.id or 0]] == []
        self.most.update({row.id or 0: row.taken - self.most[row.id or 0] for row in rows})

    @invariant()
    def nothing_is_written_twice_but_by_decision(self) -> None:
        for told in self.rows.values():
            assert all(times <= 1 + told.decisions for times in told.written.values())

    @invariant()
    def what_is_in_doubt_is_shown(self) -> None:
        shown = self.database.read_now(lambda uow: uow.undelivered.unsettled())
        open_ones = (Outcome.UNKNOWN, Outcome.FAILED)
        assert {row.id for row in shown} == {n for n, told in self.rows.items() if told.status in open_ones}

    def teardown(self) -> None:
        """With both senders gone and time enough, everything that can leaves."""
        try:
            for _ in range(2 * len(self.rows) + 2):
                self.clock.advance(hours=1)
                for row in self.database.run_now(_take, 100):
                    assert self.database.run_now(_sent, row)
            left = {row.status for row in self.database.read_now(outbox)}
            assert left <= {
                Outcome.SENT.value,
                Outcome.UNKNOWN.value,
                Outcome.FAILED.value,
                Outcome.WAITING.value,
            }
            assert self.database.read_now(lambda uow: uow.outbox.quiet())
        finally:
            self.database.close()

    # -- the model -------------------------------------------------------------------------------

    def _due(self) -> list[int]:
        """The model's lease, after it gave up what was held too long: ids, in order."""
        now = self.clock.now()
        for told in self.rows.values():
            if told.status is Outcome.SENDING and told.until is not None and told.until < now:
                told.status, told.cause, told.until = Outcome.UNKNOWN, LOST, None
        first: dict[str, int] = {}
        for number in sorted(number for number, told in self.rows.items() if told.status in LIVE):
            first.setdefault(self.rows[number].chat, number)
        busy = {told.chat for told in self.rows.values() if told.status is Outcome.SENDING}
        return sorted(
            number
            for chat, number in first.items()
            if chat not in busy and self.rows[number].not_before <= now
        )

    def _lease(self, by: str, limit: int) -> None:
        expected = self._due()[:limit]
        got = self.database.run_now(_take, limit)
        assert [row.id for row in got] == expected
        for row in got:
            told = self.rows[row.id]
            told.status, told.attempts = Outcome.SENDING, told.attempts + 1
            told.until = self.clock.now() + timedelta(seconds=LEASE)
            assert (row.attempts, row.taken, row.taken_by) == (
                told.attempts, told.taken, WAY if told.taken else "",
            )  # fmt: skip
            self.held[by].append((row, row.taken))

    def _held(self, by: str, number: int) -> tuple[Outgoing, int] | None:
        """One of the sender's attempts, which is over with what follows."""
        held = self.held[by]
        return held.pop(number % len(held)) if held else None

    def _mine(self, row: Outgoing) -> bool:
        told = self.rows[row.id]
        return told.status is Outcome.SENDING and told.attempts == row.attempts

    def _settle(self, row: Outgoing, outcome: Outcome, cause: str, *, again_in: int = 0) -> None:
        mine, pause = self._mine(row), timedelta(seconds=again_in)
        done = self.database.run_now(lambda uow: uow.outbox.settle(row, outcome, cause=cause, again_in=pause))
        assert done is mine
        if mine:
            self.rows[row.id].end(outcome, cause, self.clock.now() + pause)

    def _row(self, number: int) -> tuple[int, Told]:
        return list(self.rows.items())[number % len(self.rows)]

    def _resend(self, row: int, told: Told) -> None:
        if self._decided(lambda uow: uow.outbox.resend(row), told, (Outcome.UNKNOWN, Outcome.FAILED)):
            told.status, told.not_before = Outcome.QUEUED, self.clock.now()
            told.decisions += 1

    def _decided(
        self, decide: Callable[[UnitOfWork], None], told: Told, standing: tuple[Outcome, ...]
    ) -> bool:
        try:
            self.database.run_now(decide)
        except NotFound:
            assert told.status not in standing
            return False
        assert told.status in standing
        return True


def _take(uow: UnitOfWork, limit: int) -> list[Outgoing]:
    uow.outbox.lost_leases(LOST)
    return uow.outbox.lease(limit=limit, seconds=LEASE)


def _sent(uow: UnitOfWork, row: Outgoing) -> bool:
    return uow.outbox.settle(row, Outcome.SENT)


def _run(open_database: Callable[[FrozenClock], Database], *, examples: int, steps: int) -> None:
    machine: Any = lambda: OutboxStory(open_database)  # noqa: E731 -- a factory, which the library calls a class
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize(
    ("examples", "steps"),
    [(40, 40), pytest.param(3000, 60, marks=[pytest.mark.long, pytest.mark.timeout(7200)])],
)
def test_the_outbox_is_its_model_on_sqlite(
    sqlite_template: Path, tmp_path: Path, examples: int, steps: int
) -> None:
    def open_database(clock: FrozenClock) -> Database:
        path = tmp_path / "story.db"
        for left in tmp_path.glob("story.db*"):
            left.unlink()
        shutil.copy(sqlite_template, path)
        return Database(f"sqlite:///{path}", clock.now)

    _run(open_database, examples=examples, steps=steps)


@pytest.mark.parametrize(
    ("examples", "steps"),
    [(10, 40), pytest.param(300, 60, marks=[pytest.mark.long, pytest.mark.timeout(7200)])],
)
def test_the_outbox_is_its_model_on_postgresql(
    postgres_server: postgres.Server, postgres_template: str, examples: int, steps: int
) -> None:
    made: list[str] = []

    def open_database(clock: FrozenClock) -> Database:
        with suppress(IndexError):
            postgres_server.drop(made.pop())
        made.append(postgres_server.create(postgres_template))
        return Database(made[0], clock.now)

    _run(open_database, examples=examples, steps=steps)
    postgres_server.drop(made.pop())
