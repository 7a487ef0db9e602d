"""A county's own sheet on its way in: columns recognised or told, tried out, reported row by row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.progress import Step, bars
from bot.cli.session import Failure, Office, note, out, out_json
from bot.phrases import cli
from bot.phrases import county as say

if TYPE_CHECKING:
    from bot.sheets import Field, GridRow, Outcome, Problem, Table
    from storage.uow import UnitOfWork

SHOWN = 20
"""Problems and changes that are told one by one on the terminal."""

Told = Annotated[list[str] | None, typer.Option("--map", help=say.MAP)]
DryRun = Annotated[bool, typer.Option("--dry-run", help=say.DRY_RUN)]
Report = Annotated[Path | None, typer.Option("--report", help=say.REPORT)]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help=say.SKIP_BAD)]

Take = Callable[["UnitOfWork", "Table", Step], "Outcome"]
"""Brings the rows in. Raises `Undone` when nothing is to be written."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A kind of sheet: what is said of its columns is remembered under `sheet`; `faults`: what is wrong, in words."""

    sheet: str
    fields: "Sequence[Field]"
    required: Sequence[str]
    faults: Mapping[str, str]

    def says(self, problem: "Problem") -> str:
        """What is wrong, without where."""
        return self.faults[problem.fault].format(value=problem.value[:60], other=problem.other)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file as it was read: `told` is what a person said of its columns, now or before; `fresh`: said just now."""

    file: Path
    layout: Layout
    grid: "Sequence[GridRow]"
    table: "Table"
    told: dict[str, str]
    fresh: bool


def read_table(desk: Office, file: Path, layouts: Sequence[Layout], said: Sequence[str] | None) -> Incoming:
    """Read the file and know its columns; of several layouts the one that most of its headers speak of.

    Raises `BadSheet`, `Failure`.
    """
    from bot.sheets import read_grid, recognised, under_headers

    grid = read_grid(file)
    every = list({field.key: field for layout in layouts for field in layout.fields}.values())
    fresh = _said(said or (), every)
    candidates = [(layout, _recalled(desk, layout.sheet, grid, fresh)) for layout in layouts]
    layout, told = max(candidates, key=lambda each: recognised(grid, each[0].fields, each[1]))
    keys = {field.key for field in layout.fields}
    told = {header: key for header, key in told.items() if key in {"", *keys}}
    table = under_headers(grid, layout.fields, required=layout.required, told=told, name=file.name)
    for header in fresh:
        if header not in table.headers:
            raise Failure(say.NO_SUCH_HEADER.format(name=header, choices=cli.listed(table.headers)))
    return Incoming(file, layout, grid, table, told, bool(fresh))


def _recalled(
    desk: Office, sheet: str, grid: "Sequence[GridRow]", fresh: Mapping[str, str]
) -> dict[str, str]:
    """What was said of a sheet with these headers before, and what is said now, which goes before it."""
    from bot.sheets import LOWEST_HEADER

    rows = [[cell.text for cell in row.cells if cell.text] for row in grid[:LOWEST_HEADER]]

    def recall(uow: "UnitOfWork") -> dict[str, str]:
        return next((known for row in rows if (known := uow.sheet_columns.recall(sheet, row))), {})

    known = desk.database.read_now(recall)
    return {header: key for header, key in known.items() if key not in fresh.values()} | dict(fresh)


def bring_in(
    desk: Office,
    incoming: Incoming,
    take: Take,
    *,
    report: Path | None,
    skip_bad: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Take the sheet in, all of it in one transaction, and tell what came of it. Raises `Failure` for wrong rows."""
    from bot.sheets import Undone

    if report is not None and report.suffix.lower() != ".xlsx":
        raise typer.BadParameter(say.BAD_REPORT.format(name=report.name))

    def whole(uow: "UnitOfWork", step: Step) -> "Outcome":
        made = take(uow, incoming.table, step)
        if incoming.fresh:
            uow.sheet_columns.keep(incoming.layout.sheet, incoming.table.headers, incoming.told)
        return made

    stands = True
    with bars() as bar:
        try:
            outcome = desk.database.run_now(whole, bar(say.READING))
        except Undone as undone:
            outcome, stands = undone.outcome, False
    if report is not None:
        _report(incoming, outcome, report)
    wrong = bool(outcome.problems) and not (skip_bad and stands)
    if as_json:
        out_json(_plain(outcome, incoming.layout, stands=stands))
    else:
        _tell(outcome, incoming.layout, dry_run=dry_run, stands=stands)
    if report is not None:
        note(say.REPORTED.format(file=report))
    elif outcome.problems and not as_json and not stands:
        note(say.HOW_ON)
    if stands and incoming.fresh:
        note(say.REMEMBERED)
    if wrong:
        raise typer.Exit(1)


def _said(said: Sequence[str], fields: "Sequence[Field]") -> dict[str, str]:
    keys = {name: field.key for field in fields for name in (field.key, *field.headers)}
    told: dict[str, str] = {}
    for text in said:
        header, parted, key = text.replace("＝", "=").rpartition("=")
        if not parted or not header.strip() or key.strip() not in {"", *keys}:
            choices = cli.listed(field.headers[0] for field in fields)
            raise typer.BadParameter(say.BAD_MAP.format(text=text, choices=choices))
        told[header.strip()] = keys.get(key.strip(), "")
    return told


def _tell(outcome: "Outcome", layout: Layout, *, dry_run: bool, stands: bool) -> None:
    """Counts and changes are the answer; what is wrong goes where failures go."""
    from handlers.places import phrases

    if dry_run:
        out(say.TRIED)
    if dry_run or stands:
        out(say.counted(len(outcome.added), len(outcome.changed), len(outcome.same)))
        if len(outcome.new) > 1:
            out(say.nouns(outcome.new, phrases.NOUNS))
        if outcome.changes:
            told = [phrases.change(each) for each in outcome.changes[:SHOWN]]
            out(say.changes(told, len(outcome.changes) - len(told)))
    if outcome.problems:
        heading = say.SKIPPED if stands else say.AMISS if dry_run else say.NOT_TAKEN
        note(heading.format(count=len(outcome.problems)))
        for each in outcome.problems[:SHOWN]:
            note(f"  {say.amiss(phrases.where(each), layout.says(each))}")
        if len(outcome.problems) > SHOWN:
            note(cli.more_problems(len(outcome.problems) - SHOWN))


def _plain(outcome: "Outcome", layout: Layout, *, stands: bool) -> dict[str, Any]:
    from handlers.places import phrases

    return {
        "written": stands,
        "added": len(outcome.added) - outcome.new["role"],
        "granted": outcome.new["role"],
        "changed": len(outcome.changed),
        "unchanged": len(outcome.same),
        "new": dict(outcome.new),
        "changes": [{"row": each.row, "says": phrases.change(each)} for each in outcome.changes],
        "problems": [
            {"row": each.row, "column": each.column, "fault": each.fault.value, "says": layout.says(each)}
            for each in outcome.problems
        ],
    }


def _report(incoming: Incoming, outcome: "Outcome", file: Path) -> None:
    from bot.sheets import Marked, letter, write_marked
    from handlers.places import phrases
    from storage.whole_file import whole_file

    letters = {letter(place): place for place in range(max(len(row.cells) for row in incoming.grid))}
    marks: dict[int, Marked] = {}
    says = incoming.layout.says
    for row in incoming.table.rows:
        faults = [each for each in outcome.problems if each.row == row.number]
        told = [say.amiss(each.column, says(each)) if each.column else says(each) for each in faults]
        told += [phrases.change(each) for each in outcome.changes if each.row == row.number]
        keys = (
            ("bad", outcome.bad),
            ("added", outcome.added),
            ("changed", outcome.changed),
            ("same", outcome.same),
        )
        first = outcome.first.get(row.number, row.number)
        result = next((key for key, rows in keys if row.number in rows or first in rows), "")
        amiss = frozenset(letters[each.column] for each in faults if each.column in letters)
        marks[row.number] = Marked(say.result(result), tuple(told), amiss)
    with whole_file(file) as raw:
        write_marked(
            incoming.grid, incoming.table.header, marks, incoming.file.stem[:31] or incoming.layout.sheet, raw
        )
