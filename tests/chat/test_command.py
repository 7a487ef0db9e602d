"""A command that is declared wrongly cannot be imported, and says why."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Annotated

import pytest

from bot.chat.command import Argument, Ask, Command, Missing, Registry, Where, command
from bot.chat.converters import Number, OneWord, Rest, Word
from bot.chat.errors import BadInput
from bot.chat.permission import EVERYBODY, only
from bot.chat.reply import Reply
from bot.clock import Clock
from storage.members import Grant, Member, Role

Handler = Callable[..., Awaitable[Reply]]


class Colour(StrEnum):
    RED = "红"
    BLUE = "蓝"


def member(*roles: Role) -> Member:
    return Member(1, "某人", None, None, tuple(Grant(role, 1) for role in roles), noticed=True)


def declared(name: str, *aliases: str, role: Role | None = None) -> Command:
    """A command without arguments, made on the spot."""

    async def handler() -> Reply:
        return Reply.silence()

    handler.__doc__ = f"做事。\n\n示例:\n    /{name}\n"
    return command(name, *aliases, allow=only(role) if role else EVERYBODY)(handler)


async def without_docstring(word: Annotated[str, "词"]) -> Reply:
    return Reply.silence()


async def without_examples(word: Annotated[str, "词"]) -> Reply:
    """做事。"""
    return Reply.silence()


async def with_empty_examples(word: Annotated[str, "词"]) -> Reply:
    """做事。

    示例:
    """
    return Reply.silence()


async def without_summary(word: Annotated[str, "词"]) -> Reply:
    """
    示例:
        /试 春
    """
    return Reply.silence()


async def without_annotation(word) -> Reply:  # type: ignore[no-untyped-def]
    """做事。

    示例:
        /试 春
    """
    return Reply.silence()


async def with_unknown_service(word: dict[str, int]) -> Reply:
    """做事。

    示例:
        /试
    """
    return Reply.silence()


async def with_unconvertible_argument(word: Annotated[bytes, "词"]) -> Reply:
    """做事。

    示例:
        /试 春
    """
    return Reply.silence()


async def without_label(word: Annotated[str, 3]) -> Reply:
    """做事。

    示例:
        /试 春
    """
    return Reply.silence()


async def with_something_after_the_rest(word: Annotated[str, "词"], number: Annotated[int, "数"]) -> Reply:
    """做事。

    示例:
        /试 春 3
    """
    return Reply.silence()


async def with_example_of_another(word: Annotated[str, "词"]) -> Reply:
    """做事。

    示例:
        /念 春
    """
    return Reply.silence()


async def with_unreadable_example(number: Annotated[int, "数"]) -> Reply:
    """做事。

    示例:
        /试 春
    """
    return Reply.silence()


async def with_incomplete_example(word: Annotated[str, "词", Ask("什么？")]) -> Reply:
    """做事。

    示例:
        /试
    """
    return Reply.silence()


@pytest.mark.parametrize(
    ("handler", "message"),
    [
        (without_docstring, "/试: the docstring needs a summary"),
        (without_examples, "/试: the docstring needs 示例:"),
        (with_empty_examples, "/试: 示例: is empty"),
        (without_summary, "/试: the docstring needs a summary"),
        (without_annotation, "/试: parameter word has no annotation"),
        (with_unknown_service, "/试: word: dict[str, int] is neither an argument nor a service"),
        (with_unconvertible_argument, "/试: word: no converter for <class 'bytes'>"),
        (without_label, "/试: word needs a label"),
        (with_something_after_the_rest, "/试: nothing can follow the argument that takes all the rest"),
        (with_example_of_another, "/试: example '/念 春' is of another command"),
        (with_unreadable_example, "/试: example '/试 春' cannot be read: “数”要写数字，您写的是“春”。"),
        (with_incomplete_example, "/试: example '/试' cannot be read: 什么？"),
    ],
)
def test_faulty_declaration_fails_at_import_and_says_why(handler: Handler, message: str) -> None:
    with pytest.raises(TypeError) as failure:
        command("试", allow=EVERYBODY)(handler)
    assert str(failure.value) == message


def test_a_command_that_does_not_say_who_may_use_it_cannot_be_declared() -> None:
    async def open_door() -> Reply:
        """开门。

        示例:
            /试
        """
        return Reply.silence()

    with pytest.raises(TypeError):
        command("试")(open_door)  # type: ignore[call-arg]


def test_declaration_is_read_whole_from_the_function() -> None:
    async def paint(
        number: Annotated[int, "编号"],
        someone: Member,
        clock: Clock,
        colour: Annotated[Colour | None, "红|蓝"] = None,
        why: Annotated[str, "原因", Ask("为什么？")] = "",
    ) -> Reply:
        """刷漆。

        示例:
            /刷 3 红 好看
            /paint 3 红 好看
        """
        return Reply.silence()

    made = command("刷", "paint", allow=only(Role.VOLUNTEER), where=Where.GROUP)(paint)
    number, colour, why = made.arguments
    assert (made.name, made.aliases, made.summary, made.examples) == (
        "刷", ("paint",), "刷漆。", ("/刷 3 红 好看", "/paint 3 红 好看"),
    )  # fmt: skip
    assert (made.allow, made.where) == (only(Role.VOLUNTEER), Where.GROUP)
    assert made.usage == "/刷 编号 [红|蓝] [原因]"
    assert number == Argument("number", "编号", Number, required=True, ask=None)
    assert (colour.name, colour.required, why.converter, why.ask) == ("colour", False, Rest, Ask("为什么？"))
    assert made.services == {"someone": Member, "clock": Clock}
    assert made.read("3 蓝 旧了") == {"number": 3, "colour": Colour.BLUE, "why": "旧了"}
    with pytest.raises(Missing) as missing:
        made.read("3")
    assert (missing.value.ask, missing.value.words) == (Ask("为什么？"), "3")
    with pytest.raises(BadInput, match=r"^这里只能写红、蓝，您写的是“绿”。$"):
        made.read("3 绿")


def test_missing_argument_with_a_question_is_asked_for() -> None:
    async def note(number: Annotated[int, "编号"], text: Annotated[str, "内容", Ask("写什么？")]) -> Reply:
        """写。

        示例:
            /写 3 好
        """
        return Reply.silence()

    made = command("写", allow=EVERYBODY)(note)
    with pytest.raises(Missing) as missing:
        made.read("3 ")
    assert (missing.value.ask, missing.value.words) == (Ask("写什么？"), "3 ")
    with pytest.raises(BadInput, match=r"^没有写“编号”。$"):
        made.read("")


def test_one_word_argument_leaves_the_rest_to_the_next() -> None:
    async def send(to: Annotated[OneWord, "谁"], text: Annotated[str, "内容"]) -> Reply:
        """捎话。

        示例:
            /捎 老李 开会
        """
        return Reply.silence()

    made = command("捎", allow=EVERYBODY)(send)
    assert [argument.converter for argument in made.arguments] == [Word, Rest]
    assert made.read(" ＡＢ  开 会 ") == {"to": "AB", "text": "开 会"}


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (("看", "look"), ("看",), "/看 is taken by /看"),
        (("看", "look"), ("瞧", "LOOK"), "/LOOK is taken by /看"),
        (("看", "look"), ("look",), "/look is taken by /看"),
    ],
)
def test_registry_refuses_a_name_that_is_taken(
    first: tuple[str, ...], second: tuple[str, ...], message: str
) -> None:
    with pytest.raises(TypeError) as failure:
        Registry({"one": [declared(*first)], "two": [declared(*second)]})
    assert str(failure.value) == message


def test_registry_finds_by_name_alias_glued_number_and_colon() -> None:
    claim, wishes = declared("认领", "claim"), declared("心愿单")
    registry = Registry({"wishes": [claim, wishes]})
    found = {
        text: registry.find(text)
        for text in ("/认领 12", "／ＣＬＡＩＭ　12", "/认领#12 快", "/认领：12", "/ 认领 12")
    }
    assert found == {
        "/认领 12": (claim, "认领", "12"),
        "／ＣＬＡＩＭ　12": (claim, "CLAIM", "12"),
        "/认领#12 快": (claim, "认领", "#12 快"),
        "/认领：12": (claim, "认领", "12"),
        "/ 认领 12": (claim, "认领", "12"),
    }
    assert [registry.find(text) for text in ("/认", "/", "/认领我来", "/12")] == [
        (None, "认", ""), (None, "", ""), (None, "认领我来", ""), (None, "12", ""),
    ]  # fmt: skip


def test_nearest_names_are_those_a_member_may_use() -> None:
    registry = Registry(
        {
            "wishes": [declared("核实", "verify", role=Role.COORDINATOR), declared("心愿")],
            "lists": [declared("心愿单")],
        }
    )
    coordinator, resident = member(Role.COORDINATOR), member()
    assert registry.nearest("心愿想要花", resident) == ["心愿", "心愿单"]
    assert registry.nearest("心愿单子", resident) == ["心愿单", "心愿"]
    assert (registry.nearest("核对", coordinator), registry.nearest("核对", resident)) == (["核实"], [])
    assert registry.nearest("", resident) == []
    assert [each.name for commands in registry.open_to(resident).values() for each in commands] == [
        "心愿",
        "心愿单",
    ]
