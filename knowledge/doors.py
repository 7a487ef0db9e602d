"""Questions that are not answered from the base, and where they go. Patterns only; wording is elsewhere."""

import re
from enum import StrEnum

from knowledge.folding import fold


class Door(StrEnum):
    """Why a question is declined, which also says who can help. In order of precedence."""

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
    """This year's amount in this place: that office's notice tells, a base of laws does not."""
    OUT_OF_SCOPE = "out_of_scope"
    """Weather, shares, doctors to recommend, entertainment."""


def door_of(question: str) -> Door | None:
    """The door a question belongs to; None when it may be answered.

    >>> [door_of(q) for q in ("明天济宁下雨不？", "把村里残疾人名单发群里", "志愿者电话能贴榜上不？")]
    [<Door.OUT_OF_SCOPE: 'out_of_scope'>, <Door.PRIVACY: 'privacy'>, None]
    """
    text = fold(question[:1200]).strip()[:300]
    return next((door for door in Door if _PATTERNS[door].search(text) and not _excused(door, text)), None)


def _excused(door: Door, text: str) -> bool:
    """Asking what the rule is, or how an amount is reckoned, is a policy question like any other."""
    if door in _RULE_MAY_BE_ASKED and _ASKS_RULE.search(text):
        return True
    if door is Door.WRONGDOING:
        return _ASKS_WAY.search(text) is not None and _SOMEONE.search(text) is None
    if door is Door.LOCAL_FIGURE:
        return _HOW_RECKONED.search(text) is not None
    if door is Door.OUT_OF_SCOPE:
        return _ABOUT_LAW.search(text) is not None
    return door is Door.PRIVACY and "名单" not in text and _OFFICE.search(text) is not None


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives))


_RULE_MAY_BE_ASKED = frozenset({Door.WRONGDOING, Door.MINORS, Door.PRIVACY, Door.FORGERY, Door.VOTE})
_ASKS_RULE = _any(
    "能不能|可不可以|是不是|该不该|算不算|行不行|要不要|需不需要",
    "犯法|违法|合法|合规|侵权|允许|规定",
    "[能会算该行].{0,24}[不吗么][ ]?[?]?$",
    "(?:咋|怎么)(?:处理|处罚)|有啥后果|会(?:咋样|怎样)|经过.{0,8}同意",
)
_HOW_RECKONED = _any("(?:咋|怎么|如何)(?:算|定|确定|组成)", "谁定|按啥|按什么|为啥|为什么")
_ABOUT_LAW = _any("[法权罚赔]|许可|未成年|合同|继承|离婚|救灾|救助|受灾|工伤|报销|补贴")
_ASKS_WAY = _any("咋办|怎么办|找谁|去哪|哪儿|报复|保密")
_OFFICE = _any(
    "[局所办站院]",
    "信访|举报|监督|投诉|咨询|中心|热线|12345|大厅|窗口|机构|法庭|服务|客服|妇联",
    "村委会?的?电话",
)

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘"
    "杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_OFFICIAL = f"(?:书记|主任|会计|村长|镇长|乡长|所长|站长|队长|干部|委员|[{_SURNAMES}]某)"
_SOMEONE = _any(f"[{_SURNAMES}](?:某|书记|主任|会计|村长)", "[俺咱我](?:们)?村|他|她")
_DEED = (
    "(?:贪污|贪了|受贿|行贿|吃回扣|私吞|挪用了|截留|侵占了|套取|冒领|优亲厚友|吃拿卡要"
    "|收了.{0,8}[钱礼烟酒]|收黑钱|把.{0,10}款.{0,6}[吞贪占])"
)
_PARTICULARS = "(?:名单|电话|手机号|身份证号?码?|住址|家庭地址|病历|银行卡号|存折|照片|个人信息)"
_HAND_OVER = (
    "(?:发群里|发到群|发出来|发我|发给|发一?下|给[我俺]|告诉[我俺]|查一?下"
    "|列出来|列一?下|贴出来|公布出来|要一份|导出)"
)
_CHILD = "(?:孩子|儿童|小孩|学生|留守|未成年|娃)"
_PLACES = "(?:济宁|山东|金乡|邹城|曲阜|兖州|任城|微山|鱼台|嘉祥|汶上|泗水|梁山)"
_HERE_NOW = (
    r"(?:今年|明年|去年|目前|现在|当前|最新|\d{4}年|[俺咱][村县镇乡市们这家]|我们?[村县镇乡市这]"
    rf"|本[村县镇乡市地]|当地|{_PLACES})"
)
_HOW_MUCH = "(?:多少(?:钱|元|块|万)|多少(?=$|[?。,，吗呢 ])|几块|几百|几千|几万)"

_PATTERNS = {
    Door.WRONGDOING: _any(
        "(?:^|[,，。 ])(?:我|俺|咱)?们?[要想来得](?:实名|匿名)?"
        "(?:举报|检举|揭发|控告)(?!人|信|电话|途径|渠道|制度|奖)",
        f"(?:举报|揭发|检举)(?:一下)?.{{0,12}}{_OFFICIAL}",
        f"{_OFFICIAL}.{{0,14}}{_DEED}",
    ),
    Door.MINORS: _any(
        f"{_CHILD}.{{0,12}}(?:{_PARTICULARS}|在哪住|住哪).{{0,12}}(?:{_HAND_OVER}|多少|是啥)",
        f"{_HAND_OVER}.{{0,10}}{_CHILD}.{{0,10}}{_PARTICULARS}",
    ),
    Door.PRIVACY: _any(
        f"{_PARTICULARS}.{{0,14}}{_HAND_OVER}",
        f"{_HAND_OVER}.{{0,14}}[的和]{_PARTICULARS}",
        "(?:电话|手机号|身份证号码?|住址)(?:号码?)?是?(?:多少|几号|啥|什么)",
        "(?:家|他|她|老.)(?:有|存)了?多少(?:存款|钱)",
        "谁家(?:吃|是|有)了?(?:低保|贫困|艾滋|病)",
    ),
    Door.FORGERY: _any(
        "(?:帮|给|替)(?:我|俺|咱|他|忙).{0,4}(?:写|开|编|弄|做|办|出|整).{0,30}"
        "(?:假|其实不|其实没|不是真|并没有|根本没|实际不|实际没|瞎编)",
        "(?:开|办|弄|做|编|整)(?:个|张|份|点|一[个张份])?假(?!条|期|日)",
        "(?:咋|怎么).{0,4}(?:造假|糊弄|蒙混|骗过|瞒过)",
        "帮.{0,6}(?:代签|冒充|伪造|改年龄|改日期)",
    ),
    Door.VOTE: _any(
        "(?:投|选)给?(?:谁|哪个|哪位|几号)(?!.{0,6}(?:说了算|当选人|组织|主持))",
        "谁[能会](?:当选|选上)|投.{0,4}谁的票|给.{0,6}拉票",
    ),
    Door.PERSONAL_CASE: _any(
        "(?:帮|给|替)(?:我|俺|咱|忙)?[查看问](?:[查看问]|一?下)?.{0,12}"
        "(?:进度|批|下来|到账|资格|名额|结果|余额|账户)",
        "[批办审发打到](?:下来|完|好|账|了)了?(?:没有?|吗)(?=$|[,，。? ])",
        "(?:进度|到哪一?步)(?:了|咋样|如何|怎么样|$)",
        "[我俺咱他她](?:这个?|们家这|[家爹娘娃]这)?.{0,6}(?:病|伤|手术|住院|事故|情况).{0,10}[能会]?"
        "(?:报|报销|赔|补|判)(?:多少|几成|几年)",
        r"花了?\d+.{0,4}[万千块元].{0,10}能?(?:报|补|赔)多少",
    ),
    Door.LOCAL_FIGURE: _any(
        f"{_HERE_NOW}.{{0,16}}{_HOW_MUCH}",
        f"[一每]亩.{{0,8}}[补赔给].{{0,4}}{_HOW_MUCH}|[一每]亩.{{0,4}}{_HOW_MUCH}",
        f"(?:低保|特困|高龄|最低工资|最低生活).{{0,4}}(?:标准|线)是?.{{0,6}}{_HOW_MUCH}",
    ),
    Door.OUT_OF_SCOPE: _any(
        "(?:[今明后]天|今晚|这周|下周|周末|最近).{0,8}(?:(?:下雨|下雪|刮风|降温)(?:[不吗没呢?]|$)|多少度|几度|热不热|冷不冷)",
        "天气(?:预报|咋样|怎么样|如何)|几点(?:了|开门|下班)",
        "(?:哪家|哪个|哪儿|哪里|啥|什么).{0,6}(?:医院|大夫|医生|诊所|专家|偏方).{0,10}(?:好|强|厉害|权威|靠谱|管用)",
        "推荐.{0,8}(?:医院|大夫|医生|药|饭店|手机|股)",
        "[吃用喝抹](?:啥|什么|哪种)药|能治好[不吗]",
        "(?:病|疼|痛|咳嗽|发烧|拉肚子|血压高|失眠).{0,6}(?:(?:咋|怎么)治|吃啥)",
        "股票|炒股|彩票|比特币|虚拟币|大盘|买(?:哪只|哪个|啥|什么)?基金|金价|房价[会涨跌]",
        "[写作编](?:一?[首个篇段])?(?:诗|歌词|小说|作文|代码|情书|笑话)|讲(?:一?个)?(?:笑话|故事)",
        "星座|算命|看风水|运势|菜谱|世界杯|球赛|电影|电视剧|唱(?:一?首)?歌|翻译(?:成|一下)",
        "你(?:是谁|几岁|叫啥|叫什么)",
    ),
}
