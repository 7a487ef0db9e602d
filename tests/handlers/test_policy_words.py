"""An office's own words reach the answers of a process that runs."""

from pathlib import Path

from handlers.policy.library import Library
from knowledge.lexicon import shipped_lexicon
from knowledge.lexicon.own import OwnLexicon
from storage.database import Database
from tests.handlers.town import empty_library


def test_a_look_at_the_base_looks_at_the_words_too(database: Database, tmp_path: Path) -> None:
    made = empty_library(tmp_path / "jieba")
    library = Library(made.index, made.searcher, OwnLexicon(tmp_path / "lexicon"))
    assert library.catch_up(database) is False
    assert library.searcher.lexicon == shipped_lexicon()
    (tmp_path / "lexicon").mkdir()
    (tmp_path / "lexicon" / "colloquial.txt").write_text("拉呱 = 谈话\n", encoding="utf-8")
    assert library.catch_up(database) is False
    assert library.searcher.lexicon.colloquial["拉呱"] == ("谈话",)
    (tmp_path / "lexicon" / "colloquial.txt").write_text("拉呱呱 谈话\n", encoding="utf-8")
    library.catch_up(database)
    assert library.searcher.lexicon.colloquial["拉呱"] == ("谈话",)
    assert library.own is not None
    assert [fault.line for fault in library.own.faults] == [1]
