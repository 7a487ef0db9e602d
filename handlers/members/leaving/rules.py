"""How a handing over is written: 甲 给 乙, 甲 给 乙 确认, 甲 确认."""

import re
from dataclasses import dataclass

from handlers.members.leaving import phrases
from knowledge.folding import fold

_WORDS = re.compile(
    r"(?P<leaver>\S+?)(?:\s+(?:(?:交)?给|由)\s*(?P<successor>\S+?)(?:\s*接(?:手|任)?)?)?"
    rf"(?P<sure>\s+{phrases.CONFIRM})?"
)


@dataclass(frozen=True, slots=True)
class Succession:
    """Who leaves, who follows ("" nobody), and whether it is to be done now. Names as typed, maybe `姓名@村`."""

    leaver: str
    successor: str
    sure: bool


def succession(words: str) -> Succession:
    """Raises `BadInput`.

    >>> succession("小李 给 小王")
    Succession(leaver='小李', successor='小王', sure=False)
    >>> succession("小李@永续社区 交给小王 确认")
    Succession(leaver='小李@永续社区', successor='小王', sure=True)
    >>> succession("小李 确认")
    Succession(leaver='小李', successor='', sure=True)
    """
    found = _WORDS.fullmatch(fold(words).strip().rstrip("。"))
    if found is None or found["leaver"] in ("给", "由", phrases.CONFIRM):
        raise phrases.unread()
    return Succession(found["leaver"], found["successor"] or "", found["sure"] is not None)
