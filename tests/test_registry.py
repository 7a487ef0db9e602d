"""Every command is shown in a transcript, explained, and refused to those it is not for; every setting is documented.

The lists are read from the product itself, so what is added later is tested too; each test asserts that it saw some.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import demo
from bot.chat.command import Command, Registry
from bot.chat.converters import first_word
from bot.chat.permission import require
from bot.chat.phrases import ROLES
from bot.settings import Settings
from handlers import FEATURES
from storage.database import Database
from storage.members import Grant, Role
from storage.places import Place
from storage.uow import UnitOfWork
from tests.clock import FrozenClock
from tests.handlers.town import Town, empty_library

ROOT = Path(__file__).resolve().parents[1]
REGISTRY = Registry({feature.key: feature.commands for feature in FEATURES})
COMMANDS = REGISTRY.commands
RESTRICTED = [command for command in COMMANDS if not command.allow.everybody]
REFUSED = [(command, role) for command in RESTRICTED for role in Role if role not in command.allow.roles]
SETTINGS = sorted(name.upper() for name in Settings.model_fields)

PROMISED = {
    "帮助": "help", "反馈": "feedback", "绑定": "bind", "我": "me", "隐去": "forget", "问": "ask", "条文": "article",
    "详情": "more", "有用": "useful", "没用": "useless", "今日": "today", "订阅": "subscribe", "退订": "unsubscribe",
    "推送": "push", "心愿": "wish", "核实": "verify", "心愿单": "wishes", "认领": "claim", "放弃": "release",
    "送达": "deliver", "点亮": "fulfil", "撤回": "withdraw", "我的心愿": "mywishes",
}  # fmt: skip
"""Commands and aliases others rely on; 心愿详情, 心愿修改, 未达 and 取消 are promised without an alias."""


@pytest.fixture(scope="module")
def town(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One town for all tests here: what they do changes nothing in it."""
    folder = tmp_path_factory.mktemp("registry")
    clock = FrozenClock()
    database = Database(f"sqlite:///{shutil.copy(sqlite_template, folder / 'lianxin.db')}", clock.now)
    database.run_now(demo.put)
    yield Town(database, clock, empty_library(folder))
    database.close()


def name_of(command: Command) -> str:
    return command.name


def said_in_transcripts() -> set[str]:
    """The names of all commands said in the transcripts, as they were typed, folded."""
    lines = [
        line
        for path in (ROOT / "tests" / "transcripts").glob("*.chat")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    found = (re.match(r"(?!bot)[^@×>\s]+(?:@[^×>]+)?(?:×[\d-]+)?> (?:@\S+\s)?/(\S+)", line) for line in lines)
    return {match[1].casefold() for match in found if match}


def test_promised_commands_and_aliases_are_there() -> None:
    found = {command.name: command.aliases[0] for command in COMMANDS if command.name in PROMISED}
    assert found == PROMISED
    assert {"心愿详情", "心愿修改", "未达", "取消"} <= {command.name for command in COMMANDS}


def test_every_command_and_alias_is_said_in_a_transcript() -> None:
    said = said_in_transcripts()
    missing = [
        name
        for command in COMMANDS
        for name in (command.name, *command.aliases)
        if name.casefold() not in said
    ]
    assert missing == []
    assert len(said) > len(COMMANDS) > 20


@pytest.mark.parametrize("command", COMMANDS, ids=name_of)
def test_command_says_in_one_sentence_what_it_does_and_its_examples_are_read(command: Command) -> None:
    assert command.summary.endswith("。")
    assert len(command.summary) <= 40
    assert command.examples
    for example in command.examples:
        head, words = first_word(example)
        assert REGISTRY.get(head.removeprefix("/")) is command
        command.read(words)


@pytest.mark.parametrize("command", COMMANDS, ids=name_of)
async def test_command_has_its_help(command: Command, town: Town) -> None:
    name = _somebody(town, Role.RESIDENT if command.allow.everybody else min(command.allow.roles))
    told = await town.say(name, f"/帮助 {command.name}")
    assert told.splitlines()[:2] == [f"/{command.name}：{command.summary}", f"用法：{command.usage}"]
    assert all(f"  {example}" in told.splitlines() for example in command.examples)


def test_there_are_commands_not_for_everybody() -> None:
    assert len(RESTRICTED) >= 5
    assert len(REFUSED) >= 20


@pytest.mark.parametrize(("command", "role"), REFUSED, ids=lambda value: str(getattr(value, "name", value)))
async def test_role_without_the_right_is_refused_whatever_the_words(
    command: Command, role: Role, town: Town
) -> None:
    name = _somebody(town, role)
    group = None if command.where.value != "group" else "永续社区连心群"
    before = await _all(town)
    for words in ("", "看不懂", *(first_word(example)[1] for example in command.examples)):
        told = await town.say(name, f"/{command.name} {words}", group)
        assert told.startswith(f"“/{command.name}”由")
        assert told.endswith(f"用法：{command.usage}\n例如：{command.examples[0]}")
    assert await _all(town) == before


@pytest.mark.parametrize("command", RESTRICTED, ids=name_of)
def test_every_role_with_the_right_may(command: Command, town: Town) -> None:
    for role in command.allow.roles:
        require(town.person(_somebody(town, role)), command.allow, command.name)


def test_every_role_has_its_word() -> None:
    assert set(ROLES) == set(Role)


def test_every_reference_a_list_can_hold_opens_something() -> None:
    picks = [kind for feature in FEATURES for kind in feature.picks]
    assert sorted(picks) == sorted(set(picks))
    assert len(picks) >= 3


def test_every_register_has_one_name() -> None:
    registers = [name for feature in FEATURES for name in feature.registers]
    assert sorted(registers) == sorted(set(registers))
    assert {"wishes", "members", "digests", "audit"} <= set(registers)


def test_every_setting_stands_in_the_example_with_a_comment() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    named = re.compile(r"#?\s*([A-Z][A-Z0-9_]+)=")
    stand = {match[1]: number for number, line in enumerate(lines) if (match := named.match(line))}
    assert sorted(stand) == SETTINGS
    assert len(SETTINGS) > 15
    bare = [name for name, number in stand.items() if not _commented(lines, number)]
    assert bare == []


def test_every_setting_stands_in_the_docs() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").rglob("*.md")))
    assert [name for name in SETTINGS if name not in text] == []
    assert len(text) > 1000


def _commented(lines: list[str], number: int) -> bool:
    """Whether a comment stands above the line, or above the block of settings it is in."""
    while number > 0 and lines[number - 1].strip() and re.match(r"#?\s*[A-Z][A-Z0-9_]+=", lines[number - 1]):
        number -= 1
    return number > 0 and lines[number - 1].startswith("#")


def _somebody(town: Town, role: Role) -> str:
    """The name of a member of the first community who holds this role and no other."""
    name = f"{role.value}一人"

    def appoint(uow: UnitOfWork) -> None:
        if not uow.members.named(name):
            place: Place = uow.places.named("永续社区")
            grants = [] if role is Role.RESIDENT else [Grant(role, place.id)]
            uow.members.add(name, place_id=place.id, grants=grants)

    town.database.run_now(appoint)
    return name


async def _all(town: Town) -> tuple[object, object]:
    return await town.register("wishes"), await town.register("audit")
