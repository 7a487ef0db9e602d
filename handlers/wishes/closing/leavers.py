"""What somebody delivered who has left since, and who it was for has not received: who goes on with it."""

from handlers.wishes import rules
from handlers.wishes.claiming.phrases import passed_on
from handlers.wishes.closing import phrases
from handlers.wishes.moves import move
from handlers.wishes.sight import CLAIMERS, coordinates
from handlers.wishes.words import as_typed
from storage.members import Member
from storage.outbox import Target
from storage.uow import UnitOfWork
from storage.wishes import Move, Wish


def left(uow: UnitOfWork, wish: Wish) -> bool:
    """Whether who claimed it may claim there no longer."""
    line = uow.places.line(wish.place_id)
    return wish.claimed_by is not None and not uow.members.get(wish.claimed_by).holds(CLAIMERS, line)


def come_back(uow: UnitOfWork, wish: Wish, reason: str, *, by: Member) -> Wish:
    """It goes to who follows its claimer, else back to the list; the coordinators of the place learn of it."""
    to = _follower(uow, wish)
    if to is None:
        renewed = rules.renewed(wish.wanted_by, uow.now.date())
        back = move(uow, wish, Move.COME_BACK, by, note=reason, as_seen=True, setting=renewed)
    else:
        team = wish.team_id if to.id in _team(uow, wish) else None
        back = move(uow, wish, Move.FOLLOW, by, note=reason, as_seen=True, to=to, setting={"team_id": team})
        told = passed_on(back, as_typed(uow, back, by=to), reason)
        uow.outbox.add(Target(member_id=to.id), told.to_json())
    for member in uow.members.all():
        if member.id not in (by.id, to.id if to else None) and coordinates(uow, member, back):
            uow.outbox.add(Target(member_id=member.id), phrases.told_coordinator(back).to_json())
    return back


def _follower(uow: UnitOfWork, wish: Wish) -> Member | None:
    """Whom the leaver handed over to, else one of the team that took it: who may claim there and did not log it."""
    line = uow.places.line(wish.place_id)
    named = uow.wishes.followed_by(wish.no)
    for member_id in ([named] if named else []) + [*_team(uow, wish)]:
        member = uow.members.get(member_id)
        if member_id not in (wish.logged_by, wish.claimed_by) and member.holds(CLAIMERS, line):
            return member
    return None


def _team(uow: UnitOfWork, wish: Wish) -> tuple[int, ...]:
    return uow.teams.members(wish.team_id) if wish.team_id is not None else ()
