"""What a list of wishes is asked for: conditions in any order, and a page. Which words are places is asked later."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.chat import pages
from handlers.wishes.phrases import AGE_BAND, KIND, STATUS
from storage.wishes import AgeBand, Kind, Status

COMMAND = "/心愿单"
OF = "的"
MINE = frozenset({"我的"})

STATUS_BY_WORD = {word: status for status, word in STATUS.items()} | {
    "退回修改": Status.RETURNED,
    "点亮": Status.FULFILLED,
}
KIND_BY_WORD = {word: kind for kind, word in KIND.items()} | {"东西": Kind.GOODS, "帮忙": Kind.SERVICE}
BANDS_BY_WORD: Mapping[str, frozenset[AgeBand]] = {
    **{word: frozenset({band}) for band, word in AGE_BAND.items()},
    "儿童": frozenset({AgeBand.CHILD}),
    "14-17岁": frozenset({AgeBand.YOUTH}),
    "少年": frozenset({AgeBand.YOUTH}),
    "孩子": frozenset({AgeBand.CHILD, AgeBand.YOUTH}),
    "成人": frozenset({AgeBand.ADULT}),
    "60-79岁": frozenset({AgeBand.ELDER}),
    "老人": frozenset({AgeBand.ELDER, AgeBand.AGED}),
    "老年人": frozenset({AgeBand.ELDER, AgeBand.AGED}),
    "60岁以上": frozenset({AgeBand.ELDER, AgeBand.AGED}),
    "高龄": frozenset({AgeBand.AGED}),
}
FLAG_BY_WORD = {
    "急": "urgent", "紧急": "urgent", "加急": "urgent", "着急": "urgent",
    "近": "near", "附近": "near", "最近": "near", "就近": "near",
    "我的": "mine", "全部": "all", "所有": "all",
}  # fmt: skip

_BETWEEN = re.compile(r"[\s、，,；;。+]+")


@dataclass(frozen=True, slots=True)
class Conditions:
    """`words`: what is no condition of its own: a place, or part of a wish. `page` counts from 1."""

    statuses: frozenset[Status] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    bands: frozenset[AgeBand] = frozenset()
    urgent: bool = False
    near: bool = False
    mine: bool = False
    all: bool = False
    words: tuple[str, ...] = ()
    page: int = 1
    turn: int = 0
    """1: the page after the last list's; -1: the one before it."""
    said: tuple[str, ...] = ()
    """Everything but the page, as it was said."""

    @property
    def narrowed(self) -> bool:
        """Whether anything was asked for beside a state or everything."""
        return bool(self.kinds or self.bands or self.urgent or self.near or self.words)

    @property
    def command(self) -> str:
        """What lists the same, without the page."""
        return " ".join([COMMAND, *self.said])


def read(text: str) -> Conditions:
    """
    >>> found = read("已认领 80岁以上 急 收音机 第３页")
    >>> [*found.statuses, *found.bands, found.urgent, found.words, found.page]
    [<Status.CLAIMED: 'claimed'>, <AgeBand.AGED: 'aged'>, True, ('收音机',), 3]
    """
    left_over, page = pages.without_number(text)
    tokens = [token for token in _BETWEEN.split(left_over) if token]
    turn = next((step for token in tokens if (step := pages.step(token))), 0)
    said = tuple(dict.fromkeys(token for token in tokens if not pages.step(token)))
    left = []
    statuses, kinds, bands, flags = set[Status](), set[Kind](), set[AgeBand](), set[str]()
    for token in said:
        word = token if token in MINE else token.removesuffix(OF)
        if word in STATUS_BY_WORD:
            statuses.add(STATUS_BY_WORD[word])
        elif word in KIND_BY_WORD:
            kinds.add(KIND_BY_WORD[word])
        elif word in BANDS_BY_WORD:
            bands.update(BANDS_BY_WORD[word])
        elif flag := FLAG_BY_WORD.get(word):
            flags.add(flag)
        else:
            left.append(token)
    return Conditions(
        frozenset(statuses), frozenset(kinds), frozenset(bands), "urgent" in flags, "near" in flags,
        "mine" in flags, "all" in flags, tuple(left), page, turn, said,
    )  # fmt: skip
