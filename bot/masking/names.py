"""Names: a family name with a title after it, or with a naming word or what somebody is before it.

A careful guess, not a guarantee, which is why the person who typed one in a group is warned as well. With a word
for a child beside it less is asked for: there pet names (小宝, 豆豆, 石头娃) count as well.
"""

import re
from collections.abc import Iterator

from bot.masking.found import Found, Kind

FAMILY = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌"
    "马苗凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于傅皮卞齐康伍余元卜顾孟平黄穆萧尹姚邵"
    "湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄江童颜郭梅盛林刁钟徐邱骆高"
    "夏蔡田樊胡凌霍虞万支柯管卢莫房裘缪干解应宗丁宣邓郁单杭洪包诸左石崔吉龚程邢裴陆荣翁荀羊惠甄曲家封芮储靳"
    "段富巫乌焦巴弓牧谷车侯全班仰秋仲伊宫宁仇栾暴甘厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲台鄂索咸"
    "籍赖卓蔺屠蒙池乔阴胥苍双闻莘党翟谭贡劳姬申扶堵冉宰郦雍桑桂濮牛寿边扈燕冀浦尚农温别庄晏柴瞿阎充慕连茹"
    "习艾鱼容向古易慎戈廖庾暨居衡步耿满弘匡文寇广禄阙东欧殳沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空"
    "曾毋沙乜养鞠丰巢关蒯查荆红游竺逯盖益桓闫肖仝付侯"
    "岳覃涂佟芦亓邸牟佘隋迟苑逄綦苟楚晋丘邝雒"
)
COMPOUND = "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯"
_TITLE = "大爷|大娘|大妈|大叔|大婶|大哥|大姐|奶奶|爷爷|老人|老汉|老太|同志|先生|女士|叔叔|阿姨|婶子|婶婶|老师|同学|小朋友"
_NAMING = r"(?:名叫|叫做|叫|姓名|联系人|本人|户主)[:：\s]*"
NOT_NAMES = re.compile(
    "岳[父母家]|涂[料改抹层]|芦[苇荟柴笋]|牟[取利]|迟[到缓早疑]|晋[升级]|丘陵|苟且|车牌|车号|乐园|什么|主任|书记|会计|队长|医生|高龄|高寿|高危|高血|高中|高考|高校|康复|温水|利益|毕业|养犬|成年|成都|老年|全村|全家|全体|全镇|全县|全乡|单身|单亲|边远|时候|常住|"
    "连续|都是|应该|万一|能够|和睦|通知|任何|何时|别的|相关|广大|国家|方便|安全|平时|平安|白天|"
    "从前|明天|家里|家庭|金婚|农村|公益|居家|干净|空巢|文化|马上|向您|元旦|红军|关爱|越来|解放|"
    "支部|党员|贫困|宣传|花甲|古稀|强壮|满月|路边|水电|水管|温暖|容易|游子|双目|双腿|双方|诸位|"
    "后来|须要|计生|储蓄|管道|项目|万元|易地|甘愿|曾经|盛夏|秋天|夏天|时间|于是|房子|包括|车祸|"
    "车子|米面|毛毯|石头|牛奶|羊毛|鱼塘|麻烦|童年|富余|段时|利民|步行|边上|益民|养老|司机|寿星|"
    "党支|和蔼|有位|谢谢|祝愿|阳光|关心|充电|强烈|乐于|通电|终于|暴雨|全盲|管用|支持|查看|应急|"
    "家属|家长|家人|成员|单位|许可|解除|林权|房屋|文物|文书|全部|方可|农产|和谐|"
    "常常|时时|居住|辛苦|幸福|简单|经济|慎重|申请|符合|安排|陈述|支付|暴露|应当|查询|明确|劳动|方式|干旱|"
    "冷落|东西|家[孙儿女闺侄娃]|孙子|孙女|农户|农民|居民|常年|常人|时常|卫生|童工|习惯"
)
FULL_NAME = rf"(?<![邻独](?=居))(?<![儿女男](?=童))(?:{COMPOUND}|[{FAMILY}])[\u4e00-\u9fa5]{{1,2}}"
_NAME_BEFORE_TITLE = re.compile(rf"({FULL_NAME})(?={_TITLE})")
_NAME_AFTER_WORD = re.compile(rf"{_NAMING}({FULL_NAME})(?=[\s，,。；;、（(〔：:\d]|$|电话|手机|想|要)")
_NAME_BEFORE_NUMBER = re.compile(rf"({FULL_NAME})(?=(?:本人|家里|家)?的?[\s,，:：]*(?:电话|手机|〔号码))")

_WISHES = "想要|想|盼|希望|缺|急需|需要|今年|患|住在|腿脚|身体|行动"
_NAME_WHO_WISHES = re.compile(rf"(?:^|[\s，,。；;：:！!])({FULL_NAME})(?={_WISHES})")
_KIND = "老人|老党员|老兵|困难户|贫困户|脱贫户|低保户|五保户|特困户|残疾人|村民|居民|孩子|儿童|学生|孤儿|邻居|岁的"
_NAME_AFTER_KIND = re.compile(
    rf"(?:{_KIND})(?!家)({FULL_NAME})(?={_WISHES}|家里|家(?:想|缺|要)|要(?!求)|很|一个人|独自|，|,)"
)
_BROUGHT = r"(?:(?:[送交拿带捎递转搬寄放](?:到|给|去|往|至|在)|看望|探望|慰问)了?|陪着?|帮着|住在)"
_AT_HOME = r"家(?![庭具电长属畜禽乡园政访])|手[里中上]|门口|本人|一家|夫妇|老两口|那里|那儿|送|聊|说话|说说话|唠|下棋|去看|去医|看病|理发|过节"
_NO_PLACE = r"(?<![院站部所局村镇庄店口边处室厅区县市街路里家楼房屋园校场台门箱柜架桌上下中旁会社点人])"
_NAME_AFTER_DEED = re.compile(
    rf"(?:{_BROUGHT}({FULL_NAME}{_NO_PLACE})(?={_AT_HOME})|"
    rf"{_BROUGHT}((?=[\u4e00-\u9fa5]{{3}}){FULL_NAME}{_NO_PLACE})(?=[，,。；;！!\s]|$)|[给替]({FULL_NAME}{_NO_PLACE})(?={_AT_HOME}))"
)
_NAME_WHO_RECEIVES = re.compile(
    rf"(?:^|[\s，,。；;：:！!由])({FULL_NAME})(?=(?<!国)家(?:的|里|漏|缺|门|屋|想|要|有|没|收|孩子|老人)|(?:已经?)?(?:收到了|收下|签收)|"
    r"很(?:高兴|满意|开心|感谢|感动)|的?(?:儿子|女儿|老伴|家人|邻居|母亲|父亲|奶奶|爷爷)(?:代|收|说|签|接))"
)
_NO_GIVEN_NAME = re.compile(
    rf"(?:{_TITLE})$|[某家的是在有个人民]|[大老小]$|.[人的]$|.*[让把逼替被将使不没了过给对或及与向从等就也还到]"
    "|(?:主任|书记|会计|村长|队长|医生|支书|站长|校长|园长|镇长|所长)"
    "|.*(?:服务|监督|举报|投诉|值班|火警|办公|电话|手机|座机|热线|咨询|联系|公开|固定|申请|看望|安排|照顾|关心)"
)
"""What follows a family name without being a given name: 王大爷, 王某, 王家, 安排老人, 服务电话."""


_CHILD = (
    "孩子|儿童|小孩儿?|学生|儿子|女儿|闺女|孙子|孙女儿?|外孙女?|外甥女?|侄子|侄女|男孩儿?|女孩儿?|男娃|女娃|孤儿|弟弟|妹妹|"
    "小朋友|娃|婴儿|幼儿|少年|女童|男童|娃儿?|娃娃|未成年人|小学生|初中生|中学生|高中生|新生儿|双胞胎|宝宝"
)
_IS_CALLED = (
    r"(?:的?(?:名字|小名|乳名|大名|姓名))?\s{0,2}(?:叫做|名叫|叫|名为|名|是|为)?[\s:：，,（(“\"]{0,2}"
)
_MUST_BE_CALLED = (
    r"(?:的?(?:名字|小名|乳名|大名|姓名)\s{0,2}(?:叫做|叫|是|为)?|叫做|名叫|叫|名为)[\s:：“\"]{0,2}"
)
_PET = r"小[\u4e00-\u9fa5]|[\u4e00-\u9fa5](?:宝|娃|妞|妮|蛋)|(?:大|二|三|小)[\u4e00-\u9fa5](?=儿)|([\u4e00-\u9fa5])\2|阿[\u4e00-\u9fa5]"
_THEN = (
    r"(?=[\s，,。；;、（(）)：:！!？?“”\"〔\d０-９]|$|同学|小朋友|小同学|今年|现在|目前|已经|电话|手机|一家|家里|家住|住|身高|体重|"
    r"[想要盼希需缺急今在的是有患得被和跟与上读从去正每也就因没爱喜生病才刚都很不说来到家穿岁虚周需将于由向把给])"
)
_CHILD_BESIDE = rf"(?:{_CHILD})"
_AGE = (
    r"[\s，,（(]{0,2}(?:[男女][童孩]?[\s，,]{0,2})?(?:今年才|今年|现年|刚满|才|虚岁)?\s{0,2}"
    r"(?:[1１][0-7０-７]|[1-9１-９]|十[一二三四五六七]?|[一二两三四五六七八九])\s{0,2}(?:岁|周岁|个月大)"
)
_SCHOOL = (
    r"[\s，,]{0,2}(?:今年|现在|目前|正)?(?:在?[读上]|就读|念)(?:于|了)?(?:[一二三四五六七八九1-9]年级|小学|初[一二三中]|高[一二三中]|"
    r"幼儿园|学前班|中学)"
)
_SURNAMED = rf"(?P<name>(?:{COMPOUND}|[{FAMILY}])[\u4e00-\u9fa5]{{1,2}}"
_CHILDREN = (
    re.compile(rf"(?:{_CHILD}){_IS_CALLED}{_SURNAMED}?){_THEN}"),
    re.compile(rf"(?:{_CHILD}){_MUST_BE_CALLED}{_SURNAMED})"),
    re.compile(rf"{_SURNAMED})(?=同学|小朋友|小同学)"),
    re.compile(
        rf"{_SURNAMED}?)(?={_AGE}|{_SCHOOL}|是(?:个|一个|一名|名|留守|困境)?(?:{_CHILD})|[（(](?:儿童|孩子|男|女|学生))"
    ),
)
_PETS = (
    re.compile(rf"(?:{_CHILD}){_MUST_BE_CALLED}(?P<name>[\u4e00-\u9fa5]{{2}}){_THEN}"),
    re.compile(rf"(?:{_CHILD}){_IS_CALLED}(?P<name>{_PET}){_THEN}"),
    re.compile(rf"(?P<name>{_PET})(?=同学|小朋友|小同学|[（(](?:儿童|孩子|男|女|学生))"),
    re.compile(
        rf"(?<![\u4e00-\u9fa5])(?P<name>{_PET})(?={_AGE}|{_SCHOOL}|是(?:个|一个|一名|名|留守|困境)?(?:{_CHILD}))"
    ),
)
_NO_PET = re.compile(
    "什么|.*[某不我他她你它来出苦爸妈谁啥起着了过].*|"
    "小[组学区时型孩朋便心于说伙麦雪手车提卖卖店额微件数计结队河口吃节班名规程产企家的是在有人儿事卖女男生康贩工票姐妹]|"
    "[财珠国支付元法墨]宝|[男女小]娃|[鸡鸭鹅皮坏]蛋|宝宝|娃娃|"
    "(爸|妈|爷|奶|姐|哥|弟|妹|叔|姥|舅|姑|伯|公|婆|太|婶|姨|常|天|家|人|年|个|多|刚|慢|渐|往|仅|谢|频|层|种|样|处|时|日|月|"
    "代|户|村|条|件|区|步|早|好|大|小|高|远|明|白|乖|悄|偷|稍|略|最|偏|活|轻|急|匆|夜|白|默|星|看|想|说|等|试|听|问|查|找|"
    "本|岁|回|次|对|双|句|页|字|点|分|某)\\1|阿[姨爷婆公们拉]|[某小]某"
)
_CHILD_NEAR = re.compile(rf"{_CHILD}|同学|岁|个月大|年级|小学|初中|高中|幼儿园|[初高][一二三中]|学前班")

_CALLED_A_CHILD = "小某"


def of_minors(text: str) -> Iterator[tuple[Found, str]]:
    """Names of minors, each with what stands in its place."""
    if not _CHILD_NEAR.search(text):
        return
    for pattern in _CHILDREN:
        for found in pattern.finditer(text):
            name = found["name"]
            if is_name(name) and name[0] not in "满年":
                yield Found(Kind.MINOR, *found.span("name")), f"{family(name)}某"
    for pattern in _PETS:
        for found in pattern.finditer(text):
            if not _NO_PET.fullmatch(found["name"]):
                yield Found(Kind.MINOR, *found.span("name")), _CALLED_A_CHILD


def full(text: str) -> Iterator[tuple[Found, str]]:
    """Full names, each with what stands in its place: the family name and 某."""
    for pattern in _PATTERNS:
        for found in pattern.finditer(text):
            name = found[found.lastindex or 1]
            if is_name(name):
                yield Found(Kind.NAME, *found.span(found.lastindex or 1)), f"{family(name)}某"


_PATTERNS = (
    _NAME_BEFORE_TITLE,
    _NAME_AFTER_WORD,
    _NAME_BEFORE_NUMBER,
    _NAME_WHO_WISHES,
    _NAME_AFTER_KIND,
    _NAME_AFTER_DEED,
    _NAME_WHO_RECEIVES,
)


def is_name(name: str) -> bool:
    given = name.removeprefix(family(name))
    return not NOT_NAMES.match(name) and not _NO_GIVEN_NAME.match(given)


def family(name: str) -> str:
    return name[:2] if re.match(COMPOUND, name) else name[0]
