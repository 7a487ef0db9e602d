"""What a chat has open: a list with what follows it, and a conversation that one message alone can answer."""

import pytest
from sqlalchemy import text

from storage.chats import PATIENCE, MovedOn, OpenConversation
from storage.database import Database
from storage.uow import UnitOfWork
from tests.clock import FrozenClock

CHAT = "m:1"


@pytest.fixture
def member(database: Database) -> int:
    return database.run_now(lambda uow: uow.members.add("马大姐")).id


def waiting(database: Database, member: int) -> OpenConversation | None:
    return database.read_now(lambda uow: uow.chats.conversation(CHAT, member))


def test_a_list_is_kept_with_what_follows_it(database: Database) -> None:
    assert database.read_now(lambda uow: uow.chats.listed(CHAT)) == ((), "")
    database.run_now(lambda uow: uow.chats.keep_listing(CHAT, ("wish:1", "wish:2"), "/心愿单 王秀英 第2页"))
    assert database.read_now(lambda uow: uow.chats.listed(CHAT)) == (
        ("wish:1", "wish:2"),
        "/心愿单 王秀英 第2页",
    )
    database.run_now(lambda uow: uow.chats.keep_listing(CHAT, ("passage:7f3a",)))
    assert database.read_now(lambda uow: uow.chats.listed(CHAT)) == (("passage:7f3a",), "")


def test_one_message_takes_a_step_and_the_other_is_told(database: Database, member: int) -> None:
    first = OpenConversation("心愿", "", '["第一步"]')
    second = OpenConversation("心愿", "", '["第二步"]', taken=1)

    def step(uow: UnitOfWork, seen: OpenConversation, then: OpenConversation) -> None:
        uow.chats.take(CHAT, member, seen)
        uow.chats.open_conversation(CHAT, member, then)

    database.run_now(lambda uow: uow.chats.open_conversation(CHAT, member, first))
    database.run_now(step, first, second)
    assert waiting(database, member) == second
    with pytest.raises(MovedOn):
        database.run_now(step, first, OpenConversation("心愿", "", '["另一步"]', taken=1))
    assert waiting(database, member) == second
    with pytest.raises(MovedOn):
        database.run_now(lambda uow: uow.chats.take(CHAT, member, OpenConversation("未达", "", taken=1)))
    database.run_now(lambda uow: uow.chats.take(CHAT, member, second))
    assert waiting(database, member) is None
    with pytest.raises(MovedOn):
        database.run_now(lambda uow: uow.chats.take(CHAT, member, second))


def test_steps_are_waited_for_half_an_hour_each(database: Database, member: int, clock: FrozenClock) -> None:
    def step(uow: UnitOfWork, taken: int) -> None:
        uow.chats.open_conversation(CHAT, member, OpenConversation("心愿", "", "[]", taken))

    for taken in range(3):
        database.run_now(step, taken)
        clock.advance(seconds=PATIENCE.total_seconds())
        assert waiting(database, member) == OpenConversation("心愿", "", "[]", taken)
    clock.advance(seconds=1)
    assert waiting(database, member) is None


def test_what_was_said_on_the_way_and_asked_for_lies_sealed(database: Database, member: int) -> None:
    said = OpenConversation("心愿", "", '[[["contact", "13812345678"]]]')
    database.run_now(lambda uow: uow.chats.open_conversation(CHAT, member, said))
    database.run_now(lambda uow: uow.chats.keep_listing(CHAT, ("wish:1",), "/心愿单 13812345678"))

    def raw(uow: UnitOfWork) -> str:
        rows = [*uow.connection.execute(text("SELECT steps FROM conversation"))]
        return str([*rows, *uow.connection.execute(text("SELECT more FROM chat_listing"))])

    assert "13812345678" not in database.read_now(raw)
    assert waiting(database, member) == said


def test_what_nobody_goes_on_with_is_dropped(database: Database, member: int, clock: FrozenClock) -> None:
    def put(uow: UnitOfWork) -> None:
        uow.chats.open_conversation(CHAT, member, OpenConversation("心愿", "", "[]"))
        uow.chats.keep_listing(CHAT, ("wish:1",), "/心愿单 第2页")

    def rows(uow: UnitOfWork) -> tuple[int, int]:
        conversations = uow.connection.execute(text("SELECT count(*) FROM conversation")).scalar_one()
        return conversations, uow.connection.execute(text("SELECT count(*) FROM chat_listing")).scalar_one()

    database.run_now(put)
    left = []
    for days, minutes in ((0, 30), (0, 1), (13, 0), (1, 0)):
        clock.advance(days=days, minutes=minutes)
        database.run_now(lambda uow: uow.chats.prune())
        left.append(database.read_now(rows))
    assert left == [(1, 1), (0, 1), (0, 1), (0, 0)]


def test_of_who_is_forgotten_nothing_is_open(database: Database, member: int) -> None:
    other = database.run_now(lambda uow: uow.members.add("丁主任")).id

    def put(uow: UnitOfWork) -> None:
        for who in (member, other):
            for chat in (f"m:{who}", "g:1"):
                uow.chats.open_conversation(chat, who, OpenConversation("心愿", "", "[]"))
            uow.chats.keep_listing(f"m:{who}", ("wish:1",))
        uow.chats.keep_listing("g:1", ("wish:2",))
        uow.chats.forget(member)

    def left(uow: UnitOfWork) -> tuple[list[str], list[str]]:
        conversations = uow.connection.execute(text("SELECT chat FROM conversation ORDER BY chat")).scalars()
        return list(conversations), list(
            uow.connection.execute(text("SELECT chat FROM chat_listing ORDER BY chat")).scalars()
        )

    database.run_now(put)
    assert database.read_now(left) == (["g:1", f"m:{other}"], ["g:1", f"m:{other}"])
