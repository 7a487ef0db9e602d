"""What a platform did with every message it was asked to send."""

from collections import Counter, deque
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LIMIT_CODES = frozenset({45009, 45011, 45047})


class Outcome(StrEnum):
    DELIVERED = "delivered"
    DROPPED = "dropped"
    """Answered with errcode 0 and shown to nobody."""
    REFUSED = "refused"


@dataclass(frozen=True)
class Entry:
    """One message to one recipient. `to`: openid, userid, chat id or webhook key; `content`: the text of a text,
    else the JSON of its body. `code` is the errcode of a refusal, `reason` what happened to a message that was
    dropped or changed."""

    at: datetime
    to: str
    kind: str
    content: str
    outcome: Outcome
    code: int = 0
    reason: str = ""
    message_id: str = ""


class Ledger:
    """All entries, in the order of the calls."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def write(self, entry: Entry) -> Entry:
        self.entries.append(entry)
        return entry

    def recall(self, message_id: str) -> None:
        """The message is gone from the screens."""
        self.entries = [entry for entry in self.entries if entry.message_id != message_id]

    def delivered(self, to: str | None = None) -> list[Entry]:
        return self._of(Outcome.DELIVERED, to)

    def dropped(self, to: str | None = None) -> list[Entry]:
        return self._of(Outcome.DROPPED, to)

    def refused(self, to: str | None = None) -> list[Entry]:
        return self._of(Outcome.REFUSED, to)

    def contents(self, to: str | None = None) -> list[str]:
        """What one recipient, or all of them, have on the screen, oldest first."""
        return [entry.content for entry in self.delivered(to)]

    def counts(self) -> Counter[tuple[str, str]]:
        """How often each (recipient, content) was delivered: more than once is sent twice."""
        return Counter((entry.to, entry.content) for entry in self.delivered())

    def over_limits(self) -> list[Entry]:
        """Messages refused or dropped because a limit of the platform was passed."""
        return [entry for entry in self.entries if entry.code in LIMIT_CODES or entry.reason == "surplus"]

    def _of(self, outcome: Outcome, to: str | None) -> list[Entry]:
        return [entry for entry in self.entries if entry.outcome is outcome and to in (None, entry.to)]


class Window:
    """At most `count` in any `span`, for each key on its own."""

    def __init__(self, count: int, span: timedelta) -> None:
        self.count = count
        self.span = span
        self._taken: dict[Hashable, deque[datetime]] = {}

    def full(self, key: Hashable, now: datetime) -> bool:
        taken = self._taken.setdefault(key, deque())
        while taken and now - taken[0] >= self.span:
            taken.popleft()
        return len(taken) >= self.count

    def take(self, key: Hashable, now: datetime) -> bool:
        """Whether one more is within the limit; if so it counts."""
        if self.full(key, now):
            return False
        self._taken[key].append(now)
        return True
