"""What surrounds every message, outermost first: incident, log context, inbox and member, pace."""

import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, replace

from bot.chat import phrases
from bot.chat.reply import Reply
from bot.chat.turn import LOCAL_CHANNELS, Chat, Turn, enrol, look, register_group
from bot.chat.update import Kind, Update
from bot.clock import Clock
from storage.base import Conflict, DatabaseAway, NotFound, reason
from storage.database import Database
from storage.inbox import AlreadyAnswered
from storage.members import Member

log = logging.getLogger(__name__)

message_context: ContextVar[str] = ContextVar("message", default="")
"""`channel/key` of the message in work: stands in every log record."""

Answer = Callable[[Update], Awaitable[Reply]]
AnswerTurn = Callable[[Turn], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Incident:
    """Turn a bug into a number for the person and one traceback in the log under the same number.

    A database that is away passes through: nobody may be told that a message was dealt with, and the platform
    that gets no answer sends it again.
    """

    inner: Answer
    clock: Clock

    async def __call__(self, update: Update) -> Reply:
        try:
            return await self.inner(update)
        except DatabaseAway as error:
            log.critical("database_away", extra={"reason": reason(error)})
            raise
        except Exception:  # the outermost loop of a message
            number = self.clock.token(3).hex().upper()
            log.exception("incident", extra={"incident": number})
            return replace(Reply.text(phrases.INCIDENT.format(number=number)), incident=number)


@dataclass(frozen=True, slots=True)
class LogContext:
    inner: Answer

    async def __call__(self, update: Update) -> Reply:
        token = message_context.set(f"{update.channel}/{update.key}")
        try:
            return await self.inner(update)
        finally:
            message_context.reset(token)


@dataclass(frozen=True, slots=True)
class InboxAndMember:
    """Answer a known message with its stored reply; otherwise find, or enrol, who speaks."""

    inner: AnswerTurn
    database: Database

    async def __call__(self, update: Update) -> Reply:
        new_group = False
        try:
            opening = await self.database.read(look, update)
        except NotFound:
            if update.channel in LOCAL_CHANNELS:
                log.warning("unknown_chat", extra={"channel": update.channel})
                return Reply.silence()
            new_group = True
            await self.database.run(register_group, update)
            opening = await self.database.read(look, update)
        if opening.stored is not None:
            return Reply.from_json(opening.stored)
        turn = (
            Turn(update, opening.member, opening.chat)
            if opening.member and opening.chat
            else Turn(update, *await self._enrol(update))
        )
        turn.new_group = new_group
        try:
            return await self.inner(turn)
        except AlreadyAnswered as first:
            return Reply.from_json(first.reply)

    async def _enrol(self, update: Update) -> tuple[Member, Chat]:
        alias = phrases.ROLES["resident"]
        try:
            return await self.database.run(enrol, update, alias)
        except Conflict:  # another delivery enrolled the same person in this moment
            return await self.database.run(enrol, update, alias)


class Pace:
    """At most `limit` messages a minute from one member; 0 = no limit. Counts live in memory for that minute.

    What is over the limit is answered by `refuse` and changes nothing: an open conversation stays open.
    """

    def __init__(self, inner: AnswerTurn, refuse: AnswerTurn, clock: Clock, limit: int) -> None:
        self._inner = inner
        self._refuse = refuse
        self._clock = clock
        self._limit = limit
        self._recent: dict[int, deque[float]] = {}

    async def __call__(self, turn: Turn) -> Reply:
        said = turn.update.kind not in (Kind.FOLLOW, Kind.UNFOLLOW)
        if self._limit and said and self._over(turn.member.id):
            turn.keeps = True
            return await self._refuse(turn)
        return await self._inner(turn)

    def _over(self, member_id: int) -> bool:
        now = self._clock.now().timestamp()
        if len(self._recent) > 10_000:
            self._recent = {who: times for who, times in self._recent.items() if times[-1] > now - 60}
        times = self._recent.setdefault(member_id, deque())
        while times and times[0] <= now - 60:
            times.popleft()
        if len(times) >= self._limit:
            return True
        times.append(now)
        return False
