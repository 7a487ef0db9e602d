"""The register of wishes out and in again: every state, every day, everybody; and what is refused, cell by cell."""

import json
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.cli.wishes import REQUIRED, wish_lines
from handlers.wishes.exports import audit, wishes
from handlers.wishes.sheets.lines import LARGEST_NO, Fault, Problem, Taken
from handlers.wishes.sheets.phrases import REGISTER_FIELDS
from handlers.wishes.sheets.restore import put_back, read_register
from handlers.wishes.words import public, public_note
from storage.database import Database
from storage.members import Grant, Role
from storage.uow import UnitOfWork
from storage.wishes import TRANSITIONS, AgeBand, AlreadyMoved, Consent, Kind, Move, Status, Urgency
from tests.clock import ZONE, FrozenClock
from tests.handlers.registers import bases, furnish, quiet, read_back, written


def settled(uow: UnitOfWork, *, before: int = 0) -> None:
    """Furnished, and everybody may claim everywhere."""
    furnish(uow, before=before)
    (county,) = uow.places.called("金山县")
    for member in uow.members.all():
        uow.members.grant(member.id, Grant(Role.VOLUNTEER, county.id))


WORDS = st.text("想要一台收音机王秀英13=+@-_x0D\n\r\t 　“”'", min_size=1, max_size=30).filter(str.strip)
MOVES = [move for move in Move if move not in (Move.LOG, Move.ENTRUST)]
WISHES = st.lists(
    st.fixed_dictionaries(
        {
            "words": WORDS,
            "note": WORDS,
            "kind": st.sampled_from(Kind),
            "age_band": st.sampled_from(AgeBand),
            "urgency": st.sampled_from(Urgency),
            "wanted_by": st.none() | st.dates(date(2026, 3, 6), date(2027, 1, 1)),
            "place": st.none() | st.integers(0, 2),
            "group": st.none() | st.integers(0, 1),
            "people": st.tuples(st.integers(0, 4), st.integers(0, 4)),
            "team": st.none() | st.integers(0, 3),
            "moves": st.lists(st.sampled_from(MOVES), max_size=14),
            "pause": st.integers(1, 10**11),
        }
    ),
    min_size=1, max_size=8,
)  # fmt: skip


def lived(uow: UnitOfWork, told: dict[str, Any]) -> None:
    """A wish logged and moved on, as far as its moves are legal."""
    places = [place.id for place in uow.places.all() if place.kind in ("village", "community")]
    people = [member.id for member in uow.members.all() if not member.name.startswith("前人")]
    groups, teams = [group.id for group in uow.groups.all()], [team.id for team in uow.teams.all()]
    band: AgeBand = told["age_band"]
    content = public(told["words"], band)
    note = public_note(told["words"], told["note"], band)
    wish = uow.wishes.log(
        content, by=people[told["people"][0]], expires_on=uow.now.date() + timedelta(days=90),
        place_id=None if told["place"] is None else places[told["place"]],
        group_id=None if told["group"] is None else groups[told["group"]],
        consent=Consent.NEEDED if band is AgeBand.CHILD else Consent.NOT_NEEDED,
        **{key: told[key] for key in ("kind", "age_band", "urgency", "wanted_by")},
    )  # fmt: skip
    others = [each.no for each in uow.wishes.all() if each.no != wish.no]
    for move in told["moves"]:
        wish = uow.wishes.get(wish.no)
        if (wish.status, move) not in TRANSITIONS or (move is Move.MERGE and not others):
            continue
        setting: dict[str, object] = {}
        if move in (Move.CLAIM, Move.REASSIGN):
            setting = {"team_id": None if told["team"] is None else teams[told["team"]]}
        if move is Move.PROMISE:
            setting = {"promised_on": uow.now.date()}
        if move is Move.MERGE:
            setting = {"merged_into": others[0]}
        try:
            uow.wishes.move(
                wish.no, move, by=people[0], note=note, to=people[told["people"][1]], setting=setting
            )
        except AlreadyMoved:
            continue


def brought_in(database: Database, path: Path) -> Taken:
    """What comes of a file, all of it or nothing."""
    table = read_back(path, REGISTER_FIELDS, REQUIRED)
    lines, problems = wish_lines(table)
    assert problems == []

    def take(uow: UnitOfWork) -> Taken:
        given = frozenset(table.columns.values())
        taken, found = read_register(uow, lines, given=given, step=quiet)
        if not taken.problems:
            put_back(uow, found)
        return taken

    return database.run_now(take)


V, C = Move.VERIFY, Move.CLAIM
EVERY_STATE: list[dict[str, Any]] = [
    {
        "words": f"想要第{n}台  收音机\n急", "note": "=已放门口", "kind": Kind.GOODS, "age_band": AgeBand.ELDER,
        "urgency": Urgency.URGENT, "wanted_by": date(2026, 5, 1), "place": n % 3, "group": n % 2,
        "people": (n % 5, (n + 1) % 5), "team": n % 4, "moves": moves, "pause": 1_500_001,
    }
    for n, moves in enumerate(
        (
            [], [V], [V, C, Move.PROMISE, Move.CREDIT], [V, C, Move.DELIVER], [V, C, Move.DELIVER, Move.FULFIL],
            [Move.RETURN], [V, C, Move.WITHDRAW], [V, Move.EXPIRE], [V, C, Move.MERGE],
        )
    )
]  # fmt: skip
AT_REST = settings(
    deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@example(told=EVERY_STATE, ending=".xlsx")
@given(told=WISHES, ending=st.sampled_from([".xlsx", ".jsonl"]))
@settings(AT_REST, max_examples=10)
def test_what_is_exported_and_restored_is_exported_alike(
    request: pytest.FixtureRequest, clock: FrozenClock, told: list[dict[str, Any]], ending: str
) -> None:
    there_and_back(request, clock, "sqlite", told, ending)


@example(told=EVERY_STATE, ending=".jsonl")
@given(told=WISHES, ending=st.sampled_from([".xlsx", ".jsonl"]))
@settings(AT_REST, max_examples=3)
def test_so_it_is_on_postgresql(
    request: pytest.FixtureRequest, clock: FrozenClock, told: list[dict[str, Any]], ending: str
) -> None:
    there_and_back(request, clock, "postgresql", told, ending)


def test_every_state_is_among_what_was_tried(database: Database) -> None:
    database.run_now(furnish)
    for each in EVERY_STATE:
        database.run_now(lived, each)
    rows = database.read_now(wishes)
    assert {row["status"] for row in rows} == set(Status)
    assert {row["merged_into"] for row in rows} == {None, 1}
    assert {row["logged_by"] for row in rows} == {
        "王芳@清河镇/东村", "王芳@大河镇/东村", "王芳@永续社区", "李强", "赵敏",
    }  # fmt: skip
    assert {row["team"] for row in rows} == {None, "1", "3", "4"}


def there_and_back(
    request: pytest.FixtureRequest, clock: FrozenClock, kind: str, told: list[dict[str, Any]], ending: str
) -> None:
    """Out of one base, into a new one whose people have other numbers, and out again: line by line the same."""
    with tempfile.TemporaryDirectory() as name, bases(request, kind, clock, Path(name)) as fresh:
        folder, (first, second) = Path(name), (fresh(), fresh())
        first.run_now(settled)
        second.run_now(lambda uow: settled(uow, before=3))
        for each in told:
            clock.advance(microseconds=each["pause"])
            first.run_now(lived, each)
        rows = first.read_now(wishes)
        file = written(rows, folder / f"一{ending}", "wishes")
        clock.advance(days=1)
        assert brought_in(second, file) == Taken(dict.fromkeys(_numbers(file, len(rows)), "added"), [])
        assert _lines(second.read_now(wishes), folder) == _lines(rows, folder)
        assert brought_in(second, file).rows == dict.fromkeys(_numbers(file, len(rows)), "same")
        assert brought_in(first, file).rows == dict.fromkeys(_numbers(file, len(rows)), "same")
        restored = [row for row in second.read_now(audit) if row["action"] == "restore"]
        assert [(row["actor"], row["subject"], row["after"]) for row in restored] == [
            ("operator", f"wish:{row['no']}", row["status"]) for row in rows
        ]
        anew = second.run_now(
            lambda uow: uow.wishes.log(
                "新的", by=uow.members.all()[0].id, place_id=None, group_id=None, expires_on=date(2027, 1, 1)
            )
        )
        assert anew.no == max(row["no"] for row in rows) + 1


def _numbers(file: Path, count: int) -> range:
    first = 2 if file.suffix == ".xlsx" else 1
    return range(first, first + count)


def _lines(rows: list[dict[str, Any]], folder: Path) -> list[str]:
    """As JSON lines: what another program would see."""
    return written(rows, folder / "行.jsonl", "wishes").read_text(encoding="utf-8").splitlines()


OPEN: dict[str, object] = {"status": "open", "claimed_by": None, "claimed_at": None}
CELLS: list[tuple[dict[str, object], list[tuple[str, Fault, str]]]] = [
    ({"no": "0"}, [("no", Fault.BAD_WISH_NUMBER, "0")]),
    ({"no": None}, [("no", Fault.NO_NUMBER, "")]),
    ({"no": 10_000_000}, [("no", Fault.BAD_WISH_NUMBER, "10000000")]),
    ({"no": 2_147_483_647}, [("no", Fault.BAD_WISH_NUMBER, "2147483647")]),
    ({"status": "办好了"}, [("status", Fault.UNKNOWN_STATUS, "办好了")]),
    ({"place": "东村"}, [("place", Fault.SEVERAL_PLACES, "清河镇/东村、大河镇/东村")]),
    ({"place": "西村"}, [("place", Fault.UNKNOWN_PLACE, "西村")]),
    ({"group": "西村群"}, [("group", Fault.UNKNOWN_GROUP, "西村群")]),
    ({"team": "暖心队"}, [("team", Fault.UNKNOWN_TEAM, "暖心队")]),
    ({"logged_by": None}, [("logged_by", Fault.UNKNOWN_PERSON, "")]),
    ({"logged_by": "孙悟空"}, [("logged_by", Fault.UNKNOWN_PERSON, "孙悟空")]),
    (
        {"claimed_by": "王芳"},
        [("claimed_by", Fault.SEVERAL_PEOPLE, "王芳@清河镇/东村、王芳@大河镇/东村、王芳@永续社区")],
    ),
    ({"logged_at": None}, [("logged_at", Fault.BAD_MOMENT, "")]),
    ({"claimed_at": "昨天"}, [("claimed_at", Fault.BAD_MOMENT, "昨天")]),
    ({"expires_on": "年底"}, [("expires_on", Fault.BAD_DAY, "年底")]),
    ({"content": None}, [("content", Fault.NO_CONTENT, "")]),
    ({"kind": "星球"}, [("kind", Fault.UNKNOWN_WISH_KIND, "星球")]),
    ({"age_band": "老神仙"}, [("age_band", Fault.UNKNOWN_AGE, "老神仙")]),
    ({"urgency": "马上"}, [("urgency", Fault.UNKNOWN_URGENCY, "马上")]),
    ({"consent": "大概"}, [("consent", Fault.UNKNOWN_CONSENT, "大概")]),
    ({"credit": "大概"}, [("credit", Fault.UNKNOWN_ANSWER, "大概")]),
    ({"merged_into": 4}, [("merged_into", Fault.STATE_FORBIDS, "已认领")]),
    (
        {"merged_into": 77, "status": "withdrawn", "closed_at": "2026-03-05"},
        [("merged_into", Fault.UNKNOWN_WISH, "77")],
    ),
    ({"claimed_by": None}, [("claimed_by", Fault.STATE_ASKS, "已认领")]),
    (
        {"status": "delivered", "claimed_at": None},
        [("claimed_at", Fault.STATE_ASKS, "待确认"), ("delivered_at", Fault.STATE_ASKS, "待确认")],
    ),
    (
        {"status": "open"},
        [("claimed_by", Fault.STATE_FORBIDS, "待认领"), ("claimed_at", Fault.STATE_FORBIDS, "待认领")],
    ),
    (
        {"status": "expired", "claimed_by": None, "claimed_at": None},
        [("closed_at", Fault.STATE_ASKS, "已过期")],
    ),
    ({"claimed_by": "王主任", "place": "清河镇/东村"}, [("claimed_by", Fault.MAY_NOT_CLAIM, "王主任")]),
    ({"claimed_by": "宋儿童"}, [("claimed_by", Fault.MAY_NOT_CLAIM, "宋儿童")]),
    ({"age_band": "14岁以下"}, [("consent", Fault.NO_GUARDIAN, "已认领")]),
    ({"age_band": "child", "consent": "还没问到"}, [("consent", Fault.NO_GUARDIAN, "已认领")]),
    ({**OPEN, "age_band": "child", "consent": ""}, [("consent", Fault.NO_GUARDIAN, "待认领")]),
    (
        {**OPEN, "status": "pending", "age_band": "child", "consent": ""},
        [("consent", Fault.NO_GUARDIAN, "待核实")],
    ),
    (
        {**OPEN, "logged_at": "2026-03-05T09:00:01+08:00"},
        [("logged_at", Fault.AHEAD, "2026-03-05T09:00:01+08:00")],
    ),
    ({"claimed_at": "2026-02-28"}, [("claimed_at", Fault.TOO_EARLY, "登记时间")]),
    (
        {"status": "delivered", "delivered_at": "2026-03-02T08:59:59+08:00"},
        [("delivered_at", Fault.TOO_EARLY, "认领时间")],
    ),
    ({**OPEN, "status": "expired", "closed_at": "2026-02-01"}, [("closed_at", Fault.TOO_EARLY, "登记时间")]),
]
CLAIMED: dict[str, object] = {
    "no": 5, "status": "claimed", "place": "永续社区", "content": "想要一台收音机", "logged_by": "李强",
    "claimed_by": "赵敏", "logged_at": "2026-03-01T09:00:00+08:00", "claimed_at": "2026-03-02T09:00:00+08:00",
}  # fmt: skip


def _file(folder: Path, *rows: dict[str, object]) -> Path:
    path = folder / "台账.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize(("cells", "expected"), CELLS)
def test_each_wrong_cell_is_told_and_nothing_is_written(
    sqlite_url: str, clock: FrozenClock, tmp_path: Path, cells: dict[str, object],
    expected: list[tuple[str, Fault, str]],
) -> None:  # fmt: skip
    database = Database(sqlite_url, clock.now)
    database.run_now(furnish)
    taken = brought_in(database, _file(tmp_path, {**CLAIMED, "no": 4}, {**CLAIMED, **cells}))
    found = [(each.key, each.fault, each.value) for each in taken.problems]
    assert sorted(found) == sorted(expected)
    assert {each.number for each in taken.problems} == {2}
    assert (database.read_now(wishes), database.read_now(audit)) == ([], [])
    database.close()


def test_a_number_twice_and_one_that_is_another_wish_here(database: Database, tmp_path: Path) -> None:
    database.run_now(furnish)
    assert brought_in(database, _file(tmp_path, CLAIMED)).rows == {1: "added"}
    before = database.read_now(wishes)
    other = {**CLAIMED, "content": "想要一副拐杖", "claimed_by": "李强"}
    taken = brought_in(
        database, _file(tmp_path, {**CLAIMED, "no": 6}, CLAIMED, {**CLAIMED, "no": 6}, {**other, "no": 7})
    )
    assert taken == Taken(
        {1: "added", 2: "same", 4: "added"}, [Problem(3, "no", Fault.NUMBER_TWICE, "6", other=1)]
    )
    assert brought_in(database, _file(tmp_path, other)).problems == [
        Problem(1, "content", Fault.OTHERWISE), Problem(1, "claimed_by", Fault.OTHERWISE),
    ]  # fmt: skip
    assert database.read_now(wishes) == before


def test_words_that_are_not_public_are_not_restored_into_the_register(
    database: Database, tmp_path: Path
) -> None:
    """Somebody has put a name and a phone into the file."""
    database.run_now(furnish)
    file = _file(tmp_path, {**CLAIMED, "content": "独居老人王秀英想要一台收音机，13800000000"})
    assert brought_in(database, file).rows == {1: "added"}
    (row,) = database.read_now(wishes)
    assert ("王秀英" in row["content"], "138" in row["content"]) == (False, False)
    held = database.read_now(lambda uow: uow.details.read("wish:5", by="system", own=True))
    assert held == {"content": "独居老人王秀英想要一台收音机，13800000000"}
    assert brought_in(database, file).rows == {1: "same"}


def test_what_a_register_tells_is_history_and_counts(database: Database, tmp_path: Path) -> None:
    database.run_now(furnish)
    brought_in(database, _file(tmp_path, CLAIMED))
    told = database.read_now(
        lambda uow: [
            (each.at.astimezone(ZONE).isoformat(), each.move, each.actor) for each in uow.wishes.history(5)
        ]
    )
    assert told == [
        ("2026-03-01T09:00:00+08:00", Move.LOG, "李强"), ("2026-03-02T09:00:00+08:00", Move.CLAIM, "赵敏"),
    ]  # fmt: skip


def test_the_next_wish_has_the_number_after_the_highest_there_can_be(
    database: Database, tmp_path: Path
) -> None:
    database.run_now(furnish)
    assert brought_in(database, _file(tmp_path, {**CLAIMED, "no": LARGEST_NO})).rows == {1: "added"}
    (row,) = database.read_now(wishes)
    anew = database.run_now(
        lambda uow: uow.wishes.log(
            "新的", by=uow.members.all()[0].id, place_id=None, group_id=None, expires_on=date(2027, 1, 1)
        )
    )
    assert (row["no"], anew.no, LARGEST_NO) == (LARGEST_NO, LARGEST_NO + 1, 9_999_999)


MERGED: dict[str, object] = {
    **OPEN, "place": "永续社区", "content": "想要一台收音机", "logged_by": "李强", "status": "withdrawn",
    "logged_at": "2026-03-01T09:00:00+08:00", "closed_at": "2026-03-02T09:00:00+08:00",
}  # fmt: skip


def test_what_is_merged_into_a_row_that_is_bad_is_bad_and_so_is_a_circle(
    sqlite_url: str, clock: FrozenClock, tmp_path: Path
) -> None:
    database = Database(sqlite_url, clock.now)
    database.run_now(furnish)

    def into(no: int, target: int | None) -> dict[str, object]:
        return {**MERGED, "no": no, "merged_into": target}

    file = _file(
        tmp_path, into(1, 2), into(2, 3), {**into(3, None), "place": "西村"},
        into(4, 5), into(5, 6), into(6, 5), into(7, 8), into(8, None),
    )  # fmt: skip
    taken = brought_in(database, file)
    assert taken == Taken(
        {7: "added", 8: "added"},
        [
            Problem(1, "merged_into", Fault.MERGED_INTO_BAD, "2"),
            Problem(2, "merged_into", Fault.MERGED_INTO_BAD, "3"),
            Problem(3, "place", Fault.UNKNOWN_PLACE, "西村"),
            Problem(4, "merged_into", Fault.MERGED_INTO_BAD, "5"),
            Problem(5, "merged_into", Fault.MERGE_CIRCLE, "6"),
            Problem(6, "merged_into", Fault.MERGE_CIRCLE, "5"),
        ],
    )
    database.close()
