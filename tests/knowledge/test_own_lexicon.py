"""An office's own words: read at the start and again when they change; a bad line breaks nobody's answers."""

import logging
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.index import Index
from knowledge.lexicon import TABLES, Fault, Lexicon, readable_lexicon, shipped_lexicon
from knowledge.lexicon.own import OwnLexicon
from knowledge.search import Searcher
from knowledge.segment import Segmenter
from tests.knowledge.conftest import RELIEF_2014, law

BAD = Fault("colloquial.txt", 2, "写法不对，应当是“左边 = 右边”。")


def write(folder: Path, text: str, name: str = "colloquial.txt") -> None:
    """As an editor saves: the clock of the file system need not have moved on."""
    path = folder / name
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(before + 1_000_000_000, before + 1_000_000_000))


def test_a_folder_that_is_not_there_changes_nothing(tmp_path: Path) -> None:
    own = OwnLexicon(tmp_path / "none")
    assert (own.refresh(), own.refresh(), own.faults) == (None, None, ())


def test_lines_are_read_at_the_start_and_again_when_they_change(tmp_path: Path) -> None:
    write(tmp_path, "拉呱 = 谈话\n")
    own = OwnLexicon(tmp_path)
    first = own.refresh()
    assert first is not None
    assert first.colloquial["拉呱"] == ("谈话",)
    assert own.refresh() is None
    write(tmp_path, "拉呱 = 走访 谈心\n低保 = 生活保障\n")
    second = own.refresh()
    assert second is not None
    assert (second.colloquial["拉呱"], second.colloquial["低保"]) == (("走访", "谈心"), ("生活保障",))
    (tmp_path / "colloquial.txt").unlink()
    third = own.refresh()
    assert third == shipped_lexicon()


def test_a_bad_line_is_told_and_the_last_good_words_stay(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, "拉呱 = 谈话\n")
    own = OwnLexicon(tmp_path)
    assert own.refresh() is not None
    write(tmp_path, "拉呱 = 走访\n唠嗑 谈话\n")
    with caplog.at_level(logging.WARNING):
        assert own.refresh() is None
    assert own.faults == (BAD,)
    assert [(r.getMessage(), r.__dict__["file"], r.__dict__["line"]) for r in caplog.records] == [
        ("lexicon_fault", "colloquial.txt", 2)
    ]
    write(tmp_path, "拉呱 = 走访\n唠嗑 = 谈话\n")
    mended = own.refresh()
    assert mended is not None
    assert (mended.colloquial["唠嗑"], own.faults) == (("谈话",), ())


def test_at_the_start_the_lines_that_can_be_read_are_taken(tmp_path: Path) -> None:
    write(tmp_path, "拉呱 = 走访\n唠嗑 谈话\n")
    own = OwnLexicon(tmp_path)
    first = own.refresh()
    assert first is not None
    assert (first.colloquial["拉呱"], own.faults) == (("走访",), (BAD,))


def test_files_that_are_no_tables_are_told(tmp_path: Path) -> None:
    write(tmp_path, "路灯\n", "words.txt")
    (tmp_path / "neutral.txt").write_bytes(b"\x00\x01\x02")
    own = OwnLexicon(tmp_path)
    own.refresh()
    assert [(fault.file, fault.line) for fault in own.faults] == [("neutral.txt", 0), ("words.txt", 0)]


def test_a_table_in_the_encoding_of_an_old_pc_is_read(tmp_path: Path) -> None:
    (tmp_path / "colloquial.txt").write_bytes("拉呱 = 谈话\n".encode("gbk"))
    lexicon, faults = readable_lexicon(tmp_path)
    assert (lexicon.colloquial["拉呱"], faults) == (("谈话",), ())


@given(text=st.text(max_size=200), name=st.sampled_from(TABLES))
def test_any_file_is_read_or_its_lines_are_told(
    text: str, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("own")
    (folder / name).write_text(text, encoding="utf-8", errors="replace")
    lexicon, faults = readable_lexicon(folder)
    assert isinstance(lexicon, Lexicon)
    assert {fault.file for fault in faults} <= {name}
    assert all(0 <= fault.line <= len(text.splitlines()) for fault in faults)


def test_search_uses_new_words_at_once_without_a_new_index(
    segmenter: Segmenter, lexicon: Lexicon, tmp_path: Path
) -> None:
    index = Index.open(None, segmenter)
    index.apply([law("帮扶办法(2014-02-21).md", RELIEF_2014)], (), 1)
    searcher = Searcher(index, lexicon)
    asked = "俺村的嘎嘎钱咋领"
    assert [hit.article for hit in searcher.search(asked, top=1)] != ["第一条"]
    write(tmp_path, "嘎嘎钱 = 帮扶金\n")
    words = OwnLexicon(tmp_path).refresh()
    assert words is not None
    searcher.use(words)
    assert [hit.article for hit in searcher.search(asked, top=1)] == ["第一条"]
    assert index.revision == 1
