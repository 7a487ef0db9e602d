"""The command line as a process: its weight, its exit codes, and what it says when the world is broken."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from sqlalchemy import make_url

from tests.cli.conftest import Run
from tests.postgres import free_port

ROOT = Path(__file__).parents[2]
COMMANDS = [
    ["kb", "import"], ["kb", "search"], ["kb", "ask"], ["kb", "list"], ["kb", "remove"], ["kb", "stats"],
    ["kb", "check"],
    ["digest", "preview"], ["digest", "send"], ["digest", "log"], ["member", "list"], ["member", "import"],
    ["member", "invite"], ["member", "accounts"],
    ["member", "unbind"], ["member", "leave"], ["permissions"],
    ["place", "add"], ["place", "list"], ["place", "import"], ["place", "export"], ["team", "list"], ["team", "import"],
    ["team", "export"], ["group", "add"], ["group", "list"],
    ["group", "set"], ["export"], ["db", "upgrade"], ["db", "check"], ["db", "backup"], ["db", "restore"], ["doctor"],
    ["serve"], ["chat"], ["channel", "menu"],
]  # fmt: skip


def _process(*arguments: str, data: Path, **more: object) -> "subprocess.Popen[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("BOT_", "WE"))}
    environment |= {"BOT_DATA_DIR": str(data), "PYTHONPATH": str(ROOT), **more}  # type: ignore[dict-item]
    return subprocess.Popen(
        [sys.executable, "-m", "bot", *arguments], env=environment, cwd=data.parent, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_help_is_light(tmp_path: Path) -> None:
    """Nothing heavy is imported: neither the database's library nor the search's nor the web server's."""
    heavy = "{'sqlalchemy', 'sqlmodel', 'tantivy', 'jieba', 'aiohttp', 'pydantic', 'openpyxl', 'rich'}"
    script = f"import sys, bot.cli; print(sorted({heavy} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_each_command_explains_itself(run: Run, command: list[str]) -> None:
    ran = run(*command, "--help")
    assert (ran.code, ran.err) == (0, "")
    described = [line for line in ran.out.splitlines() if line.strip() and "Usage" not in line]
    assert any(ord(mark) > 0x4E00 for mark in described[0])


WRONG = {
    "nothing": "没有这个命令。\n用法：python -m bot --help\n",
    "kb nothing": "没有这个命令。\n用法：python -m bot kb --help\n",
    "kb list --nothing": "没有“--nothing”这个选项。\n用法：python -m bot kb list --help\n",
    "kb list --jso": "没有“--jso”这个选项。您是不是要：--json\n用法：python -m bot kb list --help\n",
    "kb list more": "后面多写了东西。\n用法：python -m bot kb list --help\n",
    "kb remove": "没有写 source。\n用法：python -m bot kb remove --help\n",
    "group add 连心群": "没有写 --place。\n用法：python -m bot group add --help\n",
    "serve --port many": "“--port”的值写得不对。\n用法：python -m bot serve --help\n",
    "serve --port 99999": "“--port”的值写得不对。\n用法：python -m bot serve --help\n",
    "serve --port": "“--port”的值写得不对。\n用法：python -m bot --help\n",
    "group set 连心群": "请写明要改哪一项，例如 --push-time 08:00。\n用法：python -m bot group set --help\n",
}


@pytest.mark.parametrize("words", WRONG)
def test_wrong_usage_is_two(run: Run, data_dir: Path, words: str) -> None:
    ran = run(*words.split())
    assert (ran.code, ran.out, ran.err) == (2, "", WRONG[words])


def test_a_group_without_a_command_shows_its_help(run: Run) -> None:
    ran = run("kb")
    assert (ran.code, ran.out) == (2, "")
    assert "search" in ran.err and "知识库" in ran.err


READERS = [["member", "list"], ["kb", "list"], ["export", "wishes", "-"], ["db", "check"], ["db", "upgrade"]]


@pytest.mark.parametrize("command", READERS, ids=" ".join)
def test_a_broken_database_is_one_sentence(run: Run, data_dir: Path, command: list[str]) -> None:
    (data_dir / "lianxin.db").write_text("这不是数据库\n" * 100)
    for name in ("lianxin.db-wal", "lianxin.db-shm"):
        (data_dir / name).unlink(missing_ok=True)
    ran = run(*command)
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert "数据库文件坏了" in ran.err


@pytest.mark.parametrize(
    "command", [["member", "list"], ["kb", "ask", "低保"], ["db", "upgrade"]], ids=" ".join
)
def test_a_file_in_the_data_folder_s_place(run: Run, empty_dir: Path, command: list[str]) -> None:
    empty_dir.write_text("")
    ran = run(*command)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == f"这里要的是文件夹，却是一个文件：{empty_dir}\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_data_folder_without_permission(run: Run, empty_dir: Path) -> None:
    empty_dir.mkdir(mode=0o500)
    ran = run("member", "list")
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)


def test_wrong_settings_are_one_sentence(run: Run, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_PORT", "many")
    ran = run("member", "list")
    assert (ran.code, ran.out, ran.err) == (1, "", "设置有误：BOT_PORT：要写整数。\n")


def test_a_database_of_a_newer_program(run: Run, data_dir: Path) -> None:
    import sqlite3

    with sqlite3.connect(data_dir / "lianxin.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    ran = run("member", "list")
    assert (ran.code, ran.err) == (1, "数据库是更新版本的程序建的（9999），请先升级程序。\n")


def test_the_same_on_postgresql(
    run: Run, data_dir: Path, tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = run("member", "list", "--json").json()
    monkeypatch.setenv("BOT_DATABASE_URL", postgres_url)
    assert run("member", "list", "--json").json() == members
    assert run("kb", "stats", "--json").json()["revision"] == 1
    assert run("db", "check").code == 0
    assert run("db", "backup", tmp_path / "b.zip").code == 0
    assert run("db", "restore", tmp_path / "b.zip", "--replace").code == 0
    assert run("member", "invite", "--role", "volunteer", "--place", "永续社区").code == 0
    monkeypatch.setenv("BOT_DATABASE_URL", postgres_url.replace("lianxin_", "nothing_"))
    ran = run("member", "list")
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert str(make_url(postgres_url).password) not in ran.err


def test_interrupted_is_130_without_a_traceback(data_dir: Path) -> None:
    process = _process("kb", "search", "--batch", "-", data=data_dir)
    assert process.stdin and process.stdout
    process.stdin.write('{"id": 1, "question": "低保"}\n')
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["id"] == 1
    process.send_signal(signal.SIGINT)
    process.wait(20)
    _, errors = process.communicate()
    assert (process.returncode, "Traceback" in errors) == (130, False)


def test_a_reader_that_leaves_early_is_met_with_silence(data_dir: Path) -> None:
    process = _process("export", "wishes", "-", data=data_dir)
    assert process.stdout and process.stderr
    process.stdout.close()
    process.wait(20)
    assert (process.returncode, process.stderr.read()) == (1, "")
    process.stderr.close()
    assert process.stdin
    process.stdin.close()


@pytest.fixture
def served(data_dir: Path) -> Iterator[int]:
    """A server on the data folder; its port."""
    port = free_port()
    process = _process("serve", "--port", str(port), data=data_dir)
    until = time.monotonic() + 30
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
                break
        except (URLError, ConnectionError):
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.05)
    yield port
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 0


def test_commands_work_while_serving(
    run: Run, data_dir: Path, served: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_PORT", str(served))
    (tmp_path / "孔明灯办法.md").write_text("# 金山县孔明灯办法\n\n第一条 放飞孔明灯应当先登记。\n")
    assert run("kb", "import", tmp_path / "孔明灯办法.md").code == 0
    wanted = f"lianxin_index_revision {run('kb', 'stats', '--json').json()['revision']}.0"
    until = time.monotonic() + 5
    while wanted not in _metrics(served):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert run("db", "backup", tmp_path / "b.zip").code == 0
    assert run("db", "restore", tmp_path / "b.zip", "--replace").code == 0
    assert "上本程序正在运行" in run("doctor").out
    second = run("serve", "--port", free_port())
    assert (second.code, "不能再启动第二个" in second.err) == (1, True)
    assert run("digest", "send", "--group", "永续社区连心群").code == 0
    until = time.monotonic() + 10
    while run("digest", "log", "--json").json()[0]["status"] != "sent":
        assert time.monotonic() < until
        time.sleep(0.1)


def _metrics(port: int) -> str:
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=2) as answer:
        text: str = answer.read().decode()
        return text
