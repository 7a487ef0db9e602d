"""Feeds: looked at once an hour by one process; entries wait once, whatever became of them."""

import threading
from collections.abc import Callable
from datetime import date, timedelta

from storage.database import Database
from storage.feeds import MOST_WAITING, PATIENCE, EntryState, FeedState, NewEntry, WaitingEntry
from storage.uow import UnitOfWork
from tests.clock import FrozenClock

A, B = "https://a.example/rss", "https://b.example/rss"


def entry(n: int) -> NewEntry:
    return NewEntry(f"k{n}", f"题{n}", f"文{n}", f"https://a.example/{n}", date(2026, 3, n % 28 + 1))


def test_a_turn_is_one_processs_and_comes_round_after_an_hour(database: Database, clock: FrozenClock) -> None:
    def turn(address: str, anyway: bool = False) -> FeedState | None:
        return database.run_now(lambda uow: uow.feeds.take_turn(address, anyway=anyway))

    assert turn(A) == FeedState(A)
    assert (turn(A), turn(B)) == (None, FeedState(B))
    clock.advance(minutes=59)
    assert turn(A) is None
    clock.advance(minutes=1)
    assert turn(A) == FeedState(A, checked_at=clock.now())
    assert turn(A) is None
    assert turn(A, anyway=True) == FeedState(A, checked_at=clock.now())
    clock.advance(hours=-5)
    assert turn(A) == FeedState(A, checked_at=clock.now()), (
        "a clock set back does not stop the feed for hours"
    )


def test_of_many_who_want_the_turn_one_gets_it(database: Database) -> None:
    barrier = threading.Barrier(4)
    got: list[FeedState | None] = []

    def want() -> None:
        barrier.wait()
        got.append(database.run_now(lambda uow: uow.feeds.take_turn(A)))

    threads = [threading.Thread(target=want) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got, key=str) == [FeedState(A), None, None, None]


def opened(database: Database, *work: Callable[[UnitOfWork], object]) -> None:
    database.run_now(lambda uow: uow.feeds.take_turn(A))
    for each in work:
        database.run_now(each)


def test_what_a_look_came_to_is_kept(database: Database, clock: FrozenClock) -> None:
    opened(database, lambda uow: uow.feeds.looked(A, title="民政局", etag='"1"', modified="yesterday"))
    good = FeedState(A, "民政局", clock.now(), "", '"1"', "yesterday")
    assert database.read_now(lambda uow: uow.feeds.states([B, A])) == [FeedState(B), good]
    database.run_now(lambda uow: uow.feeds.looked(A, problem="连不上。"))
    bad = FeedState(A, "民政局", clock.now(), "连不上。", '"1"', "yesterday")
    assert database.read_now(lambda uow: uow.feeds.states([A])) == [bad]
    database.run_now(lambda uow: uow.feeds.looked(A))
    assert database.read_now(lambda uow: uow.feeds.states([A])) == [good]


def test_entries_wait_once_and_are_taken_or_dropped_once(database: Database) -> None:
    opened(database, lambda uow: uow.feeds.looked(A, title="民政局"))
    first = database.run_now(lambda uow: uow.feeds.add(A, [entry(1), entry(2), entry(1)]))
    again = database.run_now(lambda uow: uow.feeds.add(A, [entry(2), entry(3)]))
    assert (first, again) == (2, 1)
    waiting = database.read_now(lambda uow: uow.feeds.waiting())
    assert waiting == [
        WaitingEntry(row.no, "民政局", f"题{n}", f"文{n}", f"https://a.example/{n}", date(2026, 3, n + 1))
        for n, row in enumerate(waiting, start=1)
    ]
    one, two, three = (row.no for row in waiting)
    assert database.run_now(lambda uow: uow.feeds.settle([one, two], EntryState.TAKEN)) == 2
    assert database.run_now(lambda uow: uow.feeds.settle([two, three], EntryState.DROPPED)) == 1
    assert database.read_now(lambda uow: uow.feeds.waiting([one, two, three])) == []
    assert database.run_now(lambda uow: uow.feeds.add(A, [entry(1), entry(2), entry(3)])) == 0


def test_no_more_wait_than_somebody_could_read(database: Database) -> None:
    opened(database)
    many = [entry(n) for n in range(MOST_WAITING + 10)]
    assert database.run_now(lambda uow: uow.feeds.add(A, many)) == MOST_WAITING
    assert database.run_now(lambda uow: uow.feeds.add(A, many)) == 0
    numbers = [row.no for row in database.read_now(lambda uow: uow.feeds.waiting())]
    database.run_now(lambda uow: uow.feeds.settle(numbers[:3], EntryState.DROPPED))
    assert database.run_now(lambda uow: uow.feeds.add(A, many)) == 3


def test_what_waited_too_long_is_dropped(database: Database, clock: FrozenClock) -> None:
    opened(database, lambda uow: uow.feeds.add(A, [entry(1)]))
    clock.advance(days=PATIENCE.days)
    database.run_now(lambda uow: uow.feeds.prune())
    assert len(database.read_now(lambda uow: uow.feeds.waiting())) == 1
    clock.set(clock.now() + timedelta(seconds=1))
    database.run_now(lambda uow: uow.feeds.prune())
    assert database.read_now(lambda uow: uow.feeds.waiting()) == []
    assert database.run_now(lambda uow: uow.feeds.add(A, [entry(1)])) == 0
