"""Chat commands with which a wish ends, and is opened again."""

from typing import Annotated

from bot.chat.command import Ask, command
from bot.chat.permission import Of, everybody, only
from bot.chat.reply import Reply
from bot.chat.turn import Chat
from bot.chat.work import Work
from bot.moderation import WordLists
from handlers.wishes.closing import phrases, use_cases
from storage.members import Member, Role


@command("点亮", "fulfil", allow=everybody(Of.OWN) | only(Role.COORDINATOR))
async def fulfil_wish(no: Annotated[int, "编号"], member: Member, chat: Chat, work: Work) -> Reply:
    """确认心愿收到了，点亮它。

    示例:
        /点亮 12
    """
    return await work(use_cases.fulfil, no, by=member, chat=chat).reply(phrases.fulfilled)


@command("未达", "missing", allow=everybody(Of.OWN) | only(Role.COORDINATOR))
async def wish_not_received(
    no: Annotated[int, "编号"],
    reason: Annotated[str, "原因", Ask("怎么回事？一句话说给我。")],
    member: Member,
    chat: Chat,
    work: Work,
) -> Reply:
    """心愿记为送达却没收到时，退给认领人核对。

    示例:
        /未达 12 东西还没送来
    """
    found = work(use_cases.not_received, no, reason, by=member, chat=chat)
    return await found.reply(lambda back: phrases.not_received(*back))


@command("撤回", "withdraw", allow=everybody(Of.OWN) | only(Role.COORDINATOR))
async def withdraw_wish(
    no: Annotated[int, "编号"],
    member: Member,
    chat: Chat,
    words: WordLists,
    work: Work,
    reason: Annotated[str | None, "原因"] = None,
) -> Reply:
    """撤回一个心愿。

    示例:
        /撤回 12
        /撤回 12 家里已经买了
    """
    words.admit(reason or "")
    return await work(use_cases.withdraw, no, reason or "", by=member, chat=chat).reply(phrases.withdrawn)


@command("合并", "merge", allow=only(Role.COORDINATOR))
async def merge_wishes(
    no: Annotated[int, "编号"], into: Annotated[int, "并入的编号"], member: Member, chat: Chat, work: Work
) -> Reply:
    """把重复登记的心愿并入另一个。

    示例:
        /合并 12 9
    """
    return await work(use_cases.merge, no, into, by=member, chat=chat).reply(phrases.merged)


@command("重开", "reopen", allow=everybody(Of.OWN) | only(Role.COORDINATOR))
async def reopen_wish(
    no: Annotated[int, "编号"],
    reason: Annotated[str, "原因", Ask("为什么要重开？一句话说给我。")],
    member: Member,
    chat: Chat,
    work: Work,
) -> Reply:
    """重开已撤回、已过期或已点亮的心愿。

    示例:
        /重开 12 收到的是坏的
    """
    return await work(use_cases.reopen, no, reason, by=member, chat=chat).reply(phrases.reopened)
