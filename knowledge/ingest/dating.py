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
_EXPIRES = re.compile(
    r"(?:有效|执行|施行|实施|试行)(?:期限?|时间)?(?:自.{8,16}?)?(?:截?[止至到]+|为至)(.{8,16})"
    r"|有效期(?:限)?[为是]?自?.{8,16}?(?:起)?[至到](.{8,16})"
)
_ENDS = re.compile(
    r"(?:本|该)[一-鿿]{1,8}(?:自|于|到|至)?(.{8,16}?)(?:起|之日)?(?:自动|自行)?(?:失效|废止|停止执行)"
)
_ENDED = re.compile(
    r"(?:已|现)(?:于.{4,16}?)?(?:予以)?(?:废止|失效|停止执行)|(?:废止|失效)[)）】\]]\s*$|^[（(【\[]?(?:废止|失效)[)）】\]]?$"
)
_ENDED_TITLE = re.compile(r"\s*[（(【\[]\s*(?:现?已)?(?:经)?(?:废止|失效)\s*[)）】\]]\s*$")
_YEARS = re.compile(rf"(?:有效期|试行期)(?:限)?[为是]?\s*(\d{{1,2}}|[{NUMERAL}]{{1,3}})\s*年")
_REPEAL = re.compile(r"[^。；\n]{0,400}同时(?:废止|失效|停止执行)")
_INSTEAD = re.compile("被《([^《》]{2,80})》(?:所)?(?:取代|替代|代替|废止)")
_QUOTED = re.compile(r"《([^《》]{2,80}(?:《[^《》]{2,60}》[^《》]{0,40})?)》")
_NAMED_DATE = re.compile(r"[(（](\d{4}-\d{1,2}-\d{1,2})[)）]")

_PLACE = re.compile(
    r"(?:关于印发《?|中国[（(])?(?P<name>[一-鿿]{2,6}?)"
    r"(?P<rank>特别行政区|自治区|自治州|自治县|省|市|县|(?<![护特发验地山社林牧景小校园库灾辖税政产名农新胜])区)"
)
_INNER = re.compile(
    r"[一-鿿]{1,2}(?:[^城老新镇园社](?:市(?![民场])|[县州])|[^老新镇园社]区)|[一-鿿]{2,3}(?:自治县|自治州)"
)
"""A place below a place; 济宁市智慧城市, 滨州市渤海老区 and 淄博市荣誉市民 name none."""
_PROVINCES = {
    "京": "北京", "津": "天津", "沪": "上海", "渝": "重庆", "冀": "河北", "晋": "山西", "辽": "辽宁", "苏": "江苏",
    "浙": "浙江", "皖": "安徽", "闽": "福建", "赣": "江西", "鲁": "山东", "豫": "河南", "鄂": "湖北", "湘": "湖南",
    "粤": "广东", "桂": "广西", "琼": "海南", "川": "四川", "滇": "云南", "陕": "陕西",
}  # fmt: skip
"""Those that no city or county shares."""

_PROVINCE = re.compile(
    rf"([{''.join(_PROVINCES)}])(?:政|府|委|办|民|人社|财|医保|残联|卫|教|农|建|司|发改|乡振|自然资|退役|公|扶)"
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


def without_dates(text: str) -> str:
    """A text without the days it names."""
    return _DATE.sub("", text)


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
        for until in (*_EXPIRES.finditer(text), *_ENDS.finditer(text)):
            if days := dates(next(filter(None, until.groups()))):
                return days[-1]
        if effective and (span := _YEARS.search(text)) and (years := number(span[1])):
            last = min(effective.day, 28) if effective.month == 2 else effective.day
            if effective.year + years <= date.max.year:
                return effective.replace(year=effective.year + years, day=last) - timedelta(days=1)
    return None


def ended_title(title: str) -> tuple[str, bool]:
    """A title without the word that it has ended, and whether it had one.

    >>> ended_title("五保供养办法（已废止）"), ended_title("低保办法")
    (('五保供养办法', True), ('低保办法', False))
    """
    bare = _ENDED_TITLE.sub("", title)
    return bare, bare != title


def ended_by(preamble: str) -> tuple[bool, str]:
    """Whether the lines above a text say that it has ended, and the title of what took its place.

    >>> ended_by("（2010年3月1日公布，已被《低保办法》取代）"), ended_by("（2010年3月1日公布）")
    ((True, '低保办法'), (False, ''))
    """
    instead = _INSTEAD.search(preamble)
    said = any(_ENDED.search(line) for line in preamble.splitlines())
    return said or instead is not None, instead[1] if instead else ""


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
    """The place named at the start of a title, the smallest one, without 省, 市, 县, 区; "" for everywhere.

    >>> [region_of(t) for t in ("济宁市养犬管理条例", "山东省济宁市金乡县低保办法", "城市居民最低生活保障条例")]
    ['济宁', '金乡', '']
    """
    name, at = "", 0
    while (found := _PLACE.match(title, at)) and not _NO_PLACE.match(found["name"]):
        if name and not _INNER.match(title, at):
            break
        name, at = found["name"], found.end()
    return name


def region_of_number(number: str) -> str:
    """The province whose short name a 文号 begins with; "" where that tells nothing.

    >>> region_of_number("鲁政办字〔2023〕12号"), region_of_number("民发〔2021〕57号")
    ('山东', '')
    """
    found = _PROVINCE.match(number)
    return _PROVINCES[found[1]] if found else ""
