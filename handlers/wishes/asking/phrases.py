"""Wording of the steps in which a wish is asked for."""

from collections.abc import Sequence
from datetime import date

from bot.chat.errors import BadInput
from handlers.wishes.phrases import AGE_BAND, KIND, UNKNOWN_PLACE, day
from storage.wishes import AgeBand, Kind

WHAT = "想要什么？一句话说给我，比如：独居老人想要一台收音机。"
WHOM = "给谁的？也可以直接写多少岁。"
KIND_OF = "要的是哪一样？"
WHERE = "在哪个村（社区）？也可以写村名。"
WHEN = "什么时候要？可以写日期，如3月20日。"
CONTACT = "联系谁、电话多少？只给认领的人看。"

WHOM_LABELS = {
    AgeBand.CHILD: "儿童（14岁以下）",
    AgeBand.YOUTH: AGE_BAND[AgeBand.YOUTH],
    AgeBand.ADULT: AGE_BAND[AgeBand.ADULT],
    AgeBand.ELDER: AGE_BAND[AgeBand.ELDER],
    AgeBand.AGED: AGE_BAND[AgeBand.AGED],
    AgeBand.UNKNOWN: "不方便说",
}
KIND_LABELS = {
    Kind.GOODS: "物品（要东西）",
    Kind.SERVICE: "服务（找人帮忙）",
    Kind.COMPANY: "陪伴（说说话）",
    Kind.SKILL: "技能（学本事）",
}
UNCLEAR = "说不清"
NO_HURRY = "不急"
WITHIN_MONTH, WITHIN_WEEK = "一个月内", "一周内"
SKIP = "跳过"
NO_CONTACT = frozenset(
    {"没有", "无", "不用", "不用了", "不留", "不写", "不说", "没", "登记", "行", "对", "好", "好的"}
)

READ_BACK_QUESTION = "这样登记，行吗？"
AGREE = "登记"


class Empty(BadInput):
    sentence = "请用几个字说说想要什么。"


class NotAnAge(BadInput):
    sentence = "没听明白，请从下面选一个，或者写多少岁。"


class NoSuchPlace(BadInput):
    def __init__(self, words: str) -> None:
        super().__init__(f"没找到“{words[:20]}”，请写村（社区）的全名，或者从下面选一个。")


class SeveralPlaces(BadInput):
    def __init__(self, choices: Sequence[str]) -> None:
        super().__init__(f"同名的有几个：{'、'.join(choices)}。请照这样写全。")


class NotADay(BadInput):
    sentence = "没看懂是哪天。请从下面选一个，或者写日期，比如“3月20日”。"


class TooLongContact(BadInput):
    def __init__(self, limit: int) -> None:
        super().__init__(f"联系方式请写在 {limit} 个字以内。")


def read_back(
    content: str,
    band: AgeBand,
    kind: Kind,
    place: str | None,
    wanted_by: date | None,
    *,
    urgent: bool,
    contact: bool,
) -> str:
    """Everything that is about to be logged. How to reach somebody is not said again."""
    soon = f"{day(wanted_by)}以前" if wanted_by else "急" if urgent else NO_HURRY
    lines = [
        f"要什么：{content}",
        f"给谁：{AGE_BAND.get(band, WHOM_LABELS[AgeBand.UNKNOWN])}",
        f"哪一样：{KIND.get(kind, UNCLEAR)}",
        f"在哪：{place or UNKNOWN_PLACE}",
        f"什么时候要：{soon}",
        "联系方式：记下了，只给认领的人看" if contact else "联系方式：没留",
    ]
    return "\n".join(lines)
