"""`doctor`: one line a check, with the exact fault and its cure."""

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli import probe
from bot.cli.finding import Finding, Status, show
from bot.cli.session import AsJson, Failure, clock_of
from bot.clock import Clock
from bot.phrases import cli as cli_say
from bot.phrases import doctor as say
from bot.phrases import privacy as privacy_say

if TYPE_CHECKING:
    from bot.settings import Settings
    from storage.database import Database

GIGABYTE = 1e9
FIRST_YEAR = 2026
ANNOUNCED_FROM = 11
"""The month in which the State Council announces the next year's holidays."""


def doctor(as_json: AsJson = False) -> None:
    """Look at everything, change nothing. Exit code 1 when something fails; warnings do not fail."""
    from bot import logs
    from bot.settings import BadSettings, LogFormat, read_settings

    logs.set_up("CRITICAL", LogFormat.TEXT)
    try:
        settings = read_settings()
    except BadSettings as error:
        bad = say.SETTINGS_BAD.format(error=error)
        found = [Finding("settings", Status.FAILED, bad, say.SETTINGS_CURE)]
    else:
        found = list(_findings(settings, clock_of(settings)))
    if failed := show(found, as_json):
        raise Failure(cli_say.FOUND_FAULTS.format(count=failed))


def _findings(settings: "Settings", clock: Clock) -> Iterator[Finding]:
    from bot.cli.audit import audit_finding
    from bot.cli.doctor_channels import channel_findings
    from bot.cli.doctor_delivery import delivery_findings
    from storage import schema
    from storage.base import DatabaseFailed, reason

    yield Finding("settings", Status.OK, say.SETTINGS_GOOD.format(env=settings.bot_env.value))
    yield folder_finding(settings.bot_data_dir)
    yield disk_finding(settings.bot_data_dir)
    yield from _kept_findings(settings, clock)
    yield lexicon_finding(settings.bot_data_dir / "lexicon")
    yield clock_finding(clock)
    yield holiday_finding(settings.bot_data_dir / "holidays.toml", clock)
    yield almanac_finding(settings.bot_data_dir / "almanac.toml")
    with _kept(settings, clock) as database:
        yield from channel_findings(settings, clock, database)
        try:
            if database is not None and schema.version(database) == schema.head():
                yield audit_finding(database, clock)
                yield from database.read_now(delivery_findings, settings)
        except DatabaseFailed as error:
            bad = say.DATABASE_BAD.format(error=cli_say.database_failed(reason(error)))
            yield Finding("delivery", Status.FAILED, bad, say.DATABASE_CURE)
    yield port_finding(settings.bot_host, settings.bot_port)


@contextmanager
def _kept(settings: "Settings", clock: Clock) -> "Iterator[Database | None]":
    """The database, in whatever state; None where there is none, and with it no server."""
    from storage.database import Database

    try:
        database = Database(settings.database_url, clock.now, settings.data_keys)
    except ModuleNotFoundError:
        yield None
        return
    try:
        yield database if database.path is None or database.path.exists() else None
    finally:
        database.close()


def _kept_findings(settings: "Settings", clock: Clock) -> Iterator[Finding]:
    """The database and the index."""
    from storage.base import DatabaseFailed, reason
    from storage.database import Database

    try:
        database = Database(settings.database_url, clock.now, settings.data_keys)
    except ModuleNotFoundError:
        bad = say.DATABASE_BAD.format(error=cli_say.NO_POSTGRES)
        yield Finding("database", Status.FAILED, bad, say.DATABASE_CURE)
        return
    try:
        if database.path is not None and not database.path.exists():
            yield Finding("database", Status.WARNING, say.DATABASE_MISSING)
        else:
            yield from database_findings(database)
            yield key_finding(database)
            yield index_finding(settings, database)
    except DatabaseFailed as error:
        bad = say.DATABASE_BAD.format(error=cli_say.database_failed(reason(error)))
        yield Finding("database", Status.FAILED, bad, say.DATABASE_CURE)
    finally:
        database.close()


def folder_finding(path: Path) -> Finding:
    name = "data_dir"
    if not path.exists():
        above = next(parent for parent in path.resolve().parents if parent.exists())
        if os.access(above, os.W_OK):
            return Finding(name, Status.WARNING, say.FOLDER_MISSING.format(path=path))
        return _not_writable(path, PermissionError(13, os.strerror(13)))
    probe = path / f".doctor.{os.getpid()}"
    try:
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        return _not_writable(path, error)
    if os.name == "posix" and path.stat().st_mode & 0o077:
        cure = say.FOLDER_OPEN_CURE.format(path=path)
        return Finding(name, Status.WARNING, say.FOLDER_OPEN.format(path=path), cure)
    return Finding(name, Status.OK, say.FOLDER_GOOD.format(path=path))


def _not_writable(path: Path, error: OSError) -> Finding:
    what = say.FOLDER_NOT_WRITABLE.format(path=path, error=error.strerror)
    return Finding("data_dir", Status.FAILED, what, say.FOLDER_NOT_WRITABLE_CURE)


def disk_finding(path: Path) -> Finding:
    there = next(each for each in (path.resolve(), *path.resolve().parents) if each.exists())
    free = shutil.disk_usage(there).free / GIGABYTE
    if free >= 1:
        return Finding("disk", Status.OK, say.DISK_GOOD.format(free=free))
    status = Status.WARNING if free >= 0.2 else Status.FAILED
    return Finding("disk", status, say.DISK_LOW.format(free=free), say.DISK_CURE)


def database_findings(database: "Database") -> Iterator[Finding]:
    """Reachable, of our schema, unharmed. Raises `DatabaseFailed` when it is not reachable."""
    from storage import schema
    from storage.database import healthy

    healthy(database)
    kind = database.engine.dialect.name
    yield Finding("database", Status.OK, say.DATABASE_GOOD.format(kind=kind))
    found, wanted = schema.version(database), schema.head()
    if found is not None and not schema.knows(found):
        what = say.SCHEMA_NEW.format(version=found)
        yield Finding("schema", Status.FAILED, what, say.SCHEMA_NEW_CURE)
    elif found != wanted:
        what = say.SCHEMA_OLD.format(version=found or "0000", wanted=wanted)
        yield Finding("schema", Status.FAILED, what, say.SCHEMA_OLD_CURE)
    elif differences := schema.differences(database):
        what = say.SCHEMA_DIFFERS.format(count=len(differences), first=differences[0][:200])
        yield Finding("schema", Status.FAILED, what, say.SCHEMA_DIFFERS_CURE)
    else:
        yield Finding("schema", Status.OK, say.SCHEMA_GOOD.format(version=found))
    if damages := schema.damages(database):
        what = say.INTEGRITY_BAD.format(count=len(damages), first=damages[0][:200])
        yield Finding("integrity", Status.FAILED, what, say.INTEGRITY_CURE)
    else:
        yield Finding("integrity", Status.OK, say.INTEGRITY_GOOD)


def key_finding(database: "Database") -> Finding:
    """Whether BOT_DATA_KEY is the key the database was begun with."""
    from storage.keys import WrongKey, verify_now
    from storage.sealing import DEVELOPMENT_KEY, Sealer

    mine = database.sealer.fingerprint
    try:
        begun = verify_now(database)
    except WrongKey:
        what = privacy_say.KEY_WRONG.format(fingerprint=mine)
        return Finding("data_key", Status.FAILED, what, privacy_say.KEY_CURE)
    if not begun:
        return Finding("data_key", Status.WARNING, privacy_say.KEY_UNUSED)
    if mine == Sealer([DEVELOPMENT_KEY]).fingerprint:
        return Finding("data_key", Status.OK, privacy_say.KEY_OF_DEMO)
    return Finding("data_key", Status.OK, privacy_say.KEY_GOOD.format(fingerprint=mine))


def index_finding(settings: "Settings", database: "Database") -> Finding:
    """The index's revision against the base's."""
    from bot.app import open_library
    from storage import schema

    if not (settings.bot_data_dir / "index" / "meta.json").exists() or schema.version(database) is None:
        return Finding("index", Status.WARNING, say.INDEX_MISSING)
    try:
        index = open_library(settings).index.revision
    except OSError as error:
        return Finding("index", Status.FAILED, say.INDEX_BAD.format(error=error.strerror), say.INDEX_BAD_CURE)
    base = database.read_now(lambda uow: uow.documents.revision())
    if index != base:
        what = say.INDEX_BEHIND.format(index=index, base=base)
        return Finding("index", Status.FAILED, what, say.INDEX_BEHIND_CURE)
    return Finding("index", Status.OK, say.INDEX_GOOD.format(revision=base))


def lexicon_finding(folder: Path) -> Finding:
    """The office's own word tables: each line that cannot be read, by file and number."""
    from knowledge.lexicon.own import OwnLexicon

    own = OwnLexicon(folder)
    if own.refresh() is None:
        return Finding("lexicon", Status.OK, say.LEXICON_NONE)
    if own.faults:
        first = "".join(fault.sentence for fault in own.faults[:3])
        what = say.LEXICON_BAD.format(count=len(own.faults), first=first)
        return Finding("lexicon", Status.WARNING, what, say.LEXICON_CURE.format(path=folder))
    return Finding("lexicon", Status.OK, say.LEXICON_GOOD.format(path=folder))


def clock_finding(clock: Clock) -> Finding:
    now = clock.now()
    shown = f"{now:%Y-%m-%d %H:%M}"
    if now.year < FIRST_YEAR:
        return Finding("clock", Status.FAILED, say.CLOCK_BAD.format(now=shown), say.CLOCK_CURE)
    return Finding("clock", Status.OK, say.CLOCK_GOOD.format(now=shown, zone=now.tzinfo))


def holiday_finding(path: Path, clock: Clock) -> Finding:
    """This year's holidays, and from November on the next year's too."""
    from handlers.digests.working_days import BadHolidayFile, WorkingDays

    today = clock.now().date()
    needed = [today.year, today.year + 1] if today.month >= ANNOUNCED_FROM else [today.year]
    try:
        days = WorkingDays.read(path)
    except BadHolidayFile as error:
        cure = say.HOLIDAYS_BAD_CURE.format(path=path)
        return Finding("holidays", Status.FAILED, say.HOLIDAYS_BAD.format(error=error), cure)
    missing = [str(year) for year in needed if not days.covers(year)]
    if missing:
        what = say.HOLIDAYS_MISSING.format(years=cli_say.listed(missing))
        return Finding("holidays", Status.WARNING, what, say.HOLIDAYS_CURE.format(path=path))
    years = cli_say.listed(str(year) for year in needed)
    return Finding("holidays", Status.OK, say.HOLIDAYS_GOOD.format(years=years))


def almanac_finding(path: Path) -> Finding:
    """The office's own seasons and subjects of the digest."""
    from handlers.digests.almanac import Almanac, BadAlmanac

    try:
        almanac = Almanac.read(path)
    except BadAlmanac as error:
        cure = say.ALMANAC_CURE.format(path=path)
        return Finding("almanac", Status.FAILED, say.ALMANAC_BAD.format(error=error), cure)
    good = say.ALMANAC_GOOD.format(seasons=len(almanac.seasons), subjects=len(almanac.subjects))
    return Finding("almanac", Status.OK, good)


def port_finding(host: str, port: int) -> Finding:
    """Free, or served by us."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        near = "127.0.0.1" if host in {"0.0.0.0", ""} else host  # noqa: S104 -- compared, not bound
        if _serves(f"http://[{near}]:{port}" if ":" in near else f"http://{near}:{port}"):
            return Finding("port", Status.OK, say.PORT_OURS.format(port=port))
        if error.errno in {48, 98, 10048}:
            return Finding("port", Status.FAILED, say.PORT_TAKEN.format(port=port), say.PORT_CURE)
        what = say.PORT_CANNOT.format(host=host, port=port, error=error.strerror or error)
        return Finding("port", Status.FAILED, what, say.PORT_CURE)
    return Finding("port", Status.OK, say.PORT_GOOD.format(port=port))


def _serves(url: str) -> bool:
    try:
        return probe.is_ours(url, through_proxy=False)
    except probe.NoAnswer:
        return False
