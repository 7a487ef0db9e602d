"""Words of the lists may not stand where others read them, however spaced; lists are read again when they change."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.moderation import NotHere, WordLists, bare

OURS = WordLists()


@pytest.mark.parametrize(
    ("text", "found"),
    {
        "家里困难，希望大家打 钱": "money",
        "转-账也行": "money",
        "收　款　码发群里": "money",
        "发个ＨＯＮＧ红。包": "money",
        "加 微 信 领鸡蛋": "advertising",
        "刷.单兼职": "advertising",
        "想要一台收音机": None,
        "想学微信转账": None,
        "教老人转账、发红包": "money",
        "教老人转账": None,
        "老人想学会发红包": None,
        "听一次防转账诈骗的课": None,
        "大家给我转点钱": "money",
        "大病户要钱治病": "money",
        "钱不够，能不能捐点": "money",
        "想找好心人资助": "money",
        "想借500块钱买种子": "money",
        "想借 两千 元周转": "money",
        "借我点钱看病": "money",
        "想借500块砖垒猪圈": None,
        "想要一台50元左右的收音机": None,
        "想要50元以内的收音机": None,
        "代办贷款 加微信": "advertising",
        "代办贷款，加我微信": "advertising",
        "想了解小额贷款政策": None,
        "想学加微信": None,
        "加微信群学种菜": None,
        "": None,
    }.items(),
)
def test_lists_we_ship(text: str, found: str | None) -> None:
    assert OURS.list_of(text) == found


def test_a_refusal_says_why_and_not_which_word() -> None:
    with pytest.raises(NotHere) as refused:
        OURS.admit("想要一双鞋", "大家打钱")
    assert "慈善法" in refused.value.sentence
    assert "打钱" not in refused.value.sentence
    OURS.admit("想要一双鞋", "")


@given(
    st.sampled_from(["募捐", "打钱", "收款码", "刷单"]),
    st.text(st.sampled_from(" 　.-·，。!★\n"), max_size=3),
    st.text("想要一双棉鞋给老人", max_size=6),
)
def test_marks_between_change_nothing(word: str, between: str, around: str) -> None:
    assert OURS.list_of(f"{around}{between.join(word)}{around}") is not None


@given(st.text(max_size=80))
def test_any_text_is_looked_at(text: str) -> None:
    assert OURS.list_of(text) in (None, "money", "advertising")
    assert bare(bare(text)) == bare(text)


def write(path: Path, text: str, *, later: int) -> None:
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(later, later))


def test_an_offices_lists_are_read_while_it_runs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "moderation"
    lists = WordLists(folder)
    assert lists.list_of("卖 保健 品") is None
    folder.mkdir()
    write(folder / "local.txt", "\ufeff# 本地\n保健品 # 卖药的\n！！！\n!不买保健品\n", later=10**18)
    assert lists.list_of("卖 保健 品") == "local"
    assert lists.list_of("不买保健品") is None
    assert lists.list_of("大家打钱") == "money"
    assert [record.message for record in caplog.records if "fault" in record.message] == ["moderation_fault"]
    write(folder / "money.txt", "# 我们这里另有办法\n", later=10**18 + 1)
    assert lists.list_of("大家打钱") is None
    (folder / "local.txt").write_bytes("保健品".encode("gbk"))
    assert lists.list_of("卖保健品") is None
    for path in folder.iterdir():
        path.unlink()
    assert (lists.list_of("卖保健品"), lists.list_of("大家打钱")) == (None, "money")


def test_words_of_an_unknown_list_are_refused_in_general_words(tmp_path: Path) -> None:
    write(tmp_path / "rude.txt", "坏话\n", later=10**18)
    with pytest.raises(NotHere) as refused:
        WordLists(tmp_path).admit("说坏话")
    assert (refused.value.list_name, refused.value.sentence) == ("rude", "这里不登这样的话，请换个说法再发。")
