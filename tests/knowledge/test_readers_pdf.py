"""PDF as office programs print it, written by hand; whole texts compared."""

from datetime import date
from pathlib import Path

import pytest

from knowledge.errors import Unreadable
from knowledge.ingest import read_document
from knowledge.ingest.isolation import ReadingRoom
from knowledge.passage import Document
from tests.knowledge.office import Print, pdf, printed


def read(data: bytes, folder: Path, room: ReadingRoom) -> Document:
    path = folder / "文件.pdf"
    path.write_bytes(data)
    return read_document(path, "文件.pdf", room=room)


def texts(document: Document) -> list[str]:
    return [each.text for each in document.passages]


NOTICE = """各镇（街道）人民政府：
为了切实做好今年冬季困难群众取暖救助工作，保障困难群众温暖过冬，经县政府同意，现将有关事项通知如下。
一、救助对象
（一）最低生活保障对象、特困人员，以及因火灾、重病等原因造成生活困难的其他家庭，由镇街逐户核实后再上报，"""
REST = """由县民政局汇总。
二、救助标准
每户每年不低于三百元。"""


def test_a_notice_over_two_pages_is_one_text(tmp_path: Path, room: ReadingRoom) -> None:
    head: list[Print] = [
        (22, 90, 740, "金山县人民政府办公室关于做好困难群众"),
        (22, 150, 710, "冬季取暖救助工作的通知"),
    ]
    first = printed(NOTICE, top=660)
    second = [
        (size, 80 if at == 0 else left, base, text)
        for at, (size, left, base, text) in enumerate(printed(REST))
    ]
    signed: list[Print] = [(16, 350, 500, "金山县人民政府办公室"), (16, 380, 472, "2023年11月2日")]
    running: list[list[Print]] = [
        [(10, 200, 800, "金山县人民政府办公室文件"), (10, 280, 40, f"— {at} —")] for at in (1, 2)
    ]
    document = read(pdf([head + first + running[0], running[1] + second + signed]), tmp_path, room)
    assert [(each.heading, each.text) for each in document.passages] == [
        (
            "",
            "各镇（街道）人民政府：\n\n为了切实做好今年冬季困难群众取暖救助工作，保障困难群众温暖过冬，经县政府同意，"
            "现将有关事项通知如下。",
        ),
        (
            "一、救助对象",
            "（一）最低生活保障对象、特困人员，以及因火灾、重病等原因造成生活困难的其他家庭，由镇街逐户核实后再上报，由县民政局汇总。",
        ),
        ("二、救助标准", "每户每年不低于三百元。"),
    ]
    assert (document.title, document.issuer, document.issued, document.region) == (
        "金山县人民政府办公室关于做好困难群众冬季取暖救助工作的通知",
        "金山县人民政府办公室",
        date(2023, 11, 2),
        "金山",
    )


def test_articles_and_chapters_of_a_rule(tmp_path: Path, room: ReadingRoom) -> None:
    rule = """第一章 总则
第一条 为了规范村头共享菜园的管理，方便群众种菜，根据有关规定，结合本县实际情况，制定本办法。
第二条 依照前条规定管理菜园的，由村民委员会登记。
第二章 附则
第三条 本办法自2024年1月15日起施行。"""
    document = read(pdf([[(22, 180, 780, "金山县菜园管理办法"), *printed(rule, top=720)]]), tmp_path, room)
    assert [(each.article, each.heading) for each in document.passages] == [
        ("第一条", "第一章 总则"),
        ("第二条", "第一章 总则"),
        ("第三条", "第二章 附则"),
    ]
    assert texts(document)[0] == rule.splitlines()[1]
    assert (document.title, document.effective) == ("金山县菜园管理办法", date(2024, 1, 15))


def test_columns_are_read_one_after_the_other(tmp_path: Path, room: ReadingRoom) -> None:
    left = printed(
        "第一条 左栏的第一段话，有好几行那么长，要一直读到它的句号为止。\n第二条 左栏的第二段。", right=280
    )
    right = printed(
        "第三条 右栏的第一段话，也有好几行那么长，要一直读到它的句号为止。\n第四条 右栏的第二段。", left=310
    )
    assert texts(read(pdf([left + right]), tmp_path, room)) == [
        "第一条 左栏的第一段话，有好几行那么长，要一直读到它的句号为止。",
        "第二条 左栏的第二段。",
        "第三条 右栏的第一段话，也有好几行那么长，要一直读到它的句号为止。",
        "第四条 右栏的第二段。",
    ]


def test_lines_written_out_of_order_are_put_in_order(tmp_path: Path, room: ReadingRoom) -> None:
    lines = printed("第一条 这一段话很长，所以在纸上占了不止一行，要接起来才读得通。\n第二条 完。")
    assert texts(read(pdf([lines[::-1]]), tmp_path, room)) == [
        "第一条 这一段话很长，所以在纸上占了不止一行，要接起来才读得通。",
        "第二条 完。",
    ]


def test_words_of_latin_letters_are_joined_with_a_space_and_chinese_without(
    tmp_path: Path, room: ReadingRoom
) -> None:
    lines: list[Print] = [
        (16, 80, 760, "第一条 下载客户端并用" + "甲" * 15 + " Wi"),
        (16, 80, 732, "Fi 上网。"),
    ]
    assert texts(read(pdf([lines]), tmp_path, room)) == [
        "第一条 下载客户端并用" + "甲" * 15 + " Wi Fi 上网。"
    ]


GARBLED = "PDF 里的文字读出来是乱码，请找 Word 版，或者用文字识别软件转换后再导入。"
SCAN = "这是扫描件，里面只有图片没有文字，请找发文单位要电子版，或者用文字识别软件转成 Word 再导入。"
KEY = b"/ID[<%s><%s>]/Encrypt<</Filter/Standard/V 1/R 2/O<%s>/U<%s>/P -4>>" % (
    b"00" * 16, b"00" * 16, b"11" * 32, b"22" * 32,
)  # fmt: skip


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (pdf([[], []], picture=True), SCAN),
        (pdf([[(10, 280, 40, "— 1 —")], [(10, 280, 40, "— 2 —")]], picture=True), SCAN),
        (pdf([[]]), "PDF 里没有文字。"),
        (pdf([printed("第一条 甲。")], trailer=KEY), "文件加了密码，请先去掉密码再导入。"),
        (pdf([printed("\ue000\ue001\ue002\ue003\ue004第一条")]), GARBLED),
        (pdf([printed("第一条 甲。")])[:900], "文件坏了或者不完整，请重新下载，或者打开后另存一份再导入。"),
    ],
    ids=["scan", "scan with page numbers", "blank", "password", "garbled", "cut short"],
)  # fmt: skip
def test_a_pdf_without_words_says_what_to_do(
    tmp_path: Path, room: ReadingRoom, data: bytes, sentence: str
) -> None:
    with pytest.raises(Unreadable) as refused:
        read(data, tmp_path, room)
    assert refused.value.reason == sentence


def test_a_page_of_pictures_in_a_text_is_no_scan(tmp_path: Path, room: ReadingRoom) -> None:
    assert texts(read(pdf([printed("第一条 图在旁边，字在这里。")], picture=True), tmp_path, room)) == [
        "第一条 图在旁边，字在这里。"
    ]
