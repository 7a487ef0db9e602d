"""The chat command by which somebody leaves and another follows."""

from typing import Annotated

from bot.chat.command import Ask, Where, command
from bot.chat.permission import Of, only
from bot.chat.reply import Reply
from bot.chat.work import Work
from handlers.members.leaving import phrases, use_cases
from handlers.members.leaving.rules import succession
from storage.members import Member, Role

HANDS_OVER = only(Role.COORDINATOR, Role.COUNTY_OFFICE) | only(Role.FIRST_SECRETARY, of=Of.OWN)


@command("交接", "succeed", allow=HANDS_OVER, where=Where.PRIVATE)
async def succeed(
    words: Annotated[str, "离任的人 给 接手的人", Ask(phrases.ASK_WHO)], member: Member, work: Work
) -> Reply:
    """离任交接：先列出没办完的，确认后交给接手的人。

    示例:
        /交接 小李 给 小王
        /交接 小李 给 小王 确认
        /交接 小李
        /交接 我 给 小王
    """
    return await work(use_cases.ask, succession(words), by=member).reply(lambda reply: reply)
