"""The schema: brought forward once, the same on both databases, and never touched by older code."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from storage import schema
from storage.base import metadata
from storage.database import Database
from tests import postgres
from tests.clock import FrozenClock
from tests.conftest import BACK_ENDS

UPGRADE = """
import sys
from bot.clock import SystemClock
from storage import schema
from storage.database import Database
database = Database(sys.argv[1], SystemClock().now)
print("ready", flush=True)
sys.stdin.readline()
schema.upgrade(database)
database.close()
"""

Opened = Callable[[], Database]


@pytest.fixture(params=BACK_ENDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with nothing in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'lianxin.db'}"
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    url = server.create()
    yield url
    server.drop(url)


@pytest.fixture
def opened(empty_url: str, clock: FrozenClock) -> Iterator[Opened]:
    """Opens the empty database, as often as one likes."""
    found: list[Database] = []

    def open_one() -> Database:
        found.append(Database(empty_url, clock.now))
        return found[-1]

    yield open_one
    for database in found:
        database.close()


def test_an_empty_database_is_brought_to_the_head_and_agrees_with_the_tables(opened: Opened) -> None:
    database = opened()
    assert (schema.version(database), schema.is_empty(database)) == (None, True)
    schema.upgrade(database)
    assert (schema.version(database), schema.is_empty(database)) == (schema.head(), False)
    assert schema.differences(database) == []
    with database.engine.connect() as connection:
        tables = set(inspect(connection).get_table_names())
    assert tables == {*metadata.tables, "alembic_version"}
    assert len(tables) > 20


def test_differences_are_named(opened: Opened) -> None:
    database = opened()
    schema.upgrade(database)
    with database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE wish DROP COLUMN note"))
    (difference,) = schema.differences(database)
    assert "add_column" in difference
    assert "note" in difference


def test_upgrading_again_changes_nothing(opened: Opened) -> None:
    database = opened()
    schema.upgrade(database)
    database.run_now(lambda uow: uow.places.add("永续社区"))
    schema.upgrade(database)
    schema.upgrade(opened())
    assert database.read_now(lambda uow: [place.name for place in uow.places.all()]) == ["永续社区"]


def test_questions_that_stood_among_the_feedback_are_queued_once_each(opened: Opened) -> None:
    """0001 → 0002 with data: what was asked in several ways is one row, what was of no use keeps its feedback."""
    database = opened()
    with database.engine.begin() as connection:
        schema.migrate(connection, "0001")
        add = text("INSERT INTO feedback (at, kind, text, answer) VALUES (:at, :kind, :text, '')")
        rows = [
            ("2026-03-01 01:00:00", "unanswered", "路灯归谁修"),
            ("2026-03-02 01:00:00", "comment", "字太小"),
            ("2026-03-03 01:00:00", "unanswered", "请问路灯，归谁修呢？"),
            ("2026-03-04 01:00:00", "useless", "低保咋办"),
            ("2026-03-05 01:00:00", "useless", ""),
        ]
        for at, kind, words in rows:
            zone = "" if connection.dialect.name == "sqlite" else "+00:00"
            connection.execute(add, {"at": at + zone, "kind": kind, "text": words})
    assert schema.version(database) == "0001"
    schema.upgrade(database)
    assert schema.differences(database) == []
    found = database.read_now(
        lambda uow: [(q.text, q.times, q.first.day, q.last.day) for q in uow.questions.waiting()]
    )
    assert found == [("路灯归谁修", 2, 1, 3), ("低保咋办", 1, 4, 4)]
    left = database.read_now(lambda uow: [(row.kind, row.text) for row in uow.feedback.all()])
    assert left == [("comment", "字太小"), ("useless", "低保咋办"), ("useless", "")]


def test_documents_of_an_older_schema_wait_to_be_read_again(opened: Opened) -> None:
    """0002 → 0003 with data: nothing is known of them that was not, and no reader of today has read them."""
    database = opened()
    with database.engine.begin() as connection:
        schema.migrate(connection, "0002")
        row = "'a.md', '某办法', 'law', '', 'd1', '', 1, :no, :at"
        columns = "source, title, kind, region, digest, root, revision, removed, imported_at"
        zone = "" if connection.dialect.name == "sqlite" else "+00:00"
        values = {"no": False, "at": "2026-03-01 01:00:00" + zone}
        connection.execute(text(f"INSERT INTO document ({columns}) VALUES ({row})"), values)
    schema.upgrade(database)
    assert schema.differences(database) == []
    ((document, count),) = database.read_now(lambda uow: uow.documents.all())
    known = document.number, document.status, document.superseded_by, document.reading, document.corrected
    assert (known, count) == (("", "", "", 0, {}), 0)


def test_questions_keep_their_count_and_their_askers_when_they_learn_of_places(opened: Opened) -> None:
    """0003 → 0004 with data: a question asked before is of no place, and who asked is still to be told."""
    database = opened()
    with database.engine.begin() as connection:
        schema.migrate(connection, "0003")
        day = "2026-03-01 01:00:00" + ("" if connection.dialect.name == "sqlite" else "+00:00")
        member = "INSERT INTO member (id, name, created_at) VALUES (1, '张大妈', :day)"
        connection.execute(text(member), {"day": day})
        connection.execute(
            text(
                "INSERT INTO question (no, key, text, times, first_at, last_at, standing, reason)"
                " VALUES (7, '路灯', '路灯？', 3, :day, :day, 'waiting', '')"
            ),
            {"day": day},
        )
        notice = "INSERT INTO question_notice (question_no, member_id, at) VALUES (7, 1, :day)"
        connection.execute(text(notice), {"day": day})
    schema.upgrade(database)
    assert schema.differences(database) == []
    assert schema.damages(database) == []
    kept = database.read_now(lambda uow: uow.questions.get(7))
    assert (kept.text, kept.times, kept.place_id, kept.place, kept.same) == ("路灯？", 3, None, "", "")


def test_old_code_refuses_a_newer_schema_and_leaves_it_alone(opened: Opened) -> None:
    database = opened()
    schema.upgrade(database)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(schema.SchemaTooNew, match="9999"):
        schema.upgrade(database)
    assert schema.version(database) == "9999"


def test_an_upgrade_that_breaks_off_leaves_an_empty_database(opened: Opened) -> None:
    """All steps are one transaction: dying in the middle is the same as not having begun."""
    database = opened()
    with pytest.raises(RuntimeError, match="pulled the plug"), database.engine.begin() as connection:
        from alembic import command

        command.upgrade(schema._config(connection), "head")
        raise RuntimeError("pulled the plug")
    assert (schema.version(database), schema.is_empty(database)) == (None, True)
    schema.upgrade(database)
    assert schema.differences(database) == []


def test_processes_that_upgrade_at_the_same_moment_upgrade_once(empty_url: str, opened: Opened) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", UPGRADE, empty_url],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("now\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[0] for process in processes]
    assert [(process.returncode, words) for process, words in zip(processes, said, strict=True)] == [
        (0, "")
    ] * 2
    database = opened()
    assert schema.version(database) == schema.head()
    assert schema.differences(database) == []
