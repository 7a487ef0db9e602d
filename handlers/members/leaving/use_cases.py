"""What somebody has open, and how it goes to who follows. A leaver's history stays theirs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.chat.reply import Reply
from handlers.members.leaving import phrases
from handlers.members.leaving.phrases import Estate
from handlers.members.leaving.rules import Succession
from storage.called import Called, SeveralCalled
from storage.members import Grant, Member, Role, places_served
from storage.outbox import Target
from storage.uow import UnitOfWork
from storage.wishes import AlreadyMoved, Move, Status, Wish

HANDERS = frozenset({Role.COORDINATOR, Role.COUNTY_OFFICE})
"""Who hands over for others in their place; a first secretary does so for themselves."""

HANDED_BY_COORDINATORS = frozenset({Role.RESIDENT, Role.VOLUNTEER, Role.GRID_WORKER, Role.CARE_SECRETARY})
"""Roles a coordinator may end or pass on for others. Who verifies, consents or coordinates is for the county to say:
else one person could gather all of these in one hand."""

KEEPERS = (Role.COORDINATOR, Role.COUNTY_OFFICE, Role.OPERATOR)
READERS = frozenset({Role.FIRST_SECRETARY, Role.COORDINATOR, Role.COUNTY_OFFICE})
"""Who may have a personal digest."""

UNDER_WAY = (Status.PENDING, Status.OPEN, Status.CLAIMED, Status.DELIVERED, Status.RETURNED)
ALL = 10_000


def ask(uow: UnitOfWork, asked: Succession, *, by: Member) -> Reply:
    """By chat: show what is open, or hand it over when one is sure."""
    leaver = _leaver(uow, asked.leaver, by)
    successor = _successor(uow, asked.successor, leaver, by) if asked.successor else None
    found = estate(uow, leaver)
    if found.nothing:
        raise phrases.NothingToHandOver(leaver.name)
    if not asked.sure:
        return phrases.before(found, successor, phrases.said(asked.leaver, asked.successor))
    hand_over(uow, found, successor, actor=f"member:{by.id}", by=by)
    return phrases.done(found, successor)


def estate(uow: UnitOfWork, member: Member) -> Estate:
    """What the member has open."""
    wishes = uow.wishes
    served = places_served(member, KEEPERS, uow.places)
    asked = uow.questions.waiting() if served else []
    return Estate(
        member=member,
        roles=[(grant.role.value, _name(uow, grant.place_id)) for grant in member.grants],
        claimed=wishes.listed(statuses=[Status.CLAIMED], places=None, claimed_by=member.id, limit=ALL),
        delivered=wishes.listed(statuses=[Status.DELIVERED], places=None, claimed_by=member.id, limit=ALL),
        followed=wishes.followed(member.id),
        logged=wishes.listed(statuses=UNDER_WAY, places=None, logged_by=member.id, limit=ALL),
        groups=[group.name for group in uow.groups.all() if group.owner_id == member.id],
        teams=[team.name or team.number for team in uow.teams.of(member.id)],
        questions=sum(each.place_id in served for each in asked),
        invites=uow.invites.open_for(member.id),
        digest=uow.personal.of(member.id) is not None,
    )


@dataclass(frozen=True, slots=True)
class Hand:
    """Who hands over: `actor` stands in the audit register, `member` (None: no member) in the history of wishes."""

    uow: UnitOfWork
    actor: str
    member: int | None

    def noted(self, action: str, subject: str, *, before: str = "", after: str = "") -> None:
        self.uow.audit.add(actor=self.actor, action=action, subject=subject, before=before, after=after)


def hand_over(
    uow: UnitOfWork, found: Estate, successor: Member | None, *, actor: str, by: Member | None
) -> None:
    """Let `successor` go on with what is open; without one it goes back to the list. The roles end."""
    leaver, hand = found.member, Hand(uow, actor, by.id if by else None)
    _wishes(hand, found, successor)
    _groups(hand, leaver, successor)
    _teams(hand, leaver, successor)
    if uow.invites.void(leaver.id):
        hand.noted("invite_void", f"member:{leaver.id}", before=str(found.invites))
    _end_roles(hand, leaver)
    if successor is not None:
        _follow(hand, leaver.grants, successor)
        uow.outbox.add(Target(member_id=successor.id), phrases.told_successor(found, successor).to_json())
    if leaver.grants and leaver.id != hand.member:
        uow.outbox.add(Target(member_id=leaver.id), phrases.told_leaver(found, successor).to_json())


def _wishes(hand: Hand, found: Estate, successor: Member | None) -> None:
    for wish in found.claimed:
        move = Move.HANDOVER if successor else Move.RELEASE
        moved = _moved(hand, wish, move, to=successor.id if successor else None, as_seen=wish)
        if moved and wish.logged_by not in (found.member.id, successor.id if successor else None):
            told = phrases.told_logger(wish, successor)
            hand.uow.outbox.add(Target(member_id=wish.logged_by), told.to_json())
    for wish in found.entrusted(successor):
        _moved(hand, wish, Move.ENTRUST, setting={"logged_by": successor.id if successor else None})
    for wish in found.answered(successor):
        _moved(hand, wish, Move.SUCCEED, by=successor.id if successor else None)


def _moved(hand: Hand, wish: Wish, move: Move, **how: Any) -> bool:
    how = {"by": hand.member, "note": phrases.NOTE, **how}
    try:
        moved, before, _ = hand.uow.wishes.move(wish.no, move, **how)
    except AlreadyMoved:  # delivered, or closed, in this moment
        return False
    hand.noted(move.value, f"wish:{wish.no}", before=before.value, after=moved.status.value)
    return True


def _groups(hand: Hand, leaver: Member, successor: Member | None) -> None:
    for group in hand.uow.groups.all():
        if group.owner_id == leaver.id:
            hand.uow.groups.set(group.id, owner_id=successor.id if successor else None)
            after = f"member:{successor.id}" if successor else ""
            hand.noted("group_owner", f"group:{group.id}", before=f"member:{leaver.id}", after=after)


def _teams(hand: Hand, leaver: Member, successor: Member | None) -> None:
    teams = hand.uow.teams
    for team in teams.of(leaver.id):
        (seat,) = [seat for seat in teams.seats([team.id])[team.id] if seat.member_id == leaver.id]
        teams.unseat(leaver.id, team.id)
        if successor is not None and successor.id not in teams.members(team.id):
            teams.seat(team.id, replace(seat, member_id=successor.id))
        after = f"member:{successor.id}" if successor else ""
        hand.noted("team_seat", f"team:{team.number}", before=f"member:{leaver.id}", after=after)


def _end_roles(hand: Hand, leaver: Member) -> None:
    hand.uow.members.end_grants(leaver.id, leaver.grants)
    for grant in leaver.grants:
        hand.noted("leave", f"member:{leaver.id}", before=_held(grant))
    if leaver.roles & READERS:
        hand.uow.personal.end(leaver.id)


def _follow(hand: Hand, grants: Sequence[Grant], successor: Member) -> None:
    for grant in grants:
        if grant not in successor.grants:
            hand.uow.members.grant(successor.id, grant)
            hand.noted("succeed", f"member:{successor.id}", after=_held(grant))
    place_id = next((grant.place_id for grant in grants if grant.place_id is not None), None)
    hand.uow.members.settle_in(successor.id, place_id=place_id, name=None)


def _leaver(uow: UnitOfWork, name: str, by: Member) -> Member:
    """Who is to hand over, if `by` may say so: their places' own people; oneself. Raises `NotAllowed`."""
    served = places_served(by, HANDERS, uow.places)
    if name in phrases.MYSELF:
        if not by.roles & (HANDERS | {Role.FIRST_SECRETARY}):
            raise phrases.NotYourself
        return _not_operator(by)
    called = uow.called(name)
    found = [member for member in called.members if member.grants]
    mine = [member for member in found if any(grant.place_id in served for grant in member.grants)]
    if not mine and any(member.id == by.id for member in found):
        mine = [by]
    if not mine:
        raise (phrases.NotYourMember if found else phrases.NoSuchMember)(name)
    leaver = _one(called, mine)
    if leaver.id == by.id:
        return _not_operator(by)
    county = places_served(by, [Role.COUNTY_OFFICE], uow.places)
    for grant in leaver.grants:
        if grant.place_id not in (served if grant.role in HANDED_BY_COORDINATORS else county):
            raise phrases.RolesElsewhere(leaver.name)
    return _not_operator(leaver)


def _not_operator(leaver: Member) -> Member:
    if Role.OPERATOR in leaver.roles:
        raise phrases.RolesElsewhere(leaver.name)
    return leaver


def _successor(uow: UnitOfWork, name: str, leaver: Member, by: Member) -> Member:
    """Somebody of the places `by` speaks for. Who is of no place yet is not known to be the one who is meant."""
    reach = uow.places.below(grant.place_id for grant in by.grants if grant.place_id is not None)
    called = uow.called(name)
    found = [member for member in called.members if member.place_id in reach]
    if not found:
        raise phrases.NoSuccessor(name)
    successor = _one(called, found)
    if successor.id == leaver.id:
        raise phrases.SamePerson
    if successor.id == by.id:
        raise phrases.NotToYourself
    return successor


def _one(called: Called, among: Sequence[Member]) -> Member:
    try:
        return called.one(among)
    except SeveralCalled as error:
        raise phrases.Several(error) from None


def _name(uow: UnitOfWork, place_id: int | None) -> str:
    return uow.places.get(place_id).name if place_id is not None else ""


def _held(grant: Grant) -> str:
    return f"{grant.role.value}@{grant.place_id}"
