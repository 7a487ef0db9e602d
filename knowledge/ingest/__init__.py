"""Files into documents: one reader a format."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from knowledge.errors import BadCard, Unreadable
from knowledge.ingest import delimited
from knowledge.ingest.cards import cards_in, passages_of
from knowledge.ingest.cutting import END_OF_PREAMBLE, outlined
from knowledge.ingest.dating import (
    effective_on,
    ended_by,
    ended_title,
    expires_on,
    issued_on,
    issuer_of,
    region_of,
    region_of_number,
)
from knowledge.ingest.decoding import decoded
from knowledge.ingest.isolation import ReadingRoom
from knowledge.ingest.labels import labelled
from knowledge.ingest.letterhead import is_letter, opened
from knowledge.ingest.manuscript import Manuscript
from knowledge.ingest.tables import DEFAULT_COLUMNS, Columns, passages_in
from knowledge.numbering import number_in
from knowledge.passage import CARD, LAW, REPEALED, Document

__all__ = [
    "LARGEST_FILE",
    "READERS",
    "READING",
    "Columns",
    "Unreadable",
    "found",
    "is_closed",
    "read_document",
]

READING = 1
"""Grows when the readers find more in a file than before: what an older one read is read again."""

LARGEST_FILE = 20 * 1024 * 1024
"""Bytes. A larger file is refused unread."""

LARGEST_OFFICE_FILE = 10 * 1024 * 1024
"""Bytes of a docx, xlsx, pdf or html."""

ROOM = ReadingRoom()
"""Where those four are read. Its first child starts with the first such file."""


def found(paths: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """Every file under `paths` with its source: relative to the folder given, or its name when given itself.

    Sorted within each folder. Hidden files, and links that lead out of the folder, are left out.
    A path that does not exist comes back as it is, and so does a folder that cannot be opened (`is_closed`);
    reading it says so.
    """
    for root in paths:
        if not root.is_dir():
            yield root, root.name
            continue
        inside = root.resolve()
        closed: list[OSError] = []
        for folder, folders, names in os.walk(root, onerror=closed.append):
            if not os.access(folder, os.X_OK):  # its names can be read, nothing else of it
                closed.append(PermissionError(13, os.strerror(13), folder))
                folders.clear()
                continue
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                path = Path(folder, name)
                if name.startswith(".") or (path.is_symlink() and not path.resolve().is_relative_to(inside)):
                    continue
                yield path, path.relative_to(root).as_posix()
        for error in closed:
            path = Path(error.filename)
            yield path, f"{path.relative_to(root).as_posix()}/" if path != root else ""


def is_closed(source: str) -> bool:
    """Whether this is no file's source but the beginning of all those in a folder that could not be opened."""
    return not source or source.endswith("/")


def digest_of(path: Path) -> str | None:
    """SHA-256 of the file's bytes, hex, as `read_document` gives it; None for a file it would refuse unread."""
    try:
        return hashlib.sha256(_bytes(path)).hexdigest()
    except Unreadable:
        return None


def read_document(
    path: Path, source: str, columns: Columns = DEFAULT_COLUMNS, room: ReadingRoom = ROOM
) -> Document:
    """One file, cut into passages. Raises `Unreadable`.

    `columns`: the headers of question–answer tables (xlsx, csv), where they are not the usual ones.
    """
    if is_closed(source):
        raise Unreadable("文件夹打不开，请看看权限。")
    if not path.exists():
        raise Unreadable("没有这个文件。")
    suffix = path.suffix.lower()
    reader = READERS.get(suffix)
    if reader is None:
        if instead := _OLD_FORMATS.get(suffix):
            raise Unreadable(f"读不了“{suffix}”，请用 Word 或 WPS 另存为“{instead}”再导入。")
        raise Unreadable(
            f"认不得“{path.suffix or path.name}”这种文件，可用的有 {'、'.join(sorted(READERS))}。"
        )
    return reader(_File(path, source, _bytes(path), columns, room))


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    source: str
    data: bytes
    columns: Columns
    room: ReadingRoom

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    def text(self) -> str:
        text = decoded(self.data)
        if text is None:
            raise Unreadable("不是文本文件，或者文字编码认不出来。")
        if not text.strip():
            raise Unreadable("文件是空的。")
        return _printable(text)


def _bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise Unreadable("这不是一个文件。")
        if size > LARGEST_FILE:
            raise Unreadable(_too_large(size, LARGEST_FILE))
        if not size:
            raise Unreadable("文件是空的。")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise Unreadable("没有这个文件。") from error
    except OSError as error:
        raise Unreadable("文件打不开，请看看权限。") from error


def _too_large(size: int, most: int) -> str:
    return f"文件有 {size / 1024 / 1024:.0f} MB，超过 {most // 1024 // 1024} MB 的上限。"


def _printable(text: str) -> str:
    """Without the marks that show nothing but break matching; form feeds as newlines."""
    return text.translate(_MARKS)


_MARKS: dict[int, str | None] = dict.fromkeys(
    (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF)
)
_MARKS |= dict.fromkeys((*range(0x01, 0x09), 0x0E, 0x0F, *range(0x10, 0x1C), 0x7F))
_MARKS |= {0x0B: "\n", 0x0C: "\n"}


def _law(file: _File) -> Document:
    text = file.text()
    lines = [line for line in map(str.strip, text.splitlines()) if line]
    if END_OF_PREAMBLE not in text and is_letter(lines):
        return _letter(lines, {}, file)
    return _outlined(text, file, {})


def _letter(lines: Sequence[str], facts: Mapping[str, str], file: _File) -> Document:
    letter = opened(lines, facts)
    return _outlined(letter.written(file.path.stem), file, letter.facts)


def _outlined(text: str, file: _File, facts: Mapping[str, str]) -> Document:
    """`facts` the file tells apart from its text (`manuscript.FACTS`) go before what is read from the text."""
    outline = outlined(text, file.source, file.path.stem)
    if not outline.passages:
        raise Unreadable("里面没有正文。")
    for line in outline.preamble.splitlines():
        facts = dict(labelled(line)) | dict(facts)
    texts = [passage.text for passage in outline.passages]
    title, ended = ended_title(outline.title)
    over, instead = ended_by(outline.preamble)
    effective = effective_on(outline.preamble, texts) or _day(facts, "effective")
    issuer = facts.get("issuer") or issuer_of(title, outline.preamble)
    number = facts.get("number") or number_in(outline.preamble)
    return Document(
        source=file.source,
        title=title,
        kind=LAW,
        issuer=issuer,
        issued=issued_on(file.path.name, outline.preamble)
        or _day(facts, "issued")
        or _day(facts, "published"),
        effective=effective,
        expires=expires_on(effective, texts) or _day(facts, "expires"),
        region=next(filter(None, map(region_of, (facts.get("region", ""), title, issuer))), "")
        or region_of_number(number),
        digest=file.digest,
        passages=outline.passages,
        number=number,
        status=REPEALED if ended or over else facts.get("status", ""),
        superseded_by=instead,
    )


def _day(facts: Mapping[str, str], name: str) -> date | None:
    return date.fromisoformat(facts[name]) if facts.get(name) else None


def _cards(file: _File) -> Document:
    try:
        passages = passages_of(cards_in(file.text()), file.source)
    except BadCard as error:
        raise Unreadable(str(error)) from error
    return Document(file.source, file.path.stem, CARD, "", None, None, None, "", file.digest, passages)


def _csv(file: _File) -> Document:
    return _manuscript(delimited.read(file.text()), file)


def _office(reader: str) -> Callable[[_File], Document]:
    """A reader of the reading room, as one of ours."""

    def read(file: _File) -> Document:
        return _manuscript(_read_office(reader, file), file)

    return read


def _read_office(reader: str, file: _File) -> Manuscript:
    if len(file.data) > LARGEST_OFFICE_FILE:
        raise Unreadable(_too_large(len(file.data), LARGEST_OFFICE_FILE))
    return file.room.read(reader, file.data)


def _manuscript(manuscript: Manuscript, file: _File) -> Document:
    if manuscript.tables:
        kind, passages = passages_in(manuscript.tables, file.source, file.columns)
        title = file.path.stem
        return Document(
            file.source, title, kind, "", None, None, None, region_of(title), file.digest, passages
        )
    lines = _printable("\n".join(manuscript.lines)).splitlines()
    return _letter([line for line in map(str.strip, lines) if line], manuscript.facts, file)


def manuscript_of(path: Path, room: ReadingRoom = ROOM) -> Manuscript:
    """What a file (md, txt, docx, pdf, html) says, before anything is made of it. Raises `Unreadable`."""
    suffix = path.suffix.lower()
    if suffix not in (*_PLAIN, *_OFFICE):
        known = "、".join(sorted((*_PLAIN, *_OFFICE)))
        raise Unreadable(f"认不得“{path.suffix or path.name}”这种文件，可用的有 {known}。")
    file = _File(path, path.name, _bytes(path), DEFAULT_COLUMNS, room)
    if suffix in _PLAIN:
        return Manuscript(tuple(file.text().splitlines()))
    return _read_office(_OFFICE[suffix], file)


_PLAIN = (".md", ".markdown", ".txt")
_OFFICE = {
    ".docx": "knowledge.ingest.word:read",
    ".pdf": "knowledge.ingest.pdf:read",
    ".html": "knowledge.ingest.webpage:read",
    ".htm": "knowledge.ingest.webpage:read",
    ".xlsx": "knowledge.ingest.workbook:read",
}

READERS: dict[str, Callable[[_File], Document]] = {
    **dict.fromkeys(_PLAIN, _law),
    ".toml": _cards,
    ".csv": _csv,
    **{suffix: _office(reader) for suffix, reader in _OFFICE.items()},
}

_OLD_FORMATS = {".doc": ".docx", ".wps": ".docx", ".rtf": ".docx", ".xls": ".xlsx", ".et": ".xlsx"}
