"""The chat command for the morning's picture."""

import asyncio
from typing import Annotated

from bot.chat.command import command
from bot.chat.permission import only
from bot.chat.reply import Reply
from bot.chat.turn import Chat
from bot.chat.work import Work
from handlers.digests.calendar import Calendar
from handlers.digests.poster import phrases, use_cases
from handlers.digests.poster.drawn import drawn
from storage.members import Member


@command("早报图", "poster", allow=only(*use_cases.FORWARDERS))
async def poster(
    member: Member,
    chat: Chat,
    calendar: Calendar,
    work: Work,
    group: Annotated[str | None, "群名"] = None,
) -> Reply:
    """要一张今天早报的图，好转发到连心进不去的群。

    示例:
        /早报图
        /早报图 永续社区连心群
    """
    page = await work.read(use_cases.todays_page, by=member, chat=chat, name=group, calendar=calendar)
    picture = await asyncio.to_thread(drawn, page)
    return await work(use_cases.keep, picture).reply(lambda key: phrases.picture(key, page))
