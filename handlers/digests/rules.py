"""Pure rules of the digest: which days, which hours, which topics, and how people write them."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from bot.chat.converters import day_in
from storage.push_plans import WORKDAYS, Plan

DAILY = "daily"
"""The name of the one digest there is: its pushes are rows `(daily, group, day)`."""

QUIET_BEFORE = time(7, 0)
QUIET_FROM = time(20, 0)
"""Nothing is pushed outside of these; a group may narrow them, not widen them."""

MAKE_UP = timedelta(hours=4)
"""How long a push planned for the afternoon is made up for."""

AHEAD = timedelta(hours=2)
"""How far a replica's clock may be ahead: so long it does not call a push missed."""

LONGEST_GAP = timedelta(days=31)
"""Days of standstill that are written into the register, at most."""

TOPICS = {
    "policy": "政策", "case": "案例", "daily_read": "每日一读", "rule": "规则提醒", "matters": "本群事项",
}  # fmt: skip
"""What one may subscribe to, and what people call it; subjects of the almanac come beside it."""

LABELS = {**TOPICS, "notice": "通知"}
"""What an item is called in a digest."""

KINDS = ("rule", "policy", "case", "daily_read")
"""Kinds of items, in the order a digest tells them: one of each at most."""


class Turn(StrEnum):
    """Where a push stands at a moment of its day."""

    EARLY = "early"
    NOW = "now"
    LATE = "late"
    MISSED = "missed"
    """Late by more than a clock may be ahead."""


class Off(StrEnum):
    """Why nothing is pushed on a day, whatever there is to say."""

    PAUSED = "paused"
    DAY_OFF = "day_off"
    NOT_CHOSEN = "not_chosen"


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a group is pushed to."""

    push_at: time
    plan: Plan
    subscribed: bool
    today: date


@dataclass(frozen=True, slots=True)
class Sums:
    """Pushes by what became of them; `waiting` are under way."""

    sent: int
    failed: int
    unknown: int
    skipped: int
    waiting: int

    @property
    def planned(self) -> int:
        return self.sent + self.failed + self.unknown + self.skipped + self.waiting


def may_push_at(moment: time, plan: Plan | None = None) -> bool:
    """
    >>> may_push_at(time(8, 0)), may_push_at(time(20, 0)), may_push_at(time(21, 0))
    (True, False, False)
    """
    first, last = (plan.quiet_until, plan.quiet_from) if plan else (QUIET_BEFORE, QUIET_FROM)
    return max(first, QUIET_BEFORE) <= moment < min(last, QUIET_FROM)


def last_moment(push_at: time, plan: Plan, latest: time) -> time:
    """Until when a push of the day may still be made; `latest` is the house's hour.

    >>> last_moment(time(8, 0), Plan(), time(12, 0)), last_moment(time(15, 30), Plan(), time(12, 0))
    (datetime.time(12, 0), datetime.time(19, 30))
    >>> last_moment(time(8, 0), Plan(quiet_from=time(11, 0)), time(12, 0))
    datetime.time(10, 59, 59)
    """
    if push_at >= latest:
        made_up = datetime.combine(date.min, push_at) + MAKE_UP
        latest = made_up.time() if made_up.date() == date.min else time.max
    quiet = datetime.combine(date.max, min(plan.quiet_from, QUIET_FROM)) - timedelta(seconds=1)
    return min(latest, quiet.time())


def turn(now: time, push_at: time, plan: Plan, latest: time) -> Turn:
    """
    >>> [turn(time(hour), time(8), Plan(), time(12)).value for hour in (7, 8, 12, 13, 14)]
    ['early', 'now', 'now', 'late', 'missed']
    >>> turn(time(8), time(8), Plan(quiet_until=time(9)), time(12)).value
    'early'
    """
    if now < max(push_at, plan.quiet_until, QUIET_BEFORE):
        return Turn.EARLY
    last = last_moment(push_at, plan, latest)
    if now <= last:
        return Turn.NOW
    behind = datetime.combine(date.min, now) - datetime.combine(date.min, last)
    return Turn.LATE if behind < AHEAD else Turn.MISSED


def off(day: date, plan: Plan, *, workday: bool) -> Off | None:
    """Why nothing is pushed on the day. Days of the week count when they are worked, a weekend when it is named.

    >>> off(date(2026, 3, 5), Plan(days="135"), workday=True)
    <Off.NOT_CHOSEN: 'not_chosen'>
    >>> off(date(2026, 3, 7), Plan(days="6"), workday=False), off(date(2026, 5, 1), Plan(days="5"), workday=False)
    (None, <Off.DAY_OFF: 'day_off'>)
    """
    if plan.paused_until is not None and day <= plan.paused_until:
        return Off.PAUSED
    named = plan.days != WORKDAYS
    if named and str(day.isoweekday()) not in plan.days:
        return Off.NOT_CHOSEN
    if not workday and not (named and day.isoweekday() > 5):
        return Off.DAY_OFF
    return None


def over(ends_on: date | None, today: date) -> bool:
    """Whether a group's end date has passed: nothing is pushed to it any more.

    >>> over(date(2026, 3, 5), date(2026, 3, 5)), over(None, date(2026, 3, 5))
    (False, False)
    """
    return ends_on is not None and today > ends_on


def topic_key(word: str) -> str | None:
    """
    >>> topic_key("案例"), topic_key("天气")
    ('case', None)
    """
    return next((key for key, label in TOPICS.items() if word in (key, label)), None)


_WEEK = "一二三四五六日"
_EVERY_DAY = frozenset({"每天", "天天"})
_WORKING = frozenset({"工作日", "上班日"})
_DAYS = re.compile(
    r"(?:周|星期|礼拜)?([一二三四五六日天1-7])(?:(?:到|至|-)(?:周|星期|礼拜)?([一二三四五六日天1-7]))?[、,，和\s]*"
)


def days_in(words: str) -> str | None:
    """Days of the week as a plan keeps them; None for what cannot be read.

    >>> [days_in(words) for words in ("工作日", "周一三五", "周一至周四、周六", "每天", "初一")]
    ['', '135', '12346', '1234567', None]
    """
    words = words.strip()
    if words in _WORKING:
        return WORKDAYS
    if words in _EVERY_DAY:
        return "1234567"
    found: set[int] = set()
    at = 0
    while at < len(words):
        match = _DAYS.match(words, at)
        if match is None:
            return None
        first = _weekday(match[1])
        last = _weekday(match[2]) if match[2] else first
        found.update(range(first, last + 1))
        at = match.end()
    return "".join(map(str, sorted(found))) or None


def _weekday(mark: str) -> int:
    return int(mark) if mark.isdecimal() else _WEEK.index(mark.replace("天", "日")) + 1


_CLOCK = re.compile(r"(\d{1,2})(?:[:：点时](\d{1,2})?分?)")


def time_in(words: str) -> time | None:
    """
    >>> time_in("8:30"), time_in("14点"), time_in("25:00"), time_in("早上")
    (datetime.time(8, 30), datetime.time(14, 0), None, None)
    """
    found = _CLOCK.fullmatch(words.strip().replace("点半", ":30"))
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


_BETWEEN = re.compile(r"\s*(?:-|—|~|到|至|\s)\s*(?:次日|第二天)?\s*")


def halves(words: str) -> list[str]:
    """
    >>> halves("19:00-08:00"), halves("19:00 到次日 8:00")
    (['19:00', '08:00'], ['19:00', '8:00'])
    """
    return _BETWEEN.split(words.strip())


_UNTIL = re.compile(r"\s*(?:到|至)\s*((?:\d{4}[-/.年])?\d{1,2}[-/.月]\d{1,2}[日号]?)\s*$")


def words_until(words: str, today: date) -> tuple[str, date | None]:
    """The words of a notice, and until when they are shown.

    >>> words_until("周五下午两点清运垃圾 到 3月6日", date(2026, 3, 5))
    ('周五下午两点清运垃圾', datetime.date(2026, 3, 6))
    """
    found = _UNTIL.search(words)
    day = day_in(found[1], today) if found else None
    return (words[: found.start()].strip(), day) if found and day else (words.strip(), None)
