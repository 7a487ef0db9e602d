"""A group has one push a day: with two replicas, through restarts, and whatever the clocks do."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest

from handlers.digests import jobs, rules
from handlers.digests.calendar import Calendar
from handlers.digests.starter import put_starter_items
from handlers.digests.working_days import WorkingDays
from knowledge.starter.digest import starter_items
from storage.database import Database
from storage.uow import UnitOfWork
from tests.clock import ZONE, FrozenClock, at
from tests.platform.official_account import OfficialAccountPlatform
from tests.reliability.conftest import Replicas
from tests.reliability.servers import serving
from tests.reliability.stage import knobs
from tests.reliability.village import outbox, prepare, read

BEFORE = "2026-03-05 07:59:58"


async def test_two_replicas_restarts_and_jumping_clocks_make_one_push_a_day(
    postgres_url: str, platform: OfficialAccountPlatform, replicas: Replicas
) -> None:
    village = prepare(postgres_url, push_at=time(8, 0))
    servers = replicas(2, postgres_url, env="dev")
    morning = at(BEFORE) - datetime.now(ZONE)

    def pushes() -> tuple[dict[str, int], int, int]:
        def count(uow: UnitOfWork) -> tuple[dict[str, int], int, int]:
            days = Counter(push.day.isoformat() for push in uow.digests.pushes())
            rows = [row for row in outbox(uow) if row.group_id == village.group]
            return dict(days), len(rows), len(uow.simulator.after(0, limit=100))

        found: tuple[dict[str, int], int, int] = read(postgres_url, count)
        return found

    first, both = {"2026-03-05": 1}, {"2026-03-05": 1, "2026-03-06": 1}
    for jumps, expected in [
        ((0, 7200), (first, 1, 1)),  # one two hours ahead
        ((86400, -7200), (both, 2, 2)),  # started again: one a day ahead, the other back before the push
    ]:
        for server, jump in zip(servers, jumps, strict=True):
            server.command = knobs(shift=(morning + timedelta(seconds=jump)).total_seconds(), every=0.1)
        with serving(*servers):
            await _until(lambda expected=expected: pushes() == expected)  # type: ignore[misc]
            await asyncio.sleep(0.5)
        assert pushes() == expected


@pytest.mark.parametrize(
    ("days", "groups"), [(40, 3), pytest.param(365, 50, marks=[pytest.mark.long, pytest.mark.timeout(3600)])]
)
async def test_a_year_with_jumping_clocks_has_each_push_once_and_no_item_twice(
    database: Database, database_url: str, clock: FrozenClock, tmp_path: Path, days: int, groups: int
) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    calendar = Calendar(WorkingDays.read(tmp_path / "holidays.toml"))

    def open_groups(uow: UnitOfWork) -> list[int]:
        put_starter_items(uow)
        return [
            uow.groups.add(f"{n}群", place_id=None, channel="simulator", push_at=time(7 + n % 4, 30)).id
            for n in range(groups)
        ]

    await database.run(open_groups)
    start = clock.now().replace(hour=0, minute=0)
    for day in range(days):
        hours = [8, 9, 11, *(chance.randrange(7, 13) for _ in range(2))]
        chance.shuffle(hours)
        for hour in hours:
            clock.set(start + timedelta(days=day, hours=hour, minutes=45))
            await asyncio.gather(*(jobs.push_due(database, clock, {Calendar: calendar}) for _ in range(2)))
    pushes = await database.read(lambda uow: uow.digests.pushes())
    ever = Counter((push.group_id, push.day) for push in pushes)
    assert set(ever.values()) == {1}
    assert len(ever) == days * groups
    carried = await database.read(_carried)
    reads = {item.id for item in starter_items() if item.kind == "daily_read"}
    assert {times for (_, key), times in carried.items() if key not in reads} == {1}
    for group in {group for group, _ in carried}:  # of a rota nothing comes again before all have come
        told = [carried[group, key] for key in reads]
        assert max(told) - min(told) <= 1
    made = [push for push in pushes if push.status != "skipped"]
    assert {push.digest for push in made} == {rules.DAILY}
    assert all(calendar.days.is_workday(push.day) for push in made)
    queued = await database.read(lambda uow: len(outbox(uow)))
    assert queued == len(made) > 0


def _carried(uow: UnitOfWork) -> Counter[tuple[int, str]]:
    """How often each group was brought each item."""
    found: Counter[tuple[int, str]] = Counter()
    for push in uow.digests.pushes():
        found.update((push.group_id, item.key) for item in uow.digests.sent_on(push.group_id, push.day))
    return found


async def _until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.1)
