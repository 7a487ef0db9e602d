"""Reading one moment of the index: ranked lists, marks, passages. Arrays, because the ranking counts in bulk.

What was once read at a moment is kept for the next question: passages opened lately and, where there are not too
many, the marks of every one met.
"""

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import log

import numpy as np
import tantivy
from numpy.typing import NDArray

from knowledge.catalogue import Catalogue
from knowledge.mark import STORED, Mark, files
from knowledge.passage import Passage
from knowledge.stored import from_stored
from knowledge.texts import Texts

Keys = NDArray[np.int64]
Scores = NDArray[np.float64]

_PASSAGES, _TERMS, _NOTED = 20_000, 65_536, 200_000
"""The most that is kept of a moment: 20,000 articles of law take some 20 MB, 100,000 marks 4 MB. Of a larger index
no marks are kept: fetching them costs half a millisecond a question."""
_COMMON = 0.1
"""Share of the passages of such an index with a pair that is not looked for."""
_AHEAD = 128
"""Passages opened at once."""
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

    def __init__(
        self, searcher: tantivy.Searcher, schema: tantivy.Schema, catalogue: Catalogue, texts: Texts
    ) -> None:
        self.searcher = searcher
        self.catalogue = catalogue
        self._schema = schema
        self._marks: dict[int, tuple[Keys, NDArray[np.bool_]]] = {}
        self._noting = threading.Lock()
        self._places: dict[int, list[int]] = {}
        self._texts = texts
        self._opened: dict[int, tuple[str, Passage]] = {}
        having = self.having = lru_cache(_TERMS)(searcher.doc_freq)
        """In how many passages a field has a term."""
        count = searcher.num_docs
        self.idf = lru_cache(_TERMS)(lambda name, term: _idf(count, having(name, term)))
        """How rare a term of a field is, as tantivy has it."""

    def best(self, name: str, terms: Mapping[str, float], limit: int) -> Listed:
        """The best passages for weighted terms of one field. No term is ever parsed as a query."""
        clauses = [(tantivy.Occur.Should, self._term(name, term, weight)) for term, weight in terms.items()]
        return self.found(tantivy.Query.boolean_query(clauses), limit) if clauses else _listed([])

    def telling(self, pairs: Mapping[str, float]) -> Mapping[str, float]:
        """Character pairs worth a search: in a large index, not those that very many passages have.

        These cost most of the walk and of the memory, and tell next to nothing.
        """
        if self.searcher.num_docs <= _NOTED:
            return pairs
        most = self.searcher.num_docs * _COMMON
        return {pair: weight for pair, weight in pairs.items() if self.having("bigrams", pair) <= most}

    def articles(self, refs: Sequence[int]) -> Keys:
        """Where the passages of these articles are, article by article."""
        if new := [ref for ref in refs if ref not in self._places]:
            clauses = [
                (tantivy.Occur.Should, tantivy.Query.term_query(self._schema, "ref", ref, "basic"))
                for ref in new
            ]
            keys = np.sort(self.found(tantivy.Query.boolean_query(clauses), _VERSIONS * len(new)).keys)
            found = self.marks(keys)["ref"]
            self._places.update((ref, keys[found == ref].tolist()) for ref in new)
        return np.array([key for ref in refs for key in self._places[ref]], dtype=np.int64)

    def marks(self, keys: Keys) -> dict[str, Keys]:
        """The marks of passages, one array a name."""
        if self.searcher.num_docs > _NOTED:
            places = _places(keys.tolist())
            return dict(zip(Mark._fields, self._fetched(places), strict=True))
        out = np.empty((len(Mark._fields), len(keys)), dtype=np.int64)
        segments, docs = keys >> 32, keys & _DOC
        for segment in range(self.searcher.num_segments):
            if len(at := np.flatnonzero(segments == segment)):
                out[:, at] = self._noted(segment, docs[at])
        return dict(zip(Mark._fields, out, strict=True))

    def note(self, refs: Sequence[int]) -> None:
        """Read the marks of all passages now, where there are not too many, and open these articles."""
        if 0 < self.searcher.num_docs <= _NOTED:
            every = tantivy.Query.term_query(self._schema, "role", PASSAGE, "basic")
            self.marks(self.found(every, self.searcher.num_docs).keys)
            deque(self.opened(self.articles(refs)), maxlen=0)

    def opened(self, keys: Keys) -> Iterator[tuple[str, Passage]]:
        """Source and passage of each; read some at a time."""
        for start in range(0, len(keys), _AHEAD):
            some = keys[start : start + _AHEAD].tolist()
            kept = self._opened
            new = self._open([key for key in some if key not in kept])
            yield from [new.get(key) or kept[key] for key in some]

    def ceiling(self, name: str, terms: Mapping[str, float]) -> float:
        """The limit of BM25 (k1 = 1.2, as tantivy has it) for a passage that repeats every term without end."""
        return 2.2 * sum([weight * self.idf(name, term) for term, weight in terms.items()])

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
                rows[:, new] = self._fetched([tantivy.DocAddress(segment, doc) for doc in new.tolist()])
                known[new] = True
        found: Keys = rows[:, docs]
        return found

    def _open(self, keys: list[int]) -> dict[int, tuple[str, Passage]]:
        """What was not open yet."""
        if not keys:
            return {}
        numbers = numbers_in(self.searcher, "text", _places(keys)).tolist()
        stored = self._texts.read(numbers)
        new = {key: from_stored(stored[number]) for key, number in zip(keys, numbers, strict=True)}
        if len(self._opened) + len(new) > _PASSAGES:
            self._opened = {}
        self._opened.update(new)
        return new

    def _fetched(self, places: list[tantivy.DocAddress]) -> Sequence[Keys]:
        """Marks of passages and chapters from the engine; the file is that of the last document that begins before."""
        firsts, names = self._files
        file = names[firsts.searchsorted(numbers_in(self.searcher, "text", places), side="right") - 1]
        return [file, *(numbers_in(self.searcher, name, places) for name in STORED)]

    @cached_property
    def _files(self) -> tuple[Keys, Keys]:
        """Where the passages of each document begin among the texts, rising, and the names of their files."""
        entries = sorted(self.catalogue, key=lambda entry: entry.first)
        return np.array([e.first for e in entries], dtype=np.int64), files(e.source for e in entries)

    def _term(self, name: str, term: str, weight: float) -> tantivy.Query:
        query = tantivy.Query.term_query(self._schema, name, term, "freq")
        return tantivy.Query.boost_query(query, weight) if weight != 1 else query

    def found(self, query: tantivy.Query, limit: int) -> Listed:
        """What a query finds, best first."""
        return _listed(self.searcher.search(query, limit, count=False).hits)


def numbers_in(searcher: tantivy.Searcher, name: str, places: list[tantivy.DocAddress]) -> Keys:
    """The numbers of one field of the schema at some places."""
    return np.array(searcher.fast_field_values(name, places), dtype=np.int64)


def _places(keys: Iterable[int]) -> list[tantivy.DocAddress]:
    return [tantivy.DocAddress(key >> 32, key & _DOC) for key in keys]


def _listed(hits: Sequence[tuple[float, tantivy.DocAddress]]) -> Listed:
    return Listed(
        np.array([(a.segment_ord << 32) + a.doc for _, a in hits], dtype=np.int64),
        np.array([score for score, _ in hits], dtype=np.float64),
    )


def _idf(count: int, having: int) -> float:
    return log(1 + (count - having + 0.5) / (having + 0.5))
