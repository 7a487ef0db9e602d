"""A group's morning: what it holds, and how it stands before its editor."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time

from storage.digests import Item
from storage.push_plans import Notice


@dataclass(frozen=True, slots=True)
class Told:
    """An item as it is told on a day, `item.why` filled in.

    `round`: of a daily read, how often all have been before. `season`: whether it is the time of year for it.
    """

    item: Item
    subjects: frozenset[str] = frozenset()
    round: int = 0
    season: bool = False


@dataclass(frozen=True, slots=True)
class Morning:
    """One group's digest of a day. `open_wishes`: how many wait to be claimed in its place."""

    day: date
    notices: tuple[Notice, ...] = ()
    told: tuple[Told, ...] = ()
    open_wishes: int = 0
    edited: bool = False
    approved_by: str = ""

    @property
    def items(self) -> list[Item]:
        return [each.item for each in self.told]

    @property
    def worth_a_push(self) -> bool:
        """Items are, and a notice nobody was shown yet. What is open anyway is not."""
        return bool(self.told) or any(not notice.told for notice in self.notices)


@dataclass(frozen=True, slots=True)
class Preview:
    """A group's morning as it will go. `off`: why it will not. `sizes`: messages it makes, by platform."""

    morning: Morning
    push_at: time
    stopped: bool
    off: str
    approval: bool
    bytes: int = 0
    sizes: Mapping[str, int] = field(default_factory=dict)
