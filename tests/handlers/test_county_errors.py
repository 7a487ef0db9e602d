"""A county's own sheet with errors in it: each kind is told with its row and column, and nothing is written then."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from handlers.places import phrases
from handlers.places.outcome import Fault
from storage.database import Database
from tests.clock import FrozenClock
from tests.handlers.county_sheet import everything, furnish, merge_of, row, sheet_of, tried


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
        [(0, "D", Fault.MERGED_ACROSS), (0, "E", Fault.MERGED_ACROSS)], merge_of("D{0}:E{0}"),
    ),
    "members merged down": Wrong(
        [row(), row(plot="101", team="T101", member=None, leader=None)],
        [(1, "I", Fault.MERGED_DOWN)], merge_of("I{0}:I{1}"),
    ),
    "plot merged over two villages": Wrong(
        [row(), row(village="东关村", kind=None, plot=None)],
        [(1, "D", Fault.PLOT_IN_TWO_VILLAGES)], merge_of("D{0}:D{1}"),
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
    database.run_now(furnish)
    return database


@pytest.fixture
def quick_town(sqlite_url: str, clock: FrozenClock) -> Iterator[Database]:
    """The same, on SQLite alone."""
    opened = Database(sqlite_url, clock.now)
    opened.run_now(furnish)
    yield opened
    opened.close()


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


def test_wrong_rows_take_no_number_from_a_good_one(quick_town: Database, tmp_path: Path) -> None:
    rows = [
        row(village=None),  # the same plot and team as the good row, before it
        row(),
        row(village="西关村", town="大河镇", kind="村", households="两百"),
        row(plot="101", households=-5),
        row(plot="102", leader="赵敏"),
        row(plot="103", team="T103", member="王芳", leader=None),
        row(plot="103", team="T103", member="李强2", leader=None),
        row(plot="104", team="T104", member="赵敏", leader=None),
        row(plot="104", team="T104", member="周亮", leader=None),
    ]
    outcome = tried(quick_town, sheet_of(tmp_path / "台账.xlsx", rows), skip_bad=True)
    assert sorted((each.row - 3, each.column, each.fault, each.other - 3) for each in outcome.problems) == [
        (0, "B", Fault.NO_VILLAGE, -3), (0, "D", Fault.PLOT_IN_TWO_VILLAGES, 1),
        (2, "D", Fault.PLOT_IN_TWO_VILLAGES, 1), (2, "F", Fault.HOUSEHOLDS_TEXT, -3),
        (3, "F", Fault.HOUSEHOLDS_RANGE, -3), (3, "G", Fault.TEAM_TWICE, 1),
        (4, "G", Fault.TEAM_TWICE, 1), (4, "H", Fault.LEADER_NOT_MEMBER, -3),
        (5, "", Fault.HELD_BACK, 6), (6, "I", Fault.NAME_WITH_DIGITS, -3),
    ]  # fmt: skip
    assert (outcome.added, outcome.first) == ({4, 10}, {4: 4, 10: 10, 11: 10})
    teams = quick_town.read_now(lambda uow: {team.number: team.place for team in uow.teams.all()})
    assert teams == {
        "T100": "100号责任田",
        "T104": "104号责任田",
        "T900": "900号责任田",
        "T901": "901号责任田",
    }


def test_forty_kinds_of_error_and_more() -> None:
    assert len(WRONG) == 43
