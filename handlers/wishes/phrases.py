"""All wording of wishes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum

from bot.chat import phrases as engine
from bot.chat.errors import DomainError
from bot.chat.reply import Button, Card, Reply, Text
from bot.masking import hide_people
from handlers.wishes.rules import code_name
from storage.wishes import Move, Status, Wish, WishEvent

STATUS = {
    Status.PENDING: "待核实",
    Status.OPEN: "待认领",
    Status.CLAIMED: "已认领",
    Status.DELIVERED: "待确认",
    Status.FULFILLED: "已点亮",
    Status.RETURNED: "退回",
    Status.WITHDRAWN: "已撤回",
    Status.EXPIRED: "已过期",
}
STATUS_BY_WORD = {word: status for status, word in STATUS.items()} | {
    "退回修改": Status.RETURNED,
    "点亮": Status.FULFILLED,
}
MINE, ALL = "我的", "全部"

MOVED = {
    Move.LOG: "登记",
    Move.VERIFY: "核实通过",
    Move.RETURN: "退回",
    Move.AMEND: "修改后重新提交",
    Move.CLAIM: "认领",
    Move.RELEASE: "放弃认领",
    Move.DELIVER: "送达",
    Move.FULFIL: "点亮",
    Move.NOT_RECEIVED: "反馈未收到",
    Move.WITHDRAW: "撤回",
    Move.EXPIRE: "到期",
}

BUTTONS = 6
"""W90236 模板卡片: at most six buttons on a card."""

ASK_CONTENT = "想要点什么、给谁、为什么，一句话说给我就行，不用写姓名和电话。"
UNKNOWN_PLACE = "未填地点"


class Verdict(StrEnum):
    PASS = "通过"
    RETURN = "退回"


class NoSuchWish(DomainError):
    def __init__(self, no: int) -> None:
        super().__init__(f"这里没有 #{no} 这个心愿，请核对编号。")


class TooLong(DomainError):
    def __init__(self, limit: int) -> None:
        super().__init__(f"心愿请写在 {limit} 个字以内，说清要什么、给谁就行。")


class TooManyToday(DomainError):
    def __init__(self, limit: int) -> None:
        super().__init__(f"您今天已登记 {limit} 个心愿，到了一天的上限，请明天再来。")


class TooManyHeld(DomainError):
    def __init__(self, limit: int) -> None:
        super().__init__(f"您手里已有 {limit} 个心愿没送达，先办完一个再认领新的。")


class OwnWish(DomainError):
    sentence = "自己登记的心愿要由别人来核实。"


class NotVerifier(DomainError):
    sentence = "这个心愿要由它所在村（社区）的干部或第一书记核实。"


class ReasonMissing(DomainError):
    sentence = "退回要写明原因，好让登记的人知道怎么改。"


class NotClaimerHere(DomainError):
    def __init__(self, no: int, place: str | None) -> None:
        super().__init__(f"#{no} 是{place or '别处'}的心愿，由那里的志愿者、网格员、书记和干部来认领。")


class TakenAlready(DomainError):
    def __init__(self, no: int) -> None:
        super().__init__(f"#{no} 已有人认领，谢谢您的心意。发“/心愿单”看看别的。")


class YoursAlready(DomainError):
    def __init__(self, no: int) -> None:
        super().__init__(f"#{no} 已经由您认领，不用再认领。")


class NotYours(DomainError):
    def __init__(self, no: int, doing: str) -> None:
        super().__init__(f"#{no} 不是您认领的，只有认领人可以{doing}。")


class NotLogger(DomainError):
    def __init__(self, no: int, doing: str) -> None:
        super().__init__(f"#{no} 只有登记的人可以{doing}。")


class NotConfirmer(DomainError):
    def __init__(self, no: int) -> None:
        super().__init__(f"#{no} 要由登记的人或村（社区）干部来确认，认领的人不能自己确认。")


class NotWithdrawer(DomainError):
    def __init__(self, no: int) -> None:
        super().__init__(f"#{no} 只有登记的人（认领之前）或村（社区）干部（送达之前）可以撤回。")


class WrongState(DomainError):
    def __init__(self, no: int, status: Status, doing: str) -> None:
        super().__init__(f"#{no} 现在是“{STATUS[status]}”，不能{doing}。")


@dataclass(frozen=True, slots=True)
class Listed:
    """Wishes with what the chat they are shown in may see."""

    wishes: Sequence[Wish]
    total: int
    title: str
    private: bool
    claims: bool = False
    """Whether somebody who reads the list may claim."""


@dataclass(frozen=True, slots=True)
class Shown:
    wish: Wish
    events: Sequence[WishEvent]
    private: bool
    full: bool
    """Whether the viewer may read the words as they were typed."""
    zone: tzinfo | None


def logged(wish: Wish, similar: Sequence[Wish]) -> Reply:
    text = f"已登记心愿 #{wish.no}，等待核实。"
    if similar:
        text += "\n已有相似的心愿：" + "；".join(_alike(other, wish.logged_by) for other in similar)
    return Reply.text(text)


PRIVATE_WARNING = (
    "提醒：您在群里登记 #{no} 时写了姓名或号码，群里的人都看得到。请在群里撤回那条消息，"
    "以后含姓名电话的内容请私聊我登记。我在群里只会用代号“{code}”称呼这个心愿。"
)


def warning(wish: Wish) -> Reply:
    return Reply.text(PRIVATE_WARNING.format(no=wish.no, code=code_name(wish.no)))


def listed(view: Listed) -> Reply:
    if not view.wishes:
        return Reply.text(f"{view.title}：暂时没有。")
    lines = [f"{view.title}（共 {view.total} 个）："]
    lines += [
        f"{place}. #{wish.no} {_brief(wish, full=False)}〔{STATUS[wish.status]}〕"
        for place, wish in enumerate(view.wishes, start=1)
    ]
    if view.total > len(view.wishes):
        lines.append(f"只列出前 {len(view.wishes)} 个。")
    claim = "；认领发“/认领 编号”，编号是 # 后面的数"
    claimable = view.claims and any(wish.status is Status.OPEN for wish in view.wishes)
    lines.append(f"{engine.pick('详情', private=view.private)}{claim if claimable else ''}。")
    listing = tuple(f"wish:{wish.no}" for wish in view.wishes)
    card = _claim_card(view.wishes) if claimable else None
    text = Text("\n".join(lines))
    return Reply((text, card) if card else (text,), listing)


def _claim_card(wishes: Sequence[Wish]) -> Card:
    """Buttons for the first open wishes. It says nothing that the list before it does not."""
    shown = [wish for wish in wishes if wish.status is Status.OPEN][:BUTTONS]
    return Card(
        title="点一下就认领",
        description="",
        rows=tuple((f"#{wish.no}", _brief(wish, full=False)) for wish in shown),
        buttons=tuple(Button(f"认领 #{wish.no}", f"/认领 {wish.no}") for wish in shown),
        fallback="",
    )


def to_verify(view: Listed) -> Reply:
    if not view.wishes:
        return Reply.text("没有等您核实的心愿。")
    lines = [f"等您核实的心愿（共 {view.total} 个）："]
    lines += [
        f"{place}. #{wish.no} {_brief(wish, full=view.private)}"
        for place, wish in enumerate(view.wishes, start=1)
    ]
    lines.append("情况属实发“/核实 编号 通过”，不合适发“/核实 编号 退回 原因”，编号是 # 后面的数。")
    return Reply.text("\n".join(lines), listing=tuple(f"wish:{wish.no}" for wish in view.wishes))


def shown(view: Shown) -> Reply:
    wish = view.wish
    lines = [
        f"心愿 #{wish.no}（{code_name(wish.no)}）〔{STATUS[wish.status]}〕",
        f"内容：{wish.content if view.full else hide_people(wish.content)}",
        f"地点：{wish.place or UNKNOWN_PLACE}",
    ]
    if wish.status in (Status.PENDING, Status.OPEN):
        lines.append(f"有效期至：{wish.expires_on.isoformat()}")
    if wish.note and view.full:
        lines.append(f"说明：{wish.note}")
    lines.append(
        "经过：" + " → ".join(f"{_day(event.at, view.zone)} {MOVED[event.move]}" for event in view.events)
    )
    return Reply.text("\n".join(lines))


def verified(wish: Wish) -> Reply:
    return Reply.text(f"#{wish.no} 核实通过，现在可以认领了。")


def returned(wish: Wish) -> Reply:
    return Reply.text(f"#{wish.no} 已退回，原因已告诉登记的人。")


def amended(wish: Wish) -> Reply:
    return Reply.text(f"#{wish.no} 已修改，重新等待核实。")


def claimed(wish: Wish, private: bool) -> Reply:
    if not private:
        return Reply.text(
            f"#{wish.no}（{code_name(wish.no)}）由您认领，详细内容已私下发给您。送到后发“/送达 {wish.no}”。"
        )
    return Reply.text(
        f"#{wish.no} 由您认领。\n{_to_claimer(wish)}\n送到后发“/送达 {wish.no}”，办不了发“/放弃 {wish.no} 原因”。"
    )


def claimer_details(wish: Wish) -> Reply:
    return Reply.text(f"您认领的心愿 #{wish.no}：\n{_to_claimer(wish)}\n以上只给您一人，请勿转发。")


def released(wish: Wish) -> Reply:
    return Reply.text(f"#{wish.no} 已放弃，重新等人认领。")


def delivered(wish: Wish) -> Reply:
    return Reply.text(f"#{wish.no} 已记为送达，等登记的人或村（社区）干部确认。")


def fulfilled(wish: Wish) -> Reply:
    return Reply.text(f"#{wish.no} 点亮了，心愿达成，谢谢大家！")


def not_received(wish: Wish) -> Reply:
    return Reply.text(f"#{wish.no} 记为没收到，已请认领的人再核对。")


def withdrawn(wish: Wish) -> Reply:
    return Reply.text(f"#{wish.no} 已撤回。")


def told_logger(wish: Wish, move: Move, note: str) -> Reply:
    """What whoever logged the wish learns of a step, in private."""
    texts = {
        Move.VERIFY: f"您登记的心愿 #{wish.no} 核实通过了，正在等人认领。",
        Move.RETURN: f"您登记的心愿 #{wish.no} 被退回：{note}。改好后发“/心愿修改 {wish.no} 新内容”。",
        Move.CLAIM: f"您登记的心愿 #{wish.no} 有人认领了。",
        Move.RELEASE: f"您登记的心愿 #{wish.no} 认领的人办不了，重新等人认领。",
        Move.DELIVER: (
            f"您登记的心愿 #{wish.no} 已送达{'：' + note if note else ''}。"
            f"收到了请发“/点亮 {wish.no}”，没收到发“/未达 {wish.no} 原因”。"
        ),
        Move.FULFIL: f"您登记的心愿 #{wish.no} 点亮了。",
        Move.NOT_RECEIVED: f"您登记的心愿 #{wish.no} 记为没收到，正在核对。",
        Move.WITHDRAW: f"您登记的心愿 #{wish.no} 已由村（社区）干部撤回。",
        Move.EXPIRE: f"您登记的心愿 #{wish.no} 到期没人认领，已关闭。还需要的话请重新登记。",
    }
    return Reply.text(texts[move])


def told_claimer(wish: Wish, move: Move, note: str) -> Reply:
    texts = {
        Move.FULFIL: f"您认领的心愿 #{wish.no} 点亮了，谢谢您！",
        Move.NOT_RECEIVED: f"您认领的心愿 #{wish.no}，对方说没收到：{note}。请再核对，送到后重新发“/送达 {wish.no}”。",
        Move.WITHDRAW: f"您认领的心愿 #{wish.no} 已撤回，不用再办了，谢谢您！",
    }
    return Reply.text(texts[move])


DOING = {
    Move.VERIFY: "核实",
    Move.RETURN: "退回",
    Move.AMEND: "修改",
    Move.CLAIM: "认领",
    Move.RELEASE: "放弃",
    Move.DELIVER: "送达",
    Move.FULFIL: "点亮",
    Move.NOT_RECEIVED: "报没收到",
    Move.WITHDRAW: "撤回",
}


def title(place: str, condition: str, status: Status | None) -> str:
    """The heading of a list: of a state, of what is mine, of all, or of what has a word in it."""
    if condition == MINE:
        return "我的心愿"
    if condition == ALL:
        return f"{place}的全部心愿" if place else "全部心愿"
    word = status is None and condition
    return f"{place}“{condition}”心愿" if word else f"{place}{STATUS[status or Status.OPEN]}心愿"


def _brief(wish: Wish, *, full: bool) -> str:
    content = wish.content if full else hide_people(wish.content)
    content = " ".join(content.split())
    short = content if len(content) <= 40 else content[:39] + "…"
    return f"{code_name(wish.no)}（{wish.place or UNKNOWN_PLACE}）：{short}"


def _alike(wish: Wish, logger: int) -> str:
    """A similar wish: its words are not shown to others before somebody has verified them."""
    shown = wish.status is not Status.PENDING or wish.logged_by == logger
    words = f" {_brief(wish, full=False)}" if shown else ""
    return f"#{wish.no}{words}〔{STATUS[wish.status]}〕"


def _to_claimer(wish: Wish) -> str:
    return f"内容：{wish.content}\n地点：{wish.place or UNKNOWN_PLACE}\n登记人：{wish.logged_by_name}"


def _day(at: datetime, zone: tzinfo | None) -> str:
    local = at.astimezone(zone)
    return f"{local.month}月{local.day}日"
