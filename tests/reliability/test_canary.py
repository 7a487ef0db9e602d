"""A name, a phone and an identity number planted wherever somebody can type, and looked for wherever they must not be.

Commands and their arguments come from the registry, command lines from typer, tables from the database itself: what
is added is planted, and looked at, by itself.
"""

import asyncio
import inspect
import itertools
import json
import logging
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import typer
from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest

from bot import app as house
from bot.app import App
from bot.channels.wire import xml as _xml  # noqa: F401 -- its loggers exist from the beginning
from bot.chat.channel import Recipient, Window
from bot.chat.command import Command, Where
from bot.chat.reply import Part, Reply
from bot.chat.update import Update
from bot.cli import app as commands
from bot.delivery import Delivery
from bot.logs import JsonLines, TextLines
from bot.pacing import SharedPacing
from bot.settings import Settings
from handlers import FEATURES
from storage.backup import backup
from storage.outbox import Target
from storage.uow import UnitOfWork
from tests import postgres
from tests.cli.conftest import run_here
from tests.clock import FrozenClock

NAME, PHONE, IDENTITY = "司马秋澜", "13917283645", "370829195403122516"
GIVEN = NAME[2:]
"""What is left of the name in public is 司马某: the family name leads nowhere."""

NEEDLES = (GIVEN, PHONE, IDENTITY)
SENTENCE = f"独居老人{NAME}想要一台收音机，电话 {PHONE}，身份证号 {IDENTITY}"
BARE = (f"{NAME}能领低保吗", f"低保户，{NAME}家漏雨")
"""The name among other words, with nothing beside it that says that it is one."""
DELIVERED = f"已送到{NAME}家，{NAME}很高兴"
GROUP_NAMED = f"/本群 名称 {DELIVERED}"
"""Not said: a group is called what its members see above it (`ROSTER`), and keeps a name that fits."""
HIDES = "/隐去 确认"
"""Not said: who is hidden loses every word that was planted."""

PEOPLE = ("王主任", "李书记", "小周", "张大妈", "组织部小郑", "信息科老何", "宋儿童")
GROUP = "永续社区连心群"
NUMBERS = range(1, 9)
CHANNELS = ("simulator", "wecom_app", "wecom_aibot", "group_robot")

ROSTER = {
    "chat_group.name": "a group is called what its members see above it",
    "member.name": "the roster is looked up by name",
    "invite.name": "for whom a code was made",
}
PUBLISHED = {
    "chat_group.purpose": "what a group is for stands on its record",
    "digest_item.body": "a keeper's own text, for everybody",
    "digest_item.key": "a keeper's own text, for everybody",
    "digest_item.source": "a keeper's own text, for everybody",
    "digest_item.title": "a keeper's own text, for everybody",
    "digest_item.why": "a keeper's own text, for everybody",
    "document.issuer": "the base is public",
    "document.region": "the base is public",
    "document.source": "the base is public",
    "document.title": "the base is public",
    "document_version.passages": "the base is public",
    "document_version.source": "the base is public",
    "document_version.title": "the base is public",
    "local_value.document": "an office's own figure",
    "local_value.value": "an office's own figure",
    "local_value.what": "an office's own figure",
    "passage.heading": "the base is public",
    "passage.source": "the base is public",
    "passage.text": "the base is public",
    "place.name": "places are public",
    "team.name": "teams are public",
}
"""Columns that whoever keeps them writes for everybody, on the command line: what stands there is no secret."""

PUBLISHERS = {
    "推送": "what a coordinator puts into the morning stands in it as it was written",
    "答复": "a keeper's answer is a card of the base, with the office's number in it",
    "不答": "a keeper's reason, told to whoever asks",
    "本地标准": "an office's own figure",
}
"""Commands whose words are for everybody, said so to who gives them."""

PUBLISHED_IN_CHAT = {"push_notice.text": "推送", "question.reason": "不答"}

REGISTERS_OF_PEOPLE = {"members": "the operator's own file of who is who"}


@dataclass
class Recorder:
    """A channel that keeps what it is given for groups; `ChannelContract` in the small."""

    name: str
    said: list[str] = field(default_factory=list)

    def routes(self) -> Sequence[web.RouteDef]:
        return ()

    async def start(self) -> None:
        return

    def ready(self) -> bool:
        return True

    def render(self, to: Recipient, parts: Sequence[Part]) -> Sequence[Part]:
        return parts

    def windows(self, to: Recipient) -> Sequence[Window]:
        return ()

    async def send(self, to: Recipient, message: Part, *, key: str) -> str:
        if to.group:
            self.said.append(repr(message))
        return ""

    async def close(self) -> None:
        return


class Records(logging.Handler):
    """Every record of every logger, as both forms write it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self._forms = (TextLines(), JsonLines())

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += [form.format(record) for form in self._forms]


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory, where there is such a thing: each message is a flush."""
    with tempfile.TemporaryDirectory(prefix="lianxin-canary-", dir=postgres.memory()) as made:
        yield Path(made)


@pytest.fixture
def records() -> Iterator[Records]:
    root, kept = logging.getLogger(), Records()
    level = root.level
    root.addHandler(kept)
    root.setLevel(logging.DEBUG)
    yield kept
    root.removeHandler(kept)
    root.setLevel(level)


def _found(*texts: str) -> list[str]:
    """Where a needle is, with what stands around it."""
    return [
        text[max(0, at - 60) : at + 30]
        for text in texts
        for needle in NEEDLES
        if (at := text.find(needle)) >= 0
    ]


def _leaky_columns(file: Path) -> set[str]:
    """`table.column` of every column in which a needle can be read."""
    with sqlite3.connect(file) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            f"{table}.{column[1]}"
            for table in tables
            for column in connection.execute(f'PRAGMA table_info("{table}")').fetchall()
            if any(
                connection.execute(
                    f'SELECT 1 FROM "{table}" WHERE CAST("{column[1]}" AS TEXT) LIKE ?', (f"%{needle}%",)
                ).fetchone()
                for needle in NEEDLES
            )
        }


def _lines(command: Command) -> Iterator[str]:
    """The command with every text argument planted, for every number and every choice there is."""
    ways: list[list[str]] = []
    for argument in command.arguments:
        options = getattr(argument.converter, "options", None)
        if options is not None:
            ways.append([str(option.value) for option in options])
        elif type(argument.converter).__name__ == "_Number":
            ways.append([str(number) for number in NUMBERS])
        else:
            ways.append([SENTENCE, DELIVERED] if ways else [SENTENCE, f"{NAME}女士", *BARE])
    if ways:
        yield from (f"/{command.name} {' '.join(words)}" for words in itertools.product(*ways))
        yield f"/{command.name}"
    yield f"/{command.name} {SENTENCE}"


class Village:
    """The product on a data folder, and everything that is said in its groups."""

    def __init__(self, folder: Path) -> None:
        self.clock = FrozenClock()
        settings = Settings(_env_file=None, bot_data_dir=folder, bot_limit_messages=0, bot_limit_wishes=0)  # type: ignore[call-arg]
        self.app = App.open(settings, self.clock)
        self.folder = folder
        people = self.app.database.read_now(lambda uow: uow.members.all())
        self.ids = {member.name: str(member.id) for member in people}
        groups = self.app.database.read_now(lambda uow: uow.groups.all())
        self.group = next(str(group.id) for group in groups if group.name == GROUP)
        self.in_groups: list[str] = []
        self.said = 0
        self.done: set[str] = set()

    async def say(self, name: str, text: str, *, group: bool) -> Reply:
        self.said += 1
        self.clock.advance(seconds=1)
        chat = self.group if group else None
        update = Update(
            "terminal", f"k{self.said}", self.ids[name], self.clock.now(), text, chat=chat, mentioned=group
        )
        reply = await self.app.dispatcher.answer(update)
        assert reply.incident is None, text
        if group:
            self.in_groups.append(reply.to_json())
        if reply.parts and "用法：" not in reply.plain():
            self.done.add(text.split(maxsplit=1)[0])
        return reply

    async def try_all(self, command: Command) -> None:
        """Every line of the command, by everybody, in private and in the group."""
        lines = [line for line in _lines(command) if line not in (GROUP_NAMED, HIDES)]
        for name in (PEOPLE[0], PEOPLE[2]) if len(lines) > 3 * len(NUMBERS) else PEOPLE:
            for line, group in itertools.product(lines, (False, True)):
                if command.where in (Where.ANYWHERE, Where.GROUP if group else Where.PRIVATE):
                    await self.say(name, line, group=group)

    async def deliver(self) -> dict[str, Recorder]:
        """Send all that is due, on every channel in turn, with a planted message for the group on each."""
        recorders = {name: Recorder(name) for name in CHANNELS}
        delivery = Delivery(self.app.database, recorders, self.clock, SharedPacing(self.app.database))
        for name in CHANNELS:
            await self.app.database.run(_plant, int(self.group), name)
            while await delivery.send_due():
                self.clock.advance(minutes=1)
        return recorders


def _plant(uow: UnitOfWork, group_id: int, channel: str) -> None:
    webhook = "https://robot.example/send" if channel == "group_robot" else ""
    uow.groups.set(group_id, channel=channel, external_id=f"chat-{channel}", webhook=webhook)
    uow.outbox.add(Target(group_id=group_id), Reply.text(SENTENCE).to_json())


async def test_nothing_planted_in_chat_comes_out_where_it_must_not(folder: Path, records: Records) -> None:
    village = Village(folder / "data")
    app = village.app
    registry = app.dispatcher.registry
    planted = [(command, argument) for command in registry.commands for argument in _texts(command)]
    for name in PEOPLE[:4]:
        await village.say(name, f"/心愿 {SENTENCE}", group=name == "小周")
    for command in registry.commands:
        if command.name not in PUBLISHERS:
            await village.try_all(command)
    for name, group in itertools.product(PEOPLE, (False, True)):
        for line in (
            SENTENCE,
            f"{SENTENCE}，能领低保吗",
            *BARE,
            f"问问{NAME}的低保",
            f"/{NAME}女士 {PHONE}",
            f"/{PHONE}",
            "/心愿",
            *[SENTENCE] * 6,
        ):
            await village.say(name, line, group=group)
    delivered = await village.deliver()

    assert sorted(set(_found(*village.in_groups))) == []
    assert all(recorder.said for recorder in delivered.values())
    assert _found(*(line for recorder in delivered.values() for line in recorder.said)) == []
    assert _found(*records.lines) == []
    measured = CollectorRegistry()
    house._measure(measured, app)
    assert _found(generate_latest(measured).decode()) == []
    registers = {name: rows for feature in FEATURES for name, rows in feature.registers.items()}
    for register, rows in registers.items():
        if register not in REGISTERS_OF_PEOPLE:
            assert _found(str(app.database.read_now(rows))) == [], register
    assert app.database.run_now(_can_be_read), "the words are not lost: who may read them does"
    made = backup(app.database, folder / "none", folder / "b.backup", made_at=village.clock.now())
    assert _leaky_columns(folder / "data" / "lianxin.db") == set()
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert [
        path.name for path in files if any(needle.encode() in path.read_bytes() for needle in NEEDLES)
    ] == []
    print(
        f"planted: {len(planted)} arguments of {len(registry.commands)} commands in {village.said} lines, "
        f"{len(village.done)} commands done; looked at: {len(village.in_groups)} answers in groups and "
        f"{sum(len(each.said) for each in delivered.values())} messages on {len(CHANNELS)} channels, "
        f"{len(records.lines)} log lines, {len(registers)} registers, {sum(made.rows.values())} rows, "
        f"{len(files)} files"
    )
    assert len(planted) > 20
    assert len(village.done) > 20

    for name in PUBLISHERS:
        command = registry.get(name)
        assert command is not None
        await village.try_all(command)
    assert _found(*records.lines) == []
    app.close()
    assert _leaky_columns(folder / "data" / "lianxin.db") <= (PUBLISHED.keys() | PUBLISHED_IN_CHAT.keys())


def _texts(command: Command) -> list[str]:
    """The arguments in which anything may stand."""
    return [
        argument.name
        for argument in command.arguments
        if not hasattr(argument.converter, "options") and type(argument.converter).__name__ != "_Number"
    ]


def _can_be_read(uow: UnitOfWork) -> int:
    return sum(bool(_found(str(uow.details.read(f"wish:{no}", by="test")))) for no in range(1, 20))


def _command_lines(
    tool: typer.Typer, before: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Callable[..., Any]]]:
    for each in tool.registered_groups:
        assert each.typer_instance is not None
        yield from _command_lines(each.typer_instance, (*before, str(each.name)))
    for command in tool.registered_commands:
        assert command.callback is not None
        yield (*before, str(command.name)), command.callback


def _filled(callback: Callable[..., Any], files: Sequence[Path]) -> Iterator[list[str]]:
    """The command's arguments, all text of them planted: alone, and with each of its options."""
    bare: list[tuple[str, str]] = []
    options: list[tuple[str, str, bool]] = []
    for name, parameter in inspect.signature(callback).parameters.items():
        hint, info, *_ = (*get_args(get_type_hints(callback, include_extras=True)[name]), None)
        kind = str(hint)
        if isinstance(info, typer.models.OptionInfo) and "bool" not in kind:
            flag = next(iter(info.param_decls or ()), f"--{name.replace('_', '-')}")
            options.append((flag, kind, parameter.default is parameter.empty))
        elif isinstance(info, typer.models.ArgumentInfo):
            bare.append((name, kind))
    kinds = [kind for _, kind in bare] + [kind for _, kind, _ in options]
    for file in files if any("Path" in kind for kind in kinds) else files[:1]:
        words = [_value(kind, file) for _, kind in bare]
        words += [word for flag, kind, needed in options if needed for word in (flag, _value(kind, file))]
        yield words
        if file is files[0]:
            yield from ([*words, flag, _value(kind, file)] for flag, kind, needed in options if not needed)


def _value(kind: str, file: Path) -> str:
    if "Path" in kind:
        return str(file)
    return "1" if "int" in kind or "float" in kind else f"{NAME} {PHONE} {IDENTITY}"


NOT_RUN = {"serve": "does not come back", "chat": "its words are those of the test above"}


def test_nothing_planted_on_the_command_line_comes_out_where_it_must_not(
    folder: Path, monkeypatch: pytest.MonkeyPatch, records: Records
) -> None:
    for name in ("BOT_DATA_DIR", "BOT_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BOT_DATA_DIR", str(folder / "data"))
    monkeypatch.chdir(folder)
    files = [folder / "表.csv", folder / "文.md", folder / "行.jsonl"]
    heads = {
        "姓名": NAME,
        "身份": "志愿者",
        "地点": "永续社区",
        "名称": SENTENCE,
        "标题": SENTENCE,
        "内容": SENTENCE,
        "电话": PHONE,
    }
    files[0].write_text(
        ",".join(heads) + "\n" + ",".join(each.replace(",", "，") for each in heads.values()) + "\n"
    )
    files[1].write_text(f"# {SENTENCE}\n\n第一条 {SENTENCE}。\n")
    files[2].write_text(json.dumps({"id": "1", "question": SENTENCE, **heads}, ensure_ascii=False) + "\n")
    run_here("place", "list")
    ran = 0
    for words, callback in _command_lines(commands):
        if words[-1] not in NOT_RUN:
            for arguments in _filled(callback, files):
                done = run_here(*words, *arguments)
                assert done.code in (0, 1, 2), (words, done)
                assert "Traceback" not in done.err, (words, done.err)
                ran += 1
    for register in ("wishes", "audit", "looks", "digests", "burden"):
        assert not _found(run_here("export", register, "-").out), register
    assert not _found(*records.lines)
    assert run_here("db", "backup", "b.backup").code == 0
    assert not [needle for needle in NEEDLES if needle.encode() in (folder / "b.backup").read_bytes()]
    open_columns = _leaky_columns(folder / "data" / "lianxin.db")
    assert open_columns <= ROSTER.keys() | PUBLISHED.keys()
    assert {"member.name"} <= open_columns
    assert ran > 120
    print(f"planted: {ran} command lines; columns in the open: {sorted(open_columns)}")


async def test_a_failure_tells_no_words_in_the_log(records: Records) -> None:
    """Neither the message of an error, nor what a statement was about, nor the arguments of a record."""
    from bot.chat.middleware import Incident

    async def fails(_update: Update) -> Reply:
        raise LookupError(SENTENCE)

    clock = FrozenClock()
    update = Update("terminal", f"k/{PHONE}", "1", clock.now(), SENTENCE)
    reply = await Incident(fails, clock)(update)
    logging.getLogger("bot.chat").warning(
        "%s said", NAME + "同志", extra={"to": SENTENCE, "who": {NAME + "女士": [PHONE]}}
    )
    await asyncio.sleep(0)
    assert reply.incident is not None
    assert any("LookupError" in line for line in records.lines)
    assert not _found(*records.lines)
