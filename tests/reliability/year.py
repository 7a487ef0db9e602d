"""A simulated year of mornings: replicas over one database that die, clocks that jump, platforms that fail.

A replica dies in the middle of a transaction (which is rolled back) or with a message on its way (whose lease
runs out). Each has a clock up to two hours off, set anew now and then. The platform writes down what it took.
"""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from bot.chat.channel import Recipient, Window
from bot.chat.errors import OutcomeUnknown, Undeliverable, Unreachable
from bot.chat.reply import Part
from bot.delivery import LEASE, Delivery
from handlers.digests import jobs, rules
from handlers.digests.almanac import Almanac
from handlers.digests.calendar import Calendar
from handlers.digests.rules import Sums
from handlers.digests.starter import put_starter_items
from handlers.digests.use_cases import sums
from handlers.digests.working_days import WorkingDays
from storage.database import Database
from storage.digests import PushedItemRow
from storage.push_plans import Plan
from storage.uow import UnitOfWork
from tests.clock import FrozenClock, at

START = "2026-01-05 00:00"
HOURS = (6, 7, 8, 9, 10, 11, 12, 14, 16, 18, 20, 22)
JUMP = 120
"""Minutes a clock may be off."""


class Killed(Exception):
    """The replica is gone in the middle of what it did."""


@dataclass
class Platform:
    """The channel `simulator`: takes, refuses, does not answer, or the sender dies."""

    chance: random.Random
    clock: FrozenClock
    taken: list[tuple[str, datetime, str]]
    """Group, the sender's clock, what was said."""
    name: str = "simulator"

    def routes(self) -> Sequence[Any]:
        return ()

    async def start(self) -> None:
        return

    def ready(self) -> bool:
        return True

    def render(self, to: Recipient, parts: Sequence[Part]) -> Sequence[Part]:
        return parts

    def windows(self, to: Recipient) -> Sequence[Window]:
        return ()

    async def send(self, to: Recipient, message: Part, *, key: str) -> str:
        fate = self.chance.random()
        if fate < 0.02:
            raise Undeliverable("gone")
        if fate < 0.06:
            raise Unreachable("away")
        self.taken.append((to.external_id, self.clock.now(), message.plain()))
        if fate < 0.08:
            raise OutcomeUnknown("no answer")
        if fate < 0.10:
            raise Killed
        return ""

    async def close(self) -> None:
        return


@dataclass
class Replica:
    """A process with a clock of its own over the shared database."""

    database: Database
    clock: FrozenClock
    delivery: Delivery
    off: timedelta = timedelta()

    def set(self, now: datetime) -> None:
        self.clock.set(now + self.off)

    async def plan(self, calendar: Calendar, *, dies: bool) -> None:
        """A tick; with `dies` everything is rolled back in the middle."""
        target: Any = _Dying(self.database) if dies else self.database
        try:
            await jobs.push_due(target, self.clock, {Calendar: calendar})
        except Killed:
            return


class _Dying:
    """The database of a replica that dies before its first commit."""

    def __init__(self, database: Database) -> None:
        self.read = database.read
        self._run = database.run

    async def run(self, use_case: Callable[..., Any], *args: Any) -> Any:
        def cut_off(uow: UnitOfWork) -> None:
            use_case(uow, *args)
            raise Killed

        return await self._run(cut_off)


@dataclass(frozen=True)
class Year:
    """What came of it. `doubles`: messages of a day beyond the first that one group got. `repeats`: items brought
    to a group again before their round was over. `days_off`, `at_night`: pushes that should not have been."""

    planned: int
    sums: Sums
    reasons: Counter[str] = field(default_factory=Counter)
    doubles: int = 0
    repeats: int = 0
    days_off: int = 0
    at_night: int = 0
    taken: int = 0


async def simulate(urls: Sequence[str], *, days: int, groups: int, seed: int) -> Year:
    """Live through it with one replica a URL (of the same database)."""
    logging.getLogger("bot.delivery").setLevel(logging.CRITICAL)
    chance = random.Random(seed)
    calendar = Calendar(WorkingDays(), almanac=Almanac.read(Path("absent.toml")))
    taken: list[tuple[str, datetime, str]] = []
    replicas = [_replica(url, chance, taken) for url in urls]
    first = replicas[0].database
    try:
        start = at(START)
        replicas[0].clock.set(start)
        plans = await first.run(_open_groups, groups, chance)
        for number in range(days):
            day = start + timedelta(days=number)
            await _live(replicas, day, calendar, chance, rests=number < days - 1 and chance.random() < 0.04)
        await _settle(replicas, start + timedelta(days=days))
        return await first.read(_count, days * groups, plans, calendar, taken)
    finally:
        for replica in replicas:
            replica.database.close()


async def _live(
    replicas: Sequence[Replica], day: datetime, calendar: Calendar, chance: random.Random, *, rests: bool
) -> None:
    """One day. `rests`: nothing runs on it."""
    if rests:
        return
    for hour in HOURS:
        now = day + timedelta(hours=hour, minutes=chance.randrange(60))
        for replica in replicas:
            if chance.random() < 0.1:
                replica.off = timedelta(minutes=chance.randint(-JUMP, JUMP))
            replica.set(now)
        await asyncio.gather(*(replica.plan(calendar, dies=chance.random() < 0.15) for replica in replicas))
        for replica in replicas:
            await replica.delivery.send_due()


async def _settle(replicas: Sequence[Replica], after: datetime) -> None:
    """Leases run out; what waits is tried until nothing is left."""
    for turn in range(40):
        replicas[0].off = timedelta()
        replicas[0].set(after + timedelta(hours=turn, seconds=LEASE + JUMP * 60))
        await replicas[0].delivery.send_due()


def _replica(url: str, chance: random.Random, taken: list[tuple[str, datetime, str]]) -> Replica:
    clock = FrozenClock(START)
    database = Database(url, clock.now)
    platform = Platform(random.Random(chance.random()), clock, taken)
    return Replica(database, clock, Delivery(database, {"simulator": platform}, clock, _NoLimits()))


class _NoLimits:
    async def take(self, windows: Sequence[Window]) -> None:
        return


def _open_groups(uow: UnitOfWork, count: int, chance: random.Random) -> dict[int, Plan]:
    put_starter_items(uow)
    plans: dict[int, Plan] = {}
    for n in range(count):
        push_at = time(chance.choice([7, 8, 8, 8, 9, 10, 15]), chance.choice([0, 30]))
        group = uow.groups.add(f"{n}群", place_id=None, channel="simulator", push_at=push_at)
        plan: dict[str, Any] = {}
        if n % 5 == 1:
            plan["days"] = chance.choice(["135", "1", "246", "12345"])
        if n % 5 == 2:
            plan["quiet_from"] = time(18, 0)
        if n % 5 == 3:
            plan["paused_until"] = date(2026, 1, 5) + timedelta(days=chance.randrange(30))
        if n % 10 == 4:
            plan["approval"] = True
        plans[group.id] = uow.plans.set(group.id, **plan)
    return plans


def _count(
    uow: UnitOfWork,
    planned: int,
    plans: dict[int, Plan],
    calendar: Calendar,
    taken: list[tuple[str, datetime, str]],
) -> Year:
    pushes = uow.digests.pushes()
    made = [push for push in pushes if push.status != "skipped"]
    heads = Counter((group, text.split("\n", 1)[0], now.year) for group, now, text in taken)
    brought = uow.session.exec(
        select(PushedItemRow.group_id, PushedItemRow.item_key, PushedItemRow.round).order_by(
            col(PushedItemRow.group_id)
        )
    ).all()
    once = Counter((group, key, turn if key.startswith("read-") else 0) for group, key, turn in brought)
    off = [
        push
        for push in made
        if rules.off(push.day, plans[push.group_id], workday=calendar.days.is_workday(push.day))
    ]
    plan_of = {str(group_id): plan for group_id, plan in plans.items()}
    night = [
        now
        for group, now, _ in taken
        if now.time() < rules.QUIET_BEFORE or now.time() > min(plan_of[group].quiet_from, rules.QUIET_FROM)
    ]
    return Year(
        planned=planned,
        sums=sums(pushes),
        reasons=Counter(push.reason for push in pushes if push.status == "skipped"),
        doubles=sum(count - 1 for count in heads.values()),
        repeats=sum(count - 1 for count in once.values()),
        days_off=len(off),
        at_night=len(night),
        taken=len(taken),
    )
