"""`wish`: a county's own list of wishes logged row by row, and our register brought back."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.people import named_member, rows_reported
from bot.cli.progress import Step
from bot.cli.session import AsJson, Failure, Office, note, office
from bot.cli.sheet import DryRun, Incoming, Layout, Report, SkipBad, Told, bring_in, read_table
from bot.phrases import wishes as say

if TYPE_CHECKING:
    from bot.sheets import Outcome, Problem, Table
    from handlers.wishes.sheets import lines
    from storage.uow import UnitOfWork

app = typer.Typer(help=say.WISH, no_args_is_help=True)

REQUIRED = ("no", "status", "content", "logged_by", "logged_at")
"""By these columns a register of ours is known."""

_DAYS = frozenset(
    {
        "logged_at", "claimed_at", "delivered_at", "fulfilled_at", "closed_at", "expires_on", "wanted_by",
        "promised_on", "proposed",
    }
)  # fmt: skip
_WHOLE = ("content", "note")

Taking = Callable[
    ["UnitOfWork", "list[lines.WishLine]", frozenset[str], Step], "tuple[lines.Taken, Callable[[], None]]"
]
"""What is in the lines, and what writes it."""


@app.callback()
def _group() -> None:
    """A group of commands, of which there is one so far."""


@app.command("import", help=say.IMPORT)
def import_wishes(
    file: Annotated[Path, typer.Argument(help=say.FILE)],
    *,
    by: Annotated[str | None, typer.Option("--by", help=say.BY)] = None,
    told: Told = None,
    dry_run: DryRun = False,
    report: Report = None,
    skip_bad: SkipBad = False,
    as_json: AsJson = False,
) -> None:
    """All or nothing; again changes nothing."""
    with office() as desk, rows_reported():
        incoming = _incoming(desk, file, told, listed=by is not None)
        taking = _restoring() if by is None else _logging(desk, by)

        def take(uow: "UnitOfWork", table: "Table", step: Step) -> "Outcome":
            return _taken(uow, table, taking, step, dry_run=dry_run, skip_bad=skip_bad)

        bring_in(desk, incoming, take, report=report, skip_bad=skip_bad, dry_run=dry_run, as_json=as_json)
    if by is not None and "remark" in incoming.table.columns.values():
        note(say.REMARK_LEFT)
    if by is not None and not dry_run and not as_json:
        note(say.NOT_VERIFIED)


def _incoming(desk: Office, file: Path, told: list[str] | None, *, listed: bool) -> Incoming:
    """The sheet under the headers of a list, or of our register; the one is not taken for the other."""
    from bot.sheets import BadSheet, read_grid, recognised
    from handlers.places.phrases import FAULTS as OF_PLACES
    from handlers.wishes.sheets.phrases import FAULTS, LIST_FIELDS, REGISTER_FIELDS

    faults = {**OF_PLACES, **FAULTS}
    marks = [field for field in REGISTER_FIELDS if field.key in REQUIRED]
    ours = recognised(read_grid(file), marks, {}) == len(marks)
    if listed and ours:
        raise Failure(say.A_REGISTER)
    if listed:
        return read_table(desk, file, [Layout("wish_list", LIST_FIELDS, ("content",), faults)], told)
    try:
        return read_table(desk, file, [Layout("wishes", REGISTER_FIELDS, REQUIRED, faults)], told)
    except BadSheet as error:
        raise Failure(f"{error}\n{say.NOT_A_REGISTER}") from None


def _logging(desk: Office, by: str) -> Taking:
    from bot.moderation import WordLists
    from handlers.wishes.sheets import county

    words = WordLists(desk.settings.bot_data_dir / "moderation")

    def taking(
        uow: "UnitOfWork", found: "list[lines.WishLine]", given: frozenset[str], step: Step
    ) -> "tuple[lines.Taken, Callable[[], None]]":
        member = named_member(uow, by)
        taken, entries = county.read_list(uow, found, by=member, given=given, words=words, step=step)
        return taken, lambda: county.log_all(uow, entries, by=member)

    return taking


def _restoring() -> Taking:
    from handlers.wishes.sheets import restore

    def taking(
        uow: "UnitOfWork", found: "list[lines.WishLine]", given: frozenset[str], step: Step
    ) -> "tuple[lines.Taken, Callable[[], None]]":
        taken, wishes = restore.read_register(uow, found, given=given, step=step)
        return taken, lambda: restore.put_back(uow, wishes)

    return taking


def _taken(
    uow: "UnitOfWork", table: "Table", taking: Taking, step: Step, *, dry_run: bool, skip_bad: bool
) -> "Outcome":
    """Nothing is written before it is known that all of it stands."""
    from bot.sheets import Outcome, settled

    found, problems = wish_lines(table)
    taken, write = taking(uow, found, frozenset(table.columns.values()), step)
    outcome = Outcome(problems=problems + [_told(each, table) for each in taken.problems])
    for row, what in taken.rows.items():
        (outcome.same if what == "same" else outcome.added).add(row)
    outcome.new["wish"] = len(outcome.added)
    settled(outcome, dry_run=dry_run, skip_bad=skip_bad)
    write()
    return outcome


def wish_lines(table: "Table") -> "tuple[list[lines.WishLine], list[Problem]]":
    """The rows whose cells can be read at all, and what is wrong with the others."""
    from handlers.places.outcome import Fault
    from handlers.places.rules import Row
    from handlers.wishes.sheets.lines import WishLine

    found: list[lines.WishLine] = []
    problems: list[Problem] = []
    keys = frozenset(table.columns.values())
    for grid_row in table.rows:
        row = Row(grid_row.number, table.cells(grid_row))
        texts = {key: row.text(key, dates=key in _DAYS) for key in keys}
        whole = {key: row.cells[key][0][1].whole for key in _WHOLE if key in keys}
        if grid_row.hidden:
            row.note("", Fault.HIDDEN_ROW)
        problems += row.problems
        if not row.problems:
            found.append(WishLine(row.number, texts, whole))
    return found, problems


def _told(problem: "lines.Problem", table: "Table") -> "Problem":
    from bot.masking import hide_numbers
    from bot.sheets import Problem, letter

    column = next((letter(place) for place, key in table.columns.items() if key == problem.key), "")
    return Problem(problem.number, column, problem.fault, hide_numbers(problem.value), problem.other)
