"""Bring a plain list of places in: a name, its kind, and the one above, in whatever order they come."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.sheets import Change, Outcome, Problem, Table, settled
from handlers.places import phrases
from handlers.places.county import ACTOR
from handlers.places.outcome import Fault, What
from handlers.places.rules import Row
from storage.base import NotFound, Taken
from storage.places import Misplaced, Place, SeveralNamed, parted
from storage.plots import Plot
from storage.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """One place of a list. `parent`: its name, 村@镇 where several bear it; "": at the top, or wherever it stands."""

    row: int
    name: str
    kind: str = ""
    parent: str = ""
    number: str = ""
    area: str = ""
    households: int | None = None
    columns: tuple[tuple[str, str], ...] = ()

    def amiss(self, key: str, fault: Fault, value: str = "") -> Problem:
        return Problem(self.row, dict(self.columns).get(key, ""), fault, value)


def read_places(table: Table) -> tuple[list[PlaceLine], list[Problem]]:
    """The rows that can be read, and what is wrong with the others."""
    lines: list[PlaceLine] = []
    problems: list[Problem] = []
    for grid_row in table.rows:
        row = Row(grid_row.number, table.cells(grid_row))
        line = PlaceLine(
            row.number, row.name("name", Fault.NO_NAME), row.kind("kind"), row.text("parent"), row.code("number"),
            row.area("area"), row.households("households"), tuple((key, row.column(key)) for key in row.cells),
        )  # fmt: skip
        if grid_row.hidden:
            row.note("", Fault.HIDDEN_ROW)
        problems += row.problems
        if not row.problems:
            lines.append(line)
    return lines, problems


def settle(
    uow: UnitOfWork,
    lines: Sequence[PlaceLine],
    problems: Sequence[Problem] = (),
    *,
    dry_run: bool = False,
    skip_bad: bool = False,
) -> Outcome:
    """Take in a list of places. Raises `Undone` when nothing is to be written."""
    outcome = Outcome(problems=list(problems))
    plots = {plot.place_id: plot for plot in uow.plots.all()}
    waiting = list(lines)
    while waiting:
        ready = [line for line in waiting if not _waits(line, waiting)]
        if not ready:
            outcome.problems += [_stuck(line) for line in waiting]
            break
        for line in ready:
            found = _put(uow, line, outcome)
            if isinstance(found, Problem):
                outcome.problems.append(found)
            elif line.number or found.kind == "plot":
                problem = _put_plot(uow, line, found, plots.get(found.id), outcome)
                outcome.problems += [problem] if problem else []
        waiting = [line for line in waiting if line not in ready]
    outcome.same = {line.row for line in lines} - outcome.added - outcome.changed - outcome.bad
    return settled(outcome, dry_run=dry_run, skip_bad=skip_bad)


def _stuck(line: PlaceLine) -> Problem:
    return line.amiss("parent", Fault.CIRCLE, line.name)


def _waits(line: PlaceLine, waiting: Sequence[PlaceLine]) -> bool:
    above = parted(line.parent)[1]
    return above != "" and any(other.name == above for other in waiting if other is not line)


def _put(uow: UnitOfWork, line: PlaceLine, outcome: Outcome) -> Place | Problem:
    try:
        above = uow.places.named(line.parent) if line.parent else None
    except SeveralNamed as error:
        return line.amiss("parent", Fault.SEVERAL_PLACES, phrases.BETWEEN.join(error.choices))
    except NotFound:
        return line.amiss("parent", Fault.UNKNOWN_PLACE, line.parent)
    known = uow.places.child(above.id if above else None, line.name)
    if known is None and above is None:
        there = uow.places.called(line.name)
        if len(there) > 1:
            called = uow.places.names()
            choices = phrases.BETWEEN.join(called[place.id] for place in there)
            return line.amiss("name", Fault.SEVERAL_PLACES, choices)
        known = there[0] if there else None
    if known is not None:
        wrong = line.kind not in ("", known.kind)
        return line.amiss("kind", Fault.KIND_OTHERWISE, line.name) if wrong else known
    try:
        made = uow.places.add(line.name, kind=line.kind, parent=above.id if above else None)
    except Misplaced as error:
        return line.amiss("kind", Fault.MISPLACED, phrases.misplaced(error.kind, error.above))
    uow.audit.add(actor=ACTOR, action="add", subject=f"place:{made.id}", after=made.kind or "place")
    outcome.new[made.kind or "place"] += 1
    outcome.added.add(line.row)
    return made


def _put_plot(
    uow: UnitOfWork, line: PlaceLine, place: Place, known: Plot | None, outcome: Outcome
) -> Problem | None:
    """What is known of a plot; its number is its name where none is written."""
    before = known or Plot(place.id, place.name)
    plot = Plot(
        place.id, line.number or before.number, line.area or before.area, line.households or before.households
    )
    if plot == known:
        return None
    try:
        uow.plots.put(plot)
    except Taken:
        return line.amiss("number", Fault.TAKEN, plot.number)
    if known is not None:
        for what, old, new in (
            (What.AREA, known.area, plot.area),
            (What.HOUSEHOLDS, known.households, plot.households),
        ):
            if old != new:
                outcome.changes.append(Change(line.row, what, plot.number, str(old or ""), str(new or "")))
        uow.audit.add(
            actor=ACTOR, action="set", subject=f"place:{place.id}",
            before=f"{known.area}:{known.households}", after=f"{plot.area}:{plot.households}",
        )  # fmt: skip
    return None
