"""Personal details in free text: found so that they can be hidden in groups and in logs.

Numbers are found by their form (mobile 1[3-9] and 9 digits; resident identity number of 18 with its check
letter, GB 11643; bank cards of 16 to 19 digits), also with spaces or in full width. Names are found by a
family name with a title after it, or with a naming word or what somebody is before it: a careful guess, not a
guarantee, which is why the person who typed one in a group is warned as well.
"""

import re
import unicodedata

_RUN = re.compile(r"\+?\d(?:[\s\-－–—·.．_]?\d)*(?:[Xx](?![A-Za-z0-9]))?")
"""Digits that stand together, at most one mark or space between two of them."""
_GROUP = re.compile(r"\d+[Xx]?")
_MOBILE = re.compile(r"(?:86)?1[3-9]\d{9}")
_LONG_NUMBER = re.compile(r"\d{15,19}[Xx]?")

_FAMILY = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌"
    "马苗凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于傅皮卞齐康伍余元卜顾孟平黄穆萧尹姚邵"
    "湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄江童颜郭梅盛林刁钟徐邱骆高"
    "夏蔡田樊胡凌霍虞万支柯管卢莫房裘缪干解应宗丁宣邓郁单杭洪包诸左石崔吉龚程邢裴陆荣翁荀羊惠甄曲家封芮储靳"
    "段富巫乌焦巴弓牧谷车侯全班仰秋仲伊宫宁仇栾暴甘厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲台鄂索咸"
    "籍赖卓蔺屠蒙池乔阴胥苍双闻莘党翟谭贡劳姬申扶堵冉宰郦雍桑桂濮牛寿边扈燕冀浦尚农温别庄晏柴瞿阎充慕连茹"
    "习艾鱼容向古易慎戈廖庾暨居衡步耿满弘匡文寇广禄阙东欧殳沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空"
    "曾毋沙乜养鞠丰巢关蒯查荆红游竺逯盖益桓闫肖仝付侯"
)
_COMPOUND = "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯"
_TITLE = "大爷|大娘|大妈|大叔|大婶|大哥|大姐|奶奶|爷爷|老人|老汉|老太|同志|先生|女士|叔叔|阿姨|婶子|婶婶|老师|同学|小朋友"
_NAMING = r"(?:名叫|叫做|叫|姓名|联系人|本人|户主)[:：\s]*"
_NOT_NAMES = re.compile(
    "高龄|高寿|高危|高血|高中|高考|高校|康复|温水|利益|毕业|养犬|成年|成都|老年|全村|全家|全体|全镇|全县|全乡|单身|单亲|边远|时候|常住|"
    "连续|都是|应该|万一|能够|和睦|通知|任何|何时|别的|相关|广大|国家|方便|安全|平时|平安|白天|"
    "从前|明天|家里|家庭|金婚|农村|公益|居家|干净|空巢|文化|马上|向您|元旦|红军|关爱|越来|解放|"
    "支部|党员|贫困|宣传|花甲|古稀|强壮|满月|路边|水电|水管|温暖|容易|游子|双目|双腿|双方|诸位|"
    "后来|须要|计生|储蓄|管道|项目|万元|易地|甘愿|曾经|盛夏|秋天|夏天|时间|于是|房子|包括|车祸|"
    "车子|米面|毛毯|石头|牛奶|羊毛|鱼塘|麻烦|童年|富余|段时|利民|步行|边上|益民|养老|司机|寿星|"
    "党支|和蔼|有位|谢谢|祝愿|阳光|关心|充电|强烈|乐于|通电|终于|暴雨|全盲|管用|支持|查看|应急|"
    "居住|辛苦|幸福|简单|经济|慎重|申请|符合|安排|陈述|支付|暴露|应当|查询|明确|劳动|方式|干旱|"
    "冷落|东西|孙子|孙女|农户|农民|居民|常年|常人|时常|卫生|童工|习惯"
)
_FULL_NAME = rf"(?:{_COMPOUND}|[{_FAMILY}])[\u4e00-\u9fa5]{{1,2}}"
_NAME_BEFORE_TITLE = re.compile(rf"({_FULL_NAME})(?={_TITLE})")
_NAME_AFTER_WORD = re.compile(rf"{_NAMING}({_FULL_NAME})(?=[\s，,。；;、（(〔：:\d]|$|电话|手机|想|要)")
_NAME_BEFORE_NUMBER = re.compile(rf"({_FULL_NAME})(?=(?:本人|家里|家)?的?[\s,，:：]*(?:电话|手机|〔号码))")

_WISHES = "想要|想|盼|希望|缺|急需|需要|今年|患|住在|腿脚|身体|行动"
_NAME_WHO_WISHES = re.compile(rf"(?:^|[\s，,。；;：:！!])({_FULL_NAME})(?={_WISHES})")
_KIND = "老人|老党员|老兵|困难户|贫困户|脱贫户|低保户|五保户|特困户|残疾人|村民|居民|孩子|儿童|学生|孤儿|邻居|岁的"
_NAME_AFTER_KIND = re.compile(
    rf"(?:{_KIND})(?!家)({_FULL_NAME})(?={_WISHES}|家里|家(?:想|缺|要)|要(?!求)|，|,)"
)
_NO_GIVEN_NAME = re.compile(
    rf"(?:{_TITLE})$|[某家的是在有个人民]|[大老小]$|.*[让把逼替被将使不没了过给对或及与向从等就也还到]"
    "|.*(?:服务|监督|举报|投诉|值班|火警|办公|咨询|联系|公开|固定|申请|看望|安排|照顾|关心)"
)
"""What follows a family name without being a given name: 王大爷, 王某, 王家, 安排老人, 服务电话."""

HIDDEN_NUMBER = "〔号码已隐去〕"


def hide_numbers(text: str) -> str:
    """Phone, identity and card numbers replaced by a mark.

    >>> hide_numbers("电话１３８ 1234 5678，找老李")
    '电话〔号码已隐去〕，找老李'
    """
    return _RUN.sub(_hidden_run, _narrow_digits(text))


def hide_people(text: str) -> str:
    """Numbers and names hidden: a full name keeps its family name.

    >>> hide_people("独居老人王某想要一台收音机")
    '独居老人王某想要一台收音机'
    >>> hide_people("王建国老人 13812345678 想要轮椅")
    '王某老人〔号码已隐去〕想要轮椅'
    >>> hide_people("独居老人王秀英想要一台收音机"), hide_people("困难户孙立国，想要一袋米")
    ('独居老人王某想要一台收音机', '困难户孙某，想要一袋米')
    """
    hidden = hide_numbers(text)
    for name in _names(hidden):
        hidden = hidden.replace(name, f"{_family(name)}某")
    return re.sub(rf"\s*{HIDDEN_NUMBER}\s*", HIDDEN_NUMBER, hidden)


def has_personal_details(text: str) -> bool:
    """Whether a phone, identity or card number or a full name stands in the text."""
    hidden = hide_numbers(text)
    return hidden != _narrow_digits(text) or bool(_names(hidden))


def _hidden_run(run: re.Match[str]) -> str:
    """The run with every number in it hidden, however its digits are grouped."""
    groups = list(_GROUP.finditer(run[0]))
    spans: list[tuple[int, int]] = []
    first = 0
    while first < len(groups):
        last = _end_of_number(run, groups, first)
        if last is None:
            first += 1
            continue
        spans.append((groups[first].start() if first else 0, groups[last - 1].end()))
        first = last
    hidden = run[0]
    for start, end in reversed(spans):
        hidden = hidden[:start] + HIDDEN_NUMBER + hidden[end:]
    return hidden


def _end_of_number(run: re.Match[str], groups: list[re.Match[str]], first: int) -> int | None:
    """Where the number that begins with this group ends. A key of letters and digits is no card number."""
    before, after = run.string[run.start() - 1 : run.start()], run.string[run.end() : run.end() + 1]
    loose = not any(mark.isascii() and mark.isalpha() for mark in (before, after) if mark)
    ends = range(first + 1, len(groups) + 1)
    digits = {end: "".join(group[0] for group in groups[first:end]) for end in ends}
    if first == 0 and loose and _LONG_NUMBER.fullmatch(digits[len(groups)]):
        return len(groups)
    mobile = next((end for end in ends if _MOBILE.fullmatch(digits[end])), None)
    if mobile is not None or not loose:
        return mobile
    return next((end for end in reversed(ends) if _LONG_NUMBER.fullmatch(digits[end])), None)


def _names(text: str) -> list[str]:
    found: list[str] = []
    for pattern in (
        _NAME_BEFORE_TITLE,
        _NAME_AFTER_WORD,
        _NAME_BEFORE_NUMBER,
        _NAME_WHO_WISHES,
        _NAME_AFTER_KIND,
    ):
        found += [match[1] for match in pattern.finditer(text)]
    return [name for name in found if not _NOT_NAMES.match(name) and not _NO_GIVEN_NAME.match(name[1:])]


def _family(name: str) -> str:
    return name[:2] if re.match(_COMPOUND, name) else name[0]


def _narrow_digits(text: str) -> str:
    return "".join(
        str(unicodedata.digit(mark))
        if not mark.isascii() and mark.isdigit() and unicodedata.category(mark) == "Nd"
        else mark
        for mark in text
    )
