"""Why a candidate stands where it does: what each respect in which it differs from the others is worth."""

from collections.abc import Iterable

import numpy as np

from knowledge.ranking.features import NAMES
from knowledge.ranking.learned import Floats
from knowledge.ranking.trees import Trees

_OF = {
    "words": ("words", "words_rel", "share", "share_rel"),
    "letters": ("bigrams", "chars", "pairs_", "line", "lead", "run"),
    "titles": ("title_share", "heading_share"),
    "asked": ("near", "near_rel", "asked_ref"),
    "chapter": ("in_chapter", "asked_chapter", "chapter_", "whole_chapter", "beside", "around"),
    "law": ("in_law", "asked_law", "law_", "whole_law", "whole_sum"),
    "card": ("likeness", "card_"),
    "rule": ("level", "local", "number", "length"),
    "total": ("total",),
}
"""Respects, and how the names of their features begin."""
RESPECTS = tuple(_OF)


def _columns(begins: tuple[str, ...]) -> list[int]:
    whole_question = ("q_", "near_best", "in_chapter_best")
    return [
        at for at, name in enumerate(NAMES) if name.startswith(begins) and not name.startswith(whole_question)
    ]


def gains(trees: Trees, matrix: Floats, at: int) -> tuple[tuple[str, float], ...]:
    """By respect, the most telling first: how far row `at` of a matrix would fall if it were as the middle row is.

    Respects that make no difference are left out.
    """
    usual = np.median(matrix, axis=0)
    rows = np.repeat(matrix[at : at + 1], len(_OF) + 1, axis=0)
    for nth, begins in enumerate(_OF.values(), 1):
        columns = _columns(begins)
        rows[nth, columns] = usual[columns]
    scores = trees.scores(rows)
    found = [(name, round(float(scores[0] - score), 3)) for name, score in zip(_OF, scores[1:], strict=True)]
    return _most_telling(found)


def with_meaning(told: Iterable[tuple[str, float]], worth: float) -> tuple[tuple[str, float], ...]:
    """These gains and what the reranker's `meaning` is worth, in the same measure."""
    return _most_telling([*told, ("meaning", round(worth, 3))])


def _most_telling(found: Iterable[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(((name, gain) for name, gain in found if gain), key=lambda one: -abs(one[1])))
