"""An audit register exported and held against the one that is kept."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.audit import exported, kept_rows
from handlers.audit.compare import Comparison, Differing, Row, compare
from handlers.wishes.exports import audit, looks
from storage.database import Database
from storage.uow import UnitOfWork
from tests.clock import ZONE, FrozenClock
from tests.handlers.registers import quiet, written

KEPT: list[Row] = [
    (f"2026-03-05T09:00:0{second}+08:00", "member:1", what)
    for second, what in ((0, "甲"), (1, "乙"), (1, "丙"), (2, "乙"))
]
FILE = list(enumerate(KEPT, start=2))


def test_a_file_of_all_of_it_is_equal() -> None:
    assert compare(FILE, KEPT, quiet) == Comparison(rows=4, equal=4)


def test_what_was_written_since_is_not_missing_in_the_file() -> None:
    """Also in the very second of its last row."""
    assert compare(FILE[:2], KEPT, quiet) == Comparison(rows=2, equal=2)


def test_what_the_file_has_not_and_what_is_not_here() -> None:
    assert compare([FILE[0], FILE[3]], KEPT, quiet) == Comparison(rows=2, equal=2, left_out=KEPT[1:3])
    assert compare(FILE, [KEPT[0], KEPT[3]], quiet) == Comparison(rows=4, equal=2, lost=FILE[1:3])


def test_a_row_that_differs_is_told_beside_the_one_in_its_place() -> None:
    other = ("2026-03-05T09:00:01+08:00", "member:9", "乙")
    assert compare([FILE[0], (3, other), *FILE[2:]], KEPT, quiet) == Comparison(
        rows=4, equal=3, differing=[Differing(3, other, KEPT[1])]
    )
    later = ("2026-03-05T09:00:07+08:00", *KEPT[1][1:])
    assert compare([FILE[0], (3, later), *FILE[2:]], KEPT, quiet) == Comparison(
        rows=4, equal=3, differing=[Differing(3, later, KEPT[1])]
    )


def test_the_same_row_twice_is_counted_twice() -> None:
    assert compare([FILE[0], (3, KEPT[0]), *FILE[1:]], KEPT, quiet) == Comparison(
        rows=5, equal=4, lost=[(3, KEPT[0])]
    )


ROWS = st.lists(
    st.tuples(st.sampled_from([row[0] for row in KEPT]), st.sampled_from("甲乙"), st.sampled_from("丙丁"))
).map(sorted)


@given(kept=ROWS, gone=st.sets(st.integers(0, 9)), put=ROWS)
def test_every_row_of_the_file_is_accounted_for_once(kept: list[Row], gone: set[int], put: list[Row]) -> None:
    here = [row for place, row in enumerate(kept) if place not in gone]
    file = list(enumerate(sorted([*here, *put]), start=2))
    found = compare(file, kept, quiet)
    assert found.equal + len(found.differing) + len(found.lost) == found.rows == len(file)
    assert len(found.differing) + len(found.left_out) + found.equal <= len(kept)
    if not put and not gone:
        assert found.amiss == 0


WRITTEN = (("log", "pending"), ("look", ""), ("=1+1", "@甲"), ("restore", "open"), ("look", ""))


def _write(uow: UnitOfWork, subject: str, action: str, after: str) -> None:
    uow.audit.add(actor="member:1", action=action, subject=subject, after=after)


@pytest.mark.parametrize("ending", [".xlsx", ".jsonl"])
@pytest.mark.parametrize(("register", "rows_of"), [("audit", audit), ("looks", looks)])
def test_an_export_read_back_is_equal_to_what_is_kept(
    database: Database, clock: FrozenClock, tmp_path: Path, ending: str, register: str,
    rows_of: Callable[[UnitOfWork], list[dict[str, object]]],
) -> None:  # fmt: skip
    for number, (action, after) in enumerate(WRITTEN):
        clock.advance(microseconds=700_001)
        database.run_now(_write, f"wish:{number}", action, after)
    rows = database.read_now(rows_of)
    file = written(rows, tmp_path / f"记录{ending}", register)
    found, columns, read = exported(file, ZONE)
    kept = kept_rows(rows, found, columns, ZONE, told=ending == ".xlsx")
    assert (found, [row for _, row in read]) == (register, kept)
    assert compare(read, kept, quiet) == Comparison(rows=len(rows), equal=len(rows))
