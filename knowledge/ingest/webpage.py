"""Saved web pages: the main text, and what the page says of it. Runs in a reading room's child.

The main text is found from above: from the body down, always into the one block that holds nearly all of the
page's sentences. Sites of county offices are built with a few editors, whose blocks are known by name.
"""

import re
from collections.abc import Sequence

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from knowledge.errors import Unreadable
from knowledge.ingest import labels
from knowledge.ingest.decoding import decoded
from knowledge.ingest.manuscript import BROKEN, Ink, Manuscript
from knowledge.ingest.webpage_text import empty, main_block, segments, text_lines, without_unread

_NO_TEXT = "网页里没有正文，请打开网页，等文字出来后再另存一次。"
_TOP = 40

_CHROME = re.compile(
    r"(?:您|你)?(?:当前|现在|所在|的)*位置\s*[:：].*|首页\s*[>›»].*|[^。]{0,12}[>›»][^。]{1,20}[>›»].*"
    r"|[【\[]?\s*字(?:体|号)\s*[:：].*|.{0,12}扫一扫.{0,20}|(?:上|下)一[篇条]\s*[:：].*|(?:责任)?编辑\s*[:：].{0,20}"
    r"|(?:[【\[]?(?:打印|关闭|收藏|返回|分享)(?:本页|窗口|页面|顶部|列表|首页|到)?[】\]]?[\s|]*)+"
    r"|(?:浏览|阅读|点击|访问)(?:次数|量)\s*[:：]?\s*\d*次?|分享到?\s*[:：].{0,20}|(?:微信|微博|QQ空间|复制链接|[大中小\s|])+"
)
_ABOUT = re.compile(
    r"(?:来\s*源|信息来源|文章来源|发布时间|发布日期|发布机构)\s*[:：].{0,120}"
    r"|(?:时\s*间|日\s*期|作\s*者)\s*[:：].{0,40}来\s*源\s*[:：].{0,80}"
)
_LABEL = re.compile(
    rf"[【\[]?\s*(?:{labels.SPACED}|索\s*引\s*号|主题分类|主\s*题\s*词|有\s*效\s*性|公开方式)\s*[】\]]?\s*[:：].{{0,60}}"
)
_METAS = {
    "articletitle": "title", "og:title": "title", "pubdate": "published", "publishdate": "published",
    "article:published_time": "published", "firstpublishedtime": "published", "contentsource": "origin",
}  # fmt: skip
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
    without_unread(body)
    for name, value in _labelled(list(segments(body))).items():
        facts.setdefault(name, value)
    if "title" not in facts and (title := _first_heading(body) or headline):
        facts["title"] = title
    main = main_block(body)
    _empty_head_tables(main)
    ink = Ink()
    lines = [
        ink.spend(line)
        for line in text_lines(main)
        if not _CHROME.fullmatch(line) and not _ABOUT.fullmatch(line)
    ]
    if not lines:
        raise Unreadable(_NO_TEXT)
    return Manuscript(tuple(_from_headline(lines, facts.get("title", ""))), facts)


def _from_headline(lines: list[str], title: str) -> list[str]:
    """From the title on, where a line has it: what stands above it is the page's, not the text's."""
    above = (at for at, line in enumerate(lines[:_TOP]) if line.lstrip("# ") == title and at + 1 < len(lines))
    return lines[next(above, 0) :]


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
        if label and (value := labels.value_of(label, meta.get("content") or "")):
            facts.setdefault(label, value)
    return facts


def _from_title(page: HtmlElement) -> str:
    """The page's <title>, without the name of the site behind it."""
    title = page.find(".//title")
    text = " ".join((title.text_content() if title is not None else "").split())[: labels.LONGEST]
    while (bare := _SITE.sub("", text)) != text and len(bare) >= 6:
        text = bare
    return text


def _first_heading(body: HtmlElement) -> str:
    found = (" ".join(heading.text_content().split()) for heading in body.iter("h1"))
    return next((text[: labels.LONGEST] for text in found if len(text) >= 4), "")


def _labelled(segments: Sequence[str]) -> dict[str, str]:
    """Labels and values as they stand in a head table or in one line: 发文字号：济民发〔2023〕12号."""
    facts: dict[str, str] = {}
    for at, segment in enumerate(segments):
        if len(segment) > 200:
            continue
        for piece in labels.pieces(segment):
            found = labels.said(piece)
            if found is None:
                continue
            name, words = found
            following = segments[at + 1] if at + 1 < len(segments) else ""
            if value := labels.value_of(name, words or ("" if labels.said(following) else following)):
                facts.setdefault(name, value)
    return facts


def _empty_head_tables(main: HtmlElement) -> None:
    """What they say has been taken as facts."""
    for table in list(main.iter("table")):
        if sum(_LABEL.fullmatch(segment) is not None for segment in segments(table)) >= 2:
            empty(table)
