"""Registers as files: JSON lines for programs, xlsx for people, and a county's sheet handed back with remarks."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from typing import IO, Any

from bot.phrases import sheets as say
from bot.sheets.grid import GridRow

LONGEST_CELL = 32_767
"""Characters, Excel's own limit."""

FORMULA = re.compile(r"^[=+\-@\t\r＝＋－＠]")
"""How a cell begins that a spreadsheet would take for a formula (OWASP, CSV injection)."""

_TO_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)|[\x00-\x08\x0b-\x1f\ufffe\uffff]")
"""Marks that XML cannot carry, and what looks like the escape of one (ECMA-376, ST_Xstring)."""

_WIDEST = 60
_SAMPLE = 200
_MOMENT, _DAY, _TIME = "yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd", "hh:mm"
_AMISS, _HEAD = "FFF2CC", "DDEBF7"


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands over a column in a sheet, and what a value is called there."""

    title: str
    told: Callable[[Any], Any] = lambda value: value


@dataclass(frozen=True, slots=True)
class Marked:
    """A remark on a row of a county's sheet. `cells`: the places, from 0, of the cells that are amiss."""

    result: str
    problems: tuple[str, ...] = ()
    cells: frozenset[int] = frozenset()


def write_json_lines(rows: Iterable[Mapping[str, Any]], out: IO[str], zone: tzinfo) -> None:
    """One object a line; moments in `zone`, ISO 8601 with its offset."""
    for row in rows:
        plain = {name: _plain(value, zone) for name, value in row.items()}
        out.write(json.dumps(plain, ensure_ascii=False) + "\n")


def write_sheet(
    rows: Sequence[Mapping[str, Any]],
    title: str,
    out: IO[bytes],
    zone: tzinfo,
    headings: Mapping[str, Heading] | None = None,
    *,
    columns: Sequence[str] = (),
) -> None:
    """An xlsx of one sheet: a header row that stays in view and filters, then a row each.

    Every text is a text; moments and days are real dates, moments by the clock of `zone`. A value that `headings`
    says nothing of stands under its own name. `columns`: what stands over a sheet without rows.
    """
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    names = list(rows[0]) if rows else list(columns)
    over = {name: (headings or {}).get(name, Heading(name)) for name in names}
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    told = [[_told(over[name].told(row[name]), zone) for name in names] for row in rows]
    for place, name in enumerate(names, start=1):
        sample = [over[name].title, *(_shown(row[place - 1]) for row in told[:_SAMPLE])]
        width = min(_WIDEST, 4 + max(map(_width, sample)))
        sheet.column_dimensions[get_column_letter(place)].width = width
    if names:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(names))}{len(rows) + 1}"
        sheet.append([_head(sheet, over[name].title) for name in names])
    for values in told or [[say.NO_ROWS]]:
        sheet.append([_cell(sheet, value) for value in values])
    book.save(out)


def write_marked(
    grid: Sequence[GridRow], header: int, marks: Mapping[int, Marked], title: str, out: IO[bytes]
) -> None:
    """The rows of a person's own table with two columns more: what becomes of each, and what is wrong with it."""
    from openpyxl import Workbook
    from openpyxl.styles import PatternFill
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    wide = max(len(row.cells) for row in grid)
    amiss = PatternFill("solid", fgColor=_AMISS)
    above = next((at for at, row in enumerate(grid, start=1) if row.number == header), 1)
    sheet.freeze_panes = f"A{above + 1}"
    sheet.auto_filter.ref = f"A{above}:{get_column_letter(wide + 3)}{len(grid)}"
    for place in range(wide + 1):
        sheet.column_dimensions[get_column_letter(place + 1)].width = 14
    sheet.column_dimensions[get_column_letter(wide + 3)].width = _WIDEST
    for row in grid:
        texts = [cell.text for cell in row.cells] + [""] * (wide - len(row.cells))
        if row.number == header:
            heads = [say.ROW_NUMBER, *texts, say.RESULT, say.PROBLEM]
            sheet.append([_head(sheet, text) for text in heads])
            continue
        mark = marks.get(row.number, Marked(""))
        cells = [_cell(sheet, row.number), *(_cell(sheet, text) for text in texts)]
        for place in mark.cells:
            cells[place + 1].fill = amiss
        sheet.append([*cells, _cell(sheet, mark.result), _cell(sheet, "；".join(mark.problems))])
    book.save(out)


def _cell(sheet: Any, value: Any) -> Any:
    from openpyxl.cell import WriteOnlyCell

    if isinstance(value, str):
        text = _TO_ESCAPE.sub(lambda mark: f"_x{ord(mark[0]):04X}_", _fitting(value))
        made = WriteOnlyCell(sheet, text or None)
        if text:
            made.data_type = "s"
            made.quotePrefix = FORMULA.match(text) is not None
        return made
    made = WriteOnlyCell(sheet, value)
    for kind, pattern in ((datetime, _MOMENT), (date, _DAY), (time, _TIME)):
        if isinstance(value, kind):
            made.number_format = pattern
            break
    return made


def _fitting(text: str) -> str:
    """The text within what a cell holds, counted as Excel counts: in units of UTF-16."""
    if len(text) * 2 <= LONGEST_CELL:
        return text
    return text.encode("utf-16-le")[: LONGEST_CELL * 2].decode("utf-16-le", "ignore")


def _head(sheet: Any, text: str) -> Any:
    from openpyxl.styles import Alignment, Font, PatternFill

    head = _cell(sheet, text)
    head.font = Font(bold=True)
    head.fill = PatternFill("solid", fgColor=_HEAD)
    head.alignment = Alignment(vertical="center", wrap_text=True)
    return head


def _told(value: Any, zone: tzinfo) -> Any:
    """A value as a sheet keeps it: a moment by the clock on the wall, which is all that a sheet knows."""
    if isinstance(value, datetime):
        return value.astimezone(zone).replace(tzinfo=None, microsecond=0)
    if isinstance(value, bool | list | dict):
        return json.dumps(value, ensure_ascii=False)
    return value


def _plain(value: Any, zone: tzinfo) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date | time) else value


def _shown(value: Any) -> str:
    """The longest line of a value, for the width of its column."""
    lines = str("" if value is None else value).splitlines()
    return max(lines, key=_width, default="")


def _width(text: str) -> int:
    """Columns a text takes, a Chinese character two."""
    return sum(1 if mark.isascii() else 2 for mark in text)
