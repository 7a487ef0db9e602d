"""The race for wishes: several people claim the same one at the same moment, over HTTP."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import update
from sqlmodel import col

from storage.database import Database
from storage.uow import UnitOfWork
from storage.wishes import Status, WishRow
from tests.platform.official_account import OfficialAccountPlatform

WON = "由您认领"
LOST = "已有人认领"


@dataclass
class Race:
    """How it went. `winners`: for each wish, the openids that were told it is theirs; `losers`: what the others
    were told, word for word but for the number of the wish."""

    winners: dict[int, list[str]] = field(default_factory=dict)
    told: Counter[str] = field(default_factory=Counter)
    losers: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def won(self) -> Counter[int]:
        """How many wishes have how many winners."""
        return Counter(len(names) for names in self.winners.values())


async def careless(databases: Sequence[Database], wishes: Sequence[int], claimers: int) -> int:
    """The control: all claimers read whether a wish is open, and then write that it is theirs.

    Returns how many wishes several of them were told to have: none would mean that the race proves nothing.
    """
    winners: Counter[int] = Counter()

    async def claim(no: int, by: int) -> None:
        database = databases[by % len(databases)]
        wish = await database.read(lambda uow: uow.wishes.get(no))
        if wish.status is Status.OPEN:
            await database.run(_take, no, by)
            winners[no] += 1

    for no in wishes:
        await asyncio.gather(*(claim(no, by + 1) for by in range(claimers)))
    return sum(count > 1 for count in winners.values())


def _take(uow: UnitOfWork, no: int, by: int) -> None:
    """Without asking again whether it is still open."""
    claimed = {"status": Status.CLAIMED.value, "claimed_by": by}
    uow.connection.execute(update(WishRow).where(col(WishRow.no) == no).values(**claimed))


async def race(
    platform: OfficialAccountPlatform, urls: Sequence[str], wishes: Sequence[int], claimers: Sequence[str],
    *, lanes: int = 2,
) -> Race:  # fmt: skip
    """Let all `claimers` claim each wish at once, `lanes` wishes at a time, spread over the replicas at `urls`."""
    outcome = Race()
    waiting = list(reversed(wishes))

    async def claim(no: int, name: str, url: str) -> None:
        answer = await platform.deliver(url, platform.message(name, Content=f"/认领 {no}"))
        text = answer.text or f"（{answer.fault}）"
        if f"#{no} {WON}" in text:
            outcome.winners[no].append(name)
        else:
            outcome.losers[text.replace(f"#{no} ", "#… ")] += 1
        kind = next((kind for kind in (WON, LOST) if f"#{no} {kind}" in text), text)
        outcome.told[kind] += 1

    async def lane() -> None:
        while waiting:
            no = waiting.pop()
            outcome.winners[no] = []
            await asyncio.gather(*(claim(no, name, urls[n % len(urls)]) for n, name in enumerate(claimers)))

    started = time.perf_counter()
    await asyncio.gather(*(lane() for _ in range(lanes)))
    outcome.seconds = time.perf_counter() - started
    return outcome
