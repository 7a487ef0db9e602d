"""What all tests share: the long option, a clock that stands, a real database of either kind."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import schema
from storage.database import Database
from tests import postgres
from tests.clock import FrozenClock

BACK_ENDS = ("sqlite", "postgresql")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="also run the large sizes (marker: long)")
    parser.addoption(
        "--update-transcripts",
        action="store_true",
        help="rewrite tests/transcripts/*.chat with what was said",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--long"):
        return
    large = [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=large)
    items[:] = [item for item in items if item not in large]


@pytest.fixture
def clock() -> FrozenClock:
    """A Thursday and a working day, 9:00 in Shanghai."""
    return FrozenClock("2026-03-05 09:00")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """One server for the whole session, started when the first test asks for it."""
    with postgres.running() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres_server: postgres.Server) -> str:
    """The URL of a database whose schema is brought forward and which nobody is connected to."""
    url = postgres_server.create()
    _upgrade(url)
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file whose schema is brought forward and which nobody has open."""
    path = tmp_path_factory.mktemp("template") / "lianxin.db"
    _upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path) -> Iterator[str]:
    """The URL of a fresh SQLite file with the schema of today."""
    with tempfile.TemporaryDirectory(prefix="lianxin-", dir=postgres.memory()) as folder:
        path = Path(folder) / "lianxin.db"
        shutil.copy(sqlite_template, path)
        yield f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres_server: postgres.Server, postgres_template: str) -> Iterator[str]:
    """The URL of a fresh PostgreSQL database with the schema of today."""
    url = postgres_server.create(postgres_template)
    yield url
    postgres_server.drop(url)


@pytest.fixture(params=BACK_ENDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh database with the schema of today, of either kind."""
    name = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
def database(database_url: str, clock: FrozenClock) -> Iterator[Database]:
    """A fresh database of either kind, open, on the test's clock."""
    opened = Database(database_url, clock.now)
    yield opened
    opened.close()


def _upgrade(url: str) -> None:
    database = Database(url, FrozenClock().now)
    try:
        schema.upgrade(database)
    finally:
        database.close()
