"""The imitated platform on the machine's clock, and servers in folders of their own."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.platform.official_account import Account, OfficialAccountPlatform
from tests.reliability.nursery import Nursery
from tests.reliability.servers import PLAIN, Server, WallClock, settings

Replicas = Callable[..., list[Server]]


@pytest.fixture
def wall() -> WallClock:
    return WallClock()


@pytest.fixture
async def platform(wall: WallClock) -> AsyncIterator[OfficialAccountPlatform]:
    """The platform with its API; `address` of the API is in `api_base`."""
    running = OfficialAccountPlatform(Account(), wall)
    running.api_base = await running.api.start()  # type: ignore[attr-defined]
    yield running
    await running.api.stop()


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Servers of this session are forked from here, but for those that say otherwise."""
    opened = Nursery()
    yield opened
    opened.close()


@pytest.fixture
def replicas(platform: OfficialAccountPlatform, tmp_path: Path, nursery: Nursery) -> Replicas:
    """Makes servers over one database, each with a data folder of its own; they are not started.

    `forked=False`: started as `python -m bot serve` is, imports and all.
    """

    def make(
        count: int,
        url: str,
        *,
        command: tuple[str, ...] = PLAIN,
        env: str = "production",
        forked: bool = True,
    ) -> list[Server]:
        api: str = platform.api_base  # type: ignore[attr-defined]
        folders = [tmp_path / f"replica-{n}" for n in range(count)]
        return [
            Server(
                folder,
                settings(platform.account, api, folder, url, env),
                command,
                nursery if forked else None,
            )
            for folder in folders
        ]

    return make
