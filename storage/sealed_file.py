"""A sealed file: pieces of one size, each authenticated, so that it is read and written in constant memory.

    LIANXIN-SEALED 1 <fingerprint of the key>
    <the file's own key, sealed with that key>
    pieces of 64 KiB, AES-256-GCM, 16 bytes longer than what is in them; the last one is shorter

After STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015): a piece's nonce is its number and whether it is the last,
and the header is authenticated with each, so nothing can be moved, cut off or put behind. The file's key is its
own, so no nonce is ever used twice under one.
"""

import base64
import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.base import StorageError
from storage.sealing import CannotOpen, Sealer

PIECE = 1 << 16
_TAG = 16
_NAME = b"LIANXIN-SEALED "
_FIRST_LINE = re.compile(rb"LIANXIN-SEALED 1 ([0-9a-f]{8})\n")
_LONGEST_HEADER = 1024


class NotSealedFile(StorageError):
    """It does not begin as one, or is of a later form."""


class SealedByOther(StorageError):
    """Sealed with a key that is not among ours. The message is that key's fingerprint."""


class BrokenFile(StorageError):
    """Cut short, or changed."""


def is_sealed(file: Path) -> bool:
    """Whether the file begins as a sealed one does."""
    with file.open("rb") as raw:
        return raw.read(len(_NAME)) == _NAME


class _Writer(io.RawIOBase):
    """What is written goes out in pieces; the last one on `finish`."""

    def __init__(self, raw: IO[bytes], cipher: AESGCM, header: bytes) -> None:
        self._raw, self._cipher, self._header = raw, cipher, header
        self._number = 0
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        given = bytes(data)  # type: ignore[call-overload]
        self._waiting += given
        while len(self._waiting) > PIECE:
            self._put(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]
        return len(given)

    def finish(self) -> None:
        self._put(bytes(self._waiting), last=True)

    def _put(self, piece: bytes, *, last: bool) -> None:
        self._raw.write(self._cipher.encrypt(_nonce(self._number, last=last), piece, self._header))
        self._number += 1


class _Reader(io.RawIOBase):
    """Reads anywhere; each piece is authenticated before a byte of it is given."""

    def __init__(self, raw: IO[bytes], cipher: AESGCM, header: bytes) -> None:
        self._raw, self._cipher, self._header = raw, cipher, header
        length = raw.seek(0, os.SEEK_END) - len(header)
        self._pieces = max(1, -(-length // (PIECE + _TAG)))
        self._size = length - self._pieces * _TAG
        self._at = 0
        self._held: tuple[int, bytes] = (-1, b"")
        self._piece(self._pieces - 1)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        if self._at >= self._size or not len(view):
            return 0
        number, start = divmod(self._at, PIECE)
        part = self._piece(number)[start : start + len(view)]
        view[: len(part)] = part
        self._at += len(part)
        return len(part)

    def _piece(self, number: int) -> bytes:
        if self._held[0] != number:
            self._raw.seek(len(self._header) + number * (PIECE + _TAG))
            nonce = _nonce(number, last=number == self._pieces - 1)
            try:
                piece = self._cipher.decrypt(nonce, self._raw.read(PIECE + _TAG), self._header)
            except (InvalidTag, ValueError):
                raise BrokenFile(number) from None
            self._held = (number, piece)
        return self._held[1]


@contextmanager
def sealing(raw: IO[bytes], sealer: Sealer) -> Iterator[io.RawIOBase]:
    """What is written comes out sealed in `raw`; it is whole only when the block ends without an error."""
    key = Fernet.generate_key().decode()
    header = b"%s1 %s\n%s\n" % (_NAME, sealer.fingerprint.encode(), sealer.seal(key).encode())
    raw.write(header)
    writer = _Writer(raw, _cipher(key), header)
    yield writer
    writer.finish()


def opened(raw: IO[bytes], sealer: Sealer) -> io.BufferedReader:
    """What is in a sealed file. Raises `NotSealedFile`, `SealedByOther`, `BrokenFile`, the last while reading too."""
    start = raw.read(_LONGEST_HEADER)
    named = _FIRST_LINE.match(start)
    end = start.find(b"\n", named.end()) if named else -1
    if named is None or end < 0:
        raise NotSealedFile
    try:
        key = sealer.open(start[named.end() : end].decode("ascii", "replace"))
    except CannotOpen:
        fingerprint = named[1].decode()
        raise (BrokenFile(0) if fingerprint in sealer.fingerprints else SealedByOther(fingerprint)) from None
    return io.BufferedReader(_Reader(raw, _cipher(key), start[: end + 1]), PIECE)


def _cipher(key: str) -> AESGCM:
    """`key`: 32 bytes as Fernet writes them."""
    return AESGCM(base64.urlsafe_b64decode(key))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\1" if last else b"\0")
