"""A digest to many groups over the robot's long connection, which breaks in the middle of it, in every way.

    python -m tests.bench.aibot [--groups 200] [--hold-off 5]

Timing is the product's own, on the machine's clock; only the minutes a rival is given are `--hold-off` seconds.
For each break, lost with its frame or after the frame took effect: seconds until we are subscribed again,
seconds until all is sent, how the rows ended, groups that got nothing or too much, most holders at a time.
"""

import argparse
import asyncio
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.channels.aibot_line import Timing
from bot.delivery import Delivery
from bot.pacing import SharedPacing
from storage import schema
from storage.database import Database
from tests.channels.robot import replica
from tests.platform.aibot import AibotServer
from tests.platform.aibot_line import Break
from tests.reliability.robot_digest import Delivered, connected, judge, open_groups
from tests.reliability.servers import WallClock


@dataclass(frozen=True)
class Figure:
    recovered: float
    sent: float
    delivered: Delivered
    holders: int


async def measure(folder: Path, groups: int, hold_off: float, what: Break, done: bool) -> Figure:
    clock: Any = WallClock()
    database = Database(f"sqlite:///{folder / f'{what.name}-{done}.db'}", clock.now)
    schema.upgrade(database)
    server = AibotServer(clock)
    channel = replica(
        server, await server.start(), database, clock, timing=replace(Timing(), hold_off=hold_off)
    )
    rows = open_groups(server, database, groups)
    await channel.start()
    await connected(channel)
    loop = asyncio.get_running_loop()
    server.break_at(what, nth=groups // 2, done=done)
    delivery = Delivery(database, {"wecom_aibot": channel}, clock, SharedPacing(database))
    begun = loop.time()
    await delivery.start()
    first = server.connections[0]
    await server.until(lambda: not (first.alive and first.subscribed), 120)
    broken = loop.time()
    await server.until(lambda: len(server.subscriptions) > 1, hold_off + 120)
    recovered = loop.time() - broken
    async with asyncio.timeout(300):
        while not await database.read(lambda uow: uow.outbox.quiet()):
            await asyncio.sleep(0.02)
    sent = loop.time() - begun
    await delivery.close()
    await channel.close()
    figure = Figure(recovered, sent, judge(server, database, rows), server.most_holders)
    await server.stop()
    database.close()
    return figure


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--groups", type=int, default=200)
    parser.add_argument("--hold-off", type=float, default=5.0)
    asked = parser.parse_args()
    print(f"{'break':<14}{'frame':<8}{'recovered':>10}{'all sent':>10}  lost  twice  holders  rows")
    with tempfile.TemporaryDirectory() as folder:
        for what in Break:
            for done in (False, True):
                figure = await measure(Path(folder), asked.groups, asked.hold_off, what, done)
                found = figure.delivered
                rows = ", ".join(f"{outcome.value} {count}" for outcome, count in found.outcomes.items())
                print(
                    f"{what.name:<14}{'done' if done else 'lost':<8}{figure.recovered:>8.2f} s{figure.sent:>8.2f} s"
                    f"{found.lost:>6}{found.twice:>7}{figure.holders:>9}  {rows}",
                    flush=True,
                )


if __name__ == "__main__":
    asyncio.run(main())
