"""The base of record: what changed since an index last looked."""

from dataclasses import replace
from datetime import UTC, date, timedelta

import pytest

from storage.base import NotFound
from storage.database import Database
from storage.documents import OldVersion, StoredDocument, StoredPassage
from storage.uow import UnitOfWork
from tests.clock import FrozenClock

PASSAGES = (
    StoredPassage("a1", "第一条", "第一章 总则", "为了规范低保工作。", ""),
    StoredPassage("a2", "第二条", "第一章 总则", "本办法适用于全省。", '{"id": "卡"}'),
    StoredPassage("a3", None, "附则", "自公布之日起施行。", ""),
)


def _document(
    source: str, passages: tuple[StoredPassage, ...] = PASSAGES, digest: str = "d1"
) -> StoredDocument:
    return StoredDocument(
        source, f"《{source}》", "law", "省政府", date(2024, 1, 1), date(2024, 2, 1), None, "山东", digest, "政策",
        passages,
    )  # fmt: skip


def _put(database: Database, *documents: StoredDocument) -> int:
    return database.run_now(lambda uow: uow.documents.put(documents))


def test_documents_come_back_whole(database: Database) -> None:
    kept = [_document("乙.md"), _document("甲.md", PASSAGES[:1])]
    kept.sort(key=lambda document: document.source)
    _put(database, *kept)
    loaded = database.read_now(lambda uow: uow.documents.load(["甲.md", "乙.md"]))
    whole = [replace(document, passages=tuple(document.passages)) for document in loaded]
    assert sorted(whole, key=lambda document: document.source) == kept


def test_each_change_is_a_revision(database: Database) -> None:
    start = database.read_now(lambda uow: uow.documents.revision())
    first = _put(database, _document("甲.md"), _document("乙.md"))
    second = _put(database, _document("乙.md", PASSAGES[:2], "d2"))
    assert (first, second) == (start + 1, start + 2)
    assert database.run_now(lambda uow: uow.documents.remove(["甲.md", "没有的.md"])) == 1
    assert database.run_now(lambda uow: uow.documents.remove(["甲.md"])) == 0
    assert database.read_now(lambda uow: uow.documents.revision()) == start + 3


def test_a_removed_document_is_remembered_until_it_is_put_again(database: Database) -> None:
    _put(database, _document("甲.md"), _document("乙.md"))
    database.run_now(lambda uow: uow.documents.remove(["甲.md"]))

    def known(uow: UnitOfWork) -> tuple[dict[str, str], set[str], list[tuple[str, int]]]:
        standing = [(document.source, count) for document, count in uow.documents.all()]
        return uow.documents.digests(root="政策"), uow.documents.removed(), standing

    assert database.read_now(known) == ({"乙.md": "d1"}, {"甲.md"}, [("乙.md", 3)])
    _put(database, _document("甲.md", PASSAGES[:1], "d3"))
    assert database.read_now(known) == ({"甲.md": "d3", "乙.md": "d1"}, set(), [("乙.md", 3), ("甲.md", 1)])
    assert database.read_now(lambda uow: uow.documents.digests(root="别处")) == {}


def test_a_shorter_version_leaves_no_passage_behind(database: Database) -> None:
    _put(database, _document("甲.md"))
    _put(database, _document("甲.md", PASSAGES[:1], "d2"))
    (loaded,) = database.read_now(lambda uow: uow.documents.load(["甲.md"]))
    assert (loaded.digest, loaded.passages) == ("d2", list(PASSAGES[:1]))


def test_a_text_that_is_replaced_stays_as_an_old_version(database: Database, clock: FrozenClock) -> None:
    first, second = clock.now(), clock.now() + timedelta(days=1)
    _put(database, _document("甲.md", PASSAGES[:2], digest="d1"))
    _put(database, _document("甲.md", PASSAGES[:2], digest="d1"))
    clock.set(second)
    _put(database, _document("甲.md", PASSAGES[1:], digest="d2"))
    _put(database, _document("甲.md", PASSAGES, digest="d3"))
    found = database.read_now(lambda uow: uow.documents.versions("甲.md"))
    numbered = [(each.article, each.heading, each.text) for each in PASSAGES]
    assert found == [
        OldVersion("《甲.md》", date(2024, 1, 1), date(2024, 2, 1), moment.astimezone(UTC), tuple(passages))
        for moment, passages in ((second, numbered[1:]), (first, numbered[:2]))
    ]


def test_a_card_file_and_a_removed_text_leave_no_old_version(database: Database) -> None:
    _put(database, replace(_document("卡.toml"), kind="card"), _document("乙.md"))
    database.run_now(lambda uow: uow.documents.remove(["乙.md"]))
    _put(database, replace(_document("卡.toml", digest="d2"), kind="card"), _document("乙.md", digest="d2"))
    kept = database.read_now(lambda uow: [uow.documents.versions(source) for source in ("卡.toml", "乙.md")])
    assert kept == [[], []]


def test_what_the_operator_said_better_outlasts_every_import(database: Database) -> None:
    start = database.read_now(lambda uow: uow.documents.revision())
    _put(database, replace(_document("甲.md"), number="民发〔2021〕57号"))
    said = {"number": "民发〔2021〕58号", "expires": "2026-12-31", "region": ""}
    assert database.run_now(lambda uow: uow.documents.correct("甲.md", said)) == start + 2
    _put(database, replace(_document("甲.md", PASSAGES[:1], "d2"), number="民发〔2022〕9号", region="青岛"))

    def known(uow: UnitOfWork) -> tuple[StoredDocument, str]:
        (document,) = uow.documents.load(["甲.md"])
        assert uow.documents.all() == [(replace(document, passages=()), 1)]
        return replace(document, passages=()), uow.documents.states()["甲.md"]

    document, state = database.read_now(known)
    assert (document.number, document.expires, document.region) == (
        "民发〔2021〕58号",
        date(2026, 12, 31),
        "",
    )
    assert document.corrected == {"number": "民发〔2022〕9号", "region": "青岛", "expires": ""}
    database.run_now(lambda uow: uow.documents.correct("甲.md", {"number": None, "region": None}))
    document, later = database.read_now(known)
    assert (document.number, document.region, document.corrected) == (
        "民发〔2022〕9号",
        "青岛",
        {"expires": ""},
    )
    assert later != state
    assert len(database.read_now(lambda uow: uow.documents.versions("甲.md"))) == 1


def test_only_what_is_known_of_a_standing_document_is_corrected(database: Database) -> None:
    _put(database, _document("甲.md"))
    before = database.read_now(lambda uow: uow.documents.states())
    for source, said, refused in (
        ("没有.md", {"title": "好"}, NotFound),
        ("甲.md", {"digest": "好"}, KeyError),
        ("甲.md", {"issued": "去年"}, ValueError),
    ):
        with pytest.raises(refused):
            database.run_now(lambda uow, s=source, c=said: uow.documents.correct(s, c))  # type: ignore[misc]
    database.run_now(lambda uow: uow.documents.remove(["甲.md"]))
    with pytest.raises(NotFound):
        database.run_now(lambda uow: uow.documents.correct("甲.md", {"title": "好"}))
    _put(database, _document("甲.md"))
    assert database.read_now(lambda uow: uow.documents.states()) == before
