"""The library: documents kept in the database, searched in the index, brought together.

Importing writes documents to the database in short transactions; every process then brings its own index up
to the database's revision. An import cut short is finished by the next `catch_up`, whoever calls it.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from bot.chat.command import service
from handlers.policy.approved import KeptWords, kept_words
from handlers.policy.excerpt import excerpt
from handlers.policy.phrases import SAME_NAME
from knowledge.answer import Answer, Answerer, Verdict
from knowledge.errors import Unreadable
from knowledge.folding import title_key
from knowledge.index import Index
from knowledge.ingest import READING, digest_of, found, is_closed, read_document
from knowledge.lexicon.own import OwnLexicon
from knowledge.passage import CARD, Card, Document, Passage
from knowledge.question import understood
from knowledge.search import Hit, Searcher
from knowledge.starter import starter_documents
from knowledge.stored import card_from_dict, card_to_dict
from storage.database import Database
from storage.documents import StoredDocument, StoredPassage
from storage.uow import UnitOfWork
from storage.whole_file import whole_file

log = logging.getLogger(__name__)

SHORT = 2000
"""Passages written in one transaction: other writers wait no longer than that takes (about 0.1 s)."""

MANY = 100
"""Documents whose indexing takes so long that somebody wonders: after an upgrade the whole index is made anew."""

Progress = Callable[[int, int], None]
"""Called with how many are done, of how many."""

KEEPER = "keeper/"
"""How the source of a keeper's answer begins; the number of its question follows."""

ORIGINALS = "originals"
"""The folder, in the data folder, that keeps the bytes of imported files: `<digest><suffix>`, each once."""


@dataclass(slots=True)
class ImportReport:
    """What an import did. `skipped` holds (path, reason); `gone` sources no longer in an imported folder."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    passages: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    @property
    def documents(self) -> int:
        return self.added + self.changed + self.unchanged


@service
class Library:
    """Searches and answers; kept up to date by `catch_up`. Safe in threads. `own`: the office's word tables."""

    def __init__(self, index: Index, searcher: Searcher, own: OwnLexicon | None = None) -> None:
        self.index = index
        self.searcher = searcher
        self.answerer = Answerer(searcher)
        self.own = own
        self._words = KeptWords(-1, {}, {})

    def answer(self, question: str, region: str | None = None, on: date | None = None) -> Answer:
        """What the chat says to a question: a keeper's answer to this very question before anything else."""
        found = self.answerer.answer(question, region, on)
        approved = self.approved(question, region, on)
        if approved is None:
            return self._cut(found, question, on)
        others = [hit for hit in found.candidates if not _says_the_same(hit, approved)]
        return Answer(Verdict.ANSWERED, hit=approved, candidates=(approved, *others[:2]))

    def _cut(self, found: Answer, question: str, on: date | None) -> Answer:
        """A long article without a card, cut to what was asked; the candidates stay whole."""
        if found.hit is None:
            return found
        if found.hit.plain is not None:
            return replace(found, hit=self._meant(found.hit, on))
        asked = understood(question, self.searcher.lexicon, self.index.segmenter)
        return replace(found, hit=replace(found.hit, text=excerpt(found.hit.text, asked.share_in)))

    def approved(self, question: str, region: str | None = None, on: date | None = None) -> Hit | None:
        """The keeper's card on which this question stands, on the article it cites where that is in the base.

        `region`: the path of places it is asked in; the answer that holds nearest is taken, and none of another
        place. Who asks from nowhere we know hears what holds everywhere first.
        """
        passage = self._kept_words().answering(question, region.split("/") if region else [])
        hit = self.searcher.passage(passage, on=on) if passage else None
        return self._on_its_article(self._meant(hit, on), on) if hit else None

    def _meant(self, hit: Hit, on: date | None) -> Hit:
        """Another way of asking speaks with the words of the card it stands for, as they are now."""
        target = self._kept_words().cards.get(hit.plain.same) if hit.plain and hit.plain.same else None
        meant = self.searcher.passage(target, on=on) if target else None
        return self._on_its_article(meant, on) if meant else hit

    def _on_its_article(self, hit: Hit, on: date | None) -> Hit:
        if hit.plain is None or not hit.plain.law:
            return hit
        cited = self.searcher.article(hit.plain.law, hit.plain.article or "", on=on)
        return replace(cited, plain=hit.plain) if cited else hit

    def card(self, card_id: str) -> Card | None:
        """A card by its id."""
        return next((card for _, _, card in self.cards() if card.id == card_id), None)

    def cards(self, beginning: str = "") -> Iterator[tuple[str, str, Card]]:
        """(source, passage id, card) of every card of the index whose source begins so."""
        sources = [
            e.source for e in self.index.documents() if e.kind == CARD and e.source.startswith(beginning)
        ]
        for source in sources:
            for passage in self.index.passages(source):
                if passage.card:
                    yield source, passage.id, passage.card

    def _kept_words(self) -> KeptWords:
        """Of the index as it is now."""
        if self._words.revision != self.index.revision:
            self._words = kept_words(self.index.revision, self.cards(KEEPER), self.cards())
        return self._words

    def article(self, title: str, article: str, on: date | None = None) -> Hit | None:
        """An article by its law's name or 文号; the card that explains it where the law is not in the base."""
        hit = self.searcher.article(title, article, on=on)
        if hit is not None:
            return hit
        found = self.searcher.search(f"《{title}》{article}", top=20, on=on)
        wanted = title_key(title), article
        return next((each for each in found if (title_key(each.document), each.article) == wanted), None)

    def catch_up(self, database: Database, on_progress: Progress | None = None) -> bool:
        """Bring the index to the database's revision; whether it changed. Cheap when nothing did.

        What differs is told by the documents' states, so a base replaced by a backup is followed as well.
        Two processes that see a change at once do not do the same work twice. The office's own words are
        looked at too.
        """
        if self.own is not None and (words := self.own.refresh()) is not None:
            self.searcher.use(words)
        self.index.refresh()
        if self.index.revision == database.read_now(_revision):
            return False
        with self.index.writing():
            self.index.refresh()
            revision, standing = database.read_now(_standing)
            known = {entry.source: entry.digest for entry in self.index.documents()}
            put = sorted(source for source, state in standing.items() if known.get(source) != state)
            drop = sorted(known.keys() - standing.keys())
            if not self.index.revision and len(put) > MANY:
                log.warning("index_rebuilding", extra={"documents": len(put)})
            step = (lambda done: on_progress(done, len(put))) if on_progress else None
            self.index.apply(_stream(database, put), drop, revision, step)
        return True


def _says_the_same(hit: Hit, approved: Hit) -> bool:
    """Whether it is the approved card, or another way of asking for it."""
    same = (
        approved.plain is not None
        and hit.plain is not None
        and approved.plain.id in (hit.plain.id, hit.plain.same)
    )
    return same or hit.passage_id == approved.passage_id


def seed_starter(database: Database) -> None:
    """Put the base that ships with the product into the database, but for what a person took out."""
    documents = [stored(document, "") for document in starter_documents()]
    database.run_now(_seed, documents)


def import_paths(
    database: Database,
    paths: Sequence[Path],
    originals: Path,
    *,
    prune: bool = False,
    on_progress: Progress | None = None,
) -> ImportReport:
    """Read files and folders into the database and keep their bytes; what is there already is left as it is.

    A file that stands in the folder but cannot be read is skipped, not gone; and so is all that a folder
    which cannot be opened held.
    """
    works = {root: list(found([root])) for root in (path.resolve() for path in paths)}
    reading = _Reading(originals, sum(map(len, works.values())), on_progress)
    report = reading.report
    for root, files in works.items():
        folder = str(root) if root.is_dir() else ""
        known = database.read_now(_known)
        for batch in reading.batches(files, known, folder):
            database.run_now(_put, batch)
        if folder:
            present = {source for _, source in files}
            closed = tuple(source for source in present if is_closed(source))
            known_here = database.read_now(_digests_of, folder).keys() - present
            gone = sorted(source for source in known_here if not source.startswith(closed))
            report.gone += gone
            if prune and gone:
                report.removed += database.run_now(remove, gone)
    return report


def remove(uow: UnitOfWork, sources: Sequence[str]) -> int:
    """Take documents out of the base; returns how many stood."""
    return uow.documents.remove(sources)


def correct(uow: UnitOfWork, source: str, changes: Mapping[str, str | None], *, by: str) -> StoredDocument:
    """Say better what is known of a document (`storage.documents.CORRECTABLE`); None takes a correction back.

    One audit row a change, with what was known before and after. Raises `NotFound`.
    """
    known = uow.documents.load([source])
    uow.documents.correct(source, changes)
    (after,) = uow.documents.load([source])
    for name in changes:
        old, new = (f"{name}={getattr(each, name) or ''}" for each in (*known, after))
        uow.audit.add(actor=by, action="set", subject=f"document:{source}", before=old, after=new)
    return after


def stored(document: Document, root: str) -> StoredDocument:
    passages = [
        StoredPassage(each.id, each.article, each.heading, each.text, _as_json(each.card))
        for each in document.passages
    ]
    return StoredDocument(
        document.source, document.title, document.kind, document.issuer, document.issued, document.effective,
        document.expires, document.region, document.digest, root, passages, document.number, document.status,
        document.superseded_by, READING,
    )  # fmt: skip


def _as_json(card: Card | None) -> str:
    return json.dumps(card_to_dict(card), ensure_ascii=False) if card else ""


def _as_card(stored: str) -> Card | None:
    return card_from_dict(json.loads(stored)) if stored else None


def _loaded(row: StoredDocument) -> Document:
    passages = tuple(
        Passage(each.id, each.article, each.heading, each.text, _as_card(each.card)) for each in row.passages
    )
    return Document(
        row.source, row.title, row.kind, row.issuer or "", row.issued, row.effective, row.expires, row.region,
        row.state, passages, row.number, row.status, row.superseded_by, tuple(row.corrected),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Known:
    """A document as it stands: the digest of its file, which making of the readers read it, its passages."""

    digest: str
    reading: int
    passages: int


@dataclass(slots=True)
class _Reading:
    """One import under way: the report grows as files are read, `total` of them."""

    originals: Path
    total: int
    on_progress: Progress | None
    report: ImportReport = field(default_factory=ImportReport)
    done: int = 0
    seen: set[str] = field(default_factory=set)

    def batches(
        self, files: Sequence[tuple[Path, str]], known: Mapping[str, _Known], root: str
    ) -> Iterator[list[StoredDocument]]:
        """Documents that are new, have changed or say more to the readers of today, about `SHORT` passages a group."""
        batch: list[StoredDocument] = []
        for path, source in files:
            before = known.get(source)
            same = before is not None and digest_of(path) == before.digest
            if before and same and before.reading == READING and source not in self.seen:
                self.seen.add(source)
                self.report.unchanged += 1
                self.report.passages += before.passages
            elif document := self._read(path, source):
                self.report.unchanged += same
                self.report.changed += before is not None and not same
                self.report.added += before is None
                batch.append(stored(document, root))
            if sum(len(each.passages) for each in batch) >= SHORT:
                yield batch
                batch = []
            self.done += 1
            if self.on_progress:
                self.on_progress(self.done, self.total)
        if batch:
            yield batch

    def _read(self, path: Path, source: str) -> Document | None:
        """The document, its bytes kept; None when it is skipped, and the report says why."""
        if source in self.seen:
            self.report.skipped.append((str(path), SAME_NAME.format(source=source)))
            return None
        try:
            document = read_document(path, source)
        except Unreadable as error:
            self.report.skipped.append((str(path), error.reason))
            return None
        self.seen.add(source)
        self.report.passages += len(document.passages)
        _keep(path, document.digest, self.originals)
        return document


def _keep(path: Path, digest: str, originals: Path) -> None:
    """Copy the file's bytes to where backups find them, once. A file that changed under our hands is left."""
    kept = originals / f"{digest}{path.suffix.lower()}"
    if kept.exists():
        return
    originals.mkdir(mode=0o700, parents=True, exist_ok=True)
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() == digest:
        with whole_file(kept) as copy:
            copy.write(data)


def _stream(database: Database, sources: Sequence[str]) -> Iterable[Document]:
    for start in range(0, len(sources), 50):
        for row in database.read_now(_load, sources[start : start + 50]):
            yield _loaded(row)


def _revision(uow: UnitOfWork) -> int:
    return uow.documents.revision()


def _standing(uow: UnitOfWork) -> tuple[int, dict[str, str]]:
    return uow.documents.revision(), uow.documents.states()


def _load(uow: UnitOfWork, sources: Sequence[str]) -> list[StoredDocument]:
    return uow.documents.load(sources)


def _put(uow: UnitOfWork, documents: Sequence[StoredDocument]) -> None:
    uow.documents.put(documents)


def _known(uow: UnitOfWork) -> dict[str, _Known]:
    return {
        document.source: _Known(document.digest, document.reading, passages)
        for document, passages in uow.documents.all()
    }


def _digests_of(uow: UnitOfWork, root: str) -> dict[str, str]:
    return uow.documents.digests(root=root)


def _seed(uow: UnitOfWork, documents: Sequence[StoredDocument]) -> None:
    known, removed = uow.documents.digests(), uow.documents.removed()
    changed = [
        each for each in documents if each.source not in removed and known.get(each.source) != each.digest
    ]
    if changed:
        uow.documents.put(changed)
