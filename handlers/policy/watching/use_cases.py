"""Rule watch: what in the base has gone stale or soon will, and what was asked and found no answer."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from handlers.policy.library import Library
from handlers.policy.watching.found import Replaced, StaleCard, Watch
from knowledge.catalogue import Entry
from knowledge.freshness import Stale, stale, unfounded
from knowledge.passage import CARD, REPEALED
from knowledge.stored import card_from_dict
from storage.uow import UnitOfWork

REVIEWED_WITHIN = timedelta(days=365)
"""A card not checked against its law for longer is due for review."""

SOON = timedelta(days=30)
"""How far ahead an end or a beginning is announced."""


def watch(uow: UnitOfWork, library: Library, today: date) -> Watch:
    """Look over the whole base as it stands today."""
    entries = list(library.index.documents())
    replaced = list(_replaced(library, entries, today))
    gone = {each.old.source for each in replaced}
    standing = [entry for entry in entries if entry.source not in gone and not entry.upheld]
    return Watch(
        expired=[entry for entry in standing if entry.over(today)],
        expiring=[
            entry
            for entry in standing
            if entry.status != REPEALED and entry.expires and today <= entry.expires <= today + SOON
        ],
        replaced=replaced,
        coming=[entry for entry in entries if today < entry.starts <= today + SOON],
        cards=list(_stale_cards(uow, library, today)),
        unanswered=uow.questions.waiting(),
    )


def _replaced(library: Library, entries: list[Entry], today: date) -> Iterator[Replaced]:
    catalogue, lexicon = library.index.documents(), library.searcher.lexicon
    for entry in entries:
        if entry.upheld:
            continue
        new = catalogue.successor(entry.source, today)
        if new is None and (instead := lexicon.replaced.get(entry.key)):
            new = next((other for other in catalogue.versions(instead) if other.starts <= today), None)
        if new is not None:
            yield Replaced(entry, new, new.source)
        elif entry.superseded_by and not catalogue.named(entry.superseded_by):
            yield Replaced(entry, None, entry.superseded_by)


def _stale_cards(uow: UnitOfWork, library: Library, today: date) -> Iterator[StaleCard]:
    files = [document.source for document, _ in uow.documents.all() if document.kind == CARD]
    for document in uow.documents.load(files):
        for passage in document.passages:
            if not passage.card:
                continue
            card = card_from_dict(json.loads(passage.card))
            known = library.searcher.article(card.law, card.article, on=today) if card.article else None
            lacking = known is not None and unfounded(card, known.text)
            why = stale(replace(known, plain=card)) if known else None
            changed = why in (Stale.CHANGED, Stale.ENDED) and not lacking
            old = card.reviewed is None or card.reviewed < today - REVIEWED_WITHIN
            if lacking or changed or old or card.review:
                yield StaleCard(document.source, card, lacking, changed)
