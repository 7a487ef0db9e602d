"""Notices: how a follower who has not spoken is told that something waits (模板消息, 订阅通知).

Follows 模板消息 运营规范 and 订阅通知: an account may send only what stands in its own template, word by word
filled into keywords. The operator writes the template's id and its keywords into a setting:
`ngqIpbwh8bUfcSsECmogfXcV14J0tQlEpBO27izEYtY thing1 thing2 time3`.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from bot.channels import phrases as say

THING: Final = 20
"""Characters of a `thing`, the one sort of keyword that takes free text."""

_SORT = re.compile(r"[0-9]+$")


@dataclass(frozen=True, slots=True)
class Notice:
    """A template and its keywords, in the order in which a text is poured into its things."""

    template: str
    keywords: tuple[str, ...]

    @classmethod
    def read(cls, setting: str) -> Self | None:
        """From a setting as `bot.settings` lets it through; None for an empty one."""
        template, *keywords = setting.split() or [""]
        return cls(template, tuple(keywords)) if template else None

    def holds(self, text: str) -> bool:
        """Whether the whole of `text` fits: otherwise the notice only says that something waits."""
        return len(_one_line(text)) <= self._room

    def filled(self, text: str, at: datetime) -> dict[str, str]:
        """A value for each keyword: `text` over the things, cut with a word on how to see the rest."""
        words = _one_line(text)
        if len(words) > self._room:
            words = words[: self._room - len(say.NOTICE_TAIL)] + say.NOTICE_TAIL
        pieces = [words[start : start + THING] for start in range(0, len(words), THING)]
        values: dict[str, str] = {}
        for keyword in self.keywords:
            match _SORT.sub("", keyword):
                case "thing":
                    values[keyword] = pieces.pop(0) if pieces else say.NOTICE_NOTHING
                case "time":
                    values[keyword] = say.NOTICE_TIME.format(at=at)
                case "date":
                    values[keyword] = say.NOTICE_DATE.format(at=at)
                case "phrase":
                    values[keyword] = say.NOTICE_PHRASE
                case "name":
                    values[keyword] = say.BOT_NAME
        return values

    @property
    def _room(self) -> int:
        return THING * sum(keyword.startswith("thing") for keyword in self.keywords)


def _one_line(text: str) -> str:
    return " ".join(text.split())
