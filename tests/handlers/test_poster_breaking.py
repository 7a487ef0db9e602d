"""Lines of the picture: nothing is lost, none is too wide, none begins with a closing mark."""

import re
import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from handlers.digests.poster.breaking import CLOSING, OPENING, broken

EVERYDAY = "早报心愿认领第一书记农历正月，。、；：？！（）《》“”〔〕…AZaz09@/.%+- \n　"
TEXTS = st.text(st.sampled_from(EVERYDAY), max_size=120)
WIDE = 10_000


def measure(text: str) -> float:
    """As a face does: a Chinese mark as wide as high, a Latin one half of it."""
    return sum(2.0 if unicodedata.east_asian_width(mark) in "WFA" else 1.0 for mark in text)


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def tight(text: str) -> bool:
    """Whether marks stand in such heaps that no line could be kept to the rule."""
    marks = CLOSING | OPENING
    return re.search(f"[{re.escape(''.join(marks))}]{{4}}", bare(text)) is not None


@given(TEXTS, st.integers(24, 60))
@example("（（（（（", 24)
@example("。。。。。。。。。。。。。。。。。。。。", 24)
def test_nothing_is_lost_and_no_line_is_too_wide(text: str, width: int) -> None:
    lines = broken(text, width, measure, most=WIDE)
    assert bare("".join(lines)) == bare(text)
    assert all(line == line.strip() and 0 < measure(line) <= width for line in lines)


@given(TEXTS.filter(lambda text: not tight(text)), st.integers(24, 60))
@example("他说：“先接下，再说。”（第十条）", 24)
def test_no_line_begins_with_a_closing_mark_or_ends_with_an_opening_one(text: str, width: int) -> None:
    words = re.sub(r"[A-Za-z0-9@/.,%+:-]+", "A1", text)
    words = re.sub(r"\s+(?=[" + re.escape("".join(CLOSING)) + "])", "", words.strip())
    lines = broken(words, width, measure, most=WIDE)
    assert [line for line in lines[1:] if line[0] in CLOSING] == []
    assert [line for line in lines[:-1] if line[-1] in OPENING] == []


@given(TEXTS, st.integers(8, 40), st.integers(1, 4))
def test_what_does_not_fit_is_cut_and_shown_to_be(text: str, width: int, most: int) -> None:
    whole = broken(text, width, measure, most=WIDE)
    lines = broken(text, width, measure, most=most)
    assert len(lines) == min(len(whole), most)
    assert all(measure(line) <= width for line in lines)
    if len(whole) > most:
        assert lines[: most - 1] == whole[: most - 1]
        assert lines[-1][-1] == "…"
        assert whole[most - 1].startswith(lines[-1][:-1])
    else:
        assert lines == whole


def test_words_and_figures_stay_whole() -> None:
    assert broken("参保缴费到2026-12-31截止", 22, measure, most=9) == ["参保缴费到2026-12-31", "截止"]
    assert broken("登录www.example.gov.cn查询", 19, measure, most=9) == ["登录", "www.example.gov.cn", "查询"]
    assert broken("a" * 45, 20, measure, most=9) == ["a" * 20, "a" * 20, "a" * 5]


def test_a_single_mark_does_not_end_a_paragraph_alone() -> None:
    assert broken("先接下再说归谁管。", 14, measure, most=9) == ["先接下再说归", "谁管。"]
    assert broken("先接下再说归谁", 12, measure, most=9) == ["先接下再说", "归谁"]


def test_spaces_are_places_to_break_and_stand_at_no_edge() -> None:
    assert broken("  健康 义诊\n周五　上午 ", 5, measure, most=9) == ["健康", "义诊", "周五", "上午"]
    assert broken("", 8, measure, most=9) == []
