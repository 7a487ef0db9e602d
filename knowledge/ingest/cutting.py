"""A text cut into its articles, or into sections where it has none. Works line by line; nothing is lost.

Headings are markdown's `#`, plain 第…编/分编/章/节 lines, and short lines such as 一、总体要求.
An article begins at 第…条 at the start of a line and holds its 款 and 项 until the next article or heading.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from knowledge.folding import NUMERAL, article_name, number
from knowledge.passage import Passage, passage_id

END_OF_PREAMBLE = "<!-- INFO END -->"
"""A line that parts what stands above a law from its text."""

LARGEST = 1200
"""Characters a section may have; an article may have more, it is never parted."""
_COMFORTABLE = 600

_PREAMBLE_LINES = 12
_NUM = rf"(?:[{NUMERAL}]{{1,9}}|[0-9０-９]{{1,4}})"
_MARKED = re.compile(r"(#{1,6})\s*(.*?)\s*#*")
_RANKED = re.compile(rf"第\s*{_NUM}\s*(分编|编|章|节)(?:[\s　:：].*)?")
_RANKS = {"编": 1, "分编": 2, "章": 3, "节": 4}
_ITEM = re.compile(rf"(?:[{NUMERAL}]{{1,4}}、|[{NUMERAL}]{{1,4}}．)")
_ITEM_RANK = 20
_LABEL = re.compile(rf"\**\s*(第\s*{_NUM}\s*条(?:\s*之\s*{_NUM})?)\**")
_VALUE = re.compile(_NUM)
_AFTER_LABEL = set(" \t　【（(：:*")
_SENTENCE_END = set("。；;！!？?：:，,、")
_CONTENTS = re.compile(r"目\s*[录次]")
_SENTENCE = re.compile(r"[^。；！？]*[。；！？]?")


@dataclass(frozen=True, slots=True)
class Outline:
    """A text taken apart. `preamble`: what stands before the body (dates, issuer); it is no passage."""

    title: str
    preamble: str
    passages: tuple[Passage, ...]


@dataclass(slots=True)
class _Cutter:
    source: str
    passages: list[Passage] = field(default_factory=list)
    headings: list[tuple[int, str]] = field(default_factory=list)
    lonely: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    size: int = 0
    article: str | None = None
    value: int = 0
    ordinals: dict[str | None, int] = field(default_factory=dict)

    def line(self, line: str) -> None:
        if not line:
            return
        rank, text = heading_of(line)
        if label := self._label(text):
            self.close()
            self.article = label
        elif rank:
            self._enter(rank, text)
            return
        elif self.article is None and self._is_full(text):
            self.close()
        self.lines.append(text)
        self.size += len(text)

    def _is_full(self, text: str) -> bool:
        if not self.lines:
            return False
        full = self.size >= _COMFORTABLE or self.size + len(text) > LARGEST
        return full or _ITEM.match(text) is not None

    def _label(self, text: str) -> str | None:
        """The article that begins here. Without a space after it, it must be the next number in turn."""
        m = _LABEL.match(text)
        name = article_name(re.sub(r"\s", "", m[1])) if m else None
        if m is None or name is None:
            return None
        value = number(_VALUE.search(m[1])[0].translate(_NARROW)) or 0  # type: ignore[index]
        rest = text[m.end() :]
        if rest and rest[0] not in _AFTER_LABEL and value != self.value + 1:
            return None
        self.value = value
        return name

    def _enter(self, rank: int, text: str) -> None:
        self.close()
        while self.headings and self.headings[-1][0] >= rank:
            self._leave()
        self.headings.append((rank, text))
        self.lonely.append(text)

    def _leave(self) -> None:
        """A heading with nothing under it is kept as words of the section that follows."""
        _, text = self.headings.pop()
        if text in self.lonely:
            self.lonely.remove(text)
            self.lines.append(text)
            self.size += len(text)

    def close(self) -> None:
        if not self.lines:
            return
        whole = "\n\n".join(self.lines)
        for text in (whole,) if self.article else parted(whole):
            self._put(text)
        self.lines, self.size, self.article = [], 0, None
        self.lonely.clear()

    def _put(self, text: str) -> None:
        ordinal = self.ordinals.get(self.article, 0)
        self.ordinals[self.article] = ordinal + 1
        heading = " > ".join(text for _, text in self.headings)
        self.passages.append(
            Passage(passage_id(self.source, self.article, ordinal), self.article, heading, text)
        )

    def finish(self) -> tuple[Passage, ...]:
        self.close()
        while self.headings:
            self._leave()
        self.close()
        return tuple(self.passages)


_NARROW = {ord("０") + digit: ord("0") + digit for digit in range(10)}


def outlined(text: str, source: str, stem: str) -> Outline:
    """Title, preamble and passages of a law's text. `stem`: the file's name without its ending."""
    head, marked, body = text.partition(END_OF_PREAMBLE)
    if marked:
        lines = list(_lines(head))
        titles = [t for rank, t in map(heading_of, lines) if rank] or lines[:1]
        preamble = "\n".join(line for line in lines if heading_of(line)[1] not in titles)
    else:
        titles, preamble, body = _opening(text)
    title = titles[0] + (f"（{_part(titles[1])}）" if len(titles) > 1 else "") if titles else stem
    cutter = _Cutter(source)
    for line in _without_contents(list(_lines(body))):
        cutter.line(line)
    return Outline(title[:200], preamble, cutter.finish())


def _part(title: str) -> str:
    """The parts of the Civil Code are cited as 总则编, its file says 总则."""
    return title if title.endswith(("编", "附则")) else f"{title}编"


def _opening(text: str) -> tuple[list[str], str, str]:
    """Title and preamble of a file that does not mark where they end: first line; dated lines below it."""
    lines = list(_lines(text))
    if not lines:
        return [], "", ""
    rank, first = heading_of(lines[0])
    is_title = bool(rank == 1 and lines[0].startswith("#")) or (not rank and _reads_as_title(first))
    start = 1 if is_title else 0
    end = start
    while end < min(len(lines), start + _PREAMBLE_LINES) and _is_dated(lines[end]):
        end += 1
    return ([first] if is_title else []), "\n".join(lines[start:end]), "\n".join(lines[end:])


def _reads_as_title(line: str) -> bool:
    return (
        len(line) <= 60 and line[-1] not in _SENTENCE_END and not _LABEL.match(line) and not _ITEM.match(line)
    )


def _is_dated(line: str) -> bool:
    """Such as （2014年2月21日国务院令第649号公布）."""
    return bool(re.match(r"[（(]?\s*(?:\d{4}|[〇○零一二三四五六七八九]{4})\s*年", line)) and len(line) <= 300


def _lines(text: str) -> Iterator[str]:
    return (
        stripped for line in without_comments(text).splitlines() if (stripped := line.strip(" \t　\ufeff"))
    )


def without_comments(text: str) -> str:
    """Without HTML comments; one never closed is left as it is.

    >>> without_comments("甲<!-- x -->乙<!-- 丙")
    '甲乙<!-- 丙'
    """
    kept, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        kept.append(text[at:start])
        at = end + 3
    kept.append(text[at:])
    return "".join(kept)


def _without_contents(lines: list[str]) -> Iterator[str]:
    """Drops a table of contents: the line 目录 and the headings right after it that come again below."""
    skipping = False
    left = Counter(lines)
    for at, line in enumerate(lines[:2000]):
        left[line] -= 1
        rank, text = heading_of(line)
        if _CONTENTS.fullmatch(text) and at < 40:
            skipping = True
            continue
        if skipping and (rank or _RANKED.fullmatch(text)) and left[line]:
            continue
        skipping = False
        yield line
    yield from lines[2000:]


def heading_of(line: str) -> tuple[int, str]:
    """Rank (1 = outermost) and words of a heading; rank 0 and the line itself for any other line.

    >>> [heading_of(line) for line in ("## 第一章  总则", "第二节 生活", "一、总体要求", "二、给钱。")]
    [(2, '第一章 总则'), (4, '第二节 生活'), (20, '一、总体要求'), (0, '二、给钱。')]
    """
    marked = _MARKED.fullmatch(line) if line.startswith("#") else None
    if marked and marked[2]:
        return len(marked[1]), _single_spaced(marked[2])
    ranked = _RANKED.fullmatch(line) if len(line) <= 50 and line[-1] not in _SENTENCE_END else None
    if ranked:
        return _RANKS[ranked[1]], _single_spaced(line)
    if len(line) <= 30 and line[-1] not in _SENTENCE_END and _ITEM.match(line):
        return _ITEM_RANK, line
    return 0, line


def _single_spaced(text: str) -> str:
    return re.sub(r"[\s　]+", " ", text)


def parted(text: str) -> Iterator[str]:
    """Pieces of at most `LARGEST` characters, cut between sentences where there are any."""
    while len(text) > LARGEST:
        end = 0
        for sentence in _SENTENCE.finditer(text, 0, LARGEST):
            if sentence[0].endswith(("。", "；", "！", "？")):
                end = sentence.end()
        end = end or LARGEST
        yield text[:end].strip() or text[:end]
        text = text[end:].lstrip()
    if text:
        yield text
