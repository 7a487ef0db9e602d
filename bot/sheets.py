"""Tables in and out: csv, xlsx and JSON lines from people; xlsx and JSON lines of registers.

What goes out is inert: no cell is ever a formula. What comes in is text: a formula is read as its own words.
"""

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from pathlib import Path
from typing import IO, Any

from bot.phrases import sheets as say
from knowledge.ingest.decoding import decoded

LARGEST = 20 * 1024 * 1024
"""Bytes of a file. A larger one is refused unread."""

LARGEST_UNPACKED = 200 * 1024 * 1024
"""Bytes of an xlsx once unpacked."""

MOST_ROWS = 100_000
LONGEST_CELL = 32_767
"""Characters, Excel's own limit."""

FORMULA = re.compile(r"^[=+\-@\t\r＝＋－＠]")
"""How a cell begins that a spreadsheet would take for a formula (OWASP, CSV injection)."""

_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class BadSheet(Exception):
    """A table that cannot be read; the message is one sentence for the person who handed it in."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row: `number` as the person sees it in their file, values by our names of the columns."""

    number: int
    values: Mapping[str, str]


def read_sheet(
    path: Path, columns: Mapping[str, Sequence[str]], *, optional: Iterable[str] = ()
) -> list[Line]:
    """The rows of a table. `columns`: our name of each → the headers that mean it. Raises `BadSheet`."""
    size = path.stat().st_size
    if size > LARGEST:
        most = LARGEST // 1024 // 1024
        raise BadSheet(say.TOO_LARGE.format(size=size // 1024 // 1024, most=most, name=path.name))
    readers: dict[str, Callable[[Path, Mapping[str, str]], Iterator[tuple[int, dict[str, str]]]]] = {
        ".csv": _csv_rows,
        ".xlsx": _xlsx_rows,
        ".jsonl": _json_rows,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise BadSheet(say.NOT_A_TABLE.format(name=path.suffix or path.name))
    if size == 0:
        raise BadSheet(say.EMPTY.format(name=path.name))
    names = {header.casefold(): ours for ours, headers in columns.items() for header in (ours, *headers)}
    required = [ours for ours in columns if ours not in set(optional)]
    lines: list[Line] = []
    for number, row in reader(path, names):
        if any(row.values()):
            lines.append(Line(number, row))
        if len(lines) > MOST_ROWS:
            raise BadSheet(say.TOO_MANY.format(most=MOST_ROWS, name=path.name))
        missing = [columns[ours][0] for ours in required if ours not in row]
        if missing:
            raise BadSheet(_missing(missing, columns))
    if not lines:
        raise BadSheet(say.EMPTY.format(name=path.name))
    return lines


def write_json_lines(rows: Iterable[Mapping[str, Any]], out: IO[str], zone: tzinfo) -> None:
    """One object a line; moments in `zone`, ISO 8601 with its offset."""
    for row in rows:
        plain = {name: _plain(value, zone) for name, value in row.items()}
        out.write(json.dumps(plain, ensure_ascii=False) + "\n")


def write_sheet(rows: Sequence[Mapping[str, Any]], title: str, out: IO[bytes], zone: tzinfo) -> None:
    """An xlsx of one sheet: a header row that stays in view, then a row each; every text is a text."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    names = list(rows[0]) if rows else [say.NO_ROWS]
    for place, name in enumerate(names, start=1):
        sample = [name, *(str(row[name] or "") for row in rows[:200])]
        sheet.column_dimensions[get_column_letter(place)].width = min(60, 3 + max(map(_width, sample)))

    def cell(value: Any) -> Any:
        text = _UNSEEN.sub("", value)[:LONGEST_CELL] if isinstance(value, str) else None
        made = WriteOnlyCell(sheet, text or None if isinstance(value, str) else value)
        if text:
            made.data_type = "s"
            made.quotePrefix = FORMULA.match(text) is not None
        return made

    heads = [cell(name) for name in names]
    for head in heads:
        head.font = Font(bold=True)
    sheet.append(heads)
    for row in rows:
        sheet.append([cell(_plain(row[name], zone)) for name in names])
    book.save(out)


def _plain(value: Any, zone: tzinfo) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date | time) else value


def _width(text: str) -> int:
    """Columns a text takes, a Chinese character two."""
    return sum(1 if mark.isascii() else 2 for mark in text)


def _missing(missing: Sequence[str], columns: Mapping[str, Sequence[str]]) -> str:
    every = "、".join(headers[0] for headers in columns.values())
    return say.MISSING_COLUMNS.format(columns="、".join(missing), all=every)


def _text(value: Any) -> str:
    """A cell as text: without what cannot be seen and without spaces around it; 3.0 as 3."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(_UNSEEN.sub("", str(value)).split()) if value is not None else ""


def _under_headers(
    rows: Iterable[tuple[int, Sequence[Any]]], names: Mapping[str, str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """The first row with anything in it names the columns; columns we do not know are left out."""
    places: dict[int, str] | None = None
    for number, cells in rows:
        texts = [_text(cell) for cell in cells]
        if places is not None:
            yield number, {ours: texts[at] if at < len(texts) else "" for at, ours in places.items()}
        elif any(texts):
            places = {at: names[text.casefold()] for at, text in enumerate(texts) if text.casefold() in names}
            yield number, dict.fromkeys(places.values(), "")


def _csv_rows(path: Path, names: Mapping[str, str]) -> Iterator[tuple[int, dict[str, str]]]:
    text = decoded(path.read_bytes())
    if text is None:
        raise BadSheet(say.NOT_TEXT.format(name=path.name))
    first = text.strip().partition("\n")[0]
    mark = max(",;\t，", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    try:
        yield from _under_headers(((reader.line_num, row) for row in reader), names)
    except csv.Error:
        raise BadSheet(say.BROKEN.format(name=path.name)) from None


def _xlsx_rows(path: Path, names: Mapping[str, str]) -> Iterator[tuple[int, dict[str, str]]]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > LARGEST_UNPACKED:
                most = LARGEST_UNPACKED // 1024 // 1024
                raise BadSheet(say.TOO_LARGE.format(size=f">{most}", most=most, name=path.name))
        book = load_workbook(path, read_only=True)
        try:
            rows = book.worksheets[0].iter_rows(values_only=True)
            yield from _under_headers(enumerate(rows, start=1), names)
        finally:
            book.close()
    except (
        zipfile.BadZipFile,
        InvalidFileException,
        SyntaxError,  # of expat's ParseError and of lxml's, whichever openpyxl finds
        KeyError,
        IndexError,
        ValueError,
        TypeError,
    ):
        raise BadSheet(say.BROKEN.format(name=path.name)) from None


def _json_rows(path: Path, names: Mapping[str, str]) -> Iterator[tuple[int, dict[str, str]]]:
    text = decoded(path.read_bytes())
    if text is None:
        raise BadSheet(say.NOT_TEXT.format(name=path.name))
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise BadSheet(say.BAD_JSON.format(number=number, name=path.name))
        known = {names[key.casefold()]: _text(value) for key, value in row.items() if key.casefold() in names}
        yield number, {ours: known.get(ours, "") for ours in {*known, *names.values()}}
