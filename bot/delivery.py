"""Delivery: from the outbox to the channels.

Rows are leased one a chat, oldest first, so order holds in each chat. A fault known not to have delivered
is tried again with growing, jittered pauses; an attempt without an answer becomes `unknown` and is left to
a person. A reply that makes several messages goes on, after a fault, behind the last one taken.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot import phrases
from bot.chat.channel import Channel, Pacing
from bot.chat.errors import (
    ChannelError,
    Misconfigured,
    OutcomeUnknown,
    Removed,
    Throttled,
    Undeliverable,
    Unreachable,
    WindowClosed,
)
from bot.chat.public import for_group
from bot.chat.reply import Reply
from bot.clock import Clock
from bot.routes import Route, removed, routes
from storage.database import Database
from storage.outbox import Outcome, Outgoing
from storage.uow import UnitOfWork

log = logging.getLogger(__name__)

LEASE = 60.0
"""Seconds an attempt may take; after that its outcome counts as unknown."""

IDLE = 2.0
"""Seconds between looks at the outbox when nothing wakes the sender (another replica may have queued)."""

ATTEMPTS = 12
"""After as many attempts known not to have delivered, a message has failed: about an hour of them. Where a third
of all calls fails it is one message in two million."""

FIRST_PAUSE = 5.0
LONGEST_PAUSE = 600.0
"""Seconds between attempts, the first doubled with each; half as much chance on either side."""

ELSEWHERE = timedelta(seconds=1)
"""Until the replica that holds the connection takes a row, or this one holds it."""

OPERATOR_PAUSE = timedelta(minutes=5)
"""Between tries while the operator has to act."""

OPERATOR_PATIENCE = timedelta(hours=24)
"""After as long, what waits for the operator has failed: news of yesterday."""

LANES = 32
"""Attempts at once. A chat has one at a time, so one that hangs holds up nobody else."""

PARTING = 9.0
"""Seconds a closing sender waits for attempts on their way: what is cut off ends as `unknown`."""


@dataclass(slots=True)
class Attempt:
    """One go at a row. `taken` counts the messages of it that the platform took, in this go and those before."""

    row: Outgoing
    taken: int


class LeaseLost(Exception):
    """The attempt took too long and counts as unknown: whether the row goes on is a person's to say by now."""


class Delivery:
    """Sends what stands in the outbox, in the background, until closed."""

    def __init__(
        self, database: Database, channels: Mapping[str, Channel], clock: Clock, pacing: Pacing
    ) -> None:
        self._database = database
        self._channels = channels
        self._clock = clock
        self._pacing = pacing
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._attempts: set[asyncio.Task[None]] = set()
        self._closing = False

    async def start(self) -> None:
        loop = asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(self._wake.set)

        self._database.on_outbox = wake
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Take nothing more, and wait for what is on its way. Close the channels after this."""
        self._database.on_outbox = lambda: None
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await self._task
        if self._attempts:
            _, late = await asyncio.wait(self._attempts, timeout=PARTING)
            for attempt in late:
                attempt.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def send_due(self) -> int:
        """Send what is due now, and wait for how it ends; returns how many attempts were made."""
        attempts = await self._start_due()
        await asyncio.gather(*attempts)
        return len(attempts)

    async def _run(self) -> None:
        while not self._closing:
            self._wake.clear()
            try:
                await self._start_due()
            except Exception:  # a worker's outermost loop: the database may be away for a moment
                log.exception("delivery_failed")
            try:
                await asyncio.wait_for(self._wake.wait(), IDLE)
            except TimeoutError:
                continue

    async def _start_due(self) -> list[asyncio.Task[None]]:
        free = LANES - len(self._attempts)
        if free <= 0 or await self._database.read(lambda uow: uow.outbox.quiet()):
            return []
        away = [name for name, channel in self._channels.items() if not channel.ready()]
        rows = await self._database.run(_take, free, away)
        attempts = [asyncio.create_task(self._attempt_and_wake(row)) for row in rows]
        self._attempts.update(attempts)
        for attempt in attempts:
            attempt.add_done_callback(self._attempts.discard)
        return attempts

    async def _attempt_and_wake(self, row: Outgoing) -> None:
        try:
            await self._attempt(row)
        except Exception:  # a worker's outermost loop: the lease runs out, the outcome is unknown
            log.exception("attempt_failed", extra={"outbox": row.id})
        self._wake.set()

    async def _attempt(self, row: Outgoing) -> None:
        known = ways = await self._database.read(routes, row, frozenset(self._channels))
        if row.taken_by:  # another way cuts a reply otherwise: what is left of it there cannot be told
            ways = [way for way in known if way.channel == row.taken_by]
        here = [way for way in ways if self._channels[way.channel].ready()]
        if not ways:
            outcome = Outcome.WAITING if row.to.member_id else Outcome.FAILED
            await self._settle(row, outcome, phrases.NO_CHANNEL)
        elif not here:
            await self._postpone(row, ELSEWHERE)
        else:
            await self._try(Attempt(row, row.taken), here, known=len(known))

    async def _try(self, attempt: Attempt, ways: Sequence[Route], *, known: int) -> None:
        """By the first way; where that can never be, and nothing was taken yet, by the next.

        `known`: how many ways there are, those included that cannot be tried now.
        """
        refused: list[ChannelError] = []
        for way in ways:
            try:
                receipt = await self._send(attempt, way)
            except (Undeliverable, Misconfigured) as error:
                refused.append(error)
                if isinstance(error, Removed):
                    last = sum(isinstance(each, Removed) for each in refused) == known
                    await self._database.run(removed, attempt.row, way, last=last)
                if attempt.taken:
                    break
            except (Throttled, Unreachable, OutcomeUnknown) as error:
                await self._interrupted(attempt.row, error)
                return
            except LeaseLost:
                log.warning("lease_lost", extra={"outbox": attempt.row.id})
                return
            else:
                await self._settle(attempt.row, Outcome.SENT, receipt=receipt)
                return
        await self._cannot(attempt.row, refused[0])

    async def _send(self, attempt: Attempt, way: Route) -> str:
        """Send what was not taken yet; returns the receipt of the last message. Raises `LeaseLost`."""
        channel, row = self._channels[way.channel], attempt.row
        reply = Reply.from_json(row.body)
        said = reply if row.to.group_id is None else for_group(reply)
        messages = [*way.before, *channel.render(way.to, said.parts)]
        receipt = ""
        while attempt.taken < len(messages):
            await self._pacing.take(channel.windows(way.to))
            receipt = await channel.send(
                way.to, messages[attempt.taken], key=f"outbox:{row.id}:{attempt.taken}"
            )
            attempt.taken += 1
            if attempt.taken < len(messages) and not await self._database.run(
                _took, row, attempt.taken, way.channel
            ):
                raise LeaseLost
        return receipt

    async def _interrupted(self, row: Outgoing, error: ChannelError) -> None:
        if isinstance(error, OutcomeUnknown):
            await self._settle(row, Outcome.UNKNOWN, error.sentence)
        elif isinstance(error, Throttled) and error.after is not None:
            await self._postpone(row, timedelta(seconds=error.after), error.sentence)
        elif row.tries >= ATTEMPTS:
            await self._settle(row, Outcome.FAILED, error.sentence)
        else:
            jitter = 0.5 + int.from_bytes(self._clock.token(2)) / 65536
            pause = timedelta(seconds=min(FIRST_PAUSE * 2 ** (row.tries - 1), LONGEST_PAUSE) * jitter)
            await self._settle(row, Outcome.QUEUED, error.sentence, again_in=pause)

    async def _cannot(self, row: Outgoing, error: ChannelError) -> None:
        if isinstance(error, WindowClosed):
            await self._settle(row, Outcome.WAITING, error.sentence)
        elif not isinstance(error, Misconfigured):
            await self._settle(row, Outcome.FAILED, error.sentence)
        elif row.asked_at is not None and self._clock.now() - row.asked_at < OPERATOR_PATIENCE:
            await self._postpone(row, OPERATOR_PAUSE, error.sentence)
        else:
            hours = int(OPERATOR_PATIENCE.total_seconds() // 3600)
            await self._settle(
                row, Outcome.FAILED, phrases.TOO_LATE.format(hours=hours, cause=error.sentence)
            )

    async def _postpone(self, row: Outgoing, by: timedelta, cause: str = "") -> None:
        await self._database.run(lambda uow: uow.outbox.postpone(row, by=by, cause=cause))

    async def _settle(
        self,
        row: Outgoing,
        outcome: Outcome,
        cause: str = "",
        *,
        again_in: timedelta = timedelta(),
        receipt: str = "",
    ) -> None:
        await self._database.run(
            lambda uow: uow.outbox.settle(row, outcome, cause=cause, again_in=again_in, receipt=receipt)
        )
        said = {"outbox": row.id, "outcome": outcome.value, "cause": cause}
        log.info("delivered" if outcome is Outcome.SENT else "not_delivered", extra=said)


def _take(uow: UnitOfWork, limit: int, away: Sequence[str]) -> list[Outgoing]:
    uow.outbox.lost_leases(phrases.LEASE_LOST)
    uow.outbox.lapse(phrases.LAPSED)
    return uow.outbox.lease(limit=limit, seconds=LEASE, away=away)


def _took(uow: UnitOfWork, row: Outgoing, taken: int, by: str) -> bool:
    return uow.outbox.took(row, taken, seconds=LEASE, by=by)
