"""A file that is no county's sheet: each kind is refused in one sentence."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook

from bot.sheets import BadSheet, read_grid, under_headers
from handlers.places.phrases import COUNTY_FIELDS
from tests.handlers.county_sheet import GOOD, HEADERS, REQUIRED, book
from tests.knowledge.hostile import HOSTILE

FILES: dict[str, tuple[str, Callable[[Path], None], str]] = {}


def file(name: str, says: str) -> Callable[[Callable[[Path], None]], None]:
    def kept(write: Callable[[Path], None]) -> None:
        FILES[write.__name__.strip("_").replace("_", " ")] = name, write, says

    return kept


@file("台账.xlsx", "第 1 行表头：A 列和 C 列都是“镇街”")
def _duplicate_header(path: Path) -> None:
    book([["镇街", "村", "乡镇", "责任田编号", "团队编号"], ["清河镇", "永续社区", "清河镇", 1, "T1"]], path)


@file("台账.xlsx", "第 2 行表头缺少：团队编号")
def _header_missing(path: Path) -> None:
    book([["台账"], ["镇街", "村", "责任田编号"], ["清河镇", "永续社区", 1]], path)


@file("台账.xlsx", "没有找到表头（从第 1 行看起）")
def _no_header_at_all(path: Path) -> None:
    book([["甲", "乙"], ["丙", "丁"]], path)


@file("台账.xlsx", "文件是空的")
def _empty_sheet(path: Path) -> None:
    book([], path)


@file("台账.csv", "文件是空的")
def _empty_file(path: Path) -> None:
    path.write_bytes(b"")


@file("台账.xlsx", "加了打开密码")
def _encrypted(path: Path) -> None:
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 504 + "EncryptedPackage".encode("utf-16-le"))


@file("台账.xlsx", "旧格式的 .xls")
def _old_book_under_a_new_name(path: Path) -> None:
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 504 + "Workbook".encode("utf-16-le"))


@file("台账.xls", "旧格式的 .xls")
def _old_book(path: Path) -> None:
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 504)


@file("台账.xlsx", "超过 100 MB 的上限")
def _zip_bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (101 * 1024 * 1024))


@file("台账.xlsx", "表格打不开")
def _broken_book(path: Path) -> None:
    book([HEADERS, GOOD], path)
    path.write_bytes(path.read_bytes()[:-400])


@file("台账.csv", "第 3 行 B 列附近有认不出来的文字编码")
def _broken_byte_in_gbk(path: Path) -> None:
    lines = ["镇街,村,责任田编号,团队编号", "清河镇,永续社区,1,T1", "清河镇,永续社区,2,T2"]
    data = "\n".join(lines).encode("gbk")
    at = data.rindex("永续".encode("gbk"))
    path.write_bytes(data[:at] + b"\xd3\xff" + data[at + 2 :])


@file("台账.xlsx", "有内容的格子一直到 XFD1048576")
def _cell_far_away(path: Path) -> None:
    made = Workbook()
    assert made.active is not None
    made.active.append(HEADERS)
    made.active["XFD1048576"] = 1
    made.save(path)


@file("台账.xlsx", "合并的单元格太大")
def _merged_far_and_wide(path: Path) -> None:
    made = Workbook()
    assert made.active is not None
    made.active.append(HEADERS)
    made.active.merge_cells("A3:A4")
    made.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data.replace(b"A3:A4", b"A3:XFD1048576"))


@file("台账.xlsx", "表头下面没有内容")
def _header_alone(path: Path) -> None:
    book([["台账"], HEADERS], path)


@file("台账.docx", "认不得“.docx”这种文件")
def _no_table(path: Path) -> None:
    path.write_bytes(b"PK")


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_sheet_says_so_in_one_sentence(tmp_path: Path, name: str) -> None:
    called, write, says = FILES[name]
    write(tmp_path / called)
    with pytest.raises(BadSheet, match=re.escape(says)):
        under_headers(read_grid(tmp_path / called), COUNTY_FIELDS, required=REQUIRED, name=called)


CALLED_A_SHEET = (
    "overlapping entries", "entry that leads up", "link", "locked entry", "billion laughs", "far cell", "far merge",
    "billion laughs in a sheet", "sheet cut short", "docx called xlsx",
)  # fmt: skip


@pytest.mark.parametrize("name", CALLED_A_SHEET)
def test_whatever_is_called_a_sheet_is_read_or_refused_in_a_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "台账.xlsx").write_bytes(HOSTILE[name][1]())
    if name == "billion laughs in a sheet":
        assert max(len(cell.text) for row in read_grid(tmp_path / "台账.xlsx") for cell in row.cells) < 1000
        return
    with pytest.raises(BadSheet, match=r"^[^\n]+$"):
        read_grid(tmp_path / "台账.xlsx")


def test_every_kind_of_file_was_tried() -> None:
    assert len(FILES) == 15
