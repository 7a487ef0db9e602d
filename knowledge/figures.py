"""Amounts that every county sets for itself: which one a question asks for."""

import re
from collections.abc import Iterable

from knowledge.folding import fold
from knowledge.lexicon import Lexicon

_HOW_MUCH = re.compile(
    r"多少|多钱|几个钱|几块|几[百千万]|几成|比例|标准|补贴?几|给几|一亩[补给]|档次|涨到|涨了[没吗多]"
)
_BESIDE = re.compile(
    r"今年|明年|去年|目前|现在|当前|最新|\d+|老年人|老人|老头|老太|居民|农村|城市|城镇|集中|分散|供养|散居|一级|二级"
    r"|每人|人均|个人|一次性|[一每]个?[月年亩天户]|大概|到底|请问|本地|当地|[俺咱我]们?[村县镇乡家]?"
    r"|[给发领补拿交缴能得要涨到了是的有金费钱元块岁户类档线啥咋]|奶奶|爷爷|[娘爹]"
)
"""What may stand beside the name of an amount in a question for nothing else."""


def asked_figures(question: str, lexicon: Lexicon) -> tuple[str, ...]:
    """The local amounts (`Lexicon.figures`) a question asks for; none when it asks for no amount.

    Of several that are named, the one named last: 低保户的医保交多少 asks for the premium.
    """
    text = fold(question[:1200]).lower()[:300]
    if not _HOW_MUCH.search(text):
        return ()
    ends = {
        name: max((text.rfind(word) + len(word), len(word)) for word in words if word in text)
        for name, words in lexicon.figures.items()
        if any(word in text for word in words)
    }
    last = max(ends.values(), default=None)
    return tuple(name for name, end in ends.items() if end == last)


def asks_only_for(question: str, lexicon: Lexicon, places: Iterable[str] = ()) -> bool:
    """Whether a question names amounts and nothing else but whose, when and where (`places` by name).

    今年低保一个月多少钱 does; 低保户看病交多少 asks for something else, which no amount of the table answers.
    """
    text = fold(question[:1200]).lower()[:300]
    figures = [word for words in lexicon.figures.values() for word in words]
    for word in sorted((*figures, *places), key=len, reverse=True):
        text = text.replace(word, " ")
    text = _BESIDE.sub(" ", _HOW_MUCH.sub(" ", text))
    left = "".join(word for word in re.split(r"[\W_]+", text) if word not in lexicon.neutral)
    return len(left) <= 1
