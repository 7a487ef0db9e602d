"""A digest to many groups over the robot's long connection, while it breaks."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from bot.channels.wecom_aibot import WecomAibot
from bot.chat.channel import Channel
from bot.chat.reply import Reply
from bot.delivery import Delivery
from bot.pacing import SharedPacing
from storage.database import Database
from storage.outbox import Outcome, Target
from storage.uow import UnitOfWork
from tests.clock import FrozenClock
from tests.platform.aibot import AibotServer


def chat(number: int) -> str:
    return f"wr{number:04}"


def open_groups(server: AibotServer, database: Database, count: int) -> list[int]:
    """Groups somebody has spoken in, and their digests, queued; returns the rows."""
    for number in range(count):
        server.chats.add_group(chat(number), "lihua")
        server.chats.heard("lihua", chat(number))

    def put(uow: UnitOfWork) -> list[int]:
        rows = []
        for number in range(count):
            group = uow.groups.add(
                f"{number}群", place_id=None, channel="wecom_aibot", external_id=chat(number)
            )
            rows.append(uow.outbox.add(Target(group_id=group.id), Reply.text(f"早报 {number}").to_json()))
        return rows

    return database.run_now(put)


@dataclass(frozen=True)
class Delivered:
    """How the rows ended, and how often each group got its digest."""

    outcomes: Mapping[Outcome, int]
    lost: int
    """Groups that did not get it although their row says so, and rows that are neither sent nor unknown."""
    twice: int


async def send_all(
    database: Database, clock: FrozenClock, channels: Mapping[str, Channel], *, seconds: float = 60.0
) -> None:
    """Deliver until nothing is queued any more; the clock runs ahead while nothing can be done."""
    delivery = Delivery(database, channels, clock, SharedPacing(database))
    async with asyncio.timeout(seconds):
        while not await database.read(lambda uow: uow.outbox.quiet()):
            if not await delivery.send_due():
                await asyncio.sleep(0.005)
                clock.advance(seconds=1)
    await delivery.close()


def judge(server: AibotServer, database: Database, rows: list[int]) -> Delivered:
    found = database.read_now(lambda uow: uow.outbox.with_ids(rows))
    arrived = Counter(entry.to for entry in server.ledger.delivered())
    lost = 0
    for number, row in enumerate(rows):
        outcome = found[row].status
        assert json.loads(found[row].body)["parts"][0]["text"] == f"早报 {number}"
        if outcome not in (Outcome.SENT, Outcome.UNKNOWN) or (
            outcome is Outcome.SENT and not arrived[chat(number)]
        ):
            lost += 1
    outcomes = Counter(found[row].status for row in rows)
    return Delivered(dict(outcomes), lost, sum(1 for times in arrived.values() if times > 1))


async def connected(channel: WecomAibot, seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not channel.ready():
            await asyncio.sleep(0.002)
