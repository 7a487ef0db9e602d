"""What the base is made of: a document cut into passages, and the plain-words card. Frozen values."""

import hashlib
from dataclasses import dataclass
from datetime import date

from knowledge.folding import question_key

LAW, CARD = "law", "card"
"""Kinds of document: an original text, or a file of plain-words cards."""

IN_FORCE, REPEALED = "in_force", "repealed"
"""What is said of a document's standing; "" where nobody says."""


@dataclass(frozen=True, slots=True)
class Card:
    """An answer in plain words. `law` and `article` name what it rests on, as written by its keeper.

    `issued`: the day of the text it rests on, where that is a later one than `effective`.
    `where`, `bring`, `takes`: 去哪办, 带什么, 几天; empty where they do not apply.
    `phrase`: words of that article the card rests on. `reviewed`: the day it was last checked against them;
    `review`: what a person still has to check. `local`: the amounts it speaks of that every county sets for
    itself (names of `lexicon/figures.txt`). `origin`: of a keeper's card, who answered whose question, when;
    `places`: where it holds with all that lies below, () for everywhere; `same`: the id of the card of which
    it is another way of asking.
    """

    id: str
    title: str
    questions: tuple[str, ...]
    answer: str
    where: str = ""
    bring: str = ""
    takes: str = ""
    law: str = ""
    article: str | None = None
    phrase: str = ""
    effective: date | None = None
    reviewed: date | None = None
    review: str = ""
    tags: tuple[str, ...] = ()
    local: tuple[str, ...] = ()
    origin: str = ""
    issued: date | None = None
    places: tuple[str, ...] = ()
    same: str = ""

    @property
    def asked(self) -> tuple[str, ...]:
        """Every way it is asked for."""
        return (*self.questions, self.title)

    @property
    def searchable(self) -> str:
        """The words by which this card should be found."""
        return "\n".join((self.title, *self.questions, " ".join(self.tags), self.answer))

    def asks(self, question: str) -> bool:
        """Whether it was written for this very question."""
        return question_key(question) in map(question_key, self.questions)


@dataclass(frozen=True, slots=True)
class Passage:
    """One article or section, whole and word for word.

    `id`: ten hex digits, the same again when the same source is cut again (`passage_id`).
    `article`: 第九条, 第一百三十三条之一, or None for a section.
    `heading`: titles of 编, 章, 节 above it, outermost first, joined by " > ".
    """

    id: str
    article: str | None
    heading: str
    text: str
    card: Card | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One imported file.

    `source`: POSIX path relative to the imported root; the identity of a document in the base.
    `kind`: "law" or "card". `digest`: SHA-256 of the file's bytes, hex; of a document from the database, of that
    and of all that is known of it.
    `issued`: the day this version was passed or published. `effective`, `expires`: as the text says.
    `region`: the place it holds in (山东, 济宁, 金乡); "" holds everywhere. `number`: 文号 (民发〔2021〕57号).
    `status`: IN_FORCE, REPEALED or "". `superseded_by`: source, title or 文号 of what took its place.
    `corrected`: names of what an operator said better than the text.
    """

    source: str
    title: str
    kind: str
    issuer: str
    issued: date | None
    effective: date | None
    expires: date | None
    region: str
    digest: str
    passages: tuple[Passage, ...]
    number: str = ""
    status: str = ""
    superseded_by: str = ""
    corrected: tuple[str, ...] = ()


def passage_id(source: str, article: str | None, ordinal: int) -> str:
    """Ten hex digits; `ordinal` counts the passages of `source` that have this very `article`, from 0.

    >>> passage_id("低保.md", "第九条", 0) == passage_id("低保.md", "第九条", 0)
    True
    """
    return hashlib.sha256(f"{source}\0{article or ''}\0{ordinal}".encode()).hexdigest()[:10]
