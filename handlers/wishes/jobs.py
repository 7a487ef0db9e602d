"""Scheduled work on wishes. What makes the bot say something waits for the day."""

from collections.abc import Callable
from datetime import time

from bot.chat.feature import Services
from bot.clock import Clock
from handlers.wishes.claiming.reminders import Patience, look_after_claims
from handlers.wishes.closing import use_cases as closing
from storage.database import Database
from storage.uow import UnitOfWork

MORNING, EVENING = time(9, 0), time(18, 0)
"""Between these people are told what the calendar brings."""


async def expire(database: Database, clock: Clock, _services: Services) -> None:
    """Once a day, close open wishes past their date."""
    if MORNING <= clock.now().time() < EVENING:
        await _once(database, clock, "wishes_expire", closing.expire)


async def look_after(database: Database, clock: Clock, services: Services) -> None:
    """Once a working day, remind claimers and give back what was held too long."""
    patience: Patience = services[Patience]
    now = clock.now()
    if MORNING <= now.time() < EVENING and patience.is_workday(now.date()):
        await _once(database, clock, "wishes_claimed", lambda uow: look_after_claims(uow, patience))


async def wipe(database: Database, clock: Clock, _services: Services) -> None:
    """Once a day, let go of the details of wishes that ended a fortnight ago."""
    await _once(database, clock, "wishes_wipe", closing.wipe)


async def _once(database: Database, clock: Clock, job: str, act: Callable[[UnitOfWork], object]) -> None:
    slot = clock.now().date().isoformat()
    if await database.read(lambda uow: uow.ticks.taken(job, slot)):
        return

    def first_does(uow: UnitOfWork) -> None:
        if uow.ticks.take(job, slot):
            act(uow)

    await database.run(first_does)
