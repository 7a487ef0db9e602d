"""The zip inside docx and xlsx, looked over before any library unpacks it. Follows OWASP's file upload advice."""

import io
import stat
import zipfile
import zlib

from knowledge.errors import Unreadable
from knowledge.ingest.manuscript import BROKEN, LOCKED, MISNAMED

LARGEST_UNPACKED = 100 * 1024 * 1024
"""Bytes of all entries together, as the archive states them; no more than stated is ever unpacked."""

MOST_ENTRIES = 2000

HIGHEST_RATIO = 100
"""Unpacked to packed. Entries below `_SMALL` bytes may be packed tighter."""

_SMALL = 1024 * 1024
_LOCAL_HEADER = 30
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_OLE = bytes.fromhex("D0CF11E0A1B11AE1")

_OLD = "这是老版本的文件，请用 Word 或 WPS 另存为 .docx 或 .xlsx 再导入。"
_BOMB = "文件展开后大得不正常，没有打开它。"
_CROOKED = "文件里面的路径不正常，没有打开它。"
_ENTITIES = "文件里带有不该有的定义（DTD），没有打开它。"


def looked_over(data: bytes, folder: str) -> io.BytesIO:
    """The same bytes, ready for a library, once nothing in them can harm. Raises `Unreadable`.

    `folder`: where this kind of file keeps its text, "word/" or "xl/".
    """
    if data.startswith(_OLE):
        raise Unreadable(LOCKED if "EncryptedPackage".encode("utf-16-le") in data else _OLD)
    if data.lstrip()[:1] in (b"%", b"<"):
        raise Unreadable(MISNAMED)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_entries(archive.infolist())
            if not any(name.startswith(folder) for name in archive.namelist()):
                raise Unreadable(MISNAMED)
            _check_contents(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise Unreadable(BROKEN) from error
    return io.BytesIO(data)


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > LARGEST_UNPACKED:
        raise Unreadable(_BOMB)
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            raise Unreadable(_BOMB)
        end = entry.header_offset + _LOCAL_HEADER + entry.compress_size
        if entry.file_size > max(_SMALL, HIGHEST_RATIO * entry.compress_size):
            raise Unreadable(_BOMB)
        if entry.flag_bits & 1:
            raise Unreadable(LOCKED)
        if entry.compress_type not in _METHODS:
            raise Unreadable(BROKEN)
        if not _is_plain(entry):
            raise Unreadable(_CROOKED)
    if len({entry.filename for entry in entries}) < len(entries):
        raise Unreadable(_CROOKED)


def _is_plain(entry: zipfile.ZipInfo) -> bool:
    """A file or folder that would stay where it is unpacked."""
    name = entry.orig_filename.replace("\\", "/")
    parts = name.split("/")
    return not (
        name.startswith("/")
        or ":" in parts[0]
        or ".." in parts
        or "\0" in name
        or stat.S_ISLNK(entry.external_attr >> 16)
    )


def _check_contents(archive: zipfile.ZipFile) -> None:
    """Every entry unpacks, and none has a DTD: no office program writes one, and entity bombs need it."""
    for entry in archive.infolist():
        content = archive.read(entry)
        if entry.filename.lower().endswith((".xml", ".rels")):
            markup = content.replace(b"\0", b"")  # UTF-16 and UTF-32 read as ASCII
            if b"<!DOCTYPE" in markup or b"<!ENTITY" in markup:
                raise Unreadable(_ENTITIES)
