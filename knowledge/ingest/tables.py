"""Tables into passages: question–answer tables become plain-words cards, any other goes row by row."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date

from knowledge.errors import Unreadable
from knowledge.folding import article_name, fold
from knowledge.ingest.cutting import parted
from knowledge.ingest.dating import dates
from knowledge.ingest.manuscript import Rows, Table, row_line
from knowledge.passage import CARD, LAW, Card, Passage, passage_id

_TOP = 10
_EMPTY = "表里没有内容。"
_SPLIT = re.compile(r"[\n；;|]+")
_SPLIT_TAGS = re.compile(r"[\n；;|、,，\s]+")
_BRACKETED = re.compile(r"[（(【\[].*?[）)】\]]")
_CITED = re.compile(r"《([^《》]{2,80})》\s*(第[^，。；\s]{1,12}条(?:之[一二三四五六七八九十])?)?")

_CITED_BARE = re.compile(r"([^《》]{2,80}?)\s*(第[^，。；\s]{1,12}条(?:之[一二三四五六七八九十])?)")


@dataclass(frozen=True, slots=True)
class Columns:
    """The headers by which a question–answer table names its columns, in any spelling; brackets do not count.

    A table is one when it has both a `question` and an `answer`. `asked`: further ways to ask, parted by
    semicolons or line ends. `key`: an id that stays when rows move; without one it follows the question.
    """

    question: tuple[str, ...] = (
        "问题", "提问", "问", "常见问题", "咨询问题", "群众提问", "问题内容", "咨询内容", "question", "q",
    )  # fmt: skip
    answer: tuple[str, ...] = (
        "答案", "答复", "答", "回答", "解答", "答复内容", "回复", "回复内容", "参考答案", "answer", "a", "reply",
    )  # fmt: skip
    title: tuple[str, ...] = ("标题", "事项", "事项名称", "主题", "title", "subject")
    asked: tuple[str, ...] = (
        "其他问法",
        "相似问题",
        "相似问法",
        "别的问法",
        "也可以这么问",
        "also asked",
        "similar",
    )
    where: tuple[str, ...] = (
        "去哪办",
        "去哪里办",
        "在哪办",
        "办理地点",
        "办理部门",
        "受理部门",
        "咨询部门",
        "where",
        "office",
    )
    bring: tuple[str, ...] = (
        "带什么",
        "带啥",
        "所需材料",
        "需要材料",
        "申请材料",
        "办理材料",
        "材料",
        "bring",
        "documents",
    )
    takes: tuple[str, ...] = (
        "几天",
        "几天办好",
        "时限",
        "办理时限",
        "办结时限",
        "承诺时限",
        "takes",
        "how long",
    )
    law: tuple[str, ...] = (
        "依据",
        "文件",
        "政策依据",
        "依据文件",
        "法律依据",
        "政策文件",
        "law",
        "basis",
        "document",
    )
    article: tuple[str, ...] = ("条款", "条", "条文", "依据条款", "第几条", "article", "clause")
    tags: tuple[str, ...] = ("标签", "关键词", "类别", "分类", "tags", "keywords", "category")
    effective: tuple[str, ...] = (
        "生效日期",
        "施行日期",
        "执行日期",
        "生效时间",
        "effective",
        "effective date",
    )
    reviewed: tuple[str, ...] = ("核对日期", "审核日期", "更新日期", "更新时间", "reviewed", "updated")
    key: tuple[str, ...] = ("编号", "id", "key")

    def places(self, headers: Sequence[str]) -> dict[str, int]:
        """Our name of each column → where it stands; the first of several wins."""
        names = {_plain(header): f.name for f in fields(self) for header in getattr(self, f.name)}
        found: dict[str, int] = {}
        for at, header in enumerate(headers):
            if name := names.get(_plain(header)):
                found.setdefault(name, at)
        return found


DEFAULT_COLUMNS = Columns()


def passages_in(tables: Iterable[Table], source: str, columns: Columns) -> tuple[str, tuple[Passage, ...]]:
    """The kind of document these tables make, and its passages. Raises `Unreadable` when there are none."""
    cards: list[Passage] = []
    rows: list[Passage] = []
    taken: Counter[str] = Counter()
    for table in tables:
        kept = tuple(row for row in table.rows if any(row))
        at, places = _header(kept, columns)
        if places:
            cards += (_passage(card, source) for card in _cards(kept[at + 1 :], places, taken))
        else:
            rows += _plain_rows(kept, table.name, source, len(rows))
    if not cards and not rows:
        raise Unreadable(_EMPTY)
    return CARD if cards else LAW, (*cards, *rows)


def _header(rows: Rows, columns: Columns) -> tuple[int, dict[str, int]]:
    """Where the header of a question–answer table is and what it says; no places for another table."""
    for at, row in enumerate(rows[:_TOP]):
        places = columns.places(row)
        if "question" in places and "answer" in places:
            return at, places
    return 0, {}


def _cards(rows: Rows, places: Mapping[str, int], taken: Counter[str]) -> Iterator[Card]:
    for row in rows:
        cells = {name: row[at].strip() if at < len(row) else "" for name, at in places.items()}
        questions = _parts(_SPLIT, cells["question"])
        if not questions or not cells["answer"]:
            continue
        key = cells.get("key") or hashlib.sha256(questions[0].encode()).hexdigest()[:10]
        taken[key] += 1
        law, article = _cited(cells.get("law", ""), cells.get("article", ""))
        yield Card(
            id=key if taken[key] == 1 else f"{key}-{taken[key]}",
            title=_one_line(cells.get("title") or questions[0]),
            questions=(*questions, *_parts(_SPLIT, cells.get("asked", ""))),
            answer=cells["answer"],
            where=_one_line(cells.get("where", "")),
            bring=_one_line(cells.get("bring", "")),
            takes=_one_line(cells.get("takes", "")),
            law=law,
            article=article,
            effective=_day(cells.get("effective", "")),
            reviewed=_day(cells.get("reviewed", "")),
            tags=_parts(_SPLIT_TAGS, cells.get("tags", "")),
        )


def _passage(card: Card, source: str) -> Passage:
    return Passage(passage_id(source, card.id, 0), card.article, card.title, card.answer, card)


def _plain_rows(rows: Rows, name: str, source: str, before: int) -> Iterator[Passage]:
    """Each row under the first row that has words in more than one column; single cells above it are headings."""
    headings, headers = [name] if name else [], tuple[str, ...]()
    ordinal = before
    for row in rows:
        cells = tuple(_one_line(cell) for cell in row)
        is_single = len(set(filter(None, cells))) == 1
        if not headers and is_single and len(rows) > 1 and len(row) > 1:
            headings.append(next(filter(None, cells)))
            continue
        if not headers and len(rows) > 1 and not is_single:
            headers = cells
            continue
        for text in parted(row_line(headers, cells)):
            yield Passage(passage_id(source, None, ordinal), None, " > ".join(headings), text)
            ordinal += 1


def _cited(law: str, article: str) -> tuple[str, str | None]:
    """The title of the law and the article, from two cells or from one that says 《…》第…条."""
    named = _CITED.search(law) or _CITED_BARE.fullmatch(_one_line(law))
    title = named[1] if named else _one_line(law)
    label = article or (named[2] if named else "") or ""
    return title, (article_name(label) or _one_line(label)) or None


def _parts(mark: re.Pattern[str], text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in mark.split(text) if part.strip()))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _day(text: str) -> date | None:
    written = re.sub(r"(\d{4})[./年](\d{1,2})[./月](\d{1,2})日?", r"\1-\2-\3", fold(text))
    found = dates(written)
    return found[0] if found else None


def _plain(header: str) -> str:
    """A header as it counts: without brackets, marks and spaces, in small letters."""
    bare = _BRACKETED.sub("", fold(header))
    return "".join(c for c in bare if c.isalnum()).lower()
