"""Other ways to a person: e-mail, names on WeChat and QQ, car plates."""

import re
from collections.abc import Iterator

from bot.masking.found import Found, Kind
from bot.masking.marks import DIGIT

_WORD = r"A-Za-z0-9Ａ-Ｚａ-ｚ０-９"
_AT = r"(?:\s{0,2}[@＠﹫]\s{0,2}|\s{1,2}(?i:at)\s{1,2}|\s{0,2}[\[(（【](?i:at)[\])）】]\s{0,2}|\s{0,2}艾特\s{0,2})"
_DOT = r"(?:\s?[.．。﹒]\s?|\s(?i:dot)\s|\s?[\[(（](?i:dot)[\])）]\s?|点)"
_EMAIL = re.compile(
    rf"(?<![{_WORD}._%+\-])[{_WORD}][{_WORD}._%+\-．－＿]*{_AT}[{_WORD}](?:[{_WORD}\-－]*[{_WORD}])?"
    rf"(?:{_DOT}[{_WORD}](?:[{_WORD}\-－]*[{_WORD}])?){{0,3}}{_DOT}[A-Za-zＡ-Ｚａ-ｚ]{{2,10}}"
)
_AT_SIGN = re.compile(r"[@＠﹫]|(?i:\bat\b)|艾特")
_PASSPORT = re.compile(r"护照(?:号码|号)?[\s:：是为]{0,3}(?P<name>[A-Za-z][A-Za-z0-9]\d{7})(?!\d)")

_ACCOUNT = re.compile(
    r"(?:微信|威信|薇信|微 信|(?i:(?<![a-z])(?:weixin|wechat|vx|wx|ｖｘ|ｗｘ))|加[vVｖＶ微]|[vVｖＶ]信|绿泡泡)"
    r"(?:联系|账号|帐号|号码|号|名|ID|id|同号)?[\s:：是为叫，,（(]{0,4}"
    r"(?P<name>[A-Za-zＡ-Ｚａ-ｚ](?:[\s]?[A-Za-z0-9_\-Ａ-Ｚａ-ｚ０-９＿－]){5,19})"
)
_QQ = re.compile(
    rf"(?i:qq|ｑｑ|扣扣|企鹅)(?:号码|号|群)?[\s:：是为，,（(]{{0,4}}(?P<name>[{DIGIT}](?:[\s\-]?[{DIGIT}]){{4,10}})"
)
_ACCOUNT_WORD = re.compile(
    r"[微威薇]\s?信|(?i:weixin|wechat|vx|wx|ｖｘ|ｗｘ|qq|ｑｑ)|加?[vVｖＶ微]|扣扣|企鹅|绿泡泡"
)

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE = re.compile(
    rf"[{_PROVINCES}]\s?[A-HJ-Za-hj-zＡ-ＨＪ-Ｚａ-ｈｊ-ｚ]\s?[·•・.\-．－\s]?\s?"
    r"(?=(?:[\s]?[A-HJ-NP-Za-hj-np-zＡ-Ｚａ-ｚ]){0,5}[\s]?[0-9０-９])"
    r"[A-HJ-NP-Za-hj-np-z0-9Ａ-Ｚａ-ｚ０-９](?:\s?[A-HJ-NP-Za-hj-np-z0-9Ａ-Ｚａ-ｚ０-９]){3,5}"
    r"(?:\s?[挂学警港澳])?(?![A-Za-z0-9])"
)


def found(text: str) -> Iterator[Found]:
    """Addresses, accounts and plates; a plate is what the standard GA 36-2018 lets a plate be."""
    if _AT_SIGN.search(text):
        for match in _EMAIL.finditer(text):
            yield Found(Kind.EMAIL, *match.span())
    if _ACCOUNT_WORD.search(text):
        for pattern in (_ACCOUNT, _QQ):
            for match in pattern.finditer(text):
                yield Found(Kind.ACCOUNT, *match.span("name"))
    for match in _PASSPORT.finditer(text):
        yield Found(Kind.IDENTITY, *match.span("name"))
    for match in _PLATE.finditer(text):
        yield Found(Kind.PLATE, *match.span())
