"""Days as people say them, one reader for all who ask for a day: 明天, 下周五, 三天内, 月底, 春节前, 3月20日.

A week begins on Monday, and 下周五 is in the one after this. What is said of a span of days (下周, 下个月) means its
last day; with 前 after it, the day before it begins. Feasts of the moon's calendar are known for the years that
`MOON_FEASTS` holds; whether a day is a working day does not matter here.
"""

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta

from knowledge.folding import NUMERAL, fold, number

Span = tuple[date, date]

MOON_FEASTS: Mapping[str, str] = {
    "春节": "0129 0217 0206 0126 0213 0203 0123 0211 0131 0219 0208 0128 0215 0204 0124 0212",
    "端午": "0531 0619 0609 0528 0616 0605 0624 0612 0601 0620 0610 0530 0618 0607 0527 0614",
    "中秋": "1006 0925 0915 1003 0922 0912 1001 0919 0908 0927 0916 1004 0924 0913 1002 0920",
    "重阳": "1029 1018 1008 1026 1016 1005 1024 1012 1001 1020 1009 1027 1017 1007 1026 1014",
}
"""Month and day of each, year after year from `FIRST_YEAR` on."""
FIRST_YEAR = 2025

_SUN_FEASTS = {
    "元旦": (1, 1), "三八": (3, 8), "妇女节": (3, 8), "五一": (5, 1), "劳动节": (5, 1), "六一": (6, 1),
    "儿童节": (6, 1), "七一": (7, 1), "八一": (8, 1), "国庆": (10, 1), "十一": (10, 1),
}  # fmt: skip
_AFTER_SPRING = {"过年": 0, "年": 0, "除夕": -1, "大年三十": -1, "元宵": 14, "正月十五": 14}
"""Days told from the spring festival on."""

_NEAR = {
    "今天": 0, "今日": 0, "今晚": 0, "明天": 1, "明日": 1, "明早": 1, "明晚": 1, "后天": 2, "大后天": 3,
}  # fmt: skip
_WEEKS = {"": 0, "这": 0, "本": 0, "下": 1, "下下": 2}
_WEEKDAYS = "一二三四五六日"
_PARTS = {"初": 5, "上旬": 10, "中": 15, "中旬": 20}
_MOST = 400
"""Days, weeks or months that anybody speaks of."""

_COUNT = rf"(?:\d{{1,4}}|[{NUMERAL}]{{1,3}})"
_TIME = rf"(?P<count>{_COUNT}|半)\s*个?(?P<unit>天|日|周|星期|礼拜|月)(?:之内|以内|内|以后|之后|后)"
_FEASTS = "|".join(
    sorted({*MOON_FEASTS, *_SUN_FEASTS, *_AFTER_SPRING, "清明"} - {"年", "十一"}, key=len, reverse=True)
)
_DAY = (
    rf"(?:(?:(?P<year>\d{{4}})\s*[-/.年]\s*)?(?P<month>\d{{1,2}}|[{NUMERAL}]{{1,3}})\s*[-/.月]\s*"
    rf"(?P<day>\d{{1,2}}|[{NUMERAL}]{{1,3}})\s*[日号]?"
    rf"|(?P<near>{'|'.join(sorted(_NEAR, key=len, reverse=True))})"
    rf"|{_TIME}"
    rf"|(?P<which>下下|下|这|本|(?<!上)(?<!每)(?<!周))个?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天末1-7])"
    rf"|(?P<week>下下|下|这|本)个?(?:周|星期|礼拜)"
    rf"|(?:(?P<next>下|这|本)个?月|(?P<its>\d{{1,2}}|[{NUMERAL}]{{1,3}})月份?)"
    rf"(?P<part>底|末|初|中旬?|上旬|下旬|(?P<on>\d{{1,2}}|[{NUMERAL}]{{1,3}})[日号])?"
    rf"|(?P<end>月底|月末|年底|年末)"
    rf"|(?<![\d{NUMERAL}])(?P<date>\d{{1,2}}|[{NUMERAL}]{{1,3}})号"
    rf"|(?P<feast>{_FEASTS}|(?<![{NUMERAL}])十一(?![月点岁个])"
    rf"|(?<![\d{NUMERAL}数几多半那当去今明往每常来前])年(?=前|以前|之前))(?:妇女|儿童|劳动)?节?)"
)
_BEFORE = r"(?:之前|以前|前)(?!后|天|面|边|阵|些|年)"
_SAID = re.compile(
    rf"(?:到|至|在|就|等|争取|最好|得|要|\s)*{_DAY}(?:一早|早上|早晨|上午|中午|下午|傍晚|晚上)?(?P<before>{_BEFORE})?(?:就?[要用]|左右|吧|\s)*"
)
_BY = re.compile(rf"{_DAY}\s*(?P<before>{_BEFORE})")
_WITHIN = re.compile(rf"{_TIME}(?=[想要需急送能用，,。；;！!\s]|$)")


def day_meant(words: str, today: date) -> date | None:
    """The day that is all the words say; without a year, the next one of that name, never one that is over. Else None.

    >>> said = ("明天", "下周五", "月底", "春节前", "国庆前", "下个月", "10号", "三月八日", "随便")
    >>> [str(day_meant(each, date(2026, 3, 5))) for each in said]
    ['2026-03-06', '2026-03-13', '2026-03-31', '2027-02-06', '2026-10-01', '2026-04-30', '2026-03-10', '2026-03-08', \
'None']
    """
    found = _SAID.fullmatch(fold(words).strip())
    return _day(found, today) if found else None


def deadline_in(words: str, today: date) -> date | None:
    """The day by which something is wanted, where the words name one with 前 after it, or say within how long.

    >>> [str(deadline_in(each, date(2026, 3, 5))) for each in ("下周五前想要一台电风扇", "三天内要", "三天前摔的")]
    ['2026-03-13', '2026-03-08', 'None']
    """
    said = fold(words)
    if found := _BY.search(said):
        return _day(found, today)
    if within := _WITHIN.search(said):
        return _after(within["count"], within["unit"], today)
    return None


def _day(found: re.Match[str], today: date) -> date | None:
    """Its last day; of a span with 前 after it, the one before it begins. None when that is over, and no year said."""
    span = _span(found, today)
    if span is None:
        return None
    first, last = span
    day = first - timedelta(days=1) if found["before"] and first != last else last
    return day if day >= today or found["year"] else None


def _span(found: re.Match[str], today: date) -> Span | None:
    said = found.groupdict()
    day: date | None = None
    if said["near"]:
        day = today + timedelta(days=_NEAR[said["near"]])
    elif said["count"]:
        day = _after(said["count"], said["unit"], today)
    elif said["weekday"] or said["week"]:
        return _in_week(said, today)
    elif said["feast"]:
        day = _feast(said["feast"], today)
    elif said["end"]:
        day = _end_of_month(today) if said["end"].startswith("月") else today.replace(month=12, day=31)
    elif said["date"]:
        day = _next_of(number(said["date"]), today)
    elif said["month"]:
        month, of_month = number(said["month"]), number(said["day"])
        day = _dated(int(said["year"]) if said["year"] else None, month, of_month, today)
    else:
        return _in_month(said, today)
    return (day, day) if day else None


def _after(count: str, unit: str, today: date) -> date | None:
    days = {"天": 1, "日": 1, "周": 7, "星期": 7, "礼拜": 7, "月": 30}[unit]
    if count == "半":
        return today + timedelta(days=days // 2)
    many = number(count)
    return today + timedelta(days=days * many) if many and many <= _MOST else None


def _in_week(said: dict[str, str | None], today: date) -> Span:
    which, weekday = said["which"] or "", said["weekday"]
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=_WEEKS[said["week"] or which])
    if not weekday:
        return monday, monday + timedelta(days=6)
    if weekday == "末":
        return monday + timedelta(days=5), monday + timedelta(days=6)
    nth = int(weekday) - 1 if weekday.isdecimal() else _WEEKDAYS.index(weekday.replace("天", "日"))
    day = monday + timedelta(days=nth)
    if not which and day < today:
        day += timedelta(weeks=1)
    return day, day


def _in_month(said: dict[str, str | None], today: date) -> Span | None:
    """A month, its beginning, middle or end, or a day of it."""
    if said["next"]:
        first = today.replace(day=1)
        first = _end_of_month(first) + timedelta(days=1) if said["next"] == "下" else first
    else:
        its = number(said["its"] or "")
        if its is None or not 1 <= its <= 12:
            return None
        first = date(today.year + (its < today.month), its, 1)
    last, part = _end_of_month(first), said["part"]
    if part is None:
        return first, last
    nth = number(said["on"]) if said["on"] else _PARTS.get(part, last.day)
    return (first.replace(day=nth),) * 2 if nth and nth <= last.day else None


def _dated(year: int | None, month: int | None, day: int | None, today: date) -> date | None:
    try:
        named = date(year or today.year, month or 0, day or 0)
        return named if year or named >= today else named.replace(year=named.year + 1)
    except ValueError:
        return None


def _next_of(day: int | None, today: date) -> date | None:
    """The next day of this number: of a month that has one."""
    if not day or day > 31:
        return None
    first = today.replace(day=1)
    while day > _end_of_month(first).day or first.replace(day=day) < today:
        first = _end_of_month(first) + timedelta(days=1)
    return first.replace(day=day)


def _end_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _feast(name: str, today: date) -> date | None:
    years = (today.year - 1, today.year, today.year + 1)
    days = (day for year in years if (day := _feast_of(name, year)))
    return next((day for day in days if day >= today), None)


def _feast_of(name: str, year: int) -> date | None:
    if name in _SUN_FEASTS:
        return date(year, *_SUN_FEASTS[name])
    if name == "清明":
        return date(year, 4, 4 if year % 4 in (0, 1) else 5)
    days = MOON_FEASTS["春节" if name in _AFTER_SPRING else name].split()
    if not 0 <= year - FIRST_YEAR < len(days):
        return None
    month_day = days[year - FIRST_YEAR]
    return date(year, int(month_day[:2]), int(month_day[2:])) + timedelta(days=_AFTER_SPRING.get(name, 0))
