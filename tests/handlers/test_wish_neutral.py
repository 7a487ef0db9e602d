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


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("不是低保户，想要被子", "想要被子"),
        ("想做白内障手术", "想看病"),
        ("想住院", "想看病"),
        ("想离婚", HELP),
        ("想戒毒", HELP),
        ("老伴想做手术", "老伴想看病"),
        ("瞎眼老人想要收音机", "老人想要收音机"),
        ("事实孤儿想要书包", "孩子想要书包"),
        ("光棍一个，想找个老伴", "一个人，想找个老伴"),
        ("糖尿病足想要软底鞋", "想要软底鞋"),
        ("村里得病的人多，想请医生来看看", "村里看病的人多，想请医生来看看"),
        ("二等残疾军人想要轮椅", "一位老兵想要轮椅"),
        ("住院没人照顾，想找人陪护", "看病没人照顾，想找人陪护"),
        ("高烧不退，想有人陪着去看病", "想有人陪着去看病"),
        ("缓刑期间想找个活干", "想找个活干"),
        ("戒毒回来想找个活干", "想找个活干"),
        ("低保没批下来，想要被子", "想要被子"),
        ("想脱贫，想养鸡", "想养鸡"),
        ("想申请大病救助", "想申请民政手续"),
        ("想复查白内障", "想复查"),
        ("高血压药吃完了，想请人代买", "药吃完了，想请人代买"),
        ("想要治风湿的膏药", "想要治病膏药"),
        ("想要胰岛素针头", "想要家用器材"),
        ("想要婴儿奶粉和尿不湿", "想要婴儿奶粉和婴儿用品"),
        ("双胞胎缺纸尿裤", "双胞胎缺婴儿用品"),
        ("孙子三个月大，想要纸尿裤", "孙子三个月大，想要婴儿用品"),
        ("HIV感染者想要棉被", "一位村民想要棉被"),
        ("得了血癌，想要棉被", "想要棉被"),
        ("长了脑瘤，想要棉被", "想要棉被"),
        ("换肾以后干不了活，想要棉被", "干不了活，想要棉被"),
        ("每周洗肾，想有人接送", "每周看病，想有人接送"),
        ("肝腹水，想要棉被", "想要棉被"),
        ("心脏搭桥后，想要棉被", "想要棉被"),
        ("是个神经病，想要棉被", "想要棉被"),
        ("脑子不好使，想要棉被", "想要棉被"),
        ("智力有问题的孩子想要书包", "孩子想要书包"),
        ("孩子发育迟缓，想要书包", "孩子想要书包"),
        ("三级残，想要轮椅", "想要轮椅"),
        ("吃救济，想要棉被", "想要棉被"),
        ("刚出狱，想找个活干", "想找个活干"),
        ("取保候审，想找个活干", "想找个活干"),
        ("爸爸进去了，想要书包", "想要书包"),
        ("被老公打，想有人劝劝", "想有人劝劝"),
        ("想戒酒", HELP),
        ("肺不好，想要一台电扇", "想要一台电扇"),
        ("病了三年，想要收音机", "想要收音机"),
        ("老伴病了，想要收音机", "想要收音机"),
        ("父亲早逝，想要书包", "想要书包"),
        ("欠了一屁股债，想找个活干", "想找个活干"),
        ("没有残疾，想要拐杖", "想要拐杖"),
        ("低保户，想要被子", "一户家庭，想要被子"),
        ("不属于困难户，想修房", "想修房"),
        ("孩子生病，想要书包", "孩子想要书包"),
        ("村民得了癌症，想请人送饭", "村民想请人送饭"),
        ("养猪户得了癌症，想请人喂猪", "养猪户想请人喂猪"),
        ("残疾人想养羊", "一位村民想养羊"),
        ("奶奶有糖尿病，想要无糖食品", "奶奶想要食品"),
        ("想给瘫痪的爷爷买轮椅", "想给爷爷买轮椅"),
        ("没得癌症，就是腿疼，想要拐杖", "就是腿疼，想要拐杖"),
        ("老伴癌症，没人照顾，想找护工", "没人照顾，想找护工"),
        ("想看看眼病", "想看看病"),
        ("想治白内障", "想治病"),
        ("邻居不是残疾人，想要拐杖", "想要拐杖"),
        ("豆豆得了白血病，想要书包", "孩子想要书包"),
        ("老牛得了癌症，想要棉被", "一位村民想要棉被"),
        ("患糖尿病饮食不便，想要棉被", "饮食不便，想要棉被"),
        ("养鸡的王秀英得了癌症，想要棉被", "养鸡的一位村民想要棉被"),
    ],
)
def test_a_clause_stays_or_goes_whole_and_never_says_the_contrary(words: str, shown: str) -> None:
    assert public(words) == shown
    assert public(shown) == shown


@pytest.mark.parametrize(
    "words",
    [
        "牛得了结核病，怎么办",
        "稻田有病虫害",
        "大棚里的黄瓜有病，想请农技员",
        "养猪得肺炎，想请兽医",
        "猪得了传染病，想请兽医",
        "母羊流产了，想请兽医",
        "耕牛骨折，想请兽医看看",
        "村里有疯狗，想请人捉走",
        "想听防癌讲座",
        "讲讲高血压怎么预防",
        "想听预防老年痴呆的课",
        "想要一本关于糖尿病饮食的书",
        "想打乙肝疫苗",
        "想打肺炎疫苗",
        "想打宫颈癌疫苗",
        "想做宫颈癌筛查",
        "想要一只导盲犬",
        "想去孤儿院看看",
        "想学盲人按摩",
        "想学盲文",
        "想要残疾人体育器材",
        "残疾人活动室缺一台电视",
        "村口想划残疾人专用停车位",
        "三轮车拉病人用，想换个轮胎",
        "路灯瞎了好几盏，想请人修",
        "希望有人陪着看病",
    ],
)
def test_prevention_learning_animals_crops_places_and_devices_tell_nobodys_illness(words: str) -> None:
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
