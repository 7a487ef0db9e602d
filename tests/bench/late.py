"""The platform's five seconds: `python -m tests.bench.late --senders 200`.

As many people write at the same moment to a server whose handler takes longer than the platform waits. Each
callback must be answered, or acknowledged, within 4.0 s, and the answers that were late
must all arrive, once. Exit code 1 otherwise.
"""

import argparse
import asyncio
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.platform.official_account import Account, OfficialAccountPlatform
from tests.reliability.servers import Server, WallClock, serving, settings
from tests.reliability.stage import SLOW, knobs
from tests.reliability.village import prepare

WITHIN = 4.0
"""Seconds in which a callback is answered or acknowledged."""


@dataclass(frozen=True, slots=True)
class Late:
    senders: int
    slowest: float
    """Seconds until a callback was answered or acknowledged."""
    over: int
    inline: int
    arrived: int
    doubled: int

    @property
    def good(self) -> bool:
        return (self.over, self.doubled) == (0, 0) and self.inline + self.arrived == self.senders


async def run(senders: int, slow: float) -> Late:
    platform = OfficialAccountPlatform(Account(), WallClock())
    api = await platform.api.start()
    with tempfile.TemporaryDirectory(prefix="lianxin-bench-") as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'lianxin.db'}"
        village = prepare(url, helpers=senders)
        server = Server(folder, settings(platform.account, api, folder, url), knobs(slow=slow))
        # Every other handler is slow; all wait in one process.
        messages = [
            platform.message(who, Content=f"/心愿 收音机{SLOW if n % 2 else ''}")
            for n, who in enumerate(village.helpers)
        ]
        with serving(server):
            answers = await asyncio.gather(*(platform.deliver(server.url, each) for each in messages))
            inline = sum(answer.text is not None for answer in answers)
            until = asyncio.get_running_loop().time() + 60
            while len(platform.api.delivered) < senders - inline:
                if asyncio.get_running_loop().time() > until:
                    break
                await asyncio.sleep(0.1)
            await asyncio.sleep(2)
    await platform.api.stop()
    took = [attempt.seconds for answer in answers for attempt in answer.attempts]
    arrived = Counter(message.openid for message in platform.api.delivered)
    return Late(
        senders, max(took), sum(seconds > WITHIN for seconds in took), inline, len(arrived),
        sum(count > 1 for count in arrived.values()),
    )  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--senders", type=int, default=200)
    parser.add_argument("--slow", type=float, default=6.0, help="seconds the slow handlers take")
    asked = parser.parse_args()
    late = asyncio.run(run(asked.senders, asked.slow))
    print(late)
    return 0 if late.good else 1


if __name__ == "__main__":
    sys.exit(main())
