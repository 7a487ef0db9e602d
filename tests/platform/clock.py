"""A clock that stands until it is moved; one may be shared by a platform and by what it talks to."""

import hashlib
from datetime import datetime, timedelta, timezone, tzinfo

CHINA = timezone(timedelta(hours=8), "CST")


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
