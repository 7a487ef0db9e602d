"""Whether something is a word, by the list that jieba brings: read without jieba, names of people left out.

It is read at the first question, in a fraction of a second, and kept in little: of each character those that make a
word of two with it, and longer words that begin with none of two.
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_LONGEST = 6


@dataclass(frozen=True, slots=True)
class _Words:
    """`pairs`: by the first character, the second of each word of two; `long`: words that begin with none of them."""

    pairs: dict[str, str]
    long: frozenset[str]


def begins_word(text: str) -> bool:
    """Whether a word of two characters or more stands at the beginning.

    >>> begins_word("黄瓜秧"), begins_word("王秀英")
    (True, False)
    """
    words = _words()
    first, second = text[:1], text[1:2]
    if not second:
        return False
    if second in words.pairs.get(first, ""):
        return True
    return any(text[:length] in words.long for length in range(3, min(len(text), _LONGEST) + 1))


@cache
def _words() -> _Words:
    package = find_spec("jieba")
    folders = package.submodule_search_locations if package is not None else None
    if not folders:
        raise ModuleNotFoundError("jieba")
    pairs: defaultdict[str, list[str]] = defaultdict(list)
    long = set[str]()
    with Path(folders[0], "dict.txt").open(encoding="utf-8") as lines:
        for line in lines:
            word, _, tag = line.split()
            if tag.startswith("nr"):
                continue
            if len(word) == 2:
                pairs[word[0]].append(word[1])
            elif len(word) <= _LONGEST:
                long.add(word)
    seconds = {first: "".join(marks) for first, marks in pairs.items()}
    return _Words(
        seconds,
        frozenset(word for word in long if word[1:2] not in seconds.get(word[0], "")),
    )
