"""Chat commands for the digest."""

from enum import StrEnum
from typing import Annotated

from bot.chat.command import Where, command
from bot.chat.converters import OneWord
from bot.chat.permission import only
from bot.chat.reply import Reply
from bot.chat.turn import Chat
from bot.chat.work import Work
from bot.clock import Clock
from handlers.digests import phrases, use_cases
from handlers.digests.use_cases import Calendar
from storage.members import Member, Role

MAY_PUSH = only(Role.COORDINATOR)


class PushAction(StrEnum):
    PREVIEW = "预览"
    NOW = "立即"
    STOP = "停"
    STATISTICS = "统计"


@command("今日", "today")
async def today(chat: Chat, clock: Clock, work: Work) -> Reply:
    """看今天的早报。

    示例:
        /今日
    """
    return phrases.today(
        await work.read(use_cases.today, chat=chat), clock.now().date(), private=chat.private
    )


@command("订阅", "subscribe")
async def subscribe(
    member: Member, chat: Chat, work: Work, topic: Annotated[OneWord | None, "主题"] = None
) -> Reply:
    """订阅早报的主题：政策、案例、每日一读；不写就是全部。

    示例:
        /订阅 案例
        /订阅
    """
    return await _choose(topic, True, member, chat, work)


@command("退订", "unsubscribe")
async def unsubscribe(
    member: Member, chat: Chat, work: Work, topic: Annotated[OneWord | None, "主题"] = None
) -> Reply:
    """退订早报，或其中一个主题。

    示例:
        /退订
        /退订 每日一读
    """
    return await _choose(topic, False, member, chat, work)


@command("推送", "push", allow=MAY_PUSH, where=Where.GROUP)
async def push(
    action: Annotated[PushAction, "预览|立即|停|统计"],
    member: Member,
    chat: Chat,
    calendar: Calendar,
    work: Work,
) -> Reply:
    """管本群的推送：预览下一次、现在就推、停掉、看统计。

    示例:
        /推送 预览
        /推送 立即
    """
    days = calendar.days
    match action:
        case PushAction.PREVIEW:
            items, day, group = await work.read(use_cases.preview, by=member, chat=chat, days=days)
            return phrases.preview(items, day, group.push_at, stopped=not group.subscribed)
        case PushAction.NOW:
            pushing = work(use_cases.push_now, by=member, chat=chat, days=days)
            return await pushing.reply(lambda _: phrases.pushed())
        case PushAction.STOP:
            return await work(use_cases.stop, by=member, chat=chat).reply(lambda _: phrases.stopped())
        case PushAction.STATISTICS:
            return phrases.statistics(*await work.read(use_cases.statistics, by=member, chat=chat))


@command("早报条目", "digestitem")
async def show_item(key: Annotated[OneWord, "编号"], work: Work) -> Reply:
    """打开早报里的一条。

    示例:
        /早报条目 read-001
    """
    return phrases.item(await work.read(lambda uow: uow.digests.item(key)))


async def _choose(topic: str | None, wanted: bool, member: Member, chat: Chat, work: Work) -> Reply:
    choosing = work(use_cases.choose, topic, wanted=wanted, by=member, chat=chat)
    push_at = chat.group.push_at if chat.group else None
    return await choosing.reply(lambda choices: phrases.choices(choices, chat.group is not None, push_at))
