"""An answer that is not ready in time is acknowledged, and arrives by itself: once, even if the process dies."""

import asyncio
from collections.abc import Callable

from storage.inbox import Pending
from storage.uow import UnitOfWork
from tests.platform.official_account import OfficialAccountPlatform
from tests.reliability.conftest import Replicas
from tests.reliability.servers import serving
from tests.reliability.stage import SLOW, knobs
from tests.reliability.village import RESIDENT, prepare, read

TWO_MINUTES = 120
LOGGED = "已登记心愿 #1，等待核实。\n记为：物品。"


async def test_a_late_answer_follows_once_and_a_repeated_delivery_changes_nothing(
    sqlite_url: str, platform: OfficialAccountPlatform, replicas: Replicas
) -> None:
    prepare(sqlite_url)
    (server,) = replicas(1, sqlite_url, command=knobs(budget=0.3, slow=4))
    with serving(server):
        message = platform.message(RESIDENT, Content=f"/心愿 收音机{SLOW}")
        first, second = await platform.deliver_at_once(server.url, message, 2)
        assert (first.text, first.fault, second.text, second.fault) == (None, None, None, None)
        assert 0.3 <= first.attempts[0].seconds < 4
        await _until(lambda: _arrived(platform) == [LOGGED])
        again = await platform.deliver(server.url, message)
        assert again.text == LOGGED
        await asyncio.sleep(0.6)
    assert _arrived(platform) == [LOGGED]
    assert read(sqlite_url, lambda uow: len(uow.wishes.all())) == 1


async def test_what_was_acknowledged_by_a_process_that_died_is_carried_out_after_its_restart(
    sqlite_url: str, platform: OfficialAccountPlatform, replicas: Replicas
) -> None:
    prepare(sqlite_url)
    (server,) = replicas(1, sqlite_url, command=knobs(budget=0.3, slow=30))
    with serving(server):
        acknowledged = await platform.deliver(
            server.url, platform.message(RESIDENT, Content=f"/心愿 收音机{SLOW}")
        )
        assert (acknowledged.text, acknowledged.fault) == (None, None)
        server.kill()
    assert read(sqlite_url, lambda uow: (len(uow.wishes.all()), len(_pending(uow)))) == (0, 1)
    server.command = knobs(shift=TWO_MINUTES)
    with serving(server):
        await _until(lambda: _arrived(platform) == [LOGGED])
        await asyncio.sleep(0.6)
    assert _arrived(platform) == [LOGGED]
    assert read(sqlite_url, lambda uow: (len(uow.wishes.all()), len(_pending(uow)))) == (1, 0)


def _pending(uow: UnitOfWork) -> list[Pending]:
    from datetime import timedelta

    return uow.inbox.pending(older_than=timedelta(days=-1))


def _arrived(platform: OfficialAccountPlatform) -> list[str]:
    return [message.content for message in platform.api.delivered if message.openid == RESIDENT]


async def _until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)
