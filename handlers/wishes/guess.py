"""What the words of a wish say plainly: of what kind it is, for whom, how soon, by when. Pure rules.

What does not stand there plainly stays unknown: nobody is asked again, and a wrong guess is worse than none.
A child is the exception: where the words may mean one under 14, they are taken to mean it, and a person decides.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from bot.chat.days import deadline_in
from knowledge.folding import NUMERAL, fold, number
from storage.wish_states import AgeBand, Kind, Urgency

CHILD_UNDER, YOUTH_UNDER, ELDER_FROM, AGED_FROM = 14, 18, 60, 80

FAR = timedelta(days=180)
"""A day without a year that lies further off was more likely meant for this year and is over."""


@dataclass(frozen=True, slots=True)
class Guess:
    kind: Kind = Kind.UNKNOWN
    age_band: AgeBand = AgeBand.UNKNOWN
    urgency: Urgency = Urgency.NORMAL
    wanted_by: date | None = None


def guess(words: str, today: date) -> Guess:
    """
    >>> guess("急！78岁独居老人想要一台收音机，3月8日前", date(2026, 3, 5))
    Guess(kind=<Kind.GOODS: 'goods'>, age_band=<AgeBand.ELDER: 'elder'>, urgency=<Urgency.URGENT: 'urgent'>, \
wanted_by=datetime.date(2026, 3, 8))
    >>> guess("随便", date(2026, 3, 5)) == Guess()
    True
    """
    folded = fold(words)
    return Guess(kind_of(folded), age_band_of(folded), urgency_of(folded), wanted_by(folded, today))


_THINGS = "台个把件床双副套条袋箱本盒瓶张块部辆只支根顶桶斤两米身份对包口盏架盆壶提罐棵头粒些点幅组卷"
_COUNTED = re.compile(rf"[{NUMERAL}半几\d]\s*(?:公斤|千克|[{_THINGS}])(?!人|月|小时|星期|钟头|工作|活)")
_WANTED = re.compile(r"想要|想有|想买|想得到|盼望?有|缺少?|急需|需要|要[一二两三几半\d]|求[一二两三几\d]|送")
_GOODS = re.compile(
    r"轮椅|拐杖|助行器|收音机|电视|电风扇|风扇|电热毯|暖水袋|热水袋|棉鞋|棉衣|棉被|被子|衣服|羽绒服|毛毯|鞋|书包|文具|"
    r"字典|课外书|图书|绘本|玩具|老花镜|助听器|米面|大米|食用油|奶粉|药箱|床垫|坐便|防滑凳|保温杯|蚊帐|煤炉|手推车|台灯"
)
_BY_PEOPLE = re.compile(r"请|帮|找|修|换|教|学(?!习用)|陪|安装|拆洗|代")
_SKILL = re.compile(
    r"教(?![室师材育授练堂会])|辅导|补课|培训|(?<![上小中大放同入开休转求自科化数文医升留逃])学(?![生校费期院历位杂区前霸籍年级子堂者术问])(?!习用)"
)
_COMPANY = re.compile(
    r"陪(?!嫁|审|房)|作伴|做伴|聊聊?天|说说?话|拉拉?呱|唠唠?嗑|谈谈?心|(?:有人|来)(?:来)?(?:看看|看望|探望)|下棋的?人"
)
_SERVICE = re.compile(
    r"修(?!养|改)|理发|剪头发|剃头|打扫|清扫|卫生|洗(?:衣(?![机粉液])|被|澡|窗|油烟机)|搬(?:家|东西|运)|换(?:灯|锁|水龙头|煤气|一个|一下)|"
    r"疏通|安装|装(?:灯|个|一个|上)|拆洗|送(?:饭|餐|医|药)|代(?:购|办|买|缴|取)|跑腿|接送|体检|量血压|看病|收(?:麦|玉米|秋|庄稼)|"
    r"浇地|除草|翻译|写(?:信|材料|春联)|照(?:相|一?张|全家福)|拍(?:照|一?张|全家福)|帮(?:忙|着|我|俺|他|她|助|一把)|请(?:个)?人|找(?:个)?人"
)
_THING = re.compile(
    r"(?:想要|(?<![不欠短])缺少?|急需|(?<![不必主])需要|(?<![想需只不重主必都就还又快将是])要|(?<!不)想(?:得到|买|换)|盼着?有)"
    r"(?:一?[个些点]|几)?+"
    r"(?!到|去|回|来|见|看|参加|办|申请|找|请|有|人|出门|上|下|走|打|听(?!诊)|知道|问|了|解决|让|把|被|给|跟|和|在|过|做|当|能|是|个人|帮|照(?!明)|"
    r"陪|教|学(?!习用)|修|送|搬|拆|洗(?!衣[粉液机]|脸|脚盆)|装|扶|带|换|理发|剪|种(?!子)|喂|浇|收|拉|治|吃(?!的)|喝(?!的)|住|坐(?!便)|睡|唱|跳|玩(?!具)|"
    r"多|少|快|好好|尽|早|一起|一块|不|没|自己|他|她|我|你|谁|什么|啥|怎么|钱|资金|救|关|爱|伴|老伴|朋友|工作|活|就|啊|呢|吗|的|求|注意|定|紧|点|按|手术|透析|检查|康复|护理|补助|补贴|低保|医保|政策|贷款|保姆|医生|老师|"
    r"志愿者|支持|安慰|鼓励|温暖|调解|残疾证|房子|对象|媳妇|说法|名额|机会|时间|力气|先|再|同意|登记|核实|证|用钱|平安|健康|幸福|亲人|[爸妈父母孙]|孩子|儿子|女儿|热闹|干净|安静|理解|尊重|散步|晒|锻炼|"
    r"输血|旅游)"
    r"[\u4e00-\u9fff]{2}"
)


def kind_of(words: str) -> Kind:
    """
    >>> [kind_of(each).value for each in ("想要一台收音机", "想请人修一修电视机", "想有人陪着聊聊天", "想学用智能手机")]
    ['goods', 'service', 'company', 'skill']
    >>> [kind_of(each).value for each in ("上学的孩子缺一个书包", "收音机，听戏解闷", "好人一生平安")]
    ['goods', 'goods', '']
    """
    if _GOODS.search(words) and _COUNTED.search(words) and not _BY_PEOPLE.search(words):
        return Kind.GOODS
    if _SKILL.search(words):
        return Kind.SKILL
    if _COMPANY.search(words) and not _COUNTED.search(words):
        return Kind.COMPANY
    if _SERVICE.search(words):
        return Kind.SERVICE
    if _GOODS.search(words) or (_WANTED.search(words) and _COUNTED.search(words)) or _THING.search(words):
        return Kind.GOODS
    return Kind.COMPANY if _COMPANY.search(words) else Kind.UNKNOWN


AGE = re.compile(rf"(?<![至\d])(\d{{1,3}}|[{NUMERAL}]{{1,4}})\s*(?:多|来|几)?\s*(?:周岁|岁)(?!以下)")
_DECADES = (
    (re.compile(r"[八九]旬|耄耋|鲐背|期颐|百岁|高龄"), AgeBand.AGED),
    (re.compile(r"[六七]旬|花甲|古稀"), AgeBand.ELDER),
)
_SMALL = re.compile(
    r"(?:14|十四)周?岁以下|留守儿童|儿童|孤儿|婴儿|婴幼儿|幼儿|宝宝|小朋友|小学生|初中生|上小学|读小学|念小学|上幼儿园|男童|女童|小男孩|小女孩|小孩|"
    r"[一二三四五六1-6]年级|(?:个月|月)大|"
    r"(?:娃(?!娃?菜)|孩子|孙子|孙女(?!士)|外孙|"
    r"(?<!大)(?<!大学)(?<!大专)(?<!大[一二三四])(?<!高中)(?<!高[一二三])(?<!中专)(?<!中职)(?<!职高)(?<!技校)学生(?![活产意物]))"
    r"(?!(?:(?![爸妈父母爹娘]).){0,4}(?:在外|打工|成家|结婚|工作|上班|外地|上大学|读大学))"
)
"""Whose parents work away is a child; who works away is none."""
_HALF_GROWN = re.compile(r"高中学?生|中专学?生|读高中|上高中|念高中|高[一二三](?!米|层|楼)")
_OLD = re.compile(
    r"老人|老年人|老大爷|老大娘|大爷|大娘|老奶奶|奶奶|老爷爷|爷爷|老太|老汉|老伴|老党员|老兵|老军人|老两口|五保"
)
_GROWN_WORD_ENDS = 30
"""A stated age from 14 to this one says that who is called a child or an orphan is none; a higher one is the
grandmother's."""


def age_band_of(words: str) -> AgeBand:
    """For whom it is; for a child, where one under 14 may be meant.

    >>> [age_band_of(each).value for each in ("78岁", "八十二岁的老人", "留守儿童", "15岁的孤儿")]
    ['elder', 'aged', 'child', 'youth']
    >>> [age_band_of(each).value for each in ("奶奶78岁，孙子6岁", "四十多岁", "年过八旬", "收音机")]
    ['child', 'adult', 'aged', '']
    >>> age_band_of("78岁的奶奶带着上小学的孙子").value, age_band_of("俺娃在外打工，老伴想要一副拐杖").value
    ('child', 'elder')
    >>> [age_band_of(each).value for each in ("给孩子要本字典", "孩子爸妈在外打工", "大学生要台灯", "16岁的学生")]
    ['child', 'child', '', 'youth']
    """
    ages = [age for found in AGE.finditer(words) if (age := number(found[1])) is not None]
    band = {age: band_of(age) for age in ages}
    if AgeBand.CHILD in band.values():
        return AgeBand.CHILD
    if _SMALL.search(words) and not any(CHILD_UNDER <= age <= _GROWN_WORD_ENDS for age in ages):
        return AgeBand.CHILD
    if AgeBand.YOUTH in band.values() or (_HALF_GROWN.search(words) and not ages):
        return AgeBand.YOUTH
    if ages:
        return band[max(ages)]
    named = next((decade for pattern, decade in _DECADES if pattern.search(words)), None)
    return named or (AgeBand.ELDER if _OLD.search(words) else AgeBand.UNKNOWN)


def band_of(age: int) -> AgeBand:
    """
    >>> [band_of(age).value for age in (0, 13, 14, 17, 18, 59, 60, 79, 80, 101)]
    ['child', 'child', 'youth', 'youth', 'adult', 'adult', 'elder', 'elder', 'aged', 'aged']
    """
    steps = (
        (CHILD_UNDER, AgeBand.CHILD), (YOUTH_UNDER, AgeBand.YOUTH), (ELDER_FROM, AgeBand.ADULT),
        (AGED_FROM, AgeBand.ELDER),
    )  # fmt: skip
    return next((band for below, band in steps if age < below), AgeBand.AGED)


_AN_AGE = re.compile(
    rf"(?:看错了|孩子|学生|其实|还|实际|今年|已经?|早就?|都|有|是|他|她)*(?P<short>[不没未])?(?P<full>满|过)?了?\s*"
    rf"(?P<age>\d{{1,3}}|[{NUMERAL}]{{1,4}})\s*(?:周岁|岁)?[多了]?(?:以上)?"
)
_CLAUSES = re.compile(r"[，,。；;！!、\s]+")
_AGREED = re.compile(r"同意|答应")
OLDEST = 120


def age_said(words: str) -> AgeBand | None:
    """The band of an age, where an age is what is said, or one of several things and that it is reached.

    >>> [age_said(each) for each in ("满14岁", "满十四", "15岁", "已满18周岁，看过户口本", "不满14岁")]
    [<AgeBand.YOUTH: 'youth'>, <AgeBand.YOUTH: 'youth'>, <AgeBand.YOUTH: 'youth'>, <AgeBand.ADULT: 'adult'>, \
<AgeBand.CHILD: 'child'>]
    >>> [age_said(each) for each in ("奶奶，78岁", "奶奶当面同意", "满14岁，奶奶也同意", "14岁的姐姐")]
    [None, None, None, None]
    """
    clauses = [clause for clause in _CLAUSES.split(fold(words)) if clause]
    if _AGREED.search(words):
        return None
    found = next((match for each in clauses if (match := _AN_AGE.fullmatch(each))), None)
    age = number(found["age"]) if found else None
    if found is None or age is None or age > OLDEST or (len(clauses) > 1 and not found["full"]):
        return None
    return band_of(max(age - 1, 0) if found["short"] else age)


_URGENT = re.compile(
    r"(?<![不别])(?<!不着)(?<!不太)(?<!应)急(?![救诊性躁])|尽快|尽早|越快越好|马上要|等着用|断[粮药炊奶]|救急"
)


def urgency_of(words: str) -> Urgency:
    """
    >>> [urgency_of(each).value for each in ("急！要轮椅", "家里断药了", "不急，慢慢来", "想要一个急救箱")]
    ['urgent', 'urgent', 'normal', 'normal']
    """
    return Urgency.URGENT if _URGENT.search(words) else Urgency.NORMAL


def wanted_by(words: str, today: date) -> date | None:
    """The day it is wanted by, where one is named with 前 after it, or how long it may take.

    >>> said = ("3月8日前", "三月八号之前要用", "2026-4-5前", "后天前", "月底前")
    >>> [str(wanted_by(each, date(2026, 3, 5))) for each in said]
    ['2026-03-08', '2026-03-08', '2026-04-05', '2026-03-07', '2026-03-31']
    >>> [wanted_by(each, date(2026, 3, 5)) for each in ("3月8日前后", "3月1日前", "2月30日前", "3月8日生日", "2.5米前")]
    [None, None, None, None, None]
    """
    named = deadline_in(words, today)
    return named if named and today <= named <= today + FAR else None
