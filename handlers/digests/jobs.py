"""Scheduled work on digests: a tick asks who is due; the push row decides who makes it."""

from bot.chat.feature import Services
from bot.clock import Clock
from handlers.digests import use_cases
from handlers.digests.use_cases import Calendar
from storage.database import Database


async def push_due(database: Database, clock: Clock, services: Services) -> None:
    """Make every push that is due."""
    calendar: Calendar = services[Calendar]
    for group in await database.read(use_cases.due_groups):
        await database.run(use_cases.make_push, group, clock.now().date(), calendar.days)
