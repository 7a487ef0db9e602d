"""A roster of members on its way in: its columns recognised, every wrong cell told with its row."""

from typing import TYPE_CHECKING

from bot.cli.progress import Step
from bot.cli.sheet import Layout, Take
from bot.phrases import members as say

if TYPE_CHECKING:
    from bot.sheets import Outcome, Problem, Table
    from handlers.members import roster
    from storage.uow import UnitOfWork

_COLUMN = {
    "unknown_role": "role",
    "no_place": "place",
    "unknown_place": "place",
    "several_places": "place",
    "bad_account": "userid",
    "account_taken": "userid",
    "no_corporation": "userid",
}
"""The column of what is wrong with a row; of the others it is the name's."""


def layout() -> Layout:
    """The columns of a roster, as people head them."""
    from bot.sheets import Field
    from handlers.members.phrases import FAULTS
    from handlers.places.phrases import FAULTS as OF_PLACES

    fields = [Field(key, tuple(headers)) for key, headers in say.COLUMNS.items()]
    required = [key for key in say.COLUMNS if key not in say.OPTIONAL]
    return Layout("members", fields, required, {**OF_PLACES, **FAULTS})


def taking(corporation: str, *, dry_run: bool, skip_bad: bool) -> Take:
    """Takes in the rows that are right. `corporation`: whose userids stand in the roster."""
    from bot.sheets import Outcome, settled
    from handlers.members.roster import take_in

    def take(uow: "UnitOfWork", table: "Table", _step: Step) -> "Outcome":
        lines, problems = _read(table)
        by_number = {line.number: line for line in lines}
        made, wrong = take_in(uow, lines, corporation=corporation)
        outcome = Outcome(problems=problems + [_told(each, by_number[each.number], table) for each in wrong])
        for row, what in made.rows.items():
            if what == "same":
                outcome.same.add(row)
                continue
            outcome.added.add(row)
            outcome.new["member" if what == "added" else "role"] += 1
        return settled(outcome, dry_run=dry_run, skip_bad=skip_bad)

    return take


def _read(table: "Table") -> "tuple[list[roster.MemberLine], list[Problem]]":
    from handlers.members.roster import MemberLine
    from handlers.places.outcome import Fault
    from handlers.places.rules import Row

    lines: list[MemberLine] = []
    problems: list[Problem] = []
    for grid_row in table.rows:
        row = Row(grid_row.number, table.cells(grid_row))
        texts = {key: row.text(key, dates=key in ("since", "until")) for key in say.COLUMNS}
        if grid_row.hidden:
            row.note("", Fault.HIDDEN_ROW)
        problems += row.problems
        if not row.problems:
            lines.append(MemberLine(row.number, **texts))
    return lines, problems


def _told(problem: "roster.Problem", line: "roster.MemberLine", table: "Table") -> "Problem":
    from bot.sheets import Problem, letter

    key = _COLUMN.get(problem.fault.value, "name")
    if problem.value == line.place != line.name:
        key = "place"
    key = next(
        (
            day
            for day in ("since", "until")
            if problem.fault == "bad_day" and getattr(line, day) == problem.value
        ),
        key,
    )
    column = next((letter(place) for place, name in table.columns.items() if name == key), "")
    return Problem(problem.number, column, problem.fault, problem.value)
