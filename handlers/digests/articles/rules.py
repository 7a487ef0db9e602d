"""What makes an article fit for the digest, and what it is called there."""

import hashlib
from dataclasses import dataclass
from datetime import date

from bot.chat.converters import readable
from handlers.digests.articles import phrases
from knowledge.folding import fold
from storage.digests import Item

LONGEST_TITLE = 80
LONGEST_BODY = 3_000
"""Characters."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An article as it came. `where`: the file or the row it is from, in words. `why`: a sentence, may be empty."""

    where: str
    kind: str
    title: str
    body: str
    source: str
    why: str = ""


class Refused(Exception):
    """The article cannot be an item; the message is one sentence."""


def kind_of(word: str) -> str:
    """The kind a person's word means. Raises `Refused`.

    >>> kind_of("案例"), kind_of("daily_read")
    ('case', 'daily_read')
    """
    word = word.strip().strip("〔〕[]【】")
    if not word:
        raise Refused(phrases.KIND_MISSING)
    for kind, label in phrases.KINDS.items():
        if word in (kind, label):
            return kind
    raise Refused(phrases.NO_KIND.format(word=word[:10]))


def key_of(kind: str, title: str) -> str:
    """An article's own name: that of its kind and title, so that its words may be corrected under it.

    >>> key_of("case", "一个新书记，三个领路人") == key_of("case", "一个新书记， 三个领路人")
    True
    """
    named = f"{kind}\0{''.join(fold(title).split())}"
    return f"article-{hashlib.sha256(named.encode()).hexdigest()[:12]}"


def item_of(draft: Draft, today: date) -> Item:
    """The article as an item of the digest. Raises `Refused`."""
    kind = kind_of(draft.kind)
    title, source, why = (" ".join(readable(text).split()) for text in (draft.title, draft.source, draft.why))
    body = "\n".join(line.strip() for line in readable(draft.body).splitlines() if line.strip())
    if not title:
        raise Refused(phrases.NO_TITLE)
    if len(title) > LONGEST_TITLE:
        raise Refused(phrases.LONG_TITLE.format(length=len(title), most=LONGEST_TITLE))
    if not body:
        raise Refused(phrases.NO_BODY)
    if len(body) > LONGEST_BODY:
        raise Refused(phrases.LONG_BODY.format(length=len(body), most=LONGEST_BODY))
    return Item(key_of(kind, title), kind, title, body, source, today, why=why)
