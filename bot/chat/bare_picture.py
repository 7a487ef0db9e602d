"""A picture as it may be kept: JPEG or PNG, its pixels and nothing else.

Follows ITU-T T.81 (JPEG), JFIF 1.02 and PNG (W3C, third edition). What cameras write beside the pixels (EXIF with
place and time, XMP, comments, previews, a film behind the end) is left out; which way is up is written anew (Exif 2.3).
Nothing is decoded.
"""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bot.chat import phrases
from bot.chat.errors import BadInput

LARGEST = 5 * 1024 * 1024
"""Bytes of a picture that is taken."""

_MOST_PIXELS = 1 << 28

_JPEG = b"\xff\xd8\xff"
_PNG = b"\x89PNG\r\n\x1a\n"

_END, _SCAN, _JFIF, _EXIF, _ADOBE = 0xD9, 0xDA, 0xE0, 0xE1, 0xEE
_EXIF_HEAD, _ORIENTATION = b"Exif\0\0", 0x0112
_ORDERS: Mapping[bytes, Literal["little", "big"]] = {b"II*\0": "little", b"MM\0*": "big"}
_TABLES = frozenset({0xC4, 0xCC, 0xDB, 0xDD})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SEEN = _TABLES | _FRAMES | {_SCAN}
_NO_SEGMENT = frozenset({0x00, 0x01, *range(0xD0, 0xD9)})
_FILLED = re.compile(rb"\xff++")
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""In a scan, 0xFF is followed by 0x00, by a restart marker, or by what comes next."""

_KEPT = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB"})
_CHUNK = re.compile(rb"[A-Za-z]{4}")


@dataclass(frozen=True, slots=True)
class Picture:
    """`kind` is the ending of a file's name: `jpg` or `png`."""

    body: bytes
    kind: str


def bare(picture: bytes) -> Picture:
    """The picture without anything that is not seen. Raises `BadInput`, and nothing else, for what is none."""
    if len(picture) > LARGEST:
        raise BadInput(phrases.PICTURE_TOO_LARGE)
    if picture.startswith(_JPEG):
        return Picture(_bare_jpeg(picture), "jpg")
    if picture.startswith(_PNG):
        return Picture(_bare_png(picture), "png")
    raise BadInput(phrases.NOT_A_PICTURE)


def _bare_jpeg(picture: bytes) -> bytes:
    kept = [picture[:2]]
    at, framed, scanned, turned = 2, False, False, b""
    while True:
        filled = _FILLED.match(picture, at)
        if filled is None:
            raise BadInput(phrases.NOT_A_PICTURE)
        at = filled.end() - 1
        marker, end = _marker(picture, at)
        if marker == _END:
            if not (framed and scanned):
                raise BadInput(phrases.NOT_A_PICTURE)
            return b"".join([*kept, b"\xff\xd9"])
        segment = picture[at:end]
        if marker in _FRAMES:
            framed = framed or _frame(segment)
        if marker == _SCAN:
            scanned = True
            end = _scan_end(picture, end)
            segment = picture[at:end]
        if marker in _SEEN:
            kept.append(segment)
        elif marker == _JFIF and segment[4:9] == b"JFIF\0" and len(segment) >= 18:
            kept.append(b"\xff\xe0\x00\x10" + segment[4:16] + b"\0\0")
        elif marker == _EXIF and not turned:
            turned = _turned(segment)
            kept.append(turned)
        elif marker == _ADOBE and segment[4:9] == b"Adobe" and len(segment) >= 16:
            kept.append(b"\xff\xee\x00\x0e" + segment[4:16])
        at = end


def _marker(picture: bytes, at: int) -> tuple[int, int]:
    """The marker at `at`, and where its segment ends."""
    if picture[at + 1 : at + 2] == bytes([_END]):
        return _END, at + 2
    head = picture[at + 1 : at + 4]
    length = int.from_bytes(head[1:], "big")
    if len(head) < 3 or head[0] in _NO_SEGMENT or length < 2 or at + 2 + length > len(picture):
        raise BadInput(phrases.NOT_A_PICTURE)
    return head[0], at + 2 + length


def _turned(segment: bytes) -> bytes:
    """An EXIF segment that says which way is up and nothing else; empty where `segment` does not say it."""
    exif, tiff = segment[4:10], segment[10:]
    order = _ORDERS.get(tiff[:4])
    if exif != _EXIF_HEAD or order is None:
        return b""
    first = int.from_bytes(tiff[4:8], order)
    for at in range(first + 2, first + 2 + 12 * int.from_bytes(tiff[first : first + 2], order), 12):
        entry = tiff[at : at + 12]
        if len(entry) < 12:
            return b""
        number = int.from_bytes(entry[8:10], order)
        if int.from_bytes(entry[:2], order) == _ORIENTATION and 2 <= number <= 8:
            field = _ORIENTATION.to_bytes(2, "big") + b"\0\3\0\0\0\1" + number.to_bytes(2, "big") + b"\0\0"
            written = _EXIF_HEAD + b"MM\0*\0\0\0\x08\0\1" + field + b"\0\0\0\0"
            return b"\xff\xe1" + (len(written) + 2).to_bytes(2, "big") + written
    return b""


def _frame(segment: bytes) -> bool:
    """True; raises `BadInput` unless it says a size that a picture has."""
    height, width = int.from_bytes(segment[5:7], "big"), int.from_bytes(segment[7:9], "big")
    if len(segment) < 10 or len(segment) != 10 + 3 * segment[9] or not 0 < height * width <= _MOST_PIXELS:
        raise BadInput(phrases.NOT_A_PICTURE)
    return True


def _scan_end(picture: bytes, start: int) -> int:
    found = _AFTER_SCAN.search(picture, start)
    if found is None:
        raise BadInput(phrases.NOT_A_PICTURE)
    return found.start()


def _bare_png(picture: bytes) -> bytes:
    kept = [_PNG]
    at, names = len(_PNG), set[bytes]()
    while True:
        length = int.from_bytes(picture[at : at + 4], "big")
        end = at + 12 + length
        name, content = picture[at + 4 : at + 8], picture[at + 8 : end - 4]
        if end > len(picture) or not _CHUNK.fullmatch(name) or not _in_place(name, content, names):
            raise BadInput(phrases.NOT_A_PICTURE)
        if int.from_bytes(picture[end - 4 : end], "big") != zlib.crc32(picture[at + 4 : end - 4]):
            raise BadInput(phrases.NOT_A_PICTURE)
        if name in _KEPT:
            kept.append(picture[at:end])
            names.add(name)
        if name == b"IEND":
            return b"".join(kept)
        at = end


def _in_place(name: bytes, content: bytes, before: set[bytes]) -> bool:
    """Whether a chunk may stand there: the header first and once, pixels before the end, nothing unknown needed."""
    if name == b"IHDR":
        width, height = int.from_bytes(content[:4], "big"), int.from_bytes(content[4:8], "big")
        return not before and len(content) == 13 and 0 < width * height <= _MOST_PIXELS
    if name == b"IEND":
        return not content and b"IDAT" in before
    return b"IHDR" in before and (name in _KEPT or name[:1].islower())
