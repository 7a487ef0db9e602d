"""An office's own word tables, in its data folder: read again whenever a file changes, without a new index.

A line that cannot be read is reported by file and number and does not stop anybody's answers: the words stay as
they last were in order; at the start, the lines that can be read are taken.
"""

import logging
import threading
from pathlib import Path

from knowledge.lexicon import TABLES, Fault, Lexicon, readable_lexicon

log = logging.getLogger(__name__)

_Stamp = tuple[tuple[str, int, int, int], ...]


class OwnLexicon:
    """Watches one folder, which need not exist. Safe in threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: tuple[Fault, ...] = ()
        self._stamp: _Stamp = ()
        self._started = False
        self._looking = threading.Lock()

    def refresh(self) -> Lexicon | None:
        """All words, ours and the office's, when its files changed and are in order; else None.

        When nothing changed, this is a look at the folder.
        """
        with self._looking:
            stamp = self._look()
            first, self._started = not self._started, True
            if stamp == self._stamp:
                return None
            self._stamp = stamp
            lexicon, faults = readable_lexicon(self.folder)
            self.faults = (*faults, *self._strangers(stamp))
        for fault in self.faults:
            log.warning(
                "lexicon_fault", extra={"file": fault.file, "line": fault.line, "reason": fault.reason}
            )
        if faults and not first:
            return None
        log.info("lexicon_read", extra={"folder": str(self.folder), "faults": len(faults)})
        return lexicon

    def _look(self) -> _Stamp:
        """Changes when a file is written, replaced, added or taken away."""
        try:
            stats = [(path.name, path.stat()) for path in sorted(self.folder.glob("*.txt"))]
        except OSError:
            return self._stamp
        return tuple((name, stat.st_mtime_ns, stat.st_size, stat.st_ino) for name, stat in stats)

    def _strangers(self, stamp: _Stamp) -> tuple[Fault, ...]:
        reason = f"没有这张词表，可以有：{'、'.join(TABLES)}。"
        return tuple(Fault(name, 0, reason) for name, *_ in stamp if name not in TABLES)
