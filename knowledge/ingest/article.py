"""One file as one article to tell in a digest: its title, its words, where they are from."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from knowledge.errors import Unreadable
from knowledge.ingest import ROOM, labels, manuscript_of
from knowledge.ingest.isolation import ReadingRoom

_HEAD = 6
"""Lines at the beginning among which 来源：… may stand."""


@dataclass(frozen=True, slots=True)
class Article:
    """`body` has a paragraph a line. `source` is "" when the file does not say."""

    title: str
    body: str
    source: str


def read_article(path: Path, room: ReadingRoom = ROOM) -> Article:
    """The first line is the title where the file's format tells none. Raises `Unreadable`."""
    manuscript = manuscript_of(path, room)
    lines = [line for line in (line.lstrip("# ").strip() for line in manuscript.lines) if line]
    if not lines:
        raise Unreadable("里面没有正文。")
    title = manuscript.facts.get("title", "")
    if not title or lines[0] == title:
        title, lines = lines[0], lines[1:]
    source = manuscript.facts.get("origin") or manuscript.facts.get("issuer", "")
    head = [labels.said(line) for line in lines[:_HEAD]]
    source = source or next((words for name, words in filter(None, head) if name == "origin"), "")
    body = "\n".join(_without_labels(lines))
    if not body:
        raise Unreadable("只有标题，没有正文。")
    return Article(title, body, " ".join(source.split()))


def _without_labels(lines: Iterable[str]) -> Iterable[str]:
    """Lines but those at the head that only say where and when."""
    for at, line in enumerate(lines):
        if at >= _HEAD or labels.said(line) is None:
            yield line
