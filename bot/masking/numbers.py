"""Numbers that lead to a person: telephones, identity numbers, bank cards.

However they are typed: in full width, in Chinese digits (幺 for one), mixed, spread out by spaces, strokes, dots or
a few words. What decides is the form of the number itself (mobile 1[3-9] and nine digits; area code and seven or
eight; resident identity numbers of GB 11643-1999, eighteen with a birthday or the check letter in order, or the old
fifteen; cards of 16 to 19 by their prefix or by the check digit of ISO/IEC 7812-1), so that amounts, dates, articles,
文号, keys and the public short numbers (110, 12345) stay.
"""

import re
from collections.abc import Iterator

from bot.masking.found import Found, Kind
from bot.masking.marks import DIGIT, narrow

_APART = r"[\s\u200b-\u200f\ufeff\-‐‑‒–—―－·•・.．_~～/()（）*]"
_COMMA = r"[,，、]"
_WORDS = "微信同号|微信|同号|后面|中间|接着|然后|再加|再打|再|接|转"
_BETWEEN = rf"(?:{_APART}{{0,3}}(?:{_COMMA}{_APART}?)?(?:{_WORDS}|{_COMMA}){_APART}{{0,3}}|{_APART}{{1,4}})"
_RUN = re.compile(rf"[{DIGIT}](?:{_BETWEEN}?[{DIGIT}]){{6,}}(?:{_APART}?[XxＸｘ](?![A-Za-z0-9]))?")
"""Seven digits and more, between two of them at most a few marks or one word."""

_GROUP = re.compile(r"\d+[Xx]?|[Xx]")
_MOBILE = re.compile(r"(?:(?:00)?86)?1[3-9]\d{9}")
_LANDLINE = re.compile(r"(?:(?:00)?86)?0?(?:10\d{8}|2\d{9}|[3-9]\d{9,10})")
_LOCAL = re.compile(r"(?!(?:19|20)\d\d[01]\d[0-3]\d)[2-8]\d{6,7}")
_TELEPHONE = re.compile(
    r"(?:电话|座机|固话|手机|联系|致电|号码|拨打|[打拨]|tel|phone)[号码机是为打拨\s:：]{0,4}$", re.I
)
_IDENTITY = re.compile(r"[1-9]\d{5}(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]")
_OLD_IDENTITY = re.compile(r"[1-8]\d{5}\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}")
_LETTERED = re.compile(r"[1-9]\d{16}[\dXx]")
_CARD = re.compile(r"\d{16,19}")
_CARD_WORD = re.compile(r"(?:卡号?|账号|账户|帐号|银行|存折|农商行|信用社)[\w是为\s:：]{0,8}$")
_AMOUNT = re.compile(r"\s?(?:元|万|亿|块钱|美元|[%％])")
_CLOSING = {"+": "+", "＋": "＋", "(": ")", "（": "）"}
_LONGEST = 23
"""Digits of the longest number: a card after a country's code."""


def found(text: str) -> Iterator[Found]:
    """Every such number in the text, in order, none within another."""
    for run in _RUN.finditer(text):
        yield from _in_run(text, run.start(), run.end())


_Group = tuple[str, int, int]
"""Digits that stand together, and from where to where."""


def mobile(number: str) -> bool:
    """Whether a number that was found is a mobile's.

    >>> mobile("１３８ 1234 5678"), mobile("0537-8712345")
    (True, False)
    """
    return _MOBILE.fullmatch("".join(_GROUP.findall(narrow(number)))) is not None


def _in_run(text: str, start: int, end: int) -> Iterator[Found]:
    groups = [
        (group[0], start + group.start(), start + group.end())
        for group in _GROUP.finditer(narrow(text[start:end]))
    ]
    first = 0
    while first < len(groups):
        number = _number_at(text, groups, first)
        if number is None:
            first += 1
            continue
        kind, last = number
        begins, ends = groups[first][1], groups[last - 1][2]
        closing = _CLOSING.get(text[begins - 1 : begins], "") if begins else ""
        yield Found(kind, begins - bool(closing and closing in text[begins - 1 : ends]), ends)
        first = last


def _number_at(text: str, groups: list[_Group], first: int) -> tuple[Kind, int] | None:
    """What begins with this group, and the group behind its last one. The longest reading wins, a mobile the
    first that fits."""
    digits, best = "", None
    sizes: list[int] = []
    before = text[max(0, groups[first][1] - 16) : groups[first][1]]
    commas = False
    for last in range(first + 1, len(groups) + 1):
        digits += groups[last - 1][0]
        sizes.append(len(groups[last - 1][0]))
        commas = commas or (last > first + 1 and _comma(text, groups[last - 2], groups[last - 1]))
        if len(digits) > _LONGEST or (commas and min(sizes) < 3):
            break
        if len(digits) < 7:
            continue
        kind = _kind(digits, sizes, before, text[groups[last - 1][2] : groups[last - 1][2] + 4])
        if kind is None or _is_address(text, groups[first:last]):
            continue
        best = kind, last
        if _MOBILE.fullmatch(digits):
            break
    return best


def _comma(text: str, left: _Group, right: _Group) -> bool:
    """Whether a comma stands between: then only what looks like parts of one number is read as one."""
    return re.search(_COMMA, text[left[2] : right[1]]) is not None


def _is_address(text: str, groups: list[_Group]) -> bool:
    """Four numbers of a byte with points between them name a machine."""
    written = text[groups[0][1] : groups[-1][2]]
    return len(groups) == 4 and re.fullmatch(r"\d{1,3}(?:\.\d{1,3}){3}", written) is not None


def _kind(digits: str, sizes: list[int], before: str, after: str) -> Kind | None:
    if _MOBILE.fullmatch(digits) and not _AMOUNT.match(after):
        return Kind.PHONE
    spread = max(sizes) == 1
    area = digits.startswith("0") or (digits.startswith("86") and _LANDLINE.fullmatch(digits[2:]))
    if area and _LANDLINE.fullmatch(digits) and (sizes[0] > 2 or spread):
        return Kind.PHONE
    lettered = (before[-1:].isascii() and before[-1:].isalpha()) or (
        after[:1].isascii() and after[:1].isalpha()
    )
    if lettered:
        return None
    even = len({*sizes[:-1]}) <= 1 and sizes[-1] <= max(sizes)
    if _IDENTITY.fullmatch(digits) or (_LETTERED.fullmatch(digits) and _letter(digits)):
        return Kind.IDENTITY
    if _OLD_IDENTITY.fullmatch(digits) and (even or sizes == [6, 6, 3]):
        return Kind.IDENTITY
    if (
        _CARD.fullmatch(digits)
        and even
        and (digits.startswith("62") or _CARD_WORD.search(before) or _luhn(digits))
    ):
        return Kind.CARD
    if _LOCAL.fullmatch(digits) and _TELEPHONE.search(before) and not _AMOUNT.match(after):
        return Kind.PHONE
    return None


def _letter(digits: str) -> bool:
    """Whether the last mark is the check of the seventeen before it (GB 11643-1999, 4.3).

    >>> _letter("11010519491231002X"), _letter("110105194912310021")
    (True, False)
    """
    total = sum(int(digit) * (1 << (17 - place)) for place, digit in enumerate(digits[:17]))
    return "10X98765432"[total % 11] == digits[17].upper()


def _luhn(digits: str) -> bool:
    """Whether the last digit is the check of those before it (ISO/IEC 7812-1, annex B).

    >>> _luhn("4111111111111111"), _luhn("4111111111111112")
    (True, False)
    """
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
