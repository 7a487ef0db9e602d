"""Teams: found by number or name, their seats, who belongs to which."""

import pytest

from storage.base import NotFound, Taken
from storage.database import Database
from storage.places import SeveralNamed
from storage.teams import Seat, Team
from storage.uow import UnitOfWork
from tests.storage.people import Village, settle


@pytest.fixture
def village(database: Database) -> Village:
    return settle(database)


def test_a_team_and_its_seats(database: Database, village: Village) -> None:
    one, two, three = village.volunteers

    def form(uow: UnitOfWork) -> tuple[int, int]:
        first = uow.teams.add("T1", place_id=village.place, name="暖心队")
        second = uow.teams.add("T2", place_id=village.place)
        for seat in (Seat(one), Seat(two, leads=True, duty="会计")):
            uow.teams.seat(first.id, seat)
        uow.teams.seat(second.id, Seat(one, leads=True))
        return first.id, second.id

    first, second = database.run_now(form)
    team = Team(first, "T1", "暖心队", village.place, "永续社区")
    other = Team(second, "T2", "", village.place, "永续社区")
    assert database.read_now(
        lambda uow: (
            uow.teams.get(first), uow.teams.named("暖心队"), uow.teams.named(" T2 "), uow.teams.of(one),
            uow.teams.of(three), uow.teams.members(first), uow.teams.serving(village.place), uow.teams.all(),
        )
    ) == (team, team, other, (team, other), (), (two, one), (team, other), [team, other])  # fmt: skip
    assert database.read_now(lambda uow: uow.teams.seats()) == {
        first: (Seat(two, True, "会计"), Seat(one)), second: (Seat(one, True),),
    }  # fmt: skip
    database.run_now(lambda uow: uow.teams.seat(first, Seat(two, duty="主任")))
    database.run_now(lambda uow: uow.teams.unseat(one, second))
    assert database.read_now(lambda uow: uow.teams.seats()) == {first: (Seat(one), Seat(two, duty="主任"))}
    database.run_now(lambda uow: uow.teams.unseat(one))
    assert database.read_now(lambda uow: (uow.teams.members(first), uow.teams.of(one))) == ((two,), ())


def test_a_number_is_one_teams_and_a_name_may_be_several(database: Database, village: Village) -> None:
    first = database.run_now(lambda uow: uow.teams.add("T1", place_id=village.place, name="暖心队"))
    with pytest.raises(Taken):
        database.run_now(lambda uow: uow.teams.add("T1", place_id=village.place))
    database.run_now(lambda uow: uow.teams.add("T2", place_id=village.place, name="暖心队"))
    with pytest.raises(SeveralNamed) as several:
        database.read_now(lambda uow: uow.teams.named("暖心队"))
    assert several.value.choices == ("T1", "T2")
    for wrong in (
        lambda uow: uow.teams.get(99),
        lambda uow: uow.teams.named("无"),
        lambda uow: uow.teams.set(99),
    ):
        with pytest.raises(NotFound):
            database.run_now(wrong)
    changed = database.run_now(lambda uow: uow.teams.set(first.id, number="T9", name="老队"))
    assert (changed.number, changed.name, changed.place_id) == ("T9", "老队", village.place)
    assert database.run_now(lambda uow: uow.teams.set(first.id)) == changed
