"""Numerals, article names and titles: many spellings, one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.folding import article_name, fold, number, numeral, title_key


@given(st.integers(0, 99_999))
def test_a_number_written_as_laws_do_reads_back(value: int) -> None:
    assert number(numeral(value)) == value


@given(st.integers(1, 9_999), st.integers(1, 99) | st.none())
def test_an_article_has_one_name_however_it_is_typed(main: int, sub: int | None) -> None:
    chinese = f"第{numeral(main)}条" + (f"之{numeral(sub)}" if sub else "")
    digits = f"{main}条" + (f"之{sub}" if sub else "")
    wide = digits.translate({ord("0") + d: ord("０") + d for d in range(10)})
    spaced = digits.replace("条", " 条 ").strip()
    assert {article_name(t) for t in (chinese, digits, wide, spaced, f"第{digits}")} == {chinese}


@pytest.mark.parametrize(
    "text", ["", "第条", "条例", "第x条", "第九十九", "一二三四五六七八九十一二条", "第九条款", "9" * 50]
)
def test_what_is_no_article_has_no_name_or_a_sound_one(text: str) -> None:
    assert article_name(text) == ("第九十九条" if text == "第九十九" else None)


@given(st.text(max_size=80))
def test_folding_settles_at_once_and_shows_no_invisible_mark(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert not set(folded) & set("\u200b\u200f\u202e\ufeff\0")


@given(st.text(max_size=80))
def test_a_title_key_is_its_own_key_or_shorter(title: str) -> None:
    key = title_key(title)
    assert all(c.isalnum() for c in key)
    assert len(title_key(key)) <= len(key)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("中华人民共和国劳动合同法", "《劳动合同法》"),
        ("中华人民共和国民法典（婚姻家庭编）", "民法典婚姻家庭编"),
        ("民法典（总则编）", "民法典 总则"),
        ("山东省实施《中华人民共和国村民委员会组织法》办法", "山东省实施村民委员会组织法办法"),
        ("殡葬管理条例（2012修正）", "殡葬管理条例(2012-11-09)"),
        ("婚姻登记条例（2025修订，国务院令第804号）", "婚姻登记条例"),
    ],
)
def test_titles_that_name_one_law_share_a_key(one: str, other: str) -> None:
    assert title_key(one) == title_key(other)


def test_titles_of_different_laws_do_not_share_a_key() -> None:
    names = [
        "劳动法",
        "劳动合同法",
        "劳动合同法实施条例",
        "工作条例（试行）",
        "工作条例",
        "民法典总则",
        "民法典物权编",
    ]
    assert len({title_key(name) for name in names}) == len(names)
