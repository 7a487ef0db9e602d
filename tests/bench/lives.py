"""Lives of wishes in lockstep on SQLite and PostgreSQL: `python -m tests.bench.lives [--runs 2000] [--steps 50]`.

As `tests/reliability/test_wish_life.py`, with as many runs as there is time for. A difference ends it with the
shortest story that shows it. After each run, what happened so far goes to standard error.
"""

import argparse
import logging
import tempfile
import time
from pathlib import Path

from storage import schema
from storage.database import Database
from tests import postgres
from tests.clock import FrozenClock
from tests.reliability.wish_life import houses, live


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--steps", type=int, default=50)
    asked = parser.parse_args()
    told = logging.getLogger("tests.reliability.wish_life")
    told.setLevel(logging.INFO)
    told.addHandler(logging.StreamHandler())
    with postgres.running() as server, tempfile.TemporaryDirectory(prefix="lianxin-bench-") as name:
        template, file = server.create(), Path(name) / "empty.db"
        for url in (template, f"sqlite:///{file}"):
            database = Database(url, FrozenClock().now)
            schema.upgrade(database)
            database.close()
        begun = time.perf_counter()
        with houses(server, template, file, Path(name)) as build:
            happened = live(build, runs=asked.runs, steps=asked.steps, seeded=False)
        seconds = time.perf_counter() - begun
    print(
        f"{happened['run']} runs of {asked.steps} steps in {seconds:.0f} s: {dict(happened)}; differences: 0"
    )


if __name__ == "__main__":
    main()
