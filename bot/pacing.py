"""Pacing: below the platform's limits, counted for all replicas together in the database."""

from collections.abc import Sequence

from bot.chat.channel import Window
from bot.chat.errors import Throttled
from storage.database import Database


class SharedPacing:
    """Implements `bot.chat.channel.Pacing`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, windows: Sequence[Window]) -> None:
        if not windows:
            return
        asked = [(window.bucket, window.messages, window.seconds) for window in windows]
        wait = await self._database.run(lambda uow: uow.pace.take(asked))
        if wait is not None:
            raise Throttled("no room in the pace of this destination", after=wait.total_seconds())
