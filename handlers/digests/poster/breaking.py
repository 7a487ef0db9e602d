"""Breaking Chinese text into lines: no line begins with a closing mark or ends with an opening one.

The rule is that of GB/T 15834-2011, 5.1: closing marks stand at no line's head, opening ones at no line's end.
Words of Latin letters and figures stay whole while they fit a line.
"""

import re
from collections.abc import Callable, Iterable, Iterator

CLOSING = frozenset("。，、；：？！）》〉」』】〕〗”’…—～·,.;:?!)]}%％℃°")
OPENING = frozenset("（《〈「『【〔〖“‘([{￥")

_WORD = re.compile(r"[A-Za-z0-9@/+#&_=-]+(?:[.,:][A-Za-z0-9@/+#&_=-]+)*|\s+|.", re.DOTALL)
_DROPPED = "，、；：,;: 　（《“‘("

Measure = Callable[[str], float]
"""The width of a text in the unit of the width asked for."""

_Unit = tuple[bool, str]
"""What is not parted, and whether a space stands before it."""


def broken(text: str, width: float, measure: Measure, *, most: int) -> list[str]:
    """`text` as at most `most` lines no wider than `width`; what does not fit is cut off and shown by `…`.

    Whitespace of any kind is one place to break. A mark wider than a whole line stands on a line alone.

    >>> broken("先接下再说，归谁管。", 5, len, most=3)
    ['先接下再', '说，归谁', '管。']
    >>> broken("先接下再说，归谁管。", 4, len, most=2)
    ['先接下再', '说，归…']
    """
    lines: list[list[_Unit]] = []
    for spaced, unit in _units(text):
        for at, piece in enumerate(_pieces(unit, width, measure)):
            apart = spaced and at == 0
            if at == 0 and lines and measure(_joined([*lines[-1], (apart, piece)])) <= width:
                lines[-1].append((apart, piece))
            else:
                lines.append([(False, piece)])
    _without_orphan(lines, width, measure)
    whole = [_joined(line) for line in lines]
    if len(whole) <= most:
        return whole
    return [*whole[: most - 1], _cut(whole[most - 1], width, measure)]


def _units(text: str) -> Iterator[_Unit]:
    """What stays together: a mark or a word, the opening marks before it and the closing ones behind it."""
    unit, spaced, space, complete = "", False, False, False
    for token in _WORD.findall(text.strip()):
        if token.isspace():
            space = True
            continue
        ends = token in CLOSING
        if unit and complete and (not ends or space):
            yield spaced, unit
            unit = ""
        if not unit:
            spaced = space
        elif space and unit[-1] not in OPENING:
            unit += " "
        unit, space = unit + token, False
        complete = token not in OPENING
    if unit:
        yield spaced, unit


def _pieces(unit: str, width: float, measure: Measure) -> Iterable[str]:
    """The unit itself; one wider than a line falls into as many pieces as it takes."""
    if measure(unit) <= width:
        return [unit]
    pieces = [""]
    for mark in unit:
        if pieces[-1] and measure(pieces[-1] + mark) > width:
            pieces.append("")
        pieces[-1] += mark
    return pieces


def _joined(units: Iterable[_Unit]) -> str:
    return "".join(f" {unit}" if spaced else unit for spaced, unit in units).strip()


def _without_orphan(lines: list[list[_Unit]], width: float, measure: Measure) -> None:
    """A last line of a single mark looks lost: it gets company from the line before."""
    if len(lines) < 2 or len(lines[-1]) > 1 or len(lines[-2]) < 4:
        return
    (_, alone) = lines[-1][0]
    spaced, company = lines[-2][-1]
    fuller = [(False, company), (lines[-1][0][0], alone)]
    if len(alone.rstrip("".join(CLOSING))) <= 1 and measure(_joined(fuller)) <= width and not spaced:
        lines[-2].pop()
        lines[-1][:] = fuller


def _cut(line: str, width: float, measure: Measure) -> str:
    while line and (measure(f"{line}…") > width or line[-1] in _DROPPED):
        line = line[:-1]
    return f"{line}…"
