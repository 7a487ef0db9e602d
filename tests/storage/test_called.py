"""Whom a name means: namesakes in villages of one name, in one village, those who left and who are hidden."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.base import NotFound
from storage.called import Called, Choice, SeveralCalled
from storage.database import Database
from storage.members import Grant, Role
from storage.uow import UnitOfWork
from tests.clock import FrozenClock

WHO = {
    1: "清河镇/东关村, a volunteer",
    2: "大河镇/东关村",
    3: "a plot of 清河镇/东关村",
    4: "永续社区, left",
    5: "永续社区, coordinator",
    6: "of no place",
    7: "永续社区, holds a role in 东关村 of 大河镇",
    8: "永续社区, hidden",
}
"""All called 张强, but 7 (吴静) and 8."""


def peopled(uow: UnitOfWork) -> dict[str, int]:
    county = uow.places.add("金山县", kind="county").id
    places = {"county": county}
    for town in ("清河镇", "大河镇"):
        places[town] = uow.places.add(town, kind="town", parent=county).id
        places[f"{town}/东关村"] = uow.places.add("东关村", kind="village", parent=places[town]).id
    places["plot"] = uow.places.add("1号责任田", kind="plot", parent=places["清河镇/东关村"]).id
    places["永续社区"] = uow.places.add("永续社区", kind="community", parent=places["清河镇"]).id
    one, other, home = places["清河镇/东关村"], places["大河镇/东关村"], places["永续社区"]
    members = uow.members
    ids = [
        members.add("张强", place_id=one, grants=[Grant(Role.VOLUNTEER, one)]).id,
        members.add("张强", place_id=other).id,
        members.add("张强", place_id=places["plot"]).id,
        members.add("张强", place_id=home, grants=[left := Grant(Role.GRID_WORKER, home)]).id,
        members.add("张强", place_id=home, grants=[Grant(Role.COORDINATOR, home)]).id,
        members.add("张强").id,
        members.add("吴静", place_id=home, grants=[Grant(Role.FIRST_SECRETARY, other)]).id,
        members.add("丁会计", place_id=home).id,
    ]
    members.end_grants(ids[3], [left])
    members.hide(ids[7], "已隐去")
    assert ids == list(WHO)
    return places


@pytest.fixture
def county(database: Database) -> Database:
    database.run_now(peopled)
    return database


EVERY_WAY = {
    1: "张强@清河镇/东关村",
    2: "张强@大河镇/东关村",
    3: "张强@1号责任田",
    4: "张强#4",
    5: "张强#5",
    6: "张强#6",
}


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("张强", [1, 2, 3, 4, 5, 6]),
        (" 张强 ", [1, 2, 3, 4, 5, 6]),
        ("＠张强", [1, 2, 3, 4, 5, 6]),
        ("张强@东关村", [1, 2]),
        ("张强 ＠ 东关村", [1, 2]),
        ("张强@清河镇/东关村", [1]),
        ("张强@东关村@大河镇", [2]),
        ("张强@金山县/大河镇/东关村", [2]),
        ("张强@金山县／大河镇／东关村", [2]),
        ("张强@清河镇", [1, 3, 4, 5]),
        ("张强@大河镇", [2]),
        ("张强@1号责任田", [3]),
        ("张强@永续社区", [4, 5]),
        ("张强#5", [5]),
        ("张强＃5", [5]),
        ("张强 #5@永续社区", [5]),
        ("张强#5@大河镇", []),
        ("张强#7", []),
        ("张强@无此村", []),
        ("张强#", []),
        ("吴静", [7]),
        ("吴静@永续社区", [7]),
        ("吴静@大河镇/东关村", [7]),
        ("吴静@清河镇/东关村", []),
        ("丁会计", []),
        ("已隐去", []),
        ("", []),
        ("@", []),
        ("#5", []),
        ("没这人", []),
    ],
)
def test_words_mean_these(county: Database, words: str, meant: list[int]) -> None:
    found = county.read_now(lambda uow: uow.called(words))
    assert [member.id for member in found.members] == meant


def test_each_of_several_is_written_so_that_it_means_one(county: Database) -> None:
    found = county.read_now(lambda uow: uow.called("张强"))
    assert {choice.member.id: choice.written for choice in found.choices} == EVERY_WAY
    assert [choice.member.id for choice in found.choices if choice.former] == [4]
    for member_id, written in EVERY_WAY.items():
        assert county.read_now(lambda uow, said=written: uow.called(said).one().id) == member_id


def test_nobody_one_and_several_are_three_answers(county: Database) -> None:
    def look(uow: UnitOfWork) -> tuple[Called, Called]:
        return uow.called("张强@东关村"), uow.called("没这人@东关村")

    several, nobody = county.read_now(look)
    first, second = several.choices
    with pytest.raises(SeveralCalled) as caught:
        several.one()
    assert (caught.value.name, caught.value.choices) == ("张强", (first, second))
    assert several.one([second.member]) == second.member
    assert (nobody.name, nobody.at, nobody.choices) == ("没这人", "东关村", ())
    for empty in (nobody.one, lambda: several.one([])):
        with pytest.raises(NotFound) as missing:
            empty()
        assert not isinstance(missing.value, SeveralCalled)


def test_who_is_hidden_is_found_by_who_may_see_them_alone(county: Database) -> None:
    found = county.read_now(lambda uow: uow.called("已隐去", hidden=True))
    hidden = county.read_now(lambda uow: uow.members.get(8))
    assert found == Called("已隐去", "", (Choice("已隐去", hidden),))


def test_a_name_with_a_mark_in_it_is_a_name_first(county: Database) -> None:
    made = county.run_now(lambda uow: uow.members.add("li@corp", place_id=None))
    assert county.read_now(lambda uow: uow.called("li@corp").one()) == made


@pytest.fixture
def quick(sqlite_url: str, clock: FrozenClock) -> Iterator[Database]:
    """On SQLite alone."""
    opened = Database(sqlite_url, clock.now)
    opened.run_now(peopled)
    yield opened
    opened.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("甲乙"), st.integers(0, 6)), max_size=6))
def test_whoever_is_there_each_has_a_way_to_be_named(quick: Database, people: list[tuple[str, int]]) -> None:
    class Undone(Exception):
        pass

    def try_out(uow: UnitOfWork) -> None:
        homes = [None, *(place.id for place in uow.places.all())]
        for name, home in people:
            uow.members.add(name, place_id=homes[home])
        for name in "甲乙":
            for choice in uow.called(name).choices:
                assert uow.called(choice.written).members == [choice.member]
        raise Undone

    with pytest.raises(Undone):
        quick.run_now(try_out)
