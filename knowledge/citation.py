"""What is named outright: 《劳动合同法》第三十八条, 劳动合同法38条, 民法典1067条, 民发〔2021〕57号."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.catalogue import Catalogue, Entry
from knowledge.folding import NUMERAL, article_name, fold, title_key
from knowledge.lexicon import Lexicon

_NUM = rf"(?:[{NUMERAL}]{{1,9}}|[0-9]{{1,4}})"
_ARTICLE = re.compile(rf"第?\s*{_NUM}\s*条(?:\s*之\s*{_NUM})?")
_QUOTED = re.compile(r"《([^《》]{2,80}(?:《[^《》]{2,60}》[^《》]{0,40})?)》")
_NEXT = re.compile(rf"\s*{_ARTICLE.pattern}")
_REACH = 40
_MATTER = re.compile("[一-鿿]{2,}")
_ABOUT = re.compile(
    "请问|你好|您好|帮我|查一下|查|看一下|看看|找|文件|通知|这个|那个|是什么|什么|内容|讲了|讲的|说了|说的|讲|说|规定|原文"
    "|有没有|还有效|有效|吗|呢|的|是|哪个|啥|关于|一下|全文|依据|根据"
)


@dataclass(frozen=True, slots=True)
class Citation:
    """A document that is in the base, newest version first, and the article named with it, if any.

    `numbered`: it was named by its 文号, without an article. `alone`: the question asks for nothing besides.
    `cards`: passages of cards that rest on it, by its 文号.
    """

    versions: tuple[Entry, ...]
    article: str | None
    numbered: bool = False
    alone: bool = False
    cards: tuple[str, ...] = ()


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
    for typed, entries, cards in catalogue.numbered(text):
        rest = text[: typed.start] + text[typed.end :]
        if not _NEXT.match(text, typed.end):
            alone = not _MATTER.search(_ABOUT.sub("", rest))
            yield Citation(tuple(entries), None, numbered=True, alone=alone, cards=tuple(cards))


def named(title: str, catalogue: Catalogue, lexicon: Lexicon) -> tuple[Entry, ...]:
    """Versions of a law by its full or short name or its 文号, newest first."""
    whole = fold(title).strip()
    for typed, entries, _ in catalogue.numbered(whole):
        if entries and typed.end == len(whole):
            return tuple(entries)
    return tuple(catalogue.versions(lexicon.full_name(title_key(title))))


def _named_before(text: str, catalogue: Catalogue, lexicon: Lexicon) -> tuple[Entry, ...]:
    """The longest law name that ends right here: 请问劳动合同法 | 38条."""
    tail = text[-_REACH:].rstrip(" 的,，、:：")
    for start in range(len(tail) - 1):
        if found := named(tail[start:], catalogue, lexicon):
            return found
    return ()
