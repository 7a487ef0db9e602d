"""Identity: WeCom's encrypted ids of people, turned into userids by and by.

A robot made by somebody who is no administrator of the corporation sees people under an open_userid; the app can
ask who that is (W101521). Until it has, they are residents nobody knows, and their id is never shown as a name.
"""

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

from bot.chat.errors import ChannelError
from bot.chat.turn import COLLEAGUES
from bot.clock import Clock
from storage.database import Database
from storage.uow import UnitOfWork

log = logging.getLogger(__name__)

JOB = "open_userids"
MINUTES = 10
"""How often those are asked about who could not be known the last time."""

Ask = Callable[[Sequence[str]], Awaitable[Mapping[str, str]]]
"""open_userids → the userids of those that can be known."""

Recognise = Callable[[UnitOfWork, Collection[str], str, str, str], object]
"""What it means that (channels, tenant) an open_userid and a userid are one person."""


async def convert(database: Database, clock: Clock, tenant: str, *, ask: Ask, recognise: Recognise) -> None:
    """Recognise who can be. A platform that does not answer is asked again in the next slot."""
    now = clock.now()
    slot = f"{now:%Y-%m-%dT%H}:{now.minute // MINUTES}"

    def waiting(uow: UnitOfWork) -> Sequence[str]:
        return () if uow.ticks.taken(JOB, slot) else uow.members.encrypted(COLLEAGUES, tenant)

    open_userids = await database.read(waiting)
    if not open_userids:
        return
    try:
        userids = await ask(open_userids)
    except ChannelError as error:
        log.warning("open_userids_not_converted", extra={"cause": error.sentence})
        userids = {}

    def settle(uow: UnitOfWork) -> None:
        if uow.ticks.take(JOB, slot):
            for open_userid, userid in userids.items():
                recognise(uow, COLLEAGUES, tenant, open_userid, userid)

    await database.run(settle)
