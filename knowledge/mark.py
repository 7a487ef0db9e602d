"""What the ranking knows of a passage without opening it: five numbers beside its terms."""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from knowledge.folding import number, title_key
from knowledge.passage import Document, Passage


class Mark(NamedTuple):
    """`file`, `law`, `chapter`, `ref`: 48-bit names of the source, the law, its chapter and its article.

    The file is not stored with a passage: its document is known by the passage's place among the texts.

    A law is known by the key of its title and an article by its number, so that they are the same in every import,
    and a card has the marks of the article it cites. `shape`: article's number * 2**32 + characters.
    """

    file: int
    law: int
    chapter: int
    ref: int
    shape: int


STORED = tuple(name for name in Mark._fields if name != "file")
"""What the index keeps of a mark."""


def mark_of(document: Document, passage: Passage) -> Mark:
    """The marks of a passage of a document."""
    card = passage.card
    key = title_key(card.law if card else document.title)
    law = named(key)
    chapter = law if card else named(key, passage.heading)
    ref = article_ref(key, passage.article) if key and passage.article else named(document.source, passage.id)
    place = number(passage.article.removeprefix("第").partition("条")[0]) if passage.article else 0
    return Mark(named(document.source), law, chapter, ref, ((place or 0) << 32) + len(passage.text))


def article_ref(key: str, article: str) -> int:
    """The name of an article of the law with this title key; the Civil Code is one law, whatever its files."""
    return named("民法典" if key.startswith("民法典") else key, "#" + article)


def named(*parts: str) -> int:
    """48 bits that stand for a name: of a million, two are the same by a chance of one in 500.

    >>> named("民法典") == named("民法典"), named("民", "法典") == named("民法典")
    (True, False)
    """
    return int.from_bytes(hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).digest()[:6])


def files(sources: Iterable[str]) -> NDArray[np.int64]:
    """The names of files, as in the field `file` of their marks."""
    return np.array([named(source) for source in sources], dtype=np.int64)
