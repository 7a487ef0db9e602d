"""Candidates and features of the labelled questions, as the search makes them, with tables learned elsewhere."""

import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from knowledge.catalogue import Catalogue
from knowledge.folding import title_key
from knowledge.index import Index
from knowledge.lexicon import Lexicon
from knowledge.mark import article_ref, mark_of
from knowledge.mark import named as marked
from knowledge.passage import CARD, Document, Passage
from knowledge.question import understood
from knowledge.ranking.features import Rows, rows_of
from knowledge.ranking.learned import Learned
from knowledge.ranking.pool import Keep, pooled
from knowledge.search import Searcher
from knowledge.segment import Segmenter
from tests.bench.learning.material import CARDS, STARD, VILLAGE, Asked

NO_CARDS, ALL_CARDS, OTHER_CARDS, UNSEEN_FORM, GONE = (
    "no cards",
    "cards",
    "other cards",
    "unseen form",
    "gone",
)
ONLY_CARDS, ONLY_OTHER, ONLY_UNSEEN = "only cards", "only other cards", "only cards, unseen form"
TINY = "a handful of documents"
NEW_KIND = "no cards, of a new kind"
OWN, OWN_GONE = "few own documents", "few own documents, gone"
"""What the base holds beside the laws: no cards; all; none that cites the gold article; the card without this very
question. Nothing that answers at all. No laws, and all cards; those that cite another article; the shortened card.
And a base so small that hardly anything is answered in it."""


@dataclass(frozen=True)
class Sample:
    """One question in one base. `label`: for each candidate, which label it satisfies, or -1."""

    asked: Asked
    base: str
    rows: Rows
    label: NDArray[np.int64]

    @property
    def right(self) -> NDArray[np.bool_]:
        return self.label >= 0


@dataclass(frozen=True)
class Tables:
    """What was learned without a fold. `strict`: without all that is known of its articles; `warm`: without its
    questions alone, as when a card or an earlier question has taught the article. `apart`: without anything that
    shares an article at however many removes, so that the question is of a new kind."""

    strict: Mapping[int, Learned]
    warm: Mapping[int, Learned]
    apart: Mapping[int, Learned]

    def for_(self, asked: Asked, base: str) -> Learned:
        """A base that has the article's card has its words in the tables too."""
        if base in {ALL_CARDS, UNSEEN_FORM, GONE, ONLY_CARDS, ONLY_UNSEEN, TINY}:
            return self.warm[asked.warm]
        return self.apart[asked.apart] if base == NEW_KIND else self.strict[min(asked.folds)]


class Extraction:
    """Makes samples over one index."""

    def __init__(self, index: Index, lexicon: Lexicon) -> None:
        self.index = index
        self.searcher = Searcher(index, lexicon)
        self.understand = lru_cache(None)(lambda text: understood(text, lexicon, index.segmenter))
        replaced = lexicon.replaced
        catalogue = index.documents()
        over = [e.source for e in catalogue if catalogue.successor(e.source) or e.key in replaced]
        self._over = np.array([marked(source) for source in over], dtype=np.int64)

    def sample(self, asked: Asked, base: str, learned: Learned) -> Sample | None:
        """None when nothing was found."""
        question, reading = self.understand(asked.text), self.index.now()
        pool = pooled(
            reading,
            question,
            learned,
            without=self._over,
            favoured=np.zeros(0, dtype=np.int64),
            keep=_keep(asked, base, reading.catalogue),
        )
        if not pool.passages:
            return None
        rows = rows_of(question, pool, reading, self.searcher.likeness, self.index.segmenter.information)
        label = [next((n for n, gold in enumerate(asked.golds) if ref in gold), -1) for ref in rows.refs]
        return Sample(asked, base, rows, np.array(label, dtype=np.int64))

    def unseen_forms(
        self, rows: Iterable[Asked], documents: Iterable[Document], tables: Tables, base: str
    ) -> Iterator[Sample | None]:
        """Each card asked by a question that was first taken out of it; the cards are put back at the end."""
        rows = [row for row in rows if row.card and len(row.card.questions) > 1]
        decks = [document for document in documents if document.kind == CARD]
        for nth in range(3):
            self.index.apply((_without(deck, nth) for deck in decks), (), 1)
            for row in rows:
                if row.nth == nth:
                    yield self.sample(row, base, tables.for_(row, base))
        self.index.apply(decks, (), 1)


def _without(deck: Document, nth: int) -> Document:
    def shorter(passage: Passage) -> Passage:
        card = passage.card
        if card is None or len(card.questions) < 2:
            return passage
        return replace(
            passage, card=replace(card, questions=(*card.questions[:nth], *card.questions[nth + 1 :]))
        )

    return replace(deck, passages=tuple(map(shorter, deck.passages)))


def _keep(asked: Asked, base: str, catalogue: Catalogue) -> Keep | None:
    def cited(source: str, passage: Passage) -> int:
        card = passage.card
        key = title_key(card.law) if card else catalogue[source].key
        return article_ref(key, passage.article or "")

    kept: dict[str, Keep] = {
        NO_CARDS: lambda _, passage: passage.card is None,
        NEW_KIND: lambda _, passage: passage.card is None,
        OTHER_CARDS: lambda source, passage: not passage.card or cited(source, passage) not in asked.gold,
        ONLY_OTHER: lambda source, passage: cited(source, passage) not in asked.gold,
        GONE: lambda source, passage: cited(source, passage) not in asked.gold,
    }
    return kept.get(base)


_BASES = {
    STARD: (NO_CARDS, NEW_KIND, ALL_CARDS),
    VILLAGE: (NO_CARDS, ALL_CARDS, OTHER_CARDS, GONE),
    CARDS: (NO_CARDS, OTHER_CARDS),
}
_ONE_FORM_IN = 6
"""Of a card's questions, so that the cards do not outweigh what people asked."""
_SMALL = {STARD: (ONLY_CARDS,), VILLAGE: (ONLY_CARDS, ONLY_OTHER), CARDS: (ONLY_OTHER,)}


def samples(
    extraction: Extraction,
    rows: list[Asked],
    documents: list[Document],
    tables: Tables,
    *,
    with_laws: bool = True,
) -> Iterator[Sample]:
    """Every question in the bases that suit it, with tables of the other folds."""
    bases = _BASES if with_laws else _SMALL
    for at, row in enumerate(rows):
        if row.kind == CARDS and (row.nth % _ONE_FORM_IN or not row.articles):
            continue
        if row.kind == STARD and not with_laws and at % 3:
            continue
        for base in bases[row.kind]:
            if sample := extraction.sample(row, base, tables.for_(row, base)):
                yield sample
    cards = [row for row in rows if row.kind == CARDS]
    unseen = extraction.unseen_forms(cards, documents, tables, UNSEEN_FORM if with_laws else ONLY_UNSEEN)
    yield from (sample for sample in unseen if sample)


def tiny_samples(
    lexicon: Lexicon,
    segmenter: Segmenter,
    rows: list[Asked],
    documents: list[Document],
    tables: Tables,
) -> Iterator[Sample]:
    """Questions in a few bases of two laws and three cards, where nearly everything asked is not to be found."""
    laws = [document for document in documents if document.kind != CARD]
    decks = [document for document in documents if document.kind == CARD]
    for nth in range(4):
        deck = decks[nth * 7]
        few = [laws[nth * 401 + 7], laws[nth * 307 + 90], replace(deck, passages=deck.passages[:3])]
        index = Index.open(None, segmenter)
        index.apply(few, (), 1)
        extraction = Extraction(index, lexicon)
        for at, row in enumerate(rows):
            if at % 8 == nth and (sample := extraction.sample(row, TINY, tables.for_(row, TINY))):
                yield sample


_BASES_OF_OWN, _DOCUMENTS, _LENGTH = 24, 8, 40


def own_samples(
    lexicon: Lexicon,
    segmenter: Segmenter,
    rows: list[Asked],
    documents: list[Document],
    tables: Tables,
) -> Iterator[Sample]:
    """Questions in bases of a few short documents that nothing was learned of, as a county's own are.

    Half of the questions are answered there.
    """
    asked = [row for row in rows if row.kind != CARDS and row.articles]
    by_source: dict[str, list[Asked]] = defaultdict(list)
    for row in asked:
        by_source[row.articles[0].document.source].append(row)
    sources = sorted(by_source, key=lambda source: zlib.crc32(source.encode()))
    texts = {document.source: document for document in documents}
    for nth in range(_BASES_OF_OWN):
        chosen = [sources[(nth * _DOCUMENTS + step) % len(sources)] for step in range(_DOCUMENTS)]
        inside = [row for source in chosen for row in by_source[source][:8]]
        golds = frozenset().union(*(row.gold for row in inside))
        index = Index.open(None, segmenter)
        index.apply((_short(texts[source], golds) for source in chosen), (), 1)
        extraction = Extraction(index, lexicon)
        outside = [row for row in asked[nth::_BASES_OF_OWN] if not row.gold & golds][: len(inside)]
        for base, some in ((OWN, inside), (OWN_GONE, outside)):
            for row in some:
                useful = Learned(tables.strict[min(row.folds)].useful)
                if sample := extraction.sample(row, base, useful):
                    yield sample


def _short(document: Document, golds: frozenset[int]) -> Document:
    """The passages that answer, and as many of the others from the beginning as a short document has."""
    told = [passage for passage in document.passages if mark_of(document, passage).ref in golds]
    rest = [passage for passage in document.passages if passage not in told]
    return replace(document, passages=(*told, *rest[: max(_LENGTH - len(told), 0)]))
