"""What changed between two versions, article by article."""

from hypothesis import given
from hypothesis import strategies as st

from knowledge.comparison import Change, Numbered, changes

OLD: list[Numbered] = [("第一条", "", "甲"), ("第二条", "", "三日内办结。"), (None, "附则 > 其他", "旧")]
NEW: list[Numbered] = [("第一条", "", "甲"), ("第二条", "", "五日内办结。"), ("第三条", "", "新")]


def test_changed_new_and_gone() -> None:
    assert list(changes(OLD, NEW)) == [
        Change("第二条", "三日内办结。", "五日内办结。"), Change("第三条", None, "新"), Change("其他", "旧", None),
    ]  # fmt: skip
    assert next(changes(OLD, NEW)).marked() == "【-三】【+五】日内办结。"


def test_articles_of_one_number_are_told_apart() -> None:
    twice: list[Numbered] = [("第一条", "", "甲"), ("第一条", "", "乙")]
    assert list(changes(twice, twice[:1])) == [Change("第一条（2）", "乙", None)]


PASSAGES = st.lists(
    st.tuples(st.none() | st.sampled_from(["第一条", "第二条"]), st.just("节"), st.text(max_size=5))
)


@given(PASSAGES, PASSAGES)
def test_a_text_does_not_differ_from_itself_and_every_difference_is_told(
    old: list[Numbered], new: list[Numbered]
) -> None:
    assert list(changes(old, old)) == []
    same = [(article, text.strip()) for article, _, text in old] == [(a, text.strip()) for a, _, text in new]
    assert not same or list(changes(old, new)) == []
