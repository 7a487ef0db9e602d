"""`place` and `team`: the county's towns, villages and plots, and who looks after them."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.people import named_place, rows_reported
from bot.cli.registers import write_rows
from bot.cli.session import AsJson, Failure, Office, note, office, out, out_json
from bot.cli.sheet import DryRun, Layout, Report, SkipBad, Told, bring_in, read_table
from bot.phrases import cli
from bot.phrases import county as say

if TYPE_CHECKING:
    from bot.cli.progress import Step
    from bot.sheets import Outcome, Table
    from storage.places import Place
    from storage.uow import UnitOfWork

places = typer.Typer(help=say.PLACE, no_args_is_help=True)
teams = typer.Typer(help=say.TEAM, no_args_is_help=True)

SheetIn = Annotated[Path, typer.Argument(help=cli.TABLE)]
SheetOut = Annotated[Path, typer.Argument(help=say.SHEET_FILE)]
Under = Annotated[str | None, typer.Option("--under", help=say.UNDER)]


@places.command("add", help=cli.PLACE_ADD)
def add_place(
    name: Annotated[str, typer.Argument(help=cli.PLACE_NAME)],
    kind: Annotated[str, typer.Option(help=cli.KIND)] = "",
    parent: Annotated[str | None, typer.Option(help=cli.PARENT)] = None,
) -> None:
    """Adding one that stands as described changes nothing."""
    from bot.sheets import Problem, Undone
    from handlers.places import phrases, rules
    from handlers.places.outcome import Fault
    from handlers.places.tree import PlaceLine, settle

    name = name.strip()
    known = rules.kind_of(kind)
    if not rules.good_name(name):
        raise Failure(f"{phrases.problem(Problem(0, '', Fault.BAD_NAME, name))}。")
    if known is None:
        wrong = Problem(0, "", Fault.UNKNOWN_KIND, kind)
        raise Failure(f"{phrases.problem(wrong)}。")

    def add(uow: "UnitOfWork") -> "tuple[Outcome, list[str]]":
        above = uow.places.names()[named_place(uow, parent).id] if parent is not None else ""
        made, called = settle(uow, [PlaceLine(1, name, known, above)]), uow.places.names()
        return made, [called[place.id] for place in uow.places.called(name)]

    with office() as desk, rows_reported():
        try:
            made, alike = desk.database.run_now(add)
        except Undone as undone:
            raise Failure(f"{phrases.problem(undone.outcome.problems[0])}。") from None
    out((cli.PLACE_ADDED if made.added else cli.PLACE_KNOWN).format(name=name))
    if made.added and len(alike) > 1:
        out(say.also_called(name, alike[-1], alike[:-1]))


@places.command("list", help=cli.PLACE_LIST)
def list_places(as_json: AsJson = False) -> None:
    """Every place, those above before those below."""
    with office() as desk:
        found, called = desk.database.read_now(lambda uow: (uow.places.all(), uow.places.names()))
    if as_json:
        out_json(
            [
                {"name": place.name, "kind": place.kind, "parent": called.get(place.parent_id or 0)}
                for place in found
            ]
        )
        return
    if not found:
        note(say.NO_PLACES)
    for depth, place in _as_tree(found):
        out("  " * depth + place.name)


@places.command("import", help=say.PLACE_IMPORT)
def import_places(
    file: SheetIn,
    *,
    under: Under = None,
    told: Told = None,
    dry_run: DryRun = False,
    report: Report = None,
    skip_bad: SkipBad = False,
    as_json: AsJson = False,
) -> None:
    """All or nothing; again changes nothing."""
    from handlers.places import tree
    from handlers.places.phrases import COUNTY_FIELDS, FAULTS, PLACE_FIELDS, TREE_FIELDS

    def take_tree(uow: "UnitOfWork", table: "Table", _step: "Step") -> "Outcome":
        lines, problems = tree.read_places(table)
        return tree.settle(uow, lines, problems, dry_run=dry_run, skip_bad=skip_bad)

    fields = [field for field in COUNTY_FIELDS if field.key in PLACE_FIELDS]
    with office() as desk, rows_reported():
        above, required = _above(desk, under)
        layouts = (
            Layout("places", TREE_FIELDS, ("name",), FAULTS),
            Layout("plots", fields, required, FAULTS),
        )
        incoming = read_table(desk, file, layouts, told)
        take_county = _county(above, teams=False, dry_run=dry_run, skip_bad=skip_bad)
        take = take_tree if incoming.layout.sheet == "places" else take_county
        bring_in(desk, incoming, take, report=report, skip_bad=skip_bad, dry_run=dry_run, as_json=as_json)


@places.command("export", help=say.PLACE_EXPORT)
def export_places(file: SheetOut) -> None:
    """The county's own columns; what is written here can be brought in again."""
    from handlers.places.exports import place_sheet
    from handlers.places.phrases import COUNTY_FIELDS, PLACE_FIELDS, titles

    _export(file, place_sheet, "place_sheet", say.PLACES_TITLE, titles(COUNTY_FIELDS, PLACE_FIELDS[1:]))


@teams.command("list", help=say.TEAM_LIST)
def list_teams(as_json: AsJson = False) -> None:
    """Every team with its plot, who leads first."""
    from handlers.places.exports import team_rows

    with office() as desk:
        rows = desk.database.read_now(team_rows)
    if as_json:
        out_json(rows)
        return
    for row in rows:
        out(say.team_line(row["team"], row["name"], row["place"], row["members"]))
    if not rows:
        out(say.NO_TEAMS)


@teams.command("import", help=say.TEAM_IMPORT)
def import_teams(
    file: SheetIn,
    *,
    under: Under = None,
    told: Told = None,
    dry_run: DryRun = False,
    report: Report = None,
    skip_bad: SkipBad = False,
    as_json: AsJson = False,
) -> None:
    """All or nothing; again changes nothing. Towns, villages and plots that are not there yet are put in."""
    from handlers.places.phrases import COUNTY_FIELDS, FAULTS

    with office() as desk, rows_reported():
        above, required = _above(desk, under)
        layout = Layout("teams", COUNTY_FIELDS, (*required, "plot", "team"), FAULTS)
        incoming = read_table(desk, file, (layout,), told)
        take = _county(above, teams=True, dry_run=dry_run, skip_bad=skip_bad)
        bring_in(desk, incoming, take, report=report, skip_bad=skip_bad, dry_run=dry_run, as_json=as_json)


@teams.command("export", help=say.TEAM_EXPORT)
def export_teams(file: SheetOut) -> None:
    """The county's 责任田台账; what is written here can be brought in again."""
    from handlers.places.exports import team_sheet
    from handlers.places.phrases import COUNTY_FIELDS, titles

    keys = ("town", "village", "plot", "area", "households", "team", "team_name", "leader", "member")
    _export(file, team_sheet, "team_sheet", say.TEAMS_TITLE, titles(COUNTY_FIELDS, keys))


def _county(
    above: "Place | None", *, teams: bool, dry_run: bool, skip_bad: bool
) -> "Callable[[UnitOfWork, Table, Step], Outcome]":
    from handlers.places.county import bring_in as bring_sheet_in
    from handlers.places.entries import read_entries

    def take(uow: "UnitOfWork", table: "Table", step: "Step") -> "Outcome":
        sheet = read_entries(table, teams=teams)
        return bring_sheet_in(uow, sheet, under=above, dry_run=dry_run, skip_bad=skip_bad, step=step)

    return take


def _above(desk: Office, under: str | None) -> "tuple[Place | None, tuple[str, ...]]":
    """What the sheet's places lie under, and which columns it must have then."""
    if under is not None:
        place = desk.database.read_now(named_place, under)
        return place, ("village",) if place.kind == "town" else ("town", "village")
    counties = [
        place for place in desk.database.read_now(lambda uow: uow.places.all()) if place.kind == "county"
    ]
    if len(counties) > 1:
        raise Failure(say.SEVERAL_COUNTIES.format(choices=cli.listed(place.name for place in counties)))
    return (counties[0] if counties else None), ("town", "village")


def _export(
    file: Path,
    rows_of: "Callable[[UnitOfWork], list[dict[str, Any]]]",
    register: str,
    title: str,
    titles: dict[str, str],
) -> None:
    from bot.sheets import Heading

    over = {key: Heading(name) for key, name in titles.items()}
    with office() as desk:
        write_rows(desk, rows_of, file, register=register, title=title, over=over)


def _as_tree(found: "Sequence[Place]") -> "Iterator[tuple[int, Place]]":
    """Each place with its depth, below the one above it."""
    below: dict[int | None, list[Place]] = {}
    for place in found:
        below.setdefault(place.parent_id, []).append(place)
    waiting = [(0, place) for place in reversed(below.get(None, []))]
    while waiting:
        depth, place = waiting.pop()
        yield depth, place
        waiting += [(depth + 1, child) for child in reversed(below.get(place.id, []))]
