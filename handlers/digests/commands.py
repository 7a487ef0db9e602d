"""Chat commands for the digest."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated

from bot.chat import phrases as engine
from bot.chat.command import Where, command
from bot.chat.converters import OneWord
from bot.chat.errors import BadInput
from bot.chat.permission import EVERYBODY, Of, everybody, only
from bot.chat.reply import Reply
from bot.chat.turn import Chat
from bot.chat.work import Work
from handlers.digests import burden, phrases, spoken, use_cases
from handlers.digests.burden import phrases as burden_phrases
from handlers.digests.calendar import Calendar
from handlers.digests.morning import Preview
from handlers.digests.personal import phrases as personal_phrases
from handlers.digests.personal import use_cases as personal
from handlers.digests.rules import Schedule, Sums
from storage.burden import Week
from storage.members import Member, Role
from storage.push_plans import Plan
from storage.uow import UnitOfWork

MAY_PUSH = only(Role.COORDINATOR)
ONESELF_OR_THE_GROUP = everybody(Of.OWN) | MAY_PUSH


class PushAction(StrEnum):
    PREVIEW = "预览"
    NOW = "立即"
    STOP = "停"
    STATISTICS = "统计"
    AT = "时间"
    DAYS = "天"
    QUIET = "静默"
    PAUSE = "暂停"
    RESUME = "恢复"
    PIN = "置顶"
    UNPIN = "撤下"
    DROP = "去掉"
    ORDER = "调序"
    ADD = "添加"
    APPROVE = "批准"
    APPROVAL = "审批"


EDITS: Mapping[PushAction, Callable[..., Preview]] = {
    PushAction.DROP: spoken.drop,
    PushAction.ORDER: spoken.reorder,
    PushAction.ADD: spoken.add,
    PushAction.APPROVE: spoken.approve,
}
CALENDAR: Mapping[PushAction, Callable[..., Schedule]] = {
    PushAction.AT: spoken.at,
    PushAction.DAYS: spoken.days,
    PushAction.QUIET: spoken.quiet,
    PushAction.PAUSE: spoken.pause,
    PushAction.RESUME: spoken.resume,
    PushAction.APPROVAL: spoken.approval,
}
WORDLESS = (PushAction.NOW, PushAction.STOP, PushAction.STATISTICS, PushAction.RESUME, PushAction.APPROVE)


@command("今日", "today", allow=EVERYBODY)
async def today(chat: Chat, calendar: Calendar, work: Work) -> Reply:
    """看今天的早报。

    示例:
        /今日
    """
    morning = await work.read(use_cases.today, chat=chat, calendar=calendar)
    return phrases.today(morning, private=chat.private)


@command("订阅", "subscribe", allow=ONESELF_OR_THE_GROUP)
async def subscribe(
    member: Member,
    chat: Chat,
    calendar: Calendar,
    work: Work,
    topic: Annotated[OneWord | None, "主题"] = None,
    at: Annotated[OneWord | None, "时间"] = None,
) -> Reply:
    """订阅早报的主题：政策、案例等，或一类事如养老；不写就是全部。

    示例:
        /订阅 案例
        /订阅 养老
        /订阅
        /订阅 个人 7:30
    """
    if topic in personal_phrases.TOPICS:
        beginning = work(personal.begin, at, by=member, chat=chat)
        return await beginning.reply(personal_phrases.begun)
    if at is not None:
        raise BadInput(engine.superfluous(at))
    return await _choose(topic, True, member, chat, calendar, work)


@command("退订", "unsubscribe", allow=ONESELF_OR_THE_GROUP)
async def unsubscribe(
    member: Member,
    chat: Chat,
    calendar: Calendar,
    work: Work,
    topic: Annotated[OneWord | None, "主题"] = None,
) -> Reply:
    """退订早报，或其中一个主题。

    示例:
        /退订
        /退订 每日一读
    """
    if topic in personal_phrases.TOPICS:
        return await work(personal.end, by=member).reply(personal_phrases.ended)
    return await _choose(topic, False, member, chat, calendar, work)


@command("推送", "push", allow=MAY_PUSH, where=Where.GROUP)
async def push(
    action: Annotated[PushAction, "预览|立即|停|统计|…"],
    member: Member,
    chat: Chat,
    calendar: Calendar,
    work: Work,
    words: Annotated[str | None, "内容"] = None,
) -> Reply:
    """管本群的推送：什么时候推、推什么、现在推、停掉。

    示例:
        /推送 预览
        /推送 立即
        /推送 时间 08:30
        /推送 天 周一三五
        /推送 暂停 到 2026-10-08
        /推送 置顶 周五下午清运垃圾 到 3月6日
        /推送 去掉 2
        /推送 调序 3 1 2
        /推送 添加 周五上午镇上义诊
    """
    words = (words or "").strip()
    if words and action in WORDLESS:
        raise BadInput(engine.superfluous(words))
    match action:
        case PushAction.NOW:
            pushing = work(use_cases.push_now, by=member, chat=chat, calendar=calendar)
            return await pushing.reply(lambda _: phrases.pushed())
        case PushAction.STOP:
            return await work(use_cases.stop, by=member, chat=chat).reply(lambda _: phrases.stopped())
        case PushAction.STATISTICS:
            sums, weeks = await work.read(_statistics, by=member, chat=chat)
            return Reply.text(f"{phrases.statistics(sums).plain()}\n{burden_phrases.line(*weeks)}")
        case PushAction.PIN:
            return await work(spoken.pin, words, by=member, chat=chat).reply(phrases.pinned)
        case PushAction.UNPIN:
            return await work(spoken.unpin, words, by=member, chat=chat).reply(phrases.unpinned)
        case PushAction.PREVIEW:
            shown = await work.read(spoken.preview, words, by=member, chat=chat, calendar=calendar)
            return phrases.preview(shown)
        case _ if action in EDITS:
            editing = work(EDITS[action], words, by=member, chat=chat, calendar=calendar)
            return await editing.reply(phrases.preview)
        case _:
            return await work(CALENDAR[action], words, by=member, chat=chat).reply(phrases.schedule)


@command("早报条目", "digestitem", allow=EVERYBODY)
async def show_item(key: Annotated[OneWord, "编号"], work: Work) -> Reply:
    """打开早报里的一条。

    示例:
        /早报条目 read-001
    """
    return phrases.item(await work.read(lambda uow: uow.digests.item(key)))


async def _choose(
    topic: str | None, wanted: bool, member: Member, chat: Chat, calendar: Calendar, work: Work
) -> Reply:
    choosing = work(_chosen, topic, wanted=wanted, by=member, chat=chat, calendar=calendar)
    group = chat.group
    return await choosing.reply(
        lambda done: phrases.choices(
            done[0], group is not None, phrases.at(group.push_at, done[1], done[3]) if group else ""
        ).followed_by(done[2])
    )


def _chosen(
    uow: UnitOfWork, topic: str | None, *, wanted: bool, by: Member, chat: Chat, calendar: Calendar
) -> tuple[dict[str, bool], Plan, str, bool]:
    """The topics as they are now, the group's plan, what there is to add of the personal digest, and whether the
    group is pushed to."""
    choices, plan = use_cases.choose(uow, topic, wanted=wanted, by=by, chat=chat, calendar=calendar)
    pushed = chat.group is not None and uow.groups.get(chat.group.id).subscribed
    return choices, plan, personal.along(uow, topic, wanted=wanted, by=by, chat=chat), pushed


def _statistics(uow: UnitOfWork, *, by: Member, chat: Chat) -> tuple[Sums, tuple[Week, Week]]:
    assert chat.group is not None, "a group's pushes are asked about in the group"
    return use_cases.statistics(uow, by=by, chat=chat), burden.lately(uow, chat.group.id)
