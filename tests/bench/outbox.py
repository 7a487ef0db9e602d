"""The outbox while a third of all calls fail, in each way a platform can fail.

    python -m tests.bench.outbox [--messages 10000] [--channel official_account …] [--fault BUSY …]
                                 [--database sqlite|postgres] [--chats 64] [--seed 1]

For each channel and fault: that many messages to people and groups, through two replicas of ours over one
database, 30 % of the calls failing in that way (ALL: in any). Exit code 1 when a message was lost or came twice,
an outcome in doubt is not shown to a person, an order was not kept, a limit of the platform was passed, or a token
was fetched more than once for each that ended. `doubt`: calls the platform did not confirm.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from storage import schema
from storage.database import Database
from storage.outbox import Outcome
from tests import postgres
from tests.clock import FrozenClock
from tests.platform.faults import Fault
from tests.reliability.faulty import Account, deliver_under
from tests.reliability.faulty_platforms import PLATFORMS, Platform

PATIENT, IMPATIENT, ACK = 60.0, 1.5, 0.25
"""Real seconds a call of ours waits: for ever, but where slowness is the fault. On the robot's line a doubt more
proves nothing, so it may be short."""

HEAD = (
    f"{'channel':<17}{'fault':<17}{'sent':>6}{'unknown':>8}{'doubt':>6}{'failed':>7}{'lost':>5}{'twice':>6}"
    f"{'order':>6}{'limits':>7}{'dropped':>8}{'tokens':>7}{'s':>7}{'msg/s':>7}"
)


def line(channel: str, fault: str, found: Account) -> str:
    outcomes = found.outcomes
    tokens = f"{found.fetches}/{found.expiries}" if found.fetches else "-"
    return (
        f"{channel:<17}{fault:<17}{outcomes.get(Outcome.SENT, 0):>6}{found.unknown:>8}{found.doubtful:>6}"
        f"{outcomes.get(Outcome.FAILED, 0):>7}{found.lost:>5}{found.twice:>6}{found.disordered:>6}"
        f"{found.over_limits:>7}{found.dropped:>8}{tokens:>7}"
        f"{found.seconds:>7.0f}{found.messages / found.seconds:>7.0f}  {'; '.join(found.violations)}"
    )


def measured(
    kind: type[Platform], faults: Sequence[Fault], url: str, messages: int, chats: int, seed: int
) -> Account:
    silent = kind.silent & set(faults)
    patience = PATIENT if not silent else IMPATIENT if kind.exact else ACK
    platform = kind(FrozenClock(), patience)
    return asyncio.run(deliver_under(platform, faults, url, messages=messages, chats=chats, seed=seed))


@contextmanager
def database(kind: str) -> Iterator[str]:
    """The URL of an empty database with today's schema, on a disk that is flushed."""
    with ExitStack() as things:
        folder = Path(things.enter_context(tempfile.TemporaryDirectory(prefix="lianxin-bench-")))
        url = f"sqlite:///{folder / 'lianxin.db'}"
        if kind == "postgres":
            url = things.enter_context(postgres.running(durable=True)).create()
        opened = Database(url, FrozenClock().now)
        schema.upgrade(opened)
        opened.close()
        yield url


def main() -> int:
    names = [kind.name for kind in PLATFORMS]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--chats", type=int, default=64)
    parser.add_argument("--channel", nargs="+", choices=names, default=names)
    parser.add_argument("--fault", nargs="+", choices=[*(fault.name for fault in Fault), "NONE", "ALL"])
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    logging.getLogger("bot").setLevel(logging.ERROR)
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # it writes to clients that have gone
    print(f"{asked.database}, {asked.messages} messages, {asked.chats} chats, seed {asked.seed}\n{HEAD}")
    bad = 0
    for kind in PLATFORMS:
        if kind.name not in asked.channel:
            continue
        ways = {"NONE": (), **{fault.name: (fault,) for fault in kind.faults_known}, "ALL": kind.faults_known}
        for name, faults in ways.items():
            if asked.fault and name not in asked.fault:
                continue
            with database(asked.database) as url:
                found = measured(kind, faults, url, asked.messages, asked.chats, asked.seed)
            print(line(kind.name, name, found), flush=True)
            bad += bool(found.violations)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
