"""A table as it stands in a file: every cell with its sort, what is merged, what is hidden."""

import csv
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from bot.phrases import sheets as say
from knowledge.ingest.decoding import decoded

LARGEST = 20 * 1024 * 1024
"""Bytes of a file. A larger one is refused unread."""

LARGEST_UNPACKED = 100 * 1024 * 1024
"""Bytes of an xlsx once unpacked."""

MOST_ROWS = 100_000
FARTHEST_COLUMN = 256
"""A cell beyond is a slip of the hand, and would make the table as wide as the sheet."""

UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
"""A mark that XML cannot carry, as an xlsx writes it (ECMA-376, ST_Xstring)."""

MOST_MERGED = 200_000
"""Cells that merges may cover: openpyxl makes a cell for each, and one merge can cover the whole sheet."""

_MERGE = re.compile(rb"mergeCell\b[^>]*?\bref=[\"']([A-Z]+\d+:[A-Z]+\d+)")

_OLD_OR_LOCKED = bytes.fromhex("d0cf11e0a1b11ae1")
"""How a compound file begins: an .xls, or an .xlsx behind a password ([MS-CFB], [MS-OFFCRYPTO])."""

_LOCKED = "EncryptedPackage".encode("utf-16-le")


class BadSheet(Exception):
    """A table that cannot be read; the message is one sentence for the person who handed it in."""


class Sort(StrEnum):
    """What a cell holds."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    FORMULA = "formula"
    ERROR = "error"
    """#REF!, #N/A and their like."""


@dataclass(frozen=True, slots=True)
class Cell:
    """`text`: without what cannot be seen and without spaces around it; 3.0 as 3; a line end is kept.

    `carried`: it stands in the first row of a merge, which reaches down to here. `spread`: so, from the left.
    `whole`: a text as it stands, every space and line end in its place.
    """

    text: str = ""
    sort: Sort = Sort.TEXT
    carried: bool = False
    spread: bool = False
    whole: str = ""


@dataclass(frozen=True, slots=True)
class GridRow:
    """One row: `number` as the person sees it in their file."""

    number: int
    cells: tuple[Cell, ...]
    hidden: bool = False

    def __bool__(self) -> bool:
        """Whether anything is written in it."""
        return any(cell.text and not cell.carried for cell in self.cells)


def read_grid(path: Path) -> list[GridRow]:
    """The rows of a table with anything in them. Raises `BadSheet`."""
    check_size(path)
    readers = {".csv": _csv_grid, ".xlsx": _xlsx_grid, ".jsonl": _json_grid}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        old = path.suffix.lower() == ".xls"
        raise BadSheet((say.OLD if old else say.NOT_A_TABLE).format(name=path.name if old else path.suffix))
    found: list[GridRow] = []
    for row in reader(path):
        if row:
            found.append(row)
        if len(found) > MOST_ROWS:
            raise BadSheet(say.TOO_MANY.format(most=MOST_ROWS, name=path.name))
    if not found:
        raise BadSheet(say.EMPTY.format(name=path.name))
    return found


def check_size(path: Path) -> None:
    """Raises `BadSheet` for a file too large to be read, or with nothing in it."""
    size = path.stat().st_size
    if size > LARGEST:
        most = LARGEST // 1024 // 1024
        raise BadSheet(say.TOO_LARGE.format(size=size // 1024 // 1024, most=most, name=path.name))
    if size == 0:
        raise BadSheet(say.EMPTY.format(name=path.name))


def check_book(path: Path) -> None:
    """Raises `BadSheet` for what is no xlsx, is behind a password, or unpacks to more than we take."""
    with path.open("rb") as raw:
        start = raw.read(8)
        if start == _OLD_OR_LOCKED:
            locked = _LOCKED in raw.read()
            raise BadSheet((say.LOCKED if locked else say.OLD).format(name=path.name))
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > LARGEST_UNPACKED:
                most = LARGEST_UNPACKED // 1024 // 1024
                raise BadSheet(say.TOO_LARGE.format(size=f">{most}", most=most, name=path.name))
    except zipfile.BadZipFile:
        raise BadSheet(say.BROKEN.format(name=path.name)) from None


def text_of(path: Path) -> str:
    """The text of a file, in whatever encoding. Raises `BadSheet`, with the row of a byte that is no text."""
    data = path.read_bytes()
    text = decoded(data)
    if text is not None:
        return text
    if b"\0" in data:
        raise BadSheet(say.NOT_TEXT.format(name=path.name))
    try:
        data.decode("gb18030")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, before.rpartition(b"\n")[2].count(b",")
        sentence = say.BAD_BYTE.format(number=line, column=letter(column), name=path.name)
        raise BadSheet(sentence) from None
    raise BadSheet(say.NOT_TEXT.format(name=path.name))


def letter(place: int) -> str:
    """A column as a spreadsheet names it, counted from 0.

    >>> letter(0), letter(25), letter(26), letter(255)
    ('A', 'Z', 'AA', 'IV')
    """
    name = ""
    place += 1
    while place:
        place, mark = divmod(place - 1, 26)
        name = chr(ord("A") + mark) + name
    return name


def delimiter(text: str) -> str:
    """What parts the cells of a csv, by its first line."""
    first = text.strip().partition("\n")[0]
    return max(",;\t，", key=first.count)


BROKEN_BOOK = (
    zipfile.BadZipFile,
    SyntaxError,  # of expat's ParseError and of lxml's, whichever openpyxl finds
    KeyError,
    IndexError,
    ValueError,
    TypeError,
    AttributeError,
    EOFError,
    OSError,  # "no valid workbook part"
    RuntimeError,  # an entry that is locked, nested too deep, or packed in a way not known
    zlib.error,
)
"""What openpyxl raises of a book that is damaged."""


def unescaped(text: str) -> str:
    """
    >>> unescaped("a_x000D_b"), unescaped("_x005F_x000D_")
    ('a\\rb', '_x000D_')
    """
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def _csv_grid(path: Path) -> Iterator[GridRow]:
    text = text_of(path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter(text))
    try:
        for row in reader:
            yield GridRow(reader.line_num, tuple(_cell(value) for value in row[:FARTHEST_COLUMN]))
    except csv.Error:
        raise BadSheet(say.BROKEN.format(name=path.name)) from None


def _json_grid(path: Path) -> Iterator[GridRow]:
    """One object a line; the first row is of their keys, in the order they are met."""
    rows: list[tuple[int, dict[str, Any]]] = []
    for number, line in enumerate(text_of(path).splitlines(), start=1):
        if line.strip():
            rows.append((number, json_object(line, number, path)))
    keys = list(dict.fromkeys(key for _, row in rows for key in row))
    if keys:
        yield GridRow(0, tuple(Cell(key) for key in keys))
    for number, row in rows:
        yield GridRow(number, tuple(_cell(_in_one(row.get(key))) for key in keys))


def json_object(line: str, number: int, path: Path) -> dict[str, Any]:
    """Raises `BadSheet`."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        raise BadSheet(say.BAD_JSON.format(number=number, name=path.name))
    return row


def _in_one(value: Any) -> Any:
    """A list in one cell, as people write it."""
    return "、".join(map(str, value)) if isinstance(value, list) else value


def _xlsx_grid(path: Path) -> Iterator[GridRow]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    check_book(path)
    try:
        _check_merges(path)
        book = load_workbook(path)
        try:
            sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
            filled = next((sheet for sheet in sheets if sheet.max_row > 1 or sheet["A1"].value), None)
            if filled is not None:
                yield from _sheet_rows(filled, path)
        finally:
            book.close()
    except (*BROKEN_BOOK, InvalidFileException):
        raise BadSheet(say.BROKEN.format(name=path.name)) from None


def _check_merges(path: Path) -> None:
    from openpyxl.utils import range_boundaries

    covered = 0
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                for found in _MERGE.finditer(archive.read(name)):
                    left, top, right, bottom = range_boundaries(found[1].decode())
                    covered += (right - left + 1) * (bottom - top + 1)
    if covered > MOST_MERGED:
        raise BadSheet(say.MERGED_WIDE.format(name=path.name))


def _sheet_rows(sheet: Any, path: Path) -> Iterator[GridRow]:
    if sheet.max_row > MOST_ROWS or sheet.max_column > FARTHEST_COLUMN:
        at = f"{letter(sheet.max_column - 1)}{sheet.max_row}"
        raise BadSheet(say.FAR_AWAY.format(at=at, most=MOST_ROWS, columns=FARTHEST_COLUMN, name=path.name))
    merged = _merged(sheet)
    hidden = {number for number, row in sheet.row_dimensions.items() if row.hidden}
    rows = sheet.iter_rows(max_row=sheet.max_row, max_col=sheet.max_column)
    for number, row in enumerate(rows, start=1):
        cells = tuple(merged.get((number, place)) or _of_book(cell) for place, cell in enumerate(row))
        yield GridRow(number, cells, number in hidden)


def _merged(sheet: Any) -> dict[tuple[int, int], Cell]:
    """(row from 1, column from 0) → what stands in the first cell of its merge, but for that cell itself."""
    found: dict[tuple[int, int], Cell] = {}
    for area in sheet.merged_cells.ranges:
        first = _of_book(sheet.cell(area.min_row, area.min_col))
        wide = area.max_col > area.min_col
        for row in range(area.min_row, min(area.max_row, MOST_ROWS) + 1):
            for column in range(area.min_col, min(area.max_col, FARTHEST_COLUMN) + 1):
                down, right = row > area.min_row, column > area.min_col
                if down or right or wide:
                    cell = replace(first, carried=down, spread=wide)
                    found[row, column - 1] = replace(cell, text="") if right else cell
    return found


def _of_book(cell: Any) -> Cell:
    sorts = {"f": Sort.FORMULA, "e": Sort.ERROR, "n": Sort.NUMBER, "d": Sort.DATE}
    sort = sorts.get(cell.data_type, Sort.TEXT)
    if cell.value is None:
        return _EMPTY
    value = unescaped(cell.value) if isinstance(cell.value, str) else cell.value
    return _cell(value, Sort.DATE if cell.is_date else sort)


_EMPTY = Cell()


def _cell(value: Any, sort: Sort | None = None) -> Cell:
    if sort is None:
        sort = Sort.NUMBER if isinstance(value, int | float) and not isinstance(value, bool) else Sort.TEXT
    if sort is Sort.FORMULA:
        value = getattr(value, "text", value)
    told = spoken(value)
    lines = UNSEEN.sub("", told).splitlines()
    return Cell("\n".join(line for each in lines if (line := " ".join(each.split()))), sort, whole=told)


def spoken(value: Any) -> str:
    """A value as people write it: 3.0 as 3, a moment at midnight as its day.

    >>> spoken(3.0), spoken(datetime(2026, 3, 5)), spoken(None)
    ('3', '2026-03-05', '')
    """
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and not (value.hour or value.minute or value.second):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else "" if value is None else str(value)
