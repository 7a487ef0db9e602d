"""The demo's people, speaking through the real dispatcher."""

import itertools
from pathlib import Path
from typing import Any

from bot.chat.dispatcher import Dispatcher
from bot.chat.pictures import Pictures
from bot.chat.reply import Reply
from bot.chat.update import Update
from bot.moderation import WordLists
from handlers import FEATURES
from handlers.digests.calendar import Calendar
from handlers.digests.working_days import WorkingDays
from handlers.policy.jobs import OfficeDays
from handlers.policy.library import Library
from handlers.wishes.claiming.reminders import Patience
from handlers.wishes.use_cases import WishLimits
from knowledge.index import Index
from knowledge.lexicon import shipped_lexicon
from knowledge.search import Searcher
from knowledge.segment import Segmenter
from storage.database import Database
from storage.members import Member
from storage.uow import UnitOfWork
from tests.clock import FrozenClock

GROUP = "永续社区连心群"


def empty_library(cache: Path) -> Library:
    """A base without a document, in memory; `cache` is for the dictionary."""
    index = Index.open(None, Segmenter(cache))
    return Library(index, Searcher(index, shipped_lexicon()))


USUAL = WishLimits(wishes_a_day=10, claims_at_once=5)


class Town:
    """`say` a line as somebody; `caused` tells what the last line made the bot say elsewhere."""

    def __init__(
        self,
        database: Database,
        clock: FrozenClock,
        library: Library,
        *,
        limits: WishLimits = USUAL,
        replica: str = "",
    ) -> None:
        self.database = database
        self.clock = clock
        self.services: dict[type, Any] = {
            Library: library,
            WordLists: WordLists(),
            WishLimits: limits,
            Patience: Patience(remind_after=7, return_after=14, is_workday=WorkingDays().is_workday),
            Calendar: Calendar(WorkingDays()),
            OfficeDays: OfficeDays(WorkingDays().is_workday),
            Pictures: Pictures(),
        }
        self._dispatcher = Dispatcher(FEATURES, database, clock, self.services, messages_a_minute=0)
        self._keys = itertools.count(1)
        self._replica = replica
        self._groups = {group.name: group.id for group in database.read_now(lambda uow: uow.groups.all())}
        self.last_key = ""

    def person(self, name: str) -> Member:
        (member,) = self.database.read_now(lambda uow: uow.members.named(name))
        return member

    async def say(self, name: str, text: str, group: str | None = None) -> str:
        """The answer, without the privacy notice that follows somebody's first."""
        return (await self.reply(name, text, group)).plain()

    async def reply(self, name: str, text: str, group: str | None = None) -> Reply:
        """As `say`, with its parts."""
        (member,) = await self.database.read(lambda uow: uow.members.named(name))
        await self.database.run(lambda uow: uow.members.noticed(member.id))
        self.last_key = f"{self._replica}k{next(self._keys)}"
        update = Update(
            "terminal", self.last_key, str(member.id), self.clock.now(), text,
            chat=str(self._groups[group]) if group else None,
        )  # fmt: skip
        return await self.hear(update)

    async def hear(self, update: Update) -> Reply:
        """What is answered to this very update; again, when it was heard before."""
        reply = await self._dispatcher.answer(update)
        assert reply.incident is None
        return reply

    async def caused(self) -> list[tuple[str, str]]:
        """(to, text) of what the last line queued."""

        def read(uow: UnitOfWork) -> list[tuple[str, str]]:
            return [
                (uow.members.get(row.to.member_id or 0).name, Reply.from_json(row.body).plain())
                for row in uow.outbox.caused_by("terminal", self.last_key)
            ]

        return await self.database.read(read)

    async def register(self, name: str) -> list[dict[str, Any]]:
        """A register as it is exported."""
        (register,) = (feature.registers[name] for feature in FEATURES if name in feature.registers)
        return await self.database.read(register)
