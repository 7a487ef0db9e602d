"""What the morning's picture says, before it is drawn, and what is drawn of it."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Entry:
    """One item: its title, a sentence or two, and a line about where it is from."""

    title: str
    sentence: str
    about: str


@dataclass(frozen=True, slots=True)
class Page:
    """Group, day, pinned notices, items in order, a line about the group's own open matters, how to read on."""

    group: str
    day: date
    entries: tuple[Entry, ...]
    how_to_read: str
    notices: tuple[str, ...] = ()
    matters: str = ""

    @property
    def empty(self) -> bool:
        """Nothing to draw it for."""
        return not self.entries and not self.notices


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG and its size in pixels."""

    body: bytes
    width: int
    height: int
