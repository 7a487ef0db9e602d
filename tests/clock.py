"""A clock that stands where it is put. Implements `bot.clock.Clock`."""

import hashlib
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    """The moment `2026-03-05 09:00` names in the product's zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


class FrozenClock:
    """Stands at `start` until moved; its "random" bytes are a repeatable sequence without repetition."""

    def __init__(self, start: datetime | str = "2026-03-05 09:00") -> None:
        self._now = at(start) if isinstance(start, str) else start
        self._drawn = 0

    @property
    def zone(self) -> ZoneInfo:
        return ZONE

    def now(self) -> datetime:
        return self._now

    def token(self, size: int) -> bytes:
        self._drawn += 1
        return hashlib.shake_128(str(self._drawn).encode()).digest(size)

    def set(self, moment: datetime | str) -> None:
        """Stand at `moment`, forwards or back."""
        self._now = at(moment) if isinstance(moment, str) else moment

    def advance(self, **units: float) -> None:
        """Move on: `advance(hours=2)`."""
        self._now += timedelta(**units)
