"""What ships of the ranking: tables a person can read, trees, and how far to trust the first hit."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import exp
from typing import Any

from knowledge.ranking.features import NAMES, Rows
from knowledge.ranking.learned import Bag, Floats, Learned
from knowledge.ranking.trees import Trees

SIGNALS = (
    "bias",
    "lead",
    "top",
    "likeness",
    "fit",
    "said",
    "lead_said",
    "top_said",
    "touched",
    "explained",
    "behind",
)
"""What the confidence is made of: see `signals`."""
ALIKE = 0.75
"""Likeness from which a question counts as nearly one of a card's."""
_FAR = 3.0


@dataclass(frozen=True)
class Model:
    """`sure`: weights of `SIGNALS` in a logistic regression.

    `enough`: the least confidence of an answer in a law's own words; `enough_of_card`: of one with a card's, which
    may answer another question than the one asked; `enough_alike`: of one with a card that has nearly this question
    (`ALIKE`).
    """

    learned: Learned
    trees: Trees
    sure: Mapping[str, float]
    enough: float
    enough_of_card: float
    enough_alike: float

    def confidence(self, rows: Rows, scores: Floats) -> float:
        """How likely the first of the ranked candidates is right, 0 to 1."""
        told = signals(rows, scores)
        return 1 / (1 + exp(-sum(self.sure.get(name, 0.0) * value for name, value in told.items())))


def signals(rows: Rows, scores: Floats) -> dict[str, float]:
    """What tells whether the first candidate is right. `scores`: of the ranker, in the order of the rows."""
    order = (-scores).argsort(kind="stable")
    first = int(order[0])
    lead = min(float(scores[first] - scores[order[1]]), _FAR) if len(order) > 1 else _FAR

    share = max(rows.value("share", first), rows.value("card_share", first))
    likeness, top = rows.value("likeness", first), float(scores[first])
    said = share * rows.value("chars_share", first)
    return {
        "bias": 1.0,
        "lead": lead,
        "top": top,
        "likeness": likeness**2,
        "fit": rows.value("q_fit", first),
        "said": said,
        "lead_said": lead * said,
        "top_said": top * said,
        "touched": min(max(share, likeness), 0.5),
        "explained": float(rows.candidates[first].card is not None),
        "behind": rows.value("total_rel", first),
    }


@cache
def shipped_model() -> Model:
    """The model in this package. Read once a process."""

    def text(name: str) -> str:
        return resources.files("knowledge.ranking.data").joinpath(name).read_text(encoding="utf-8")

    return read_model(text("useful.txt"), text("bags.txt"), json.loads(text("trees.json")))


def read_model(useful: str, bags: str, trees: Mapping[str, Any]) -> Model:
    """What `useful_lines`, `bag_lines` and `trees.json` hold. A feature we no longer have raises `ValueError`."""
    weights = {word: float(weight) for word, weight in (line.split("\t") for line in _lines(useful))}
    learned = Learned(weights, tuple(map(_bag, _lines(bags))))
    if unknown := set(trees["features"]) - set(NAMES):
        raise ValueError(f"the trees ask for features there are not: {', '.join(sorted(unknown))}")
    columns = [NAMES.index(name) for name in trees["features"]]
    placed = Trees.read([_placed(tree, columns) for tree in trees["trees"]])
    return Model(
        learned, placed, trees["sure"], trees["enough"], trees["enough_of_card"], trees["enough_alike"]
    )


def useful_lines(useful: Mapping[str, float]) -> Iterable[str]:
    """A word a line with its weight."""
    return (f"{word}\t{weight:.2f}" for word, weight in sorted(useful.items()))


def bag_lines(bags: Iterable[Bag]) -> Iterable[str]:
    """An article a line: key of its law, article, heading, how many questions, their words in alphabetical order."""
    for bag in sorted(bags, key=lambda bag: (bag.law, bag.article, bag.heading)):
        words = " ".join(
            f"{word}:{count}" if count > 1 else word for word, count in sorted(bag.words.items())
        )
        yield "\t".join((bag.law, bag.article, bag.heading, str(bag.asked), words))


def _bag(line: str) -> Bag:
    law, article, heading, asked, words = line.split("\t")
    counts = (word.partition(":") for word in words.split())
    return Bag(law, article, heading, int(asked), {word: int(count or 1) for word, _, count in counts})


def _placed(node: Any, columns: list[int]) -> Any:
    if not isinstance(node, list):
        return node
    column, limit, left, right = node
    return [columns[column], limit, _placed(left, columns), _placed(right, columns)]


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("#")]
