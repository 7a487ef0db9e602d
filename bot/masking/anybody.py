"""Whatever may be a name of somebody: for words of a wish, where a name let through is worse than a word too few.

Turned round from `names`: after a word for a person, at the beginning of a clause and after words that lead to
somebody, a family name and what follows is a name unless a known word begins there (`knowledge.dictionary`).
"""

import re
from collections.abc import Iterator

from bot.masking.bare import GIVEN
from bot.masking.found import Found, Kind
from bot.masking.names import COMPOUND, FAMILY, NOT_NAMES, family
from knowledge.dictionary import begins_word

_SURE = (
    "王李张刘陈杨赵周吴徐孙胡朱郭梁宋郑谢韩唐冯董萧曹袁邓傅沈彭吕苏卢蒋蔡贾魏薛阎潘杜戴汪姜范姚谭廖邹郝崔邱秦邵龚樊殷翟倪芦"
    "俞鲁伍韦聂邢耿詹靳甄裴翁邬骆穆仝闫肖付刁尹孔贺罗丁庞邸褚鲍窦佟亓逯覃牟隋逄綦佘邝雒"
)
_LIKE_WORDS = (
    "黄高马林程史陶顾毛钱江温白石方田康余叶段雷武龙严夏金孟汤钟文季章葛尤毕柳齐梅庄辛左谷祁童柴仇桂祝莫施苗焦熊侯岳涂迟苑苟楚晋丘霍颜黎陆纪屈娄戚阮滕瞿闵卜牛甘"
    "麻包乔艾洪卫尚路"
)
"""Families whose name begins many a word that no dictionary has: 高腰雨靴, 石板路."""
_SELDOM = frozenset("时和代") | (frozenset(FAMILY) - {*_SURE, *_LIKE_WORDS})
"""All other families: their name is a word itself, or rare; only with two characters that people are named with."""

_AFTER_KIND = "于曾何许任单管万关安"
"""Of these, those after which a word for a person is seldom going on with the word."""

FAMILIES = frozenset({*_SURE, *_LIKE_WORDS, *_SELDOM})
_FAMILY = re.compile(rf"{COMPOUND}|[{''.join(sorted(FAMILIES))}]")
_KIND = re.compile(
    r"(?:[员户者工师兵民妇童女娃匠医友亲属汉爷奶爸妈爹娘姥爹公婆伯叔婶姑姨舅哥姐嫂弟妹媳某]|[军老大病证商贩本聋哑盲穷亲农牧渔新外男女能老熟残工]人|"
    r"学生|先生|医生|学员|对象|家属|代表|书记|主任|会计|[队组村镇乡班店厂校院园站所局科处家会社]长|支书|干部|儿子|孩子|孙子|妻子|嫂子|婶子|侄子|"
    r"老伴|丈夫|司机|保安|保洁|电工|户主|邻居|对门|隔壁|岁的?|名叫|叫|姓名|先进|老两口|老太太?|护工|租客|同学|朋友|模范|标兵|遗孀|教授|大夫|护士|老板)$"
)
_LEADS = re.compile(
    r"(?:^|[^\u4e00-\u9fffA-Za-z0-9]|[给帮和替为由跟与同请找陪让叫是问接送看教劝谢]|[送交拿带捎递转搬寄放][到给去往至在]|看望|探望|慰问|[组村号队区屯庄社栋楼巷][的里]?|[东西南北村门][头边口面]的?|的)$"
)
_TITLE = re.compile(
    "[老某家姓氏的了在是们总工队支姐哥叔姨婶嫂爷奶伯说也都还要想没]|大[爷娘妈叔婶伯哥姐嫂夫家]|奶奶|爷爷|叔叔|阿姨|伯[伯父]|婆婆|姥[姥爷]|"
    "书记|主任|会计|医生|老师|师傅|女士|先生|同[志学]|村长|队长|组长|校长|支书|某"
)
_WORDS = re.compile(
    "周[一二三四五六日天边末围岁年]|广场|谢谢|童装|毛线|宋体|苏打|麻袋|苗圃|花盆|艾草|汤锅|唐诗|[杨柳桃李槐榆桑枣梨]树|李子|[叶麻包]子|孙[女子儿]|张[开罗贴]|陈[旧皮年列]|姜[汤丝片]|安静|马[扎棚夹路]|全家|"
    "石棉|石碾|石板|石磨|石墩|石槽|毛[巾驴豆衫]|黄[泥土鳝鱼]|白[鞋墙灰瓷铁布毛醋酒]|钱[包财粮]|高[处低脚跟帮筒腰凳粱]|金[银鱼戒]|文[具化艺体]|"
    "江[边堤]|田[里间地头埂]|路[太不上口边灯面]|方[形格砖]|温[水室]|柴[草油禾]|苗[床圃]|牛[羊棚圈犊肉粪]|武术|龙[灯头虾舟]|麻[花将绳袋油]|"
    "钟[表点]|汤[锅圆匙]|艾[草灸条]|夏[凉令]|花[盆草种]|罗[汉锅]|程控|季度|丁香|苏打|胡[同萝椒琴]|曹操|唐[装诗]|宋词|[韩唐宋]朝|魏碑|鲁班|"
    "[吴李王张刘陈杨赵周徐孙胡朱郭梁宋郑谢韩唐冯董高马][家各]?(?:[庄村屯寨集堡店口桥沟湾营镇洼楼园坡岗岭岔河]|胡同|小学|中学)"
)
"""Words that the dictionary does not have, or has for names; and villages."""
_ENDS = re.compile(r"$|[^\u4e00-\u9fff]")
_THEN = frozenset(
    "想要盼希需缺急今在的是有患得被和跟与上从去正每也就因没家住腿身眼独很最都不说来到穿将于由向把给让请只能会已还刚才现这那了着过"
    "吗呢吧啊手两咋该老受用行已经常先又但而喜爱生年"
)
"""What may follow a name: it goes on after these."""
_ENDS_NAME_ONLY = frozenset("的了想要吗呢是着过吧啊")
_IN_BOTH = frozenset("爱喜来学生成全大小发为长月年一传有家正和才前")
"""Given names have these, and what is told of somebody begins with them."""
_LIKES = re.compile("[爱喜](?:欢|[听看吃喝唱跳下打玩读养种])")
_WEAK = frozenset("一子大来小少长发达传书学成月占运继守世平全为花金银铜水风雨寿石山海")


def is_word(name: str) -> bool:
    """Whether what was taken for a name is a word and no name.

    >>> is_word("周末"), is_word("王秀英")
    (True, False)
    """
    return _WORDS.match(name) is not None or (
        begins_word(name) and not all(mark in GIVEN for mark in name[len(family(name)) :])
    )


def found(text: str) -> Iterator[tuple[Found, str]]:
    """Names, each with what stands in its place: the family name and 某.

    >>> [text[each.start : each.end] for text in ("环卫工人李强眼睛不好", "给黄瓜搭架", "三组王秀英了") for each, _ in found(text)]
    ['李强', '王秀英']
    """
    done = 0
    for start in _FAMILY.finditer(text):
        if start.start() < done:
            continue
        before = text[max(0, start.start() - 4) : start.start()]
        beside = _KIND.search(before) is not None
        rest = text[start.start() : start.start() + 10]
        if not beside and not _LEADS.search(before) and not _plain(before[-1:], rest):
            continue
        name = _name(rest, start[0], beside=beside)
        if name:
            done = start.start() + len(name)
            yield Found(Kind.NAME, start.start(), done), f"{family(name)}某"


def _plain(before: str, text: str) -> bool:
    """Whether a name of three characters people are named with stands in the middle of words: 昨天王秀英说."""
    given = text[1:3]
    return (
        text[0] in _SURE
        and len(given) == 2
        and all(mark in GIVEN for mark in given)
        and not begins_word(before + text[0])
        and not begins_word(text)
        and not begins_word(given)
    )


def _name(text: str, called: str, *, beside: bool) -> str:
    """The name with which a text begins, or ""."""
    rest = text[len(called) :]
    one, two = rest[:1], rest[1:2]
    if not "\u4e00" <= one <= "\u9fff" or _TITLE.match(rest) or (len(called) == 1 and _WORDS.match(text)):
        return ""
    short = not _goes_on(rest)
    whole = text[: len(called) + 1 + (not short)]
    if len(called) > 1:
        return "" if called == "东方" and not beside else whole
    if NOT_NAMES.match(whole):
        return ""
    both = not short and one in GIVEN and two in GIVEN
    known = begins_word(text)
    if called in _SELDOM:
        named = beside and called in _AFTER_KIND and (_strong(one) or (not short and two in GIVEN))
        return whole if (both or named) and not known else ""
    if called in _SURE:
        sure = both or (beside and one in GIVEN and one not in _WEAK)
        return whole if not known or sure else ""
    if known or beside:
        ends = not short and _strong(two) and not begins_word(two + rest[2:3])
        return whole if not known or (beside and (both or ends)) else ""
    return whole if any(map(_strong, whole[1:])) and (both or short) else ""


def _strong(mark: str) -> bool:
    return mark in GIVEN and mark not in _WEAK


def _goes_on(rest: str) -> bool:
    """Whether a given name has a second character: it does unless a word begins there that tells something of him."""
    two, after = rest[1:2], rest[2:]
    if not "\u4e00" <= two <= "\u9fff":
        return False
    fits = _ENDS.match(after) is not None or after[0] in _THEN or begins_word(after)
    told = begins_word(rest[1:]) or _LIKES.match(rest[1:]) is not None
    if two in _IN_BOTH:
        return not told and (two in GIVEN or two not in _THEN or _ENDS.match(after) is not None) and fits
    if told:
        return two in GIVEN and fits
    if two in _THEN:
        return two not in _ENDS_NAME_ONLY and _ENDS.match(after) is not None
    return True
