"""`kb local`: amounts that every county sets for itself, entered with their source."""

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.people import named_place, rows_reported
from bot.cli.session import AsJson, Failure, Office, note, office, out, out_json
from bot.phrases import cli as cli_say
from bot.phrases import local_values as say

if TYPE_CHECKING:
    from handlers.policy.local.entry import Said
    from storage.local_values import LocalValue, NewValue
    from storage.uow import UnitOfWork

app = typer.Typer(help=say.LOCAL, no_args_is_help=True)

_SHOWN = 20
"""Wrong rows that are named one by one."""

_ACTOR = "operator"


@app.command("add", help=say.ADD)
def add(
    what: Annotated[str, typer.Argument(help=say.WHAT)],
    value: Annotated[str, typer.Argument(help=say.VALUE)],
    *,
    place: Annotated[str, typer.Option(help=say.AT)],
    document: Annotated[str, typer.Option(help=say.DOCUMENT)],
    issued: Annotated[str, typer.Option(help=say.ISSUED)],
    effective: Annotated[str, typer.Option(help=say.EFFECTIVE)] = "",
    expires: Annotated[str, typer.Option(help=say.EXPIRES)] = "",
    as_json: AsJson = False,
) -> None:
    """Enter one, or correct the one of the same place, name and first day."""
    from handlers.policy.local import entry
    from handlers.policy.local.phrases import local_value

    with office() as desk:
        said = entry.checked(
            {
                "what": what,
                "value": value,
                "document": document,
                "issued": issued,
                "effective": effective,
                "expires": expires,
                "place": place,
            }
        )
        kept, before = desk.database.run_now(
            lambda uow: entry.enter(uow, entry.new_value(said, named_place(uow, place).id), actor=_ACTOR)
        )
        names = list(desk.library().searcher.lexicon.figures)
    if not any(name in kept.what for name in names):
        near = get_close_matches(kept.what, names, n=3, cutoff=0.4)
        hint = say.NEAREST.format(names=cli_say.listed(near)) if near else ""
        note(say.UNKNOWN_NAME.format(what=kept.what, near=hint))
    if as_json:
        out_json(_plain(kept))
    else:
        done = say.CORRECTED if before else say.ADDED
        out(done.format(number=kept.id, value=local_value(kept)))


@app.command("list", help=say.LIST)
def list_values(
    place: Annotated[str | None, typer.Option(help=say.STANDING)] = None, as_json: AsJson = False
) -> None:
    """Every value; with `--place`, what is answered there today."""
    from handlers.policy.local.phrases import local_value
    from handlers.policy.local.values import in_force

    with office() as desk:
        today = desk.clock.now().date()
        if place is None:
            found = desk.database.read_now(lambda uow: uow.local_values.all())
        else:
            line = desk.database.read_now(lambda uow: uow.places.line(named_place(uow, place).id))
            found = list(in_force(desk.database.read_now(lambda uow: uow.local_values.at(line)), line, today))
    if as_json:
        out_json([_plain(value) for value in found])
        return
    for value in found:
        lapsed = say.LAPSED if value.expires and value.expires < today else ""
        out(f"#{value.id} {local_value(value)}{lapsed or (say.COMING if value.effective > today else '')}")
    if not found:
        out(say.NONE)


@app.command("names", help=say.NAMES)
def names(as_json: AsJson = False) -> None:
    """The names by which cards and questions speak of local amounts."""
    with office() as desk:
        figures = desk.library().searcher.lexicon.figures
    if as_json:
        out_json([{"name": name, "words": list(words)} for name, words in figures.items()])
        return
    for name in figures:
        out(name)


@app.command("remove", help=say.REMOVE)
def remove(number: Annotated[int, typer.Argument(help=say.NUMBER)]) -> None:
    """Take one out; it stays in the audit."""
    from handlers.policy.local import entry
    from handlers.policy.local.phrases import local_value

    with office() as desk:
        gone = desk.database.run_now(lambda uow: entry.remove(uow, number, actor=_ACTOR))
    out(say.REMOVED.format(number=number, value=local_value(gone)))


@app.command("import", help=say.IMPORT)
def import_values(file: Annotated[Path, typer.Argument(help=cli_say.TABLE)], as_json: AsJson = False) -> None:
    """All or nothing; again changes nothing."""
    from handlers.policy.local import entry

    with office() as desk, rows_reported():
        new = _rows(desk, file)

        def put(uow: "UnitOfWork") -> dict[str, int]:
            counts = {"added": 0, "corrected": 0, "unchanged": 0}
            for value in new:
                kept, before = entry.enter(uow, value, actor=_ACTOR)
                counts["added" if before is None else "unchanged" if before == kept else "corrected"] += 1
            return counts

        counts = desk.database.run_now(put)
    if as_json:
        out_json(counts)
    else:
        out(say.IMPORTED.format(**counts))


def _rows(desk: Office, file: Path) -> "list[NewValue]":
    """The rows of a table as values; a failure that names what is wrong with each."""
    from bot.chat.errors import BadInput
    from bot.sheets import read_sheet
    from handlers.policy.local import entry

    places = {place.name: place.id for place in desk.database.read_now(lambda uow: uow.places.all())}
    found: list[NewValue] = []
    problems: list[str] = []
    for line in read_sheet(file, say.COLUMNS, optional=say.OPTIONAL):
        try:
            said: Said = entry.checked(line.values)
        except BadInput as error:
            problems.append(say.ROW.format(number=line.number, fault=error.sentence))
            continue
        if said.place in places:
            found.append(entry.new_value(said, places[said.place]))
        else:
            fault = cli_say.NO_SUCH_PLACE.format(name=said.place, choices=cli_say.listed(places))
            problems.append(say.ROW.format(number=line.number, fault=fault))
    if problems:
        shown = "\n".join(f"  {problem}" for problem in problems[:_SHOWN])
        left = f"\n{cli_say.more_problems(len(problems) - _SHOWN)}" if len(problems) > _SHOWN else ""
        raise Failure(say.ROWS_BAD.format(count=len(problems), problems=shown + left))
    return found


def _plain(value: "LocalValue") -> dict[str, Any]:
    return {
        "no": value.id,
        "what": value.what,
        "value": value.value,
        "place": value.place,
        "document": value.document,
        "issued": value.issued,
        "effective": value.effective,
        "expires": value.expires,
    }
