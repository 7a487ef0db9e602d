"""A base with people, places, teams and groups, empty bases of either kind, and registers through a file and back."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.cli.registers import headings
from bot.sheets import Field, Table, read_grid, under_headers, write_json_lines, write_sheet
from storage.database import Database
from storage.members import Grant, Role
from storage.uow import UnitOfWork
from tests import postgres
from tests.clock import ZONE, FrozenClock

Opened = Callable[[], Database]


@contextmanager
def bases(request: pytest.FixtureRequest, kind: str, clock: FrozenClock, folder: Path) -> Iterator[Opened]:
    """Opens one new, empty base after another; all are closed at the end."""
    opened: list[Database] = []
    server: postgres.Server | None = None
    urls: list[str] = []

    def fresh() -> Database:
        nonlocal server
        if kind == "sqlite":
            path = folder / f"{len(opened)}.db"
            shutil.copy(request.getfixturevalue("sqlite_template"), path)
            url = f"sqlite:///{path}"
        else:
            server = request.getfixturevalue("postgres_server")
            url = server.create(request.getfixturevalue("postgres_template"))
            urls.append(url)
        opened.append(Database(url, clock.now))
        return opened[-1]

    try:
        yield fresh
    finally:
        for database in opened:
            database.close()
        for url in urls:
            assert server is not None
            server.drop(url)


def furnish(uow: UnitOfWork, *, before: int = 0) -> None:
    """Two villages of one name, namesakes, teams with and without a name. `before`: how many numbers are used up."""
    for n in range(before):
        uow.members.add(f"前人{'一二三四五'[n]}")
    county = uow.places.add("金山县", kind="county").id
    towns = [uow.places.add(name, kind="town", parent=county).id for name in ("清河镇", "大河镇")]
    villages = [uow.places.add("东村", kind="village", parent=town).id for town in towns]
    villages.append(uow.places.add("永续社区", kind="community", parent=towns[0]).id)
    for name, place in (("王芳", 0), ("王芳", 1), ("李强", 2), ("赵敏", 2), ("王芳", 2)):
        uow.members.add(name, place_id=villages[place], grants=[Grant(Role.VOLUNTEER, villages[place])])
    uow.members.add("宋儿童", place_id=villages[2], grants=[Grant(Role.CHILD_OFFICER, villages[2])])
    uow.members.add("王主任", place_id=villages[2], grants=[Grant(Role.COORDINATOR, villages[2])])
    for number, name in (("1", ""), ("2", "暖心队"), ("3", "暖心队"), ("4", "1")):
        uow.teams.add(number, place_id=villages[2], name=name)
    for name in ("永续社区连心群", "东村群"):
        uow.groups.add(name, place_id=villages[2], channel="simulator")


def written(rows: list[dict[str, Any]], path: Path, register: str) -> Path:
    """The rows in a file, as `export` writes them."""
    if path.suffix == ".xlsx":
        with path.open("wb") as book:
            write_sheet(rows, register, book, ZONE, headings(register))
    else:
        with path.open("w", encoding="utf-8", newline="\n") as lines:
            write_json_lines(rows, lines, ZONE)
    return path


def read_back(path: Path, fields: tuple[Field, ...], required: tuple[str, ...]) -> Table:
    return under_headers(read_grid(path), fields, required=required, name=path.name)


def quiet(_done: int, _all: int) -> None:
    return
