"""What a wish tells of illness, aid status, trouble at home and families is not in its public words."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.wishes.neutral import _tables, neutral
from handlers.wishes.neutral.families import unnamed
from handlers.wishes.neutral.phrases import HELP
from handlers.wishes.words import public, public_note
from storage.wishes import AgeBand
from tests.handlers.town import GROUP, Town

TABLES = _tables()
TOLD = [*TABLES.as_thing, *(word for word, instead in TABLES.named.items() if instead)]
"""Every word of the tables but those that stay."""


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("低保户想修房顶", "一户家庭想修房顶"),
        ("三户低保家庭想要春联", "三户家庭想要春联"),
        ("低保户王秀英，78岁，肢体残疾二级，想要一把轮椅", "一户家庭，60至79岁，想要一把轮椅"),
        ("五保老人想要棉被", "老人想要棉被"),
        ("特困供养人员想要一张床", "一位村民想要一张床"),
        ("建档立卡贫困户想要米面油", "一户家庭想要米面油"),
        ("低保户家的孩子想要书包", "一户家庭的孩子想要书包"),
        ("邻居是低保户，想要一床被子", "邻居想要一床被子"),
        ("残疾二级，腿脚不便，想要轮椅", "腿脚不便，想要轮椅"),
        ("重度残疾，靠低保生活，想要米面油", "想要米面油"),
        ("老党员王大爷，低保户，残疾三级，想要暖水袋", "老党员大爷，想要暖水袋"),
        ("精神病人家属想要一台洗衣机", "一位村民家属想要一台洗衣机"),
        ("患尿毒症的老人想要收音机", "老人想要收音机"),
        ("白血病老人想要收音机", "老人想要收音机"),
        ("独居老人得了肺癌晚期，想吃水果", "独居老人想吃水果"),
        ("艾滋病人想要一床被子", "一位村民想要一床被子"),
        ("患高血压、糖尿病和心脏病，想要一台血压计", "想要一台血压计"),
        ("老人常年卧床，生活不能自理，想要一台收音机", "老人想要一台收音机"),
        ("想给偏瘫的老伴要轮椅", "想给老伴要轮椅"),
        ("爸爸在服刑，妈妈离了婚，孩子跟着奶奶，想要书包", "孩子跟着奶奶，想要书包"),
        ("离异单亲妈妈带两个孩子，想要一张学习桌", "妈妈带两个孩子，想要一张学习桌"),
        ("为残疾老人送轮椅", "为老人送轮椅"),
        ("想办低保，不会填表", "想办民政手续，不会填表"),
        ("王大爷想要一把椅子", "一位大爷想要一把椅子"),
        ("邻居李奶奶家漏雨", "邻居奶奶家漏雨"),
        ("张家老二想要书包", "一户人家想要书包"),
        ("老李家漏雨，小王想帮忙", "一户人家漏雨，一位村民想帮忙"),
        ("王建国老人想要轮椅，联系人：李桂兰", "一位老人想要轮椅"),
        ("司马秋澜想要收音机", "一位村民想要收音机"),
        ("45岁，想学养蜂", "18至59岁，想学养蜂"),
        ("尿毒症", HELP),
    ],
)
def test_condition_family_and_age_are_said_so_that_they_tell_nothing(words: str, shown: str) -> None:
    assert public(words) == shown
    assert public(shown) == shown


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("李奶奶每周透析三次，希望有人接送", "一位奶奶每周看病三次，希望有人接送"),
        ("给卧床的王大爷要一包成人尿不湿", "给一位大爷要一包护理用品"),
        ("患糖尿病，想要一个胰岛素冰箱", "想要一个小冰箱"),
        ("张家老二想要一张护理床", "一户人家想要一张床"),
        ("想要一包婴儿尿不湿", "想要一包婴儿尿不湿"),
        ("想要轮椅、助听器和老花镜", "想要轮椅、助听器和老花镜"),
    ],
)
def test_thing_that_tells_the_illness_is_called_by_its_kind(words: str, shown: str) -> None:
    assert public(words) == shown


@pytest.mark.parametrize(
    "words",
    [
        "独居老人想要一台收音机，听戏解闷",
        "想给腿脚不便的老伴要一把洗澡用的防滑凳",
        "上四年级的孩子想要一套课外书",
        "家里灯坏了够不着，想请人帮忙换一个",
        "老房子的水管坏了，全家都盼着修好",
        "张家庄的老师想要粉笔，和奶奶一起用",
        "想去残疾人联合会问一问，扫盲班几点上课",
        "给活动室添一副象棋，农家书屋添几本书",
        "60岁以上的老人想有人教用手机",
        "老石桥边想装一盏灯",
    ],
)
def test_ordinary_wishes_are_left_alone(words: str) -> None:
    assert public(words) == words


FRAMES = (
    "{}，想要轮椅", "患{}的老人想要轮椅", "王大爷有{}，想要轮椅", "{}老人想要轮椅", "老伴{}多年，想要轮椅",
    "想要轮椅，因为{}", "张家老二{}，急需轮椅", "低保户李奶奶，{}，78岁，缺轮椅", "帮{}的儿子要一把轮椅",
    "想要轮椅\n{}",
)  # fmt: skip


@pytest.mark.parametrize("frame", FRAMES)
def test_no_word_of_the_tables_is_left_however_it_stands(frame: str) -> None:
    told = {word: public(frame.format(word)) for word in TOLD}
    assert len(told) > 300
    assert {word: shown for word, shown in told.items() if word in shown and word not in TABLES.named} == {}
    assert [shown for shown in told.values() if "轮椅" not in shown or re.search("[王李张]|78", shown)] == []
    assert [shown for shown in told.values() if public(shown) != shown] == []


PIECES = (
    "低保户", "低保", "残疾", "二级", "患", "有", "是", "癌症", "透析", "的", "老人", "王", "李",
    "张", "大爷", "奶奶", "家", "老二", "孩子", "想要", "轮椅", "，", "。", "78岁", "9岁", "老",
    "一位", "卧床", "多年", "服刑", "爸爸", "因为", "人", "户", "家庭", "司马", "秋澜", "送到", "患者",
    "残疾人", "孤儿", "陪", "帮", "离异", "妈妈", "尿不湿", "白血病", "村",
)  # fmt: skip
pieces = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@given(pieces, st.sampled_from(AgeBand))
@settings(deadline=None)
def test_saying_it_again_changes_nothing_and_no_condition_is_left(words: str, band: AgeBand) -> None:
    shown = public(words, band)
    assert public(shown, band) == shown
    assert not re.search("低保|残疾|癌|透析|卧床|服刑|离异|尿不湿|白血病", shown)


@given(st.text(max_size=40), st.sampled_from(AgeBand))
@settings(deadline=None)
def test_whatever_is_written_is_said_without_fault(words: str, band: AgeBand) -> None:
    assert bool(public(words, band).strip()) == bool(words.strip())
    assert unnamed(unnamed(words)) == unnamed(words)
    assert neutral(words).count("\n") == words.count("\n")


def test_note_tells_no_more_than_the_wish() -> None:
    typed = "低保户张秀英，尿毒症，想要一袋米"
    note = "米已送到张秀英家，她刚做完透析，儿子在服刑"
    assert public_note(typed, note, AgeBand.UNKNOWN) == "米已送到一户人家，她刚看完病"


async def test_group_reads_the_thing_and_the_claimer_all_of_it(town: Town) -> None:
    typed = "低保户王大爷尿毒症，想要一包成人尿不湿"
    await town.say("张大妈", f"/心愿 {typed}")
    await town.say("王主任", "/核实 7 通过")
    assert "一包护理用品" in await town.say("小周", "/心愿单", GROUP)
    assert "暂时没有" in await town.say("小周", "/心愿单 低保")
    assert typed not in await town.say("小周", "/心愿详情 7")
    await town.say("小周", "/认领 7")
    assert f"内容：{typed}" in await town.say("小周", "/心愿详情 7")
