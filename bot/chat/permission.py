"""Who may use a command, and of which matters: one table, deny by default, asked before the arguments are read.

    allow=everybody(Of.OWN) | only(Role.COORDINATOR)

is a row of it: everybody for what is their own, a coordinator for what lies in their place and below. The engine
asks for the role; whether this matter is one of theirs the use case asks, and raises `NotAllowed` when it is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.chat.errors import NotAllowed
from bot.chat.phrases import NOT_ALLOWED, roles
from storage.members import Member, Role


class Of(StrEnum):
    """Of which matters, the narrowest first."""

    OWN = "own"
    """What one is, logged, claimed or owns."""
    PLACE = "place"
    """What lies in the place one speaks for or lives in, and below it."""
    ALL = "all"
    """Whatever the place; or there is no matter to speak of."""


_WIDTH = {of: width for width, of in enumerate(Of)}


@dataclass(frozen=True, slots=True)
class Allowed:
    """A row of the table: a role that is not named may not."""

    of: Mapping[Role, Of]

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(self.of)

    @property
    def everybody(self) -> bool:
        return self.roles == frozenset(Role)

    def __or__(self, other: "Allowed") -> "Allowed":
        """What either permits; of the same role, the wider."""
        both = [*self.of.items(), *other.of.items()]
        return Allowed(dict(sorted(both, key=lambda pair: _WIDTH[pair[1]])))


def row(allowed: Allowed) -> dict[str, str]:
    """The row in plain words: keys of roles, in their order, with `own`, `place` or `all`."""
    return {role.value: allowed.of[role].value for role in Role if role in allowed.of}


def only(*allowed: Role, of: Of = Of.PLACE) -> Allowed:
    return Allowed(dict.fromkeys(allowed, of))


def everybody(of: Of = Of.ALL) -> Allowed:
    return only(*Role, of=of)


EVERYBODY = everybody()


def may(member: Member, allowed: Allowed) -> bool:
    """Whether the member holds one of the roles anywhere; for which place is the use case's question."""
    return bool(member.roles & allowed.roles)


def require(member: Member, allowed: Allowed, command: str) -> None:
    """Raises `NotAllowed`, naming who may."""
    if not may(member, allowed):
        raise NotAllowed(NOT_ALLOWED.format(command=command, roles=roles(allowed.roles)))
