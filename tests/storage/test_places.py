"""Places: names that several bear, kinds that may lie under one another, lines and what lies below; plots."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.base import NotFound, Taken
from storage.database import Database
from storage.places import LIES_UNDER, Misplaced, Place, Places, SeveralNamed
from storage.plots import Plot
from storage.uow import UnitOfWork
from tests.clock import FrozenClock


@pytest.fixture
def quick(sqlite_url: str, clock: FrozenClock) -> Iterator[Database]:
    """On SQLite alone."""
    opened = Database(sqlite_url, clock.now)
    yield opened
    opened.close()


@pytest.fixture
def county(database: Database) -> dict[str, int]:
    """金山县 with two towns, a village of one name in each, and a plot in one of them."""

    def plant(uow: UnitOfWork) -> dict[str, int]:
        top = uow.places.add("金山县", kind="county").id
        qinghe = uow.places.add("清河镇", kind="town", parent=top).id
        dahe = uow.places.add("大河镇", kind="town", parent=top).id
        one = uow.places.add("东关村", kind="village", parent=qinghe).id
        other = uow.places.add("东关村", kind="village", parent=dahe).id
        plot = uow.places.add("1号责任田", kind="plot", parent=one).id
        return {"county": top, "qinghe": qinghe, "dahe": dahe, "one": one, "other": other, "plot": plot}

    return database.run_now(plant)


def test_a_name_that_several_bear_is_told_by_those_above(database: Database, county: dict[str, int]) -> None:
    said = (
        "东关村@清河镇",
        "清河镇/东关村",
        "金山县/清河镇/东关村",
        "金山县/东关村@清河镇",
        " 东关村＠大河镇 ",
        "大河镇／东关村",
    )
    found = database.read_now(lambda uow: [_named(uow.places, words) for words in said])
    one, other = county["one"], county["other"]
    assert found == [one, one, one, NotFound, other, other]
    with pytest.raises(SeveralNamed) as several:
        database.read_now(lambda uow: uow.places.named("东关村"))
    assert several.value.choices == ("清河镇/东关村", "大河镇/东关村")
    for wrong in ("东关村@金水镇", "大河镇/西关村", "清河镇/金山县", "", "@"):
        with pytest.raises(NotFound):
            database.read_now(lambda uow, wrong=wrong: uow.places.named(wrong))
    assert database.read_now(lambda uow: uow.places.named("清河镇").id) == county["qinghe"]


def _named(places: Places, words: str) -> int | type[Exception]:
    try:
        return places.named(words).id
    except NotFound:
        return NotFound


def test_names_tell_each_place_from_every_other(database: Database, county: dict[str, int]) -> None:
    names, paths = database.read_now(
        lambda uow: (uow.places.names(), [uow.places.path(county[key]) for key in ("county", "one", "plot")])
    )
    assert names == {
        county["county"]: "金山县", county["qinghe"]: "清河镇", county["dahe"]: "大河镇",
        county["one"]: "清河镇/东关村", county["other"]: "大河镇/东关村", county["plot"]: "1号责任田",
    }  # fmt: skip
    assert paths == ["金山县", "清河镇/东关村", "清河镇/东关村/1号责任田"]
    again = database.read_now(lambda uow: {uow.places.named(name).id for name in names.values()})
    assert again == set(names)


def test_a_name_is_one_childs_alone(database: Database, county: dict[str, int]) -> None:
    for parent, name in ((county["dahe"], "东关村"), (county["county"], "清河镇"), (None, "金山县")):
        with pytest.raises(Taken):
            database.run_now(lambda uow, parent=parent, name=name: uow.places.add(name, parent=parent))
    assert database.run_now(lambda uow: uow.places.add("东关村", parent=county["county"])).name == "东关村"


def test_each_kind_lies_under_its_own_alone(quick: Database) -> None:
    over = {
        "province": None, "city": "province", "county": "city", "town": "county", "village": "town",
        "community": "town", "plot": "village", "unit": "county",
    }  # fmt: skip
    assert set(over) == set(LIES_UNDER)

    def put(uow: UnitOfWork) -> set[tuple[str, str | None]]:
        parents: dict[str | None, int | None] = {None: None, "": uow.places.add("某地").id}
        for kind, above in over.items():
            parents[kind] = uow.places.add(kind, kind=kind, parent=parents[above]).id
        refused: set[tuple[str, str | None]] = set()
        for kind in (*LIES_UNDER, "", "自定"):
            for above, parent in parents.items():
                try:
                    uow.places.add(f"{kind}在{above}", kind=kind, parent=parent)
                except Misplaced as error:
                    refused.add((error.kind, error.above))
        return refused

    expected = {
        (kind, above) for kind, allowed in LIES_UNDER.items() for above in LIES_UNDER if above not in allowed
    }
    assert quick.run_now(put) == expected | {("plot", None)}


def test_a_place_moves_with_all_below_it_but_not_into_itself(
    database: Database, county: dict[str, int]
) -> None:
    moved = database.run_now(lambda uow: uow.places.move(county["plot"], county["other"]))
    assert moved == Place(county["plot"], "1号责任田", "plot", county["other"])
    assert database.read_now(lambda uow: uow.places.line(county["plot"])) == (
        county["plot"], county["other"], county["dahe"], county["county"],
    )  # fmt: skip
    refused: list[tuple[str, int | None, type[Exception]]] = [
        ("one", county["dahe"], Taken), ("one", county["one"], Misplaced), ("county", county["one"], Misplaced),
        ("plot", county["dahe"], Misplaced), ("plot", None, Misplaced), ("plot", 4711, NotFound),
    ]  # fmt: skip
    for what, to, error in refused:
        with pytest.raises(error):
            database.run_now(lambda uow, what=what, to=to: uow.places.move(county[what], to))


def test_what_was_asked_before_a_place_was_added_is_asked_anew(
    database: Database, county: dict[str, int]
) -> None:
    def grow(uow: UnitOfWork) -> tuple[int, int, bool, tuple[int, ...]]:
        before = len(uow.places.below([county["one"]]))
        new = uow.places.add("2号责任田", kind="plot", parent=county["one"])
        line = uow.places.line(new.id)
        uow.places.move(new.id, county["other"])
        return before, len(uow.places.below([county["one"]])), line != uow.places.line(new.id), line

    before, after, moved, line = database.run_now(grow)
    assert (before, after, moved, line[1:]) == (
        2,
        2,
        True,
        (county["one"], county["qinghe"], county["county"]),
    )


@given(st.lists(st.integers(0, 11), min_size=1, max_size=12))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lines_and_what_lies_below_agree_in_any_tree(quick: Database, parents: list[int]) -> None:
    """Each place under an earlier one, or at the top; the naive walk is the measure."""

    def grow(uow: UnitOfWork) -> None:
        ids: list[int] = []
        above: dict[int, int | None] = {}
        mark = len(uow.places.all())
        for n, parent in enumerate(parents):
            over = ids[parent] if parent < len(ids) else None
            ids.append(uow.places.add(f"{mark}之{n}", parent=over).id)
            above[ids[-1]] = over

        def walked(place: int | None) -> tuple[int, ...]:
            return () if place is None else (place, *walked(above[place]))

        assert [uow.places.line(each) for each in ids] == [walked(each) for each in ids]
        for root in ids:
            assert uow.places.below([root]) == {each for each in ids if root in walked(each)}

    quick.run_now(grow)


def test_plots_have_a_number_of_their_own(database: Database, county: dict[str, int]) -> None:
    plot = Plot(county["plot"], "001", "building", 210)
    database.run_now(lambda uow: uow.plots.put(plot))
    changed = Plot(county["plot"], "002", "building", None)
    database.run_now(lambda uow: uow.plots.put(changed))
    assert database.read_now(lambda uow: (uow.plots.all(), uow.plots.numbered("001"))) == ([changed], None)
    with pytest.raises(Taken):
        database.run_now(lambda uow: uow.plots.put(Plot(county["one"], "002")))


def test_columns_of_a_sheet_are_found_by_the_set_of_its_headers(database: Database) -> None:
    database.run_now(lambda uow: uow.sheet_columns.keep("teams", ["田号", "镇", "户数"], {"田号": "plot"}))
    database.run_now(
        lambda uow: uow.sheet_columns.keep("teams", ["镇", "田号", "户数"], {"田号": "plot", "镇": ""})
    )
    found = [("teams", ["户数", "镇", "田号"]), ("teams", ["镇", "田号"]), ("places", ["户数", "镇", "田号"])]
    assert database.read_now(lambda uow: [uow.sheet_columns.recall(*each) for each in found]) == [
        {"田号": "plot", "镇": ""}, {}, {},
    ]  # fmt: skip
