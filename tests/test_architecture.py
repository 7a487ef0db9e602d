"""The laws of the house that import contracts cannot say. Each test asserts that it saw files."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("bot", "handlers", "knowledge", "storage")

LONGEST = 400
"""Lines of a file; beyond it are two rooms."""

CHINESE = re.compile("[\u4e00-\u9fff]")
WORDING = re.compile(r"(?:.*/)?phrases\.py|bot/phrases/.*\.py")
NOT_WORDING = {
    "bot/masking/anybody.py": "family names, what leads to a person, words that are no names: data",
    "bot/masking/bare.py": "family and given names, what stands beside a person: data",
    "bot/masking/__init__.py": "what stands in the place of a number",
    "bot/masking/contacts.py": "how accounts are called: data",
    "bot/masking/doors.py": "the parts of an address: data",
    "bot/masking/marks.py": "Chinese digits",
    "bot/masking/names.py": "family names, titles: data",
    "bot/masking/numbers.py": "what is said beside a number: data",
    "bot/moderation/__init__.py": "how a sum of money is written: data",
    "bot/chat/command.py": "the docstring's own mark, 示例:",
    "bot/chat/converters.py": "measure words after a number",
    "bot/chat/days.py": "how days are said: data",
    "bot/chat/dispatcher.py": "words that are commands without a stroke",
    "bot/chat/wondering.py": "how people ask: data",
    "bot/channels/limits.py": "how a citation and a number look, so that neither is parted",
    "bot/cli/transcript.py": "how the bot is addressed",
    "bot/world.py": "commands the simulator offers",
    "handlers/digests/commands.py": "what /推送 takes",
    "handlers/digests/personal/rules.py": "how people write a time",
    "handlers/digests/rules.py": "topics",
    "handlers/members/leaving/rules.py": "how a handing over is written",
    "handlers/policy/commands.py": "how an article is numbered",
    "handlers/policy/excerpt.py": "how items and articles are numbered",
    "handlers/policy/follow_up.py": "how people ask on",
    "handlers/policy/keeper.py": "how a keeper writes an answer",
    "handlers/policy/local/entry.py": "how a keeper writes an amount",
    "handlers/wishes/asking/answers.py": "what questions and wishes are told apart by: data",
    "handlers/wishes/contacts.py": "what stands beside a name in a contact: data",
    "handlers/wishes/guess.py": "what wishes say of kind, age and time",
    "handlers/safety/commands.py": "which right is missing is named as it was typed",
    "handlers/safety/rules.py": "words of harm: data",
    "handlers/wishes/lists/conditions.py": "the words a list is narrowed by",
    "handlers/wishes/rules.py": "code names",
    "handlers/wishes/neutral/__init__.py": "how a condition is spoken of: data",
    "handlers/wishes/neutral/families.py": "how neighbours are called: data",
    "handlers/wishes/words.py": "how a child is spoken of",
}
"""Files whose Chinese is data or part of the language of commands, and why."""

OUTERMOST = {
    "bot/app.py": 1,
    "bot/channels/aibot_line.py": 1,
    "bot/channels/wecom_aibot.py": 1,
    "bot/chat/middleware.py": 1,
    "bot/delivery.py": 2,
    "bot/scheduler.py": 1,
    "knowledge/ingest/isolation.py": 1,
    "storage/database.py": 3,
}
"""Where everything is caught: the incident middleware and the workers' outermost loops."""

CLOCK_AND_CHANCE = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "datetime.datetime.now",
    "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today", "time.time", "time.time_ns",
    "time.localtime", "time.gmtime", "os.urandom", "os.getrandom",
}  # fmt: skip
CHANCE = {"random", "secrets", "uuid", "numpy.random"}


def sources(*rooms: str) -> Iterator[tuple[str, str]]:
    """(path from the root, text) of every Python file of the rooms."""
    for room in rooms or ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


@cache
def trees(*rooms: str) -> list[tuple[str, ast.Module]]:
    found = [(name, ast.parse(text)) for name, text in sources(*rooms)]
    assert len(found) > 10
    return found


def dotted(node: ast.expr) -> str:
    """`a.b.c` as it is written; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value)
        return f"{owner}.{node.attr}" if owner else ""
    return ""


def clock_or_chance(node: ast.AST) -> str:
    """What the node reaches for; empty when nothing."""
    match node:
        case ast.Call(func=func) if dotted(func) in CLOCK_AND_CHANCE:
            return dotted(func)
        case ast.Attribute() if (
            dotted(node).partition(".")[0] in CHANCE and dotted(node) != "secrets.compare_digest"
        ):
            return dotted(node)
        case ast.ImportFrom(module=module, names=names) if module in CHANCE:
            return next((f"{module}.{name.name}" for name in names if name.name != "compare_digest"), "")
        case ast.ImportFrom(module="time" | "os", names=names):
            return next((name.name for name in names if f"{node.module}.{name.name}" in CLOCK_AND_CHANCE), "")
    return ""


def test_time_and_chance_come_from_the_clock_alone() -> None:
    found = {
        (name, what)
        for name, tree in trees()
        for node in ast.walk(tree)
        if (what := clock_or_chance(node)) and name != "bot/clock.py"
    }
    assert found == set()
    (clock,) = [tree for name, tree in trees("bot") if name == "bot/clock.py"]
    assert {clock_or_chance(node) for node in ast.walk(clock)} >= {"datetime.now", "secrets.token_bytes"}


def wording(tree: ast.Module) -> list[str]:
    """Chinese constants, but for docstrings, arguments of decorators, and what stands in `Annotated[…]`."""
    spared: set[ast.AST] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant()):
                spared.add(node.value)
            case ast.Subscript(value=value) if dotted(value).endswith("Annotated"):
                spared.update(ast.walk(node))
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                spared.update(part for decorator in node.decorator_list for part in ast.walk(decorator))
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and CHINESE.search(node.value)
        and node not in spared
    ]


def test_chinese_wording_stands_in_phrases_alone() -> None:
    worded = {name: words for name, tree in trees("bot", "handlers") if (words := wording(tree))}
    elsewhere = {name: words for name, words in worded.items() if not WORDING.fullmatch(name)}
    assert {name: words for name, words in elsewhere.items() if name not in NOT_WORDING} == {}
    assert set(elsewhere) == set(NOT_WORDING), "an exception that is no longer needed"
    assert len(worded) - len(elsewhere) >= 8


def catches_everything(node: ast.AST) -> bool:
    """Whether a handler keeps whatever comes. One that tidies up and raises it again does not."""
    if (
        isinstance(node, ast.ExceptHandler)
        and isinstance(last := node.body[-1], ast.Raise)
        and last.exc is None
    ):
        return False
    if not isinstance(node, ast.ExceptHandler):
        return False
    kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    return any(kind is None or dotted(kind) in ("Exception", "BaseException") for kind in kinds)


def test_everything_is_caught_in_the_outermost_loops_alone() -> None:
    caught = {
        name: count
        for name, tree in trees()
        if (count := sum(catches_everything(node) for node in ast.walk(tree)))
    }
    assert caught == OUTERMOST


def parts_at_the_sign(node: ast.AST) -> bool:
    """Whether words are parted at the @ between a name and its place."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("split", "rsplit", "partition", "rpartition", "index", "find")
        and any(isinstance(each, ast.Constant) and each.value in ("@", "＠") for each in node.args)
    )


def test_a_name_and_its_place_are_parted_in_one_room() -> None:
    """Whom words name is for `storage.called` to say, which place for `storage.places`."""
    found = {name for name, tree in trees() for node in ast.walk(tree) if parts_at_the_sign(node)}
    assert found == {"storage/places.py"}


def module_of(name: str) -> str:
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imported(tree: ast.Module, ours: frozenset[str]) -> set[str]:
    """Modules of ours that a file imports, wherever in it, also for its types alone."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found.update(name.name for name in names)
            case ast.ImportFrom(module=str(package), names=names, level=0):
                found.update(
                    full if (full := f"{package}.{name.name}") in ours else package for name in names
                )
    return found & ours


def test_no_module_imports_itself_through_others() -> None:
    """Values stand below the phrases that speak of them, phrases below the use cases that raise them."""
    files = {module_of(name): tree for name, tree in trees()}
    imports = {name: imported(tree, frozenset(files)) - {name} for name, tree in files.items()}
    assert sum(map(len, imports.values())) > 1000
    circle: list[str] = []
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        circle = error.args[1]
    assert circle == []


def test_no_file_is_longer_than_a_room() -> None:
    long = {name: len(lines) for name, text in sources() if len(lines := text.splitlines()) > LONGEST}
    assert long == {}
    assert sum(1 for _ in sources()) > 50


def test_nothing_is_printed() -> None:
    printing = [
        name
        for name, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and dotted(node.func) in ("print", "pprint", "pprint.pprint", "breakpoint")
    ]
    assert printing == []


def test_every_module_and_class_says_what_it_is_for() -> None:
    silent: list[str] = []
    for name, tree in trees():
        classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
        if tree.body and ast.get_docstring(tree) is None and not name.startswith("storage/migrations/"):
            silent.append(name)
        silent += [
            f"{name}: {node.name}"
            for node in classes
            if ast.get_docstring(node) is None and not _plain(name, node)
        ]
    assert silent == []


def _plain(name: str, node: ast.ClassDef) -> bool:
    """Tables, errors and small values whose name and fields say it all; what is private; repositories."""
    values = any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list)
    return bool(node.bases) or values or node.name.startswith("_") or name.startswith("storage/")


IMPORT_ALL = """
import json, pkgutil, importlib, sys
opened = []
def hook(event, arguments):
    if event == "open" and isinstance(arguments[0], str) and not arguments[0].endswith((".py", ".pyc", ".so")):
        mode = arguments[1] or "r"
        opened.append(f"open {arguments[0]}")
    elif event in ("sqlite3.connect", "socket.connect", "subprocess.Popen"):
        opened.append(event)
names = []
for room in ("bot", "handlers", "knowledge", "storage"):
    package = importlib.import_module(room)
    for module in pkgutil.walk_packages(package.__path__, f"{room}."):
        if module.name != "bot.__main__" and not module.name.startswith("storage.migrations"):
            names.append(module.name)
import aiohttp, openpyxl, sqlalchemy, sqlmodel, tantivy, wechatpy.parser, apscheduler.schedulers.asyncio, typer
import alembic.command, pydantic_settings, prometheus_client, chinese_calendar, lxml.html, docx, pypdfium2
sys.addaudithook(hook)
for name in names:
    importlib.import_module(name)
ours = [name for name in opened if sys.argv[1] in name or not name.startswith("open")]
print(json.dumps({"modules": len(names), "opened": ours, "jieba": "jieba" in sys.modules}))
"""


def test_importing_opens_nothing_and_loads_no_dictionary() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, str(ROOT)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    opened = [name for name in seen["opened"] if "__pycache__" not in name and ".venv" not in name]
    assert (opened, seen["jieba"]) == ([], False)
    assert seen["modules"] > 60


def test_every_room_of_bot_has_its_place_in_the_layers() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (layers,) = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    placed = {room.strip() for layer in layers for room in layer.split("|")}
    rooms = {f"bot.{path.stem}" for path in (ROOT / "bot").iterdir() if path.suffix == ".py" or path.is_dir()}
    assert {room for room in placed if room.startswith("bot.")} == rooms - {"bot.__init__", "bot.__pycache__"}


def test_no_file_names_a_place_of_one_machine_or_a_registry() -> None:
    told = re.compile("/wo" + "rk/|/ro" + r"ot/|\bpy" + r"pi\.org|file" + "s.pythonhosted|npm" + "js.com")
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    kinds = {
        ".py",
        ".toml",
        ".md",
        ".txt",
        ".chat",
        ".js",
        ".html",
        ".css",
        ".example",
        ".yml",
        ".sh",
        ".ini",
        ".service",
    }
    texts = [path for path in listed if Path(path).suffix in kinds or path.startswith(".ci/")]
    assert len(texts) > 100
    naming = [
        path
        for path in texts
        if (ROOT / path).is_file() and told.search((ROOT / path).read_text(encoding="utf-8"))
    ]
    assert naming == []
