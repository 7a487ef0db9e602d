"""What the rule watch finds: rules that went stale or soon will, and questions nobody answered."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from knowledge.catalogue import Entry
from knowledge.passage import Card
from storage.questions import AskedQuestion

LATELY = timedelta(days=7)
"""A text replaced within this time is news; later it is only history."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """A law whose place another one, or a newer version, has taken. `by`: as it is called where it is not here."""

    old: Entry
    new: Entry | None
    by: str


@dataclass(frozen=True, slots=True)
class StaleCard:
    """A card due for a look.

    `unfounded`: its article, imported, lacks the words it rests on. `changed`: its law is younger than the check.
    """

    source: str
    card: Card
    unfounded: bool
    changed: bool

    @property
    def shipped_mark(self) -> bool:
        """Whether all there is to it is the mark a card came with."""
        return bool(self.card.review) and not (self.unfounded or self.changed)


@dataclass(frozen=True, slots=True)
class Watch:
    """`expired`: past the day set for it, or repealed. `expiring`, `coming`: ends, takes effect within `SOON`.

    `cards`: not reviewed for a year, marked for review, unfounded, or older than their law.
    """

    expired: list[Entry]
    expiring: list[Entry]
    replaced: list[Replaced]
    coming: list[Entry]
    cards: list[StaleCard]
    unanswered: list[AskedQuestion]

    @property
    def clean(self) -> bool:
        return not any(getattr(self, name) for name in self.__slots__)

    def news(self, today: date) -> "Watch":
        """What somebody has to act on: without old versions long replaced and the marks cards came with."""
        lately = [each for each in self.replaced if each.new is None or each.new.starts > today - LATELY]
        return replace(self, replaced=lately, cards=[each for each in self.cards if not each.shipped_mark])
