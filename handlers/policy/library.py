"""The library: documents kept in the database, searched in the index, brought together.

Importing writes documents to the database in short transactions; every process then brings its own index up
to the database's revision. An import cut short is finished by the next `catch_up`, whoever calls it.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.chat.command import service
from knowledge.answer import Answerer
from knowledge.index import Index
from knowledge.ingest import Unreadable, found, read_document
from knowledge.passage import Document, Passage
from knowledge.search import Searcher
from knowledge.starter import starter_documents
from knowledge.stored import card_from_dict, card_to_dict
from storage.database import Database
from storage.documents import StoredDocument, StoredPassage
from storage.uow import UnitOfWork

SHORT = 2000
"""Passages written in one transaction: other writers wait no longer than that takes (about 0.1 s)."""

Progress = Callable[[int, int], None]
"""Called with how many are done, of how many."""


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
    """Searches and answers; kept up to date by `catch_up`. Safe in threads."""

    def __init__(self, index: Index, searcher: Searcher) -> None:
        self.index = index
        self.searcher = searcher
        self.answerer = Answerer(searcher)

    def catch_up(self, database: Database, on_progress: Progress | None = None) -> bool:
        """Bring the index to the database's revision; whether it changed. Cheap when nothing did."""
        self.index.refresh()
        revision = database.read_now(_revision)
        if self.index.revision == revision:
            return False
        since = self.index.revision if self.index.revision < revision else 0
        put, drop = database.read_now(_changed, since)
        if since == 0:
            known = {entry.source for entry in self.index.documents()}
            drop = sorted({*drop, *known.difference(put)})
        step = (lambda done: on_progress(done, len(put))) if on_progress else None
        self.index.apply(_stream(database, put), drop, revision, step)
        return True


def seed_starter(database: Database) -> None:
    """Put the base that ships with the product into the database, but for what a person took out."""
    documents = [stored(document, "") for document in starter_documents()]
    database.run_now(_seed, documents)


def import_paths(
    database: Database, paths: Sequence[Path], *, prune: bool = False, on_progress: Progress | None = None
) -> ImportReport:
    """Read files and folders into the database; what is there already is left as it is."""
    report = ImportReport()
    roots = {path.resolve(): path for path in paths}
    for root in roots:
        files = list(found([root]))
        folder = str(root) if root.is_dir() else ""
        known = database.read_now(lambda uow: uow.documents.digests())
        seen: set[str] = set()
        for batch in _batches(files, known, folder, report, seen, on_progress):
            database.run_now(_put, batch)
        if folder:
            report.gone = sorted(set(database.read_now(_digests_of, folder)).difference(seen))
            if prune and report.gone:
                report.removed += database.run_now(remove, report.gone)
    return report


def remove(uow: UnitOfWork, sources: Sequence[str]) -> int:
    """Take documents out of the base; returns how many stood."""
    return uow.documents.remove(sources)


def stored(document: Document, root: str) -> StoredDocument:
    passages = [
        StoredPassage(each.id, each.article, each.heading, each.text, json.dumps(card_to_dict(each.card), ensure_ascii=False) if each.card else "")
        for each in document.passages
    ]
    return StoredDocument(
        document.source, document.title, document.kind, document.issuer, document.issued, document.effective,
        document.expires, document.region, document.digest, root, passages,
    )  # fmt: skip


def _loaded(row: StoredDocument) -> Document:
    passages = tuple(
        Passage(each.id, each.article, each.heading, each.text, card_from_dict(json.loads(each.card)) if each.card else None)
        for each in row.passages
    )
    return Document(
        row.source, row.title, row.kind, row.issuer or "", row.issued, row.effective, row.expires, row.region,
        row.digest, passages,
    )  # fmt: skip


def _batches(
    files: Sequence[tuple[Path, str]],
    known: dict[str, str],
    root: str,
    report: ImportReport,
    seen: set[str],
    on_progress: Progress | None,
) -> Iterator[list[StoredDocument]]:
    """Changed documents in groups of about `SHORT` passages; the report grows as files are read."""
    batch: list[StoredDocument] = []
    for done, (path, source) in enumerate(files, start=1):
        try:
            document = read_document(path, source)
        except Unreadable as error:
            report.skipped.append((str(path), error.reason))
        else:
            seen.add(source)
            report.passages += len(document.passages)
            before = known.get(source)
            if before == document.digest:
                report.unchanged += 1
            else:
                report.added += before is None
                report.changed += before is not None
                batch.append(stored(document, root))
        if sum(len(each.passages) for each in batch) >= SHORT or (batch and done == len(files)):
            yield batch
            batch = []
        if on_progress:
            on_progress(done, len(files))


def _stream(database: Database, sources: Sequence[str]) -> Iterable[Document]:
    for start in range(0, len(sources), 50):
        for row in database.read_now(_load, sources[start : start + 50]):
            yield _loaded(row)


def _revision(uow: UnitOfWork) -> int:
    return uow.documents.revision()


def _changed(uow: UnitOfWork, since: int) -> tuple[list[str], list[str]]:
    return uow.documents.changed_since(since)


def _load(uow: UnitOfWork, sources: Sequence[str]) -> list[StoredDocument]:
    return uow.documents.load(sources)


def _put(uow: UnitOfWork, documents: Sequence[StoredDocument]) -> None:
    uow.documents.put(documents)


def _digests_of(uow: UnitOfWork, root: str) -> dict[str, str]:
    return uow.documents.digests(root=root)


def _seed(uow: UnitOfWork, documents: Sequence[StoredDocument]) -> None:
    known, removed = uow.documents.digests(), uow.documents.removed()
    changed = [
        each for each in documents if each.source not in removed and known.get(each.source) != each.digest
    ]
    if changed:
        uow.documents.put(changed)
