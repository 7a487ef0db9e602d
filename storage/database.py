"""The database: a sync core behind an async door.

A use case is a plain function over a `UnitOfWork`; `run` carries it out in one transaction and answers
after the commit. SQLite has one writer thread that takes all waiting use cases into one transaction, each
under its own savepoint, so that one disk flush serves them all (WAL, synchronous=FULL). PostgreSQL has a
bounded pool, one transaction a use case, repeated when the server reports a deadlock or serialization
failure. Reads run beside the writers on their own connections.
"""

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import DBAPIError

from storage.sealing import DEVELOPMENT_KEY, Sealer, hold
from storage.uow import Cause, UnitOfWork

P = ParamSpec("P")
T = TypeVar("T")

BATCH = 256
"""Use cases that share one flush at the most."""

POOL = 8
"""Connections to PostgreSQL that write, and as many that read."""

CONNECTING = 5
"""Seconds to wait for a PostgreSQL that does not answer: a dead address would else hold us for minutes."""

RETRIED = {"40001", "40P01"}
"""SQLSTATE of a serialization failure and of a deadlock."""


class _Job:
    """One use case waiting for its transaction."""

    def __init__(self, call: Callable[[UnitOfWork], Any], cause: Cause) -> None:
        self.call = call
        self.cause = cause
        self.future: Future[Any] = Future()
        self.result: Any = None
        self.error: BaseException | None = None
        self.grew_outbox = False

    def wanted(self) -> bool:
        """Whether the caller still waits; from here on it cannot take the use case back."""
        return self.future.set_running_or_notify_cancel()

    def carry_out(self, connection: Connection, now: datetime) -> None:
        """Run in the connection's transaction; the outcome is told only after the commit."""
        uow = UnitOfWork(connection, now, self.cause)
        try:
            self.result = self.call(uow)
            uow.finish()
        finally:
            uow.close()
        self.grew_outbox = uow.grew_outbox

    def settle(self) -> None:
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Database:
    """Open a database by its URL. `now` is asked once for each transaction; `keys` seal personal details."""

    def __init__(
        self, url: str, now: Callable[[], datetime], keys: Sequence[str] = (DEVELOPMENT_KEY,)
    ) -> None:
        self.url = url
        self._now = now
        self.sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url) if self.sqlite else _postgres_engine(url)
        self.sealer = Sealer(keys)
        hold(self.engine, self.sealer)
        self.on_outbox: Callable[[], None] = lambda: None
        """Called (from any thread) after a commit that queued something to send."""
        self._readers = ThreadPoolExecutor(POOL, "db-read")
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._writers = None if self.sqlite else ThreadPoolExecutor(POOL, "db-write")
        self._closed = False
        self._submitting = threading.Lock()

    @property
    def path(self) -> Path | None:
        """The file of an SQLite database."""
        return Path(self.engine.url.database or "") if self.sqlite else None

    async def run(
        self, use_case: Callable[Concatenate[UnitOfWork, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Carry out a use case without a message behind it, in one transaction; returns after the commit."""
        return await self.carry_out(lambda uow: use_case(uow, *args, **kwargs), Cause())

    async def carry_out(self, call: Callable[[UnitOfWork], T], cause: Cause) -> T:
        """As `run`, for a message: `cause` stands in what the transaction writes."""
        result: T = await asyncio.wrap_future(self._submit(_Job(call, cause)))
        return result

    def run_now(
        self, use_case: Callable[Concatenate[UnitOfWork, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As `run`, for callers without an event loop (the command line)."""
        result: T = self._submit(_Job(lambda uow: use_case(uow, *args, **kwargs), Cause())).result()
        return result

    async def read(
        self, query: Callable[Concatenate[UnitOfWork, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Ask without writing, beside the writers."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, lambda: self.read_now(query, *args, **kwargs))

    def read_now(
        self, query: Callable[Concatenate[UnitOfWork, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As `read`, for callers without an event loop. What the query writes is rolled back."""
        options: dict[str, Any] = {"lianxin_read": True}
        with self.engine.connect().execution_options(**options) as connection:
            uow = UnitOfWork(connection, self._now(), Cause())
            try:
                return query(uow, *args, **kwargs)
            finally:
                uow.close()

    def close(self) -> None:
        """Finish what was submitted, then let go of every connection. Closing again changes nothing."""
        with self._submitting:
            self._closed = True
            self._jobs.put(None)
        if self._writer is not None:
            self._writer.join()
        if self._writers is not None:
            self._writers.shutdown()
        self._readers.shutdown()
        self.engine.dispose()

    def _submit(self, job: _Job) -> "Future[Any]":
        with self._submitting:
            if self._closed:
                raise RuntimeError("the database is closed")
            if self._writers is not None:
                self._writers.submit(self._write_alone, job)
                return job.future
            if self._writer is None:
                self._writer = threading.Thread(target=self._write_together, name="db-write", daemon=True)
                self._writer.start()
            self._jobs.put(job)
        return job.future

    def _write_together(self) -> None:
        """The one writer of SQLite: all that waits, one transaction, one flush, then the answers."""
        stopping = False
        while not stopping:
            batch: list[_Job] = []
            job = self._jobs.get()
            while job is not None:
                if job.wanted():
                    batch.append(job)
                if len(batch) >= BATCH or self._jobs.empty():
                    break
                job = self._jobs.get()
            stopping = job is None
            if batch:
                self._commit_batch(batch)

    def _commit_batch(self, batch: list[_Job]) -> None:
        try:
            with self.engine.begin() as connection:
                now = self._now()
                for job in batch:
                    connection.exec_driver_sql("SAVEPOINT use_case")
                    try:
                        job.carry_out(connection, now)
                    except Exception as error:  # noqa: BLE001 -- a worker's outermost loop: the caller gets it
                        job.error = error
                        _check_transaction(connection, error)
                        connection.exec_driver_sql("ROLLBACK TO use_case")
                    connection.exec_driver_sql("RELEASE use_case")
        except Exception as error:  # noqa: BLE001 -- nothing was committed, so nobody may be told otherwise
            for job in batch:
                job.error = error
        self._answer(batch)

    def _write_alone(self, job: _Job) -> None:
        if not job.wanted():
            return
        for attempt in range(3):
            try:
                job.error = None
                with self.engine.begin() as connection:
                    job.carry_out(connection, self._now())
            except DBAPIError as error:
                job.error = error
                if getattr(error.orig, "sqlstate", None) in RETRIED and attempt < 2:
                    continue
            except Exception as error:  # noqa: BLE001 -- a worker's outermost loop: the caller gets it
                job.error = error
            break
        self._answer([job])

    def _answer(self, batch: list[_Job]) -> None:
        for job in batch:
            job.settle()
        if any(job.grew_outbox and job.error is None for job in batch):
            self.on_outbox()


def _check_transaction(connection: Connection, error: Exception) -> None:
    """Raises `error` when it took the whole transaction with it: on a full disk SQLite may roll all back."""
    driver: Any = connection.connection.driver_connection
    if not driver.in_transaction:
        raise error


def _write_ahead(connection: Any) -> None:
    """Switch the file to WAL. SQLite does not wait for a process that is switching it too, so we do."""
    for attempt in range(100):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if attempt == 99:
                raise
            time.sleep(0.05)
        else:
            return


def _sqlite_engine(url: str) -> Engine:
    patience = {"timeout": 30, "check_same_thread": False}
    engine = create_engine(url, connect_args=patience, pool_size=POOL + 2, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = (
            None  # we say BEGIN ourselves: the driver's own comes too late for savepoints
        )
        for pragma in ("busy_timeout=30000", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")
        _write_ahead(connection)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("lianxin_read")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _postgres_engine(url: str) -> Engine:
    """A `connect_timeout` in the URL goes before ours."""
    patience = {} if "connect_timeout" in make_url(url).query else {"connect_timeout": CONNECTING}
    engine = create_engine(
        url, pool_size=2 * POOL, pool_pre_ping=True, hide_parameters=True, connect_args=patience
    )
    event.listen(engine, "handle_error", _without_the_row)
    return engine


def _without_the_row(context: ExceptionContext) -> None:
    """PostgreSQL's errors quote the values, and the whole row, they are about: that is no matter for a log."""
    for error in (context.original_exception, context.sqlalchemy_exception):
        state = str(getattr(context.original_exception, "sqlstate", None) or "")
        if error is not None and state:
            said = "data exception" if state.startswith("22") else str(error.args[0]).partition("\n")[0]
            error.args = (said, *error.args[1:])


@contextmanager
def one_moment(database: Database) -> Iterator[Connection]:
    """A connection whose reads all see the database as it stood at the first."""
    options: dict[str, Any] = {"lianxin_read": True}
    if not database.sqlite:
        options["isolation_level"] = "REPEATABLE READ"
    with database.engine.connect().execution_options(**options) as connection:
        yield connection


def healthy(database: Database) -> None:
    """Raises the driver's error when the database does not answer."""
    with database.engine.connect().execution_options(lianxin_read=True) as connection:
        connection.execute(text("SELECT 1"))
