"""Two members who turn out to be one person: whatever refers to a member goes along, or is named here with a reason.

The references are found in the tables themselves: who adds one has to say what becomes of it.
"""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Column, Table, TypeDecorator, func, insert, select

from handlers.members.use_cases import join
from storage.base import metadata
from storage.database import Database
from storage.members import Grant, Role
from storage.teams import Seat
from storage.uow import UnitOfWork
from tests.handlers.town import Town

HISTORY = {
    "member_role.member_id": "the role ended with who is no more, and was given to who is",
    "wish_event.actor_id": "the history of a wish is append-only",
}
GONE = {
    "conversation.member_id": "a question of half an hour ago, in a chat nobody speaks in any more",
    "last_answer.member_id": "what /有用 speaks of: the next answer replaces it",
    "wrong_code.member_id": "the right code was given",
}


def references() -> list[Column[Any]]:
    found = [
        key.parent
        for table in metadata.sorted_tables
        for key in table.foreign_keys
        if key.column is metadata.tables["member"].columns["id"]
    ]
    assert len(found) > 14
    return found


def name(column: Column[Any]) -> str:
    return f"{column.table.name}.{column.name}"


def put(uow: UnitOfWork, column: Column[Any], member_id: int) -> None:
    """A row of the column's table in which nothing but the column is of this member."""
    assert isinstance(column.table, Table)
    values: dict[str, Any] = {}
    for each in column.table.columns:
        target = next((key.column for key in each.foreign_keys), None)
        if each is column:
            values[each.name] = member_id
        elif target is not None and (target.table.name != "member" or not each.nullable):
            values[each.name] = uow.connection.execute(select(func.min(target))).scalar_one()
        elif target is None and not (each.primary_key and each.autoincrement is True) and not each.nullable:
            values[each.name] = _any(each, uow.now)
    if len(column.table.primary_key.columns) == 1:
        (key,) = column.table.primary_key.columns
        if key.name in values and key.type.python_type is int and not key.foreign_keys:
            del values[key.name]
    uow.connection.execute(insert(column.table), values)


def _any(column: Column[Any], now: datetime) -> Any:
    kinds: dict[type, Any] = {
        str: f"{column.table.name}-{column.name}", int: 90, bool: False, float: 1.0, bytes: b"x",
        datetime: now, date: now.date(), time: now.time(),
    }  # fmt: skip
    kept_as = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    return kinds[kept_as.python_type]


def held(database: Database, member_id: int) -> dict[str, int]:
    """How many rows refer to the member, by reference."""

    def count(uow: UnitOfWork) -> dict[str, int]:
        return {
            name(column): uow.connection.execute(
                select(func.count()).select_from(column.table).where(column == member_id)
            ).scalar_one()
            for column in references()
        }

    return database.read_now(count)


def test_all_that_refers_to_a_member_goes_along_with_them(town: Town) -> None:
    database = town.database

    def arrive(uow: UnitOfWork) -> tuple[int, int]:
        lost, kept = uow.members.add("丁会计"), uow.members.add("丁会计")
        team = uow.teams.add("9", place_id=uow.places.named("永续社区").id)
        uow.questions.asked("k", "低保", by=town.person("小周").id)
        uow.members.grant(lost.id, Grant(Role.VOLUNTEER, team.place_id))
        for column in references():
            if column.table.name != "member_role":
                put(uow, column, lost.id)
        return lost.id, kept.id

    lost, kept = database.run_now(arrive)
    before = held(database, lost)
    assert {reference for reference, count in before.items() if not count} == set()
    assert set(held(database, kept).values()) == {0}
    database.run_now(join, lost, kept)
    after = held(database, kept)
    assert {reference for reference in before if held(database, lost)[reference]} == set(HISTORY)
    goes_along = {reference for reference in before if reference not in {*HISTORY, *GONE}}
    assert {reference: after[reference] for reference in goes_along} == {
        reference: before[reference] for reference in goes_along
    }
    assert {reference: after[reference] for reference in GONE} == dict.fromkeys(GONE, 0)
    volunteers, named = database.read_now(
        lambda uow: ([member.grants for member in uow.members.named("丁会计")], uow.members.get(lost))
    )
    assert [[grant.role for grant in grants] for grants in volunteers] == [[Role.VOLUNTEER]]
    assert (named.grants, named.hidden, named.name) == ((), True, f"已并入{kept}")


def test_who_sat_in_the_same_team_twice_sits_there_once_and_leads_if_either_did(town: Town) -> None:
    database = town.database

    def arrive(uow: UnitOfWork) -> tuple[int, int, int]:
        lost, kept = uow.members.add("丁会计"), uow.members.add("丁会计")
        team = uow.teams.add("9", place_id=uow.places.named("永续社区").id)
        uow.teams.seat(team.id, Seat(lost.id, leads=True, duty="队长"))
        uow.teams.seat(team.id, Seat(kept.id, leads=False, duty=""))
        return lost.id, kept.id, team.id

    lost, kept, team = database.run_now(arrive)
    database.run_now(join, lost, kept)
    assert database.read_now(lambda uow: uow.teams.seats([team])) == {team: (Seat(kept, True, "队长"),)}
