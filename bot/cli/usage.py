"""Wrong usage in words that county IT reads: what typer says of it is English."""

from typing import Any

import typer

from bot.phrases import cli as say

UsageError: type[Exception] = typer.BadParameter.__bases__[0]
"""typer keeps this class to itself and names only its child."""


def told(error: Any) -> str:
    """What is wrong in one sentence, and the command that shows the usage. `error`: a `UsageError` of typer's.

    A group named without a command is asking for its help. Our own `BadParameter` says its own sentence.
    """
    command = error.ctx.command_path if error.ctx else say.PROGRAM
    name = error.param.opts[-1] if getattr(error, "param", None) else ""
    match type(error).__name__:
        case "NoArgsIsHelpError":
            return str(error.message)
        case "NoSuchOption":
            near = say.NEAREST.format(names=say.listed(error.possibilities)) if error.possibilities else ""
            sentence = say.NO_SUCH_OPTION.format(name=error.option_name, near=near)
        case "MissingParameter":
            sentence = say.NOT_GIVEN.format(name=name)
        case "BadOptionUsage":
            sentence = say.BAD_OPTION.format(name=error.option_name)
        case "BadParameter":
            sentence = say.BAD_OPTION.format(name=name) if name else str(error.message)
        case _:
            group = error.ctx is not None and hasattr(error.ctx.command, "commands")
            sentence = say.NO_SUCH_COMMAND if group else say.TOO_MANY_WORDS
    return f"{sentence}\n{say.SEE_HELP.format(command=command)}"
