"""From a question to articles: versions, places, articles named outright, cards, and hostile words."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge.index import Index
from knowledge.lexicon import Lexicon
from knowledge.search import Searcher
from knowledge.segment import Segmenter
from tests.knowledge.conftest import (
    DOGS_JINING,
    DOGS_QINGDAO,
    FORESTS,
    LOOSE_CARD,
    OLD_SUBSIDY,
    RELIEF_2014,
    RELIEF_2020,
    RELIEF_CARD,
    deck,
    law,
)

Base = Callable[..., Searcher]
NEW, OLD = "帮扶办法(2020-06-01).md", "帮扶办法(2014-02-21).md"
Found = list[tuple[str, str | None, str | None]]


def found(searcher: Searcher, question: str, **options: object) -> Found:
    hits = searcher.search(question, **options)  # type: ignore[arg-type]
    return [(hit.source, hit.article, hit.card) for hit in hits]


@pytest.fixture
def whole(base: Base) -> Searcher:
    return base(
        law(NEW, RELIEF_2020),
        law(OLD, RELIEF_2014),
        law("困难户补助规定.md", OLD_SUBSIDY),
        law("林木法.md", FORESTS),
        law("济宁.md", DOGS_JINING),
        law("青岛.md", DOGS_QINGDAO),
        deck("starter/cards.toml", RELIEF_CARD, LOOSE_CARD),
    )


def test_only_what_holds_is_found(whole: Searcher) -> None:
    sources = {source for source, _, _ in found(whole, "困难家庭申请补助")}
    assert NEW in sources
    assert sources.isdisjoint({OLD, "困难户补助规定.md"})


def test_on_an_earlier_day_the_earlier_version_holds(whole: Searcher) -> None:
    hits = whole.search("家庭困难申请帮扶金", on=date(2019, 1, 1), top=20)
    assert (OLD, "第一条", False) in {(h.source, h.article, h.superseded) for h in hits}
    assert NEW not in {h.source for h in hits if not h.card}


def test_an_old_version_is_shown_when_there_is_nothing_else(base: Base) -> None:
    searcher = base(law(NEW, RELIEF_2020), law(OLD, RELIEF_2014.replace("帮扶金", "柴火")))
    assert [(h.source, h.superseded) for h in searcher.search("柴火")] == [(OLD, True)]


def test_rules_of_the_asked_place_come_first(whole: Searcher) -> None:
    assert found(whole, "养狗一户限几只", region="青岛市", top=1) == [("青岛.md", "第一条", None)]
    assert found(whole, "养狗一户限几只", region="山东/济宁/金乡", top=1) == [("济宁.md", "第一条", None)]
    assert found(whole, "济宁养狗一户限几只", region="青岛", top=1) == [("济宁.md", "第一条", None)]
    hits = whole.search("养狗一户限几只", region="青岛", top=20)
    assert {h.source: h.elsewhere for h in hits}.get("青岛.md") is False
    assert "济宁.md" not in {h.source for h in hits}
    named = whole.search("《济宁市养犬规定》限养几只", region="山东/济宁")
    assert named[0].source == "济宁.md"


@pytest.mark.parametrize(
    "question",
    [
        "《中华人民共和国林木法》第三十八条",
        "林木法38条",
        "请问林木法第３８条咋规定的",
        "林木法 第 38 条",
        "林木法的第三十八条",
    ],
)
def test_an_article_named_outright_comes_first(whole: Searcher, question: str) -> None:
    hit = whole.search(question)[0]
    assert (hit.source, hit.article, hit.score, hit.exact) == ("林木法.md", "第三十八条", 1.0, True)


def test_an_inserted_article_and_the_newest_version_are_looked_up(whole: Searcher) -> None:
    assert found(whole, "林木法38条之一", top=1) == [("林木法.md", "第三十八条之一", None)]
    hit = whole.article("帮扶办法", "第一条")
    assert hit is not None
    assert (hit.source, hit.issued, hit.effective) == (NEW, date(2020, 6, 1), date(2020, 7, 1))
    assert whole.article("帮扶办法", "第九十九条") is None
    assert whole.article("没有的法", "第一条") is None


def test_a_card_is_a_hit_on_the_article_it_cites(whole: Searcher) -> None:
    hits = [
        hit for hit in whole.search("家里困难能领帮扶金不") if hit.source == NEW and hit.article == "第一条"
    ]
    assert [(h.document, h.card) for h in hits] == [("帮扶办法", "relief")]
    assert hits[0].text.startswith("第一条 家庭人均收入低于标准")
    assert hits[0].plain == RELIEF_CARD
    assert whole.search("家里困难能领帮扶金不")[0] == hits[0]


def test_a_card_without_its_law_stands_for_itself(whole: Searcher, base: Base) -> None:
    hit = whole.search("农村党员党费交多少")[0]
    assert (hit.document, hit.article, hit.source, hit.card) == (
        "党费规定",
        "第六条",
        "starter/cards.toml",
        "fee",
    )
    alone = base(deck("starter/cards.toml", RELIEF_CARD)).search("帮扶金要啥条件")[0]
    assert (alone.document, alone.source, alone.text) == (
        "帮扶办法",
        "starter/cards.toml",
        RELIEF_CARD.answer,
    )


def test_a_passage_can_be_fetched_again_by_its_id(whole: Searcher) -> None:
    hit = whole.search("采伐许可证由谁核发")[0]
    again = whole.passage(hit.passage_id)
    assert again is not None
    assert (again.source, again.article, again.text) == (hit.source, hit.article, hit.text)
    assert whole.passage("ffffffffff") is None


def test_scores_fall_and_an_article_comes_once(whole: Searcher) -> None:
    hits = whole.search("困难家庭申请帮扶金到哪个乡镇", top=50)
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    places = [(h.source, h.article) for h in hits]
    assert len(places) == len(set(places)) > 1


@pytest.mark.parametrize(
    "question",
    [
        "",
        " \n\u3000",
        "😀" * 9000,
        'AND OR NOT ( ) [a TO b] field:x^2 ~ * ? \\ "',
        "words:帮扶 bigrams:* role:meta",
        "\u202e\u200f帮扶\u200b金\u0000",
        "帮扶金" * 7000,
        "".join(chr(0x4E00 + n) for n in range(20_000)),
        "]]><script>",
        "第" * 20_000 + "条",
        "《" * 10_000 + "》" * 10_000,
    ],
)
def test_hostile_questions_are_only_words(whole: Searcher, question: str) -> None:
    hits = whole.search(question, top=5)
    assert all(hit.source not in {OLD, "困难户补助规定.md"} for hit in hits)
    assert ("帮扶" not in question) or hits


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(question=st.text(max_size=200))
def test_any_question_is_answered_with_hits_or_none(whole: Searcher, question: str) -> None:
    assert len(whole.search(question, top=3)) <= 3


def test_an_empty_base_finds_nothing(base: Base, segmenter: Segmenter, lexicon: Lexicon) -> None:
    assert base().search("低保") == []
    never_filled = Searcher(Index.open(None, segmenter), lexicon)
    never_filled.warm()
    assert never_filled.search("住房公积金怎么提取，离婚财产怎么分") == []
