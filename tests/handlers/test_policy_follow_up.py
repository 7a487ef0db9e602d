"""Follow-ups: which words lean on the question before, and what they are answered with."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.policy.follow_up import Aspect, Lean, Taken, lean, take
from handlers.policy.phrases import replied
from handlers.policy.use_cases import Noted
from knowledge.answer import Answer, Verdict
from knowledge.passage import Card
from knowledge.search import Hit

CARD = Card(
    "c", "低保申请", ("低保怎么申请",), "写申请交到镇街，不收费用。会入户看。",
    where="镇街窗口", bring="身份证、户口本", law="某某办法", article="第三条",
)  # fmt: skip
HIT = Hit(
    document="某某办法", article="第三条", source="a.md", passage_id="p1", score=0.9, text="第三条　可以。",
    heading="", issued=date(2025, 3, 1), effective=None, expires=None, region="", plain=CARD,
)  # fmt: skip
LAST = Answer(Verdict.ANSWERED, hit=HIT, candidates=(HIT,))
CITED = "依据：《某某办法》第三条（2025年3月1日公布）"
BEFORE = "低保怎么申请"


def answer(question: str) -> Answer:
    """A base that knows one thing."""
    return LAST if question.startswith(BEFORE) else Answer(Verdict.UNSURE)


@pytest.mark.parametrize(
    ("said", "aspect"),
    [
        ("那要带啥材料？", Aspect.BRING), ("要什么手续", Aspect.BRING), ("都需要准备哪些证件呀", Aspect.BRING),
        ("带啥", Aspect.BRING), ("去哪办", Aspect.WHERE), ("在哪儿申请呢", Aspect.WHERE), ("找谁", Aspect.WHERE),
        ("那到哪里交？", Aspect.WHERE), ("要几天", Aspect.TAKES), ("得多久能批下来", Aspect.TAKES),
        ("大概几个工作日", Aspect.TAKES), ("啥时候能办好", Aspect.TAKES), ("多少钱", Aspect.COST),
        ("那要钱不", Aspect.COST), ("收费吗", Aspect.COST), ("是免费的吗", Aspect.COST),
    ],
)  # fmt: skip
def test_words_for_one_line_of_a_card(said: str, aspect: Aspect) -> None:
    found = lean(said)
    assert found is not None
    assert found.aspect is aspect


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("那外地的呢？", "外地的"), ("要是残疾人咋办", "残疾人"), ("外地户口也能办吗", "外地户口"),
        ("换成老人呢", "老人"), ("那如果是孤儿的话呢", "孤儿"),
    ],
)  # fmt: skip
def test_words_for_another_case(said: str, words: str) -> None:
    assert lean(said) == Lean(None, words)


@pytest.mark.parametrize(
    "said",
    [
     "低保去哪办", "高龄津贴要带什么材料", "医保一年多少钱", "拖欠工资咋办", "孩子上户口要几天", "谢谢", "",
     "村口的路灯坏了好几天没人来修呢",
    ],
)  # fmt: skip
def test_words_with_a_matter_of_their_own_stand_by_themselves(said: str) -> None:
    assert lean(said) is None


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("去哪办", "去哪办：镇街窗口"),
        ("要带啥", "带什么：身份证、户口本"),
        ("要钱吗", "多少钱：写申请交到镇街，不收费用。"),
    ],
)
def test_a_line_of_the_same_card_comes_with_the_same_citation(said: str, line: str) -> None:
    taken = take(answer, said, BEFORE)
    assert (taken.before, taken.stays) == (BEFORE, BEFORE)
    assert replied(Noted(taken)).plain() == f"接上一问“{BEFORE}”：\n{line}\n{CITED}"


def test_a_line_the_card_does_not_have_is_said_to_be_missing() -> None:
    taken = take(answer, "要几天", BEFORE)
    assert (taken.asked, taken.stays, taken.answer.verdict) == (f"{BEFORE} 要几天", BEFORE, Verdict.UNSURE)
    assert replied(Noted(taken)).plain().startswith(f"“{BEFORE}”这件事要几天，库里没有写。")


def test_another_case_the_same_answer_does_not_speak_of_is_no_answer() -> None:
    taken = take(answer, "那外地的呢", BEFORE)
    assert (taken.unsaid, taken.answer.verdict) == ("外地的", Verdict.UNSURE)
    assert take(answer, "那入户呢", BEFORE) == Taken(f"{BEFORE} 入户", LAST, BEFORE)


def test_another_case_is_said_to_be_missing_too_where_the_joined_question_is_not_sure() -> None:
    """And the next follow-up leans on the question that was answered."""
    unsure = Answer(Verdict.UNSURE, candidates=(HIT,))

    def sure_alone(question: str) -> Answer:
        return LAST if question == BEFORE else unsure

    taken = take(sure_alone, "那外地的呢", BEFORE)
    assert taken == Taken(f"{BEFORE} 外地的", unsure, BEFORE, unsaid="外地的")
    assert taken.stays == BEFORE
    assert replied(Noted(taken)).plain().startswith(f"上一问“{BEFORE}”，库里没有专门说“外地的”。")
    assert take(sure_alone, "那入户呢", BEFORE) == Taken(f"{BEFORE} 入户", unsure, BEFORE)


def test_without_a_question_before_it_asks_which_matter() -> None:
    taken = take(answer, "去哪办", None)
    assert (taken.vague, taken.stays, taken.answer.verdict) == (True, "", Verdict.UNSURE)
    assert replied(Noted(taken)).plain() == "您问的是哪件事？请连事情一起说，例如：低保去哪办。"
    assert take(answer, "那外地的呢", None) == Taken("那外地的呢", Answer(Verdict.UNSURE))


@given(st.text(max_size=40), st.none() | st.text(min_size=1, max_size=400))
def test_any_words_are_taken_somehow_and_the_joined_question_is_bounded(
    said: str, before: str | None
) -> None:
    taken = take(answer, said, before)
    assert len(taken.asked) <= max(len(said), 220, len(before or ""))
    assert replied(Noted(taken)).parts
