"""Scheduled work of safety."""

from bot.chat.feature import Services
from bot.clock import Clock
from handlers.safety import use_cases
from storage.database import Database
from storage.uow import UnitOfWork


async def wipe(database: Database, clock: Clock, _services: Services) -> None:
    """Once a day, let go of words that have had their time."""
    slot = clock.now().date().isoformat()
    if not await database.read(lambda uow: uow.ticks.taken("wipe_reports", slot)):
        await database.run(_wipe_once, slot)


def _wipe_once(uow: UnitOfWork, slot: str) -> None:
    if uow.ticks.take("wipe_reports", slot):
        use_cases.wipe(uow)
