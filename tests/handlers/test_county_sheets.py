"""A county's own sheet: what is read from it, what differs from what is kept, and out and in again."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.sheets import Change, Heading, Undone, read_grid, under_headers, write_sheet
from handlers.places import phrases
from handlers.places.county import bring_in
from handlers.places.entries import read_entries
from handlers.places.exports import place_sheet, team_sheet
from handlers.places.outcome import Fault, What
from handlers.places.phrases import COUNTY_FIELDS
from storage.database import Database
from storage.members import Grant, Role
from storage.uow import UnitOfWork
from tests.bench import county
from tests.clock import ZONE, FrozenClock
from tests.handlers.county_sheet import (
    HEADERS,
    REQUIRED,
    book,
    everything,
    furnish,
    merge_of,
    row,
    sheet_of,
    tried,
)


@pytest.fixture
def town(database: Database) -> Database:
    """A county with two towns, a village's two namesakes, and plots that have their teams; of either kind."""
    database.run_now(furnish)
    return database


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
    merges = [(merge_of("A{0}:A{1}"), 3), (merge_of("B{0}:B{1}"), 3)]
    merges += [(merge_of(f"{each}{{0}}:{each}{{1}}"), 5) for each in "ABDG"]
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
    book([headers, *rows], tmp_path / "县.xlsx")
    table = under_headers(read_grid(tmp_path / "县.xlsx"), COUNTY_FIELDS, required=REQUIRED, name="县")
    outcome = tried(town, table)
    assert [(each.column, each.fault) for each in outcome.problems] == [("C", Fault.ELSEWHERE)]
    book([headers, ["银山县", *row(town="白河镇", village="白村", kind=None)]], tmp_path / "县.xlsx")
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
