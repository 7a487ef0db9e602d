"""Documents of the knowledge base: the store of record that every replica's index is built from.

`revision` grows by one with each change of the base; an index that knows its own revision asks for what
changed since. A removed document leaves a row without passages, so that indexes learn of it.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Integer, delete, func, insert, update
from sqlmodel import Column, Field, Session, SQLModel, col, select

from storage.base import Moment


@dataclass(frozen=True, slots=True)
class StoredPassage:
    id: str
    article: str | None
    heading: str
    text: str
    card: str
    """The card as JSON, empty for an article or section."""


@dataclass(frozen=True, slots=True)
class StoredDocument:
    source: str
    title: str
    kind: str
    issuer: str | None
    issued: date | None
    effective: date | None
    expires: date | None
    region: str
    digest: str
    root: str = ""
    """The folder it was imported from; empty for a file given by itself and for what ships with the product."""
    passages: Sequence[StoredPassage] = ()


@dataclass(frozen=True, slots=True)
class OldVersion:
    """A text that was replaced. `passages`: (article, heading, text) in order."""

    title: str
    issued: date | None
    effective: date | None
    imported_at: datetime
    passages: tuple[tuple[str | None, str, str], ...]


class DocumentRow(SQLModel, table=True):
    __tablename__ = "document"
    source: str = Field(primary_key=True)
    title: str
    kind: str
    issuer: str | None = None
    issued: date | None = None
    effective: date | None = None
    expires: date | None = None
    region: str = ""
    digest: str
    root: str = ""
    revision: int = Field(sa_column=Column(Integer, index=True, nullable=False))
    removed: bool = False
    imported_at: datetime = Field(sa_type=Moment)


class PassageRow(SQLModel, table=True):
    __tablename__ = "passage"
    source: str = Field(primary_key=True, foreign_key="document.source")
    ordinal: int = Field(primary_key=True)
    passage_id: str = Field(index=True)
    article: str | None = None
    heading: str = ""
    text: str
    card: str = ""


class VersionRow(SQLModel, table=True):
    """A text as it stood before its file was imported again, changed. `passages`: JSON, one list a passage."""

    __tablename__ = "document_version"
    source: str = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    title: str
    issued: date | None = None
    effective: date | None = None
    digest: str
    imported_at: datetime = Field(sa_type=Moment)
    passages: str


class CorpusRow(SQLModel, table=True):
    """One row: the revision of the whole base."""

    __tablename__ = "corpus"
    id: int | None = Field(default=None, primary_key=True)
    revision: int = 0


class Documents:
    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now

    def revision(self) -> int:
        return self._session.exec(select(CorpusRow.revision).where(CorpusRow.id == 1)).first() or 0

    def digests(self, *, root: str | None = None) -> dict[str, str]:
        """`source` → digest of the file it came from, of documents that stand (imported from `root`)."""
        query = select(DocumentRow.source, DocumentRow.digest).where(col(DocumentRow.removed).is_(False))
        rows = self._session.exec(query if root is None else query.where(DocumentRow.root == root))
        return dict(rows.all())

    def removed(self) -> set[str]:
        """Sources a person took out."""
        return set(self._session.exec(select(DocumentRow.source).where(col(DocumentRow.removed).is_(True))))

    def put(self, documents: Iterable[StoredDocument]) -> int:
        """Add or replace documents by source; returns the new revision of the base.

        A text that another takes the place of stays as an old version; a card file does not.
        """
        revision = self._advance()
        for document in documents:
            self._keep_old(document)
            self._session.exec(delete(PassageRow).where(col(PassageRow.source) == document.source))
            self._session.merge(
                DocumentRow(
                    source=document.source, title=document.title, kind=document.kind, issuer=document.issuer,
                    issued=document.issued, effective=document.effective, expires=document.expires,
                    region=document.region, digest=document.digest, root=document.root, revision=revision,
                    removed=False, imported_at=self._now,
                )
            )  # fmt: skip
            self._session.flush()
            rows = [
                {
                    "source": document.source, "ordinal": ordinal, "passage_id": passage.id,
                    "article": passage.article, "heading": passage.heading, "text": passage.text,
                    "card": passage.card,
                }
                for ordinal, passage in enumerate(document.passages)
            ]  # fmt: skip
            if rows:
                self._session.execute(insert(PassageRow), rows)
        return revision

    def versions(self, source: str) -> list[OldVersion]:
        """What stood under this source before, the latest first."""
        rows = self._session.exec(
            select(VersionRow)
            .where(col(VersionRow.source) == source)
            .order_by(col(VersionRow.revision).desc())
        )
        return [
            OldVersion(
                row.title, row.issued, row.effective, row.imported_at,
                tuple((article, heading, text) for article, heading, text in json.loads(row.passages)),
            )
            for row in rows
        ]  # fmt: skip

    def _keep_old(self, new: StoredDocument) -> None:
        old = self._session.get(DocumentRow, new.source)
        if old is None or old.removed or old.kind == "card" or old.digest == new.digest:
            return
        (standing,) = self.load([new.source])
        passages = [[each.article, each.heading, each.text] for each in standing.passages]
        self._session.add(
            VersionRow(
                source=old.source, revision=old.revision, title=old.title, issued=old.issued,
                effective=old.effective, digest=old.digest, imported_at=old.imported_at,
                passages=json.dumps(passages, ensure_ascii=False),
            )
        )  # fmt: skip
        self._session.flush()

    def remove(self, sources: Sequence[str]) -> int:
        """Take documents out; returns how many stood."""
        standing = [source for source in sources if source in self.digests()]
        if standing:
            revision = self._advance()
            self._session.exec(delete(PassageRow).where(col(PassageRow.source).in_(standing)))
            self._session.exec(
                update(DocumentRow)
                .where(col(DocumentRow.source).in_(standing))
                .values(removed=True, digest="", revision=revision)
            )
        return len(standing)

    def changed_since(self, revision: int) -> tuple[list[str], list[str]]:
        """Sources that were put, and sources that were removed, after `revision`."""
        rows = self._session.exec(
            select(DocumentRow.source, DocumentRow.removed)
            .where(col(DocumentRow.revision) > revision)
            .order_by(col(DocumentRow.source))
        ).all()
        return [s for s, removed in rows if not removed], [s for s, removed in rows if removed]

    def load(self, sources: Sequence[str]) -> list[StoredDocument]:
        """Documents whole, with their passages in order."""
        passages: dict[str, list[StoredPassage]] = {}
        rows = self._session.exec(
            select(PassageRow)
            .where(col(PassageRow.source).in_(list(sources)))
            .order_by(col(PassageRow.source), col(PassageRow.ordinal))
        )
        for row in rows:
            passage = StoredPassage(row.passage_id, row.article, row.heading, row.text, row.card)
            passages.setdefault(row.source, []).append(passage)
        documents = self._session.exec(select(DocumentRow).where(col(DocumentRow.source).in_(list(sources))))
        return [_view(row, passages.get(row.source, [])) for row in documents]

    def all(self) -> list[tuple[StoredDocument, int]]:
        """Documents that stand, without passages, each with its number of passages."""
        counts = dict(
            self._session.exec(select(PassageRow.source, func.count()).group_by(col(PassageRow.source))).all()
        )
        rows = self._session.exec(
            select(DocumentRow).where(col(DocumentRow.removed).is_(False)).order_by(col(DocumentRow.source))
        )
        return [(_view(row, ()), counts.get(row.source, 0)) for row in rows]

    def articles(self) -> int:
        """How many passages are an article of an original text."""
        query = select(func.count()).select_from(PassageRow).join(DocumentRow)
        return self._session.exec(
            query.where(col(PassageRow.article).is_not(None), DocumentRow.kind != "card")
        ).one()

    def _advance(self) -> int:
        self._session.exec(
            update(CorpusRow).where(col(CorpusRow.id) == 1).values(revision=CorpusRow.revision + 1)
        )
        return self.revision()


def _view(row: DocumentRow, passages: Sequence[StoredPassage]) -> StoredDocument:
    return StoredDocument(
        row.source, row.title, row.kind, row.issuer, row.issued, row.effective, row.expires, row.region,
        row.digest, row.root, passages,
    )  # fmt: skip
