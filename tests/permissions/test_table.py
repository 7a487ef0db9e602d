"""The table of rights, whole: every command, in every case, by every role, over every place, as written by hand.

`table.csv` is written from the contract. A cell names the places a role may: 本 where it is held, 下 below it,
上 above, 邻 beside it, 外 in another town, 无 a matter without a place; 可 where no place matters; empty: never.
"""

import csv
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.chat.command import Registry
from bot.chat.permission import Of
from handlers import FEATURES
from tests import postgres
from tests.clock import FrozenClock
from tests.permissions.scenes import ONLY_IN, PERSONAL, SCENES, Line
from tests.permissions.stage import PEOPLE, Played, Stage, open_stage

TABLE = Path(__file__).with_name("table.csv")
COMMANDS = Registry({feature.key: feature.commands for feature in FEATURES}).commands

with TABLE.open(encoding="utf-8", newline="") as _file:
    ROWS = list(csv.DictReader(_file))

ROW_NAMES = [(row["命令"], row["情形"]) for row in ROWS]
CELLS = sum(len(PEOPLE) * len(ONLY_IN.get(name, "")) for name in ROW_NAMES)


@pytest.fixture(scope="module")
def stage(sqlite_template: Path) -> Iterator[Stage]:
    with tempfile.TemporaryDirectory(prefix="lianxin-", dir=postgres.memory()) as folder:
        made = open_stage(sqlite_template, Path(folder), FrozenClock())
        yield made
        made.close()


def test_the_table_and_its_scenes_cover_every_command() -> None:
    assert sorted(ROW_NAMES) == sorted(SCENES)
    assert {command for command, _ in ROW_NAMES} == {command.name for command in COMMANDS}
    assert set(ROWS[0]) == {"命令", "情形", *PEOPLE}
    assert CELLS > 3000


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['命令']}-{row['情形']}".rstrip("-"))
async def test_each_cell_is_as_it_is_written(row: dict[str, str], stage: Stage) -> None:
    name = row["命令"], row["情形"]
    wrong = [
        f"{who} {relation}: {fault}"
        for relation in ONLY_IN[name]
        for who, fault in await _tried(stage, name, relation, row)
        if fault
    ]
    assert wrong == []


async def _tried(
    stage: Stage, name: tuple[str, str], relation: str, row: dict[str, str]
) -> list[tuple[str, str]]:
    """Each person with how their cell is otherwise than it should be, "" when it is not.

    Those who may not try first, on one matter, which they leave as it is; each who may has one of their own.
    """
    may = {who: (row[who] == "可") if relation == "·" else relation in row[who] for who in PEOPLE}
    refused = [who for who in PEOPLE if not may[who]]
    turns = [[who] for who in PEOPLE if may[who] or name in PERSONAL]
    if name not in PERSONAL:
        turns = [[*refused, *next(iter(turns), [])], *turns[1:]]
    found: list[tuple[str, str]] = []
    for people in turns:
        with stage.scene():
            line = stage.database.run_now(lambda uow, who=people[0]: SCENES[name](uow, stage, who, relation))
            for who in people:
                played = await stage.play(who, line.text, line.group)
                fault = (
                    _not_done(line, played) if may[who] else _not_refused(stage, name[0], who, line, played)
                )
                found.append((who, fault))
    assert len(found) == len(PEOPLE)
    return found


def _not_done(line: Line, played: Played) -> str:
    answered = line.shows in played.answer if line.shows else "\n用法：" not in played.answer
    return "" if answered and not played.refusals else f"should be allowed: {played.answer}"


def _not_refused(stage: Stage, command: str, who: str, line: Line, played: Played) -> str:
    if played.changed:
        return f"should be refused, and changed: {sorted(played.changed)}"
    if line.lists and not played.refusals:
        return f"should not be shown: {played.answer}" if line.shows in played.answer else ""
    audited = played.refusals == ((f"member:{stage.people[who]}", f"command:{command}"),)
    return "" if audited else f"should be refused, and audited: {played.refusals} {played.answer}"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_what_a_command_declares_is_what_its_rows_say(command: object) -> None:
    """本人, 本地及以下, 所有, as `permissions` prints and the manual shows them, against the cells."""
    (declared,) = [each for each in COMMANDS if each is command]
    rows = [row for row in ROWS if row["命令"] == declared.name and not _for_who_is_there(row)]
    for who, role in PEOPLE.items():
        if role is None:
            continue
        own = {row[who] for row in rows if "自己" in row["情形"]} - {""}
        others = {place for row in rows if "自己" not in row["情形"] for place in row[who]}
        match declared.allow.of.get(role):
            case None:
                assert (own, others) == (set(), set()), who
            case Of.OWN:
                assert others <= {"可"} and (own or others), who
            case Of.PLACE:
                assert "本" in others and others <= set("本下无可"), who
            case Of.ALL:
                assert others & set("外可"), who


def _for_who_is_there(row: dict[str, str]) -> bool:
    """What a group hears of its own place, whoever asks in it."""
    return "群里" in row["情形"] and "本" in row["访客"]
