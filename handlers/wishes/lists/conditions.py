"""What a list of wishes is asked for: conditions in any order, and a page. Which words are places is asked later."""

import re
from dataclasses import dataclass

from handlers.wishes.lists import phrases
from knowledge.folding import NUMERAL, fold, number
from storage.wishes import AgeBand, Kind, Status

_PAGE = re.compile(rf"(?<![下后上前])第?\s*(\d{{1,4}}|[{NUMERAL}]{{1,4}})\s*页")
_BETWEEN = re.compile(r"[\s、，,；;。+]+")


@dataclass(frozen=True, slots=True)
class Conditions:
    """`words`: what is no condition of its own: a place, or part of a wish. `page` counts from 1; 0: the next one."""

    statuses: frozenset[Status] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    bands: frozenset[AgeBand] = frozenset()
    urgent: bool = False
    near: bool = False
    mine: bool = False
    all: bool = False
    words: tuple[str, ...] = ()
    page: int = 1
    said: tuple[str, ...] = ()
    """Everything but the page, as it was said."""

    @property
    def narrowed(self) -> bool:
        """Whether anything was asked for beside a state or everything."""
        return bool(self.kinds or self.bands or self.urgent or self.near or self.words)

    def at(self, page: int) -> str:
        """The command that shows this page."""
        return " ".join([phrases.COMMAND, *self.said, phrases.PAGE_NO.format(page)])


def read(text: str) -> Conditions:
    """
    >>> found = read("已认领 80岁以上 急 收音机 第３页")
    >>> [*found.statuses, *found.bands, found.urgent, found.words, found.page]
    [<Status.CLAIMED: 'claimed'>, <AgeBand.AGED: 'aged'>, True, ('收音机',), 3]
    """
    folded = fold(text)
    pages = [named for found in _PAGE.finditer(folded) if (named := number(found[1])) is not None]
    tokens = [token for token in _BETWEEN.split(_PAGE.sub(" ", folded)) if token]
    following = any(token in phrases.NEXT for token in tokens)
    said = tuple(dict.fromkeys(token for token in tokens if token not in phrases.NEXT))
    left = []
    statuses, kinds, bands, flags = set[Status](), set[Kind](), set[AgeBand](), set[str]()
    for token in said:
        word = token if token in phrases.MINE else token.removesuffix(phrases.OF)
        if word in phrases.STATUS_BY_WORD:
            statuses.add(phrases.STATUS_BY_WORD[word])
        elif word in phrases.KIND_BY_WORD:
            kinds.add(phrases.KIND_BY_WORD[word])
        elif word in phrases.BANDS_BY_WORD:
            bands.update(phrases.BANDS_BY_WORD[word])
        elif flag := phrases.FLAG_BY_WORD.get(word):
            flags.add(flag)
        else:
            left.append(token)
    return Conditions(
        frozenset(statuses), frozenset(kinds), frozenset(bands), "urgent" in flags, "near" in flags,
        "mine" in flags, "all" in flags, tuple(left), 0 if following else max([*pages, 1]), said,
    )  # fmt: skip
