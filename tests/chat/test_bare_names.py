"""Names with nothing beside them are hidden in words that are kept; official words, places and laws stay."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.masking import hide_people, nameless
from bot.masking.anybody import FAMILIES
from bot.masking.bare import FAMILIES as KNOWN_BARE
from bot.masking.names import FAMILY
from handlers.wishes.words import public
from knowledge.starter import starter_documents
from tests.bench.masking import DATA

FRAMES = (
    "{}能吃低保吗",
    "{}的低保咋停了？",
    "俺村{}没有医保咋办",
    "我婆婆{}今年八十，能领高龄补贴不",
    "给{}申请临时救助要啥材料",
    "{}家的房子漏了能修吗",
    "邻居{}占我宅基地",
    "请问{}可以办残疾证吗",
    "凭什么{}有低保我没有",
)
PEOPLE = (
    "王秀英", "李强", "张伟", "刘桂兰", "陈丽", "杨建国", "黄志明", "周建军", "吴静", "徐海涛", "孙立国", "胡美玲",
    "朱德福", "高玉兰", "何秀珍", "马小燕", "梁志强", "宋春生", "郑玉梅", "谢翠花", "韩冬梅", "董卫东", "曹金凤",
    "许秀芹", "欧阳明月", "石宝山", "付春梅", "任长霞", "田秀荣", "张雨轩", "刘子豪",
)  # fmt: skip
STAYS = (
    "高龄津贴能领多少",
    "安全员能领补贴吗",
    "金融诈骗怎么报警",
    "和平村的低保名单在哪看",
    "村里的钱存在会计个人卡上，行吗",
    "砍自家门前的杨树要办证不？",
    "周一能去办吗",
    "周日也能办吗",
    "董事长能当村委会主任吗",
    "向国家申请补助要多久",
    "沈阳的医保能报吗",
    "我常来办事，能不能少跑一趟",
    "凌晨能打12345吗",
    "石书记能给办吗",
    "孙子能分爷爷的房不",
    "牛生病了能赔吗",
    "文明户能评几年",
    "王某能吃低保吗",
    "小周能帮我问问吗",
)


@pytest.mark.parametrize("name", PEOPLE)
def test_a_bare_name_is_hidden_wherever_a_person_stands(name: str) -> None:
    family = "欧阳" if name.startswith("欧阳") else name[0]
    for frame in FRAMES:
        assert nameless(frame.format(name)) == frame.format(f"{family}某")


@pytest.mark.parametrize("question", STAYS)
def test_official_words_stay(question: str) -> None:
    assert nameless(question) == question


def test_people_on_the_roster_are_hidden_wherever_they_stand() -> None:
    roster = ["欧阳明月", "孙立国", "邵逸", "村民", "小周", "王主任", "安全员", "高龄"]
    asked = "问问孙立国跟欧阳明月，小周、王主任和村民代表、安全员管高龄不"
    assert nameless(asked, roster) == "问问孙某跟欧阳某，小周、王主任和村民代表、安全员管高龄不"


def test_words_for_everybody_are_masked_as_before() -> None:
    assert hide_people("王秀英能吃低保吗") == "王秀英能吃低保吗"


@given(st.text(alphabet="王秀英李强能吃低保吗，的在给邻居欧阳明月13812345678 ", max_size=30))
def test_hiding_again_changes_nothing(text: str) -> None:
    hidden = nameless(text)
    assert nameless(hidden) == hidden


def test_questions_of_the_base_we_ship_are_left_alone() -> None:
    passages = [passage for document in starter_documents() for passage in document.passages]
    cards = [passage.card for passage in passages if passage.card is not None]
    asked = [question for card in cards for question in (card.title, *card.questions)]
    assert len(asked) > 500
    assert [question for question in asked if nameless(question) != hide_people(question)] == []


@pytest.mark.skipif(not DATA.is_dir(), reason="the questions in ../shared/data are not here")
@pytest.mark.parametrize("name", ["questions-tune.jsonl", "stard-train.jsonl"])
def test_questions_people_ask_are_left_alone(name: str) -> None:
    asked = [json.loads(line)["question"] for line in (DATA / name).read_text(encoding="utf-8").splitlines()]
    assert len(asked) > 300
    assert [question for question in asked if nameless(question) != hide_people(question)] == []
    assert sum(nameless(question) != question for question in asked) <= len(asked) // 100


def test_every_family_one_reader_knows_all_know() -> None:
    """A name that one finds and leaves as 亓某 is told to everybody by the next that does not know 亓."""
    assert {*KNOWN_BARE} <= {*FAMILY} <= FAMILIES
    assert FAMILIES - {*FAMILY} == {"代", "时", "和"}


@pytest.mark.parametrize(
    "frame",
    ["护林员{}桂兰想要一双雨鞋", "{}秀英老人想要一把轮椅", "给{}秀英送一袋米", "独居老人{}桂兰家漏雨"],
)
def test_no_name_of_any_family_stands_in_a_wish(frame: str) -> None:
    left = [family for family in sorted({*FAMILY} - {*frame}) if family in public(frame.format(family))]
    assert left == []
