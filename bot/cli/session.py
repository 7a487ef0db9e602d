"""What commands share: settings, the database, the library, and how a failure is said."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.clock import Clock, SystemClock
from bot.phrases import cli as say
from bot.phrases import privacy as say_privacy

if TYPE_CHECKING:
    from bot.settings import Settings
    from handlers.digests.calendar import Calendar
    from handlers.policy.library import Library, Progress
    from storage.database import Database

AsJson = Annotated[bool, typer.Option("--json", help=say.JSON)]


class Failure(Exception):
    """The command could not be done; the message is the one sentence a person reads. Exit code 1."""


@dataclass(frozen=True, slots=True)
class Office:
    """What most commands work with: the settings, the clock, the database brought forward and filled."""

    settings: "Settings"
    clock: Clock
    database: "Database"

    def calendar(self) -> "Calendar":
        """What digests go by, and what is new in the base put among what they tell of."""
        from bot.app import open_calendar, open_library
        from handlers.digests.news import shelve_news

        library = open_library(self.settings)
        calendar = open_calendar(self.settings, library)
        library.catch_up(self.database)
        self.database.run_now(shelve_news, calendar)
        return calendar

    def library(self, on_progress: "Progress | None" = None) -> "Library":
        """The search, brought up to the database's revision."""
        from bot.app import open_library

        library = open_library(self.settings)
        library.catch_up(self.database, on_progress)
        return library


def settings(*, quietly: bool = False) -> "Settings":
    """The settings, with logs set up as they say; `quietly`: warnings alone, unless a level is asked for."""
    from bot import logs
    from bot.settings import BadSettings, read_settings

    try:
        found = read_settings()
    except BadSettings as error:
        raise Failure(say.BAD_SETTINGS.format(error=error)) from None
    hushed = quietly and "bot_log_level" not in found.model_fields_set
    logs.set_up("WARNING" if hushed else found.bot_log_level, found.bot_log_format)
    return found


def clock_of(found: "Settings") -> Clock:
    return SystemClock(found.bot_timezone)


@contextmanager
def office(*, prepared: bool = True) -> Iterator[Office]:
    """The database open for one command, closed after it; every failure told in its sentence.

    `prepared`: brought forward, with what ships with the product and in dev the demo. Else as it stands.
    """
    from bot.app import open_database, prepare

    found = settings(quietly=True)
    clock = clock_of(found)
    with reported():
        database = open_database(found, clock)
        try:
            if prepared:
                prepare(database, found)
            yield Office(found, clock, database)
        finally:
            database.close()


@contextmanager
def reported() -> Iterator[None]:
    """Turn what a room raises into the sentence for it."""

    from bot.chat.errors import BotError
    from handlers.digests.almanac import BadAlmanac
    from handlers.digests.working_days import BadHolidayFile
    from knowledge.errors import KnowledgeError
    from storage.base import DatabaseFailed, reason
    from storage.keys import WrongKey
    from storage.schema import SchemaTooNew

    try:
        yield
    except DatabaseFailed as error:
        raise Failure(say.database_failed(reason(error))) from error
    except WrongKey as error:
        raise Failure(say_privacy.WRONG_KEY) from error
    except SchemaTooNew as error:
        raise Failure(say.SCHEMA_TOO_NEW.format(version=error)) from error
    except BotError as error:
        raise Failure(error.sentence) from error
    except (BadHolidayFile, BadAlmanac, KnowledgeError) as error:
        raise Failure(str(error)) from error
    except ModuleNotFoundError as error:
        if error.name != "psycopg":
            raise
        raise Failure(say.NO_POSTGRES) from error
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Failure(say.file_failed(error)) from error


def out(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """For a person, not for a program: standard error."""
    sys.stderr.write(f"{text}\n")


def out_json(value: Any) -> None:
    out(json.dumps(value, ensure_ascii=False, default=str))
