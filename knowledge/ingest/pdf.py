"""PDF with text, as office programs print it: reading order, paragraphs joined again. Runs in a child.

PDFium gives the characters and where they stand. A file keeps them in the order in which they were written, which
is the reading order of columns and of cells; only a page of one column is put in order by height. A line that
reaches its right margin goes on in the next, also over a page's end, unless that one is indented.
Scans and passwords are refused; tables come line by line.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pypdfium2
from pypdfium2 import raw

from knowledge.errors import Unreadable
from knowledge.folding import NUMERAL
from knowledge.ingest.manuscript import BROKEN, LOCKED, MISNAMED, Ink, Manuscript

MOST_PAGES = 2000

_SCAN = "这是扫描件，里面只有图片没有文字，请找发文单位要电子版，或者用文字识别软件转成 Word 再导入。"
_EMPTY = "PDF 里没有文字。"
_GARBLED = "PDF 里的文字读出来是乱码，请找 Word 版，或者用文字识别软件转换后再导入。"
_LONG = f"PDF 超过 {MOST_PAGES} 页，请拆成几个文件再导入。"

_EDGE = 0.12
"""Of the page's height: a number alone above or below this is a page number."""
_REPEATED = 0.5
"""Of the pages: an outermost line on so many is a running head."""
_OUTERMOST = 2
_PAGE_NUMBER = re.compile(
    r"[—\-–－_·•\s]*(?:第\s*)?\d{1,4}\s*(?:页)?(?:\s*[/／,，共]\s*(?:共\s*)?\d{1,4}\s*页?)?[—\-–－_·•\s]*"
)
_ITEM = re.compile(
    rf"第[{NUMERAL}\d]+[编章节条]|[{NUMERAL}]+、|[（(][{NUMERAL}\d]+[）)]|\d{{1,2}}[.．、](?!\d)|[①-⑳]|附件"
)
_ENDS = tuple("。；：！？;:")
_TITLE_FACTOR = 1.15
_HYPHENS = {0x02, 0xAD, 0xFFFE}
_FEW = 8
"""Characters on a page that may be a stamp or a page number of a scan."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of print: its words, left, right, bottom and top in points, size of its type, number of its page."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    size: float
    page: int


def read(data: bytes) -> Manuscript:
    """The text of a PDF. Raises `Unreadable`."""
    if data.startswith((b"PK", b"\xd0\xcf\x11\xe0", b"<")):
        raise Unreadable(MISNAMED)
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD
        raise Unreadable(LOCKED if locked else BROKEN) from error
    try:
        if len(document) > MOST_PAGES:
            raise Unreadable(_LONG)
        pages, pictures = _pages(document)
    except pypdfium2.PdfiumError as error:
        raise Unreadable(BROKEN) from error
    finally:
        document.close()
    _check_text(pages, pictures)
    lines = [line for page in _without_running(pages) for line in page]
    title = _title(lines)
    joined = _paragraphs(lines, set(title))
    facts = {"title": "".join(line.text for line in title)} if title else {}
    return Manuscript(tuple(joined), facts)


@dataclass(frozen=True, slots=True)
class _Page:
    lines: tuple[Line, ...]
    height: float


def _pages(document: pypdfium2.PdfDocument) -> tuple[list[_Page], int]:
    """All pages, and how many have a picture instead of words."""
    pages, pictures, ink = [], 0, Ink()
    for at in range(len(document)):
        page = document[at]
        text = page.get_textpage()
        lines = _in_order(_lines(text, at, ink))
        pages.append(_Page(tuple(lines), page.get_height()))
        if sum(len(line.text) for line in lines) <= _FEW:
            pictures += any(True for _ in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3))
        text.close()
        page.close()
    return pages, pictures


def _lines(text: pypdfium2.PdfTextPage, page: int, ink: Ink) -> list[Line]:
    lines: list[Line] = []
    start, words = -1, ""
    count = text.count_chars()
    for at in range(count + 1):
        code = raw.FPDFText_GetUnicode(text, at) if at < count else 10
        if code in (10, 13):
            if words.strip():
                lines.append(_line(text, start, at - 1, ink.spend(words), page))
            start, words = -1, ""
            continue
        if start < 0 and code != 32:
            start = at
        if start >= 0:
            words += "\u00ad" if code in _HYPHENS else chr(code) if _is_scalar(code) else ""
    return lines


def _line(text: pypdfium2.PdfTextPage, first: int, last: int, words: str, page: int) -> Line:
    size = max(raw.FPDFText_GetFontSize(text, (first + last) // 2), raw.FPDFText_GetFontSize(text, first))
    left, bottom, _, top = text.get_charbox(first, loose=True)
    while last > first and raw.FPDFText_GetUnicode(text, last) in (32, *_HYPHENS):
        last -= 1
    right = text.get_charbox(last, loose=True)[2]
    size = size if size > 1 else top - bottom
    return Line(" ".join(words.split()), left, right, bottom, top, max(size, 1.0), page)


def _is_scalar(code: int) -> bool:
    return 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code <= 0x10FFFF


def _in_order(lines: list[Line]) -> list[Line]:
    """By height where no two lines stand side by side, else as they were written."""
    falling = sorted(lines, key=lambda line: -line.top)
    beside = any(
        min(a.top, b.top) - max(a.bottom, b.bottom) > 0.5 * min(a.size, b.size) for a, b in pairwise(falling)
    )
    return lines if beside else falling


def _check_text(pages: Sequence[_Page], pictures: int) -> None:
    text = "".join(line.text for page in pages for line in page.lines)
    if pictures * 2 > len(pages) or (pictures and len(text) <= _FEW):
        raise Unreadable(_SCAN)
    if not text:
        raise Unreadable(_EMPTY)
    strange = sum(not c.isprintable() and c != "\u00ad" for c in text)
    if strange * 4 > len(text):
        raise Unreadable(_GARBLED)


def _without_running(pages: Sequence[_Page]) -> Iterator[list[Line]]:
    """Pages without their heads, feet and numbers."""
    seen: Counter[str] = Counter()
    for page in pages:
        seen.update({_shape(line) for line in _outermost(page)})
    running = {shape for shape, count in seen.items() if count >= max(2, _REPEATED * len(pages))}
    for page in pages:
        dropped = {
            line
            for line in _outermost(page)
            if (_shape(line) in running and _in_edge(line, page))
            or (_PAGE_NUMBER.fullmatch(line.text) and _in_edge(line, page))
        }
        yield [line for line in page.lines if line not in dropped]


def _outermost(page: _Page) -> list[Line]:
    falling = sorted(page.lines, key=lambda line: -line.top)
    return [*falling[:_OUTERMOST], *falling[-_OUTERMOST:]]


def _in_edge(line: Line, page: _Page) -> bool:
    return line.bottom > page.height * (1 - _EDGE) or line.top < page.height * _EDGE


def _shape(line: Line) -> str:
    return re.sub(r"\d+", "#", line.text)


def _title(lines: Sequence[Line]) -> list[Line]:
    """The largest type on the first page, where it is larger than most of the text and stands together."""
    first = [line for line in lines if line.page == 0]
    if not first or len(lines) < 2:
        return []
    common = Counter(round(line.size, 1) for line in lines for _ in line.text).most_common(1)[0][0]
    largest = max((line.size for line in first if not _is_mark(line)), default=0.0)
    if largest < common * _TITLE_FACTOR:
        return []
    title: list[Line] = []
    for line in first:
        if abs(line.size - largest) < 0.5 and not _is_mark(line):
            title.append(line)
        elif title:
            break
    return title[:4]


def _is_mark(line: Line) -> bool:
    """济宁市民政局文件, in letters larger than those of any title."""
    return line.text.replace(" ", "").endswith("文件")


def _paragraphs(lines: Sequence[Line], alone: set[Line]) -> Iterator[str]:
    margins = _Margins.of(lines)
    whole = ""
    previous: Line | None = None
    for line in lines:
        if whole and (previous is None or not _goes_on(previous, line, margins, alone)):
            yield whole.replace("\u00ad", "-")
            whole = ""
        whole = _join(whole, line.text)
        previous = line
    if whole:
        yield whole.replace("\u00ad", "-")


@dataclass(frozen=True, slots=True)
class _Margins:
    """Where columns begin, where lines commonly end, and how far the lines of each column reach, in points."""

    lefts: tuple[float, ...]
    rights: tuple[float, ...]
    widest: dict[float, float]

    @classmethod
    def of(cls, lines: Sequence[Line]) -> "_Margins":
        many = max(3, len(lines) // 12)
        starts = Counter(round(line.left / 4) * 4.0 for line in lines)
        ends = Counter(round(line.right / 4) * 4.0 for line in lines)
        nearest = min((line.left for line in lines), default=0.0)
        margins = cls(
            (nearest, *(at for at, count in starts.items() if count >= many)),
            tuple(at for at, count in ends.items() if count >= many),
            {},
        )
        for line in lines:
            column = margins.column(line)
            margins.widest[column] = max(margins.widest.get(column, 0.0), line.right)
        return margins

    def column(self, line: Line) -> float:
        """The left margin a line belongs to; its own left where it stands alone, as a signature does."""
        outer = [left for left in self.lefts if line.left - 5 * line.size < left <= line.left + 4]
        return min(outer, default=line.left)

    def is_full(self, line: Line) -> bool:
        """Whether a line reaches its right margin, give or take a mark that hangs over or was pushed down."""
        rights = (*self.rights, self.widest[self.column(line)])
        return any(-1.6 * line.size < line.right - right < 0.6 * line.size for right in rights)


def _goes_on(line: Line, following: Line, margins: _Margins, alone: set[Line]) -> bool:
    """Whether a paragraph runs from this line into the following one."""
    if line in alone or following in alone or abs(line.size - following.size) > 0.1 * line.size:
        return False
    if line.text.endswith(_ENDS) and _ITEM.match(following.text):
        return False
    column = margins.column(following)
    if not margins.is_full(line) or following.left - column > 1.2 * line.size:
        return False
    apart = line.bottom - following.top
    if line.page != following.page or apart < 0:
        return True
    return apart < 1.6 * line.size and column == margins.column(line)


def _join(whole: str, text: str) -> str:
    if not whole:
        return text
    if whole[-1] == "\u00ad":
        return whole[:-1] + text
    between = (
        " " if whole[-1].isascii() and text[0].isascii() and whole[-1].isalnum() and text[0].isalnum() else ""
    )
    return whole + between + text
