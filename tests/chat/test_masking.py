"""Numbers and names are hidden however they are typed; laws and ordinary sentences are left alone."""

import doctest
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import masking
from bot.masking import HIDDEN_NUMBER, has_personal_details, hide_numbers, hide_people

ORDINARY = [
    "高龄老人想要一个放大镜",
    "独居老人想要一台收音机，听戏解闷",
    "想给腿脚不便的老伴要一把洗澡用的防滑凳",
    "全村老人都盼着通自来水",
    "应急广播坏了，广大老人听不见",
    "村里成年男女都可以报名",
    "空巢老人想有人陪着过节",
    "常住老人有三百二十一位，高龄老人四十二位",
    "农村老人养老金每月怎么领",
    "家里老人不会用智能手机",
    "上四年级的孩子想要一套课外书",
    "安全员家里要一个灭火器",
    "三月十五日前到村民委员会登记",
    "2026-03-05 09:00 在村部门口集合",
    "老人家想要个伴，孩子高中要交学费",
    "残疾人康复，村民利益，学生毕业，居民应当要求公开",
    "编号 20260305 的表格",
    "打 12345 或者 12388",
    "连续三个月不管护的，村民委员会可以收回地块",
    "困难老人、残疾老人优先",
    "王大爷想要一把椅子，周大姐想要一把伞",
    "孙子想要书包，孙女想要图画书",
    "学校操场缺一副篮球架",
    "常年患病的老人需要轮椅",
    "全村盼着把路修好",
    "不能让老人住破房，安排好老人的住处",
    "服务电话和监督电话贴在村部门口",
    "向国家工作人员反映情况",
    "本人申请，村里公示",
    "想要 41 码的棉鞋 2 双，共 100 元",
]
LAWS = [
    "第六十一条　履行社会救助职责的工作人员应当保守秘密。",
    "共同生活的家庭成员人均收入低于当地最低生活保障标准，且符合当地最低生活保障家庭财产状况规定的家庭，给予最低生活保障。",
    "省、自治区、直辖市和设区的市、自治州应当建立高龄津贴制度，对经济困难老人给予养老服务补贴。",
    "残疾人联合会、妇女联合会和老年人组织应当做好关爱工作。",
]
NAMED = {
    "王建国老人想要轮椅": "王某老人想要轮椅",
    "独居老人王秀英想要一台收音机": "独居老人王某想要一台收音机",
    "老李家的孩子李小明要书包": "老李家的孩子李某要书包",
    "困难户孙立国，想要一袋米": "困难户孙某，想要一袋米",
    "70岁的马玉兰想要拐杖": "70岁的马某想要拐杖",
    "李桂兰奶奶想要一床棉被": "李某奶奶想要一床棉被",
    "给孙秀英阿姨送米面": "给孙某阿姨送米面",
    "欧阳春华大娘家漏雨": "欧阳某大娘家漏雨",
    "孩子叫赵子轩，想要书包": "孩子叫赵某，想要书包",
    "联系人：周海燕": "联系人：周某",
    "张秀兰想要一副老花镜": "张某想要一副老花镜",
    "想请人帮忙，李国栋腿脚不便": "想请人帮忙，李某腿脚不便",
    "户主：周大海": "户主：周某",
    "张小红 13812345678": "张某〔号码已隐去〕",
    "钱小红本人电话 13812345678": "钱某本人电话〔号码已隐去〕",
}
separators = st.sampled_from(["", " ", "-", "　", "·", "—"])
WIDE = {ord("0") + digit: ord("０") + digit for digit in range(10)}


def spread(number: str, separator: str, every: int, *, wide: bool) -> str:
    parts = [number[start : start + every] for start in range(0, len(number), every)]
    return separator.join(parts).translate(WIDE if wide else {})


phones = st.builds(
    lambda head, rest: head + rest,
    st.from_regex(r"1[3-9]", fullmatch=True),
    st.from_regex(r"[0-9]{9}", fullmatch=True),
)
identities = st.from_regex(
    r"37[0-9]{4}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9])[0-9]{3}[0-9Xx]", fullmatch=True
)
cards = st.from_regex(r"62[0-9]{14,17}", fullmatch=True)


def test_doctests() -> None:
    assert doctest.testmod(masking).attempted > 0
    assert doctest.testmod(masking).failed == 0


@given(
    phones | identities | cards,
    separators,
    st.sampled_from([1, 3, 4, 30]),
    st.booleans(),
    st.sampled_from(["电话", "想要轮椅，打 ", "：", "（", ""]),
    st.sampled_from(["，谢谢", " 找老李", "）", ""]),
)
def test_every_phone_identity_and_card_number_is_hidden(
    number: str, separator: str, every: int, wide: bool, before: str, after: str
) -> None:
    typed = spread(number, separator, every, wide=wide)
    hidden = hide_people(f"{before}{typed}{after}")
    assert HIDDEN_NUMBER in hidden
    assert not re.search(r"\d", hidden)
    assert has_personal_details(f"{before}{typed}{after}")


@pytest.mark.parametrize(
    "text", ["+86 138 1234 5678", "86-13812345678", "手机13812345678转告", "１３８－１２３４－５６７８"]
)
def test_phone_with_a_country_code_or_text_around_it(text: str) -> None:
    assert not re.search(r"\d", hide_numbers(text))


@pytest.mark.parametrize("text", ORDINARY + LAWS)
def test_ordinary_sentences_and_laws_are_left_alone(text: str) -> None:
    assert hide_people(text) == text
    assert not has_personal_details(text)


@pytest.mark.parametrize(("text", "hidden"), NAMED.items())
def test_full_name_keeps_its_family_name_only(text: str, hidden: str) -> None:
    assert hide_people(text) == hidden
    assert has_personal_details(text)


@given(st.text(max_size=60))
def test_hiding_again_changes_nothing(text: str) -> None:
    once = hide_people(text)
    assert hide_numbers(once) == once


@given(st.integers(min_value=0, max_value=9_999_999_999))
def test_short_numbers_are_left_alone(number: int) -> None:
    assert hide_numbers(f"共 {number} 个") == f"共 {number} 个"
