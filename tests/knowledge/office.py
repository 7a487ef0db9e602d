"""Office files made on the spot, for the readers' tests: Word by python-docx, sheets by openpyxl, PDF by hand.

The PDF names the font STSong-Light with the encoding UniGB-UCS2-H (PDF 1.7, section 9.7.5.2): its codes are
UTF-16, so no font has to be embedded.
"""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import docx
import openpyxl
from docx.document import Document as WordDocument
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.text.paragraph import Paragraph

Word = WordDocument

FONT = (
    b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[2 0 R]>>",
    b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/FontDescriptor 3 0 R/DW 1000/W[1[500] 814 908 500]"
    b"/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>>>",
    b"<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]/ItalicAngle 0/Ascent 880"
    b"/Descent -120/CapHeight 880/StemV 93>>",
)
A4 = (595, 842)


def saved(document: Any) -> bytes:
    """The bytes of a Word document or a workbook."""
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def word() -> Word:
    return docx.Document()


def numbered_list(document: Word, formats: Sequence[tuple[str, str]], number: str = "77") -> str:
    """Adds a list whose levels have these (numFmt, lvlText); returns its id for `in_list`."""
    levels = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for at, (form, text) in enumerate(formats)
    )
    root = document.part.numbering_part.element
    root.insert(
        0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{number}">{levels}</w:abstractNum>')
    )
    root.append(
        parse_xml(f'<w:num {nsdecls("w")} w:numId="{number}"><w:abstractNumId w:val="{number}"/></w:num>')
    )
    return number


def in_list(paragraph: Paragraph, number: str, level: int = 0) -> None:
    properties = paragraph._p.get_or_add_pPr()
    properties.append(
        parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')
    )


def changed(paragraph: Paragraph, kind: str, text: str) -> None:
    """Adds words inserted ("ins") or deleted ("del") with changes tracked."""
    change = OxmlElement(f"w:{kind}")
    run = OxmlElement("w:r")
    words = OxmlElement("w:t" if kind == "ins" else "w:delText")
    words.text = text
    words.set(qn("xml:space"), "preserve")
    run.append(words)
    change.append(run)
    paragraph._p.append(change)


def workbook(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    return book


Print = tuple[float, float, float, str]
"""Size, left, baseline (points from the lower left corner), words."""


def pdf(pages: Sequence[Sequence[Print]], *, trailer: bytes = b"", picture: bool = False) -> bytes:
    """A PDF of A4 pages; `picture` puts a grey square on each."""
    objects = list(FONT)
    tree = len(objects) + 2 + 2 * len(pages)
    objects.append(
        b"<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 1>>"
        b"stream\n\x80\nendstream"
    )
    for lines in pages:
        content = b"".join(
            b"BT /F1 %g Tf 1 0 0 1 %g %g Tm <%s> Tj ET\n"
            % (size, left, base, text.encode("utf-16-be").hex().encode())
            for size, left, base, text in lines
        )
        content += b"q 400 0 0 600 90 100 cm /I1 Do Q\n" if picture else b""
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(content), content))
        objects.append(
            b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 %d %d]/Resources<</Font<</F1 1 0 R>>/XObject<</I1 4 0 R>>>>"
            b"/Contents %d 0 R>>" % (tree, *A4, len(objects))
        )
    kids = b" ".join(b"%d 0 R" % (6 + 2 * at) for at in range(len(pages)))
    objects.append(b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(pages), kids))
    objects.append(b"<</Type/Catalog/Pages %d 0 R>>" % tree)
    return _written(objects, len(objects), trailer)


def _written(objects: Sequence[bytes], root: int, trailer: bytes) -> bytes:
    out, places = b"%PDF-1.5\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root %d 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1, table, len(objects) + 1, root, trailer, len(out),
    )  # fmt: skip


def printed(
    text: str, *, size: float = 16, left: float = 80, right: float = 515, top: float = 760
) -> list[Print]:
    """Paragraphs (one a line of `text`) set as Word sets them: two characters of indent, lines filled to the right."""
    lines: list[Print] = []
    base = top
    for paragraph in text.splitlines():
        words, indent = paragraph, 2 * size
        while words:
            room = int((right - left - indent) // size)
            lines.append((size, left + indent, base, words[:room]))
            words, indent, base = words[room:], 0.0, base - 1.75 * size
    return lines


def repacked(data: bytes, parts: Mapping[str, bytes], dropped: Iterable[str] = ()) -> bytes:
    """A docx or xlsx with some of its parts replaced, added or left out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename not in parts and entry.filename not in set(dropped):
                new.writestr(entry, old.read(entry))
        for name, content in parts.items():
            new.writestr(name, content)
    return out.getvalue()


def part_of(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)
