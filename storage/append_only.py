"""Registers that only grow: the database itself refuses to change or remove their rows.

A trigger keeps out mistakes and the hurried hand of somebody with `sqlite3` or `psql`; whoever drops the
trigger first is found out by the seals (`storage.seals`).
"""

from collections.abc import Iterator

from sqlalchemy import Connection, inspect, text

EXCEPTIONS: dict[str, frozenset[str]] = {
    "audit": frozenset({"seal"}),
    "audit_seal": frozenset(),
    "wish_event": frozenset({"note"}),
}
"""The registers, and the columns of each that may still change.

`audit.seal` is set once, by sealing. `wish_event.note` holds what people wrote: who asks to be forgotten
(`/隐去`, PIPL 47) has their words taken out there, and nothing else of the history.
"""

_POSTGRES_REFUSAL = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


def guard(connection: Connection) -> None:
    """Put the triggers on the registers that are there; again, after columns were added, takes in the new ones."""
    release(connection)
    if connection.dialect.name == "postgresql":
        connection.execute(text(_POSTGRES_REFUSAL))
    for table, change in _there(connection):
        columns = [
            column["name"]
            for column in inspect(connection).get_columns(table)
            if column["name"] not in EXCEPTIONS[table]
        ]
        events = {"keep_rows": "DELETE", "keep_words": f"UPDATE OF {', '.join(columns)}"}
        for name, event in events.items():
            connection.execute(text(change.format(name=f"{table}_{name}", event=event, when="")))
        if table == "audit":
            once = change.format(
                name="audit_sealed_once", event="UPDATE OF seal", when="WHEN (OLD.seal IS NOT NULL)"
            )
            connection.execute(text(once))
        if connection.dialect.name == "postgresql":
            connection.execute(
                text(
                    f"CREATE TRIGGER {table}_keep_all BEFORE TRUNCATE ON {table} EXECUTE FUNCTION refuse_change()"
                )
            )


def release(connection: Connection) -> None:
    """Take the triggers away, for a restore that puts other rows in the place of all there are."""
    for table, _ in _there(connection):
        on = f" ON {table}" if connection.dialect.name == "postgresql" else ""
        for name in _names(table):
            connection.execute(text(f"DROP TRIGGER IF EXISTS {name}{on}"))


def unguarded(connection: Connection) -> list[str]:
    """Triggers that should be there and are not."""
    if connection.dialect.name == "postgresql":
        asked = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'"
    else:
        asked = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    found = set(connection.execute(text(asked)).scalars())
    wanted = [name for table, _ in _there(connection) for name in _names(table)]
    if connection.dialect.name != "postgresql":
        wanted = [name for name in wanted if not name.endswith("_keep_all")]
    return [name for name in wanted if name not in found]


def _names(table: str) -> list[str]:
    once = ["audit_sealed_once"] if table == "audit" else []
    return [f"{table}_keep_rows", f"{table}_keep_words", f"{table}_keep_all", *once]


def _there(connection: Connection) -> Iterator[tuple[str, str]]:
    """Each register that this schema has, and how a trigger on it is made."""
    tables = set(inspect(connection).get_table_names())
    for table in EXCEPTIONS:
        if table not in tables:
            continue
        if connection.dialect.name == "postgresql":
            act = "EXECUTE FUNCTION refuse_change()"
        else:
            act = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        yield table, f"CREATE TRIGGER {{name}} BEFORE {{event}} ON {table} FOR EACH ROW {{when}} {act}"
