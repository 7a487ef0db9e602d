"""Invites: used once, in time, and not to be guessed."""

import pytest

from storage.base import NotFound, Taken
from storage.database import Database
from storage.invites import WAIT, WRONG_AT_MOST, Expired, Redeemed
from storage.members import Grant, Role
from tests.clock import FrozenClock
from tests.storage.people import Village, settle


@pytest.fixture
def village(database: Database) -> Village:
    return settle(database)


def make(database: Database, code: str, village: Village, member_id: int | None = None) -> None:
    grant = Grant(Role.VOLUNTEER, village.place)
    database.run_now(lambda uow: uow.invites.add(code, grant, name="小周", member_id=member_id, days=7))


def test_a_code_is_read_however_it_is_typed(database: Database, village: Village) -> None:
    make(database, "K7P2-9QXM", village)
    redeemed = database.run_now(lambda uow: uow.invites.redeem(" k7p2 9qxm"))
    assert redeemed == Redeemed(Grant(Role.VOLUNTEER, village.place), "小周", None)


def test_used_is_said_before_expired_and_expired_before_unknown(
    database: Database, village: Village, clock: FrozenClock
) -> None:
    for code in ("AAAA", "BBBB"):
        make(database, code, village)
    database.run_now(lambda uow: uow.invites.redeem("AAAA"))
    clock.advance(days=7)
    for code, fault in (("AAAA", Taken), ("BBBB", Expired), ("CCCC", NotFound)):
        with pytest.raises(fault) as raised:
            database.run_now(lambda uow, code=code: uow.invites.redeem(code))
        assert type(raised.value) is fault


def test_codes_of_who_leaves_are_void_and_others_are_not(database: Database, village: Village) -> None:
    leaver, other = village.volunteers[:2]
    for code, member_id in (("AAAA", leaver), ("BBBB", leaver), ("CCCC", other), ("DDDD", None)):
        make(database, code, village, member_id)
    database.run_now(lambda uow: uow.invites.redeem("BBBB"))
    assert database.read_now(lambda uow: uow.invites.open_for(leaver)) == 1
    assert database.run_now(lambda uow: uow.invites.void(leaver)) == 1
    assert database.read_now(lambda uow: uow.invites.open_for(leaver)) == 0
    with pytest.raises(Expired):
        database.run_now(lambda uow: uow.invites.redeem("AAAA"))
    assert database.run_now(lambda uow: uow.invites.redeem("CCCC")).member_id == other


def test_five_wrong_codes_in_a_row_are_a_wait(
    database: Database, village: Village, clock: FrozenClock
) -> None:
    guesser, other = village.resident, village.coordinator

    def wrong(times: int) -> bool:
        for _ in range(times):
            database.run_now(lambda uow: uow.invites.wrong(guesser))
        return database.read_now(lambda uow: uow.invites.must_wait(guesser))

    assert wrong(WRONG_AT_MOST - 1) is False
    database.run_now(lambda uow: uow.invites.right(guesser))
    assert wrong(WRONG_AT_MOST - 1) is False
    assert wrong(1) is True
    assert database.read_now(lambda uow: uow.invites.must_wait(other)) is False
    clock.advance(seconds=WAIT.total_seconds() - 1)
    assert wrong(0) is True
    clock.advance(seconds=1)
    assert wrong(0) is False
    assert wrong(WRONG_AT_MOST - 1) is False
    assert wrong(1) is True
