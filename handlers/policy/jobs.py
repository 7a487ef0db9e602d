"""Scheduled work on questions."""

from bot.chat.feature import Services
from bot.clock import Clock
from storage.database import Database
from storage.uow import UnitOfWork


async def forget_askers(database: Database, clock: Clock, _services: Services) -> None:
    """Once a day, forget who asked what nobody has answered for too long."""
    slot = clock.now().date().isoformat()
    if await database.read(lambda uow: uow.ticks.taken("forget_askers", slot)):
        return
    await database.run(_forget_once, slot)


def _forget_once(uow: UnitOfWork, slot: str) -> None:
    if uow.ticks.take("forget_askers", slot):
        uow.questions.prune()
