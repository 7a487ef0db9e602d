"""Pure rules of the personal digest: when it is made, how far it looks ahead, when a claimed wish is due."""

import re
from collections.abc import Callable
from datetime import date, time, timedelta

USUAL = time(8, 0)
"""The time of those who name none."""

EARLIEST, LATEST = time(7, 0), time(10, 0)
"""A member's time lies between these."""

UNTIL = time(12, 0)
"""What was missed (the server was down) is made up for on the same day until this hour."""

CLAIM_DAYS = 7
"""Working days a claimer has for the delivery."""

AHEAD = timedelta(days=14)
"""How far ahead a week, or the days off before the next working day, can reach."""

Workday = Callable[[date], bool]

_HOURS = str.maketrans({"七": "7", "八": "8", "九": "9", "十": "10"})
_TIME = re.compile(r"(?:早上|早晨|上午|中午)?(\d{1,2})(?:[:.点时](\d{1,2}|半)?分?)?")


def time_of_day(words: str) -> time | None:
    """What people write for a time; None for what is none, or out of bounds. Expects folded text.

    >>> [time_of_day(words) for words in ("7:30", "07:30", "七点半", "8点", "早上7点15分")]
    [datetime.time(7, 30), datetime.time(7, 30), datetime.time(7, 30), datetime.time(8, 0), datetime.time(7, 15)]
    >>> [time_of_day(words) for words in ("25:00", "7:75", "6:59", "10:01", "明天")]
    [None, None, None, None, None]
    """
    found = _TIME.fullmatch(words.translate(_HOURS))
    if found is None:
        return None
    hour, minute = int(found[1]), 30 if found[2] == "半" else int(found[2] or 0)
    if hour > 23 or minute > 59:
        return None
    moment = time(hour, minute)
    return moment if EARLIEST <= moment <= LATEST else None


def claim_due(claimed_on: date, is_workday: Workday) -> date:
    """The last of the working days a claimer has, the day of claiming not counted.

    >>> claim_due(date(2026, 3, 5), lambda day: day.weekday() < 5)
    datetime.date(2026, 3, 16)
    """
    day, left = claimed_on, CLAIM_DAYS
    while left:
        day += timedelta(days=1)
        left -= is_workday(day)
    return day


def horizon(today: date, is_workday: Workday) -> date:
    """The last day that is told of today: days off before the next working day belong to today.

    >>> weekdays = lambda day: day.weekday() < 5
    >>> horizon(date(2026, 3, 5), weekdays), horizon(date(2026, 3, 6), weekdays)
    (datetime.date(2026, 3, 5), datetime.date(2026, 3, 8))
    """
    day = today + timedelta(days=1)
    while not is_workday(day):
        day += timedelta(days=1)
    return day - timedelta(days=1)


def week_ahead(today: date, is_workday: Workday) -> date | None:
    """The Sunday of a week that begins to work today; None on its other days: a week is told of once.

    >>> weekdays = lambda day: day.weekday() < 5
    >>> week_ahead(date(2026, 3, 2), weekdays), week_ahead(date(2026, 3, 5), weekdays)
    (datetime.date(2026, 3, 8), None)
    """
    before = (today - timedelta(days=back) for back in range(1, today.weekday() + 1))
    if any(is_workday(day) for day in before):
        return None
    return today + timedelta(days=6 - today.weekday())


def workday_before(today: date, is_workday: Workday) -> date:
    """
    >>> workday_before(date(2026, 3, 9), lambda day: day.weekday() < 5)
    datetime.date(2026, 3, 6)
    """
    day = today - timedelta(days=1)
    while not is_workday(day):
        day -= timedelta(days=1)
    return day
