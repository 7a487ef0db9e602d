"""Planning and queuing the morning of many groups: seconds, memory, and whether the cost of a group stays the same.

    python -m tests.bench.mornings [--groups 10000] [--database sqlite|postgres] [--had 200]

`--had`: how many items each group was brought before, as after a year. The first tick makes the morning, the
second is one that finds all made. Seconds are of the wall clock, memory is the highest of the process so far.
"""

import argparse
import asyncio
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import insert

from handlers.digests import jobs
from handlers.digests.almanac import Almanac
from handlers.digests.calendar import Calendar
from handlers.digests.starter import put_starter_items
from handlers.digests.working_days import WorkingDays
from storage import schema
from storage.database import Database
from storage.digests import PushedItemRow
from storage.groups import GroupRow
from storage.uow import UnitOfWork
from tests import postgres
from tests.clock import FrozenClock

DAY = date(2026, 3, 5)
PLACES = 200


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--groups", type=int, default=10_000)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--had", type=int, default=200)
    asked = parser.parse_args()
    print(f"{asked.database}, {asked.had} items had by each group")
    print(f"{'groups':>8} {'seconds':>8} {'ms/group':>9} {'idle tick ms':>13} {'MB':>6}")
    for groups in sorted({min(size, asked.groups) for size in (1000, 5000, asked.groups)}):
        with _database(asked.database) as url:
            seconds, idle = asyncio.run(morning(url, groups, asked.had))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{groups:>8} {seconds:>8.2f} {seconds / groups * 1000:>9.3f} {idle * 1000:>13.1f} {peak:>6.0f}"
        )


async def morning(url: str, groups: int, had: int) -> tuple[float, float]:
    """Seconds of the tick that makes the morning of so many groups, and of the next one."""
    clock = FrozenClock("2026-03-05 07:00")
    database = Database(url, clock.now)
    try:
        schema.upgrade(database)
        await database.run(_settle, groups, had)
        clock.set("2026-03-05 08:00")
        calendar = Calendar(WorkingDays(), almanac=Almanac.read(Path("absent.toml")))
        services = {Calendar: calendar}
        begun = time.perf_counter()
        await jobs.push_due(database, clock, services)
        made = time.perf_counter()
        await jobs.push_due(database, clock, services)
        idle = time.perf_counter() - made
        pushes = await database.read(lambda uow: uow.digests.pushes())
        assert {push.status for push in pushes} == {"queued"}
        assert len(pushes) == groups
        return made - begun, idle
    finally:
        database.close()


def _settle(uow: UnitOfWork, groups: int, had: int) -> None:
    put_starter_items(uow)
    places = [uow.places.add(f"{n}村").id for n in range(PLACES)]
    rows = [
        {
            "name": f"{n}群", "place_id": places[n % PLACES], "channel": "by_hand", "external_id": "",
            "webhook": "", "push_at": GroupRow.model_fields["push_at"].default, "subscribed": True,
            "purpose": "", "created_at": uow.now,
        }
        for n in range(groups)
    ]  # fmt: skip
    uow.connection.execute(insert(GroupRow), rows)
    keys = [item.key for item in uow.digests.shelf(DAY)][:had]
    ids = [group.id for group in uow.groups.all()]
    for start in range(0, len(ids), 500):
        brought = [
            {"group_id": group_id, "item_key": key, "round": 0, "day": DAY - timedelta(days=9), "place": 1}
            for group_id in ids[start : start + 500]
            for key in keys
        ]
        if brought:
            uow.connection.execute(insert(PushedItemRow), brought)


@contextmanager
def _database(kind: str) -> Iterator[str]:
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/lianxin.db"
        return
    with postgres.running() as server:
        yield server.create()


if __name__ == "__main__":
    main()
