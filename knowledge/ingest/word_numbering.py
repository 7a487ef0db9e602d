"""The numbers that Word shows before paragraphs and does not store: 第一条, 一、, （一）, 1.

After ECMA-376 part 1, section 17.9. Formats that are no numbers (bullets, pictures) show nothing here.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from lxml.etree import _Element

from knowledge.folding import numeral

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LEVELS = 9
_MOST = 9_999
_CIRCLED = ord("①")
_ROMAN = (
    (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


def _circled(value: int) -> str:
    return chr(_CIRCLED + value - 1) if 1 <= value <= 20 else str(value)


def _letters(value: int) -> str:
    return chr(ord("a") + (value - 1) % 26) * ((value - 1) // 26 + 1) if 0 < value < 100 else str(value)


def _roman(value: int) -> str:
    signs, left = "", value
    for worth, sign in _ROMAN:
        signs += sign * (left // worth)
        left %= worth
    return signs


def _stems(value: int) -> str:
    return "甲乙丙丁戊己庚辛壬癸"[value - 1] if 1 <= value <= 10 else str(value)


_WRITTEN: dict[str, Callable[[int], str]] = {
    **dict.fromkeys(
        (
            "chineseCounting", "chineseCountingThousand", "ideographDigital", "japaneseCounting",
            "japaneseDigitalTenThousand", "taiwaneseCounting", "taiwaneseCountingThousand",
        ),
        numeral,
    ),
    **dict.fromkeys(("decimalEnclosedCircle", "decimalEnclosedCircleChinese"), _circled),
    "decimal": str,
    "decimalFullWidth": str,
    "decimalZero": "{:02}".format,
    "ideographTraditional": _stems,
    "lowerLetter": _letters,
    "lowerRoman": _roman,
    "upperLetter": lambda value: _letters(value).upper(),
    "upperRoman": lambda value: _roman(value).upper(),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    written: Callable[[int], str] | None
    text: str


@dataclass(slots=True)
class Numbering:
    """Counts the numbered paragraphs of one document, in order."""

    lists: dict[str, tuple[str, dict[int, int]]] = field(default_factory=dict)
    levels: dict[str, dict[int, _Level]] = field(default_factory=dict)
    counts: dict[str, dict[int, int]] = field(default_factory=dict)
    restarted: set[tuple[str, int]] = field(default_factory=set)

    @classmethod
    def of(cls, root: _Element | None) -> "Numbering":
        """From the root of `numbering.xml`; None for a document without one."""
        made = cls()
        for abstract in root.iterfind(f"{W}abstractNum") if root is not None else ():
            made.levels[abstract.get(f"{W}abstractNumId", "")] = {
                _whole(level.get(f"{W}ilvl")): _level(level) for level in abstract.iterfind(f"{W}lvl")
            }
        for each in root.iterfind(f"{W}num") if root is not None else ():
            abstract_id = _value(each, "abstractNumId")
            starts = {
                _whole(override.get(f"{W}ilvl")): _whole(_value(override, "startOverride"))
                for override in each.iterfind(f"{W}lvlOverride")
                if _value(override, "startOverride")
            }
            made.lists[each.get(f"{W}numId", "")] = (abstract_id, starts)
        return made

    def next(self, num_id: str, depth: int) -> str:
        """The label of the next paragraph of this list at this depth (0 = outermost), "" when it shows none."""
        abstract_id, starts = self.lists.get(num_id, ("", {}))
        levels = self.levels.get(abstract_id, {})
        level = levels.get(depth)
        if level is None:
            return ""
        counts = self.counts.setdefault(abstract_id, {})
        if depth in starts and (num_id, depth) not in self.restarted:
            self.restarted.add((num_id, depth))
            counts.pop(depth, None)
            counts[depth] = starts[depth] - 1
        counts[depth] = min(counts.get(depth, level.start - 1) + 1, _MOST)
        for deeper in range(depth + 1, _LEVELS):
            counts.pop(deeper, None)
        if level.written is None:
            return ""
        return re.sub(r"%([1-9])", lambda m: _shown(levels, counts, int(m[1]) - 1), level.text)


def _shown(levels: dict[int, _Level], counts: dict[int, int], depth: int) -> str:
    level = levels.get(depth)
    if level is None or level.written is None:
        return ""
    return level.written(max(0, counts.get(depth, level.start)))


def _level(element: _Element) -> _Level:
    return _Level(
        _whole(_value(element, "start"), 1),
        _WRITTEN.get(_value(element, "numFmt") or "decimal"),
        _value(element, "lvlText"),
    )


def _value(element: _Element, name: str) -> str:
    child = element.find(f"{W}{name}")
    return child.get(f"{W}val", "") if child is not None else ""


def _whole(text: str | None, otherwise: int = 0) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 4 else otherwise
