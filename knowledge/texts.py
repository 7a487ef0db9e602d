"""The stored forms of passages, by number, in a file of their own beside the engine's.

The engine maps its files, and what is mapped and read counts as this process's memory; of this one only what is
asked for is read.
"""

import errno
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

NAME = "texts.db"
_AT_ONCE = 500
"""Numbers in one statement; old SQLite takes 999."""
_UNSAFE = 20_000
"""Rows written before they are made safe, so that the journal stays small."""


class Texts:
    """Open with `Texts.open`. Safe in threads; one process writes at a time.

    Rows that no document of the index points to do no harm, and go with the next `keep`. The file itself stays when
    the index is emptied, because another process may have it open.
    """

    def __init__(self, file: sqlite3.Connection) -> None:
        self._lock = threading.Lock()
        self._file = file
        self._unsafe = 0

    @classmethod
    def open(cls, folder: Path | None) -> Self:
        """Those in `folder`, or none yet in memory. A file that is broken is made anew.

        Raises `OSError` where it cannot be opened or written.
        """
        if folder is None:
            return cls(_opened(":memory:"))
        try:
            texts = cls(_opened(str(folder / NAME)))
            texts.next_number()
            texts._measure(folder)
        except sqlite3.OperationalError as error:
            raise OSError(errno.EIO, f"{NAME}: {error}") from error
        except sqlite3.DatabaseError:
            for path in folder.glob(f"{NAME}*"):
                path.unlink(missing_ok=True)
            texts = cls(_opened(str(folder / NAME)))
        return texts

    def _measure(self, folder: Path) -> None:
        """Raises `sqlite3.DatabaseError` for a file that was cut short, also where that cost no row yet."""
        journal, file = folder / f"{NAME}-wal", folder / NAME
        if journal.exists() and journal.stat().st_size:
            return
        pages, size = (self._file.execute(f"PRAGMA {of}").fetchone()[0] for of in ("page_count", "page_size"))
        if file.stat().st_size < pages * size:
            raise sqlite3.DatabaseError(f"{NAME} was cut short")

    def next_number(self) -> int:
        """One more than any number in the file."""
        with self._lock:
            found = self._file.execute("SELECT max(number) FROM text").fetchone()[0]
        return int(found or 0) + 1

    def add(self, first: int, stored: Sequence[bytes]) -> None:
        """Under the numbers from `first` on. Safe on the disk after `commit`."""
        with self._lock:
            self._file.executemany("INSERT INTO text VALUES (?, ?)", enumerate(stored, first))
            self._unsafe += len(stored)
            if self._unsafe > _UNSAFE:
                self._file.commit()
                self._unsafe = 0

    def commit(self) -> None:
        """What was added and removed is safe from now on."""
        with self._lock:
            self._file.commit()
            self._file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._unsafe = 0

    def keep(self, ranges: Iterable[tuple[int, int]]) -> None:
        """Remove all but these: number of the first, how many."""
        end = 1
        gaps = []
        for first, count in sorted(ranges):
            if first > end:
                gaps.append((end, first))
            end = max(end, first + count)
        with self._lock:
            self._file.executemany("DELETE FROM text WHERE number >= ? AND number < ?", gaps)
            self._file.execute("DELETE FROM text WHERE number >= ?", (end,))

    def read(self, numbers: Sequence[int]) -> dict[int, bytes]:
        """Those that are there."""
        found: dict[int, bytes] = {}
        for start in range(0, len(numbers), _AT_ONCE):
            some = numbers[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            # Only question marks are put into the statement.
            statement = f"SELECT number, stored FROM text WHERE number IN ({marks})"  # noqa: S608
            with self._lock:
                found.update(self._file.execute(statement, some).fetchall())
        return found


def _opened(path: str) -> sqlite3.Connection:
    file = sqlite3.connect(path, timeout=30, check_same_thread=False)
    try:
        file.execute("PRAGMA journal_mode=WAL")
        file.execute("PRAGMA mmap_size=0")
        file.execute("CREATE TABLE IF NOT EXISTS text (number INTEGER PRIMARY KEY, stored BLOB)")
        file.commit()
    except sqlite3.Error:
        file.close()
        raise
    return file
