"""The search index: a rebuildable cache in one folder, or in memory. The database is the store of record.

tantivy keeps the terms we cut ourselves (`segment`), split at spaces; a file beside it (`texts`) each passage's
stored form, so that a search needs no database, and before those of a document its entry in the catalogue.
"""

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any, Self

import tantivy
from filelock import FileLock, Timeout

from knowledge.catalogue import Catalogue, Entry, entry_of
from knowledge.cutter_pool import Terms, cut_documents
from knowledge.errors import IndexBusy
from knowledge.mark import STORED, Mark, mark_of
from knowledge.passage import LAW, Document, Passage
from knowledge.reading import CHAPTER, PASSAGE, Reading, numbers_in
from knowledge.segment import Segmenter
from knowledge.stored import to_stored
from knowledge.texts import Texts

_FORMAT = 5
_HEAP = 140_000_000
"""Bytes of terms before a segment is written; fewer segments are searched faster, and 90,000 passages fit in one."""
_LOCK_SECONDS = 600
_AT_ONCE = 500
"""Entries read together."""
_OURS = (
    "*.idx",
    "*.pos",
    "*.term",
    "*.store",
    "*.fast",
    "*.fieldnorm",
    "*.del",
    "meta.json",
    ".managed.json",
    "*.tmp*",
)
_DOCUMENT, _META = "document", "meta"


@dataclass(frozen=True, slots=True)
class _State:
    """What one moment of the index looks like; swapped whole, so a search never sees two moments."""

    reading: Reading
    revision: int
    stamp: tuple[int, int, int]


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in ("role", "source", "id", "article"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in ("words", "bigrams", "whole"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    for name in (*STORED, "text"):
        builder.add_unsigned_field(name, indexed=name == "ref", fast=True)
    builder.add_bytes_field("stored", stored=True)
    return builder.build()


class Index:
    """Open with `Index.open`. Reading is safe in threads; writing is one process, one thread at a time."""

    def __init__(
        self,
        engine: tantivy.Index,
        schema: tantivy.Schema,
        folder: Path | None,
        segmenter: Segmenter,
        texts: Texts,
    ) -> None:
        self.segmenter = segmenter
        self._engine = engine
        self._schema = schema
        self._folder = folder
        self._texts = texts
        self._refreshing = threading.Lock()
        self._state = self._look()

    @classmethod
    def open(cls, folder: Path | None, segmenter: Segmenter) -> Self:
        """The index in `folder`, or an empty one in memory.

        One that is broken, of another form, or cut by another dictionary is emptied: revision 0.
        """
        schema = _schema()
        if folder is None:
            return cls(tantivy.Index(schema), schema, None, segmenter, Texts.open(None))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with cls._locked(folder):
            texts = Texts.open(folder)
            try:
                index = cls(tantivy.Index(schema, str(folder)), schema, folder, segmenter, texts)
                if index._is_ours():
                    return index
            except (ValueError, OSError, KeyError):
                pass
            for pattern in _OURS:
                for path in folder.glob(pattern):
                    path.unlink(missing_ok=True)
            return cls(tantivy.Index(schema, str(folder)), schema, folder, segmenter, texts)

    def now(self) -> Reading:
        """The index as it is at this moment."""
        return self._state.reading

    @property
    def revision(self) -> int:
        """The revision given with the last `apply` this process has seen; 0 when there was none."""
        return self._state.revision

    def documents(self) -> Catalogue:
        """What is in the index, without the texts."""
        return self._state.reading.catalogue

    def refresh(self) -> bool:
        """See what another process committed; True when anything changed. When nothing did, one stat."""
        if self._stamp() == self._state.stamp:
            return False
        with self._refreshing:
            self._engine.reload()
            self._state = self._look()
        return True

    def writing(self) -> AbstractContextManager[object]:
        """Be the one process that writes: what is looked up inside stays so until its `apply`.

        Raises `IndexBusy`.
        """
        return self._locked(self._folder)

    def apply(
        self,
        put: Iterable[Document],
        drop: Iterable[str],
        revision: int,
        on_progress: Callable[[int], None] | None = None,
    ) -> None:
        """Replace the documents of `put` by their source, remove the sources of `drop`, in one commit.

        `on_progress` gets the number of documents done so far. Raises `IndexBusy`.
        """
        with self._locked(self._folder):
            known = self._known()
            number = self._texts.next_number()
            self._texts.keep((entry.first - 1, entry.passages + 1) for entry in known.values())
            writer = self._engine.writer(_HEAP, 1)
            try:
                for source in drop:
                    writer.delete_documents_by_term("source", source)
                    known.pop(source, None)
                for done, (document, terms) in enumerate(cut_documents(put, self.segmenter), 1):
                    entry = replace(entry_of(document), first=number + 1)
                    self._put(writer, document, terms, entry)
                    known[document.source] = entry
                    number += 1 + entry.passages
                    if on_progress:
                        on_progress(done)
                writer.delete_documents_by_term("role", _META)
                meta = {"revision": revision, "format": _FORMAT, "cut": self.segmenter.fingerprint()}
                self._add(writer, _META, {}, {}, json.dumps(meta).encode())
                self._texts.commit()
                writer.commit()
            except BaseException:
                writer.rollback()
                raise
            finally:
                writer.wait_merging_threads()
                self._texts.commit()
            with self._refreshing:
                self._engine.reload()
                self._state = self._look(Catalogue(known.values()))

    def passage(self, passage_id: str) -> tuple[str, Passage] | None:
        """Source and passage of an id; None when it is not (or no longer) here."""
        return next(self._matching(role=PASSAGE, id=passage_id), None)

    def article(self, source: str, article: str) -> Passage | None:
        """One article of one document."""
        return next((passage for _, passage in self._matching(source=source, article=article)), None)

    def passages(self, source: str) -> list[Passage]:
        """Every passage of one document, in no particular order."""
        entry = self.documents().get(source)
        found = self._matching(entry.passages, role=PASSAGE, source=source) if entry else ()
        return [passage for _, passage in found]

    def _matching(self, most: int = 1, **terms: str) -> Iterator[tuple[str, Passage]]:
        reading = self._state.reading
        must = tantivy.Occur.Must
        query = tantivy.Query.boolean_query(
            [(must, self._term(name, value)) for name, value in terms.items()]
        )
        yield from reading.opened(reading.found(query, max(most, 1)).keys)

    def _term(self, name: str, value: str, option: str = "basic") -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, name, value, option)

    def _put(
        self, writer: tantivy.IndexWriter, document: Document, terms: Sequence[Terms], entry: Entry
    ) -> None:
        writer.delete_documents_by_term("source", document.source)
        source = document.source
        chapters: dict[Mark, tuple[int, list[str]]] = {}
        stored = [to_stored(source, passage) for passage in document.passages]
        self._texts.add(entry.first - 1, [entry.to_json(), *stored])
        for number, passage, (words, bigrams) in zip(
            count(entry.first), document.passages, terms, strict=False
        ):
            texts = {"source": source, "id": passage.id, "words": words, "bigrams": bigrams}
            if passage.article:
                texts["article"] = passage.article
            mark = mark_of(document, passage)
            self._add(writer, PASSAGE, texts, _numbers(mark, number))
            if document.kind == LAW:
                chapters.setdefault(mark._replace(ref=0, shape=0), (number, []))[1].append(words)
        for mark, (number, parts) in chapters.items():
            self._add(writer, CHAPTER, {"source": source, "whole": " ".join(parts)}, _numbers(mark, number))
        self._add(writer, _DOCUMENT, {"source": source}, {"text": entry.first - 1})

    def _add(
        self,
        writer: tantivy.IndexWriter,
        role: str,
        texts: Mapping[str, str],
        numbers: Mapping[str, int],
        stored: bytes | None = None,
    ) -> None:
        row = tantivy.Document()
        row.add_text("role", role)
        for name, text in texts.items():
            row.add_text(name, text)
        for name, value in numbers.items():
            row.add_unsigned(name, value)
        if stored is not None:
            row.add_bytes("stored", stored)
        writer.add_document(row)

    def _known(self) -> dict[str, Entry]:
        """The entries by source, read again only if another process committed: many thousands take half a second."""
        if self._stamp() != self._state.stamp:
            self._engine.reload()
            return {entry.source: entry for entry in self._entries(self._engine.searcher())}
        return {entry.source: entry for entry in self.documents()}

    def _entries(self, searcher: tantivy.Searcher) -> Iterator[Entry]:
        """Raises `KeyError` when one is missing among the texts."""
        rows = searcher.search(self._term("role", _DOCUMENT), max(searcher.num_docs, 1), count=False).hits
        numbers = numbers_in(searcher, "text", [address for _, address in rows]).tolist()
        for start in range(0, len(numbers), _AT_ONCE):
            some = numbers[start : start + _AT_ONCE]
            stored = self._texts.read(some)
            yield from (Entry.from_json(stored[number]) for number in some)

    def _look(self, catalogue: Catalogue | None = None) -> _State:
        stamp = self._stamp()
        searcher = self._engine.searcher()
        meta = self._meta(searcher)
        if catalogue is None:
            catalogue = Catalogue(self._entries(searcher))
        return _State(
            Reading(searcher, self._schema, catalogue, self._texts), int(meta.get("revision", 0)), stamp
        )

    def _meta(self, searcher: tantivy.Searcher) -> dict[str, Any]:
        rows = searcher.search(self._term("role", _META), 1, count=False).hits
        meta: dict[str, Any] = json.loads(_stored(searcher, rows[0][1])) if rows else {}
        return meta

    def _is_ours(self) -> bool:
        searcher = self._state.reading.searcher
        meta = self._meta(searcher)
        expected = {"format": _FORMAT, "cut": self.segmenter.fingerprint()}
        empty = not meta and searcher.num_docs == 0
        last = max((entry.first + entry.passages for entry in self.documents()), default=1)
        whole = self._texts.next_number() >= last
        return empty or (whole and all(meta.get(key) == value for key, value in expected.items()))

    def _stamp(self) -> tuple[int, int, int]:
        """Changes with every commit: tantivy replaces `meta.json` whole."""
        if self._folder is None:
            return (0, 0, 0)
        try:
            stat = (self._folder / "meta.json").stat()
        except FileNotFoundError:
            return (0, 0, 0)
        return (stat.st_mtime_ns, stat.st_ino, stat.st_size)

    @staticmethod
    def _locked(folder: Path | None) -> AbstractContextManager[object]:
        if folder is None:
            return nullcontext()
        try:
            return FileLock(folder / "writer.lock", is_singleton=True).acquire(timeout=_LOCK_SECONDS)
        except Timeout as error:
            raise IndexBusy("另一个程序正在更新知识库索引，请过一会儿再试。") from error


def _numbers(mark: Mark, text: int) -> dict[str, int]:
    return {**{name: getattr(mark, name) for name in STORED}, "text": text}


def _stored(searcher: tantivy.Searcher, address: tantivy.DocAddress) -> bytes:
    value = searcher.doc(address).get_first("stored")
    return bytes(value) if value is not None else b"{}"
