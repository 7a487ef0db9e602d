"""Scheduled work on the audit register."""

import logging

from bot.chat.feature import Services
from bot.clock import Clock
from storage.database import Database
from storage.seals import Seal
from storage.uow import UnitOfWork

log = logging.getLogger(__name__)

MINUTES = 5
"""Between seals: what was removed in between leaves no trace, so it is short."""


async def seal(database: Database, clock: Clock, _services: Services) -> None:
    """Every five minutes, seal what has no seal yet, once among all processes."""
    now = clock.now()
    slot = f"{now:%Y-%m-%dT%H}:{now.minute // MINUTES * MINUTES:02}"
    if await database.read(lambda uow: uow.ticks.taken("audit_seal", slot)):
        return
    if not await database.run(lambda uow: uow.ticks.take("audit_seal", slot)):
        return
    while (made := await database.run(_seal)) is not None:
        log.info("audit_sealed", extra={"seal": made.number, "rows": made.count})


def _seal(uow: UnitOfWork) -> Seal | None:
    return uow.seals.seal()
