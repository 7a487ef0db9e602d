"""What was learned from answered questions: weights of words, and a bag of words for each article they led to."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
        return Near(*_gathered(self.bags, lambda bag: article_ref(bag.law, bag.article)))

    @cached_property
    def in_chapter(self) -> "Routed":
        """How likely a question is one for a chapter."""
        return Routed(*_gathered(self.bags, lambda bag: named(bag.law, bag.heading)))

    @cached_property
    def in_law(self) -> "Routed":
        """How likely a question is one for a law."""
        return Routed(*_gathered(self.bags, lambda bag: named(bag.law)))


def _gathered(bags: Iterable[Bag], name_of: Callable[[Bag], int]) -> tuple[Names, Floats, list[Counter[str]]]:
    """The names that bags have, rising; how often each was asked for, and with which words."""
    asked: dict[int, int] = {}
    words: dict[int, Counter[str]] = {}
    for bag in bags:
        name = name_of(bag)
        asked[name] = asked.get(name, 0) + bag.asked
        words.setdefault(name, Counter()).update(bag.words)
    names = sorted(asked)
    counts = np.array([asked[name] for name in names], dtype=np.float64)
    return np.array(names, dtype=np.int64), counts, [words[name] for name in names]


class Known:
    """Weights of words for each of some names. The names rise; `asked`: log(1 + how often each was asked for)."""

    def __init__(self, names: Names, asked: Floats, weights: Iterable[tuple[str, int, float]]) -> None:
        self.names = names
        self.asked = np.log1p(asked)
        rows: dict[str, tuple[list[int], list[float]]] = {}
        for word, at, weight in weights:
            row = rows.setdefault(word, ([], []))
            row[0].append(at)
            row[1].append(weight)
        self._rows = {word: (np.array(at), np.array(weight)) for word, (at, weight) in rows.items()}

    def places(self, wanted: Names) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Where each wanted name is among ours, and whether it is there at all."""
        if not len(self.names):
            return np.zeros(len(wanted), dtype=np.intp), np.zeros(len(wanted), dtype=bool)
        at = np.minimum(self.names.searchsorted(wanted), len(self.names) - 1)
        return at, self.names[at] == wanted

    def _sums(self, words: Iterable[str]) -> tuple[Floats, int]:
        """The sum of the weights for each name, and how many of the words are known."""
        total, known = np.zeros(len(self.names)), 0
        for word in words:
            if row := self._rows.get(word):
                total[row[0]] += row[1]
                known += 1
        return total, known


class Near(Known):
    """BM25 over bags of words."""

    def __init__(self, names: Names, asked: Floats, bags: Sequence[Mapping[str, int]]) -> None:
        sizes = [sum(bag.values()) for bag in bags]
        mean = sum(sizes) / len(sizes) if sizes else 1.0
        having = Counter(word for bag in bags for word in bag)

        def weights() -> Iterator[tuple[str, int, float]]:
            for at, bag in enumerate(bags):
                norm = _K1 * (1 - _B + _B * sizes[at] / mean)
                for word, count in bag.items():
                    idf = log(1 + (len(bags) - having[word] + 0.5) / (having[word] + 0.5))
                    yield word, at, idf * count * (_K1 + 1) / (count + norm)

        super().__init__(names, asked, weights())

    def scores(self, words: Iterable[str]) -> Floats:
        """Of every name; 0 where none of the words led."""
        return self._sums(words)[0]

    def best(self, scores: Floats, most: int) -> Names:
        """The names of the highest scores above 0, highest first."""
        order = np.argsort(-scores, kind="stable")[:most]
        return self.names[order[scores[order] > 0]]


class Routed(Known):
    """Naive Bayes with Dirichlet smoothing. Scores are nats over a question from anywhere, priors left out."""

    def __init__(self, names: Names, asked: Floats, bags: Sequence[Mapping[str, int]]) -> None:
        usual: Counter[str] = Counter()
        for bag in bags:
            usual.update(bag)
        whole = sum(usual.values())
        sizes = np.array([sum(bag.values()) for bag in bags], dtype=np.float64)
        self._unseen = np.log(_THIN / (sizes + _THIN))
        weights = (
            (word, at, log(1 + count * whole / (_THIN * usual[word])))
            for at, bag in enumerate(bags)
            for word, count in bag.items()
        )
        super().__init__(names, asked, weights)

    def scores(self, words: Iterable[str]) -> Floats:
        """Of every name."""
        total, known = self._sums(words)
        out: Floats = total + known * self._unseen
        return out
