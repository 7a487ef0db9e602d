"""A database that is away (R15): nothing is acknowledged, and the platform's next delivery is carried out once."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry

from bot.alarm import OperatorAlarm
from bot.channels.official_account import OfficialAccount, OfficialAccountSettings
from bot.chat.dispatcher import Dispatcher
from bot.chat.gate import Gate
from bot.web import build
from storage.database import Database
from tests.platform.clock import StandingClock
from tests.platform.official_account import Account, OfficialAccountPlatform
from tests.reliability.test_gate import FEATURE, Stage

OPENID = "oVillager_0001"


@asynccontextmanager
async def serving(database: Database, platform: OfficialAccountPlatform) -> AsyncIterator[str]:
    """The address of the callback of a server on `database`."""
    account, clock = platform.account, platform.clock
    settings = OfficialAccountSettings(account.app_id, account.app_secret, account.token, account.aes_key)
    dispatcher = Dispatcher([FEATURE], database, clock, {Stage: Stage()}, messages_a_minute=0)
    gate = Gate(dispatcher.answer, database, budget=60)
    alarm = OperatorAlarm(database)
    channel = OfficialAccount(settings, gate, database=database, clock=clock, alarm=alarm)

    async def ready() -> dict[str, bool]:
        return {}

    runner = web.AppRunner(build([channel], ready, CollectorRegistry(), ""), shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/wechat"
    finally:
        await channel.close()
        await runner.cleanup()


async def test_a_message_is_not_acknowledged_until_the_database_is_back(
    tmp_path: Path, sqlite_template: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "disk"
    platform = OfficialAccountPlatform(Account(), StandingClock())
    database = Database(f"sqlite:///{folder / 'lianxin.db'}", platform.clock.now)
    message = platform.message(OPENID, Content="/记 收音机")
    try:
        async with serving(database, platform) as url:
            away = await platform.deliver(url, message)
            folder.mkdir()
            shutil.copy(sqlite_template, folder / "lianxin.db")
            back = [await platform.deliver(url, message) for _ in range(2)]
        noted = database.read_now(lambda uow: len(uow.feedback.all()))
    finally:
        database.close()
    assert ([attempt.status for attempt in away.attempts], away.text) == ([503, 503, 503], None)
    assert {attempt.body for attempt in away.attempts} == {"Unavailable."}
    assert [outcome.text and outcome.text.startswith("记下了：收音机") for outcome in back] == [True, True]
    assert noted == 1
    assert "database_away" in {record.getMessage() for record in caplog.records}
    assert not [record for record in caplog.records if record.exc_info]
