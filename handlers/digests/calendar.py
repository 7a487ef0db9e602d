"""What the digest goes by, as one service: working days, the hour after which nothing is made up for, the almanac."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from functools import cache
from pathlib import Path

from bot.chat.command import service
from bot.chat.reply import Reply
from handlers.digests.almanac import EMPTY, FILE, Almanac
from handlers.digests.working_days import WorkingDays
from knowledge.lexicon import Lexicon, shipped_lexicon

Holds = Callable[[str, date], bool]
Sizes = Callable[[Reply], Mapping[str, int]]


def _unmeasured(_reply: Reply) -> Mapping[str, int]:
    return {}


def _all_hold(_source: str, _day: date) -> bool:
    return True


@service
@dataclass(frozen=True, slots=True)
class Calendar:
    """`latest`: until when a missed push is made up for on its day. `sizes`: messages a reply makes, by platform.

    `holds`: whether a document of the base, by its source, is in force on a day and not replaced.
    """

    days: WorkingDays
    latest: time = time(12, 0)
    almanac: Almanac = EMPTY
    sizes: Sizes = _unmeasured
    holds: Holds = _all_hold

    @classmethod
    def read(
        cls, folder: Path, latest: time, *, sizes: Sizes = _unmeasured, holds: Holds = _all_hold
    ) -> "Calendar":
        """With the operator's files of the data folder. Raises `BadHolidayFile`, `BadAlmanac`."""
        return cls(
            WorkingDays.read(folder / "holidays.toml"), latest, Almanac.read(folder / FILE), sizes, holds
        )

    def holds_in(self, region: str, path: str) -> bool:
        """Whether what holds in `region` holds in a place, named by its path (山东省/济宁市/…)."""
        return not region or not path or region in _lexicon().within(path)


@cache
def _lexicon() -> Lexicon:
    return shipped_lexicon()
