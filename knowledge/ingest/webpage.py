"""Saved web pages: the main text, and what the page says of it. Runs in a reading room's child.

The main text is found from above: from the body down, always into the one block that holds nearly all of the
page's sentences. Sites of county offices are built with a few editors, whose blocks are known by name.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from knowledge.errors import Unreadable
from knowledge.folding import fold
from knowledge.ingest.dating import dates
from knowledge.ingest.decoding import decoded
from knowledge.ingest.letterhead import number_in
from knowledge.ingest.manuscript import BROKEN, Ink, Manuscript, row_line

_NO_TEXT = "网页里没有正文，请打开网页，等文字出来后再另存一次。"

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
_LONGEST_TITLE = 200

_CHROME = re.compile(
    r"(?:您|你)?(?:当前|现在|所在|的)*(?:的)?位置\s*[:：].*|首页\s*[>›»].*|.{0,12}[>›»].{1,20}[>›»].*"
    r"|[【\[]?\s*字(?:体|号)\s*[:：].*|[【\[]?(?:打印|关闭|收藏|返回|分享)(?:本页|窗口|页面|顶部|到)?[】\]]?.{0,12}"
    r"|.*扫一扫.{0,20}|(?:上|下)一[篇条]\s*[:：]?.*|责任编辑\s*[:：].{0,20}|编辑\s*[:：].{0,12}|(?:浏览|阅读|点击|访问)(?:次数|量)\s*[:：]?.{0,12}"
    r"|分享到?\s*[:：]?.{0,20}|(?:微信|微博|QQ空间|复制链接|大|中|小|[\s|])+"
)
_ABOUT = re.compile(
    r"(?:来\s*源|信息来源|文章来源|发布(?:时间|日期)|时\s*间|日\s*期|作\s*者|发布机构)\s*[:：].{0,120}"
)
_NAMED = {
    "title": "标题 名称",
    "issuer": "发文机关 发文单位 发布机构 制定机关",
    "number": "发文字号 文号 发文号",
    "issued": "成文日期 发文日期 签发日期",
    "published": "发布日期 发布时间 公开日期",
    "effective": "施行日期 生效日期 实施日期",
    "expires": "失效日期 废止日期 有效期至",
    "origin": "来源 信息来源 文章来源",
}
_LABELS = {label: name for name, labels in _NAMED.items() for label in labels.split()}
_SPACED = "|".join(r"\s*".join(label) for label in _LABELS)
_LABELLED = re.compile(rf"[【\[]?\s*({_SPACED})\s*[】\]]?\s*[:：]\s*(.*)")
_LABEL = re.compile(
    rf"[【\[]?\s*(?:{_SPACED}|索\s*引\s*号|主题分类|主\s*题\s*词|有\s*效\s*性|公开方式)\s*[】\]]?\s*[:：].{{0,60}}"
)
_PIECES = re.compile(r"\s+(?=[一-鿿]{2,6}\s*[:：])|[|｜]")
_METAS = {
    "articletitle": "title", "og:title": "title", "pubdate": "published", "publishdate": "published",
    "article:published_time": "published", "firstpublishedtime": "published", "contentsource": "origin",
}  # fmt: skip
_DATES = {"issued", "published", "effective", "expires"}
_SITE = re.compile(r"\s*[_|\-–—]+\s*[^_|]{2,30}$")
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{2,20})", re.IGNORECASE)


def read(data: bytes) -> Manuscript:
    """The main text of a saved page. Raises `Unreadable`."""
    text = _decoded(data)
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        page = document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError as error:
        raise Unreadable(_NO_TEXT) from error
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable(BROKEN) from error
    body = page.find("body")
    if body is None:
        raise Unreadable(_NO_TEXT)
    facts = _from_metas(page)
    headline = _from_title(page)
    for element in body.iter(*_UNREAD):
        _empty(element)
    segments = list(_segments(body))
    for name, value in _labelled(segments).items():
        facts.setdefault(name, value)
    if "title" not in facts and (title := _first_heading(body) or headline):
        facts["title"] = title
    main = _main(body)
    ink = Ink()
    lines = [
        ink.spend(line) for line in _lines(main) if not _CHROME.fullmatch(line) and not _ABOUT.fullmatch(line)
    ]
    if not lines:
        raise Unreadable(_NO_TEXT)
    return Manuscript(tuple(_from_headline(lines, facts.get("title", ""))), facts)


def _from_headline(lines: list[str], title: str) -> list[str]:
    """From the title on, where a line has it: what stands above it is the page's, not the text's."""
    headlines = (at for at, line in enumerate(lines) if line.lstrip("# ") == title)
    return lines[next(headlines, 0) :]


def _decoded(data: bytes) -> str:
    """As what the bytes are, else as what the page says they are."""
    text = decoded(data)
    if text is None:
        said = _CHARSET.search(data[:4096])
        name = said[1].decode("ascii").lower() if said else "utf-8"
        try:
            text = data.decode("gb18030" if name.startswith("gb") else name, "replace")
        except LookupError:
            text = data.decode("utf-8", "replace")
        if text.count("\ufffd") * 20 > len(text) or "\0" in text:
            raise Unreadable("网页的文字编码认不出来，请用浏览器打开后另存为 UTF-8 网页。")
    return text


def _from_metas(page: HtmlElement) -> dict[str, str]:
    facts: dict[str, str] = {}
    for meta in page.iter("meta"):
        label = _METAS.get((meta.get("name") or meta.get("property") or "").lower())
        if label and (value := _value(label, meta.get("content") or "")):
            facts.setdefault(label, value)
    return facts


def _from_title(page: HtmlElement) -> str:
    """The page's <title>, without the name of the site behind it."""
    title = page.find(".//title")
    text = " ".join((title.text_content() if title is not None else "").split())[:_LONGEST_TITLE]
    while (bare := _SITE.sub("", text)) != text and len(bare) >= 6:
        text = bare
    return text


def _first_heading(body: HtmlElement) -> str:
    found = (" ".join(heading.text_content().split()) for heading in body.iter("h1"))
    return next((text[:_LONGEST_TITLE] for text in found if len(text) >= 4), "")


def _labelled(segments: Sequence[str]) -> dict[str, str]:
    """Labels and values as they stand in a head table or in one line: 发文字号：济民发〔2023〕12号."""
    facts: dict[str, str] = {}
    for at, segment in enumerate(segments):
        if len(segment) > 200:
            continue
        for piece in _PIECES.split(segment):
            labelled = _LABELLED.fullmatch(piece)
            if labelled is None:
                continue
            name = _LABELS[re.sub(r"\s", "", labelled[1])]
            following = segments[at + 1] if at + 1 < len(segments) else ""
            words = labelled[2] or ("" if _LABELLED.match(following) else following)
            if value := _value(name, words):
                facts.setdefault(name, value)
    return facts


def _value(name: str, words: str) -> str:
    words = " ".join(words.split())[:_LONGEST_TITLE]
    if name in _DATES:
        found = _days(words)
        return found[0].isoformat() if found else ""
    return number_in(words) or words if name == "number" else words


def _days(words: str) -> list[date]:
    return dates(re.sub(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})", r"\1-\2-\3", fold(words)))


def _empty(element: HtmlElement) -> None:
    """Takes out everything but the words after it."""
    element.clear(keep_tail=True)


def _main(body: HtmlElement) -> HtmlElement:
    """The block with the page's text; what stands aside and lists of links are taken out of it."""
    words, linked = _weights(body)
    whole = words[body] or 1
    for element in list(body.iter()):
        if element is not body and words.get(element, 0) < 0.3 * whole and _is_aside(element):
            _empty(element)
    words, linked = _weights(body)
    whole = words[body] or 1
    editors = [each for each in body.iter(*_HOLDERS) if _EDITORS.search(_names(each))]
    main = max(editors, key=lambda e: words[e], default=body)
    if main is body or words[main] < _EDITOR_SHARE * whole:
        main = body
        while (inner := _holder(main, words, _NEARLY_ALL * whole)) is not None:
            main = inner
    for table in list(main.iter("table")):
        if sum(_LABEL.fullmatch(segment) is not None for segment in _segments(table)) >= 2:
            _empty(table)
    for element in list(main.iter("ul", "ol", "div", "dl", "table", "p")):
        letters, in_links, links = linked[element]
        if element is not main and links >= 3 and in_links > _LINKED * letters:
            _empty(element)
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


def _segments(element: HtmlElement) -> Iterator[str]:
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


def _lines(main: HtmlElement) -> Iterator[str]:
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
        text = " ".join(_segments(cell))
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
