"""A simulated year of mornings, counted (see `tests.reliability.year`).

python -m tests.bench.year [--days 365] [--groups 50] [--replicas 2] [--seed 20260305] [--database sqlite|postgres]
"""

import argparse
import asyncio
import tempfile
import time
from contextlib import ExitStack

from storage import schema
from storage.database import Database
from tests import postgres
from tests.clock import FrozenClock
from tests.reliability.year import START, simulate


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--groups", type=int, default=50)
    parser.add_argument("--replicas", type=int, default=2)
    parser.add_argument("--seed", type=int, default=20260305)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    asked = parser.parse_args()
    with ExitStack() as things:
        if asked.database == "sqlite":
            url = f"sqlite:///{things.enter_context(tempfile.TemporaryDirectory())}/lianxin.db"
        else:
            url = things.enter_context(postgres.running()).create()
        database = Database(url, FrozenClock(START).now)
        schema.upgrade(database)
        database.close()
        begun = time.perf_counter()
        year = asyncio.run(
            simulate([url] * asked.replicas, days=asked.days, groups=asked.groups, seed=asked.seed)
        )
        seconds = time.perf_counter() - begun
    sums = year.sums
    print(
        f"{asked.days} days, {asked.groups} groups, {asked.replicas} replicas, {asked.database}: {seconds:.0f} s"
    )
    print(f"planned {year.planned} = rows {sums.planned}")
    print(
        f"sent {sums.sent} + failed {sums.failed} + unknown {sums.unknown} + skipped {sums.skipped}"
        f" (+ waiting {sums.waiting})"
    )
    print(f"skipped: {dict(year.reasons.most_common())}")
    print(
        f"messages the platform took {year.taken}, doubles {year.doubles}, repeats {year.repeats},"
        f" on days off {year.days_off}, in quiet hours {year.at_night}"
    )


if __name__ == "__main__":
    main()
