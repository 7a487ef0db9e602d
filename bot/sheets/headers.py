"""Which column means what: the header row found below any titles, read by known synonyms or as it is told."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.phrases import sheets as say
from bot.sheets.grid import BadSheet, Cell, GridRow, letter

LOWEST_HEADER = 15
"""Rows that may stand above the header: titles, the unit, the date."""


@dataclass(frozen=True, slots=True)
class Field:
    """`headers`: what people write over the column, the first as the county writes it. `several`: more than one
    column may give it, 成员1 and 成员2.
    """

    key: str
    headers: tuple[str, ...]
    several: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """`columns`: place of the column from 0 → field. `headers`: all that is written there, known or not."""

    header: int
    columns: Mapping[int, str]
    headers: tuple[str, ...]
    rows: tuple[GridRow, ...]

    def cells(self, row: GridRow) -> dict[str, list[tuple[str, Cell]]]:
        """The row's cells by field, each with the letter of its column."""
        found: dict[str, list[tuple[str, Cell]]] = {}
        for place, key in self.columns.items():
            cell = row.cells[place] if place < len(row.cells) else Cell()
            found.setdefault(key, []).append((letter(place), cell))
        return found


def under_headers(
    grid: Sequence[GridRow],
    fields: Sequence[Field],
    *,
    required: Sequence[str],
    told: Mapping[str, str] | None = None,
    name: str,
) -> Table:
    """Find the header and part the rows. `told`: header → field, beyond the synonyms. Raises `BadSheet`.

    Of the first rows the one that names the most fields is the header.
    """
    told = {_bare(header): key for header, key in (told or {}).items()}
    best, at = _best(grid, fields, told)
    header = grid[at]
    columns = _known(header, fields, told)
    by_key = {field.key: field for field in fields}
    missing = [by_key[key].headers[0] for key in required if key not in columns.values()]
    if missing or not best:
        every = "、".join(field.headers[0] for field in fields)
        row = header.number if best else grid[0].number
        raise BadSheet(say.missing(missing if best else (), row, every, name))
    _single(header, columns, by_key)
    if at + 1 == len(grid):
        raise BadSheet(say.NO_LINES.format(name=name))
    return Table(
        header.number,
        columns,
        tuple(cell.text for cell in header.cells if cell.text),
        tuple(grid[at + 1 :]),
    )


def recognised(grid: Sequence[GridRow], fields: Sequence[Field], told: Mapping[str, str]) -> int:
    """How many of the fields some row names as a header would."""
    return _best(grid, fields, {_bare(header): key for header, key in told.items()})[0]


def _best(grid: Sequence[GridRow], fields: Sequence[Field], told: Mapping[str, str]) -> tuple[int, int]:
    """How many fields the likeliest header names, and which row it is; the upper one of two alike."""
    scores = [len(set(_known(row, fields, told).values())) for row in grid[:LOWEST_HEADER]]
    return max(scores), scores.index(max(scores))


def _known(row: GridRow, fields: Sequence[Field], told: Mapping[str, str]) -> dict[int, str]:
    """Place → field of the headers we know. What is told goes before what is guessed, for the field too."""
    names = {_bare(header): field for field in fields for header in (field.key, *field.headers)}
    written = {_bare(cell.text) for cell in row.cells}
    told = {header: key for header, key in told.items() if header in written}
    found: dict[int, str] = {}
    for place, cell in enumerate(row.cells):
        header = _bare(cell.text)
        if not header or cell.carried:
            continue
        numbered = names.get(_without_number(header))
        field = names.get(header) or names.get(_without_brackets(header))
        if header in told:
            if told[header]:
                found[place] = told[header]
        elif field and field.key not in told.values():
            found[place] = field.key
        elif numbered and numbered.several and numbered.key not in told.values():
            found[place] = numbered.key
    return found


def _single(header: GridRow, columns: Mapping[int, str], fields: Mapping[str, Field]) -> None:
    """Raises `BadSheet` for two columns of one meaning."""
    first: dict[str, int] = {}
    texts: dict[str, int] = {}
    for place, key in columns.items():
        text = _bare(header.cells[place].text)
        twice = texts.get(text, None if fields[key].several else first.get(key))
        if twice is not None:
            raise BadSheet(
                say.TWICE.format(
                    number=header.number, one=letter(twice), other=letter(place), name=fields[key].headers[0]
                )
            )
        first[key] = texts[text] = place


def _bare(header: str) -> str:
    """
    >>> _bare(" 村（社区）* "), _bare("责任田 编号："), _bare("Name")
    ('村(社区)', '责任田编号', 'name')
    """
    folded = unicodedata.normalize("NFKC", header).casefold()
    return re.sub(r"[\s*:;,、。]", "", folded)


def _without_number(header: str) -> str:
    """
    >>> _without_number("成员2"), _without_number("成员十二"), _without_number("成员")
    ('成员', '成员', '成员')
    """
    while header and unicodedata.numeric(header[-1], None) is not None:
        header = header[:-1]
    return header


def _without_brackets(header: str) -> str:
    return re.sub(r"\(.*?\)|\[.*?\]|【.*?】|〔.*?〕", "", header)
