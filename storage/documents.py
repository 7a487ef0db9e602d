"""Documents of the knowledge base: the store of record that every replica's index is built from.

`revision` grows by one with each change of the base; an index that knows its own revision asks for what
changed since. A removed document leaves a row without passages, so that indexes learn of it. What an operator
corrected stands beside what the text says of itself, so that importing again loses neither.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Integer, delete, func, insert, update
from sqlmodel import Column, Field, Session, SQLModel, col, select

from storage.base import Moment, NotFound

_DATES = ("issued", "effective", "expires")
CORRECTABLE = ("title", "issuer", "number", "region", *_DATES, "status", "superseded_by")
"""What a document says of itself and an operator may say better."""


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
    number: str = ""
    status: str = ""
    superseded_by: str = ""
    reading: int = 0
    """Which making of the readers read it: a file read by an older one is read again."""
    corrected: Mapping[str, str] = field(default_factory=dict)
    """What the operator said better, by name, with what the text says: "" for nothing, a day as ISO 8601."""

    @property
    def state(self) -> str:
        """Hex digits that change with the file and with anything that is known of it."""
        known = [str(getattr(self, name) or "") for name in CORRECTABLE]
        marks = json.dumps([self.digest, known, sorted(self.corrected)], ensure_ascii=False)
        return hashlib.sha256(marks.encode("utf-8", "replace")).hexdigest()


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
    number: str = ""
    status: str = ""
    superseded_by: str = ""
    reading: int = 0
    revision: int = Field(sa_column=Column(Integer, index=True, nullable=False))
    removed: bool = False
    imported_at: datetime = Field(sa_type=Moment)


class CorrectionRow(SQLModel, table=True):
    """One thing an operator said better. `value`: "" says that there is none; a day is ISO 8601."""

    __tablename__ = "document_correction"
    source: str = Field(primary_key=True, foreign_key="document.source")
    name: str = Field(primary_key=True)
    value: str
    at: datetime = Field(sa_type=Moment)


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

    def states(self) -> dict[str, str]:
        """`source` → state of what is known of it, of documents that stand: what an index goes by."""
        return {document.source: document.state for document in self.standing()}

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
                    region=document.region, digest=document.digest, root=document.root,
                    number=document.number, status=document.status, superseded_by=document.superseded_by,
                    reading=document.reading, revision=revision, removed=False, imported_at=self._now,
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

    def correct(self, source: str, changes: Mapping[str, str | None]) -> int:
        """Say better what is known of a document, by names of `CORRECTABLE`; returns the new revision.

        A value is kept whatever is imported later, "" says that there is none; None takes a correction back.
        Raises `NotFound`.
        """
        row = self._session.get(DocumentRow, source)
        if row is None or row.removed:
            raise NotFound(source)
        for name, value in changes.items():
            if name not in CORRECTABLE:
                raise KeyError(name)
            if value is not None:
                if name in _DATES and value:
                    date.fromisoformat(value)
                self._session.merge(CorrectionRow(source=source, name=name, value=value, at=self._now))
            elif said := self._session.get(CorrectionRow, (source, name)):
                self._session.delete(said)
        row.revision = self._advance()
        self._session.add(row)
        self._session.flush()
        return row.revision

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
        known = self.digests()
        standing = [source for source in sources if source in known]
        if standing:
            revision = self._advance()
            self._session.exec(delete(PassageRow).where(col(PassageRow.source).in_(standing)))
            self._session.exec(
                update(DocumentRow)
                .where(col(DocumentRow.source).in_(standing))
                .values(removed=True, digest="", revision=revision)
            )
        return len(standing)

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
        said = self._corrections()
        return [_view(row, passages.get(row.source, []), said.get(row.source, {})) for row in documents]

    def all(self) -> list[tuple[StoredDocument, int]]:
        """Documents that stand, without passages, each with its number of passages."""
        counts = dict(
            self._session.exec(select(PassageRow.source, func.count()).group_by(col(PassageRow.source))).all()
        )
        return [(document, counts.get(document.source, 0)) for document in self.standing()]

    def articles(self) -> int:
        """How many passages are an article of an original text."""
        query = select(func.count()).select_from(PassageRow).join(DocumentRow)
        return self._session.exec(
            query.where(col(PassageRow.article).is_not(None), DocumentRow.kind != "card")
        ).one()

    def imported_since(self, moment: datetime) -> dict[str, tuple[datetime, bool]]:
        """`source` → when it was imported, and whether it took the place of an older text, of what stands."""
        older = select(VersionRow.source).distinct()
        rows = self._session.exec(
            select(DocumentRow.source, DocumentRow.imported_at, col(DocumentRow.source).in_(older)).where(
                col(DocumentRow.removed).is_(False), DocumentRow.imported_at >= moment
            )
        )
        return {source: (at, bool(changed)) for source, at, changed in rows}

    def standing(self) -> list[StoredDocument]:
        """All that stand, without their passages."""
        rows = self._session.exec(
            select(DocumentRow).where(col(DocumentRow.removed).is_(False)).order_by(col(DocumentRow.source))
        )
        said = self._corrections()
        return [_view(row, (), said.get(row.source, {})) for row in rows]

    def _corrections(self) -> dict[str, dict[str, str]]:
        said: dict[str, dict[str, str]] = {}
        for row in self._session.exec(select(CorrectionRow)):
            said.setdefault(row.source, {})[row.name] = row.value
        return said

    def _advance(self) -> int:
        self._session.exec(
            update(CorpusRow).where(col(CorpusRow.id) == 1).values(revision=CorpusRow.revision + 1)
        )
        return self.revision()


def _view(row: DocumentRow, passages: Sequence[StoredPassage], said: Mapping[str, str]) -> StoredDocument:
    """What is known: the operator's word where there is one, else the text's."""
    text = {name: getattr(row, name) for name in CORRECTABLE}
    known = text | {name: _value(name, value) for name, value in said.items()}
    corrected = {name: str(text[name] or "") for name in CORRECTABLE if name in said}
    return StoredDocument(
        source=row.source, kind=row.kind, digest=row.digest, root=row.root, passages=passages,
        reading=row.reading, corrected=corrected, **known,
    )  # fmt: skip


def _value(name: str, kept: str) -> str | date | None:
    return (date.fromisoformat(kept) if kept else None) if name in _DATES else kept
