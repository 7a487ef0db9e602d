"""`doctor` on each channel: every fault of a platform is named with its cure, and no secret is printed."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.channels.aibot_line import LEASE
from bot.cli.doctor_channels import channel_findings
from bot.cli.finding import Finding, Status
from bot.settings import Settings
from storage.database import Database
from tests.channels.receiver import register
from tests.cli.conftest import run_here
from tests.clock import FrozenClock
from tests.platform.aibot import AibotServer
from tests.platform.aibot_line import Break
from tests.platform.clock import StandingClock
from tests.platform.faults import Fault
from tests.platform.official_api import OfficialApiServer
from tests.platform.tokens import GET_TOKEN, STABLE_TOKEN
from tests.platform.wecom import AGENT_GET, WeComServer
from tests.postgres import free_port

KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
SECRETS = ("app-secret-1", "app-secret-2", "robot-secret", "callback-token", KEY)


@pytest.fixture
def database() -> Iterator[Database]:
    with register(StandingClock()) as kept:
        yield kept


async def look(name: str, database: Database | None = None) -> Finding:
    """The finding `name`; none of them all holds a secret."""
    settings = Settings(_env_file=None)
    found = await asyncio.to_thread(lambda: list(channel_findings(settings, FrozenClock(), database)))
    for each in found:
        assert [secret for secret in SECRETS if secret in f"{each.what}{each.cure}"] == []
        assert bool(each.cure) is (each.status is not Status.OK) or each.name == "clock_skew"
    return {each.name: each for each in found}[name]


def given(patch: pytest.MonkeyPatch, **settings: str) -> None:
    for name, value in settings.items():
        patch.setenv(name, value)


# -- 公众号 ---------------------------------------------------------------------------------------


@pytest.fixture
async def official(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OfficialApiServer]:
    server = OfficialApiServer("wx0000", "app-secret-1", StandingClock())
    given(
        monkeypatch, WECHAT_API_BASE=await server.start(), WECHAT_APP_ID="wx0000",
        WECHAT_APP_SECRET="app-secret-1", WECHAT_TOKEN="callback-token", WECHAT_MODE="plain",
    )  # fmt: skip
    yield server
    await server.stop()


async def test_an_official_account_that_works(official: OfficialApiServer) -> None:
    good = "公众号：凭据有效，本机的 IP 在白名单里"
    assert await look("wechat") == Finding("wechat", Status.OK, good)


async def test_an_address_that_is_not_on_the_account_s_list_is_named(official: OfficialApiServer) -> None:
    official.refused_address = "203.0.113.9"
    what = "公众号：服务器的公网地址 203.0.113.9 不在公众号的 IP 白名单里"
    cure = "请到公众平台“开发接口管理”把它加进去（40164）。"
    assert await look("wechat") == Finding("wechat", Status.FAILED, what, cure)


async def test_a_wrong_app_id_and_a_wrong_secret_of_the_account_are_told_apart(
    official: OfficialApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, WECHAT_APP_SECRET="app-secret-2")
    cure = "请到公众平台“开发接口管理”重置后填新的（40125）。"
    wrong = Finding("wechat", Status.FAILED, "公众号：WECHAT_APP_SECRET 不对", cure)
    assert await look("wechat") == wrong
    official.refuse(STABLE_TOKEN, 40001)
    assert (await look("wechat")).what == wrong.what
    given(monkeypatch, WECHAT_APP_ID="wx9999")
    cure = "请到公众平台“开发接口管理”核对（40013）。"
    assert await look("wechat") == Finding("wechat", Status.FAILED, "公众号：WECHAT_APP_ID 不对", cure)


@pytest.mark.parametrize(
    ("fault", "what"),
    [
        (Fault.BUSY, "公众号：平台这会儿太忙（-1）"),
        (Fault.BAD_GATEWAY, "公众号：平台的回答出了错（HTTP 502）"),
        (Fault.EMPTY, "公众号：平台的回答读不懂"),
        (Fault.TRUNCATED, "公众号：平台的回答读不懂"),
        (Fault.RESET, "公众号：没有等到平台的回答（ServerDisconnectedError）"),
        (Fault.HANG, "公众号：没有等到平台的回答（TimeoutError）"),
        (Fault.GZIP, "公众号：凭据有效，本机的 IP 在白名单里"),
    ],
)
async def test_faults_of_the_platform(
    official: OfficialApiServer, monkeypatch: pytest.MonkeyPatch, fault: Fault, what: str
) -> None:
    monkeypatch.setattr("bot.cli.probe.PATIENCE", 3.0 if fault is Fault.HANG else 30.0)
    official.inject(STABLE_TOKEN, fault)
    assert (await look("wechat")).what == what


async def test_a_platform_that_is_not_there(
    official: OfficialApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, WECHAT_API_BASE=f"http://127.0.0.1:{free_port()}")
    found = await look("wechat")
    assert found.what == "公众号：连不上平台（ClientConnectorError）"
    assert found.cure == "请看看服务器能不能上外网。"
    assert await look("clock_skew") == Finding("clock_skew", Status.WARNING, "对时：问不到平台的时间，没法对")


# -- 自建应用 ---------------------------------------------------------------------------------------


@pytest.fixture
async def corporation(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[WeComServer]:
    """The corporation, and the settings of an app there."""
    server = WeComServer()
    server.add_app(secret="app-secret-1")
    given(
        monkeypatch, WECOM_API_BASE=await server.start(), WECOM_CORP_ID=server.corp_id,
        WECOM_AGENT_ID="1000002", WECOM_SECRET="app-secret-1", WECOM_TOKEN="callback-token", WECOM_AES_KEY=KEY,
    )  # fmt: skip
    yield server
    await server.stop()


async def test_an_app_that_works(corporation: WeComServer) -> None:
    good = "企业微信自建应用：凭据有效，本机的 IP 可信"
    assert await look("wecom_app") == Finding("wecom_app", Status.OK, good)


async def test_an_address_that_is_not_trusted_is_named(corporation: WeComServer) -> None:
    corporation.refused_address = "203.0.113.9"
    what = "企业微信自建应用：服务器的 IP 203.0.113.9 不在应用的“企业可信IP”里"
    found = Finding("wecom_app", Status.FAILED, what, "请到应用页面加上（60020）。")
    assert await look("wecom_app") == found


async def test_a_wrong_secret_and_a_wrong_corporation_are_told_apart(
    corporation: WeComServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, WECOM_SECRET="app-secret-2")
    cure = "请到企业微信管理后台这个应用的页面重新看一遍（40001）。"
    wrong = Finding("wecom_app", Status.FAILED, "企业微信自建应用：WECOM_SECRET 不对", cure)
    assert await look("wecom_app") == wrong
    given(monkeypatch, WECOM_CORP_ID="ww-another")
    assert (await look("wecom_app")).what == "企业微信自建应用：企业 ID（WECOM_CORP_ID）不对"


async def test_an_agent_id_of_another_app(corporation: WeComServer, monkeypatch: pytest.MonkeyPatch) -> None:
    corporation.add_app(secret="app-secret-2", agent_id=1000009)
    given(monkeypatch, WECOM_AGENT_ID="1000009")
    what = "企业微信自建应用：AgentId（WECOM_AGENT_ID）和 Secret 不是同一个应用的"
    cure = "请到应用页面核对（301002）。"
    assert await look("wecom_app") == Finding("wecom_app", Status.FAILED, what, cure)
    given(monkeypatch, WECOM_AGENT_ID="1000077")
    assert (await look("wecom_app")).cure == "请到应用页面核对（40056）。"


async def test_an_app_that_was_stopped(corporation: WeComServer) -> None:
    corporation.apps["app-secret-1"].closed = True
    what = "企业微信自建应用：这个应用在企业微信里被停用了"
    assert await look("wecom_app") == Finding("wecom_app", Status.FAILED, what, "请到管理后台启用。")


async def test_a_fresh_token_that_is_refused_is_no_wrong_secret(corporation: WeComServer) -> None:
    corporation.refuse(AGENT_GET, 40014)
    assert "也不认" in (await look("wecom_app")).what


async def test_an_app_s_platform_that_fails(corporation: WeComServer) -> None:
    corporation.inject(GET_TOKEN, Fault.BAD_GATEWAY)
    assert (await look("wecom_app")).what == "企业微信自建应用：平台的回答出了错（HTTP 502）"


# -- 智能机器人 --------------------------------------------------------------------------------------


@pytest.fixture
async def robot(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AibotServer]:
    server = AibotServer(StandingClock())
    given(
        monkeypatch, WECOM_AIBOT_WS_URL=await server.start(), WECOM_AIBOT_ID=server.robot.bot_id,
        WECOM_AIBOT_SECRET=server.robot.secret,
    )  # fmt: skip
    monkeypatch.setattr("bot.cli.probe.PATIENCE", 20.0)
    yield server
    await server.stop()


async def test_the_robot_is_subscribed_once_and_left(robot: AibotServer, database: Database) -> None:
    good = "企业微信智能机器人：长连接连得上，BotID 和 Secret 正确"
    assert await look("wecom_aibot", database) == Finding("wecom_aibot", Status.OK, good)
    await robot.until(lambda: robot.holder is None)
    assert [each.code for each in robot.subscriptions] == [0]
    assert robot.violations == []
    fence = database.run_now(lambda uow: uow.leases.take(LEASE, "server", seconds=20))
    assert fence == 2, "the lease is free again, and was held meanwhile"


async def test_where_no_lease_can_be_had_nobody_connects(robot: AibotServer, database: Database) -> None:
    with sqlite3.connect(str(database.path)) as raw:
        raw.execute("DROP TABLE lease")
    raw.close()
    found = await look("wecom_aibot", database)
    assert (found.status, "没有去连" in found.what) == (Status.FAILED, True)
    assert robot.subscriptions == []


@pytest.mark.parametrize("version", ["0005", "9999"])
async def test_a_server_of_another_version_keeps_its_connection(
    robot: AibotServer, data_dir: Path, version: str
) -> None:
    """As after `git pull`, before the restart."""
    with sqlite3.connect(data_dir / "lianxin.db") as raw:
        raw.execute("INSERT INTO lease VALUES (?, 'server', 7, '2999-01-01 00:00:00')", (LEASE,))
        raw.execute("UPDATE alembic_version SET version_num = ?", (version,))
    raw.close()
    ran = await asyncio.to_thread(run_here, "doctor", "--json")
    found = {check["name"]: check for check in json.loads(ran.out)["checks"]}
    assert (found["schema"]["status"], found["wecom_aibot"]["status"]) == ("failed", "ok")
    assert robot.subscriptions == []


async def test_a_database_that_is_none_tells_of_no_server(robot: AibotServer, data_dir: Path) -> None:
    (data_dir / "lianxin.db").write_text("这不是数据库\n" * 100)
    ran = await asyncio.to_thread(run_here, "doctor", "--json")
    found = {check["name"]: check for check in json.loads(ran.out)["checks"]}
    assert (found["database"]["status"], found["wecom_aibot"]["status"]) == ("failed", "failed")
    assert robot.subscriptions == []


async def test_the_robot_without_a_database(robot: AibotServer) -> None:
    assert (await look("wecom_aibot")).status is Status.OK


async def test_a_running_server_keeps_its_connection(
    robot: AibotServer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.run_now(lambda uow: uow.leases.take(LEASE, "server", seconds=20))
    held = "企业微信智能机器人：长连接由正在运行的服务占着；自查不去连，一连会把它顶下来"
    assert await look("wecom_aibot", database) == Finding("wecom_aibot", Status.OK, held)
    port = free_port()
    given(monkeypatch, WECOM_AIBOT_WS_URL=f"ws://127.0.0.1:{port}")
    found = await look("wecom_aibot", database)
    away = f"正在运行的服务占着长连接，但从这台机器连不到 127.0.0.1:{port}（那个端口没有程序在听）"
    assert (found.status, found.what) == (Status.WARNING, f"企业微信智能机器人：{away}")
    assert robot.subscriptions == []


async def test_a_wrong_secret_of_the_robot(
    robot: AibotServer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, WECOM_AIBOT_SECRET="robot-secret")
    found = await look("wecom_aibot", database)
    what = "企业微信智能机器人：WECOM_AIBOT_ID 或 WECOM_AIBOT_SECRET 不对，或后台没有选“长连接”"
    assert (found.status, found.what) == (Status.FAILED, what)
    assert found.cure.startswith("请到管理后台这个机器人的“API 模式”一页核对（")
    assert database.run_now(lambda uow: uow.leases.take(LEASE, "server", seconds=20)) is not None


async def test_a_busy_robot_platform_is_no_wrong_secret(robot: AibotServer) -> None:
    robot.refuse_subscriptions(-1)
    assert (await look("wecom_aibot")).what == "企业微信智能机器人：平台这会儿太忙（-1）"


@pytest.mark.parametrize("what", [Break.ABORT, Break.CLOSE_1001, Break.SILENCE])
async def test_a_robot_s_line_that_breaks(
    robot: AibotServer, monkeypatch: pytest.MonkeyPatch, what: Break
) -> None:
    monkeypatch.setattr("bot.cli.probe.PATIENCE", 0.5)
    robot.break_at(what, cmd="aibot_subscribe")
    found = await look("wecom_aibot")
    assert (found.status, found.what) == (Status.FAILED, "企业微信智能机器人：长连接连不上")
    assert found.cure == "请看看服务器能不能上外网（要放行往外的 443 端口）。"


async def test_a_robot_s_platform_that_is_not_there(
    robot: AibotServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, WECOM_AIBOT_WS_URL=f"ws://127.0.0.1:{free_port()}")
    assert (await look("wecom_aibot")).what == "企业微信智能机器人：长连接连不上"


async def test_nothing_is_on() -> None:
    off = {"wechat": "公众号", "wecom_app": "企业微信自建应用", "wecom_aibot": "企业微信智能机器人"}
    found = {name: await look(name) for name in off}
    assert found == {name: Finding(name, Status.OK, f"{what}：没有开通") for name, what in off.items()}
    assert await look("clock_skew") == Finding("clock_skew", Status.OK, "对时：没有开通要对时的渠道，不检查")
