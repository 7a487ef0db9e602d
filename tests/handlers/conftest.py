"""The demo's two communities on a fresh database of either kind, with every feature and an index in memory."""

import pytest

from bot import demo
from handlers.digests.starter import put_starter_items
from handlers.policy.library import Library
from storage.database import Database
from tests.clock import FrozenClock
from tests.handlers.town import Town, empty_library


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return empty_library(tmp_path_factory.mktemp("jieba"))


@pytest.fixture
def town(database: Database, clock: FrozenClock, library: Library) -> Town:
    database.run_now(demo.put)
    return Town(database, clock, library)


@pytest.fixture
def town_with_items(town: Town) -> Town:
    """With the digest items that ship with the product."""
    town.database.run_now(put_starter_items)
    return town
