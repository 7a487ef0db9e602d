"""A question taken apart: what it is about, in the asker's words and in the files' words."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from knowledge.folding import fold
from knowledge.lexicon import Lexicon
from knowledge.segment import Segmenter

LONGEST = 300
"""Characters of a question that are read; what matters stands at the beginning."""
_MOST_WORDS = 48
_MOST_PAIRS = 96
_MOST_CHARACTERS = 12
_PAIR_WEIGHT = 0.5

Spoken = Sequence[tuple[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing asked about. `weight`: what it tells, in nats. `ways`: words that say it, each in parts."""

    said: str
    weight: float
    ways: tuple[tuple[str, ...], ...]

    def share_in(self, text: str) -> float:
        """How much of it a text says, 0 to 1: by the asker's word, or by the best of the files' words."""
        if self.said in text:
            return 1.0
        if not self.ways:
            return 0.0
        return max([len([part for part in way if part in text]) / len(way) for way in self.ways])


@dataclass(frozen=True, slots=True)
class Question:
    """`words`, `pairs`, `characters`: what the engine looks for, with weights. `matters`: what an answer must
    speak of.

    `spelled_out`: the question, and after it the files' words for what it says.
    """

    text: str
    words: dict[str, float]
    pairs: dict[str, float]
    characters: dict[str, float]
    matters: tuple[Matter, ...]
    spelled_out: str

    def share_in(self, text: str) -> float:
        """The share of the asked information that a text speaks of, 0 to 1; 0 for an empty question."""
        whole = told = 0.0
        for matter in self.matters:
            whole += matter.weight
            if matter.said in text:
                told += matter.weight
            elif matter.ways:
                told += matter.weight * matter.share_in(text)
        return told / whole if whole else 0.0

    def likeness(self, known: "Question") -> float:
        """How near another question is, 0 to 1: by matters, each way round, and by character pairs."""
        there = self.share_in(known.spelled_out)
        shared = len(self.pairs.keys() & known.pairs.keys())
        return _likeness(there and there * known.share_in(self.spelled_out), _by_pairs(self, known, shared))

    def shares_in(self, texts: Sequence[str], titles: Sequence[str]) -> NDArray[np.float64]:
        """`share_in` of each text, then of each title: these are short, and looked through together first."""
        said = dict.fromkeys(m.said for m in self.matters)
        said |= dict.fromkeys(part for m in self.matters for way in m.ways for part in way)
        row = {part: nth for nth, part in enumerate(said)}
        together, nowhere = "\n".join(titles), bytes(len(titles))
        found = b"".join(
            [
                bytes([part in text for text in texts])
                + (bytes([part in title for title in titles]) if part in together else nowhere)
                for part in row
            ]
        )
        told = np.frombuffer(found, dtype=bool).reshape(len(row), len(texts) + len(titles))
        total = np.zeros(told.shape[1])
        for matter in self.matters:
            share = told[row[matter.said]].astype(np.float64)
            for way in matter.ways:
                share = np.maximum(share, told[[row[part] for part in way]].mean(axis=0))
            total += matter.weight * share
        return total / (sum(matter.weight for matter in self.matters) or 1.0)


class Forms:
    """The ways people put one question, to find how near another is to the nearest of them."""

    def __init__(self, known: Sequence[Question]) -> None:
        self._known = tuple(known)
        self._together = "\n".join(each.spelled_out for each in known)
        self._with_pair = dict[str, list[int]]()
        for at, each in enumerate(known):
            for pair in each.pairs:
                self._with_pair.setdefault(pair, []).append(at)

    def likeness(self, asked: Question) -> float:
        """The greatest `Question.likeness`, 0 to 1; 0 where there are none.

        The form that shares most pairs comes first. What cannot come nearer, even if it said all that the forms
        say together, is not compared.
        """
        shared = [0] * len(self._known)
        for pair in asked.pairs:
            for at in self._with_pair.get(pair, ()):
                shared[at] += 1
        by_pairs = [_by_pairs(asked, known, n) for known, n in zip(self._known, shared, strict=True)]
        most, best = asked.share_in(self._together), 0.0
        for at in sorted(range(len(by_pairs)), key=by_pairs.__getitem__, reverse=True):
            if _likeness(most, by_pairs[at]) <= best:
                break
            known = self._known[at]
            there = asked.share_in(known.spelled_out)
            if _likeness(there, by_pairs[at]) > best:
                both = there and there * known.share_in(asked.spelled_out)
                best = max(best, _likeness(both, by_pairs[at]))
        return best


def _by_pairs(one: Question, other: Question, shared: int) -> float:
    return shared * 2 / (len(one.pairs) + len(other.pairs) or 1)


def _likeness(there: float, pairs: float) -> float:
    """`there`: the share of matters that each of two questions finds in the other; `pairs`: what they share of them."""
    return 0.6 * sqrt(there) + 0.4 * pairs


def understood(text: str, lexicon: Lexicon, segmenter: Segmenter) -> Question:
    """Any text, of any length, in bounded time."""
    folded = fold(text[: LONGEST * 4]).lower()[:LONGEST]
    spoken = tuple(lexicon.spoken(folded))
    matters = tuple(_matters(folded, spoken, lexicon, segmenter))
    asked = [w for w in segmenter.words(folded) if w not in lexicon.neutral]
    asked.sort(key=segmenter.information, reverse=True)
    official = [official for _, ways in spoken for official in ways]
    words = dict.fromkeys([*asked[:_MOST_WORDS], *_each(segmenter.words, official)], 1.0)
    pairs = dict.fromkeys([*segmenter.bigrams(folded), *_each(segmenter.bigrams, official)], _PAIR_WEIGHT)
    return Question(
        folded,
        _first(words, 2 * _MOST_WORDS),
        _first(pairs, 2 * _MOST_PAIRS),
        dict.fromkeys(_telling(segmenter.characters(folded), segmenter), 1.0),
        matters,
        "\n".join([folded, *official]),
    )


def _matters(folded: str, spoken: Spoken, lexicon: Lexicon, segmenter: Segmenter) -> Iterator[Matter]:
    rest, seen = folded, set()
    for said, official in spoken:
        rest = rest.replace(said, " ")
        if said not in seen:
            seen.add(said)
            ways = tuple(parts for way in official if (parts := _parts(way, segmenter)))
            yield Matter(said, min(segmenter.information(said), _ENOUGH), ways)
    for word in segmenter.words(rest):
        if word not in seen and word not in lexicon.neutral and len(word) > 1:
            seen.add(word)
            yield Matter(word, min(segmenter.information(word), _ENOUGH), ())


_ENOUGH = 12.0
"""Nats. Beyond this a word is rare for being odd, not for telling more."""


def _parts(way: str, segmenter: Segmenter) -> tuple[str, ...]:
    return tuple(word for word in dict.fromkeys(segmenter.words(way)) if len(word) > 1)


def _each(cut: Callable[[str], list[str]], texts: list[str]) -> Iterator[str]:
    for text in texts:
        yield from cut(text)


def _telling(characters: list[str], segmenter: Segmenter) -> list[str]:
    """The rarest: common characters cost the engine most and tell least."""
    return sorted(dict.fromkeys(characters), key=segmenter.information, reverse=True)[:_MOST_CHARACTERS]


def _first(weights: dict[str, float], most: int) -> dict[str, float]:
    return dict(list(weights.items())[:most])
