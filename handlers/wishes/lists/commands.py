"""Chat commands that look at wishes and change nothing."""

from typing import Annotated

from bot.chat.command import Where, command
from bot.chat.permission import Of, everybody
from bot.chat.reply import Reply
from bot.chat.turn import Chat
from bot.chat.work import Work
from handlers.wishes.lists import phrases, use_cases
from storage.members import Member


@command("心愿单", "wishes", allow=everybody(Of.PLACE))
async def list_wishes(
    member: Member, chat: Chat, work: Work, condition: Annotated[str | None, "条件"] = None
) -> Reply:
    """看本地的心愿；条件可以写几个，先后随意。

    示例:
        /心愿单
        /心愿单 急 物品
        /心愿单 80岁以上 附近
        /心愿单 已认领 第2页
        /心愿单 收音机
        /心愿单 我的
    """
    view = await work.read(use_cases.listing, condition or "", by=member, chat=chat)
    return phrases.listed(view) if isinstance(view, phrases.Listed) else phrases.own(view)


@command("我的心愿", "mywishes", where=Where.PRIVATE, allow=everybody(Of.OWN))
async def my_wishes(member: Member, work: Work) -> Reply:
    """看我登记的、我认领的和等我确认的心愿。

    示例:
        /我的心愿
    """
    return phrases.own(await work.read(use_cases.own, by=member))


@command("心愿详情", "wishinfo", allow=everybody(Of.PLACE))
async def show_wish(no: Annotated[int, "编号"], member: Member, chat: Chat, work: Work) -> Reply:
    """看一个心愿的内容和经过。

    示例:
        /心愿详情 12
    """
    return await work(use_cases.show, no, by=member, chat=chat).reply(phrases.shown)
