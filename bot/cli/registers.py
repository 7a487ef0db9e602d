"""`export`: a register into a file, for people as xlsx and for programs as JSON lines."""

import io
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.session import note, office
from bot.phrases import cli as say


def export(
    register: Annotated[str, typer.Argument(help=say.REGISTER)],
    file: Annotated[Path, typer.Argument(help=say.REGISTER_FILE)],
) -> None:
    """Write one register; the file appears complete or not at all, readable by its owner alone."""
    from bot.sheets import write_json_lines, write_sheet
    from handlers import FEATURES
    from storage.whole_file import whole_file

    registers = {name: rows for feature in FEATURES for name, rows in feature.registers.items()}
    if register not in registers:
        choices = say.listed(sorted(registers))
        raise typer.BadParameter(say.NO_SUCH_REGISTER.format(name=register, choices=choices))
    if str(file) != "-" and file.suffix.lower() not in {".xlsx", ".jsonl"}:
        raise typer.BadParameter(say.BAD_REGISTER_FILE.format(name=file.name))
    with office() as desk:
        rows: list[dict[str, Any]] = desk.database.read_now(registers[register])
        zone = desk.clock.zone
        if str(file) == "-":
            write_json_lines(rows, sys.stdout, zone)
            sys.stdout.flush()
            return
        with whole_file(file) as raw:
            if file.suffix.lower() == ".xlsx":
                write_sheet(rows, register, raw, zone)
            else:
                lines = io.TextIOWrapper(raw, encoding="utf-8", newline="\n")
                write_json_lines(rows, lines, zone)
                lines.detach()
    note(say.EXPORTED.format(count=len(rows), file=file))
