"""From words to values: what people write is read, and what cannot be read is `BadInput` and nothing else."""

import doctest
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat import converters
from bot.chat.converters import Converter, Number, OneWord, Rest, Word, _Choice, converter_for, readable
from bot.chat.errors import BadInput


class Verdict(StrEnum):
    PASS = "通过"
    RETURN = "退回"


CHOICE = _Choice(Verdict)
ALL: dict[str, Converter] = {"number": Number, "rest": Rest, "word": Word, "choice": CHOICE}
anything = st.text(alphabet=st.characters(codec=None), max_size=80)


def test_doctests() -> None:
    assert doctest.testmod(converters).attempted > 0
    assert doctest.testmod(converters).failed == 0


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("12", (12, "")),
        ("  １２ 已送到", (12, "已送到")),
        ("#12", (12, "")),
        ("＃ 12", None),
        ("第12号 送到", (12, "送到")),
        ("十二", (12, "")),
        ("两个 送到", (2, "送到")),
        ("12，已送到", (12, "已送到")),
        ("12。", (12, "")),
        ("0012", (12, "")),
        ("999999999", (999_999_999, "")),
        ("9999999999", None),
        ("2.5", None),
        ("1,000", None),
        ("-1", None),
        ("12a", None),
        ("12楼送到", None),
        ("三轮车", None),
        ("½", None),
        ("²", None),
        ("十二" * 400, None),
    ],
)
def test_number_as_people_write_it(words: str, read: tuple[int, str] | None) -> None:
    if read is None:
        with pytest.raises(BadInput):
            Number.read(words, "编号")
    else:
        assert Number.read(words, "编号") == read


def test_choice_is_read_with_a_mark_after_it() -> None:
    assert CHOICE.read("通过。 好", "结果") == (Verdict.PASS, "好")


@pytest.mark.parametrize(
    ("hint", "converter"),
    [
        (int, Number),
        (str, Rest),
        (OneWord, Word),
        (Verdict, CHOICE),
        (bytes, None),
        (float, None),
        (list[int], None),
        (None, None),
    ],
)
def test_converter_of_a_type(hint: Any, converter: Converter | None) -> None:
    assert converter_for(hint) == converter


@pytest.mark.parametrize("name", ALL)
@given(words=anything)
def test_reading_gives_a_value_or_bad_input_with_a_sentence(name: str, words: str) -> None:
    converter = ALL[name]
    try:
        value, left = converter.read(words, "词")
    except BadInput as error:
        assert error.sentence.endswith("。")
    else:
        assert value is not None
        assert len(left) < len(words)
        assert left == "" or not converter.greedy


@given(st.integers(min_value=0, max_value=999_999_999), st.sampled_from(["", " ", "　", "#", "＃", "第"]))
def test_every_number_is_read_in_either_width(number: int, before: str) -> None:
    full_width = str(number).translate({ord("0") + digit: ord("０") + digit for digit in range(10)})
    assert (
        Number.read(f"{before}{number} 好", "编号")
        == Number.read(f"{before}{full_width} 好", "编号")
        == (number, "好")
    )


@given(anything)
def test_readable_text_can_be_kept_and_read_again(text: str) -> None:
    kept = readable(text)
    assert kept.encode("utf-8").decode("utf-8") == kept
    assert "\x00" not in kept
    assert "\u202e" not in kept
    assert readable(kept) == kept


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S"]), max_size=40))
def test_what_can_be_seen_is_left_as_it_was_written(text: str) -> None:
    assert readable(text) == text
