"""Delimited text (.csv) into a table."""

import csv
import io

from knowledge.errors import Unreadable
from knowledge.ingest.manuscript import BROKEN, MOST_CELLS, VAST, Ink, Manuscript, Table

_DELIMITERS = ",\t;，|"
_SAMPLE = 20


def read(text: str) -> Manuscript:
    """One table from delimited text; the delimiter is what parts its first lines most evenly."""
    ink = Ink()
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=False))
    except csv.Error as error:
        raise Unreadable(BROKEN) from error
    if sum(map(len, rows)) > MOST_CELLS:
        raise Unreadable(VAST)
    return Manuscript(
        tables=(Table("", tuple(tuple(ink.spend(cell.strip()) for cell in row) for row in rows)),)
    )


def _delimiter(text: str) -> str:
    lines = [line for line in text.splitlines()[:_SAMPLE] if line.strip()]

    def evenness(mark: str) -> tuple[int, int]:
        counts = [line.count(mark) for line in lines]
        first = counts[0] if counts else 0
        return (sum(count == first for count in counts) if first else 0, first)

    return max(_DELIMITERS, key=evenness)
