"""Figures of a run against labelled questions: what the score script counts, and what became of each question."""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SCORED = frozenset({"verified", "verified_text_renumbered", "verified_text_superseded"})
ABSTAIN = "abstain"
FIGURES = ("MRR@10", "nDCG@10", "hit@1", "hit@3", "hit@5", "R@5", "R@10", "R@100", "law@1")
_SIGNATURE = 60

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Judged:
    """One question with its answer. `right`: the first hit is; None where the label says nothing of an article.

    `answered`: an answer was given; None when the run does not say. `trust`: the score of the first hit.
    """

    row: Row
    figures: Mapping[str, float]
    right: bool | None
    answered: bool | None
    trust: float


def judged(row: Row, hits: Sequence[Row], answered: bool | None) -> Judged:
    """`hits`: as `kb search --batch` prints them, best first."""
    scored = "gold" in row or row.get("certainty") in SCORED
    figures = _figures(row, hits) if scored else {}
    trust = float(hits[0].get("score", 0.0)) if hits else 0.0
    return Judged(row, figures, bool(figures["hit@1"]) if scored else None, answered, trust)


def means(rows: Iterable[Judged]) -> dict[str, float]:
    """The mean of each figure over the scored rows; `n`, how many there are."""
    sums: dict[str, list[float]] = defaultdict(list)
    for one in rows:
        for name, value in one.figures.items():
            sums[name].append(value)
    return {"n": float(len(sums["hit@1"]))} | {k: sum(sums[k]) / len(sums[k]) for k in FIGURES if sums[k]}


def verdicts(rows: Iterable[Judged]) -> dict[str, float]:
    """Shares: of scored rows answered rightly, answered wrongly, not answered; of `abstain` rows declined."""
    scored, abstain = [], []
    for one in rows:
        if one.right is not None:
            scored.append(one)
        elif one.row.get("certainty") == ABSTAIN:
            abstain.append(one)
    counted = {
        "answered rightly": sum(bool(one.answered and one.right) for one in scored),
        "answered wrongly": sum(bool(one.answered and not one.right) for one in scored),
        "right but unsaid": sum(bool(not one.answered and one.right) for one in scored),
        "wrong and unsaid": sum(bool(not one.answered and not one.right) for one in scored),
    }
    out = {name: count / len(scored) for name, count in counted.items()} if scored else {}
    if abstain:
        out["abstain declined"] = sum(not one.answered for one in abstain) / len(abstain)
    return out


def by_topic(rows: Iterable[Judged]) -> Iterator[tuple[str, list[Judged]]]:
    """The part of a topic before its first hyphen, in the order of names."""
    parts: dict[str, list[Judged]] = defaultdict(list)
    for one in rows:
        parts[one.row.get("topic", "").split("-")[0]].append(one)
    yield from sorted(parts.items())


def cold(rows: Iterable[Judged], taught: Iterable[Row]) -> list[Judged]:
    """The rows none of whose gold texts answers another of the questions that taught."""
    known: dict[str, set[str]] = defaultdict(set)
    for row in taught:
        for gold in row.get("gold", ()):
            known[_signature(gold["text"])].add(row["id"])
    return [
        one
        for one in rows
        if "gold" in one.row
        and not any(known[_signature(gold["text"])] - {one.row["id"]} for gold in one.row["gold"])
    ]


def _figures(row: Row, hits: Sequence[Row]) -> dict[str, float]:
    labels = len(row["gold"]) if "gold" in row else 1
    seen: set[int] = set()
    gains, found = [], []
    for hit in hits:
        new = _satisfied(hit, row) - seen
        seen |= new
        gains.append(1 if new else 0)
        found.append(len(seen) / labels)
    first = gains.index(1) if 1 in gains else len(gains) + 1000
    dcg = sum(gain / math.log2(place + 2) for place, gain in enumerate(gains[:10]))
    ideal = sum(1 / math.log2(place + 2) for place in range(min(labels, 10)))
    out = {"MRR@10": 1 / (first + 1) if first < 10 else 0.0, "nDCG@10": dcg / ideal}
    out |= {f"hit@{most}": float(first < most) for most in (1, 3, 5)}
    out |= {f"R@{most}": found[:most][-1] if found else 0.0 for most in (5, 10, 100)}
    if "law_file" in row:
        files = [file for file, _ in _labels(row)]
        out["law@1"] = float(bool(hits) and any(str(hits[0].get("source")).endswith(file) for file in files))
    return out


def _satisfied(hit: Row, row: Row) -> set[int]:
    if "gold" in row:
        text = _bare(hit.get("text") or "")
        return {n for n, gold in enumerate(row["gold"]) if (s := _signature(gold["text"])) and s in text}
    source = (hit.get("source") or "").lstrip("./")
    same = any(source.endswith(file) and hit.get("article") == name for file, name in _labels(row))
    return {0} if same else set()


def _labels(row: Row) -> list[tuple[str, str]]:
    also = row.get("also_accept") or ()
    return [(row["law_file"], row["article"]), *((one["law_file"], one["article"]) for one in also)]


def _signature(text: str) -> str:
    return _bare(text)[:_SIGNATURE]


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)
