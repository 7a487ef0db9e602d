"""Reading one moment of the index: ranked lists, marks, passages. Arrays, because the ranking counts in bulk."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Listed:
    """Places in the index with what one search gave them, best first. `keys` name the places."""

    keys: Keys
    scores: Scores
    addresses: tuple[tantivy.DocAddress, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """One moment: a search that holds one never sees two."""

    searcher: tantivy.Searcher
    schema: tantivy.Schema
    catalogue: Catalogue

    def best(self, name: str, terms: Mapping[str, float], limit: int) -> Listed:
        """The best passages for weighted terms of one field. No term is ever parsed as a query."""
        clauses = [(tantivy.Occur.Should, self._term(name, term, weight)) for term, weight in terms.items()]
        return self._listed(tantivy.Query.boolean_query(clauses), limit) if clauses else _listed([])

    def articles(self, refs: Iterable[int]) -> Listed:
        """The passages of these articles."""
        clauses = [
            (tantivy.Occur.Should, tantivy.Query.term_query(self.schema, "ref", ref, "basic")) for ref in refs
        ]
        query = tantivy.Query.boolean_query(clauses)
        return self._listed(query, 4 * len(clauses)) if clauses else _listed([])

    def marks(self, addresses: Sequence[tantivy.DocAddress]) -> dict[str, Keys]:
        """The marks of passages, one array a name."""
        places = list(addresses)
        return {
            name: np.array(self.searcher.fast_field_values(name, places), dtype=np.int64)
            for name in Mark._fields
        }

    def passage(self, address: tantivy.DocAddress) -> tuple[str, Passage]:
        """Source and passage."""
        value = self.searcher.doc(address).get_first("stored")
        return from_stored(bytes(value) if value is not None else b"{}")

    def ceiling(self, name: str, terms: Mapping[str, float]) -> float:
        """The limit of BM25 (k1 = 1.2, as tantivy has it) for a passage that repeats every term without end."""
        count = self.searcher.num_docs
        total = 0.0
        for term, weight in terms.items():
            having = self.searcher.doc_freq(name, term)
            total += weight * log(1 + (count - having + 0.5) / (having + 0.5))
        return 2.2 * total

    def _term(self, name: str, term: str, weight: float) -> tantivy.Query:
        query = tantivy.Query.term_query(self.schema, name, term, "freq")
        return tantivy.Query.boost_query(query, weight) if weight != 1 else query

    def _listed(self, query: tantivy.Query, limit: int) -> Listed:
        return _listed(self.searcher.search(query, limit, count=False).hits)


def _listed(hits: Sequence[tuple[float, tantivy.DocAddress]]) -> Listed:
    return Listed(
        np.array([(a.segment_ord << 32) + a.doc for _, a in hits], dtype=np.int64),
        np.array([score for score, _ in hits], dtype=np.float64),
        tuple(address for _, address in hits),
    )
