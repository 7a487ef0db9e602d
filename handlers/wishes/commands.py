"""Chat commands with which a wish begins."""

from typing import Annotated

from bot.chat.command import Ask, Where, command
from bot.chat.pages import Page
from bot.chat.permission import EVERYBODY, Of, everybody, only
from bot.chat.reply import Reply
from bot.chat.turn import Chat
from bot.chat.work import Work
from bot.moderation import WordLists
from handlers.wishes import phrases, use_cases
from handlers.wishes.lists.phrases import shown
from handlers.wishes.lists.use_cases import show
from handlers.wishes.phrases import ASK_CONTENT, ASK_GUARDIAN, Verdict
from handlers.wishes.use_cases import WishLimits
from storage.members import Member, Role
from storage.wish_waiting import VERIFIERS

MAY_VERIFY = only(*VERIFIERS)


@command("心愿", "wish", allow=EVERYBODY)
async def log_wish(
    content: Annotated[str, "内容", Ask(ASK_CONTENT)],
    member: Member,
    chat: Chat,
    limits: WishLimits,
    words: WordLists,
    work: Work,
) -> Reply:
    """登记一个微心愿，核实后等人认领；只发“/心愿”就一步步问。

    示例:
        /心愿 独居老人想要一台收音机
    """
    words.admit(content)
    logging = work(use_cases.log, content, by=member, chat=chat, limits=limits)
    return await logging.reply(lambda logged: phrases.logged(*logged))


@command("核实", "verify", allow=MAY_VERIFY)
async def verify_wish(
    member: Member,
    chat: Chat,
    work: Work,
    page: Page,
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
        return phrases.to_verify(await work.read(use_cases.to_verify, page.number, by=member, chat=chat))
    if verdict is None:
        return await work(show, no, by=member, chat=chat).reply(shown)
    verifying = work(use_cases.verify, no, verdict, reason or "", by=member, chat=chat)
    return await verifying.reply(phrases.verified if verdict is Verdict.PASS else phrases.returned)


@command("心愿修改", "amend", allow=everybody(Of.OWN))
async def amend_wish(
    no: Annotated[int, "编号"],
    content: Annotated[str, "内容", Ask("改成什么？一句话说给我。")],
    member: Member,
    chat: Chat,
    words: WordLists,
    work: Work,
) -> Reply:
    """修改被退回的心愿，重新提交核实。

    示例:
        /心愿修改 12 想要一双 41 码的棉鞋
    """
    words.admit(content)
    return await work(use_cases.amend, no, content, by=member, chat=chat).reply(phrases.amended)


@command("监护同意", "consent", allow=only(Role.CHILD_OFFICER), where=Where.PRIVATE)
async def record_consent(
    member: Member,
    chat: Chat,
    work: Work,
    page: Page,
    no: Annotated[int | None, "编号"] = None,
    who: Annotated[str | None, "谁同意的", Ask(ASK_GUARDIAN)] = None,
) -> Reply:
    """看哪些孩子的心愿要问监护人，问过了记下是谁同意的。

    示例:
        /监护同意 12 孩子的奶奶当面同意
        /监护同意 12 满14岁
        /监护同意
    """
    if no is None or who is None:
        return phrases.to_ask(await work.read(use_cases.to_ask, page.number, by=member))
    return await work(use_cases.consent, no, who, by=member, chat=chat).reply(phrases.consented)
