"""The life of wishes, lived twice: the same updates on SQLite and on PostgreSQL have to tell the same story.

Whatever is said by whomever, delivered again, cut short by a restart, or overtaken by a clock that jumps: both
houses give the same answers, queue the same messages and keep the same rows; an update heard before changes
nothing and gets its old answer; and the history of every wish, replayed from its first line, ends where the
wish stands.
"""

import asyncio
import itertools
import logging
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlmodel import col

from bot import demo
from bot.chat.update import Update
from handlers.audit.jobs import seal
from handlers.policy.library import Library
from handlers.wishes import jobs
from storage.database import Database, one_moment
from storage.details import DetailRow
from storage.seal_check import check
from storage.uow import UnitOfWork
from storage.wishes import TRANSITIONS, Consent, Move, Status, Wish, WishEvent, WishEventRow
from tests import postgres
from tests.clock import FrozenClock
from tests.handlers.town import GROUP, Town, empty_library

PEOPLE = ("王主任", "赵干事", "李书记", "小周", "小孙", "小钱", "刘网格", "张大妈", "陈大爷", "宋儿童")
COORDINATORS, HELPERS = PEOPLE[:2], PEOPLE[3:7]
CONTENTS = (
    "独居老人想要一台收音机",
    "留守儿童想要一个书包",
    "想请人修屋顶，电话13812345678",
    "给大伯买双41码棉鞋",
)
LINES = (
    "/认领 {no}", "/放弃 {no} 买不到合适的", "/送达 {no}", "/点亮 {no}", "/未达 {no} 东西还没送来", "/撤回 {no}",
    "/核实 {no} 通过", "/核实 {no} 退回 请写清尺码", "/心愿修改 {no} 想要一双42码的棉鞋", "/合并 {no} {other}",
    "/转交 {no} 小孙", "/改派 {no} 小周", "/约定 {no} {day}", "/署名 {no}", "/署名 {no} 不", "/重开 {no} 收到的是坏的",
    "/监护同意 {no} 奶奶当面同意", "/监护同意 {no} 满14岁", "/监护同意", "/核实", "下一页", "上一页", "/心愿详情 {no}",
    "/交接 小钱 给 小孙 确认", "/心愿单", "/心愿统计", "/我", "/心愿", "取消", "1", "好的",
)  # fmt: skip
JUMPS = (1, 24, -72, -1, 48, 24 * 9, 24 * 21, 24 * 95)
"""Hours the clock may jump, also back."""

log = logging.getLogger(__name__)

SAID: Counter[str] = Counter()
"""How often what happened in all runs, for the report."""

JOBS = (jobs.expire, jobs.look_after, jobs.wipe, seal)


class House:
    """The town on one database, which can be closed and opened again."""

    def __init__(self, url: str, clock: FrozenClock, library: Library) -> None:
        self._url, self._clock, self._library = url, clock, library
        self.begin()

    def begin(self) -> None:
        self.database = Database(self._url, self._clock.now)
        self.town = Town(self.database, self._clock, self._library)

    def end(self) -> None:
        self.database.close()

    def restart(self) -> None:
        self.end()
        self.begin()

    async def hear(self, update: Update) -> tuple[str, list[tuple[int | None, int | None, str]]]:
        """The answer, and what it caused elsewhere."""
        reply = await self.town.hear(update)
        return reply.to_json(), await self.database.read(_caused, update.channel, update.key)

    async def tick(self) -> list[tuple[int | None, int | None, str]]:
        """The scheduled work of wishes and of the audit, and all it ever queued."""
        for job in JOBS:
            await job(self.database, self._clock, self.town.services)
        return await self.database.read(_caused, "", "")


def _caused(uow: UnitOfWork, channel: str, key: str) -> list[tuple[int | None, int | None, str]]:
    return [(row.to.member_id, row.to.group_id, row.body) for row in uow.outbox.caused_by(channel, key)]


def _kept(uow: UnitOfWork) -> dict[str, Any]:
    """All that is kept of wishes, without the numbers a database gives its own rows."""
    names = {member.id: member.name for member in uow.members.all()}
    events: dict[int, list[WishEvent]] = {}
    for no, at, move, actor, note in uow.connection.execute(_EVENTS):
        event = WishEvent(0, at, Move(move), names.get(actor, ""), note)
        events.setdefault(no, []).append(event)
    return {
        "wishes": uow.wishes.all(),
        "events": events,
        "details": [_details(uow, subject) for subject in uow.connection.execute(_SUBJECTS).scalars()],
        "audit": uow.audit.all(),
    }


_EVENTS = select(
    col(WishEventRow.wish_no), col(WishEventRow.at), col(WishEventRow.move), col(WishEventRow.actor_id),
    col(WishEventRow.note),
).order_by(col(WishEventRow.wish_no), col(WishEventRow.id))  # fmt: skip
_SUBJECTS = (
    select(col(DetailRow.subject))
    .where(col(DetailRow.subject).like("wish:%"))
    .distinct()
    .order_by(col(DetailRow.subject))
)


def _details(uow: UnitOfWork, subject: str) -> tuple[str, list[str]]:
    """The sealed words; a note's name has the number of its event, which is the database's own."""
    return subject, sorted(uow.details.read(subject, by="", own=True).values())


@dataclass
class Replayed:
    """Where a wish stands after its history. `claimer` None: nobody; "?": whom the history does not name.

    `consent` None: what the history does not say.
    """

    status: Status = Status.PENDING
    claimer: str | None = None
    claimed_at: Any = None
    delivered_at: Any = None
    fulfilled_at: Any = None
    closed_at: Any = None
    merged: bool = False
    credit: bool = False
    consent: Consent | None = None


def replay(events: list[WishEvent]) -> Replayed:
    """The moves one after another, from nothing but the table of transitions."""
    first, *later = events
    assert first.move is Move.LOG
    at = Replayed()
    for event in later:
        at.status = TRANSITIONS[at.status, event.move]
        match event.move:
            case Move.CLAIM:
                at.claimer, at.claimed_at, at.credit = event.actor, event.at, False
            case Move.HANDOVER | Move.REASSIGN:
                at.claimer, at.claimed_at, at.credit = "?", event.at, False
            case Move.FOLLOW:
                at.claimer, at.claimed_at, at.delivered_at, at.credit = "?", event.at, None, False
            case Move.RELEASE | Move.LAPSE | Move.COME_BACK:
                at.claimer = at.claimed_at = at.delivered_at = None
                at.credit = False
            case Move.CREDIT | Move.UNCREDIT:
                at.credit = event.move is Move.CREDIT
            case Move.CONSENT | Move.GROWN:
                at.consent = Consent.GIVEN if event.move is Move.CONSENT else Consent.NOT_NEEDED
            case Move.AMEND if at.consent is Consent.NOT_NEEDED:
                at.consent = None
            case Move.DELIVER:
                at.delivered_at = event.at
            case Move.NOT_RECEIVED:
                at.delivered_at = None
            case Move.FULFIL:
                at.fulfilled_at = event.at
            case Move.MERGE:
                at.merged = True
            case Move.REOPEN:
                at.claimer = at.claimed_at = at.delivered_at = at.fulfilled_at = at.closed_at = None
                at.credit = False
            case _:
                pass
        if (
            at.status in (Status.FULFILLED, Status.WITHDRAWN, Status.EXPIRED)
            and event.move is not Move.CREDIT
        ):
            at.closed_at = event.at
    return at


def _stands(wish: Wish, replayed: Replayed) -> Replayed:
    """The wish in the words of a replay."""
    claimer = "?" if replayed.claimer == "?" and wish.claimed_by is not None else wish.claimed_by_name
    return Replayed(
        wish.status, claimer, wish.claimed_at, wish.delivered_at, wish.fulfilled_at, wish.closed_at,
        wish.merged_into is not None, wish.credit, wish.consent if replayed.consent is not None else None,
    )  # fmt: skip


class WishLife(RuleBasedStateMachine):
    """`build` gives the two houses on fresh databases with the demo in them, and the clock of both."""

    def __init__(self, build: Callable[[], tuple[FrozenClock, list[House]]]) -> None:
        super().__init__()
        self.clock, self.houses = build()
        self.runner = asyncio.Runner()
        self.keys = itertools.count(1)
        self.heard: list[tuple[Update, str]] = []
        self.ids = {name: self.houses[0].town.person(name).id for name in PEOPLE}
        self.group = next(
            str(group.id)
            for group in self.houses[0].database.read_now(lambda uow: uow.groups.all())
            if group.name == GROUP
        )

    @rule(by=st.sampled_from(PEOPLE), content=st.sampled_from(CONTENTS), private=st.booleans())
    def log(self, by: str, content: str, private: bool) -> None:
        if len(self._wishes()) < 10:
            self._say(by, f"/心愿 {content}", private)

    @rule(
        by=st.sampled_from(PEOPLE), line=st.sampled_from(LINES), no=st.integers(1, 9), other=st.integers(1, 9),
        days=st.integers(-1, 30), private=st.booleans(),
    )  # fmt: skip
    def say(self, by: str, line: str, no: int, other: int, days: int, private: bool) -> None:
        self._say(by, line.format(no=no, other=other, day=self._day(days)), private)

    @rule(
        no=st.integers(1, 9), who=st.integers(0, 9), private=st.booleans(),
        choices=st.lists(st.integers(0, 9), min_size=1, max_size=4),
    )  # fmt: skip
    def go_on(self, no: int, who: int, private: bool, choices: list[int]) -> None:
        """Steps that are likely to be legal: at random most wishes would never get beyond their beginning."""
        for choice in choices:
            wish = next((wish for wish in self._wishes() if wish.no == no), None)
            if wish is not None:
                self._say(*self._next_step(wish, choice, who), private)

    @precondition(lambda self: self.heard)
    @rule(back=st.integers(0, 30))
    def deliver_again(self, back: int) -> None:
        """The platform repeats the last update, or an older one."""
        update, answer = self.heard[-1 - back % len(self.heard)]
        before = self._same(_kept)
        assert self._both(lambda house: house.hear(update))[0] == answer
        assert self._same(_kept) == before
        SAID["delivered again"] += 1

    @rule(hours=st.sampled_from((*JUMPS, 0)))
    def trouble(self, hours: int) -> None:
        """The clock jumps and the scheduled work runs; or both houses are closed and opened again."""
        if not hours:
            for house in self.houses:
                house.restart()
            SAID["restart"] += 1
            return
        self.clock.advance(hours=hours)
        self._both(House.tick)
        SAID["clock jump"] += 1
        self._compare()

    def teardown(self) -> None:
        try:
            self.clock.advance(hours=1)
            self._both(House.tick)
            self._compare()
            for house in self.houses:
                house.database.run_now(
                    lambda uow: uow.seals.seal()
                )  # a clock set back has taken the slot before
                with one_moment(house.database) as connection:
                    checked = check(connection)
                assert (checked.faults, checked.unsealed) == ([], 0)
            SAID["run"] += 1
            log.info("%s", dict(SAID))
        finally:
            for house in self.houses:
                house.end()
            self.runner.close()

    def _say(self, by: str, text: str, private: bool) -> None:
        update = Update(
            "terminal", f"k{next(self.keys)}", str(self.ids[by]), self.clock.now(), text,
            chat=None if private else self.group,
        )  # fmt: skip
        answer, _ = self._both(lambda house: house.hear(update))
        self.heard.append((update, answer))
        SAID["said"] += 1
        self._compare()

    def _compare(self) -> None:
        """Both houses keep the same, and each wish stands where its history and the audit say."""
        kept = self._same(_kept)
        steps: dict[str, list[tuple[str, str]]] = {}
        for entry in kept["audit"]:
            if entry.after:
                steps.setdefault(entry.subject, []).append((entry.action, entry.after))
        for wish in kept["wishes"]:
            events, audited = kept["events"][wish.no], steps[f"wish:{wish.no}"]
            replayed = replay(events)
            assert _stands(wish, replayed) == replayed
            assert [action for action, _ in audited] == [event.move for event in events]
            assert audited[-1][1] == wish.status

    def _both(self, act: Callable[[House], Any]) -> Any:
        """The same in both houses, with the same outcome, which is returned."""
        first, second = (self.runner.run(act(house)) for house in self.houses)
        assert first == second
        return first

    def _same(self, read: Callable[[UnitOfWork], Any]) -> Any:
        first, second = (house.database.read_now(read) for house in self.houses)
        assert first == second
        return first

    def _wishes(self) -> list[Wish]:
        return self.houses[0].database.read_now(lambda uow: uow.wishes.all())

    def _day(self, days: int) -> str:
        day = self.clock.now().date() + timedelta(days=days)
        return f"{day.month}月{day.day}日"

    def _next_step(self, wish: Wish, choice: int, who: int) -> tuple[str, str]:
        no, holder, logger = wish.no, wish.claimed_by_name or "小周", wish.logged_by_name
        coordinator = next(name for name in COORDINATORS if name not in (logger, holder))
        helper = HELPERS[who % len(HELPERS)]
        match wish.status:
            case Status.PENDING if wish.consent == "needed":
                return "宋儿童", f"/监护同意 {no} {'满14岁' if choice < 3 else '奶奶当面同意'}"
            case Status.PENDING:
                return coordinator, f"/核实 {no} 退回 写清尺码" if choice == 0 else f"/核实 {no} 通过"
            case Status.RETURNED:
                return logger, f"/心愿修改 {no} 想要一双42码的棉鞋"
            case Status.OPEN:
                return (coordinator, f"/改派 {no} {helper}") if choice == 0 else (helper, f"/认领 {no}")
            case Status.CLAIMED:
                steps = (
                    f"/放弃 {no} 太忙", f"/转交 {no} {helper}", f"/约定 {no} {self._day(choice)}", f"/署名 {no}",
                    f"/改派 {no} {helper}", f"/署名 {no} 不",
                )  # fmt: skip
                line = steps[choice] if choice < len(steps) else f"/送达 {no} 送到家了"
                return coordinator if line.startswith("/改派") else holder, line
            case Status.DELIVERED:
                return coordinator, f"/未达 {no} 没见着" if choice < 3 else f"/点亮 {no}"
            case _:
                return coordinator, f"/重开 {no} 又坏了"


Build = Callable[[], tuple[FrozenClock, list[House]]]


@contextmanager
def houses(server: postgres.Server, template: str, file: Path, cache: Path) -> Iterator[Build]:
    """What builds fresh pairs of houses from the empty databases `template` and `file`; the pair before is removed."""
    library = empty_library(cache)
    with tempfile.TemporaryDirectory(prefix="lianxin-", dir=postgres.memory()) as name:
        folder, with_demo = Path(name), server.create(template)
        shutil.copy(file, folder / "demo.db")
        for url in (f"sqlite:///{folder / 'demo.db'}", with_demo):
            database = Database(url, FrozenClock("2026-03-02 08:00").now)
            database.run_now(demo.put)
            database.run_now(lambda uow: [uow.members.noticed(member.id) for member in uow.members.all()])
            database.close()
        made: list[str] = []

        def build() -> tuple[FrozenClock, list[House]]:
            for left in [*folder.glob("life.db*")]:
                left.unlink()
            while made:
                server.drop(made.pop())
            shutil.copy(folder / "demo.db", folder / "life.db")
            made.append(server.create(with_demo))
            clock = FrozenClock("2026-03-05 10:00")
            return clock, [House(url, clock, library) for url in (f"sqlite:///{folder / 'life.db'}", made[0])]

        yield build
        while made:
            server.drop(made.pop())


def live(build: Build, *, runs: int, steps: int, seeded: bool) -> Counter[str]:
    """So many lives of so many steps; what happened in them. `seeded`: the same ones every time."""
    SAID.clear()
    run_state_machine_as_test(
        lambda: WishLife(build),  # type: ignore[arg-type]
        settings=settings(
            max_examples=runs, stateful_step_count=steps, deadline=None, derandomize=seeded, database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    return SAID
