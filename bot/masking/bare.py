"""Names that stand bare in a question, as in 王秀英能吃低保吗: for words that are kept, not for words answered.

More is asked of a name here than beside a title: a family name that is seldom a word, characters people are named
with, and before and after it what stands beside a person.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from bot.masking.found import Found, Kind
from bot.masking.names import COMPOUND, FULL_NAME, family, is_name

FAMILIES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任"
    "姜范方石姚谭廖邹熊陆郝孔白崔康毛邱秦江史顾侯邵孟龙段雷钱汤尹黎常武乔贺赖龚文庞樊殷施翟倪严牛温芦季俞章鲁葛伍韦申尤毕"
    "聂焦柳邢岳齐梅莫庄辛祝左涂谷祁耿卜詹关苗凌费靳童甄裴卫翁屈柴邬骆穆仝闫肖付"
)
GIVEN = (
    "秀英兰桂芳玉梅珍凤香莲翠霞红艳丽娟敏静娜婷燕玲芬琴云琳萍雪菊华国建军伟强刚勇杰涛磊鹏飞浩斌辉俊峰超波宁东志永春福贵荣"
    "昌祥德忠义仁礼信兴旺海山森松柏宝珠金银铜龙虎豹胜庆喜乐亮光宏洪泽润涵宇轩欣怡佳嘉慧惠淑贞洁巧素爱美娥蓉薇莉莎妮瑞祯琪"
    "琦瑶璐露晓晨晶昕旭阳明星梦思雨雯彤悦悠然梓博文武彬诚振兆启耀承祖绍存立成良善康健新奎魁元凯恒毅坚卓越茂盛锋锐钢锡钧铭"
    "鑫炳焕灿煜炜烨焱勋禄寿长小少庭堂廷朝渊源清芝花叶苗萱蕾茹菲萌芹苹婉妍姣婵嫣娇姗媛婧倩蓓曼芮晴岚岩冰双印景树雄友连学书"
    "平全林栓锁柱根生来世广士运占继守传大发财达恩怀维益诗一月子豪熙冬梨卫阿妹延青洋咏韬令顾邵汤相乔桃耐懿鸣桐荷为钗夏风雁"
    "翔航骏驰腾臣帅龄"
)
_ALONE = "[^子一来大小少长发达传书学成月占运继守世]"
"""Of these nobody has one alone for a given name."""

_BEFORE = (
    "[给帮替像问叫找和跟与是俺我你咱的]|联系|村里|邻居|婆婆|[父母]亲|[爹娘妈爸爷奶舅姑姨叔婶伯哥姐弟妹]|丈夫|妻子|老[婆公伴]|媳妇|"
    "女婿|儿子|女儿|闺女|孙[子女]|[我俺]村|[组户]里?|户主|村民|居民|社员|请问|想问|比如|什么|时候|听说|关于|"
    "网格员|书记|主任|会计|[队组村]长|医生|老师|志愿者|干部|代表|同志"
)
_AFTER = (
    "[能想要咋怎有没家去死办领吃享够符属住到该患生病欠打骂占偷骗拿交已因被把给在是的也都还不会为凭可应申出退当参"
    "他她这那和跟与俩,，。？?、！!)）〔（(\\s]|今年|现在|户口|低保|医保|残疾|如何|什么|多大|得了|离婚|结婚|养老|社保|$"
)
_GIVEN_NAME = rf"(?:[{GIVEN}]{{2}}|[{GIVEN}](?={_AFTER})|[{GIVEN}][\u4e00-\u9fff]|[\u4e00-\u9fff][{GIVEN}])"
_BARE = re.compile(
    rf"(?:(?<![\u4e00-\u9fff])|{_BEFORE})((?:{COMPOUND}|[{FAMILIES}]){_GIVEN_NAME})(?={_AFTER})"
)
_COMPOUND = re.compile(rf"((?!东方)(?:{COMPOUND})(?!某)[\u4e00-\u9fff]{{1,2}})(?=问|{_AFTER})")
"""After a family name of two characters, which is no word, anything may be a given name."""
_SHORT = re.compile(rf"[{FAMILIES}](?={_ALONE})[{GIVEN}]")
_NO_NAME = re.compile(
    "钱[存国全来发大小还儿]|[杨柳松]树|周[一二三四五六日末全岁边]|付[清给金定义财相]|董事|祝福|齐全|凌晨|常[来备]|白[发来银金]|"
    "高[发达兴山效风水素为青]|牛生|黄[金山梅]|文[明书学化件物]|梅花|[胡何马]来|沈阳|江[宁海山]|庞大|雷[雨达]|林[业木]|田间|"
    "龙头|程序|石[山油子榴林]|温泉|毛利|顾全|关[系怀注心爱门]|申[报诉办辩请]|严[守防禁]|任[免命用意]|范围|方[为可承志便]|陆生|"
    "康乐|杜鹃|余额|施行"
)


def bare(text: str, roster: Iterable[str] = ()) -> Iterator[tuple[Found, str]]:
    """Names with nothing beside them, each with what stands in its place: the family name and 某.

    `roster`: names of people known here, hidden wherever they stand when they have the form of a full name.

    >>> [text[found.start : found.end] for text in ("王秀英能吃低保吗", "高龄津贴能领多少") for found, _ in bare(text)]
    ['王秀英']
    """
    for match in chain(_BARE.finditer(text), _COMPOUND.finditer(text)):
        name = match[1]
        if is_name(name) and not _NO_NAME.match(name) and (len(name) > 2 or _SHORT.fullmatch(name)):
            yield Found(Kind.NAME, *match.span(1)), f"{family(name)}某"
    for name in roster:
        if _known(name):
            for match in re.finditer(re.escape(name), text):
                yield Found(Kind.NAME, *match.span()), f"{family(name)}某"


def _known(name: str) -> bool:
    """Whether a name on the roster is one of a person, and no word besides: 村民, 小周 and 王主任 are none."""
    if _NO_NAME.match(name) or not is_name(name) or not re.fullmatch(FULL_NAME, name):
        return False
    return len(name) > 2 or _SHORT.fullmatch(name) is not None
