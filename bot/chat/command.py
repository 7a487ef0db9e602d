"""Commands: a typed function is the whole declaration.

The decorator reads name, aliases, permission, help, usage and examples from the function and fails at
import when something is missing: an argument without a type, a type without a converter, a docstring
without a summary or 示例, an example its own parser refuses. `Registry` refuses a name already taken.

A parameter annotated `Annotated[T, "名称"]` is an argument and is read from the words; `Annotated[str,
"内容", Ask("想要什么？")]` is asked for when it is missing; one with a default, when something was said before
it. Any other parameter is a service, handed in by its type, which must be declared with `service`.
"""

import inspect
import re
import types
import typing
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from bot.chat import phrases
from bot.chat.converters import Converter, converter_for, first_word
from bot.chat.errors import BadInput
from bot.chat.permission import Allowed, may
from bot.chat.reply import Reply
from bot.clock import Clock
from knowledge.folding import fold
from storage.members import Member

Handler = Callable[..., Awaitable[Reply]]

_SERVICES: set[type] = {Member, Clock}


ServiceT = TypeVar("ServiceT", bound=type)


def service(cls: ServiceT) -> ServiceT:
    """Declare a class that handlers may ask for by annotation."""
    _SERVICES.add(cls)
    return cls


@dataclass(frozen=True, slots=True)
class Ask:
    """The question to put when the argument is missing."""

    question: str


class Where(StrEnum):
    ANYWHERE = "anywhere"
    PRIVATE = "private"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Argument:
    name: str
    label: str
    converter: Converter
    required: bool
    ask: Ask | None


class Missing(Exception):
    """An argument that can be asked for was not given; `words` is what was."""

    def __init__(self, ask: Ask, words: str) -> None:
        super().__init__(ask.question)
        self.ask = ask
        self.words = words


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    aliases: tuple[str, ...]
    allow: Allowed
    where: Where
    summary: str
    examples: tuple[str, ...]
    arguments: tuple[Argument, ...]
    services: Mapping[str, type]
    handler: Handler

    @property
    def usage(self) -> str:
        words = [f"/{self.name}"]
        words += [
            argument.label if argument.required else f"[{argument.label}]" for argument in self.arguments
        ]
        return " ".join(words)

    def read(self, words: str) -> dict[str, Any]:
        """Arguments by name. Raises `BadInput`; `Missing` for one that can be asked for."""
        values: dict[str, Any] = {}
        left = words.strip()
        for argument in self.arguments:
            if not fold(left).strip():
                if argument.ask is not None and (argument.required or values):
                    raise Missing(argument.ask, words)
                if not argument.required:
                    continue
                raise BadInput(phrases.missing(argument.label))
            values[argument.name], left = argument.converter.read(left, argument.label)
        if left.strip():
            raise BadInput(phrases.superfluous(left.strip()))
        return values

    async def run(self, values: Mapping[str, Any], services: Mapping[type, Any]) -> Reply:
        return await self.handler(**values, **given(self.services, services))


def given(wanted: Mapping[str, type], services: Mapping[type, Any]) -> dict[str, Any]:
    """The services a function asked for, by parameter."""
    return {name: services[kind] for name, kind in wanted.items()}


def command(
    name: str, *aliases: str, allow: Allowed, where: Where = Where.ANYWHERE
) -> Callable[[Handler], Command]:
    """Declare a command; who may use it is always said, as nothing is permitted by default.

    Raises `TypeError` at import for everything the module docstring lists.
    """

    def declare(handler: Handler) -> Command:
        summary, examples = _documentation(name, handler)
        arguments, services = parameters(name, handler)
        declared = Command(name, aliases, allow, where, summary, examples, arguments, services, handler)
        for example in examples:
            _check_example(declared, example)
        return declared

    return declare


def _documentation(name: str, handler: Handler) -> tuple[str, tuple[str, ...]]:
    lines = (inspect.getdoc(handler) or "").splitlines()
    if not lines or lines[0].strip() in ("", "示例:"):
        raise TypeError(f"/{name}: the docstring needs a summary")
    if "示例:" not in [line.strip() for line in lines]:
        raise TypeError(f"/{name}: the docstring needs 示例:")
    start = [line.strip() for line in lines].index("示例:")
    examples = tuple(line.strip() for line in lines[start + 1 :] if line.strip())
    if not examples:
        raise TypeError(f"/{name}: 示例: is empty")
    return lines[0].strip(), examples


def parameters(
    name: str, handler: Handler, *, alone: bool = False
) -> tuple[tuple[Argument, ...], dict[str, type]]:
    """What a function is to be given: arguments in order, services by parameter. Raises `TypeError`.

    `alone`: each argument is asked for by itself, so one that takes all that is said may be followed by others.
    """
    hints = get_type_hints(handler, include_extras=True)
    arguments: list[Argument] = []
    services: dict[str, type] = {}
    for parameter in inspect.signature(handler).parameters.values():
        hint = hints.get(parameter.name)
        if hint is None:
            raise TypeError(f"/{name}: parameter {parameter.name} has no annotation")
        if get_origin(hint) is not Annotated:
            if hint not in _SERVICES:
                raise TypeError(f"/{name}: {parameter.name}: {hint!r} is neither an argument nor a service")
            services[parameter.name] = hint
            continue
        arguments.append(_argument(name, parameter, hint))
        if not alone and any(argument.converter.greedy for argument in arguments[:-1]):
            raise TypeError(f"/{name}: nothing can follow the argument that takes all the rest")
    return tuple(arguments), services


def _argument(name: str, parameter: inspect.Parameter, hint: Any) -> Argument:
    kind, *notes = get_args(hint)
    optional = get_origin(kind) in (typing.Union, types.UnionType) and type(None) in get_args(kind)
    if optional:
        (kind,) = [part for part in get_args(kind) if part is not type(None)]
    converter = converter_for(kind)
    if converter is None:
        raise TypeError(f"/{name}: {parameter.name}: no converter for {kind!r}")
    label = next((note for note in notes if isinstance(note, str)), None)
    if label is None:
        raise TypeError(f"/{name}: {parameter.name} needs a label")
    ask = next((note for note in notes if isinstance(note, Ask)), None)
    required = parameter.default is inspect.Parameter.empty
    return Argument(parameter.name, label, converter, required, ask)


def _check_example(declared: Command, example: str) -> None:
    head, words = first_word(example)
    if head not in {f"/{name}" for name in (declared.name, *declared.aliases)}:
        raise TypeError(f"/{declared.name}: example {example!r} is of another command")
    try:
        declared.read(words)
    except (BadInput, Missing) as error:
        raise TypeError(f"/{declared.name}: example {example!r} cannot be read: {error}") from error


@service
class Registry:
    """All commands by name, and by the feature they belong to. Raises `TypeError` when a name is taken."""

    def __init__(self, features: Mapping[str, Iterable[Command]]) -> None:
        self.features = {key: tuple(commands) for key, commands in features.items()}
        self.commands: tuple[Command, ...] = tuple(
            each for key in self.features for each in self.features[key]
        )
        self._by_name: dict[str, Command] = {}
        for each in self.commands:
            for name in (each.name, *each.aliases):
                if name.casefold() in self._by_name:
                    raise TypeError(f"/{name} is taken by /{self._by_name[name.casefold()].name}")
                self._by_name[name.casefold()] = each

    def get(self, name: str) -> Command | None:
        return self._by_name.get(name.casefold())

    def find(self, text: str) -> tuple[Command | None, str, str]:
        """The command that a text starting with `/` names, the name as typed, the words after it.

        A number may follow the name without a space, and a colon may stand between: `/认领12`, `/心愿：…`.
        """
        head, words = first_word(text)
        name = fold(head).removeprefix("/")
        if not name and words:
            name, words = first_word(words)
            name = fold(name)
        found = self.get(name)
        if found is None and (colon := re.match(r"[/／]?\s*([^:：\s]+)[:：]\s*(.*)", text, re.DOTALL)):
            found = self.get(fold(colon[1]))
            if found is not None:
                return found, fold(colon[1]), colon[2]
        if found is None and (glued := re.fullmatch(r"(\D+?)(#?\d.*)", name)):
            found = self.get(glued[1])
            if found is not None:
                return found, glued[1], f"{glued[2]} {words}".strip()
        return found, name, words

    def nearest(self, name: str, member: Member) -> Sequence[str]:
        """Up to three names of commands this member may use that look like `name`, the likeliest first."""
        names = [known for known, each in self._by_name.items() if may(member, each.allow)]
        typed = name.casefold()
        glued = sorted((known for known in names if typed.startswith(known)), key=len, reverse=True)
        close = get_close_matches(typed, names, n=3, cutoff=0.5)
        starting = [known for known in names if typed and known.startswith(typed[0])]
        return list(dict.fromkeys(self._by_name[found].name for found in [*glued, *close, *starting]))[:3]

    def open_to(self, member: Member) -> Mapping[str, Sequence[Command]]:
        """What the member may use, by feature."""
        return {
            key: [each for each in commands if may(member, each.allow)]
            for key, commands in self.features.items()
        }
