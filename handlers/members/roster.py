"""Rosters: many members or places at once, all or nothing; and the invite that joins one person."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.chat.phrases import ROLES
from handlers.members.phrases import PLACE_KINDS, PLACE_WORDS, ROLE_WORDS
from storage.base import NotFound
from storage.members import Grant, Member, Role
from storage.places import Place
from storage.uow import UnitOfWork

LONGEST_NAME = 40
INVITE_DAYS = 7
ACTOR = "operator"
"""Who stands in the audit register for what the command line did."""

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Of invite codes: 32 marks that cannot be taken for one another (no I, O, 0, 1)."""

_FORMULA = re.compile(r"^[=+\-@＝＋－＠']")


class Fault(StrEnum):
    """What is wrong with a row."""

    NO_NAME = "no_name"
    BAD_NAME = "bad_name"
    UNKNOWN_ROLE = "unknown_role"
    NO_PLACE = "no_place"
    UNKNOWN_PLACE = "unknown_place"
    UNKNOWN_KIND = "unknown_kind"
    SEVERAL = "several"
    OTHERWISE_KNOWN = "otherwise_known"


@dataclass(frozen=True, slots=True)
class Problem:
    """One row that cannot be taken: its number in the file, what is wrong, and the words that are."""

    number: int
    fault: Fault
    value: str = ""


class BadRows(Exception):
    """Rows of a roster are wrong, so nothing of it was taken."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} rows")
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class MemberLine:
    number: int
    name: str
    role: str
    place: str


@dataclass(frozen=True, slots=True)
class PlaceLine:
    number: int
    name: str
    kind: str
    parent: str


@dataclass(frozen=True, slots=True)
class Taken:
    """`added`: new rows; `granted`: roles given to those known; `unchanged`: there already."""

    added: int = 0
    granted: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Invite:
    code: str
    role: Role
    place: str
    name: str | None
    expires_at: datetime


def role_of(word: str) -> Role | None:
    """A role by its key or by what people call it; an empty word is a resident.

    >>> [role_of(word) for word in ("志愿者", "first_secretary", "")]
    [<Role.VOLUNTEER: 'volunteer'>, <Role.FIRST_SECRETARY: 'first_secretary'>, <Role.RESIDENT: 'resident'>]
    >>> role_of("村长") is None
    True
    """
    word = _plain(word)
    labels = {_plain(label): key for key, label in ROLES.items()} | ROLE_WORDS
    key = labels.get(word, word) or Role.RESIDENT.value
    return Role(key) if key in set(Role) else None


def kind_of(word: str) -> str | None:
    """A kind of place by its key or its name; an empty word stays empty.

    >>> kind_of("社区"), kind_of("镇"), kind_of("village"), kind_of("星球")
    ('community', 'town', 'village', None)
    """
    word = _plain(word)
    labels = {label: key for key, label in PLACE_KINDS.items()} | PLACE_WORDS
    key = labels.get(word, word)
    return key if key in PLACE_KINDS or not key else None


def _plain(word: str) -> str:
    return unicodedata.normalize("NFKC", word).strip().lower()


def good_name(name: str) -> bool:
    """
    >>> good_name("王主任"), good_name("=1+1"), good_name("长" * 60)
    (True, False, False)
    """
    return 0 < len(name) <= LONGEST_NAME and name.isprintable() and not _FORMULA.match(name)


def enrol(uow: UnitOfWork, lines: Iterable[MemberLine]) -> Taken:
    """Take in a roster of members. Known by name and place; giving a role again changes nothing.

    Raises `BadRows` with every wrong row, and then nothing was taken.
    """
    places = {place.name: place for place in uow.places.all()}
    known: dict[tuple[str, int], list[Member]] = {}
    for member in uow.members.all():
        if member.place_id is not None:
            known.setdefault((member.name, member.place_id), []).append(member)
    problems: list[Problem] = []
    added = granted = unchanged = 0
    for line in lines:
        role, place = role_of(line.role), places.get(line.place)
        fault = _member_fault(line, role, place, known)
        if fault is not None or role is None or place is None:
            problems.append(fault or Problem(line.number, Fault.UNKNOWN_PLACE, line.place))
            continue
        same = known.setdefault((line.name, place.id), [])
        new = not same
        if new:
            same.append(uow.members.add(line.name, place_id=place.id))
        grant = Grant(role, place.id)
        gives = role is not Role.RESIDENT and grant not in same[0].grants
        if gives:
            uow.members.grant(same[0].id, grant)
            same[0] = uow.members.get(same[0].id)
        if new or gives:
            after = f"{role.value}@{place.id}"
            uow.audit.add(actor=ACTOR, action="enrol", subject=f"member:{same[0].id}", after=after)
        added += new
        granted += gives and not new
        unchanged += not (new or gives)
    if problems:
        raise BadRows(problems)
    return Taken(added, granted, unchanged)


def settle(uow: UnitOfWork, lines: Sequence[PlaceLine]) -> Taken:
    """Take in a roster of places, in whatever order parents and children come. Raises `BadRows`."""
    known = {place.name: place for place in uow.places.all()}
    names = {line.name for line in lines} | known.keys()
    problems = [problem for line in lines if (problem := _place_fault(line, names, known))]
    if problems:
        raise BadRows(problems)
    waiting = list(lines)
    added = unchanged = 0
    while waiting:
        ready = [line for line in waiting if not line.parent or line.parent in known]
        if not ready:
            raise BadRows([Problem(line.number, Fault.UNKNOWN_PLACE, line.parent) for line in waiting])
        for line in ready:
            if line.name in known:
                unchanged += 1
                continue
            parent = known[line.parent].id if line.parent else None
            known[line.name] = uow.places.add(line.name, kind=kind_of(line.kind) or "", parent=parent)
            added += 1
        waiting = [line for line in waiting if line not in ready]
    return Taken(added, 0, unchanged)


def invite(uow: UnitOfWork, token: bytes, role: Role, place: Place, name: str | None) -> Invite:
    """Make a one-time code that gives `role` for `place` to whoever binds with it.

    A `name` known in that place binds that member; another is given to who binds. `token`: 8 random bytes.
    Raises `BadRows` when the name cannot be used or is borne by several.
    """
    if name is not None and not good_name(name):
        raise BadRows([Problem(0, Fault.BAD_NAME, name)])
    known = [member for member in uow.members.named(name) if member.place_id == place.id] if name else []
    if len(known) > 1:
        raise BadRows([Problem(0, Fault.SEVERAL, name or "")])
    code = _code(token)
    member_id = known[0].id if known else None
    uow.members.invite(code, Grant(role, place.id), name=name, member_id=member_id, days=INVITE_DAYS)
    uow.audit.add(actor=ACTOR, action="invite", subject=f"place:{place.id}", after=f"{role.value}@{place.id}")
    return Invite(code, role, place.name, name, uow.now + timedelta(days=INVITE_DAYS))


def owner(uow: UnitOfWork, name: str) -> Member:
    """The one member of this name, `姓名@村` where two share it. Raises `NotFound`, `BadRows` for several."""
    bare, _, place = name.partition("@")
    found = [member for member in uow.members.named(bare) if not place or member.place == place]
    if len(found) > 1:
        raise BadRows([Problem(0, Fault.SEVERAL, name)])
    if not found:
        raise NotFound(name)
    return found[0]


def _code(token: bytes) -> str:
    """
    >>> _code(bytes(range(8)))
    'ABCD-EFGH'
    """
    marks = [ALPHABET[byte % len(ALPHABET)] for byte in token]
    return "".join(marks[:4]) + "-" + "".join(marks[4:8])


def _member_fault(
    line: MemberLine, role: Role | None, place: Place | None, known: dict[tuple[str, int], list[Member]]
) -> Problem | None:
    if not line.name:
        return Problem(line.number, Fault.NO_NAME)
    if not good_name(line.name):
        return Problem(line.number, Fault.BAD_NAME, line.name)
    if role is None:
        return Problem(line.number, Fault.UNKNOWN_ROLE, line.role)
    if not line.place:
        return Problem(line.number, Fault.NO_PLACE)
    if place is None:
        return Problem(line.number, Fault.UNKNOWN_PLACE, line.place)
    if len(known.get((line.name, place.id), ())) > 1:
        return Problem(line.number, Fault.SEVERAL, line.name)
    return None


def _place_fault(line: PlaceLine, names: Iterable[str], known: dict[str, Place]) -> Problem | None:
    if not line.name:
        return Problem(line.number, Fault.NO_NAME)
    if not good_name(line.name):
        return Problem(line.number, Fault.BAD_NAME, line.name)
    if kind_of(line.kind) is None:
        return Problem(line.number, Fault.UNKNOWN_KIND, line.kind)
    if line.parent and line.parent not in names:
        return Problem(line.number, Fault.UNKNOWN_PLACE, line.parent)
    there = known.get(line.name)
    above = next((place.id for place in known.values() if place.name == line.parent), None)
    if there and line.parent and there.parent_id != above:
        return Problem(line.number, Fault.OTHERWISE_KNOWN, line.name)
    return None
