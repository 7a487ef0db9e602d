"""Our own register on its way back: every wish under its number, in its state, with its days and its people.

The register holds public words alone, and so does what is restored: how to reach whom a wish is for, and words as
they were typed, come back with a backup of the whole database, never with a sheet.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handlers.wishes import rules
from handlers.wishes.sheets import phrases
from handlers.wishes.sheets.faults import Fault
from handlers.wishes.sheets.lawful import Law, circling
from handlers.wishes.sheets.lines import Problem, Reader, Step, Taken, WishLine
from handlers.wishes.sheets.naming import teams
from handlers.wishes.words import keep, public, public_note
from storage.uow import UnitOfWork
from storage.wish_intake import COLUMNS
from storage.wishes import AgeBand, Consent, Move, Status, Urgency, Wish

ACTOR = "operator"
"""Who stands in the audit register for what the command line did."""

_ENDS = {Status.FULFILLED: Move.FULFIL, Status.WITHDRAWN: Move.WITHDRAW, Status.EXPIRED: Move.EXPIRE}


@dataclass(frozen=True, slots=True)
class Restored:
    """`values` by column of the table; `typed`: its words as they stood, where they are not for everybody."""

    no: int
    values: Mapping[str, Any]
    typed: str = ""

    @property
    def merged_into(self) -> int | None:
        into: int | None = self.values["merged_into"]
        return into


def read_register(
    uow: UnitOfWork, lines: Sequence[WishLine], *, given: Collection[str], step: Step
) -> tuple[Taken, list[Restored]]:
    """What is in the register, and what of it is missing here. A number that is known must be of an equal wish.

    `given`: the fields the sheet has columns for; what it has none for is not compared.
    """
    known = {wish.no: wish for wish in uow.wishes.all()}
    desk, taken = _Desk(uow, lines, known, given), Taken()
    wishes: dict[int, Restored] = {}
    for done, line in enumerate(lines, start=1):
        found = desk.read(line)
        if found is None:
            taken.problems += desk.reader.problems
        elif found.no in known:
            taken.rows[line.number] = "same"
        else:
            taken.rows[line.number] = "added"
            wishes[line.number] = found
        step(done, len(lines))
    for problem in _astray(wishes, known):
        taken.problems.append(problem)
        del taken.rows[problem.number]
    taken.problems.sort(key=lambda problem: problem.number)
    return taken, list(wishes.values())


def _astray(wishes: dict[int, Restored], known: Mapping[int, Wish]) -> list[Problem]:
    """Take out, row by row, what is merged in a circle, or into what will not be there once the others are out."""
    into = {no: wish.merged_into for no, wish in known.items() if wish.merged_into is not None}
    into |= {wish.no: wish.merged_into for wish in wishes.values() if wish.merged_into is not None}
    circle = set(circling(into, (wish.no for wish in wishes.values())))
    problems: list[Problem] = []
    lost = [number for number, wish in wishes.items() if wish.no in circle]
    fault = Fault.MERGE_CIRCLE
    while lost or fault is Fault.MERGE_CIRCLE:
        problems += [
            Problem(number, "merged_into", fault, str(wishes.pop(number).merged_into)) for number in lost
        ]
        there = {*known, None, *(wish.no for wish in wishes.values())}
        lost = [number for number, wish in wishes.items() if wish.merged_into not in there]
        fault = Fault.MERGED_INTO_BAD
    return problems


def put_back(uow: UnitOfWork, wishes: Sequence[Restored]) -> None:
    """Each under its number, with the history the register tells of and one audit row."""
    for wish in wishes:
        uow.wish_intake.restore(wish.no, wish.values, _history(wish.values))
        if wish.typed:
            keep(uow, wish.no, "content", wish.typed, wish.values["content"])
        uow.audit.add(
            actor=ACTOR, action="restore", subject=f"wish:{wish.no}", after=wish.values["status"].value
        )
    if wishes:
        uow.wish_intake.follow_on()


class _Desk:
    """Reads rows of the register, and holds them against what is kept."""

    def __init__(
        self, uow: UnitOfWork, lines: Sequence[WishLine], known: Mapping[int, Wish], given: Collection[str]
    ) -> None:
        self.reader = Reader(uow)
        self._uow = uow
        self._law = Law(uow)
        self._known = known
        self._given = given
        self._teams = {team.number: team.id for team in uow.teams.all()}
        self._teams |= {name: team_id for team_id, name in teams(uow).items()}
        self._groups = {group.name: group.id for group in uow.groups.all()}
        self._rows: dict[int, int] = {}
        self._told = {line.texts.get("no", "").lstrip("#") for line in lines}
        """Numbers that are written; whether each can be kept is known when all are read."""

    def read(self, line: WishLine) -> Restored | None:
        """The row as it would be kept; None when anything is wrong, which is noted."""
        reader = self.reader
        reader.turn_to(line)
        no = self._number(line)
        status = reader.word("status", phrases.statuses(), Fault.UNKNOWN_STATUS)
        values = self._values(status)
        if status is not None and no not in self._known:
            self._law.check(reader, status, values)
        content, note = line.whole.get("content", ""), line.whole.get("note", "")
        if not content:
            reader.note("content", Fault.NO_CONTENT)
        if reader.problems or no is None:
            return None
        band = AgeBand(values["age_band"])
        values |= {"content": public(content, band), "note": public_note(content, note, band) if note else ""}
        if no in self._known and not self._equal(self._known[no], values, line):
            return None
        return Restored(no, values, content if content != values["content"] else "")

    def _number(self, line: WishLine) -> int | None:
        no = self.reader.number("no")
        if no is None:
            self.reader.note("no", Fault.NO_NUMBER)
        elif self._rows.setdefault(no, line.number) != line.number:
            self.reader.note("no", Fault.NUMBER_TWICE, str(no), self._rows[no])
        return no

    def _values(self, status: Status | None) -> dict[str, Any]:
        reader = self.reader
        logged_at = reader.moment("logged_at")
        if not reader.text("logged_at"):
            reader.note("logged_at", Fault.BAD_MOMENT)
        if not reader.text("logged_by"):
            reader.note("logged_by", Fault.UNKNOWN_PERSON)
        values: dict[str, Any] = {
            "status": status,
            "place_id": reader.place(),
            "group_id": self._named("group", self._groups, Fault.UNKNOWN_GROUP),
            "team_id": self._named("team", self._teams, Fault.UNKNOWN_TEAM),
            "logged_at": logged_at,
            "logged_by": reader.member("logged_by"),
            "claimed_by": reader.member("claimed_by"),
            "kind": reader.word("kind", phrases.kinds(), Fault.UNKNOWN_WISH_KIND),
            "age_band": reader.age_band(),
            "urgency": reader.word("urgency", phrases.urgencies(), Fault.UNKNOWN_URGENCY) or Urgency.NORMAL,
            "credit": bool(reader.word("credit", phrases.YES, Fault.UNKNOWN_ANSWER)),
            "merged_into": self._merged_into(),
            "reminded_at": None,
        }
        values |= {
            key: reader.moment(key) for key in ("claimed_at", "delivered_at", "fulfilled_at", "closed_at")
        }
        values |= {key: reader.day(key) for key in ("expires_on", "wanted_by", "promised_on")}
        values["consent"] = reader.word("consent", phrases.consents(), Fault.UNKNOWN_CONSENT)
        if "consent" not in self._given and status is Status.PENDING and values["age_band"] is AgeBand.CHILD:
            values["consent"] = Consent.NEEDED
        if values["expires_on"] is None and logged_at is not None:
            values["expires_on"] = rules.expires_on(logged_at.date())
        return values

    def _named(self, key: str, ids: Mapping[str, int], fault: Fault) -> int | None:
        text = self.reader.text(key)
        if text and text not in ids:
            self.reader.note(key, fault, text)
        return ids.get(text)

    def _merged_into(self) -> int | None:
        into = self.reader.number("merged_into")
        lost = str(into) not in self._told and into not in self._known
        if into is not None and (lost or self.reader.text("no") == str(into)):
            self.reader.note("merged_into", Fault.UNKNOWN_WISH, str(into))
        return into

    def _equal(self, kept: Wish, values: Mapping[str, Any], line: WishLine) -> bool:
        for column in COLUMNS:
            key = _KEYS.get(column, column)
            held, here = getattr(kept, column), values[column]
            if isinstance(held, datetime):
                held = held.replace(microsecond=0)
            if key in self._given and held != here and held != line.whole.get(key):
                self.reader.note(key, Fault.OTHERWISE)
        return not self.reader.problems


_KEYS = {"place_id": "place", "group_id": "group", "team_id": "team"}
"""Column of the table → field of the register, where they are called otherwise."""


def _history(values: Mapping[str, Any]) -> list[tuple[datetime, Move, int | None, str]]:
    """The steps the register tells the days of; who confirmed, withdrew or verified it, it does not tell."""
    steps = [(values["logged_at"], Move.LOG, values["logged_by"], phrases.RESTORED)]
    if values["claimed_at"] is not None:
        steps.append((values["claimed_at"], Move.CLAIM, values["claimed_by"], ""))
    if values["delivered_at"] is not None:
        steps.append((values["delivered_at"], Move.DELIVER, values["claimed_by"], ""))
    into, status = values["merged_into"], values["status"]
    if into is not None:
        steps.append((values["closed_at"], Move.MERGE, None, f"#{into}"))
    elif status in _ENDS:
        steps.append((values["closed_at"], _ENDS[status], None, values["note"]))
    return steps
