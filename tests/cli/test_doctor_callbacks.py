"""`doctor` tests our address as the platforms do, and names what stands between; it compares clocks with theirs."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from bot.alarm import OperatorAlarm
from bot.channels.official_account import OfficialAccount
from bot.channels.wecom_aibot_url import WecomAibotUrl
from bot.channels.wecom_app import WecomApp
from bot.chat.channel import Channel
from bot.cli import probe
from bot.cli.doctor_channels import channel_findings, skew_finding
from bot.cli.finding import Finding, Status
from bot.connections import official_account, url_mode, wecom_app
from bot.pacing import SharedPacing
from bot.settings import Settings
from storage.database import Database
from tests.channels.receiver import Receiver, register
from tests.clock import FrozenClock, at
from tests.interop import tls
from tests.platform.clock import StandingClock
from tests.postgres import free_port

KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
OTHER_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
ACCOUNT = {
    "WECHAT_APP_ID": "wx0000",
    "WECHAT_APP_SECRET": "app-secret",
    "WECHAT_TOKEN": "callback-token",
    "WECHAT_AES_KEY": KEY,
}
APP = {
    "WECOM_CORP_ID": "ww0000",
    "WECOM_AGENT_ID": "1000002",
    "WECOM_SECRET": "app-secret",
    "WECOM_TOKEN": "callback-token",
    "WECOM_AES_KEY": KEY,
}
ROBOT = {"WECOM_AIBOT_TOKEN": "callback-token", "WECOM_AIBOT_AES_KEY": KEY}
EACH = pytest.mark.parametrize(
    ("settings", "name", "path", "label"),
    [
        (ACCOUNT, "wechat_callback", "/wechat", "公众号"),
        (APP, "wecom_app_callback", "/wecom/app", "企业微信自建应用"),
        (ROBOT, "wecom_aibot_callback", "/wecom/aibot", "企业微信智能机器人"),
    ],
)


@pytest.fixture(autouse=True)
def nobody_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test asks the real platforms, and none is hurried by a loaded machine."""
    nowhere = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("WECHAT_API_BASE", nowhere)
    monkeypatch.setenv("WECOM_API_BASE", nowhere)
    monkeypatch.setattr("bot.channels.wire.wecom_api.DEFAULT_BASE", nowhere)
    monkeypatch.setattr("bot.cli.doctor_channels.VERIFY_SECONDS", 60.0)
    monkeypatch.setattr("bot.cli.probe.PATIENCE", 30.0)


@pytest.fixture
def database() -> Iterator[Database]:
    with register(StandingClock()) as kept:
        yield kept


def given(patch: pytest.MonkeyPatch, settings: Mapping[str, str]) -> Settings:
    for name, value in settings.items():
        patch.setenv(name, value)
    return Settings(_env_file=None)


async def look(name: str) -> Finding:
    settings = Settings(_env_file=None)
    found = await asyncio.to_thread(lambda: list(channel_findings(settings, FrozenClock(), None)))
    for each in found:
        assert not any(
            secret in f"{each.what}{each.cure}" for secret in ("app-secret", "callback-token", KEY)
        )
    return {each.name: each for each in found}[name]


@asynccontextmanager
async def serving(
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]] | Channel, certificate: Path | None = None
) -> AsyncIterator[str]:
    """A channel's routes, or one answer to everything, on loopback; its address."""
    app = web.Application()
    if callable(answer):
        app.router.add_route("*", "/{path:.*}", answer)
    else:
        app.add_routes(answer.routes())
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    context = tls.serving(certificate) if certificate else None
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield f"http{'s' if certificate else ''}://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def house(settings: Settings, database: Database) -> Channel:
    """The one channel of the settings that a platform calls."""
    clock, receiver = FrozenClock(), Receiver()
    alarm = OperatorAlarm(database)
    if settings.wechat_on:
        return OfficialAccount(
            official_account(settings), receiver, database=database, clock=clock, alarm=alarm
        )
    if settings.wecom_app_on:
        return WecomApp(wecom_app(settings), receiver, database=database, clock=clock, alarm=alarm)
    return WecomAibotUrl(
        url_mode(settings), receiver, database=database, clock=clock, pacing=SharedPacing(database)
    )


@EACH
async def test_the_address_answers_as_the_platform_wants_it(
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    settings: Mapping[str, str],
    name: str,
    path: str,
    label: str,
) -> None:
    certificate = tls.certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    channel = house(given(monkeypatch, settings), database)
    async with serving(channel, certificate) as base:
        monkeypatch.setenv("BOT_PUBLIC_URL", base)
        good = f"{label}回调：从 {base}{path} 走一遍，答得对"
        assert await look(name) == Finding(name, Status.OK, good)
        monkeypatch.setattr("bot.cli.doctor_channels.VERIFY_SECONDS", 0.0)
        assert (await look(name)).status is Status.WARNING
    async with serving(channel) as base:
        monkeypatch.setattr("bot.cli.doctor_channels.VERIFY_SECONDS", 60.0)
        monkeypatch.setenv("BOT_PUBLIC_URL", base)
        found = await look(name)
        assert (found.status, found.what) == (
            Status.WARNING,
            f"{label}回调：{base}{path} 答得对，但不是 https",
        )
    await channel.close()


@EACH
async def test_a_server_with_other_settings_is_ours_but_refuses(
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    settings: Mapping[str, str],
    name: str,
    path: str,
    label: str,
) -> None:
    channel = house(given(monkeypatch, settings), database)
    async with serving(channel) as base:
        monkeypatch.setenv("BOT_PUBLIC_URL", base)
        (token,) = [setting for setting in settings if setting.endswith("_TOKEN")]
        monkeypatch.setenv(token, "changed-since")
        what = f"{label}回调：{base}{path}，到了本程序，但它不认现在设置里的令牌"
        cure = "改过设置的，重启服务；几台机器的，各台的 .env 要一样。"
        assert await look(name) == Finding(name, Status.FAILED, what, cure)
    await channel.close()


@pytest.mark.parametrize(
    ("status", "body", "fault", "cure"),
    [
        (404, "<h1>404</h1>", "没有这个路径（404）", "反向代理要放行 /wecom/app"),
        (502, "<h1>502</h1>", "反向代理到不了本程序（502）", "启动服务；反向代理要转到 127.0.0.1:8080。"),
        (301, "", "被转到别处（301），平台不会跟过去", "BOT_PUBLIC_URL 填转到之后的网址"),
        (200, "欢迎", "有回应，但不是本程序（200）", "域名指到了别的程序"),
        (403, "<h1>403</h1>", "有回应，但不是本程序（403）", "域名指到了别的程序"),
    ],
)
async def test_what_stands_before_us_is_named(
    monkeypatch: pytest.MonkeyPatch, status: int, body: str, fault: str, cure: str
) -> None:
    async def answer(_request: web.Request) -> web.Response:
        await asyncio.sleep(0)
        return web.Response(status=status, text=body, headers={"Location": "/login"})

    given(monkeypatch, APP)
    async with serving(answer) as base:
        monkeypatch.setenv("BOT_PUBLIC_URL", base)
        found = await look("wecom_app_callback")
    assert (found.status, found.what) == (
        Status.FAILED,
        f"企业微信自建应用回调：{base}/wecom/app，{fault}",
    )
    assert found.cure.startswith(cure)


async def test_faults_of_a_certificate_are_told_apart(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def answer(_request: web.Request) -> web.Response:
        await asyncio.sleep(0)
        return web.Response()

    async def fault(file: Path, *, trusted: bool = True) -> str:
        monkeypatch.setenv("SSL_CERT_FILE", str(file) if trusted else str(tmp_path / "nobody"))
        async with serving(answer, file) as base:
            with pytest.raises(probe.NoAnswer) as caught:
                await asyncio.to_thread(probe.get, base)
        return str(caught.value)

    folders = [tmp_path / name for name in ("old", "other", "own")]
    for folder in folders:
        folder.mkdir()
    old = tls.certificate(folders[0], good_for=timedelta(days=-1))
    assert await fault(old) == "证书过期了，或者本机的时间不对"
    other = tls.certificate(folders[1], address="192.0.2.1")
    assert await fault(other) == "证书是别的域名的"
    assert (await fault(tls.certificate(folders[2]), trusted=False)).startswith("证书不被信任")
    async with serving(answer) as base:
        with pytest.raises(probe.NoAnswer, match="那个端口讲的不是 https"):
            await asyncio.to_thread(probe.get, base.replace("http:", "https:"))


async def test_an_address_where_nobody_is(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, ROBOT)
    port = free_port()
    monkeypatch.setenv("BOT_PUBLIC_URL", f"http://127.0.0.1:{port}")
    found = await look("wecom_aibot_callback")
    what = f"企业微信智能机器人回调：http://127.0.0.1:{port}/wecom/aibot 打不开（那个端口没有程序在听）"
    assert (found.status, found.what) == (Status.FAILED, what)
    assert "127.0.0.1:8080" in found.cure and "手机流量" in found.cure


def test_a_name_that_leads_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(probe.NoAnswer, match="域名解析不了"):
        probe.get("https://lianxin.example.org/wechat", {"signature": "s"})


@pytest.mark.parametrize(
    ("greeting", "fault"),
    [(b"", "等不到回应，多半被防火墙挡了"), (b"220 mail\r\n", "那里的程序讲的不是 HTTP")],
)
async def test_a_server_that_says_nothing_or_no_http(
    monkeypatch: pytest.MonkeyPatch, greeting: bytes, fault: str
) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(greeting)
        if not greeting:
            await reader.read()
        writer.close()

    monkeypatch.setattr("bot.cli.probe.PATIENCE", 30.0 if greeting else 0.5)
    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(probe.NoAnswer) as caught:
            await asyncio.to_thread(probe.get, url)
    assert str(caught.value) == fault


async def test_without_a_public_address_nothing_can_be_tested(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, ACCOUNT)
    what = "公众号回调：没有设 BOT_PUBLIC_URL，没法测"
    cure = "把公网网址填到 BOT_PUBLIC_URL，例如 https://lianxin.example.org。"
    assert await look("wechat_callback") == Finding("wechat_callback", Status.WARNING, what, cure)


@pytest.mark.parametrize(
    ("ahead", "status", "what"),
    [
        (0, Status.OK, "对时：和平台的时间相差不到一分钟"),
        (-60, Status.OK, "对时：和平台的时间相差不到一分钟"),
        (61, Status.WARNING, "对时：这台机器比平台快 61 秒"),
        (-300, Status.WARNING, "对时：这台机器比平台慢 300 秒"),
        (301, Status.FAILED, "对时：这台机器比平台快 301 秒，超过 300 秒，平台送来的消息都会被当成假的拒绝"),
        (
            -86400,
            Status.FAILED,
            "对时：这台机器比平台慢 86400 秒，超过 300 秒，平台送来的消息都会被当成假的拒绝",
        ),
    ],
)
async def test_our_clock_against_the_platform_s(ahead: int, status: Status, what: str) -> None:
    async def answer(_request: web.Request) -> web.Response:
        await asyncio.sleep(0)
        return web.Response(status=404, headers={"Date": "Thu, 05 Mar 2026 01:00:00 GMT"})

    clock = FrozenClock(at("2026-03-05 09:00") + timedelta(seconds=ahead))
    async with serving(answer) as base:
        platforms = [f"http://127.0.0.1:{free_port()}", base]
        found = await asyncio.to_thread(skew_finding, platforms, clock)
    assert (found.status, found.what) == (status, what)
    assert bool(found.cure) is (status is not Status.OK)


@pytest.mark.parametrize("date", ["gestern", "", "Thu, 99 Mar 2026 01:00:00 GMT"])
async def test_a_date_that_is_none(date: str) -> None:
    async def answer(_request: web.Request) -> web.Response:
        await asyncio.sleep(0)
        return web.Response(headers={"Date": date})

    async with serving(answer) as base:
        found = await asyncio.to_thread(skew_finding, [base], FrozenClock())
    assert (found.status, found.what) == (Status.WARNING, "对时：问不到平台的时间，没法对")
