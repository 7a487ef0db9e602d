"""From a question to the articles that may answer it, best first."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

import numpy as np

from knowledge.catalogue import Catalogue, Entry
from knowledge.citation import Citation, citations, named
from knowledge.folding import title_key
from knowledge.index import Index
from knowledge.ingest.dating import region_of
from knowledge.lexicon import Lexicon, bare_place
from knowledge.mark import files
from knowledge.passage import CARD, Card, Passage, passage_id
from knowledge.question import Forms, Question, understood
from knowledge.ranking.features import MISSING, NAMES, Candidate, Rows, rows_of
from knowledge.ranking.learned import Floats, Names
from knowledge.ranking.model import Model, shipped_model
from knowledge.ranking.pool import KEPT, pooled
from knowledge.ranking.reasons import gains, with_meaning
from knowledge.ranking.rerank import FIRST, Ranked, Reranker
from knowledge.reading import Reading

Told = tuple[tuple[str, float], ...]

_HERE, _ELSEWHERE = 0.5, -1.5
"""Added to the ranker's score of a rule of the asked place, and of a rule of another one."""

_OPENING, _ADDRESS = 4, 30
"""Sections looked through for the beginning of a document, and signs of one that may only say whom it addresses."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One article, once. `score` runs from 0 to 1 and means the same in a small base and in a large one.

    `plain`: the card that explains it, if any; `text` is still the law's own, where that is imported.
    `superseded`: replaced by a newer version or another law, or expired, or (`awaits`) not in force yet.
    `exact`: the question named it.
    `elsewhere`: a rule of another place than the one asked from. Only when asked for, `explanation`: the features
    it was ranked by (`ranking.features.NAMES`), and `rank`, what the trees made of them; `gains`: what each respect
    of `ranking.reasons.RESPECTS` is worth, the most telling first, and its `meaning` where there is a reranker.
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
    explanation: Told = ()
    gains: Told = ()
    number: str = ""
    issuer: str = ""
    awaits: bool = False
    rank: float = 0.0

    @property
    def card(self) -> str | None:
        """The id of the card that stands beside the article."""
        return self.plain.id if self.plain else None


@dataclass(frozen=True, slots=True)
class _Ranked:
    """`rank`: the ranker's score, of any size. `score`: 0 to 1, as of a hit."""

    candidate: Candidate
    rank: float
    score: float
    explanation: Told
    gains: Told


class Searcher:
    """Searches one index with one lexicon; `reranker`: what orders the first hits anew. Safe in threads."""

    def __init__(
        self, index: Index, lexicon: Lexicon, model: Model | None = None, reranker: Reranker | None = None
    ) -> None:
        self.index = index
        self._model = model
        self._reranker = reranker
        self.use(lexicon)

    def use(self, lexicon: Lexicon) -> None:
        """Search with these words from now on; what was remembered of the old ones is forgotten."""
        self.lexicon = lexicon
        self._over = lru_cache(8)(self._not_holding)
        self._elsewhere = lru_cache(64)(_of_other_places)
        self._forms = lru_cache(2048)(self._understood)

    @property
    def model(self) -> Model:
        """What ranks the candidates: the shipped model, unless another was given."""
        return self._model or shipped_model()

    def warm(self) -> None:
        """Load the dictionary and read cards' questions and asked articles now: the first asker need not wait."""
        self.index.segmenter.warm()
        self.index.now().note(self.model.learned.near.names.tolist())
        self.search("低保")
        for entry in self.index.documents():
            for passage in self.index.passages(entry.source) if entry.kind == CARD else ():
                if passage.card:
                    self._forms(passage.card.asked)

    def search(
        self,
        question: str,
        *,
        top: int = 10,
        region: str | None = None,
        on: date | None = None,
        explain: bool = False,
    ) -> list[Hit]:
        """At most `top` hits, best first, one an article.

        `region`: where it is asked, a name (济宁市) or a path (山东/济宁); rules of other places are not used,
        unless the question names them.
        A place named in the question goes before it. `on`: the day that counts; None: newest versions.
        """
        asked = understood(question, self.lexicon, self.index.segmenter)
        here, place = self.lexicon.within(region or ""), self.lexicon.region_of(asked.text)
        if place and place not in here:
            here = self.lexicon.within(place)
        reading = self.index.now()
        look = _Look(self, reading.catalogue, on, here)
        cited = tuple(citations(asked.text, reading.catalogue, self.lexicon))
        exact, favoured = look.named_in(cited)
        ranked = self._ranked(reading, asked, look, favoured, max(KEPT, 2 * top), explain=explain)
        hits = look.merged(ranked, max(top + 1, FIRST if self._reranker else 0))
        exact += look.numbered_in(cited, hits[: top + 1])
        return _with_named(exact, self._reranked(question, hits, explain=explain))[:top]

    def article(self, title: str, article: str, *, on: date | None = None) -> Hit | None:
        """One article by the law's full or short name, in the newest version that has it."""
        look = _Look(self, self.index.documents(), on)
        return look.article(named(title, look.catalogue, self.lexicon), article)

    def passage(self, passage_id: str, *, on: date | None = None) -> Hit | None:
        """The passage behind an id given earlier; None when it is gone."""
        look, found = _Look(self, self.index.documents(), on), self.index.passage(passage_id)
        entry = look.catalogue.get(found[0]) if found else None
        return look.hit(entry, found[1]) if found and entry else None

    def likeness(self, asked: Question, card: Card) -> float:
        """How near a question is to the nearest of a card's questions, 0 to 1."""
        return self._forms(card.asked).likeness(asked)

    def resembles(self, question: str, card: Card) -> float:
        """How near a question as typed is to the nearest of a card's questions, 0 to 1."""
        return self.likeness(understood(question, self.lexicon, self.index.segmenter), card)

    def _understood(self, texts: tuple[str, ...]) -> Forms:
        return Forms([understood(text, self.lexicon, self.index.segmenter) for text in texts])

    def _ranked(
        self,
        reading: Reading,
        asked: Question,
        look: "_Look",
        favoured: frozenset[str],
        most: int,
        *,
        explain: bool,
    ) -> Iterator[_Ranked]:
        model, named_files = self.model, files(favoured)
        over = self._over(reading.catalogue, look.on)
        elsewhere = self._elsewhere(reading.catalogue, look.here)
        others = elsewhere[~np.isin(elsewhere, named_files)] if len(named_files) else elsewhere
        for without in (np.concatenate([over, others]), others) if len(over) else (others,):
            pool = pooled(
                reading,
                asked,
                model.learned,
                without=without,
                favoured=named_files,
                most=most,
                keep=look.speaks if look.here else None,
            )
            if pool.passages:
                break
        else:
            return iter(())
        rows = rows_of(asked, pool, reading, self.likeness, self.index.segmenter.information).speaking()
        if not rows.refs:
            return iter(())
        scores = model.trees.scores(rows.matrix) + look.nearness(rows.candidates)
        sure = model.confidence(rows, scores)
        values = (sure * np.exp(np.minimum(scores - scores.max(), 0.0))).round(4).tolist()
        order = np.argsort(-scores, kind="stable").tolist()
        return (
            _Ranked(
                rows.candidates[at],
                float(scores[at]),
                values[at],
                _told(rows, scores, at) if explain else (),
                gains(model.trees, rows.matrix, at) if explain else (),
            )
            for at in order
        )

    def _reranked(self, question: str, hits: list[Hit], *, explain: bool) -> list[Hit]:
        """What decides whether a question is answered keeps its place: a replaced text, a card that asks it."""
        if self._reranker is None:
            return hits
        first = hits[:FIRST]
        order, worth = self._reranker.order(question, [_as_ranked(hit, question) for hit in first])
        if explain:
            first = [replace(h, gains=with_meaning(h.gains, w)) for h, w in zip(first, worth, strict=True)]
        return [*(first[at] for at in order), *hits[FIRST:]]

    def _not_holding(self, catalogue: Catalogue, on: date | None) -> Names:
        look = _Look(self, catalogue, on)
        return files(entry.source for entry in catalogue if not look.holds(entry))


@dataclass(frozen=True, slots=True)
class _Look:
    """One search's view: the catalogue of one moment, and the day that counts."""

    searcher: Searcher
    catalogue: Catalogue
    on: date | None
    here: frozenset[str] = frozenset()

    def holds(self, entry: Entry) -> bool:
        """In force on the day, and not replaced."""
        if not self.catalogue.holds(entry, self.on):
            return False
        if not entry.upheld and (instead := self.searcher.lexicon.replaced.get(entry.key)):
            return not any(e.starts <= self.on if self.on else True for e in self.catalogue.versions(instead))
        return True

    def speaks(self, _source: str, passage: Passage) -> bool:
        """Not a keeper's answer for somewhere else."""
        places = passage.card.places if passage.card else ()
        return not places or not self.here.isdisjoint(map(bare_place, places))

    def named_in(self, cited: Iterable[Citation]) -> tuple[list[Hit], frozenset[str]]:
        """Articles a question names outright, and the sources of every law it names."""
        exact: list[Hit] = []
        favoured: set[str] = set()
        for citation in cited:
            favoured.update(entry.source for entry in citation.versions)
            if citation.article and (hit := self.article(citation.versions, citation.article)):
                exact.append(replace(hit, exact=True))
        return exact, frozenset(favoured)

    def numbered_in(self, cited: Iterable[Citation], hits: list[Hit]) -> list[Hit]:
        """Of each document named by its 文号, the best of these hits; where nothing is asked, its beginning."""
        found = []
        for citation in cited:
            if citation.numbered:
                known = {entry.source for entry in citation.versions}.union(citation.cards)
                asked = () if citation.alone else hits
                best = next(
                    (hit for hit in asked if not known.isdisjoint((hit.source, hit.passage_id))), None
                )
                found.append(best or self._beginning(citation.versions) or self._first(citation.cards))
        return [replace(hit, exact=True, score=1.0) for hit in found if hit]

    def _beginning(self, versions: Iterable[Entry]) -> Hit | None:
        """Article one or the first section that says something, of the newest version; those that hold go first."""
        for entry in sorted(versions, key=lambda e: not self.holds(e)):
            sections = [("第一条", 0), *((None, ordinal) for ordinal in range(_OPENING))]
            looked = (self.searcher.index.passage(passage_id(entry.source, *each)) for each in sections)
            found = [each[1] for each in looked if each]
            if found:
                return self.hit(entry, next((p for p in found if len(p.text) > _ADDRESS), found[0]))
        return None

    def _first(self, cards: Iterable[str]) -> Hit | None:
        found = next(filter(None, map(self.searcher.index.passage, cards)), None)
        return self.hit(self.catalogue[found[0]], found[1]) if found else None

    def article(self, versions: Iterable[Entry], article: str) -> Hit | None:
        """The article in the newest version that has it, versions that hold before those that do not."""
        for entry in sorted(versions, key=lambda e: not self.holds(e)):
            if passage := self.searcher.index.article(entry.source, article):
                return self.hit(entry, passage)
        return None

    def nearness(self, candidates: Sequence[Candidate]) -> Floats:
        """Rules of this place first, then the country's, then other places'."""
        if not self.here:
            return np.zeros(len(candidates))
        return np.array([self._near(candidate) for candidate in candidates])

    def _near(self, candidate: Candidate) -> float:
        card = candidate.card.card if candidate.card else None
        region = (
            self.catalogue[candidate.source].region
            if candidate.passage
            else region_of(card.law if card else "")
        )
        return (_HERE if region in self.here else _ELSEWHERE) if region else 0.0

    def merged(self, ranked: Iterable[_Ranked], most: int) -> list[Hit]:
        """At most `most` hits; a card joins the article it cites, at the better of their places."""
        hits: dict[tuple[str, str], Hit] = {}
        for r in ranked:
            if len(hits) >= most:
                break
            hit = self._hit_of(r.candidate)
            hit = replace(hit, score=r.score, rank=r.rank, explanation=r.explanation, gains=r.gains)
            before = hits.get(_identity(hit))
            if before is None:
                hits[_identity(hit)] = hit
            elif hit.plain and not before.plain:
                hits[_identity(hit)] = replace(before, plain=hit.plain)
        return list(hits.values())

    def _hit_of(self, candidate: Candidate) -> Hit:
        beside = candidate.card
        if candidate.passage:
            hit = self.hit(self.catalogue[candidate.source], candidate.passage)
            return self._with(hit, beside.card) if beside else hit
        if beside is None:
            raise ValueError("a candidate is an article, a card, or both")
        return self._cited(beside.card) or self.hit(self.catalogue[candidate.card_source], beside)

    def _cited(self, card: Card | None) -> Hit | None:
        """The article a card rests on, when its law is imported."""
        if card is None or not (card.law and card.article):
            return None
        hit = self.article(named(card.law, self.catalogue, self.searcher.lexicon), card.article)
        return self._with(hit, card) if hit else None

    def _with(self, hit: Hit, card: Card | None) -> Hit:
        """A card was written for whoever asks without naming a place."""
        return replace(hit, plain=card, elsewhere=hit.elsewhere and bool(self.here))

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
            elsewhere=bool(region) and region not in self.here and bool(self.here or card is None),
            plain=card,
            number=entry.number,
            issuer=entry.issuer,
            awaits=bool(self.on and entry.starts > self.on),
        )


def _with_named(exact: list[Hit], scored: list[Hit]) -> list[Hit]:
    """What was named outright goes first, with its card where the search found one."""
    cards = {_identity(hit): hit.plain for hit in scored if hit.plain}
    first = {_identity(hit): replace(hit, plain=cards.get(_identity(hit), hit.plain)) for hit in exact}
    return [*first.values(), *(hit for hit in scored if _identity(hit) not in first)]


def _as_ranked(hit: Hit, question: str) -> Ranked:
    asked = hit.plain is not None and hit.plain.asks(question)
    return Ranked(f"{hit.document} {hit.text}", hit.rank, hit.superseded or hit.elsewhere or asked)


def _told(rows: Rows, scores: Floats, at: int) -> Told:
    told = zip(NAMES, rows.matrix[at].tolist(), strict=True)
    return ("rank", float(scores[at])), *((name, value) for name, value in told if value != MISSING)


def _of_other_places(catalogue: Catalogue, here: frozenset[str]) -> Names:
    """Rules that do not hold here; none where it is not known where that is."""
    return files(entry.source for entry in catalogue if here and entry.region and entry.region not in here)


def _identity(hit: Hit) -> tuple[str, str]:
    """One article of one file is one hit, whichever cards explain it; a section stands for itself."""
    if hit.article is None:
        return hit.source, hit.passage_id
    without_law = hit.plain is not None and hit.text == hit.plain.answer
    return title_key(hit.document) if without_law else hit.source, hit.article
