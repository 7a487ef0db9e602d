"""The reading room: a reader that runs away, hoards, crashes or lies harms nobody, and the next file is read."""

import logging
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest

from knowledge.errors import Unreadable
from knowledge.ingest.isolation import Limits, ReadingRoom
from knowledge.ingest.manuscript import BROKEN, Manuscript, Table

HERE = "tests.knowledge.strange_readers"
LARGE = "文件展开后太大，请拆成几个小文件再导入。"
SLOW = "文件太复杂，读了 1 秒还没读完，请拆成几个小文件再导入。"

limited = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no limits on a process of this kind"
)


@pytest.fixture(scope="module")
def shared() -> Iterator[ReadingRoom]:
    room = ReadingRoom(Limits(seconds=1))
    yield room
    room.close()


@pytest.fixture
def room_with() -> Iterator[Callable[..., ReadingRoom]]:
    rooms: list[ReadingRoom] = []

    def make(limits: Limits, desks: int = 2) -> ReadingRoom:
        rooms.append(ReadingRoom(limits, desks))
        return rooms[-1]

    yield make
    for room in rooms:
        room.close()


def test_a_manuscript_comes_back_whole(shared: ReadingRoom) -> None:
    assert shared.read(f"{HERE}:echo", "第一条 甲\n".encode()) == Manuscript(
        ("第一条 甲\n",), {"number": "金民发〔2023〕12号"}, (Table("甲", (("一", "二"),)),)
    )


def test_one_child_reads_file_after_file(shared: ReadingRoom) -> None:
    assert len({shared.read(f"{HERE}:whoami", b"").lines for _ in range(5)}) == 1


def test_a_refusal_keeps_its_sentence_and_its_child(shared: ReadingRoom) -> None:
    before = shared.read(f"{HERE}:whoami", b"")
    with pytest.raises(Unreadable, match=r"^不合适。$"):
        shared.read(f"{HERE}:refuse", b"")
    assert shared.read(f"{HERE}:whoami", b"") == before


@limited
@pytest.mark.parametrize(
    ("reader", "sentence"),
    [
        ("spin", SLOW),
        ("hoard", LARGE),
        ("recurse", LARGE),
        ("crash", BROKEN),
        ("leave", BROKEN),
        ("stumble", BROKEN),
    ],
    ids=lambda value: value if value.isascii() else "",
)
def test_what_a_file_does_to_its_child_ends_with_it(shared: ReadingRoom, reader: str, sentence: str) -> None:
    with pytest.raises(Unreadable) as refused:
        shared.read(f"{HERE}:{reader}", b"")
    assert refused.value.reason == sentence
    assert shared.read(f"{HERE}:echo", b"next").lines == ("next",)


def test_a_reader_that_waits_for_ever_is_not_waited_for(room_with: Callable[..., ReadingRoom]) -> None:
    room = room_with(Limits(patience=1))
    start = monotonic()
    with pytest.raises(Unreadable) as refused:
        room.read(f"{HERE}:sleep", b"")
    assert (refused.value.reason, monotonic() - start < 10) == (SLOW, True)


def test_an_answer_without_end_is_not_taken(room_with: Callable[..., ReadingRoom]) -> None:
    room = room_with(Limits(answer=1000))
    with pytest.raises(Unreadable) as refused:
        room.read(f"{HERE}:chatter", b"")
    assert refused.value.reason == BROKEN
    assert room.read(f"{HERE}:echo", b"next").lines == ("next",)


def test_a_child_nobody_needs_leaves_and_is_not_missed(room_with: Callable[..., ReadingRoom]) -> None:
    room = room_with(Limits(idle=0.2))
    first = room.read(f"{HERE}:whoami", b"")
    room._idle[0].process.join(10)
    assert room.read(f"{HERE}:whoami", b"") != first


def test_the_processor_time_of_earlier_files_does_not_count(room_with: Callable[..., ReadingRoom]) -> None:
    """Four files of 0.6 s each, under a limit of one second."""
    room = room_with(Limits(seconds=1))
    assert len({room.read(f"{HERE}:toil", b"").lines for _ in range(4)}) == 1


def test_as_many_children_as_desks(room_with: Callable[..., ReadingRoom]) -> None:
    room = room_with(Limits(), desks=2)
    with ThreadPoolExecutor(6) as threads:
        seen = set(threads.map(lambda _: room.read(f"{HERE}:whoami", b"").lines, range(12)))
    assert 1 <= len(seen) <= 2


def test_a_failure_of_ours_is_logged_with_its_place(
    shared: ReadingRoom, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), pytest.raises(Unreadable):
        shared.read(f"{HERE}:stumble", b"here")
    failures = [vars(record)["failure"] for record in caplog.records if record.message == "reader_failed"]
    assert len(failures) == 1
    assert failures[0].endswith("ZeroDivisionError: here\n")
