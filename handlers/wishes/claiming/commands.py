"""Chat commands of who claims, and of who gives a wish to somebody else."""

from typing import Annotated

from bot.chat.command import Ask, command
from bot.chat.converters import OneWord
from bot.chat.permission import Of, only
from bot.chat.pictures import Pictures
from bot.chat.reply import Reply
from bot.chat.turn import Chat
from bot.chat.work import Work
from bot.moderation import WordLists
from handlers.wishes.claiming import phrases, use_cases
from handlers.wishes.claiming.phrases import Unnamed
from handlers.wishes.sight import CLAIMERS
from handlers.wishes.use_cases import WishLimits
from storage.members import Member, Role

MAY_CLAIM = only(*CLAIMERS)
OF_MINE = only(*CLAIMERS, of=Of.OWN)


@command("认领", "claim", allow=MAY_CLAIM)
async def claim_wish(
    no: Annotated[int, "编号"],
    member: Member,
    chat: Chat,
    limits: WishLimits,
    work: Work,
    team: Annotated[OneWord | None, "队伍"] = None,
) -> Reply:
    """认领一个微心愿；写上自己的队伍，就由全队来办。

    示例:
        /认领 12
        /认领 12 第3队
    """
    claiming = work(use_cases.claim, no, team or "", by=member, chat=chat, limits=limits)
    return await claiming.reply(lambda claimed: phrases.claimed(*claimed, private=chat.private))


@command("放弃", "release", allow=OF_MINE)
async def release_wish(
    no: Annotated[int, "编号"],
    member: Member,
    chat: Chat,
    words: WordLists,
    work: Work,
    reason: Annotated[str | None, "原因"] = None,
) -> Reply:
    """放弃自己认领的心愿，让别人来办。

    示例:
        /放弃 12
        /放弃 12 买不到合适的
    """
    words.admit(reason or "")
    return await work(use_cases.release, no, reason or "", by=member, chat=chat).reply(phrases.released)


@command("送达", "deliver", allow=OF_MINE)
async def deliver_wish(
    no: Annotated[int, "编号"],
    member: Member,
    chat: Chat,
    words: WordLists,
    pictures: Pictures,
    work: Work,
    note: Annotated[str | None, "说明"] = None,
) -> Reply:
    """把认领的心愿记为送达，等对方确认。

    示例:
        /送达 12
        /送达 12 收音机已送到家
    """
    words.admit(note or "")
    photo = pictures.takes(chat.channel)
    delivering = work(use_cases.deliver, no, note or "", by=member, chat=chat)
    return await delivering.reply(lambda wish: phrases.delivered(wish, photo=photo, private=chat.private))


@command("转交", "handover", allow=OF_MINE)
async def hand_over_wish(
    no: Annotated[int, "编号"],
    whom: Annotated[str, "姓名", Ask("转给谁？写姓名，同名的写“姓名@村（社区）”。")],
    member: Member,
    chat: Chat,
    limits: WishLimits,
    work: Work,
) -> Reply:
    """把自己认领的心愿转给另一位来办。

    示例:
        /转交 12 小孙
        /转交 12 小孙@永续社区
    """
    handing = work(use_cases.hand_over, no, whom, by=member, chat=chat, limits=limits)
    return await handing.reply(phrases.handed_over)


@command("改派", "reassign", allow=only(Role.COORDINATOR))
async def reassign_wish(
    no: Annotated[int, "编号"],
    whom: Annotated[str, "姓名", Ask("派给谁？写姓名，同名的写“姓名@村（社区）”。")],
    member: Member,
    chat: Chat,
    limits: WishLimits,
    work: Work,
) -> Reply:
    """把待认领或已认领的心愿派给一位来办。

    示例:
        /改派 12 小孙
    """
    assigning = work(use_cases.reassign, no, whom, by=member, chat=chat, limits=limits)
    return await assigning.reply(phrases.reassigned)


@command("约定", "promise", allow=OF_MINE)
async def promise_wish(
    no: Annotated[int, "编号"],
    day: Annotated[str, "日期", Ask("哪天能送到？例如：3月20日。")],
    member: Member,
    chat: Chat,
    work: Work,
) -> Reply:
    """约定哪天送到，登记的人会知道。

    示例:
        /约定 12 3月20日
    """
    return await work(use_cases.promise, no, day, by=member, chat=chat).reply(phrases.promised)


@command("署名", "credit", allow=OF_MINE)
async def credit_wish(
    no: Annotated[int, "编号"],
    member: Member,
    chat: Chat,
    work: Work,
    unnamed: Annotated[Unnamed | None, "不"] = None,
) -> Reply:
    """同意点亮时说出自己的名字；不发就只说一位热心人，写“不”是收回。

    示例:
        /署名 12
        /署名 12 不
    """
    crediting = work(use_cases.credit, no, by=member, chat=chat, named=unnamed is None)
    return await crediting.reply(phrases.credited)
