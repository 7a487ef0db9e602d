"""Personal details in free text: found so that they can be hidden in groups and in logs.

Numbers, addresses and accounts are found by their form, names by what stands beside them (a careful guess: who typed
one in a group is warned as well). A village's own name, public short numbers, amounts, dates and articles of laws stay.
Hiding what was hidden changes nothing.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from bot.masking import anybody, contacts, doors, names, numbers
from bot.masking.bare import bare
from bot.masking.found import Found, Kind

__all__ = [
    "HIDDEN_ADDRESS", "HIDDEN_NUMBER", "Found", "Kind", "has_personal_details", "hide_numbers", "hide_people", "kinds",
    "nameless", "nobody", "private",
]  # fmt: skip

HIDDEN_NUMBER = "〔号码已隐去〕"
HIDDEN_ADDRESS = "〔住址已隐去〕"

_ROUNDS = 4
"""Hiding one name can bring another to light, as `父亲王建国儿子` shows; more rounds than this change nothing."""

_SENTENCE = re.compile(r"[。；;！!？?\n]")
_AROUND_MARK = re.compile(rf"[^\S\n]*({HIDDEN_NUMBER}|{HIDDEN_ADDRESS})[^\S\n]*")


def hide_numbers(text: str) -> str:
    """Telephone, identity and card numbers, e-mails, accounts, plates and doors replaced by a mark.

    >>> hide_numbers("电话１３８ 1234 5678，找老李")
    '电话〔号码已隐去〕，找老李'
    >>> hide_numbers("家住永续社区5栋2单元301室，微信号：wang_1980")
    '家住永续社区〔住址已隐去〕，微信号：〔号码已隐去〕'
    """
    found = sorted(_without_names(text), key=lambda each: (each.start, -each.end))
    if not found:
        return text
    pieces, done = [], 0
    for each in found:
        if each.start >= done:
            pieces += [
                text[done : each.start],
                HIDDEN_ADDRESS if each.kind is Kind.ADDRESS else HIDDEN_NUMBER,
            ]
        done = max(done, each.end)
    return "".join([*pieces, text[done:]])


def hide_people(text: str) -> str:
    """Numbers and names hidden: a full name keeps its family name.

    >>> hide_people("独居老人王某想要一台收音机")
    '独居老人王某想要一台收音机'
    >>> hide_people("王建国老人 13812345678 想要轮椅")
    '王某老人〔号码已隐去〕想要轮椅'
    >>> hide_people("独居老人王秀英想要一台收音机"), hide_people("困难户孙立国，想要一袋米")
    ('独居老人王某想要一台收音机', '困难户孙某，想要一袋米')
    >>> hide_people("留守儿童豆豆想要书包，王小明同学想要跳绳")
    '留守儿童小某想要书包，王某同学想要跳绳'
    """
    return _hidden(text, _names)


def nameless(text: str, roster: Iterable[str] = ()) -> str:
    """As `hide_people`, and names with nothing beside them too: for a question that is kept.

    `roster`: names of people known here. What a reader is answered is not for this: it may hide a word too many.

    >>> nameless("王秀英能吃低保吗"), nameless("和平村的安全员能领高龄津贴吗")
    ('王某能吃低保吗', '和平村的安全员能领高龄津贴吗')
    >>> nameless("问问孙立国呗"), nameless("问问孙立国呗", ["孙立国", "村民"])
    ('问问孙立国呗', '问问孙某呗')
    """
    roster = tuple(roster)
    return _hidden(text, lambda hidden: chain(_names(hidden), bare(hidden, roster)))


def nobody(text: str) -> str:
    """As `nameless`, and whatever may be a name (`bot.masking.anybody`): for the words of a wish.

    It may hide a word too many, which is better here than a name let through.

    >>> nobody("护林员刘长贵想要一双雨鞋"), nobody("高压锅坏了，想换黄铜水龙头")
    ('护林员刘某想要一双雨鞋', '高压锅坏了，想换黄铜水龙头')
    """

    def named(hidden: str) -> Iterator[tuple[Found, str]]:
        yield from anybody.found(hidden)
        for each, shown in chain(_names(hidden), bare(hidden)):
            if each.kind is not Kind.NAME or not anybody.is_word(hidden[each.start : each.end]):
                yield each, shown

    return _hidden(text, named)


def _hidden(text: str, named: Callable[[str], Iterable[tuple[Found, str]]]) -> str:
    hidden = hide_numbers(text)
    for _ in range(_ROUNDS):
        known = {hidden[each.start : each.end]: shown for each, shown in named(hidden)}
        if not known:
            break
        for name, shown in known.items():
            hidden = hidden.replace(name, shown)
        hidden = hide_numbers(hidden)
    return _AROUND_MARK.sub(r"\1", hidden) if "隐去〕" in hidden else hidden


def has_personal_details(text: str) -> bool:
    """Whether a number, an address or a full name that leads to a person stands in the text."""
    return any(True for _ in _without_names(text)) or any(True for _ in _names(hide_numbers(text)))


def kinds(text: str) -> frozenset[Kind]:
    """What would be hidden, by kind."""
    named = (found.kind for found, _ in _names(hide_numbers(text)))
    return frozenset([*(found.kind for found in _without_names(text)), *named])


def private(text: str, roster: Iterable[str] = ()) -> frozenset[Kind]:
    """What stands in words for everybody that is somebody's own: an identity number, a card, a mobile of a person.

    A mobile is a person's when a name stands in the same sentence; of an office it may be told, as landlines and
    hotlines may. `roster`: names of people known here.

    >>> sorted(private("有事打村委会 0537-8712345 或 12345，值班手机13812345678"))
    []
    >>> sorted(private("找王建国13812345678，卡号6222021234567890123")), sorted(private("13812345678（王秀英）"))
    ([<Kind.CARD: 'card'>, <Kind.PHONE: 'phone'>], [<Kind.PHONE: 'phone'>])
    """
    roster = tuple(roster)
    found = [each for each in numbers.found(text) if each.kind is not Kind.PHONE]
    for sentence in _SENTENCE.split(text):
        mobiles = [
            each for each in numbers.found(sentence) if numbers.mobile(sentence[each.start : each.end])
        ]
        hidden = hide_numbers(sentence) if mobiles else ""
        if any(True for _ in chain(_names(hidden), bare(hidden, roster))):
            found += mobiles
    return frozenset(each.kind for each in found)


def _without_names(text: str) -> Iterator[Found]:
    yield from numbers.found(text)
    yield from contacts.found(text)
    yield from doors.found(text)


def _names(text: str) -> Iterator[tuple[Found, str]]:
    minors = list(names.of_minors(text))
    yield from minors
    for found, shown in names.full(text):
        if all(found.end <= minor.start or minor.end <= found.start for minor, _ in minors):
            yield found, shown
