"""Chat commands for what was not, or perhaps not, delivered."""

from typing import Annotated

from bot.chat.command import Where, command
from bot.chat.errors import BadInput
from bot.chat.permission import Of, only
from bot.chat.reply import Reply
from bot.chat.work import Work
from handlers.outbox import phrases, use_cases
from storage.members import Member, Role

DECIDES = only(Role.FIRST_SECRETARY, Role.COORDINATOR) | only(*use_cases.ALL, of=Of.ALL)


@command("发件", "outbox", allow=DECIDES, where=Where.PRIVATE)
async def show_outbox(
    member: Member,
    work: Work,
    no: Annotated[int | None, "编号"] = None,
    decision: Annotated[phrases.Decision | None, "重发|视为已发"] = None,
) -> Reply:
    """看没送到、或不知送没送到的消息，定下重发还是算已发。

    示例:
        /发件
        /发件 31 重发
        /发件 31 视为已发
    """
    if no is None:
        return phrases.listed(await work.read(use_cases.unsettled, by=member))
    if decision is None:
        raise BadInput(phrases.NO_DECISION)
    return await work(use_cases.decide, no, decision, by=member).reply(phrases.decided)
