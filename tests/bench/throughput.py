"""Messages a second, and processor time a message, of the whole pipeline: HTTP, seal, dispatcher, database.

    python -m tests.bench.throughput [--database sqlite|postgres] [--messages 1500] [--people 64]

Every figure of processor time is that of the server process alone, the lowest of the rounds, and stands
beside that of an aiohttp server that only says hello to the same requests in the same run: the ratio is
what may be compared between machines.
"""

import argparse
import asyncio
import itertools
import os
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests import postgres
from tests.platform.official_account import Account, OfficialAccountPlatform, Request
from tests.reliability.servers import Server, WallClock, serving, settings
from tests.reliability.village import RESIDENT, prepare

KINDS: dict[str, Callable[[int], str]] = {
    "/帮助 (reads, keeps the reply)": lambda n: "/帮助",
    "/心愿 … (writes a wish)": lambda n: f"/心愿 {_words(n)}",
    "/心愿单 (reads a list)": lambda n: "/心愿单",
    "a policy question": lambda n: "低保怎么申请",
}


@dataclass(frozen=True)
class Figure:
    """`second`: messages a second. `cpu`: microseconds of the server's processors a message. In ms: `median`, `p99`."""

    second: float
    cpu: float
    median: float
    p99: float


def _words(number: int) -> str:
    return "".join(chr(0x4E00 + (number * 7919 + place * 104729) % 20000) for place in range(8))


def _cpu(pid: int) -> float:
    """Seconds of processor time the process has used, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _volley(url: str, pid: int, requests: list[Request], people: int) -> Figure:
    """Post all `requests`, `people` at a time, and measure."""
    waiting: Iterator[Request] = iter(requests)
    times: list[float] = []

    async def person(session: aiohttp.ClientSession) -> None:
        for request in waiting:
            begun = time.perf_counter()
            async with session.post(url, params=request.query, data=request.body) as response:
                body = await response.text()
                assert response.status == 200, (response.status, body)
            times.append(time.perf_counter() - begun)

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=people)) as session:
        cpu, begun = _cpu(pid), time.perf_counter()
        await asyncio.gather(*(person(session) for _ in range(people)))
        seconds, cpu = time.perf_counter() - begun, _cpu(pid) - cpu
    times.sort()
    count = len(times)
    return Figure(count / seconds, cpu / count * 1e6, times[count // 2] * 1e3, times[count * 99 // 100] * 1e3)


@asynccontextmanager
async def _servers(database: str) -> AsyncIterator[tuple[OfficialAccountPlatform, Server, Server]]:
    platform = OfficialAccountPlatform(Account(), WallClock())
    api = await platform.api.start()
    with ExitStack() as open_things:
        folder = Path(open_things.enter_context(tempfile.TemporaryDirectory(prefix="lianxin-bench-")))
        url = f"sqlite:///{folder / 'lianxin.db'}"
        if database == "postgres":
            url = open_things.enter_context(postgres.running(durable=True)).create()
        prepare(url, wishes=20)
        bot = Server(folder / "bot", settings(platform.account, api, folder / "bot", url))
        hello = Server(folder, {})
        hello.command = ("tests.bench.hello", str(hello.port))
        open_things.enter_context(serving(bot, hello))
        yield platform, bot, hello
    await platform.api.stop()


async def measure(database: str, messages: int, people: int, rounds: int) -> dict[str, tuple[Figure, Figure]]:
    """For each kind of message: the bot's best figure, and that of the server that says hello."""
    numbers = itertools.count()
    best: dict[str, tuple[Figure, Figure]] = {}
    async with _servers(database) as (platform, bot, hello):
        assert bot.process is not None
        assert hello.process is not None
        for _ in range(rounds):
            for kind, words in KINDS.items():
                texts = [words(next(numbers)) for _ in range(messages)]
                requests = [platform.request(platform.message(RESIDENT, Content=text)) for text in texts]
                figures = (
                    await _volley(bot.url, bot.process.pid, requests, people),
                    await _volley(hello.url, hello.process.pid, requests, people),
                )
                known = best.get(kind, figures)
                best[kind] = (_better(known[0], figures[0]), _better(known[1], figures[1]))
    return best


def _better(one: Figure, other: Figure) -> Figure:
    return min(one, other, key=lambda figure: figure.cpu)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--messages", type=int, default=1500, help="of each kind in each round")
    parser.add_argument("--people", type=int, default=64, help="connections at once")
    parser.add_argument("--rounds", type=int, default=2)
    asked = parser.parse_args()
    best = asyncio.run(measure(asked.database, asked.messages, asked.people, asked.rounds))
    print(f"{asked.database}, {asked.people} connections, best of {asked.rounds} rounds of {asked.messages}")
    print(
        f"{'messages/s':>10} {'CPU µs':>8} {'hello µs':>8} {'ratio':>6} {'median ms':>9} {'p99 ms':>7}  message"
    )
    for kind, (bot, hello) in best.items():
        print(
            f"{bot.second:10.0f} {bot.cpu:8.0f} {hello.cpu:8.0f} {bot.cpu / hello.cpu:6.1f}"
            f" {bot.median:9.1f} {bot.p99:7.1f}  {kind}"
        )


if __name__ == "__main__":
    main()
