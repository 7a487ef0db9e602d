"""The engine's bench, on a fresh database of either kind."""

import pytest

from storage.database import Database
from tests.chat.bench import Bench
from tests.clock import FrozenClock


@pytest.fixture
def bench(database: Database, clock: FrozenClock) -> Bench:
    return Bench(database, clock)
