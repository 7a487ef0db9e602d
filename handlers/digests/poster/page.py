"""What the morning's picture says, before it is drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from handlers.digests.contents import Morning
from handlers.digests.opening import opening
from handlers.digests.poster import phrases
from storage.groups import Group

BY_HAND = "by_hand"
"""The channel of a group no interface reaches: a person forwards what is for it."""


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


def page_of(group: Group, morning: Morning, labels: Mapping[str, str]) -> Page:
    """The page of a group's morning. `labels`: what each kind of item is called."""
    entries = tuple(
        Entry(
            item.title,
            opening(item.body) or item.why,
            phrases.about(labels[item.kind], item.source),
        )
        for item in morning.items
    )
    return Page(
        group.name,
        morning.day,
        entries,
        phrases.how_to_read(by_hand=group.channel == BY_HAND),
        tuple(notice.text for notice in morning.notices),
        phrases.matters(morning.open_wishes) if morning.open_wishes else "",
    )
