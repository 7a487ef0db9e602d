"""The ranking: trees against plain walking, tables that survive an import, what a search tells of itself."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.folding import title_key
from knowledge.lexicon import Lexicon
from knowledge.mark import Mark, article_ref, mark_of, named
from knowledge.question import Forms, understood
from knowledge.ranking.features import NAMES
from knowledge.ranking.learned import Bag, Learned
from knowledge.ranking.model import bag_lines, read_model, shipped_model, useful_lines
from knowledge.ranking.reasons import RESPECTS, gains
from knowledge.ranking.spelling import SPELLED, spelled
from knowledge.ranking.trees import LEAVES, Trees
from knowledge.search import Searcher
from knowledge.segment import Segmenter
from tests.knowledge.conftest import DOGS_JINING, FORESTS, RELIEF_2020, RELIEF_CARD, deck, law

Base = Callable[..., Searcher]
COLUMNS = 4
BAGS = (
    Bag("林木法", "第三十八条", "", 2, {"砍": 2, "树": 1, "证": 1}),
    Bag("帮扶办法", "第一条", "第一章 条件", 1, {"家里": 1, "困难": 1}),
    Bag("帮扶办法", "第二条", "第二章 附则", 1, {"哪天": 1, "施行": 1}),
)

leaf = st.floats(-2, 2, allow_nan=False)
limit = st.floats(-3, 3, allow_nan=False)
tree = st.recursive(
    leaf,
    lambda inner: st.tuples(st.integers(0, COLUMNS - 1), limit, inner, inner).map(list),
    max_leaves=LEAVES,
)


def walked(node: Any, row: list[float]) -> float:
    while isinstance(node, list):
        column, most, left, right = node
        node = left if row[column] <= most else right
    return float(node)


@given(
    trees=st.lists(tree, min_size=1, max_size=5),
    rows=st.lists(st.lists(st.floats(-4, 4), min_size=COLUMNS, max_size=COLUMNS), min_size=1, max_size=6),
)
def test_trees_give_what_walking_them_gives(trees: list[Any], rows: list[list[float]]) -> None:
    expected = [sum(walked(node, row) for node in trees) for row in rows]
    assert Trees.read(trees).scores(np.array(rows)).tolist() == pytest.approx(expected)


def test_a_limit_itself_goes_left() -> None:
    assert Trees.read([[0, 1.5, 10.0, 20.0]]).scores(np.array([[1.5], [1.6]])).tolist() == [10.0, 20.0]


def test_a_tree_of_too_many_leaves_is_refused() -> None:
    chain: Any = 0.0
    for _ in range(LEAVES):
        chain = [0, 0.0, chain, 1.0]
    with pytest.raises(ValueError, match="17 leaves"):
        Trees.read([chain])


def test_an_article_has_one_mark_in_every_import() -> None:
    dated, moved = law("甲/林木法(2019-12-28).md", FORESTS), law("乙/林木法.md", FORESTS)
    one, other = (mark_of(d, d.passages[0]) for d in (dated, moved))
    assert (one.law, one.chapter, one.ref, one.shape) == (other.law, other.chapter, other.ref, other.shape)
    assert one.file != other.file
    assert one.ref == article_ref(title_key("《中华人民共和国林木法》"), "第三十八条")
    assert (one.shape >> 32, one.shape & 0xFFFFFFFF) == (38, len(dated.passages[0].text))
    assert article_ref("民法典婚姻家庭", "第一千零六十七条") == article_ref("民法典", "第一千零六十七条")


def test_a_card_has_the_mark_of_the_article_it_cites() -> None:
    relief, cards = law("帮扶办法(2020-06-01).md", RELIEF_2020), deck("cards.toml", RELIEF_CARD)
    assert mark_of(cards, cards.passages[0]).ref == mark_of(relief, relief.passages[0]).ref


def test_every_mark_fits_its_field() -> None:
    document = law("林木法.md", FORESTS)
    assert all(0 <= value < 2**63 for passage in document.passages for value in mark_of(document, passage))
    assert set(Mark._fields) == {"file", "law", "chapter", "ref", "shape"}


def test_words_lead_to_the_article_they_led_to_before() -> None:
    learned = Learned(bags=BAGS)
    near = learned.near
    scores = near.scores(["砍", "树", "困难"])
    best = [article_ref("林木法", "第三十八条"), article_ref("帮扶办法", "第一条")]
    assert near.best(scores, 5).tolist() == best
    at, there = near.places(np.array([*best, named("别的")]))
    assert there.tolist() == [True, True, False]
    assert scores[at[0]] > scores[at[1]] > 0
    chapters = learned.in_chapter
    assert chapters.names[chapters.scores(["困难"]).argmax()] == named("帮扶办法", "第一章 条件")
    laws = learned.in_law
    assert dict(zip(laws.names.tolist(), np.expm1(laws.asked).round().tolist(), strict=True)) == {
        named("林木法"): 2.0,
        named("帮扶办法"): 2.0,
    }


def test_parts_of_a_code_that_name_one_article_are_one() -> None:
    bags = (
        Bag("民法典物权", "第二百四十条", "", 2, {"房": 2}),
        Bag("民法典", "第二百四十条", "", 1, {"房": 1}),
    )
    near = Learned(bags=bags).near
    assert (near.names.tolist(), np.expm1(near.asked).round().tolist()) == (
        [article_ref("民法典", "第二百四十条")],
        [3.0],
    )


def test_nothing_learned_gives_nothing() -> None:
    learned = Learned()
    for known in (learned.near, learned.in_chapter, learned.in_law):
        at, there = known.places(np.array([1, 2]))
        assert (len(known.scores(["低保"])), len(known.asked)) == (0, 0)
        assert (at.tolist(), there.tolist()) == ([0, 0], [False, False])


def test_tables_are_read_as_they_were_written() -> None:
    useful = {"证": 1.25, "啥": 0.3}
    model = read_model(
        "\n".join(useful_lines(useful)),
        "\n".join(bag_lines(BAGS)),
        {
            "features": ["number", "total"],
            "trees": [[0, 3.0, 1.0, 2.0]],
            "sure": {"bias": 0.0},
            "enough": 0.5,
            "enough_of_card": 0.6,
            "enough_alike": 0.4,
        },
    )
    assert model.learned.useful == useful
    assert sorted(model.learned.bags, key=str) == sorted(BAGS, key=str)
    row = np.zeros((1, len(NAMES)))
    row[0, NAMES.index("number")] = 4.0
    assert model.trees.scores(row).tolist() == [2.0]


def test_trees_for_a_feature_that_is_gone_are_refused() -> None:
    with pytest.raises(ValueError, match="weather"):
        read_model("", "", {"features": ["weather"], "trees": [], "sure": {}, "enough": 0.5})


def test_what_ships_is_tables_without_sentences() -> None:
    model = shipped_model()
    assert len(model.learned.bags) > 1000
    assert 0.5 < model.enough_alike < model.enough < model.enough_of_card < 0.9
    longest = max(len(word) for bag in model.learned.bags for word in bag.words)
    assert longest < 16
    assert all(list(bag.words) == sorted(bag.words) for bag in model.learned.bags)


def test_a_base_without_any_learned_law_is_ranked_too(base: Base) -> None:
    searcher = base(law("济宁.md", DOGS_JINING), law("林木法.md", FORESTS), deck("cards.toml", RELIEF_CARD))
    first = [
        searcher.search(q)[0] for q in ("养狗一户限几只", "采伐许可证由谁核发", "家里困难能不能领帮扶金")
    ]
    assert [(hit.source, hit.article) for hit in first] == [
        ("济宁.md", "第一条"),
        ("林木法.md", "第三十八条之一"),
        ("cards.toml", "第一条"),
    ]


def test_a_hit_explains_itself_when_asked(base: Base) -> None:
    searcher = base(law("林木法.md", FORESTS), deck("cards.toml", RELIEF_CARD))
    plain, told = (searcher.search("采伐许可证由谁核发", explain=explain) for explain in (False, True))
    assert [hit.explanation for hit in plain] == [()] * len(plain)
    assert [(h.source, h.article, h.score) for h in told] == [(h.source, h.article, h.score) for h in plain]
    reasons = dict(told[0].explanation)
    assert {"rank", "words", "share", "level"} <= set(reasons) <= {"rank", *NAMES}
    assert (reasons["share"], reasons["level"], reasons["number"]) == (1.0, 0.0, 38.0)
    assert {name for name, _ in told[0].gains} <= set(RESPECTS)
    assert [abs(gain) for _, gain in told[0].gains] == sorted(
        (abs(gain) for _, gain in told[0].gains), reverse=True
    )
    assert [hit.gains for hit in plain] == [()] * len(plain)
    ranks = [dict(hit.explanation)["rank"] for hit in told]
    assert ranks == sorted(ranks, reverse=True)


def test_a_gain_is_what_would_be_lost() -> None:
    """One tree on the card's likeness: the first row alone is above its limit."""
    trees = Trees.read([[NAMES.index("likeness"), 0.5, 0.25, 1.0]])
    matrix = np.zeros((3, len(NAMES)))
    matrix[0, NAMES.index("likeness")] = 0.9
    assert gains(trees, matrix, 0) == (("card", 0.75),)
    assert gains(trees, matrix, 1) == ()


def test_every_feature_that_tells_candidates_apart_belongs_to_one_respect() -> None:
    trees = Trees.read([[at, 0.5, 0.0, 1.0] for at in range(len(NAMES))])
    matrix = np.zeros((3, len(NAMES)))
    matrix[0] = 1.0
    of_question = {"near_best", "in_chapter_best"} | {n for n in NAMES if n.startswith("q_")}
    assert sum(gain for _, gain in gains(trees, matrix, 0)) == len(NAMES) - len(of_question)


@given(
    question=st.text(alphabet="采伐许可证林木ab1 ，。", max_size=30),
    texts=st.lists(st.text(alphabet="采伐许可证林木申请。；\n\x00😀ab1", max_size=40), max_size=5),
)
def test_characters_and_pairs_are_those_that_stand_there(
    question: str, texts: list[str], segmenter: Segmenter, lexicon: Lexicon
) -> None:
    asked = understood(question, lexicon, segmenter)
    told = spelled(asked, texts, lambda _: 1.0, lambda _, __: 1.0)
    assert told.keys() == set(SPELLED)
    chars = [char for char in asked.characters if len(char) == 1]
    pairs = [pair for pair in asked.pairs if len(pair) == 2]
    for at, text in enumerate(texts):
        lines = re.split("[。；\n]", text)
        expected = {
            "chars_share": sum(char in text for char in chars) / (len(chars) or 1),
            "pairs_share": sum(pair in text for pair in pairs) / (len(pairs) or 1),
            "pairs_told": sum(pair in text for pair in pairs) / (len(pairs) or 1),
            "line": max(sum(pair in line for pair in pairs) for line in lines) / (len(pairs) or 1),
        }
        assert {name: told[name][at] for name in expected} == pytest.approx(expected)
        runs = [
            n
            for n in range(1, len(text))
            if any(all(text[i + k : i + k + 2] in pairs for k in range(n)) for i in range(len(text) - n))
        ]
        assert told["run"][at] == max(runs, default=0)


TEXTS = st.lists(st.text(alphabet="采伐许可证林木申请", max_size=12), max_size=6)


@given(texts=TEXTS, titles=TEXTS)
def test_shares_are_those_of_each_text(
    texts: list[str], titles: list[str], segmenter: Segmenter, lexicon: Lexicon
) -> None:
    asked = understood("俺砍树办啥采伐许可证", lexicon, segmenter)
    each = [asked.share_in(text) for text in (*texts, *titles)]
    assert asked.shares_in(texts, titles).tolist() == pytest.approx(each)


@given(texts=st.lists(st.text(alphabet="采伐许可证林木申请砍树办啥俺", max_size=12), max_size=8))
def test_the_nearest_form_is_found_without_comparing_all(
    texts: list[str], segmenter: Segmenter, lexicon: Lexicon
) -> None:
    asked, *known = (understood(each, lexicon, segmenter) for each in ("俺砍树办啥采伐许可证", *texts))
    each = [asked.likeness(form) for form in known]
    assert Forms(known).likeness(asked) == max(each, default=0.0)


def test_a_few_characters_in_common_are_no_hit(base: Base) -> None:
    searcher = base(law("林木法.md", FORESTS), law("济宁.md", DOGS_JINING))
    assert [searcher.search(question) for question in ("退订吧", "请您定一个")] == [[], []]


def test_the_same_question_is_ranked_the_same_again(base: Base) -> None:
    documents = (law("林木法.md", FORESTS), law("帮扶办法(2020-06-01).md", RELIEF_2020))
    runs = [
        [(hit.source, hit.article, hit.score) for hit in base(*documents).search("申请要啥条件", top=20)]
        for _ in range(2)
    ]
    assert runs[0] == runs[1] != []
