"""Labelled questions with the articles that answer them, found in the index's own documents, and their folds."""

import json
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from knowledge.catalogue import Catalogue
from knowledge.folding import title_key
from knowledge.ingest import Unreadable, found, read_document
from knowledge.mark import mark_of
from knowledge.passage import CARD, Card, Document, Passage
from knowledge.starter import starter_documents

FOLDS = 5
SCORED = frozenset({"verified", "verified_text_renumbered", "verified_text_superseded"})
STARD, VILLAGE, CARDS = "stard", "village", "cards"
_SIGNATURE = 60
_PROBE = 10


@dataclass(frozen=True)
class Article:
    """A passage of a law, with its document."""

    document: Document
    passage: Passage

    @property
    def ref(self) -> int:
        return mark_of(self.document, self.passage).ref


@dataclass(frozen=True)
class Asked:
    """A labelled question. `golds`: for each label, the marks of articles that satisfy it.

    `articles`: what is learned from it. `folds`: where it is held out with all that is known of its article; more
    than one for a card of several groups. `warm`: the fold where the question alone is held out.
    `apart`: of a STARD question, the fold where all that share a gold article, at however many removes, are held out.
    """

    id: str
    kind: str
    text: str
    golds: tuple[frozenset[int], ...]
    articles: tuple[Article, ...]
    folds: frozenset[int]
    warm: int
    apart: int = 0
    card: Card | None = None
    nth: int = 0

    @property
    def gold(self) -> frozenset[int]:
        return frozenset().union(*self.golds)


def documents_of(laws: Path) -> list[Document]:
    """The laws of a folder, and the cards we ship."""
    documents = []
    for path, source in found([laws]):
        try:
            documents.append(read_document(path, source))
        except Unreadable as error:
            print(f"skipped {source}: {error.reason}")
    return [*documents, *starter_documents()]


def material(
    data: Path, documents: Sequence[Document], catalogue: Catalogue, *, by_component: bool = False
) -> list[Asked]:
    """All labelled questions: STARD's, the village's, the cards' own.

    `by_component`: STARD questions that share a gold article, at however many removes, share a fold.
    """
    stard = _with_components(_stard(_rows(data / "stard-train.jsonl"), documents, catalogue))
    if by_component:
        stard = [replace(row, folds=frozenset({row.apart}), warm=row.apart) for row in stard]
    village = list(_village(_rows(data / "questions-tune.jsonl"), documents))
    return [*stard, *village, *_cards(documents, catalogue, village)]


def abstaining(data: Path) -> list[tuple[str, str]]:
    """Id and question of the rows that should be declined."""
    rows = _rows(data / "questions-tune.jsonl")
    return [(row["id"], row["question"]) for row in rows if row["certainty"] == "abstain"]


def bare(text: str) -> str:
    """Without spaces and marks, as the score script compares."""
    return re.sub(r"[\W_]+", "", text)


def _rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _stard(rows: list[dict], documents: Sequence[Document], catalogue: Catalogue) -> Iterator[Asked]:
    signatures = {bare(gold["text"])[:_SIGNATURE] for row in rows for gold in row["gold"]}
    carrying = _carrying(signatures, documents)
    for row in rows:
        golds, articles = [], []
        for gold in row["gold"]:
            holders = carrying[bare(gold["text"])[:_SIGNATURE]]
            golds.append(frozenset(article.ref for article in holders))
            key = title_key(gold["name"].replace(gold["article"], ""))
            articles.extend(sorted(holders, key=lambda a: _distance(a, key, catalogue))[:1])
        fold = zlib.crc32(row["id"].encode()) % FOLDS
        yield Asked(row["id"], STARD, row["question"], tuple(golds), tuple(articles), frozenset({fold}), fold)


def _distance(article: Article, key: str, catalogue: Catalogue) -> tuple[bool, bool, str]:
    """Texts that hold before those that do not, the named law before one that repeats its words."""
    own = title_key(article.document.title)
    named = own == key or (own.startswith("民法典") and key.startswith("民法典"))
    return (catalogue.successor(article.document.source) is not None, not named, article.document.source)


def _carrying(signatures: set[str], documents: Sequence[Document]) -> Mapping[str, list[Article]]:
    by_probe: dict[str, list[str]] = defaultdict(list)
    for signature in signatures:
        by_probe[signature[:_PROBE]].append(signature)
    out: dict[str, list[Article]] = defaultdict(list)
    for document in documents:
        for passage in document.passages if document.kind != CARD else ():
            text = bare(passage.text)
            for at in range(max(1, len(text) - _PROBE + 1)):
                for signature in by_probe.get(text[at : at + _PROBE], ()):
                    if text.startswith(signature, at):
                        out[signature].append(Article(document, passage))
    return out


def _village(rows: list[dict], documents: Sequence[Document]) -> Iterator[Asked]:
    by_source = {document.source: document for document in documents if document.kind != CARD}
    for row in rows:
        if row["certainty"] not in SCORED:
            continue
        labels = [(row["law_file"], row["article"])]
        labels += [(also["law_file"], also["article"]) for also in row.get("also_accept") or []]
        articles = [
            Article(document, passage)
            for file, name in labels
            for source, document in by_source.items()
            if source.endswith(file)
            for passage in document.passages
            if passage.article == name
        ]
        gold = frozenset(article.ref for article in articles)
        fold = int(row["id"].split("-")[0][1:]) // 2 % FOLDS
        yield Asked(
            row["id"], VILLAGE, row["question"], (gold,), tuple(articles[:1]), frozenset({fold}), fold
        )


def _cards(documents: Sequence[Document], catalogue: Catalogue, village: list[Asked]) -> Iterator[Asked]:
    """A card is held out wherever a village question about its article is.

    One that rests on a document we do not hold teaches no words, but is asked for like the others.
    """
    holding: dict[tuple[str, str], Article] = {}
    for document in documents:
        if document.kind != CARD and catalogue.successor(document.source) is None:
            for passage in document.passages:
                if passage.article:
                    holding.setdefault(
                        (title_key(document.title), passage.article), Article(document, passage)
                    )
    with_group: dict[int, set[int]] = defaultdict(set)
    for asked in village:
        for ref in asked.gold:
            with_group[ref] |= asked.folds
    for document in documents:
        for passage in document.passages:
            card = passage.card
            if card is None:
                continue
            article = holding.get((title_key(card.law), card.article or ""))
            ref = article.ref if article else mark_of(document, passage).ref
            for nth, text in enumerate((*card.questions, card.title)):
                folds = frozenset(with_group[ref]) or frozenset({nth % FOLDS})
                yield Asked(
                    f"{card.id}/{nth}",
                    CARDS,
                    text,
                    (frozenset({ref}),),
                    (article,) if article else (),
                    folds,
                    nth % FOLDS,
                    card=card,
                    nth=nth,
                )


def _with_components(found: Iterable[Asked]) -> list[Asked]:
    rows = list(found)
    root: dict[int, int] = {}

    def top(ref: int) -> int:
        while root.setdefault(ref, ref) != ref:
            ref = root[ref]
        return ref

    for row in rows:
        refs = sorted(row.gold)
        for ref in refs[1:]:
            root[top(ref)] = top(refs[0])
    return [replace(row, apart=top(min(row.gold)) % FOLDS) for row in rows]


def seen_elsewhere(rows: Iterable[Asked]) -> frozenset[str]:
    """Ids of the questions one of whose gold articles answers a question of another fold too."""
    at: dict[int, set[int]] = defaultdict(set)
    rows = list(rows)
    for row in rows:
        for ref in row.gold:
            at[ref] |= row.folds
    return frozenset(row.id for row in rows if any(at[ref] - row.folds for ref in row.gold))
