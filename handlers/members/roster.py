"""Rosters: many members at once, all or nothing; and the invite that joins one person."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from bot.chat.converters import day_in
from bot.chat.phrases import ROLES
from bot.chat.turn import COLLEAGUES
from bot.chat.update import IdKind
from handlers.members.phrases import BETWEEN, ROLE_WORDS
from handlers.members.use_cases import join
from storage.base import NotFound
from storage.members import Account, Grant, Member, Role
from storage.places import Place, SeveralNamed
from storage.uow import UnitOfWork

LONGEST_NAME = 40
INVITE_DAYS = 7
ACTOR = "operator"
"""Who stands in the audit register for what the command line did."""

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Of invite codes: 32 marks that cannot be taken for one another (no I, O, 0, 1)."""

COLLEAGUE = "wecom_app"
"""The channel under which a userid is kept: who is known there is known to the corporation's robot too."""

_USERID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.@-]{0,63}")
_FORMULA = re.compile(r"^[=+\-@＝＋－＠']")


class Fault(StrEnum):
    """What is wrong with a row."""

    NO_PERSON = "no_person"
    BAD_NAME = "bad_name"
    UNKNOWN_ROLE = "unknown_role"
    NO_PLACE = "no_place"
    UNKNOWN_PLACE = "unknown_place"
    SEVERAL = "several"
    SEVERAL_PLACES = "several_places"
    BAD_DAY = "bad_day"
    BAD_ACCOUNT = "bad_account"
    ACCOUNT_TAKEN = "account_taken"
    NO_CORPORATION = "no_corporation"


@dataclass(frozen=True, slots=True)
class Problem:
    """One row that cannot be taken: its number in the file, what is wrong, and the words that are."""

    number: int
    fault: Fault
    value: str = ""


class CannotInvite(Exception):
    """Nobody can be invited by this name."""

    def __init__(self, fault: Fault, name: str) -> None:
        super().__init__(fault.value)
        self.fault, self.name = fault, name


@dataclass(frozen=True, slots=True)
class MemberLine:
    """`since` and `until`: days as people write them; `userid`: of the corporation, so that who writes is known."""

    number: int
    name: str
    role: str
    place: str
    since: str = ""
    until: str = ""
    userid: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """`added`: new rows; `granted`: roles given to those known; `unchanged`: there already. `rows`: which is which."""

    added: int = 0
    granted: int = 0
    unchanged: int = 0
    rows: Mapping[int, str] = field(default_factory=dict)


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


def _plain(word: str) -> str:
    return unicodedata.normalize("NFKC", word).strip().lower()


def good_name(name: str) -> bool:
    """
    >>> good_name("王主任"), good_name("=1+1"), good_name("长" * 60)
    (True, False, False)
    """
    return 0 < len(name) <= LONGEST_NAME and name.isprintable() and not _FORMULA.match(name)


def take_in(
    uow: UnitOfWork, lines: Iterable[MemberLine], *, corporation: str = ""
) -> tuple[Taken, list[Problem]]:
    """Take in the rows that are right. Known by name and place; giving a role again changes nothing.

    `corporation`: whose userids stand in the roster.
    """
    places: dict[str, Place | Problem] = {}
    known: dict[tuple[str, int], list[Member]] = {}
    for member in uow.members.all():
        if member.place_id is not None:
            known.setdefault((member.name, member.place_id), []).append(member)
    held = {(each.member_id, Grant(each.role, each.place_id)) for each in uow.members.tenures()}
    problems: list[Problem] = []
    added = granted = unchanged = 0
    rows: dict[int, str] = {}
    for line in lines:
        role, place = role_of(line.role), _place(uow, line.place, places)
        fault = _member_fault(line, role, place, known) or _day_fault(uow, line)
        if fault is None and isinstance(place, Place):
            fault = _account_fault(uow, line, known.get((line.name, place.id), []), corporation)
        if fault is not None or role is None or not isinstance(place, Place):
            problems.append(fault or Problem(line.number, Fault.UNKNOWN_PLACE, line.place))
            continue
        same = known.setdefault((line.name, place.id), [])
        new = not same
        if new:
            same.append(uow.members.add(line.name, place_id=place.id))
        grant, over = Grant(role, place.id), bool(line.until)
        gives = role is not Role.RESIDENT and grant not in same[0].grants
        gives = gives and not (over and (same[0].id, grant) in held)
        if gives:
            held.add((same[0].id, grant))
            uow.members.grant(
                same[0].id, grant, since=_moment(uow, line.since), until=_moment(uow, line.until)
            )
            if not over:
                same[0] = replace(same[0], grants=(*same[0].grants, grant))
        recognised = _recognised(uow, line, same[0], corporation)
        if new or gives or recognised:
            after = f"{role.value}@{place.id}"
            uow.audit.add(actor=ACTOR, action="enrol", subject=f"member:{same[0].id}", after=after)
        added += new
        granted += (gives or recognised) and not new
        unchanged += not (new or gives or recognised)
        rows[line.number] = "added" if new else "granted" if gives or recognised else "same"
    return Taken(added, granted, unchanged, rows), problems


def _account_fault(
    uow: UnitOfWork, line: MemberLine, same: Sequence[Member], corporation: str
) -> Problem | None:
    """What is wrong with the row's userid. One from which nobody known wrote so far may become theirs."""
    if not line.userid:
        return None
    if not corporation:
        return Problem(line.number, Fault.NO_CORPORATION, line.userid)
    if not _USERID.fullmatch(line.userid):
        return Problem(line.number, Fault.BAD_ACCOUNT, line.userid)
    owner = _colleague(uow, line.userid, corporation)
    if owner is None or owner.id in [member.id for member in same]:
        return None
    known = owner.grants or owner.place_id is not None
    return Problem(line.number, Fault.ACCOUNT_TAKEN, line.userid) if known else None


def _recognised(uow: UnitOfWork, line: MemberLine, member: Member, corporation: str) -> bool:
    """Let the member be known by the userid of their row, and be who wrote from it before; whether that is new."""
    owner = _colleague(uow, line.userid, corporation) if line.userid else member
    if owner is None:
        uow.members.open_account(member.id, COLLEAGUE, line.userid, corporation)
    elif owner.id != member.id:
        join(uow, owner.id, member.id)
    return owner is None or owner.id != member.id


def _colleague(uow: UnitOfWork, userid: str, corporation: str) -> Member | None:
    return uow.members.known_as(COLLEAGUES, userid, corporation, IdKind.PLAIN.value)


def _place(uow: UnitOfWork, name: str, known: dict[str, Place | Problem]) -> Place | Problem:
    """The place of this name, or what is wrong with it; each is looked up once a roster."""
    if name not in known:
        try:
            known[name] = uow.places.named(name) if name else Problem(0, Fault.NO_PLACE)
        except SeveralNamed as error:
            known[name] = Problem(0, Fault.SEVERAL_PLACES, BETWEEN.join(error.choices))
        except NotFound:
            known[name] = Problem(0, Fault.UNKNOWN_PLACE, name)
    return known[name]


def _moment(uow: UnitOfWork, words: str) -> datetime | None:
    day = _day(uow, words)
    return datetime.combine(day, time.min, uow.now.tzinfo) if day else None


def _day(uow: UnitOfWork, words: str) -> date | None:
    return day_in(words, uow.now.date()) if words else None


def _day_fault(uow: UnitOfWork, line: MemberLine) -> Problem | None:
    for words in (line.since, line.until):
        if words and _day(uow, words) is None:
            return Problem(line.number, Fault.BAD_DAY, words)
    return None


def invite(uow: UnitOfWork, token: bytes, role: Role, place: Place, name: str | None) -> Invite:
    """Make a one-time code that gives `role` for `place` to whoever binds with it.

    A `name` known in that place binds that member; another is given to who binds. `token`: 8 random bytes.
    Raises `CannotInvite` when the name cannot be used or is borne by several.
    """
    if name is not None and not good_name(name):
        raise CannotInvite(Fault.BAD_NAME, name)
    known = [member for member in uow.members.named(name) if member.place_id == place.id] if name else []
    if len(known) > 1:
        raise CannotInvite(Fault.SEVERAL, name or "")
    code = _code(token)
    member_id = known[0].id if known else None
    uow.invites.add(code, Grant(role, place.id), name=name, member_id=member_id, days=INVITE_DAYS)
    uow.audit.add(actor=ACTOR, action="invite", subject=f"place:{place.id}", after=f"{role.value}@{place.id}")
    return Invite(code, role, uow.places.names()[place.id], name, uow.now + timedelta(days=INVITE_DAYS))


def unbind(uow: UnitOfWork, member: Member, account: Account) -> None:
    """Let the member speak from this account no more."""
    if uow.members.close_account(member.id, account):
        subject, before = f"member:{member.id}", f"account:{account.channel}"
        uow.audit.add(actor=ACTOR, action="unbind", subject=subject, before=before)


def _code(token: bytes) -> str:
    """
    >>> _code(bytes(range(8)))
    'ABCD-EFGH'
    """
    marks = [ALPHABET[byte % len(ALPHABET)] for byte in token]
    return "".join(marks[:4]) + "-" + "".join(marks[4:8])


def _member_fault(
    line: MemberLine,
    role: Role | None,
    place: Place | Problem,
    known: dict[tuple[str, int], list[Member]],
) -> Problem | None:
    if not line.name:
        return Problem(line.number, Fault.NO_PERSON)
    if not good_name(line.name):
        return Problem(line.number, Fault.BAD_NAME, line.name)
    if role is None:
        return Problem(line.number, Fault.UNKNOWN_ROLE, line.role)
    if isinstance(place, Problem):
        return replace(place, number=line.number)
    if len(known.get((line.name, place.id), ())) > 1:
        return Problem(line.number, Fault.SEVERAL, line.name)
    return None
