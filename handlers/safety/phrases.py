"""Wording of cards, hand-overs and what is told to whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum

from bot.chat import phrases as engine
from bot.chat.errors import BadInput, DomainError, NotAllowed
from bot.chat.paged import Paged
from bot.chat.pages import names_page
from bot.chat.reply import Reply, Text
from handlers.safety.rules import Harm, Matter, number_in
from storage.reports import Concern, Report

HARM = {
    Matter.SEXUAL: "性侵害",
    Matter.SELF: "轻生",
    Matter.VIOLENCE: "挨打受虐",
    Matter.FIRE: "失火",
    Matter.WATER: "溺水",
    Matter.GAS: "中毒或触电",
    Matter.LOST: "孩子走失或没人管",
}

_HARM_BY_KEY = {matter.value: told for matter, told in HARM.items()}

_POLICE = "110 报警：正有危险、受到伤害"
_AMBULANCE = "120 急救：受伤、喝药、中毒、昏迷"
_FIRE = "119 消防救援：着火、被困、落水"
_MIND = "12356 心理援助：心里难受、想找人说说"
_WOMEN = "12338 妇联维权：妇女儿童受侵害"
_YOUTH = "12355 青少年服务台：孩子的事"
_COUNTER = "12345 政务服务热线：找民政、找救助"

_DOORS: dict[Matter, tuple[str, ...]] = {
    Matter.SEXUAL: (_POLICE, _AMBULANCE, _WOMEN),
    Matter.SELF: (_MIND, _AMBULANCE, _POLICE),
    Matter.VIOLENCE: (_POLICE, _AMBULANCE, _WOMEN),
    Matter.FIRE: (_FIRE, _AMBULANCE, _POLICE),
    Matter.WATER: (_FIRE, _POLICE, _AMBULANCE),
    Matter.GAS: (_AMBULANCE, _FIRE, _POLICE),
    Matter.LOST: (_POLICE, _COUNTER),
}
_FIRST = {
    Matter.SEXUAL: "先到安全、有人的地方；先别洗澡、别扔衣服，报警时交给警察。",
    Matter.SELF: "您不是一个人，先别独处，找个信得过的人陪着；刀具、农药拿远些。",
    Matter.VIOLENCE: "先离开打人的人，到邻居家或村（社区）里；伤情拍照、看病的单子留好。",
    Matter.FIRE: "人先撤出来，用湿毛巾捂口鼻、弯腰走；别回去拿东西。",
    Matter.WATER: "别手拉手下水救；大声喊人，递竹竿、绳子、扔能漂的东西。",
    Matter.GAS: "开门开窗、把人抬到通风处；煤气泄漏别开灯、别打火；触电先断电再碰人。",
    Matter.LOST: "马上报警，不用等 24 小时；记下最后看见的时间、地点、穿的衣服。",
}

MOVED = "这件事不在群里说，已私下发给您，请看我们的私聊。正有危险请直接打 110，受伤打 120。"
DOORS_OF_REPORTS = (
    "反映违纪违法，有这几条路，都依法保密：\n"
    "· 12388：向县纪委监委举报干部违纪违法，可以不留姓名；\n"
    "· 12345：反映部门办事、服务的问题；\n"
    "· 也可以当面向乡镇（街道）或县里信访部门反映。\n"
    "想由县里接办，在这里私聊发“/举报 内容”（什么人、什么事、什么时候），原话密封保存，只有县委组织部能看，村里看不到。"
    "请别发在群里。"
)
NOBODY_TAKES = "现在还没有人在这里接办举报，您写的没有保存。请打 12388（县纪委监委）或 12345 反映。"
EMPTY = "没有等着办的。"
TO_LOOK = "/举报 查看"
TELEPHONES = ("电话", "热线")
"""How the name of a local value ends that is a number to call."""


class Act(StrEnum):
    LOOK = "查看"
    CLOSE = "办结"


def act_in(words: str) -> tuple[Act | None, int | None]:
    """What who takes over wants, and with which; (None, None): it is a report.

    >>> act_in("查看 R3"), act_in("查看"), act_in("办结 r3"), act_in("查看村里的账目"), act_in("查看 第2页")
    ((<Act.LOOK: '查看'>, 3), (<Act.LOOK: '查看'>, None), (<Act.CLOSE: '办结'>, 3), (None, None), \
(<Act.LOOK: '查看'>, None))
    """
    for act in Act:
        rest = words.strip().removeprefix(act.value)
        if rest != words.strip():
            no = number_in(rest)
            if no is not None or (act is Act.LOOK and (not rest.strip() or names_page(rest))):
                return act, no
    return None, None


def local_number(place: str, what: str, value: str) -> str:
    return f"{value}：{place}{what}"


class NoSuchReport(NotAllowed):
    """Of another place, or wrongdoing asked for by who may not: told as if it were not there."""

    def __init__(self, no: int) -> None:
        super().__init__(f"没有您能看的 R{no}，请核对编号。")


class ClosedAlready(DomainError):
    def __init__(self, no: int) -> None:
        super().__init__(f"R{no} 已经办结过了。")


def too_long(most: int) -> BadInput:
    return BadInput(f"请写在 {most} 个字以内，说清什么人、什么事、什么时候就行。")


def card(harm: Harm, no: int, local: Sequence[str], told: Sequence[str]) -> Reply:
    """To who spoke, in private. `local`: the place's own numbers; `told`: the roles that were told."""
    doors = [*_DOORS[harm.matter], *((_YOUTH, _COUNTER) if harm.child else ())]
    lines = ["【立即报告】先顾人身安全，马上打："]
    lines += [f"· {door}" for door in dict.fromkeys(doors)]
    lines += [f"· {each}" for each in local]
    lines.append(_FIRST[harm.matter])
    if told:
        lines.append(f"已私下告诉{'、'.join(told)}，会联系您；群里没有说。编号 R{no}。")
    else:
        lines.append(f"已记下，编号 R{no}，群里没有说。这里还没有能接手的人，请一定打上面的电话。")
    return Reply.text("\n".join(lines)).published()


def again(harm: Harm, no: int) -> Reply:
    """To who had the card for this matter today."""
    first = _DOORS[harm.matter][0]
    return Reply.text(f"又记下了，编号 R{no}。前面给您的电话随时可以打，先打这个：{first}。").published()


def told_officer(harm: Harm, no: int, place: str, speaker: str) -> Reply:
    """To whom it concerns, in private, without the words."""
    where = place or "地点不明"
    who = "孩子" if harm.child else "有人"
    lines = [
        f"【急情 R{no}】{where}：{who}可能正遇到{HARM[harm.matter]}。",
        f"说起的人：{speaker}。请马上联系核实；有危险先打 110，受伤打 120。",
    ]
    if harm.child:
        lines.append("未成年人受侵害，按强制报告规定（未成年人保护法第十一条），要立即向公安机关报告。")
    lines.append(f"别在群里问。看原话私聊发“/举报 查看 R{no}”（查看会留记录），办好了发“/举报 办结 R{no}”。")
    return Reply.text("\n".join(lines))


def told_again(harm: Harm, no: int, place: str, speaker: str) -> Reply:
    """To who had the whole letter within the day."""
    child = "孩子" if harm.child else ""
    return Reply.text(f"【急情】{place or '地点不明'}：{speaker}又说到{child}{HARM[harm.matter]}，见 R{no}。")


def doors() -> Reply:
    return Reply.text(DOORS_OF_REPORTS).published()


def handed_over(no: int) -> Reply:
    return Reply.text(
        f"已转交县委组织部，编号 R{no}。原话密封保存，只有县里接办的人能看，每次查看都有记录；村里看不到。"
        "办结后私下告诉您。急的事也可以打 12388。"
    )


def to_county(no: int) -> Reply:
    return Reply.text(f"有一件待办转交 R{no}。查看私聊发“/举报 查看 R{no}”，办结发“/举报 办结 R{no}”。")


def waiting(found: Paged[Report], zone: tzinfo | None) -> Reply:
    if not found.items:
        return Reply.text(EMPTY)
    lines = [f"等着办的{engine.counted(found, '件')}："]
    lines += [
        f"{place}. R{each.no}〔{kind(each)}〕{each.place or '地点不明'}，{_day(each.at, zone)}"
        for place, each in enumerate(found.shown, start=found.first + 1)
    ]
    turning = engine.turning(found, private=True)
    lines.append(f"看一件发“{TO_LOOK} 编号”，办结发“/举报 办结 编号”{f'；{turning}' if turning else ''}。")
    listing = tuple(f"report:{Act.LOOK.value} R{each.no}" for each in found.items)
    return Reply((Text("\n".join(lines)),), listing, found.more)


def kind(report: Report) -> str:
    if report.concern is Concern.WRONGDOING:
        return "举报"
    return "，".join(
        [
            "急情",
            *filter(None, [_HARM_BY_KEY.get(report.matter)]),
            *(["涉及未成年人"] if report.child else []),
        ]
    )


@dataclass(frozen=True, slots=True)
class Opened:
    """A report with what was sealed of it."""

    report: Report
    words: str
    speaker: str


def shown(opened: Opened, zone: tzinfo | None) -> Reply:
    report, words, speaker = opened.report, opened.words, opened.speaker
    lines = [
        f"R{report.no}〔{kind(report)}〕{'已办结' if report.closed_at else '待办'}",
        f"地点：{report.place or '不明'}，{_day(report.at, zone)}",
        f"{'举报人' if report.concern is Concern.WRONGDOING else '说起的人'}：{speaker or '不明'}",
        f"原话：{words or '已按期清除'}",
        "这次查看已记入审计。请勿转发，不要让被反映的人知道。"
        if report.concern is Concern.WRONGDOING
        else "这次查看已记入审计。请勿转发、不在群里说。",
    ]
    return Reply.text("\n".join(lines))


def closed(no: int) -> Reply:
    return Reply.text(f"R{no} 已办结，原话 14 天后清除。")


def told_reporter(no: int) -> Reply:
    return Reply.text(f"您转交的 R{no} 已办结。对结果有异议，可以打 12388 或 12345 再反映。")


def _day(at: datetime | None, zone: tzinfo | None) -> str:
    local = at.astimezone(zone) if at else None
    return f"{local.month}月{local.day}日" if local else ""
