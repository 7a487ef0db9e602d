"""The word tables we ship, and how they are read."""

from pathlib import Path

import pytest

from knowledge.errors import BadLexicon
from knowledge.lexicon import Lexicon, shipped_lexicon
from knowledge.question import LONGEST, understood
from knowledge.segment import Segmenter


def test_the_shipped_tables_are_sound(lexicon: Lexicon) -> None:
    assert len(lexicon.colloquial) > 1000
    assert len(lexicon.abbreviations) > 40
    assert [said for said in lexicon.colloquial if len(said) > 12] == []
    assert not lexicon.neutral & set(lexicon.colloquial)


def test_the_longest_colloquial_word_is_heard(lexicon: Lexicon) -> None:
    heard = dict(lexicon.spoken("俺爹是低保户，欠工钱咋办"))
    assert set(heard) == {"爹", "低保户", "欠工钱"}
    assert "最低生活保障家庭" in heard["低保户"]


def test_an_operator_may_add_lines(tmp_path: Path) -> None:
    (tmp_path / "colloquial.txt").write_text("﻿# 本县土话\n拉呱 = 谈话　走访  # 说明\n", encoding="utf-8")
    assert shipped_lexicon(tmp_path).colloquial["拉呱"] == ("谈话", "走访")


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "abbreviations.txt").write_text("村组法 村民委员会组织法\n", encoding="utf-8")
    with pytest.raises(BadLexicon, match=r"abbreviations\.txt 第1行写法不对，应当是“左边 = 右边”。"):
        shipped_lexicon(tmp_path)


def test_places_know_what_they_lie_in(lexicon: Lexicon) -> None:
    assert lexicon.places["金乡"] == ("济宁", "山东")
    assert lexicon.within("山东/济宁市/金乡县") == {"山东", "济宁", "金乡"}
    assert lexicon.within("济宁市") == {"济宁", "山东"}
    assert lexicon.within("") == frozenset()
    assert lexicon.region_of("山东济宁一户能养几只狗") == "济宁"
    assert lexicon.region_of("一户能养几只狗") is None


def test_a_question_is_taken_apart(lexicon: Lexicon, segmenter: Segmenter) -> None:
    asked = understood("俺家吃低保，要带啥材料？", lexicon, segmenter)
    assert [matter.said for matter in asked.matters] == ["吃低保", "材料"]
    assert asked.share_in("申请最低生活保障应当提交材料") == 1.0
    assert 0 < asked.share_in("提交材料") < 0.7
    assert asked.share_in("采伐林木") == 0.0


def test_only_the_beginning_of_a_long_question_is_read(lexicon: Lexicon, segmenter: Segmenter) -> None:
    many = "".join(chr(0x4E00 + n) for n in range(20_000))
    asked = understood(many, lexicon, segmenter)
    assert len(asked.text) == LONGEST
    assert len(asked.words) + len(asked.pairs) <= 288
