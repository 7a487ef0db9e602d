"""Files as they come: encodings, hostile bytes, sizes, links; each refusal is one Chinese sentence."""

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.errors import BadCard
from knowledge.ingest import LARGEST_FILE, Unreadable, found, read_document
from knowledge.ingest.cards import cards_in
from knowledge.ingest.dating import dates, effective_on, expires_on, issued_on, region_of, repealed
from knowledge.ingest.decoding import decoded
from knowledge.passage import Card

TEXT = "某县低保办法\n\n第一条 家庭困难的，可以申请最低生活保障。\n\n第二条 本办法自2024年5月1日起施行。\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk"])
def test_every_common_encoding_reads_the_same(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "低保.txt"
    path.write_bytes(TEXT.encode(encoding))
    document = read_document(path, "低保.txt")
    assert [(p.article, p.text) for p in document.passages] == [
        ("第一条", "第一条 家庭困难的，可以申请最低生活保障。"),
        ("第二条", "第二条 本办法自2024年5月1日起施行。"),
    ]
    assert (document.title, document.effective, document.region) == ("某县低保办法", date(2024, 5, 1), "")


def test_windows_line_ends_and_invisible_marks_do_not_hide_an_article(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes("# 办法\r\n\r\n\u200b第一条\u3000甲\u202e乙\x07。\r\n\x0c第二条 丙\ufeff。\r\n".encode())
    assert [p.text for p in read_document(path, "a.md").passages] == ["第一条\u3000甲乙。", "第二条 丙。"]


REFUSED = {
    "空.txt": b"",
    "白.md": " \n\u3000\n".encode(),
    "图.md": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 4,
    "乱.txt": bytes(range(1, 256)) * 40,
    "只有注释.md": b"# t\n<!-- INFO END -->\n<!-- nothing -->",
    "表.ppt": b"a,b",
    "无后缀": b"text",
    "坏卡.toml": b"[[card]]\nid = ",
    "没有卡.toml": b"a = 1",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(REFUSED[name])
    with pytest.raises(Unreadable) as refused:
        read_document(path, name)
    assert re.fullmatch(r"[^。\n]{4,120}。", refused.value.reason)


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "大.md"
    with path.open("wb") as file:
        file.truncate(LARGEST_FILE * 10 + 1)
    with pytest.raises(Unreadable, match="文件有 200 MB，超过 20 MB 的上限。"):
        read_document(path, "大.md")


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "夹.md").mkdir()
    for name, reason in (("无.md", "没有这个文件。"), ("夹.md", "这不是一个文件。")):
        with pytest.raises(Unreadable, match=reason):
            read_document(tmp_path / name, name)


def test_files_are_found_in_order_and_links_that_lead_out_are_left(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside.md"
    (root / "乙").mkdir(parents=True)
    (root / ".git").mkdir()
    for path in (root / "b.md", root / "a.md", root / "乙" / "c.md", root / ".git" / "d.md", outside):
        path.write_text("# t\n第一条 甲。", encoding="utf-8")
    (root / "out.md").symlink_to(outside)
    (root / "in.md").symlink_to(root / "a.md")
    (root / "loop").symlink_to(root)
    assert [source for _, source in found([root, outside])] == [
        "a.md",
        "b.md",
        "in.md",
        "乙/c.md",
        "outside.md",
    ]


@given(st.binary(max_size=300))
def test_any_bytes_are_text_or_are_not(data: bytes) -> None:
    text = decoded(data)
    assert text is None or "\0" not in text


@given(st.binary(max_size=200))
def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("any")
    for name in ("x.md", "x.toml"):
        path = folder / name
        path.write_bytes(data)
        try:
            assert read_document(path, name).passages
        except Unreadable as refused:
            assert refused.reason


CARD = """
[[card]]
id = "dibao"
title = "谁能申请低保"
questions = ["低保要啥条件"]
answer = "收入低、财产少的家庭。"
law = "社会救助暂行办法"
article = "9条"
effective = 2014-05-01
tags = ["低保"]
"""


def test_a_card_is_read_whole() -> None:
    assert cards_in(CARD) == (
        Card(
            id="dibao",
            title="谁能申请低保",
            questions=("低保要啥条件",),
            answer="收入低、财产少的家庭。",
            law="社会救助暂行办法",
            article="第九条",
            effective=date(2014, 5, 1),
            tags=("低保",),
        ),
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (CARD + CARD, "卡片编号“dibao”用了不止一次。"),
        (CARD.replace('answer = "收入低、财产少的家庭。"', ""), "卡片“dibao”缺少“answer”。"),
        (CARD + 'anser = "错字"', "卡片“dibao”有不认识的栏目“anser”。"),
        (CARD.replace("2014-05-01", '"去年"'), "卡片“dibao”的“effective”写法不对。"),
        ("card = [1]", "第1张卡片写法不对。"),
    ],
)
def test_a_broken_card_is_named(text: str, reason: str) -> None:
    with pytest.raises(BadCard, match=re.escape(reason)):
        cards_in(text)


def test_dates_of_a_text() -> None:
    preamble = "1997年7月21日 国务院令第225号公布\n2012年11月9日 修正\n2013年1月1日 施行"
    assert issued_on("殡葬管理条例(2012-12-01).md", preamble) == date(2012, 12, 1)
    assert issued_on("殡葬管理条例.md", preamble) == date(2012, 11, 9)
    assert effective_on(preamble, []) == date(2013, 1, 1)
    assert effective_on("2014年2月21日公布", ["第七十条 本办法自2014年5月1日起施行。"]) == date(2014, 5, 1)
    assert effective_on("2014年2月21日公布", ["第七十条 本办法自公布之日起施行。"]) == date(2014, 2, 21)
    assert effective_on("", ["第一条 自己动手施行。"]) is None
    assert dates("二〇二四年十二月三日") == [date(2024, 12, 3)]


def test_the_end_of_a_term() -> None:
    start = date(2020, 2, 29)
    assert expires_on(start, ["本办法有效期5年。"]) == date(2025, 2, 27)
    assert expires_on(date(2024, 5, 1), ["本办法自2024年5月1日起施行，有效期至2029年4月30日。"]) == date(
        2029, 4, 30
    )
    assert expires_on(start, ["居民身份证有效期的规定"]) is None
    assert expires_on(None, ["有效期五年"]) is None


def test_what_a_text_repeals() -> None:
    text = "第十条 本法自2025年1月1日起施行。《甲条例》、《中华人民共和国〈乙法〉实施细则》同时废止。"
    assert repealed([text, "《丙法》另有规定的，从其规定。"]) == ("甲条例", "中华人民共和国〈乙法〉实施细则")


@pytest.mark.parametrize(
    ("title", "region"),
    [
        ("山东省村务公开条例", "山东"),
        ("金乡县人民政府关于低保的通知", "金乡"),
        ("任城区养犬办法", "任城"),
        ("中华人民共和国城市房地产管理法", ""),
        ("城市绿化条例", ""),
        ("自然保护区条例", ""),
        ("全国人民代表大会组织法", ""),
    ],
)
def test_the_place_a_title_names(title: str, region: str) -> None:
    assert region_of(title) == region
