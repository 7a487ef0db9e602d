"""A day as a wall calendar writes it: lunar date, solar term, festivals (computed by borax)."""

from dataclasses import dataclass
from datetime import date

from borax.calendars.festivals2 import FestivalLibrary
from borax.calendars.lunardate import LunarDate

from handlers.digests.poster import phrases


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """`lunar` is empty outside the years the library knows (1900–2100). `marks`: solar term, then festivals."""

    day: date
    lunar: str
    marks: tuple[str, ...]


def calendar_day(day: date) -> CalendarDay:
    """What the calendar says of `day`.

    >>> calendar_day(date(2026, 3, 5))
    CalendarDay(day=datetime.date(2026, 3, 5), lunar='农历正月十七', marks=('惊蛰',))
    >>> calendar_day(date(2025, 7, 26)).lunar, calendar_day(date(2026, 4, 5)).marks
    ('农历闰六月初二', ('清明',))
    """
    try:
        found = LunarDate.from_solar(day)
    except ValueError:
        return CalendarDay(day, "", ())
    names = [found.term] if found.term else []
    names += [
        phrases.FESTIVALS[name]
        for name in FestivalLibrary.load_builtin("basic").get_festival_names(day)
        if name in phrases.FESTIVALS
    ]
    if (day.month, day.day) == (7, 1):
        names.append(phrases.PARTY_DAY)
    lunar = phrases.lunar(found.cn_month, found.cn_day, leap=bool(found.leap))
    return CalendarDay(day, lunar, tuple(dict.fromkeys(names)))
