"""A county's own sheet for tests: the town it is brought into, its rows, and what comes of them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from bot.sheets import Outcome, Table, Undone, read_grid, under_headers
from handlers.places.county import bring_in
from handlers.places.entries import read_entries
from handlers.places.phrases import COUNTY_FIELDS
from storage.database import Database
from storage.plots import Plot
from storage.uow import UnitOfWork

HEADERS = (
    "镇街",
    "村（社区）",
    "类别",
    "责任田编号",
    "区域类型",
    "户数",
    "团队编号",
    "团队长",
    "成员",
    "职务",
    "联系电话",
)
GOOD = ("清河镇", "永续社区", "社区", "100", "楼栋", 200, "T100", "王芳", "王芳、李强", None, "13800000000")
REQUIRED = ("town", "village", "plot", "team")


def row(**cells: Any) -> list[Any]:
    """A good row but for the cells that are named by field."""
    keys = (
        "town",
        "village",
        "kind",
        "plot",
        "area",
        "households",
        "team",
        "leader",
        "member",
        "duty",
        "phone",
    )
    assert set(cells) <= set(keys)
    return [cells.get(key, good) for key, good in zip(keys, GOOD, strict=True)]


def merge_of(area: str) -> Callable[[Any, int], None]:
    """`{0}` in the area: the first row of the error."""

    def merge(sheet: Any, number: int) -> None:
        sheet.merge_cells(area.format(number, number + 1))

    return merge


def furnish(uow: UnitOfWork) -> None:
    """A county with two towns, a village's two namesakes, and plots that have their teams."""
    top = uow.places.add("金山县", kind="county").id
    qinghe, dahe = (uow.places.add(name, kind="town", parent=top).id for name in ("清河镇", "大河镇"))
    uow.places.add("县医院", kind="unit", parent=top)
    uow.places.add("永续社区", kind="community", parent=qinghe)
    village = uow.places.add("东关村", kind="village", parent=qinghe).id
    uow.places.add("西关村", kind="village", parent=dahe)
    for _ in range(2):
        uow.members.add("郑伟", place_id=village)
    for number in ("900", "901"):
        plot = uow.places.add(f"{number}号责任田", kind="plot", parent=village).id
        uow.plots.put(Plot(plot, number, "area", 150))
        uow.teams.add(f"T{number}", place_id=plot)


def sheet_of(
    path: Path, rows: Sequence[Sequence[Any]], spoil: Sequence[tuple[Callable[[Any, int], None], int]] = ()
) -> Table:
    """The rows in a workbook below a title and a header, read back."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["金山县责任田台账"])
    sheet.merge_cells("A1:K1")
    sheet.append(HEADERS)
    for each in rows:
        sheet.append(list(each))
    for act, at in spoil:
        act(sheet, at)
    book.save(path)
    return under_headers(read_grid(path), COUNTY_FIELDS, required=REQUIRED, name=path.name)


def tried(database: Database, table: Table, **options: bool) -> Outcome:
    """What comes of the sheet; whatever is raised is undone."""
    options = {"dry_run": False, "skip_bad": False} | options
    above = database.read_now(
        lambda uow: next((place for place in uow.places.all() if place.kind == "county"), None)
    )
    try:
        return database.run_now(
            lambda uow: bring_in(uow, read_entries(table, teams=True), under=above, **options)
        )
    except Undone as undone:
        return undone.outcome


def everything(uow: UnitOfWork) -> list[object]:
    """All that an import could write."""
    return [
        uow.places.all(), uow.plots.all(), uow.teams.all(), uow.teams.seats(), uow.members.all(), uow.audit.all()
    ]  # fmt: skip


def book(rows: Sequence[Sequence[Any]], path: Path) -> None:
    made = Workbook()
    assert made.active is not None
    for each in rows:
        made.active.append(list(each))
    made.save(path)
