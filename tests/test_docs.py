"""The documents say what the program does: settings, commands, the README's two commands, links, transcripts.

`--update-transcripts` also rewrites what the manual takes from elsewhere: its table of commands and its
transcripts (as they are when this file runs: `pytest tests/test_transcripts.py tests/test_docs.py` is the order).
"""

import os
import re
import subprocess
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import typer.main
from pydantic import SecretStr

from bot.chat import permission, phrases
from bot.chat.command import Command, Where
from bot.cli import app as command_line
from bot.settings import Settings
from handlers import FEATURES

ROOT = Path(__file__).parent.parent
MANUAL = ROOT / "docs" / "manual"
README = ROOT / "README.md"
PICTURE = ROOT / "docs" / "images" / "simulator.png"

BLOCK = re.compile(r"<!-- ([^>]+) -->\n(.*?)<!-- end -->", re.DOTALL)
FENCED = re.compile(r"```\w*\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\(<?([^)>\s]+)>?\)")
CALL = re.compile(r"-m bot((?: [a-z]+)*)")

GENERATED = re.compile(r"^\.|^(?:data|build|dist|__pycache__)$|\.egg-info$")
BINARY = frozenset({".png", ".gz", ".xlsx", ".docx", ".pdf", ".pyc", ".db"})
REGISTRY = re.compile(
    r"pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|crates\.io|rubygems\.org|proxy\.golang\.org"
    r"|maven\.org|tuna\.tsinghua|mirrors\.(?:aliyun|cloud|ustc)"
)
MACHINE = re.compile(r"(?<![\w.<)}\]])/(?:work|root)(?![\w.-])")

PLACES = {Where.ANYWHERE: "", Where.PRIVATE: "私聊", Where.GROUP: "群里"}
HEAD = "| 命令 | 别名 | 谁能用 | 只在 | 做什么 | 例子 |\n| --- | --- | --- | --- | --- | --- |\n"


def blocks(path: Path) -> dict[str, str]:
    """What stands between `<!-- name -->` and `<!-- end -->`, by name."""
    return dict(BLOCK.findall(path.read_text(encoding="utf-8")))


def block_command(path: Path, name: str) -> str:
    (command,) = FENCED.findall(blocks(path)[name])
    return str(command).strip()


def rewrite(path: Path, name: str, body: str) -> None:
    old = path.read_text(encoding="utf-8")
    path.write_text(
        old.replace(f"<!-- {name} -->\n{blocks(path)[name]}", f"<!-- {name} -->\n{body}"), "utf-8"
    )


def repository_files() -> list[Path]:
    """Every file a commit could hold: no environment, cache, build or data."""
    found: list[Path] = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name == ".ci" or not GENERATED.search(name)]
        found += [Path(folder, name) for name in names if name != ".env" and not name.startswith(".coverage")]
    return found


def documents() -> list[Path]:
    return [path for path in repository_files() if path.suffix == ".md"]


def plain(default: Any) -> str:
    """A setting's default as one would type it."""
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    if isinstance(default, Enum):
        return str(default.value)
    return ",".join(default) if isinstance(default, tuple) else str(default)


DEFAULTS = {name.upper(): plain(field.default) for name, field in Settings.model_fields.items()}


def test_every_setting_is_in_the_example_with_its_default_and_a_comment() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    shown = {}
    for above, line in zip(["", *lines], lines, strict=False):
        if setting := re.fullmatch(r"#([A-Z][A-Z0-9_]+)=(.*)", line):
            shown[setting[1]] = setting[2]
            assert re.match(r"# .*[一-鿿]", above), setting[1]
    assert shown == DEFAULTS


def test_the_example_with_every_line_switched_on_gives_the_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in DEFAULTS:
        monkeypatch.delenv(name, raising=False)
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    switched_on = tmp_path / "on"
    switched_on.write_text(re.sub(r"(?m)^#(?=[A-Z]\w+=)", "", example), encoding="utf-8")
    assert Settings(_env_file=switched_on) == Settings(_env_file=None)


def test_every_setting_is_in_the_manual_with_its_default() -> None:
    rows = re.findall(
        r"(?m)^\| `([A-Z][A-Z0-9_]+)` \| (.*?) \| ", (MANUAL / "运维.md").read_text(encoding="utf-8")
    )
    assert {name: "" if default == "空" else default.strip("`") for name, default in rows} == DEFAULTS


def test_the_table_of_commands_is_the_registry(request: pytest.FixtureRequest) -> None:
    path = MANUAL / "命令一览.md"
    table = HEAD + "".join(row(command) for feature in FEATURES for command in feature.commands)
    if request.config.getoption("--update-transcripts"):
        rewrite(path, "commands", table)
    assert table.count("\n") > 20
    assert blocks(path)["commands"] == table


def row(command: Command) -> str:
    allowed = "所有人" if command.allow.everybody else phrases.roles(command.allow.roles)
    cells = [
        f"`{command.usage}`",
        "、".join(f"`/{alias}`" for alias in command.aliases),
        allowed,
        PLACES[command.where],
        command.summary,
        "<br>".join(f"`{example}`" for example in command.examples),
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


RIGHTS = {"own": "本人", "place": "本地", "all": "所有"}


def test_the_table_of_rights_is_the_registry(request: pytest.FixtureRequest) -> None:
    path = MANUAL / "人员和权限.md"
    heads = ["命令", *(label.replace("村（社区）", "") for label in phrases.ROLES.values())]
    lines = [heads, ["---"] * len(heads)]
    for command in (command for feature in FEATURES for command in feature.commands):
        allowed = permission.row(command.allow)
        lines.append(
            [f"`/{command.name}`", *(RIGHTS.get(allowed.get(role, ""), "") for role in phrases.ROLES)]
        )
    table = "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
    if request.config.getoption("--update-transcripts"):
        rewrite(path, "permissions", table)
    assert blocks(path)["permissions"] == table


def test_ci_runs_the_very_test_command_of_the_readme() -> None:
    shown = subprocess.run(
        ["bash", ".ci/run", "--show"], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert shown.stdout.strip() == block_command(README, "test command")
    assert shown.stdout.strip().endswith("-m pytest -n 2 --dist loadfile")


def test_both_readmes_and_the_first_page_of_the_manual_give_the_same_commands() -> None:
    for name in ("run command", "test command"):
        assert block_command(ROOT / "README.zh-CN.md", name) == block_command(README, name)
    run = block_command(README, "run command")
    assert run.endswith("-m bot")
    assert run in (MANUAL / "快速上手.md").read_text(encoding="utf-8")


def test_every_command_line_in_the_documents_exists() -> None:
    group = typer.main.get_command(command_line)
    calls = {(path.name, words) for path in documents() for words in CALL.findall(path.read_text("utf-8"))}
    assert len(calls) > 10
    unknown = [(name, words) for name, words in sorted(calls) if not exists(group, words.split())]
    assert unknown == []


def exists(command: Any, words: list[str]) -> bool:
    """Whether the words name a command; what follows a command that is no group is its arguments."""
    commands = getattr(command, "commands", None)
    return not words or commands is None or (words[0] in commands and exists(commands[words[0]], words[1:]))


def test_no_file_names_a_package_registry_or_a_path_of_this_machine() -> None:
    files = [path for path in repository_files() if path.suffix not in BINARY]
    assert len(files) > 100
    telling = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in files
        for number, line in enumerate(
            path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1
        )
        if REGISTRY.search(line) or MACHINE.search(line)
    ]
    assert telling == []


def test_every_relative_link_resolves() -> None:
    links = [(path, link) for path in documents() for link in LINK.findall(path.read_text(encoding="utf-8"))]
    relative = [(path, unquote(link)) for path, link in links if not re.match(r"[a-z]+:", link)]
    assert len(relative) > 20
    broken = [f"{path.relative_to(ROOT)}: {link}" for path, link in relative if not resolves(path, link)]
    assert broken == []


def resolves(path: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = (path.parent / name) if name else path
    return target.exists() and (not anchor or anchor in anchors(target))


def anchors(path: Path) -> set[str]:
    """Headings as links name them: lower case, no marks, hyphens for spaces."""
    headings = re.findall(r"(?m)^#+ (.+)$", path.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\s-]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_the_picture_of_the_simulator_is_small_enough() -> None:
    assert f"({PICTURE.relative_to(ROOT).as_posix()})" in README.read_text(encoding="utf-8")
    assert PICTURE.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert PICTURE.stat().st_size <= 300 * 1024


def included() -> Iterator[tuple[Path, str]]:
    for path in sorted(MANUAL.glob("*.md")):
        for name in blocks(path):
            if name.startswith("transcript: "):
                yield path, name


def transcript(name: str) -> str:
    """A transcript, or one section of it: `file`, or `file / heading`."""
    file, _, heading = name.removeprefix("transcript: ").partition(" / ")
    text = (ROOT / "tests" / "transcripts" / f"{file}.chat").read_text(encoding="utf-8")
    if heading:
        (text,) = [each for each in re.split(r"(?m)^(?=# )", text) if each.startswith(f"# {heading}\n")]
    return text.strip()


def test_the_manual_holds_golden_transcripts_word_for_word(request: pytest.FixtureRequest) -> None:
    found = list(included())
    assert len(found) > 3
    for path, name in found:
        body = f"```text\n{transcript(name)}\n```\n"
        if request.config.getoption("--update-transcripts"):
            rewrite(path, name, body)
        assert blocks(path)[name] == body, f"{path.name}: {name}"
