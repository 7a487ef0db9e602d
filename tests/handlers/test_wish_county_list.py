"""A county's own list of wishes: what becomes of a row, what is kept for few eyes, and that again changes nothing."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from bot.chat.reply import Reply
from bot.cli.wishes import wish_lines
from bot.moderation import WordLists
from handlers.wishes.exports import audit, wishes
from handlers.wishes.sheets.county import log_all, read_list
from handlers.wishes.sheets.lines import Fault, Taken
from handlers.wishes.sheets.phrases import LIST_FIELDS
from storage.database import Database
from storage.uow import UnitOfWork
from storage.wishes import Move
from tests.clock import ZONE
from tests.handlers.registers import furnish, quiet, read_back

HEADERS = (
    "序号",
    "姓名",
    "年龄",
    "所属村（社区）",
    "联系电话",
    "微心愿内容",
    "类别",
    "缓急",
    "提出日期",
    "状态",
)
OLD = (
    1,
    "王秀英",
    78,
    "永续社区",
    "13800000001",
    "想要一台收音机，秀英爱听戏",
    "物品类",
    "一般",
    "2026.2.20",
    "待认领",
)
CHILD = (
    2,
    "李小虎",
    "9岁",
    "永续社区",
    None,
    "上学的孩子缺一个书包",
    None,
    "急",
    date(2026, 2, 21),
    None,
)
PLAIN = (3, None, None, "大河镇/东村", None, "想请人修一修电视机", "服务", None, None, "未认领")


def listed(folder: Path, *rows: Sequence[Any], headers: Sequence[str] = HEADERS) -> Path:
    book = Workbook()
    assert book.active is not None
    for row in (["永续社区微心愿征集表"], headers, *rows):
        book.active.append(list(row))
    book.save(folder / "清单.xlsx")
    return folder / "清单.xlsx"


def brought_in(database: Database, path: Path, by: str = "王主任") -> Taken:
    """What comes of a list, all of it or nothing."""
    table = read_back(path, LIST_FIELDS, ("content",))
    lines, problems = wish_lines(table)
    assert problems == []

    def take(uow: UnitOfWork) -> Taken:
        (member,) = uow.members.named(by)
        given = frozenset(table.columns.values())
        taken, entries = read_list(uow, lines, by=member, given=given, words=WordLists(), step=quiet)
        if not taken.problems:
            log_all(uow, entries, by=member)
        return taken

    return database.run_now(take)


@pytest.fixture
def town(database: Database) -> Database:
    database.run_now(furnish)
    return database


def test_a_row_is_a_wish_in_public_words_logged_by_who_brings_it_in(town: Database, tmp_path: Path) -> None:
    assert brought_in(town, listed(tmp_path, OLD, CHILD, PLAIN)) == Taken(
        dict.fromkeys((3, 4, 5), "added"), []
    )
    keys = ("no", "status", "place", "content", "logged_by", "kind", "age_band", "urgency", "consent")
    assert [tuple(row[key] for key in keys) for row in town.read_now(wishes)] == [
        (
            1,
            "pending",
            "永续社区",
            "想要一台收音机，某某爱听戏",
            "王主任",
            "goods",
            "elder",
            "normal",
            "",
        ),
        (2, "pending", "永续社区", "上学的孩子缺一个书包", "王主任", "goods", "child", "urgent", "needed"),
        (3, "pending", "大河镇/东村", "想请人修一修电视机", "王主任", "service", "", "normal", ""),
    ]
    days = [row["logged_at"].astimezone(ZONE).date() for row in town.read_now(wishes)]
    assert days == [date(2026, 2, 20), date(2026, 2, 21), date(2026, 3, 5)]
    assert town.read_now(
        lambda uow: [dict(uow.details.read(f"wish:{no}", by="system", own=True)) for no in (1, 2, 3)]
    ) == [
        {"content": OLD[5], "contact": "王秀英，13800000001"},
        {"contact": "李小虎"},
        {},
    ]
    member = town.read_now(lambda uow: uow.members.named("王主任")[0].id)
    assert [(row["actor"], row["action"], row["subject"], row["after"]) for row in town.read_now(audit)] == [
        (f"member:{member}", "log", f"wish:{no}", "pending") for no in (1, 2, 3)
    ]
    moves = town.read_now(lambda uow: [[each.move for each in uow.wishes.history(no)] for no in (1, 2, 3)])
    assert moves == [[Move.LOG]] * 3


def test_the_child_officer_hears_of_all_children_at_once_and_nobody_else_hears(
    town: Database, tmp_path: Path
) -> None:
    brought_in(town, listed(tmp_path, CHILD, OLD, (*CHILD[:5], "孩子想要一套文具", *CHILD[6:])))

    def queued(uow: UnitOfWork) -> list[tuple[str, str]]:
        rows = uow.outbox.caused_by("", "")
        return [
            (uow.members.get(row.to.member_id or 0).name, Reply.from_json(row.body).plain()) for row in rows
        ]

    assert town.read_now(queued) == [
        (
            "宋儿童",
            "从表格里登记了 14 岁以下孩子的心愿 #1、#3。\n"
            "请先问监护人，同意了才能核实；私聊发“/监护同意”看名单，发“/监护同意 编号 谁同意的”记下来。",
        )
    ]


def test_the_same_list_again_and_a_longer_one(town: Database, tmp_path: Path) -> None:
    twice = (OLD, CHILD, PLAIN, PLAIN)
    assert set(brought_in(town, listed(tmp_path, *twice)).rows.values()) == {"added"}
    before = town.read_now(wishes), town.read_now(audit)
    assert brought_in(town, listed(tmp_path, *twice)).rows == dict.fromkeys((3, 4, 5, 6), "same")
    assert brought_in(town, listed(tmp_path, *reversed(twice)), by="宋儿童").rows == dict.fromkeys(
        (3, 4, 5, 6), "same"
    )
    assert (town.read_now(wishes), town.read_now(audit)) == before
    other_day, other_person = (*OLD[:8], "2026-02-22", None), ("4", "王大山", *OLD[2:])
    assert brought_in(town, listed(tmp_path, OLD, other_day, other_person, PLAIN, PLAIN, PLAIN)).rows == {
        3: "same", 4: "added", 5: "added", 6: "same", 7: "same", 8: "added",
    }  # fmt: skip


CHAIR = ("微心愿内容", "所在村", "年龄", "姓名", "电话")


def test_a_wish_that_ended_and_was_wiped_does_not_swallow_that_of_another_person(
    town: Database, tmp_path: Path
) -> None:
    first = ("想要一把椅子", "永续社区", 70, "赵大山", "13800001113")
    other = ("想要一把椅子", "永续社区", 75, "孙大海", "13900002222")
    assert brought_in(town, listed(tmp_path, first, headers=CHAIR)).rows == {3: "added"}
    assert brought_in(town, listed(tmp_path, OLD)).rows == {3: "added"}

    def over(uow: UnitOfWork) -> None:
        for no in (1, 2):
            uow.wishes.move(no, Move.WITHDRAW, by=uow.wishes.get(no).logged_by)
            uow.details.wipe(f"wish:{no}")

    town.run_now(over)
    assert brought_in(town, listed(tmp_path, other, headers=CHAIR)).rows == {3: "added"}
    assert brought_in(town, listed(tmp_path, OLD)).rows == {3: "same"}  # of the same day, as its column says
    assert [(row["no"], row["status"]) for row in town.read_now(wishes)] == [
        (1, "withdrawn"), (2, "withdrawn"), (3, "pending"),
    ]  # fmt: skip
    held = town.read_now(lambda uow: uow.details.read("wish:3", by="system", own=True))
    assert held == {"contact": "孙大海，13900002222"}


def test_a_list_of_one_village_has_no_column_for_it(town: Database, tmp_path: Path) -> None:
    assert brought_in(town, listed(tmp_path, ("想要一台收音机",), headers=("心愿",))).rows == {3: "added"}
    assert [(row["place"], row["kind"]) for row in town.read_now(wishes)] == [("永续社区", "goods")]


WRONG: list[tuple[int, object, str, Fault, str]] = [
    (5, None, "content", Fault.NO_CONTENT, ""),
    (5, "想要" * 151, "content", Fault.TOO_LONG, "302"),
    (5, "请大家转账帮帮我", "content", Fault.NOT_ADMITTED, ""),
    (3, None, "place", Fault.NO_PLACE, ""),
    (3, "西村", "place", Fault.UNKNOWN_PLACE, "西村"),
    (3, "东村", "place", Fault.SEVERAL_PLACES, "清河镇/东村、大河镇/东村"),
    (2, "不详", "age_band", Fault.UNKNOWN_AGE, "不详"),
    (6, "星球", "kind", Fault.UNKNOWN_WISH_KIND, "星球"),
    (7, "看情况", "urgency", Fault.UNKNOWN_URGENCY, "看情况"),
    (8, "春天", "proposed", Fault.BAD_MOMENT, "春天"),
    (8, "2026-03-06", "proposed", Fault.AHEAD, "2026-03-06"),
    (9, "已完成", "status", Fault.NOT_NEW, "已完成"),
]


@pytest.mark.parametrize(("column", "cell", "key", "fault", "value"), WRONG)
def test_each_wrong_cell_is_told_and_nothing_is_written(
    town: Database, tmp_path: Path, column: int, cell: object, key: str, fault: Fault, value: str
) -> None:
    row = [*OLD[:column], cell, *OLD[column + 1 :]]
    taken = brought_in(town, listed(tmp_path, OLD, row))
    assert [(each.number, each.key, each.fault, each.value) for each in taken.problems] == [
        (4, key, fault, value)
    ]
    assert (town.read_now(wishes), town.read_now(audit)) == ([], [])


def test_every_wrong_cell_of_a_row_is_told(town: Database, tmp_path: Path) -> None:
    taken = brought_in(
        town, listed(tmp_path, (1, None, "不详", "西村", None, None, "星球", "看情况", "春天", "完成"))
    )
    assert [each.key for each in taken.problems] == [
        "content", "place", "status", "kind", "urgency", "age_band", "proposed",
    ]  # fmt: skip
