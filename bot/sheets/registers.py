"""A register of ours read back: row by row, so that its length does not matter, and every text as it was written."""

from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from itertools import zip_longest
from pathlib import Path
from typing import Any

from bot.phrases import sheets as say
from bot.sheets.grid import BROKEN_BOOK, BadSheet, check_book, json_object, unescaped


def read_register(
    path: Path, titles: Mapping[str, str], zone: tzinfo
) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row with its number, its values by key of `titles` (title → key). A moment is by the clock of `zone`.

    A column of another title is left out; what an empty cell held is "". Raises `BadSheet`.
    """
    readers = {".xlsx": _book_rows, ".jsonl": _json_rows}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise BadSheet(say.NOT_A_REGISTER.format(name=path.name))
    for number, row in reader(path, titles):
        yield number, {key: _text(value, zone) for key, value in row.items()}


def _json_rows(path: Path, titles: Mapping[str, str]) -> Iterator[tuple[int, dict[str, Any]]]:
    keys = frozenset(titles.values())
    with path.open(encoding="utf-8", newline="\n") as lines:
        try:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    row = json_object(line, number, path)
                    yield number, {key: value for key, value in row.items() if key in keys}
        except UnicodeDecodeError:
            raise BadSheet(say.NOT_TEXT.format(name=path.name)) from None


def _book_rows(path: Path, titles: Mapping[str, str]) -> Iterator[tuple[int, dict[str, Any]]]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    check_book(path)
    try:
        book = load_workbook(path, read_only=True)
        try:
            keys: list[str] | None = None
            for number, row in enumerate(book.worksheets[0].iter_rows(values_only=True), start=1):
                cells = [unescaped(cell) if isinstance(cell, str) else cell for cell in row]
                if cells[:1] == [say.NO_ROWS]:
                    continue
                if keys is not None:
                    # a row ends with its last cell that holds anything
                    yield number, {key: cell for key, cell in zip_longest(keys, cells) if key}
                elif any(cells):
                    keys = [titles.get(str(cell), "") for cell in cells]
        finally:
            book.close()
    except (*BROKEN_BOOK, InvalidFileException):
        raise BadSheet(say.BROKEN.format(name=path.name)) from None


def _text(value: Any, zone: tzinfo) -> str:
    """
    >>> from datetime import UTC
    >>> _text(datetime(2026, 3, 5, 9, 0), UTC), _text("2026-03-05T09:00:00+00:00", UTC), _text(None, UTC)
    ('2026-03-05T09:00:00+00:00', '2026-03-05T09:00:00+00:00', '')
    """
    if isinstance(value, datetime):
        return value.replace(tzinfo=zone).isoformat(timespec="seconds")
    return "" if value is None else str(value)
