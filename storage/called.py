"""Whom words name: 姓名; of several 姓名@村, 姓名@镇/村, 姓名@村@镇; of two in one village 姓名#编号."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, String, bindparam, func, select
from sqlmodel import col

from storage.base import NotFound
from storage.members import GrantRow, Member, MemberRow, Members
from storage.places import Places


@dataclass(frozen=True, slots=True)
class Choice:
    """One of those who share a name. `written`: what names this one alone; `former`: held a role, holds none."""

    written: str
    member: Member
    former: bool = False


class SeveralCalled(NotFound):
    """The words alone do not tell who is meant."""

    def __init__(self, name: str, choices: Sequence[Choice]) -> None:
        super().__init__(name)
        self.name, self.choices = name, tuple(choices)


@dataclass(frozen=True, slots=True)
class Called:
    """Those the words may mean; `name` and `at`, the place, as they were written."""

    name: str
    at: str
    choices: tuple[Choice, ...]

    @property
    def members(self) -> list[Member]:
        return [choice.member for choice in self.choices]

    def one(self, among: Iterable[Member] | None = None) -> Member:
        """The one meant; of `among`, where only these can be. Raises `NotFound`, and `SeveralCalled`."""
        wanted = {member.id for member in (self.members if among is None else among)}
        left = [choice for choice in self.choices if choice.member.id in wanted]
        if not left:
            raise NotFound(self.name)
        if len(left) > 1:
            raise SeveralCalled(self.name, left)
        return left[0].member


_PARTS = re.compile(r"@?(?P<name>[^@#]*)(?:#(?P<number>\d{1,9}))?(?:@(?P<at>.*))?")
_FORMER = select(col(GrantRow.member_id)).where(
    col(GrantRow.member_id).in_(bindparam("members", expanding=True)), col(GrantRow.until).is_not(None)
)
_SPOKEN_OF = (
    select(col(MemberRow.name))
    .where(
        bindparam("words", type_=String).contains(col(MemberRow.name)),
        func.length(col(MemberRow.name)) > 1,
        col(MemberRow.hidden_at).is_(None),
    )
    .distinct()
)


def called(
    connection: Connection, members: Members, places: Places, words: str, *, hidden: bool = False
) -> Called:
    """Those of this name; with `hidden` also who asked to be hidden, by what stands in place of the name.

    A place is told as `Places.named` takes it. Whose own place it is goes before who lives below it or holds a
    role in it.
    """
    whole = words.strip()
    name, number, at = whole, None, ""
    if not (found := members.named(whole)):
        name, number, at = _parted(whole)
        found = members.named(name)
    found = [member for member in found if hidden or not member.hidden]
    if not found:
        return Called(name, at, ())
    past = set(connection.execute(_FORMER, {"members": [member.id for member in found]}).scalars())
    choices = [
        Choice(written, member, former=member.id in past and not member.grants)
        for member, written in zip(found, _written(found, places), strict=True)
    ]
    if number is not None:
        choices = [choice for choice in choices if choice.member.id == number]
    if at:
        there = {place.id for place in places.meant(at)}
        own = [choice for choice in choices if choice.member.place_id in there]
        choices = own or [choice for choice in choices if there & _around(choice.member, places)]
    return Called(name, at, tuple(choices))


def spoken_of(connection: Connection, text: str) -> list[str]:
    """Names on the roster that stand in the text, the longest first."""
    found = connection.execute(_SPOKEN_OF, {"words": text}).scalars()
    return sorted((name for name in found if name in text), key=lambda name: (-len(name), name))


def _parted(words: str) -> tuple[str, int | None, str]:
    """The name, the number behind it and the place.

    >>> _parted("@小孙＠永续社区"), _parted("张强 ＃17"), _parted("张强@东关村@鱼山街道")
    (('小孙', None, '永续社区'), ('张强', 17, ''), ('张强', None, '东关村@鱼山街道'))
    >>> _parted("张强#甲")
    ('张强#甲', None, '')
    """
    words = unicodedata.normalize("NFKC", words).strip()
    found = _PARTS.fullmatch(words)
    if found is None:
        return words, None, ""
    number = int(found["number"]) if found["number"] else None
    return found["name"].strip(), number, (found["at"] or "").strip()


def _written(found: Sequence[Member], places: Places) -> list[str]:
    """How each is told from the others, as briefly as does it."""
    if len(found) == 1:
        return [found[0].name]
    ways = [_ways(member, places) for member in found]
    said = Counter(way for each in ways for way in each)
    return [next(way for way in each if said[way] == 1) for each in ways]


def _ways(member: Member, places: Places) -> list[str]:
    """How somebody is written, the briefest first; the last is theirs alone."""
    at = [] if member.place_id is None else [member.place, places.path(member.place_id)]
    return [*dict.fromkeys(f"{member.name}@{place}" for place in at), f"{member.name}#{member.id}"]


def _around(member: Member, places: Places) -> set[int]:
    """Where the member lives and what lies above it, and where they hold a role."""
    return {*places.line(member.place_id)} | {
        grant.place_id for grant in member.grants if grant.place_id is not None
    }
