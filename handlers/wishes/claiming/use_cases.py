"""Who does what a wish asks for: plain functions over a unit of work."""

from datetime import timedelta

from bot.chat.days import day_meant
from bot.chat.turn import Chat
from handlers.wishes import phrases as shared
from handlers.wishes.claiming import phrases
from handlers.wishes.claiming.people import helper, team_of
from handlers.wishes.moves import move
from handlers.wishes.sight import CLAIMERS, coordinates, holds, seen
from handlers.wishes.use_cases import WishLimits
from handlers.wishes.words import Typed, as_typed
from storage.members import Member
from storage.outbox import Target
from storage.uow import UnitOfWork
from storage.wishes import Move, Status, Wish

LONGEST_PROMISE = timedelta(days=90)


def claim(
    uow: UnitOfWork, no: int, team_name: str = "", *, by: Member, chat: Chat, limits: WishLimits
) -> tuple[Wish, Typed]:
    """Take an open wish of a place one serves, if nobody was faster; for a team of one's own, if it is named.

    Its words as typed go to the claimer alone, and that look is logged; the rest of the team is told in private.
    """
    wish = seen(uow, no, by, chat)
    if not by.holds(CLAIMERS, uow.places.line(wish.place_id)):
        raise phrases.NotClaimerHere(no, wish.place)
    team = team_of(uow, team_name, wish, by) if team_name else None
    if limits.claims_at_once:
        uow.members.lock(by.id)
        if wish.status is Status.OPEN and uow.wishes.held_by(by.id) >= limits.claims_at_once:
            raise phrases.TooManyHeld(limits.claims_at_once)
    try:
        claimed = move(uow, wish, Move.CLAIM, by, setting={"team_id": team.id} if team else None)
    except shared.WrongState:
        now = uow.wishes.get(no)
        if now.claimed_by is None:
            raise
        raise (phrases.YoursAlready(no) if holds(uow, by, now) else phrases.TakenAlready(no)) from None
    typed = as_typed(uow, claimed, by=by)
    if not chat.private:
        uow.outbox.add(Target(member_id=by.id), phrases.claimer_details(claimed, typed).to_json())
    for teammate in uow.teams.members(team.id) if team else ():
        if teammate != by.id:
            text = phrases.told_teammate(claimed, by.name)
            uow.outbox.add(Target(member_id=teammate), text.to_json())
    return claimed, typed


def release(uow: UnitOfWork, no: int, reason: str, *, by: Member, chat: Chat) -> Wish:
    return _by_claimer(uow, no, Move.RELEASE, reason, by=by, chat=chat)


def deliver(uow: UnitOfWork, no: int, note: str, *, by: Member, chat: Chat) -> Wish:
    return _by_claimer(uow, no, Move.DELIVER, note, by=by, chat=chat)


def hand_over(uow: UnitOfWork, no: int, whom: str, *, by: Member, chat: Chat, limits: WishLimits) -> Wish:
    """The claimer gives it to another who may claim there, and who learns the details in private."""
    wish = _held(uow, no, Move.HANDOVER, by=by, chat=chat)
    to = _receiver(uow, whom, wish, limits)
    moved = move(uow, wish, Move.HANDOVER, by, only_claimer=True, to=to)
    _give(uow, moved, to, reassigned=False)
    return moved


def reassign(uow: UnitOfWork, no: int, whom: str, *, by: Member, chat: Chat, limits: WishLimits) -> Wish:
    """A coordinator of the place gives an open or claimed wish to somebody who may claim there."""
    wish = seen(uow, no, by, chat)
    if not coordinates(uow, by, wish):
        raise phrases.NotCoordinator(no)
    to = _receiver(uow, whom, wish, limits)
    moved = move(uow, wish, Move.REASSIGN, by, as_seen=True, to=to)
    _give(uow, moved, to, reassigned=True)
    return moved


def promise(uow: UnitOfWork, no: int, words: str, *, by: Member, chat: Chat) -> Wish:
    """The claimer says by which day it will be there."""
    wish = _held(uow, no, Move.PROMISE, by=by, chat=chat)
    today = uow.now.date()
    day = day_meant(words, today)
    if day is None:
        raise phrases.NotADay(words)
    if not today <= day <= today + LONGEST_PROMISE:
        raise phrases.BadDay(LONGEST_PROMISE.days // 30)
    return move(
        uow, wish, Move.PROMISE, by, note=shared.day(day), only_claimer=True, setting={"promised_on": day}
    )


def credit(uow: UnitOfWork, no: int, *, by: Member, chat: Chat, named: bool = True) -> Wish:
    """The claimer lets their own name be said when it is fulfilled, or takes that back."""
    wish = seen(uow, no, by, chat)
    step = Move.CREDIT if named else Move.UNCREDIT
    if wish.claimed_by != by.id:
        raise phrases.NotYours(no, shared.DOING[step])
    return move(uow, wish, step, by, only_claimer=True)


def _held(uow: UnitOfWork, no: int, step: Move, *, by: Member, chat: Chat) -> Wish:
    """The wish, if the member or their team has claimed it."""
    wish = seen(uow, no, by, chat)
    if not holds(uow, by, wish):
        raise phrases.NotYours(no, shared.DOING[step])
    return wish


def _by_claimer(uow: UnitOfWork, no: int, step: Move, note: str, *, by: Member, chat: Chat) -> Wish:
    wish = _held(uow, no, step, by=by, chat=chat)
    return move(uow, wish, step, by, note=note, only_claimer=True)


def _receiver(uow: UnitOfWork, whom: str, wish: Wish, limits: WishLimits) -> Member:
    """Who takes it over: may claim there, does not hold it, and has not too much in hand."""
    to = helper(uow, whom, wish)
    if wish.claimed_by == to.id:
        raise phrases.TheirsAlready(wish.no, to.name)
    if limits.claims_at_once:
        uow.members.lock(to.id)
        if uow.wishes.held_by(to.id) >= limits.claims_at_once:
            raise phrases.TheyHoldTooMany(to.name, limits.claims_at_once)
    return to


def _give(uow: UnitOfWork, wish: Wish, to: Member, *, reassigned: bool) -> None:
    typed = as_typed(uow, wish, by=to)
    text = phrases.handed_to_you(wish, typed, reassigned=reassigned)
    uow.outbox.add(Target(member_id=to.id), text.to_json())
