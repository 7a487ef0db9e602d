"""A role holds for a place and all below it; at the size of a county this is quick, and asked in few statements."""

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, insert

from handlers.members import exports
from storage.database import Database
from storage.members import Grant, GrantRow, Member, MemberRow, Role, places_served
from storage.uow import UnitOfWork

ROLES = st.sampled_from(sorted(Role))


@dataclass(frozen=True)
class Forest:
    """`parents[i]`: the place above place `i`, an earlier one; None at the top. `grants`: (role, place or None)."""

    parents: tuple[int | None, ...]
    grants: tuple[tuple[Role, int | None], ...]


@st.composite
def forests(draw: st.DrawFn) -> Forest:
    size = draw(st.integers(1, 12))
    above = [draw(st.none() | st.integers(0, i - 1)) if i else None for i in range(size)]
    grants = draw(st.lists(st.tuples(ROLES, st.none() | st.integers(0, size - 1)), max_size=5))
    return Forest(tuple(above), tuple(grants))


def lies_in(forest: Forest, place: int, root: int) -> bool:
    """The naive definition: it is that place, or what it lies in lies in that place."""
    above = forest.parents[place]
    return place == root or (above is not None and lies_in(forest, above, root))


class Undone(Exception):
    """Ends a transaction without a trace."""


@given(forest=forests(), wanted=st.sets(ROLES))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_role_holds_for_its_place_and_all_below(sqlite_url: str, forest: Forest, wanted: set[Role]) -> None:
    database = opened(sqlite_url)

    def run(uow: UnitOfWork) -> None:
        ids: list[int] = []
        for number, above in enumerate(forest.parents):
            parent = ids[above] if above is not None else None
            ids.append(uow.places.add(f"地{number}", parent=parent).id)
        grants = [Grant(role, ids[at] if at is not None else None) for role, at in forest.grants]
        member = uow.members.add("某人", grants=grants)
        expected = {
            ids[place]
            for place in range(len(ids))
            for role, root in forest.grants
            if role in wanted and root is not None and lies_in(forest, place, root)
        }
        assert {place for place in ids if member.holds(wanted, uow.places.line(place))} == expected
        assert places_served(member, wanted, uow.places) == expected
        assert member.holds(wanted, ()) == any(role in wanted for role, _ in forest.grants)
        raise Undone

    try:
        with pytest.raises(Undone):
            database.run_now(run)
    finally:
        database.close()


def opened(url: str) -> Database:
    from tests.clock import FrozenClock

    return Database(url, FrozenClock().now)


TOWNS, VILLAGES, MEMBERS = 15, 304, 2250


@pytest.fixture
def county(database: Database) -> tuple[Database, int]:
    """15 towns, 304 villages, 2,250 members with a role each; and the county's id."""

    def build(uow: UnitOfWork) -> int:
        county = uow.places.add("金山县", kind="county").id
        towns = [uow.places.add(f"镇{n}", kind="town", parent=county).id for n in range(TOWNS)]
        villages = [
            uow.places.add(f"村{n}", kind="village", parent=towns[n % TOWNS]).id for n in range(VILLAGES)
        ]
        people = [
            {"id": n + 1, "name": f"书记{n}", "place_id": villages[n % VILLAGES], "created_at": uow.now}
            for n in range(MEMBERS)
        ]
        roles = [
            {"member_id": row["id"], "role": Role.CARE_SECRETARY.value, "place_id": row["place_id"]}
            for row in people
        ]
        uow.connection.execute(insert(MemberRow), people)
        uow.connection.execute(insert(GrantRow), roles)
        return county

    return database, database.run_now(build)


@dataclass
class Counter:
    statements: int = 0


@pytest.fixture
def counter(county: tuple[Database, int]) -> Iterator[Counter]:
    counted = Counter()

    def seen(*_: object) -> None:
        counted.statements += 1

    event.listen(county[0].engine, "before_cursor_execute", seen)
    yield counted
    event.remove(county[0].engine, "before_cursor_execute", seen)


def test_a_county_of_members_is_asked_for_in_a_few_statements(
    county: tuple[Database, int], counter: Counter
) -> None:
    database, county_id = county
    assert len(database.read_now(lambda uow: uow.members.all())) == MEMBERS
    assert counter.statements <= 4
    counter.statements = 0
    assert len(database.read_now(exports.current)) == MEMBERS
    assert counter.statements <= 6
    counter.statements = 0

    def served(uow: UnitOfWork) -> tuple[int, Member]:
        uow.members.grant(1, Grant(Role.COUNTY_OFFICE, county_id))
        member = uow.members.get(1)
        return len(places_served(member, [Role.COUNTY_OFFICE], uow.places)), member

    count, member = database.run_now(served)
    assert count == 1 + TOWNS + VILLAGES
    counter.statements = 0
    line = database.read_now(lambda uow: member.holds([Role.COUNTY_OFFICE], uow.places.line(300)))
    assert (line, counter.statements <= 3) == (True, True)


@pytest.mark.long
def test_a_county_of_members_is_listed_at_once(county: tuple[Database, int]) -> None:
    """Measured: 60 ms on two cores; the bound is for a busy machine."""
    started = perf_counter()
    county[0].read_now(exports.current)
    assert perf_counter() - started < 2
