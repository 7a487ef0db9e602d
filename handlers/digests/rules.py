"""Pure rules of the digest: which days, which hours, which topics."""

from datetime import date, datetime, time

DAILY = "daily"
"""The name of the one digest there is: its pushes are rows `(daily, group, day)`."""

LATEST = time(12, 0)
"""A push that was missed (the server was down) is made up for on the same day until this hour, not later."""

QUIET_BEFORE = time(7, 0)
QUIET_FROM = time(20, 0)
"""A group's push time lies between these."""

TOPICS = {"policy": "政策", "case": "案例", "daily_read": "每日一读"}
"""Kinds of items and what people call them."""


def may_push_at(moment: time) -> bool:
    """
    >>> may_push_at(time(8, 0)), may_push_at(time(21, 0))
    (True, False)
    """
    return QUIET_BEFORE <= moment <= QUIET_FROM


def due(now: datetime, push_at: time) -> bool:
    """Whether a push planned for `push_at` is to be made at `now`, the group's local time.

    >>> due(datetime(2026, 3, 5, 8, 0), time(8, 0)), due(datetime(2026, 3, 5, 7, 59), time(8, 0))
    (True, False)
    >>> due(datetime(2026, 3, 5, 12, 1), time(8, 0)), due(datetime(2026, 3, 5, 15, 30), time(15, 0))
    (False, True)
    """
    latest = max(LATEST, time(min(push_at.hour + 4, 20), push_at.minute if push_at.hour < 16 else 0))
    return push_at <= now.time() <= latest


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
