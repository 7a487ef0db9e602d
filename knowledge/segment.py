"""Chinese text into terms: jieba's words, and character pairs that need no dictionary."""

import hashlib
import logging
import re
import threading
import warnings
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from math import log
from pathlib import Path
from typing import Any

from knowledge.folding import fold

_RUN = re.compile(r"[0-9a-z]+(?:\.[0-9]+)?|[㐀-鿿豈-﫿]+")
_SHORT = 64
"""Characters of a text whose words are kept: a question is cut more than once, official words come again."""
_RAREST = 16.0
"""Information of a word no dictionary knows, in nats; the rarest words jieba counts have about this much."""


class Segmenter:
    """Words of a text by a tokenizer of its own, never jieba's global one.

    `cache_dir` is private (mode 0700), because jieba trusts the dictionary cache it finds there.
    The dictionary (about 75 MB, a second or two) is loaded at the first use, or by `warm`. Safe in threads.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     s = Segmenter(Path(folder, "jieba"))
    ...     s.words("申请最低生活保障，要带啥？"), s.bigrams("低保金 500元")
    (['申请', '最低', '生活', '保障', '要', '带', '啥'], ['低保', '保金', '500', '元'])
    """

    def __init__(self, cache_dir: Path) -> None:
        self.cache_dir = cache_dir
        self._loading = threading.Lock()
        self._often = lru_cache(4096)(self._cut)
        self._tokenizer: Any = None

    def warm(self) -> None:
        """Load the dictionary now."""
        self._loaded()

    def words(self, text: str) -> list[str]:
        """Words, long ones also in their parts (`cut_for_search`), folded and in lower case; no marks.

        Words that overlap come in no particular order.
        """
        return list(self._often(text)) if len(text) <= _SHORT else self._cut(text)

    def _cut(self, text: str) -> list[str]:
        cut = self._loaded().cut_for_search
        return [word for run in _runs(text) for word in (cut(run) if run[0] > "z" else (run,))]

    def bigrams(self, text: str) -> list[str]:
        """Every two neighbouring Han characters, one that stands alone; numbers and Latin words whole."""
        return [pair for run in _runs(text) for pair in _pairs(run)]

    def characters(self, text: str) -> list[str]:
        """Every Han character; numbers and Latin words whole."""
        return [part for run in _runs(text) for part in (run if run[0] > "z" else (run,))]

    def information(self, word: str) -> float:
        """How much a word tells, in nats: minus the logarithm of its share of general Chinese text.

        The same in every base, small or large, which makes scores over them comparable.
        """
        tokenizer = self._loaded()
        count = tokenizer.FREQ.get(word, 0)
        return min(_RAREST, log(tokenizer.total / count)) if count else _RAREST

    def fingerprint(self) -> str:
        """Changes when the same text may be cut differently: an index made under another one is stale."""
        return hashlib.sha256(f"1\0{_own_words()}".encode()).hexdigest()[:16]

    def _loaded(self) -> Any:
        if self._tokenizer is None:
            with self._loading:
                if self._tokenizer is None:
                    self._tokenizer = self._load()
        return self._tokenizer

    def _load(self) -> Any:
        with warnings.catch_warnings():
            # its source predates raw-string escapes and the end of pkg_resources
            warnings.simplefilter("ignore")
            import jieba
        jieba.setLogLevel(logging.WARNING)
        self.cache_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.cache_dir.chmod(0o700)
        tokenizer = jieba.Tokenizer()
        tokenizer.tmp_dir = str(self.cache_dir)
        tokenizer.initialize()
        for line in _own_words().splitlines():
            word = line.partition("#")[0].strip()
            if word:
                tokenizer.add_word(word, tokenizer.FREQ.get(word) or _USUAL)
        return tokenizer


_USUAL = 20_000
"""Count given to a word of our own, high enough that it is not parted."""


def _own_words() -> str:
    return resources.files("knowledge.lexicon").joinpath("words.txt").read_text(encoding="utf-8")


def _runs(text: str) -> Iterator[str]:
    return (m[0] for m in _RUN.finditer(fold(text).lower()))


def _pairs(run: str) -> Iterator[str]:
    if len(run) == 1 or run[0] <= "z":
        yield run
        return
    for a, b in pairwise(run):
        yield a + b
