"""Plain tables: a header row, then rows of text by our names of the columns."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.phrases import sheets as say
from bot.sheets.grid import (
    BROKEN_BOOK,
    MOST_ROWS,
    UNSEEN,
    BadSheet,
    check_book,
    check_size,
    delimiter,
    json_object,
    spoken,
    text_of,
    unescaped,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One row: `number` as the person sees it in their file, values by our names of the columns."""

    number: int
    values: Mapping[str, str]


def read_sheet(
    path: Path, columns: Mapping[str, Sequence[str]], *, optional: Iterable[str] = ()
) -> list[Line]:
    """The rows of a table. `columns`: our name of each → the headers that mean it. Raises `BadSheet`."""
    check_size(path)
    readers: dict[str, Callable[[Path, Mapping[str, str]], Iterator[tuple[int, dict[str, str]]]]] = {
        ".csv": _csv_rows,
        ".xlsx": _xlsx_rows,
        ".jsonl": _json_rows,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise BadSheet(say.NOT_A_TABLE.format(name=path.suffix or path.name))
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


def _missing(missing: Sequence[str], columns: Mapping[str, Sequence[str]]) -> str:
    every = "、".join(headers[0] for headers in columns.values())
    return say.MISSING_COLUMNS.format(columns="、".join(missing), all=every)


def _text(value: Any) -> str:
    """A cell as text: without what cannot be seen and without spaces around it; 3.0 as 3."""
    return " ".join(UNSEEN.sub("", spoken(value)).split())


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
    text = text_of(path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter(text))
    try:
        yield from _under_headers(((reader.line_num, row) for row in reader), names)
    except csv.Error:
        raise BadSheet(say.BROKEN.format(name=path.name)) from None


def _xlsx_rows(path: Path, names: Mapping[str, str]) -> Iterator[tuple[int, dict[str, str]]]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    check_book(path)
    try:
        book = load_workbook(path, read_only=True)
        try:
            rows = book.worksheets[0].iter_rows(values_only=True)
            plain = ([unescaped(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
            yield from _under_headers(enumerate(plain, start=1), names)
        finally:
            book.close()
    except (*BROKEN_BOOK, InvalidFileException):
        raise BadSheet(say.BROKEN.format(name=path.name)) from None


def _json_rows(path: Path, names: Mapping[str, str]) -> Iterator[tuple[int, dict[str, str]]]:
    for number, line in enumerate(text_of(path).splitlines(), start=1):
        if line.strip():
            row = json_object(line, number, path)
            known = {
                names[key.casefold()]: _text(value) for key, value in row.items() if key.casefold() in names
            }
            yield number, {ours: known.get(ours, "") for ours in {*known, *names.values()}}
