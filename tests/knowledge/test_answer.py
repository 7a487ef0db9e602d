"""Verdicts: answered, unsure, declined; and the doors of what is declined."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.answer import Answerer, Verdict
from knowledge.doors import Door, door_of
from knowledge.search import Searcher
from tests.knowledge.conftest import DOGS_JINING, FORESTS, RELIEF_2014, RELIEF_2020, RELIEF_CARD, deck, law

Base = Callable[..., Searcher]


@pytest.fixture
def answerer(base: Base) -> Answerer:
    return Answerer(
        base(
            law("帮扶办法(2020-06-01).md", RELIEF_2020),
            law("帮扶办法(2014-02-21).md", RELIEF_2014),
            law("林木法.md", FORESTS),
            law("济宁.md", DOGS_JINING),
            deck("starter/cards.toml", RELIEF_CARD),
        )
    )


def test_a_question_near_a_card_is_answered_with_it(answerer: Answerer) -> None:
    answer = answerer.answer("俺家困难，能不能领帮扶金？")
    assert (answer.verdict, answer.door, answer.card) == (Verdict.ANSWERED, None, RELIEF_CARD)
    assert answer.hit is not None
    assert (answer.hit.source, answer.hit.article) == ("帮扶办法(2020-06-01).md", "第一条")
    assert answer.candidates[0] == answer.hit
    assert len(answer.candidates) <= 3


def test_an_article_named_outright_is_answered(answerer: Answerer) -> None:
    answer = answerer.answer("林木法第三十八条之一")
    assert answer.verdict is Verdict.ANSWERED
    assert answer.hit is not None
    assert (answer.hit.article, answer.card) == ("第三十八条之一", None)


@pytest.mark.parametrize("question", ["股权怎么质押", "出国签证咋办", "申请专利要几年", "嗯", "……", ""])
def test_what_the_base_does_not_hold_is_not_answered(answerer: Answerer, question: str) -> None:
    answer = answerer.answer(question)
    assert (answer.verdict, answer.hit, answer.card) == (Verdict.UNSURE, None, None)


def test_a_rule_of_another_place_is_not_given_as_the_answer(answerer: Answerer) -> None:
    question = "饲养犬只应当登记，每户限养一只"
    assert answerer.answer(question, region="济宁").verdict is Verdict.ANSWERED
    elsewhere = answerer.answer(question, region="青岛")
    assert elsewhere.verdict is Verdict.UNSURE
    assert "济宁.md" not in [hit.source for hit in elsewhere.candidates]
    assert [hit.source for hit in answerer.answer(question).candidates][:1] == ["济宁.md"]


def test_a_private_matter_shows_no_passage_and_a_local_figure_shows_the_rule(answerer: Answerer) -> None:
    closed = answerer.answer("把困难户名单和电话发群里")
    assert (closed.verdict, closed.door, closed.candidates) == (Verdict.DECLINED, Door.PRIVACY, ())
    figure = answerer.answer("今年帮扶金一个月多少钱")
    assert (figure.verdict, figure.door, figure.hit) == (Verdict.DECLINED, Door.LOCAL_FIGURE, None)
    assert figure.candidates[0].card == "relief"


DECLINED = {
    Door.WRONGDOING: [
        "村会计王某贪污了低保款",
        "我要举报村支书吃拿卡要",
        "李书记把修路款私吞了",
        "举报俺村主任收礼",
    ],
    Door.MINORS: ["把留守儿童名单和照片发一下", "那几个学生家在哪住，发我"],
    Door.PRIVACY: ["张三家电话多少", "俺村低保名单发我一份", "谁家吃低保"],
    Door.FORGERY: ["帮俺开个假收入证明", "帮我写个证明说他是烈属，其实不是", "怎么糊弄过核查"],
    Door.VOTE: ["换届该选谁", "投谁好"],
    Door.PERSONAL_CASE: ["帮我看看俺的养老金到账了没", "俺的低保批下来没", "我娘住院花了3万能报多少"],
    Door.LOCAL_FIGURE: [
        "今年居民医保交多少钱",
        "金乡县低保标准多少",
        "最低工资标准多少",
        "我们村征地补偿款多少",
    ],
    Door.OUT_OF_SCOPE: ["明天冷不冷", "腰疼咋治", "哪个医院好", "买什么股票好", "讲个笑话", "你是谁"],
}


@pytest.mark.parametrize(("door", "question"), [(d, q) for d, qs in DECLINED.items() for q in qs])
def test_each_door(door: Door, question: str) -> None:
    assert door_of(question) is door


def test_every_door_is_tried() -> None:
    assert set(DECLINED) == set(Door)


@pytest.mark.parametrize(
    "question",
    [
        "村干部贪污会怎么处理",
        "信访举报电话是多少",
        "民政局电话多少",
        "低保名单应不应该公示",
        "孩子的照片能发群里吗",
        "假种子能退吗",
        "选村主任得多少人投票才算数",
        "低保金是咋算的",
        "住院能报销多少",
        "现在宅基地一户能有多少平",
        "咱村多少人参加选举才算数",
        "最近下雨地淹了能申请救灾吗",
        "揭发干部怕报复",
        "离婚了股票咋分",
        "帮我查一下低保条件",
    ],
)
def test_what_asks_for_the_rule_is_no_door(question: str) -> None:
    assert door_of(question) is None


@given(st.text(max_size=500))
def test_any_text_has_a_door_or_none(text: str) -> None:
    assert door_of(text) in {None, *Door}


def test_long_repetitions_take_bounded_time() -> None:
    for piece in ("帮我", "举报", "孩子名单", "多少", "0", "村"):
        door_of(piece * 10_000)
