"""What a head table or a line above a text says under a label: 发文字号：济民发〔2023〕12号."""

import re
from collections.abc import Iterator
from datetime import date

from knowledge.folding import fold
from knowledge.ingest.dating import dates
from knowledge.numbering import number_in
from knowledge.passage import IN_FORCE, REPEALED

LONGEST = 200
"""Characters of a value."""

_NAMED = {
    "title": "标题",
    "issuer": "发文机关 发文单位 发布机构 发布机关 制定机关 印发机关",
    "number": "发文字号 文号 发文号",
    "issued": "成文日期 发文日期 签发日期",
    "published": "发布日期 发布时间 公开日期 公布日期",
    "effective": "施行日期 生效日期 实施日期",
    "expires": "失效日期 废止日期 有效期至",
    "region": "适用地区 适用区域",
    "status": "时效性 有效性 时效 效力状态 文件状态",
    "origin": "来源 信息来源 文章来源",
}
NAMES = {label: name for name, labels in _NAMED.items() for label in labels.split()}
"""A label as sites and offices write it → the name of the fact (`manuscript.FACTS`)."""

SPACED = "|".join(r"\s*".join(label) for label in NAMES)
LABELLED = re.compile(rf"[【\[]?\s*({SPACED})\s*[】\]]?\s*[:：]\s*(.*)")
_PIECES = re.compile(r"\s+(?=[一-鿿]{2,6}\s*[:：])|[|｜]")
_MARKUP = re.compile(r"^\s*[-•>]\s+|[*`]+")
_DATES = frozenset({"issued", "published", "effective", "expires"})


def pieces(line: str) -> list[str]:
    """A line that says several things, one a piece."""
    return _PIECES.split(line)


def said(piece: str) -> tuple[str, str] | None:
    """Name and words of a labelled piece; None for any other."""
    found = LABELLED.fullmatch(piece.strip())
    return (NAMES[re.sub(r"\s", "", found[1])], found[2]) if found else None


def value_of(name: str, words: str) -> str:
    """The plain value of what stands under a label; "" where it says nothing.

    >>> value_of("issued", "2023/5/4"), value_of("status", "已废止"), value_of("number", "民发[2021]57号 ")
    ('2023-05-04', 'repealed', '民发〔2021〕57号')
    """
    words = " ".join(words.split())[:LONGEST]
    if name in _DATES:
        return next((day.isoformat() for day in days(words)), "")
    if name == "status":
        return status_of(words)
    return number_in(words) or words if name == "number" else words


def status_of(words: str) -> str:
    """
    >>> [status_of(words) for words in ("现行有效", "失效", "尚未生效", "")]
    ['in_force', 'repealed', '', '']
    """
    if re.search("失效|废止|无效", words):
        return REPEALED
    return IN_FORCE if re.search("有效|现行", words) else ""


def days(words: str) -> list[date]:
    """Days as sites write them as well: 2023/5/4, 2023.5.4."""
    return dates(re.sub(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})", r"\1-\2-\3", fold(words)))


def labelled(line: str) -> Iterator[tuple[str, str]]:
    """Names and values of a line that consists of labelled pieces only; nothing for any other line.

    >>> dict(labelled("- **文号**：民发[2021]57号 成文日期：2021年6月11日")), dict(labelled("标准：每月六百元"))
    ({'number': '民发〔2021〕57号', 'issued': '2021-06-11'}, {})
    """
    bare = _MARKUP.sub("", line).strip()
    found = [said(piece) for piece in pieces(bare) if piece.strip()]
    for each in found if all(found) else ():
        if each and (value := value_of(*each)):
            yield each[0], value
