"""The race for wishes, large: `python -m tests.bench.claims --database sqlite|postgres --wishes 1000`.

Four people claim each wish at the same moment, over HTTP, signed and sealed: at one server over SQLite, or at
two over one PostgreSQL. Then a control: the same people in the same database, each reading whether a wish is
open and writing then. Exit code 1 when a wish went to nobody or to several, when anybody was told anything else,
when two losers were told different things, or when the control did not fail.
"""

import argparse
import asyncio
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import update

from storage.wishes import Status, WishRow
from tests import postgres
from tests.platform.official_account import Account, OfficialAccountPlatform
from tests.reliability.claims import LOST, WON, Race, careless, race
from tests.reliability.servers import Server, WallClock, serving, settings
from tests.reliability.village import opened, prepare

CLAIMERS = 4


CONTROL = 200
"""Wishes of the control."""


async def run(database: str, wishes: int, lanes: int) -> tuple[Race, int]:
    """The race, over servers started for it; and of how many wishes of the control several were told."""
    platform = OfficialAccountPlatform(Account(), WallClock())
    api = await platform.api.start()
    with ExitStack() as open_things:
        folder = Path(open_things.enter_context(tempfile.TemporaryDirectory(prefix="lianxin-bench-")))
        url = f"sqlite:///{folder / 'lianxin.db'}"
        if database == "postgres":
            url = open_things.enter_context(postgres.running(durable=True)).create()
        village = prepare(url, helpers=CLAIMERS, wishes=wishes)
        folders = [folder / f"replica-{n}" for n in range(2 if database == "postgres" else 1)]
        servers = [Server(each, settings(platform.account, api, each, url)) for each in folders]
        open_things.enter_context(serving(*servers))
        urls = [server.url for server in servers]
        outcome = await race(platform, urls, village.wishes, village.helpers, lanes=lanes)
        await platform.api.stop()
        doubled = await _control(url)
    return outcome, doubled


async def _control(url: str) -> int:
    """Every wish open again, and claimed by reading first."""
    replicas = [opened(url), opened(url)]
    reopened = update(WishRow).values(status=Status.OPEN.value, claimed_by=None)
    replicas[0].run_now(lambda uow: uow.connection.execute(reopened).rowcount)
    numbers = [wish.no for wish in replicas[0].read_now(lambda uow: uow.wishes.all())][:CONTROL]
    doubled = await careless(replicas, numbers, CLAIMERS)
    for database in replicas:
        database.close()
    return doubled


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--wishes", type=int, default=1000)
    parser.add_argument("--lanes", type=int, default=4, help="wishes under way at once")
    asked = parser.parse_args()
    outcome, doubled = asyncio.run(run(asked.database, asked.wishes, asked.lanes))
    attempts = asked.wishes * CLAIMERS
    won, lost = outcome.told[WON], outcome.told[LOST]
    print(
        f"{'database':>10} {'wishes':>7} {'claims':>7} {'seconds':>8} {'claims/s':>9}"
        f" {'won':>6} {'lost':>6} {'else':>5}"
    )
    print(
        f"{asked.database:>10} {asked.wishes:7} {attempts:7} {outcome.seconds:8.1f}"
        f" {attempts / outcome.seconds:9.0f} {won:6} {lost:6} {attempts - won - lost:5}"
    )
    print(f"wishes by number of winners: {dict(outcome.won)}")
    for text, count in outcome.losers.items():
        print(f"{count} losers were told: {text}")
    print(
        f"control, read and then write: {doubled} of {min(CONTROL, asked.wishes)} wishes had several winners"
    )
    fair = outcome.won == {1: asked.wishes} and won + lost == attempts and len(outcome.losers) == 1
    return 0 if fair and doubled else 1


if __name__ == "__main__":
    sys.exit(main())
