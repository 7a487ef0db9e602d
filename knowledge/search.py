"""From a question to the articles that may answer it, best first."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from math import sqrt

from knowledge.catalogue import Catalogue, Entry
from knowledge.citation import citations, named
from knowledge.folding import title_key
from knowledge.index import Found, Index
from knowledge.ingest.dating import region_of
from knowledge.lexicon import Lexicon
from knowledge.passage import CARD, Card, Passage
from knowledge.question import Question, understood

_CANDIDATES = 150
_COVERAGE = 0.5
_LIKENESS = 2.0
_CARD_TEXT = 0.8
_HERE = 1.2
_ELSEWHERE = 0.75
_COURT = 0.85
_NAMED = 1.5
_COURTS = ("最高人民法院", "最高人民检察院", "人民检察院", "人民法院")
_CLEAR_LEAD = 0.3


@dataclass(frozen=True, slots=True)
class Hit:
    """One article, once. `score` runs from 0 to 1 and means the same in a small base and in a large one.

    `plain`: the card that explains it, if any; `text` is still the law's own, where that is imported.
    `superseded`: replaced by a newer version or another law, or expired. `exact`: the question named it.
    `elsewhere`: a rule of another place than the one asked from.
    """

    document: str
    article: str | None
    source: str
    passage_id: str
    score: float
    text: str
    heading: str
    issued: date | None
    effective: date | None
    expires: date | None
    region: str
    superseded: bool = False
    exact: bool = False
    elsewhere: bool = False
    plain: Card | None = None

    @property
    def card(self) -> str | None:
        """The id of the card that stands beside the article."""
        return self.plain.id if self.plain else None


@dataclass(frozen=True, slots=True)
class _Ranked:
    """`share`: how much of the question it speaks of. `likeness`: of the question to those of its card."""

    found: Found
    rank: float
    share: float
    likeness: float


class Searcher:
    """Searches one index with one lexicon. Safe in threads."""

    def __init__(self, index: Index, lexicon: Lexicon) -> None:
        self.index = index
        self.lexicon = lexicon
        self._understood = lru_cache(4096)(lambda text: understood(text, lexicon, index.segmenter))

    def warm(self) -> None:
        """Load the dictionary and read the cards' questions now, so that the first asker need not wait."""
        self.index.segmenter.warm()
        for entry in self.index.documents():
            for passage in self.index.passages(entry.source) if entry.kind == CARD else ():
                if passage.card:
                    self.likeness(self._understood(passage.card.title), passage.card)

    def search(
        self, question: str, *, top: int = 10, region: str | None = None, on: date | None = None
    ) -> list[Hit]:
        """At most `top` hits, best first, one an article.

        `region`: where it is asked, a name (济宁市) or a path (山东/济宁); rules of other places come later.
        A place named in the question goes before it. `on`: the day that counts; None: newest versions.
        """
        asked = understood(question, self.lexicon, self.index.segmenter)
        here = self.lexicon.within(self.lexicon.region_of(asked.text) or region or "")
        look = _Look(self, self.index.documents(), on, here)
        exact, favoured = look.named_in(asked.text)
        ranked = self._ranked(asked, look.catalogue, max(_CANDIDATES, 2 * top), here, favoured)
        valid = [r for r in ranked if look.holds(look.catalogue[r.found.source])]
        scored = look.scored(valid or ranked, top + 1)
        return _with_named(exact, scored)[:top]

    def article(self, title: str, article: str, *, on: date | None = None) -> Hit | None:
        """One article by the law's full or short name, in the newest version that has it."""
        look = _Look(self, self.index.documents(), on)
        return look.article(named(title, look.catalogue, self.lexicon), article)

    def passage(self, passage_id: str, *, on: date | None = None) -> Hit | None:
        """The passage behind an id given earlier; None when it is gone."""
        look = _Look(self, self.index.documents(), on)
        found = self.index.passage(passage_id)
        entry = look.catalogue.get(found[0]) if found else None
        return look.hit(entry, found[1]) if found and entry else None

    def likeness(self, asked: Question, card: Card) -> float:
        """How near a question is to the nearest of a card's questions, 0 to 1."""
        return max(
            (_alike(asked, self._understood(text)) for text in (*card.questions, card.title)), default=0.0
        )

    def _ranked(
        self,
        asked: Question,
        catalogue: Catalogue,
        limit: int,
        here: frozenset[str],
        favoured: frozenset[str],
    ) -> list[_Ranked]:
        found = [f for f in self.index.candidates(asked.words, asked.pairs, limit) if catalogue.get(f.source)]
        ranked = []
        for f in found:
            entry, card = catalogue[f.source], f.passage.card
            share = asked.share_in(card.searchable if card else f.passage.text)
            likeness = self.likeness(asked, card) if card else 0.0
            rank = f.fit / found[0].fit + _COVERAGE * share
            if card:
                rank = _CARD_TEXT * rank + _LIKENESS * likeness**4
            rank *= _prior(entry, card, here) * (_NAMED if entry.source in favoured else 1)
            ranked.append(_Ranked(f, rank, share, likeness))
        ranked.sort(key=lambda r: -r.rank)
        return ranked


@dataclass(frozen=True, slots=True)
class _Look:
    """One search's view: the catalogue of one moment, and the day that counts."""

    searcher: Searcher
    catalogue: Catalogue
    on: date | None
    here: frozenset[str] = frozenset()

    def holds(self, entry: Entry) -> bool:
        """In force on the day, and not replaced."""
        if self.on and ((entry.expires and entry.expires < self.on) or entry.starts > self.on):
            return False
        if instead := self.searcher.lexicon.replaced.get(entry.key):
            return not any(e.starts <= self.on if self.on else True for e in self.catalogue.versions(instead))
        return self.catalogue.successor(entry.source, self.on) is None

    def named_in(self, text: str) -> tuple[list[Hit], frozenset[str]]:
        """Articles a question names outright, and the sources of every law it names."""
        exact: list[Hit] = []
        favoured: set[str] = set()
        for citation in citations(text, self.catalogue, self.searcher.lexicon):
            favoured.update(entry.source for entry in citation.versions)
            if citation.article and (hit := self.article(citation.versions, citation.article)):
                exact.append(replace(hit, exact=True))
        return exact, frozenset(favoured)

    def article(self, versions: Iterable[Entry], article: str) -> Hit | None:
        """The article in the newest version that has it, versions that hold before those that do not."""
        for entry in sorted(versions, key=lambda e: not self.holds(e)):
            if passage := self.searcher.index.article(entry.source, article):
                return self.hit(entry, passage)
        return None

    def scored(self, ranked: list[_Ranked], most: int) -> list[Hit]:
        """At most `most` hits, scored; a card joins the article it cites, at the better of their places."""
        merged: dict[tuple[str, str], tuple[Hit, _Ranked]] = {}
        for r in ranked:
            if len(merged) >= most:
                break
            hit = self._cited(r.found.passage.card) or self.hit(
                self.catalogue[r.found.source], r.found.passage
            )
            before = merged.get(_identity(hit))
            if before is None:
                merged[_identity(hit)] = hit, r
            elif hit.plain and not before[0].plain:
                merged[_identity(hit)] = hit, replace(before[1], likeness=r.likeness)
        rows = list(merged.values())
        if not rows:
            return []
        first = rows[0][1]
        lead = 1 - rows[1][1].rank / first.rank if len(rows) > 1 else _CLEAR_LEAD
        sure = confidence(first.found.fit, first.share, min(lead, _CLEAR_LEAD), first.likeness)
        return [replace(hit, score=round(sure * min(r.rank / first.rank, 1), 4)) for hit, r in rows]

    def _cited(self, card: Card | None) -> Hit | None:
        """The article a card rests on, when its law is imported."""
        if card is None or not (card.law and card.article):
            return None
        hit = self.article(named(card.law, self.catalogue, self.searcher.lexicon), card.article)
        return replace(hit, plain=card, elsewhere=hit.elsewhere and bool(self.here)) if hit else None

    def hit(self, entry: Entry, passage: Passage, score: float = 1.0) -> Hit:
        """A passage with what the catalogue knows of its document."""
        card = passage.card
        region = region_of(card.law) if card else entry.region
        return Hit(
            document=(card.law or card.title) if card else entry.title,
            article=passage.article,
            source=entry.source,
            passage_id=passage.id,
            score=score,
            text=passage.text,
            heading=passage.heading,
            issued=entry.issued,
            effective=card.effective if card else entry.effective,
            expires=entry.expires,
            region=region,
            superseded=not self.holds(entry),
            elsewhere=bool(region) and region not in self.here,
            plain=card,
        )


def _with_named(exact: list[Hit], scored: list[Hit]) -> list[Hit]:
    """What was named outright goes first, with its card where the search found one."""
    cards = {_identity(hit): hit.plain for hit in scored if hit.plain}
    first = {_identity(hit): replace(hit, plain=cards.get(_identity(hit))) for hit in exact}
    return [*first.values(), *(hit for hit in scored if _identity(hit) not in first)]


def confidence(fit: float, share: float, lead: float, likeness: float) -> float:
    """How far the first hit can be trusted, 0 to 1.

    `fit`: BM25 as a share of its ceiling; `share`: of the question's information that the text speaks of;
    `lead`: over the second hit; `likeness`: to a question of its card, 0 where it has none.
    """
    by_text = (fit + share / 2 + lead) / 1.2
    sure = 0.42 * by_text + 0.7 * likeness + 0.08 if likeness else by_text - 0.05
    return min(1.0, max(0.0, sure))


def _alike(asked: Question, known: Question) -> float:
    """By matters, each way round, and by character pairs."""
    there, here = asked.share_in(known.spelled_out), known.share_in(asked.spelled_out)
    pairs = len(asked.pairs.keys() & known.pairs.keys()) * 2 / (len(asked.pairs) + len(known.pairs) or 1)
    return 0.6 * sqrt(there * here) + 0.4 * pairs


def _prior(entry: Entry, card: Card | None, here: frozenset[str]) -> float:
    """Rules of this place first, then the country's, then the courts' (for judges), then other places'."""
    region = region_of(card.law) if card else entry.region
    if region:
        return _HERE if region in here else 1.0 if card and not here else _ELSEWHERE
    return _COURT if not card and entry.title.startswith(_COURTS) else 1.0


def _identity(hit: Hit) -> tuple[str, str]:
    """One article of one file is one hit, whichever cards explain it; a section stands for itself."""
    if hit.article is None:
        return hit.source, hit.passage_id
    without_law = hit.plain is not None and hit.text == hit.plain.answer
    return title_key(hit.document) if without_law else hit.source, hit.article
