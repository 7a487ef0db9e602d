"""`place` and `team`: the county's own sheet tried out, taken in, remembered, handed back with remarks, and out."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from tests.cli.conftest import Ran, Run

HEADERS = ("镇街", "村（社区）", "责任田编号", "区域类型", "户数", "团队编号", "团队长", "成员")
ROWS = (
    ("清河镇", "永续社区", "001", "楼栋", 210, "T001", "王芳", "王芳（会计）、李强"),
    ("清河镇", "和美村", "002", "片区", 190, "T002", "赵敏", "赵敏"),
)
BAD = (("清河镇", "和美村", "003", "方块", -1, "T003", None, None),)


def _book(path: Path, rows: Sequence[Sequence[Any]], headers: Sequence[str] = HEADERS) -> Path:
    book = Workbook()
    assert book.active is not None
    for row in (["责任田台账"], headers, *rows):
        book.active.append(list(row))
    book.save(path)
    return path


def _audit(run: Run) -> list[tuple[str, str, str]]:
    return [(row["actor"], row["action"], row["subject"]) for row in run("export", "looks", "-").rows()]


def test_tried_out_taken_in_and_again(run: Run, data_dir: Path, tmp_path: Path) -> None:
    file = _book(tmp_path / "台账.xlsx", ROWS)
    places = run("place", "list", "--json").out
    counts = "新增 2，没变 0。\n其中责任田 2、团队 2、人员 3。\n"
    assert run("team", "import", file, "--dry-run").out == f"试运行，什么也没有写入。\n{counts}"
    assert (run("place", "list", "--json").out, run("team", "list").out) == (
        places, "还没有团队，用 team import 导入责任田台账。\n",
    )  # fmt: skip
    assert run("team", "import", file) == Ran(0, counts, "")
    assert run("team", "import", file).out == "新增 0，没变 2。\n"
    assert run("team", "list").out == "T001  001号责任田  王芳、李强\nT002  002号责任田  赵敏\n"
    assert run("team", "list", "--json").json()[1] == {
        "team": "T002", "name": "", "place": "002号责任田", "members": ["赵敏"],
    }  # fmt: skip
    listed = {(row["name"], row["role"], row["place"]) for row in run("member", "list", "--json").json()}
    assert ("李强", "care_secretary", "永续社区") in listed
    moved = [(*ROWS[0][:4], 215, *ROWS[0][5:]), ROWS[1]]
    assert run("team", "import", _book(file, moved)).out == (
        "新增 0，有变化 1，没变 1。\n变化：\n  责任田 001：户数 210 → 215\n"
    )


def test_wrong_rows_are_told_and_marked_and_skipped_only_when_told_to(
    run: Run, data_dir: Path, tmp_path: Path
) -> None:
    file, report = _book(tmp_path / "台账.xlsx", ROWS + BAD), tmp_path / "结果.xlsx"
    ran = run("team", "import", file, "--report", report)
    assert (ran.code, ran.out, run("team", "list", "--json").json()) == (1, "", [])
    assert ran.err.splitlines() == [
        "有 2 处不对，什么也没有写入：",
        "  第 5 行 D 列：没有“方块”这种区域类型，可以写：片区、楼栋、生产组",
        "  第 5 行 E 列：户数“-1”不对，要在 1 到 3000 之间",
        f"逐行的结果在 {report}。",
    ]
    sheet = load_workbook(report).worksheets[0]
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert cells[1] == ["原表行号", *HEADERS, "结果", "问题"]
    assert [row[0] for row in cells[2:]] == [3, 4, 5]
    assert [row[-2] for row in cells[2:]] == ["新增", "新增", "有问题"]
    assert cells[4][-1] == (
        "D：没有“方块”这种区域类型，可以写：片区、楼栋、生产组；E：户数“-1”不对，要在 1 到 3000 之间"
    )
    marked = [cell.coordinate for row in sheet.iter_rows(min_row=3) for cell in row if cell.fill.patternType]
    assert (marked, sheet.freeze_panes, report.stat().st_mode & 0o777) == (["E5", "F5"], "A3", 0o600)
    skipped = run("team", "import", file, "--skip-bad")
    assert (skipped.code, skipped.out) == (0, "新增 2，没变 0。\n其中责任田 2、团队 2、人员 3。\n")
    assert skipped.err.startswith("跳过了 2 处不对的：\n")
    told = run("team", "import", file, "--json", "--dry-run")
    assert told.code == 1
    assert json.loads(told.out)["problems"][1] == {
        "row": 5, "column": "E", "fault": "households_range", "says": "户数“-1”不对，要在 1 到 3000 之间",
    }  # fmt: skip


def test_columns_are_told_once_and_remembered_in_any_order(run: Run, data_dir: Path, tmp_path: Path) -> None:
    headers = ("镇街", "村（社区）", "田号", "怎么分的", "户数", "团队编号", "团队长", "成员")
    file = _book(tmp_path / "甲.xlsx", ROWS, headers)
    lacking = run("team", "import", file)
    assert (lacking.code, "第 2 行表头缺少：责任田编号" in lacking.err) == (1, True)
    said = ("--map", "田号=责任田编号", "--map", "怎么分的=area")
    assert run("team", "import", file, *said, "--dry-run").code == 0
    assert run("team", "import", file).code == 1, "a dry run remembers nothing"
    taken = run("team", "import", file, *said)
    assert (taken.code, taken.err) == (0, "记住了这些列的意思，下次不用再写 --map。\n")
    turned = [row[::-1] for row in ROWS]
    again = run("team", "import", _book(tmp_path / "乙.xlsx", turned, headers[::-1]))
    assert (again.code, again.out) == (0, "新增 0，没变 2。\n")


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (("--map", "田号"), 2, "--map 要写成“列名=字段”"),
        (("--map", "田号=颜色"), 2, "字段可以是：县、镇街"),
        (("--map", "田号=责任田编号"), 1, "表里没有“田号”这一列，表头有：镇街"),
        (("--report", "结果.csv"), 2, "要以 .xlsx 结尾"),
        (("--under", "火星"), 1, "没有“火星”这个地点"),
    ],
)
def test_wrong_options(
    run: Run, data_dir: Path, tmp_path: Path, options: tuple[str, ...], code: int, says: str
) -> None:
    ran = run("team", "import", _book(tmp_path / "台账.xlsx", ROWS), *options)
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err
    assert run("team", "list", "--json").json() == []


def test_out_and_into_an_empty_house_and_out_again(
    run: Run, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("team", "import", _book(tmp_path / "台账.xlsx", ROWS))
    for what in ("place", "team"):
        assert run(what, "export", tmp_path / f"{what}.xlsx").code == 0
    first = [run(what, "export", "-").rows() for what in ("place", "team")]
    assert list(first[0][0]) == ["town", "village", "kind", "plot", "area", "households"]
    assert first[1][0] | {"member": ""} == {
        "town": "清河镇", "village": "永续社区", "plot": "001", "area": "楼栋", "households": 210, "team": "T001",
        "team_name": "", "leader": "王芳", "member": "",
    }  # fmt: skip
    assert [cell.value for cell in load_workbook(tmp_path / "team.xlsx")["责任田台账"][1]] == [
        "镇街", "村（社区）", "责任田编号", "区域类型", "户数", "团队编号", "团队名称", "团队长", "成员",
    ]  # fmt: skip
    for what in ("place", "team"):
        assert run(what, "import", tmp_path / f"{what}.xlsx").out == "新增 0，没变 2。\n"
    monkeypatch.setenv("BOT_DATA_DIR", str(tmp_path / "empty"))
    monkeypatch.setenv("BOT_ENV", "production")
    for name in ("BOT_SECRET_KEY", "BOT_DATA_KEY"):
        monkeypatch.setenv(name, "k" * 40)
    for what in ("place", "team"):
        assert run(what, "import", tmp_path / f"{what}.xlsx").code == 0
    assert [run(what, "export", "-").rows() for what in ("place", "team")] == first


def test_a_towns_own_sheet_lies_under_the_town(run: Run, data_dir: Path, tmp_path: Path) -> None:
    file = _book(tmp_path / "镇.xlsx", [row[1:] for row in ROWS], HEADERS[1:])
    assert run("team", "import", file).code == 1
    assert run("team", "import", file, "--under", "清河镇").out == (
        "新增 2，没变 0。\n其中责任田 2、团队 2、人员 3。\n"
    )
    run("place", "add", "银山县", "--kind", "县")
    several = run("team", "import", _book(tmp_path / "县.xlsx", ROWS))
    assert (several.code, several.err) == (
        1, "库里有几个县（金山县、银山县），请用 --under 写明是哪个县的表。\n",
    )  # fmt: skip


def test_registers_of_places_and_members_come_back_unchanged(
    run: Run, data_dir: Path, tmp_path: Path
) -> None:
    run("team", "import", _book(tmp_path / "台账.xlsx", ROWS))
    for end in ("xlsx", "jsonl"):
        for register, command in (("places", "place"), ("members", "member")):
            file = tmp_path / f"{register}.{end}"
            count = len(run("export", register, "-").rows())
            assert run("export", register, file).err == f"已导出 {count} 行到 {file}。\n"
            assert run(command, "import", file).out == f"新增 0，没变 {count}。\n"
    exports = [row for row in _audit(run) if row[1] == "export"]
    assert exports[-1] == ("operator", "export", "register:members:" + exports[-1][2].rpartition(":")[2])
    assert len(exports) == 8
