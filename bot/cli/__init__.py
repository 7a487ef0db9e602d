"""The command line: typed, one sentence an error, exit codes 0 done, 1 could not be done, 2 wrong usage.

Answers go to standard output, progress and logs to standard error. Each group of commands is a module; the
heavy rooms are imported only when their command runs.
"""

import sys

import typer

from bot.cli import chat, serving
from bot.cli.session import Failure
from bot.phrases import cli as say

app = typer.Typer(
    name="python -m bot", help=say.ABOUT, no_args_is_help=False, add_completion=False, rich_markup_mode=None,
    pretty_exceptions_enable=False,
)  # fmt: skip
app.command("serve", help=say.SERVE)(serving.serve)
app.command("chat", help=say.CHAT)(chat.chat)


@app.callback(invoke_without_command=True)
def _default(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        serving.serve()


def main() -> None:
    """Run a command; what fails says one sentence on standard error."""
    for stream in (sys.stdout, sys.stderr, sys.stdin):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except Failure as failure:
        sys.stderr.write(f"{failure}\n")
        sys.exit(1)
