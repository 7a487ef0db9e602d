"""A bench for the intelligent robot on its long connection: the imitated platform, our channel, who answers.

Nothing waits for real seconds: pauses are hundredths of them, and the lease outlives every test.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from bot.channels.aibot_line import Timing
from bot.channels.wecom_aibot import LongConnection, WecomAibot
from bot.chat.channel import Answering, Window
from bot.chat.errors import Throttled
from bot.chat.reply import Part, Reply, Text
from bot.chat.update import Update
from bot.pacing import SharedPacing
from storage.database import Database
from storage.outbox import Target
from storage.uow import Cause, UnitOfWork
from tests.clock import FrozenClock
from tests.platform.aibot import AibotServer
from tests.platform.aibot_callbacks import Callback

GROUP = "wrAAAA"
QUICK = Timing(lease=1e6, look=0.01, first_pause=0.01, longest_pause=0.02, hold_off=0.1)
IMPATIENT = replace(QUICK, ping=0.2, ack=0.5)
"""For what has to be noticed by silence. On a busy machine an ack may be missed: compare nothing that this changes."""

Answer = Callable[[Update], Sequence[Part] | None]


def echo(update: Update) -> Sequence[Part]:
    return (Text(f"收到：{update.text}"),)


class Answers:
    """Answers each key once; `rest` is what is left for later."""

    def __init__(self, answer: Answer = echo) -> None:
        self.updates: list[Update] = []
        self.rest: list[tuple[str, tuple[str, ...]]] = []
        self.hold = asyncio.Event()
        self.hold.set()
        self.stirred = asyncio.Event()
        self._answer = answer
        self._work: dict[str, asyncio.Task[Sequence[Part] | None]] = {}

    async def answer(self, update: Update) -> Sequence[Part] | None:
        if update.key not in self._work:
            self._work[update.key] = asyncio.create_task(self._execute(update))
        return await asyncio.shield(self._work[update.key])

    async def later(self, update: Update, parts: Sequence[Part]) -> None:
        self.rest.append((update.key, tuple(part.plain() for part in parts)))
        self.stirred.set()

    async def known(self, channel: str, key: str) -> bool:
        return key in self._work

    async def until(self, condition: Callable[[], bool], seconds: float = 5.0) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                self.stirred.clear()
                await self.stirred.wait()

    async def _execute(self, update: Update) -> Sequence[Part] | None:
        self.updates.append(update)
        self.stirred.set()
        await self.hold.wait()
        return self._answer(update)


class Engine:
    """Carries out messages as the dispatcher does: the answer is stored, and queued where that was promised."""

    def __init__(self, database: Database, answer: Callable[[Update], Sequence[Part]] = echo) -> None:
        self.hold = asyncio.Event()
        self.hold.set()
        self.updates: list[Update] = []
        self._answer = answer
        self._database = database

    async def __call__(self, update: Update) -> Reply:
        stored = await self._database.read(lambda uow: uow.inbox.reply_to(update.channel, update.key))
        if stored is not None:
            return Reply.from_json(stored)
        self.updates.append(update)
        await self.hold.wait()
        reply = Reply(tuple(self._answer(update)))

        def settle(uow: UnitOfWork) -> Reply:
            if uow.inbox.answer(update.channel, update.key, reply.to_json()):
                uow.outbox.add(_target(uow, update), reply.to_json())
            return reply

        return await self._database.carry_out(settle, Cause(update.channel, update.key))


def _target(uow: UnitOfWork, update: Update) -> Target:
    if update.chat is not None:
        group = uow.groups.on_channel("wecom_aibot", update.chat)
        assert group is not None
        return Target(group_id=group.id)
    member = uow.members.speaking_from("wecom_aibot", update.sender)
    assert member is not None
    return Target(member_id=member.id)


class Alarms:
    """Keeps what sounds; `history` keeps everything that sounded or was cleared."""

    def __init__(self) -> None:
        self.standing: dict[str, str] = {}
        self.history: list[str] = []
        self.stirred = asyncio.Event()

    async def sound(self, key: str, sentence: str) -> None:
        self.standing[key] = sentence
        self.history.append(f"+{key}")
        self.stirred.set()

    async def clear(self, key: str) -> None:
        if self.standing.pop(key, None) is not None:
            self.history.append(f"-{key}")
            self.stirred.set()

    async def until(self, condition: Callable[[], bool], seconds: float = 5.0) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                self.stirred.clear()
                await self.stirred.wait()


class NoRoom:
    """Every window is full."""

    async def take(self, windows: Sequence[Window]) -> None:
        raise Throttled("full", after=7)


@dataclass
class RobotBench:
    server: AibotServer
    answers: Answers
    alarms: Alarms
    channel: WecomAibot
    clock: FrozenClock
    url: str

    def hurry(self, ack: float = 0.05) -> None:
        """The connection of now waits so long for an ack; the next one has patience again."""
        connection = self.channel._line._connection
        assert connection is not None
        connection._patience = replace(connection._patience, ack=ack)

    async def said(self, callback: Callback, count: int = 1) -> list[str]:
        """Wait for `count` messages in the chat of `callback`; what stands there."""
        await self.server.until(lambda: len(self.server.ledger.delivered(callback.chat)) >= count)
        return self.server.ledger.contents(callback.chat)

    async def ready(self) -> None:
        await self.server.until(lambda: self.server.holder is not None)
        async with asyncio.timeout(5):
            while not self.channel.ready():
                await asyncio.sleep(0.001)


def replica(
    server: AibotServer,
    url: str,
    database: Database,
    clock: FrozenClock,
    *,
    answers: Answering | None = None,
    alarms: Alarms | None = None,
    timing: Timing = QUICK,
    secret: str | None = None,
) -> WecomAibot:
    """One channel on the server, not started."""
    robot = server.robot
    return WecomAibot(
        LongConnection(robot.bot_id, secret or robot.secret, url, robot.name),
        answers or Answers(),
        database=database,
        clock=clock,
        pacing=SharedPacing(database),
        alarm=alarms or Alarms(),
        timing=timing,
    )


@asynccontextmanager
async def robot_bench(
    database: Database, clock: FrozenClock, answer: Answer = echo, timing: Timing = QUICK
) -> AsyncIterator[RobotBench]:
    """Connected, with one group of two people, and closed at the end."""
    server = AibotServer(clock)
    url = await server.start()
    server.chats.add_group(GROUP, "lihua", "wangwu")
    answers, alarms = Answers(answer), Alarms()
    channel = replica(server, url, database, clock, answers=answers, alarms=alarms, timing=timing)
    await channel.start()
    bench = RobotBench(server, answers, alarms, channel, clock, url)
    try:
        await bench.ready()
        yield bench
    finally:
        await channel.close()
        await server.stop()
