"""Addresses as far as a door: group and number in a village, block, entrance and room, a house in a street.

The part that leads to the door is found; the village, the street or the estate before it says where in general
and stays.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from bot.masking.found import Found, Kind
from bot.masking.marks import narrow

_DIGITS = "0-9０-９〇零○一二三四五六七八九十百幺两"
_NUMBER = rf"(?:第?[{_DIGITS}A-Za-zＡ-Ｚ]{{1,6}}(?:[\-－–—之][{_DIGITS}]{{1,4}}){{0,3}})"
_RANKS = {
    "队": 1, "社": 1, "组": 2, "排": 2, "弄": 3, "巷": 3, "胡同": 3, "号": 4, "号院": 4, "院": 4, "号楼": 5,
    "栋": 5, "幢": 5, "座": 5, "#楼": 5, "#": 5, "楼栋": 5, "单元": 6, "门": 6, "层": 7, "楼": 7, "室": 8,
    "户": 8, "号室": 8, "房": 8,
}  # fmt: skip
"""What stands after a number in an address; from left to right the rank goes up."""
_ESTATES = "小区|花园|家园|公寓|新村|新区|苑|公馆|庄园|大厦|家属院|宿舍|大院|社区|嘉园|名城|华府"
_STRONG = frozenset(
    {"号", "号院", "号楼", "栋", "幢", "座", "#楼", "#", "楼栋", "单元", "室", "户", "号室", "房"}
)
_UNIT = "|".join(sorted(map(re.escape, _RANKS), key=len, reverse=True))
_STEP = rf"({_NUMBER})\s{{0,2}}({_UNIT})(?:[\s,，\-－]{{0,2}})"
_CHAIN = re.compile(rf"(?:生产|村民小?)?{_STEP}(?:{_STEP}){{0,5}}([{_DIGITS}]{{2,5}}(?![{_DIGITS}]))?")
_STEPS = re.compile(_STEP)
_BARE = re.compile(
    rf"(?P<estate>{_ESTATES})\s{{0,2}}(?P<door>[{_DIGITS}]{{1,3}}(?:[\-－–—][{_DIGITS}]{{1,5}}){{1,3}})(?![{_DIGITS}年月日.])"
)
_UNIT_MARK = re.compile(rf"(?<=[{_DIGITS}A-Za-zＡ-Ｚ#\s])[号栋幢座室户弄院组楼单房#排队社层门胡巷]")

_STREET = re.compile(r"(?:路|街|道|巷|胡同|弄)(?:[东西南北中]段|[东西南北]首?)?(?:路[东西南北])?\s{0,2}$")
_ESTATE = re.compile(rf"(?:{_ESTATES})\s{{0,2}}$")
_VILLAGE = re.compile(r"(?:村|庄|屯|寨|营|湾|沟|坡|堡|集|镇)\s{0,2}$")
_LIVES = re.compile(r"(?:住|地址|家在|位于|门牌)[\w\s:：]{0,24}$")
_PLATE = re.compile(r"门牌号?\s{0,2}[:：是为]?\s{0,2}$")
_TIME = re.compile(
    r"\s?(?:开工|动工|完工|之?前|之?后|以[前后]|上午|下午|中午|早|晚|到|至|起|那天|左右|去|来|就|要|开|召开|统一|集中|体检|"
    r"检查|组织|举行|下雨|停电|停水|通水|通电|发|领|办)"
)
_NOT_DOOR = re.compile(
    r"(?:责任|田|网格|片|大棚|塘|仓|厂|车间|展|闸|基地|示范|安置|污水|垃圾|公厕|卡口|岗|点|线|机|文|令|公告|标段|地块|公路|桥|井|泵|渠|灶|品|水库|区|位|数|召)"
)


def found(text: str) -> Iterator[Found]:
    """Where in the text a door is named."""
    for bare in _BARE.finditer(text):
        yield Found(Kind.ADDRESS, *bare.span("door"))
    if not _UNIT_MARK.search(text):
        return
    for chain in _CHAIN.finditer(text):
        steps = [(step[1], step[2]) for step in _STEPS.finditer(chain[0])]
        start, end = chain.start(1), chain.end()
        before, after = text[max(0, start - 30) : start], text[end : end + 4]
        if _leads_to_door(steps, chain[5] or "", before, after):
            yield Found(Kind.ADDRESS, start, start + len(text[start:end].rstrip(" ,，-－\u3000")))


def _leads_to_door(steps: list[tuple[str, str]], room: str, before: str, after: str) -> bool:
    units = [unit for _, unit in steps]
    ranks = [_RANKS[unit] for unit in units]
    if before.endswith(("月", "第", "〔", "］", "]", "〕")) or _NOT_DOOR.match(after):
        return False
    if not set(units) & _STRONG or any(later <= former for former, later in pairwise(ranks)):
        return False
    if len(steps) > 1 or room:
        return units not in (["号", "楼"], ["号", "层"])
    number, unit = steps[0]
    if _PLATE.search(before):
        return True
    if _ESTATE.search(before):
        return unit != "户" and not (
            unit == "号" and _day(number) and _TIME.match(after) and not _LIVES.search(before)
        )
    if unit not in ("号", "号院"):
        return bool(_LIVES.search(before)) and unit in ("室", "号楼", "号院", "单元", "栋", "幢")
    dated = _day(number) and _TIME.match(after) is not None
    if _STREET.search(before):
        return not dated or bool(_LIVES.search(before))
    return bool(_VILLAGE.search(before)) and (bool(_LIVES.search(before)) or not dated)


def _day(number: str) -> bool:
    """Whether the number could be a day of a month."""
    plain = narrow(number)
    return not plain.isdecimal() or int(plain) <= 31
