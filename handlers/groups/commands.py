"""Chat commands about the group one speaks in."""

from typing import Annotated

from bot.chat.command import Where, command
from bot.chat.permission import Of, only
from bot.chat.reply import Reply
from bot.chat.turn import Chat
from bot.chat.work import Work
from handlers.groups import phrases, use_cases
from storage.members import Member

KEEPS = only(*use_cases.LOCAL) | only(*use_cases.ANYWHERE, of=Of.ALL)


@command("本群", "group", allow=KEEPS, where=Where.GROUP)
async def this_group(
    member: Member,
    chat: Chat,
    work: Work,
    matter: Annotated[phrases.Matter | None, "事项"] = None,
    value: Annotated[str | None, "内容"] = None,
) -> Reply:
    """看本群归哪里、作什么用、到哪天；事项可写地点、名称、用途、到期、群主。

    示例:
        /本群
        /本群 地点 永续社区
        /本群 用途 秋收互助
        /本群 到期 2027-03-31
        /本群 群主
    """
    if matter is None:
        return phrases.shown(await work.read(use_cases.show, by=member, chat=chat))
    return await work(use_cases.change, matter, value or "", by=member, chat=chat).reply(phrases.changed)
