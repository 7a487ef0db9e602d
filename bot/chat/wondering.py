"""Whether words ask us something, when what they should do is answer us."""

import re
from typing import Final

from knowledge.folding import fold

SHORTEST: Final = 4
"""Letters of a question that says what it is about: 什么 alone asks what we meant."""

_WONDERS = re.compile(
    r"怎么|怎样|咋|如何|为什么|为啥|什么|啥|多少|多久|多长时间|几天|哪|是不是|能不能|可不可以"
)
_ANY_WILL_DO = re.compile(
    r"(?:怎么|怎样|咋|什么|啥|多少|哪).{0,6}?[都也]|没什么|没啥|随便|不知道|说不|不清楚|不晓得|忘"
)
_OUR_STEP = re.compile(r"意思|(?:怎么|咋|如何)(?:填|写|选|回|答)")
_ENDS_SO = re.compile(r"(?:[?]|[吗么])\s*$")
_BEGS_LEAVE = re.compile(r"(?:[行好中]|可以)(?:[吗么不]|不[行好中])?[?\s]*$")


def wonders(words: str) -> bool:
    """Whether words hold a question word that is meant as one.

    >>> wonders("老人低保怎么申请"), wonders("什么时候都行"), wonders("怎么写？")
    (True, False, False)
    """
    said = _said(words)
    return bool(_WONDERS.search(said)) and not _ANY_WILL_DO.search(said)


def sounds_asked(words: str) -> bool:
    """Whether words wonder, or end as a question does; an answer may be put as one.

    >>> sounds_asked("60岁能领养老金吗"), sounds_asked("低保，合作医疗？"), sounds_asked("下周一行吗？")
    (True, True, False)
    """
    said = _said(words)
    return wonders(words) or (_ENDS_SO.search(said) is not None and not _BEGS_LEAVE.search(said))


def _said(words: str) -> str:
    """The words, folded; empty where they are too few, or ask about the step itself."""
    said = fold(words)
    enough = sum(mark.isalnum() for mark in said) >= SHORTEST and not _OUR_STEP.search(said)
    return said if enough else ""
