"""The only source of time and chance. Everything else is handed a `Clock`, so tests can freeze it."""

import secrets
from datetime import UTC, datetime, tzinfo
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Time in one zone, and unguessable bytes."""

    @property
    def zone(self) -> tzinfo:
        """The zone of `now`."""

    def now(self) -> datetime:
        """The present moment, aware, in `zone`."""

    def token(self, size: int) -> bytes:
        """`size` bytes from a cryptographic source."""


class SystemClock:
    """The machine's clock and its cryptographic source."""

    def __init__(self, zone: str = "Asia/Shanghai") -> None:
        self.zone: tzinfo = ZoneInfo(zone)

    def now(self) -> datetime:
        return datetime.now(UTC).astimezone(self.zone)

    def token(self, size: int) -> bytes:
        return secrets.token_bytes(size)
