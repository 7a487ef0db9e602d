"""Questions that are not answered from the base, and where they go instead. Patterns only; the wording is elsewhere."""

import re
from enum import StrEnum

from knowledge.folding import fold


class Door(StrEnum):
    """Why a question is declined, which also says who can help."""

    WRONGDOING = "wrongdoing"
    """A report against a person: taken in private, nothing of it stays in a group."""
    MINORS = "minors"
    """Particulars of children."""
    PRIVACY = "privacy"
    """Particulars of other people."""
    FORGERY = "forgery"
    """Help with a false paper."""
    VOTE = "vote"
    """Whom to vote for."""
    PERSONAL_CASE = "personal_case"
    """How someone's own case stands, or what it comes to in money: the counter knows."""
    LOCAL_FIGURE = "local_figure"
    """This year's amount in this place: the notice of that office tells, a base of laws does not."""
    OUT_OF_SCOPE = "out_of_scope"
    """Weather, shares, doctors to recommend, entertainment."""


_ASKS_RULE = re.compile(
    "能不能|可不可以|是不是|该不该|算不算|犯法|违法|合法|合规|侵权|允许|规定|[能会算该行].{0,24}[不吗么]\\s*[?？]?$|行不行|咋处理|怎么处理|怎么处罚|有啥后果"
    "|会咋样|会怎样|要不要|需不需要|经过.{0,8}同意"
)
_COMPUTED = re.compile("咋算|怎么算|如何算|咋定|怎么定|如何确定|怎么确定|谁定|咋组成|怎么组成|为啥|为什么")
_OFFICE = re.compile(
    "[局所办站院]|中心|热线|12345|大厅|窗口|机构|法庭|服务|客服|派出所|妇联|村委会?(?:的)?电话"
)

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
_OFFICIAL = rf"(?:书记|主任|会计|村长|镇长|乡长|所长|站长|队长|干部|委员|[{_SURNAMES}]某|[{_SURNAMES}](?:书记|主任|会计))"
_DEED = "贪污|贪了|受贿|行贿|吃回扣|私吞|挪用了|截留了?|侵占了|套取了?|冒领了?|优亲厚友|吃拿卡要|收了.{0,8}[钱礼烟酒]|收黑钱|把.{0,10}款.{0,6}[吞贪占]"
_PARTICULARS = "名单|电话|手机号|身份证号?码?|住址|家庭地址|病历|银行卡号|存折|照片|个人信息"
_CHILD = "孩子|儿童|小孩|学生|留守|未成年|娃"
_HAND_OVER = "发群里|发到群|发出来|发我|发给|发一?下|给我|给俺|告诉我|告诉俺|查一?下|列出来|列一?下|贴出来|公布出来|要一份|导出"

_PATTERNS: tuple[tuple[Door, re.Pattern[str]], ...] = (
    (
        Door.WRONGDOING,
        re.compile(
            rf"(?:^|[,，。 ])(?:我|俺|咱|我们|俺们)?(?:要|想|来|得)(?:实名|匿名)?(?:举报|检举|揭发|控告)(?!人|信|电话|途径|渠道|制度|奖)"
            rf"|(?:举报|揭发|检举)(?:一下)?.{{0,12}}{_OFFICIAL}|{_OFFICIAL}.{{0,14}}(?:{_DEED})"
        ),
    ),
    (
        Door.MINORS,
        re.compile(
            rf"(?:{_CHILD}).{{0,12}}(?:{_PARTICULARS}|在哪住|住哪).{{0,12}}(?:{_HAND_OVER}|多少|是啥)|(?:{_HAND_OVER}).{{0,10}}(?:{_CHILD}).{{0,10}}(?:{_PARTICULARS})"
        ),
    ),
    (
        Door.PRIVACY,
        re.compile(
            rf"(?:{_PARTICULARS}).{{0,14}}(?:{_HAND_OVER})|(?:{_HAND_OVER}).{{0,14}}(?:的|和)(?:{_PARTICULARS})"
            r"|(?:电话|手机号|身份证号码?|住址)(?:号码?)?是?(?:多少|几号|啥|什么)|(?:家|他|她|老.)(?:有|存)(?:了)?多少(?:存款|钱)|谁家(?:吃|是|有)(?:了)?(?:低保|贫困|艾滋|病)"
        ),
    ),
    (
        Door.FORGERY,
        re.compile(
            r"(?:帮|给|替)(?:我|俺|咱|他|忙).{0,4}(?:写|开|编|弄|做|办|出|整).{0,30}(?:假|其实不|其实没|不是真|并没有|根本没|实际不|实际没|瞎编)"
            r"|(?:开|办|弄|做|买|编|整)(?:个|张|份|点|一[个张份])?假(?!条|期|日)|咋.{0,4}(?:造假|糊弄|蒙混|骗过|瞒过)|怎么.{0,4}(?:造假|糊弄|蒙混|骗过|瞒过)|帮.{0,6}(?:代签|冒充|伪造|改年龄|改日期)"
        ),
    ),
    (
        Door.VOTE,
        re.compile(
            "(?:投|选)(?:给)?(?:谁|哪个|哪位|几号)(?!.{0,6}(?:说了算|当选人|组织|主持))(?:好|合适|强|中|行)?|谁(?:能|会)(?:当选|选上)|投.{0,4}谁的票|给.{0,6}拉票"
        ),
    ),
    (
        Door.PERSONAL_CASE,
        re.compile(
            r"(?:帮|给|替)(?:我|俺|咱|忙)?(?:查|看|问)(?:查|看|问|一?下)?.{0,12}(?:进度|批|下来|到账|资格|名额|结果|余额|账户)|(?:批|办|审|发|打|到)(?:下来|完|好|账|了)(?:了)?(?:没有?|吗)(?=$|[,，。?？ ])"
            r"|(?:进度|到哪一?步)(?:了|咋样|如何|怎么样|$)|(?:我|俺|咱|他|她)(?:这|这个|们家这|家这|爹这|娘这|娃这)?.{0,6}(?:病|伤|手术|住院|事故|情况).{0,10}(?:能|可以|会)?(?:报|报销|赔|补|判)(?:多少|几成|几年)"
            r"|花了?\d+.{0,4}[万千块元].{0,10}(?:能)?(?:报|补|赔)多少"
        ),
    ),
    (
        Door.LOCAL_FIGURE,
        re.compile(
            r"(?:今年|明年|去年|目前|现在|当前|最新|\d{4}年|[俺咱][村县镇乡市们这家]|我们?[村县镇乡市这]|本[村县镇乡市地]|当地|{places}).{0,16}"
            r"(?:多少钱|多少万|多少元|多少块|几块|几百|几千|几万|标准是?多少|补多少|发多少|给多少|交多少|一亩.{0,4}多少|是多少|多少)"
            r"|(?:一|每)亩.{0,8}(?:补|赔|给|多少).{0,4}(?:多少|几万|几千|钱)|(?:低保|特困|高龄|最低工资|最低生活).{0,4}(?:标准|线)是?.{0,6}(?:多少|几百|几千)".replace(
                "{places}", "济宁|山东|金乡|邹城|曲阜|兖州|任城|微山|鱼台|嘉祥|汶上|泗水|梁山"
            )
        ),
    ),
    (
        Door.OUT_OF_SCOPE,
        re.compile(
            r"(?:今天|明天|后天|今晚|这周|下周|周末|最近).{0,8}(?:下雨|下雪|刮风|降温|多少度|几度|热不热|冷不冷)|天气(?:预报|咋样|怎么样|如何)|几点(?:了|开门|下班)"
            r"|(?:哪家|哪个|哪儿|哪里|啥|什么).{0,6}(?:医院|大夫|医生|诊所|专家|偏方).{0,10}(?:最?好|强|厉害|权威|靠谱|管用)|推荐.{0,8}(?:医院|大夫|医生|药|饭店|手机|股)"
            r"|(?:吃|用|喝|抹)(?:啥|什么|哪种)药|(?:病|疼|痛|咳嗽|发烧|拉肚子|血压高|失眠).{0,6}(?:咋治|怎么治|吃啥|怎么办才好)|能治好(?:不|吗)"
            r"|股票|炒股|彩票|比特币|虚拟币|大盘|买(?:哪只|哪个|啥|什么)?基金|金价|房价(?:会|涨|跌)|(?:写|作|编)(?:一?[首个篇段])?(?:诗|歌词|小说|作文|代码|情书|笑话)"
            r"|讲(?:一?个)?(?:笑话|故事)|星座|算命|看风水|运势|菜谱|世界杯|球赛|电影|电视剧|游戏|唱(?:一?首)?歌|翻译(?:成|一下)|你(?:是谁|几岁|叫啥|叫什么)|谁(?:是|当)(?:总统|皇帝)"
        ),
    ),
)
_ONLY_WHEN_NOT_ASKING_THE_RULE = frozenset({Door.WRONGDOING, Door.MINORS, Door.PRIVACY, Door.FORGERY})
_ONLY_WHEN_NOT_COMPUTED = frozenset({Door.LOCAL_FIGURE})


def door_of(question: str) -> Door | None:
    """The door a question belongs to; None when it may be answered.

    >>> door_of("明天济宁下雨不？"), door_of("把村里残疾人名单和电话发群里"), door_of("能把志愿者电话贴到公开榜上不？")
    (<Door.OUT_OF_SCOPE: 'out_of_scope'>, <Door.PRIVACY: 'privacy'>, None)
    """
    text = fold(question[:1200]).strip()[:300]
    for door, pattern in _PATTERNS:
        if not pattern.search(text):
            continue
        if door in _ONLY_WHEN_NOT_ASKING_THE_RULE and _ASKS_RULE.search(text):
            continue
        if door in _ONLY_WHEN_NOT_COMPUTED and _COMPUTED.search(text):
            continue
        if door is Door.PRIVACY and _OFFICE.search(text) and "名单" not in text:
            continue
        return door
    return None
