"""`export`: a register into a file, for people as xlsx and for programs as JSON lines."""

import io
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.session import Office, note, office
from bot.phrases import cli as say
from bot.phrases import registers as words

if TYPE_CHECKING:
    from bot.sheets import Heading
    from storage.uow import UnitOfWork

ACTOR = "operator"


def export(
    register: Annotated[str, typer.Argument(help=say.REGISTER)],
    file: Annotated[Path, typer.Argument(help=say.REGISTER_FILE)],
) -> None:
    """Write one register; the file appears complete or not at all, readable by its owner alone."""
    known = registers()
    if register not in known:
        choices = say.listed(sorted(known))
        raise typer.BadParameter(say.NO_SUCH_REGISTER.format(name=register, choices=choices))
    with office() as desk:
        title, rows_of = words.TITLES.get(register, register), known[register]
        if register in ("audit", "looks") and file.suffix.lower() == ".xlsx":
            rows_of = partial(_named, rows_of)
        write_rows(desk, rows_of, file, register=register, title=title, over=headings(register))


def _named(
    rows_of: "Callable[[UnitOfWork], list[dict[str, Any]]]", uow: "UnitOfWork"
) -> list[dict[str, Any]]:
    from handlers.audit.naming import with_names

    return with_names(uow, rows_of(uow), words.ACTORS | words.SUBJECTS)


def registers() -> "dict[str, Callable[[UnitOfWork], list[dict[str, Any]]]]":
    """Every register by its name, and what its rows are."""
    from handlers import FEATURES

    return {name: rows for feature in FEATURES for name, rows in feature.registers.items()}


def write_rows(
    desk: Office,
    rows_of: "Callable[[UnitOfWork], list[dict[str, Any]]]",
    file: Path,
    *,
    register: str,
    title: str,
    over: "Mapping[str, Heading]",
) -> None:
    """Write what `rows_of` gives, and leave a row in the audit register on who took how much out."""
    from bot.sheets import write_json_lines, write_sheet
    from storage.whole_file import whole_file

    if str(file) != "-" and file.suffix.lower() not in {".xlsx", ".jsonl"}:
        raise typer.BadParameter(say.BAD_REGISTER_FILE.format(name=file.name))
    rows = desk.database.read_now(rows_of)
    zone = desk.clock.zone
    taken_out = partial(_taken_out, register=register, count=len(rows))
    if str(file) == "-":
        desk.database.run_now(taken_out)
        write_json_lines(rows, sys.stdout, zone)
        sys.stdout.flush()
        return
    with whole_file(file) as raw:
        if file.suffix.lower() == ".xlsx":
            write_sheet(rows, title, raw, zone, over, columns=words.SHEETS.get(register, tuple(over)))
        else:
            lines = io.TextIOWrapper(raw, encoding="utf-8", newline="\n")
            write_json_lines(rows, lines, zone)
            lines.detach()
        desk.database.run_now(taken_out)
    note(say.EXPORTED.format(count=len(rows), file=file))


def headings(register: str) -> "dict[str, Heading]":
    """What stands over each column of a register in a sheet, and what its values are called there."""
    from bot.chat.phrases import ROLES
    from bot.sheets import Heading
    from handlers.places.phrases import AREAS, KINDS
    from handlers.wishes.phrases import AGE_BAND, MOVED, STATUS

    statuses: dict[Any, str] = {**STATUS, **words.PUSHES} if register != "digests" else {**words.PUSHES}
    called: dict[str, Mapping[Any, str]] = {
        "status": statuses,
        "before": STATUS,
        "after": STATUS,
        "action": {**words.ACTIONS, **MOVED},
        "channel": words.CHANNELS,
        "role": ROLES,
        "kind": KINDS if register == "places" else words.KIND,
        "area": AREAS,
        "age_band": AGE_BAND,
        "urgency": words.URGENCY,
        "leads": words.LEADS,
        "credit": words.LEADS,
        "consent": words.CONSENT,
    }
    titles = words.COLUMNS | words.OWN.get(register, {})
    plain: Mapping[Any, str] = {}
    return {name: Heading(title, partial(_called, called.get(name, plain))) for name, title in titles.items()}


def _called(names: Mapping[Any, str], value: Any) -> Any:
    return names.get(value, value) if isinstance(value, str | bool) else value


def _taken_out(uow: "UnitOfWork", register: str, count: int) -> None:
    uow.audit.add(actor=ACTOR, action="export", subject=f"register:{register}:{count}")
