"""0010 → 0011 with data: wishes of before have their place in the new columns, and ended ones know since when."""

from datetime import UTC, datetime

from sqlalchemy import text

from storage import schema
from storage.wishes import AgeBand, Consent, Kind, Urgency
from tests.storage.test_schema import Opened, empty_url, opened  # noqa: F401 -- fixtures

ROWS = (
    "INSERT INTO member (id, name, created_at) VALUES (7, '王主任', '2026-03-01 01:00:00+00:00')",
    "INSERT INTO wish (no, status, content, logged_by, logged_at, fulfilled_at, expires_on, note) VALUES"
    " (1, 'open', '轮椅', 7, '2026-03-01 01:00:00+00:00', NULL, '2026-06-01', ''),"
    " (2, 'fulfilled', '棉鞋', 7, '2026-03-01 01:00:00+00:00', '2026-03-03 01:00:00+00:00', '2026-06-01', ''),"
    " (3, 'withdrawn', '字典', 7, '2026-03-01 01:00:00+00:00', NULL, '2026-06-01', '')",
    "INSERT INTO wish_event (id, wish_no, at, move, actor_id, note) VALUES"
    " (1, 3, '2026-03-01 01:00:00+00:00', 'log', 7, ''), (2, 3, '2026-03-02 01:00:00+00:00', 'withdraw', 7, '')",
)


def test_wishes_of_before_are_as_they_were_and_ended_ones_know_since_when(opened: Opened) -> None:  # noqa: F811
    database = opened()
    with database.engine.begin() as connection:
        schema.migrate(connection, "0010")
        zone = "" if connection.dialect.name == "sqlite" else "+00:00"
        for row in ROWS:
            connection.execute(text(row.replace("+00:00", zone)))
    schema.upgrade(database)
    assert schema.damages(database) == []
    assert [line for line in schema.differences(database) if "'wish" in line] == []
    wishes = database.read_now(lambda uow: uow.wishes.all())
    assert [wish.closed_at for wish in wishes] == [
        None, datetime(2026, 3, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, 1, tzinfo=UTC),
    ]  # fmt: skip
    for wish in wishes:
        assert (wish.kind, wish.age_band, wish.urgency) == (Kind.UNKNOWN, AgeBand.UNKNOWN, Urgency.NORMAL)
        assert (wish.consent, wish.credit, wish.team_id) == (Consent.NOT_NEEDED, False, None)
