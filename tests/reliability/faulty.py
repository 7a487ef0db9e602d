"""Each platform with faults, two replicas of ours that deliver to it, and an account of what came of it.

Every message is one row, "#7-12" the twelfth to chat 7; every tenth is a row of two messages, so that a fault may
fall between them. The clock stands while calls are under way and moves when nothing is due, so hours of
pacing pass at once. Halfway it jumps over the life of a token, and later all tokens are taken back.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.chat.reply import Reply
from bot.delivery import Delivery
from bot.pacing import SharedPacing
from storage.database import Database
from storage.outbox import Outcome, Outgoing, Target
from storage.uow import UnitOfWork
from tests.platform.faults import Fault
from tests.platform.ledger import Entry
from tests.platform.tokens import LIFETIME
from tests.reliability.faulty_platforms import Platform

PROBABILITY: Final = 0.3
KNOWN: Final = frozenset({Fault.BUSY, Fault.GZIP})
"""Those of which a client can tell what happened."""


SHORTEST_LIFE: Final = LIFETIME - timedelta(minutes=4)
"""Of a token in our hands."""

_TAG = re.compile(r"#([0-9]+)-([0-9]+)")


@dataclass(frozen=True)
class Account:
    """What came of `messages` rows: ours, and the platform's. `violations` names what must not be."""

    messages: int
    outcomes: dict[Outcome, int]
    lost: int
    """Rows that count as sent and did not arrive whole, and rows that stand nowhere a person looks."""
    twice: int
    """Messages delivered more than once."""
    unshown: int
    """Rows that were delivered, in part or whole, and are neither sent nor shown as unknown or failed."""
    doubtful: int
    """Calls the platform did not confirm."""
    unknown: int
    """Rows in `undelivered.unsettled()` whose outcome is unknown."""
    disordered: int
    """Chats whose messages do not stand in the order they were queued in."""
    over_limits: int
    dropped: int
    fetches: int
    expiries: int
    """Of tokens, the first one that was needed included."""
    seconds: float
    exact: bool

    @property
    def violations(self) -> list[str]:
        never = {
            "lost": self.lost, "twice": self.twice, "unshown": self.unshown, "disordered": self.disordered,
            "over limits": self.over_limits, "dropped": self.dropped,
            "token fetches": max(self.fetches - self.expiries, 0),
        }  # fmt: skip
        found = [f"{name} {count}" for name, count in never.items() if count]
        if self.unknown < self.doubtful or (self.exact and self.unknown > self.doubtful):
            found.append(f"unknown {self.unknown}, not confirmed {self.doubtful}")
        return found


async def deliver_under(
    platform: Platform,
    faults: Sequence[Fault],
    url: str,
    *,
    messages: int,
    chats: int,
    seed: int,
    jumps: bool = True,
) -> Account:
    """Queue `messages`, deliver them by two replicas until the outbox is quiet, and take the account.

    `jumps`: the token ends halfway, and is taken back later.
    """
    clock = platform.clock
    first = Database(url, clock.now)
    # Two processes on one SQLite file are refused at start; a database server has two.
    second = first if first.sqlite else Database(url, clock.now)
    await platform.start()
    settled = await first.run(platform.settle, chats)
    even = bool(platform.silent & set(faults))  # who waits for silence waits for the busiest chat
    ids = await first.run(_queue, platform, [target for target, _ in settled], messages, even)
    for path in platform.paths:
        if faults:
            platform.faults.scatter(path, PROBABILITY, *faults, seed=seed)
    channels = [await platform.replica(database) for database in (first, second)]
    deliveries = [
        Delivery(database, {platform.name: channel}, clock, SharedPacing(database))
        for database, channel in zip((first, second), channels, strict=True)
    ]
    loop = asyncio.get_running_loop()
    begun, standing = loop.time(), clock.now()
    rounds = _Rounds(platform, first, deliveries, [messages // 2, 3 * messages // 4] if jumps else [])
    await rounds.all()
    seconds = loop.time() - begun
    for delivery, channel in zip(deliveries, channels, strict=True):
        await delivery.close()
        await channel.close()
    await platform.stop()
    # What passed by itself, the one taken back, and the first.
    expiries = 2 + int((clock.now() - standing) / SHORTEST_LIFE)
    account = _judge(platform, first, ids, [name for _, name in settled], expiries, seconds)
    for database in {first, second}:
        await asyncio.to_thread(database.close)
    return account


def _queue(
    uow: UnitOfWork, platform: Platform, targets: Sequence[Target], messages: int, even: bool
) -> list[int]:
    """The first two chats get a tenth of all each, so that with many an hour's limit is met; `even`: as all others."""
    counts: Counter[int] = Counter()
    rows = []
    for number in range(messages):
        chat = number % 10 if number % 10 < 2 and not even else number % len(targets)
        tag = f"#{chat}-{counts[chat]}"
        reply = Reply(tuple(platform.parts(tag, counts[chat])))
        rows.append(uow.outbox.add(targets[chat], reply.to_json()))
        counts[chat] += 1
    return rows


class _Rounds:
    """Rounds of deliveries; the clock moves in between, faster the longer nothing is due."""

    def __init__(
        self, platform: Platform, database: Database, deliveries: Sequence[Delivery], jumps: list[int]
    ) -> None:
        self._platform = platform
        self._database = database
        self._deliveries = deliveries
        self._jumps = jumps

    async def all(self) -> None:
        idle = 0
        while not await self._database.read(lambda uow: uow.outbox.quiet()):
            self._platform.people_speak()
            made = await asyncio.gather(*(delivery.send_due() for delivery in self._deliveries))
            self._disturb()
            idle = 0 if any(made) else idle + 1
            if idle:
                # A line that is down comes back in real time.
                await asyncio.sleep(0.0 if self._platform.exact else 0.005)
                self._platform.clock.advance(seconds=min(2 ** (idle - 1), 8))

    def _disturb(self) -> None:
        """A token's end, and tokens taken back, each once."""
        if not self._jumps or len(self._platform.ledger.entries) < self._jumps[0]:
            return
        del self._jumps[0]
        if self._jumps:
            self._platform.clock.advance(seconds=LIFETIME.total_seconds() + 1)
        else:
            self._platform.take_tokens_back()


def _judge(
    platform: Platform,
    database: Database,
    ids: Sequence[int],
    names: Sequence[str],
    expiries: int,
    seconds: float,
) -> Account:
    rows: dict[int, Outgoing] = {}
    for start in range(0, len(ids), 5000):  # as many parameters as a statement may have
        rows |= database.read_now(lambda uow, some: uow.outbox.with_ids(some), ids[start : start + 5000])
    shown = database.read_now(lambda uow: uow.undelivered.unsettled(limit=1_000_000))
    delivered = platform.ledger.delivered()
    arrived = Counter((_tag(entry), entry.kind) for entry in delivered)
    whole = Counter(tag for tag, _ in arrived)
    told = {row.id for row in shown}
    lost = unshown = 0
    for row in rows.values():
        parts = Reply.from_json(row.body).parts
        reached = whole[parts[0].plain()]
        if row.status is Outcome.SENT:
            lost += reached < len(parts)
        else:
            lost += row.id not in told
            unshown += bool(reached) and row.id not in told
    return Account(
        messages=len(rows),
        outcomes=dict(Counter(row.status for row in rows.values())),
        lost=lost,
        twice=sum(times - 1 for times in arrived.values()),
        unshown=unshown,
        doubtful=sum(
            count for (path, fault), count in platform.faults.happened.items()
            if path in platform.paths and fault not in KNOWN
        ),
        unknown=sum(row.status is Outcome.UNKNOWN for row in shown),
        disordered=sum(not _in_order([entry for entry in delivered if entry.to == name]) for name in names),
        over_limits=len(platform.ledger.over_limits()),
        dropped=len(platform.ledger.dropped()),
        fetches=platform.fetches(),
        expiries=expiries,
        seconds=seconds,
        exact=platform.exact,
    )  # fmt: skip


def _tag(entry: Entry) -> str:
    found = _TAG.search(entry.content)
    assert found is not None, entry
    return found[0]


def _in_order(entries: Sequence[Entry]) -> bool:
    places = [(int(_tag(entry).rsplit("-")[-1]), entry.kind == "news") for entry in entries]
    return places == sorted(places)
