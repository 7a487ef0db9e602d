"""Places, members and teams out of one base, into an empty one and out again: row by row the same."""

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.cli.roster import layout, taking
from bot.sheets import Heading, Outcome, Table, read_grid, under_headers, write_sheet
from handlers.members.exports import members
from handlers.members.roster import MemberLine, take_in
from handlers.places import phrases
from handlers.places.county import bring_in
from handlers.places.entries import read_entries
from handlers.places.exports import places, team_sheet, teams
from handlers.places.phrases import COUNTY_FIELDS, TREE_FIELDS
from handlers.places.tree import PlaceLine, read_places, settle
from storage.database import Database
from storage.members import Role
from storage.plots import Plot
from storage.teams import Seat
from storage.uow import UnitOfWork
from tests.clock import ZONE, FrozenClock
from tests.handlers.registers import bases, quiet, read_back, written

NAMES = st.text("王李张刘陈芳强敏红静", min_size=2, max_size=3)
DAYS = st.dates(date(2020, 1, 1), date(2026, 3, 5))
PEOPLE = st.lists(
    st.tuples(NAMES, st.sampled_from(Role), st.integers(0, 2), st.none() | DAYS, st.booleans()), max_size=8
)
PLOTS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(("area", "building", "group", "")), st.none() | st.integers(1, 3000)),
    max_size=4,
)  # fmt: skip
SEATS = st.lists(
    st.lists(
        st.tuples(NAMES, st.sampled_from(("", "会计", "村书记，主任"))), max_size=3, unique_by=lambda each: each[0]
    ),
    max_size=4,
)  # fmt: skip
VILLAGES = ("清河镇/东村", "大河镇/东村", "永续社区")
TITLES = phrases.titles(
    COUNTY_FIELDS, ("town", "village", "plot", "area", "households", "team", "team_name", "leader", "member")
)
REGISTERS: dict[str, Callable[[UnitOfWork], list[dict[str, Any]]]] = {
    "places": places, "members": members, "teams": teams, "team sheet": team_sheet,
}  # fmt: skip


def _until(role: Role, over: bool) -> str:
    return "2026-03-05" if over and role is not Role.RESIDENT else ""


def settled_in(uow: UnitOfWork, people: list[Any], plots: list[Any], seats: list[Any]) -> None:
    lines = [
        ("金山县", "county", ""),
        ("清河镇", "town", "金山县"),
        ("大河镇", "town", "金山县"),
        ("县医院", "unit", "金山县"),
    ]
    lines += [
        ("东村", "village", "清河镇"),
        ("东村", "village", "大河镇"),
        ("永续社区", "community", "清河镇"),
    ]
    for number, (name, kind, above) in enumerate(lines, start=1):
        settle(uow, [PlaceLine(number, name, kind, above)])
    known = [uow.places.named(name) for name in VILLAGES]
    take_in(
        uow,
        [
            MemberLine(n, name, role, VILLAGES[place], str(since or ""), _until(role, over))
            for n, (name, role, place, since, over) in enumerate(people, start=1)
        ],
    )  # fmt: skip
    for number, (village, area, households) in enumerate(plots, start=1):
        plot = uow.places.add(phrases.plot_name(str(number)), kind="plot", parent=known[village].id)
        uow.plots.put(Plot(plot.id, str(number), area, households))
        team = uow.teams.add(f"T{number}", place_id=plot.id, name="暖心队" if area else "")
        seated = seats[number - 1] if number <= len(seats) else []
        take_in(uow, [MemberLine(1, name, Role.CARE_SECRETARY, VILLAGES[village]) for name, _ in seated])
        for at, (name, duty) in enumerate(seated):
            (member,) = [each for each in uow.members.named(name) if each.place_id == known[village].id]
            uow.teams.seat(team.id, Seat(member.id, at == 0, duty))


def taken_in(database: Database, take: Callable[[UnitOfWork, Table], Outcome], table: Table) -> Outcome:
    outcome = database.run_now(take, table)
    assert outcome.problems == []
    return outcome


def take_places(uow: UnitOfWork, table: Table) -> Outcome:
    lines, problems = read_places(table)
    return settle(uow, lines, problems)


def take_members(uow: UnitOfWork, table: Table) -> Outcome:
    return taking("", dry_run=False, skip_bad=False)(uow, table, quiet)


def take_teams(uow: UnitOfWork, table: Table) -> Outcome:
    return bring_in(uow, read_entries(table, teams=True), under=uow.places.named("金山县"))


def without_accounts(uow: UnitOfWork) -> dict[str, list[dict[str, Any]]]:
    """Every register, of teams in whatever order; from where somebody speaks is no register's to bring back."""
    rows = {name: rows_of(uow) for name, rows_of in REGISTERS.items()}
    rows["teams"].sort(key=lambda row: (row["team"], row["name"]))
    return {**rows, "members": [row | {"accounts": 0} for row in rows["members"]]}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@given(people=PEOPLE, plots=PLOTS, seats=SEATS)
@settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_what_is_exported_and_brought_into_an_empty_base_is_exported_alike(
    request: pytest.FixtureRequest, clock: FrozenClock, kind: str, people: list[Any], plots: list[Any], seats: list[Any]
) -> None:  # fmt: skip
    with tempfile.TemporaryDirectory() as name, bases(request, kind, clock, Path(name)) as fresh:
        folder, (first, second) = Path(name), (fresh(), fresh())
        first.run_now(settled_in, people, plots, seats)
        rows = first.read_now(without_accounts)
        tree = read_back(written(rows["places"], folder / "地点.xlsx", "places"), TREE_FIELDS, ("name",))
        taken_in(second, take_places, tree)
        if rows["members"]:
            file = written(rows["members"], folder / "人员.xlsx", "members")
            taken_in(second, take_members, read_back(file, tuple(layout().fields), tuple(layout().required)))
        if plots:
            with (folder / "台账.xlsx").open("wb") as out:
                shown = [row for row in rows["team sheet"] if row["team"]]
                write_sheet(shown, "台账", out, ZONE, {key: Heading(title) for key, title in TITLES.items()})
            required = ("town", "village", "plot", "team")
            table = under_headers(
                read_grid(folder / "台账.xlsx"), COUNTY_FIELDS, required=required, name="台账"
            )
            taken_in(second, take_teams, table)
        assert second.read_now(without_accounts) == rows
