"""`member erase`, `member export`, `db reseal`, and the key in `doctor` and at every start."""

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from storage.sealing import DEVELOPMENT_KEY, Sealer
from tests.cli.conftest import Run

NEW, OLD = "n" * 32, "o" * 32
WRONG = "BOT_DATA_KEY 不是这个数据库的密钥，没有改动任何内容；请换回原来的密钥，几个密钥用逗号隔开。\n"


def test_erasing_is_shown_first_and_done_when_told(run: Run, data_dir: Path) -> None:
    run("chat", "--as", "张大妈", stdin="/心愿 张大妈本人 13812345678 想要一个暖水袋\n")
    shown = run("member", "erase", "张大妈")
    assert shown.out.splitlines()[0] == "库里有张大妈的："
    assert shown.out.splitlines()[-1] == "还没有删。确实要删，加 --yes。"
    assert "13812345678" not in shown.out
    assert "张大妈" in run("member", "list").out
    told = run("member", "erase", "张大妈", "--yes", "--json").json()
    assert (told["name"], told["erased"], told["held"]["member"]) == ("张大妈", True, 1)
    assert "张大妈" not in run("member", "list").out + run("export", "wishes", "-").out
    assert [row["action"] for row in run("export", "audit", "-").rows() if row["actor"] == "operator"][
        -1
    ] == "erase"


@pytest.mark.parametrize("suffix", ["jsonl", "xlsx"])
def test_a_copy_for_the_person(run: Run, data_dir: Path, tmp_path: Path, suffix: str) -> None:
    run("chat", "--as", "张大妈", stdin="/心愿 张大妈本人 13812345678 想要一个暖水袋\n")
    file = tmp_path / f"张大妈.{suffix}"
    assert run("member", "export", "张大妈", file).err.startswith("已导出 ")
    assert file.stat().st_mode & 0o777 == 0o600
    if suffix == "jsonl":
        rows = [json.loads(line) for line in file.read_text().splitlines()]
        assert {"名册", "心愿", "封存的个人信息", "操作记录"} <= {row["register"] for row in rows}
        assert "13812345678" in str(rows)
    looks = run("export", "looks", "-").rows()
    assert ("operator", "look") in {(row["actor"], row["action"]) for row in looks}


def test_the_sheet_a_person_gets_is_in_chinese(run: Run, data_dir: Path, tmp_path: Path) -> None:
    run("chat", "--as", "张大妈", stdin="/心愿 张大妈本人 13812345678 想要一个暖水袋\n")
    file = tmp_path / "张大妈.xlsx"
    run("member", "export", "张大妈", file)
    head, *rows = list(load_workbook(file).worksheets[0].iter_rows(values_only=True))
    assert head == ("台账", "序号", "项目", "内容")
    told = [(register, item, value) for register, _, item, value in rows]
    assert [each for each in told if each[0].isascii() or each[1].isascii()] == []
    values = {value for _, item, value in told if isinstance(value, str) and item != "消息编号"}
    assert [value for value in values if value.isascii()] == []
    assert {
        ("名册", "村（社区）", "永续社区"), ("心愿", "状态", "待核实"), ("心愿", "同意署名", "否"),
        ("心愿", "登记人", "本人"), ("心愿的经过", "做了什么", "登记"), ("操作记录", "对什么", "心愿 #7"),
    } <= set(told)  # fmt: skip
    run("member", "export", "小周", tmp_path / "小周.xlsx")
    cells = [
        row[3] for row in load_workbook(tmp_path / "小周.xlsx").worksheets[0].iter_rows(values_only=True)
    ]
    assert "志愿者" in cells and "volunteer" not in cells
    run("member", "export", "张大妈", tmp_path / "张大妈.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "张大妈.jsonl").read_text().splitlines()]
    assert {"status", "credit"} <= {line["item"] for line in lines}


def test_nobody_of_that_name_and_no_such_form(run: Run, data_dir: Path, tmp_path: Path) -> None:
    assert run("member", "erase", "没有这个人").code == 1
    assert run("member", "export", "没有这个人", tmp_path / "x.xlsx").code == 1
    assert not (tmp_path / "x.xlsx").exists()
    assert run("member", "export", "张大妈", tmp_path / "x.pdf").code == 2


def test_a_wrong_key_stops_every_command_and_doctor_names_it(
    run: Run, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (data_dir / "lianxin.db").read_bytes()
    monkeypatch.setenv("BOT_DATA_KEY", NEW)
    for command in (
        ("member", "list"),
        ("db", "upgrade"),
        ("db", "reseal"),
        ("db", "backup", tmp_path / "b"),
    ):
        ran = run(*command)
        assert (ran.code, ran.out, ran.err) == (1, "", WRONG)
    assert not (tmp_path / "b").exists()
    for command in (("doctor",), ("db", "check")):
        ran = run(*command)
        assert ran.code == 1
        assert f"密钥：BOT_DATA_KEY（指纹 {Sealer([NEW]).fingerprint}）不是这个数据库的" in ran.out
    assert (data_dir / "lianxin.db").read_bytes() == before


def test_a_key_is_changed_in_three_steps(run: Run, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("chat", "--as", "张大妈", stdin="/心愿 张大妈本人 13812345678 想要一个暖水袋\n")
    monkeypatch.setenv("BOT_DATA_KEY", f"{NEW}, {DEVELOPMENT_KEY}")
    told = run("db", "reseal", "--json").json()
    assert (told["key"], told["resealed"] > 0) == (Sealer([NEW]).fingerprint, True)
    assert run("db", "reseal").out == f"都已经是用现在的密钥（指纹 {Sealer([NEW]).fingerprint}）封存的。\n"
    monkeypatch.setenv("BOT_DATA_KEY", NEW)
    assert "13812345678" in run("chat", "--as", "张大妈", stdin="/心愿详情 7\n").out
    assert f"密钥：是这个数据库的，指纹 {Sealer([NEW]).fingerprint}" in run("doctor").out
    monkeypatch.delenv("BOT_DATA_KEY")
    assert run("member", "list").err == WRONG


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("", "BOT_DATA_KEY：正式运行（BOT_ENV=production）必须设置"),
        ("short", "BOT_DATA_KEY：密钥只有 5 个字符，至少要 32 个"),
        (f"{NEW},short", "BOT_DATA_KEY：第 2 个密钥只有 5 个字符，至少要 32 个"),
        (DEVELOPMENT_KEY, "BOT_DATA_KEY：演示用的密钥人人都知道"),
        (f"{NEW},{DEVELOPMENT_KEY}", ""),
        (NEW, ""),
    ],
)
def test_production_takes_no_weak_key(
    run: Run, empty_dir: Path, monkeypatch: pytest.MonkeyPatch, key: str, says: str
) -> None:
    monkeypatch.setenv("BOT_ENV", "production")
    monkeypatch.setenv("BOT_SECRET_KEY", OLD)
    monkeypatch.setenv("BOT_DATA_KEY", key)
    ran = run("member", "list")
    assert (ran.code, says in ran.err) == (1 if says else 0, True)
    assert not says or ran.err.count("\n") == 1
