"""文号: the number an office gave a document, as it stands in a text and as people type it.

The form is that of GB/T 9704 (发文机关代字, year in 六角括号, 顺序号), and that of orders (国务院令第649号).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.folding import NUMERAL, fold, number

_VALUE = rf"(?:\d{{1,5}}|[{NUMERAL}]{{1,6}})"
_OPENING, _CLOSING = r"[〔［\[（(【<]", r"[〕］\]）)】>]"
_YEAR = r"(?:19|20)\d{2}"
_STANDING = re.compile(
    rf"[一-鿿]{{1,14}}{_OPENING}\s*{_YEAR}\s*{_CLOSING}\s*第?\s*\d{{1,5}}\s*号"
    rf"|[一-鿿]{{2,30}}公告\s*{_YEAR}\s*年\s*第\s*\d{{1,5}}\s*号"
    rf"|[一-鿿]{{2,30}}令\s*第?\s*{_VALUE}\s*号"
)
_TYPED = (
    re.compile(
        rf"(?P<office>[一-鿿]{{2,30}})\s*(?:{_OPENING}\s*(?P<year>{_YEAR})\s*{_CLOSING}\s*第?\s*(?P<no>\d{{1,5}})\s*号?"
        rf"|(?P<bare_year>{_YEAR})\s*年?\s*第?\s*(?P<bare_no>\d{{1,5}})\s*号)"
    ),
    re.compile(rf"(?P<office>[一-鿿]{{2,30}}令)\s*第?\s*(?P<no>{_VALUE})\s*号"),
    re.compile(rf"(?P<office>[一-鿿]{{2,30}}?)\s*第?\s*(?P<no>{_VALUE})\s*号(?P<order>令)"),
)
_LEADING = re.compile("^(?:.{0,10}中华人民共和国|日|根据|依据|按照|经|由|以)")
_BRACKETS = str.maketrans({**dict.fromkeys("［[（(【<", "〔"), **dict.fromkeys("］]）)】>", "〕")})
_COUNTRY = "中华人民共和国"


@dataclass(frozen=True, slots=True)
class Typed:
    """A number somebody may have meant: where it stands in the text, and its key."""

    start: int
    end: int
    key: str


def number_in(text: str) -> str:
    """The first 文号 in a text, in its proper form; "" when there is none.

    >>> number_in("各县区：济民发[2023] 12 号文件已印发"), number_in("2014年2月21日国务院令第649号公布")
    ('济民发〔2023〕12号', '国务院令第649号')
    """
    found = _STANDING.search(text)
    if found is None:
        return ""
    words = re.sub(r"\s", "", found[0]).translate(_BRACKETS)
    return _LEADING.sub("", "".join(str(int(c)) if c.isdecimal() else c for c in words))


def without_number(text: str) -> str:
    """A text without its first 文号; the text itself where it has none."""
    return _STANDING.sub("", text, count=1)


def number_key(text: str) -> str:
    """What all spellings of one 文号 share; "" for what is none.

    >>> {number_key(text) for text in ("民发〔2021〕57号", "民发2021 57号", "民发（2021）第57号", "民发[2021]57")}
    {'民发2021-57'}
    >>> number_key("中华人民共和国主席令第六十五号"), number_key("低保")
    ('主席令-65', '')
    """
    typed = next(numbers_in(text), None)
    return typed.key if typed and typed.start == 0 else ""


def numbers_in(text: str) -> Iterator[Typed]:
    """What may be a 文号 in words people type. The office may have words before it: the longest comes first."""
    folded = fold(text)
    for pattern in _TYPED:
        for m in pattern.finditer(folded):
            parts = m.groupdict()
            value = number(parts["no"] or parts["bare_no"] or "")
            year = parts.get("year") or parts.get("bare_year") or ""
            office = m["office"] + (parts.get("order") or "")
            for skipped in range(len(m["office"]) - 1):
                words = office[skipped:].removeprefix(_COUNTRY)
                if value is not None:
                    yield Typed(m.start() + skipped, m.end(), f"{words}{year}-{value}")
