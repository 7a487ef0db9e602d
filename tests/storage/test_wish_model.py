"""What the bot makes of wishes against a model that knows only the contract's sentences.

The model is a dictionary and a few conditions. Whatever is done, in whatever order and by whomever, and however
often the process starts anew, a message is delivered again or the clock jumps: the database, the history and the
audit register have to tell the same story; what is refused changes nothing. Databases of both kinds go in step.
"""

import asyncio
import shutil
from collections.abc import Callable, Sequence
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

from bot.chat.errors import DomainError, NotAllowed
from bot.chat.turn import Chat
from handlers.wishes import use_cases
from handlers.wishes.claiming import use_cases as claiming
from handlers.wishes.claiming.reminders import Patience, look_after_claims
from handlers.wishes.closing import use_cases as closing
from handlers.wishes.phrases import Verdict
from handlers.wishes.use_cases import WishLimits
from storage.database import Database
from storage.inbox import AlreadyAnswered
from storage.members import Grant, Member, Role
from storage.uow import UnitOfWork
from storage.wishes import TRANSITIONS, Status
from tests import postgres
from tests.clock import FrozenClock

NO_LIMITS = WishLimits(0, 0)
PATIENCE = Patience(remind_after=0, return_after=14, is_workday=lambda day: day.weekday() < 5)
PEOPLE = ("王主任", "李主任", "小周", "小陈", "小孙", "赵大娘", "宋儿童")
COORDINATORS = PEOPLE[:2]
HELPERS = PEOPLE[:5]
CHILD_OFFICER = PEOPLE[6]
FOR_A_CHILD = "留守儿童想要书包"
CLOSED = {"fulfilled", "withdrawn", "expired"}
FEW, MANY = 3, 8
"""Wishes under way at once, and in one story: more would each see too little of it."""

person = st.sampled_from(PEOPLE)
helper = st.sampled_from(HELPERS)
holder = st.sampled_from((*HELPERS, "", "", "", ""))
"""Whoever has claimed the wish, where it is nobody's name: at random it would seldom be them."""
logger = st.sampled_from((*PEOPLE, "", "", "", "", "", ""))
"""The same for who logged it."""
reason = st.sampled_from(("买不到合适的", "东西还没送来", "请写清尺码"))


@dataclass
class Told:
    """A wish as the contract tells it. `story`: (action, actor, before, after) of every change of state."""

    logger: str
    content: str
    expires: date
    status: str = "pending"
    consent: str = ""
    claimer: str | None = None
    held_since: date | None = None
    promised: date | None = None
    credit: bool = False
    merged_into: int | None = None
    story: list[tuple[str, str, str, str]] = field(default_factory=list)

    def move(self, action: str, actor: str, after: str) -> None:
        self.story.append((action, actor, "" if action == "log" else self.status, after))
        self.status = after

    def held_by(self, claimer: str | None, today: date) -> None:
        self.claimer, self.held_since = claimer, today if claimer else None
        self.promised, self.credit = None, False

    def due_back(self, today: date) -> bool:
        """Fourteen Mondays to Fridays after it was claimed, or after the promised day, whichever is later."""
        if self.status != "claimed" or self.held_since is None or (self.promised and self.promised > today):
            return False
        start = max(self.held_since, self.promised or self.held_since)
        days = [start + timedelta(days=after) for after in range(1, (today - start).days + 1)]
        return len([day for day in days if day.weekday() < 5]) >= 14


@dataclass(frozen=True)
class Refused:
    """What was said instead of doing it."""

    sentence: str


class WishStory(RuleBasedStateMachine):
    """`open_databases` gives empty databases with today's schema, all of which have to tell the same."""

    numbers: Bundle[int] = Bundle("numbers")

    def __init__(self, open_databases: Callable[[FrozenClock], Sequence[Database]]) -> None:
        super().__init__()
        self.clock = FrozenClock()
        self.databases = list(open_databases(self.clock))
        self.messages = 0
        self.last: Callable[[UnitOfWork], Any] | None = None
        self.told: dict[int, Told] = {}
        self.members: dict[str, Member] = {}
        self.place = 0

    @initialize()
    def people_settle(self) -> None:
        def settle(uow: UnitOfWork) -> None:
            self.place = uow.places.add("永续社区").id
            roles = dict.fromkeys(COORDINATORS, Role.COORDINATOR) | {CHILD_OFFICER: Role.CHILD_OFFICER}
            roles = dict.fromkeys(HELPERS, Role.VOLUNTEER) | roles
            for name in PEOPLE:
                grants = [Grant(roles[name], self.place)] if name in roles else []
                self.members[name] = uow.members.add(name, place_id=self.place, grants=grants)

        for database in self.databases:
            database.run_now(settle)

    @precondition(lambda self: self._room_for_more())
    @rule(target=numbers, by=person, content=st.sampled_from(("收音机", "棉鞋", FOR_A_CHILD)))
    def log(self, by: str, content: str) -> int:
        wish, _ = self._do(use_cases.log, by, content, limits=NO_LIMITS)
        consent = "needed" if content == FOR_A_CHILD else ""
        self.told[wish.no] = Told(by, content, self._today + timedelta(days=90), consent=consent)
        self.told[wish.no].move("log", by, "pending")
        number: int = wish.no
        return number

    @precondition(lambda self: self._room_for_more())
    @rule(target=numbers, by=person, claimer=helper)
    def log_until_claimed(self, by: str, claimer: str) -> int:
        """The common beginning in one go, so that stories get beyond it."""
        no = self.log(by, "棉鞋")
        self.verify(no, next(name for name in COORDINATORS if name != by))
        self.claim(no, claimer)
        return no

    @rule(no=numbers, by=st.sampled_from(COORDINATORS))
    def verify(self, no: int, by: str) -> None:
        wish = self.told[no]
        legal = wish.status == "pending" and by != wish.logger and wish.consent != "needed"
        self._expect(legal, no, "verify", by, "open", use_cases.verify, Verdict.PASS, "")

    @rule(no=numbers, by=st.sampled_from((CHILD_OFFICER, *COORDINATORS)))
    def guardian_consents(self, no: int, by: str) -> None:
        wish = self.told[no]
        legal = wish.consent == "needed" and by == CHILD_OFFICER and wish.status in {"pending", "returned"}
        if self._expect(legal, no, "consent", by, wish.status, use_cases.consent, "奶奶王秀英同意"):
            wish.consent = "given"

    @rule(no=numbers, by=st.sampled_from((CHILD_OFFICER, *COORDINATORS)), age=st.sampled_from((13, 14, 15)))
    def an_age_is_said_in_place_of_a_guardian(self, no: int, by: str, age: int) -> None:
        wish = self.told[no]
        asked = wish.consent == "needed" and by == CHILD_OFFICER and wish.status in {"pending", "returned"}
        if self._expect(asked and age >= 14, no, "grown", by, wish.status, use_cases.consent, f"满{age}岁"):
            wish.consent = ""

    @rule(no=numbers, by=st.sampled_from(COORDINATORS), why=reason)
    def return_(self, no: int, by: str, why: str) -> None:
        wish = self.told[no]
        legal = wish.status == "pending" and by != wish.logger
        self._expect(legal, no, "return", by, "returned", use_cases.verify, Verdict.RETURN, why)

    @rule(no=numbers, by=logger, content=st.sampled_from(("41 码的棉鞋", "新华字典")))
    def amend(self, no: int, by: str, content: str) -> None:
        by = by or self.told[no].logger
        wish = self.told[no]
        legal = wish.status == "returned" and by == wish.logger
        if self._expect(legal, no, "amend", by, "pending", use_cases.amend, content):
            wish.content = content

    @rule(no=numbers, by=helper)
    def claim(self, no: int, by: str) -> None:
        legal = self.told[no].status == "open"
        if self._expect(legal, no, "claim", by, "claimed", claiming.claim, limits=NO_LIMITS):
            self.told[no].held_by(by, self._today)

    @rule(no=numbers, claimers=st.lists(helper, min_size=2, max_size=5, unique=True))
    def several_claim_at_once(self, no: int, claimers: list[str]) -> None:
        first, *others = self.databases

        async def all_at_once() -> list[Any]:
            return await asyncio.gather(
                *(first.run(claiming.claim, no, limits=NO_LIMITS, **self._as(by)) for by in claimers),
                return_exceptions=True,
            )

        outcomes = asyncio.run(all_at_once())
        won = [
            by for by, outcome in zip(claimers, outcomes, strict=True) if not isinstance(outcome, Exception)
        ]
        assert all(isinstance(o, DomainError | NotAllowed) for o in outcomes if isinstance(o, Exception)), (
            outcomes
        )
        assert len(won) == (self.told[no].status == "open")
        for by in [*won, *(each for each in claimers if each not in won)]:
            for database in others:
                with suppress(DomainError, NotAllowed):
                    database.run_now(claiming.claim, no, limits=NO_LIMITS, **self._as(by))
        for by in won:
            self.told[no].move("claim", by, "claimed")
            self.told[no].held_by(by, self._today)

    @rule(no=numbers, by=holder)
    def release(self, no: int, by: str) -> None:
        wish = self.told[no]
        by = by or wish.claimer or PEOPLE[5]
        legal = wish.status == "claimed" and by == wish.claimer
        if self._expect(legal, no, "release", by, "open", claiming.release, "买不到合适的"):
            wish.held_by(None, self._today)

    @rule(no=numbers, by=holder, to=helper)
    def hand_over(self, no: int, by: str, to: str) -> None:
        wish = self.told[no]
        by = by or wish.claimer or PEOPLE[5]
        legal = wish.status == "claimed" and by == wish.claimer != to
        if self._expect(legal, no, "handover", by, "claimed", claiming.hand_over, to, limits=NO_LIMITS):
            wish.held_by(to, self._today)

    @rule(no=numbers, by=helper, to=helper)
    def reassign(self, no: int, by: str, to: str) -> None:
        wish = self.told[no]
        legal = wish.status in {"open", "claimed"} and by in COORDINATORS and to != wish.claimer
        if self._expect(legal, no, "reassign", by, "claimed", claiming.reassign, to, limits=NO_LIMITS):
            wish.held_by(to, self._today)

    @rule(no=numbers, by=holder, days=st.sampled_from((0, 3, 40)))
    def promise(self, no: int, by: str, days: int) -> None:
        wish, day = self.told[no], self._today + timedelta(days=days)
        by = by or wish.claimer or PEOPLE[5]
        legal = wish.status == "claimed" and by == wish.claimer
        if self._expect(legal, no, "promise", by, "claimed", claiming.promise, day.isoformat()):
            wish.promised = day

    @rule(no=numbers, by=holder)
    def credit(self, no: int, by: str) -> None:
        wish = self.told[no]
        by = by or wish.claimer or PEOPLE[5]
        legal = wish.status in {"claimed", "delivered"} and by == wish.claimer
        if self._expect(legal, no, "credit", by, wish.status, claiming.credit):
            wish.credit = True

    @rule(no=numbers, by=holder)
    def take_credit_back(self, no: int, by: str) -> None:
        wish = self.told[no]
        by = by or wish.claimer or PEOPLE[5]
        legal = wish.status in {"claimed", "delivered"} and by == wish.claimer
        if self._expect(legal, no, "uncredit", by, wish.status, claiming.credit, named=False):
            wish.credit = False

    @rule(no=numbers, by=holder)
    def deliver(self, no: int, by: str) -> None:
        by = by or self.told[no].claimer or PEOPLE[5]
        legal = self.told[no].status == "claimed" and by == self.told[no].claimer
        self._expect(legal, no, "deliver", by, "delivered", claiming.deliver, "")

    @rule(no=numbers, by=logger)
    def fulfil(self, no: int, by: str) -> None:
        by = by or self.told[no].logger
        self._expect(self._may_confirm(no, by), no, "fulfil", by, "fulfilled", closing.fulfil)

    @rule(no=numbers, by=logger, why=reason)
    def not_received(self, no: int, by: str, why: str) -> None:
        by = by or self.told[no].logger
        legal = self._may_confirm(no, by)
        if self._expect(legal, no, "not_received", by, "claimed", closing.not_received, why):
            self.told[no].held_since = self._today

    @rule(no=numbers, by=person)
    def withdraw(self, no: int, by: str) -> None:
        wish = self.told[no]
        may = {"pending", "open", "returned"} if by in COORDINATORS or by == wish.logger else set()
        legal = wish.status in (may | {"claimed"} if by in COORDINATORS else may)
        self._expect(legal, no, "withdraw", by, "withdrawn", closing.withdraw)

    @rule(no=numbers, into=numbers, by=st.sampled_from(COORDINATORS))
    def merge(self, no: int, into: int, by: str) -> None:
        wish, other = self.told[no], self.told[into]
        legal = wish.status in {"pending", "open", "returned", "claimed"} and other.status not in CLOSED
        legal = legal and (wish.status != "claimed" or other.status in {"claimed", "delivered"})
        legal = legal and (wish.consent != "needed" or other.consent == "needed")
        if self._expect(legal and no != into, no, "merge", by, "withdrawn", closing.merge, into):
            other.move("absorb", by, other.status)
            for each in (wish, *(told for told in self.told.values() if told.merged_into == no)):
                each.merged_into = into

    @rule(no=numbers, by=logger, why=reason)
    def reopen(self, no: int, by: str, why: str) -> None:
        by = by or self.told[no].logger
        wish = self.told[no]
        legal = wish.status in CLOSED and wish.merged_into is None
        may = by in COORDINATORS or by == wish.logger
        after = "open" if wish.status == "fulfilled" else "pending"
        if self._expect(legal and may, no, "reopen", by, after, closing.reopen, why):
            wish.held_by(None, self._today)
            wish.expires = self._today + timedelta(days=90)

    @rule(days=st.sampled_from((0, 1, 45, 90, 91)))
    def days_pass_and_the_nightly_job_runs(self, days: int) -> None:
        self.clock.advance(days=days)
        for database in self.databases:
            database.run_now(closing.expire)
            database.run_now(look_after_claims, PATIENCE)
        for wish in self.told.values():
            if wish.status == "open" and wish.expires < self._today:
                wish.move("expire", "", "expired")
            elif wish.due_back(self._today):
                wish.move("lapse", "", "open")
                wish.held_by(None, self._today)

    @rule()
    def the_process_starts_anew(self) -> None:
        urls = [database.engine.url.render_as_string(hide_password=False) for database in self.databases]
        self.teardown()
        self.databases = [Database(url, self.clock.now) for url in urls]

    @precondition(lambda self: self.last is not None)
    @rule()
    def the_last_message_is_delivered_again(self) -> None:
        assert self.last is not None
        for database in self.databases:
            with pytest.raises((AlreadyAnswered, DomainError, NotAllowed)):
                database.run_now(self.last)

    @invariant()
    def all_registers_tell_the_same_story(self) -> None:
        told = {
            no: (
                wish.status, wish.claimer, wish.content, wish.consent, wish.promised, wish.credit,
                wish.merged_into, [step[0] for step in wish.story], wish.story,
            )
            for no, wish in self.told.items()
        }  # fmt: skip
        assert [database.read_now(self._kept) for database in self.databases] == [told] * len(self.databases)

    @invariant()
    def history_replays_to_the_same_state(self) -> None:
        for database in self.databases:
            for no, wish in self.told.items():
                status = Status.PENDING
                for event in database.read_now(lambda uow, no=no: uow.wishes.history(no))[1:]:
                    status = TRANSITIONS[status, event.move]
                assert status == wish.status

    def teardown(self) -> None:
        for database in self.databases:
            database.close()

    def _expect(
        self, legal: bool, no: int, action: str, by: str, after: str, use_case: Any, *words: Any, **more: Any
    ) -> bool:
        """Do it: it has to succeed when legal, and to be refused in words otherwise."""
        outcome = self._do(use_case, by, no, *words, **more)
        assert isinstance(outcome, Refused) is not legal, outcome
        if legal:
            self.told[no].move(action, by, after)
        return legal

    def _do(self, use_case: Any, by: str, *words: Any, **more: Any) -> Any:
        """Do it on every database, as an answer to a message of its own; the same has to come of it."""
        self.messages += 1
        key = f"message {self.messages}"

        def answer(uow: UnitOfWork) -> Any:
            if use_case is use_cases.log and uow.inbox.knows("terminal", key):
                raise AlreadyAnswered("")  # a number that is not taken is used again on one kind only
            outcome = use_case(uow, *words, **self._as(by), **more)
            uow.inbox.answer("terminal", key, "{}")
            return outcome

        outcomes: list[Any] = []
        for database in self.databases:
            try:
                outcomes.append(database.run_now(answer))
            except (DomainError, NotAllowed) as refused:
                outcomes.append(Refused(repr(refused)))
        assert outcomes == outcomes[:1] * len(outcomes)
        if not isinstance(outcomes[0], Refused):
            self.last = answer
        return outcomes[0]

    def _as(self, by: str) -> dict[str, Any]:
        member = self.members[by]
        return {"by": member, "chat": Chat(f"m:{member.id}", None, "terminal", self.place)}

    def _room_for_more(self) -> bool:
        under_way = [wish for wish in self.told.values() if wish.status not in CLOSED]
        return len(under_way) < FEW and len(self.told) < MANY

    @property
    def _today(self) -> date:
        return self.clock.now().date()

    def _may_confirm(self, no: int, by: str) -> bool:
        wish = self.told[no]
        loggers = {wish.logger, *(told.logger for told in self.told.values() if told.merged_into == no)}
        return wish.status == "delivered" and by != wish.claimer and (by in loggers or by in COORDINATORS)

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
                wish.consent.value,
                wish.promised_on,
                wish.credit,
                wish.merged_into,
                [event.move.value for event in uow.wishes.history(wish.no)],
                stories[f"wish:{wish.no}"],
            )
            for wish in uow.wishes.all()
        }


def _run(open_databases: Callable[[FrozenClock], Sequence[Database]], *, examples: int, steps: int) -> None:
    run_state_machine_as_test(
        lambda: WishStory(open_databases),  # type: ignore[arg-type]
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def _fresh_sqlite(template: Path, folder: Path, clock: FrozenClock) -> Database:
    path = folder / "story.db"
    for left in folder.glob("story.db*"):
        left.unlink()
    shutil.copy(template, path)
    return Database(f"sqlite:///{path}", clock.now)


def test_wishes_follow_the_contract_on_sqlite(sqlite_template: Path, tmp_path: Path) -> None:
    _run(lambda clock: [_fresh_sqlite(sqlite_template, tmp_path, clock)], examples=20, steps=40)


@pytest.mark.parametrize(
    ("examples", "steps"),
    [(12, 40), pytest.param(2000, 50, marks=[pytest.mark.long, pytest.mark.timeout(4 * 3600)])],
)
def test_wishes_follow_the_contract_on_both_databases_in_step(
    postgres_server: postgres.Server,
    postgres_template: str,
    sqlite_template: Path,
    tmp_path: Path,
    examples: int,
    steps: int,
) -> None:
    made: list[str] = []

    def open_both(clock: FrozenClock) -> list[Database]:
        with suppress(IndexError):
            postgres_server.drop(made.pop())
        made.append(postgres_server.create(postgres_template))
        return [_fresh_sqlite(sqlite_template, tmp_path, clock), Database(made[0], clock.now)]

    _run(open_both, examples=examples, steps=steps)
    postgres_server.drop(made.pop())
