"""Wording of wishes in sheets: the headers people write, what they call kinds and ages, what is told afterwards."""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.chat.reply import Reply
from bot.phrases.registers import COLUMNS, CONSENT, URGENCY
from bot.sheets import Field
from handlers.wishes.phrases import AGE_BAND, KIND, STATUS
from handlers.wishes.sheets.faults import Fault
from knowledge.folding import NUMERAL
from storage.wishes import AgeBand, Consent, Kind, Status, Urgency

LIST_FIELDS = (
    Field("content", ("心愿内容", "微心愿", "微心愿内容", "心愿", "心愿事项", "具体心愿", "需求内容", "心愿需求")),
    Field("place", ("村（社区）", "村", "社区", "村社区", "村居", "村名", "行政村", "所属村（社区）", "所在村（社区）", "所属村", "所在村", "单位")),
    Field("kind", ("类别", "心愿类别", "心愿类型", "类型", "心愿分类")),
    Field("age_band", ("年龄段", "年龄", "年龄（岁）", "周岁")),
    Field("whom", ("对象类别", "人员类别", "人群类别", "群体", "群体类别", "身份", "人员身份", "年级", "学校年级", "就读年级")),
    Field("remark", ("备注", "说明", "其他说明")),
    Field("urgency", ("缓急", "紧急程度", "是否紧急", "急需程度")),
    Field("wanted_by", ("希望送到的日期", "希望实现日期", "希望实现时间", "期望完成时间", "期望日期", "需要时间", "截止日期")),
    Field("proposed", ("提出日期", "提出时间", "征集日期", "征集时间", "申报日期", "申报时间", "登记日期", "登记时间", "填报日期", "日期")),
    Field("status", ("状态", "心愿状态", "办理状态", "认领状态", "完成情况", "进展", "办理情况")),
    Field("person", ("姓名", "心愿人", "心愿人姓名", "许愿人", "求助人", "提出人", "对象姓名", "帮扶对象", "困难群众姓名")),
    Field("phone", ("联系电话", "电话", "手机", "手机号", "手机号码", "联系方式", "监护人电话")),
    Field("address", ("住址", "家庭住址", "地址", "详细地址", "送达地址", "门牌号")),
)  # fmt: skip
"""A county's own list: one row a wish. Who it is for is never in the register: `person`, `phone` and `address` are
for who claims it, and of `whom` and `remark` nothing is kept but the age they tell of."""

REGISTER_KEYS = (
    "no", "status", "place", "group", "content", "logged_by", "claimed_by", "logged_at", "claimed_at",
    "delivered_at", "fulfilled_at", "expires_on", "note", "kind", "age_band", "urgency", "wanted_by", "promised_on",
    "team", "merged_into", "closed_at", "consent", "credit",
)  # fmt: skip
REGISTER_FIELDS = tuple(Field(key, (COLUMNS[key],)) for key in REGISTER_KEYS)
"""Our own register, as `export wishes` writes it."""

_AGE_WORDS = {
    "成年人": AgeBand.ADULT, "成人": AgeBand.ADULT, "中年": AgeBand.ADULT, "青年": AgeBand.ADULT,
    "中青年": AgeBand.ADULT, "老年": AgeBand.ELDER, "未成年": AgeBand.CHILD, "未成年人": AgeBand.CHILD,
    "青少年": AgeBand.CHILD, "少儿": AgeBand.CHILD,
}  # fmt: skip
_KIND_WORDS = {
    "实物": Kind.GOODS, "物资": Kind.GOODS, "物质": Kind.GOODS, "物品需求": Kind.GOODS, "生活用品": Kind.GOODS,
    "学习用品": Kind.GOODS, "帮办": Kind.SERVICE, "便民服务": Kind.SERVICE, "生活服务": Kind.SERVICE,
    "陪护": Kind.COMPANY, "关爱陪伴": Kind.COMPANY, "精神慰藉": Kind.COMPANY, "技术": Kind.SKILL,
    "培训": Kind.SKILL, "技能培训": Kind.SKILL,
}  # fmt: skip
_URGENCY_WORDS = {
    "普通": Urgency.NORMAL, "不急": Urgency.NORMAL, "否": Urgency.NORMAL, "一般": Urgency.NORMAL,
    "紧急": Urgency.URGENT, "急需": Urgency.URGENT, "特急": Urgency.URGENT, "加急": Urgency.URGENT, "是": Urgency.URGENT,
}  # fmt: skip

NEW = frozenset(
    ("", "待核实", "待认领", "未认领", "未实现", "未完成", "未办理", "待办理", "待办", "征集中", "新征集", "新增", "已登记", "待实现", "无", "否", "pending", "open")
)  # fmt: skip
"""What a list writes of a wish with which nobody has begun."""

YES = {"是": True, "否": False, "true": True, "false": False, "": False}
UNDER = "以下"
AGE_IN_NUMERALS = (
    rf"[{NUMERAL}]{{1,5}}[多余]?(?:周?岁)?(?:[至到~-][{NUMERAL}]{{1,5}}(?:周?岁)?)?(?:及?以[上下])?"
)
"""An age or a span of ages: a numeral in other words (高一) is none."""
BETWEEN = "，"
RESTORED = "按导出的台账恢复"


FAULTS: Mapping[str, str] = {
    Fault.NO_CONTENT: "没有写心愿内容",
    Fault.TOO_LONG: "心愿有 {value} 个字，请写在 300 个字以内",
    Fault.NOT_ADMITTED: "有不能登的话（要钱、转账、广告等），请改成想要的东西或帮忙的事",
    Fault.NO_PLACE: "没有写地点",
    Fault.UNKNOWN_WISH_KIND: "没有“{value}”这个类别，可以写：物品、服务、陪伴、技能；整列不要就加 --map 类别=，由系统看内容分类",
    Fault.UNKNOWN_AGE: "看不懂年龄“{value}”，请写岁数，或 14岁以下、14至17岁、成年人、60至79岁、80岁以上",
    Fault.UNKNOWN_URGENCY: "看不懂缓急“{value}”，请写：一般、急",
    Fault.UNKNOWN_STATUS: "没有“{value}”这个状态",
    Fault.UNKNOWN_CONSENT: "看不懂监护人同意“{value}”，请写：还没问到、已同意，或空着",
    Fault.UNKNOWN_ANSWER: "“{value}”请写成：是、否",
    Fault.UNKNOWN_PERSON: "人员里没有“{value}”，请先导入人员；同名的写成 姓名@村",
    Fault.SEVERAL_PEOPLE: "叫这个名字的不止一个，请写成其中一个：{value}",
    Fault.UNKNOWN_GROUP: "没有“{value}”这个群，请先用 group add 添加；整列不要就加 --map 群=",
    Fault.UNKNOWN_TEAM: "没有“{value}”这个团队，请先用 team import 导入",
    Fault.UNKNOWN_WISH: "并入的 #{value} 表里和库里都没有，或是它自己",
    Fault.NOT_NEW: "状态是“{value}”，已经有人办的不能当新心愿登记；这一行请删掉",
    Fault.BAD_DAY: "日期“{value}”看不懂，请写成 2026-03-05",
    Fault.BAD_MOMENT: "时间“{value}”看不懂，请写成 2026-03-05 或 2026-03-05 09:00:00",
    Fault.AHEAD: "“{value}”还没有到",
    Fault.NO_NUMBER: "没有写编号",
    Fault.BAD_WISH_NUMBER: "编号“{value}”不对，要在 1 到 9999999 之间",
    Fault.NUMBER_TWICE: "编号 {value} 在第 {other} 行写过",
    Fault.STATE_ASKS: "状态是“{value}”，这一格不能空",
    Fault.STATE_FORBIDS: "状态是“{value}”，这一格要空着",
    Fault.OTHERWISE: "库里已有这个编号，这一格不一样",
    Fault.TOO_EARLY: "比{value}还早",
    Fault.MAY_NOT_CLAIM: "“{value}”在那里没有能认领的身份（志愿者、网格员、书记、联络员），请先用 member import 导入身份",
    Fault.NO_GUARDIAN: "14 岁以下孩子的心愿是“{value}”，监护人同意要写明：待核实的写还没问到或已同意，核实过的要已同意",
    Fault.MERGE_CIRCLE: "并入 #{value}，一个并一个，最后又并回它自己",
    Fault.MERGED_INTO_BAD: "并入的 #{value} 那一行有问题，这一行也不能恢复",
}
"""Of places that are not known, or not one, the places speak themselves."""


def listed(names: Iterable[str]) -> str:
    return "、".join(names)


def called(status: Status) -> str:
    return STATUS[status]


def title(key: str) -> str:
    return COLUMNS[key]


def statuses() -> Mapping[str, Status]:
    return _by_word(Status, STATUS, {})


def kinds() -> Mapping[str, Kind]:
    """A kind may end in 类."""
    words = {**{label: key for key, label in KIND.items()}, **_KIND_WORDS}
    return _by_word(Kind, KIND, {f"{word}类": key for word, key in words.items()} | words)


def ages() -> Mapping[str, AgeBand]:
    return _by_word(AgeBand, AGE_BAND, _AGE_WORDS)


def urgencies() -> Mapping[str, Urgency]:
    return _by_word(Urgency, URGENCY, {"": Urgency.NORMAL, **_URGENCY_WORDS})


def consents() -> Mapping[str, Consent]:
    return _by_word(Consent, CONSENT, {})


def _by_word(keys: Any, labels: Mapping[Any, str], words: Mapping[str, Any]) -> Mapping[str, Any]:
    return (
        {key.value: key for key in keys} | {label: keys(key) for key, label in labels.items()} | dict(words)
    )


def to_child_officer_of_many(numbers: list[int]) -> Reply:
    shown = "、".join(f"#{no}" for no in numbers[:5])
    more = f"等 {len(numbers)} 个" if len(numbers) > 5 else ""
    return Reply.text(
        f"从表格里登记了 14 岁以下孩子的心愿 {shown}{more}。\n"
        "请先问监护人，同意了才能核实；私聊发“/监护同意”看名单，发“/监护同意 编号 谁同意的”记下来。"
    )
