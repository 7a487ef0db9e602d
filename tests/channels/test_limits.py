"""Cutting answers to a platform's bytes: nothing lost, nothing parted that belongs together."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.limits import SMALLEST, render, shortened, split_bytes
from bot.chat.reply import Text

MARK = re.compile(r"^\((\d+)/(\d+)\) ")
ARTICLE = re.compile(r"第[一二三十百0-9]+条")

words = st.sampled_from(
    [
        "年满六十周岁可以领取",
        "先到村委会登记",
        "第一百二十三条",
        "第12条",
        "《城乡居民基本养老保险办法》",
        "《关于实施〈办法〉的通知》",
        "，",
        "。",
        "；",
        "\n",
        "\n\n",
        " ",
        "”",
        "👨‍👩‍👧",
        "🇨🇳",
        "❤️",
        "👍🏽",
        "e\u0301",
        "1️⃣",
        "𠮷",
        "0537-2311234",
        "https://example.org/a?b=1",
        "abc",
    ]
)
prose = st.lists(words, max_size=120).map("".join)
limits = st.integers(SMALLEST, 400)
texts = st.builds(Text, prose, st.sampled_from(["", "《城乡居民基本养老保险办法》第十二条", "无"]))


def visible(text: str) -> str:
    return "".join(text.split())


def unmarked(parts: Sequence[str]) -> list[str]:
    return [MARK.sub("", part) for part in parts]


def test_a_short_text_stays_as_it_is() -> None:
    assert split_bytes("可以领取。\n去村委会。", 64) == ["可以领取。\n去村委会。"]


@pytest.mark.parametrize("blank", ["", " \n", "\u3000"])
def test_a_blank_text_has_no_parts(blank: str) -> None:
    assert split_bytes(blank, 64) == []


def test_lines_are_cut_before_sentences_and_sentences_before_clauses() -> None:
    assert split_bytes("一二三四五六七八九。一二三四\n五六七八九，十。甲乙丙丁", 66) == [
        "(1/2) 一二三四五六七八九。一二三四",
        "(2/2) 五六七八九，十。甲乙丙丁",
    ]
    assert split_bytes("一二三四五六七八九十，一二。三四，五六七八九十甲乙", 66) == [
        "(1/2) 一二三四五六七八九十，一二。",
        "(2/2) 三四，五六七八九十甲乙",
    ]
    assert split_bytes("一二三四五六七八九十，一二三四五六七八九十甲乙丙", 66) == [
        "(1/2) 一二三四五六七八九十，",
        "(2/2) 一二三四五六七八九十甲乙丙",
    ]


def test_a_closing_quote_stays_with_its_sentence() -> None:
    assert split_bytes("他说：“一二三四五六七八九十一二。”然后一二三四五六七八九", 72) == [
        "(1/2) 他说：“一二三四五六七八九十一二。”",
        "(2/2) 然后一二三四五六七八九",
    ]


def test_a_closing_quote_that_does_not_fit_takes_its_sentence_along() -> None:
    assert split_bytes("一二三四五六七八九。“一二三四五六七。”然后一二三", 64) == [
        "(1/2) 一二三四五六七八九。",
        "(2/2) “一二三四五六七。”然后一二三",
    ]


def test_each_message_has_one_mark_even_when_two_would_fit() -> None:
    messages = split_bytes("一二三四五六七八九，第一百二十条《城乡居民基本养老保险办法》", 64)
    assert messages == [
        "(1/3) 一二三四五六七八九，",
        "(2/3) 第一百二十条",
        "(3/3) 《城乡居民基本养老保险办法》",
    ]
    assert render([Text(message) for message in messages], 64) == messages


def test_ten_parts_leave_room_for_the_longer_mark() -> None:
    parts = split_bytes("甲" * 190, 64)
    assert [len(part.encode()) for part in parts] == [61] * 9 + [62, 38]
    assert parts[9] == "(10/11) " + "甲" * 18


def test_what_alone_is_over_the_limit_is_cut_between_characters() -> None:
    assert unmarked(split_bytes("《" + "长" * 40 + "》", 64)) == [
        "《" + "长" * 18,
        "长" * 19,
        "长" * 3 + "》",
    ]
    family = "👨‍👩‍👧‍👦"
    assert unmarked(split_bytes(family * 4, 64)) == [family * 2, family * 2]
    assert "".join(unmarked(split_bytes("e" + "\u0301" * 100, 64))) == "e" + "\u0301" * 100


@given(prose, limits)
def test_every_part_fits_and_nothing_visible_is_lost(text: str, limit: int) -> None:
    parts = split_bytes(text, limit)
    assert all(len(part.encode()) <= limit for part in parts)
    assert visible("".join(unmarked(parts) if len(parts) > 1 else parts)) == visible(text)
    if len(parts) > 1:
        marks = [match.groups() for part in parts if (match := MARK.match(part))]
        assert marks == [(str(number), str(len(parts))) for number in range(1, len(parts) + 1)]


@given(st.text(max_size=300), limits)
def test_any_text_at_all_is_cut_without_loss(text: str, limit: int) -> None:
    parts = split_bytes(text, limit)
    assert all(len(part.encode()) <= limit for part in parts)
    assert visible("".join(unmarked(parts) if len(parts) > 1 else parts)) == visible(text)


@given(prose, limits)
def test_no_article_number_title_emoji_or_number_is_parted(text: str, limit: int) -> None:
    found = "\x00".join(unmarked(split_bytes(text, limit)))
    patterns = (
        ARTICLE,
        re.compile("《城乡[^》]*》"),
        re.compile("👨‍👩‍👧|❤️|👍🏽|1️⃣|e\u0301"),
        re.compile("0537-2311234"),
    )
    for pattern in patterns:
        assert pattern.findall(found) == pattern.findall(text)


@given(st.lists(texts, max_size=5), limits)
def test_rendering_is_complete_within_the_limit_and_stable(parts: list[Text], limit: int) -> None:
    messages = render(parts, limit)
    assert all(0 < len(message.encode()) <= limit for message in messages)
    said = visible("".join(part.plain() for part in parts))
    assert visible(re.sub(r"\(\d+/\d+\) ", "", "".join(messages))) == said
    assert render([Text(message) for message in messages], limit) == messages


@given(prose, st.integers(200, 400))
def test_a_citation_comes_with_the_end_of_its_answer(text: str, limit: int) -> None:
    citation = "《社会救助暂行办法》第十二条"
    *_, last = render([Text(f"{text}所以可以领取。", citation)], limit)
    assert re.search(rf"[^\s]\n{citation}$", MARK.sub("", last))
    assert last.removesuffix(citation).rstrip()[-1] == "。"


def test_a_citation_takes_the_last_sentence_with_it() -> None:
    text = "一二三四五六七八九十一二三四五六。先到村委会登记。可以领取。"
    assert render([Text(text, "《社会救助暂行办法》第十二条")], 100) == [
        "(1/2) 一二三四五六七八九十一二三四五六。",
        "(2/2) 先到村委会登记。可以领取。\n《社会救助暂行办法》第十二条",
    ]


def test_parts_are_packed_while_they_fit() -> None:
    parts = [Text("可以领取。", "《办法》第三条"), Text("本机器人只记您的账号。"), Text("甲" * 15)]
    assert render(parts, 100) == ["可以领取。\n《办法》第三条\n\n本机器人只记您的账号。", "甲" * 15]
    assert render(parts, 200) == ["可以领取。\n《办法》第三条\n\n本机器人只记您的账号。\n\n" + "甲" * 15]


def test_a_limit_too_small_to_split_for_is_refused() -> None:
    with pytest.raises(ValueError):
        split_bytes("x", SMALLEST - 1)


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(8, 64))
def test_what_is_shortened_fits_and_says_so(text: str, limit: int) -> None:
    short = shortened(text, limit)
    assert len(short.encode()) <= limit
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))
