"""The inbox: every update once, and the same words for every delivery of it."""

import asyncio
from datetime import timedelta

import pytest

from storage.database import Database
from storage.inbox import AlreadyAnswered, Pending
from storage.uow import UnitOfWork
from tests.clock import FrozenClock

CHANNEL, KEY = "official_account", "24500000000000001"


def _answer(uow: UnitOfWork, reply: str, key: str = KEY) -> bool:
    uow.feedback.add("comment", reply)
    return uow.inbox.answer(CHANNEL, key, reply)


def _accept(uow: UnitOfWork, payload: str = "来信", key: str = KEY) -> str | None:
    return uow.inbox.accept(CHANNEL, key, payload)


def _stored(uow: UnitOfWork, key: str = KEY) -> tuple[bool, str | None]:
    return uow.inbox.knows(CHANNEL, key), uow.inbox.reply_to(CHANNEL, key)


def test_an_unknown_update_has_no_reply(database: Database) -> None:
    assert database.read_now(_stored) == (False, None)


def test_a_reply_given_in_time_need_not_be_sent(database: Database) -> None:
    assert database.run_now(_answer, "好的") is False
    assert database.read_now(_stored) == (True, "好的")


def test_a_second_delivery_gets_the_first_reply_and_does_nothing(database: Database) -> None:
    database.run_now(_answer, "第一")
    with pytest.raises(AlreadyAnswered) as second:
        database.run_now(_answer, "第二")
    assert second.value.reply == "第一"
    assert database.read_now(lambda uow: [row.text for row in uow.feedback.all()]) == ["第一"]


async def test_of_many_deliveries_at_once_one_is_carried_out(database: Database) -> None:
    outcomes = await asyncio.gather(
        *(database.run(_answer, str(n)) for n in range(12)), return_exceptions=True
    )
    won = [n for n, outcome in enumerate(outcomes) if outcome is False]
    told = {outcome.reply for outcome in outcomes if isinstance(outcome, AlreadyAnswered)}
    assert (len(won), told) == (1, {str(won[0])})
    assert database.read_now(lambda uow: [row.text for row in uow.feedback.all()]) == [str(won[0])]


def test_the_reply_to_an_accepted_update_has_to_be_sent(database: Database) -> None:
    assert database.run_now(_accept) is None
    assert database.read_now(_stored) == (True, None)
    assert database.run_now(_answer, "迟到的话") is True
    assert database.run_now(_accept) == "迟到的话"
    with pytest.raises(AlreadyAnswered):
        database.run_now(_answer, "又一次")


def test_accepting_what_is_answered_gives_the_answer(database: Database) -> None:
    database.run_now(_answer, "早答过了")
    assert database.run_now(_accept) == "早答过了"
    assert database.read_now(lambda uow: uow.inbox.pending(older_than=timedelta(days=-1))) == []


def test_an_empty_reply_is_a_reply(database: Database) -> None:
    database.run_now(_answer, "")
    assert database.read_now(_stored) == (True, "")
    with pytest.raises(AlreadyAnswered):
        database.run_now(_answer, "再答")


def test_one_key_on_two_channels_is_two_updates(database: Database) -> None:
    database.run_now(_answer, "好的")
    assert database.run_now(lambda uow: uow.inbox.answer("wecom_app", KEY, "另一个")) is False
    assert database.read_now(lambda uow: uow.inbox.reply_to("wecom_app", KEY)) == "另一个"


def test_abandoned_updates_are_those_accepted_a_while_ago(database: Database, clock: FrozenClock) -> None:
    database.run_now(_accept, "旧信", "1")
    database.run_now(_accept, "答过的信", "2")
    database.run_now(_answer, "答", "2")
    clock.advance(seconds=61)
    database.run_now(_accept, "新信", "3")

    def pending(uow: UnitOfWork) -> list[Pending]:
        return uow.inbox.pending(older_than=timedelta(minutes=1))

    assert database.read_now(pending) == [Pending(CHANNEL, "1", "旧信")]


def test_rows_live_seventy_two_hours(database: Database, clock: FrozenClock) -> None:
    database.run_now(_answer, "旧", "1")
    clock.advance(hours=1)
    database.run_now(_answer, "新", "2")
    clock.advance(hours=71)
    assert database.run_now(lambda uow: uow.inbox.prune()) == 0
    clock.advance(seconds=1)
    assert database.run_now(lambda uow: uow.inbox.prune()) == 1
    assert database.read_now(_stored, "1") == (False, None)
    assert database.read_now(_stored, "2") == (True, "新")


def test_what_was_said_is_kept_until_it_is_answered(database: Database) -> None:
    database.run_now(lambda uow: uow.inbox.accept("terminal", "k", "什么话"))
    assert database.run_now(lambda uow: uow.inbox.answer("terminal", "k", "好")) is True
    column = "SELECT payload FROM inbox"
    assert database.read_now(lambda uow: [row[0] for row in uow.connection.exec_driver_sql(column)]) == [""]
    assert database.read_now(lambda uow: uow.inbox.reply_to("terminal", "k")) == "好"
