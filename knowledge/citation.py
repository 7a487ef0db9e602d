"""An article named outright: 《劳动合同法》第三十八条, 劳动合同法38条, 民法典1067条."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.catalogue import Catalogue, Entry
from knowledge.folding import NUMERAL, article_name, fold, title_key
from knowledge.lexicon import Lexicon

_NUM = rf"(?:[{NUMERAL}]{{1,9}}|[0-9]{{1,4}})"
_ARTICLE = re.compile(rf"第?\s*{_NUM}\s*条(?:\s*之\s*{_NUM})?")
_QUOTED = re.compile(r"《([^《》]{2,80}(?:《[^《》]{2,60}》[^《》]{0,40})?)》")
_REACH = 40


@dataclass(frozen=True, slots=True)
class Citation:
    """A law that is in the base, newest version first, and the article named with it, if any."""

    versions: tuple[Entry, ...]
    article: str | None


def citations(question: str, catalogue: Catalogue, lexicon: Lexicon) -> Iterator[Citation]:
    """What a question names outright and the base has, in order of appearance."""
    text = fold(question)
    ends: set[int] = set()
    for m in _ARTICLE.finditer(text):
        article = article_name(re.sub(r"\s", "", m[0]))
        if article and (versions := _named_before(text[: m.start()], catalogue, lexicon)):
            ends.add(text.rfind("》", 0, m.start()))
            yield Citation(versions, article)
    for m in _QUOTED.finditer(text):
        if m.end() - 1 not in ends and (versions := named(m[1], catalogue, lexicon)):
            yield Citation(versions, None)


def named(title: str, catalogue: Catalogue, lexicon: Lexicon) -> tuple[Entry, ...]:
    """Versions of a law by its full or short name, newest first."""
    return tuple(catalogue.versions(lexicon.full_name(title_key(title))))


def _named_before(text: str, catalogue: Catalogue, lexicon: Lexicon) -> tuple[Entry, ...]:
    """The longest law name that ends right here: 请问劳动合同法 | 38条."""
    tail = text[-_REACH:].rstrip(" 的,，、:：")
    for start in range(len(tail) - 1):
        if found := named(tail[start:], catalogue, lexicon):
            return found
    return ()
