"""RSS and Atom: what a site announces, as entries. `read` runs in a reading room's child.

feedparser knows the dialects and mends what sites get wrong; it is handed a stream, because bytes that look like an
address or a file's name it would open itself.
"""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from lxml import etree
from lxml.html import HTMLParser, document_fromstring

from knowledge.errors import Unreadable
from knowledge.ingest.isolation import Limits, ReadingRoom
from knowledge.ingest.manuscript import Ink, Manuscript, Table
from knowledge.ingest.webpage_text import text_lines, without_unread

MOST_ENTRIES = 50
"""Of one feed; the first ones, which are the newest."""

LONGEST_TITLE = 80
LONGEST_BODY = 2_400
LONGEST_ADDRESS = 500

LIMITS = Limits(seconds=5, patience=15)
READER = "knowledge.ingest.feed:read"

_NO_FEED = "这个网址给的不是 RSS 或 Atom。"


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """`key`: what the feed calls it, its address or title where it calls it nothing. `address`: "" or http(s)."""

    key: str
    title: str
    body: str
    address: str
    published: date | None


@dataclass(frozen=True, slots=True)
class Feed:
    title: str
    entries: tuple[FeedEntry, ...]


def read_feed(data: bytes, room: ReadingRoom) -> Feed:
    """Raises `Unreadable`. Entries without a title are left out."""
    (table,) = room.read(READER, data).tables
    return Feed(
        table.name,
        tuple(
            FeedEntry(key, title, body, address, date.fromisoformat(day) if day else None)
            for key, title, body, address, day in table.rows
        ),
    )


def read(data: bytes) -> Manuscript:
    """The feed as one table: key, title, words, address, day. Raises `Unreadable`."""
    import feedparser

    parsed = feedparser.parse(io.BytesIO(data))
    if not parsed.get("version"):
        raise Unreadable(_NO_FEED)
    ink = Ink()
    rows = []
    for entry in parsed.entries[:MOST_ENTRIES]:
        title = _words(entry.get("title", ""))[:LONGEST_TITLE]
        if not title:
            continue
        body = "\n".join(_lines(_content(entry)))[:LONGEST_BODY]
        address = str(entry.get("link", ""))
        if not re.fullmatch(r"https?://\S+", address) or len(address) > LONGEST_ADDRESS:
            address = ""
        key = str(entry.get("id", ""))[:LONGEST_ADDRESS] or address or title
        rows.append((ink.spend(key), ink.spend(title), ink.spend(body), address, _day(entry)))
    return Manuscript(tables=(Table(_words(parsed.feed.get("title", ""))[:LONGEST_TITLE], tuple(rows)),))


def _content(entry: Mapping[str, Any]) -> str:
    contents = [str(content.get("value", "")) for content in entry.get("content", ())]
    return max([*contents, str(entry.get("summary", ""))], key=len)


def _words(markup: object) -> str:
    return " ".join(" ".join(_lines(str(markup))).split())


def _lines(markup: str) -> list[str]:
    """What a reader of the markup sees, a paragraph each."""
    if not markup.strip():
        return []
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        body = document_fromstring(markup.encode("utf-8", "replace"), parser=parser).find("body")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return []
    if body is None:
        return []
    without_unread(body)
    return [line for line in text_lines(body) if line]


def _day(entry: Mapping[str, Any]) -> str:
    moment = entry.get("published_parsed") or entry.get("updated_parsed")
    try:
        return date(*moment[:3]).isoformat() if moment else ""
    except ValueError:
        return ""
