"""Limits per member hold when everything comes at once, on two replicas as on one; 0 is no limit."""

import asyncio
from collections.abc import Callable, Iterator

import pytest

from bot import demo
from handlers.policy.library import Library
from handlers.wishes.use_cases import WishLimits
from storage.database import Database
from tests.clock import FrozenClock
from tests.handlers.town import Town

WISHES, CLAIMS = 4, 2
AT_ONCE = 10


Replicas = Callable[[int, int], list[Town]]


@pytest.fixture
def replicas(database_url: str, clock: FrozenClock, library: Library) -> Iterator[Replicas]:
    """Two processes over one database, with limits of wishes a day and of claims at once."""
    databases = [Database(database_url, clock.now) for _ in range(2)]
    databases[0].run_now(demo.put)
    databases[0].run_now(lambda uow: uow.members.add("新来的", place_id=uow.places.named("永续社区").id))

    def open_both(wishes: int, claims: int) -> list[Town]:
        limits = WishLimits(wishes, claims)
        return [
            Town(database, clock, library, limits=limits, replica=name)
            for database, name in zip(databases, "甲乙", strict=True)
        ]

    yield open_both
    for database in databases:
        database.close()


async def say_at_once(towns: list[Town], name: str, lines: list[str]) -> list[str]:
    said = [towns[place % len(towns)].say(name, line) for place, line in enumerate(lines)]
    return list(await asyncio.gather(*said))


async def test_no_more_wishes_a_day_than_the_limit(replicas: Replicas) -> None:
    towns = replicas(WISHES, CLAIMS)
    answers = await say_at_once(towns, "新来的", [f"/心愿 第{n}样东西" for n in range(AT_ONCE)])
    refused = [text for text in answers if text.startswith(f"您今天已登记 {WISHES} 个心愿")]
    logged = [text for text in answers if text.startswith("已登记心愿")]
    assert (len(logged), len(refused)) == (WISHES, AT_ONCE - WISHES)
    rows = await towns[0].register("wishes")
    assert sum(row["logged_by"] == "新来的" and row["status"] == "pending" for row in rows) == WISHES


async def test_no_more_claims_open_at_once_than_the_limit(replicas: Replicas) -> None:
    towns = replicas(0, CLAIMS)
    logged = await say_at_once(towns, "新来的", [f"/心愿 第{n}样东西" for n in range(AT_ONCE)])
    numbers = [int(text.split("#")[1].split("，")[0]) for text in logged]
    await say_at_once(towns, "王主任", [f"/核实 {no} 通过" for no in numbers])
    answers = await say_at_once(towns, "小周", [f"/认领 {no}" for no in numbers])
    claimed = [text for text in answers if "由您认领" in text]
    refused = [text for text in answers if text.startswith(f"您手里已有 {CLAIMS} 个心愿没送达")]
    rows = await towns[0].register("wishes")
    held = [row for row in rows if row["claimed_by"] == "小周" and row["status"] == "claimed"]
    assert (len(held), len(claimed) + len(refused)) == (CLAIMS, AT_ONCE)


async def test_zero_is_no_limit(replicas: Replicas) -> None:
    towns = replicas(0, 0)
    logged = await say_at_once(towns, "新来的", [f"/心愿 第{n}样东西" for n in range(AT_ONCE + 2)])
    assert all(text.startswith("已登记心愿") for text in logged)
    numbers = [int(text.split("#")[1].split("，")[0]) for text in logged]
    await say_at_once(towns, "王主任", [f"/核实 {no} 通过" for no in numbers])
    answers = await say_at_once(towns, "小周", [f"/认领 {no}" for no in numbers])
    assert all("由您认领" in text for text in answers)
