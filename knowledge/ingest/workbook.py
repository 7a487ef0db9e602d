"""Workbooks (.xlsx) into tables, cells as a person sees them. Runs in a reading room's child."""

import zipfile
from collections.abc import Iterator
from datetime import datetime, time
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from knowledge.errors import Unreadable
from knowledge.ingest.archive import looked_over
from knowledge.ingest.manuscript import BROKEN, MOST_CELLS, VAST, Ink, Manuscript, Table

LONGEST_CELL = 32_767
"""Characters, Excel's own limit."""


def read(data: bytes) -> Manuscript:
    """The visible sheets of a workbook, formulas by their last value. Raises `Unreadable`."""
    try:
        book = openpyxl.load_workbook(looked_over(data, "xl/"), data_only=True, keep_links=False)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        ink = Ink()
        return Manuscript(tables=tuple(Table(sheet.title, tuple(_rows(sheet, ink))) for sheet in sheets))
    except (
        InvalidFileException, zipfile.BadZipFile, ParseError, SyntaxError, KeyError, IndexError, OSError, ValueError,
        TypeError, AttributeError, OverflowError,
    ) as error:  # fmt: skip
        raise Unreadable(BROKEN) from error


def _rows(sheet: Worksheet, ink: Ink) -> Iterator[tuple[str, ...]]:
    if sheet.max_row * sheet.max_column > MOST_CELLS:
        raise Unreadable(VAST)
    merged = _merged(sheet)
    for row in sheet.iter_rows():
        yield tuple(ink.spend(merged.get((cell.row, cell.column)) or _shown(cell)) for cell in row)


def _merged(sheet: Worksheet) -> dict[tuple[int, int], str]:
    """What merged cells show, for each of the places they cover."""
    shown: dict[tuple[int, int], str] = {}
    for area in sheet.merged_cells.ranges:
        if area.size["rows"] * area.size["columns"] + len(shown) > MOST_CELLS:
            raise Unreadable(VAST)
        text = _shown(sheet.cell(area.min_row, area.min_col))
        shown |= dict.fromkeys(area.cells, text)
    return shown


def _shown(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, int | float) and "%" in str(cell.number_format):
        return f"{value * 100:.10g}%"
    if isinstance(value, float):
        return f"{value:.15g}"
    return str(value)[:LONGEST_CELL].strip()
