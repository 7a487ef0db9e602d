"""`export`: registers as JSON lines and as sheets in which nothing is a formula."""

import io
import json
import re
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from bot.cli.registers import headings
from bot.phrases.registers import ACTIONS, COLUMNS, KIND, OWN, SHEETS, TITLES, URGENCY
from bot.sheets import LONGEST_CELL, Heading, read_sheet, write_json_lines, write_sheet
from bot.sheets.grid import unescaped
from handlers import FEATURES
from handlers.audit.naming import BESIDE
from storage.wishes import Kind, Move, Urgency
from tests.cli.conftest import Run
from tests.clock import ZONE

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", '=HYPERLINK("http://x","点")', "=cmd|' /C calc'!A0"]
WISH = [
    "no", "status", "place", "group", "content", "logged_by", "claimed_by", "logged_at", "claimed_at",
    "delivered_at", "fulfilled_at", "expires_on", "note",
]  # fmt: skip
"""The columns that others may rely on; more may follow."""


def test_json_lines_on_standard_output_and_in_a_file_are_the_same(
    run: Run, data_dir: Path, tmp_path: Path
) -> None:
    printed = run("export", "wishes", "-")
    rows = printed.rows()
    assert [row["no"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert list(rows[0])[: len(WISH)] == WISH
    assert rows[0]["logged_at"].endswith("+08:00") and "T" in rows[0]["logged_at"]
    assert rows[0]["claimed_at"] is None
    written = run("export", "wishes", tmp_path / "wishes.jsonl")
    assert (written.code, written.out) == (0, "")
    assert (tmp_path / "wishes.jsonl").read_text() == printed.out
    assert (tmp_path / "wishes.jsonl").stat().st_mode & 0o777 == 0o600


TEAM = "镇街,村（社区）,责任田编号,户数,团队编号,团队长,成员\n清河镇,永续社区,1,200,T1,王芳,王芳（会计）\n"


def test_every_register_comes_out_both_ways(run: Run, data_dir: Path, tmp_path: Path) -> None:
    """A sheet shows what JSON lines hold: titles in Chinese, words for states, real dates by the clock on the wall."""
    run("digest", "send", "--group", "永续社区连心群")
    (tmp_path / "台账.csv").write_text(TEAM)
    run("team", "import", tmp_path / "台账.csv")
    names = [name for feature in FEATURES for name in feature.registers]
    assert len(names) >= 8 and set(names) <= set(TITLES)
    for name in names:
        rows = run("export", name, "-").rows()
        run("export", name, tmp_path / "t.xlsx")
        sheet = load_workbook(tmp_path / "t.xlsx")[TITLES[name]]
        if name == "looks":
            rows = run("export", name, "-").rows()[: sheet.max_row - 1]
        over = headings(name)
        cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
        assert cells[0] == [(COLUMNS | OWN.get(name, {}))[key] for key in SHEETS[name]]
        assert len(set(cells[0])) == len(cells[0])
        if not rows:
            assert [row[:1] for row in cells[1:]] == [["（没有记录）"]]
            continue
        assert list(rows[0]) == [key for key in SHEETS[name] if key not in BESIDE.values()]
        named = (
            [cells[0].index(COLUMNS[key]) for key in BESIDE.values()] if name in ("audit", "looks") else []
        )
        cells = [[cell for at, cell in enumerate(row) if at not in named] for row in cells]
        assert cells[1:] == [[_shown(over[key].told(value)) for key, value in row.items()] for row in rows]
        assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", f"A1:{_last(sheet)}{len(rows) + 1}")
        widths = [column.width for column in sheet.column_dimensions.values()]
        assert all(6 <= width <= 60 for width in widths) and widths


def _last(sheet: Any) -> str:
    return str(sheet.cell(1, sheet.max_column).column_letter)


def _shown(value: Any) -> Any:
    """What a sheet gives back for a value of JSON lines."""
    if value == "":
        return None
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d(T.*)?", value):
        return datetime.fromisoformat(value).replace(tzinfo=None)
    return value


def test_states_are_told_in_words_in_a_sheet_alone(run: Run, data_dir: Path, tmp_path: Path) -> None:
    run("export", "wishes", tmp_path / "w.xlsx")
    sheet = load_workbook(tmp_path / "w.xlsx")["心愿台账"]
    states = {cell.value for cell in sheet["B"][1:]}
    assert states == {"待核实", "待认领", "已认领", "待确认", "已点亮"}
    assert {row["status"] for row in run("export", "wishes", "-").rows()} == {
        "pending", "open", "claimed", "delivered", "fulfilled",
    }  # fmt: skip
    assert set(KIND) == {each.value for each in Kind} - {""}
    assert set(URGENCY) == {each.value for each in Urgency}


def test_who_took_a_register_out_stands_in_the_register(run: Run, data_dir: Path, tmp_path: Path) -> None:
    run("export", "wishes", tmp_path / "w.xlsx")
    run("export", "members", "-")
    looks = [(row["actor"], row["action"], row["subject"]) for row in run("export", "looks", "-").rows()]
    members = len(run("export", "members", "-").rows())
    assert looks[-2:] == [
        ("operator", "export", "register:wishes:6"), ("operator", "export", f"register:members:{members}"),
    ]  # fmt: skip
    assert "export" not in {row["action"] for row in run("export", "audit", "-").rows()}


def test_an_office_reader_can_tell_who_looked(run: Run, data_dir: Path, tmp_path: Path) -> None:
    run("chat", "--as", "张大妈", stdin="/心愿 张大妈本人 13812345678 想要一个暖水袋\n")
    run("chat", "--as", "王主任", stdin="/核实 7\n/推送 停\n/本群\n")
    run("export", "looks", tmp_path / "l.xlsx")
    rows = list(load_workbook(tmp_path / "l.xlsx")["查看记录"].iter_rows(values_only=True, max_col=7))
    member = next(row["actor"] for row in run("export", "looks", "-").rows() if row["subject"] == "wish:7")
    assert rows[0] == ("时间", "操作人", "操作人姓名", "操作", "对象", "对象名称", "渠道")
    looked = [row[1:] for row in rows if row[4] == "wish:7"]
    assert looked == [(member, "王主任@永续社区", "查看个人信息", "wish:7", "心愿 #7", "命令行")]
    assert run("audit", "compare", tmp_path / "l.xlsx").code == 0
    run("export", "looks", tmp_path / "l.jsonl")
    assert list(json.loads((tmp_path / "l.jsonl").read_text().splitlines()[0])) == [
        "at", "actor", "action", "subject", "channel", "update_key",
    ]  # fmt: skip


def test_every_action_of_the_audit_register_has_words_of_its_own() -> None:
    sources = [path for room in ("bot", "handlers", "storage") for path in Path(room).rglob("*.py")]
    written = {
        found
        for path in sources
        for found in re.findall(r'(?:action=|(?:noted|_recorded)\()"([a-z_]+)"', path.read_text())
    }
    told = {action: headings("audit")["action"].told(action) for action in written | set(ACTIONS) | set(Move)}
    assert len(written) > 25
    assert {action for action, word in told.items() if word == action} == set()
    assert len(set(told.values())) == len(told)


def test_a_wish_that_looks_like_a_formula_is_inert(run: Run, data_dir: Path, tmp_path: Path) -> None:
    said = "".join(f"/心愿 {words}\n" for words in FORMULAS)
    run("chat", "--as", "张大妈", stdin=said)
    run("export", "wishes", tmp_path / "w.xlsx")
    sheet = load_workbook(tmp_path / "w.xlsx")["心愿台账"]
    column = [row[WISH.index("content")] for row in sheet.iter_rows()]
    found = [cell for cell in column if isinstance(cell.value, str) and cell.value[0] in "=+-@＝"]
    assert len(found) >= len(FORMULAS) - 1
    assert {cell.data_type for cell in found} == {"s"}
    assert all(cell.quotePrefix for cell in found)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("nothing", "-"), 2, "可以导出：audit、burden"),
        (("wishes", "w.csv"), 2, ".xlsx 或 .jsonl"),
        (("wishes", "没这夹/w.xlsx"), 1, "没有这个文件或文件夹"),
        (("wishes", "夹.xlsx"), 1, "这是文件夹"),
    ],
)
def test_wrong_exports(
    run: Run, data_dir: Path, tmp_path: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    (tmp_path / "夹.xlsx").mkdir()
    ran = run("export", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err and "Traceback" not in ran.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "夹.xlsx"]


def test_an_empty_register_is_still_a_sheet(run: Run, data_dir: Path, tmp_path: Path) -> None:
    assert run("export", "digests", tmp_path / "d.xlsx").code == 0
    sheet = load_workbook(tmp_path / "d.xlsx")["推送记录"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["早报编号", "群", "日期", "状态", "原因", "时间"], ["（没有记录）", None, None, None, None, None],
    ]  # fmt: skip
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:F1")
    assert run("export", "digests", "-").out == ""


def test_moments_are_told_in_the_zone() -> None:
    out = io.StringIO()
    row = {
        "at": datetime(2026, 3, 5, 1, 2, 3, 999, UTC),
        "on": date(2026, 3, 5),
        "push_at": time(8, 0),
        "no": 7,
    }
    write_json_lines([row], out, ZONE)
    expected = {"at": "2026-03-05T09:02:03+08:00", "on": "2026-03-05", "push_at": "08:00:00", "no": 7}
    assert json.loads(out.getvalue()) == expected


TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=40),
    st.text("=+-@'＝\n\r\t\x00\x0b_x000D\u200b\ufeff\uffff👨\u200d👩\u200d👧王", max_size=20),
)
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=0)
)
DAYS = st.dates(date(1970, 1, 1), date(2100, 1, 1))
ROWS = st.lists(
    st.tuples(TEXTS, st.none() | MOMENTS, st.none() | DAYS, st.integers(-(2**31), 2**31)).map(
        lambda values: dict(zip(("content", "at", "day", "no"), values, strict=True))
    ),
    min_size=1,
    max_size=4,
)


@given(ROWS)
@settings(max_examples=40, deadline=None)
def test_any_row_comes_back_from_a_sheet_and_from_json_lines(rows: list[dict[str, Any]]) -> None:
    raw, text = io.BytesIO(), io.StringIO()
    write_sheet(rows, "t", raw, ZONE, {"content": Heading("内容")})
    raw.seek(0)
    sheet = load_workbook(raw)["t"]
    cells = list(sheet.iter_rows(min_row=2))
    assert {row[0].data_type for row in cells} <= {"s", "n"}
    assert [_read_back(*[cell.value for cell in row]) for row in cells] == rows
    write_json_lines(rows, text, ZONE)
    back = [json.loads(line) for line in text.getvalue().split("\n")[:-1]]
    assert [_of_json(**row) for row in back] == rows


def _read_back(
    content: str | None, at: datetime | None, day: datetime | None, no: int | None
) -> dict[str, Any]:
    moment = at.replace(tzinfo=ZONE).astimezone(UTC) if at else None
    return {"content": unescaped(content or ""), "at": moment, "day": day.date() if day else None, "no": no}


def _of_json(content: str, at: str | None, day: str | None, no: int) -> dict[str, Any]:
    moment = datetime.fromisoformat(at).astimezone(UTC) if at else None
    return {"content": content, "at": moment, "day": date.fromisoformat(day) if day else None, "no": no}


@pytest.mark.parametrize(
    "text", ["长" * LONGEST_CELL, "😀" * (LONGEST_CELL // 2), "_x000D_", "_x005F_x000D_", " \n "]
)
def test_the_longest_and_the_strangest_come_back_whole(text: str) -> None:
    raw = io.BytesIO()
    write_sheet([{"content": text}, {"content": f"{text}{text}"[: LONGEST_CELL // 4]}], "t", raw, ZONE)
    raw.seek(0)
    first, second = (unescaped(str(load_workbook(raw)["t"].cell(row, 1).value)) for row in (2, 3))
    assert (first == text, second == f"{text}{text}"[: LONGEST_CELL // 4]) == (True, True)


def test_what_is_longer_than_a_cell_is_cut_to_fit() -> None:
    raw = io.BytesIO()
    write_sheet([{"content": "😀" * LONGEST_CELL}], "t", raw, ZONE)
    raw.seek(0)
    assert load_workbook(raw)["t"]["A2"].value == "😀" * (LONGEST_CELL // 2)


@given(st.lists(st.tuples(*[st.text("王小李=+@ ,;\"'\n\t1", max_size=6)] * 3), min_size=1, max_size=6))
@settings(max_examples=40, deadline=None)
def test_any_csv_reads_as_rows(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]]
) -> None:
    import csv

    path = tmp_path_factory.mktemp("csv") / "名单.csv"
    with path.open("w", newline="") as out:
        csv.writer(out).writerows([("姓名", "身份", "地点"), *rows, ("末", "尾", "行")])
    lines = read_sheet(path, {"name": ["姓名"], "role": ["身份"], "place": ["地点"]})
    expected = [tuple(" ".join(cell.split()) for cell in row) for row in [*rows, ("末", "尾", "行")]]
    assert [tuple(line.values.values()) for line in lines] == [row for row in expected if any(row)]
