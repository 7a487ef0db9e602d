"""The index folder: restarts, replacing, other processes, damage; and that two processes cut as one does."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from knowledge.cutter_pool import cut_documents
from knowledge.index import Index
from knowledge.mark import Mark, mark_of, named
from knowledge.passage import Document
from knowledge.segment import Segmenter
from knowledge.stored import from_stored, to_stored
from tests.knowledge.conftest import (
    DOGS_JINING,
    FORESTS,
    LOOSE_CARD,
    RELIEF_2014,
    RELIEF_2020,
    RELIEF_CARD,
    deck,
    law,
)

BASE = (
    law("帮扶办法(2020-06-01).md", RELIEF_2020),
    law("林木法.md", FORESTS),
    deck("cards.toml", RELIEF_CARD),
)


def texts(index: Index, *words: str) -> set[tuple[str, str | None]]:
    now = index.now()
    found = now.opened(now.best("words", dict.fromkeys(words, 1.0), 50).keys)
    return {(source, passage.article) for source, passage in found}


def sources(index: Index) -> list[str]:
    return [entry.source for entry in index.documents()]


def test_an_index_survives_a_restart(tmp_path: Path, segmenter: Segmenter) -> None:
    seen: list[int] = []
    Index.open(tmp_path, segmenter).apply(BASE, (), 7, seen.append)
    again = Index.open(tmp_path, segmenter)
    assert (again.revision, seen) == (7, [1, 2, 3])
    assert sources(again) == ["cards.toml", "帮扶办法(2020-06-01).md", "林木法.md"]
    assert [again.documents()[d.source].passages for d in BASE] == [2, 2, 1]
    for document in BASE:
        for passage in document.passages:
            assert again.passage(passage.id) == (document.source, passage)
    assert again.article("林木法.md", "第三十八条之一") == BASE[1].passages[1]
    assert again.article("林木法.md", "第一条") is None
    assert again.passage("0000000000") is None


def test_one_changed_file_replaces_itself_alone(tmp_path: Path, segmenter: Segmenter) -> None:
    index = Index.open(tmp_path, segmenter)
    index.apply(BASE, (), 1)
    changed = law("林木法.md", FORESTS.replace("采伐林木", "砍伐竹子"))
    index.apply([changed], (), 2)
    assert texts(index, "竹子") == {("林木法.md", "第三十八条")}
    assert texts(index, "林木") == {("林木法.md", "第三十八条")}
    assert len(index.passages("林木法.md")) == 2
    assert (index.revision, len(index.documents())) == (2, 3)
    index.apply((), ["林木法.md", "从来没有.md"], 3)
    assert (texts(index, "林木"), index.revision, len(index.documents())) == (set(), 3, 2)


def test_applying_the_same_again_changes_nothing(segmenter: Segmenter) -> None:
    index = Index.open(None, segmenter)
    index.apply(BASE, (), 1)
    before = sorted((e.source, e.passages) for e in index.documents())
    index.apply(BASE, (), 1)
    assert sorted((e.source, e.passages) for e in index.documents()) == before
    assert len(texts(index, "帮扶")) == 2


def test_another_process_is_seen_after_a_refresh(tmp_path: Path, segmenter: Segmenter) -> None:
    writer, reader = Index.open(tmp_path, segmenter), Index.open(tmp_path, segmenter)
    assert reader.refresh() is False
    writer.apply(BASE, (), 5)
    assert (reader.revision, reader.refresh(), reader.revision, reader.refresh()) == (0, True, 5, False)
    assert texts(reader, "林木") == texts(writer, "林木") != set()


def test_writers_that_take_turns_each_know_all_there_is(tmp_path: Path, segmenter: Segmenter) -> None:
    """Also what another wrote while nobody looked; and just as one who opens the folder anew reads it."""
    one, other = Index.open(tmp_path, segmenter), Index.open(tmp_path, segmenter)
    one.apply(BASE[:1], (), 1)
    other.apply(BASE[1:], (), 2)
    one.apply([law("养犬条例.md", DOGS_JINING)], ["cards.toml"], 3)
    assert sources(one) == ["养犬条例.md", "帮扶办法(2020-06-01).md", "林木法.md"]
    assert list(one.documents()) == list(Index.open(tmp_path, segmenter).documents())
    assert other.refresh() is True
    assert list(other.documents()) == list(one.documents())


def test_a_failed_import_leaves_what_was(tmp_path: Path, segmenter: Segmenter) -> None:
    index = Index.open(tmp_path, segmenter)
    index.apply(BASE, (), 1)

    def failing() -> Iterable[Document]:
        yield law("新.md", DOGS_JINING)
        raise RuntimeError("the disk is gone")

    with pytest.raises(RuntimeError, match="the disk is gone"):
        index.apply(failing(), ["林木法.md"], 2)
    assert (index.revision, len(Index.open(tmp_path, segmenter).documents())) == (1, 3)
    index.apply([law("新.md", DOGS_JINING)], (), 2)
    assert (index.revision, len(index.documents())) == (2, 4)


@pytest.mark.parametrize("damage", ["junk", "cut", "gone"])
def test_a_broken_folder_starts_again_from_nothing(tmp_path: Path, segmenter: Segmenter, damage: str) -> None:
    Index.open(tmp_path, segmenter).apply(BASE, (), 4)
    names = [p.name for p in tmp_path.iterdir() if p.suffix in {".json", ".store", ".term", ".db"}]
    assert len(names) >= 5
    for name in names:
        if name == ".managed.json" and damage == "gone":
            continue
        Index.open(tmp_path, segmenter).apply(BASE, (), 4)
        path = next(
            p
            for p in tmp_path.iterdir()
            if name == p.name or (p.suffix != ".json" and name.endswith(p.suffix))
        )
        if damage == "gone":
            path.unlink()
        else:
            path.write_bytes(
                b"\xff{junk" * 50 if damage == "junk" else path.read_bytes()[: path.stat().st_size // 2]
            )
        index = Index.open(tmp_path, segmenter)
        assert (name, index.revision, sources(index)) == (name, 0, [])


def test_a_folder_of_something_else_keeps_its_files(tmp_path: Path, segmenter: Segmenter) -> None:
    (tmp_path / "meta.json").write_text('{"schema": []}', encoding="utf-8")
    (tmp_path / "账本.xlsx").write_bytes(b"keep")
    index = Index.open(tmp_path, segmenter)
    index.apply(BASE, (), 1)
    assert (index.revision, (tmp_path / "账本.xlsx").read_bytes()) == (1, b"keep")


def test_an_index_cut_by_another_dictionary_is_emptied(tmp_path: Path, segmenter: Segmenter) -> None:
    class Other(Segmenter):
        def fingerprint(self) -> str:
            return "another"

    Index.open(tmp_path, segmenter).apply(BASE, (), 4)
    assert Index.open(tmp_path, Other(segmenter.cache_dir)).revision == 0


def test_two_processes_cut_as_one_does(segmenter: Segmenter) -> None:
    documents = [law(f"{n}.md", RELIEF_2020.replace("帮扶", f"帮扶{n}")) for n in range(30)]
    alone = list(cut_documents(documents, segmenter))
    together = list(cut_documents(iter(documents), segmenter, worthwhile=100))
    assert (together, [d for d, _ in together]) == (alone, documents)


def test_the_stored_form_keeps_every_field() -> None:
    for document in (*BASE, deck("c.toml", replace(LOOSE_CARD, review="要核对", phrase="二角"))):
        for passage in document.passages:
            assert from_stored(to_stored(document.source, passage)) == (document.source, passage)


def test_the_cache_of_the_dictionary_is_private(segmenter: Segmenter) -> None:
    segmenter.warm()
    assert segmenter.cache_dir.stat().st_mode & 0o777 == 0o700
    assert [p.name for p in segmenter.cache_dir.iterdir()] == ["jieba.cache"]


def test_the_catalogue_knows_which_version_holds(segmenter: Segmenter) -> None:
    old = law("帮扶办法(2014-02-21).md", RELIEF_2014)
    index = Index.open(None, segmenter)
    index.apply([old, *BASE], (), 1)
    catalogue = index.documents()
    assert [e.source for e in catalogue.versions("《帮扶办法》")] == ["帮扶办法(2020-06-01).md", old.source]
    instead = catalogue.successor(old.source)
    assert instead is not None
    assert instead.source == "帮扶办法(2020-06-01).md"
    assert catalogue.successor("林木法.md") is None


def test_a_moment_remembers_what_was_read(segmenter: Segmenter) -> None:
    """Marks asked for in any order and again; articles by their marks; chapters as wholes."""
    index = Index.open(None, segmenter)
    index.apply(BASE, (), 1)
    now = index.now()
    marks = {mark_of(d, p) for d in BASE for p in d.passages}
    now.note([named("林木法", "#第三十八条")])
    keys = np.concatenate([now.articles([mark.ref]) for mark in sorted(marks)])
    for order in (keys, keys[::-1], keys[:1], keys[:0]):
        told = now.marks(order)
        assert {Mark(*map(int, row)) for row in zip(*told.values(), strict=True)} <= marks
        assert [source for source, _ in now.opened(order)] == [
            next(d.source for d in BASE if named(d.source) == name) for name in told["file"].tolist()
        ]
    assert now.articles([1, 2]).tolist() == []
    found = now.chapters({"采伐": 1.0, "从没有过": 1.0}, 5)
    assert now.marks(found.keys)["law"].tolist() == [named("林木法")]
