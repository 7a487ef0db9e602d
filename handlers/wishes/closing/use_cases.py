"""How a wish ends, and is opened again: plain functions over a unit of work."""

from bot.chat.turn import Chat
from handlers.wishes import rules
from handlers.wishes.closing import phrases
from handlers.wishes.closing.leavers import come_back, left
from handlers.wishes.moves import move
from handlers.wishes.phrases import WrongState
from handlers.wishes.sight import coordinates, holds, logged_merged, seen
from storage.members import Member
from storage.outbox import Target
from storage.uow import UnitOfWork
from storage.wish_states import CLOSED
from storage.wishes import Consent, Move, Status, Wish


def fulfil(uow: UnitOfWork, no: int, *, by: Member, chat: Chat) -> Wish:
    return move(uow, _to_confirm(uow, no, by=by, chat=chat), Move.FULFIL, by)


def not_received(uow: UnitOfWork, no: int, reason: str, *, by: Member, chat: Chat) -> tuple[Wish, bool]:
    """It is its claimer's again to deliver. Where they have left, it goes elsewhere, and that is the second value."""
    wish = _to_confirm(uow, no, by=by, chat=chat)
    if wish.status is Status.DELIVERED and left(uow, wish):
        return come_back(uow, wish, reason, by=by), True
    return move(uow, wish, Move.NOT_RECEIVED, by, note=reason), False


def withdraw(uow: UnitOfWork, no: int, reason: str = "", *, by: Member, chat: Chat) -> Wish:
    """By who logged it, before it is claimed; by a coordinator of the place, until it is delivered."""
    wish = seen(uow, no, by, chat)
    as_coordinator = coordinates(uow, by, wish)
    if not as_coordinator and wish.logged_by != by.id:
        raise phrases.NotWithdrawer(no)
    before_claim = {Status.PENDING, Status.OPEN, Status.RETURNED}
    if not as_coordinator and wish.status is Status.CLAIMED:
        raise phrases.NotWithdrawer(no)
    expected = before_claim | ({Status.CLAIMED} if as_coordinator else set())
    return move(uow, wish, Move.WITHDRAW, by, note=reason, expected=expected)


def merge(uow: UnitOfWork, no: int, into: int, *, by: Member, chat: Chat) -> Wish:
    """A coordinator of both places says that two wishes are one: the first ends, the second goes on for both.

    Both histories are kept. Who logged the first is told, learns of the second's steps from now on and may confirm
    it. Nobody's promise to help is lost: what somebody holds does not end in what nobody holds. Nor does a child's wish
    get round its guardian: one that still waits for consent ends only in one that waits for it as well.
    """
    if no == into:
        raise phrases.SameWish
    lost, kept = seen(uow, no, by, chat), seen(uow, into, by, chat)
    if not (coordinates(uow, by, lost) and coordinates(uow, by, kept)):
        raise phrases.NotMerger
    if kept.status in CLOSED:
        raise phrases.IntoClosed(into, kept.status)
    if lost.status is Status.CLAIMED and kept.claimed_by is None:
        raise phrases.OtherWayRound(no, into)
    if lost.consent is Consent.NEEDED and kept.consent is not Consent.NEEDED:
        raise phrases.GuardianFirst(no, into)
    # The lower number first, so that two merges of the same pair wait for one another instead of locking up.
    if no < into:
        merged = _merge_away(uow, lost, into, by)
        move(uow, kept, Move.ABSORB, by, note=f"#{no}", as_seen=True)
    else:
        move(uow, kept, Move.ABSORB, by, note=f"#{no}", as_seen=True)
        merged = _merge_away(uow, lost, into, by)
    uow.wishes.follow_merge(no, into)
    if lost.logged_by != by.id:
        uow.outbox.add(Target(member_id=lost.logged_by), phrases.merged_logger(merged).to_json())
    if lost.claimed_by is not None and lost.claimed_by not in (by.id, lost.logged_by):
        uow.outbox.add(Target(member_id=lost.claimed_by), phrases.merged_claimer(merged).to_json())
    if kept.claimed_by is not None and kept.claimed_by != by.id:
        uow.outbox.add(Target(member_id=kept.claimed_by), phrases.absorbed_claimer(merged).to_json())
    return merged


def reopen(uow: UnitOfWork, no: int, reason: str, *, by: Member, chat: Chat) -> Wish:
    """An ended wish waits again: for verification, or, if it had been fulfilled, for somebody to claim it."""
    wish = seen(uow, no, by, chat)
    if wish.logged_by != by.id and not coordinates(uow, by, wish):
        raise phrases.NotReopener(no)
    if wish.merged_into is not None:
        raise phrases.MergedAway(no, wish.merged_into)
    renewed = rules.renewed(wish.wanted_by, uow.now.date())
    return move(uow, wish, Move.REOPEN, by, note=reason, setting=renewed)


def expire(uow: UnitOfWork) -> int:
    """Close open wishes past their date; returns how many."""
    closed = 0
    for no in uow.wishes.out_of_date(uow.now.date()):
        try:
            move(uow, uow.wishes.get(no), Move.EXPIRE, None)
        except WrongState:  # claimed in this moment
            continue
        closed += 1
    return closed


def wipe(uow: UnitOfWork) -> int:
    """Let go of details and photos of wishes that ended long enough ago, and of what was noted; returns how many."""
    before, wiped = uow.now - rules.KEPT_AFTER_CLOSING, 0
    for no in uow.wish_words.closed_before(before):
        if uow.wish_words.wipe(no, before):
            uow.details.wipe(f"wish:{no}")
            uow.photos.wipe(no)
            wiped += 1
    return wiped


def _merge_away(uow: UnitOfWork, lost: Wish, into: int, by: Member) -> Wish:
    return move(uow, lost, Move.MERGE, by, note=f"#{into}", as_seen=True, setting={"merged_into": into})


def _to_confirm(uow: UnitOfWork, no: int, *, by: Member, chat: Chat) -> Wish:
    """The wish, if they may say whether it arrived: who logged it, or what was merged into it, or a coordinator.

    Never who claimed it or is of the team that did.
    """
    wish = seen(uow, no, by, chat)
    may = wish.logged_by == by.id or coordinates(uow, by, wish) or logged_merged(uow, by, wish)
    if holds(uow, by, wish) or not may:
        raise phrases.NotConfirmer(no)
    return wish
