"""A bench for the engine: a feature of our own, two people, a group, and messages made by hand."""

import asyncio
import itertools
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any

from bot.chat.command import Ask, Where, command, service
from bot.chat.dispatcher import Dispatcher, Picker
from bot.chat.errors import BadInput, DomainError
from bot.chat.feature import Feature
from bot.chat.permission import EVERYBODY, only
from bot.chat.reply import Reply
from bot.chat.turn import Chat
from bot.chat.update import Kind, Update
from bot.chat.way import Asked, Choice, Origin, Step, way
from bot.chat.work import Work
from storage.database import Database
from storage.members import Grant, Member, Role
from storage.uow import UnitOfWork
from tests.clock import FrozenClock

MINUTE_LIMIT = 20
CLOSES = 21


@service
@dataclass
class Latch:
    """Holds `/慢` until it is opened."""

    opened: asyncio.Event = field(default_factory=asyncio.Event)
    entered: asyncio.Event = field(default_factory=asyncio.Event)


@command("念", "echo", allow=EVERYBODY)
async def echo(text: Annotated[str, "内容"]) -> Reply:
    """照念一遍。

    示例:
        /念 春眠不觉晓
    """
    return Reply.text(text)


@command("记", "keep", allow=EVERYBODY)
async def keep(text: Annotated[str, "内容", Ask("记什么？")], work: Work) -> Reply:
    """记下来。

    示例:
        /记 买盐
    """
    return await work(_keep, text).reply(lambda count: Reply.text(f"第 {count} 条"))


@command("记退", "undo", allow=EVERYBODY)
async def keep_and_fail(text: Annotated[str, "内容"], work: Work) -> Reply:
    """记下来，又反悔。

    示例:
        /记退 买盐
    """
    return await work(_keep_and_fail, text).reply(lambda _: Reply.silence())


@command("慢", "slow", allow=EVERYBODY)
async def slow(latch: Latch, work: Work) -> Reply:
    """等着，然后记一条。

    示例:
        /慢
    """
    latch.entered.set()
    await latch.opened.wait()
    return await work(_keep, "慢").reply(lambda count: Reply.text(f"第 {count} 条"))


@command("坏", "crash", allow=EVERYBODY)
async def crash() -> Reply:
    """有毛病。

    示例:
        /坏
    """
    raise ZeroDivisionError("电话 13812345678")


@command("管", "manage", allow=only(Role.COORDINATOR))
async def manage(number: Annotated[int, "编号"]) -> Reply:
    """管一件事。

    示例:
        /管 3
    """
    return Reply.text(f"管了 {number}")


@command("私", where=Where.PRIVATE, allow=EVERYBODY)
async def privately(member: Member, word: Annotated[int | None, "编号"] = None) -> Reply:
    """私下说。

    示例:
        /私
    """
    return Reply.text(f"{member.name} {word}")


@command("群", where=Where.GROUP, allow=EVERYBODY)
async def in_group(chat: Chat) -> Reply:
    """群里说。

    示例:
        /群
    """
    return Reply.text(chat.key)


@command("单", "list", allow=EVERYBODY)
async def listing() -> Reply:
    """列两样。

    示例:
        /单
    """
    return Reply.text("1. 甲\n2. 乙", listing=("thing:甲", "thing:乙"))


@command("挑", "pick", allow=EVERYBODY)
async def pick(number: Annotated[int, "序号"], picker: Picker) -> Reply:
    """挑一样。

    示例:
        /挑 1
    """
    return await picker(number)


@command("取消", "cancel", allow=EVERYBODY)
async def leave(chat: Chat) -> Reply:
    """不说了。

    示例:
        /取消
    """
    return Reply.text("退出" if chat.waiting else "没在等")


@command("样", "thing", allow=EVERYBODY)
async def thing(name: Annotated[str, "名字"]) -> Reply:
    """看一样。

    示例:
        /样 甲
    """
    return Reply.text(f"样：{name}")


@command("问", "ask", allow=EVERYBODY)
async def ask(question: Annotated[str, "问题"]) -> Reply:
    """回一句。

    示例:
        /问 好吗
    """
    return Reply.text(f"问：{question}")


@command("迎", "greet", allow=EVERYBODY)
async def greet() -> Reply:
    """迎客。

    示例:
        /迎
    """
    return Reply.text("欢迎")


@command("订", "order", allow=EVERYBODY)
async def order(dish: Annotated[str, "菜", Ask("吃什么？一句话说给我。")], work: Work) -> Reply:
    """订一份菜。

    示例:
        /订 面
    """
    return await work(_keep, dish).reply(lambda count: Reply.text(f"第 {count} 条"))


class Size(StrEnum):
    BIG = "big"
    SMALL = "small"


def _tables(asked: Asked) -> list[Choice]:
    """The tables there are: those of the place, numbered."""
    (place,) = [place for place in asked.uow.places.all() if place.id == asked.origin.place_id]
    return [Choice(f"{place.name}{number}桌", str(number)) for number in range(1, 8)]


def _table(_asked: Asked, words: str) -> str:
    if words.isdecimal():
        return words
    raise BadInput("桌号要写数字。")


def _size_said(asked: Asked) -> str | None:
    return Size.BIG if "大" in asked.answers["dish"] else None


def _all_said(asked: Asked) -> str:
    return "、".join(f"{name}={value}" for name, value in asked.answers.items())


def _kitchen_is_open(asked: Asked) -> None:
    if asked.uow.now.hour >= CLOSES:
        raise Refused


@way(read_back=_all_said, question="这样行吗？", agree="下单", before=_kitchen_is_open)
async def order_way(
    dish: Annotated[str, "菜", Step("吃什么？", own=lambda _asked, words: words)],
    size: Annotated[
        Size,
        "大小",
        Step("多大份？", (Choice("大份（够两人）", "big"), Choice("小份", "small")), known=_size_said),
    ],
    table: Annotated[int, "桌", Step("哪一桌？", _tables, own=_table)],
    origin: Origin,
    work: Work,
    note: Annotated[
        str | None,
        "备注",
        Step("还有什么要说？", (Choice("没有", ""),), own=lambda _asked, words: words),
    ] = None,
) -> Reply:
    words = f"{dish} {size.value} {table} {note} {origin.group_id is not None}"
    return await work(_keep_unless_salty, words).reply(lambda count: Reply.text(f"第 {count} 条"))


FEATURE = Feature(
    key="bench",
    commands=(
        echo,
        keep,
        keep_and_fail,
        slow,
        crash,
        manage,
        privately,
        in_group,
        listing,
        pick,
        leave,
        ask,
        order,
    ),
    picks={"thing": thing},
    ways={"订": order_way},
    question=ask,
    follow=greet,
)


class Bench:
    """The engine over a database: `say` makes a message and answers it."""

    def __init__(self, database: Database, clock: FrozenClock, *, limit: int = MINUTE_LIMIT) -> None:
        self.database = database
        self.clock = clock
        self.latch = Latch()
        services: dict[type, Any] = {Latch: self.latch}
        self.dispatcher = Dispatcher((FEATURE,), database, clock, services, messages_a_minute=limit)
        self.keys = itertools.count(1)
        self.resident, self.coordinator, self.group = database.run_now(_people)

    @classmethod
    def beside(cls, other: "Bench", database: Database) -> "Bench":
        """Another process over the same database, with the same people."""
        bench = cls.__new__(cls)
        bench.database, bench.clock, bench.latch, bench.keys = database, other.clock, other.latch, other.keys
        services: dict[type, Any] = {Latch: bench.latch}
        bench.dispatcher = Dispatcher((FEATURE,), database, other.clock, services, messages_a_minute=0)
        bench.resident, bench.coordinator, bench.group = other.resident, other.coordinator, other.group
        return bench

    def update(
        self,
        text: str,
        *,
        who: int | None = None,
        group: bool = False,
        mentioned: bool = False,
        kind: Kind = Kind.TEXT,
        key: str | None = None,
    ) -> Update:
        return Update(
            channel="terminal",
            key=key or f"k{next(self.keys)}",
            sender=str(who or self.resident),
            at=self.clock.now(),
            text=text,
            kind=kind,
            chat=str(self.group) if group else None,
            mentioned=mentioned,
        )

    async def say(
        self,
        text: str,
        *,
        who: int | None = None,
        group: bool = False,
        mentioned: bool = False,
        kind: Kind = Kind.TEXT,
    ) -> str:
        """The whole answer; empty for silence."""
        update = self.update(text, who=who, group=group, mentioned=mentioned, kind=kind)
        return (await self.dispatcher.answer(update)).plain()

    async def kept(self) -> list[str]:
        """What `/记` wrote."""
        return await self.database.read(lambda uow: [row.text for row in uow.feedback.all("bench")])

    async def outbox(self, key: str) -> list[str]:
        """What the message of this key queued."""
        rows = await self.database.read(lambda uow: uow.outbox.caused_by("terminal", key))
        return [Reply.from_json(row.body).plain() for row in rows]


class Refused(DomainError):
    sentence = "不行。"


def _keep(uow: UnitOfWork, text: str) -> int:
    uow.feedback.add("bench", text)
    return len(uow.feedback.all("bench"))


def _keep_and_fail(uow: UnitOfWork, text: str) -> None:
    _keep(uow, text)
    raise Refused


def _keep_unless_salty(uow: UnitOfWork, text: str) -> int:
    if "太咸" in text:
        raise Refused
    return _keep(uow, text)


def _people(uow: UnitOfWork) -> tuple[int, int, int]:
    place = uow.places.add("柳河村")
    resident = uow.members.add("马大姐", place_id=place.id)
    coordinator = uow.members.add("丁主任", place_id=place.id, grants=[Grant(Role.COORDINATOR, place.id)])
    for member in (resident, coordinator):
        uow.members.noticed(member.id)
    group = uow.groups.add("柳河村群", place_id=place.id, channel="simulator", owner_id=coordinator.id)
    return resident.id, coordinator.id, group.id
