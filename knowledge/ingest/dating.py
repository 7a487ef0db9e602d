"""When a text was issued, since when and until when it holds, who issued it, and where it holds."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from knowledge.folding import NUMERAL, fold, number

_YEAR = r"(\d{4}|[〇○零一二三四五六七八九]{4})"
_PART = rf"(\d{{1,2}}|[{NUMERAL}]{{1,3}})"
_DATE = re.compile(rf"{_YEAR}\s*年\s*{_PART}\s*月\s*{_PART}\s*[日号]|(\d{{4}})-(\d{{1,2}})-(\d{{1,2}})")
_PASSED = re.compile("通过|公布|发布|修正|修订|颁布|印发|批准|修改")
_STARTS = re.compile(r"(?:自|从|于)?(.{8,20}?)(?:起)?\s*(?:正式)?(?:施行|实施|生效|执行)")
_STARTS_ON = re.compile(r"自.{8,20}?起(?:正式)?(?:施行|实施|生效|执行)")
_ON_PUBLICATION = re.compile("自(?:公布|发布|印发|颁布)之日起(?:施行|实施|生效|执行)")
_EXPIRES = re.compile(r"有效期(?:限)?(?:截?[止至到]+|为至)(.{8,16})")
_YEARS = re.compile(rf"有效期(?:限)?为?\s*(\d{{1,2}}|[{NUMERAL}]{{1,3}})\s*年")
_REPEAL = re.compile(r"[^。；\n]{0,400}同时(?:废止|失效|停止执行)")
_QUOTED = re.compile(r"《([^《》]{2,80}(?:《[^《》]{2,60}》[^《》]{0,40})?)》")
_NAMED_DATE = re.compile(r"[(（](\d{4}-\d{1,2}-\d{1,2})[)）]")

_PLACE = re.compile(
    r"(?:关于印发《?|中国[（(])?(?P<name>[一-鿿]{2,6}?)"
    r"(?P<rank>特别行政区|自治区|自治州|自治县|省|市|县|(?<![护特发验地山社林牧景小校园库灾辖税政产名农新胜])区)"
)
_NO_PLACE = re.compile(
    "^(?:中华|全国|城|农|人力|行政|保税|设区|直辖|县级|市级|省级|各|本|关于|最高|国务|国家|矿产|民族|蓄滞|地方)"
)
_ISSUER = re.compile(
    r"全国人民代表大会常务委员会|全国人民代表大会|国务院(?=令|发布|批准|第|公布)|最高人民法院|最高人民检察院|中共中央|中央军事委员会"
    r"|[一-鿿]{2,8}?(?:省|市|县|区|自治州)(?:第[一-鿿]{1,4}届)?(?:人民代表大会常务委员会|人民代表大会|人民政府(?:办公室|办公厅)?)"
    r"|[一-鿿]{2,8}(?:部|总局|委员会|管理局|保障局|民政局|办公室)(?=令|公告|发布|公布|印发|关于)"
)


def dates(text: str) -> list[date]:
    """Every day named in `text`, in order; impossible days are passed over.

    >>> dates("2014年2月21日公布，二〇一四年五月一日起施行，2月30日")
    [datetime.date(2014, 2, 21), datetime.date(2014, 5, 1)]
    """
    found = []
    for m in _DATE.finditer(text):
        parts = [number(part) for part in m.groups() if part is not None]
        year, month, day = (part or 0 for part in parts)
        try:
            found.append(date(year, month, day))
        except ValueError:
            continue
    return found


def issued_on(file_name: str, preamble: str) -> date | None:
    """The day of this version: the file name's "(2019-03-02)", else the latest passing or publication.

    >>> issued_on("低保办法", "（2025年3月1日金山县人民政府公布 自2025年5月1日起施行）")
    datetime.date(2025, 3, 1)
    """
    if (named := _NAMED_DATE.search(file_name)) and (day := dates(named[1])):
        return day[0]
    lines = [_STARTS_ON.sub("", line) for line in preamble.splitlines()]
    return max((day for line in lines if _PASSED.search(line) for day in dates(line)), default=None)


def effective_on(preamble: str, texts: Sequence[str]) -> date | None:
    """Since when it holds, from the preamble or, last passages first, from the text itself."""
    for text in (preamble, *reversed(texts[-8:]), *texts[:2]):
        for m in _STARTS.finditer(fold(text)):
            if days := dates(m[1]):
                return days[0]
    if any(_ON_PUBLICATION.search(text) for text in texts[-8:]):
        published = [d for line in preamble.splitlines() if _PASSED.search(line) for d in dates(line)]
        return min(published, default=None)
    return None


def expires_on(effective: date | None, texts: Sequence[str]) -> date | None:
    """Until when it holds, where the last passages limit it (有效期至 a day, or 有效期五年)."""
    for text in map(fold, reversed(texts[-8:])):
        if (until := _EXPIRES.search(text)) and (days := dates(until[1])):
            return days[0]
        if effective and (span := _YEARS.search(text)) and (years := number(span[1])):
            last = min(effective.day, 28) if effective.month == 2 else effective.day
            if effective.year + years <= date.max.year:
                return effective.replace(year=effective.year + years, day=last) - timedelta(days=1)
    return None


def repealed(texts: Iterable[str]) -> tuple[str, ...]:
    """Titles that a text says end with it: 《…》同时废止."""
    return tuple(
        title
        for text in texts
        if "同时" in text
        for clause in _REPEAL.findall(text)
        for title in _QUOTED.findall(clause)
    )


def issuer_of(title: str, preamble: str) -> str:
    """Who issued it, as the title or the preamble names them; "" when neither tells.

    >>> issuer_of("低保办法", "2025年3月1日金山县人民政府公布")
    '金山县人民政府'
    """
    for text in (title, preamble):
        if found := _ISSUER.search(_DATE.sub(" ", text).replace("中华人民共和国", "")):
            return re.sub("第[一-鿿]{1,4}届", "", found[0])
    return ""


def region_of(title: str) -> str:
    """The place named at the start of a title, without 省, 市, 县, 区; "" when it holds everywhere.

    >>> [region_of(t) for t in ("济宁市养犬管理条例", "金乡县低保办法", "城市居民最低生活保障条例")]
    ['济宁', '金乡', '']
    """
    found = _PLACE.match(title)
    if found is None or _NO_PLACE.match(found["name"]):
        return ""
    return found["name"]
