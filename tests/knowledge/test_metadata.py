"""文号, issuing body, region and standing, read from the text where they stand."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.catalogue import Catalogue, Entry, entry_of
from knowledge.ingest import read_document
from knowledge.numbering import number_in, number_key, numbers_in
from knowledge.passage import Document

LETTER = """民 政 部 文 件
民发［2021］ 57号
民政部关于印发《低保审核办法》的通知
各省民政厅：
现将《低保审核办法》印发给你们。
民政部
2021年6月11日
低保审核办法
第一条 为规范审核，制定本办法。
第二条 本办法自2021年7月1日起施行，有效期至2026年6月30日。
"""
LABELLED = """# 关于加强残疾人照护的通知

- **文号**：鲁政办字[2023] 12 号
- **发文机关**：山东省人民政府办公厅
- **成文日期**：2023/3/1　施行日期：2023年4月1日
- 时效性：现行有效

各市人民政府：

一、照护范围

重度残疾人全部纳入照护。
"""
Facts = tuple[str, str, str, str, str]


def read(folder: Path, text: str, name: str = "文件.txt") -> Document:
    (folder / name).write_text(text, encoding="utf-8")
    return read_document(folder / name, name)


def facts(document: Document) -> Facts:
    return document.title, document.issuer, document.number, document.region, document.status


def days(document: Document) -> tuple[date | None, date | None, date | None]:
    return document.issued, document.effective, document.expires


def test_a_plain_text_letter_is_read_as_a_letter(tmp_path: Path) -> None:
    letter = read(tmp_path, LETTER)
    assert facts(letter) == ("低保审核办法", "民政部", "民发〔2021〕57号", "", "")
    assert days(letter) == (date(2021, 6, 11), date(2021, 7, 1), date(2026, 6, 30))
    assert [p.article for p in letter.passages] == [None, "第一条", "第二条"]


def test_labelled_lines_above_a_text_are_facts_and_no_text(tmp_path: Path) -> None:
    notice = read(tmp_path, LABELLED, "通知.md")
    assert facts(notice) == (
        "关于加强残疾人照护的通知", "山东省人民政府办公厅", "鲁政办字〔2023〕12号", "山东", "in_force",
    )  # fmt: skip
    assert days(notice) == (date(2023, 3, 1), date(2023, 4, 1), None)
    assert [p.text for p in notice.passages] == ["各市人民政府：", "重度残疾人全部纳入照护。"]


@pytest.mark.parametrize(
    ("line", "number", "issuer"),
    [
        ("（2014年2月21日国务院令第649号公布）", "国务院令第649号", "国务院"),
        ("（2021年1月10日金山县人民政府公布，金政发[2021]1号）", "金政发〔2021〕1号", "金山县人民政府"),
        ("（民发（2021）第57号，2021年6月11日）", "民发〔2021〕第57号", ""),
        ("（2021年6月11日公布）", "", ""),
    ],
)
def test_the_line_below_a_title_names_number_and_issuer(
    tmp_path: Path, line: str, number: str, issuer: str
) -> None:
    law = read(tmp_path, f"# 某办法\n\n{line}\n\n第一条 可以。\n")
    assert (law.number, law.issuer, law.title) == (number, issuer, "某办法")


@pytest.mark.parametrize(
    ("title", "line", "status", "instead"),
    [
        ("五保供养办法（已废止）", "（2010年1月1日公布）", "repealed", ""),
        ("五保供养办法", "（2010年1月1日公布，已被《特困供养办法》取代）", "repealed", "特困供养办法"),
        ("五保供养办法", "（2010年1月1日公布，2016年已废止）", "repealed", ""),
        ("关于废止五保供养办法的决定", "（2016年1月1日公布）", "", ""),
    ],
)
def test_a_text_that_says_it_has_ended_has(
    tmp_path: Path, title: str, line: str, status: str, instead: str
) -> None:
    law = read(tmp_path, f"# {title}\n\n{line}\n\n第一条 可以。\n")
    assert (law.title, law.status, law.superseded_by) == (title.removesuffix("（已废止）"), status, instead)


@pytest.mark.parametrize(
    ("said", "until"),
    [
        ("自2023年2月1日起施行，有效期至2028年1月31日。", date(2028, 1, 31)),
        ("有效期自2023年2月1日至2028年1月31日。", date(2028, 1, 31)),
        ("自2023年2月1日起施行，有效期5年。", date(2028, 1, 31)),
        ("自2023年2月1日起试行，试行期二年。", None),
        ("自2023年2月1日起施行，试行期二年。", date(2025, 1, 31)),
        ("自2023年2月1日起施行，本办法自2024年1月1日起自行失效。", date(2024, 1, 1)),
        ("自2023年2月1日起施行，原办法同时废止。", None),
    ],
)
def test_until_when_a_text_holds(tmp_path: Path, said: str, until: date | None) -> None:
    assert read(tmp_path, f"# 某办法\n\n第一条 可以。\n\n第二条 本办法{said}\n").expires == until


@pytest.mark.parametrize(
    ("title", "region"),
    [
        ("济宁市任城区低保办法", "任城"),
        ("山东省济宁市金乡县低保办法", "金乡"),
        ("济宁市智慧城市促进条例", "济宁"),
        ("淄博市荣誉市民称号授予办法", "淄博"),
        ("农村低保办法", ""),
    ],
)
def test_the_smallest_place_a_title_begins_with(tmp_path: Path, title: str, region: str) -> None:
    assert read(tmp_path, f"# {title}\n\n第一条 可以。\n").region == region


BRACKETS = ("〔〕", "［］", "[]", "（）", "()", "【】")


@given(
    office=st.sampled_from(["民发", "鲁政办字", "国办函", "金乡民字"]),
    year=st.integers(1950, 2049),
    no=st.integers(1, 9999),
    brackets=st.sampled_from(BRACKETS),
    space=st.sampled_from(["", " ", "　"]),
)
def test_every_spelling_of_a_number_is_one_number(
    office: str, year: int, no: int, brackets: str, space: str
) -> None:
    proper = f"{office}〔{year}〕{no}号"
    written = f"{office}{brackets[0]}{year}{brackets[1]}{space}{no}{space}号"
    assert number_in(f"根据：{written}文件") == proper
    for typed in (written, f"{office}{year}{space or ' '}{no}号", f"{office}〔{year}〕第{no}号"):
        assert number_key(typed) == number_key(proper) != ""
        assert number_key(proper) in [each.key for each in numbers_in(f"请问{typed}讲的啥")]


@given(st.text(max_size=120))
def test_any_text_has_numbers_or_none(text: str) -> None:
    assert all(each.key and each.start < each.end for each in numbers_in(text))
    assert number_in(text) == "" or number_key(number_in(text)) != ""


def entry(source: str, **known: object) -> Entry:
    said = {
        "title": "低保办法", "kind": "law", "issuer": "", "issued": None, "effective": date(2020, 1, 1),
        "expires": None, "region": "", "digest": source, "passages": 1, "key": "低保办法",
    } | known  # fmt: skip
    return Entry(source, **said)  # type: ignore[arg-type]


TODAY = date(2026, 3, 5)


@pytest.mark.parametrize(
    ("known", "holds"),
    [
        ({}, True),
        ({"expires": date(2026, 3, 5)}, True),
        ({"expires": date(2026, 3, 4)}, False),
        ({"effective": date(2026, 3, 6)}, False),
        ({"status": "repealed"}, False),
        ({"status": "in_force", "expires": date(2026, 3, 4)}, False),
        ({"status": "in_force", "expires": date(2026, 3, 4), "corrected": ("status",)}, True),
        ({"superseded_by": "别处的新办法"}, False),
        ({"superseded_by": "新办法"}, False),
        ({"superseded_by": "将来的办法"}, True),
    ],
)
def test_whether_a_document_holds(known: dict[str, object], holds: bool) -> None:
    one = entry("旧.md", **known)
    new = entry("新.md", title="新办法", key="新办法")
    future = entry("将来.md", title="将来的办法", key="将来的办法", effective=date(2026, 6, 1))
    assert Catalogue([one, new, future]).holds(one, TODAY) is holds


def test_what_takes_the_place_is_found_by_source_title_or_number() -> None:
    new = entry("新.md", title="新办法", key="新办法", number="金政发〔2026〕1号")
    for name in ("新.md", "新办法", "金政发(2026) 1号"):
        old = entry("旧.md", superseded_by=name)
        assert Catalogue([old, new]).successor("旧.md", TODAY) == new


def test_a_newer_text_of_one_name_replaces_only_that_of_its_own_place() -> None:
    here, there = entry("金山.md", region="金山"), entry("邻县.md", region="邻县", effective=date(2025, 1, 1))
    newer = entry("金山2.md", region="金山", effective=date(2024, 1, 1))
    catalogue = Catalogue([here, there, newer])
    replaced = [(each.source, catalogue.successor(each.source, TODAY)) for each in catalogue]
    assert replaced == [("邻县.md", None), ("金山.md", newer), ("金山2.md", None)]


def test_an_entry_is_kept_whole_and_one_of_an_older_form_is_refused(tmp_path: Path) -> None:
    kept = entry_of(read(tmp_path, LETTER))
    assert Entry.from_json(kept.to_json()) == kept
    with pytest.raises(ValueError, match="another form"):
        Entry.from_json(b'["a.md", "A", "law", "", null, null, null, "", "d", 1, "a", []]')
