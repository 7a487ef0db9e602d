"""Wording of the statistics, and how the words that ask for them are read."""

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import TypeVar

from bot.chat.errors import DomainError, NotAllowed
from bot.chat.reply import Image, Reply, Text
from handlers.wishes.phrases import KIND, STATUS
from handlers.wishes.statistics import rules
from handlers.wishes.statistics.rules import Asked, Parted, Period, Statistics
from storage.wish_counts import Tally
from storage.wishes import Kind, Status

T = TypeVar("T")

TITLE = "微心愿"
ITSELF = "本级"
COLUMNS = ("征集", "认领", "点亮", "超期")
SHARE = "点亮率"
SOURCE = "连心心愿台账"
BY_PLACE, BY_KIND, BY_MONTH, BY_STATE = "各地", "各类", "各月", "征集的心愿现在"
OTHER_KIND = "没写类别"
BARS = "浅色是征集，深色是点亮"
NO_LIBRARY = (
    "（这台机器还不会出图，只有文字；要图请管理员装上绘图组件：.venv/bin/pip install -e '.[poster]'）"
)

KINDS = {word: kind for kind, word in KIND.items()}
_WIDE_SPACE = "\u3000"


class NoSuchPlace(DomainError):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"看不懂“{name[:20]}”：不是村（社区）、镇的名字，也不是月份或类别。时间写 今年、上月、3月、2026年3月，"
            f"类别写 {'、'.join(KINDS)}。"
        )


class WhichPlace(DomainError):
    def __init__(self, name: str, paths: Sequence[str]) -> None:
        super().__init__(
            f"有 {len(paths)} 个“{name[:20]}”：{'、'.join(paths[:5])}。请连镇名一起写，例如 {paths[0]}。"
        )


class NotYourPlace(NotAllowed):
    def __init__(self, name: str) -> None:
        super().__init__(f"{name}的统计由那里的干部和书记看；您能看自己管的村（社区）、镇和它下面的。")


class TooFew(DomainError):
    def __init__(self, place: str, kind: Kind) -> None:
        super().__init__(
            f"{place}的{KIND[kind]}类心愿不到 {rules.FEW} 个，单独列出来会看得出是谁家，就不单独统计了。"
        )


def read(words: str, today: date) -> Asked:
    """A place, a time and a kind, in any order, each at most once."""
    place, period, kind = "", None, None
    for word in words.split():
        spoken = _period(word, today)
        if spoken is not None and period is None:
            period = spoken
        elif word.removesuffix("类") in KINDS and kind is None:
            kind = KINDS[word.removesuffix("类")]
        elif not place:
            place = word
        else:
            raise NoSuchPlace(word)
    return Asked(place, period, kind)


_MONTH = re.compile(r"(?:(20\d\d)(?:年|[-/.]))?(1[0-2]|0?[1-9])(?:月份?)?")
_YEAR = re.compile(r"(20\d\d)年?")


def _period(word: str, today: date) -> Period | None:
    """A bare month is the latest of that number; a bare number without 月 or a year is no time."""
    this = today.replace(day=1)
    spoken = {
        "今年": rules.year_of(today.year),
        "去年": rules.year_of(today.year - 1),
        "本月": rules.month_of(this),
        "这个月": rules.month_of(this),
        "上月": rules.month_of(this - timedelta(days=1)),
        "上个月": rules.month_of(this - timedelta(days=1)),
    }
    if word in spoken:
        return spoken[word]
    if match := _YEAR.fullmatch(word):
        return rules.year_of(int(match[1]))
    match = _MONTH.fullmatch(word)
    if match is None or not (match[1] or "月" in word):
        return None
    number = int(match[2])
    year = int(match[1]) if match[1] else today.year - (number > today.month)
    return rules.month_of(date(year, number, 1))


def told(view: Statistics) -> str:
    """The figures as text, for a phone: short lines, names and figures under one another."""
    total = view.total
    lines = [
        heading(view),
        "　".join(f"{name} {n}" for name, n in zip(COLUMNS, figures(total), strict=True)),
    ]
    if total.collected:
        lit = view.states.get(Status.FULFILLED, 0)
        lines.append(f"{SHARE} {view.share}%（征集的 {total.collected} 个里已点亮 {lit} 个）")
    if not view.told_apart and total.collected:
        lines.append(f"不到 {rules.FEW} 个，不再细分，免得看得出是谁家。")
    else:
        lines += _table(BY_PLACE, view.places, lambda name: name)
        lines += _table(BY_KIND, view.kinds, kind_name)
        lines += _by_month(view)
    lines.append(f"{SOURCE}，截至 {_moment(view)}")
    return "\n".join(lines)


def heading(view: Statistics) -> str:
    kind = f"（{KIND[view.kind]}类）" if view.kind else ""
    return f"【{view.place}】{span(view)}{TITLE}{kind}"


def span(view: Statistics) -> str:
    """今年是 2026年1至3月, a month 2026年3月."""
    since, last = view.period.since, view.period.until - timedelta(days=1)
    if (since.year, since.month) == (last.year, last.month):
        return f"{since.year}年{since.month}月"
    return f"{since.year}年" if last.month == 12 else f"{since.year}年{since.month}至{last.month}月"


def subtitle(view: Statistics) -> str:
    kind = f" · {KIND[view.kind]}类" if view.kind else ""
    return f"{TITLE} · {span(view)}{kind}"


def kind_name(kind: Kind) -> str:
    return KIND.get(kind, OTHER_KIND)


def others(count: int) -> str:
    return f"其余 {count} 项"


def picture(key: str, view: Statistics) -> Reply:
    """The text, and the picture to forward; where none can be shown the text has said it all."""
    name = f"{view.place}{TITLE}{view.at:%m%d}.png"
    return Reply((Text(told(view)), Image(key, name, f"（{heading(view)}统计图）")))


def words_alone(view: Statistics) -> Reply:
    return Reply.text(told(view))


def without_picture(view: Statistics) -> Reply:
    return Reply.text(f"{told(view)}\n{NO_LIBRARY}")


def state_name(status: Status) -> str:
    return STATUS[status]


def source(view: Statistics) -> str:
    at = view.at
    return f"来源：{SOURCE}　截至 {at.year}年{at.month}月{at.day}日"


def month_name(day: date) -> str:
    return f"{day.month}月"


def figures(tally: Tally) -> tuple[int, int, int, int]:
    """In the order of `COLUMNS`."""
    return tally.collected, tally.claimed, tally.lit, tally.overdue


def _table(title: str, parted: Parted[T], name_of: Callable[[T], str]) -> list[str]:
    """A heading, and a line for each with its four figures."""
    rows = [(name_of(row), tally) for row, tally in parted.rows]
    if not rows:
        return []
    if parted.others:
        rows.append((others(parted.others), parted.rest))
    return _lines(title, rows)


def _by_month(view: Statistics) -> list[str]:
    if len(view.months) < 2:
        return []
    return _lines(BY_MONTH, [(month_name(day), tally) for day, tally in view.months])


def _lines(title: str, rows: Sequence[tuple[str, Tally]]) -> list[str]:
    """Names are filled up with wide spaces, as wide as their letters; figures stand as they are: nothing on a phone
    would make them equally wide."""
    widest = max(_wide(name) for name, _ in rows)
    lines = [
        f"{name}{_WIDE_SPACE * (widest - _wide(name) + 1)}{'/'.join(map(str, figures(tally)))}"
        for name, tally in rows
    ]
    return [f"{title}（{'/'.join(COLUMNS)}）", *lines]


def _wide(name: str) -> int:
    return sum(not letter.isascii() for letter in name)


def _moment(view: Statistics) -> str:
    return f"{view.at.month}月{view.at.day}日 {view.at:%H:%M}"
