"""Backups: one sealed zip file that holds the database, whatever kind it is, and the originals of imported files.

    manifest.json        product, form, schema version, rows of each table, SHA-256 of every other member
    tables/<name>.jsonl  one JSON object a row, moments in UTC
    originals/<name>     files of the knowledge base, byte for byte

The tables are read in one transaction, so a backup made while serving is of one moment, and it is logical, so
it moves between SQLite and PostgreSQL. Restoring verifies every byte before it changes anything, and then
changes everything in one transaction. The whole file is sealed (`storage.sealed_file`) with the key of personal
details, which is not in it; earlier versions made bare zip files, which are still restored.
"""

import base64
import hashlib
import json
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

from sqlalchemy import Column, Connection, MetaData, Table, delete, func, insert, select, text, update
from sqlalchemy.types import Date, DateTime, LargeBinary, Time

from storage import append_only, keys, schema
from storage.base import StorageError
from storage.database import Database, one_moment
from storage.outbox import doubt_queued
from storage.sealed_file import BrokenFile, NotSealedFile, SealedByOther, is_sealed, opened, sealing
from storage.sealing import Sealer
from storage.uow import Cause, UnitOfWork
from storage.whole_file import whole_file

PRODUCT = "lianxin"
FORM = 1
MANIFEST = "manifest.json"
_VERSION_TABLE = "alembic_version"
_PASSING = frozenset({"lease", "pace", "access_token", "robot_call"})
"""What is true for this moment and these processes only: not kept."""
_BOOKKEEPING = frozenset({"corpus", "personal_detail"}) | _PASSING
"""Tables with rows in a database nobody has used yet (of the details: the word that proves the key)."""
_MEMBER = re.compile(r"tables/[a-z][a-z0-9_]{0,62}\.jsonl|originals/[0-9a-f]{64}\.[a-z0-9]{1,10}")
_AT_ONCE = 1000
_BLOCK = 1 << 20
_LARGEST_MANIFEST = 16 << 20


class BadBackup(StorageError):
    """The file cannot be restored; nothing was changed."""


class NotABackup(BadBackup):
    """No archive of this product."""


class Damaged(BadBackup):
    """Cut short, changed, or with members it should not have. The message names the member."""


class OtherKey(BadBackup):
    """Sealed with a key that is not among ours. The message is its fingerprint."""


class MadeByNewer(BadBackup):
    """Its schema is one this program does not know. The message is that version."""


class NotEmpty(StorageError):
    """The database has rows, and nobody said to replace them."""


class NothingToKeep(StorageError):
    """The database has no tables yet."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. `files`: SHA-256 in hex of every member but this one."""

    product: str
    form: int
    schema: str
    database: str
    made_at: str
    rows: dict[str, int]
    files: dict[str, str]

    @property
    def originals(self) -> int:
        return sum(name.startswith("originals/") for name in self.files)


def backup(database: Database, originals: Path, file: Path, *, made_at: datetime) -> Manifest:
    """Write everything to `file` (mode 0600), sealed; it appears complete or not at all.

    Raises `NothingToKeep`, and `storage.keys.WrongKey` where the database is not ours to read.
    """
    current = schema.version(database)
    if current is None:
        raise NothingToKeep
    keys.verify_now(database)
    with (
        whole_file(file) as raw,
        sealing(raw, database.sealer) as sealed,
        zipfile.ZipFile(cast("IO[bytes]", sealed), "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        return _fill(archive, database, originals, current, made_at)


@contextmanager
def archive_of(file: Path, sealer: Sealer) -> Iterator[zipfile.ZipFile]:
    """The zip file in a backup, sealed or of an earlier version. Raises `BadBackup`, while reading too."""
    with file.open("rb") as raw:
        try:
            with zipfile.ZipFile(opened(raw, sealer) if is_sealed(file) else raw) as archive:
                yield archive
        except (zipfile.BadZipFile, NotSealedFile):
            raise NotABackup from None
        except SealedByOther as error:
            raise OtherKey(str(error)) from None
        except BrokenFile:
            raise Damaged(file.name) from None


def restore(
    database: Database,
    file: Path,
    originals: Path,
    *,
    replace: bool = False,
    above: int = 0,
    doubt: str = "",
) -> Manifest:
    """Put a backup in the place of all the database holds. Verifies first, then changes in one transaction.

    `above`: the revision of an index that may stand beside the database; the base's revision goes beyond it,
    so that no index takes itself for up to date. What was about to be sent when the backup was made may have been
    sent since: it is of unknown outcome now, with the cause `doubt`, for a person to decide. Raises `BadBackup`,
    `NotEmpty` without `replace`, or `storage.keys.WrongKey` where the details in it are sealed with another key.
    """
    with archive_of(file, database.sealer) as archive:
        manifest = verified(archive)
        with database.engine.begin() as connection:
            if not replace and _in_use(connection):
                raise NotEmpty
            _put_originals(archive, manifest, originals)
            _put_tables(connection, archive, manifest, above)
            doubt_queued(connection, doubt)
            keys.begin_in(UnitOfWork(connection, datetime.fromisoformat(manifest.made_at), Cause()))
    return manifest


def verified(archive: zipfile.ZipFile) -> Manifest:
    """Read every byte and compare. Raises `BadBackup`."""
    manifest = _manifest(archive)
    names = archive.namelist()
    if len(set(names)) != len(names) or set(names) != {MANIFEST, *manifest.files}:
        raise Damaged(MANIFEST)
    tables = {f"tables/{name}.jsonl" for name in manifest.rows}
    if tables != {name for name in manifest.files if name.startswith("tables/")}:
        raise Damaged(MANIFEST)
    for name, digest in manifest.files.items():
        if not _MEMBER.fullmatch(name):
            raise Damaged(name)
        try:
            with archive.open(name) as member:
                found = hashlib.file_digest(member, "sha256").hexdigest()  # type: ignore[arg-type]
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise Damaged(name) from error
        if found != digest:
            raise Damaged(name)
    return manifest


# -- writing ---------------------------------------------------------------------------------------


def _fill(
    archive: zipfile.ZipFile, database: Database, originals: Path, current: str, made_at: datetime
) -> Manifest:
    files: dict[str, str] = {}
    rows: dict[str, int] = {}
    with one_moment(database) as connection:
        for table in _tables(connection):
            if table.name in _PASSING:
                continue
            name = f"tables/{table.name}.jsonl"
            with _member(archive, name, files) as member:
                rows[table.name] = 0
                for row in _rows(connection, table):
                    member.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
                    rows[table.name] += 1
    for path in sorted(originals.glob("*")):
        if _MEMBER.fullmatch(f"originals/{path.name}"):
            with path.open("rb") as source, _member(archive, f"originals/{path.name}", files) as member:
                shutil.copyfileobj(source, member, _BLOCK)
    kind = database.engine.dialect.name
    manifest = Manifest(PRODUCT, FORM, current, kind, made_at.isoformat(timespec="seconds"), rows, files)
    archive.writestr(MANIFEST, json.dumps(asdict(manifest), ensure_ascii=False, indent=1))
    return manifest


class _Hashed:
    """A member being written, with the digest of what went in."""

    def __init__(self, inner: IO[bytes]) -> None:
        self._inner = inner
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> None:
        self.digest.update(data)
        self._inner.write(data)


@contextmanager
def _member(archive: zipfile.ZipFile, name: str, files: dict[str, str]) -> Iterator[_Hashed]:
    with archive.open(name, "w", force_zip64=True) as inner:
        member = _Hashed(inner)
        yield member
    files[name] = member.digest.hexdigest()


def _tables(connection: Connection) -> list[Table]:
    """The tables that are there, each after those it refers to."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != _VERSION_TABLE]


def _rows(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_AT_ONCE)
    for row in connection.execute(query).mappings():
        yield {str(name): _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    """A value as JSON has it; a moment without a zone is UTC (`storage.base.Moment`)."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


# -- reading ---------------------------------------------------------------------------------------


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    try:
        if archive.getinfo(MANIFEST).file_size > _LARGEST_MANIFEST:
            raise NotABackup
        stated = json.loads(archive.read(MANIFEST))
        manifest = Manifest(**{**stated, "rows": dict(stated["rows"]), "files": dict(stated["files"])})
    except (KeyError, ValueError, TypeError, zipfile.BadZipFile, zlib.error, RuntimeError):
        raise NotABackup from None
    if manifest.product != PRODUCT:
        raise NotABackup
    if manifest.form != FORM or not schema.knows(manifest.schema):
        raise MadeByNewer(str(manifest.schema))
    return manifest


def _in_use(connection: Connection) -> bool:
    return any(
        connection.execute(select(table).limit(1)).first() is not None
        for table in _tables(connection)
        if table.name not in _BOOKKEEPING
    )


def _put_originals(archive: zipfile.ZipFile, manifest: Manifest, originals: Path) -> None:
    """Files named by their own digest: what is there already is the same file."""
    originals.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in manifest.files:
        target = originals / name.removeprefix("originals/")
        if not name.startswith("originals/") or target.exists():
            continue
        with archive.open(name) as member, whole_file(target) as copy:
            shutil.copyfileobj(member, copy, _BLOCK)


def _put_tables(connection: Connection, archive: zipfile.ZipFile, manifest: Manifest, above: int) -> None:
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA defer_foreign_keys=ON"))
    above = max(above, _revision(connection))
    _clear(connection, manifest.schema)
    for table in _tables(connection):
        if table.name in manifest.rows:
            put = _put_rows(connection, archive, table)
            if put != manifest.rows[table.name]:
                raise Damaged(f"tables/{table.name}.jsonl")
    schema.migrate(connection)
    revision = max(above, _revision(connection)) + 1
    connection.execute(text("UPDATE corpus SET revision = :revision"), {"revision": revision})
    if connection.dialect.name == "postgresql":
        _set_sequences(connection)


def _clear(connection: Connection, wanted: str) -> None:
    """Leave empty tables of the schema `wanted`."""
    tables = _tables(connection)
    if tables and schema.current(connection) == wanted:
        append_only.release(connection)
        for table in reversed(tables):
            connection.execute(delete(table))
        append_only.guard(connection)
        return
    for table in reversed(tables):
        table.drop(connection)
    connection.execute(text(f"DROP TABLE IF EXISTS {_VERSION_TABLE}"))
    schema.migrate(connection, wanted)
    for table in reversed(_tables(connection)):
        connection.execute(delete(table))


def _put_rows(connection: Connection, archive: zipfile.ZipFile, table: Table) -> int:
    """Rows in, in batches. What refers to the table itself is set once all rows are there."""
    name = f"tables/{table.name}.jsonl"
    to_itself = [key.parent for key in table.foreign_keys if key.column.table is table]
    later: list[dict[str, Any]] = []
    count = 0
    with archive.open(name) as member:
        lines = iter(member)
        while batch := [_row(table, line, name) for line in islice(lines, _AT_ONCE)]:
            for row in batch:
                if any(row[column.name] is not None for column in to_itself):
                    later.append(dict(row))
                    row.update({column.name: None for column in to_itself})
            connection.execute(insert(table), batch)
            count += len(batch)
    for row in later:
        same = [column == row[column.name] for column in table.primary_key.columns]
        values = {column.name: row[column.name] for column in to_itself}
        connection.execute(update(table).where(*same).values(**values))
    return count


def _row(table: Table, line: bytes, name: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
        if row.keys() != set(table.columns.keys()):
            raise Damaged(name)
        return {column.name: _typed(column, row[column.name]) for column in table.columns}
    except (ValueError, TypeError, AttributeError) as error:
        raise Damaged(name) from error


def _typed(column: Column[Any], value: Any) -> Any:
    match column.type:
        case _ if value is None:
            return None
        case DateTime():
            moment = datetime.fromisoformat(value).astimezone(UTC)
            return moment if column.type.timezone else moment.replace(tzinfo=None)
        case Date():
            return date.fromisoformat(value)
        case Time():
            return time.fromisoformat(value)
        case LargeBinary():
            return base64.b64decode(value)
        case _:
            return value


def _revision(connection: Connection) -> int:
    if not any(table.name == "corpus" for table in _tables(connection)):
        return 0
    return connection.execute(text("SELECT max(revision) FROM corpus")).scalar() or 0


def _set_sequences(connection: Connection) -> None:
    """Let PostgreSQL's own numbering go on after the highest number in each table."""
    for table in _tables(connection):
        for column in table.primary_key.columns:
            asked = {"table": f'"{table.name}"', "column": column.name}
            sequence = connection.execute(
                text("SELECT pg_get_serial_sequence(:table, :column)"), asked
            ).scalar()
            if sequence:
                highest = connection.execute(select(func.max(column))).scalar()
                connection.execute(
                    text("SELECT setval(CAST(:sequence AS regclass), :value, :used)"),
                    {"sequence": sequence, "value": highest or 1, "used": highest is not None},
                )
