"""Which local amount a question asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.figures import asked_figures, asks_only_for
from knowledge.lexicon import Lexicon


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("今年低保一个月多少钱", ("低保标准",)),
        ("低保户的医保交多少", ("居民医保个人缴费",)),
        ("居民医保报几成", ("居民医保报销比例",)),
        ("八十岁老人一个月给多少", ("高龄津贴",)),
        ("孤儿一个月给几百", ("孤儿基本生活费",)),
        ("种地补贴一亩多少", ("耕地地力保护补贴",)),
        ("低保怎么申请", ()),
        ("路灯修一盏多少钱", ()),
        ("", ()),
    ],
)
def test_the_amount_named_last_is_asked_for(lexicon: Lexicon, question: str, asked: tuple[str, ...]) -> None:
    assert asked_figures(question, lexicon) == asked


@pytest.mark.parametrize(
    "question",
    [
        "今年低保一个月多少钱",
        "金山县低保标准是多少",
        "金山农村低保一年给多少",
        "孤儿一个月能领多少",
        "俺村高龄津贴一个月给多少钱",
        "八十多的老人高龄津贴多少",
        "低保户的医保交多少",
        "种地补贴一亩多少钱",
    ],
)
def test_a_question_for_the_amount_alone(lexicon: Lexicon, question: str) -> None:
    assert asks_only_for(question, lexicon, ("金山县", "金山"))


@pytest.mark.parametrize(
    "question",
    [
        "低保户孩子上学收费标准是啥",
        "今年低保户看病交多少钱",
        "残疾人买三轮车多少钱",
        "低保超过标准咋退",
        "特困老人住院护工费多少",
    ],
)
def test_a_question_for_something_else_of_theirs(lexicon: Lexicon, question: str) -> None:
    assert not asks_only_for(question, lexicon, ("金山县", "金山"))


@given(st.text(max_size=400))
def test_any_question_asks_for_amounts_of_the_table(text: str) -> None:
    lexicon = Lexicon({}, frozenset(), {}, {}, {}, {"甲": ("低保",), "乙": ("养老金",)})
    assert set(asked_figures(f"{text}低保多少", lexicon)) <= {"甲", "乙"}
