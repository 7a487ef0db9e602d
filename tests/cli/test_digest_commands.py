"""`digest …`: a preview sends nothing, a push is made once."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run

GROUP = "永续社区连心群"


def test_preview_shows_and_sends_nothing(run: Run, data_dir: Path) -> None:
    ran = run("digest", "preview", "--group", GROUP, "--on", "2026-11-25")
    assert ran.code == 0
    assert ran.out.startswith(f"【{GROUP}】2026-11-25 08:00\n【连心早报】11月25日 星期三\n")
    [preview] = run("digest", "preview", "--group", GROUP, "--on", "2026-11-25", "--json").json()["previews"]
    assert preview["text"] in ran.out
    assert [item["kind"] for item in preview["items"]] == ["policy", "case", "daily_read"]
    assert run("digest", "log", "--json").json() == []


def test_preview_of_all_groups_on_a_day_off(run: Run, data_dir: Path) -> None:
    assert run("digest", "preview", "--on", "2026-11-28").out.splitlines() == [
        f"【{name}】2026-11-28 不是工作日，不推送。" for name in (GROUP, "和美村连心群")
    ]


def test_send_pushes_once(run: Run, data_dir: Path) -> None:
    assert run("digest", "send", "--group", GROUP).code == 0
    again = run("digest", "send", "--group", GROUP)
    assert (again.code, again.out, again.err) == (1, "", "今天已经推送过了，一天最多一次。\n")
    [push] = run("digest", "log", "--json").json()
    assert push.keys() == {"digest", "group", "day", "status", "reason", "at"}
    assert (push["digest"], push["group"], push["status"]) == ("daily", GROUP, "queued")
    assert GROUP in run("digest", "log").out
    assert [row["action"] for row in run("export", "audit", "-").rows()][-1] == "push"


def test_a_group_that_gets_no_push(run: Run, data_dir: Path) -> None:
    run("group", "set", GROUP, "--no-subscribed")
    ran = run("digest", "send", "--group", GROUP)
    assert (ran.code, "已停推" in ran.err) == (1, True)
    assert run("digest", "log", "--json").json() == []


@pytest.mark.parametrize("options", [["--group", "没这群"], ["--on", "明天"]])
def test_wrong_options(run: Run, data_dir: Path, options: list[str]) -> None:
    ran = run("digest", "preview", *options)
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)


def test_a_broken_holiday_file_is_named(run: Run, data_dir: Path) -> None:
    (data_dir / "holidays.toml").write_text("holidays = [")
    ran = run("digest", "preview")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("holidays.toml")


ON = ("--group", GROUP, "--on", "2026-11-25")


def previewed(run: Run) -> dict[str, Any]:
    [row] = run("digest", "preview", *ON, "--json").json()["previews"]
    assert isinstance(row, dict)
    return row


def test_the_desk_changes_what_a_day_holds(run: Run, data_dir: Path) -> None:
    before = [item["key"] for item in previewed(run)["items"]]
    assert run("digest", "drop", "2", *ON).code == 0
    assert run("digest", "order", "2", "1", *ON).code == 0
    assert run("digest", "add", "周五义诊。带身份证。", *ON).code == 0
    assert run("digest", "pin", "清运垃圾", "--group", GROUP, "--until", "2030-01-01").code == 0
    row = previewed(run)
    assert [item["key"] for item in row["items"]][:2] == [before[2], before[0]]
    assert [item["title"] for item in row["items"]][2:] == ["周五义诊"]
    assert "〔通知〕清运垃圾" in row["text"]
    assert row["bytes"] == len(row["text"].encode())
    assert set(row["messages"].values()) == {1}
    assert (row["edited"], row["approved"]) == (True, False)
    assert run("digest", "approve", *ON).code == 0
    assert previewed(run)["approved"] is True
    assert run("digest", "unpin", "1", "--group", GROUP).code == 0
    assert "清运垃圾" not in previewed(run)["text"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["drop", "9"], "写条目的序号，这份早报共 3 条。"),
        (["order", "1", "1", "2"], "把 3 个序号按新的先后都写上"),
        (["add", " "], "要添什么写在后面"),
        (["unpin", "1"], "现在没有置顶通知。"),
    ],
)
def test_what_the_desk_refuses(run: Run, data_dir: Path, words: list[str], says: str) -> None:
    options = ON[:2] if words[0] == "unpin" else ON
    ran = run("digest", *words, *options)
    assert (ran.code, ran.out) == (1, "")
    assert says in ran.err
    assert previewed(run)["edited"] is False


def test_a_stopped_group_is_stopped_and_the_log_is_summed(run: Run, data_dir: Path) -> None:
    run("digest", "send", "--group", GROUP)
    assert run("digest", "stop", "--group", GROUP).code == 0
    assert previewed(run)["stopped"] is True
    log = run("digest", "log").out.splitlines()
    assert log[-1] == "计划 1 次 = 发出 0 + 失败 0 + 不确定 0 + 没推 0 + 待发 1"


def test_the_calendar_of_a_group(run: Run, data_dir: Path) -> None:
    options = ["--days", "周一三五", "--quiet", "19:00-08:00", "--pause", "2030-10-08", "--approval"]
    assert run("group", "set", GROUP, "--push-time", "08:30", *options).code == 0
    [row] = [row for row in run("group", "list", "--json").json() if row["name"] == GROUP]
    kept = {name: row[name] for name in ("push_time", "days", "quiet", "paused_until", "approval")}
    assert kept == {
        "push_time": "08:30", "days": "周一三五", "quiet": "19:00-08:00", "paused_until": "2030-10-08",
        "approval": True,
    }  # fmt: skip
    assert run("group", "set", GROUP, "--push-time", "07:30").code == 1
    assert run("group", "set", GROUP, "--quiet", "22:00-06:00").code == 1
    assert run("group", "set", GROUP, "--days", "初一").code == 1


def test_new_documents_are_previewed_and_a_broken_almanac_is_named(run: Run, data_dir: Path) -> None:
    law = data_dir.parent / "法.md"
    law.write_text("# 金山县养犬管理办法\n\n第一条 犬只应当拴绳。\n", encoding="utf-8")
    assert run("kb", "import", str(law)).code == 0
    [row] = run("digest", "preview", "--group", GROUP, "--json").json()["previews"]
    assert row["items"][0]["title"] == "《金山县养犬管理办法》已收进知识库"
    (data_dir / "almanac.toml").write_text("[[season]]", encoding="utf-8")
    ran = run("digest", "preview")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("almanac.toml: ")
    checks = {check["name"]: check for check in json.loads(run("doctor", "--json").out)["checks"]}
    assert checks["almanac"]["status"] == "failed"
