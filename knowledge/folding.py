"""One spelling for what people write in many: widths, invisible marks, numerals, titles of laws."""

import re
import unicodedata
from functools import lru_cache

_DIGITS = {
    char: value
    for value, chars in enumerate(("零〇○", "一", "二两", "三", "四", "五", "六", "七", "八", "九"))
    for char in chars
}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_DIGIT = "[一二两三四五六七八九]"
_WELL_FORMED = re.compile(f"(?:{_DIGIT}千)?[零〇○]?(?:{_DIGIT}百)?[零〇○]?(?:{_DIGIT}?十)?[零〇○]?{_DIGIT}?")
NUMERAL = "零〇○一二两三四五六七八九十百千万"
_NAMES = "零一二三四五六七八九"

_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_COUNTRY = re.compile("中华人民共和国(?=.)")
_VERSION = re.compile(
    r"[(（]\s*(?:\d{4}\s*-\s*\d{1,2}\s*-\s*\d{1,2}|\d{4}年?\s*(?:修正|修订|修改|版|年版|文本)?)[^()（）]{0,20}[)）]\s*$"
    r"|[(（][一-鿿]{2,20}(?:[〔\[]\d{4}[〕\]]|令第?)\d{1,5}号[)）]\s*$"
)
_COURTESY = re.compile("^(?:请问|您好|你好|问一下|想问)+|[吗呢呀啊吧么]+$")
_LABEL = re.compile(rf"第?\s*([{NUMERAL}]+|\d{{1,5}})\s*条?(?:\s*之\s*([{NUMERAL}]+|\d{{1,3}}))?")


def fold(text: str) -> str:
    """NFKC, line ends as newlines, without characters that show nothing (RTL marks, zero width, controls).

    >>> fold("／问　低保\\u200f１２")
    '/问 低保12'
    """
    folded = unicodedata.normalize("NFKC", text.replace("\r\n", "\n").replace("\r", "\n"))
    if folded.isprintable():
        return folded
    return "".join(c for c in folded if c in "\n\t" or unicodedata.category(c) not in _INVISIBLE)


@lru_cache(4096)
def question_key(text: str) -> str:
    """What two ways of typing one question share: no marks, widths, courtesies or closing particles.

    >>> question_key("请问：村口路灯，归谁修呢？") == question_key("村口路灯归谁修")
    True
    """
    bare = "".join(mark for mark in fold(text).lower() if mark.isalnum())
    return _COURTESY.sub("", bare) or bare


def number(text: str) -> int | None:
    """The value of a Chinese or Arabic numeral below 100,000; None when it is none.

    >>> [number(t) for t in ("一百零四", "一千二百四十五", "十二", "二〇一四", "38", "百草")]
    [104, 1245, 12, 2014, 38, None]
    """
    if text.isdecimal():
        return int(text) if len(text) <= 5 else None
    if not text or len(text) > 12 or any(c not in NUMERAL for c in text):
        return None
    if all(c in _DIGITS for c in text):
        return int("".join(str(_DIGITS[c]) for c in text)) if len(text) <= 5 else None
    head, wan, tail = text.rpartition("万")
    if wan:
        high, low = number(head or "一"), number(tail) if tail else 0
        return None if high is None or low is None or high > 9 else high * 10_000 + low
    if not _WELL_FORMED.fullmatch(text):
        return None
    total, digit = 0, 0
    for char in text:
        if char in _UNITS:
            total, digit = total + max(digit, 1) * _UNITS[char], 0
        else:
            digit = _DIGITS[char]
    return total + digit


def numeral(value: int) -> str:
    """The way laws write a number from 0 to 99,999.

    >>> [numeral(n) for n in (10, 12, 20, 104, 110, 1040, 1245, 10_003)]
    ['十', '十二', '二十', '一百零四', '一百一十', '一千零四十', '一千二百四十五', '一万零三']
    """
    if value < 10:
        return _NAMES[value]
    out, gap = "", False
    for unit, name in ((10_000, "万"), (1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // unit % 10
        if digit:
            out += ("零" if gap and out else "") + _NAMES[digit] + name
            gap = False
        else:
            gap = True
    return out.removeprefix("一") if value < 20 else out


def article_name(text: str) -> str | None:
    """第三十八条 from 38, "38条", "第 38 条", "第三十八条"; None when it names no article.

    >>> [article_name(t) for t in ("38", "第133条之1", "第一百○四条", "条例", "三十八条之二")]
    ['第三十八条', '第一百三十三条之一', '第一百零四条', None, '第三十八条之二']
    """
    matched = _LABEL.fullmatch(fold(text).strip())
    if matched is None:
        return None
    main, sub = number(matched[1]), number(matched[2]) if matched[2] else None
    if main is None or (matched[2] and sub is None):
        return None
    return f"第{numeral(main)}条" + (f"之{numeral(sub)}" if sub is not None else "")


@lru_cache(4096)
def title_key(title: str) -> str:
    """What two spellings of one law's name share.

    Without 中华人民共和国, marks, spaces, a version or 文号 in brackets at the end, 编 of a part of the Civil Code.

    >>> title_key("《中华人民共和国民法典（总则编）》") == title_key("民法典 总则")
    True
    >>> title_key("殡葬管理条例（2012修正）"), title_key("社会救助暂行办法(2019-03-02)")
    ('殡葬管理条例', '社会救助暂行办法')
    >>> title_key("最低生活保障审核确认办法（民发〔2021〕57号）"), title_key("婚姻登记条例（国务院令第804号）")
    ('最低生活保障审核确认办法', '婚姻登记条例')
    """
    bare = _VERSION.sub("", fold(title).strip())
    key = "".join(c for c in bare if c.isalnum()).lower()
    key = _COUNTRY.sub("", key)
    return key.removesuffix("编") if key.startswith("民法典") else key
