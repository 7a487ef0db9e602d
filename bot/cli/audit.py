"""`audit`: whether the register of what happened is as it was written."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.finding import Finding, Status
from bot.cli.people import rows_reported
from bot.cli.progress import bars
from bot.cli.registers import headings, registers
from bot.cli.session import AsJson, Failure, office, out, out_json
from bot.clock import Clock
from bot.phrases import audit as say
from bot.phrases import registers as words
from bot.phrases.cli import listed

if TYPE_CHECKING:
    from handlers.audit.compare import Comparison, Differing, Row
    from storage.database import Database
    from storage.seal_check import Checked

app = typer.Typer(help=say.AUDIT, no_args_is_help=True)

SHOWN = 50
"""Faults that a person gets named one by one; `--json` has more."""

LOOKED_AT = 200
"""Seals `doctor` computes anew: about the latest day."""

LATE = timedelta(hours=1)

CHANGES = ("before", "after")
"""Columns the register of changes has, and that of looks has not."""
COLUMNS = ("at", "actor", "action", "subject", *CHANGES, "channel", "update_key")


@app.command("verify", help=say.VERIFY)
def verify(
    since: Annotated[str | None, typer.Option(help=say.SINCE)] = None, as_json: AsJson = False
) -> None:
    """Exit code 1 when anything is not as it was sealed."""
    from storage.database import one_moment
    from storage.seal_check import check

    digits = re.sub(r"\s", "", since or "").lower()
    if since is not None and not re.fullmatch(r"[0-9a-f]{32,64}", digits):
        raise typer.BadParameter(say.BAD_HASH)
    with office() as desk, bars() as bar, one_moment(desk.database) as connection:
        result = check(connection, since=digits, progress=bar(say.VERIFYING))
    lost = bool(digits) and result.since is None
    if as_json:
        out_json(_plain(result, lost))
    else:
        _tell(result, digits)
    if lost:
        raise Failure(say.SINCE_LOST)
    if result.count:
        raise Failure(say.failed(result.count))


@app.command("head", help=say.HEAD)
def head(as_json: AsJson = False) -> None:
    """The latest seal, to be written down by somebody else."""
    with office() as desk:
        seal = desk.database.read_now(lambda uow: uow.seals.head())
        if seal is None:
            raise Failure(say.NOTHING_SEALED)
        at = seal.at.astimezone(desk.clock.zone)
    if as_json:
        out_json({"seal": seal.number, "at": at.isoformat(timespec="seconds"), "hash": seal.hash})
        return
    out(f"{say.WRITE_DOWN}\n{say.grouped(seal.hash)}")


@app.command("compare", help=say.COMPARE)
def compare(file: Annotated[Path, typer.Argument(help=say.COMPARE_FILE)], as_json: AsJson = False) -> None:
    """Exit code 1 when the file and the register do not say the same."""
    from handlers.audit.compare import compare as compare_rows

    with office() as desk, rows_reported(), bars() as bar:
        register, columns, rows = exported(file, desk.clock.zone)
        stands = desk.database.read_now(registers()[register])
        told = file.suffix.lower() == ".xlsx"
        kept = kept_rows(stands, register, columns, desk.clock.zone, told=told)
        rows = in_words(rows, register, columns) if told else rows
        result = compare_rows(rows, kept, bar(say.COMPARING))
    if as_json:
        out_json(_compared(result, register, columns))
    else:
        _tell_compared(result, register, columns, rows)
    if result.amiss:
        raise Failure(say.COMPARE_FAILED)


def exported(file: Path, zone: tzinfo) -> "tuple[str, list[str], list[tuple[int, Row]]]":
    """Which register the file is of, its columns, and its rows with their numbers. Raises `Failure`, `BadSheet`."""
    from bot.sheets import read_register

    titles = {title: key for key, title in words.COLUMNS.items() if key in COLUMNS}
    found = list(read_register(file, titles, zone))
    if not found:
        raise Failure(say.NO_ROWS)
    keys = found[0][1].keys()
    changes = not keys.isdisjoint(CHANGES)
    columns = [key for key in COLUMNS if changes or key not in CHANGES]
    if missing := [words.COLUMNS[key] for key in columns if key not in keys]:
        raise Failure(say.NOT_AN_EXPORT.format(columns=listed(missing)))
    rows = [(number, tuple(row.get(key, "") for key in columns)) for number, row in found]
    return "audit" if changes else "looks", columns, [(number, _in_zone(row, zone)) for number, row in rows]


def _in_zone(row: "Row", zone: tzinfo) -> "Row":
    """The row with its moment by the clock of `zone`, whatever the clock was where it was exported."""
    try:
        return (datetime.fromisoformat(row[0]).astimezone(zone).isoformat(timespec="seconds"), *row[1:])
    except ValueError:
        return row


def in_words(rows: "list[tuple[int, Row]]", register: str, columns: Sequence[str]) -> "list[tuple[int, Row]]":
    """The rows as a sheet says it today: an older one may say less in words."""
    over = headings(register)
    return [
        (number, tuple(str(over[key].told(value)) for key, value in zip(columns, row, strict=True)))
        for number, row in rows
    ]


def kept_rows(
    stands: Sequence[Mapping[str, Any]], register: str, columns: Sequence[str], zone: tzinfo, *, told: bool
) -> "list[Row]":
    """What stands here, as it would be exported: with `told` in the words of a sheet."""
    over = headings(register)
    return [
        (
            row["at"].astimezone(zone).isoformat(timespec="seconds"),
            *(str(over[key].told(row[key]) if told else row[key]) for key in columns[1:]),
        )
        for row in stands
    ]


def _tell_compared(
    result: "Comparison", register: str, columns: Sequence[str], rows: "Sequence[tuple[int, Row]]"
) -> None:
    moments = [row[0] for _, row in rows]
    out(say.compared(words.TITLES[register], result.rows, say.moment(min(moments)), say.moment(max(moments))))
    out(say.outcome(result.equal, len(result.differing), len(result.lost), len(result.left_out)))
    lines = [
        say.DIFFERS.format(row=each.number, differences=say.differences(_differences(each, columns)))
        for each in result.differing
    ]
    lines += [say.LOST.format(row=number, told=say.row(row)) for number, row in result.lost]
    lines += [say.LEFT_OUT.format(told=say.row(row)) for row in result.left_out]
    for line in lines[:SHOWN]:
        out(f"  {line}")
    if len(lines) > SHOWN:
        out(say.more(len(lines) - SHOWN))
    if not lines:
        out(say.ALL_EQUAL)


def _differences(each: "Differing", columns: Sequence[str]) -> list[tuple[str, str, str]]:
    beside = zip(columns, each.row, each.kept, strict=True)
    return [(words.COLUMNS[key], here, kept) for key, here, kept in beside if here != kept]


def _compared(result: "Comparison", register: str, columns: Sequence[str]) -> dict[str, object]:
    def named(row: "Row") -> dict[str, str]:
        return dict(zip(columns, row, strict=True))

    return {
        "ok": not result.amiss, "register": register, "rows": result.rows, "equal": result.equal,
        "differing": [
            {"row": each.number, "file": named(each.row), "kept": named(each.kept)} for each in result.differing
        ],
        "lost": [{"row": number, "file": named(row)} for number, row in result.lost],
        "left_out": [named(row) for row in result.left_out],
    }  # fmt: skip


def audit_finding(database: "Database", clock: Clock) -> Finding:
    """The latest seals computed anew, what waits for one, and the triggers that keep the register."""
    from storage import append_only
    from storage.database import one_moment
    from storage.seal_check import check

    with one_moment(database) as connection:
        result, missing = check(connection, newest=LOOKED_AT), append_only.unguarded(connection)
    count, oldest = database.read_now(lambda uow: uow.seals.unsealed())
    waited = clock.now() - oldest if oldest is not None else timedelta()
    if result.count:
        first = say.fault(result.faults[0].fault.value, result.faults[0].seal, result.faults[0].row)
        what = say.DOCTOR_BAD.format(count=result.count, first=first)
        return Finding("audit", Status.FAILED, what, say.DOCTOR_CURE)
    if missing:
        what = say.DOCTOR_OPEN.format(names=" ".join(missing))
        return Finding("audit", Status.FAILED, what, say.DOCTOR_OPEN_CURE)
    if result.seals and waited > LATE:
        what = say.DOCTOR_LATE.format(unsealed=count, hours=int(waited / timedelta(hours=1)))
        return Finding("audit", Status.WARNING, what, say.DOCTOR_LATE_CURE)
    good = say.DOCTOR_GOOD if result.seals else say.DOCTOR_EMPTY
    return Finding("audit", Status.OK, good.format(seals=result.seals, unsealed=count))


def _plain(result: "Checked", lost: bool) -> dict[str, object]:
    return {
        "ok": not result.count and not lost, "seals": result.seals, "rows": result.rows,
        "unsealed": result.unsealed, "head": result.head, "since": result.since, "faults": result.count,
        "named": [{"fault": each.fault.value, "seal": each.seal, "row": each.row} for each in result.faults],
    }  # fmt: skip


def _tell(result: "Checked", since: str) -> None:
    for each in result.faults[:SHOWN]:
        out(say.fault(each.fault.value, each.seal, each.row))
    if result.count > SHOWN:
        out(say.more(result.count - SHOWN))
    out(say.checked(result.seals, result.rows, result.unsealed, result.count))
    if since and result.since is not None:
        out((say.SINCE_SPOILED if result.count else say.SINCE_GOOD).format(seal=result.since))
    if result.head:
        out(f"{say.WRITE_DOWN}\n{say.grouped(result.head)}")
