"""What is said when somebody is in danger, told from what is asked about the law. Patterns only; wording is elsewhere.

Bases: 未成年人保护法 第十一条; 最高人民检察院等九部门《关于建立侵害未成年人案件强制报告制度的意见（试行）》(2020),
which names injuries, abuse, sexual harm, abandonment and trafficking; 反家庭暴力法 第十三条, 第十四条.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from knowledge.doors import Door, door_of
from knowledge.folding import fold


class Matter(StrEnum):
    """What may be happening, the gravest reading first."""

    SEXUAL = "sexual"
    SELF = "self"
    VIOLENCE = "violence"
    FIRE = "fire"
    WATER = "water"
    GAS = "gas"
    LOST = "lost"
    """A child that is gone, sold or left alone."""


@dataclass(frozen=True, slots=True)
class Harm:
    matter: Matter
    child: bool
    asks: bool = False
    """Whether it is also asked what the law says, or how something is applied for."""


_MATTERS = {
    Matter.SEXUAL: "性侵|猥亵|强奸|诱奸|奸污|性骚扰|摸(?:我|她|他|孩子|娃|小孩|女儿|闺女|孙女|下面|下体|胸|隐私|屁股)|扒(?:我|她|他|孩子).{0,3}[衣裤]|"
    "脱(?:我|她|他|孩子).{0,3}[衣裤]|被.{0,4}摸了|动手动脚|给(?:孩子|我|她)看.{0,4}(?:黄片|下体)",
    Matter.SELF: "自杀|轻生|寻短见|不想活|不想再活|活不下去|活着没(?:意思|意义|劲)|不如死|想死|去死算|死了算|结束(?:自己的?)?生命|"
    "割腕|跳楼|跳河|跳井|上吊|喝(?:了)?(?:农药|百草枯|敌敌畏)|吃(?:了)?(?:一瓶|很多|好多)?安眠药|自残|自伤|写(?:了)?遗书|了结自己|没有活路|不活了",
    Matter.VIOLENCE: "家暴|虐待|毒打|殴打|施暴|往死里打|打得|打伤|打坏|打骂|挨打|被.{0,6}打(?!分|印|算|动|开|招|断|扰|乱|工|电话|款|回|湿|雷)|"
    "打(?:我|她|他|孩子|娃|小孩|老婆|媳妇|老人|爹|娘|妈|女儿|儿子|闺女|孙子|孙女)(?!.{0,2}(?:电话|手机|招呼|主意|听|视频|工|疫苗|针|预防针|饭|油|油费|钱|款|车))|"
    "掐(?:我|她|他|脖)|拿(?:刀|棍|皮带).{0,6}(?:砍|打|抽|追)|砍(?:我|她|他|人)|烫伤孩子|不给(?:孩子|娃|老人)?饭吃|关(?:在|进).{0,6}(?:不让出|小黑屋)|"
    "锁(?:在|屋).{0,6}不(?:让|给)|校园(?:霸凌|欺凌|暴力)|被.{0,4}欺负|欺负(?:我|俺|孩子|娃|她|他)|霸凌|打死(?:我|他|她|孩子)",
    Matter.FIRE: "着火|失火|起火|火灾|烧起来",
    Matter.WATER: "溺水|落水|淹(?:着|了|死|水)|掉(?:进|到|水|河)(?:了)?(?:河|水|井|塘|坑|沟|渠|里)|沉下去",
    Matter.GAS: "煤气中毒|煤气泄漏|燃气泄漏|液化气泄漏|一氧化碳|煤烟中毒|触电|食物中毒|(?:误)?[吃喝](?:了)?(?:老鼠药|农药|洗衣液)",
    Matter.LOST: "(?:孩子|娃|小孩|女儿|儿子|孙子|孙女|学生|闺女).{0,8}(?:不见了|走丢|走失|失踪|丢了|找不到|没回家|离家出走)|"
    "(?:拐卖|拐走|被拐|遗弃|扔了|扔下|丢弃).{0,6}(?:孩子|娃|小孩|儿童|婴儿|女婴|男婴)|(?:孩子|娃|小孩|儿童|婴儿).{0,6}(?:被拐|被卖|被扔|被遗弃|没人管|一个人在家)|"
    "把.{0,6}(?:孩子|婴儿|女婴|男婴|娃).{0,4}(?:扔|卖|丢)",
}
_PATTERNS = {matter: re.compile(pattern) for matter, pattern in _MATTERS.items()}
_ANY = re.compile("|".join(f"(?:{pattern})" for pattern in _MATTERS.values()))
_CHILD = re.compile(
    "孩子|小孩|娃|儿童|未成年|幼女|女童|男童|婴儿|女婴|男婴|儿子|女儿|闺女|孙子|孙女|外孙|外甥|侄女|侄子|小学生|中学生|初中生|学生|同学|"
    "小朋友|小姑娘|小女孩|小男孩|女孩|男孩|校园|霸凌|欺凌|(?:1[0-7]|[1-9])岁|[一二三四五六七八九]岁|十[一二三四五六七]?岁|幼儿园|[初高][一二三]|年级"
)
_SELF = re.compile(
    "我(?!国|省|市|县|镇|们?(?:村|国|县|镇|单位|社区))|俺(?!村|县|镇)|咱(?:家|娃|孩子|闺女|儿)|本人|自己(?!的?(?:房|地|承包))"
)
_NOW = re.compile(
    "正在|现在|刚才|刚刚|昨[天晚]|今[天早晚]|天天|经常|总是|老是|又(?:被|打|在)|救命|救救|快来|快点|马上要|要(?:跳|喝|割)|"
    "(?:打|摸|掉|淹|烧|伤|喝|吃|晕|倒|丢|没)(?:了|着)|起来了|[火水]了|中毒了|不见了|怎么办$|咋办$|怎么办[?!]|咋办[?!]|邻居|隔壁|村里有|有人|有个|听见|看见|他爸|她爸|他妈|她妈|(?<!其)[他她](?!人|项|们)|老公|丈夫|对象"
)
_ABOUT_LAW = re.compile(
    "罪|怎么判|咋判|判(?:几|多)|判刑|量刑|处罚|罚款|追究|刑事|法律|法规|条例|规定|依据|第[一二三四五六七八九十百零\\d]+条|《|合法|违法|犯法|"
    "保护令|告诫书|起诉|诉讼|离婚|抚养权|撤销监护|赔偿|赔多少|责任|谁负责|算(?:不算|工伤|家暴|虐待)|是不是家暴|什么(?:是|叫|算)|指的是|包括(?:哪|什么)|"
    "预防|怎么防|咋防|如何防|防止|防范|防溺水|宣传|讲座|教育活动|应急预案|演练|培训|标准|制度|职责|义务|程序|流程|补助|补贴|救助金|报销|保险|理赔|"
    "灭火器|消防(?:通道|设施|栓|水源)|森林防火|怎么(?:报告|上报|申请|办(?!$|[?!。])|处理|报警)|咋(?:报告|上报|申请|办理|处理)|强制报告|举报(?:人|奖)"
)
_NEVER = re.compile(
    "想死你|笑死|累死|气死|热死|打孩子的?疫苗|跳楼(?:价|机)|自杀式|虐(?:狗|恋)|打击(?:家暴|虐待|性侵)|反(?:家暴|虐待|家庭暴力)|"
    "没着火|未着火|别自杀|杜绝|严禁"
)


_AFTERWARDS = re.compile("救助(?!我|命)|申请|赔|责任|补助|补贴|重建|修房|怎么报警")
_THIS_MOMENT = re.compile("正在|快来|快点|救命|救救|怎么办|咋办|马上")
ACCIDENTS = frozenset({Matter.FIRE, Matter.WATER, Matter.GAS})


def harm_in(text: str) -> Harm | None:
    """What danger is spoken of, now or to the speaker or a child of theirs; None for what is asked about the law.

    >>> harm_in("虐待罪怎么判"), harm_in("家暴怎么申请保护令"), harm_in("怎么防溺水")
    (None, None, None)
    >>> harm_in("我不想活了"), harm_in("我被老公打了，怎么申请保护令").matter
    (Harm(matter=<Matter.SELF: 'self'>, child=False, asks=False), <Matter.VIOLENCE: 'violence'>)
    >>> harm_in("邻居家孩子天天被他爸打")
    Harm(matter=<Matter.VIOLENCE: 'violence'>, child=True, asks=False)
    """
    said = re.sub(r"\s", "", fold(text))
    if not _ANY.search(said):
        return None
    said = _NEVER.sub("", said)
    matter = next((each for each in Matter if _PATTERNS[each].search(said)), None)
    if matter is None:
        return None
    spoken_of = _SELF.search(said) or _NOW.search(said)
    if _ABOUT_LAW.search(said) and not spoken_of:
        return None
    if matter in ACCIDENTS and _AFTERWARDS.search(said) and not _THIS_MOMENT.search(said):
        return None
    child = _CHILD.search(said) is not None
    aside = not (spoken_of or child) and matter is not Matter.SELF
    if aside and (len(said) > SHORT_CALL or matter is Matter.VIOLENCE):
        return None
    if len(said) > LONG_TEXT and not _SELF.search(said):
        return None
    return Harm(matter, child, _ABOUT_LAW.search(said) is not None)


SHORT_CALL = 12
"""Characters of a call for help that names nobody: 着火了, 有人落水."""

LONG_TEXT = 200
"""Characters from which words without a speaker in them are a text that was passed on."""


_TITLE = "(?:主任(?!务)|(?<!遗)书记(?![员录载])|支书|村长|村干部|社区干部)"
_TITLED = re.compile(_TITLE)
_NOT_BLAMED = re.compile(
    "(?:班|年级|教导|教务|德育)主任|"
    f"^[^我俺去找跟在到被让]{{0,3}}?{_TITLE}(?=[,:、!](?!他|她|又|还)|[我俺您你快])|"
    f"(?:告诉|报告|通知|联系)(?:了|过)?[^我俺,。、]{{0,3}}?{_TITLE}|"
    f".?{_TITLE}(?=被(?!我|俺|发现|看见)|挨打|遭)"
)


def blames(text: str, harm: Harm, officers: Iterable[str]) -> bool:
    """Whether one of the officers, by name or by the title of a cadre, may be who does it. When in doubt yes.

    >>> hit = Harm(Matter.VIOLENCE, child=False)
    >>> [blames(each, hit, ()) for each in ("王主任打我", "我去找支书，他摸我", "孩子被儿童主任打了", "他告诉我书记打人")]
    [True, True, True, True]
    >>> [blames(each, hit, ()) for each in ("班主任打我孩子", "主任，我老公打我", "主任被人打了", "俺男人打我，告诉村主任了")]
    [False, False, False, False]
    >>> blames("书记家着火了", Harm(Matter.FIRE, child=False), ())
    False
    """
    if harm.matter in ACCIDENTS:
        return False
    return _TITLED.search(_blaming(text)) is not None or any(names(text, harm, each) for each in officers)


def names(text: str, harm: Harm, person: str) -> bool:
    """Whether somebody of this name may be who does it. Accidents are nobody's doing, and want who is near.

    >>> hit = Harm(Matter.VIOLENCE, child=False)
    >>> names("王建国天天打我", hit, "王建国"), names("俺男人天天打我", hit, "王建国")
    (True, False)
    """
    return harm.matter not in ACCIDENTS and bool(person) and fold(person) in _blaming(text)


def _blaming(text: str) -> str:
    """Without the cadres that are only called on, told of it, or whom it is done to."""
    return _NOT_BLAMED.sub("", re.sub(r"\s", "", fold(text)))


def wrongdoing_in(text: str) -> bool:
    """Whether it is a report against a person, and not a question how one reports."""
    return door_of(text) is Door.WRONGDOING


def number_in(words: str) -> int | None:
    """The number of a report as people write it.

    >>> number_in("R12"), number_in("ｒ３"), number_in("7"), number_in("账目"), number_in("")
    (12, 3, 7, None, None)
    """
    found = re.fullmatch(r"[Rr#]?\s?(\d{1,9})[号。]?", fold(words).strip())
    return int(found[1]) if found else None
