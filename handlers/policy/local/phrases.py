"""Wording of local amounts: as they stand in an answer, and as they are entered."""

from collections.abc import Sequence
from datetime import date

from bot.chat.errors import BadInput, DomainError, NotAllowed
from bot.chat.reply import Reply
from handlers.policy.local.values import Figures
from storage.local_values import LocalValue

OWN_CASE = "自家能领多少，请带材料到乡镇（街道）便民服务中心核对。"


def local_lines(figures: Figures, beside: str = "") -> list[str]:
    """What holds here, with its source: a line a document. `beside`: the answer, which may say the rest itself."""
    if figures.values:
        by_source: dict[tuple[str, date, date, date | None], list[LocalValue]] = {}
        for value in figures.values:
            source = value.document, value.issued, value.effective, value.expires
            by_source.setdefault(source, []).append(value)
        return [
            f"本地标准：{'；'.join(f'{value.place}{value.what} {value.value}' for value in values)}（{_source(values[0])}）"
            for values in by_source.values()
        ]
    if figures.lapsed:
        return ["本地标准：登记的已过有效期，具体金额以当地公布为准。"]
    return ["具体金额以当地公布为准。"] if figures.names and "当地公布" not in beside else []


def _source(value: LocalValue) -> str:
    until = f"有效期至{_day(value.expires)}" if value.expires else f"{_day(value.effective)}起执行"
    return f"依据《{value.document}》，{value.issued.year}年{value.issued.month}月；{until}"


NO_VALUES = "这里还没有登记本地标准。登记发“/本地标准 名称 数额 依据《文件》日期”。"
_VALUE_FIELDS = {
    "what": "名称",
    "value": "数额",
    "document": "依据的文件",
    "issued": "文件日期",
    "effective": "执行日期",
    "expires": "有效期",
}


class NoSuchValue(DomainError):
    def __init__(self, value_id: int) -> None:
        super().__init__(f"没有第 {value_id} 号本地标准。发“/本地标准”看登记了哪些。")


class NotYourPlace(NotAllowed):
    def __init__(self, place: str) -> None:
        super().__init__(f"“{place[:20]}”不归您管，不能登记或删除那里的标准。")


def value_unread() -> BadInput:
    return BadInput("请写清名称、数额，再写“依据《文件》日期”。")


def value_not_understood(rest: str) -> BadInput:
    return BadInput(f"“{rest[:20]}”看不懂。依据后面可以写：执行日期“…起”、有效期“至…”、“地方：…”。")


def value_field(field: str, most: int) -> BadInput:
    return BadInput(f"{_VALUE_FIELDS[field]}没有写，或超过 {most} 个字。")


def value_day(field: str, text: str) -> BadInput:
    return BadInput(f"{_VALUE_FIELDS[field]}“{text[:20]}”看不懂，例如 2025-07-01。")


def value_ends_before_it_starts() -> BadInput:
    return BadInput("有效期比开始执行的日子还早，请核对。")


def no_place_of_yours() -> BadInput:
    return BadInput("不知道是哪里的标准，请在末尾写“地方：某某县”。")


def local_value(value: LocalValue) -> str:
    """One entry in a line."""
    return f"{value.place}{value.what} {value.value}（{_source(value)}）"


def value_kept(value: LocalValue, corrected: bool, known: bool) -> Reply:
    lines = [f"{'已改为' if corrected else '已登记'} #{value.id}：{local_value(value)}"]
    if value.what.endswith(TELEPHONES):
        lines.append("那里有人遇到急情，求助卡片上会写这个电话。")
    else:
        lines.append("有人在那里问到，就照这个答，写明依据。" if known else UNKNOWN_FIGURE)
    return Reply.text("\n".join(lines)).published()


TELEPHONES = ("电话", "热线")
"""How the name of a value ends that is a number to call: it stands on the card for who is in danger."""

UNKNOWN_FIGURE = (
    "现有的词表里没有这样的名称，问到时对不上；名称请含有：低保标准、高龄津贴、居民医保个人缴费等，见手册。"
)


def value_removed(value: LocalValue) -> Reply:
    return Reply.text(f"已删除 #{value.id}：{local_value(value)}")


def values(found: Sequence[LocalValue], today: date) -> Reply:
    """What is entered, those past their day marked."""
    if not found:
        return Reply.text(NO_VALUES)
    lines = [f"登记的本地标准（{len(found)} 条）："]
    for value in found:
        mark = "〔已过期〕" if value.expires and value.expires < today else ""
        mark = mark or ("〔还没执行〕" if value.effective > today else "")
        lines.append(f"#{value.id} {local_value(value)}{mark}")
    lines.append("登记发“/本地标准 名称 数额 依据《文件》日期”，删除发“/本地标准 删除 编号”。")
    return Reply.text("\n".join(lines)).published()


def no_such_place(name: str) -> BadInput:
    return BadInput(f"没有“{name[:20]}”这个地方，请核对地名。")


def several_places(name: str, choices: Sequence[str]) -> BadInput:
    return BadInput(f"叫“{name[:20]}”的地方不止一个，请写成：{'、'.join(choices[:5])}。")


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
