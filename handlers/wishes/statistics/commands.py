"""The chat command for statistics."""

import asyncio
from typing import Annotated

from bot.chat.command import command
from bot.chat.permission import only
from bot.chat.reply import Reply
from bot.chat.turn import Chat
from bot.chat.work import Work
from handlers.wishes.claiming.reminders import Patience
from handlers.wishes.statistics import phrases, use_cases
from handlers.wishes.statistics.drawn import drawn
from storage.members import Member


@command("心愿统计", "wishstats", allow=only(*sorted(use_cases.REPORTERS)))
async def wish_statistics(
    member: Member,
    chat: Chat,
    patience: Patience,
    work: Work,
    words: Annotated[str | None, "村镇、时间、类别"] = None,
) -> Reply:
    """看心愿征集、认领、点亮、超期的统计，附一张能转发的图。

    示例:
        /心愿统计
        /心愿统计 上月
        /心愿统计 永续社区 今年 物品
    """
    view = await work.read(use_cases.statistics, words or "", by=member, chat=chat, patience=patience)
    if not view.told_apart:
        return phrases.words_alone(view)
    body = await asyncio.to_thread(drawn, view)
    if body is None:
        return phrases.without_picture(view)
    return await work(use_cases.keep, body).reply(lambda key: phrases.picture(key, view))
