"""A server killed at random moments under load: `python -m tests.bench.kill --rounds 50 [--seed N]`.

Exit code 1 when anything acknowledged was lost, anything was sent twice, or the registers disagree.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path

from tests.platform.official_account import Account as PlatformAccount
from tests.platform.official_account import OfficialAccountPlatform
from tests.reliability.kills import Account, Siege
from tests.reliability.nursery import Nursery
from tests.reliability.servers import Server, WallClock, settings
from tests.reliability.village import prepare


async def run(rounds: int, seed: int) -> Account:
    """So many kills of one server over SQLite; the account of what came of it."""
    wall = WallClock()
    platform = OfficialAccountPlatform(PlatformAccount(), wall)
    api = await platform.api.start()
    with ExitStack() as open_things:
        folder = Path(open_things.enter_context(tempfile.TemporaryDirectory(prefix="lianxin-bench-")))
        url = f"sqlite:///{folder / 'lianxin.db'}"
        village = prepare(url, wishes=60)
        nursery = open_things.enter_context(closing(Nursery()))
        server = Server(folder, settings(platform.account, api, folder, url, "dev"), nursery=nursery)
        open_things.callback(server.kill)
        account = await Siege(server, url, village, platform, wall, seed).rounds(rounds)
    await platform.api.stop()
    return account


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    asked = parser.parse_args()
    print(f"seed {asked.seed}", flush=True)
    started = time.perf_counter()
    account = asyncio.run(run(asked.rounds, asked.seed))
    seconds = time.perf_counter() - started
    print(
        f"{'kills':>5} {'seconds':>8} {'acknowledged':>12} {'in doubt':>8} {'digests':>7} {'slowest start s':>15}"
    )
    print(
        f"{asked.rounds:5} {seconds:8.1f} {account.acknowledged:12} {account.in_doubt:8} {account.digests:7}"
        f" {account.recovery:15.1f}"
    )
    for name in ("lost", "differing", "inconsistent", "damages", "sent_twice"):
        found = getattr(account, name)
        print(f"{name:>12}: {len(found)} {found[:5] or ''}")
    return 1 if account.faults else 0


if __name__ == "__main__":
    sys.exit(main())
