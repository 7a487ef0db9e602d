"""What the ranker sees of a candidate article: one row an article, one column a feature."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from knowledge.catalogue import Catalogue
from knowledge.ingest.dating import region_of
from knowledge.passage import Card, Passage
from knowledge.question import Question
from knowledge.ranking.learned import Floats
from knowledge.ranking.pool import LISTS, Pool
from knowledge.ranking.spelling import SPELLED, spelled
from knowledge.reading import Reading

MISSING = -10_000.0
"""Stands for a value that a candidate does not have."""
_BY_PLACE = tuple(f"{kind}_{how}" for kind in ("chapter", "law") for how in ("sum", "top", "max"))
_WHOLE = ("whole_chapter", "whole_law", "whole_sum")
_OF_TEXTS = ("share", *SPELLED)
_LEARNED = ("near", "in_chapter", "in_law", "asked_ref", "asked_chapter", "asked_law")
NAMES = (
    "total",
    "total_rel",
    *LISTS,
    *(f"{name}_rel" for name in LISTS),
    *_LEARNED,
    *("near_rel", "near_best", "in_chapter_rel", "in_chapter_best", "in_law_rel"),
    *_BY_PLACE,
    *_WHOLE,
    *(f"{name}_rel" for name in _WHOLE),
    *("chapter_n", "law_n", "beside", "around"),
    *_OF_TEXTS,
    *("share_rel", "title_share", "heading_share", "chars_share_rel", "chars_rel", "line_rel"),
    *("level", "local", "number", "length"),
    *("q_words", "q_matters", "q_information", "q_fit"),
    *("likeness", "likeness_rel", "card_share", "card_words", "card_bigrams", "card_rel"),
    "card_place",
)
"""The columns, by name: shipped trees refer to them by these."""

_PLACE = {name: nth for nth, name in enumerate(NAMES)}
_SIGNS = [_PLACE[name] for name in ("words", "bigrams", "near", "card_words", "card_bigrams")]

Likeness = Callable[[Question, Card], float]
_COURTS = ("最高人民法院", "最高人民检察院", "人民检察院", "人民法院")
_LEVELS = (("法", "法典", "编"), ("条例",), ("规定", "办法", "细则", "规则"))


class Candidate(NamedTuple):
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
        kept = (self.matrix[:, _SIGNS] > 0).any(axis=1)
        if kept.all():
            return self
        at = np.flatnonzero(kept).tolist()
        return Rows(tuple(self.candidates[i] for i in at), tuple(self.refs[i] for i in at), self.matrix[kept])

    def value(self, name: str, at: int) -> float:
        """One feature of one candidate; 0 where it has none."""
        value = float(self.matrix[at, _PLACE[name]])
        return 0.0 if value == MISSING else value


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
    places = [(own.get(ref, -1), cards.get(ref, -1)) for ref in refs]
    told = (*pool.passages, ("", None))
    candidates = tuple([Candidate(*told[at], *told[card], like.get(card, 0.0)) for at, card in places])
    law_at, card_at = np.array(places, dtype=np.intp).reshape(-1, 2).T
    columns = _from_pool(pool, law_at, card_at)
    columns |= _from_texts(asked, candidates, reading.catalogue, information, reading.idf)
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
    }
    columns |= {name: np.full(len(refs), value, dtype=np.float64) for name, value in of_question.items()}
    matrix = np.array([columns[name] for name in NAMES]).T
    return Rows(candidates, refs, np.where(np.isnan(matrix), MISSING, matrix))


def _from_pool(pool: Pool, law_at: NDArray[np.intp], card_at: NDArray[np.intp]) -> dict[str, Floats]:
    at, has_text = np.where(law_at >= 0, law_at, card_at), law_at >= 0
    columns = {name: values[at] for name, values in pool.columns.items()}
    for name in LISTS:
        columns[name] = np.where(has_text, columns[name], np.nan)
    for name in (*LISTS, "near"):
        columns[f"{name}_rel"] = columns[name] / (pool.best[name] or 1.0)
    for name in ("beside", "around"):
        columns[name] = columns[name] / (pool.best["law_max"] or 1.0)
    for name in _BY_PLACE:
        columns[name] = columns[name] / (pool.best[name] or 1.0)
    for name in _WHOLE:
        columns[f"{name}_rel"] = columns[name] / (pool.best[name] or 1.0)
    for name in ("total", "in_chapter", "in_law"):
        columns[f"{name}_rel"] = columns[name] - pool.best[name]
    shape = pool.marks["shape"][at]
    columns["number"] = (shape >> 32).astype(np.float64)
    columns["length"] = np.where(has_text, shape & 0xFFFFFFFF, np.nan)
    return columns


def _from_texts(
    asked: Question,
    candidates: Sequence[Candidate],
    catalogue: Catalogue,
    information: Callable[[str], float],
    idf: Callable[[str, str], float],
) -> dict[str, Floats]:
    with_text = [at for at, candidate in enumerate(candidates) if candidate.passage]
    texts = [candidate.passage.text for candidate in candidates if candidate.passage]
    headings = [candidate.passage.heading if candidate.passage else "" for candidate in candidates]
    entries = map(catalogue.__getitem__, {c.source for c in candidates if c.passage})
    told = {entry.source: (entry.title, entry.region) for entry in entries}
    titles = [told.get(c.source) or _cited(c) for c in candidates]
    short = {text: at for at, text in enumerate(dict.fromkeys([*headings, *[title for title, _ in titles]]))}
    shares = asked.shares_in(texts, [*short])
    of_texts, of_short = shares[: len(texts)], shares[len(texts) :]
    columns = {name: np.full(len(candidates), np.nan) for name in _OF_TEXTS}
    for name, values in spelled(asked, texts, information, idf).items():
        columns[name][with_text] = values
    columns["share"][with_text] = of_texts
    columns["heading_share"] = of_short[[short[heading] for heading in headings]]
    columns["title_share"] = of_short[[short[title] for title, _ in titles]]
    columns["level"] = np.array([level_of(title) for title, _ in titles], dtype=np.float64)
    columns["local"] = np.array([bool(region) for _, region in titles], dtype=np.float64)
    for name in ("share", "chars_share", "chars", "line"):
        values = columns[name]
        columns[f"{name}_rel"] = values - np.max(values, initial=0.0, where=~np.isnan(values))
    return columns


def _cited(candidate: Candidate) -> tuple[str, str]:
    """The title of the law that a card alone rests on, and where it holds."""
    title = candidate.card.card.law if candidate.card and candidate.card.card else ""
    return title, region_of(title)


def _from_cards(
    asked: Question,
    pool: Pool,
    candidates: Sequence[Candidate],
    card_at: NDArray[np.intp],
    like: dict[int, float],
) -> dict[str, Floats]:
    there = card_at >= 0
    cards = [candidate.card.card if candidate.card else None for candidate in candidates]
    plain = pool.columns["words"] + pool.columns["bigrams"]
    of_cards = np.sort(plain[list(like)])[::-1]
    own = np.where(there, plain[card_at], np.nan) if len(plain) else np.zeros(0)
    likes = np.where(there, [candidate.likeness for candidate in candidates], np.nan)
    return {
        "likeness": likes,
        "likeness_rel": likes - max(like.values(), default=0.0),
        "card_share": np.array([asked.share_in(c.searchable) if c else np.nan for c in cards]),
        "card_words": np.where(there, pool.columns["words"][card_at], np.nan) if len(plain) else own,
        "card_bigrams": np.where(there, pool.columns["bigrams"][card_at], np.nan) if len(plain) else own,
        "card_rel": own / (of_cards.max(initial=0.0) or 1.0),
        "card_place": np.where(there, np.searchsorted(-of_cards, -own), np.nan),
    }


@lru_cache(4096)
def level_of(title: str) -> float:
    """Rank of a rule by its title: 0 a law, 1 a regulation, 2 a rule, 3 the courts', 4 something else.

    >>> [level_of(t) for t in ("民法典物权编", "信访工作条例", "养犬规定", "最高人民法院关于审理…的解释", "通知")]
    [0.0, 1.0, 2.0, 3.0, 4.0]
    """
    if title.startswith(_COURTS):
        return 3.0
    return next((float(rank) for rank, ends in enumerate(_LEVELS) if title.endswith(ends)), 4.0)
