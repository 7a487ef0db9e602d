"""The shipped cards and digest items: their form, their words, and the law each of them rests on.

The law part reads the real folder beside the checkout, `../shared/data/laws`, by a small parser of its own,
so that a mistake of ours in reading laws cannot hide a mistake in a card.
"""

import json
import re
import tomllib
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from knowledge.lexicon import shipped_lexicon

ROOT = Path(__file__).resolve().parents[2]
STARTER = ROOT / "knowledge" / "starter"
DATA = ROOT.parent / "shared" / "data"
needs_data = pytest.mark.skipif(
    not (DATA / "laws").is_dir(),
    reason="../shared/data is not beside this checkout: cards are not compared with the law texts",
)

CARD_KEYS = {
    *("id", "title", "questions", "answer", "where", "bring", "takes"),
    *("law", "article", "phrase", "effective", "reviewed", "tags", "review"),
}
ITEM_KEYS = {"id", "kind", "title", "body", "source"}
ARTICLE = re.compile(r"^(第[零〇一二三四五六七八九十百千]+条)[\s　]*(.*)$")
# What the article an item rests on must still say, so that a wrong or renumbered article is noticed.
SAID = {
    "read-001": "实行首问负责制",
    "read-002": "可以委托村民委员会、居民委员会代为提出申请",
    "read-003": "建立统一受理社会救助申请的窗口",
    "read-004": "应当予以保密",
    "read-005": "每年10月底前统计",
    "read-006": "动态监测预警和帮扶机制",
    "read-007": "不得忽视、冷落老年人",
    "read-008": "监督协议的履行",
    "read-009": "设置专人专岗负责未成年人保护工作",
    "read-010": "应当立即向公安、民政、教育等有关部门报告",
    "read-011": "不满十四周岁",
    "read-012": "不得过度收集个人信息",
    "read-013": "不得强行指派志愿者",
    "read-014": "应当尊重志愿服务对象人格尊严",
    "read-015": "购买相应的人身意外伤害保险",
    "read-016": "应当至少保留五日",
    "read-017": "逐项逐笔每月公布一次",
    "read-018": "自收到异议之日起五日内给予答复",
    "read-019": "通过即时通讯工具在线参加会议",
    "read-020": "未婚、结婚、离婚、丧偶、户无男性",
    "read-021": "应当签订书面流转合同",
    "read-022": "严禁违背农民意愿、违反法定程序撤并村庄",
    "read-023": "七日内进行审查",
    "read-024": "破除大操大办、铺张浪费",
    "read-025": "应当及时、就地进行",
    "read-026": "设立社区家长学校",
    "read-027": "合理安排未成年人使用网络的时间",
    "read-028": "应当及时向公安机关报案",
    "read-029": "救助人不承担民事责任",
    "read-030": "以书面形式确定自己的监护人",
    "read-031": "安排必要的临时生活照料措施",
    "read-032": "自然人之间借款的，视为没有利息",
    "read-033": "由行为人承担侵权责任",
    "read-034": "佩戴犬牌并采取系犬绳等措施",
    "read-035": "有利生产、方便生活、团结互助、公平合理",
    "read-036": "亲笔书写，签名，注明年、月、日",
    "read-037": "生养死葬的义务",
    "read-038": "作为第一顺序继承人",
    "read-039": "不得干涉父母离婚、再婚",
    "read-040": "不得以窃取、骗取、强行索取等方式",
    "read-041": "应当给予适当补贴",
    "read-042": "悬挂光荣牌，定期开展走访慰问",
    "read-043": "组织开展英雄烈士纪念活动",
    "read-044": "反映患者及其家庭的情况和要求",
    "read-045": "督促适龄儿童、少年入学",
    "read-046": "出生后一个月内",
    "read-047": "根据居民的需求开展群众性文化体育活动",
    "read-048": "应当对信息真实性负责",
    "read-049": "无偿、如实出具",
    "read-050": "妇女等家庭成员全部列明",
    "read-051": "应当主动删除个人信息",
    "read-056": "为返乡入乡人员和各类人才提供必要的生产生活服务",
    "read-057": "组织制定防火安全公约",
    "read-058": "应当立即向所在地人民政府、有关主管部门",
    "read-059": "必要的应急演练",
    "read-060": "公布救助对象及其接受救助款物数额和使用情况",
    "read-061": "应当向当地人民政府或者有关部门报告",
    "read-062": "按照安全间隔期的要求停止使用",
    "read-063": "应当回收农药废弃物",
    "read-064": "鼓励和支持农户销售农产品时开具承诺达标合格证",
    "read-065": "购种价款、可得利益损失和其他损失",
    "read-066": "由被保险人签字确认",
    "read-067": "不得买卖、加工、随意弃置病死动物",
    "read-068": "组织代耕代种",
    "read-069": "不得以退出土地承包经营权作为农户进城落户的条件",
    "read-070": "发包方不得收回其原承包地",
    "read-071": "公告至少三十日",
    "read-072": "不得存入以个人名义开立的账户",
    "read-073": "入社自愿、退社自由",
    "read-074": "不得担任村务监督委员会成员",
    "read-075": "二十四小时内赶赴现场",
    "read-076": "不得用于载人",
    "read-077": "由用人单位和劳动者各执一份",
    "read-078": "不得以任何理由扣押或者变相扣押",
    "read-079": "扣押劳动者的居民身份证",
    "read-080": "30日内",
    "read-081": "防止他人冒名使用",
    "read-082": "不得非法买卖、出租、出借电话卡",
    "read-083": "涉嫌非法集资行为的，应当向当地人民政府",
    "read-084": "可以口头提出",
    "read-085": "代表人数不得超过5人",
    "read-086": "透露或者转给被检举、揭发的人员",
    "read-087": "五日内一次告知",
    "read-088": "清单之外",
    "case-029": "配备法律顾问",
    "case-030": "提倡健康老年人帮助高龄",
}
TERM = re.compile(r"(\d+|[二三四五六七八九十百]+)(?:个工作日|小时|日内|天内|日|天|个月|周岁|人)")
Row = dict[str, Any]


def _rows(folder: str, table: str) -> list[Row]:
    files = sorted((STARTER / folder).glob("*.toml"))
    assert files, f"no {folder} files"
    return [row for file in files for row in tomllib.loads(file.read_text(encoding="utf-8"))[table]]


@cache
def _cards() -> list[Row]:
    return _rows("cards", "card")


@cache
def _items() -> list[Row]:
    return _rows("digest", "item")


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


def _packed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _twice(values: list[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def _law_name(text: str) -> str:
    """A file's title; a part of the Civil Code is named 中华人民共和国民法典（…编）."""
    titles = [line[2:].strip() for line in text.splitlines() if line.startswith("# ")]
    if len(titles) < 2 or "民法典" not in titles[0]:
        return titles[0] if titles else ""
    part = titles[1] if titles[1].endswith(("编", "附则")) else f"{titles[1]}编"
    return f"{titles[0]}（{part}）"


@cache
def _newest() -> dict[str, str]:
    """Law title → text of its newest version, by the date in the file's name."""
    found: dict[str, tuple[str, str]] = {}
    for path in (DATA / "laws").rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        dated = re.search(r"\((\d{4}-\d\d-\d\d)\)", path.name)
        version = (dated[1] if dated else "", text)
        name = _law_name(text)
        found[name] = max(found.get(name, ("", "")), version)
    assert len(found) > 1000
    return {name: text for name, (_, text) in found.items()}


@cache
def _articles(law: str) -> dict[str, str]:
    """Article number → its text without spaces, in the newest version of `law`; empty when unknown."""
    found: dict[str, str] = {}
    current = ""
    for line in _newest().get(law, "").splitlines():
        opened = ARTICLE.match(line.strip())
        if opened:
            current = opened[1]
            found[current] = found.get(current, "") + opened[2]
        elif line.startswith("#"):
            current = ""
        elif current:
            found[current] += line
    return {number: _packed(text) for number, text in found.items()}


def _numerals(digits: str) -> set[str]:
    """How a law may write a figure: 15 → 15, 十五; 2 → 2, 二, 两."""
    names = "零一二三四五六七八九"
    value, written = int(digits), ""
    for unit, sign in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        if value >= unit:
            written += names[value // unit] + sign
            value %= unit
    return {
        digits,
        written.removeprefix("一") if written.startswith("一十") else written,
        *(["两"] * (digits == "2")),
    }


def _written(figure: str) -> set[str]:
    """Every way of writing `figure`, itself in digits or in words."""
    return next(forms for value in range(1, 1000) if figure in (forms := _numerals(str(value))))


def _cited() -> dict[str, tuple[str, str]]:
    """Item → the law and article its source names; items that rest on reports are left out."""
    return {
        item["id"]: (named[1], named[2])
        for item in _items()
        if (named := re.fullmatch(r"据《(.+)》(第.+条)", item["source"]))
    }


def test_there_are_enough_cards_and_items() -> None:
    kinds = Counter(item["kind"] for item in _items())
    assert len(_cards()) >= 90
    assert set(kinds) == {"daily_read", "case"}
    assert kinds["daily_read"] >= 88
    assert kinds["case"] >= 30


def test_files_stay_short_enough_to_read() -> None:
    lengths = {
        file.name: len(file.read_text(encoding="utf-8").splitlines()) for file in STARTER.rglob("*.toml")
    }
    assert {name: lines for name, lines in lengths.items() if lines > 400} == {}


def test_ids_are_unique_kebab_words() -> None:
    ids = [row["id"] for row in (*_cards(), *_items())]
    assert _twice(ids) == []
    assert [name for name in ids if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", name)] == []


def test_every_card_has_every_field_in_its_form() -> None:
    assert [card["id"] for card in _cards() if set(card) - {"issued", "local"} != CARD_KEYS] == []
    for card in _cards():
        texts = [card[key] for key in CARD_KEYS - {"questions", "tags", "effective", "reviewed"}]
        assert all(isinstance(text, str) and text == text.strip() for text in texts), card["id"]
        assert all(card[key] for key in ("title", "answer", "law", "tags")), card["id"]
        assert type(card["effective"]) is type(card["reviewed"]) is date, card["id"]
        assert card["effective"] <= card["reviewed"], card["id"]
        assert card.get("issued", date.min) <= card["reviewed"], card["id"]


def test_local_amounts_a_card_speaks_of_are_names_of_the_table_and_most_asked_ones_have_a_card() -> None:
    named = [name for card in _cards() for name in card.get("local", ())]
    table = shipped_lexicon().figures
    assert [name for name in named if name not in table] == []
    assert {
        "低保标准", "特困供养标准", "高龄津贴", "居民医保个人缴费", "居民医保报销比例", "居民基础养老金",
        "残疾人两项补贴", "临时救助标准", "孤儿基本生活费", "事实无人抚养儿童基本生活费", "危房改造补助",
        "公益性岗位补贴", "耕地地力保护补贴", "农机购置补贴", "丧葬补助", "计生奖励扶助",
    } <= set(named)  # fmt: skip
    assert sum(bool(card.get("local")) for card in _cards()) >= 25


def test_every_item_has_every_field_in_its_form() -> None:
    assert [item["id"] for item in _items() if set(item) != ITEM_KEYS or not all(item.values())] == []
    assert {item["id"]: len(item["body"]) for item in _items() if not 60 <= len(item["body"]) <= 140} == {}
    assert [item["id"] for item in _items() if not item["source"].startswith("据")] == []


def test_no_two_items_share_a_title_or_an_article() -> None:
    assert _twice([_bare(item["title"]) for item in _items()]) == []
    assert _twice(["".join(place) for place in _cited().values()]) == []


def test_answers_are_three_short_sentences_at_most() -> None:
    too_long = [
        card["id"]
        for card in _cards()
        if len(card["answer"]) > 160 or not 1 <= len(re.findall("[。！？]", card["answer"])) <= 3
    ]
    assert too_long == []


def test_questions_are_four_to_fifteen_and_never_shared() -> None:
    assert [card["id"] for card in _cards() if not 4 <= len(card["questions"]) <= 15] == []
    assert _twice([_bare(question) for card in _cards() for question in card["questions"]]) == []


def test_laws_known_to_have_changed_are_marked_for_review() -> None:
    changed = ("村民委员会组织法", "婚姻登记条例", "殡葬管理条例", "治安管理处罚法")
    cited = [card for card in _cards() if any(name in card["law"] for name in changed)]
    assert cited
    assert [card["id"] for card in cited if not card["review"]] == []


@needs_data
def test_the_cited_phrase_stands_in_the_newest_text_of_the_article() -> None:
    quoting = [card for card in _cards() if card["phrase"]]
    wrong = [
        (card["id"], card["law"], card["article"])
        for card in quoting
        if _packed(card["phrase"]) not in _articles(card["law"]).get(card["article"], "")
    ]
    assert wrong == []
    assert len(quoting) >= 90


@needs_data
def test_the_day_of_a_cards_text_is_that_of_the_newest_file() -> None:
    dated = [card for card in _cards() if "issued" in card and "民法典" not in card["law"]]
    files = [path.stem for path in (DATA / "laws").rglob("*.md")]
    for card in dated:
        assert any(stem.endswith(f"({card['issued']})") for stem in files), card["id"]
    assert len(dated) >= 250


@needs_data
def test_a_card_without_a_phrase_cites_a_document_we_do_not_have() -> None:
    assert [card["id"] for card in _cards() if not card["phrase"] and card["law"] in _newest()] == []


@needs_data
def test_figures_in_an_answer_stand_in_the_article() -> None:
    invented = [
        (card["id"], figure)
        for card in _cards()
        if card["phrase"]
        for figure in re.findall(r"\d+", card["answer"] + card["takes"])
        if not any(form in _articles(card["law"])[card["article"]] for form in _numerals(figure))
    ]
    assert invented == []


@needs_data
def test_the_article_an_item_names_says_so_in_its_newest_text() -> None:
    cited = _cited()
    unsaid = [
        key for key, said in SAID.items() if said not in _articles(cited[key][0]).get(cited[key][1], "")
    ]
    assert unsaid == []
    assert cited.keys() == SAID.keys()


@needs_data
def test_terms_and_head_counts_in_an_item_stand_in_its_article() -> None:
    bodies = {item["id"]: item["body"] for item in _items()}
    invented = [
        (key, term[0])
        for key, (law, article) in _cited().items()
        for term in TERM.finditer(bodies[key])
        if not any(form in _articles(law)[article] for form in _written(term[1]))
    ]
    assert invented == []


@needs_data
def test_no_question_of_a_data_set_is_copied() -> None:
    asked = {
        _bare(json.loads(line)["question"])
        for name in ("questions-tune.jsonl", "stard-train.jsonl")
        for line in (DATA / name).read_text(encoding="utf-8").splitlines()
    }
    ours = {_bare(text): card["id"] for card in _cards() for text in (*card["questions"], card["title"])}
    assert len(asked) > 1000
    assert {ours[question] for question in asked & ours.keys()} == set()
