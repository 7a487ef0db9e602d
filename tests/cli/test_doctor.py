"""`doctor`: names the exact fault and its cure, fails only when something fails, changes nothing."""

import asyncio
import json
import socket
import sqlite3
from pathlib import Path

import pytest
from aiohttp import web

from bot.cli.doctor import clock_finding, folder_finding, holiday_finding
from bot.cli.finding import Status
from tests.cli.conftest import Ran, Run, run_here
from tests.clock import FrozenClock
from tests.postgres import free_port

NAMES = [
    "settings", "data_dir", "disk", "database", "schema", "integrity", "data_key", "index", "lexicon",
    "clock", "holidays", "almanac", "wechat", "wecom_app", "wecom_aibot", "public_url", "clock_skew", "audit",
    "groups", "alarms", "outbox", "port",
]  # fmt: skip


@pytest.fixture(autouse=True)
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    found = free_port()
    monkeypatch.setenv("BOT_PORT", str(found))
    return found


def _statuses(ran: Ran) -> dict[str, str]:
    return {check["name"]: check["status"] for check in json.loads(ran.out)["checks"]}


def test_a_healthy_house_passes(run: Run, data_dir: Path) -> None:
    told = run("doctor", "--json").json()
    assert told["ok"] is True
    assert [check["name"] for check in told["checks"]] == NAMES
    assert {check["status"] for check in told["checks"]} <= {"ok", "warning"}
    assert all(set(check) == {"name", "status", "what", "cure"} for check in told["checks"])
    lines = run("doctor").out.splitlines()
    assert {line[0] for line in lines if not line.startswith(" ")} <= set("✔！")


def test_a_new_folder_only_warns_and_stays_away(run: Run, empty_dir: Path) -> None:
    ran = run("doctor", "--json")
    assert (ran.code, _statuses(ran)["database"], _statuses(ran)["data_dir"]) == (0, "warning", "warning")
    assert not empty_dir.exists()


def test_wrong_settings_are_named(run: Run, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TIMEZONE", "Mars/Olympus")
    ran = run("doctor")
    assert (ran.code, ran.err) == (1, "有 1 项不对，见上。\n")
    assert ran.out.startswith("✘ 设置：BOT_TIMEZONE：时区不对") and "办法：" in ran.out


def test_both_ways_to_the_robot_at_once_are_refused(
    run: Run, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"ID": "BOT", "SECRET": "s3cret", "TOKEN": "t0ken", "AES_KEY": "a" * 43}.items():
        monkeypatch.setenv(f"WECOM_AIBOT_{name}", value)
    ran = run("doctor", "--json")
    assert (ran.code, _statuses(ran)) == (1, {"settings": "failed"})
    assert "长连接" in ran.out and "URL 回调" in ran.out and "s3cret" not in ran.out


def test_a_text_file_in_the_database_s_place(run: Run, data_dir: Path) -> None:
    (data_dir / "lianxin.db").write_text("这不是数据库\n" * 100)
    ran = run("doctor", "--json")
    assert (ran.code, _statuses(ran)["database"]) == (1, "failed")
    assert "db restore" in ran.out and "Traceback" not in ran.err


def test_a_damaged_database_and_an_old_schema(run: Run, data_dir: Path) -> None:
    with sqlite3.connect(data_dir / "lianxin.db") as database:
        database.execute("PRAGMA foreign_keys=OFF")
        database.execute("UPDATE wish SET logged_by = 999 WHERE no = 1")
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    ran = run("db", "check", "--json")
    statuses = _statuses(ran)
    assert (ran.code, statuses["schema"], statuses["integrity"]) == (1, "failed", "failed")
    assert "9999 比本程序新" in ran.out and "wish: row 1 refers to a missing member" in ran.out
    assert ran.err == "有 2 项不对，见上。\n"


def test_an_index_behind_the_base(run: Run, data_dir: Path) -> None:
    with sqlite3.connect(data_dir / "lianxin.db") as database:
        database.execute("UPDATE corpus SET revision = revision + 5")
    database.close()
    assert _statuses(run("doctor", "--json"))["index"] == "failed"
    run("kb", "stats")
    assert _statuses(run("doctor", "--json"))["index"] == "ok"


def test_the_data_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert folder_finding(tmp_path).status is Status.WARNING
    tmp_path.chmod(0o700)
    assert folder_finding(tmp_path).status is Status.OK
    file = tmp_path / "file"
    file.touch()
    assert folder_finding(file).status is Status.FAILED
    assert sorted(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("now", "own", "status", "years"),
    [
        ("2026-03-05 09:00", "", Status.OK, "2026"),
        ("2026-10-31 09:00", "", Status.OK, "2026"),
        ("2026-11-01 09:00", "", Status.WARNING, "2027"),
        ("2026-11-01 09:00", "holidays = [2027-01-01]\n", Status.OK, "2027"),
        ("2026-03-05 09:00", "holidays = ['明天']\n", Status.FAILED, "holidays"),
    ],
)
def test_the_holiday_table(tmp_path: Path, now: str, own: str, status: Status, years: str) -> None:
    file = tmp_path / "holidays.toml"
    if own:
        file.write_text(own)
    finding = holiday_finding(file, FrozenClock(now))
    assert finding.status is status
    assert years in finding.what
    assert bool(finding.cure) is (status is not Status.OK)
    assert status is Status.OK or str(file) in finding.cure


def test_a_clock_that_cannot_be_right() -> None:
    assert clock_finding(FrozenClock("2026-01-01 00:00")).status is Status.OK
    assert clock_finding(FrozenClock("1970-01-01 08:00")).status is Status.FAILED


async def test_port_and_public_address(data_dir: Path, monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response(answer)

    answer: object = {"status": "ok"}
    app = web.Application()
    app.add_routes([web.get("/healthz", healthz)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    monkeypatch.setenv("BOT_PUBLIC_URL", f"http://127.0.0.1:{port}")
    ran = await asyncio.to_thread(run_here, "doctor")
    assert (ran.code, f"✔ 端口：{port} 上本程序正在运行" in ran.out, "能到本程序" in ran.out) == (
        0,
        True,
        True,
    )
    answer = {"status": "somebody else"}
    statuses = _statuses(await asyncio.to_thread(run_here, "doctor", "--json"))
    assert (statuses["port"], statuses["public_url"]) == ("failed", "failed")
    await runner.cleanup()
    statuses = _statuses(await asyncio.to_thread(run_here, "doctor", "--json"))
    assert (statuses["port"], statuses["public_url"]) == ("ok", "failed")


def test_a_port_another_program_holds(
    run: Run, data_dir: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        monkeypatch.setattr("bot.cli.probe.PATIENCE", 0.3)
        ran = run("doctor", "--json")
    assert (ran.code, _statuses(ran)["port"]) == (1, "failed")
