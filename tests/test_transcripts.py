"""Golden transcripts: every conversation of `tests/transcripts` goes today as it is written there."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app import App
from bot.settings import Settings
from handlers.policy.library import import_paths
from storage.base import metadata
from storage.uow import UnitOfWork
from tests.audited import UNWATCHED, UNWATCHED_COLUMNS, WatchingPlayer
from tests.clock import FrozenClock

HERE = Path(__file__).parent
SCRIPTS = sorted((HERE / "transcripts").glob("*.chat"))


def _settings(folder: Path) -> Settings:
    return Settings(_env_file=None, bot_data_dir=folder)


def _everybody_was_greeted(uow: UnitOfWork) -> None:
    """The demo's people had the privacy notice before; who is new in a transcript gets it there."""
    for member in uow.members.all():
        uow.members.noticed(member.id)


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demo, the starter base and the law texts of `tests/laws`, which nobody has open."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    app = App.open(_settings(folder), FrozenClock("2026-03-02 08:00"))
    try:
        import_paths(app.database, [HERE / "laws"], folder / "originals")
        app.library.catch_up(app.database)
        app.database.run_now(_everybody_was_greeted)
    finally:
        app.close()
    return folder


@pytest.fixture
def player(demo_folder: Path, tmp_path: Path, clock: FrozenClock) -> Iterator[WatchingPlayer]:
    shutil.copytree(demo_folder, tmp_path / "data")
    app = App.open(_settings(tmp_path / "data"), clock)
    yield WatchingPlayer(app, clock)
    app.close()


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
async def test_conversation_goes_as_written(
    path: Path, player: WatchingPlayer, request: pytest.FixtureRequest
) -> None:
    written = path.read_text(encoding="utf-8")
    went = await player.play(written)
    if request.config.getoption("--update-transcripts"):
        path.write_text(went, encoding="utf-8")
        return
    assert went.splitlines() == written.splitlines()
    assert player.unaudited == []


def test_what_is_not_watched_is_there() -> None:
    assert set(UNWATCHED) - {"alembic_version"} <= set(metadata.tables)
    assert {name for name, _ in UNWATCHED_COLUMNS} <= set(metadata.tables) - set(UNWATCHED)


def test_there_are_transcripts() -> None:
    assert len(SCRIPTS) >= 20
