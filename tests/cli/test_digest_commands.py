"""`digest …`: a preview sends nothing, a push is made once."""

from pathlib import Path

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
