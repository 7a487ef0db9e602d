"""The real folder, where it lies beside the checkout: every file is read, known articles are there."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from knowledge.catalogue import Catalogue, entry_of
from knowledge.index import Index
from knowledge.ingest import found, read_document
from knowledge.lexicon import Lexicon
from knowledge.passage import Document
from knowledge.search import Searcher
from knowledge.segment import Segmenter
from tests.knowledge.conftest import DATA, needs_data

pytestmark = needs_data
RELIEF = "行政法规/社会救助暂行办法(2019-03-02).md"


@pytest.fixture(scope="module")
def documents() -> dict[str, Document]:
    return {source: read_document(path, source) for path, source in found([DATA / "laws"])}


def test_every_file_is_read_and_cut(documents: dict[str, Document]) -> None:
    articles = Counter(p.article is not None for d in documents.values() for p in d.passages)
    assert len(documents) == 1983
    assert 86_000 < articles[True] < 86_300
    assert articles[False] < 1_600
    assert sum(d.issued is None for d in documents.values()) <= 1
    assert sum(d.effective is not None for d in documents.values()) > 1_750


def test_ids_are_unique(documents: dict[str, Document]) -> None:
    ids = [p.id for d in documents.values() for p in d.passages]
    assert len(ids) == len(set(ids))


def test_national_and_local_rules_are_told_apart(documents: dict[str, Document]) -> None:
    regions = Counter(d.region for d in documents.values())
    assert (regions["山东"], regions["济宁"], regions["青岛"]) == (163, 11, 69)
    assert regions[""] > 1_500


def test_a_known_document_is_whole(documents: dict[str, Document]) -> None:
    relief = documents[RELIEF]
    assert (relief.title, relief.issued, relief.effective) == (
        "社会救助暂行办法",
        date(2019, 3, 2),
        date(2014, 5, 1),
    )
    assert (relief.issuer, relief.region, relief.expires) == ("国务院", "", None)
    assert [p.article for p in relief.passages][-1] == "第七十条"
    assert len(relief.passages) == 70
    assert {p.heading for p in relief.passages[:6]} == {"第一章 总则"}


def test_the_articles_of_every_file_lose_no_character(documents: dict[str, Document]) -> None:
    """What stands below the preamble of a file with articles, headings aside, is in its passages."""
    checked = 0
    for source, document in documents.items():
        if not any(p.article for p in document.passages):
            continue
        body = (DATA / "laws" / source).read_text(encoding="utf-8").partition("<!-- INFO END -->")[2]
        lines = [line for line in body.splitlines() if not line.startswith(("#", "<!--", "第"))]
        kept = Counter("".join(p.text + p.heading for p in document.passages))
        wanted = Counter("".join("".join(lines).replace("\u200b", "").split()))
        assert not wanted - kept - Counter("<!->"), source
        checked += 1
    assert checked > 1_850


def test_old_versions_and_repealed_laws_are_known(documents: dict[str, Document]) -> None:
    catalogue = Catalogue(entry_of(document) for document in documents.values())
    replaced = [e.source for e in catalogue if catalogue.successor(e.source)]
    assert 120 < len(replaced) < 200
    instead = catalogue.successor("行政法规/印花税暂行条例(2011-01-08).md")
    assert instead is not None
    assert instead.title == "中华人民共和国印花税法"
    assert catalogue.successor(RELIEF) is None
    assert len(catalogue.versions("民法典")) == 8


@pytest.mark.long
def test_the_whole_folder_is_searched(
    documents: dict[str, Document], segmenter: Segmenter, lexicon: Lexicon, tmp_path: Path
) -> None:
    index = Index.open(tmp_path, segmenter)
    index.apply(documents.values(), (), 1)
    searcher = Searcher(index, lexicon)

    def firsts() -> Iterator[tuple[str, str | None]]:
        for question in ("民法典1067条", "《社会救助暂行办法》第九条", "村组法第十一条"):
            hit = searcher.search(question, top=1)[0]
            yield hit.source, hit.article

    assert list(firsts()) == [
        ("民法典/婚姻家庭编.md", "第一千零六十七条"),
        (RELIEF, "第九条"),
        ("宪法相关法/村民委员会组织法(2018-12-29).md", "第十一条"),
    ]
    assert Index.open(tmp_path, segmenter).revision == 1
