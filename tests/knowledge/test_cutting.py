"""A text cut into articles and sections: golden cases, and that nothing is lost."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from knowledge.folding import numeral
from knowledge.ingest.cutting import LARGEST, outlined

Row = tuple[str | None, str, str]


def cut(text: str) -> list[Row]:
    return [(p.article, p.heading, p.text) for p in outlined(text, "s.md", "stem").passages]


def test_articles_hold_their_paragraphs_under_their_headings() -> None:
    text = """# 某某条例

2014年2月21日 公布

<!-- INFO END -->

## 第一章  总则

第一条 为了甲，制定本条例。

第二条 国家乙。

前款所称乙，包括：

（一）丙；

## 第二章 附则

### 第一节 施行

第三条 自2014年5月1日起施行。"""
    assert cut(text) == [
        ("第一条", "第一章 总则", "第一条 为了甲，制定本条例。"),
        ("第二条", "第一章 总则", "第二条 国家乙。\n\n前款所称乙，包括：\n\n（一）丙；"),
        ("第三条", "第二章 附则 > 第一节 施行", "第三条 自2014年5月1日起施行。"),
    ]


def test_plain_text_with_a_table_of_contents_and_arabic_numbers() -> None:
    text = """某县养犬办法
（2020年1月2日县政府令第3号公布）
目录
第一章 总则
第二章 罚则
第一章 总则
第1条　养犬要登记。
第２条 每户一只。
第二章 罚则
第十条之一 不登记的，罚款。
附：登记表"""
    assert outlined(text, "s.txt", "stem").title == "某县养犬办法"
    assert cut(text) == [
        ("第一条", "第一章 总则", "第1条　养犬要登记。"),
        ("第二条", "第一章 总则", "第２条 每户一只。"),
        ("第十条之一", "第二章 罚则", "第十条之一 不登记的，罚款。\n\n附：登记表"),
    ]


def test_a_line_that_only_mentions_an_article_begins_none() -> None:
    text = "# 法\n<!-- INFO END -->\n第一条 依照\n第三十一条的规定处理。\n第二条规定了别的。\n第三条 完。"
    assert [row[0] for row in cut(text)] == ["第一条", "第二条", "第三条"]
    assert cut(text)[0][2] == "第一条 依照\n\n第三十一条的规定处理。"


def test_articles_without_a_space_follow_in_turn() -> None:
    text = "# 法\n<!-- INFO END -->\n第一条为了甲。\n第二条乙。\n第九条的规定不算。"
    assert [(row[0], row[2]) for row in cut(text)] == [
        ("第一条", "第一条为了甲。"),
        ("第二条", "第二条乙。\n\n第九条的规定不算。"),
    ]


def test_a_notice_without_articles_is_cut_by_its_parts() -> None:
    text = """关于做好低保工作的通知

各镇：

现通知如下。

一、总体要求

应保尽保。

二、申请。到镇里申请，村里协助。

三、附带说明：略。"""
    assert cut(text) == [
        (None, "", "各镇：\n\n现通知如下。"),
        (None, "一、总体要求", "应保尽保。"),
        (None, "一、总体要求", "二、申请。到镇里申请，村里协助。"),
        (None, "一、总体要求", "三、附带说明：略。"),
    ]


def test_parts_of_a_code_carry_the_part_in_the_title() -> None:
    text = "# 中华人民共和国民法典\n\n# 总则\n\n2021年1月1日 施行\n\n<!-- INFO END -->\n\n第一条 为了甲。"
    outline = outlined(text, "总则.md", "总则")
    assert (outline.title, outline.preamble) == ("中华人民共和国民法典（总则编）", "2021年1月1日 施行")


def test_long_sections_are_parted_between_sentences_and_articles_never() -> None:
    sentence = "甲" * 99 + "。"
    section = cut("# 说明\n<!-- INFO END -->\n" + sentence * 30)
    assert [len(row[2]) for row in section] == [LARGEST, LARGEST, 600]
    article = cut("# 法\n<!-- INFO END -->\n第一条 " + sentence * 30)
    assert [(row[0], len(row[2])) for row in article] == [("第一条", 3004)]


def test_a_heading_with_nothing_under_it_is_kept() -> None:
    assert cut("# 法\n<!-- INFO END -->\n第一条 甲。\n## 附件") == [
        ("第一条", "", "第一条 甲。"),
        (None, "", "附件"),
    ]


def test_ids_are_stable_when_other_articles_come_and_go() -> None:
    before = outlined("# 法\n<!-- INFO END -->\n第一条 甲。\n第三条 丙。", "s.md", "s").passages
    after = outlined("# 法\n<!-- INFO END -->\n第一条 甲。\n第二条 乙。\n第三条 丙丙。", "s.md", "s").passages
    assert [before[0].id, before[1].id] == [after[0].id, after[2].id]
    assert len({p.id for p in after}) == 3


_words = st.text(
    "甲乙丙丁国家应当申请，。；：（）《》“”0123456789 　#-<>!第条章节一二三十", min_size=1, max_size=60
)
_lines = st.one_of(
    _words,
    st.builds("第{}条 {}".format, st.integers(1, 40).map(numeral), _words),
    st.builds("第{}条".format, st.integers(1, 40)),
    st.builds("## 第{}章 {}".format, st.integers(1, 9).map(numeral), _words),
    st.builds("{}、{}".format, st.integers(1, 9).map(numeral), _words),
    st.sampled_from(["", "### 附则", "目录", "**第五条** 粗体", "# 又一个标题"]),
)


@given(st.lists(_lines, max_size=25))
def test_no_character_of_the_body_is_lost(lines: list[str]) -> None:
    """Spaces and marks of headings aside, what stands in the body stands in a passage or its heading."""
    body = "\n".join(line for line in lines if "<!--" not in line and line.strip(" 　") != "目录")
    passages = outlined(f"# 题\n<!-- INFO END -->\n{body}", "s.md", "s").passages
    kept: Counter[str] = Counter()
    for text in [p.text for p in passages] + [p.heading for p in passages]:
        kept.update(text)
    wanted = Counter(c for c in body if not c.isspace() and c != "#")
    assert {c for c, n in wanted.items() if kept[c] < n and not _in_repeated_heading(c, body)} == set()


def _in_repeated_heading(char: str, body: str) -> bool:
    """A heading that comes twice stands once in the path of each passage: fewer times than in the body."""
    headings = [
        line.strip() for line in body.splitlines() if line.lstrip(" 　").startswith("#") or "、" in line
    ]
    return any(char in heading for heading in headings)


@given(st.text(max_size=400))
def test_any_text_is_cut_without_complaint(text: str) -> None:
    outline = outlined(text, "s.md", "名字")
    assert outline.title
    assert all(passage.text for passage in outline.passages)


def test_hostile_texts_take_bounded_time() -> None:
    for text in (
        "<!--" * 200_000,
        "第" * 300_000,
        "#" * 300_000,
        "一、\n" * 50_000,
        "第一条 " * 60_000,
        "（" * 300_000,
    ):
        assert outlined(f"# 题\n<!-- INFO END -->\n{text}", "s.md", "s").title == "题"
