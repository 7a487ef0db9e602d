"""Chat commands for oneself, in private."""

from typing import Annotated

from bot.chat.command import Ask, Where, command
from bot.chat.converters import OneWord
from bot.chat.permission import Of, everybody
from bot.chat.reply import Reply
from bot.chat.work import Work
from handlers.members import phrases, privacy, use_cases
from storage.members import Member


@command("绑定", "bind", where=Where.PRIVATE, allow=everybody(Of.OWN))
async def bind(
    code: Annotated[OneWord, "邀请码", Ask(phrases.ASK_CODE)], member: Member, work: Work
) -> Reply:
    """用邀请码把您本人和这个聊天账号连起来。

    示例:
        /绑定 K7P2-9QXM
    """
    try:
        return await work(use_cases.bind, code, by=member).reply(lambda bound: phrases.bound(*bound))
    except phrases.WrongCode:
        await work.database.run(use_cases.wrong_code, by=member)
        raise


@command("我", "me", where=Where.PRIVATE, allow=everybody(Of.OWN))
async def show_me(member: Member, work: Work) -> Reply:
    """看我手头的事、该办的事、要告诉我的事。

    示例:
        /我
    """
    return await work(use_cases.holdings, by=member).reply(phrases.me)


@command("隐去", "forget", where=Where.PRIVATE, allow=everybody(Of.OWN))
async def forget_me(
    member: Member, work: Work, sure: Annotated[phrases.Sure | None, phrases.Sure.YES.value] = None
) -> Reply:
    """隐去我的个人信息；担着职务的，先列出哪些会没了，确认后再办。

    示例:
        /隐去
        /隐去 确认
    """
    if sure is None and privacy.in_office(member):
        return phrases.before_forgetting(await work.read(privacy.at_stake, by=member))
    return await work(privacy.forget, by=member).reply(lambda _: phrases.forgotten())
