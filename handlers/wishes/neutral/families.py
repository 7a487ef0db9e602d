"""Families by their name: 王大爷, 李奶奶家, 张家老二 lead to a door in a village where everybody knows everybody.

What is left of a full name (王某, `bot.masking`) goes as well. Who somebody is beside the name stays: a neighbour, an
old man, a member of the party.
"""

import re

from bot.masking.names import COMPOUND, FAMILY
from handlers.wishes.neutral.phrases import CHILD, FAMILY_OF, VILLAGER, A

_SURE = "".join(
    mark for mark in FAMILY if mark not in "向于应时常都和全那安能万后干连查管支关解农别相方单居谢曾明平从师"
)
_NAME = rf"(?:{COMPOUND}|[{_SURE}])"
_KIN = (
    "大爷|大娘|大妈|大叔|大婶|大伯|大哥|大姐|大嫂|奶奶|爷爷|老奶奶|老爷爷|老太太?|老汉|老先生|叔叔|阿姨|婶子|婶婶|伯伯|伯父|"
    "嫂子|师傅|女士|先生|婆婆|姥姥|姥爷"
)
_ONLY_AFTER = r"(?:(?<![\u4e00-\u9fff])|(?<=[给为帮替请陪的和与跟看找把户村区庄镇组邻居壁岁人员让到]))"
_RELATION = r"[爷奶叔婶伯哥姐嫂姨](?=家|想|要|需|盼|缺|希|腿|身|眼|今|住|一个|[，,。；;、]|$|\s)"
_CALLED = re.compile(
    rf"{_NAME}某?(?P<kin>{_KIN})|{_ONLY_AFTER}{_NAME}某?(?P<old>老人|同志|老师|同学|{_RELATION})"
)
_BESIDE = re.compile(r"(?:邻居|隔壁|对门|楼[上下]|党员|老兵|军人|独居|孤寡|留守|户|村民|居民|老人|家属)$")

_LABELLED = re.compile(
    rf"(?:[，,；;、]|[^\S\n])*(?:联系人|户主|姓名|本人|名叫|叫做|叫|名字[叫是])(?:[:：]|[^\S\n])*(?:{COMPOUND}|[{FAMILY}])某(?!某)"
)
_SOME = re.compile(rf"(?:{COMPOUND}|[{FAMILY}代时])某(?!某)(?:(?P<home>家(?!庭|具|电|属))|本人)?")
_BESIDE_HIM = re.compile(rf"(?<=[\u4e00-\u9fff])[(（〔]{VILLAGER}[)）〕]")
_WHO = re.compile(
    r"(?:人|户|员|民|居|兵|妇|者|爷|娘|奶|汉|太|伴|家|岁|军|师|友|生|子|独|孤|寡|童|女|娃|工|者|匠|属|亲|象|表|记|任|医|哥|姐|弟|妹|爸|妈|婆|公|叔|婶|姑|姨|舅|嫂|媳|长|部|计)$"
)
_LITTLE = re.compile(r"小某")
_OLD = re.compile(
    rf"(?:{_ONLY_AFTER}|(?<=[头东西南北街巷口边里]))老{_NAME}(?P<home>头?家(?!具|电|属|长))|"
    rf"{_ONLY_AFTER}老(?!石){_NAME}(?:头(?![发顶巾])|汉)|"
    rf"{_ONLY_AFTER}老(?![房车路井水党农支干毛屋门白红金板花边]){_NAME}(?:头|汉)?"
    r"(?=想|要|需|盼|缺|希|的|腿|身|眼|今|住|一个人|说|[，,。；;、]|$)"
)
_TWICE = re.compile(rf"(?<=儿童|学生|娃娃){CHILD}")
_PET = re.compile(
    r"(?<![\u4e00-\u9fff])(?:小(?![孩学朋区组店队卖家伙两狗猫姐妹弟])[\u4e00-\u9fff]|([\u4e00-\u9fff])(?<![爸妈爷奶姐哥弟妹叔姥舅姑伯公婆姨大天常家人年宝娃])\1|"
    r"[大二三][宝娃妞]|[\u4e00-\u9fff](?<![小珠财国元法宝])宝(?<!宝宝))(?=[想盼]|希望|喜欢(?!的人)|今年)"
)
_YOUNG = re.compile(rf"{_ONLY_AFTER}小(?![孩学朋区组麦米车路鱼水花]){_NAME}(?=想|盼|希望|家(?!庭|具|电|属))")
_HOME = re.compile(
    rf"{_ONLY_AFTER}(?![何东国冷红公车水路房]){_NAME}某?家"
    r"(?![庄村镇屯沟河湾店口寨集堡埠桥洼楼园坡务境畜禽产具电用长乡里人宅属庭政装访电常])"
    r"(?:的?(?:老[大二三四五六幺]|[大二三小]?(?:儿子|闺女|小子|丫头|孙子|孙女)))?"
)


def unnamed(words: str) -> str:
    """Without the names of families; again changes nothing.

    >>> unnamed("王大爷想要一把椅子"), unnamed("邻居李奶奶家漏雨"), unnamed("张家老二想要书包")
    ('一位大爷想要一把椅子', '邻居奶奶家漏雨', '一户人家想要书包')
    >>> unnamed("村东头老李家装扶手"), unnamed("帮老王头修灯"), unnamed("儿童小某盼着见爸爸")
    ('村东头一户人家装扶手', '帮一位村民修灯', '儿童盼着见爸爸')
    >>> unnamed("独居老人王某，想要收音机"), unnamed("王某想要收音机，联系人：李某")
    ('独居老人，想要收音机', '一位村民想要收音机')
    """
    said = _LABELLED.sub("", words)
    said = _CALLED.sub(_kin, said)
    said = _SOME.sub(_somebody, said)
    said = _LITTLE.sub(CHILD, said)
    said = _OLD.sub(lambda found: FAMILY_OF if found["home"] else VILLAGER, said)
    said = _PET.sub(CHILD, _YOUNG.sub(VILLAGER, said))
    return _TWICE.sub("", _BESIDE_HIM.sub("", _HOME.sub(FAMILY_OF, said)))


def _kin(found: re.Match[str]) -> str:
    called = found["kin"] or found["old"]
    before = found.string[: found.start()]
    if len(called) == 1:
        return VILLAGER
    return called if _BESIDE.search(before) or before.endswith(A) else A + called


def _somebody(found: re.Match[str]) -> str:
    home = found["home"] or ""
    if _WHO.search(found.string[: found.start()]):
        return home
    return FAMILY_OF if home else VILLAGER
