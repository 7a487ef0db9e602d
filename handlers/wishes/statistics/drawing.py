"""Drawing the statistics: 1080 pixels wide, for a phone that shows them about 390 points wide.

Blues of unlike brightness and one orange: people who do not tell red from green see every part, and so does a
copy in grey. Every part has its figure beside it.
"""

import io
from collections.abc import Callable, Sequence

from PIL import Image, ImageDraw

from bot.typeface import ONE_AT_A_TIME, face, shown
from handlers.wishes.statistics import phrases
from handlers.wishes.statistics.rules import Statistics, most
from storage.wish_counts import Tally
from storage.wishes import Status

WIDTH = 1080
MARGIN = 88
RIGHT = WIDTH - MARGIN

PAPER, INK, SOFT, HAIR, ACCENT = "#FCFAF5", "#221F1B", "#6B655C", "#E3DCCF", "#B23A2B"
COLLECTED, LIT = "#BCD5E8", "#1D5C8A"
STATES = {
    Status.FULFILLED: LIT,
    Status.DELIVERED: "#5A9BC8",
    Status.CLAIMED: "#E39A1F",
    Status.OPEN: "#F3D27A",
    Status.PENDING: "#CFC8BA",
    Status.EXPIRED: "#837B6F",
}
"""The way of a wish from its end to its beginning, dark to light; what expired is apart."""

REGULAR, MEDIUM, BOLD = 400, 500, 700
COLOURS = 64
SMOOTH = 4
"""How much larger round shapes are drawn before they are scaled down: Pillow draws them with steps."""

RING = 340
BAR_FROM, BAR_TO = 352, 650
FIGURES = (740, 824, 908, RIGHT)
"""Where the four figures beside a bar end."""
ROW, BAR, INNER_BAR = 60, 40, 20
MOST_ROWS = 16
"""Bars in one section; the text beside the picture has the rest."""

Section = tuple[int, Callable[["_Sheet", int], None]]
"""So many pixels high, and what is drawn from there down."""


class _Sheet:
    def __init__(self, height: int) -> None:
        self.image = Image.new("RGB", (WIDTH, height), PAPER)
        self.pen = ImageDraw.Draw(self.image)

    def say(
        self, at: tuple[float, float], text: str, size: int, *,
        weight: int = REGULAR, colour: str = INK, anchor: str = "ls",
    ) -> None:  # fmt: skip
        """A line of text; `anchor` as Pillow names it: `ls` left on the base line, `rs` right, `ms` middle."""
        self.pen.text(at, text, fill=colour, font=face(size, weight), anchor=anchor)

    def box(self, at: tuple[int, int], size: tuple[int, int], *, radius: int, colour: str) -> None:
        """Round at its corners; `at` is the upper left one."""
        shape = Image.new("L", (size[0] * SMOOTH, size[1] * SMOOTH))
        ImageDraw.Draw(shape).rounded_rectangle(
            (0, 0, shape.width - 1, shape.height - 1), radius * SMOOTH, fill=255
        )
        self.image.paste(colour, at, shape.resize(size))

    def rule(self, y: int) -> None:
        self.pen.rectangle((MARGIN, y, RIGHT, y + 1), fill=HAIR)


def draw(view: Statistics) -> bytes:
    """The PNG. Raises `ModuleNotFoundError` where the font's package is not installed."""
    with ONE_AT_A_TIME:
        sections = [_head(view), _totals(view), _ring(view), *_bars(view), _foot(view)]
        sheet = _Sheet(sum(height for height, _ in sections))
        y = 0
        for height, paint in sections:
            paint(sheet, y)
            y += height
        packed = sheet.image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    body = io.BytesIO()
    packed.save(body, "PNG", optimize=True)
    return body.getvalue()


def _head(view: Statistics) -> Section:
    def paint(sheet: _Sheet, y: int) -> None:
        sheet.pen.rectangle((0, y, WIDTH, y + 13), fill=ACCENT)
        sheet.say((MARGIN, y + 146), _fitted(view.place, 76, BOLD, RIGHT - MARGIN), 76, weight=BOLD)
        sheet.say((MARGIN, y + 214), phrases.subtitle(view), 42, colour=SOFT)

    return 258, paint


def _totals(view: Statistics) -> Section:
    """The four figures, large."""
    figures = zip(phrases.COLUMNS, phrases.figures(view.total), strict=True)
    colours = (INK, INK, LIT, ACCENT if view.total.overdue else INK)

    def paint(sheet: _Sheet, y: int) -> None:
        sheet.rule(y)
        width = (RIGHT - MARGIN) // 4
        for place, ((name, figure), colour) in enumerate(zip(figures, colours, strict=True)):
            x = MARGIN + width * place
            sheet.say((x, y + 124), str(figure), 92, weight=BOLD, colour=colour)
            sheet.say((x, y + 180), name, 38, colour=SOFT)

    return 226, paint


def _ring(view: Statistics) -> Section:
    """Where the wishes collected in the period are today, and how many of a hundred are lit."""
    parts = [(status, view.states[status]) for status in STATES if view.states.get(status)]
    high = max(RING, len(parts) * 62)

    def paint(sheet: _Sheet, y: int) -> None:
        sheet.rule(y)
        sheet.say((MARGIN, y + 74), phrases.BY_STATE, 42, weight=MEDIUM)
        top = y + 112
        sheet.image.paste(_ring_of(parts), (MARGIN, top))
        centre = MARGIN + RING // 2
        sheet.say((centre, top + RING // 2 + 18), f"{view.share}%", 80, weight=BOLD, colour=LIT, anchor="ms")
        sheet.say((centre, top + RING // 2 + 70), phrases.SHARE, 34, colour=SOFT, anchor="ms")
        line = top + (high - len(parts) * 62) // 2
        for status, count in parts:
            sheet.box((520, line + 8), (40, 40), radius=8, colour=STATES[status])
            sheet.say((584, line + 42), phrases.state_name(status), 40)
            sheet.say((RIGHT, line + 42), str(count), 42, weight=BOLD, anchor="rs")
            line += 62

    return 112 + high + 52, paint


def _ring_of(parts: Sequence[tuple[Status, int]]) -> Image.Image:
    """The ring, clockwise from the top, a gap between two parts."""
    large = RING * SMOOTH
    image = Image.new("RGB", (large, large), PAPER)
    pen = ImageDraw.Draw(image)
    whole = sum(count for _, count in parts)
    begun = -90.0
    for status, count in parts:
        ends = begun + 360 * count / whole
        pen.pieslice((0, 0, large - 1, large - 1), begun, ends, STATES[status])
        begun = ends
    if len(parts) > 1:
        begun = -90.0
        for _, count in parts:
            pen.pieslice((0, 0, large - 1, large - 1), begun - 0.8, begun + 0.8, PAPER)
            begun += 360 * count / whole
    hole = round(large * 0.17)
    pen.ellipse((hole, hole, large - 1 - hole, large - 1 - hole), PAPER)
    return image.resize((RING, RING))


def _bars(view: Statistics) -> list[Section]:
    """By place, or by month where there is one place; and by kind."""
    places = list(view.places.rows)
    kinds = [(phrases.kind_name(kind), tally) for kind, tally in view.kinds.rows]
    if places and view.places.others:
        places.append((phrases.others(view.places.others), view.places.rest))
    if kinds and view.kinds.others:
        kinds.append((phrases.others(view.kinds.others), view.kinds.rest))
    months = [(phrases.month_name(day), tally) for day, tally in view.months]
    shown_first = (
        (phrases.BY_PLACE, places) if places else (phrases.BY_MONTH, months if len(months) > 1 else [])
    )
    return [_bar_section(title, rows) for title, rows in (shown_first, (phrases.BY_KIND, kinds)) if rows]


def _bar_section(title: str, rows: Sequence[tuple[str, Tally]]) -> Section:
    """A pale bar for what was collected, in it a dark one for what was lit; and all four figures."""
    rows = rows[:MOST_ROWS]
    longest = max(1, *(max(tally.collected, tally.lit) for _, tally in rows))
    size = 34 if max(most(tally) for _, tally in rows) < 10_000 else 26

    def length(figure: int) -> int:
        return max(8, round((BAR_TO - BAR_FROM) * figure / longest)) if figure else 0

    def paint(sheet: _Sheet, y: int) -> None:
        sheet.rule(y)
        sheet.say((MARGIN, y + 74), title, 42, weight=MEDIUM)
        sheet.say((MARGIN + 120, y + 74), phrases.BARS, 30, colour=SOFT)
        for x, column in zip(FIGURES, phrases.COLUMNS, strict=True):
            sheet.say((x, y + 74), column, 30, colour=SOFT, anchor="rs")
        line = y + 104
        for name, tally in rows:
            sheet.say((MARGIN, line + 44), _fitted(name, 38, REGULAR, BAR_FROM - MARGIN - 20), 38)
            if tally.collected:
                at = BAR_FROM, line + (ROW - BAR) // 2
                sheet.box(at, (length(tally.collected), BAR), radius=6, colour=COLLECTED)
            if tally.lit:
                at = BAR_FROM, line + (ROW - INNER_BAR) // 2
                sheet.box(at, (length(tally.lit), INNER_BAR), radius=4, colour=LIT)
            for x, figure in zip(FIGURES, phrases.figures(tally), strict=True):
                sheet.say((x, line + 43), str(figure), size, weight=MEDIUM, anchor="rs")
            line += ROW

    return 104 + ROW * len(rows) + 44, paint


def _foot(view: Statistics) -> Section:
    def paint(sheet: _Sheet, y: int) -> None:
        sheet.rule(y)
        sheet.say((MARGIN, y + 66), phrases.source(view), 32, colour=SOFT)

    return 112, paint


def _fitted(text: str, size: int, weight: int, width: float) -> str:
    """The text, cut where it would be wider."""
    text, measure = shown(text), face(size, weight).getlength
    if measure(text) <= width:
        return text
    while text and measure(f"{text}…") > width:
        text = text[:-1]
    return f"{text}…"
