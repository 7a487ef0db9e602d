"""The schema's version: brought forward by migrations, checked at start. Old code refuses a newer schema."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from storage.base import StorageError, metadata
from storage.database import Database

_LOCK = 0x1A7A_1A4E
"""PostgreSQL advisory lock under which one process migrates."""


class SchemaTooNew(StorageError):
    """The database was brought forward by a newer version of the program."""


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The schema version this program expects."""
    found = ScriptDirectory.from_config(_config()).get_current_head()
    assert found is not None
    return found


def version(database: Database) -> str | None:
    """The version the database has; None when it is empty."""
    with database.engine.connect().execution_options(lianxin_read=True) as connection:
        return current(connection)


def current(connection: Connection) -> str | None:
    """As `version`, within the connection's transaction."""
    return MigrationContext.configure(connection).get_current_revision()


def is_empty(database: Database) -> bool:
    """Whether nothing was ever kept here."""
    with database.engine.connect().execution_options(lianxin_read=True) as connection:
        return not inspect(connection).get_table_names()


def upgrade(database: Database) -> None:
    """Bring the schema forward to `head`, once among all processes. Raises `SchemaTooNew`."""
    if version(database) == head():
        return
    with database.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        found = current(connection)
        if found is not None and not knows(found):
            raise SchemaTooNew(found)
        migrate(connection)


def knows(revision: str) -> bool:
    """Whether this program has a migration of that name."""
    return revision in {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def migrate(connection: Connection, to: str = "head") -> None:
    """Bring the schema forward within the connection's transaction."""
    command.upgrade(_config(connection), to)


def differences(database: Database) -> list[str]:
    """What the database lacks or has beyond the tables the program declares; empty when they agree."""
    with database.engine.connect().execution_options(lianxin_read=True) as connection:
        return [str(change) for change in compare_metadata(MigrationContext.configure(connection), metadata)]


def damages(database: Database) -> list[str]:
    """What SQLite finds wrong with its file and its references; empty on PostgreSQL, which keeps its own watch."""
    if not database.sqlite:
        return []
    with database.engine.connect().execution_options(lianxin_read=True) as connection:
        found = [
            str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check(20)") if row[0] != "ok"
        ]
        astray = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(20)
        return found + [
            f"{table}: row {row} refers to a missing {parent}" for table, row, parent, _ in astray
        ]


def new_revision(database: Database, message: str, name: str) -> None:
    """Write a migration from the difference (for developers)."""
    with database.engine.connect() as connection:
        command.revision(_config(connection), message=message, rev_id=name, autogenerate=True)
