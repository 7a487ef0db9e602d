"""The names that go with a wish beside its words: who is told how to reach somebody is told who it is."""

import re

from bot.masking.names import FULL_NAME, family, is_name
from handlers.wishes.phrases import SOMEBODY

_APART = re.compile(r"[^\u4e00-\u9fff·]+|和(?=[\u4e00-\u9fff]{2})")
_SPACED = re.compile(
    r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff])[ \u3000]+([\u4e00-\u9fff]{1,2})(?![\u4e00-\u9fff])"
)
_A_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff]{2,6}(?:·[\u4e00-\u9fff]{2,6})+")
_RELATED = re.compile(
    r"^(?:联系|找|请找|问|打给)?(?:我|他|她|其|孩子|老人|本人|家里)?的?"
    r"(?:儿子|女儿|儿媳妇?|女婿|孙子|孙女|老伴|爱人|丈夫|妻子|父亲|母亲|爸爸|妈妈|爷爷|奶奶|哥哥|姐姐|弟弟|妹妹|邻居|亲戚|监护人)"
)
_PLACE = re.compile(r"[村庄屯沟组镇乡县市区街路巷院坡湾]$")
_NO_FIRST_NAME = re.compile(
    r"[家子女居村庄屯镇乡县委电话组任父母爸妈爷奶哥姐弟妹叔婶邻亲孩天晚午打找联不没无老人己伴跳登区街路号微信]"
)


def names_in(contact: str) -> tuple[str, ...]:
    """Full names in it, and what it begins with if that may be one, as a list's column of names; the longest first.

    >>> names_in("王桂兰、李建国，13812345678，石桥村"), names_in("儿子李大山 138 1234 5678，白天打")
    (('王桂兰', '李建国'), ('李大山',))
    >>> names_in("秀英，三组5号"), names_in("邻居转告"), names_in("")
    (('秀英',), (), ())
    >>> names_in("王 英 138 1234 5678"), names_in("买买提·吐尔逊，五组")
    (('王英',), ('买买提·吐尔逊',))
    """
    found: list[str] = []
    for at, part in enumerate(_APART.split(_SPACED.sub(r"\1\2", contact))):
        said = _RELATED.sub("", part)
        full = re.fullmatch(FULL_NAME, said) and is_name(said) and not _PLACE.search(said)
        first = at == 0 and _A_NAME.fullmatch(part) and not _NO_FIRST_NAME.search(part)
        if full or first:
            found.append(said)
    return tuple(sorted(dict.fromkeys(found), key=len, reverse=True))


def without(contact: str, words: str) -> str:
    """The words without the names the contact gives away, whole or as neighbours say them.

    >>> without("王秀英", "王某想要一台收音机，秀英爱听戏")
    '王某想要一台收音机，某某爱听戏'
    >>> without("王桂兰和李建国", "桂兰腿脚不便，建国想要一把轮椅")
    '某某腿脚不便，某某想要一把轮椅'
    """
    for name in names_in(contact):
        for said in (name, *_as_neighbours_say(name)):
            words = words.replace(said, SOMEBODY)
    return words


def _as_neighbours_say(name: str) -> tuple[str, ...]:
    """The given name, where it has two letters at least, and the parts of one of several parts."""
    if "·" in name:
        return tuple(part for part in name.split("·") if len(part) > 1)
    given = name.removeprefix(family(name)) if re.fullmatch(FULL_NAME, name) else ""
    return (given,) if len(given) > 1 else ()
