"""What was learned from answered questions: weights of words, and a bag of words for each article they led to."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import log

import numpy as np
from numpy.typing import NDArray

from knowledge.mark import article_ref, named

Floats = NDArray[np.float64]
Names = NDArray[np.int64]
_K1, _B = 1.2, 0.4
_THIN = 30.0
"""Words of the whole language that a chapter is mixed with before its own are weighed."""


@dataclass(frozen=True, slots=True)
class Bag:
    """An article that questions led to. `asked`: how many; `words`: theirs, each with its count.

    `law` is the key of its title (`folding.title_key`), so that it is the same in every import.
    """

    law: str
    article: str
    heading: str
    asked: int
    words: Mapping[str, int]


@dataclass(frozen=True)
class Learned:
    """`useful`: weight of a word of a question; 1 for a word that is not here. Empty: nothing was learned."""

    useful: Mapping[str, float] = field(default_factory=dict)
    bags: tuple[Bag, ...] = ()

    @cached_property
    def near(self) -> "Near":
        """How near a question is to those that led to an article."""
        return Near(self._names["ref"], self.bags)

    @cached_property
    def in_chapter(self) -> "Routed":
        """How likely a question is one for a chapter."""
        return Routed(self._names["chapter"], self.bags)

    @cached_property
    def in_law(self) -> "Routed":
        """How likely a question is one for a law."""
        return Routed(self._names["law"], self.bags)

    @cached_property
    def asked(self) -> Mapping[str, tuple[Names, Floats]]:
        """How often an article, a chapter, a law was asked for: log(1 + count), by the kind of mark."""
        counts = np.array([bag.asked for bag in self.bags], dtype=np.float64)
        out = {}
        for kind, names in self._names.items():
            known, inverse = np.unique(names, return_inverse=True)
            out[kind] = known, np.log1p(np.bincount(inverse, counts, len(known)))
        return out

    @cached_property
    def _names(self) -> Mapping[str, Names]:
        kinds: dict[str, Callable[[Bag], int]] = {
            "ref": lambda bag: article_ref(bag.law, bag.article),
            "chapter": lambda bag: named(bag.law, bag.heading),
            "law": lambda bag: named(bag.law),
        }
        return {kind: np.array([of(bag) for bag in self.bags], dtype=np.int64) for kind, of in kinds.items()}


class _Rows:
    """For each word, where it weighs and how much."""

    def __init__(self, weights: Iterable[tuple[str, int, float]]) -> None:
        rows: dict[str, tuple[list[int], list[float]]] = {}
        for word, at, weight in weights:
            row = rows.setdefault(word, ([], []))
            row[0].append(at)
            row[1].append(weight)
        self._rows = {word: (np.array(at), np.array(weight)) for word, (at, weight) in rows.items()}

    def known(self, words: Iterable[str]) -> Iterator[tuple[NDArray[np.int64], Floats]]:
        return (self._rows[word] for word in words if word in self._rows)


class Near:
    """BM25 over bags of words."""

    def __init__(self, names: Names, bags: tuple[Bag, ...]) -> None:
        self.names = names
        sizes = [sum(bag.words.values()) for bag in bags]
        mean = sum(sizes) / len(sizes) if sizes else 1.0
        having: dict[str, int] = {}
        for bag in bags:
            for word in bag.words:
                having[word] = having.get(word, 0) + 1

        def weights() -> Iterator[tuple[str, int, float]]:
            for at, bag in enumerate(bags):
                norm = _K1 * (1 - _B + _B * sizes[at] / mean)
                for word, count in bag.words.items():
                    idf = log(1 + (len(bags) - having[word] + 0.5) / (having[word] + 0.5))
                    yield word, at, idf * count * (_K1 + 1) / (count + norm)

        self._rows = _Rows(weights())

    def scores(self, words: Iterable[str]) -> tuple[Names, Floats]:
        """The articles with any of the words, best first."""
        total = np.zeros(len(self.names))
        for at, weight in self._rows.known(words):
            total[at] += weight
        order = np.argsort(-total, kind="stable")[: np.count_nonzero(total)]
        return self.names[order], total[order]


class Routed:
    """Naive Bayes with Dirichlet smoothing. Scores are nats over a question from anywhere, priors left out."""

    def __init__(self, names: Names, bags: tuple[Bag, ...]) -> None:
        self.names, places = np.unique(names, return_inverse=True)
        counts: dict[tuple[str, int], int] = {}
        usual: dict[str, int] = {}
        sizes = np.zeros(len(self.names))
        for at, bag in zip(places.tolist(), bags, strict=True):
            for word, count in bag.words.items():
                counts[word, at] = counts.get((word, at), 0) + count
                usual[word] = usual.get(word, 0) + count
                sizes[at] += count
        whole = sum(usual.values())
        self._unseen = np.log(_THIN / (sizes + _THIN))
        self._rows = _Rows(
            (word, at, log(1 + count * whole / (_THIN * usual[word]))) for (word, at), count in counts.items()
        )

    def scores(self, words: Iterable[str]) -> tuple[Names, Floats]:
        """Every known place."""
        total = np.zeros(len(self.names))
        for at, weight in self._rows.known(words):
            total += self._unseen
            total[at] += weight
        return self.names, total
