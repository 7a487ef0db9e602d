"""The command line: typed, one sentence an error, exit codes 0 done, 1 could not be done, 2 wrong usage.

Answers go to standard output, progress and logs to standard error. Each group of commands is a module; the
heavy rooms are imported only when their command runs.
"""

import os
import sys
from collections.abc import Sequence

import typer

from bot.cli import (
    articles,
    audit,
    channels,
    chat,
    database,
    digest,
    doctor,
    groups,
    knowledge,
    members,
    permissions,
    places,
    poster,
    privacy,
    registers,
    serving,
    stats,
    wishes,
)
from bot.cli.session import Failure, note
from bot.cli.usage import UsageError, told
from bot.phrases import articles as say_articles
from bot.phrases import cli as say
from bot.phrases import privacy as say_privacy

INTERRUPTED = 130
"""What a shell reports of a command that was stopped from the keyboard."""

app = typer.Typer(
    name=say.PROGRAM, help=say.ABOUT, no_args_is_help=False, add_completion=False, rich_markup_mode=None,
    pretty_exceptions_enable=False,
)  # fmt: skip
app.command("serve", help=say.SERVE)(serving.serve)
app.command("chat", help=say.CHAT)(chat.chat)
app.add_typer(knowledge.app, name="kb")
digest.app.command("poster", help=say_articles.POSTER)(poster.poster)
digest.app.command("import", help=say_articles.IMPORT)(articles.import_articles)
digest.app.add_typer(articles.feed, name="feed")
app.add_typer(digest.app, name="digest")
members.members.command("erase", help=say_privacy.ERASE)(privacy.erase)
members.members.command("export", help=say_privacy.COPY)(privacy.export)
app.add_typer(members.members, name="member")
app.add_typer(places.places, name="place")
app.add_typer(places.teams, name="team")
app.add_typer(groups.app, name="group")
app.add_typer(wishes.app, name="wish")
app.add_typer(channels.app, name="channel")
app.command("export", help=say.EXPORT)(registers.export)
app.add_typer(audit.app, name="audit")
app.add_typer(stats.app, name="stats")
app.add_typer(database.app, name="db")
app.command("permissions", help=say.PERMISSIONS)(permissions.permissions)
app.command("doctor", help=say.DOCTOR)(doctor.doctor)


@app.callback(invoke_without_command=True)
def _default(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        serving.serve()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit; what fails says one sentence on standard error."""
    for stream in (sys.stdout, sys.stderr, sys.stdin):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        code = app(arguments, prog_name=say.PROGRAM, standalone_mode=False)
    except UsageError as error:
        note(told(error))
        sys.exit(2)
    except Failure as failure:
        note(str(failure))
        sys.exit(1)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except BrokenPipeError:
        # who read our output has left; the interpreter would complain once more when it flushes at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    if code == INTERRUPTED:
        note(say.INTERRUPTED)
    sys.exit(code)
