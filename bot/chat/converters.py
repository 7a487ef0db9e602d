"""From the words after a command to typed values, one converter a type.

>>> Number.read("１２ 已送到", "编号")
(12, '已送到')
>>> Rest.read("  一台收音机 ", "内容")
('一台收音机', '')
"""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NewType, Protocol

from bot.chat import phrases
from bot.chat.errors import BadInput
from knowledge.folding import fold

CHINESE_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}


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


@dataclass(frozen=True, slots=True)
class _Number:
    greedy: bool = False

    def read(self, words: str, label: str) -> tuple[int, str]:
        head, rest = first_word(words)
        bare = fold(head).lstrip("#").removeprefix("第").rstrip("号条项个.。,，、")
        if bare in CHINESE_DIGITS:
            return CHINESE_DIGITS[bare], rest
        if not head:
            raise BadInput(phrases.missing(label))
        if not bare.isascii() or not bare.isdigit() or len(bare) > 9:
            raise BadInput(phrases.not_a_number(label, head))
        return int(bare), rest


@dataclass(frozen=True, slots=True)
class _Rest:
    greedy: bool = True

    def read(self, words: str, label: str) -> tuple[str, str]:
        kept = "".join(mark for mark in words if unicodedata.category(mark) not in {"Cf", "Cc"} or mark in "\n\t\u200d")
        if not kept.strip():
            raise BadInput(phrases.missing(label))
        return kept.strip(), ""


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
        try:
            return self.options(fold(head)), rest
        except ValueError:
            raise BadInput(phrases.not_a_choice(label, head, [str(option) for option in self.options])) from None


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


