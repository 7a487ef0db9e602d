"""Moderation: words that may not stand where others will read them.

Lists are the operator's: `moderation/*.txt` in the data folder, a word a line, `#` before a comment, `!` before what
contains a word and is meant otherwise (`!学转账`); they are read again whenever a file changes. Two are ours, in
`lists/`: money, as none passes through the bot (慈善法), and advertising. A file of the same name in the data folder
takes the place of ours. Questions about the law are not looked at: who asks about loans is answered.
"""

import logging
import re
import threading
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ahocorasick_rs import AhoCorasick, MatchKind

from bot.chat.command import service
from bot.chat.errors import DomainError
from bot.moderation import phrases

log = logging.getLogger(__name__)

OURS = Path(__file__).with_name("lists")

_Stamp = tuple[tuple[str, int, int, int], ...]


class NotHere(DomainError):
    """The words hold one of a list; `list_name` is the file's, without its ending. Which word is not told."""

    def __init__(self, list_name: str) -> None:
        self.list_name = list_name
        super().__init__(phrases.REFUSED.get(list_name, phrases.ELSE))


@dataclass(frozen=True, slots=True)
class Word:
    """As it is compared; `spared`: it is meant otherwise."""

    bare: str
    list_name: str
    spared: bool


def bare(text: str) -> str:
    """Letters and digits alone, in one width and case: `转 账`, `转.账` and `转账` are one.

    >>> bare("加 Ｗ·X　领！")
    '加wx领'
    """
    return "".join(mark for mark in unicodedata.normalize("NFKC", text).casefold() if mark.isalnum())


_SUM = re.compile(r"[\d一二两三四五六七八九十百千万几]+(?=[块元万])")


def _compared(text: str) -> str:
    """As `bare`, and each sum is any: 500块钱 and 两千块钱 are 几块钱."""
    return _SUM.sub("几", bare(text))


@service
class WordLists:
    """Safe in threads. `folder` need not exist."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._stamp: _Stamp | None = None
        self._words: list[Word] = []
        self._automaton: AhoCorasick | None = None
        self._reading = threading.Lock()

    def admit(self, *texts: str) -> None:
        """Raises `NotHere` when one of the texts holds a word of a list."""
        for text in texts:
            found = self.list_of(text)
            if found is not None:
                raise NotHere(found)

    def list_of(self, text: str) -> str | None:
        """The list one of whose words the text holds; None when it holds none.

        Where words overlap the leftmost counts, and of those the longest: so what is spared hides the word in it.
        """
        automaton, words = self._read()
        if automaton is None:
            return None
        found = (words[index] for index, _, _ in automaton.find_matches_as_indexes(_compared(text)))
        return next((word.list_name for word in found if not word.spared), None)

    def _read(self) -> tuple[AhoCorasick | None, list[Word]]:
        with self._reading:
            files = {path.stem: path for path in sorted(OURS.glob("*.txt"))}
            if self._folder is not None:
                files |= {path.stem: path for path in sorted(self._folder.glob("*.txt"))}
            stamp = _stamp(files.values())
            if stamp != self._stamp:
                self._stamp = stamp
                self._words = [word for name, path in files.items() for word in _words(name, path)]
                patterns = [word.bare for word in self._words]
                self._automaton = AhoCorasick(patterns, MatchKind.LeftmostLongest) if patterns else None
                log.info("moderation_read", extra={"lists": len(files), "words": len(patterns)})
            return self._automaton, self._words


def _stamp(paths: Iterable[Path]) -> _Stamp:
    """Changes when a file is written, replaced, added or taken away."""
    found = []
    for path in paths:
        with suppress(OSError):
            stat = path.stat()
            found.append((str(path), stat.st_mtime_ns, stat.st_size, stat.st_ino))
    return tuple(found)


def _words(name: str, path: Path) -> list[Word]:
    """The words of one file; a line that cannot be read is reported and left out."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        log.warning("moderation_fault", extra={"file": path.name, "line": 0, "reason": phrases.BAD_ENCODING})
        return []
    found: list[Word] = []
    for number, line in enumerate(lines, start=1):
        said = line.partition("#")[0].strip()
        if not said:
            continue
        spared = said.startswith(("!", "！"))
        word = _compared(said[1:] if spared else said)
        if word:
            found.append(Word(word, name, spared))
        else:
            log.warning(
                "moderation_fault", extra={"file": path.name, "line": number, "reason": phrases.EMPTY_WORD}
            )
    return found
