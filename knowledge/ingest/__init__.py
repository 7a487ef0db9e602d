"""Files into documents: one reader a format."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from knowledge.errors import BadCard, Unreadable
from knowledge.ingest.cards import cards_in, passages_of
from knowledge.ingest.cutting import outlined
from knowledge.ingest.dating import effective_on, expires_on, issued_on, issuer_of, region_of
from knowledge.ingest.decoding import decoded
from knowledge.passage import CARD, LAW, Document

__all__ = ["LARGEST_FILE", "READERS", "Unreadable", "found", "read_document"]

LARGEST_FILE = 20 * 1024 * 1024
"""Bytes. A larger file is refused unread."""


def found(paths: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """Every file under `paths` with its source: relative to the folder given, or its name when given itself.

    Sorted within each folder. Hidden files, and links that lead out of the folder, are left out.
    A path that does not exist comes back as it is; reading it says so.
    """
    for root in paths:
        if not root.is_dir():
            yield root, root.name
            continue
        inside = root.resolve()
        for folder, folders, names in os.walk(root):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                path = Path(folder, name)
                if name.startswith(".") or (path.is_symlink() and not path.resolve().is_relative_to(inside)):
                    continue
                yield path, path.relative_to(root).as_posix()


def read_document(path: Path, source: str) -> Document:
    """One file, cut into passages. Raises `Unreadable`."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise Unreadable(
            f"认不得“{path.suffix or path.name}”这种文件，可用的有 {'、'.join(sorted(READERS))}。"
        )
    data = _bytes(path)
    text = decoded(data)
    if text is None:
        raise Unreadable("不是文本文件，或者文字编码认不出来。")
    if not text.strip():
        raise Unreadable("文件是空的。")
    return reader(_printable(text), path, source, hashlib.sha256(data).hexdigest())


def _bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise Unreadable("这不是一个文件。")
        if size > LARGEST_FILE:
            raise Unreadable(
                f"文件有 {size / 1024 / 1024:.0f} MB，超过 {LARGEST_FILE // 1024 // 1024} MB 的上限。"
            )
        if not size:
            raise Unreadable("文件是空的。")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise Unreadable("没有这个文件。") from error
    except OSError as error:
        raise Unreadable("文件打不开，请看看权限。") from error


def _printable(text: str) -> str:
    """Without the marks that show nothing but break matching; form feeds as newlines."""
    return text.translate(_MARKS)


_MARKS: dict[int, str | None] = dict.fromkeys(
    (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF)
)
_MARKS |= dict.fromkeys((*range(0x01, 0x09), 0x0E, 0x0F, *range(0x10, 0x1C), 0x7F))
_MARKS |= {0x0B: "\n", 0x0C: "\n"}


def _law(text: str, path: Path, source: str, digest: str) -> Document:
    outline = outlined(text, source, path.stem)
    if not outline.passages:
        raise Unreadable("里面没有正文。")
    texts = [passage.text for passage in outline.passages]
    effective = effective_on(outline.preamble, texts)
    return Document(
        source=source,
        title=outline.title,
        kind=LAW,
        issuer=issuer_of(outline.title, outline.preamble),
        issued=issued_on(path.name, outline.preamble),
        effective=effective,
        expires=expires_on(effective, texts),
        region=region_of(outline.title),
        digest=digest,
        passages=outline.passages,
    )


def _cards(text: str, path: Path, source: str, digest: str) -> Document:
    try:
        passages = passages_of(cards_in(text), source)
    except BadCard as error:
        raise Unreadable(str(error)) from error
    return Document(source, path.stem, CARD, "", None, None, None, "", digest, passages)


READERS: dict[str, Callable[[str, Path, str, str], Document]] = {
    ".md": _law,
    ".markdown": _law,
    ".txt": _law,
    ".toml": _cards,
}
