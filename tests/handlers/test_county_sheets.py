"""A county's own sheet: what is read from it, what each kind of error is told of, and that nothing is written then."""

import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from bot.sheets import BadSheet, Heading, Table, read_grid, under_headers, write_sheet
from handlers.places import phrases
from handlers.places.county import bring_in
from handlers.places.entries import read_entries
from handlers.places.exports import place_sheet, team_sheet
from handlers.places.outcome import Change, Fault, Outcome, Undone, What
from handlers.places.phrases import COUNTY_FIELDS
from storage.database import Database
from storage.members import Grant, Role
from storage.plots import Plot
from storage.uow import UnitOfWork
from tests.bench import county
from tests.clock import ZONE, FrozenClock
from tests.knowledge.hostile import HOSTILE

HEADERS = (
    "镇街",
    "村（社区）",
    "类别",
    "责任田编号",
    "区域类型",
    "户数",
    "团队编号",
    "团队长",
    "成员",
    "职务",
    "联系电话",
)
GOOD = ("清河镇", "永续社区", "社区", "100", "楼栋", 200, "T100", "王芳", "王芳、李强", None, "13800000000")
REQUIRED = ("town", "village", "plot", "team")


def row(**cells: Any) -> list[Any]:
    """A good row but for the cells that are named by field."""
    keys = (
        "town",
        "village",
        "kind",
        "plot",
        "area",
        "households",
        "team",
        "leader",
        "member",
        "duty",
        "phone",
    )
    assert set(cells) <= set(keys)
    return [cells.get(key, good) for key, good in zip(keys, GOOD, strict=True)]


@dataclass
class Wrong:
    """One kind of error: the row (or rows) that have it, and how it is reported, by the offset of the row."""

    rows: list[list[Any]]
    expected: list[tuple[int, str, Fault]]
    spoil: Callable[[Any, int], None] = field(default=lambda _sheet, _row: None)


def one(column: str, fault: Fault, **cells: Any) -> Wrong:
    return Wrong([row(**cells)], [(0, column, fault)])


def _hide(sheet: Any, number: int) -> None:
    sheet.row_dimensions[number].hidden = True


def _merge(area: str) -> Callable[[Any, int], None]:
    """`{0}` in the area: the first row of the error."""

    def merge(sheet: Any, number: int) -> None:
        sheet.merge_cells(area.format(number, number + 1))

    return merge


WRONG: dict[str, Wrong] = {
    "missing town": one("A", Fault.NO_TOWN, town=None),
    "missing village": one("B", Fault.NO_VILLAGE, village=" "),
    "missing plot": one("D", Fault.NO_PLOT, plot=None),
    "missing team": one("G", Fault.NO_TEAM, team=None),
    "unknown kind": one("C", Fault.UNKNOWN_KIND, kind="星球"),
    "kind that cannot lie there": one("C", Fault.MISPLACED, village="新县", kind="县"),
    "kind other than known": one("C", Fault.KIND_OTHERWISE, kind="村"),
    "town that is none": one("A", Fault.NOT_A_TOWN, town="县医院"),
    "village of another town": one("B", Fault.ELSEWHERE, village="西关村", kind=None),
    "village named like a formula": one("B", Fault.BAD_NAME, village="'=1", kind=None),
    "village name too long": one("B", Fault.BAD_NAME, village="长" * 41, kind=None),
    "unknown area": one("E", Fault.UNKNOWN_AREA, area="方块"),
    "households negative": one("F", Fault.HOUSEHOLDS_RANGE, households=-5),
    "households zero": one("F", Fault.HOUSEHOLDS_RANGE, households=0),
    "households too many": one("F", Fault.HOUSEHOLDS_RANGE, households=20000),
    "households in words": one("F", Fault.HOUSEHOLDS_TEXT, households="约两百"),
    "households with a fraction": one("F", Fault.HOUSEHOLDS_TEXT, households=199.5),
    "plot number that is none": one("D", Fault.BAD_NUMBER, plot="——"),
    "date as a plot number": one("D", Fault.DATE, plot=date(2026, 3, 12)),
    "date as households": one("F", Fault.DATE, households=date(2026, 3, 12)),
    "formula": one("F", Fault.FORMULA, households="=100+100"),
    "formula in a name": one("I", Fault.FORMULA, member='=HYPERLINK("http://x","王芳")', leader=None),
    "error value": one("G", Fault.ERROR_VALUE, team="#REF!"),
    "two leaders": one("H", Fault.TWO_LEADERS, leader="王芳、李强"),
    "leader not among the members": one("H", Fault.LEADER_NOT_MEMBER, leader="赵敏"),
    "person twice": one("I", Fault.PERSON_TWICE, member="王芳、李强、王芳"),
    "name with digits": one("I", Fault.NAME_WITH_DIGITS, member="王芳、李强2"),
    "identity number in a name": one("I", Fault.IDENTITY_NUMBER, member="王芳 370828199001011234"),
    "phone in a name": one("H", Fault.PHONE_AS_NAME, leader="13812345678"),
    "what is no name": one("I", Fault.PERSON_NAME, member="王芳、？？"),
    "posts that do not fit": one("J", Fault.DUTY_COUNT, member="王芳、李强、赵敏", duty="会计、委员"),
    "phone malformed": one("K", Fault.BAD_PHONE, phone="1380000"),
    "hidden row": Wrong([row()], [(0, "", Fault.HIDDEN_ROW)], _hide),
    "merged across": Wrong(
        [row(area=None)],
        [(0, "D", Fault.MERGED_ACROSS), (0, "E", Fault.MERGED_ACROSS)], _merge("D{0}:E{0}"),
    ),
    "members merged down": Wrong(
        [row(), row(plot="101", team="T101", member=None, leader=None)],
        [(1, "I", Fault.MERGED_DOWN)], _merge("I{0}:I{1}"),
    ),
    "plot merged over two villages": Wrong(
        [row(), row(village="东关村", kind=None, plot=None)],
        [(1, "D", Fault.PLOT_IN_TWO_VILLAGES)], _merge("D{0}:D{1}"),
    ),
    "plot twice": Wrong([row(), row(households=201)], [(1, "D", Fault.PLOT_TWICE)]),
    "plot in two villages": Wrong(
        [row(), row(village="东关村", kind="村")], [(1, "D", Fault.PLOT_IN_TWO_VILLAGES)]
    ),
    "plot with two teams": Wrong([row(), row(team="T101")], [(1, "G", Fault.PLOT_TWO_TEAMS)]),
    "team on two plots": Wrong([row(), row(plot="101")], [(1, "G", Fault.TEAM_TWICE)]),
    "team in place of one that is not told of": one("G", Fault.PLOT_HAS_TEAM, plot="900", team="T901"),
    "plot called like another": one("D", Fault.TAKEN, village="东关村", kind=None, plot="900号责任田"),
    "namesakes": one("I", Fault.SEVERAL_MEMBERS, village="东关村", kind=None, leader=None, member="郑伟"),
}  # fmt: skip


@pytest.fixture
def town(database: Database) -> Database:
    """A county with two towns, a village's two namesakes, and plots that have their teams; of either kind."""
    database.run_now(_furnish)
    return database


@pytest.fixture
def quick_town(sqlite_url: str, clock: FrozenClock) -> Iterator[Database]:
    """The same, on SQLite alone."""
    opened = Database(sqlite_url, clock.now)
    opened.run_now(_furnish)
    yield opened
    opened.close()


def _furnish(uow: UnitOfWork) -> None:
    top = uow.places.add("金山县", kind="county").id
    qinghe, dahe = (uow.places.add(name, kind="town", parent=top).id for name in ("清河镇", "大河镇"))
    uow.places.add("县医院", kind="unit", parent=top)
    uow.places.add("永续社区", kind="community", parent=qinghe)
    village = uow.places.add("东关村", kind="village", parent=qinghe).id
    uow.places.add("西关村", kind="village", parent=dahe)
    for _ in range(2):
        uow.members.add("郑伟", place_id=village)
    for number in ("900", "901"):
        plot = uow.places.add(f"{number}号责任田", kind="plot", parent=village).id
        uow.plots.put(Plot(plot, number, "area", 150))
        uow.teams.add(f"T{number}", place_id=plot)


def sheet_of(
    path: Path, rows: Sequence[Sequence[Any]], spoil: Sequence[tuple[Callable[[Any, int], None], int]] = ()
) -> Table:
    """The rows in a workbook below a title and a header, read back."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["金山县责任田台账"])
    sheet.merge_cells("A1:K1")
    sheet.append(HEADERS)
    for each in rows:
        sheet.append(list(each))
    for act, at in spoil:
        act(sheet, at)
    book.save(path)
    return under_headers(read_grid(path), COUNTY_FIELDS, required=REQUIRED, name=path.name)


def tried(database: Database, table: Table, **options: bool) -> Outcome:
    """What comes of the sheet; whatever is raised is undone."""
    options = {"dry_run": False, "skip_bad": False} | options
    above = database.read_now(
        lambda uow: next((place for place in uow.places.all() if place.kind == "county"), None)
    )
    try:
        return database.run_now(
            lambda uow: bring_in(uow, read_entries(table, teams=True), under=above, **options)
        )
    except Undone as undone:
        return undone.outcome


def everything(uow: UnitOfWork) -> list[object]:
    """All that an import could write."""
    return [
        uow.places.all(), uow.plots.all(), uow.teams.all(), uow.teams.seats(), uow.members.all(), uow.audit.all()
    ]  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_each_kind_of_error_is_told_with_row_and_column_and_nothing_is_written(
    quick_town: Database, tmp_path: Path, name: str
) -> None:
    wrong = WRONG[name]
    before = quick_town.read_now(everything)
    good = row(plot="77", team="T77", village="东关村", kind="村")
    outcome = tried(quick_town, sheet_of(tmp_path / "台账.xlsx", [*wrong.rows, good], [(wrong.spoil, 3)]))
    found = [(each.row - 3, each.column, each.fault) for each in outcome.problems]
    assert found == wrong.expected
    assert quick_town.read_now(everything) == before
    assert all(phrases.problem(each) and "{" not in phrases.problem(each) for each in outcome.problems)


def test_one_sheet_with_every_kind_of_error(town: Database, tmp_path: Path) -> None:
    """Each once in one sheet, their plots and teams told apart; nothing of it is written, not even the good row."""
    rows: list[list[Any]] = []
    spoil: list[tuple[Callable[[Any, int], None], int]] = []
    expected: list[tuple[int, str, Fault]] = []
    for at, wrong in enumerate(WRONG.values()):
        first = len(rows) + 3
        spoil.append((wrong.spoil, first))
        expected += [(first + offset, column, fault) for offset, column, fault in wrong.expected]
        rows += [_apart(each, at) for each in wrong.rows]
    rows.append(row(plot="77", team="T77"))
    before = town.read_now(everything)
    outcome = tried(town, sheet_of(tmp_path / "台账.xlsx", rows, spoil))
    assert len({fault for _, _, fault in expected}) >= 35 and len(WRONG) >= 40
    assert [(each.row, each.column, each.fault) for each in outcome.problems] == expected
    assert town.read_now(everything) == before
    skipped = tried(town, sheet_of(tmp_path / "再来.xlsx", rows, spoil), skip_bad=True)
    assert [(each.row, each.column, each.fault) for each in skipped.problems] == expected
    assert "T77" in {team.number for team in town.read_now(lambda uow: uow.teams.all())}


def _apart(cells: list[Any], at: int) -> list[Any]:
    """The row with numbers of its own, where they are those of every good row."""
    own = {"100": f"1{at:03}", "101": f"2{at:03}", "T100": f"U{at:03}", "T101": f"V{at:03}"}
    return [own.get(cell, cell) if isinstance(cell, str) else cell for cell in cells]


FILES: dict[str, tuple[str, Callable[[Path], None], str]] = {}


def file(name: str, says: str) -> Callable[[Callable[[Path], None]], None]:
    def kept(write: Callable[[Path], None]) -> None:
        FILES[write.__name__.strip("_").replace("_", " ")] = name, write, says

    return kept


def _book(rows: Sequence[Sequence[Any]], path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    for each in rows:
        book.active.append(list(each))
    book.save(path)


@file("台账.xlsx", "第 1 行表头：A 列和 C 列都是“镇街”")
def _duplicate_header(path: Path) -> None:
    _book([["镇街", "村", "乡镇", "责任田编号", "团队编号"], ["清河镇", "永续社区", "清河镇", 1, "T1"]], path)


@file("台账.xlsx", "第 2 行表头缺少：团队编号")
def _header_missing(path: Path) -> None:
    _book([["台账"], ["镇街", "村", "责任田编号"], ["清河镇", "永续社区", 1]], path)


@file("台账.xlsx", "没有找到表头（从第 1 行看起）")
def _no_header_at_all(path: Path) -> None:
    _book([["甲", "乙"], ["丙", "丁"]], path)


@file("台账.xlsx", "文件是空的")
def _empty_sheet(path: Path) -> None:
    _book([], path)


@file("台账.csv", "文件是空的")
def _empty_file(path: Path) -> None:
    path.write_bytes(b"")


@file("台账.xlsx", "加了打开密码")
def _encrypted(path: Path) -> None:
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 504 + "EncryptedPackage".encode("utf-16-le"))


@file("台账.xlsx", "旧格式的 .xls")
def _old_book_under_a_new_name(path: Path) -> None:
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 504 + "Workbook".encode("utf-16-le"))


@file("台账.xls", "旧格式的 .xls")
def _old_book(path: Path) -> None:
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 504)


@file("台账.xlsx", "超过 100 MB 的上限")
def _zip_bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (101 * 1024 * 1024))


@file("台账.xlsx", "表格打不开")
def _broken_book(path: Path) -> None:
    _book([HEADERS, GOOD], path)
    path.write_bytes(path.read_bytes()[:-400])


@file("台账.csv", "第 3 行 B 列附近有认不出来的文字编码")
def _broken_byte_in_gbk(path: Path) -> None:
    lines = ["镇街,村,责任田编号,团队编号", "清河镇,永续社区,1,T1", "清河镇,永续社区,2,T2"]
    data = "\n".join(lines).encode("gbk")
    at = data.rindex("永续".encode("gbk"))
    path.write_bytes(data[:at] + b"\xd3\xff" + data[at + 2 :])


@file("台账.xlsx", "有内容的格子一直到 XFD1048576")
def _cell_far_away(path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(HEADERS)
    book.active["XFD1048576"] = 1
    book.save(path)


@file("台账.xlsx", "合并的单元格太大")
def _merged_far_and_wide(path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(HEADERS)
    book.active.merge_cells("A3:A4")
    book.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data.replace(b"A3:A4", b"A3:XFD1048576"))


@file("台账.xlsx", "表头下面没有内容")
def _header_alone(path: Path) -> None:
    _book([["台账"], HEADERS], path)


@file("台账.docx", "认不得“.docx”这种文件")
def _no_table(path: Path) -> None:
    path.write_bytes(b"PK")


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_sheet_says_so_in_one_sentence(tmp_path: Path, name: str) -> None:
    called, write, says = FILES[name]
    write(tmp_path / called)
    with pytest.raises(BadSheet, match=re.escape(says)):
        under_headers(read_grid(tmp_path / called), COUNTY_FIELDS, required=REQUIRED, name=called)


CALLED_A_SHEET = (
    "overlapping entries", "entry that leads up", "link", "locked entry", "billion laughs", "far cell", "far merge",
    "billion laughs in a sheet", "sheet cut short", "docx called xlsx",
)  # fmt: skip


@pytest.mark.parametrize("name", CALLED_A_SHEET)
def test_whatever_is_called_a_sheet_is_read_or_refused_in_a_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "台账.xlsx").write_bytes(HOSTILE[name][1]())
    if name == "billion laughs in a sheet":
        assert max(len(cell.text) for row in read_grid(tmp_path / "台账.xlsx") for cell in row.cells) < 1000
        return
    with pytest.raises(BadSheet, match=r"^[^\n]+$"):
        read_grid(tmp_path / "台账.xlsx")


def test_a_sheet_as_counties_keep_it(town: Database, tmp_path: Path) -> None:
    """Titles, merges, a padded name, people in one cell or a row each, posts behind names or beside."""
    blank = dict.fromkeys(
        ("town", "village", "kind", "plot", "area", "households", "team", "leader", "phone")
    )
    rows = [
        row(plot="001", team="T001", member="王　芳（支部书记）、李强\n钱红", leader="王芳"),
        row(
            town=None, village=None, kind=None, plot="002", area="片区", households="198户", team="T002",
            leader="赵敏", member="赵敏", duty="村会计、妇联主席",
        ),
        row(town="大河镇", village="新村", kind=None, plot="003", team="T003", leader=None, member="周亮", duty="队长"),
        row(**blank, member="吴静"),
    ]  # fmt: skip
    merges = [(_merge("A{0}:A{1}"), 3), (_merge("B{0}:B{1}"), 3)]
    merges += [(_merge(f"{each}{{0}}:{each}{{1}}"), 5) for each in "ABDG"]
    table = sheet_of(tmp_path / "台账.xlsx", rows, merges)
    outcome = tried(town, table)
    assert (outcome.problems, outcome.changes) == ([], [])
    assert dict(outcome.new) == {"plot": 3, "team": 3, "member": 6, "village": 1}

    def look(uow: UnitOfWork) -> object:
        people = {member.id: member.name for member in uow.members.all()}
        seats = uow.teams.seats()
        return [
            (
                uow.places.path(team.place_id),
                team.number,
                [(people[seat.member_id], seat.leads, seat.duty) for seat in seats[team.id]],
            )
            for team in uow.teams.all()
            if team.number.startswith("T0")
        ]

    assert town.read_now(look) == [
        ("清河镇/永续社区/001号责任田", "T001", [("王芳", True, "支部书记"), ("李强", False, ""), ("钱红", False, "")]),
        ("清河镇/永续社区/002号责任田", "T002", [("赵敏", True, "村会计、妇联主席")]),
        ("大河镇/新村/003号责任田", "T003", [("周亮", True, "队长"), ("吴静", False, "")]),
    ]  # fmt: skip
    village = town.read_now(lambda uow: uow.places.named("新村").id)
    (member,) = town.read_now(lambda uow: uow.members.named("吴静"))
    assert (member.place, member.grants) == ("新村", (Grant(Role.CARE_SECRETARY, village),))
    before = town.read_now(everything)
    again = tried(town, table)
    assert (again.added, again.same, again.changes, town.read_now(everything) == before) == (
        set(), {3, 4, 5}, [], True,
    )  # fmt: skip


def test_what_differs_is_a_change_with_an_audit_row(town: Database, tmp_path: Path) -> None:
    first = [
        row(plot="1", team="T1", member="王芳（会计）、李强"),
        row(plot="2", team="T2", leader="赵敏", member="赵敏、钱红"),
        row(plot="3", team="T3", leader=None, member=None, phone=None),
    ]
    tried(town, sheet_of(tmp_path / "一.xlsx", first))
    second = [
        row(plot="1", team="T2", households=210, leader="钱红", member="钱红、孙立"),
        row(plot="2", team="T1", area="片区", member="王芳（主任）、李强"),
        row(plot="3", team="T33", village="东关村", kind=None, leader=None, member=None, phone=None),
    ]
    audit = len(town.read_now(lambda uow: uow.audit.all()))
    outcome = tried(town, sheet_of(tmp_path / "二.xlsx", second))
    assert outcome.problems == []
    assert outcome.changes == [
        Change(3, What.HOUSEHOLDS, "1", "200", "210"),
        Change(3, What.TEAM_MOVED, "T2", "2号责任田", "1号责任田"),
        Change(3, What.LEADS, "钱红", "", phrases.NOW_LEADS),
        Change(3, What.JOINED, "孙立", "", "T2"),
        Change(3, What.LEFT, "赵敏", "T2", ""),
        Change(4, What.AREA, "2", "building", "area"),
        Change(4, What.TEAM_MOVED, "T1", "1号责任田", "2号责任田"),
        Change(4, What.DUTY, "王芳", "会计", "主任"),
        Change(5, What.MOVED, "3", "清河镇/永续社区", "清河镇/东关村"),
        Change(5, What.TEAM_NUMBER, "T33", "T3", "T33"),
    ]
    assert all(phrases.change(each) for each in outcome.changes)
    assert len(town.read_now(lambda uow: uow.audit.all())) - audit == len(outcome.changes) + 1  # 孙立 is new
    again = tried(town, sheet_of(tmp_path / "二.xlsx", second))
    assert (again.changes, again.added, again.same) == ([], set(), {3, 4, 5})


def test_a_sheet_that_names_its_county_and_one_that_is_a_towns(town: Database, tmp_path: Path) -> None:
    headers, rows = ("县", *HEADERS), [["银山县", *row(town="清河镇", village="永续社区")]]
    _book([headers, *rows], tmp_path / "县.xlsx")
    table = under_headers(read_grid(tmp_path / "县.xlsx"), COUNTY_FIELDS, required=REQUIRED, name="县")
    outcome = tried(town, table)
    assert [(each.column, each.fault) for each in outcome.problems] == [("C", Fault.ELSEWHERE)]
    _book([headers, ["银山县", *row(town="白河镇", village="白村", kind=None)]], tmp_path / "县.xlsx")
    table = under_headers(read_grid(tmp_path / "县.xlsx"), COUNTY_FIELDS, required=REQUIRED, name="县")
    assert dict(tried(town, table).new) == {
        "county": 1, "town": 1, "village": 1, "plot": 1, "team": 1, "member": 2,
    }  # fmt: skip
    under = town.read_now(lambda uow: uow.places.named("清河镇"))
    sheet = read_entries(
        sheet_of(tmp_path / "镇.xlsx", [row(plot="7", team="T7"), row(town="大河镇")]), teams=True
    )
    with pytest.raises(Undone) as undone:
        town.run_now(lambda uow: bring_in(uow, sheet, under=under))
    assert [(each.row, each.column, each.fault) for each in undone.value.outcome.problems] == [
        (4, "A", Fault.OTHER_TOWN)
    ]


def test_a_dry_run_tells_all_and_writes_nothing(town: Database, tmp_path: Path) -> None:
    before = town.read_now(everything)
    table = sheet_of(tmp_path / "台账.xlsx", [row()])
    tried_out = tried(town, table, dry_run=True)
    assert town.read_now(everything) == before
    done = tried(town, table)
    assert (tried_out.new, tried_out.added, tried_out.problems) == (done.new, done.added, done.problems)


@pytest.mark.long
def test_a_county_of_real_size_comes_out_as_it_went_in(
    sqlite_url: str, clock: FrozenClock, tmp_path: Path
) -> None:
    county.write(tmp_path / "县.xlsx")
    database = Database(sqlite_url, clock.now)
    try:
        outcome = database.run_now(county.take, county.read(tmp_path / "县.xlsx"))
        assert dict(outcome.new) == {
            "town": 15, "village": 285, "community": 19, "plot": 947, "team": 947, "member": 2250,
        }  # fmt: skip
        keys = ("town", "village", "plot", "area", "households", "team", "leader", "member")
        sheet = database.read_now(team_sheet)
        assert [tuple(each[key] for key in keys) for each in sheet] == county.rows()
        assert len(database.read_now(lambda uow: uow.places.below([1]))) > 1
    finally:
        database.close()


NAMES = st.text("王李张刘陈芳强敏红静", min_size=2, max_size=3)
POSTS = st.one_of(st.just(""), st.text("村会计书记、，主任 1", min_size=1, max_size=6).map(str.strip))
TEAMS = st.lists(
    st.tuples(
        st.sampled_from(("甲镇", "乙镇")),
        st.sampled_from(("东村", "西村", "新社区")),
        st.sampled_from(("片区", "楼栋", "生产组", "")),
        st.one_of(st.none(), st.integers(1, 3000)),
        st.lists(st.tuples(NAMES, POSTS), max_size=4, unique_by=lambda person: person[0]),
    ),
    min_size=1, max_size=6,
)  # fmt: skip


@given(TEAMS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_exported_and_brought_in_elsewhere_is_exported_alike(
    sqlite_template: Path, clock: FrozenClock, teams: list[tuple[Any, ...]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        first, second = (_empty(sqlite_template, Path(folder) / name, clock) for name in ("一.db", "二.db"))
        rows = [
            [place, village, None, str(n), area, households, f"T{n}", people[0][0] if people else None,
             "、".join(phrases.person(*person) for person in people), None, None]
            for n, (place, village, area, households, people) in enumerate(teams)
        ]  # fmt: skip
        assert tried(first, sheet_of(Path(folder) / "进.xlsx", rows)).problems == []
        sheet, places = first.read_now(lambda uow: (team_sheet(uow), place_sheet(uow)))
        with (Path(folder) / "出.xlsx").open("wb") as out:
            write_sheet(sheet, "台账", out, ZONE, {key: Heading(title) for key, title in TITLES.items()})
        table = under_headers(
            read_grid(Path(folder) / "出.xlsx"), COUNTY_FIELDS, required=REQUIRED, name="出"
        )
        assert tried(second, table).problems == []
        assert second.read_now(lambda uow: (team_sheet(uow), place_sheet(uow))) == (sheet, places)
        before = first.read_now(everything)
        again = tried(first, table)
        assert (again.added, again.changes, first.read_now(everything) == before) == (set(), [], True)
        first.close()
        second.close()


TITLES = phrases.titles(
    COUNTY_FIELDS, ("town", "village", "plot", "area", "households", "team", "team_name", "leader", "member")
)


def _empty(template: Path, path: Path, clock: FrozenClock) -> Database:
    shutil.copy(template, path)
    return Database(f"sqlite:///{path}", clock.now)


def test_forty_kinds_of_error_and_more() -> None:
    assert (len(WRONG), len(FILES)) == (43, 15)
