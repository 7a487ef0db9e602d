"""Tables in and out: csv, xlsx and JSON lines from people; xlsx and JSON lines of registers.

What goes out is inert: no cell is ever a formula. What comes in is text: a formula is read as its own words.
"""

from bot.sheets.grid import FARTHEST_COLUMN, MOST_ROWS, BadSheet, Cell, GridRow, Sort, letter, read_grid
from bot.sheets.headers import LOWEST_HEADER, Field, Table, recognised, under_headers
from bot.sheets.outcome import Change, Outcome, Problem, Undone, settled
from bot.sheets.reading import Line, read_sheet
from bot.sheets.registers import read_register
from bot.sheets.writing import (
    FORMULA,
    LONGEST_CELL,
    Heading,
    Marked,
    write_json_lines,
    write_marked,
    write_sheet,
)

__all__ = [
    "FARTHEST_COLUMN",
    "FORMULA",
    "LONGEST_CELL",
    "LOWEST_HEADER",
    "MOST_ROWS",
    "BadSheet",
    "Cell",
    "Change",
    "Field",
    "GridRow",
    "Heading",
    "Line",
    "Marked",
    "Outcome",
    "Problem",
    "Sort",
    "Table",
    "Undone",
    "letter",
    "read_grid",
    "read_register",
    "read_sheet",
    "recognised",
    "settled",
    "under_headers",
    "write_json_lines",
    "write_marked",
    "write_sheet",
]
