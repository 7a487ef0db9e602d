"""What the ranker sees of a candidate article: one row an article, one column a feature."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.catalogue import Catalogue
from knowledge.ingest.dating import region_of
from knowledge.passage import Card, Passage
from knowledge.question import Question
from knowledge.ranking.learned import Floats
from knowledge.ranking.pool import LISTS, Pool
from knowledge.reading import Reading

MISSING = -10_000.0
"""Stands for a value that a candidate does not have."""
_BY_PLACE = tuple(
    f"{name}{kind}_{how}"
    for kind in ("chapter", "law")
    for name in ("", "chars_")
    for how in ("sum", "top", "max")
)
_LEARNED = ("near", "in_chapter", "in_law", "asked_ref", "asked_chapter", "asked_law")
NAMES = (
    "total",
    "total_rel",
    *LISTS,
    *(f"{name}_rel" for name in LISTS),
    *_LEARNED,
    *("near_rel", "near_best", "in_chapter_rel", "in_chapter_best", "in_law_rel"),
    *_BY_PLACE,
    *("chapter_n", "law_n"),
    *("share", "share_rel", "title_share", "heading_share", "chars_share", "chars_share_rel", "pairs_share"),
    *("level", "local", "number", "length"),
    *("q_words", "q_matters", "q_information", "q_fit"),
    *("likeness", "likeness_rel", "likeness_best", "card_share", "card_words", "card_bigrams", "card_rel"),
    *("card_place", "has_text"),
)
"""The columns, by name: shipped trees refer to them by these."""

Likeness = Callable[[Question, Card], float]
_COURTS = ("最高人民法院", "最高人民检察院", "人民检察院", "人民法院")
_LEVELS = (("法", "法典", "编"), ("条例",), ("规定", "办法", "细则", "规则"))


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article: its own passage, the card that explains it best, or both. `likeness` is the card's."""

    source: str
    passage: Passage | None
    card_source: str
    card: Passage | None
    likeness: float


@dataclass(frozen=True, slots=True)
class Rows:
    """Candidates and their features: `matrix` has a row for each, a column for each of `NAMES`."""

    candidates: tuple[Candidate, ...]
    refs: tuple[int, ...]
    matrix: Floats

    def speaking(self) -> "Rows":
        """Those that share a word or a pair with the question, or were the answer to one like it.

        A few characters in common are no reason to show an article.
        """
        signs = [NAMES.index(name) for name in ("words", "bigrams", "near", "card_words", "card_bigrams")]
        kept = (self.matrix[:, signs] > 0).any(axis=1)
        if kept.all():
            return self
        at = np.flatnonzero(kept).tolist()
        return Rows(tuple(self.candidates[i] for i in at), tuple(self.refs[i] for i in at), self.matrix[kept])

    def column(self, name: str) -> Floats:
        """One feature; NaN where a candidate has none."""
        values = self.matrix[:, NAMES.index(name)]
        out: Floats = np.where(values == MISSING, np.nan, values)
        return out


def rows_of(
    asked: Question,
    pool: Pool,
    reading: Reading,
    likeness: Likeness,
    information: Callable[[str], float],
) -> Rows:
    """The candidates of a pool made from this very reading. `information` of a character, in nats."""
    own: dict[int, int] = {}
    cards: dict[int, int] = {}
    like: dict[int, float] = {}
    for at, (ref, (_, passage)) in enumerate(zip(pool.marks["ref"].tolist(), pool.passages, strict=True)):
        if passage.card is None:
            own.setdefault(ref, at)
            continue
        like[at] = likeness(asked, passage.card)
        if ref not in cards or like[at] > like[cards[ref]]:
            cards[ref] = at
    refs = tuple(dict.fromkeys(pool.marks["ref"].tolist()))
    candidates = tuple(_candidate(pool, own.get(ref), cards.get(ref), like) for ref in refs)
    law_at = np.array([own.get(ref, -1) for ref in refs], dtype=np.intp)
    card_at = np.array([cards.get(ref, -1) for ref in refs], dtype=np.intp)
    columns = _from_pool(pool, law_at, card_at)
    columns |= _from_texts(asked, candidates, reading.catalogue, information)
    columns |= _from_cards(asked, pool, candidates, card_at, like)
    plain = (pool.columns["words"] + pool.columns["bigrams"]).max(initial=0.0)
    most = reading.ceiling("words", asked.words) + reading.ceiling("bigrams", asked.pairs)
    of_question = {
        "q_words": len(asked.words),
        "q_matters": len(asked.matters),
        "q_information": sum(matter.weight for matter in asked.matters),
        "q_fit": plain / (most or 1.0),
        "near_best": pool.best["near"],
        "in_chapter_best": pool.best["in_chapter"],
        "likeness_best": max(like.values(), default=0.0),
    }
    columns |= {name: np.full(len(refs), value, dtype=np.float64) for name, value in of_question.items()}
    matrix = np.column_stack([columns[name] for name in NAMES])
    return Rows(candidates, refs, np.nan_to_num(matrix, nan=MISSING))


def _candidate(pool: Pool, own: int | None, card: int | None, like: dict[int, float]) -> Candidate:
    source, passage = pool.passages[own] if own is not None else ("", None)
    card_source, beside = pool.passages[card] if card is not None else ("", None)
    return Candidate(source, passage, card_source, beside, like[card] if card is not None else 0.0)


def _from_pool(pool: Pool, law_at: NDArray[np.intp], card_at: NDArray[np.intp]) -> dict[str, Floats]:
    at, has_text = np.where(law_at >= 0, law_at, card_at), law_at >= 0
    columns = {name: values[at] for name, values in pool.columns.items()}
    for name in LISTS:
        columns[name] = np.where(has_text, columns[name], np.nan)
    for name in (*LISTS, "near"):
        columns[f"{name}_rel"] = columns[name] / (pool.best[name] or 1.0)
    for name in _BY_PLACE:
        columns[name] = columns[name] / (pool.best[name] or 1.0)
    for name in ("total", "in_chapter", "in_law"):
        columns[f"{name}_rel"] = columns[name] - pool.best[name]
    shape = pool.marks["shape"][at]
    columns["number"] = (shape >> 32).astype(np.float64)
    columns["length"] = np.where(has_text, shape & 0xFFFFFFFF, np.nan)
    columns["has_text"] = has_text.astype(np.float64)
    return columns


def _from_texts(
    asked: Question,
    candidates: Sequence[Candidate],
    catalogue: Catalogue,
    information: Callable[[str], float],
) -> dict[str, Floats]:
    weights = [(char, information(char)) for char in asked.characters]
    whole = sum([weight for _, weight in weights]) or 1.0
    pairs = list(asked.pairs)
    shares: dict[str, float] = {}
    titles: dict[str, tuple[float, float, float]] = {}

    def share(text: str) -> float:
        if text not in shares:
            shares[text] = asked.share_in(text)
        return shares[text]

    def of_title(title: str, region: str) -> tuple[float, float, float]:
        if title not in titles:
            titles[title] = share(title), level_of(title), float(bool(region))
        return titles[title]

    rows = []
    for candidate in candidates:
        passage = candidate.passage
        if passage:
            text, entry = passage.text, catalogue[candidate.source]
            chars = sum([weight for char, weight in weights if char in text]) / whole
            told = len([pair for pair in pairs if pair in text]) / (len(pairs) or 1)
            own = asked.share_in(text), chars, told, share(passage.heading)
            rows.append((*own, *of_title(entry.title, entry.region)))
        else:
            title = candidate.card.card.law if candidate.card and candidate.card.card else ""
            rows.append((np.nan, np.nan, np.nan, 0.0, *of_title(title, region_of(title))))
    names = ("share", "chars_share", "pairs_share", "heading_share", "title_share", "level", "local")
    columns = dict(zip(names, np.array(rows, dtype=np.float64).reshape(-1, len(names)).T, strict=True))
    for name in ("share", "chars_share"):
        values = columns[name]
        columns[f"{name}_rel"] = values - np.max(values, initial=0.0, where=~np.isnan(values))
    return columns


def _from_cards(
    asked: Question,
    pool: Pool,
    candidates: Sequence[Candidate],
    card_at: NDArray[np.intp],
    like: dict[int, float],
) -> dict[str, Floats]:
    there = card_at >= 0
    plain = pool.columns["words"] + pool.columns["bigrams"]
    of_cards = np.sort(plain[list(like)])[::-1]
    own = np.where(there, plain[card_at], np.nan) if len(plain) else np.zeros(0)
    likes = np.where(there, [candidate.likeness for candidate in candidates], np.nan)
    return {
        "likeness": likes,
        "likeness_rel": likes - max(like.values(), default=0.0),
        "card_share": np.array(
            [asked.share_in(c.card.card.searchable) if c.card and c.card.card else np.nan for c in candidates]
        ),
        "card_words": np.where(there, pool.columns["words"][card_at], np.nan) if len(plain) else own,
        "card_bigrams": np.where(there, pool.columns["bigrams"][card_at], np.nan) if len(plain) else own,
        "card_rel": own / (of_cards.max(initial=0.0) or 1.0),
        "card_place": np.where(there, np.searchsorted(-of_cards, -own), np.nan),
    }


def level_of(title: str) -> float:
    """Rank of a rule by its title: 0 a law, 1 a regulation, 2 a rule, 3 the courts', 4 something else.

    >>> [level_of(t) for t in ("民法典物权编", "信访工作条例", "养犬规定", "最高人民法院关于审理…的解释", "通知")]
    [0.0, 1.0, 2.0, 3.0, 4.0]
    """
    if title.startswith(_COURTS):
        return 3.0
    return next((float(rank) for rank, ends in enumerate(_LEVELS) if title.endswith(ends)), 4.0)
