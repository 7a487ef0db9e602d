"""Delivery: from the outbox to the channels.

Rows are leased one a chat, oldest first, so order holds in each chat. A fault known not to have delivered
is tried again with growing, jittered pauses; an attempt without an answer becomes `unknown` and is left to
a person.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta

from bot import phrases
from bot.chat.channel import Channel, Recipient
from bot.chat.errors import OutcomeUnknown, Throttled, Undeliverable, Unreachable, WindowClosed
from bot.chat.reply import Reply
from bot.chat.turn import LOCAL_CHANNELS
from bot.clock import Clock
from storage.base import NotFound
from storage.database import Database
from storage.outbox import Outcome, Outgoing
from storage.uow import UnitOfWork

log = logging.getLogger(__name__)

LEASE = 60.0
"""Seconds an attempt may take; after that its outcome counts as unknown."""

IDLE = 2.0
"""Seconds between looks at the outbox when nothing wakes the sender (another replica may have queued)."""

ATTEMPTS = 8
"""After as many attempts known not to have delivered, a message has failed."""

FIRST_PAUSE = 5.0

LANES = 32
"""Attempts at once. A chat has one at a time, so one that hangs holds up nobody else."""

PARTING = 9.0
"""Seconds a closing sender waits for attempts on their way: what is cut off ends as `unknown`."""


class Delivery:
    """Sends what stands in the outbox, in the background, until closed."""

    def __init__(self, database: Database, channels: Mapping[str, Channel], clock: Clock) -> None:
        self._database = database
        self._channels = channels
        self._clock = clock
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
        rows = await self._database.run(_take, free)
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
        try:
            found = await self._database.read(_routes, row, tuple(self._channels))
        except NotFound:
            found = []
        if not found:
            await self._settle(
                row, Outcome.WAITING if row.to.member_id else Outcome.FAILED, phrases.NO_CHANNEL
            )
            return
        channel, recipient = found[0]
        try:
            await self._channels[channel].send(
                recipient, Reply.from_json(row.body).parts, key=f"outbox:{row.id}"
            )
        except (Throttled, Unreachable) as error:
            await self._again(row, error.sentence)
        except OutcomeUnknown as error:
            await self._settle(row, Outcome.UNKNOWN, error.sentence)
        except WindowClosed as error:
            await self._settle(row, Outcome.WAITING, error.sentence)
        except Undeliverable as error:
            await self._settle(row, Outcome.FAILED, error.sentence)
        else:
            await self._settle(row, Outcome.SENT)

    async def _again(self, row: Outgoing, cause: str) -> None:
        if row.attempts >= ATTEMPTS:
            await self._settle(row, Outcome.FAILED, cause)
            return
        jitter = 0.5 + int.from_bytes(self._clock.token(2)) / 65536
        pause = timedelta(seconds=FIRST_PAUSE * 2 ** (row.attempts - 1) * jitter)
        await self._settle(row, Outcome.QUEUED, cause, again_in=pause)

    async def _settle(
        self, row: Outgoing, outcome: Outcome, cause: str = "", *, again_in: timedelta = timedelta()
    ) -> None:
        await self._database.run(
            lambda uow: uow.outbox.settle(row.id, outcome, cause=cause, again_in=again_in)
        )
        said = {"outbox": row.id, "outcome": outcome.value, "cause": cause}
        log.info("delivered" if outcome is Outcome.SENT else "not_delivered", extra=said)


def _take(uow: UnitOfWork, limit: int) -> list[Outgoing]:
    uow.outbox.lost_leases()
    return uow.outbox.lease(limit=limit, seconds=LEASE)


def _routes(uow: UnitOfWork, row: Outgoing, channels: tuple[str, ...]) -> list[tuple[str, Recipient]]:
    """Ways to the target over the channels that are on, the best first."""
    if row.to.group_id is not None:
        group = uow.groups.get(row.to.group_id)
        external_id = str(group.id) if group.channel in LOCAL_CHANNELS else group.external_id
        return [(group.channel, Recipient(external_id, group=True))] if group.channel in channels else []
    if row.to.member_id is None:
        raise NotFound(row.id)
    accounts = [
        (account.channel, Recipient(account.external_id))
        for account in uow.members.accounts(row.to.member_id)
        if account.channel in channels
    ]
    local = [("simulator", Recipient(str(row.to.member_id)))] if "simulator" in channels else []
    return accounts + local
