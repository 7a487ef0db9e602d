"""What the steps of a wish understand: the choices there are, own words, and what the first sentence says already."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from bot.chat.days import day_meant
from bot.chat.errors import BadInput
from bot.chat.way import Asked, Choice
from bot.chat.wondering import sounds_asked, wonders
from bot.masking import HIDDEN_NUMBER, hide_numbers
from handlers.wishes import rules
from handlers.wishes.asking import phrases
from handlers.wishes.guess import OLDEST, Guess, age_band_of, band_of, guess
from handlers.wishes.phrases import TooLong
from handlers.wishes.sight import called
from knowledge.folding import fold, number
from storage.places import Place
from storage.wishes import AgeBand, Kind, Urgency

NEAR = 8
"""Places offered by number."""

HOMES = frozenset({"village", "community", ""})
"""Kinds of place people name as their own; others hold these, or are part of one."""

MONTH, WEEK, YEAR = timedelta(days=30), timedelta(days=7), timedelta(days=365)
SHORTEST = 2
"""Letters of a wish: a number alone was meant for another question."""

LONGEST_CONTACT = 100

_RULES = re.compile(
    r"领|报销|享受|申请|申办|符合|条件|资格|补贴|补助|津贴|待遇|政策|低保|社保|医保|养老金|收费|[要用收花交]钱"
)
"""What questions without a question word are about; 有轮椅吗 asks for one."""

_WANTS = re.compile(
    r"想(?![问咨知了])|需要(?![什啥多几哪])|希望|盼|缺|[给替][我俺]|教(?![师育])|谁[能来]|有没有人|有人|哪位|[能可]以?[来帮给教陪送借修买]"
    r"|帮(?![扶困])"
)
"""What is wanted, in however doubtful a tone: 能给我妈买个轮椅吗."""

_TROUBLE = re.compile(r"(?:了|坏|没人|不会|不动|不起|[漏断堵]).{0,6}(?:怎么|咋)[办弄整]")
"""What wants help: 水管漏了咋办. Of what the rules speak of it is a question all the same: 医保卡丢了怎么办."""


_ASKING_TONE = re.compile(r"[,，\s]*(?:(?:行|可以|好|中)[吗不么]?[行中好]?|吧|呢)?[?\s。.]*$")
"""How an answer is put as if it were a question: 下周一行吗？"""


def whom() -> Sequence[Choice]:
    return [Choice(label, band.value) for band, label in phrases.WHOM_LABELS.items()]


def kinds() -> Sequence[Choice]:
    return [Choice(label, kind.value) for kind, label in phrases.KIND_LABELS.items()]


def times(asked: Asked) -> Sequence[Choice]:
    today = asked.uow.now.date()
    return [
        Choice(phrases.NO_HURRY, ""),
        Choice(phrases.WITHIN_MONTH, when(Urgency.NORMAL, today + MONTH)),
        Choice(phrases.WITHIN_WEEK, when(Urgency.URGENT, today + WEEK)),
    ]


def near(asked: Asked) -> Sequence[Choice]:
    """The place one lives in, then those beside it, then the rest of what is around."""
    places = asked.uow.places
    line = places.line(asked.origin.place_id)
    every = {place.id: place for place in places.all()}
    found: list[Place] = []
    for around in line:
        below = [every[each] for each in sorted(places.below([around]))]
        found += [place for place in below if _home(place) and place not in found]
        if len(found) >= NEAR:
            break
    if not line and len(homes := [place for place in every.values() if _home(place)]) <= NEAR:
        found = homes
    offered = [Choice(place.name, str(place.id)) for place in found[:NEAR]]
    return [*offered, Choice(phrases.UNCLEAR, "")]


def asks_us(words: str) -> bool:
    """Whether words for what is wanted are a question on the rules instead: a wish may be put as a question.

    >>> asks_us("低保怎么申请？"), asks_us("能给我妈买个轮椅吗？")
    (True, False)
    """
    said = fold(words)
    if _WANTS.search(said):
        return False
    if _RULES.search(said):
        return sounds_asked(words)
    return wonders(words) and not _TROUBLE.search(said)


def content(_asked: Asked, words: str) -> str:
    if sum(mark.isalpha() for mark in words) < SHORTEST:
        raise phrases.Empty
    if len(words) > rules.LONGEST:
        raise BadInput(TooLong(rules.LONGEST).sentence)
    return words


def band(_asked: Asked, words: str) -> str:
    """Whom it is for, as people say it: 七十八、78岁、小学生、老人."""
    folded = _plain(words)
    age = number(folded)
    if age is not None and age <= OLDEST:
        return band_of(age).value
    told = age_band_of(folded)
    if told is AgeBand.UNKNOWN:
        raise phrases.NotAnAge
    return told.value


def place(asked: Asked, words: str) -> str:
    """A village by its name, whole or without its last word; 镇/村 tells two of a name apart."""
    said = _plain(words)
    found = called(asked.uow, said)
    if not found:
        raise phrases.NoSuchPlace(said)
    if len(found) > 1:
        raise phrases.SeveralPlaces([asked.uow.places.path(place.id) for place in found])
    return str(found[0].id)


def day(asked: Asked, words: str) -> str:
    today, folded = asked.uow.now.date(), _plain(words)
    named = day_meant(folded, today)
    if named is None or not today <= named <= today + YEAR:
        raise phrases.NotADay
    return when(Urgency.NORMAL, named)


def contact(_asked: Asked, words: str) -> str:
    """How to reach them; empty where it is left out in words."""
    if fold(words).strip(" 。.！!") in phrases.NO_CONTACT:
        return ""
    if len(words) > LONGEST_CONTACT:
        raise phrases.TooLongContact(LONGEST_CONTACT)
    return words


def said(asked: Asked) -> Guess:
    """What the first sentence says beside what is wanted."""
    return guess(asked.answers["content"], asked.uow.now.date())


def band_said(asked: Asked) -> str | None:
    return said(asked).age_band.value or None


def kind_said(asked: Asked) -> str | None:
    return said(asked).kind.value or None


def place_said(asked: Asked) -> str | None:
    """The one place the sentence names; else where the way was begun, when somebody lives there."""
    words = fold(asked.answers["content"])
    places = asked.uow.places
    named = [place for place in places.all() if _home(place) and len(place.name) > 1 and place.name in words]
    if len(named) == 1:
        return str(named[0].id)
    at = asked.origin.place_id
    return str(at) if at is not None and _home(places.get(at)) else None


def time_said(asked: Asked) -> str | None:
    """Who says in one sentence what it is and for whom is not asked how soon."""
    told = said(asked)
    if told.wanted_by or told.urgency is Urgency.URGENT:
        return when(told.urgency, told.wanted_by)
    return "" if told.kind is not Kind.UNKNOWN and told.age_band is not AgeBand.UNKNOWN else None


def contact_said(asked: Asked) -> str | None:
    """Nothing more is asked of who gave a number in the sentence: it is the claimer's to read there."""
    return "" if HIDDEN_NUMBER in hide_numbers(asked.answers["content"]) else None


def when(urgency: Urgency, wanted: date | None) -> str:
    """How soon, as one answer. `read_when` reads it.

    >>> read_when(when(Urgency.URGENT, date(2026, 3, 12))), read_when("")
    ((<Urgency.URGENT: 'urgent'>, datetime.date(2026, 3, 12)), (<Urgency.NORMAL: 'normal'>, None))
    """
    return f"{urgency.value} {wanted.isoformat() if wanted else ''}".strip()


def read_when(answer: str) -> tuple[Urgency, date | None]:
    urgency, _, wanted = answer.partition(" ")
    return Urgency(urgency or Urgency.NORMAL), date.fromisoformat(wanted) if wanted else None


def _plain(words: str) -> str:
    said = fold(words).strip(" 。.")
    return _ASKING_TONE.sub("", said) or said


def _home(place: Place) -> bool:
    return place.kind in HOMES
