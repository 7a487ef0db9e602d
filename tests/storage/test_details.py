"""Personal details: kept apart and sealed, never read without a trace, gone when they are wiped."""

import traceback
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.base import DatabaseFailed
from storage.database import Database
from storage.sealing import CannotOpen
from storage.uow import UnitOfWork
from tests.clock import FrozenClock

CONTACT = "王秀英 13812345678"


def _looks(uow: UnitOfWork) -> list[tuple[str, str, str]]:
    return [(entry.actor, entry.action, entry.subject) for entry in uow.audit.all()]


def test_what_is_kept_is_read_by_field_and_the_last_word_stands(database: Database) -> None:
    def keep(uow: UnitOfWork) -> None:
        uow.details.keep("wish:1", "contact", "先前的")
        uow.details.keep("wish:1", "contact", CONTACT)
        uow.details.keep("wish:1", "content", "独居老人王秀英想要一台收音机")
        uow.details.keep("wish:1", "note:7", "不留")
        uow.details.keep("wish:1", "note:7", "")
        uow.details.keep("wish:2", "contact", "别人的")

    database.run_now(keep)
    assert database.run_now(lambda uow: uow.details.read("wish:1", by="member:3")) == {
        "contact": CONTACT,
        "content": "独居老人王秀英想要一台收音机",
    }
    assert database.read_now(lambda uow: uow.details.fields("wish:1")) == ("contact", "content")


def test_a_look_leaves_its_trace_in_the_same_transaction(database: Database) -> None:
    database.run_now(lambda uow: uow.details.keep("wish:1", "contact", CONTACT))

    def look_and_fail(uow: UnitOfWork) -> None:
        uow.details.read("wish:1", by="member:3")
        raise LookupError

    with pytest.raises(LookupError):
        database.run_now(look_and_fail)
    assert database.read_now(_looks) == []
    database.run_now(lambda uow: uow.details.read("wish:1", by="member:3"))
    database.run_now(lambda uow: uow.details.read("wish:1", by="member:4", own=True))
    database.run_now(lambda uow: uow.details.read("wish:9", by="member:3"))
    assert database.read_now(_looks) == [("member:3", "look", "wish:1")]


def test_where_nothing_can_be_written_nobody_looks(database: Database) -> None:
    database.run_now(lambda uow: uow.details.keep("wish:1", "contact", CONTACT))
    with pytest.raises(RuntimeError):
        database.read_now(lambda uow: uow.details.read("wish:1", by="member:3"))
    assert database.read_now(lambda uow: uow.details.read("wish:1", by="member:4", own=True)) == {
        "contact": CONTACT
    }


def test_a_token_put_behind_another_subject_does_not_open(database: Database) -> None:
    """Who can write into the tables still cannot have one person's details shown as another's."""

    def plant(uow: UnitOfWork) -> None:
        uow.details.keep("wish:1", "contact", CONTACT)
        uow.details.keep("wish:2", "contact", "别人的")
        uow.connection.execute(
            text(
                "UPDATE personal_detail SET sealed = "
                "(SELECT other.sealed FROM personal_detail AS other WHERE other.subject = 'wish:1') "
                "WHERE subject = 'wish:2'"
            )
        )

    database.run_now(plant)
    with pytest.raises(CannotOpen):
        database.run_now(lambda uow: uow.details.read("wish:2", by="member:3"))


def test_wiping_leaves_nothing(database: Database) -> None:
    database.run_now(lambda uow: uow.details.keep("wish:1", "contact", CONTACT))
    assert database.run_now(lambda uow: [uow.details.wipe("wish:1"), uow.details.wipe("wish:1")]) == [
        True,
        False,
    ]
    assert database.run_now(lambda uow: uow.details.read("wish:1", by="member:3")) == {}
    assert database.read_now(_looks) == []


def test_two_subjects_that_are_one_keep_what_either_has(database: Database) -> None:
    def join(uow: UnitOfWork) -> dict[str, str]:
        uow.details.keep("member:1", "contact", "一")
        uow.details.keep("member:1", "address", "村东")
        uow.details.keep("member:2", "contact", "二")
        uow.details.hand_over("member:1", "member:2")
        return uow.details.read("member:2", by="member:2", own=True)

    assert database.run_now(join) == {"contact": "二", "address": "村东"}
    assert database.read_now(lambda uow: uow.details.fields("member:1")) == ()


def test_neither_what_is_kept_nor_what_was_lies_in_the_file(sqlite_url: str, clock: FrozenClock) -> None:
    """Also in the log that is written ahead, and in pages that are free again."""
    database = Database(sqlite_url, clock.now)
    words = [f"王秀英的第{number}个地址：村东头" * 20 for number in range(200)]

    def keep(uow: UnitOfWork) -> None:
        for number, each in enumerate(words):
            uow.details.keep(f"wish:{number}", "contact", each)
            uow.inbox.answer("c", str(number), each)
            uow.feedback.add("comment", each)

    database.run_now(keep)
    folder = Path(sqlite_url.removeprefix("sqlite:///")).parent
    raw = b"".join(path.read_bytes() for path in folder.iterdir())
    assert len(raw) > 1_000_000
    assert "王秀英".encode() not in raw
    database.close()


def test_what_is_deleted_is_overwritten(sqlite_url: str, clock: FrozenClock) -> None:
    """SQLite would else leave the bytes in free pages: PRAGMA secure_delete."""
    database = Database(sqlite_url, clock.now)

    def add(uow: UnitOfWork) -> None:
        for number in range(100):
            uow.members.add(f"曾经的人{number}" * 20)

    database.run_now(add)
    database.run_now(lambda uow: uow.connection.execute(text("DELETE FROM member")) and None)
    database.close()
    folder = Path(sqlite_url.removeprefix("sqlite:///")).parent
    assert not [path for path in folder.iterdir() if "曾经的人".encode() in path.read_bytes()]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO member (name, created_at) VALUES (:name, NULL)",
        "INSERT INTO personal_detail VALUES (:name, 'a', 'b'), (:name, 'a', 'b')",
        "INSERT INTO member (id, name, created_at) VALUES (CAST(:name AS INTEGER), :name, NULL)",
    ],
)
def test_nobody_says_who_it_was_in_an_error(database: Database, statement: str) -> None:
    """A statement that fails tells neither its parameters nor, of PostgreSQL, the row it was about."""

    def fail(uow: UnitOfWork) -> None:
        uow.connection.execute(text(statement), {"name": CONTACT[:3]})

    with pytest.raises(DatabaseFailed) as failed:
        database.run_now(fail)
    told = "".join(traceback.format_exception(failed.value))
    assert CONTACT[:3] not in told
    assert "INSERT INTO" in told
