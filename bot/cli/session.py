"""What commands share: settings, the database, the library, and how a failure is said."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bot import logs
from bot.clock import Clock, SystemClock
from bot.phrases import cli as say
from bot.settings import BadSettings, Settings, read_settings


class Failure(Exception):
    """The command could not be done; the message is the one sentence a person reads. Exit code 1."""


def settings() -> Settings:
    """The settings, with logs set up as they say."""
    try:
        found = read_settings()
    except BadSettings as error:
        raise Failure(say.BAD_SETTINGS.format(error=error)) from None
    logs.set_up(found.bot_log_level, found.bot_log_format)
    return found


def clock_of(found: Settings) -> Clock:
    return SystemClock(found.bot_timezone)


@contextmanager
def reported() -> Iterator[None]:
    """Turn what a room raises into the sentence for it."""
    from sqlalchemy.exc import DBAPIError

    from handlers.digests.working_days import BadHolidayFile
    from knowledge.index import IndexBusy
    from storage.schema import SchemaTooNew

    try:
        yield
    except DBAPIError as error:
        raise Failure(say.DATABASE_FAILED.format(error=str(error.orig).strip().splitlines()[0])) from error
    except SchemaTooNew as error:
        raise Failure(say.SCHEMA_TOO_NEW.format(version=error)) from error
    except (BadHolidayFile, IndexBusy) as error:
        raise Failure(str(error)) from error
    except PermissionError as error:
        raise Failure(say.NO_PERMISSION.format(path=error.filename)) from error
    except OSError as error:
        raise Failure(say.FILE_FAILED.format(error=error)) from error


def out(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """For a person, not for a program: standard error."""
    sys.stderr.write(f"{text}\n")


def out_json(value: Any) -> None:
    out(json.dumps(value, ensure_ascii=False, default=str))
