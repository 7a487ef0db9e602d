"""The outbox: order in each chat, one attempt at a time, and nothing sent twice by itself."""

import asyncio
import threading
from collections.abc import Sequence
from datetime import timedelta

import pytest

from storage.base import NotFound
from storage.database import Database
from storage.outbox import EMPTY, Outcome, Target
from storage.undelivered import Backlog
from storage.uow import UnitOfWork
from tests.clock import FrozenClock
from tests.storage.people import Village, settle


@pytest.fixture
def village(database: Database) -> Village:
    return settle(database)


def _add(database: Database, target: Target, *bodies: str) -> list[int]:
    return database.run_now(lambda uow: [uow.outbox.add(target, body) for body in bodies])


def _lease(uow: UnitOfWork, limit: int = 10) -> list[str]:
    return [row.body for row in uow.outbox.lease(limit=limit, seconds=60)]


def _states(database: Database, ids: Sequence[int]) -> list[tuple[str, Outcome, int, str]]:
    rows = database.read_now(lambda uow: uow.outbox.with_ids(ids))
    return [(rows[n].body, rows[n].status, rows[n].attempts, rows[n].cause) for n in ids]


def _settle(database: Database, row: int, outcome: Outcome, cause: str = "", **again: float) -> bool:
    pause = timedelta(**again)

    def settle(uow: UnitOfWork) -> bool:
        return uow.outbox.settle(uow.outbox.with_ids([row])[row], outcome, cause=cause, again_in=pause)

    return database.run_now(settle)


def test_each_chat_is_served_in_order_one_message_at_a_time(database: Database, village: Village) -> None:
    one, two = Target(member_id=village.resident), Target(group_id=village.group)
    ids = _add(database, one, "一甲", "一乙") + _add(database, two, "二甲")
    assert database.run_now(_lease) == ["一甲", "二甲"]
    assert database.run_now(_lease) == []
    assert _settle(database, ids[0], Outcome.SENT)
    assert database.run_now(_lease) == ["一乙"]
    assert _states(database, ids) == [
        ("一甲", Outcome.SENT, 1, ""),
        ("一乙", Outcome.SENDING, 1, ""),
        ("二甲", Outcome.SENDING, 1, ""),
    ]


def test_a_message_known_undelivered_comes_again_after_its_pause_and_before_later_ones(
    database: Database, village: Village, clock: FrozenClock
) -> None:
    first, _ = _add(database, Target(member_id=village.resident), "先", "后")
    database.run_now(_lease)
    assert _settle(database, first, Outcome.QUEUED, "45009", seconds=30)
    assert database.run_now(_lease) == []
    clock.advance(seconds=31)
    assert database.run_now(_lease) == ["先"]
    assert _states(database, [first]) == [("先", Outcome.SENDING, 2, "45009")]


def test_a_message_may_be_queued_for_later(database: Database, village: Village, clock: FrozenClock) -> None:
    target = Target(group_id=village.group)
    database.run_now(lambda uow: uow.outbox.add(target, "稍后", after=timedelta(seconds=2)))
    assert database.run_now(_lease) == []
    clock.advance(seconds=2)
    assert database.run_now(_lease) == ["稍后"]


def test_a_chat_that_has_to_wait_holds_nobody_else_up(database: Database, village: Village) -> None:
    blocked, _ = _add(database, Target(group_id=village.group), "堵住", "堵住的下一条")
    _add(database, Target(group_id=village.group), *(f"积压{n}" for n in range(60)))
    database.run_now(_lease, 1)
    _settle(database, blocked, Outcome.QUEUED, "busy", hours=1)
    _add(database, Target(member_id=village.resident), "别人的")
    assert database.run_now(_lease, 10) == ["别人的"]


def test_no_more_than_the_limit_is_leased(database: Database, village: Village) -> None:
    for member in (*village.volunteers, village.resident):
        _add(database, Target(member_id=member), str(member))
    assert len(database.run_now(_lease, 2)) == 2


def test_a_lost_lease_is_unknown_and_never_sent_again(
    database: Database, village: Village, clock: FrozenClock
) -> None:
    row, _ = _add(database, Target(group_id=village.group), "晨报", "下一条")
    database.run_now(_lease)
    clock.advance(seconds=60)
    assert database.run_now(lambda uow: uow.outbox.lost_leases()) == 0
    clock.advance(seconds=1)
    assert database.run_now(lambda uow: uow.outbox.lost_leases()) == 1
    assert not _settle(database, row, Outcome.SENT)
    assert database.run_now(_lease) == ["下一条"]
    assert _states(database, [row]) == [("晨报", Outcome.UNKNOWN, 1, "")]


def test_nothing_to_do_is_quiet(database: Database, village: Village) -> None:
    def quiet(uow: UnitOfWork) -> bool:
        return uow.outbox.quiet()

    assert database.read_now(quiet)
    (row,) = _add(database, Target(group_id=village.group), "晨报")
    assert not database.read_now(quiet)
    database.run_now(_lease)
    assert not database.read_now(quiet)
    _settle(database, row, Outcome.SENT)
    assert database.read_now(quiet)


def test_what_waits_for_a_person_is_queued_when_they_speak(database: Database, village: Village) -> None:
    mine, others = Target(member_id=village.resident), Target(member_id=village.coordinator)
    (row,), (other,) = _add(database, mine, "给您的"), _add(database, others, "给他的")
    database.run_now(_lease)
    for each in (row, other):
        _settle(database, each, Outcome.WAITING, "45015")
    assert database.run_now(_lease) == []

    def wake(uow: UnitOfWork) -> bool:
        uow.outbox.wake(village.resident)
        return uow.outbox.grew

    assert database.run_now(wake) is True
    assert database.run_now(wake) is False
    assert database.run_now(_lease) == ["给您的"]


def test_what_waits_is_told_once(database: Database, village: Village) -> None:
    ids = _add(database, Target(member_id=village.resident), "一", "二")
    for row in ids:
        database.run_now(_lease)
        _settle(database, row, Outcome.WAITING)

    def tell(uow: UnitOfWork) -> list[str]:
        return uow.outbox.tell(village.resident)

    assert database.run_now(tell) == ["一", "二"]
    assert database.run_now(tell) == []
    assert [status for _, status, _, _ in _states(database, ids)] == [Outcome.SENT, Outcome.SENT]


def test_a_sender_whose_attempt_was_superseded_changes_nothing(
    database: Database, village: Village, clock: FrozenClock
) -> None:
    """The number of attempts is the fence: an answer that comes after the row went on is too late."""
    (row,) = _add(database, Target(group_id=village.group), "晨报")
    old = database.run_now(lambda uow: uow.outbox.lease(limit=1, seconds=60))[0]
    clock.advance(seconds=61)
    database.run_now(lambda uow: uow.outbox.lost_leases())
    database.run_now(lambda uow: uow.outbox.resend(row))
    new = database.run_now(lambda uow: uow.outbox.lease(limit=1, seconds=60))[0]
    assert not database.run_now(lambda uow: uow.outbox.settle(old, Outcome.SENT))
    assert not database.run_now(lambda uow: uow.outbox.took(old, 1, seconds=60))
    assert not database.run_now(lambda uow: uow.outbox.postpone(old, by=timedelta(seconds=1)))
    assert database.run_now(lambda uow: uow.outbox.settle(new, Outcome.SENT, receipt="m-1"))
    assert _states(database, [row]) == [("晨报", Outcome.SENT, 2, "")]


def test_a_postponed_message_made_no_attempt(
    database: Database, village: Village, clock: FrozenClock
) -> None:
    (row,) = _add(database, Target(group_id=village.group), "晨报")
    for _ in range(3):
        (leased,) = database.run_now(lambda uow: uow.outbox.lease(limit=1, seconds=60))
        assert database.run_now(lambda uow, taken=leased: uow.outbox.postpone(taken, by=timedelta(seconds=5)))
        assert database.run_now(_lease) == []
        clock.advance(seconds=5)
    assert _states(database, [row]) == [("晨报", Outcome.QUEUED, 0, "")]


def test_a_long_message_goes_on_behind_what_was_taken(database: Database, village: Village) -> None:
    (row,) = _add(database, Target(group_id=village.group), "长长的")
    (leased,) = database.run_now(lambda uow: uow.outbox.lease(limit=1, seconds=60))
    assert database.run_now(lambda uow: uow.outbox.took(leased, 2, seconds=60))
    _settle(database, row, Outcome.QUEUED)
    (again,) = database.run_now(lambda uow: uow.outbox.lease(limit=1, seconds=60))
    assert (again.taken, again.attempts) == (2, 2)


def test_a_group_whose_connection_is_elsewhere_is_left_to_who_holds_it(
    database: Database, village: Village
) -> None:
    _add(database, Target(group_id=village.group), "群里")
    _add(database, Target(member_id=village.resident), "私聊")
    channel = database.read_now(lambda uow: uow.groups.get(village.group).channel)

    def lease(uow: UnitOfWork, *away: str) -> list[str]:
        return [row.body for row in uow.outbox.lease(limit=9, seconds=60, away=away)]

    assert database.run_now(lease, channel) == ["私聊"]
    assert database.run_now(lease) == ["群里"]


def test_a_person_decides_on_what_is_unknown(
    database: Database, village: Village, clock: FrozenClock
) -> None:
    again, enough, sent = _add(database, Target(group_id=village.group), "一", "二", "三")
    for row in (again, enough):
        database.run_now(_lease)
        _settle(database, row, Outcome.UNKNOWN, "no answer")
    database.run_now(_lease)
    _settle(database, sent, Outcome.SENT)
    assert [row.id for row in database.read_now(lambda uow: uow.undelivered.unsettled())] == [enough, again]
    database.run_now(lambda uow: uow.outbox.resend(again))
    database.run_now(lambda uow: uow.outbox.accept(enough))
    for decide in (lambda uow: uow.outbox.accept(sent), lambda uow: uow.outbox.resend(sent)):
        with pytest.raises(NotFound):
            database.run_now(decide)
    assert [status for _, status, _, _ in _states(database, [again, enough])] == [
        Outcome.QUEUED,
        Outcome.SENT,
    ]


def test_a_later_report_of_the_platform_is_believed(database: Database, village: Village) -> None:
    (row,) = _add(database, Target(member_id=village.resident), "通知")
    (leased,) = database.run_now(lambda uow: uow.outbox.lease(limit=1, seconds=60))
    database.run_now(lambda uow: uow.outbox.settle(leased, Outcome.SENT, receipt="m-7"))
    assert not database.run_now(lambda uow: uow.outbox.reported("m-8", cause="拒收"))
    assert database.run_now(lambda uow: uow.outbox.reported("m-7", cause="拒收"))
    assert _states(database, [row]) == [("通知", Outcome.FAILED, 1, "拒收")]


def test_what_was_sent_a_fortnight_ago_says_nothing_any_more(
    database: Database, village: Village, clock: FrozenClock
) -> None:
    sent, open_one = _add(database, Target(member_id=village.resident), "王大爷的电话", "还没定的")
    for row, outcome in ((sent, Outcome.SENT), (open_one, Outcome.UNKNOWN)):
        database.run_now(_lease)
        _settle(database, row, outcome)
    clock.advance(days=14)
    database.run_now(lambda uow: uow.outbox.prune())
    assert [body for body, *_ in _states(database, [sent])] == ["王大爷的电话"]
    clock.advance(seconds=1)
    database.run_now(lambda uow: uow.outbox.prune())
    assert [body for body, *_ in _states(database, [sent, open_one])] == [EMPTY, EMPTY]
    with pytest.raises(NotFound):
        database.run_now(lambda uow: uow.outbox.resend(open_one))
    assert [row.id for row in database.read_now(lambda uow: uow.undelivered.unsettled())] == [open_one]
    database.run_now(lambda uow: uow.outbox.accept(open_one))


def test_a_member_who_hides_is_told_nothing_by_an_attempt_under_way_either(
    database: Database, village: Village
) -> None:
    (row,) = _add(database, Target(member_id=village.resident), "王大爷的电话")
    (leased,) = database.run_now(lambda uow: uow.outbox.lease(limit=1, seconds=60))
    database.run_now(lambda uow: uow.outbox.forget(village.resident))
    assert not database.run_now(lambda uow: uow.outbox.settle(leased, Outcome.QUEUED))
    assert database.run_now(_lease) == []
    assert _states(database, [row]) == [(EMPTY, Outcome.FAILED, 1, "")]


def test_what_is_unknown_is_seen_behind_any_number_of_failures(database: Database, village: Village) -> None:
    (unknown,) = _add(database, Target(group_id=village.group), "不知道")
    database.run_now(_lease)
    _settle(database, unknown, Outcome.UNKNOWN)
    failed = _add(database, Target(group_id=village.other_group), "一", "二", "三")
    for row in failed:
        database.run_now(_lease)
        _settle(database, row, Outcome.FAILED)

    def seen(uow: UnitOfWork, *groups: int) -> list[int]:
        return [row.id for row in uow.undelivered.unsettled(groups=groups or None, limit=3)]

    assert database.read_now(seen) == [unknown, failed[2], failed[1]]
    assert database.read_now(seen, village.other_group) == failed[::-1]


def test_what_a_person_sends_again_has_all_its_tries_again(
    database: Database, village: Village, clock: FrozenClock
) -> None:
    (row,) = _add(database, Target(group_id=village.group), "晨报")
    for _ in range(3):
        (leased,) = database.run_now(lambda uow: uow.outbox.lease(limit=1, seconds=60))
        _settle(database, row, Outcome.QUEUED)
    assert (leased.attempts, leased.tries, leased.asked_at) == (3, 3, clock.now())
    database.run_now(_lease)
    _settle(database, row, Outcome.FAILED)
    clock.advance(days=2)
    database.run_now(lambda uow: uow.outbox.resend(row))
    (again,) = database.run_now(lambda uow: uow.outbox.lease(limit=1, seconds=60))
    assert (again.attempts, again.tries, again.asked_at) == (5, 1, clock.now())


def test_a_member_who_hides_is_told_nothing_any_more(database: Database, village: Village) -> None:
    mine = _add(database, Target(member_id=village.resident), "一", "二", "三")
    (other,) = _add(database, Target(member_id=village.coordinator), "别人的")
    for row, outcome in zip(mine, (Outcome.SENT, Outcome.WAITING), strict=False):
        database.run_now(_lease, 1)
        _settle(database, row, outcome)
    database.run_now(lambda uow: uow.outbox.forget(village.resident))
    assert _states(database, [*mine, other]) == [
        (EMPTY, Outcome.SENT, 1, ""),
        (EMPTY, Outcome.FAILED, 1, ""),
        (EMPTY, Outcome.FAILED, 0, ""),
        ("别人的", Outcome.QUEUED, 0, ""),
    ]


async def test_of_many_senders_each_message_has_one(database: Database, village: Village) -> None:
    for member in (*village.volunteers, village.resident, village.coordinator):
        _add(database, Target(member_id=member), str(member))
    leased = await asyncio.gather(*(database.run(_lease, 2) for _ in range(8)))
    assert sorted(body for bodies in leased for body in bodies) == sorted(
        str(member) for member in (*village.volunteers, village.resident, village.coordinator)
    )


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_two_senders_never_hold_two_messages_of_one_chat(database: Database) -> None:
    """The second looks while the first has leased and not committed: it must not take the next message."""
    village = settle(database)
    _add(database, Target(group_id=village.group), "一", "二")
    _add(database, Target(group_id=village.other_group), "别处")
    leased, go_on = threading.Event(), threading.Event()

    def slowly(uow: UnitOfWork) -> list[str]:
        taken = _lease(uow, 1)
        leased.set()
        assert go_on.wait(10)
        return taken

    first = asyncio.ensure_future(database.run(slowly))
    await asyncio.to_thread(leased.wait, 10)
    second = await database.run(_lease, 10)
    go_on.set()
    assert (await first, second) == (["一"], ["别处"])


def test_a_message_names_what_it_caused(database: Database, village: Village) -> None:
    from storage.uow import Cause

    async def caused() -> None:
        await database.carry_out(
            lambda uow: uow.outbox.add(Target(member_id=village.resident), "引起的"), Cause("terminal", "7")
        )

    asyncio.run(caused())
    _add(database, Target(member_id=village.resident), "无关的")
    found = database.read_now(lambda uow: [row.body for row in uow.outbox.caused_by("terminal", "7")])
    assert found == ["引起的"]


def test_the_backlog_counts_what_is_to_leave_and_what_is_to_be_decided(
    database: Database, village: Village, clock: FrozenClock
) -> None:
    since = clock.now() - timedelta(days=7)
    empty = database.read_now(lambda uow: uow.undelivered.backlog(since=since))
    assert empty == Backlog(queued=0, unknown=0, failed=0, oldest=None)
    target = Target(group_id=village.group)
    for body, outcome in (("甲", Outcome.SENT), ("乙", Outcome.UNKNOWN), ("丙", Outcome.FAILED)):
        (row,) = _add(database, target, body)
        database.run_now(_lease)
        assert _settle(database, row, outcome)
    first, _ = _add(database, target, "丁", "戊")
    full = database.read_now(lambda uow: uow.undelivered.backlog(since=since))
    oldest = database.read_now(lambda uow: uow.outbox.with_ids([first]))[first]
    assert full == Backlog(queued=2, unknown=1, failed=1, oldest=oldest)
    later = clock.now() + timedelta(seconds=1)
    assert database.read_now(lambda uow: uow.undelivered.backlog(since=later)).failed == 0
