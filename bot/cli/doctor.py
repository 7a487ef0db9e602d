"""`doctor`: one line a check, with the exact fault and its cure."""

import os
import re
import shutil
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.session import AsJson, Failure, clock_of, out, out_json
from bot.clock import Clock
from bot.phrases import cli as cli_say
from bot.phrases import doctor as say

if TYPE_CHECKING:
    from bot.settings import Settings
    from storage.database import Database

PATIENCE = 5.0
"""Seconds a check waits for an answer from the network."""

GIGABYTE = 1e9
FIRST_YEAR = 2026
ANNOUNCED_FROM = 11
"""The month in which the State Council announces the next year's holidays."""


class Status(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `cure`: what to do about it, empty when nothing is to be done."""

    name: str
    status: Status
    what: str
    cure: str = ""


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
    show(found, as_json)
    failed = sum(each.status is Status.FAILED for each in found)
    if failed:
        raise Failure(cli_say.FOUND_FAULTS.format(count=failed))


def show(found: Iterable[Finding], as_json: bool) -> None:
    found = list(found)
    if as_json:
        checks = [
            {"name": each.name, "status": each.status.value, "what": each.what, "cure": each.cure}
            for each in found
        ]
        out_json({"ok": all(each.status is not Status.FAILED for each in found), "checks": checks})
        return
    for each in found:
        out(cli_say.finding(each.status.value, each.what, each.cure))


def _findings(settings: "Settings", clock: Clock) -> Iterator[Finding]:
    yield Finding("settings", Status.OK, say.SETTINGS_GOOD.format(env=settings.bot_env.value))
    yield folder_finding(settings.bot_data_dir)
    yield disk_finding(settings.bot_data_dir)
    yield from _kept_findings(settings, clock)
    yield clock_finding(clock)
    yield holiday_finding(settings.bot_data_dir / "holidays.toml", clock)
    yield wechat_finding(settings, clock)
    yield public_finding(settings)
    yield port_finding(settings.bot_host, settings.bot_port)


def _kept_findings(settings: "Settings", clock: Clock) -> Iterator[Finding]:
    """The database and the index."""
    from storage.base import DatabaseFailed, reason
    from storage.database import Database

    try:
        database = Database(settings.database_url, clock.now)
    except ModuleNotFoundError:
        bad = say.DATABASE_BAD.format(error=cli_say.NO_POSTGRES)
        yield Finding("database", Status.FAILED, bad, say.DATABASE_CURE)
        return
    try:
        if database.path is not None and not database.path.exists():
            yield Finding("database", Status.WARNING, say.DATABASE_MISSING)
        else:
            yield from database_findings(database)
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


def wechat_finding(settings: "Settings", clock: Clock) -> Finding:
    """Ask the platform for an access token: nothing else proves the credentials and the IP white list."""
    import asyncio

    from bot.channels.wire.official_api import OfficialApi
    from bot.chat.errors import ChannelError

    if not settings.wechat_on:
        return Finding("wechat", Status.OK, say.WECHAT_OFF)

    async def ask() -> str:
        secret = settings.wechat_app_secret.get_secret_value()
        api = OfficialApi(settings.wechat_api_base, settings.wechat_app_id, secret, clock, patience=PATIENCE)
        try:
            await api.check()
        except ChannelError as error:
            return error.sentence
        else:
            return ""
        finally:
            await api.close()

    said = asyncio.run(ask())
    if not said:
        return Finding("wechat", Status.OK, say.WECHAT_GOOD)
    coded = re.search(r"\((-?\d+)(?:, ([^)]+))?\)$", said)
    fault, cure = say.wechat(coded[1] if coded else None, (coded[2] or "") if coded else "", said)
    return Finding("wechat", Status.FAILED, say.WECHAT_BAD.format(fault=fault), cure)


def public_finding(settings: "Settings") -> Finding:
    """Whether the address the platforms call reaches us."""
    url = settings.bot_public_url
    if not url:
        return Finding("public_url", Status.OK, say.PUBLIC_OFF)
    cure = say.PUBLIC_CURE.format(host=settings.bot_host, port=settings.bot_port)
    try:
        ours = is_ours(url)
    except OSError as error:
        what = say.PUBLIC_BAD.format(url=url, error=getattr(error, "reason", None) or error)
        return Finding("public_url", Status.FAILED, what, cure)
    if not ours:
        return Finding("public_url", Status.FAILED, say.PUBLIC_OTHER.format(url=url), cure)
    return Finding("public_url", Status.OK, say.PUBLIC_GOOD.format(url=url))


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
        return is_ours(url, through_proxy=False)
    except OSError:
        return False


def is_ours(url: str, *, through_proxy: bool = True) -> bool:
    """Whether `/healthz` there answers as ours does. Raises `OSError` when nothing answers."""
    import json
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import ProxyHandler, build_opener

    opener = build_opener() if through_proxy else build_opener(ProxyHandler({}))
    try:
        with opener.open(f"{url}/healthz", timeout=PATIENCE) as answer:
            body = json.loads(answer.read(4096))
    except (HTTPError, HTTPException, ValueError):
        return False
    return bool(body == {"status": "ok"})
