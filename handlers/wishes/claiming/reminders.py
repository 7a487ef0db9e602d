"""Claims that wait: a gentle word to the claimer once, and after long enough the wish is back on the list."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.chat.command import service
from handlers.wishes import rules
from handlers.wishes.claiming import phrases
from handlers.wishes.moves import move
from handlers.wishes.phrases import WrongState
from storage.outbox import Target
from storage.uow import UnitOfWork
from storage.wishes import Move, Wish

_TAKEN = frozenset({Move.CLAIM, Move.HANDOVER, Move.REASSIGN, Move.NOT_RECEIVED, Move.FOLLOW})
"""From these moves on a claimer has a wish to deliver."""


@service
@dataclass(frozen=True, slots=True)
class Patience:
    """Working days until a claimer is reminded, and until a wish is given back; 0 = never.

    `is_workday` knows the kept calendar, 调休 included; the composition root gives it.
    """

    remind_after: int
    return_after: int
    is_workday: Callable[[date], bool]


def look_after_claims(uow: UnitOfWork, patience: Patience) -> None:
    """Remind the claimers it is time for, and give back what was held too long. For a working day's morning."""
    for wish in uow.wishes.claimed_before(uow.now):
        since, today = _since(uow, wish), uow.now.date()
        if wish.promised_on is not None and wish.promised_on > today:
            continue
        days = rules.working_days_since(max(since, wish.promised_on or since), today, patience.is_workday)
        if _due_back(wish, days, patience, uow.now):
            _give_back(uow, wish)
        elif patience.remind_after and (wish.promised_on or days >= patience.remind_after):
            _remind(uow, wish, today)


def _since(uow: UnitOfWork, wish: Wish) -> date:
    """The day from which its claimer has had it to deliver."""
    taken = [event.at for event in uow.wishes.history(wish.no) if event.move in _TAKEN]
    return taken[-1].astimezone(uow.now.tzinfo).date()


def _due_back(wish: Wish, days: int, patience: Patience, now: datetime) -> bool:
    """Whether it was held too long; not before its claimer has had a day to answer the reminder."""
    if not patience.return_after or days < patience.return_after:
        return False
    reminded = wish.reminded_at
    return not patience.remind_after or (reminded is not None and reminded < now - timedelta(hours=20))


def _remind(uow: UnitOfWork, wish: Wish, today: date) -> None:
    if wish.claimed_by is not None and uow.wishes.remind(wish.no):
        uow.outbox.add(Target(member_id=wish.claimed_by), phrases.reminder(wish, today).to_json())


def _give_back(uow: UnitOfWork, wish: Wish) -> None:
    try:
        move(uow, wish, Move.LAPSE, None, as_seen=True)
    except WrongState:  # delivered or handed on in this moment
        return
