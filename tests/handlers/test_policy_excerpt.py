"""Long articles are cut to what was asked, never inside a sentence that fits and never inside 第…条."""

import re
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from handlers.policy.excerpt import GAP, excerpt

OPENING = "第三十九条　劳动者有下列情形之一的，用人单位可以解除劳动合同："
ITEMS = [
    "（一）在试用期间被证明不符合录用条件的；",
    "（二）严重违反用人单位的规章制度的；",
    "（三）严重失职，营私舞弊，给用人单位造成重大损害的；",
    "（四）被依法追究刑事责任的。",
]
FREE = "依照前款规定解除的，不付补偿。另有约定的，从其约定。"
LAW = "\n".join([OPENING, *ITEMS, FREE])


def speaks_of(*words: str) -> Callable[[str], float]:
    return lambda piece: sum(word in piece for word in words) / len(words)


def test_a_text_that_fits_is_left_as_it_is() -> None:
    assert excerpt(LAW, speaks_of("试用"), most=len(LAW)) == LAW


def test_the_item_that_answers_comes_with_the_sentence_that_opens_its_list() -> None:
    assert excerpt(LAW, speaks_of("失职"), most=70) == f"{OPENING}\n{GAP}\n{ITEMS[2]}{GAP}"


def test_pieces_stand_in_the_order_of_the_law() -> None:
    cut = excerpt(LAW, speaks_of("刑事", "试用"), most=80)
    assert cut == f"{OPENING}\n{ITEMS[0]}\n{GAP}\n{ITEMS[3]}{GAP}"


def test_a_sentence_in_the_middle_of_a_paragraph() -> None:
    text = "第一条　甲事。乙事照办。丙事不办。丁事另说。"
    assert excerpt(text, speaks_of("丙"), most=18) == f"第一条　甲事。{GAP}丙事不办。{GAP}"


def test_when_nothing_was_asked_for_the_beginning_is_shown() -> None:
    assert excerpt(LAW, lambda _: 0.0, most=len(OPENING) + len(ITEMS[0])) == f"{OPENING}\n{ITEMS[0]}{GAP}"


LINES = st.lists(
    st.text(alphabet="事依照第一百二十条规定办理（）。；，：", max_size=40), min_size=1, max_size=30
).map("\n".join)


@given(LINES, st.integers(20, 200))
def test_what_is_shown_is_bounded_and_every_piece_is_the_laws_own(text: str, most: int) -> None:
    cut = excerpt(text, speaks_of("规定", "百"), most)
    if len(text) <= most:
        assert cut == text
        return
    bare = re.sub(r"\s", "", text)
    pieces = [piece for piece in re.split(rf"{GAP}|\n", cut) if piece.strip()]
    assert all(re.sub(r"\s", "", piece) in bare for piece in pieces)
    assert len(re.sub(rf"{GAP}|\n", "", cut)) <= most


@given(st.text(alphabet="事照办的", min_size=0, max_size=300), st.integers(30, 120))
def test_an_article_is_never_parted_within_its_number(words: str, most: int) -> None:
    text = words + "依照第一百二十三条之一办" + words
    cut = excerpt(text, lambda _: 1.0, most)
    for piece in re.split(rf"{GAP}|\n", cut):
        assert not re.search(r"第[一二三百十]{1,6}$", piece)
