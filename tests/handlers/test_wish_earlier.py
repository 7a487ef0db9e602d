"""A database of before the words of a wish had two places: brought forward, its register holds public words alone."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import inspect, text

from bot.app import bring_forward
from handlers.wishes import earlier
from storage import append_only, keys, schema
from storage.database import Database
from storage.uow import UnitOfWork
from storage.wishes import AgeBand, Consent, Kind, Wish
from tests.clock import FrozenClock
from tests.storage.test_schema import Opened, empty_url, opened  # noqa: F401 -- fixtures

NAME, PHONE = "司马秋澜", "13917283645"
CHILD = "欧阳小满"
NEEDLES = (NAME[2:], PHONE, CHILD, "小满")
TYPED = f"独居老人{NAME}，想要一台收音机，电话{PHONE}"
PUBLIC = "独居老人，想要一台收音机，电话〔号码已隐去〕"
OLD, LATE = "2026-02-01 01:00:00+00:00", "2026-03-01 01:00:00+00:00"
"""Longer than a fortnight before the frozen clock's 2026-03-05, and not."""

ROWS = (
    f"INSERT INTO member (id, name, created_at) VALUES (7, '王主任', '{OLD}')",
    "INSERT INTO wish (no, status, content, logged_by, logged_at, fulfilled_at, expires_on, note) VALUES"
    f" (1, 'open', '{TYPED}', 7, '{LATE}', NULL, '2026-06-01', '已问过{NAME}，{PHONE}'),"
    f" (2, 'fulfilled', '{TYPED}', 7, '{OLD}', '{OLD}', '2026-06-01', '昨天陪{NAME}聊天'),"
    f" (3, 'withdrawn', '{TYPED}', 7, '{OLD}', NULL, '2026-06-01', ''),"
    f" (4, 'pending', '留守儿童{CHILD}9岁，想要一个书包', 7, '{LATE}', NULL, '2026-06-01', ''),"
    f" (5, 'open', '留守儿童{CHILD}想要一本字典', 7, '{LATE}', NULL, '2026-06-01', ''),"
    f" (6, 'open', '修路灯', 7, '{LATE}', NULL, '2026-06-01', '')",
    "INSERT INTO wish_event (id, wish_no, at, move, actor_id, note) VALUES"
    f" (1, 1, '{LATE}', 'log', 7, ''), (2, 1, '{LATE}', 'verify', 7, '已问过{NAME}，{PHONE}'),"
    f" (3, 2, '{OLD}', 'deliver', 7, '昨天陪{NAME}聊天'), (4, 2, '{OLD}', 'fulfil', 7, ''),"
    f" (5, 3, '{LATE}', 'withdraw', 7, '')",
    f"INSERT INTO feedback (id, at, kind, text, answer) VALUES (1, '{LATE}', 'comment', '我是{NAME}，{PHONE}', '')",
    "INSERT INTO last_answer (chat, member_id, question, answer, at) VALUES"
    f" ('m:7', 7, '{NAME}的低保', 'p1', '{LATE}')",
)


def as_of_0010(database: Database) -> None:
    with database.engine.begin() as connection:
        schema.migrate(connection, "0010")
        zone = "" if connection.dialect.name == "sqlite" else "+00:00"
        for row in ROWS:
            connection.execute(text(row.replace("+00:00", zone)))


def found(database: Database) -> list[str]:
    """Where one of the needles stands in any column of any table, as it is stored."""
    seen: list[str] = []
    with database.engine.connect().execution_options(lianxin_read=True) as connection:
        tables = inspect(connection).get_table_names()
        for table in tables:
            for row in connection.execute(text(f'SELECT * FROM "{table}"')).mappings():
                seen += [
                    f"{table}.{column}"
                    for column, value in row.items()
                    if any(needle in str(value) for needle in NEEDLES)
                ]
    assert len(tables) > 20
    return sorted(set(seen))


def details(database: Database, no: int) -> dict[str, str]:
    return database.read_now(lambda uow: uow.details.read(f"wish:{no}", by="test", own=True))


def wishes(database: Database) -> dict[int, Wish]:
    return {wish.no: wish for wish in database.read_now(lambda uow: uow.wishes.all())}


def settled(database: Database) -> tuple[list[tuple[int, str, str]], dict[int, dict[str, str]]]:
    told = [(no, wish.content, wish.note) for no, wish in wishes(database).items()]
    return told, {no: details(database, no) for no, _, _ in told}


AFTER = (
    [
        (1, PUBLIC, "已问过一位村民，〔号码已隐去〕"),
        (2, PUBLIC, ""),
        (3, PUBLIC, ""),
        (4, "留守儿童14岁以下，想要一个书包", ""),
        (5, "留守儿童想要一本字典", ""),
        (6, "修路灯", ""),
    ],
    {
        1: {"content": TYPED, "note:2": f"已问过{NAME}，{PHONE}"},
        2: {},
        3: {"content": TYPED},
        4: {"content": f"留守儿童{CHILD}9岁，想要一个书包"},
        5: {"content": f"留守儿童{CHILD}想要一本字典"},
        6: {},
    },
)


def test_words_of_before_are_public_in_the_register_and_sealed_as_typed(opened: Opened) -> None:  # noqa: F811
    database = opened()
    as_of_0010(database)
    assert {"wish.content", "wish.note", "wish_event.note", "feedback.text"} <= set(found(database))
    bring_forward(database)
    assert found(database) == []
    assert settled(database) == AFTER
    notes = database.read_now(lambda uow: [event.note for event in uow.wishes.history(1)])
    assert notes == ["", "已问过一位村民，〔号码已隐去〕"]
    known = {no: (wish.kind, wish.age_band, wish.consent) for no, wish in wishes(database).items()}
    assert known[1] == (Kind.GOODS, AgeBand.ELDER, Consent.NOT_NEEDED)
    assert known[4] == (Kind.GOODS, AgeBand.CHILD, Consent.NEEDED)
    assert known[5] == (Kind.GOODS, AgeBand.CHILD, Consent.NOT_NEEDED)
    with database.engine.connect() as connection:
        assert append_only.unguarded(connection) == []


def test_what_ended_long_ago_is_not_looked_at_again_and_the_rest_is_wiped_in_its_time(opened: Opened) -> None:  # noqa: F811
    database = opened()
    as_of_0010(database)
    bring_forward(database)
    due = database.read_now(lambda uow: uow.wish_words.closed_before(datetime(2026, 3, 15, 2, tzinfo=UTC)))
    assert due == [3]


def test_files_of_the_database_hold_none_of_it(tmp_path: Path, clock: FrozenClock) -> None:
    path = tmp_path / "old.db"
    database = Database(f"sqlite:///{path}", clock.now)
    as_of_0010(database)
    bring_forward(database)
    database.close()
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert len(kept) > 100_000
    assert [needle for needle in NEEDLES if needle.encode() in kept] == []


def test_stopped_half_way_it_goes_on_and_once_done_it_is_done(opened: Opened) -> None:  # noqa: F811
    database = opened()
    as_of_0010(database)
    keys_only(database)
    database.run_now(earlier._settle_some, 0, 2)
    assert details(database, 1) != {} and details(database, 3) == {}
    assert earlier.settle(database, at_once=2) == 3
    assert settled(database) == AFTER
    assert earlier.settle(database) == 0
    assert settled(database) == AFTER


async def test_two_that_start_together_do_it_once(opened: Opened) -> None:  # noqa: F811
    one, other = opened(), opened()
    as_of_0010(one)
    keys_only(one)
    done = await asyncio.gather(*(asyncio.to_thread(earlier.settle, each, 1) for each in (one, other)))
    assert sum(done) == 5
    assert settled(one) == AFTER


def keys_only(database: Database) -> None:
    schema.upgrade(database)
    keys.begin(database)


def test_what_told_too_much_by_the_rules_of_before_is_settled_once_more(opened: Opened) -> None:  # noqa: F811
    database = opened()
    as_of_0010(database)
    bring_forward(database)
    database.run_now(_as_before)
    assert earlier.settle(database) == 1
    told = [(wish.content, wish.note) for no, wish in wishes(database).items() if no in (1, 6)]
    assert told == [(PUBLIC, "已问过一位村民，〔号码已隐去〕"), ("一户家庭想修房顶", "")]
    assert details(database, 1)["content"] == TYPED
    assert details(database, 6) == {"content": "低保户想修房顶"}
    assert earlier.settle(database) == 0


def _as_before(uow: UnitOfWork) -> None:
    """As the rules left it that hid full names alone: the words as typed are sealed where they differed."""
    uow.details.wipe("wish_words")
    uow.details.keep("wish_words", "settled", "6")
    uow.wish_words.reword(6, content="低保户想修房顶", note="", notes={}, setting={})
