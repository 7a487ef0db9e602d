"""Chat commands for wishes."""

from typing import Annotated

from bot.chat.command import Ask, command
from bot.chat.permission import EVERYBODY, only
from bot.chat.reply import Reply
from bot.chat.turn import Chat
from bot.chat.work import Work
from handlers.wishes import phrases, use_cases
from handlers.wishes.phrases import ASK_CONTENT, Verdict
from handlers.wishes.use_cases import WishLimits
from storage.members import Member

MAY_VERIFY = only(*use_cases.VERIFIERS)
MAY_CLAIM = only(*use_cases.CLAIMERS)


@command("心愿", "wish", allow=EVERYBODY)
async def log_wish(
    content: Annotated[str, "内容", Ask(ASK_CONTENT)],
    member: Member,
    chat: Chat,
    limits: WishLimits,
    work: Work,
) -> Reply:
    """登记一个微心愿，核实后等人认领。

    示例:
        /心愿 独居老人想要一台收音机
    """
    logging = work(use_cases.log, content, by=member, chat=chat, limits=limits)
    return await logging.reply(lambda logged: phrases.logged(*logged))


@command("核实", "verify", allow=MAY_VERIFY)
async def verify_wish(
    member: Member,
    chat: Chat,
    work: Work,
    no: Annotated[int | None, "编号"] = None,
    verdict: Annotated[Verdict | None, "通过|退回"] = None,
    reason: Annotated[str | None, "原因"] = None,
) -> Reply:
    """看等着核实的心愿，核实通过或退回。

    示例:
        /核实 12 通过
        /核实 12 退回 请写清要什么尺码
        /核实 12
        /核实
    """
    if no is None:
        return phrases.to_verify(await work.read(use_cases.waiting, by=member, chat=chat))
    if verdict is None:
        return await work(use_cases.show, no, by=member, chat=chat).reply(phrases.shown)
    verifying = work(use_cases.verify, no, verdict, reason or "", by=member, chat=chat)
    return await verifying.reply(phrases.verified if verdict is Verdict.PASS else phrases.returned)


@command("心愿单", "wishes", allow=EVERYBODY)
async def list_wishes(
    member: Member, chat: Chat, work: Work, condition: Annotated[str | None, "条件"] = None
) -> Reply:
    """看本地的心愿；条件可写状态、“我的”、“全部”或一个词。

    示例:
        /心愿单
        /心愿单 已认领
        /心愿单 我的
        /心愿单 收音机
    """
    return phrases.listed(await work.read(use_cases.listing, condition or "", by=member, chat=chat))


@command("心愿详情", "wishinfo", allow=EVERYBODY)
async def show_wish(no: Annotated[int, "编号"], member: Member, chat: Chat, work: Work) -> Reply:
    """看一个心愿的内容和经过。

    示例:
        /心愿详情 12
    """
    return await work(use_cases.show, no, by=member, chat=chat).reply(phrases.shown)


@command("心愿修改", "amend", allow=EVERYBODY)
async def amend_wish(
    no: Annotated[int, "编号"],
    content: Annotated[str, "内容", Ask("改成什么？一句话说给我。")],
    member: Member,
    chat: Chat,
    work: Work,
) -> Reply:
    """修改被退回的心愿，重新提交核实。

    示例:
        /心愿修改 12 想要一双 41 码的棉鞋
    """
    return await work(use_cases.amend, no, content, by=member, chat=chat).reply(phrases.amended)


@command("认领", "claim", allow=MAY_CLAIM)
async def claim_wish(
    no: Annotated[int, "编号"], member: Member, chat: Chat, limits: WishLimits, work: Work
) -> Reply:
    """认领一个微心愿。

    示例:
        /认领 12
    """
    claiming = work(use_cases.claim, no, by=member, chat=chat, limits=limits)
    return await claiming.reply(lambda wish: phrases.claimed(wish, chat.private))


@command("放弃", "release", allow=MAY_CLAIM)
async def release_wish(
    no: Annotated[int, "编号"],
    member: Member,
    chat: Chat,
    work: Work,
    reason: Annotated[str | None, "原因"] = None,
) -> Reply:
    """放弃自己认领的心愿，让别人来办。

    示例:
        /放弃 12
        /放弃 12 买不到合适的
    """
    return await work(use_cases.release, no, reason or "", by=member, chat=chat).reply(phrases.released)


@command("送达", "deliver", allow=MAY_CLAIM)
async def deliver_wish(
    no: Annotated[int, "编号"],
    member: Member,
    chat: Chat,
    work: Work,
    note: Annotated[str | None, "说明"] = None,
) -> Reply:
    """把认领的心愿记为送达，等对方确认。

    示例:
        /送达 12
        /送达 12 收音机已送到家
    """
    return await work(use_cases.deliver, no, note or "", by=member, chat=chat).reply(phrases.delivered)


@command("点亮", "fulfil", allow=EVERYBODY)
async def fulfil_wish(no: Annotated[int, "编号"], member: Member, chat: Chat, work: Work) -> Reply:
    """确认心愿收到了，点亮它。

    示例:
        /点亮 12
    """
    return await work(use_cases.fulfil, no, by=member, chat=chat).reply(phrases.fulfilled)


@command("未达", "missing", allow=EVERYBODY)
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
    return await work(use_cases.not_received, no, reason, by=member, chat=chat).reply(phrases.not_received)


@command("撤回", "withdraw", allow=EVERYBODY)
async def withdraw_wish(no: Annotated[int, "编号"], member: Member, chat: Chat, work: Work) -> Reply:
    """撤回一个心愿。

    示例:
        /撤回 12
    """
    return await work(use_cases.withdraw, no, by=member, chat=chat).reply(phrases.withdrawn)
