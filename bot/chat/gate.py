"""The gate: every delivery of a message joins one piece of work, and an answer that is late leaves by the outbox.

A platform waits a few seconds and sends again (Official Account: 5 s, three times). The reply budget is
shorter than that. In time: the reply is the response. Late: the update itself is stored before it is
acknowledged, so that it is carried out even if this process dies now, and its answer is sent.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from bot.chat.reply import Part, Reply
from bot.chat.turn import LOCAL_CHANNELS
from bot.chat.update import Update
from storage.database import Database
from storage.inbox import AlreadyAnswered, Pending
from storage.outbox import Target
from storage.uow import Cause, UnitOfWork

log = logging.getLogger(__name__)

REPLY_BUDGET = 3.7
"""Seconds a callback waits for its answer. It is answered or acknowledged within 4.0, which a late one needs time
for: its update is stored first. The platform cuts at 5."""

ABANDONED = timedelta(minutes=1)
"""An acknowledged update without an answer for this long is carried out again (its process died)."""


AFTER_THE_FIRST = timedelta(seconds=2)
"""The rest of an answer leaves this much later, so that its first piece, the response itself, arrives before."""


class Gate:
    """Answers updates for every channel."""

    def __init__(
        self,
        handle: Callable[[Update], Awaitable[Reply]],
        database: Database,
        *,
        budget: float = REPLY_BUDGET,
    ) -> None:
        self._handle = handle
        self._database = database
        self.budget = budget
        """Seconds a callback waits for its answer."""
        self._running: dict[tuple[str, str], asyncio.Task[Reply]] = {}

    async def answer(self, update: Update) -> Sequence[Part] | None:
        """The parts to say now, empty for silence; None: acknowledged, the answer follows by the outbox.

        Raises `DatabaseAway`: nothing may be acknowledged then.
        """
        task = self._join(update)
        try:
            reply = await asyncio.wait_for(asyncio.shield(task), self.budget)
        except TimeoutError:
            stored = await self._database.run(
                lambda uow: uow.inbox.accept(update.channel, update.key, update.to_json())
            )
            log.info("late", extra={"channel": update.channel})
            return Reply.from_json(stored).parts if stored else None
        return reply.parts

    async def known(self, channel: str, key: str) -> bool:
        """Whether a delivery of this update was seen before."""
        return (channel, key) in self._running or await self._database.read(
            lambda uow: uow.inbox.knows(channel, key)
        )

    async def later(self, update: Update, parts: Sequence[Part]) -> None:
        """Queue parts that did not fit the response, for who sent the update. Doing it again changes nothing.

        They come from an answer that has passed the gate to the group, so they may be said there as they stand.
        """
        cause, rest = Cause(update.channel, update.key), Reply(tuple(parts)).published()
        await self._database.carry_out(lambda uow: _queue_once(uow, update, rest), cause)

    async def resume(self) -> int:
        """Carry out what was acknowledged and then abandoned; returns how many."""
        pending = await self._database.read(lambda uow: uow.inbox.pending(older_than=ABANDONED))
        for each in pending:
            reply = await self._join(Update.from_json(each.payload))
            await self._database.run(_close, each, reply)
        return len(pending)

    async def close(self) -> None:
        """Wait for what is running."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    def _join(self, update: Update) -> "asyncio.Task[Reply]":
        key = (update.channel, update.key)
        task = self._running.get(key)
        if task is None:
            task = asyncio.ensure_future(self._handle(update))
            self._running[key] = task
            task.add_done_callback(lambda done: self._ended(key, done))
        return task

    def _ended(self, key: tuple[str, str], done: "asyncio.Task[Reply]") -> None:
        self._running.pop(key, None)
        if not done.cancelled():
            done.exception()  # seen: after an acknowledgement nobody waits for it, and `resume` tries again


def _close(uow: UnitOfWork, pending: Pending, reply: Reply) -> None:
    """An abandoned update that ended in silence or in an incident is not tried for ever."""
    if _stamped(uow, pending.channel, pending.key, reply):
        _queue(uow, Update.from_json(pending.payload), reply)


def _queue_once(uow: UnitOfWork, update: Update, rest: Reply) -> None:
    if _stamped(uow, update.channel, f"{update.key}/rest", rest):
        _queue(uow, update, rest)


def _stamped(uow: UnitOfWork, channel: str, key: str, reply: Reply) -> bool:
    """Be the one who answers `key`; False when somebody was, in this process or another."""
    try:
        uow.inbox.answer(channel, key, reply.to_json())
    except AlreadyAnswered:
        return False
    return True


def _queue(uow: UnitOfWork, update: Update, rest: Reply) -> None:
    if not rest.parts:
        return
    if update.channel in LOCAL_CHANNELS:
        target = Target(group_id=int(update.chat)) if update.chat else Target(member_id=int(update.sender))
    elif update.chat is not None:
        group = uow.groups.on_channel(update.channel, update.chat)
        target = Target(group_id=group.id if group else None)
    else:
        member = uow.members.speaking_from(update.channel, update.sender, update.tenant)
        target = Target(member_id=member.id if member else None)
    uow.outbox.add(target, rest.to_json(), after=AFTER_THE_FIRST)
