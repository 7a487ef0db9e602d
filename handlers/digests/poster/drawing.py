"""Drawing the morning: 1080 pixels wide, at most `HIGHEST` high, PNG of a few hundred kilobytes.

Sizes are chosen for a phone that shows the picture about 390 points wide: 40 pixels are then 14 points.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from bot.typeface import ONE_AT_A_TIME, face, shown
from handlers.digests.poster import phrases
from handlers.digests.poster.breaking import broken
from handlers.digests.poster.day import calendar_day
from handlers.digests.poster.page import Entry, Page, Picture

WIDTH = 1080
HIGHEST = 5700
MOST_ITEMS = 10
MOST_NOTICES = 3

MARGIN = 88
COLUMN = 164
"""Where the text of an item begins; its number stands between the margin and here."""

PAPER, INK, SOFT, HAIR, ACCENT = "#FCFAF5", "#221F1B", "#6B655C", "#E3DCCF", "#B23A2B"
REGULAR, MEDIUM, BOLD = 400, 500, 700
COLOURS = 48
"""Of the palette: paper, four inks, and the steps between them that smooth the edges."""

SMOOTH = 4
"""How much larger round corners are drawn before they are scaled down: Pillow draws them with steps."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of text; `anchor` as Pillow names it: left or right, on the base line."""

    x: float
    y: float
    text: str
    size: int
    weight: int
    colour: str
    anchor: str = "ls"


@dataclass(frozen=True, slots=True)
class _Box:
    x: float
    y: float
    right: float
    bottom: float
    colour: str
    radius: int = 0


_Mark = _Line | _Box


def draw(page: Page) -> Picture:
    """The picture; of more than `MOST_ITEMS` entries the rest is counted in a line.

    Raises `ModuleNotFoundError` where the font's package is not installed.
    """
    with ONE_AT_A_TIME:
        top, y = _head(page)
        notices, y = _notices(page.notices, y)
        marks = [*top, *notices]
        for place, entry in enumerate(page.entries[:MOST_ITEMS], start=1):
            item, y = _entry(place, entry, y, roomy=len(page.entries) <= 5)
            marks += item
        foot, y = _foot(page, y)
        height = round(y)
        sheet = Image.new("RGB", (WIDTH, height), PAPER)
        pen = ImageDraw.Draw(sheet)
        for mark in [*marks, *foot]:
            _put(sheet, pen, mark)
        packed = sheet.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        body = io.BytesIO()
        packed.save(body, "PNG", optimize=True)
        return Picture(body.getvalue(), WIDTH, height)


def _put(sheet: Image.Image, pen: ImageDraw.ImageDraw, mark: _Mark) -> None:
    match mark:
        case _Line():
            font = face(mark.size, mark.weight)
            pen.text((mark.x, mark.y), mark.text, fill=mark.colour, font=font, anchor=mark.anchor)
        case _Box(radius=0):
            pen.rectangle((mark.x, mark.y, mark.right, mark.bottom - 1), fill=mark.colour)
        case _Box():
            size = (round(mark.right - mark.x), round(mark.bottom - mark.y))
            shape = Image.new("L", (size[0] * SMOOTH, size[1] * SMOOTH))
            ImageDraw.Draw(shape).rounded_rectangle((0, 0, *shape.size), mark.radius * SMOOTH, fill=255)
            sheet.paste(mark.colour, (round(mark.x), round(mark.y)), shape.resize(size))


def _head(page: Page) -> tuple[list[_Mark], float]:
    """The masthead, then the day as a wall calendar shows it."""
    found = calendar_day(page.day)
    name = _one_line(page.group, 34, REGULAR, WIDTH - 2 * MARGIN - 240)
    marks: list[_Mark] = [
        _Box(0, 0, WIDTH, 14, ACCENT),
        _Line(MARGIN, 154, phrases.TITLE, 76, BOLD, INK),
        _Line(WIDTH - MARGIN, 150, name, 34, REGULAR, SOFT, "rs"),
        _Box(MARGIN, 192, WIDTH - MARGIN, 194, HAIR),
    ]
    number = str(page.day.day)
    marks.append(_Line(MARGIN - 6, 408, number, 204, BOLD, ACCENT))
    x = MARGIN + face(204, BOLD).getlength(number) + 30
    marks.append(_Line(x, 308, phrases.weekday(page.day), 56, BOLD, INK))
    below = [phrases.month(page.day), *([found.lunar] if found.lunar else [])]
    marks.append(_Line(x + 2, 390, "　".join(below), 38, REGULAR, SOFT))
    right: float = WIDTH - MARGIN
    for name in reversed(found.marks):
        tag, right = _tag(name, right, 262)
        marks += tag
    return marks, 474


def _tag(name: str, right: float, top: float) -> tuple[list[_Mark], float]:
    """A solar term or festival on a coloured ground, ending at `right`; where the next one may end."""
    left = right - face(38, MEDIUM).getlength(name) - 48
    tag: list[_Mark] = [
        _Box(left, top, right, top + 66, ACCENT, 33),
        _Line(left + 24, top + 47, name, 38, MEDIUM, PAPER),
    ]
    return tag, left - 16


def _entry(place: int, entry: Entry, y: float, *, roomy: bool) -> tuple[list[_Mark], float]:
    """An item from `y` down; in a `roomy` picture its sentence may take three lines, else two."""
    marks: list[_Mark] = [_Box(MARGIN, y, WIDTH - MARGIN, y + 2, HAIR)]
    y += 44
    title, sentence = shown(entry.title), shown(entry.sentence)
    if not title:
        title, sentence = sentence, ""
    marks.append(_Line(MARGIN, y + 50, str(place), 46, BOLD, ACCENT))
    for text, size, weight, colour, step, most in (
        (title, 48, BOLD, INK, 68, 2),
        (sentence, 40, REGULAR, INK, 64, 4 if roomy else 2),
        (shown(entry.about), 30, REGULAR, SOFT, 46, 2 if roomy else 1),
    ):
        lines = list(_set(text, size, weight, most))
        for line in lines:
            marks.append(_Line(COLUMN, y + size, line, size, weight, colour))
            y += step
        y += 10 if lines else 0
    return marks, y + 26


def _notices(notices: Sequence[str], y: float) -> tuple[list[_Mark], float]:
    """What the coordinator pinned, before everything else, beside a coloured bar."""
    marks: list[_Mark] = []
    for notice in notices[:MOST_NOTICES]:
        lines = list(_set(shown(notice), 42, MEDIUM, 3))
        marks.append(_Box(MARGIN, y + 6, MARGIN + 10, y + 66 * len(lines), ACCENT))
        for line in lines:
            marks.append(_Line(COLUMN, y + 50, line, 42, MEDIUM, INK))
            y += 66
        y += 36
    return marks, y


def _set(text: str, size: int, weight: int, most: int) -> Iterator[str]:
    measure = face(size, weight).getlength
    yield from broken(text, WIDTH - MARGIN - COLUMN, measure, most=most)


def _one_line(text: str, size: int, weight: int, width: float) -> str:
    return next(iter(broken(shown(text), width, face(size, weight).getlength, most=1)), "")


def _foot(page: Page, y: float) -> tuple[list[_Mark], float]:
    marks: list[_Mark] = [_Box(MARGIN, y, WIDTH - MARGIN, y + 2, HAIR)]
    y += 84
    if page.matters:
        matters = _one_line(page.matters, 38, REGULAR, WIDTH - 2 * MARGIN)
        marks.append(_Line(MARGIN, y, matters, 38, REGULAR, INK))
        y += 64
    left = len(page.entries) - MOST_ITEMS
    if left > 0:
        marks.append(_Line(MARGIN, y, phrases.more(left), 38, REGULAR, SOFT))
        y += 64
    how = _one_line(page.how_to_read, 38, MEDIUM, WIDTH - 2 * MARGIN)
    promise = _one_line(phrases.PROMISE, 28, REGULAR, WIDTH - 2 * MARGIN)
    marks.append(_Line(MARGIN, y, how, 38, MEDIUM, ACCENT))
    marks.append(_Line(MARGIN, y + 56, promise, 28, REGULAR, SOFT))
    return marks, y + 56 + 72
