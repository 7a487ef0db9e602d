"""What one check of `doctor` found, and how the findings are shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.cli.session import out, out_json
from bot.phrases import cli as say


class Status(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `cure`: what to do about it, empty when nothing is to be done."""

    name: str
    status: Status
    what: str
    cure: str = ""


def show(found: Iterable[Finding], as_json: bool) -> int:
    """Print what was found; returns how many checks failed."""
    found = list(found)
    failed = sum(each.status is Status.FAILED for each in found)
    if as_json:
        checks = [
            {"name": each.name, "status": each.status.value, "what": each.what, "cure": each.cure}
            for each in found
        ]
        out_json({"ok": not failed, "checks": checks})
    else:
        for each in found:
            out(say.finding(each.status.value, each.what, each.cure))
    return failed
