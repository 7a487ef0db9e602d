"""Tables as people hand them in: question–answer tables become cards, any other goes row by row."""

import hashlib
from datetime import date, datetime
from pathlib import Path

import pytest

from knowledge.errors import Unreadable
from knowledge.ingest import Columns, read_document
from knowledge.ingest.isolation import ReadingRoom
from knowledge.passage import Card, Document
from tests.knowledge.office import saved, workbook


def key(question: str) -> str:
    return hashlib.sha256(question.encode()).hexdigest()[:10]


def cards(document: Document) -> list[Card | None]:
    return [each.card for each in document.passages]


ROWS = [
    ["金山县政策问答汇总", "", "", "", "", "", "", "", ""],
    ["序号", "类别", "群众提问", "答复（口语）", "政策依据", "条款", "去哪办", "带什么", "办理时限"],
    [1, "低保", "低保咋申请；吃低保找谁", "向镇里书面申请。\n村里可以代交。",
     "《社会救助暂行办法》", "11条", "镇便民中心", "身份证、户口簿", "30个工作日"],
    [2, None, "低保多少钱", "以当地公布为准。", "社会救助暂行办法第十条", None, None, None, None],
    [3, "丧葬", "", "没有问题的行不要。", "", "", "", "", ""],
]  # fmt: skip
EXPECTED = [
    Card(
        id=key("低保咋申请"),
        title="低保咋申请",
        questions=("低保咋申请", "吃低保找谁"),
        answer="向镇里书面申请。\n村里可以代交。",
        where="镇便民中心",
        bring="身份证、户口簿",
        takes="30个工作日",
        law="社会救助暂行办法",
        article="第十一条",
        tags=("低保",),
    ),
    Card(
        id=key("低保多少钱"),
        title="低保多少钱",
        questions=("低保多少钱",),
        answer="以当地公布为准。",
        law="社会救助暂行办法",
        article="第十条",
        tags=("低保",),
    ),
]


def test_a_workbook_of_questions_becomes_cards(tmp_path: Path, room: ReadingRoom) -> None:
    book = workbook({"问答": ROWS, "说明": [["此表由民政所填写"]], "选项": [["低保"]]})
    book.worksheets[0].merge_cells("A1:I1")
    book.worksheets[0].merge_cells("B3:B4")
    book.worksheets[2].sheet_state = "hidden"
    path = tmp_path / "金山县问答.xlsx"
    path.write_bytes(saved(book))
    document = read_document(path, "问答.xlsx", room=room)
    assert cards(document) == [*EXPECTED, None]
    assert [(each.heading, each.text, each.article) for each in document.passages] == [
        ("低保咋申请", "向镇里书面申请。\n村里可以代交。", "第十一条"),
        ("低保多少钱", "以当地公布为准。", "第十条"),
        ("说明", "此表由民政所填写", None),
    ]
    assert (document.kind, document.title, document.region) == ("card", "金山县问答", "金山")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", ";", "\t", "，"])
def test_delimited_text_of_any_kind(tmp_path: Path, encoding: str, mark: str) -> None:
    rows = [
        ["问题", "答案", "标签", "生效日期"],
        ["低保多少钱", "以当地公布为准。", "低保、救助", "2024年5月1日"],
    ]
    path = tmp_path / "问答.csv"
    path.write_bytes("\r\n".join(mark.join(row) for row in rows).encode(encoding))
    assert cards(read_document(path, "问答.csv")) == [
        Card(
            id=key("低保多少钱"),
            title="低保多少钱",
            questions=("低保多少钱",),
            answer="以当地公布为准。",
            effective=date(2024, 5, 1),
            tags=("低保", "救助"),
        )
    ]


def test_headers_in_english_and_an_id_that_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "faq.csv"
    path.write_text('ID,Question,Answer,Clause\nd1,"How, then?","So",9\nd1,Again?,Yes,\n', encoding="utf-8")
    assert cards(read_document(path, "faq.csv")) == [
        Card(id="d1", title="How, then?", questions=("How, then?",), answer="So", article="第九条"),
        Card(id="d1-2", title="Again?", questions=("Again?",), answer="Yes"),
    ]


def test_a_mapping_can_be_given(tmp_path: Path) -> None:
    path = tmp_path / "热线.csv"
    path.write_text("来电内容,处理口径,处理口径2\n低保多少钱,以当地公布为准。,x\n", encoding="utf-8")
    assert cards(read_document(path, "热线.csv")) == [None]
    mapped = read_document(path, "热线.csv", Columns(question=("来电内容",), answer=("处理口径",)))
    assert [each.answer for each in cards(mapped) if each] == ["以当地公布为准。"]


def test_a_moved_row_keeps_its_passage(tmp_path: Path) -> None:
    ids = []
    for body in ("甲？,一\n乙？,二\n", "丙？,三\n乙？,二\n甲？,一\n"):
        path = tmp_path / "问答.csv"
        path.write_text("问题,答案\n" + body, encoding="utf-8")
        ids.append({each.heading: each.id for each in read_document(path, "问答.csv").passages})
    assert ids[0].items() <= ids[1].items()


def test_any_other_table_goes_row_by_row(tmp_path: Path, room: ReadingRoom) -> None:
    book = workbook(
        {
            "补贴标准": [
                ["2024年补贴标准"],
                ["项目", "标准", "比例", "起算", "办结"],
                ["种粮补贴", 125.5, 0.75, datetime(2024, 5, 1), True],
                [None, None, None, None, None],
                ["农机补贴", 3.0, None, datetime(2024, 5, 1, 9, 30), None],
            ]
        }
    )
    sheet = book.worksheets[0]
    sheet.merge_cells("A1:E1")
    sheet["C3"].number_format = "0%"
    path = tmp_path / "标准.xlsx"
    path.write_bytes(saved(book))
    document = read_document(path, "标准.xlsx", room=room)
    assert [(each.heading, each.text) for each in document.passages] == [
        ("补贴标准 > 2024年补贴标准", "项目：种粮补贴；标准：125.5；比例：75%；起算：2024-05-01；办结：是"),
        ("补贴标准 > 2024年补贴标准", "项目：农机补贴；标准：3；起算：2024-05-01 09:30"),
    ]
    assert (document.kind, document.title) == ("law", "标准")


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], "表里没有内容。"),
        ([["问题", "答案"]], "表里没有内容。"),
    ],
)
def test_a_table_without_rows_is_refused(
    tmp_path: Path, room: ReadingRoom, rows: list[list[str]], sentence: str
) -> None:
    path = tmp_path / "空.xlsx"
    path.write_bytes(saved(workbook({"空": rows})))
    with pytest.raises(Unreadable) as refused:
        read_document(path, "空.xlsx", room=room)
    assert refused.value.reason == sentence
