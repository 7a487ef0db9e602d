"""Every message three times: `python -m tests.bench.redelivery --messages 5000`.

Half of the messages log a wish, half claim one, signed and sealed, over HTTP. Each is delivered at once to two
replicas over one PostgreSQL, and again after both were restarted. Exit code 1 when one was carried out other
than once, or any two deliveries of a message were answered in other words.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from storage.uow import UnitOfWork
from tests import postgres
from tests.platform.official_account import Account, OfficialAccountPlatform
from tests.reliability.servers import Server, WallClock, serving, settings
from tests.reliability.village import CHANNEL, RESIDENT, prepare, read


@dataclass(frozen=True, slots=True)
class Deliveries:
    """What three deliveries of each message came to."""

    messages: int
    done: int
    twice: int
    differing: int
    silent: int
    seconds: float

    @property
    def good(self) -> bool:
        return (self.done, self.twice, self.differing, self.silent) == (self.messages, 0, 0, 0)


async def run(messages: int, lanes: int) -> Deliveries:
    platform = OfficialAccountPlatform(Account(), WallClock())
    api = await platform.api.start()
    with ExitStack() as things:
        folder = Path(things.enter_context(tempfile.TemporaryDirectory(prefix="lianxin-bench-")))
        url = things.enter_context(postgres.running(durable=True)).create()
        village = prepare(url, wishes=messages // 2)
        folders = [folder / f"replica-{n}" for n in range(2)]
        servers = [Server(each, settings(platform.account, api, each, url)) for each in folders]
        logs = [platform.message(RESIDENT, Content=f"/心愿 第{no}次想要一台收音机") for no in village.wishes]
        claims = [
            platform.message(village.helpers[no % len(village.helpers)], Content=f"/认领 {no}")
            for no in village.wishes
        ]
        asked = [message for pair in zip(logs, claims, strict=True) for message in pair]
        said: dict[str, list[str | None]] = {message: [] for message in asked}
        started = time.perf_counter()

        async def at_once(message: str) -> None:
            both = await asyncio.gather(*(platform.deliver(server.url, message) for server in servers))
            said[message] += [answer.text for answer in both]

        async def again(message: str) -> None:
            said[message].append((await platform.deliver(servers[0].url, message)).text)

        with serving(*servers):
            await _in_lanes(asked, at_once, lanes)
        with serving(*servers):
            await _in_lanes(asked, again, lanes)
        seconds = time.perf_counter() - started
        counts = read(url, _carried_out)
    await platform.api.stop()
    return Deliveries(
        len(asked), len(counts), sum(count > 1 for count in counts.values()),
        sum(len(set(texts)) > 1 for texts in said.values()), sum(None in texts for texts in said.values()),
        seconds,
    )  # fmt: skip


async def _in_lanes(messages: Sequence[str], each: Callable[[str], Awaitable[None]], lanes: int) -> None:
    waiting = list(reversed(messages))

    async def lane() -> None:
        while waiting:
            await each(waiting.pop())

    await asyncio.gather(*(lane() for _ in range(lanes)))


def _carried_out(uow: UnitOfWork) -> Counter[str]:
    return Counter(
        entry.update_key
        for entry in uow.audit.all()
        if entry.channel == CHANNEL and entry.action in ("log", "claim")
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--lanes", type=int, default=8, help="messages under way at once")
    asked = parser.parse_args()
    account = asyncio.run(run(asked.messages, asked.lanes))
    print(account)
    return 0 if account.good else 1


if __name__ == "__main__":
    sys.exit(main())
