"""The command line run in this very process, on a data folder of its own."""

import io
import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from bot.cli import main


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        assert self.code == 0, self
        return json.loads(self.out)

    def rows(self) -> list[Any]:
        assert self.code == 0, self
        return [json.loads(line) for line in self.out.splitlines()]


class Run(Protocol):
    def __call__(self, *arguments: object, stdin: str = "") -> Ran: ...


def run_here(*arguments: object, stdin: str = "") -> Ran:
    """`python -m bot …`, without a second interpreter."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"))
        try:
            main([str(argument) for argument in arguments])
            code = 0
        except SystemExit as left:
            code = int(left.code or 0)
        finally:
            root.handlers[:], root.level = handlers, level
    said = [stream.buffer.getvalue().decode() for stream in (out, err)]  # type: ignore[attr-defined]
    return Ran(code, *said)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of whoever runs the tests reaches them."""
    _clean(monkeypatch)


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder after its first command: demo, starter base, index, the dictionary's cache."""
    folder = tmp_path_factory.mktemp("furnished") / "data"
    with pytest.MonkeyPatch.context() as patch:
        _clean(patch)
        patch.setenv("BOT_DATA_DIR", str(folder))
        assert run_here("kb", "ask", "低保怎么申请").code == 0
    return folder


@pytest.fixture
def data_dir(furnished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the furnished folder, where the commands of this test work."""
    return moved_in(furnished, tmp_path, monkeypatch)


@pytest.fixture
def empty_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder that does not exist yet."""
    folder = tmp_path / "new"
    monkeypatch.setenv("BOT_DATA_DIR", str(folder))
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.fixture
def run() -> Iterator[Run]:
    yield run_here


def moved_in(template: Path, tmp_path: Path, patch: pytest.MonkeyPatch) -> Path:
    """A copy of a data folder, made the one that commands work in."""
    folder = tmp_path / "data"
    shutil.copytree(template, folder)
    folder.chmod(0o700)
    patch.setenv("BOT_DATA_DIR", str(folder))
    patch.chdir(tmp_path)
    return folder


def _clean(patch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("BOT_", "WECHAT_", "WECOM_")):
            patch.delenv(name)
