"""Questions that keepers answered: which card speaks for one, and where."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.masking import nameless
from knowledge.folding import question_key
from knowledge.passage import Card

Kept = Iterable[tuple[str, str, Card]]
"""(source, passage id, card) of each."""


@dataclass(frozen=True, slots=True)
class Approved:
    """A question a keeper answered. `passage`: the card's; `places` as the card has them."""

    passage: str
    places: tuple[str, ...]

    def nearness(self, here: Sequence[str]) -> int | None:
        """How near it holds to the end of the path `here`, the nearer the more; None when it does not hold there.

        Who asks from nowhere we know hears what holds everywhere first, then any other.
        """
        if not self.places:
            return 0
        if not here:
            return -1
        return max((at for at, place in enumerate(here, 1) if place in self.places), default=None)


@dataclass(frozen=True, slots=True)
class KeptWords:
    """What keepers' cards say, of one revision of the index.

    `questions`: key of a question → who answers it. `cards`: id → passage, of those another card stands for.
    """

    revision: int
    questions: Mapping[str, Sequence[Approved]]
    cards: Mapping[str, str]

    def answering(self, question: str, here: Sequence[str]) -> str | None:
        """The passage of the card that answers this very question nearest to the end of the path `here`."""
        standing = [
            (near, approved.passage)
            for approved in self.questions.get(question_key(nameless(question)), ())
            if (near := approved.nearness(here)) is not None
        ]
        return max(standing, key=lambda found: found[0])[1] if standing else None


def kept_words(revision: int, keepers: Kept, every: Kept) -> KeptWords:
    """`keepers`: their cards; `every`: all cards, looked at only when one of them stands for another."""
    questions: dict[str, list[Approved]] = {}
    wanted: set[str] = set()
    for _, passage, card in keepers:
        wanted.add(card.same)
        for alias in card.questions:
            questions.setdefault(question_key(alias), []).append(Approved(passage, card.places))
    cards = {card.id: passage for _, passage, card in every if card.id in wanted} if any(wanted) else {}
    return KeptWords(revision, questions, cards)
