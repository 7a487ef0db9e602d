"""Reading one moment of the index: ranked lists, marks, passages. Arrays, because the ranking counts in bulk.

What was once read at a moment is kept for the next question: marks of every passage met, passages opened lately.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from math import log

import numpy as np
import tantivy
from numpy.typing import NDArray

from knowledge.catalogue import Catalogue
from knowledge.mark import Mark
from knowledge.passage import Passage
from knowledge.stored import from_stored

Keys = NDArray[np.int64]
Scores = NDArray[np.float64]

_PASSAGES, _TERMS, _NOTED = 20_000, 65_536, 200_000
"""The most that is kept of a moment: 20,000 articles of law take some 20 MB, 100,000 marks 4 MB."""
_VERSIONS = 64
"""Passages of one article, in versions and cards, that are looked for."""
_DOC = 0xFFFFFFFF
PASSAGE, CHAPTER = "passage", "chapter"
"""Roles of entries of the index."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Places in the index with what one search gave them, best first. A key names a place of this moment."""

    keys: Keys
    scores: Scores


class Reading:
    """One moment: a search that holds one never sees two. Safe in threads."""

    def __init__(self, searcher: tantivy.Searcher, schema: tantivy.Schema, catalogue: Catalogue) -> None:
        self.searcher = searcher
        self.catalogue = catalogue
        self._schema = schema
        self._marks: dict[int, tuple[Keys, NDArray[np.bool_]]] = {}
        self._noting = threading.Lock()
        self._places: dict[int, list[int]] = {}
        self._opened = lru_cache(_PASSAGES)(partial(_open, searcher))
        self.having = lru_cache(_TERMS)(searcher.doc_freq)
        """In how many passages a field has a term."""

    def best(self, name: str, terms: Mapping[str, float], limit: int) -> Listed:
        """The best passages for weighted terms of one field. No term is ever parsed as a query."""
        clauses = [(tantivy.Occur.Should, self._term(name, term, weight)) for term, weight in terms.items()]
        return self._listed(tantivy.Query.boolean_query(clauses), limit) if clauses else _listed([])

    def articles(self, refs: Sequence[int]) -> Keys:
        """Where the passages of these articles are, article by article."""
        if new := [ref for ref in refs if ref not in self._places]:
            clauses = [
                (tantivy.Occur.Should, tantivy.Query.term_query(self._schema, "ref", ref, "basic"))
                for ref in new
            ]
            keys = np.sort(self._listed(tantivy.Query.boolean_query(clauses), _VERSIONS * len(new)).keys)
            found = self.marks(keys)["ref"]
            self._places.update((ref, keys[found == ref].tolist()) for ref in new)
        return np.array([key for ref in refs for key in self._places[ref]], dtype=np.int64)

    def marks(self, keys: Keys) -> dict[str, Keys]:
        """The marks of passages, one array a name."""
        out = np.empty((len(Mark._fields), len(keys)), dtype=np.int64)
        segments, docs = keys >> 32, keys & _DOC
        for segment in np.unique(segments).tolist():
            at = np.flatnonzero(segments == segment)
            out[:, at] = self._noted(segment, docs[at])
        return dict(zip(Mark._fields, out, strict=True))

    def note(self) -> None:
        """Read the marks of all passages now, where there are not too many."""
        if 0 < self.searcher.num_docs <= _NOTED:
            every = tantivy.Query.term_query(self._schema, "role", PASSAGE, "basic")
            self.marks(self._listed(every, self.searcher.num_docs).keys)

    def passage(self, key: int) -> tuple[str, Passage]:
        """Source and passage."""
        return self._opened(key)

    def ceiling(self, name: str, terms: Mapping[str, float]) -> float:
        """The limit of BM25 (k1 = 1.2, as tantivy has it) for a passage that repeats every term without end."""
        return 2.2 * sum([weight * self.idf(name, term) for term, weight in terms.items()])

    def idf(self, name: str, term: str) -> float:
        """How rare a term of a field is, as tantivy has it."""
        return _idf(self.searcher.num_docs, self.having(name, term))

    def chapters(self, words: Mapping[str, float], limit: int) -> Listed:
        """The best chapters for weighted words, each taken as one text.

        The engine counts passages as well when it judges how rare a word is; here chapters alone count.
        """
        every, count = self.searcher.num_docs, self.having("role", CHAPTER)
        among = {word: having for word in words if (having := self.having("whole", word))}
        fair = {
            word: words[word] * _idf(count, having) / _idf(every, having) for word, having in among.items()
        }
        return self.best("whole", fair, limit)

    def _noted(self, segment: int, docs: Keys) -> Keys:
        """Rows of marks of one segment; those not met before are fetched."""
        with self._noting:
            rows, known = self._marks.get(segment) or (
                np.zeros((len(Mark._fields), 0), np.int64),
                np.zeros(0, bool),
            )
            if (least := int(docs.max()) + 1) > len(known):
                more = max(least, 2 * len(known)) - len(known)
                rows, known = np.pad(rows, ((0, 0), (0, more))), np.pad(known, (0, more))
                self._marks[segment] = rows, known
            new = docs[~known[docs]]
            if len(new):
                places = [tantivy.DocAddress(segment, doc) for doc in new.tolist()]
                for row, name in zip(rows, Mark._fields, strict=True):
                    row[new] = self.searcher.fast_field_values(name, places)
                known[new] = True
        found: Keys = rows[:, docs]
        return found

    def _term(self, name: str, term: str, weight: float) -> tantivy.Query:
        query = tantivy.Query.term_query(self._schema, name, term, "freq")
        return tantivy.Query.boost_query(query, weight) if weight != 1 else query

    def _listed(self, query: tantivy.Query, limit: int) -> Listed:
        return _listed(self.searcher.search(query, limit, count=False).hits)


def _listed(hits: Sequence[tuple[float, tantivy.DocAddress]]) -> Listed:
    return Listed(
        np.array([(a.segment_ord << 32) + a.doc for _, a in hits], dtype=np.int64),
        np.array([score for score, _ in hits], dtype=np.float64),
    )


def _open(searcher: tantivy.Searcher, key: int) -> tuple[str, Passage]:
    value = searcher.doc(tantivy.DocAddress(key >> 32, key & _DOC)).get_first("stored")
    return from_stored(bytes(value) if value is not None else b"")


def _idf(count: int, having: int) -> float:
    return log(1 + (count - having + 0.5) / (having + 0.5))
