"""`audit`: what a person is told of the register, and when the command fails."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli.audit import audit_finding
from bot.cli.finding import Finding, Status
from bot.phrases import audit as say
from handlers.audit.jobs import seal
from storage import append_only
from storage.database import Database
from storage.uow import UnitOfWork
from tests.cli.conftest import Run
from tests.clock import FrozenClock


def _write(uow: UnitOfWork, *subjects: str) -> None:
    for subject in subjects:
        uow.audit.add(actor="member:1", action="claim", subject=subject)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock("2026-03-05 09:02")


@pytest.fixture
def kept(data_dir: Path, clock: FrozenClock) -> Iterator[Database]:
    """The database of the furnished folder, with what it had in the first seal."""
    database = Database(f"sqlite:///{data_dir / 'lianxin.db'}", clock.now)
    asyncio.run(seal(database, clock, {}))
    yield database
    database.close()


def _spoil(database: Database, statement: str) -> None:
    assert database.path is not None
    with sqlite3.connect(database.path) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        assert connection.execute(statement).rowcount == 1
    connection.close()
    with database.engine.begin() as guarded:
        append_only.guard(guarded)


def test_a_clean_register_verifies_and_shows_the_hash_to_write_down(run: Run, kept: Database) -> None:
    head = kept.read_now(lambda uow: uow.seals.head())
    assert head is not None
    kept.run_now(_write, "wish:1")
    ran = run("audit", "verify")
    assert ran.code == 0
    assert ran.out == (
        f"核对了 1 次封存、{head.count} 条记录，一条不差；另有 1 条还没封存，不在核对之内。\n"
        f"{say.WRITE_DOWN}\n{say.grouped(head.hash)}\n"
    )
    assert run("audit", "head").out == f"{say.WRITE_DOWN}\n{say.grouped(head.hash)}\n"
    assert run("audit", "head", "--json").json() == {
        "seal": 1, "at": "2026-03-05T09:02:00+08:00", "hash": head.hash,
    }  # fmt: skip
    assert run("audit", "verify", "--json").json() == {
        "ok": True, "seals": 1, "rows": head.count, "unsealed": 1, "head": head.hash, "since": None,
        "faults": 0, "named": [],
    }  # fmt: skip


def test_a_changed_row_is_named_and_the_command_fails(run: Run, kept: Database) -> None:
    _spoil(kept, "UPDATE audit SET actor = 'member:99' WHERE id = 2")
    ran = run("audit", "verify")
    assert ran.code == 1
    assert ran.out.startswith("第 1 次封存的记录 2 被改过\n核对了 1 次封存、")
    assert ran.err == f"{say.failed(1)}\n"
    told = json.loads(run("audit", "verify", "--json").out)
    assert (told["ok"], told["named"]) == (False, [{"fault": "row_changed", "seal": 1, "row": 2}])


def test_the_hash_on_paper_as_a_person_types_it(run: Run, kept: Database) -> None:
    head = kept.read_now(lambda uow: uow.seals.head())
    assert head is not None
    paper = say.grouped(head.hash).upper()
    assert say.SINCE_GOOD.format(seal=1) in run("audit", "verify", "--since", paper).out
    assert run("audit", "verify", "--since", head.hash[:32], "--json").json()["since"] == 1
    lost = run("audit", "verify", "--since", "0" * 32)
    assert (lost.code, lost.err) == (1, f"{say.SINCE_LOST}\n")
    assert run("audit", "verify", "--since", "abc").code == 2


def test_many_faults_are_counted(run: Run, kept: Database, clock: FrozenClock) -> None:
    kept.run_now(_write, *(f"wish:{n}" for n in range(60)))
    clock.advance(minutes=5)
    asyncio.run(seal(kept, clock, {}))
    first = kept.read_now(lambda uow: uow.seals.head())
    assert first is not None and first.number == 2
    with kept.engine.begin() as connection:
        append_only.release(connection)
        connection.exec_driver_sql("UPDATE audit SET actor = 'x' WHERE seal = 2")
    ran = run("audit", "verify")
    assert ran.out.splitlines()[50] == say.more(10)
    assert ran.err == f"{say.failed(60)}\n"


def test_before_the_first_seal_there_is_nothing_to_write_down(run: Run, data_dir: Path) -> None:
    assert (run("audit", "head").code, run("audit", "head").err) == (1, f"{say.NOTHING_SEALED}\n")
    assert run("audit", "verify").code == 0


async def test_the_job_seals_once_every_five_minutes(database: Database, clock: FrozenClock) -> None:
    await database.run(_write, "wish:1")
    await seal(database, clock, {})
    await database.run(_write, "wish:2")
    clock.set("2026-03-05 09:04:59")
    await seal(database, clock, {})
    assert await database.read(lambda uow: uow.seals.unsealed()) == (1, FrozenClock("2026-03-05 09:02").now())
    clock.set("2026-03-05 09:05")
    await asyncio.gather(seal(database, clock, {}), seal(database, clock, {}))
    head = await database.read(lambda uow: uow.seals.head())
    assert head is not None
    assert (head.number, head.count) == (2, 1)


def test_doctor_says_how_the_register_stands(database: Database, clock: FrozenClock) -> None:
    assert audit_finding(database, clock) == Finding("audit", Status.OK, say.DOCTOR_EMPTY.format(unsealed=0))
    database.run_now(_write, "wish:1", "wish:2")
    database.run_now(lambda uow: uow.seals.seal())
    database.run_now(_write, "wish:3")
    assert audit_finding(database, clock) == Finding(
        "audit", Status.OK, say.DOCTOR_GOOD.format(seals=1, unsealed=1)
    )
    clock.advance(hours=3)
    late = audit_finding(database, clock)
    assert (late.status, late.what) == (Status.WARNING, say.DOCTOR_LATE.format(unsealed=1, hours=3))
    with database.engine.begin() as connection:
        append_only.release(connection)
    opened = audit_finding(database, clock)
    assert opened.status is Status.FAILED and "audit_keep_rows" in opened.what
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit SET actor = 'x' WHERE id = 2")
    spoilt = audit_finding(database, clock)
    assert (spoilt.status, spoilt.what) == (
        Status.FAILED, say.DOCTOR_BAD.format(count=1, first="第 1 次封存的记录 2 被改过"),
    )  # fmt: skip
