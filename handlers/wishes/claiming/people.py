"""Whom a name means, and which team: of those who may claim where the wish is."""

from handlers.wishes.claiming import phrases
from handlers.wishes.sight import CLAIMERS
from knowledge.folding import fold
from storage.base import NotFound
from storage.members import Member
from storage.places import SeveralNamed
from storage.teams import Team
from storage.uow import UnitOfWork
from storage.wishes import Wish


def helper(uow: UnitOfWork, words: str, wish: Wish) -> Member:
    """The one of this name (`姓名` or `姓名@村`) who may claim the wish. Raises a sentence saying what is wrong."""
    name, _, place = (part.strip() for part in fold(words).strip().lstrip("@").partition("@"))
    called = [
        member
        for member in uow.members.named(name)
        if not member.hidden and (not place or member.place == place)
    ]
    able = [member for member in called if member.holds(CLAIMERS, uow.places.line(wish.place_id))]
    if not called:
        raise phrases.NobodyCalled(words)
    if not able:
        raise phrases.CannotClaimThere(name, wish.place)
    if len(able) > 1:
        raise phrases.SeveralCalled(name)
    return able[0]


def team_of(uow: UnitOfWork, words: str, wish: Wish, by: Member) -> Team:
    """The team of this name or number: one's own, serving the place of the wish, or a plot of it."""
    try:
        team = uow.teams.named(words)
    except NotFound:
        raise phrases.NoSuchTeam(words) from None
    except SeveralNamed:
        raise phrases.SeveralTeams(words) from None
    if by.id not in uow.teams.members(team.id):
        raise phrases.NotInTeam(words)
    if team.place_id not in uow.places.line(wish.place_id) and wish.place_id not in uow.places.line(
        team.place_id
    ):
        raise phrases.TeamElsewhere(wish.no, words)
    return team
