"""What the bot makes of wishes against a model that knows only the contract's sentences.

The model is a dictionary and a few conditions. Whatever is done, in whatever order and by whomever, the
database, the history and the audit register have to tell the same story; what is refused changes nothing.
"""

import asyncio
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.chat.errors import DomainError
from bot.chat.turn import Chat
from handlers.wishes import use_cases
from handlers.wishes.phrases import Verdict
from handlers.wishes.use_cases import WishLimits
from storage.database import Database
from storage.members import Grant, Member, Role
from storage.uow import UnitOfWork
from tests import postgres
from tests.clock import FrozenClock

NO_LIMITS = WishLimits(0, 0)
PEOPLE = ("王主任", "李主任", "小周", "小陈", "小孙", "赵大娘")
COORDINATORS = PEOPLE[:2]
HELPERS = PEOPLE[:5]
FEW = 3
"""Wishes in one story: more would each see too little of it."""

person = st.sampled_from(PEOPLE)
helper = st.sampled_from(HELPERS)
reason = st.sampled_from(("买不到合适的", "东西还没送来", "请写清尺码"))


@dataclass
class Told:
    """A wish as the contract tells it. `story`: (action, actor, before, after) of every change of state."""

    logger: str
    content: str
    since: date
    status: str = "pending"
    claimer: str | None = None
    story: list[tuple[str, str, str, str]] = field(default_factory=list)

    def move(self, action: str, actor: str, after: str) -> None:
        self.story.append((action, actor, "" if action == "log" else self.status, after))
        self.status = after


class WishStory(RuleBasedStateMachine):
    """`open_database` gives an empty database with today's schema."""

    numbers: Bundle[int] = Bundle("numbers")

    def __init__(self, open_database: Callable[[FrozenClock], Database]) -> None:
        super().__init__()
        self.clock = FrozenClock()
        self.database = open_database(self.clock)
        self.told: dict[int, Told] = {}
        self.members: dict[str, Member] = {}
        self.place = 0

    @initialize()
    def people_settle(self) -> None:
        def settle(uow: UnitOfWork) -> None:
            self.place = uow.places.add("永续社区").id
            for name in PEOPLE:
                role = Role.COORDINATOR if name in COORDINATORS else Role.VOLUNTEER
                grants = [Grant(role, self.place)] if name in HELPERS else []
                self.members[name] = uow.members.add(name, place_id=self.place, grants=grants)

        self.database.run_now(settle)

    @precondition(lambda self: len(self.told) < FEW)
    @rule(target=numbers, by=person, content=st.sampled_from(("收音机", "棉鞋", "字典")))
    def log(self, by: str, content: str) -> int:
        wish, _ = self._do(use_cases.log, by, content, limits=NO_LIMITS)
        self.told[wish.no] = Told(by, content, self.clock.now().date())
        self.told[wish.no].move("log", by, "pending")
        number: int = wish.no
        return number

    @rule(no=numbers, by=st.sampled_from(COORDINATORS))
    def verify(self, no: int, by: str) -> None:
        wish = self.told[no]
        legal = wish.status == "pending" and by != wish.logger
        self._expect(legal, no, "verify", by, "open", use_cases.verify, Verdict.PASS, "")

    @rule(no=numbers, by=st.sampled_from(COORDINATORS), why=reason)
    def return_(self, no: int, by: str, why: str) -> None:
        wish = self.told[no]
        legal = wish.status == "pending" and by != wish.logger
        self._expect(legal, no, "return", by, "returned", use_cases.verify, Verdict.RETURN, why)

    @rule(no=numbers, by=person, content=st.sampled_from(("41 码的棉鞋", "新华字典")))
    def amend(self, no: int, by: str, content: str) -> None:
        wish = self.told[no]
        legal = wish.status == "returned" and by == wish.logger
        if self._expect(legal, no, "amend", by, "pending", use_cases.amend, content):
            wish.content = content

    @rule(no=numbers, by=helper)
    def claim(self, no: int, by: str) -> None:
        legal = self.told[no].status == "open"
        if self._expect(legal, no, "claim", by, "claimed", use_cases.claim, limits=NO_LIMITS):
            self.told[no].claimer = by

    @rule(no=numbers, claimers=st.lists(helper, min_size=2, max_size=5, unique=True))
    def several_claim_at_once(self, no: int, claimers: list[str]) -> None:
        async def all_at_once() -> list[Any]:
            return await asyncio.gather(
                *(
                    self.database.run(use_cases.claim, no, limits=NO_LIMITS, **self._as(by))
                    for by in claimers
                ),
                return_exceptions=True,
            )

        outcomes = asyncio.run(all_at_once())
        won = [
            by for by, outcome in zip(claimers, outcomes, strict=True) if not isinstance(outcome, Exception)
        ]
        assert all(isinstance(o, DomainError) for o in outcomes if isinstance(o, Exception)), outcomes
        assert len(won) == (self.told[no].status == "open")
        for by in won:
            self.told[no].move("claim", by, "claimed")
            self.told[no].claimer = by

    @rule(no=numbers, by=helper)
    def release(self, no: int, by: str) -> None:
        wish = self.told[no]
        legal = wish.status == "claimed" and by == wish.claimer
        if self._expect(legal, no, "release", by, "open", use_cases.release, "买不到合适的"):
            wish.claimer = None

    @rule(no=numbers, by=helper)
    def deliver(self, no: int, by: str) -> None:
        legal = self.told[no].status == "claimed" and by == self.told[no].claimer
        self._expect(legal, no, "deliver", by, "delivered", use_cases.deliver, "")

    @rule(no=numbers, by=person)
    def fulfil(self, no: int, by: str) -> None:
        self._expect(self._may_confirm(no, by), no, "fulfil", by, "fulfilled", use_cases.fulfil)

    @rule(no=numbers, by=person, why=reason)
    def not_received(self, no: int, by: str, why: str) -> None:
        legal = self._may_confirm(no, by)
        self._expect(legal, no, "not_received", by, "claimed", use_cases.not_received, why)

    @rule(no=numbers, by=person)
    def withdraw(self, no: int, by: str) -> None:
        wish = self.told[no]
        may = {"pending", "open", "returned"} if by in COORDINATORS or by == wish.logger else set()
        legal = wish.status in (may | {"claimed"} if by in COORDINATORS else may)
        self._expect(legal, no, "withdraw", by, "withdrawn", use_cases.withdraw)

    @rule(days=st.sampled_from((0, 1, 45, 90, 91)))
    def days_pass_and_the_nightly_job_runs(self, days: int) -> None:
        self.clock.advance(days=days)
        today = self.clock.now().date()
        self.database.run_now(use_cases.expire)
        for wish in self.told.values():
            if wish.status == "open" and wish.since + timedelta(days=90) < today:
                wish.move("expire", "", "expired")

    @invariant()
    def all_registers_tell_the_same_story(self) -> None:
        kept = self.database.read_now(self._kept)
        assert kept == {
            no: (wish.status, wish.claimer, wish.content, [step[0] for step in wish.story], wish.story)
            for no, wish in self.told.items()
        }

    def teardown(self) -> None:
        self.database.close()

    def _expect(
        self, legal: bool, no: int, action: str, by: str, after: str, use_case: Any, *words: Any, **more: Any
    ) -> bool:
        """Do it: it has to succeed when legal, and to be refused in words otherwise."""
        if legal:
            self._do(use_case, by, no, *words, **more)
            self.told[no].move(action, by, after)
        else:
            with pytest.raises(DomainError):
                self._do(use_case, by, no, *words, **more)
        return legal

    def _do(self, use_case: Any, by: str, *words: Any, **more: Any) -> Any:
        return self.database.run_now(use_case, *words, **self._as(by), **more)

    def _as(self, by: str) -> dict[str, Any]:
        member = self.members[by]
        return {"by": member, "chat": Chat(f"m:{member.id}", None, "terminal", self.place)}

    def _may_confirm(self, no: int, by: str) -> bool:
        wish = self.told[no]
        return wish.status == "delivered" and by != wish.claimer and (by == wish.logger or by in COORDINATORS)

    def _kept(self, uow: UnitOfWork) -> dict[int, Any]:
        names = {f"member:{member.id}": name for name, member in self.members.items()}
        stories: dict[str, list[tuple[str, str, str, str]]] = {}
        for entry in uow.audit.all():
            if entry.action != "look":
                step = (entry.action, names.get(entry.actor, ""), entry.before, entry.after)
                stories.setdefault(entry.subject, []).append(step)
        return {
            wish.no: (
                wish.status.value,
                wish.claimed_by_name,
                wish.content,
                [event.move.value for event in uow.wishes.history(wish.no)],
                stories[f"wish:{wish.no}"],
            )
            for wish in uow.wishes.all()
        }


def _run(open_database: Callable[[FrozenClock], Database], *, examples: int, steps: int) -> None:
    run_state_machine_as_test(
        lambda: WishStory(open_database),  # type: ignore[arg-type]
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize(
    ("examples", "steps"),
    [(40, 40), pytest.param(2000, 50, marks=[pytest.mark.long, pytest.mark.timeout(7200)])],
)
def test_wishes_follow_the_contract_on_sqlite(
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
    [(10, 40), pytest.param(300, 50, marks=[pytest.mark.long, pytest.mark.timeout(7200)])],
)
def test_wishes_follow_the_contract_on_postgresql(
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
