"""`db`: bring the schema forward, check, back up, restore. None of these puts the demo in."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.progress import bars
from bot.cli.session import AsJson, Failure, Office, office, out, out_json
from bot.phrases import cli as say
from bot.phrases import privacy as say_privacy

if TYPE_CHECKING:
    from storage.backup import Manifest

app = typer.Typer(help=say.DB, no_args_is_help=True)

File = Annotated[Path, typer.Argument(help=say.BACKUP_FILE)]


@app.command("upgrade", help=say.DB_UPGRADE)
def upgrade() -> None:
    """Also makes the tables of a new database."""
    from bot.app import bring_forward
    from storage import schema

    with office(prepared=False) as desk:
        before = schema.version(desk.database)
        bring_forward(desk.database)
        after = schema.version(desk.database)
    out((say.UP_TO_DATE if before == after else say.UPGRADED).format(version=after))


@app.command("check", help=say.DB_CHECK)
def check(as_json: AsJson = False) -> None:
    """Exit code 1 when something is wrong."""
    from bot.cli.doctor import database_findings, index_finding, key_finding
    from bot.cli.finding import show

    with office(prepared=False) as desk:
        _there(desk)
        found = [*database_findings(desk.database), key_finding(desk.database)]
        found.append(index_finding(desk.settings, desk.database))
    if failed := show(found, as_json):
        raise Failure(say.FOUND_FAULTS.format(count=failed))


@app.command("backup", help=say.DB_BACKUP)
def make_backup(file: File, as_json: AsJson = False) -> None:
    """One file with everything, written beside a running server."""
    from handlers.policy.library import ORIGINALS
    from storage.backup import NothingToKeep, backup

    with office(prepared=False) as desk:
        _there(desk)
        originals = desk.settings.bot_data_dir / ORIGINALS
        try:
            made = backup(desk.database, originals, file, made_at=desk.clock.now())
        except NothingToKeep:
            raise Failure(say.NOTHING_TO_KEEP) from None
        size = file.stat().st_size
    rows = sum(made.rows.values())
    if as_json:
        out_json({"file": str(file), "bytes": size, **_summary(made)})
    else:
        out(say.BACKED_UP.format(file=file, rows=rows, originals=made.originals, size=f"{size / 1e6:.1f}"))


@app.command("restore", help=say.DB_RESTORE)
def make_restore(
    file: File,
    replace: Annotated[bool, typer.Option("--replace", help=say.REPLACE)] = False,
    as_json: AsJson = False,
) -> None:
    """Everything or nothing; the index follows."""
    from handlers.policy.library import ORIGINALS
    from storage.backup import restore

    with office(prepared=False) as desk, _refusals(file):
        from bot.app import bring_forward, open_library

        library = open_library(desk.settings)
        made = restore(
            desk.database,
            file,
            desk.settings.bot_data_dir / ORIGINALS,
            replace=replace,
            above=library.index.revision,
            doubt=say.DOUBT_AFTER_RESTORE,
        )
        bring_forward(desk.database)
        library.catch_up(desk.database)
    if as_json:
        out_json(_summary(made))
    else:
        rows = sum(made.rows.values())
        out(say.RESTORED.format(rows=rows, originals=made.originals, made_at=made.made_at))


@app.command("reseal", help=say_privacy.RESEAL)
def reseal(as_json: AsJson = False) -> None:
    """Everything under the first key; beside a running server that opens both."""
    from storage import keys

    with office() as desk, bars() as bar:
        changed = keys.reseal(desk.database, bar(say_privacy.RESEALING))
        fingerprint = desk.database.sealer.fingerprint
    if as_json:
        out_json({"resealed": changed, "key": fingerprint})
    else:
        out(say_privacy.resealed(changed, fingerprint))


@contextmanager
def _refusals(file: Path) -> Iterator[None]:
    from storage.backup import Damaged, MadeByNewer, NotABackup, NotEmpty, OtherKey
    from storage.keys import WrongKey

    try:
        yield
    except NotABackup:
        raise Failure(say.NOT_A_BACKUP.format(file=file)) from None
    except Damaged as error:
        raise Failure(say.DAMAGED.format(member=error)) from error
    except WrongKey as error:
        raise Failure(say_privacy.other_key("")) from error
    except OtherKey as error:
        raise Failure(say_privacy.other_key(str(error))) from error
    except MadeByNewer as error:
        raise Failure(say.MADE_BY_NEWER.format(version=error)) from error
    except NotEmpty:
        raise Failure(say.NOT_EMPTY) from None


def _summary(made: "Manifest") -> dict[str, object]:
    return {
        "schema": made.schema,
        "made_at": made.made_at,
        "rows": made.rows,
        "originals": made.originals,
    }


def _there(desk: Office) -> None:
    """Looking must not make an empty SQLite file."""
    path = desk.database.path
    if path is not None and not path.exists():
        raise Failure(say.NO_DATABASE.format(path=path))
