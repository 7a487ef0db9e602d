"""Wording of binding and of what a member holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.chat import phrases as engine
from bot.chat.errors import DomainError
from bot.chat.reply import Reply
from handlers.members.leaving.phrases import CONFIRM, Estate, listed
from storage.members import Member
from storage.wishes import Status, Wish

ASK_CODE = "请把邀请码发给我。"
BETWEEN = "、"
NO_PLACE = "未绑定村（社区）"
HIDDEN_NAME = "已隐去"
JOINED_NAME = "已并入"
HIDDEN_WORD = "〔姓名已隐去〕"
FORGOTTEN = "已隐去您的姓名，您写过的姓名、号码和说过的话也删了；聊天账号解除绑定，身份同时结束。已登记的事项保留编号，不再显示您是谁。"

ROLE_WORDS = {
    "干部": "coordinator", "村干部": "coordinator", "社区干部": "coordinator", "村居干部": "coordinator",
    "组织部": "county_office", "管理员": "operator",
}  # fmt: skip
"""What people also write for a role."""

FAULTS: Mapping[str, str] = {
    "no_person": "没有写姓名",
    "bad_name": "“{value}”不能当姓名（空的、太长，或以 = + - @ 开头）",
    "unknown_role": "没有“{value}”这个身份，可以写：" + "、".join(engine.ROLES.values()),
    "no_place": "没有写地点",
    "several": "那里叫“{value}”的不止一个",
    "bad_day": "日期“{value}”看不懂，请写成 2026-03-05",
    "bad_account": "“{value}”不像企业微信账号（只能是字母、数字和 - _ @ .）",
    "account_taken": "企业微信账号“{value}”是别人的",
    "no_corporation": "写了企业微信账号，但还没有设置 WECOM_CORP_ID",
}
"""What is wrong with a row, by `roster.Fault`; of places and cells the places speak."""


class WrongCode(DomainError):
    sentence = "没有这个邀请码，请照着再输一遍；还不行，就找给您邀请码的人核对。"


class ExpiredCode(DomainError):
    sentence = "这个邀请码过期了，请找给您邀请码的人重新要一个。"


class TooManyCodes(DomainError):
    def __init__(self, minutes: int) -> None:
        super().__init__(f"邀请码连着输错了好几次，请过{minutes}分钟再试；拿不准的，找给您邀请码的人核对。")


class UsedCode(DomainError):
    sentence = "这个邀请码已经用过了，每个邀请码只能用一次，请重新要一个。"


class StillHolding(DomainError):
    def __init__(self, numbers: Sequence[int]) -> None:
        held = "、".join(f"#{no}" for no in numbers)
        super().__init__(f"您手里还有没办完的心愿 {held}，请先送达或放弃，再隐去信息。")


class Sure(StrEnum):
    """The word that one is sure."""

    YES = CONFIRM


@dataclass(frozen=True, slots=True)
class AtStake:
    """What somebody would lose who is forgotten; `accounts`: how many chat accounts they speak from."""

    estate: Estate
    accounts: int


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a member is, holds and was to be told."""

    member: Member
    roles: Sequence[tuple[str, str]]
    held: Sequence[Wish]
    to_confirm: Sequence[Wish]
    logged: Sequence[Wish]
    to_verify: int
    to_ask: int
    told: Sequence[Reply]


def bound(name: str, role: str, place: str) -> Reply:
    held = f"{engine.ROLES[role]}（{place}）"
    return Reply.text(f"绑定好了：{name}，{held}。发“/帮助”看看能办什么，发“/我”看手头的事。")


def me(view: Holdings) -> Reply:
    lines = [_who(view.member)]
    if view.roles:
        lines.append(
            "身份："
            + "、".join(
                f"{engine.ROLES[role]}（{place}）" if place else engine.ROLES[role]
                for role, place in view.roles
            )
        )
    if view.held:
        lines.append("我认领、还没送达的：" + "；".join(_wish(wish) for wish in view.held))
    if view.to_confirm:
        lines.append("等我确认收到的：" + "；".join(_wish(wish) for wish in view.to_confirm))
    if view.logged:
        lines.append("我登记、还在办的：" + "；".join(_wish(wish) for wish in view.logged))
    if view.to_verify:
        lines.append(f"等我核实的心愿有 {view.to_verify} 个，发“/核实”查看。")
    if view.to_ask:
        lines.append(f"要问监护人的孩子心愿有 {view.to_ask} 个，发“/监护同意”查看。")
    if view.told:
        lines.append("前些时候要告诉您的：")
        lines += [_indented(reply.plain()) for reply in view.told]
    if not (view.held or view.to_confirm or view.logged or view.to_verify or view.to_ask or view.told):
        lines.append("手头没有要办的事。")
    return Reply.text("\n".join(lines))


def before_forgetting(view: AtStake) -> Reply:
    """What would be gone; nothing is done yet."""
    estate, several = view.estate, f" {view.accounts} 个" if view.accounts > 1 else ""
    logged = "、".join(f"#{wish.no}" for wish in estate.logged)
    lines = [
        "隐去以后：",
        f"· 您的姓名“{estate.member.name}”不再显示，办过的事只留编号",
        "· 您写过的姓名、号码、说过的话，留过的联系方式、照片都删掉",
        f"· 您的聊天账号{several}解除绑定，再发消息来，就是没有身份的新人",
        *(f"· {line}" for line in listed(replace(estate, logged=[]), None)),
        *([f"· 您登记了还没办完的心愿：{logged}，接着办，村（社区）干部来确认"] if logged else []),
        f"办了就找不回来。现在还没有办，想好了发“/隐去 {Sure.YES}”。",
    ]
    return Reply.text("\n".join(lines))


def forgotten() -> Reply:
    return Reply.text(FORGOTTEN)


def _indented(told: str) -> str:
    """One point of a list, its further lines under its first."""
    first, *further = [line for line in told.splitlines() if line.strip()] or [""]
    return "\n".join([f"· {first}", *(f"　{line.strip()}" for line in further)])


_STATUS = {
    Status.PENDING: "待核实",
    Status.OPEN: "待认领",
    Status.CLAIMED: "已认领",
    Status.DELIVERED: "待确认",
    Status.RETURNED: "退回",
}


def _wish(wish: Wish) -> str:
    content = " ".join(wish.content.split())
    return f"#{wish.no} {content[:16]}{'…' if len(content) > 16 else ''}〔{_STATUS[wish.status]}〕"


def _who(member: Member) -> str:
    return f"{member.name}（{member.place or NO_PLACE}）"
