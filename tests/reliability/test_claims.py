"""Each wish is claimed by exactly one, however many ask at once, wherever they ask."""

from collections import Counter

import pytest

from storage.uow import UnitOfWork
from storage.wishes import Move, Status
from tests.platform.official_account import OfficialAccountPlatform
from tests.reliability.claims import LOST, WON, Race, careless, race
from tests.reliability.conftest import Replicas
from tests.reliability.servers import serving
from tests.reliability.village import CHANNEL, Village, opened, prepare, read

SIZES = [60, pytest.param(1000, marks=[pytest.mark.long, pytest.mark.timeout(1200)])]


@pytest.mark.parametrize("wishes", SIZES)
async def test_two_replicas_on_one_postgresql_give_each_wish_to_one(
    postgres_url: str, platform: OfficialAccountPlatform, replicas: Replicas, wishes: int
) -> None:
    village = prepare(postgres_url, wishes=wishes)
    servers = replicas(2, postgres_url)
    with serving(*servers):
        outcome = await race(platform, [server.url for server in servers], village.wishes, village.helpers)
    _check(postgres_url, village, outcome)
    assert [line for server in servers for line in server.complaints().splitlines() if "ERROR" in line] == []


@pytest.mark.parametrize("wishes", SIZES)
async def test_one_server_on_sqlite_gives_each_wish_to_one(
    sqlite_url: str, platform: OfficialAccountPlatform, replicas: Replicas, wishes: int
) -> None:
    village = prepare(sqlite_url, helpers=8, wishes=wishes)
    (server,) = replicas(1, sqlite_url, forked=False)
    with serving(server):
        outcome = await race(platform, [server.url], village.wishes, village.helpers, lanes=1)
    _check(sqlite_url, village, outcome)
    assert [line for line in server.complaints().splitlines() if "ERROR" in line] == []


def _check(url: str, village: Village, outcome: Race) -> None:
    count = len(village.wishes)
    assert outcome.won == {1: count}
    lost = count * (len(village.helpers) - 1)
    assert outcome.told == {WON: count, LOST: lost}
    assert list(outcome.losers.values()) == [lost]
    assert read(url, _kept) == {
        no: (Status.CLAIMED, outcome.winners[no][0], [Move.LOG, Move.VERIFY, Move.CLAIM], 1)
        for no in village.wishes
    }


def _kept(uow: UnitOfWork) -> dict[int, tuple[Status, str, list[Move], int]]:
    """For each wish: its state, its claimer's openid, its history and how many claims the audit register has."""
    claims = Counter(entry.subject for entry in uow.audit.all() if entry.action == "claim")
    found = {}
    for wish in uow.wishes.all():
        assert wish.claimed_by is not None
        (account,) = uow.members.accounts(wish.claimed_by)
        assert account.channel == CHANNEL
        moves = [event.move for event in uow.wishes.history(wish.no)]
        found[wish.no] = (wish.status, account.external_id, moves, claims[f"wish:{wish.no}"])
    return found


async def test_who_reads_first_and_writes_then_gives_wishes_to_several(database_url: str) -> None:
    """The control: the careless way has to lose this race, or the race proves nothing."""
    village = prepare(database_url, wishes=60)
    replicas = [opened(database_url), opened(database_url)]
    doubled = await careless(replicas, village.wishes, 4)
    for database in replicas:
        database.close()
    assert doubled > 0
