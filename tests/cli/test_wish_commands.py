"""`wish import` and `audit compare` as a person meets them on the command line."""

import json
from pathlib import Path

import pytest

from bot.phrases import audit as say_audit
from bot.phrases import wishes as say
from tests.cli.conftest import Run

LIST = "微心愿征集表,,,\n姓名,年龄,心愿内容,田号\n王秀英,78,想要一台收音机,甲\n,9岁,上学的孩子缺一个书包,乙\n"


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    path = tmp_path / "清单.csv"
    path.write_text(LIST, encoding="utf-8")
    return path


def test_a_list_is_tried_out_logged_and_known_again(run: Run, data_dir: Path, listed: Path) -> None:
    before = run("export", "wishes", "-").rows()
    tried = run("wish", "import", listed, "--by", "王主任", "--dry-run")
    assert (tried.code, tried.out) == (0, "试运行，什么也没有写入。\n新增 2，没变 0。\n")
    assert run("export", "wishes", "-").rows() == before
    done = run("wish", "import", listed, "--by", "王主任@永续社区")
    assert (done.code, done.out, say.NOT_VERIFIED in done.err) == (0, "新增 2，没变 0。\n", True)
    assert run("wish", "import", listed, "--by", "王主任").out == "新增 0，没变 2。\n"
    made = run("export", "wishes", "-").rows()[len(before) :]
    assert [(row["content"], row["status"], row["consent"]) for row in made] == [
        ("想要一台收音机", "pending", ""), ("上学的孩子缺一个书包", "pending", "needed"),
    ]  # fmt: skip


def test_a_list_with_a_kind_of_person_and_a_remark_and_ages_in_words(
    run: Run, data_dir: Path, listed: Path
) -> None:
    listed.write_text(
        "姓名,年龄,对象类别,心愿内容,备注\n王秀英,七十,独居老人,想要一台收音机,李娟送来的\n,,,缺一个书包,留守儿童\n",
        encoding="utf-8",
    )
    done = run("wish", "import", listed, "--by", "王主任@永续社区")
    assert (done.code, done.out, say.REMARK_LEFT in done.err) == (0, "新增 2，没变 0。\n", True)
    rows = run("export", "wishes", "-").rows()[-2:]
    assert [(row["content"], row["age_band"], row["consent"], row["note"]) for row in rows] == [
        ("想要一台收音机", "elder", "", ""), ("缺一个书包", "child", "needed", ""),
    ]  # fmt: skip
    assert "李娟" not in run("export", "wishes", "-").out


def test_wrong_cells_are_told_by_row_and_column_and_skipped_only_when_told_to(
    run: Run, data_dir: Path, listed: Path
) -> None:
    listed.write_text(LIST.replace("78", "不详"), encoding="utf-8")
    before = run("export", "wishes", "-").out
    ran = run("wish", "import", listed, "--by", "王主任")
    assert (ran.code, ran.out) == (1, "")
    assert "  第 3 行 B 列：看不懂年龄“不详”，请写岁数，" in ran.err
    assert run("export", "wishes", "-").out == before
    assert run("wish", "import", listed, "--by", "王主任", "--skip-bad").out == "新增 1，没变 0。\n"


def test_what_was_not_written_is_said_once(run: Run, data_dir: Path, listed: Path) -> None:
    listed.write_text(LIST.replace("78", "不详"), encoding="utf-8")
    ran = run("wish", "import", listed, "--by", "王主任", "--dry-run")
    assert (ran.code, (ran.out + ran.err).count("什么也没有写入")) == (1, 1)
    assert ran.err.splitlines()[0] == "有 1 处不对："


def test_a_terminal_has_no_log_lines_but_those_asked_for(
    run: Run, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("chat", "--as", "张大妈", stdin="/心愿 想要一个暖水袋\n").err == ""
    monkeypatch.setenv("BOT_LOG_LEVEL", "INFO")
    assert " moderation_read " in run("chat", "--as", "张大妈", stdin="/心愿 想要一个脸盆\n").err


def test_a_column_told_once_is_remembered(run: Run, data_dir: Path, listed: Path) -> None:
    listed.write_text(LIST.replace("心愿内容", "想啥"), encoding="utf-8")
    assert run("wish", "import", listed, "--by", "王主任").code == 1
    assert run("wish", "import", listed, "--by", "王主任", "--map", "想啥=心愿内容").code == 0
    assert run("wish", "import", listed, "--by", "王主任").out == "新增 0，没变 2。\n"


def test_a_list_is_not_taken_for_a_register_nor_a_register_for_a_list(
    run: Run, data_dir: Path, listed: Path, tmp_path: Path
) -> None:
    ran = run("wish", "import", listed)
    assert (ran.code, say.NOT_A_REGISTER in ran.err) == (1, True)
    register = tmp_path / "台账.xlsx"
    run("export", "wishes", register)
    ran = run("wish", "import", register, "--by", "王主任")
    assert (ran.code, ran.err) == (1, f"{say.A_REGISTER}\n")
    assert run("wish", "import", register).out == "新增 0，没变 6。\n"
    assert run("wish", "import", listed, "--by", "孙悟空").code == 1


def test_an_exported_audit_is_compared_with_what_is_kept(run: Run, data_dir: Path, tmp_path: Path) -> None:
    for name in ("记录.xlsx", "记录.jsonl"):
        run("export", "audit", tmp_path / name)
        ran = run("audit", "compare", tmp_path / name)
        assert (ran.code, ran.out.splitlines()[-1], ran.err) == (0, say_audit.ALL_EQUAL, "")
    lines = (tmp_path / "记录.jsonl").read_text(encoding="utf-8").splitlines()
    other = json.loads(lines[1]) | {"after": "fulfilled"}
    spoilt = [lines[0], json.dumps(other, ensure_ascii=False), *lines[3:]]
    (tmp_path / "改过.jsonl").write_text("\n".join(spoilt) + "\n", encoding="utf-8")
    ran = run("audit", "compare", tmp_path / "改过.jsonl")
    assert (ran.code, ran.err) == (1, f"{say_audit.COMPARE_FAILED}\n")
    told = run("audit", "compare", tmp_path / "改过.jsonl", "--json")
    found = json.loads(told.out)
    assert (found["ok"], found["equal"], len(found["differing"]), found["lost"]) == (
        False, len(lines) - 2, 1, [],
    )  # fmt: skip
    assert found["left_out"] == [json.loads(lines[2])]
    run("export", "wishes", tmp_path / "心愿.jsonl")
    assert run("audit", "compare", tmp_path / "心愿.jsonl").code == 1
