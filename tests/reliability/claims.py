"""The race for wishes: several people claim the same one at the same moment, over HTTP."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.platform.official_account import OfficialAccountPlatform

WON = "由您认领"
LOST = "已有人认领"


@dataclass
class Race:
    """How it went. `winners`: for each wish, the openids that were told it is theirs."""

    winners: dict[int, list[str]] = field(default_factory=dict)
    told: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def won(self) -> Counter[int]:
        """How many wishes have how many winners."""
        return Counter(len(names) for names in self.winners.values())


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
