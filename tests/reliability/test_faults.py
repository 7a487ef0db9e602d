"""The outbox at whole platforms where a third of all calls fail: nothing lost, nothing twice, every doubt shown.

Small sizes of `python -m tests.bench.outbox`. A call waits so long here that only a fault can end it, but for the
test of silence, where a slow machine may add doubts of its own.
"""

import pytest

from storage.outbox import Outcome
from tests.clock import FrozenClock
from tests.platform.faults import Fault
from tests.reliability.faulty import KNOWN, deliver_under
from tests.reliability.faulty_platforms import PLATFORMS, AppPlatform, Platform

PATIENT, IMPATIENT = 60.0, 1.0
SEED = 7

every_platform = pytest.mark.parametrize("kind", PLATFORMS, ids=[kind.name for kind in PLATFORMS])


@every_platform
async def test_whatever_fails_nothing_is_lost_or_sent_twice(kind: type[Platform], database_url: str) -> None:
    faults = [fault for fault in kind.faults_known if fault not in kind.silent]
    platform = kind(FrozenClock(), PATIENT)
    account = await deliver_under(platform, faults, database_url, messages=160, chats=6, seed=SEED)
    assert account.violations == []
    assert account.doubtful > 10
    assert set(account.outcomes) <= {Outcome.SENT, Outcome.UNKNOWN, Outcome.FAILED}
    assert sum(account.outcomes.values()) == account.messages == 160


async def test_who_is_in_all_groups_of_an_app_gets_all_of_them(sqlite_url: str) -> None:
    """The platform counts 200 a minute for a member, over all groups of the app, and drops the rest in silence."""
    platform = AppPlatform(FrozenClock(), PATIENT)
    account = await deliver_under(platform, [], sqlite_url, messages=420, chats=4, seed=SEED, jumps=False)
    assert account.violations == []
    assert account.outcomes == {Outcome.SENT: 420}


@every_platform
async def test_what_is_known_not_to_have_arrived_arrives_once(kind: type[Platform], sqlite_url: str) -> None:
    """One attempt in three fails, and a message has twelve: all of them, one time in two million."""
    platform = kind(FrozenClock(), PATIENT)
    account = await deliver_under(platform, [Fault.BUSY], sqlite_url, messages=120, chats=12, seed=SEED)
    assert account.violations == []
    assert sum(count for (_, fault), count in platform.faults.happened.items() if fault is Fault.BUSY) > 10
    assert account.outcomes.get(Outcome.UNKNOWN, 0) == 0
    assert {fault for _, fault in platform.faults.happened} <= KNOWN


@every_platform
async def test_a_platform_that_falls_silent_leaves_doubts_and_all_are_shown(
    kind: type[Platform], sqlite_url: str
) -> None:
    platform = kind(FrozenClock(), IMPATIENT)
    platform.exact = False
    account = await deliver_under(
        platform,
        sorted(kind.silent, key=lambda fault: fault.name),
        sqlite_url,
        messages=36,
        chats=12,
        seed=SEED,
    )
    assert account.violations == []
    assert account.unknown >= account.doubtful > 2


@pytest.mark.long
@pytest.mark.timeout(3600)
@every_platform
async def test_ten_thousand_messages(kind: type[Platform], database_url: str) -> None:
    platform = kind(FrozenClock(), IMPATIENT)
    platform.exact = False
    faults = kind.faults_known
    account = await deliver_under(platform, faults, database_url, messages=10_000, chats=64, seed=SEED)
    assert account.violations == []
