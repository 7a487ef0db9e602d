"""Rule watch: what in the base has gone stale, and what was asked and found no answer."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from handlers.policy.library import Library
from knowledge.catalogue import Entry
from knowledge.passage import CARD, Card
from knowledge.stored import card_from_dict
from storage.questions import AskedQuestion
from storage.uow import UnitOfWork

REVIEWED_WITHIN = timedelta(days=365)
"""A card not checked against its law for longer is due for review."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """A law that another one, or a newer version, has taken the place of."""

    old: Entry
    new: Entry


@dataclass(frozen=True, slots=True)
class StaleCard:
    """A card due for a look. `unfounded`: its article, imported, lacks the words it rests on."""

    source: str
    card: Card
    unfounded: bool


@dataclass(frozen=True, slots=True)
class Watch:
    """`expired`: past the day the text itself sets. `cards`: not reviewed for a year, or unfounded."""

    expired: list[Entry]
    replaced: list[Replaced]
    cards: list[StaleCard]
    unanswered: list[AskedQuestion]

    @property
    def clean(self) -> bool:
        return not (self.expired or self.replaced or self.cards or self.unanswered)


def watch(uow: UnitOfWork, library: Library, today: date) -> Watch:
    """Look over the whole base as it stands today."""
    entries = list(library.index.documents())
    return Watch(
        expired=[entry for entry in entries if entry.expires and entry.expires < today],
        replaced=list(_replaced(library, entries, today)),
        cards=list(_stale_cards(uow, library, today)),
        unanswered=uow.questions.waiting(),
    )


def _replaced(library: Library, entries: list[Entry], today: date) -> Iterator[Replaced]:
    catalogue, lexicon = library.index.documents(), library.searcher.lexicon
    for entry in entries:
        new = catalogue.successor(entry.source, today)
        if new is None and (instead := lexicon.replaced.get(entry.key)):
            new = next((other for other in catalogue.versions(instead) if other.starts <= today), None)
        if new is not None:
            yield Replaced(entry, new)


def _stale_cards(uow: UnitOfWork, library: Library, today: date) -> Iterator[StaleCard]:
    files = [document.source for document, _ in uow.documents.all() if document.kind == CARD]
    for document in uow.documents.load(files):
        for passage in document.passages:
            if not passage.card:
                continue
            card = card_from_dict(json.loads(passage.card))
            unfounded = _unfounded(library, card)
            if unfounded or card.reviewed is None or card.reviewed < today - REVIEWED_WITHIN:
                yield StaleCard(document.source, card, unfounded)


def _unfounded(library: Library, card: Card) -> bool:
    if not (card.law and card.article and card.phrase):
        return False
    hit = library.searcher.article(card.law, card.article)
    return hit is not None and _bare(card.phrase) not in _bare(hit.text)


def _bare(text: str) -> str:
    return "".join(mark for mark in text if mark.isalnum())
