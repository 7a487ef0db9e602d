"""Seals of the audit register: every row in one, none in two, and whatever is changed afterwards is named."""

import hashlib
import shutil
import sqlite3
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from storage import append_only, seals
from storage.audit import AuditRow
from storage.backup import backup, restore
from storage.database import Database, one_moment
from storage.seal_check import Checked, Fault, Found, check
from storage.seals import COLUMNS, Seal, moment_text, row_words
from storage.uow import UnitOfWork
from storage.wishes import Move
from tests import postgres
from tests.clock import FrozenClock

WORDS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)
"""What a text column of PostgreSQL can hold."""


def _write(uow: UnitOfWork, *subjects: str) -> None:
    for subject in subjects:
        uow.audit.add(actor="member:1", action="claim", subject=subject, before="open", after="claimed")


def _seal(uow: UnitOfWork) -> Seal | None:
    return uow.seals.seal()


def checked(database: Database, since: str = "", newest: int | None = None) -> Checked:
    with one_moment(database) as connection:
        return check(connection, since=since, newest=newest)


def sealed(database: Database, clock: FrozenClock, batches: int = 3, rows: int = 4) -> list[Seal]:
    """Batches of rows, a seal each, five minutes apart."""
    made = []
    for batch in range(batches):
        database.run_now(_write, *(f"wish:{batch * rows + n + 1}" for n in range(rows)))
        clock.advance(minutes=5)
        seal = database.run_now(_seal)
        assert seal is not None
        made.append(seal)
    return made


def tamper(database: Database, *statements: str) -> None:
    """What somebody does who has the database and takes the triggers away first."""
    with database.engine.begin() as connection:
        append_only.release(connection)
        for statement in statements:
            assert connection.execute(text(statement)).rowcount == 1
        append_only.guard(connection)


# -- sealing ---------------------------------------------------------------------------------------


def test_rows_are_sealed_once_and_each_seal_names_the_one_before(
    database: Database, clock: FrozenClock
) -> None:
    first, second, third = sealed(database, clock)
    assert (first.number, first.count, first.previous) == (1, 4, "")
    assert (second.number, second.count, second.previous) == (2, 4, first.hash)
    assert (third.number, third.count, third.previous) == (3, 4, second.hash)
    assert database.run_now(_seal) is None
    assert database.read_now(lambda uow: uow.seals.head()) == third
    assert checked(database) == Checked(seals=3, rows=12, head=third.hash)


def test_rows_without_a_seal_are_counted(database: Database, clock: FrozenClock) -> None:
    (seal,) = sealed(database, clock, batches=1)
    written = clock.now()
    database.run_now(_write, "wish:90", "wish:91")
    assert database.read_now(lambda uow: uow.seals.unsealed()) == (2, written)
    assert checked(database) == Checked(seals=1, rows=4, unsealed=2, head=seal.hash)


def test_an_empty_register_has_nothing_to_seal(database: Database) -> None:
    assert database.run_now(_seal) is None
    assert database.read_now(lambda uow: uow.seals.unsealed()) == (0, None)
    assert checked(database) == Checked()


def test_a_large_backlog_is_sealed_in_batches(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = seals._WAITING.limit(3)
    monkeypatch.setattr(seals, "_WAITING", waiting)
    database.run_now(_write, *(f"wish:{n}" for n in range(8)))
    counts = [seal.count for seal in iter(lambda: database.run_now(_seal), None)]
    assert counts == [3, 3, 2]
    assert checked(database).faults == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=st.lists(
        st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20),
        min_size=8,
        max_size=8,
    )
)
def test_both_databases_hash_the_bytes_the_rule_says(
    database: Database, clock: FrozenClock, words: list[str]
) -> None:
    values = dict(zip(COLUMNS, [moment_text(clock.now()), *words[1:]], strict=True))

    def write(uow: UnitOfWork) -> int:
        row = AuditRow(**{**values, "at": clock.now()})
        uow.session.add(row)
        uow.session.flush()
        assert row.id is not None
        return row.id

    row_id = database.run_now(write)
    with one_moment(database) as connection:
        asked = text(f"SELECT {seals.canonical(connection)} FROM audit WHERE id = :id")
        found = connection.execute(asked, {"id": row_id}).scalar_one()
    assert found == row_words(row_id, values)


def test_a_seal_can_be_computed_by_hand(database: Database, clock: FrozenClock) -> None:
    (seal,) = sealed(database, clock, batches=1, rows=1)
    at = "2026-03-05 01:00:00.000000"
    row = f"1|26:{at}8:member:15:claim6:wish:14:open7:claimed0:0:".encode()
    head = b"lianxin audit seal 1\n1\n2026-03-05 01:05:00.000000\n1\n\n"
    entry = (1).to_bytes(8, "big") + hashlib.sha256(row).digest()
    assert seal.hash == hashlib.sha256(head + entry).hexdigest()


# -- many at once ----------------------------------------------------------------------------------


def test_slow_writers_and_two_sealers_miss_no_row_and_seal_none_twice(
    database_url: str, clock: FrozenClock
) -> None:
    """On PostgreSQL a transaction that took a smaller number commits after larger ones were sealed."""
    replicas = [Database(database_url, clock.now) for _ in range(2)]
    busy, stop = threading.Barrier(9), threading.Event()

    def write_slowly(replica: Database, name: str) -> None:
        def slow(uow: UnitOfWork, n: int) -> None:
            _write(uow, f"{name}:{n}:first")
            if not replica.sqlite and n % 5 == 0:
                stop.wait(0.02)  # others take larger numbers, and commit and are sealed before us
            _write(uow, f"{name}:{n}:second")

        busy.wait()
        for n in range(25):
            replica.run_now(slow, n)

    def keep_sealing(replica: Database) -> None:
        busy.wait()
        while not stop.is_set():
            replica.run_now(_seal)

    writers = [threading.Thread(target=write_slowly, args=(replicas[n % 2], f"writer{n}")) for n in range(7)]
    sealers = [threading.Thread(target=keep_sealing, args=(replica,)) for replica in replicas]
    for thread in (*writers, *sealers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in sealers:
        thread.join()
    while replicas[0].run_now(_seal) is not None:
        pass
    result = checked(replicas[0])
    members = replicas[0].read_now(_sealed_ids)
    for replica in replicas:
        replica.close()
    assert (result.faults, result.unsealed, result.rows) == ([], 0, 7 * 25 * 2)
    assert sorted(members) == sorted(set(members))
    assert len(members) == 7 * 25 * 2


def _sealed_ids(uow: UnitOfWork) -> list[int]:
    rows = uow.connection.execute(text("SELECT members FROM audit_seal ORDER BY number")).scalars()
    return [
        int.from_bytes(members[at : at + 8], "big")
        for members in rows
        for at in range(0, len(members), seals.ENTRY)
    ]


def test_a_row_committed_late_comes_into_the_next_seal(postgres_url: str, clock: FrozenClock) -> None:
    """The very order of events: number 1 is taken, number 2 committed and sealed, then number 1 committed."""
    database = Database(postgres_url, clock.now)
    taken, go = threading.Event(), threading.Event()

    def late(uow: UnitOfWork) -> None:
        _write(uow, "wish:late")
        taken.set()
        go.wait(20)

    slow = threading.Thread(target=database.run_now, args=(late,))
    slow.start()
    taken.wait(20)
    database.run_now(_write, "wish:early")
    first = database.run_now(_seal)
    go.set()
    slow.join()
    clock.advance(minutes=5)
    second = database.run_now(_seal)
    assert first is not None
    assert second is not None
    assert database.read_now(_sealed_ids) == [2, 1]
    assert checked(database) == Checked(seals=2, rows=2, head=second.hash)
    database.close()


# -- faults ----------------------------------------------------------------------------------------

ROW_7 = "UPDATE audit SET {} WHERE id = 7"
SEAL_2 = "UPDATE audit_seal SET {} WHERE number = 2"


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        (ROW_7.format("actor = 'member:2'"), [Found(Fault.ROW_CHANGED, 2, 7)]),
        (ROW_7.format("after = 'claimed '"), [Found(Fault.ROW_CHANGED, 2, 7)]),
        (ROW_7.format("before = 'openclaimed', after = ''"), [Found(Fault.ROW_CHANGED, 2, 7)]),
        (ROW_7.format("at = '2026-03-05 01:05:00.000001'"), [Found(Fault.ROW_CHANGED, 2, 7)]),
        (ROW_7.format("seal = NULL"), [Found(Fault.ROW_MISSING, 2, 7)]),
        (ROW_7.format("seal = 1"), [Found(Fault.ROW_INSERTED, 1, 7), Found(Fault.ROW_MISSING, 2, 7)]),
        (ROW_7.format("seal = 9"), [Found(Fault.ROW_MISSING, 2, 7), Found(Fault.SEAL_MISSING, 9)]),
        (
            ROW_7.format("id = 70"),
            [Found(Fault.ROW_MISSING, 2, 7), Found(Fault.ROW_INSERTED, 2, 70)],
        ),
        ("DELETE FROM audit WHERE id = 7", [Found(Fault.ROW_MISSING, 2, 7)]),
        (
            "INSERT INTO audit (id, at, actor, action, subject, before, after, channel, update_key, seal)"
            " VALUES (40, '2026-03-05 01:00:00.000000', 'a', 'b', 'c', '', '', '', '', 2)",
            [Found(Fault.ROW_INSERTED, 2, 40)],
        ),
        (SEAL_2.format("count = 5"), [Found(Fault.SEAL_CHANGED, 2)]),
        (SEAL_2.format("at = '2026-03-05 01:05:00.000000'"), [Found(Fault.SEAL_CHANGED, 2)]),
        (SEAL_2.format(f"hash = '{'0' * 64}'"), [Found(Fault.SEAL_CHANGED, 2), Found(Fault.CHAIN_BROKEN, 3)]),
        (SEAL_2.format("previous = ''"), [Found(Fault.CHAIN_BROKEN, 2), Found(Fault.SEAL_CHANGED, 2)]),
        (SEAL_2.format("number = 5"), [
            Found(Fault.SEAL_MISSING, 2), Found(Fault.CHAIN_BROKEN, 3), Found(Fault.SEAL_MISSING, 4),
            Found(Fault.CHAIN_BROKEN, 5), Found(Fault.SEAL_CHANGED, 5),
            *(Found(Fault.ROW_MISSING, 5, n) for n in range(5, 9)),
        ]),
        ("DELETE FROM audit_seal WHERE number = 2", [Found(Fault.SEAL_MISSING, 2), Found(Fault.CHAIN_BROKEN, 3)]),
        ("DELETE FROM audit_seal WHERE number = 3", [Found(Fault.SEAL_MISSING, 3)]),
        ("DELETE FROM audit_seal WHERE number = 1", [Found(Fault.SEAL_MISSING, 1), Found(Fault.CHAIN_BROKEN, 2)]),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_its_seal_and_row(
    database: Database, clock: FrozenClock, change: str, faults: list[Found]
) -> None:
    sealed(database, clock)
    tamper(database, change)
    assert checked(database).faults == faults


def test_a_row_put_in_among_old_ones_is_found_before_and_after_it_is_sealed(
    database: Database, clock: FrozenClock
) -> None:
    sealed(database, clock)
    clock.advance(days=30)
    sealed(database, clock, batches=1)
    tamper(
        database,
        "INSERT INTO audit (id, at, actor, action, subject, before, after, channel, update_key)"
        " VALUES (-3, '2026-03-05 01:02:00.000000', 'member:9', 'claim', 'wish:1', '', '', '', '')",
    )
    assert checked(database).faults == [Found(Fault.ROW_INSERTED, None, -3)]
    seal = database.run_now(_seal)
    assert seal is not None
    assert checked(database).faults == [Found(Fault.ROW_INSERTED, seal.number, -3)]


def test_a_clock_set_back_is_no_fault(database: Database, clock: FrozenClock) -> None:
    sealed(database, clock)
    clock.advance(days=-40)
    sealed(database, clock)
    assert checked(database).faults == []


def test_a_hash_on_paper_finds_out_who_computed_every_seal_anew(
    database: Database, clock: FrozenClock
) -> None:
    *_, second, third = sealed(database, clock)
    assert checked(database, since=second.hash[:32]).since == 2
    assert checked(database, since=third.hash).since == 3
    tamper(database, ROW_7.format("actor = 'member:2'"))
    with database.engine.begin() as connection:
        append_only.release(connection)
        connection.execute(text("DELETE FROM audit_seal"))
        connection.execute(text("UPDATE audit SET seal = NULL"))
        append_only.guard(connection)
    while database.run_now(_seal) is not None:
        pass
    forged = checked(database, since=second.hash[:32])
    assert (forged.faults, forged.since) == ([], None)


def test_the_newest_seals_can_be_checked_alone(database: Database, clock: FrozenClock) -> None:
    *_, last = sealed(database, clock)
    tamper(database, "UPDATE audit SET actor = 'x' WHERE id = 1")
    assert checked(database, newest=2) == Checked(seals=2, rows=8, head=last.hash)
    assert checked(database, newest=3).faults == [Found(Fault.ROW_CHANGED, 1, 1)]


def test_of_many_faults_some_are_named_and_all_are_counted(database: Database, clock: FrozenClock) -> None:
    sealed(database, clock, batches=2, rows=800)
    with database.engine.begin() as connection:
        append_only.release(connection)
        connection.execute(text("DELETE FROM audit"))
    found = checked(database)
    assert (len(found.faults), found.count) == (1000, 1600)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_byte_changed_in_any_value_is_found(sealed_file: Path, data: st.DataObject) -> None:
    """A bit of any stored value, as SQLite keeps it: also what is no text any more."""
    with tempfile.TemporaryDirectory(dir=postgres.memory()) as folder:
        path = Path(shutil.copy(sealed_file, folder))
        with sqlite3.connect(path) as connection:
            for (trigger,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall():
                connection.execute(f"DROP TRIGGER {trigger}")
            table = data.draw(st.sampled_from(("audit", "audit_seal")))
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            column = data.draw(st.sampled_from(columns))
            key = columns[0]
            row = data.draw(st.integers(1, 12 if table == "audit" else 3))
            asked = f"SELECT typeof({column}), CAST({column} AS BLOB) FROM {table} WHERE {key} = {row}"
            ((kind, value),) = connection.execute(asked).fetchall()
            if not value:
                changed: Any = data.draw(st.sampled_from(("x", b"", None, 0)))
            elif kind == "integer":
                changed = int(value) ^ (1 << data.draw(st.integers(0, 40)))
            else:
                at, bit = data.draw(st.integers(0, len(value) - 1)), data.draw(st.integers(0, 7))
                raw = value[:at] + bytes([value[at] ^ (1 << bit)]) + value[at + 1 :]
                changed = raw
            store = "CAST(? AS TEXT)" if kind == "text" and isinstance(changed, bytes) and changed else "?"
            try:
                connection.execute(f"UPDATE {table} SET {column} = {store} WHERE {key} = {row}", (changed,))
            except sqlite3.IntegrityError:
                return  # NOT NULL, or the number of another row: the database would not have it
        connection.close()
        database = Database(f"sqlite:///{path}", FrozenClock().now)
        try:
            assert checked(database).count >= 1, (table, column, row, changed)
        finally:
            database.close()


@pytest.fixture(scope="module")
def sealed_file(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with three seals, for the test above to copy."""
    path = tmp_path_factory.mktemp("sealed") / "lianxin.db"
    shutil.copy(sqlite_template, path)
    clock = FrozenClock()
    database = Database(f"sqlite:///{path}", clock.now)
    sealed(database, clock)
    database.close()
    return path


# -- append-only -----------------------------------------------------------------------------------


def _everything_kept(uow: UnitOfWork) -> None:
    member = uow.members.add("王主任")
    wish = uow.wishes.log("收音机", by=member.id, place_id=None, group_id=None, expires_on=uow.now.date())
    uow.wishes.move(wish.no, Move.WITHDRAW, by=member.id, note="写错了")
    _write(uow, "wish:1")
    uow.seals.seal()


def test_the_database_refuses_to_change_or_remove_what_happened(database: Database) -> None:
    database.run_now(_everything_kept)
    tried = 0
    for table, free in append_only.EXCEPTIONS.items():
        columns = [column["name"] for column in inspect(database.engine).get_columns(table)]
        for column in columns:
            if column not in free or column == "seal":
                _refused(database, f"UPDATE {table} SET {column} = {column}")
                tried += 1
        _refused(database, f"DELETE FROM {table}")
        if not database.sqlite:
            _refused(database, f"TRUNCATE {table}")
    assert tried > 18
    assert database.read_now(lambda uow: append_only.unguarded(uow.connection)) == []


def _refused(database: Database, statement: str) -> None:
    with pytest.raises(IntegrityError, match="append-only"), database.engine.begin() as connection:
        connection.execute(text(statement))


def test_words_of_who_asks_to_be_forgotten_leave_the_history(database: Database, clock: FrozenClock) -> None:
    database.run_now(_everything_kept)
    (member,) = database.read_now(lambda uow: uow.members.named("王主任"))
    before = database.read_now(lambda uow: uow.wishes.history(1))
    database.run_now(lambda uow: uow.wish_words.hide_words(member.id, lambda words: "" if words else words))
    after = database.read_now(lambda uow: uow.wishes.history(1))
    assert [event.note for event in before] == ["", "写错了"]
    assert [event.note for event in after] == ["", ""]
    assert [(event.at, event.move, event.actor) for event in before] == [
        (event.at, event.move, event.actor) for event in after
    ]
    assert checked(database).faults == []


def test_a_trigger_taken_away_is_noticed(database: Database) -> None:
    with database.engine.begin() as connection:
        append_only.release(connection)
        missing = append_only.unguarded(connection)
    assert {"audit_keep_rows", "audit_keep_words", "audit_sealed_once", "audit_seal_keep_rows"} <= set(
        missing
    )


@pytest.mark.parametrize("replace", [False, True])
def test_a_restored_backup_verifies_and_goes_on(
    sqlite_url: str, postgres_url: str, clock: FrozenClock, tmp_path: Path, replace: bool
) -> None:
    for number, (source, target) in enumerate([(sqlite_url, postgres_url), (postgres_url, sqlite_url)]):
        kept, other = Database(source, clock.now), Database(target, clock.now)
        sealed(kept, clock)
        if replace:
            sealed(other, clock, batches=1)
        kept.run_now(_write, "wish:unsealed")
        file = tmp_path / f"{number}.zip"
        backup(kept, tmp_path / "originals", file, made_at=clock.now())
        restore(other, file, tmp_path / "restored", replace=True)
        assert checked(other) == checked(kept)
        assert checked(other).unsealed == 1
        clock.advance(minutes=5)
        assert kept.run_now(_seal) == other.run_now(_seal)
        assert other.read_now(lambda uow: append_only.unguarded(uow.connection)) == []
        assert checked(other).faults == []
        kept.close()
        other.close()
