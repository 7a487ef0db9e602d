"""What may go wrong between a client and a platform: one vocabulary for every imitation, HTTP and aibot.

`Faults` decides per call, by its path (aibot: by its `cmd`): first what was injected for that path, one fault
a call, then what is scattered over it with a probability and a seed. The same seed gives the same faults for
the same order of calls.
"""

import random
from collections import Counter, defaultdict, deque
from enum import Enum, auto

EVERYWHERE = "*"


class Fault(Enum):
    """What goes wrong with one call. `took_effect` says whether the platform has acted all the same."""

    BUSY = auto()
    """errcode -1, nothing done."""
    BAD_GATEWAY = auto()
    """HTTP 502 with a page of HTML, nothing done."""
    LATE_BAD_GATEWAY = auto()
    """The same page from a proxy that lost patience: done."""
    EMPTY = auto()
    """HTTP 200 without a body, nothing done."""
    TRUNCATED = auto()
    """Done; the JSON of the answer is cut off."""
    RESET_UNREAD = auto()
    """The connection is reset before the body was read, nothing done."""
    RESET = auto()
    """The connection is reset after the body was read, nothing done."""
    HANG = auto()
    """Never an answer, nothing done."""
    SLOW_HEADERS = auto()
    """Done; the answer comes after `Faults.slowness` seconds."""
    SLOW_BODY = auto()
    """Done; half the answer comes at once, the rest after `Faults.slowness` seconds."""
    ANSWER_LOST = auto()
    """Done; the connection is reset instead of an answer."""
    GZIP = auto()
    """No fault at all: the answer is compressed."""

    @property
    def took_effect(self) -> bool:
        return self in _EFFECTIVE


_EFFECTIVE = frozenset(
    {
        Fault.LATE_BAD_GATEWAY,
        Fault.TRUNCATED,
        Fault.SLOW_HEADERS,
        Fault.SLOW_BODY,
        Fault.ANSWER_LOST,
        Fault.GZIP,
    }
)


class Faults:
    """The faults of one server. `happened` counts them by (path, fault)."""

    def __init__(self, *, slowness: float = 30.0) -> None:
        self.slowness = slowness
        """Real seconds a slow answer takes; above the time-out of the client under test."""
        self.happened: Counter[tuple[str, Fault]] = Counter()
        self._injected: dict[str, deque[Fault]] = defaultdict(deque)
        self._scattered: dict[str, tuple[float, tuple[Fault, ...], random.Random]] = {}

    def inject(self, path: str, *faults: Fault) -> None:
        """The next calls of `path` fail so, one each, in this order; `EVERYWHERE` for whichever path is next."""
        self._injected[path].extend(faults)

    def scatter(self, path: str, probability: float, *faults: Fault, seed: int) -> None:
        """From now on a call of `path` (`EVERYWHERE`: of any) fails with `probability`, in one of these ways."""
        self._scattered[path] = (probability, faults or tuple(Fault), random.Random(seed))

    def clear(self) -> None:
        self._injected.clear()
        self._scattered.clear()

    def draw(self, path: str) -> Fault | None:
        """What goes wrong with this call of `path`."""
        fault = self._draw(path)
        if fault is not None:
            self.happened[path, fault] += 1
        return fault

    def _draw(self, path: str) -> Fault | None:
        for place in (path, EVERYWHERE):
            if self._injected[place]:
                return self._injected[place].popleft()
        for place in (path, EVERYWHERE):
            if place in self._scattered:
                probability, faults, chance = self._scattered[place]
                return chance.choice(faults) if chance.random() < probability else None
        return None
