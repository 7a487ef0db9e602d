"""How fast the audit register is sealed and verified.

    python -m tests.bench.audit [--rows 1000000] [--database sqlite|postgres]

Exit code 1 when the check of the untouched register finds a fault, or that of the touched one does not name
the one row that was changed.
"""

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert, text

from storage import append_only, schema
from storage.audit import AuditRow
from storage.database import Database, one_moment
from storage.seal_check import Checked, Fault, check
from storage.uow import UnitOfWork
from tests import postgres
from tests.clock import FrozenClock

AT_ONCE = 10_000


def _fill(uow: UnitOfWork, first: int, count: int) -> None:
    """Rows as moves of wishes write them."""
    rows = [
        {
            "at": uow.now + timedelta(seconds=number), "actor": f"member:{number % 2250}", "action": "claim",
            "subject": f"wish:{number % 50_000}", "before": "open", "after": "claimed",
            "channel": "official_account", "update_key": f"{24_000_000_000_000_000 + number}",
        }
        for number in range(first, first + count)
    ]  # fmt: skip
    uow.connection.execute(insert(AuditRow), rows)


def _checked(database: Database) -> tuple[Checked, float]:
    begun = time.perf_counter()
    with one_moment(database) as connection:
        result = check(connection)
    return result, time.perf_counter() - begun


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--rows", type=int, default=1_000_000)
    asked = parser.parse_args()
    with ExitStack() as open_things:
        folder = Path(open_things.enter_context(tempfile.TemporaryDirectory(prefix="lianxin-bench-")))
        url = f"sqlite:///{folder / 'lianxin.db'}"
        if asked.database == "postgres":
            url = open_things.enter_context(postgres.running(durable=True)).create()
        clock = FrozenClock()
        database = Database(url, clock.now)
        open_things.callback(database.close)
        schema.upgrade(database)
        for first in range(0, asked.rows, AT_ONCE):
            database.run_now(_fill, first, min(AT_ONCE, asked.rows - first))
        clock.advance(seconds=asked.rows)
        begun, slowest, seals = time.perf_counter(), 0.0, 0
        while True:
            since = time.perf_counter()
            if database.run_now(lambda uow: uow.seals.seal()) is None:
                break
            slowest, seals = max(slowest, time.perf_counter() - since), seals + 1
        sealing = time.perf_counter() - begun
        clean, seconds = _checked(database)
        middle = asked.rows // 2
        with database.engine.begin() as connection:
            append_only.release(connection)
            changed = text("UPDATE audit SET actor = 'member:x' WHERE id = :row")
            connection.execute(changed, {"row": middle})
        touched, _ = _checked(database)
    print(
        f"{'database':>10} {'rows':>9} {'seals':>6} {'sealing s':>9} {'slowest s':>9} {'verify s':>8} {'rows/s':>9}"
    )
    print(
        f"{asked.database:>10} {asked.rows:9} {seals:6} {sealing:9.1f} {slowest:9.2f} {seconds:8.1f}"
        f" {asked.rows / seconds:9.0f}"
    )
    named = [(each.fault, each.row) for each in touched.faults]
    print(f"faults of the untouched register: {clean.count}; with row {middle} changed: {touched.faults}")
    return 0 if not clean.count and clean.rows == asked.rows and named == [(Fault.ROW_CHANGED, middle)] else 1


if __name__ == "__main__":
    sys.exit(main())
