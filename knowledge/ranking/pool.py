"""The candidates for a question: ranked lists of the engine and what was learned, merged by a plain sum."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.passage import Passage
from knowledge.question import Question
from knowledge.ranking.learned import Floats, Learned, Names
from knowledge.reading import Reading

LISTS = ("words", "bigrams")
"""Fields of the index: each gives one ranked list."""
DEPTH = 300
"""Length of a list. A passage below it counts as without any of the words."""
KEPT = 112
_NEAREST = 20
_CHAPTERS = 150
_MOST_CARDS = 12
_SUM = {
    "words": 0.7,
    "bigrams": 0.7,
    "near": 0.8,
    "in_chapter": 0.8,
    "asked_law": 1.3,
    "whole_chapter": 0.2,
}
"""Weights of the plain sum, set by the recall of its first hundred on the training questions."""
_NAMED = 20.0

Keep = Callable[[str, Passage], bool]


@dataclass(frozen=True, slots=True)
class Pool:
    """Candidates, one a passage, best by the plain sum first: `columns` and `marks` have a value for each.

    `best`: the highest value of a column among all that were looked at.
    """

    passages: tuple[tuple[str, Passage], ...]
    marks: Mapping[str, Names]
    columns: Mapping[str, Floats]
    best: Mapping[str, float]


def pooled(
    reading: Reading,
    asked: Question,
    learned: Learned,
    *,
    without: Names,
    favoured: Names,
    most: int = KEPT,
    keep: Keep | None = None,
) -> Pool:
    """The candidates for a question.

    `without`: marks of files left out; `favoured`: marks of files the question names; `keep`: by source and passage.
    """
    weights = {
        "words": {word: weight * learned.useful.get(word, 1.0) for word, weight in asked.words.items()},
        "bigrams": reading.telling(asked.pairs),
    }
    lists = {name: reading.best(name, weights[name], DEPTH) for name in LISTS}
    near = learned.near.scores(asked.words)
    near_by = reading.articles(learned.near.best(near, _NEAREST).tolist())
    keys, at = _together([*(listed.keys for listed in lists.values()), near_by])
    marks = reading.marks(keys)
    chapters = reading.chapters(weights["words"], _CHAPTERS)
    of_chapters = reading.marks(chapters.keys)
    columns = {}
    for (name, listed), places in zip(lists.items(), at, strict=False):
        columns[name] = np.zeros(len(keys))
        columns[name][places] = listed.scores
    columns.update(_learned(learned, asked, near, marks))
    columns.update(_as_wholes(of_chapters, chapters.scores, marks))
    columns["total"] = _total(columns) + _NAMED * _among(marks["file"], favoured)
    there = ~_among(marks["file"], without)
    columns.update(_by_place(columns, marks, there))
    columns.update(_neighbours(columns["words"] + columns["bigrams"], marks, there))
    matrix = np.array(list(columns.values())).reshape(len(columns), -1)
    best = dict(zip(columns, np.fmax.reduce(matrix, axis=1, initial=0.0).tolist(), strict=True))
    order = np.argsort(-columns["total"], kind="stable")
    order = order[there[order]]
    chosen: list[int] = []
    passages: list[tuple[str, Passage]] = []
    cards = 0
    for place, opened in zip(order.tolist(), reading.opened(keys[order]), strict=False):
        source, passage = opened
        if keep is not None and not keep(source, passage):
            continue
        cards += passage.card is not None
        if passage.card is None or cards <= _MOST_CARDS:
            chosen.append(place)
            passages.append(opened)
        if len(chosen) >= most:
            break
    at_last = np.array(chosen, dtype=np.intp)
    return Pool(
        tuple(passages),
        {name: values[at_last] for name, values in marks.items()},
        dict(zip(columns, matrix.take(at_last, axis=1), strict=True)),
        best,
    )


def _together(lists: Sequence[Names]) -> tuple[Names, list[NDArray[np.intp]]]:
    """Every key once, in the order they come; and for each list, where its keys are then."""
    known, first, inverse = np.unique(np.concatenate(lists), return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return known[order], np.split(place[inverse], np.cumsum([len(keys) for keys in lists])[:-1])


def _among(names: Names, some: Names) -> NDArray[np.bool_]:
    if not len(some):
        return np.zeros(len(names), dtype=bool)
    rising = np.sort(some)
    there: NDArray[np.bool_] = rising.take(rising.searchsorted(names), mode="clip") == names
    return there


def _learned(
    learned: Learned, asked: Question, near: Floats, marks: Mapping[str, Names]
) -> dict[str, Floats]:
    chapters, laws = learned.in_chapter, learned.in_law
    out = {}
    for name, kind, known, values, missing in (
        ("near", "ref", learned.near, near, 0.0),
        ("in_chapter", "chapter", chapters, chapters.scores(asked.words), np.nan),
        ("in_law", "law", laws, laws.scores(asked.words), np.nan),
    ):
        at, there = known.places(marks[kind])
        out[name], out[f"asked_{kind}"] = np.full(len(at), missing), np.zeros(len(at))
        out[name][there], out[f"asked_{kind}"][there] = values[at[there]], known.asked[at[there]]
    return out


def _total(columns: Mapping[str, Floats]) -> Floats:
    chapter = columns["in_chapter"]
    known = ~np.isnan(chapter)
    unknown = float(np.min(chapter, initial=0.0, where=known))
    filled = {**columns, "in_chapter": np.where(known, chapter, unknown)}
    total: Floats = sum((weight * filled[name] for name, weight in _SUM.items()), np.zeros(len(chapter)))
    return total


def _by_place(
    columns: Mapping[str, Floats], marks: Mapping[str, Names], there: NDArray[np.bool_]
) -> dict[str, Floats]:
    """How well the other candidates of the same chapter, of the same law do: their number, sum, peak, best."""
    value = np.where(there, columns["words"] + columns["bigrams"], 0.0)
    out: dict[str, Floats] = {}
    for kind in ("chapter", "law"):
        _, inverse = np.unique(marks[kind], return_inverse=True)
        best = np.zeros(inverse.max(initial=-1) + 1)
        np.maximum.at(best, inverse, value)
        out[f"{kind}_n"] = np.bincount(inverse, there)[inverse].astype(np.float64)
        out[f"{kind}_sum"] = np.bincount(inverse, value)[inverse].astype(np.float64)
        out[f"{kind}_top"] = np.cbrt(np.bincount(inverse, value**3))[inverse]
        out[f"{kind}_max"] = best[inverse]
    return out


def _as_wholes(listed: Mapping[str, Names], scores: Floats, marks: Mapping[str, Names]) -> dict[str, Floats]:
    """How well a candidate's chapter does as one text; the best and the sum of its law's chapters."""
    out: dict[str, Floats] = {}
    for kind in ("chapter", "law"):
        names, inverse = np.unique(listed[kind], return_inverse=True)
        at = np.searchsorted(names, marks[kind])
        there = np.append(names, -1)[at] == marks[kind]
        best = np.zeros(len(names) + 1)
        np.maximum.at(best, inverse, scores)
        out[f"whole_{kind}"] = np.where(there, best[at], 0.0)
        if kind == "law":
            total = np.bincount(inverse, scores, len(names) + 1)
            out["whole_sum"] = np.where(there, total[at], 0.0)
    return out


def _neighbours(plain: Floats, marks: Mapping[str, Names], there: NDArray[np.bool_]) -> dict[str, Floats]:
    """How well the articles do that stand right beside a candidate in its law, and those a few further on."""
    number = marks["shape"] >> 32
    order = np.lexsort((number, marks["law"]))
    law, number, value = marks["law"][order], number[order], np.where(there, plain, 0.0)[order]
    out = {"beside": np.zeros(len(order)), "around": np.zeros(len(order))}
    for step in range(1, 6):
        apart = np.where(law[step:] == law[:-step], number[step:] - number[:-step], 0)
        for name, most in (("beside", 1), ("around", 4)):
            near = (apart >= 1) & (apart <= most)
            for here, other in (
                (slice(step, None), slice(None, -step)),
                (slice(None, -step), slice(step, None)),
            ):
                found = np.where(near, value[other], 0.0)
                out[name][here] = np.maximum(out[name][here], found)
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return {name: values[back] for name, values in out.items()}
