"""The race for wishes, large: `python -m tests.bench.claims --database sqlite|postgres --wishes 1000`.

Four people claim each wish at the same moment, over HTTP, signed and sealed: at one server over SQLite, or at
two over one PostgreSQL. Exit code 1 when a wish went to nobody or to several, or anybody was told anything else.
"""

import argparse
import asyncio
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests import postgres
from tests.platform.official_account import Account, OfficialAccountPlatform
from tests.reliability.claims import LOST, WON, Race, race
from tests.reliability.servers import Server, WallClock, serving, settings
from tests.reliability.village import prepare

CLAIMERS = 4


async def run(database: str, wishes: int, lanes: int) -> Race:
    """The race, over servers started for it."""
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
    return outcome


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--wishes", type=int, default=1000)
    parser.add_argument("--lanes", type=int, default=4, help="wishes under way at once")
    asked = parser.parse_args()
    outcome = asyncio.run(run(asked.database, asked.wishes, asked.lanes))
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
    fair = outcome.won == {1: asked.wishes} and won + lost == attempts
    return 0 if fair else 1


if __name__ == "__main__":
    sys.exit(main())
