"""`member erase` and `member export`: what somebody may ask for in writing (PIPL 45, 47)."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.people import named_member, rows_reported
from bot.cli.session import AsJson, note, office, out, out_json
from bot.phrases import privacy as say

if TYPE_CHECKING:
    from collections import Counter

    from storage.uow import UnitOfWork

Who = Annotated[str, typer.Argument(help=say.WHO)]


def erase(
    name: Who,
    yes: Annotated[bool, typer.Option("--yes", help=say.YES)] = False,
    as_json: AsJson = False,
) -> None:
    """What is held is listed; with `--yes` it goes. Either way nobody's words are shown."""
    from handlers.members import privacy
    from handlers.members.roster import ACTOR

    def go(uow: "UnitOfWork") -> "tuple[str, Counter[str]]":
        member = named_member(uow, name)
        counted = privacy.erase(uow, member, actor=ACTOR) if yes else privacy.held(uow, member)
        return member.name, counted

    with office() as desk, rows_reported():
        called, counted = desk.database.run_now(go) if yes else desk.database.read_now(go)
    if as_json:
        out_json({"name": called, "erased": yes, "held": dict(counted)})
        return
    out("\n".join(say.held(called, counted, done=yes)))
    if not yes:
        out(say.NOT_DONE)


def export(name: Who, file: Annotated[Path, typer.Argument(help=say.COPY_FILE)]) -> None:
    """The file appears complete or not at all, readable by its owner alone."""
    from bot.sheets import write_json_lines, write_sheet
    from handlers.members import privacy
    from handlers.members.roster import ACTOR
    from storage.whole_file import whole_file

    def copied(uow: "UnitOfWork") -> tuple[str, list[dict[str, Any]]]:
        member = named_member(uow, name)
        return member.name, privacy.copy(uow, member, actor=ACTOR)

    if file.suffix.lower() not in {".xlsx", ".jsonl"}:
        raise typer.BadParameter(say.COPY_FILE)
    with office() as desk, rows_reported(), whole_file(file) as raw:
        called, rows = desk.database.run_now(copied)
        told = [{**row, "register": say.TABLES[row["register"]][0]} for row in rows]
        if file.suffix.lower() == ".xlsx":
            write_sheet(told, called, raw, desk.clock.zone)
        else:
            lines = io.TextIOWrapper(raw, encoding="utf-8", newline="\n")
            write_json_lines(told, lines, desk.clock.zone)
            lines.detach()
    note(say.COPIED.format(count=len(rows), file=file))
