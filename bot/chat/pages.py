"""Pages of a list: 第2页 by its number; 下一页 and 上一页 from where the last list of the chat stands.

A list of several pages says in `Reply.more` where it stands: the command that shows this page, and how many there
are (`/心愿单 物品 第2页/3`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot.chat import phrases
from bot.chat.command import service
from bot.chat.errors import DomainError
from bot.chat.paged import Paged
from knowledge.folding import NUMERAL, fold, number

SIZE = 10
"""Items on a page."""

_NUMBERED = re.compile(phrases.PAGE_NUMBER.format(rf"(\d{{1,4}}|[{NUMERAL}]{{1,4}})"))
_STANDS = re.compile(r"(.+) " + phrases.PAGE.format(r"(\d+)") + r"/(\d+)")

T = TypeVar("T")


class NoPage(DomainError):
    """There is none after, or before, what was shown last; or that was another list."""

    def __init__(self, step: int) -> None:
        super().__init__(phrases.NO_MORE if step > 0 else phrases.NO_PAGE_BEFORE)


class NoList(DomainError):
    """Nothing was listed whose pages could be turned by who asks for one."""


@service
@dataclass(frozen=True, slots=True)
class Page:
    """Which page a command is to show, where its words are nothing but that."""

    number: int = 1


def cut(items: Sequence[T], page: int, command: str) -> Paged[T]:
    """This page of what `command` lists, or the last.

    >>> cut(range(25), 9, "/核实")
    Paged(items=range(0, 25), first=20, total=25, number=3, pages=3, more='/核实 第3页/3')
    """
    pages = max(1, -(-len(items) // SIZE))
    at = min(max(page, 1), pages)
    more = f"{command} {phrases.PAGE.format(at)}/{pages}" if pages > 1 else ""
    return Paged(items[: at * SIZE], (at - 1) * SIZE, len(items), at, pages, more)


def without_number(words: str) -> tuple[str, int]:
    """Folded words without the page they name, and its number; 1 where they name none.

    >>> without_number("已认领 第３页"), without_number("急"), without_number("下一页")
    (('已认领  ', 3), ('急', 1), ('下一页', 1))
    """
    folded = fold(words)
    named = [page for found in _NUMBERED.finditer(folded) if (page := number(found[1])) is not None]
    return _NUMBERED.sub(" ", folded), max([*named, 1])


def names_page(words: str) -> bool:
    """Whether the words are a page and nothing else.

    >>> names_page(" 第2页"), names_page("上一页"), names_page("第2页的账"), names_page("")
    (True, True, False, False)
    """
    word = fold(words).strip()
    return bool(step(word) or (word and not _NUMBERED.sub("", word).strip()))


def step(word: str) -> int:
    """1 for 下一页, -1 for 上一页, 0 for anything else."""
    return (word in phrases.NEXT_PAGE) - (word in phrases.PAGE_BEFORE)


def turned(more: str, by: int) -> str:
    """The command that shows the page after the one where the last list stands, or before it. Raises `NoPage`.

    >>> turned("/心愿单 急 第2页/3", 1), turned("/心愿单 急 第2页/3", -1)
    ('/心愿单 急 第3页', '/心愿单 急 第1页')
    """
    found = _STANDS.fullmatch(more)
    at, pages = (int(found[2]), int(found[3])) if found else (1, 1)
    if found is None or not 1 <= at + by <= pages:
        raise NoPage(by)
    return f"{found[1]} {phrases.PAGE.format(at + by)}"


def meant(words: str, more: str) -> str:
    """The command that shows the page that words name, and nothing else, of the last list. Raises `NoPage`.

    >>> meant("下一页", "/心愿单 急 第2页/3"), meant("第1页", "/心愿单 急 第2页/3")
    ('/心愿单 急 第3页', '/心愿单 急 第1页')
    """
    if by := step(fold(words).strip()):
        return turned(more, by)
    wanted = without_number(words)[1]
    if not (found := _STANDS.fullmatch(more)):
        raise NoPage(wanted - 1)
    return f"{found[1]} {phrases.PAGE.format(wanted)}"


def asked(words: str, listing: str, more: str) -> int | None:
    """The page of the list that `listing` shows, where the words name one and nothing else; None for other words.

    Raises `NoPage` for the page after or before a list that is not this one.
    """
    if not names_page(words):
        return None
    if by := step(fold(words).strip()):
        words = turned(more, by).removeprefix(f"{listing} ")
        if not names_page(words):
            raise NoPage(by)
    return without_number(words)[1]
