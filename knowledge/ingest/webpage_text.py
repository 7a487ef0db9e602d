"""Where the text of a web page is: its main block, and the lines of that block."""

import re
from collections.abc import Iterator, Mapping

from lxml import etree
from lxml.html import HtmlElement

from knowledge.ingest.manuscript import row_line

_UNREAD = (
    "script", "style", "noscript", "template", "iframe", "object", "svg", "nav", "footer", "aside", "button", "select",
    "textarea", "input", "head",
)  # fmt: skip
_ASIDE = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|crumbs?|breadcrumbs?|share|bdsharebuttonbox|footer|foot|sidebar|related"
    r"|recommend|copyright|toolbar|pager|pagination|print|qrcode|ewm|comment|search|login|topbar|dqwz|position|weizhi)"
    r"(?=$|[\s_-]|box|bar|list|wrap|con\b)",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_EDITORS = re.compile(
    r"\b(?:UCAP-CONTENT|TRS_Editor|TRS_UEDITOR|pages_content|articleBody|article-content|ewb-article-info|zoom"
    r"|xxgk_content|news_content|art_con)\b"
)
_HOLDERS = {"body", "div", "section", "article", "main", "table", "tbody", "tr", "td", "form", "center"}
_BLOCKS = {
    *_HOLDERS, "p", "ul", "ol", "li", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "th", "thead", "caption",
    "blockquote", "pre", "header", "figure", "figcaption", "address", "hr", "fieldset", "legend", "details", "summary",
}  # fmt: skip
_NEARLY_ALL = 0.9
_EDITOR_SHARE = 0.5
_WORTH_WITHOUT_SENTENCE = 0.05
_LINKED = 0.6
_SENTENCE = re.compile(r"[，。；！？]")
_MOST_COLUMNS = 50


def empty(element: HtmlElement) -> None:
    """Takes out everything but the words after it."""
    element.clear(keep_tail=True)


def without_unread(body: HtmlElement) -> None:
    """Takes out what no reader of the page sees as its text."""
    for element in body.iter(*_UNREAD):
        empty(element)


def main_block(body: HtmlElement) -> HtmlElement:
    """The block with the page's text; what stands aside and lists of links are taken out of it."""
    words, linked = _weights(body)
    whole = words[body] or 1
    for element in list(body.iter()):
        if element is not body and words.get(element, 0) < 0.3 * whole and _is_aside(element):
            empty(element)
    words, linked = _weights(body)
    whole = words[body] or 1
    editors = [each for each in body.iter(*_HOLDERS) if _EDITORS.search(_names(each))]
    main = max(editors, key=lambda e: words[e], default=body)
    if main is body or words[main] < _EDITOR_SHARE * whole:
        main = body
        while (inner := _holder(main, words, _NEARLY_ALL * whole)) is not None:
            main = inner
    for element in list(main.iter("ul", "ol", "div", "dl", "table", "p")):
        letters, in_links, links = linked[element]
        if element is not main and links >= 3 and in_links > _LINKED * letters:
            empty(element)
    return main


def _holder(element: HtmlElement, words: Mapping[HtmlElement, float], least: float) -> HtmlElement | None:
    return next((each for each in element if each.tag in _HOLDERS and words[each] >= least), None)


def _weights(body: HtmlElement) -> tuple[dict[HtmlElement, float], dict[HtmlElement, tuple[int, int, int]]]:
    """For each element: what its sentences weigh; all its letters, those in links, and how many links."""
    words: dict[HtmlElement, float] = {}
    linked: dict[HtmlElement, tuple[int, int, int]] = {}
    for element in reversed(list(body.iter(etree.Element))):
        own, letters, in_links, links = _weight(element.text), _letters(element.text), 0, 0
        for child in element:
            own += words.get(child, 0.0) + _weight(child.tail)
            more, within, count = linked.get(child, (0, 0, 0))
            letters += more + _letters(child.tail)
            in_links += within
            links += count
        if element.tag == "a":
            own, in_links, links = 0.0, letters, 1
        words[element] = own
        linked[element] = (letters, in_links, links)
    return words, linked


def _letters(text: str | None) -> int:
    return len("".join(text.split())) if text else 0


def _weight(text: str | None) -> float:
    letters = _letters(text)
    return letters if text and _SENTENCE.search(text) else letters * _WORTH_WITHOUT_SENTENCE


def _names(element: HtmlElement) -> str:
    return f"{element.get('id', '')} {element.get('class', '')} {element.get('itemprop', '')}"


def _is_aside(element: HtmlElement) -> bool:
    return (
        bool(_ASIDE.search(_names(element)))
        or element.get("role") in {"navigation", "search", "banner", "contentinfo"}
        or element.get("hidden") is not None
        or bool(_HIDDEN.search(element.get("style", "")))
    )


def segments(element: HtmlElement) -> Iterator[str]:
    """The words between one block and the next."""
    words: list[str] = []
    for event, at in etree.iterwalk(element, events=("start", "end")):
        if event == "start":
            if at.tag in _BLOCKS or at.tag == "br":
                yield from _said(words)
            words.append(at.text or "")
        else:
            if at.tag in _BLOCKS:
                yield from _said(words)
            if at is not element:
                words.append(at.tail or "")
    yield from _said(words)


def _said(words: list[str]) -> Iterator[str]:
    text = " ".join("".join(words).replace("\u00a0", " ").split())
    words.clear()
    if text:
        yield text


def text_lines(main: HtmlElement) -> Iterator[str]:
    """Paragraphs; headings with their `#`; rows of real tables, those of layout as what stands in them."""
    walk = etree.iterwalk(main, events=("start", "end"))
    words: list[str] = []
    rank = 0
    for event, at in walk:
        is_block = at.tag in _BLOCKS or at.tag == "br"
        if event == "start" and at.tag == "table" and at is not main and (rows := _rows(at)):
            yield from _marked(words, rank)
            yield from rows
            walk.skip_subtree()
            continue
        if is_block and (event == "start" or at.tag != "br"):
            yield from _marked(words, rank)
        if event == "start":
            if re.fullmatch("h[1-6]", at.tag):
                rank = int(at.tag[1])
            words.append(at.text or "")
        else:
            if re.fullmatch("h[1-6]", at.tag):
                rank = 0
            if at is not main:
                words.append(at.tail or "")
    yield from _marked(words, rank)


def _marked(words: list[str], rank: int) -> Iterator[str]:
    for line in _said(words):
        yield f"{'#' * rank} {line}" if rank and len(line) <= 60 else line


def _rows(table: HtmlElement) -> list[str]:
    """A table's rows under its headers; none when it only arranges the page."""
    if next(table.iterdescendants("table"), None) is not None:
        return []
    below: dict[int, tuple[int, str]] = {}
    grid = [tuple(_cells(row, below)) for row in table.iter("tr")]
    if len(grid) < 2 or max(len(row) for row in grid) < 2:
        return []
    if any(len(cell) > 600 for row in grid for cell in row):
        return []
    headers: tuple[str, ...] = ()
    lines = []
    for cells in grid:
        if len(set(filter(None, cells))) == 1 and not headers:
            lines.append(next(filter(None, cells)))
        elif not headers:
            headers = cells if any(cells) else ()
        elif line := row_line(headers, cells):
            lines.append(line)
    return lines


def _cells(row: HtmlElement, below: dict[int, tuple[int, str]]) -> Iterator[str]:
    """One text a column; what spans columns or rows is repeated."""
    at = 0
    for cell in row.iter("td", "th"):
        while at in below and at < _MOST_COLUMNS:
            yield from _carried(below, at)
            at += 1
        text = " ".join(segments(cell))
        for _ in range(_span(cell, "colspan")):
            if at < _MOST_COLUMNS:
                if (rows := _span(cell, "rowspan")) > 1:
                    below[at] = (rows - 1, text)
                yield text
                at += 1
    while at in below and at < _MOST_COLUMNS:
        yield from _carried(below, at)
        at += 1


def _carried(below: dict[int, tuple[int, str]], at: int) -> Iterator[str]:
    rows, text = below.pop(at)
    if rows > 1:
        below[at] = (rows - 1, text)
    yield text


def _span(cell: HtmlElement, name: str) -> int:
    said: Mapping[str, str] = cell.attrib
    text = said.get(name, "1")
    return max(1, min(int(text), _MOST_COLUMNS)) if text.isascii() and text.isdigit() and len(text) < 6 else 1
