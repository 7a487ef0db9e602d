"""The chat command for reports of wrongdoing, and for those who take them over."""

from typing import Annotated

from bot.chat.command import command
from bot.chat.pages import asked, cut
from bot.chat.permission import EVERYBODY, only, require
from bot.chat.reply import Reply
from bot.chat.turn import Chat
from bot.chat.work import Work
from bot.clock import Clock
from handlers.safety import phrases, use_cases
from handlers.safety.phrases import Act
from storage.members import Member

MAY_LOOK = only(*use_cases.COUNTY, *use_cases.OFFICERS)


@command("举报", "report", allow=EVERYBODY)
async def report(
    member: Member, chat: Chat, clock: Clock, work: Work, words: Annotated[str | None, "内容"] = None
) -> Reply:
    """私下反映违纪违法，密封转交县里；接办的人在这里查看。

    示例:
        /举报
        /举报 村里有人冒领补贴，去年秋天的事
        /举报 查看
        /举报 查看 R3
        /举报 办结 R3
    """
    if not chat.private:
        return await work(use_cases.move, by=member).reply(lambda _: Reply.text(phrases.MOVED))
    if words is None:
        return phrases.doors()
    act, no = phrases.act_in(words)
    if act is None:
        handing = work(use_cases.hand_over, words, by=member, chat=chat)
        return await handing.reply(
            lambda kept: Reply.text(phrases.NOBODY_TAKES) if kept is None else phrases.handed_over(kept)
        )
    require(member, MAY_LOOK, f"/举报 {act.value}")
    if no is None:
        page = asked(words.removeprefix(act.value), phrases.TO_LOOK, chat.more) or 1
        found = cut(await work.read(use_cases.waiting, by=member), page, phrases.TO_LOOK)
        return phrases.waiting(found, clock.zone)
    if act is Act.CLOSE:
        return await work(use_cases.close, no, by=member).reply(phrases.closed)
    looking = work(use_cases.look, no, by=member)
    return await looking.reply(lambda found: phrases.shown(found, clock.zone))
