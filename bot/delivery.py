"""Delivery: from the outbox to the channels.

Rows are leased one a chat, oldest first, so order holds in each chat. A fault known not to have delivered is
tried again with growing, jittered pauses; an attempt without an answer becomes `unknown` and is left to a person.
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


class Delivery:
    """Sends what stands in the outbox, in the background, until closed."""

    def __init__(self, database: Database, channels: Mapping[str, Channel], clock: Clock) -> None:
        self._database = database
        self._channels = channels
        self._clock = clock
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        loop = asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(self._wake.set)

        self._database.on_outbox = wake
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        self._database.on_outbox = lambda: None
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def send_due(self) -> int:
        """Send what is due now; returns how many attempts were made."""
        if await self._database.read(lambda uow: uow.outbox.quiet()):
            return 0
        await self._database.run(lambda uow: uow.outbox.lost_leases())
        leased = await self._database.run(lambda uow: uow.outbox.lease(limit=32, seconds=LEASE))
        await asyncio.gather(*(self._attempt(row) for row in leased))
        return len(leased)

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                while await self.send_due():
                    pass
            except Exception:  # a worker's outermost loop: the database may be away for a moment
                log.exception("delivery_failed")
            try:
                await asyncio.wait_for(self._wake.wait(), IDLE)
            except TimeoutError:
                continue

    async def _attempt(self, row: Outgoing) -> None:
        try:
            found = await self._database.read(_routes, row, tuple(self._channels))
        except NotFound:
            found = []
        if not found:
            await self._settle(row, Outcome.WAITING if row.to.member_id else Outcome.FAILED, phrases.NO_CHANNEL)
            return
        channel, recipient = found[0]
        try:
            await self._channels[channel].send(recipient, Reply.from_json(row.body).parts, key=f"outbox:{row.id}")
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
        log.info("delivered" if outcome is Outcome.SENT else "not_delivered", extra={"outbox": row.id, "outcome": outcome.value, "cause": cause})


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
