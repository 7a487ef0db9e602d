"""How a register names people and teams, so that each is told from all others and found again by what is written."""

from collections import Counter

from storage.uow import UnitOfWork


def people(uow: UnitOfWork) -> dict[int, str]:
    """By member: the name; of several who share it 姓名@村 and what else `UnitOfWork.called` takes."""
    members = uow.members.all()
    sharing = Counter(member.name for member in members)
    written = {member.id: member.name for member in members}
    for name in (name for name, count in sharing.items() if count > 1):
        written |= {each.member.id: each.written for each in uow.called(name, hidden=True).choices}
    return written


def teams(uow: UnitOfWork) -> dict[int, str]:
    """By team: its name, or its number where it has none or the name means another one as well."""
    found = uow.teams.all()
    said = Counter(word for team in found for word in {team.number, team.name})
    return {team.id: team.name if team.name and said[team.name] == 1 else team.number for team in found}
