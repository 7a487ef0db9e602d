"""From the words after a command to typed values, one converter a type.

>>> Number.read("１２ 已送到", "编号")
(12, '已送到')
>>> Rest.read("  一台收音机 ", "内容")
('一台收音机', '')
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NewType, Protocol

from bot.chat import phrases
from bot.chat.errors import BadInput
from knowledge.folding import NUMERAL, fold, number


class Converter(Protocol):
    """Reads one value from the front of the words; `label` names the argument in what a person is told."""

    @property
    def greedy(self) -> bool:
        """Takes everything that is left, so nothing can follow it."""

    def read(self, words: str, label: str) -> tuple[Any, str]:
        """The value and the words that are left. Raises `BadInput`."""


def first_word(words: str) -> tuple[str, str]:
    """The first word and all that follows it, both stripped."""
    parts = words.split(maxsplit=1)
    if not parts:
        return "", ""
    head, rest = parts[0], parts[1] if len(parts) > 1 else ""
    return head, rest.strip()


_MARKS = "，,、。.：:；;！!"
_NUMBER = re.compile(rf"[#＃]?第?(\d{{1,9}}|[{NUMERAL}]{{1,5}})[号条项个]?(?![.,:]\d)(?:[{_MARKS}\s]+|$)")


@dataclass(frozen=True, slots=True)
class _Number:
    """A whole number below a milliard, as people write it: 12、#12、１２、第12号、十二, a mark or a space after it."""

    greedy: bool = False

    def read(self, words: str, label: str) -> tuple[int, str]:
        words = words.strip()
        found = _NUMBER.match(words)
        value = None
        if found:
            value = int(found[1]) if found[1].isdecimal() else number(found[1])
        if not words:
            raise BadInput(phrases.missing(label))
        if found is None or value is None:
            raise BadInput(phrases.not_a_number(label, first_word(words)[0]))
        return value, words[found.end() :]


def readable(text: str) -> str:
    r"""Without what shows nothing and can hide something: controls, direction marks, zero width, lone surrogates.

    Line breaks, tabs and the joiner inside an emoji stay.

    >>> readable("想要\u202e收音机\x00\r\n👨\u200d👩\u200d👧")
    '想要收音机\n👨\u200d👩\u200d👧'
    """
    if text.isprintable():
        return text
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        mark for mark in lines if mark in "\n\t\u200d" or unicodedata.category(mark) not in {"Cc", "Cf", "Cs"}
    )


@dataclass(frozen=True, slots=True)
class _Rest:
    greedy: bool = True

    def read(self, words: str, label: str) -> tuple[str, str]:
        kept = readable(words).strip()
        if not fold(kept).strip():
            raise BadInput(phrases.missing(label))
        return kept, ""


@dataclass(frozen=True, slots=True)
class _Word:
    greedy: bool = False

    def read(self, words: str, label: str) -> tuple[str, str]:
        head, rest = first_word(words)
        if not head:
            raise BadInput(phrases.missing(label))
        return fold(head), rest


@dataclass(frozen=True, slots=True)
class _Choice:
    options: type[StrEnum]
    greedy: bool = False

    def read(self, words: str, label: str) -> tuple[StrEnum, str]:
        head, rest = first_word(words)
        if not head:
            raise BadInput(phrases.missing(label))
        try:
            return self.options(fold(head).strip(_MARKS)), rest
        except ValueError:
            raise BadInput(phrases.not_a_choice(head, [str(option) for option in self.options])) from None


Number = _Number()
Rest = _Rest()
Word = _Word()

OneWord = NewType("OneWord", str)
"""An argument of a single word, where `str` means all that is left."""


def converter_for(hint: Any) -> Converter | None:
    """The converter of a type, None when it has none: int, str (all the rest), `OneWord`, or a `StrEnum`."""
    if hint is int or getattr(hint, "__supertype__", None) is int:
        return Number
    if hint is OneWord:
        return Word
    if hint is str or getattr(hint, "__supertype__", None) is str:
        return Rest
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _Choice(hint)
    return None


_DATE = re.compile(r"(?:到|至)?\s*(?:(\d{4})[-/.年])?(\d{1,2})[-/.月](\d{1,2})[日号]?")


def day_in(words: str, today: date) -> date | None:
    """A date as people write it; without a year, the next one of that name. None for what is none.

    >>> [day_in(words, date(2026, 3, 5)) for words in ("到 2026-03-10", "3月4日", "2月30日", "明天")]
    [datetime.date(2026, 3, 10), datetime.date(2027, 3, 4), None, None]
    """
    found = _DATE.fullmatch(words.strip())
    if found is None:
        return None
    try:
        day = date(int(found[1] or today.year), int(found[2]), int(found[3]))
        return day if found[1] or day >= today else day.replace(year=day.year + 1)
    except ValueError:
        return None
