"""Hostile files: each is refused in one sentence, in bounded time, and the next file is read."""

import logging
import re
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge.errors import Unreadable
from knowledge.ingest import LARGEST_OFFICE_FILE, READERS, read_document
from knowledge.ingest.isolation import ReadingRoom
from tests.knowledge.hostile import GOOD, HARMLESS, HOSTILE
from tests.knowledge.office import part_of, repacked

SENTENCE = re.compile(r"[^。\n]{4,120}。")
BOMB = "文件展开后大得不正常，没有打开它。"
CROOKED = "文件里面的路径不正常，没有打开它。"
DTD = "文件里带有不该有的定义（DTD），没有打开它。"
MISNAMED = "文件的后缀和内容对不上，请改成正确的后缀，或者打开后另存一份再导入。"
LOCKED = "文件加了密码，请先去掉密码再导入。"
VAST = "表格太大（超过 100 万格），请拆成几个文件再导入。"

SAID = {
    "flat bomb": BOMB,
    "flat bomb of sheets": BOMB,
    "many entries": BOMB,
    "overlapping entries": BOMB,
    "entry that leads up": CROOKED,
    "entry that leads up, in Windows": CROOKED,
    "entry at the root": CROOKED,
    "entry on a drive": CROOKED,
    "link": CROOKED,
    "locked entry": LOCKED,
    "billion laughs": DTD,
    "billion laughs in UTF-16": DTD,
    "quadratic blow-up": DTD,
    "foreign entity": DTD,
    "billion laughs in a sheet": DTD,
    "spilled cell": "文字超过 500 万字，请拆成几个小文件再导入。",
    "far cell": VAST,
    # "far merge" uses up the child's memory: whether it can still say so, or just dies, is the allocator's mood
    "pdf called docx": MISNAMED,
    "sheet called docx": MISNAMED,
    "docx called xlsx": MISNAMED,
    "docx called pdf": MISNAMED,
    "page called docx": MISNAMED,
    "old Word": "这是老版本的文件，请用 Word 或 WPS 另存为 .docx 或 .xlsx 再导入。",
    "locked Word": LOCKED,
}
"""What is said of those whose trouble is known; the others are broken, empty or too much, in words of their own."""


def write(folder: Path, name: str, suffix: str, data: bytes) -> Path:
    path = folder / f"{name}{suffix}"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_and_the_next_one_is_read(
    name: str, tmp_path: Path, room: ReadingRoom
) -> None:
    suffix, make = HOSTILE[name]
    path = write(tmp_path, "坏", suffix, make())
    start = monotonic()
    with pytest.raises(Unreadable) as refused:
        read_document(path, "坏", room=room)
    assert monotonic() - start < 60
    assert SENTENCE.fullmatch(refused.value.reason)
    assert refused.value.reason == SAID.get(name, refused.value.reason)
    assert read_document(write(tmp_path, "好", suffix, GOOD[suffix]()), "好", room=room).passages


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_never_unpacked_does_no_harm(name: str, tmp_path: Path, room: ReadingRoom) -> None:
    suffix, make = HARMLESS[name]
    assert read_document(write(tmp_path, "怪", suffix, make()), "怪", room=room).passages


def test_a_large_office_file_is_not_opened(tmp_path: Path, room: ReadingRoom) -> None:
    path = write(tmp_path, "大", ".pdf", bytes(LARGEST_OFFICE_FILE + 1024 * 1024))
    with pytest.raises(Unreadable, match="文件有 11 MB，超过 10 MB 的上限。"):
        read_document(path, "大.pdf", room=room)


@pytest.mark.parametrize(
    ("old", "new"), [(".doc", ".docx"), (".wps", ".docx"), (".xls", ".xlsx"), (".et", ".xlsx")]
)
def test_an_old_format_is_told_its_new_one(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(Unreadable, match=f"读不了“{old}”，请用 Word 或 WPS 另存为“{new}”再导入。"):
        read_document(write(tmp_path, "旧", old, b"x"), "旧")


def outcome(path: Path, room: ReadingRoom) -> str:
    """A document with passages, or a refusal in one sentence; anything else fails the test."""
    try:
        assert read_document(path, path.name, room=room).passages
    except Unreadable as refused:
        assert SENTENCE.fullmatch(refused.reason)
        return refused.reason
    return ""


@pytest.mark.parametrize("suffix", sorted(READERS))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.one_of(st.binary(min_size=1, max_size=400), st.text(min_size=1, max_size=200).map(str.encode)))
def test_any_bytes_are_a_document_or_refused(
    suffix: str, data: bytes, tmp_path: Path, room: ReadingRoom, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        outcome(write(tmp_path, "任意", suffix, data), room)
    assert [record.message for record in caplog.records] == []


GOOD_FILES = {suffix: make() for suffix, make in GOOD.items()}
PARTS = {
    ".docx": ("word/document.xml", "word/styles.xml", "word/numbering.xml"),
    ".xlsx": ("xl/worksheets/sheet1.xml",),
}
SPLINTERS = st.sampled_from(
    [b"", b"<", b">", b'"', b"-1", b"99999999999", b"&x;", b"\0", "甲".encode(), b"<w:p>", b"/"]
)


@st.composite
def damage(draw: st.DrawFn) -> Callable[[bytes], bytes]:
    """A few cuts: where (0 to 1 of the length), how many bytes go, what comes instead."""
    cuts = draw(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), SPLINTERS), min_size=1, max_size=5))

    def damaged(data: bytes) -> bytes:
        for where, length, splinter in cuts:
            at = int(where * len(data))
            data = data[:at] + splinter + data[at + length :]
        return data

    return damaged


@pytest.mark.parametrize("suffix", sorted(GOOD))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_a_document_or_refused(
    suffix: str, data: st.DataObject, tmp_path: Path, room: ReadingRoom, caplog: pytest.LogCaptureFixture
) -> None:
    damaged, whole = data.draw(damage()), GOOD_FILES[suffix]
    if suffix in PARTS and data.draw(st.booleans()):
        name = data.draw(st.sampled_from(PARTS[suffix]))
        broken = repacked(whole, {name: damaged(part_of(whole, name))})
    else:
        broken = damaged(whole)
    with caplog.at_level(logging.WARNING):
        outcome(write(tmp_path, "损坏", suffix, broken), room)
    assert [record.message for record in caplog.records] == []
