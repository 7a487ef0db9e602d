"""The clock of every imitation, HTTP and aibot: it stands until it is moved.

One may be shared by several platforms and by what talks to them. Whatever has `now` will do as a platform's
clock: `StandingClock`, or `WallClock` where real seconds are the point.
"""

import hashlib
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Protocol

CHINA = timezone(timedelta(hours=8), "CST")


class Clock(Protocol):
    """What a platform asks of a clock."""

    def now(self) -> datetime: ...


class StandingClock:
    """Stands at `start`; `advance` moves it. Its "random" bytes are a repeatable sequence."""

    def __init__(self, start: datetime = datetime(2026, 3, 5, 9, 0, tzinfo=CHINA)) -> None:
        self.zone: tzinfo = CHINA
        self._now = start
        self._drawn = 0

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    def token(self, size: int) -> bytes:
        self._drawn += 1
        return hashlib.shake_128(str(self._drawn).encode()).digest(size)


class WallClock:
    """The time of this machine."""

    def now(self) -> datetime:
        return datetime.now(CHINA)
