"""What all replicas share: leases, pace, tokens, alarms, attachments."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.attachments import KEPT, LARGEST
from storage.base import NotFound
from storage.database import Database
from storage.uow import UnitOfWork
from tests.clock import FrozenClock


def test_a_lease_has_one_holder_and_its_fence_grows(database: Database, clock: FrozenClock) -> None:
    def take(uow: UnitOfWork, holder: str) -> int | None:
        return uow.leases.take("aibot", holder, seconds=30)

    assert database.run_now(take, "甲") == 1
    assert database.run_now(take, "乙") is None
    clock.advance(seconds=20)
    assert database.run_now(lambda uow: uow.leases.renew("aibot", 1, seconds=30))
    clock.advance(seconds=29)
    assert database.run_now(take, "乙") is None
    clock.advance(seconds=1)
    assert database.run_now(take, "乙") == 2
    assert not database.run_now(lambda uow: uow.leases.renew("aibot", 1, seconds=30))
    database.run_now(lambda uow: uow.leases.release("aibot", 1))
    assert database.run_now(take, "甲") is None
    database.run_now(lambda uow: uow.leases.release("aibot", 2))
    assert database.run_now(take, "甲") == 3


def test_a_lease_that_ran_out_cannot_be_renewed(database: Database, clock: FrozenClock) -> None:
    """Nobody took it meanwhile, but the holder had to stop: it takes it anew, with a new fence."""
    assert database.run_now(lambda uow: uow.leases.take("aibot", "甲", seconds=30)) == 1
    clock.advance(seconds=30)
    assert not database.run_now(lambda uow: uow.leases.renew("aibot", 1, seconds=30))
    assert database.run_now(lambda uow: uow.leases.take("aibot", "甲", seconds=30)) == 2


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pauses=st.lists(st.floats(0, 40), min_size=5, max_size=80), data=st.data())
def test_no_window_ever_holds_more_than_its_limit(
    database: Database, clock: FrozenClock, pauses: list[float], data: st.DataObject
) -> None:
    bucket = f"b{clock.now().timestamp()}-{data.draw(st.integers(0, 10**9))}"
    sent: list[float] = []
    for pause in pauses:
        clock.advance(seconds=pause)
        if database.run_now(lambda uow: uow.pace.take([(bucket, 4, 60), (bucket, 9, 300)])) is None:
            sent.append(clock.now().timestamp())
    for moment in sent:
        assert len([each for each in sent if moment <= each < moment + 60]) <= 4
        assert len([each for each in sent if moment <= each < moment + 300]) <= 9


def test_who_waits_as_long_as_told_finds_room(database: Database, clock: FrozenClock) -> None:
    def take(uow: UnitOfWork) -> timedelta | None:
        return uow.pace.take([("chat", 2, 60)])

    assert [database.run_now(take), database.run_now(take)] == [None, None]
    wait = database.run_now(take)
    assert wait is not None
    assert timedelta(seconds=60) <= wait <= timedelta(seconds=70)
    clock.advance(seconds=wait.total_seconds())
    assert database.run_now(take) is None


def test_a_full_window_counts_in_no_other(database: Database) -> None:
    assert database.run_now(lambda uow: uow.pace.take([("one", 1, 60)])) is None
    assert database.run_now(lambda uow: uow.pace.take([("both", 1, 60), ("one", 1, 60)])) is not None
    assert database.run_now(lambda uow: uow.pace.take([("both", 1, 60)])) is None


def test_old_pace_is_forgotten(database: Database, clock: FrozenClock) -> None:
    assert database.run_now(lambda uow: uow.pace.take([("chat", 1, 60)])) is None
    database.run_now(lambda uow: uow.pace.prune())
    assert database.run_now(lambda uow: uow.pace.take([("chat", 1, 60)])) is not None
    clock.advance(seconds=90)
    database.run_now(lambda uow: uow.pace.prune())
    assert database.run_now(lambda uow: uow.pace.take([("chat", 1, 60)])) is None


def test_one_replica_at_a_time_fetches_a_token(database: Database, clock: FrozenClock) -> None:
    def may(uow: UnitOfWork, seen: int) -> bool:
        return uow.tokens.may_fetch("wechat", seen=seen, seconds=10)

    assert database.run_now(may, 0)
    assert not database.run_now(may, 0)
    clock.advance(seconds=10)
    assert database.run_now(may, 0)
    renew_at = clock.now() + timedelta(hours=2)
    database.run_now(lambda uow: uow.tokens.fetched("wechat", "sealed", seen=0, renew_at=renew_at))
    assert not database.run_now(may, 0)
    stored = database.read_now(lambda uow: uow.tokens.get("wechat"))
    assert stored is not None
    assert (stored.sealed, stored.version, stored.renew_at, stored.fault) == ("sealed", 1, renew_at, "")
    assert database.run_now(may, 1)


def test_an_alarm_is_news_once_until_it_is_over(database: Database) -> None:
    assert database.run_now(lambda uow: uow.alarms.sound("ip", "加白名单"))
    assert not database.run_now(lambda uow: uow.alarms.sound("ip", "加白名单"))
    assert [each.key for each in database.read_now(lambda uow: uow.alarms.standing())] == ["ip"]
    assert database.run_now(lambda uow: uow.alarms.clear("ip"))
    assert not database.run_now(lambda uow: uow.alarms.clear("ip"))
    assert database.read_now(lambda uow: uow.alarms.standing()) == []
    assert database.run_now(lambda uow: uow.alarms.sound("ip", "又来了"))


def test_an_attachment_is_kept_once_and_for_a_month(database: Database, clock: FrozenClock) -> None:
    first = database.run_now(lambda uow: uow.attachments.put(b"poster"))
    clock.advance(days=20)
    assert database.run_now(lambda uow: uow.attachments.put(b"poster")) == first
    clock.advance(days=20)
    database.run_now(lambda uow: uow.attachments.prune())
    assert database.read_now(lambda uow: uow.attachments.get(first)) == b"poster"
    clock.advance(seconds=KEPT.total_seconds())
    database.run_now(lambda uow: uow.attachments.prune())
    with pytest.raises(NotFound):
        database.read_now(lambda uow: uow.attachments.get(first))


@pytest.mark.parametrize("size", [0, LARGEST + 1])
def test_an_attachment_has_a_size(database: Database, size: int) -> None:
    with pytest.raises(ValueError, match=str(size)):
        database.run_now(lambda uow: uow.attachments.put(bytes(size)))
