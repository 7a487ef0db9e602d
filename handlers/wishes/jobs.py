"""Scheduled work on wishes."""

from bot.chat.feature import Services
from bot.clock import Clock
from handlers.wishes import use_cases
from storage.database import Database
from storage.uow import UnitOfWork


async def expire(database: Database, clock: Clock, _services: Services) -> None:
    """Once a day, close open wishes past their date."""
    slot = clock.now().date().isoformat()
    if await database.read(lambda uow: uow.ticks.taken("wishes_expire", slot)):
        return
    await database.run(_expire_once, slot)


def _expire_once(uow: UnitOfWork, slot: str) -> None:
    if uow.ticks.take("wishes_expire", slot):
        use_cases.expire(uow)
