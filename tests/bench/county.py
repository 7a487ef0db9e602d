"""A county's 责任田台账 of real size: how long it takes in, again, and out.

    python -m tests.bench.county [--postgres]

15 towns, 285 villages and 19 communities, 947 plots with a team each, 2,250 people; towns and villages merged down,
a title above, people of one team in one cell.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from typing import TypeVar

from openpyxl import Workbook

from bot.sheets import Outcome, Table, read_grid, under_headers
from handlers.places.county import bring_in
from handlers.places.entries import read_entries
from handlers.places.exports import team_sheet
from handlers.places.phrases import COUNTY_FIELDS
from storage import schema
from storage.database import Database
from storage.uow import UnitOfWork
from tests import postgres
from tests.clock import FrozenClock

TOWNS, VILLAGES, COMMUNITIES, PLOTS, PEOPLE = 15, 285, 19, 947, 2250
HEADERS = ("镇街", "村（社区）", "责任田编号", "区域类型", "户数", "团队编号", "团队长", "民情书记（成员）")
FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "建国秀英桂兰志强淑珍玉梅海涛丽华文军晓燕立新春生"
AREAS = ("片区", "楼栋", "生产组")
T = TypeVar("T")
ORDINALS = "东西南北中前后上下左右新老大小"


def rows() -> list[tuple[object, ...]]:
    """The sheet's rows without its header, in the order of towns and villages."""
    people = cycle(f"{family}{one}{other}" for one in GIVEN for family in FAMILY for other in GIVEN)
    villages = [f"{ORDINALS[n // 20]}{FAMILY[n % 20]}庄村" for n in range(VILLAGES)]
    villages += [f"{FAMILY[n]}园社区" for n in range(COMMUNITIES)]
    found: list[tuple[object, ...]] = []
    for n in range(PLOTS):
        village = n * len(villages) // PLOTS
        town = village * TOWNS // len(villages)
        seats = (n + 1) * PEOPLE // PLOTS - n * PEOPLE // PLOTS
        team = list(islice(people, seats))
        found.append(
            (
                f"{FAMILY[town]}集镇", villages[village], f"{n + 1:03}", AREAS[n % 3], 150 + n % 100,
                f"T{n + 1:03}", team[0], "、".join(team),
            )
        )  # fmt: skip
    return found


def write(path: Path) -> None:
    """The county's own file: a title, a header, towns and villages merged down their rows."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["责任田台账"])
    sheet.merge_cells("A1:H1")
    sheet.append(list(HEADERS))
    found = rows()
    for row in found:
        sheet.append(list(row))
    for column in (1, 2):
        start = 0
        for at in range(1, len(found) + 1):
            if at == len(found) or found[at][:column] != found[start][:column]:
                for below in range(start + 1, at):
                    sheet.cell(below + 3, column).value = None
                sheet.merge_cells(start_row=start + 3, end_row=at + 2, start_column=column, end_column=column)
                start = at
    book.save(path)


def read(path: Path) -> Table:
    needed = ("town", "village", "plot", "team")
    return under_headers(read_grid(path), COUNTY_FIELDS, required=needed, name=path.name)


def take(uow: UnitOfWork, table: Table) -> Outcome:
    return bring_in(uow, read_entries(table, teams=True))


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--postgres", action="store_true")
    with (
        tempfile.TemporaryDirectory() as folder,
        _database(Path(folder), options.parse_args().postgres) as database,
    ):
        path = Path(folder) / "台账.xlsx"
        write(path)
        table, reading = _timed(lambda: read(path))
        first, importing = _timed(lambda: database.run_now(take, table))
        again, unchanged = _timed(lambda: database.run_now(take, table))
        sheet, exporting = _timed(lambda: database.read_now(team_sheet))
        assert (len(first.added), len(again.same), len(sheet)) == (PLOTS, PLOTS, PLOTS)
        print(f"{dict(first.new)}")
        print(
            f"read {reading:.2f} s, import {importing:.2f} s, again {unchanged:.2f} s, export {exporting:.2f} s"
        )
        _walk(database)


def _walk(database: Database) -> None:
    """Lines upwards and all below, as one message asks for them."""
    found = database.read_now(lambda uow: uow.places.all())
    plots = [place.id for place in found if place.kind == "plot"][::10]
    towns = [place.id for place in found if place.kind == "town"]
    _, lines = _timed(
        lambda: [database.read_now(lambda uow, each=each: uow.places.line(each)) for each in plots]
    )
    _, below = _timed(
        lambda: [database.read_now(lambda uow, each=each: uow.places.below([each])) for each in towns]
    )
    print(
        f"line {lines / len(plots) * 1000:.2f} ms, below {below / len(towns) * 1000:.2f} ms of {len(found)} places"
    )


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    start = time.perf_counter()
    return work(), time.perf_counter() - start


@contextmanager
def _database(folder: Path, on_postgres: bool) -> Iterator[Database]:
    if on_postgres:
        with postgres.running() as server:
            yield from _opened(server.create())
    else:
        yield from _opened(f"sqlite:///{folder / 'lianxin.db'}")


def _opened(url: str) -> Iterator[Database]:
    database = Database(url, FrozenClock().now)
    schema.upgrade(database)
    try:
        yield database
    finally:
        database.close()


if __name__ == "__main__":
    sys.exit(main())
