"""The candidates for a question: ranked lists of the engine and what was learned, merged by a plain sum."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.passage import Passage
from knowledge.question import Question
from knowledge.ranking.learned import Floats, Learned, Names
from knowledge.reading import Reading

LISTS = ("words", "bigrams", "chars")
"""Fields of the index: each gives one ranked list."""
DEPTH = 400
"""Length of a list. A passage below it counts as without any of the words."""
KEPT = 112
_NEAREST = 20
_MOST_CARDS = 12
_SUM = {"words": 1.0, "bigrams": 1.0, "chars": 0.1, "near": 0.8, "in_chapter": 1.2, "asked_law": 1.0}
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
        "bigrams": asked.pairs,
        "chars": asked.characters,
    }
    lists = {name: reading.best(name, weights[name], DEPTH) for name in LISTS}
    near = learned.near.scores(asked.words)
    near_by = reading.articles(near[0][:_NEAREST].tolist())
    places = {
        key: address
        for listed in (*lists.values(), near_by)
        for key, address in zip(listed.keys.tolist(), listed.addresses, strict=True)
    }
    addresses = list(places.values())
    keys = np.array(list(places), dtype=np.int64)
    marks = reading.marks(addresses)
    columns = {name: _looked_up(listed.keys, listed.scores, keys, 0.0) for name, listed in lists.items()}
    columns.update(_learned(learned, asked, near, marks))
    columns["total"] = _total(columns) + _NAMED * np.isin(marks["file"], favoured)
    there = ~np.isin(marks["file"], without)
    columns.update(_by_place(columns, marks, there))
    best = {name: float(np.nanmax(v, initial=0.0, where=~np.isnan(v))) for name, v in columns.items()}
    order = np.argsort(-columns["total"], kind="stable")
    chosen: list[int] = []
    passages: list[tuple[str, Passage]] = []
    cards = 0
    for at in order[there[order]].tolist():
        source, passage = reading.passage(addresses[at])
        if keep is not None and not keep(source, passage):
            continue
        cards += passage.card is not None
        if passage.card is None or cards <= _MOST_CARDS:
            chosen.append(at)
            passages.append((source, passage))
        if len(chosen) >= most:
            break
    return Pool(
        tuple(passages),
        {name: values[chosen] for name, values in marks.items()},
        {name: values[chosen] for name, values in columns.items()},
        best,
    )


def _learned(
    learned: Learned, asked: Question, near: tuple[Names, Floats], marks: Mapping[str, Names]
) -> dict[str, Floats]:
    out = {
        "near": _looked_up(*near, marks["ref"], 0.0),
        "in_chapter": _looked_up(*learned.in_chapter.scores(asked.words), marks["chapter"], np.nan),
        "in_law": _looked_up(*learned.in_law.scores(asked.words), marks["law"], np.nan),
    }
    for kind, counted in learned.asked.items():
        out[f"asked_{kind}"] = _looked_up(*counted, marks[kind], 0.0)
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
    plain = {"": columns["words"] + columns["bigrams"], "chars_": columns["chars"]}
    out: dict[str, Floats] = {}
    for kind in ("chapter", "law"):
        _, inverse = np.unique(marks[kind], return_inverse=True)
        out[f"{kind}_n"] = np.bincount(inverse, there)[inverse].astype(np.float64)
        for name, values in plain.items():
            value = np.where(there, values, 0.0)
            best = np.zeros(inverse.max(initial=-1) + 1)
            np.maximum.at(best, inverse, value)
            out[f"{name}{kind}_sum"] = np.bincount(inverse, value)[inverse].astype(np.float64)
            out[f"{name}{kind}_top"] = np.cbrt(np.bincount(inverse, value**3))[inverse]
            out[f"{name}{kind}_max"] = best[inverse]
    return out


def _looked_up(names: Names, values: Floats, wanted: Names, missing: float) -> Floats:
    """The value of each wanted name; `missing` where there is none."""
    if not len(names):
        return np.full(len(wanted), missing)
    order = np.argsort(names)
    at = order[np.minimum(np.searchsorted(names, wanted, sorter=order), len(names) - 1)]
    out: Floats = np.where(names[at] == wanted, values[at], missing)
    return out
