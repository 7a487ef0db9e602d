"""Who may use a command: a set of roles, asked before the arguments are read."""

from collections.abc import Iterable

from bot.chat.errors import NotAllowed
from bot.chat.phrases import NOT_ALLOWED, roles
from storage.members import Member, Role

Allowed = frozenset[Role] | None
"""None: everybody."""

EVERYBODY: Allowed = None


def only(*allowed: Role) -> Allowed:
    return frozenset(allowed)


def may(member: Member, allowed: Allowed) -> bool:
    """Whether the member holds one of the roles anywhere; for which place is the use case's question."""
    return allowed is None or bool(member.roles & allowed)


def require(member: Member, allowed: Allowed, command: str) -> None:
    """Raises `NotAllowed`, naming who may."""
    if allowed is not None and not may(member, allowed):
        raise NotAllowed(NOT_ALLOWED.format(command=command, roles=roles(_labels(allowed))))


def _labels(allowed: Iterable[Role]) -> set[str]:
    return {role.value for role in allowed}
