"""0012 → 0013 with data: whatever refers to a place still finds it, and two villages may bear one name."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from storage import schema
from storage.database import Database
from tests.storage.test_schema import Opened, empty_url, opened  # noqa: F401 -- fixtures

ROWS = (
    "INSERT INTO place (id, name, kind, parent_id) VALUES (1, '金乡县', 'county', NULL), (2, '鱼山街道', 'town', 1),"
    " (3, '东关村', 'village', 2)",
    "INSERT INTO member (id, name, place_id, created_at) VALUES (7, '王主任', 3, '2026-03-01 01:00:00+00:00')",
    "INSERT INTO member_role (id, member_id, role, place_id) VALUES (1, 7, 'coordinator', 3)",
)


def test_places_keep_what_hangs_on_them_and_names_are_unique_beside_one_another(
    opened: Opened,  # noqa: F811
) -> None:
    database = opened()
    with database.engine.begin() as connection:
        schema.migrate(connection, "0012")
        for row in ROWS:
            zone = "" if connection.dialect.name == "sqlite" else "+00:00"
            connection.execute(text(row.replace("+00:00", zone)))
    schema.upgrade(database)
    assert schema.damages(database) == []
    ours = [line for line in schema.differences(database) if _ours(line)]
    assert ours == []
    member = database.read_now(lambda uow: uow.members.get(7))
    assert (member.place, member.place_id, [grant.place_id for grant in member.grants]) == ("东关村", 3, [3])
    assert database.read_now(lambda uow: uow.places.line(3)) == (3, 2, 1)
    if database.engine.dialect.name == "sqlite":
        database.run_now(lambda uow: uow.places.add("新镇", kind="town", parent=1))
    else:
        with database.engine.begin() as connection:
            connection.execute(text("SELECT setval('place_id_seq', 3)"))
        database.run_now(lambda uow: uow.places.add("新镇", kind="town", parent=1))
    same = database.run_now(lambda uow: uow.places.add("东关村", kind="village", parent=4))
    assert same.id == 5
    _refuses(database, "INSERT INTO place (id, name, kind, parent_id) VALUES (9, '东关村', '', 4)")
    _refuses(database, "INSERT INTO place (id, name, kind, parent_id) VALUES (9, '金乡县', '', NULL)")
    _refuses(database, "INSERT INTO place (id, name, kind, parent_id) VALUES (9, '西关村', '', 99)")
    _refuses(database, "DELETE FROM place WHERE id = 3")


def _ours(line: str) -> bool:
    return any(f"'{table}'" in line for table in ("place", "plot", "team", "team_member", "sheet_columns"))


def _refuses(database: Database, statement: str) -> None:
    with pytest.raises(IntegrityError), database.engine.begin() as connection:
        connection.execute(text(statement))
