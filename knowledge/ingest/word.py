"""Word documents (.docx): headings, numbered paragraphs, tables as rows. Runs in a reading room's child.

python-docx opens the package; the text is walked here, because its own `text` leaves out what was inserted with
changes tracked and shows no numbers. After ECMA-376 part 1, section 17. Deleted, moved and hidden words, tables of
contents, headers, footers and footnotes are not read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.exceptions import OpcError
from docx.oxml.exceptions import InvalidXmlError
from lxml.etree import XMLSyntaxError, _Element

from knowledge.errors import Unreadable
from knowledge.ingest.archive import looked_over
from knowledge.ingest.cutting import heading_of
from knowledge.ingest.letterhead import is_head_line, is_whole_title
from knowledge.ingest.manuscript import BROKEN, Ink, Manuscript, row_line
from knowledge.ingest.word_numbering import Numbering, W

_DEEPEST = 40
_LONGEST_HEADING = 60
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_UNREAD = {
    *(f"{W}{name}" for name in ("del", "moveFrom", "delText", "instrText", "pPr", "rPr", "sdtPr", "rt", "fldData")),
    f"{_COMPATIBILITY}Fallback",
}  # fmt: skip
_SIGNS = {f"{W}tab": " ", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-", f"{W}ptab": " "}
_TEXTS = {f"{W}t", f"{_MATH}t"}
_HEADING = re.compile(r"(?:heading|标题)\s*([1-9])", re.IGNORECASE)
_CONTENTS = re.compile(r"toc\s*\d|目录\s*\d?|table of figures", re.IGNORECASE)
_TITLES = {"title", "标题"}


def read(data: bytes) -> Manuscript:
    """The text of a .docx. Raises `Unreadable`."""
    try:
        document = docx.Document(looked_over(data, "word/"))
        body = document.element.body
        styles = document.styles.element
        part = document.part
        try:
            numbers = part.part_related_by(RELATIONSHIP_TYPE.NUMBERING).element  # type: ignore[attr-defined]
        except KeyError:
            numbers = None
    except (
        OpcError,
        InvalidXmlError,
        XMLSyntaxError,
        KeyError,
        ValueError,
        AttributeError,
        TypeError,
    ) as error:
        raise Unreadable(BROKEN) from error
    if body is None:
        raise Unreadable(BROKEN)
    page = _Page(_Styles.of(styles), Numbering.of(numbers), Ink())
    lines = list(page.lines(body, 0))
    facts = {"title": page.title} if page.title else {}
    return Manuscript(tuple(lines), facts)


@dataclass(slots=True)
class _Style:
    name: str
    based_on: str
    properties: _Element | None
    hidden: bool


class _Styles:
    """What a paragraph's style says, its ancestors asked in turn."""

    def __init__(self, styles: dict[str, _Style]) -> None:
        self._styles = styles

    @classmethod
    def of(cls, root: _Element) -> "_Styles":
        return cls(
            {
                style.get(f"{W}styleId", ""): _Style(
                    _value(style, "name"),
                    _value(style, "basedOn"),
                    style.find(f"{W}pPr"),
                    _is_on(style.find(f"{W}rPr/{W}vanish")),
                )
                for style in root.iterfind(f"{W}style")
            }
        )

    def chain(self, style_id: str) -> Iterator[_Style]:
        for _ in range(_DEEPEST):
            style = self._styles.get(style_id)
            if style is None:
                return
            yield style
            style_id = style.based_on


class _Page:
    """Reads blocks in order, and keeps what stands centred above the text as the title."""

    def __init__(self, styles: _Styles, numbering: Numbering, ink: Ink) -> None:
        self.styles, self.numbering, self.ink = styles, numbering, ink
        self.title = ""
        self._above = True

    def lines(self, container: _Element, depth: int) -> Iterator[str]:
        if depth > _DEEPEST:
            raise Unreadable(BROKEN)
        for child in container:
            if child.tag == f"{W}p":
                yield from self._paragraph(child, depth)
            elif child.tag == f"{W}tbl":
                self._above = self._above and not self.title
                yield from self._table(child, depth)
            elif child.tag == f"{W}sdt":
                content = child.find(f"{W}sdtContent")
                if content is not None and not _is_contents(child):
                    yield from self.lines(content, depth + 1)
            elif child.tag not in _UNREAD and isinstance(child.tag, str):
                yield from self.lines(child, depth + 1)

    def _paragraph(self, paragraph: _Element, depth: int) -> Iterator[str]:
        own = paragraph.find(f"{W}pPr")
        chain = list(self.styles.chain(_value(own, "pStyle")))
        if chain and (_CONTENTS.match(chain[0].name) or chain[0].hidden):
            return
        boxes: list[_Element] = []
        text = "".join(_words(paragraph, boxes, 0))
        number = self._number(own, chain) if text.strip() else ""
        rank = _rank(own, chain)
        for at, piece in enumerate(text.split("\n")):
            line = " ".join(piece.split())
            if not line:
                continue
            if at == 0 and number:
                line = number + ("" if number[-1] in "、．.）)" else " ") + line
            self._may_be_title(line, own, chain)
            is_heading = rank and len(line) <= _LONGEST_HEADING and line[-1] not in "。；，,;"
            yield self.ink.spend("#" * min(rank, 6) + " " + line if is_heading else line)
        for box in boxes:
            yield from self.lines(box, depth + 1)

    def _number(self, own: _Element | None, chain: list[_Style]) -> str:
        for properties in (own, *(style.properties for style in chain)):
            listed = properties.find(f"{W}numPr") if properties is not None else None
            if listed is not None:
                level = _value(listed, "ilvl")
                return self.numbering.next(_value(listed, "numId"), int(level) if level.isdecimal() else 0)
        return ""

    def _may_be_title(self, line: str, own: _Element | None, chain: list[_Style]) -> None:
        if not self._above:
            return
        named = bool(chain) and chain[0].name.lower() in _TITLES
        if is_head_line(line):
            return
        if (named or _is_centred(own, chain)) and not heading_of(line)[0] and line[0] not in "（(":
            self.title += line
            self._above = not is_whole_title(self.title)
        else:
            self._above = False

    def _table(self, table: _Element, depth: int) -> Iterator[str]:
        rows = [
            row
            for row in table.iter(f"{W}tr")
            if _owner(row) is table and row.find(f"{W}trPr/{W}del") is None
        ]
        above: dict[int, str] = {}
        grid = [self._cells(row, above, depth) for row in rows]
        widest = max(map(len, grid), default=0)
        if widest < 2:
            yield from (
                self.ink.spend(line) for row in grid for cell in row for line in cell.split("\n") if line
            )
            return
        headers: tuple[str, ...] = ()
        for cells in (tuple(" ".join(cell.split("\n")) for cell in row) for row in grid):
            if not any(cells):
                continue
            if len(set(filter(None, cells))) == 1 and not headers:
                yield self.ink.spend(next(filter(None, cells)))
            elif not headers:
                headers = cells
                if len(grid) == 1:
                    yield self.ink.spend(row_line((), cells))
            else:
                yield self.ink.spend(row_line(headers, cells))

    def _cells(self, row: _Element, above: dict[int, str], depth: int) -> tuple[str, ...]:
        """The words of a row's cells, one a column of the grid; what is merged is repeated."""
        cells: list[str] = []
        for cell in row.iter(f"{W}tc"):
            if _owner(cell) is not row:
                continue
            properties = cell.find(f"{W}tcPr")
            merge = properties.find(f"{W}vMerge") if properties is not None else None
            span = _value(properties, "gridSpan")
            if merge is not None and merge.get(f"{W}val", "continue") != "restart":
                text = above.get(len(cells), "")
            else:
                text = "\n".join(self.lines(cell, depth + 1))
            for _ in range(min(int(span), 100) if span.isdecimal() else 1):
                above[len(cells)] = text
                cells.append(text)
        return tuple(cells)


def _words(element: _Element, boxes: list[_Element], depth: int) -> Iterator[str]:
    """The words below an element; text boxes are put aside, to be read after the paragraph they hang on."""
    if depth > _DEEPEST:
        raise Unreadable(BROKEN)
    for child in element:
        tag = child.tag
        if tag in _TEXTS:
            yield child.text or ""
        elif tag in _SIGNS:
            yield _SIGNS[tag]
        elif tag == f"{W}txbxContent":
            boxes.append(child)
        elif tag == f"{W}r" and _is_on(child.find(f"{W}rPr/{W}vanish")):
            continue
        elif isinstance(tag, str) and tag not in _UNREAD:
            yield from _words(child, boxes, depth + 1)


def _rank(own: _Element | None, chain: list[_Style]) -> int:
    """The level of a heading, 1 = outermost; 0 for what is none."""
    for properties in (own, *(style.properties for style in chain)):
        level = _value(properties, "outlineLvl")
        if level.isdecimal():
            return int(level) + 1 if int(level) < 9 else 0
    named = next((m for style in chain if (m := _HEADING.match(style.name))), None)
    return int(named[1]) if named else 0


def _is_centred(own: _Element | None, chain: list[_Style]) -> bool:
    for properties in (own, *(style.properties for style in chain)):
        if side := _value(properties, "jc"):
            return side == "center"
    return False


def _is_contents(block: _Element) -> bool:
    gallery = block.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
    return gallery is not None and "Contents" in gallery.get(f"{W}val", "")


def _owner(element: _Element) -> _Element | None:
    """The table of a row, the row of a cell: whatever wraps them in between (changes, controls) passed over."""
    wanted = f"{W}tbl" if element.tag == f"{W}tr" else f"{W}tr"
    return next(element.iterancestors(wanted), None)


def _is_on(flag: _Element | None) -> bool:
    return flag is not None and flag.get(f"{W}val", "true") not in {"0", "false", "off"}


def _value(element: _Element | None, name: str) -> str:
    child = element.find(f"{W}{name}") if element is not None else None
    return child.get(f"{W}val", "") if child is not None else ""
