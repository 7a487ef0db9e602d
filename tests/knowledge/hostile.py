"""Files made to hurt whoever opens them. Each is built when asked for, none is kept."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

from tests.knowledge.office import pdf, printed, repacked, saved, word, workbook

MB = 1024 * 1024
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def good_word() -> bytes:
    document = word()
    document.add_paragraph("某县办法")
    document.add_paragraph("第一条 甲。")
    return saved(document)


def good_sheet() -> bytes:
    return saved(workbook({"表": [["项目", "标准"], ["种粮", 125]]}))


def good_page() -> bytes:
    return "<html><body><h1>某县办法</h1><p>第一条 甲。</p></body></html>".encode()


def good_pdf() -> bytes:
    return pdf([printed("第一条 甲。")])


GOOD: dict[str, Callable[[], bytes]] = {
    ".docx": good_word,
    ".xlsx": good_sheet,
    ".html": good_page,
    ".pdf": good_pdf,
}


def _words(body: str) -> Callable[[], bytes]:
    """A Word document with this body in its main part; `%` stands for itself."""
    return lambda: repacked(
        good_word(), {"word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>".encode()}
    )


def _part(name: str, content: bytes) -> Callable[[], bytes]:
    good = good_word if name.startswith("word/") else good_sheet
    return lambda: repacked(good(), {name: content})


def _declared(entities: str, use: str) -> bytes:
    body = f"<w:body><w:p><w:r><w:t>{use}</w:t></w:r></w:p></w:body>"
    return f"<!DOCTYPE a [{entities}]><w:document {W}>{body}</w:document>".encode()


def _laughs() -> str:
    return '<!ENTITY a0 "哈哈哈哈">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))


def _entry(name: str, mode: int = 0) -> Callable[[], bytes]:
    """A document with one more entry of this name."""

    def make() -> bytes:
        out = io.BytesIO(good_word())
        with zipfile.ZipFile(out, "a") as archive:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, "x")
        return out.getvalue()

    return make


def many_entries() -> bytes:
    out = io.BytesIO(good_word())
    with zipfile.ZipFile(out, "a") as archive:
        for number in range(2001):
            archive.writestr(f"word/media/{number}", "")
    return out.getvalue()


def overlapping() -> bytes:
    """Two names in the central directory that share the bytes of one entry."""
    data = good_word()
    end = data.rindex(b"PK\x05\x06")
    count, size, start = (
        struct.unpack("<H", data[end + 10 : end + 12])[0],
        *struct.unpack("<II", data[end + 12 : end + 20]),
    )
    at = data.index(b"PK\x01\x02", start)
    length = 46 + sum(struct.unpack("<HHH", data[at + 28 : at + 34]))
    twin = bytearray(data[at : at + length])
    twin[46] ^= 1
    tail = bytearray(data[end:])
    tail[8:12] = struct.pack("<HH", count + 1, count + 1)
    tail[12:16] = struct.pack("<I", size + len(twin))
    return data[:end] + bytes(twin) + bytes(tail)


def lying_about_size() -> bytes:
    """An entry of 20 MB that says it has a hundred bytes."""
    data = bytearray(repacked(good_word(), {"word/media/a.xml": b"<a>" + b" " * 20 * MB + b"</a>"}))
    at = data.index(b"word/media/a.xml", data.rindex(b"PK\x01\x02")) - 46
    data[at + 24 : at + 28] = struct.pack("<I", 100)
    return bytes(data)


def locked_entry() -> bytes:
    data = bytearray(good_word())
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    return bytes(data)


def _nested(levels: int) -> bytes:
    inner = b"0" * MB
    for level in range(levels):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for copy in range(10):
                archive.writestr(f"{level}-{copy}.zip", inner)
        inner = out.getvalue()
    return inner


def nested_bomb() -> bytes:
    """A petabyte in zips within zips: nobody opens the inner ones."""
    return repacked(good_word(), {"word/media/inner.zip": _nested(9)})


def far_cell() -> bytes:
    book = workbook({"表": [["项目", "标准"]]})
    book.worksheets[0]["XFD1048576"] = 1
    return saved(book)


def far_merge() -> bytes:
    cell = '<row r="1"><c r="A1" t="inlineStr"><is><t>甲</t></is></c></row>'
    merged = '<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    sheet = f"<worksheet {S}><sheetData>{cell}</sheetData>{merged}</worksheet>"
    return repacked(good_sheet(), {"xl/worksheets/sheet1.xml": sheet.encode()})


def wide_spans() -> bytes:
    cell = '<w:tc><w:tcPr><w:gridSpan w:val="999999999"/></w:tcPr><w:p><w:r><w:t>甲</w:t></w:r></w:p></w:tc>'
    return _words(f"<w:tbl>{f'<w:tr>{cell * 2}</w:tr>' * 2}</w:tbl>")()


def spilled_cell() -> bytes:
    """A word of 100,000 letters in a cell that a thousand rows share."""
    long = f"<w:p><w:r><w:t>{'长' * 100_000}</w:t></w:r></w:p>"
    first = f'<w:tc><w:tcPr><w:vMerge w:val="restart"/></w:tcPr>{long}</w:tc><w:tc>{long}</w:tc>'
    other = "<w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc><w:tc><w:p/></w:tc>"
    return _words(f"<w:tbl><w:tr>{first}</w:tr>{f'<w:tr>{other}</w:tr>' * 1000}</w:tbl>")()


def stream_bomb() -> bytes:
    """A page whose content unpacks to 600 MB."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b"q " * (MB // 2)) for _ in range(600)) + packer.flush()
    data = pdf([[]])
    start = data.index(b"<</Length 0>>stream")
    end = data.index(b"endstream", start)
    return (
        data[:start] + b"<</Filter/FlateDecode/Length %d>>stream\n%s\n" % (len(packed), packed) + data[end:]
    )


def page_loop() -> bytes:
    """A page tree that is its own child."""
    data = pdf([[]])
    return data.replace(b"/Kids[6 0 R]", b"/Kids[7 0 R]")


HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "flat bomb": (".docx", _part("word/media/a.bin", b"0" * 30 * MB)),
    "flat bomb of sheets": (".xlsx", _part("xl/media/a.bin", b"0" * 101 * MB)),
    "many entries": (".docx", many_entries),
    "overlapping entries": (".docx", overlapping),
    "size that lies": (".docx", lying_about_size),
    "entry that leads up": (".docx", _entry("word/../../etc/passwd")),
    "entry that leads up, in Windows": (".docx", _entry("word\\..\\..\\boot.ini")),
    "entry at the root": (".docx", _entry("/etc/passwd")),
    "entry on a drive": (".docx", _entry("C:\\boot.ini")),
    "link": (".docx", _entry("word/link", 0o120777)),
    "locked entry": (".docx", locked_entry),
    "billion laughs": (".docx", _part("word/document.xml", _declared(_laughs(), "&a11;"))),
    "billion laughs in UTF-16": (
        ".docx",
        _part("word/document.xml", _declared(_laughs(), "&a11;").decode().encode("utf-16")),
    ),
    "quadratic blow-up": (
        ".docx",
        _part("word/document.xml", _declared(f'<!ENTITY a "{"哈" * 50_000}">', "&a;" * 50_000)),
    ),
    "foreign entity": (
        ".docx",
        _part("word/document.xml", _declared('<!ENTITY a SYSTEM "file:///etc/passwd">', "&a;")),
    ),
    "billion laughs in a sheet": (
        ".xlsx",
        _part("xl/sharedStrings.xml", _declared(_laughs(), "&a11;")),
    ),
    "deep markup": (".docx", _words("<w:ins>" * 50_000 + "</w:ins>" * 50_000)),
    "deep tables": (
        ".docx",
        _words("<w:tbl><w:tr><w:tc>" * 60 + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * 60),
    ),
    "spilled cell": (".docx", spilled_cell),
    "far cell": (".xlsx", far_cell),
    "far merge": (".xlsx", far_merge),
    "cut short": (".docx", lambda: good_word()[:-400]),
    "sheet cut short": (".xlsx", lambda: good_sheet()[:2000]),
    "pdf called docx": (".docx", good_pdf),
    "sheet called docx": (".docx", good_sheet),
    "docx called xlsx": (".xlsx", good_word),
    "docx called pdf": (".pdf", good_word),
    "page called docx": (".docx", good_page),
    "docx called page": (".html", good_word),
    "old Word": (".docx", lambda: bytes.fromhex("D0CF11E0A1B11AE1") + bytes(4096)),
    "locked Word": (
        ".docx",
        lambda: bytes.fromhex("D0CF11E0A1B11AE1") + bytes(512) + "EncryptedPackage".encode("utf-16-le"),
    ),
    "not a Word document": (".docx", _part("[Content_Types].xml", b"<Types/>")),
    "deep page": (".html", lambda: b"<html><body>" + b"<div>" * 200_000),
    "stream bomb": (".pdf", stream_bomb),
    "page loop": (".pdf", page_loop),
}
"""Name → the ending of the file, and its maker. All must be refused."""

HARMLESS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "nested bomb": (".docx", nested_bomb),
    "wide spans": (".docx", wide_spans),
    "laughing page": (
        ".html",
        lambda: f"<!DOCTYPE a [{_laughs()}]><html><body><p>&a11; 第一条 甲。</p></body></html>".encode(),
    ),
}
"""Looks hostile, and is read all the same, since nothing of it is ever unpacked."""
