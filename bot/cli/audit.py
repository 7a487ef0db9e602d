"""`audit`: whether the register of what happened is as it was written."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.finding import Finding, Status
from bot.cli.progress import bars
from bot.cli.session import AsJson, Failure, office, out, out_json
from bot.clock import Clock
from bot.phrases import audit as say

if TYPE_CHECKING:
    from storage.database import Database
    from storage.seal_check import Checked

app = typer.Typer(help=say.AUDIT, no_args_is_help=True)

SHOWN = 50
"""Faults that a person gets named one by one; `--json` has more."""

LOOKED_AT = 200
"""Seals `doctor` computes anew: about the latest day."""

LATE = timedelta(hours=1)


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
