"""`export`: registers as JSON lines and as sheets in which nothing is a formula."""

import io
import json
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from bot.sheets import read_sheet, write_json_lines, write_sheet
from tests.cli.conftest import Run
from tests.clock import ZONE

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", '=HYPERLINK("http://x","点")', "=cmd|' /C calc'!A0"]
WISH = [
    "no", "status", "place", "group", "content", "logged_by", "claimed_by", "logged_at", "claimed_at",
    "delivered_at", "fulfilled_at", "expires_on", "note",
]  # fmt: skip


def test_json_lines_on_standard_output_and_in_a_file_are_the_same(
    run: Run, data_dir: Path, tmp_path: Path
) -> None:
    printed = run("export", "wishes", "-")
    rows = printed.rows()
    assert [row["no"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert list(rows[0]) == WISH
    assert rows[0]["logged_at"].endswith("+08:00") and "T" in rows[0]["logged_at"]
    assert rows[0]["claimed_at"] is None
    written = run("export", "wishes", tmp_path / "wishes.jsonl")
    assert (written.code, written.out) == (0, "")
    assert (tmp_path / "wishes.jsonl").read_text() == printed.out
    assert (tmp_path / "wishes.jsonl").stat().st_mode & 0o777 == 0o600


def test_every_register_comes_out_both_ways(run: Run, data_dir: Path, tmp_path: Path) -> None:
    run("digest", "send", "--group", "永续社区连心群")
    for name in ("wishes", "audit", "digests", "members"):
        rows = run("export", name, "-").rows()
        assert (
            run("export", name, tmp_path / "t.xlsx").err
            == f"已导出 {len(rows)} 行到 {tmp_path / 't.xlsx'}。\n"
        )
        sheet = load_workbook(tmp_path / "t.xlsx")[name]
        cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
        assert (cells[0], sheet.freeze_panes) == (list(rows[0]), "A2")
        assert cells[1:] == [[value if value != "" else None for value in row.values()] for row in rows]


def test_a_wish_that_looks_like_a_formula_is_inert(run: Run, data_dir: Path, tmp_path: Path) -> None:
    said = "".join(f"/心愿 {words}\n" for words in FORMULAS)
    run("chat", "--as", "张大妈", stdin=said)
    run("export", "wishes", tmp_path / "w.xlsx")
    column = [row[WISH.index("content")] for row in load_workbook(tmp_path / "w.xlsx")["wishes"].iter_rows()]
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
    assert load_workbook(tmp_path / "d.xlsx")["digests"]["A1"].value == "（没有记录）"
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


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=40), min_size=1, max_size=5))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_comes_back_as_text(texts: list[str]) -> None:
    raw = io.BytesIO()
    write_sheet([{"text": text, "no": 1} for text in texts], "t", raw, ZONE)
    raw.seek(0)
    cells = [row[0] for row in load_workbook(raw)["t"].iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert [_visible(cell.value or "") for cell in cells] == [_visible(text) for text in texts]


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


def _visible(text: str) -> str:
    """What XML can carry: no control marks, one kind of line end."""
    seen = "".join(
        mark for mark in text if mark in "\t\n\r" or (ord(mark) >= 32 and mark not in "\ufffe\uffff")
    )
    return seen.replace("\r\n", "\n").replace("\r", "\n").strip()
