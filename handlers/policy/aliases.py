"""Ways of asking: every question a card stands for, with where it came from."""

from dataclasses import dataclass
from datetime import datetime

from knowledge.passage import Card
from storage.base import NotFound
from storage.questions import AskedQuestion
from storage.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Alias:
    """One way of asking. `source`: the file it was written in, or the keeper's answer (keeper/7) it stands on;
    `asked`: the question of the queue it was, when somebody asked it.
    """

    text: str
    source: str
    asked: AskedQuestion | None = None

    @property
    def first(self) -> datetime | None:
        return self.asked.first if self.asked else None


def aliases_of(uow: UnitOfWork, card: Card, source: str) -> list[Alias]:
    """Those on the card itself, then those a keeper said ask the same, by their numbers."""
    number = card.id.removeprefix("keeper-")
    own = _asked(uow, int(number)) if number != card.id and number.isdecimal() else None
    found = [Alias(text, source, own if own and own.text == text else None) for text in card.questions]
    return found + [
        Alias(question.text, f"keeper/{question.no}", question) for question in uow.questions.aliases(card.id)
    ]


def _asked(uow: UnitOfWork, no: int) -> AskedQuestion | None:
    try:
        return uow.questions.get(no)
    except NotFound:
        return None
