"""Word documents as county offices write them, made here by python-docx; whole documents compared."""

from datetime import date
from pathlib import Path

import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from knowledge.ingest import read_document
from knowledge.ingest.isolation import ReadingRoom
from knowledge.passage import Document
from tests.knowledge import office

Row = tuple[str | None, str, str]


def read(document: office.Word, folder: Path, room: ReadingRoom) -> Document:
    path = folder / "文件.docx"
    path.write_bytes(office.saved(document))
    return read_document(path, "镇里/文件.docx", room=room)


def rows(document: Document) -> list[Row]:
    return [(each.article, each.heading, each.text) for each in document.passages]


def centred(document: office.Word, *texts: str) -> None:
    for text in texts:
        document.add_paragraph(text).alignment = WD_ALIGN_PARAGRAPH.CENTER


def test_a_notice_with_the_rules_it_brings_is_cited_as_the_rules(tmp_path: Path, room: ReadingRoom) -> None:
    word = office.word()
    centred(word, "金山县民政局文件", "金民发〔2023〕12号", "关于印发《金山县临时救助", "实施办法》的通知")
    word.add_paragraph("各镇（街道）：")
    word.add_paragraph("现将《金山县临时救助实施办法》印发给你们，请认真贯彻执行。")
    word.add_paragraph("金山县民政局")
    word.add_paragraph("2023年5月4日")
    centred(word, "金山县临时救助实施办法")
    rules = office.numbered_list(
        word,
        [
            ("chineseCountingThousand", "第%1章"),
            ("chineseCountingThousand", "第%2条"),
            ("chineseCounting", "（%3）"),
        ],
    )
    word.add_heading("第一章 总则", 1)
    for level, text in (
        (1, "为了救助困难群众，制定本办法。"),
        (1, "下列家庭可以申请："),
        (2, "突发重病的；"),
        (2, "房屋失火的。"),
    ):
        office.in_list(word.add_paragraph(text), rules, level)
    word.add_heading("第二章 附则", 1)
    office.in_list(word.add_paragraph("本办法自2023年6月1日起施行，有效期5年。"), rules, 1)
    word.add_paragraph("（此件公开发布）")

    document = read(word, tmp_path, room)

    assert rows(document) == [
        (None, "", "各镇（街道）：\n\n现将《金山县临时救助实施办法》印发给你们，请认真贯彻执行。"),
        ("第一条", "第一章 总则", "第一条 为了救助困难群众，制定本办法。"),
        ("第二条", "第一章 总则", "第二条 下列家庭可以申请：\n\n（一）突发重病的；\n\n（二）房屋失火的。"),
        ("第三条", "第二章 附则", "第三条 本办法自2023年6月1日起施行，有效期5年。"),
    ]
    assert (document.source, document.title, document.kind, document.issuer, document.region) == (
        "镇里/文件.docx",
        "金山县临时救助实施办法",
        "law",
        "金山县民政局",
        "金山",
    )
    assert (document.issued, document.effective, document.expires) == (
        date(2023, 5, 4),
        date(2023, 6, 1),
        date(2028, 5, 31),
    )


def test_headings_of_office_papers_are_kept(tmp_path: Path, room: ReadingRoom) -> None:
    word = office.word()
    word.add_paragraph("关于做好冬季取暖救助工作的意见", style="Title")
    word.add_heading("一、救助对象", 1)
    word.add_heading("（一）低保对象", 2)
    word.add_paragraph("在册的低保家庭。")
    word.add_heading("（二）其他家庭", 2)
    word.add_paragraph("由镇街核实。")
    word.add_heading("二、救助标准", 1)
    word.add_paragraph("每户每年不低于三百元。")
    assert rows(read(word, tmp_path, room)) == [
        (None, "一、救助对象 > （一）低保对象", "在册的低保家庭。"),
        (None, "一、救助对象 > （二）其他家庭", "由镇街核实。"),
        (None, "二、救助标准", "每户每年不低于三百元。"),
    ]


def test_tables_are_rows_with_their_headers(tmp_path: Path, room: ReadingRoom) -> None:
    word = office.word()
    word.add_paragraph("救助标准一览")
    table = word.add_table(4, 3)
    cells = [
        ["救助标准（2023年）", "", ""],
        ["对象", "标准", "部门"],
        ["孤儿", "每月1000元", "民政局"],
        ["特困", "每月800元", ""],
    ]
    for at, row in enumerate(cells):
        for column, text in enumerate(row):
            table.cell(at, column).text = text
    table.cell(0, 0).merge(table.cell(0, 2))
    table.cell(2, 2).merge(table.cell(3, 2))
    layout = word.add_table(1, 1)
    layout.cell(0, 0).text = "咨询电话见公告栏。"
    assert rows(read(word, tmp_path, room)) == [
        (
            None,
            "",
            "救助标准（2023年）\n\n对象：孤儿；标准：每月1000元；部门：民政局\n\n对象：特困；标准：每月800元；部门：民政局\n\n"
            "咨询电话见公告栏。",
        )
    ]


def test_what_is_deleted_hidden_or_a_table_of_contents_is_not_read(tmp_path: Path, room: ReadingRoom) -> None:
    word = office.word()
    word.add_paragraph("某县办法")
    contents = word.add_paragraph("第一章 总则	1")
    contents.style = word.styles.add_style("toc 1", 1)
    rule = word.add_paragraph("第一条 每月")
    office.changed(rule, "del", "五百")
    office.changed(rule, "ins", "六百")
    rule.add_run("元")
    rule.add_run("（此处待定）").font.hidden = True
    rule.add_run("，由镇政府发。")
    box = parse_xml(
        f"<w:r {nsdecls('w')}><w:pict><w:txbxContent><w:p><w:r><w:t>文本框里的话。</w:t></w:r></w:p>"
        "</w:txbxContent></w:pict></w:r>"
    )
    rule._p.append(box)
    word.sections[0].header.paragraphs[0].text = "页眉"
    assert rows(read(word, tmp_path, room)) == [
        ("第一条", "", "第一条 每月六百元，由镇政府发。\n\n文本框里的话。")
    ]


@pytest.mark.parametrize(
    ("form", "text", "labels"),
    [
        ("decimal", "%1.", ["1.甲。", "2.乙。"]),
        ("japaneseCounting", "%1、", ["一、甲。", "二、乙。"]),
        ("decimalEnclosedCircle", "%1", ["① 甲。", "② 乙。"]),
        ("upperLetter", "%1)", ["A)甲。", "B)乙。"]),
        ("lowerRoman", "(%1)", ["(i)甲。", "(ii)乙。"]),
        ("ideographTraditional", "%1．", ["甲．甲。", "乙．乙。"]),
        ("bullet", "•", ["甲。", "乙。"]),
    ],
)
def test_numbers_are_shown_as_word_shows_them(
    tmp_path: Path, room: ReadingRoom, form: str, text: str, labels: list[str]
) -> None:
    word = office.word()
    word.add_paragraph("某县办法")
    number = office.numbered_list(word, [(form, text)])
    for words in ("甲。", "乙。"):
        office.in_list(word.add_paragraph(words), number)
    assert "\n\n".join(each.text for each in read(word, tmp_path, room).passages) == "\n\n".join(labels)
