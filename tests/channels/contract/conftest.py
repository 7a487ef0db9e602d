"""A bench for each test, on a data folder that was prepared once."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.channels.contract.bench import Bench, House, fresh_folder
from tests.channels.contract.benches import BENCHES
from tests.platform.clock import StandingClock

HEARING = [bench for bench in BENCHES if bench.hears]
CALLED = [bench for bench in HEARING if bench.callback]


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an empty register and the starter base."""
    folder = tmp_path_factory.mktemp("contract") / "data"
    House(folder, {}, StandingClock()).app.close()
    return folder


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The narrowest of the three fixtures that a test asks for says with which channels it runs."""
    for name, kinds in (("called", CALLED), ("hearing", HEARING), ("bench", BENCHES)):
        if name in metafunc.fixturenames:
            assert kinds
            metafunc.parametrize("kind", kinds, ids=[kind.label() for kind in kinds])
            return


@pytest.fixture
async def bench(kind: type[Bench], prepared: Path, tmp_path: Path) -> AsyncIterator[Bench]:
    """A channel at work; somebody can be reached."""
    made = kind()
    await made.start(fresh_folder(prepared, tmp_path / "data"))
    await made.joined()
    yield made
    await made.stop()


@pytest.fixture
def hearing(bench: Bench) -> Bench:
    """A channel that people can speak to."""
    return bench


@pytest.fixture
def called(bench: Bench) -> Bench:
    """A channel whose platform calls us by signed requests."""
    return bench
