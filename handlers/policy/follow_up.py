"""Follow-ups: a few words right after an answer that say what they are about only with the question before them.

那要带啥材料？ 去哪办 要几天 多少钱 are lines of the card that was shown; 那外地的呢 is searched together with
the question before. Whoever names a matter of their own starts anew.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import pairwise

from knowledge.answer import Answer, Verdict
from knowledge.folding import fold
from knowledge.passage import Card
from knowledge.search import Hit

WITHIN = timedelta(minutes=10)
"""A question further back is not leaned on."""

LONGEST = 14
"""Signs, without marks, of words that lean."""

JOINED = 200
"""Characters of the question before that are searched again."""


class Aspect(StrEnum):
    """A line of a card, by its field; of the cost, what its answer says of money."""

    WHERE = "where"
    BRING = "bring"
    TAKES = "takes"
    COST = "cost"

    def of(self, card: Card) -> str:
        if self is Aspect.COST:
            return "".join(said for said in _SENTENCE.findall(card.answer) if _MONEY.search(said))
        return str(getattr(card, self.value))


@dataclass(frozen=True, slots=True)
class Lean:
    """`aspect`: the line asked for, if it is one; `words`: what is new in it."""

    aspect: Aspect | None
    words: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A question as it was understood. `asked`: in full. `before`: the question it leans on, if it does.

    `vague`: it leans, and there is nothing to lean on. `unsaid`: the new words, where the answer to the question
    before is all there is and does not speak of them.
    """

    asked: str
    answer: Answer
    before: str | None = None
    aspect: Aspect | None = None
    vague: bool = False
    unsaid: str = ""

    @property
    def stays(self) -> str:
        """What the next follow-up leans on."""
        if self.vague:
            return ""
        return self.before if self.before and (self.aspect or self.unsaid) else self.asked


_SENTENCE = re.compile(r"[^。；;！!\n]+[。；;！!]?")
_MONEY = re.compile(r"[钱元费]|免收")
_LEAD = r"(?:那么|那|这个|这|它|还|再|请问|俺们?|我们?|都)*"
_TAIL = r"[呢呀啊吗吧么嘛]*"
_NEED = r"(?:需要|需|要|得|该|用|都|大概|一般)*"
_WHAT = r"(?:啥|什么|哪些|哪几样)"
_PAPERS = r"(?:材料|东西|手续|证件|证明|资料)"
_ASPECTS = {
    Aspect.WHERE: re.compile(
        rf"{_LEAD}{_NEED}(?:(?:去|到|上|在|往)?(?:哪个(?:部门|单位|窗口|地方)|哪儿|哪里|哪块|哪|啥地方|什么地方)"
        rf"|找(?:谁|哪个部门|哪个单位))(?:去)?(?:办手续|办理|办|申请|交|递|领|问|报|弄|登记)?{_TAIL}"
    ),
    Aspect.BRING: re.compile(
        rf"{_LEAD}{_NEED}(?:(?:准备|提供|带|拿|备|交|递)(?:些|点|上)?{_WHAT}{_PAPERS}?|{_WHAT}{_PAPERS})(?:去)?{_TAIL}"
    ),
    Aspect.COST: re.compile(
        rf"{_LEAD}{_NEED}(?:一共)?(?:花|交|收|给|补|领|发)?(?:多少钱|几块钱|多少费用)[呢呀啊]?"
        rf"|{_LEAD}(?:收费|要钱|收钱|花钱)[不吗么]?|{_LEAD}(?:要不要|收不收)(?:钱|费|收费)|{_LEAD}(?:是)?免费[不吗么的]*"
    ),
    Aspect.TAKES: re.compile(
        rf"{_LEAD}{_NEED}(?:(?:几|多少)个?(?:天|日|工作日|月|星期)|多久|多长时间|多少时间|(?:啥|什么)时候)"
        rf"(?:才)?(?:能|可以)?(?:办好|办完|办下来|批下来|领到|拿到|下来|批|办|完|好)?{_TAIL}"
    ),
}
_OTHER_CASE = re.compile(
    r"(?:那么|那)?(?:要是|如果是|如果|换成|换了)?(?P<words>.+?)(?:的话)?"
    r"(?:呢|也(?:行|能|可以|算|有|给|要|得).{0,4})"
    r"|(?:那么|那)?(?:要是|如果是|如果|换成|换了)(?P<case>.+?)(?:的话)?(?:行|能办|可以|咋办|怎么办|咋弄)[不吗么]?"
)


def lean(text: str) -> Lean | None:
    """How a text leans on the question before it; None when it stands by itself.

    >>> [lean(t) for t in ("那要带啥材料？", "低保去哪办")]
    [Lean(aspect=<Aspect.BRING: 'bring'>, words='要带啥材料'), None]
    >>> lean("那外地的呢？")
    Lean(aspect=None, words='外地的')
    """
    bare = "".join(mark for mark in fold(text).lower() if mark.isalnum())
    if len(bare) > LONGEST:
        return None
    for aspect, pattern in _ASPECTS.items():
        if pattern.fullmatch(bare):
            return Lean(aspect, re.sub("^那么?", "", bare))
    other = _OTHER_CASE.fullmatch(bare)
    return Lean(None, other["words"] or other["case"]) if other else None


def take(answer: Callable[[str], Answer], question: str, before: str | None) -> Taken:
    """Answer a question, after the question `before` it in the same chat, if that is recent."""
    leaning = lean(question)
    if leaning is None or (before is None and leaning.aspect is None):
        return Taken(question, answer(question))
    if before is None:
        return Taken(question, Answer(Verdict.UNSURE), aspect=leaning.aspect, vague=True)
    shown = answer(before)
    joined = f"{before[:JOINED]} {leaning.words}"
    if leaning.aspect is not None and shown.card is not None:
        if leaning.aspect.of(shown.card) or (leaning.aspect is Aspect.COST and shown.card.local):
            return Taken(before, shown, before, leaning.aspect)
        found = answer(joined)
        if found.card is None or not found.card.origin:
            found = Answer(Verdict.UNSURE, candidates=shown.candidates)
        return Taken(joined, found, before, leaning.aspect if found.hit is None else None)
    found = answer(joined)
    if leaning.aspect is None and shown.hit and not _another(found, shown.hit):
        said = f"{shown.card.searchable if shown.card else ''}{shown.hit.text}"
        if not _speaks_of(leaning.words, said):
            unsure = Answer(Verdict.UNSURE, candidates=found.candidates)
            return Taken(joined, unsure, before, unsaid=leaning.words)
    return Taken(joined, found, before)


def _another(found: Answer, hit: Hit) -> bool:
    """Whether something else than a hit is said: another article, or that it is declined."""
    if found.hit is None:
        return found.verdict is Verdict.DECLINED
    return found.hit.passage_id != hit.passage_id


def _speaks_of(words: str, text: str) -> bool:
    """Whether a text has at least half of the words' pairs of signs."""
    bare = words.removesuffix("的")
    pairs = ["".join(pair) for pair in pairwise(bare)] or [bare]
    return 2 * sum(pair in text for pair in pairs) >= len(pairs)
