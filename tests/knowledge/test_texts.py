"""The stored forms of passages: what was added is read, what nothing points to goes."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.texts import NAME, Texts

RANGES = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 9)), max_size=6)


@given(st.integers(0, 45), RANGES)
def test_only_what_is_pointed_to_is_kept(count: int, ranges: list[tuple[int, int]]) -> None:
    texts = Texts.open(None)
    texts.add(1, [b"%d" % number for number in range(1, count + 1)])
    texts.keep(ranges)
    wanted = {number for first, size in ranges for number in range(first, first + size) if number <= count}
    assert texts.read(range(60)) == {number: b"%d" % number for number in wanted}
    assert texts.next_number() == max(wanted, default=0) + 1


def test_many_are_read_at_once() -> None:
    texts = Texts.open(None)
    texts.add(5, [b"x"] * 1200)
    assert list(texts.read(range(1, 2000))) == list(range(5, 1205))


def test_another_process_reads_what_was_committed(tmp_path: Path) -> None:
    writing, reading = Texts.open(tmp_path), Texts.open(tmp_path)
    writing.add(1, ["低保".encode()])
    assert reading.read([1]) == {}
    writing.commit()
    assert reading.read([1]) == {1: "低保".encode()}


def test_a_broken_file_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"\xff{junk" * 500)
    assert Texts.open(tmp_path).next_number() == 1


def test_a_file_that_cannot_be_opened_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    with pytest.raises(OSError, match=NAME):
        Texts.open(tmp_path)
