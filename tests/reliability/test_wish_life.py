"""The same life on SQLite and on PostgreSQL: no difference, whatever is said, repeated, restarted or out of time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgres
from tests.reliability.wish_life import Build, houses, live


@pytest.fixture
def build(
    postgres_server: postgres.Server, postgres_template: str, sqlite_template: Path, tmp_path: Path
) -> Iterator[Build]:
    with houses(postgres_server, postgres_template, sqlite_template, tmp_path) as build:
        yield build


@pytest.mark.parametrize(
    ("runs", "steps"),
    [
        pytest.param(10, 25, marks=pytest.mark.timeout(600)),
        pytest.param(2000, 50, marks=[pytest.mark.long, pytest.mark.timeout(6 * 3600)]),
    ],
)
def test_both_databases_tell_the_same_story(build: Build, runs: int, steps: int) -> None:
    happened = live(build, runs=runs, steps=steps, seeded=runs < 100)
    assert happened["run"] >= runs
    assert {"said", "delivered again", "restart", "clock jump"} <= set(happened)
