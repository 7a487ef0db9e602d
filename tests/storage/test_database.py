"""The database itself: what is committed together, what is told, and what never is."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from storage.database import CONNECTING, Database, healthy
from storage.uow import UnitOfWork
from tests.clock import FrozenClock


class Refused(Exception):
    """A use case that says no."""


def _say(uow: UnitOfWork, comment: str) -> str:
    uow.feedback.add("comment", comment, answer=comment)
    return comment


def _say_and_refuse(uow: UnitOfWork, comment: str) -> str:
    uow.feedback.add("comment", comment)
    uow.session.flush()
    raise Refused(comment)


def _break(uow: UnitOfWork) -> None:
    uow.session.execute(text("SELECT nothing FROM nowhere"))


def _said(database: Database) -> list[str]:
    return sorted(row.text for row in database.read_now(lambda uow: uow.feedback.all()))


async def _all(database: Database, *calls: object) -> list[object]:
    return await asyncio.gather(*calls, return_exceptions=True)  # type: ignore[call-overload, no-any-return]


class Gate:
    """Holds the writers inside a use case until opened, so that what comes meanwhile shares a transaction."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.opened = threading.Event()

    def pass_through(self, _uow: UnitOfWork) -> None:
        self.entered.set()
        assert self.opened.wait(10)


@pytest.fixture
def sqlite(sqlite_url: str, clock: FrozenClock) -> Iterator[Database]:
    opened = Database(sqlite_url, clock.now)
    yield opened
    opened.close()


async def _in_one_batch(database: Database, *calls: object) -> list[object]:
    """Carry out SQLite use cases in one transaction: they queue up behind one that is held."""
    gate = Gate()
    first = asyncio.ensure_future(database.run(gate.pass_through))
    await asyncio.to_thread(gate.entered.wait, 10)
    rest = asyncio.ensure_future(_all(database, *calls))
    await asyncio.sleep(0.05)
    gate.opened.set()
    await first
    return await rest


def test_a_use_case_is_answered_with_what_it_returns(database: Database) -> None:
    assert database.run_now(_say, "甲") == "甲"
    assert _said(database) == ["甲"]


async def test_a_refused_use_case_leaves_nothing_and_its_error_reaches_the_caller(database: Database) -> None:
    outcomes = await _all(database, *(_call(database, n) for n in range(40)))
    assert [str(outcome) for outcome in outcomes] == [str(n) for n in range(40)]
    assert [isinstance(outcome, Refused) for outcome in outcomes] == [n % 3 == 0 for n in range(40)]
    assert _said(database) == sorted(str(n) for n in range(40) if n % 3)


def _call(database: Database, number: int) -> object:
    return database.run(_say_and_refuse if number % 3 == 0 else _say, str(number))


async def test_a_statement_that_fails_does_not_harm_its_neighbours(sqlite: Database) -> None:
    said, broken, refused, after = await _in_one_batch(
        sqlite,
        sqlite.run(_say, "前"),
        sqlite.run(_break),
        sqlite.run(_say_and_refuse, "中"),
        sqlite.run(_say, "后"),
    )
    assert (said, after) == ("前", "后")
    assert isinstance(broken, DBAPIError)
    assert isinstance(refused, Refused)
    assert _said(sqlite) == ["前", "后"]


async def test_what_waits_shares_one_transaction(sqlite_url: str, clock: FrozenClock) -> None:
    """Each transaction asks the clock once, so those that share a moment share a transaction."""

    def later() -> datetime:
        clock.advance(seconds=1)
        return clock.now()

    database = Database(sqlite_url, later)
    moments = await _in_one_batch(database, *(database.run(lambda uow: uow.now) for _ in range(30)))
    assert len(moments) == 30
    assert len(set(moments)) == 1
    database.close()


async def test_nobody_is_told_of_success_when_the_transaction_was_lost_on_the_way(sqlite: Database) -> None:
    """A full disk can make SQLite roll back everything at once, not only the statement that met it."""
    sqlite.run_now(_full_disk_at, "大")
    outcomes = await _in_one_batch(
        sqlite, sqlite.run(_say, "前"), sqlite.run(_say, "大"), sqlite.run(_say, "后")
    )
    assert [isinstance(outcome, DBAPIError) for outcome in outcomes] == [True, True, True]
    assert _said(sqlite) == []
    assert sqlite.run_now(_say, "再来") == "再来"
    assert _said(sqlite) == ["再来"]


def _full_disk_at(uow: UnitOfWork, comment: str) -> None:
    uow.session.execute(
        text(
            "CREATE TRIGGER full_disk BEFORE INSERT ON feedback WHEN NEW.answer = :comment "
            "BEGIN SELECT RAISE(ROLLBACK, 'database or disk is full'); END".replace(
                ":comment", f"'{comment}'"
            )
        )
    )


def test_nobody_is_told_of_success_when_the_commit_fails(database: Database) -> None:
    """A constraint that is looked at only at the commit."""
    with pytest.raises(DBAPIError):
        database.run_now(_fail_at_commit, database.sqlite)
    assert _said(database) == []
    assert database.run_now(_say, "再来") == "再来"


def _fail_at_commit(uow: UnitOfWork, sqlite: bool) -> str:
    uow.feedback.add("comment", "没有写成")
    uow.session.flush()
    if sqlite:
        uow.session.execute(text("PRAGMA defer_foreign_keys=ON"))
    else:
        uow.session.execute(
            text("ALTER TABLE wish_event ALTER CONSTRAINT fk_wish_event_wish_no_wish DEFERRABLE")
        )
        uow.session.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    uow.session.execute(
        text("INSERT INTO wish_event (wish_no, at, move, note) VALUES (4711, :at, 'log', '')"),
        {"at": uow.now},
    )
    return "不该有人听到"


async def test_a_caller_who_went_away_does_not_stop_the_others(database: Database) -> None:
    gate = Gate()
    held = asyncio.ensure_future(database.run(gate.pass_through))
    await asyncio.to_thread(gate.entered.wait, 10)
    waiting = asyncio.ensure_future(database.run(_say, "走了"))
    await asyncio.sleep(0.01)
    held.cancel()
    waiting.cancel()
    await asyncio.gather(held, waiting, return_exceptions=True)
    gate.opened.set()
    assert await asyncio.wait_for(database.run(_say, "还在"), 10) == "还在"
    assert _said(database)[-1] == "还在"


async def test_a_database_that_cannot_be_opened_is_an_error_not_a_silence(clock: FrozenClock) -> None:
    database = Database("sqlite:////nowhere/at/all/lianxin.db", clock.now)
    for _ in range(2):
        with pytest.raises(DBAPIError):
            await asyncio.wait_for(database.run(_say, "甲"), 10)
    database.close()


async def test_reads_go_on_beside_a_writer_and_see_what_is_committed(database: Database) -> None:
    database.run_now(_say, "早")
    gate = Gate()

    def write(uow: UnitOfWork) -> None:
        _say(uow, "晚")
        uow.session.flush()
        gate.pass_through(uow)

    writing = asyncio.ensure_future(database.run(write))
    await asyncio.to_thread(gate.entered.wait, 10)
    seen = await asyncio.wait_for(database.read(lambda uow: [row.text for row in uow.feedback.all()]), 5)
    gate.opened.set()
    await writing
    assert (seen, _said(database)) == (["早"], ["早", "晚"])


def test_what_a_read_writes_is_gone(database: Database) -> None:
    assert database.read_now(_say, "不算") == "不算"
    assert _said(database) == []


async def test_the_sender_is_woken_after_a_commit_that_queued_something(database: Database) -> None:
    woken: list[str] = []
    database.on_outbox = lambda: woken.append(",".join(_said(database)))
    member = await database.run(lambda uow: uow.members.add("小周").id)

    def queue(uow: UnitOfWork, *, refuse: bool = False) -> None:
        from storage.outbox import Target

        uow.outbox.add(Target(member_id=member), "{}")
        _say(uow, "已排队")
        if refuse:
            raise Refused

    await asyncio.gather(database.run(queue, refuse=True), return_exceptions=True)
    await database.run(_say, "不用送")
    await database.run(queue)
    await asyncio.sleep(0.05)
    assert woken == ["不用送,已排队"]


def test_a_closed_database_refuses(database: Database) -> None:
    database.run_now(_say, "甲")
    database.close()
    with pytest.raises(RuntimeError):
        database.run_now(_say, "乙")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_server_that_dropped_every_connection_is_spoken_to_again(database: Database) -> None:
    await asyncio.gather(*(database.run(_say, str(n)) for n in range(8)))

    def hang_up(uow: UnitOfWork) -> None:
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        uow.connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))

    await database.run(hang_up)
    assert await asyncio.gather(*(database.run(_say, f"再{n}") for n in range(8))) == [
        f"再{n}" for n in range(8)
    ]
    assert len(await database.read(lambda uow: uow.feedback.all())) == 16


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_of_two_that_wait_for_each_other_the_one_sent_away_tries_again(database: Database) -> None:
    one, other = database.run_now(lambda uow: (uow.members.add("甲").id, uow.members.add("乙").id))
    both = threading.Barrier(2)
    attempts: list[int] = []

    def lock_both(uow: UnitOfWork, first: int, second: int) -> int:
        attempts.append(first)
        if len(attempts) <= 2:
            uow.members.lock(first)
            both.wait(10)
        # Who was sent away waits here for the other's end; taking `first` again they might meet a second time.
        uow.members.lock(second)
        uow.members.lock(first)
        _say(uow, str(first))
        return first

    done = await asyncio.gather(database.run(lock_both, one, other), database.run(lock_both, other, one))
    assert (list(done), len(attempts), _said(database)) == ([one, other], 3, sorted([str(one), str(other)]))


@pytest.mark.parametrize(("query", "patience"), [("", CONNECTING), ("?connect_timeout=2", "2")])
def test_an_address_that_does_not_answer_is_given_up(
    query: str, patience: object, clock: FrozenClock
) -> None:
    database = Database(f"postgresql+psycopg://u@127.0.0.1:1/x{query}", clock.now)
    given: dict[str, object] = {}

    @event.listens_for(database.engine, "do_connect")
    def connect(_dialect: object, _record: object, _words: object, settings: dict[str, object]) -> None:
        given.update(settings)
        raise Refused

    with pytest.raises(Refused):
        healthy(database)
    database.close()
    assert given["connect_timeout"] == patience


def test_what_people_wrote_is_in_no_error_and_so_in_no_log(database: Database) -> None:
    def break_off(uow: UnitOfWork) -> None:
        uow.connection.execute(text("INSERT INTO nowhere VALUES (:content)"), {"content": "王秀英要轮椅"})

    with pytest.raises(DBAPIError) as failed:
        database.run_now(break_off)
    assert "王秀英" not in str(failed.value)
