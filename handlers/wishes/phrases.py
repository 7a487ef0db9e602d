"""Wording that every room of wishes shares, and that of logging and verifying one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.chat import phrases as engine
from bot.chat.errors import DomainError, NotAllowed
from bot.chat.paged import Paged
from bot.chat.reply import Reply, Text
from handlers.wishes.rules import code_name
from storage.wishes import AgeBand, Consent, Kind, Move, Status, Urgency, Wish

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
MOVED = {
    Move.LOG: "登记",
    Move.CONSENT: "监护人同意",
    Move.GROWN: "核对年龄，已满14岁",
    Move.VERIFY: "核实通过",
    Move.RETURN: "退回",
    Move.AMEND: "修改后重新提交",
    Move.MERGE: "并入",
    Move.ABSORB: "并进来",
    Move.CLAIM: "认领",
    Move.PROMISE: "约定",
    Move.CREDIT: "同意署名",
    Move.UNCREDIT: "收回署名",
    Move.HANDOVER: "转交",
    Move.REASSIGN: "改派",
    Move.ENTRUST: "交接",
    Move.RELEASE: "放弃认领",
    Move.LAPSE: "久未送达，放回",
    Move.DELIVER: "送达",
    Move.FULFIL: "点亮",
    Move.NOT_RECEIVED: "反馈未收到",
    Move.SUCCEED: "认领人离任，有人接手",
    Move.FOLLOW: "反馈未收到，由接手的人来办",
    Move.COME_BACK: "反馈未收到，认领人已离任，重新等人认领",
    Move.WITHDRAW: "撤回",
    Move.EXPIRE: "到期",
    Move.REOPEN: "重开",
}
DOING = {
    Move.CONSENT: "记监护人同意",
    Move.GROWN: "改年龄",
    Move.VERIFY: "核实",
    Move.RETURN: "退回",
    Move.AMEND: "修改",
    Move.MERGE: "合并",
    Move.ABSORB: "合并",
    Move.CLAIM: "认领",
    Move.PROMISE: "约定日期",
    Move.CREDIT: "署名",
    Move.UNCREDIT: "收回署名",
    Move.HANDOVER: "转交",
    Move.REASSIGN: "改派",
    Move.ENTRUST: "交接",
    Move.RELEASE: "放弃",
    Move.LAPSE: "放回",
    Move.DELIVER: "送达",
    Move.FULFIL: "点亮",
    Move.NOT_RECEIVED: "报没收到",
    Move.SUCCEED: "交接",
    Move.FOLLOW: "报没收到",
    Move.COME_BACK: "报没收到",
    Move.WITHDRAW: "撤回",
    Move.EXPIRE: "关闭",
    Move.REOPEN: "重开",
}
KIND = {Kind.GOODS: "物品", Kind.SERVICE: "服务", Kind.COMPANY: "陪伴", Kind.SKILL: "技能"}
AGE_BAND = {
    AgeBand.CHILD: "14岁以下",
    AgeBand.YOUTH: "14至17岁",
    AgeBand.ADULT: "成年人",
    AgeBand.ELDER: "60至79岁",
    AgeBand.AGED: "80岁以上",
}
UNVERIFIED = frozenset({Status.PENDING, Status.RETURNED})
"""States of wishes whose words are not said in a group."""

SOMEBODY, THE_CHILD = "某某", "孩子"
HEARTY = "一位热心人"
"""Who claimed a wish and did not say that their name may be told."""

ASK_CONTENT = "想要点什么、给谁、为什么，一句话说给我就行，不用写姓名和电话。"
ASK_GUARDIAN = "是谁同意的？例如：孩子的奶奶当面同意。"
UNKNOWN_PLACE = "未填地点"
ENDINGS = ("村", "社区", "村委会", "镇", "街道", "县")
"""What people leave out of a place's name."""
TO_VERIFY, TO_ASK = "/核实", "/监护同意"
"""The commands that list what waits."""

NO_SUCH_WISH = "这里没有 #{no} 这个心愿，请核对编号。"


class Verdict(StrEnum):
    PASS = "通过"
    RETURN = "退回"


class NoSuchWish(DomainError):
    def __init__(self, no: int) -> None:
        super().__init__(NO_SUCH_WISH.format(no=no))


class OutOfSight(NotAllowed):
    """A wish that is none of theirs: told as if it were not there."""

    def __init__(self, no: int) -> None:
        super().__init__(NO_SUCH_WISH.format(no=no))


class TooLong(DomainError):
    def __init__(self, limit: int) -> None:
        super().__init__(f"心愿请写在 {limit} 个字以内，说清要什么、给谁就行。")


class TooManyToday(DomainError):
    def __init__(self, limit: int) -> None:
        super().__init__(f"您今天已登记 {limit} 个心愿，到了一天的上限，请明天再来。")


class OwnWish(NotAllowed):
    sentence = "自己登记的心愿要由别人来核实。"


class NotVerifier(NotAllowed):
    sentence = "这个心愿要由它所在村（社区）的干部或第一书记核实。"


class GuardianMissing(DomainError):
    def __init__(self, no: int) -> None:
        super().__init__(
            f"#{no} 是 14 岁以下孩子的心愿，还缺监护人同意：请儿童主任问过监护人，私聊发“/监护同意 {no} 谁同意的”，再来核实。"
        )


class NotChildOfficer(NotAllowed):
    def __init__(self, no: int) -> None:
        super().__init__(f"#{no} 要由它所在村（社区）的儿童主任来记监护人同意。")


class NoConsentNeeded(DomainError):
    def __init__(self, no: int) -> None:
        super().__init__(f"#{no} 不用再记监护人同意。")


class StillAChild(DomainError):
    def __init__(self, no: int) -> None:
        super().__init__(f"#{no} 没满 14 岁，要监护人同意：请写是谁同意的。")


class OtherChildren(DomainError):
    def __init__(self, no: int, others: Sequence[int]) -> None:
        merged = "、".join(f"#{other}" for other in others)
        super().__init__(
            f"#{no} 里并进了 {merged}，也是 14 岁以下孩子的心愿，还要问那边的监护人：同意了请写是谁同意的，不同意的请干部退回。"
        )


class ReasonMissing(DomainError):
    sentence = "退回要写明原因，好让登记的人知道怎么改。"


class NotLogger(NotAllowed):
    def __init__(self, no: int, doing: str) -> None:
        super().__init__(f"#{no} 只有登记的人可以{doing}。")


class WrongState(DomainError):
    def __init__(self, no: int, status: Status, doing: str) -> None:
        super().__init__(f"#{no} 现在是“{STATUS[status]}”，不能{doing}。")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A page of the wishes that wait for somebody."""

    wishes: Paged[Wish]
    private: bool

    @property
    def listing(self) -> tuple[str, ...]:
        return tuple(f"wish:{wish.no}" for wish in self.wishes.items)

    @property
    def numbered(self) -> Iterable[tuple[int, Wish]]:
        return enumerate(self.wishes.shown, start=self.wishes.first + 1)


def logged(wish: Wish, similar: Sequence[Wish]) -> Reply:
    text = f"已登记心愿 #{wish.no}，等待核实。"
    if known := marks(wish):
        text += f"\n记为：{known}。"
    if wish.consent is Consent.NEEDED:
        text += "\n给 14 岁以下孩子的心愿，要儿童主任问过监护人同意，才能核实。"
    if similar:
        text += "\n已有相似的心愿：" + "；".join(_alike(other, wish.logged_by) for other in similar)
    return Reply.text(text)


PRIVATE_WARNING = (
    "提醒：您在群里登记 #{no} 时写了姓名或号码，群里的人都看得到。请在群里撤回那条消息，"
    "以后含姓名电话的内容请私聊我登记。我在群里只会用代号“{code}”称呼这个心愿。"
)


def marks(wish: Wish) -> str:
    """Of what kind it is, for whom, how soon: what is known."""
    known = (
        KIND.get(wish.kind), AGE_BAND.get(wish.age_band), "急" if wish.urgency is Urgency.URGENT else None,
        f"{day(wish.wanted_by)}前要" if wish.wanted_by else None,
    )  # fmt: skip
    return "，".join(mark for mark in known if mark)


def day(on: date) -> str:
    return f"{on.month}月{on.day}日"


def to_child_officer(wish: Wish) -> Reply:
    return Reply.text(
        f"{wish.place or UNKNOWN_PLACE}登记了一个 14 岁以下孩子的心愿 #{wish.no}：{wish.content}\n"
        f"请先问监护人，同意了私聊发“/监护同意 {wish.no} 谁同意的”；原话发“/心愿详情 {wish.no}”看。"
    )


def to_coordinator_of_none(wish: Wish) -> Reply:
    """A child's wish that has no place has no child officer either."""
    return Reply.text(
        f"有人登记了一个 14 岁以下孩子的心愿 #{wish.no}，没填是哪个村（社区）：{wish.content}\n"
        f"核实前要儿童主任问过监护人。请联系孩子所在村（社区）的儿童主任，让他私聊发“/监护同意 {wish.no} 谁同意的”。"
    )


def to_ask(view: Waiting) -> Reply:
    if not view.wishes.items:
        return Reply.text("没有等监护人同意的心愿。")
    lines = [f"要先问监护人的心愿{engine.counted(view.wishes, '个')}："]
    lines += [f"{place}. #{wish.no} {brief(wish)}" for place, wish in view.numbered]
    lines.append(
        "问过了发“/监护同意 编号 谁同意的”，编号是 # 后面的数；不同意的，请告诉来核实的干部退回；"
        "其实满了 14 岁的，发“/监护同意 编号 满14岁”。"
    )
    return _waiting(lines, view)


def consented(wish: Wish) -> Reply:
    if wish.consent is Consent.NOT_NEEDED:
        return Reply.text(f"#{wish.no} 改记为{AGE_BAND[wish.age_band]}，不用监护人同意，可以核实了。")
    return Reply.text(f"#{wish.no} 已记下监护人同意，可以核实了。")


def warning(wish: Wish) -> Reply:
    return Reply.text(PRIVATE_WARNING.format(no=wish.no, code=code_name(wish.no)))


def to_verify(view: Waiting) -> Reply:
    if not view.wishes.items:
        return Reply.text("没有等您核实的心愿。")
    lines = [f"等您核实的心愿{engine.counted(view.wishes, '个')}："]
    said = brief if view.private else unsaid
    lines += [
        f"{place}. #{wish.no} {said(wish)}{'〔还缺监护人同意〕' if wish.consent is Consent.NEEDED else ''}"
        for place, wish in view.numbered
    ]
    if not view.private:
        lines.append("还没核实的内容不在群里念，私聊发“/核实”看内容。")
    lines.append("情况属实发“/核实 编号 通过”，不合适发“/核实 编号 退回 原因”，编号是 # 后面的数。")
    return _waiting(lines, view)


def _waiting(lines: Sequence[str], view: Waiting) -> Reply:
    turning = engine.turning(view.wishes, private=view.private)
    said = "\n".join([*lines, *([f"{turning}。"] if turning else [])])
    return Reply((Text(said),), view.listing, view.wishes.more)


def verified(wish: Wish) -> Reply:
    return Reply.text(f"#{wish.no} 核实通过，现在可以认领了。")


def returned(wish: Wish) -> Reply:
    return Reply.text(f"#{wish.no} 已退回，原因已告诉登记的人。")


def amended(wish: Wish) -> Reply:
    return Reply.text(f"#{wish.no} 已修改，重新等待核实。")


def told_logger(wish: Wish, move: Move, note: str) -> Reply:
    """What whoever logged the wish learns of a step, in private."""
    texts = {
        Move.VERIFY: f"您登记的心愿 #{wish.no} 核实通过了，正在等人认领。",
        Move.RETURN: f"您登记的心愿 #{wish.no} 被退回：{note}。改好后发“/心愿修改 {wish.no} 新内容”。",
        Move.CLAIM: f"您登记的心愿 #{wish.no} 有人认领了。",
        Move.PROMISE: f"您登记的心愿 #{wish.no}，认领的人约定 {note}送到。",
        Move.HANDOVER: f"您登记的心愿 #{wish.no} 换了一位热心人来办。",
        Move.REASSIGN: f"您登记的心愿 #{wish.no} 由村（社区）干部安排了人来办。",
        Move.LAPSE: f"您登记的心愿 #{wish.no} 认领的人一直没送到，重新等人认领。",
        Move.RELEASE: f"您登记的心愿 #{wish.no} 认领的人办不了{f'（{note}）' if note else ''}，重新等人认领。",
        Move.DELIVER: (
            f"您登记的心愿 #{wish.no} 已送达{'：' + note if note else ''}。"
            f"收到了请发“/点亮 {wish.no}”，没收到发“/未达 {wish.no} 原因”。"
        ),
        Move.FULFIL: f"您登记的心愿 #{wish.no} 点亮了，感谢{who(wish)}。",
        Move.NOT_RECEIVED: f"您登记的心愿 #{wish.no} 记为没收到，正在核对。",
        Move.FOLLOW: f"您登记的心愿 #{wish.no} 记为没收到；原来认领的人已离任，由接手的人来办。",
        Move.COME_BACK: f"您登记的心愿 #{wish.no} 记为没收到；原来认领的人已离任，重新等人认领。",
        Move.WITHDRAW: f"您登记的心愿 #{wish.no} 已由村（社区）干部撤回{f'：{note}' if note else ''}。",
        Move.EXPIRE: f"您登记的心愿 #{wish.no} 到期没人认领，已关闭。还需要的话发“/重开 {wish.no} 原因”。",
        Move.REOPEN: f"您登记的心愿 #{wish.no} 又打开了，现在是“{STATUS[wish.status]}”。",
    }
    return Reply.text(texts[move])


def told_merged_logger(wish: Wish, move: Move, *, merged: int) -> Reply:
    """The same, of the wish that theirs was merged into."""
    confirm = f"收到了请发“/点亮 {wish.no}”，没收到发“/未达 {wish.no} 原因”。" if move is Move.DELIVER else ""
    return Reply.text(f"您登记的心愿 #{merged}（已并入 #{wish.no}）有新进展：{MOVED[move]}。{confirm}")


def told_claimer(wish: Wish, move: Move, note: str) -> Reply:
    texts = {
        Move.FULFIL: f"您认领的心愿 #{wish.no} 点亮了，谢谢您！",
        Move.NOT_RECEIVED: f"您认领的心愿 #{wish.no}，对方说没收到：{note}。请再核对，送到后重新发“/送达 {wish.no}”。",
        Move.WITHDRAW: f"您认领的心愿 #{wish.no} 已撤回，不用再办了，谢谢您！",
        Move.DELIVER: f"您认领的心愿 #{wish.no}，队友已记为送达，等对方确认。",
        Move.RELEASE: f"您认领的心愿 #{wish.no}，队友已放弃，重新等人认领。",
        Move.HANDOVER: f"您认领的心愿 #{wish.no}，队友已转交给别人。",
        Move.REASSIGN: f"您认领的心愿 #{wish.no} 已由村（社区）干部改派给别人，不用再办了，谢谢您！",
        Move.LAPSE: f"您认领的心愿 #{wish.no} 一直没送到，已放回心愿单，谢谢您的心意。",
        Move.REOPEN: f"您办过的心愿 #{wish.no} 又打开了：{note}。",
    }
    return Reply.text(texts[move])


def who(wish: Wish) -> str:
    """Who is thanked: by name only if they said so."""
    return (wish.claimed_by_name if wish.credit else None) or HEARTY


def brief(wish: Wish) -> str:
    """A wish in a line of a list: what everybody of its place may read."""
    content = " ".join(wish.content.split())
    short = content if len(content) <= 40 else content[:39] + "…"
    known = (wish.place or UNKNOWN_PLACE, AGE_BAND.get(wish.age_band), KIND.get(wish.kind))
    return f"{code_name(wish.no)}（{'，'.join(mark for mark in known if mark)}）：{short}"


def unsaid(wish: Wish) -> str:
    """What a group may know of a wish that nobody has verified yet: none of its words."""
    known = marks(wish)
    return f"{code_name(wish.no)}（{known}）" if known else code_name(wish.no)


def state(wish: Wish) -> str:
    """Its state in a word; of one that was merged, where it went."""
    return f"并入 #{wish.merged_into}" if wish.merged_into else STATUS[wish.status]


def _alike(wish: Wish, logger: int) -> str:
    """A similar wish: its words are not shown to others before somebody has verified them."""
    shown = wish.status is not Status.PENDING or wish.logged_by == logger
    words = f" {brief(wish)}" if shown else ""
    return f"#{wish.no}{words}〔{STATUS[wish.status]}〕"
