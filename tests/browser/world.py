"""A small world in memory, an answering bot that echoes, and the real simulator between them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aiohttp import web

from bot.channels.simulator import GroupChat, Line, Person, Simulator
from bot.chat.channel import Recipient
from bot.chat.reply import Part, Reply, Text
from bot.chat.update import Update
from tests.platform.clock import StandingClock

PUSH = """早上好，今天 3 月 5 日。
1. 有 2 个微心愿等人认领
2. 城乡居民医保缴费延到 3 月 31 日
回复“退订”不再收到。"""


class MemoryWorld:
    """Two communities, six people, lines in a list."""

    def __init__(self, clock: StandingClock) -> None:
        self._clock = clock
        self.kept: list[Line] = []
        self.attachments: dict[str, bytes] = {}
        self._once: set[str] = set()
        self.members = [
            Person("wang", "王建国", "永续社区", "社区干部"),
            Person("li", "李书记", "永续社区", "第一书记"),
            Person("chen", "陈小雨", "永续社区", "志愿者"),
            Person("zhao", "赵大娘", "永续社区", "居民"),
            Person("sun", "孙红梅", "东关村", "村干部"),
            Person("zhou", "周强", "东关村", "志愿者"),
        ]
        self.rooms = [
            GroupChat("yx", "永续社区志愿服务群", "永续社区"),
            GroupChat("dg", "东关村微心愿群", "东关村"),
        ]

    async def people(self) -> Sequence[Person]:
        return self.members

    async def groups(self) -> Sequence[GroupChat]:
        return self.rooms

    async def lines(self, *, after: int, limit: int) -> Sequence[Line]:
        return [line for line in self.kept if line.id > after][:limit]

    async def say(
        self, chat: str, sender: str | None, parts: Sequence[Part], *, once: str | None = None
    ) -> Line | None:
        if once is not None and once in self._once:
            return None
        self._once |= {once} if once is not None else set()
        return self.write(chat, sender, *parts)

    async def quick_commands(self) -> Sequence[tuple[str, bool]]:
        return [
            ("/帮助", False),
            ("/问", True),
            ("/心愿单", False),
            ("/心愿", True),
            ("/今日", False),
            ("/认领", True),
            ("/核实", False),
            ("/我", False),
            ("/条文", True),
            ("/反馈", True),
        ]

    async def bring_morning(self, group: str) -> str:
        self.write(f"g:{group}", None, PUSH)
        return "明早的推送已经送到群里。"

    async def attachment(self, key: str) -> bytes | None:
        return self.attachments.get(key)

    def write(self, chat: str, sender: str | None, *said: str | Part, at: datetime | None = None) -> Line:
        """Append without the simulator knowing, as another process would."""
        names = {person.id: person.name for person in self.members}
        name = "连心" if sender is None else names[sender]
        parts = tuple(Text(part) if isinstance(part, str) else part for part in said)
        line = Line(len(self.kept) + 1, chat, sender, name, parts, at or self._clock.now())
        self.kept.append(line)
        return line

    def said(self) -> list[tuple[str, str | None, str]]:
        """Everything written, without ids and times."""
        return [(line.chat, line.sender, Reply(line.parts).plain()) for line in self.kept]

    def furnish(self) -> None:
        """Yesterday's talk, so that a page has something to show."""
        yesterday = self._clock.now() - timedelta(days=1)
        talk: list[tuple[str, str | None, str, datetime]] = [
            ("g:dg", "zhou", "周末谁有空帮老人院搬桌子？", yesterday.replace(hour=17, minute=2)),
            ("g:yx", "chen", "/心愿 独居老人王某想要一台收音机", yesterday.replace(hour=18, minute=20)),
            ("g:yx", None, "已登记心愿 #1，等待核实。", yesterday.replace(hour=18, minute=20)),
            (
                "p:li",
                None,
                "有 1 个心愿等你核实：#1。发“/核实 1”看看。",
                yesterday.replace(hour=18, minute=21),
            ),
            ("g:yx", "wang", "收到，我明天上午去看看。", yesterday.replace(hour=18, minute=23)),
        ]
        for chat, sender, text, at in talk:
            self.write(chat, sender, text, at=at)


@dataclass
class Echo:
    """Answers in private, to a command or a mention, and remembers what it was asked; never answers twice."""

    asked: list[Update] = field(default_factory=list)
    pause: float = 0.0
    held: asyncio.Event = field(default_factory=asyncio.Event)
    """Cleared, answers wait until it is set."""
    late: bool = False
    answers: dict[str, Sequence[Part]] = field(default_factory=dict)
    _stored: dict[str, Sequence[Part] | None] = field(default_factory=dict)

    async def answer(self, update: Update) -> Sequence[Part] | None:
        await asyncio.sleep(self.pause)
        await self.held.wait()
        if update.key not in self._stored:
            self.asked.append(update)
            self._stored[update.key] = None if self.late else self._parts(update)
        return self._stored[update.key]

    async def later(self, update: Update, parts: Sequence[Part]) -> None:
        raise AssertionError("the simulator says a whole answer at once")

    async def known(self, channel: str, key: str) -> bool:
        return key in self._stored

    def __post_init__(self) -> None:
        self.held.set()

    def _parts(self, update: Update) -> Sequence[Part]:
        if not (update.private or update.mentioned or update.text.startswith("/")):
            return ()
        return self.answers.get(update.text, (Text(f"听到了：{update.text}"),))


class Stage:
    """The simulator as an application, with its world and its bot at hand."""

    def __init__(self) -> None:
        self.clock = StandingClock()
        self.world = MemoryWorld(self.clock)
        self.echo = Echo()
        self.simulator = Simulator(self.world, self.echo, self.clock)

    def application(self) -> web.Application:
        app = web.Application()
        app.add_routes(self.simulator.routes())
        app.on_shutdown.append(self._close)
        return app

    async def push(self, group: str, text: str, key: str) -> None:
        await self.simulator.send(Recipient(group, group=True), Text(text), key=key)

    async def _close(self, _app: web.Application) -> None:
        await self.simulator.close()
