"""Whether an answer rests on a text that still stands, and of which day that text is."""

from datetime import date
from enum import StrEnum

from knowledge.passage import Card
from knowledge.search import Hit


class Stale(StrEnum):
    """Why an answer may no longer be right."""

    AWAITS = "awaits"
    """The text is not in force yet."""
    ENDED = "ended"
    """The text was repealed, has expired, or another one took its place."""
    CHANGED = "changed"
    """The article was changed after the card was last checked, or lacks the words the card rests on."""
    REVIEW = "review"
    """The card is marked: a person has to check it."""


def stale(hit: Hit) -> Stale | None:
    """What is wrong with the text an answer rests on; None when nothing is known to be."""
    if hit.superseded:
        return Stale.AWAITS if hit.awaits else Stale.ENDED
    if hit.plain is None:
        return None
    return Stale.CHANGED if _changed(hit, hit.plain) else Stale.REVIEW if hit.plain.review else None


def text_day(hit: Hit) -> date | None:
    """The day of the text an answer rests on: of its last amendment, else since when it holds."""
    card = hit.plain
    if card and (hit.text == card.answer or _changed(hit, card)):
        return card.issued or card.effective or card.reviewed
    return hit.issued or hit.effective


def unfounded(card: Card, article: str) -> bool:
    """Whether an article lacks the words that a card rests on."""
    return bool(card.phrase) and _bare(card.phrase) not in _bare(article)


def _changed(hit: Hit, card: Card) -> bool:
    if hit.text == card.answer:
        return False
    starts = max(hit.issued or date.min, hit.effective or date.min)
    return unfounded(card, hit.text) or (card.reviewed is not None and starts > card.reviewed)


def _bare(text: str) -> str:
    return "".join(mark for mark in text if mark.isalnum())
