"""Every message may come three times: at once on two replicas, later, and after a restart. It is done once."""

import asyncio
from collections import Counter

import pytest

from storage.uow import UnitOfWork
from tests.platform.official_account import OfficialAccountPlatform, Outcome
from tests.reliability.conftest import Replicas
from tests.reliability.servers import Server, serving
from tests.reliability.village import CHANNEL, RESIDENT, Village, prepare, read

SIZES = [8, pytest.param(400, marks=[pytest.mark.long, pytest.mark.timeout(1200)])]


@pytest.mark.parametrize("size", SIZES)
async def test_on_two_replicas_over_postgresql(
    postgres_url: str, platform: OfficialAccountPlatform, replicas: Replicas, size: int
) -> None:
    village = prepare(postgres_url, wishes=size)
    await _three_times(postgres_url, platform, replicas(2, postgres_url), village)


@pytest.mark.parametrize("size", SIZES)
async def test_on_one_server_over_sqlite(
    sqlite_url: str, platform: OfficialAccountPlatform, replicas: Replicas, size: int
) -> None:
    village = prepare(sqlite_url, wishes=size)
    await _three_times(sqlite_url, platform, replicas(1, sqlite_url), village)


async def _three_times(
    url: str, platform: OfficialAccountPlatform, servers: list[Server], village: Village
) -> None:
    messages = _messages(platform, village)
    first: dict[str, list[str | None]] = {}
    with serving(*servers):
        for message in messages:
            at_once = (
                platform.deliver_at_once(server.url, message, 3 - len(servers) // 2) for server in servers
            )
            answers = [answer for answers in await asyncio.gather(*at_once) for answer in answers]
            first[message] = [_text(answer) for answer in answers]
        later = {message: _text(await platform.deliver(servers[-1].url, message)) for message in messages}
    assert [server.complaints() for server in servers if "ERROR" in server.complaints()] == []
    with serving(servers[0]):
        restarted = {message: _text(await platform.deliver(servers[0].url, message)) for message in messages}
    said = {message: {*first[message], later[message], restarted[message]} for message in messages}
    assert [texts for texts in said.values() if len(texts) != 1] == []
    assert read(url, _done) == (len(messages) // 2, len(messages) // 2, len(messages), {1})


def _messages(platform: OfficialAccountPlatform, village: Village) -> list[str]:
    """Half of them log a wish, half claim one."""
    logging = [platform.message(RESIDENT, Content=f"/心愿 第{no}次想要一台收音机") for no in village.wishes]
    claiming = [
        platform.message(village.helpers[no % len(village.helpers)], Content=f"/认领 {no}")
        for no in village.wishes
    ]
    return [message for pair in zip(logging, claiming, strict=True) for message in pair]


def _text(answer: Outcome) -> str | None:
    assert (answer.fault, answer.attempts[-1].status) == (None, 200)
    return answer.text


def _done(uow: UnitOfWork) -> tuple[int, int, int, set[int]]:
    """Wishes logged by message, claims, messages behind all changes, and how many changes each caused."""
    changes = [entry for entry in uow.audit.all() if entry.channel == CHANNEL]
    logged = sum(entry.action == "log" for entry in changes)
    claimed = sum(entry.action == "claim" for entry in changes)
    by_message = Counter(entry.update_key for entry in changes if entry.action in ("log", "claim"))
    return logged, claimed, len(by_message), set(by_message.values())
