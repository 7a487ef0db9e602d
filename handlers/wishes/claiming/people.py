"""Whom a name means, and which team: of those who may claim where the wish is."""

from handlers.wishes.claiming import phrases
from handlers.wishes.sight import CLAIMERS
from storage.base import NotFound
from storage.called import SeveralCalled
from storage.members import Member
from storage.places import SeveralNamed
from storage.teams import Team
from storage.uow import UnitOfWork
from storage.wishes import Wish


def helper(uow: UnitOfWork, words: str, wish: Wish) -> Member:
    """The one of this name (`姓名` or `姓名@村`) who may claim the wish. Raises a sentence saying what is wrong."""
    called = uow.called(words)
    line = uow.places.line(wish.place_id)
    able = [member for member in called.members if member.holds(CLAIMERS, line)]
    if not called.members:
        raise phrases.NobodyCalled(words)
    if not able:
        raise phrases.CannotClaimThere(called.name, wish.place)
    try:
        return called.one(able)
    except SeveralCalled as error:
        raise phrases.Several(error) from None


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
