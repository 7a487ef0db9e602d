"""Killed at any moment, a server keeps what it acknowledged and sends nothing twice."""

import random
from dataclasses import replace

import pytest

from tests.platform.official_account import OfficialAccountPlatform
from tests.reliability.conftest import Replicas
from tests.reliability.kills import Siege
from tests.reliability.servers import WallClock
from tests.reliability.village import prepare


@pytest.mark.parametrize("rounds", [5, pytest.param(50, marks=[pytest.mark.long, pytest.mark.timeout(1800)])])
@pytest.mark.timeout(120)
async def test_nothing_acknowledged_is_lost_and_nothing_is_sent_twice(
    sqlite_url: str, platform: OfficialAccountPlatform, wall: WallClock, replicas: Replicas, rounds: int
) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    village = prepare(sqlite_url, wishes=60)
    (server,) = replicas(1, sqlite_url, env="dev")
    account = await Siege(server, sqlite_url, village, platform, wall, seed).rounds(rounds)
    print(
        replace(
            account, lost=account.lost[:9], differing=account.differing[:9], sent_twice=account.sent_twice[:9]
        )
    )
    assert account.faults == []
    assert account.acknowledged > 20 * rounds
    assert account.digests > 0
    assert "Traceback" not in server.complaints()


async def test_a_server_that_answers_before_it_commits_is_found_out(
    sqlite_url: str, platform: OfficialAccountPlatform, wall: WallClock, replicas: Replicas
) -> None:
    """The control: an account that finds nothing here would prove nothing above."""
    village = prepare(sqlite_url, wishes=60)
    (server,) = replicas(1, sqlite_url, env="dev")
    account = await Siege(server, sqlite_url, village, platform, wall, seed=7, careless=True).rounds(1)
    assert account.lost != []
