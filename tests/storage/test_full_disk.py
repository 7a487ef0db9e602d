"""A disk that is full: nothing is acknowledged that is not kept, and the writer recovers by itself."""

import json
import subprocess
import sys

import pytest

from storage.database import Database
from tests.clock import FrozenClock

resource = pytest.importorskip("resource", reason="this system cannot limit the size of files")

WRITE_UNTIL_FULL = """
import asyncio, json, resource, sys
from bot.clock import SystemClock
from storage.database import Database

database = Database(sys.argv[1], SystemClock().now)

async def write(start):
    said = lambda n: (lambda uow: uow.feedback.add("comment", f"{n}:" + "长" * 2000))
    return await asyncio.gather(*(database.run(said(n)) for n in range(start, start + 50)), return_exceptions=True)

def outcomes(start, answers):
    return {str(start + n): answer is None for n, answer in enumerate(answers)}

told = {}
resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, resource.RLIM_INFINITY))
for start in range(0, 1000, 50):
    told |= outcomes(start, asyncio.run(write(start)))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
told |= outcomes(1000, asyncio.run(write(1000)))
database.close()
print(json.dumps(told))
"""


def test_what_was_acknowledged_is_kept_and_nothing_else(sqlite_url: str, clock: FrozenClock) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WRITE_UNTIL_FULL, sqlite_url], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, bool] = json.loads(done.stdout)
    database = Database(sqlite_url, clock.now)
    kept = [row.text.split(":")[0] for row in database.read_now(lambda uow: uow.feedback.all())]
    database.close()
    assert kept == [number for number, acknowledged in told.items() if acknowledged]
    assert 0 < sum(told[str(n)] for n in range(1000)) < 1000
    assert all(told[str(n)] for n in range(1000, 1050))
