"""Importing folders: what cannot be opened is told, and what it held is not taken for gone."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from handlers.policy.library import MANY, ImportReport, import_paths
from storage.database import Database
from storage.uow import UnitOfWork
from tests.clock import FrozenClock
from tests.handlers.town import empty_library

CLOSED = "文件夹打不开，请看看权限。"


def too_deep(root: Path) -> Path:
    """A folder under `root` that nobody can open, the superuser neither: its path is longer than the system takes."""
    here, at = root, os.open(root, os.O_RDONLY)
    while len(os.fsencode(here)) < os.pathconf(root, "PC_PATH_MAX"):
        here /= "深" * 80
        os.mkdir(here.name, dir_fd=at)
        above, at = at, os.open(here.name, os.O_RDONLY, dir_fd=at)
        os.close(above)
    os.close(at)
    return here


def test_what_a_closed_folder_held_is_not_gone(database: Database, tmp_path: Path) -> None:
    root, originals = tmp_path / "laws", tmp_path / "originals"
    root.mkdir()
    for name in ("井.md", "路.md"):
        (root / name).write_text(f"第一条 {name}要修。")
    import_paths(database, [root], originals)
    closed = too_deep(root)
    inside = f"{closed.relative_to(root).as_posix()}/桥.md"
    (root / "路.md").unlink()

    def put_inside(uow: UnitOfWork) -> None:
        (well,) = uow.documents.load(["井.md"])
        uow.documents.put([replace(well, source=inside)])

    database.run_now(put_inside)
    told = import_paths(database, [root], originals, prune=True)
    assert told == ImportReport(
        unchanged=1, passages=1, skipped=[(str(closed), CLOSED)], gone=["路.md"], removed=1
    )
    assert sorted(database.read_now(lambda uow: uow.documents.digests(root=str(root)))) == ["井.md", inside]


def test_a_large_base_indexed_anew_is_told_once(
    sqlite_url: str,
    clock: FrozenClock,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    database = Database(sqlite_url, clock.now)
    (tmp_path / "井.md").write_text("第一条 井要修。")
    import_paths(database, [tmp_path / "井.md"], tmp_path / "originals")

    def copied(uow: UnitOfWork) -> None:
        (well,) = uow.documents.load(["井.md"])
        uow.documents.put([replace(well, source=f"井{number}.md") for number in range(MANY)])

    database.run_now(copied)
    library = empty_library(tmp_path_factory.getbasetemp() / "jieba")
    assert (library.catch_up(database), library.catch_up(database)) == (True, False)
    database.run_now(copied)
    assert library.catch_up(database)
    database.close()
    told = [(record.getMessage(), record.__dict__["documents"]) for record in caplog.records]
    assert told == [("index_rebuilding", MANY + 1)]
