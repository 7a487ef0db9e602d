"""Scheduled work on personal digests: a tick asks who is due; a row a member and day decides who makes it."""

from bot.chat.feature import Services
from bot.clock import Clock
from handlers.digests.calendar import Calendar
from handlers.digests.personal import use_cases
from handlers.digests.personal.matters import turning
from storage.database import Database

BATCH = 50
"""Members a transaction: they share one look at the tree of places."""


async def make_personal(database: Database, clock: Clock, services: Services) -> None:
    """Make every personal digest that is due."""
    calendar: Calendar = services[Calendar]
    if not calendar.days.is_workday(clock.now().date()):
        return
    due = await database.read(use_cases.due)
    turns = await database.read(turning) if due else []
    for first in range(0, len(due), BATCH):
        members = [subscription.member_id for subscription in due[first : first + BATCH]]
        await database.run(use_cases.make, members, calendar, turns)
