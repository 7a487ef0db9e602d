"""Scheduled work on digests: a tick asks who is due; the push row decides who makes it."""

from bot.chat.feature import Services
from bot.clock import Clock
from handlers.digests import news, planning
from handlers.digests.calendar import Calendar
from handlers.digests.contents import shelf_of
from storage.database import Database


async def push_due(database: Database, clock: Clock, services: Services) -> None:
    """Make every push that is due, a batch of groups a transaction."""
    calendar: Calendar = services[Calendar]
    if await database.read(news.unshelved):
        await database.run(news.shelve_news, calendar)
    after = 0
    shelf = None
    while groups := await database.read(planning.due, after):
        if shelf is None:
            shelf = await database.read(shelf_of, clock.now().date(), calendar)
        await database.run(planning.make_due, groups, shelf, calendar)
        after = groups[-1].group_id
