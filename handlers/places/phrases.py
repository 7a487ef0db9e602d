"""Wording of places and teams: headers of the county's sheet, kinds, and what is wrong with a row."""

from collections.abc import Iterable, Mapping

from bot.sheets import Change, Field, Problem
from handlers.places.outcome import Fault, What

KINDS = {
    "province": "省",
    "city": "市",
    "county": "县",
    "town": "乡镇",
    "village": "村",
    "community": "社区",
    "plot": "责任田",
    "unit": "单位",
}
KIND_WORDS = {
    "区": "county",
    "县区": "county",
    "镇": "town",
    "乡": "town",
    "街道": "town",
    "镇街": "town",
    "行政村": "village",
    "农村": "village",
    "村庄": "village",
    "城市社区": "community",
    "农村社区": "village",
    "居委会": "community",
}
"""What people also write for a kind of place."""

COMMUNITY_ENDINGS = ("社区", "居委会", "居")
AREAS = {"area": "片区", "building": "楼栋", "group": "生产组"}
AREA_WORDS = {
    "区域": "area", "网格": "area", "网格片区": "area", "街巷": "area", "楼": "building", "楼宇": "building",
    "小区": "building", "小区楼栋": "building", "单元": "building", "生产小组": "group", "村民小组": "group",
    "小组": "group", "组": "group", "生产队": "group", "自然村": "group",
}  # fmt: skip
"""What people also write for how a plot is cut."""

UNIT = "户"
LEADS_WORDS = ("团队长", "队长", "组长", "负责人")
BETWEEN = "、"
WHOLE = "全村"
"""Written for the plot's number of a team that serves a whole village."""

COUNTY_FIELDS = (
    Field("county", ("县", "县（市、区）", "县区", "区县")),
    Field("town", ("镇街", "乡镇", "镇", "街道", "乡镇街道", "乡镇（街道）", "镇（街道）", "所属镇街")),
    Field("village", ("村（社区）", "村", "社区", "村社区", "村居", "村名", "行政村", "村（居）", "村（社区）名称", "所属村（社区）")),
    Field("kind", ("类别", "村（社区）类别", "村居类别")),
    Field("plot", ("责任田编号", "责任田", "责任田号", "田块编号", "责任区编号", "编号")),
    Field("area", ("区域类型", "划分方式", "责任田类型", "片区类型", "类型")),
    Field("households", ("户数", "责任田户数", "覆盖户数", "包联户数", "户数（户）")),
    Field("team", ("团队编号", "团队", "团队号", "民情团队编号", "队伍编号")),
    Field("team_name", ("团队名称", "团队名", "队伍名称")),
    Field("leader", ("团队长", "队长", "组长", "负责人", "团队负责人")),
    Field("member", ("成员", "团队成员", "民情书记", "民情书记（成员）", "民情书记/成员", "姓名", "队员"), several=True),
    Field("others", ("其他成员", "其余成员", "其他民情书记", "其他队员"), several=True),
    Field("duty", ("职务", "现任职务", "单位及职务", "工作单位及职务", "成员职务")),
    Field("phone", ("联系电话", "电话", "手机", "手机号", "联系方式", "手机号码", "团队长电话"), several=True),
)  # fmt: skip
"""A county's 责任田台账: one row a plot, or one row a person."""

PLACE_FIELDS = ("county", "town", "village", "kind", "plot", "area", "households")
"""Of these `place import` takes what there is, and `place export` writes the last six."""

TREE_FIELDS = (
    Field("name", ("名称", "地点", "地点名称")),
    Field("kind", ("类别", "级别")),
    Field("parent", ("上级", "上级名称", "上级地点")),
    Field("number", ("责任田编号", "编号")),
    Field("area", ("区域类型", "划分方式")),
    Field("households", ("户数",)),
)
NOUNS = {
    "county": "县", "town": "镇街", "village": "村", "community": "社区", "plot": "责任田", "team": "团队",
    "member": "人员", "place": "地点", "role": "身份", "wish": "心愿",
}  # fmt: skip


def plot_name(number: str) -> str:
    """What a plot is called: a bare number would be found in every sentence with a number in it."""
    return number if number.endswith(KINDS["plot"]) else f"{number}号{KINDS['plot']}"


def titles(fields: Iterable[Field], keys: Iterable[str]) -> dict[str, str]:
    """Field → the header the county writes over it."""
    by_key = {field.key: field.headers[0] for field in fields}
    return {key: by_key[key] for key in keys}


FAULTS: Mapping[str, str] = {
    Fault.NO_TOWN: "没有写镇街",
    Fault.NO_VILLAGE: "没有写村（社区）",
    Fault.NO_PLOT: "没有写责任田编号",
    Fault.NO_TEAM: "有团队长或成员，没有写团队编号",
    Fault.NO_NAME: "没有写名称",
    Fault.BAD_NAME: "“{value}”不能当名称（空的、太长，或以 = + - @ 开头）",
    Fault.BAD_NUMBER: "“{value}”不像编号",
    Fault.UNKNOWN_KIND: "没有“{value}”这个类别，可以写：" + "、".join(KINDS.values()),
    Fault.UNKNOWN_AREA: "没有“{value}”这种区域类型，可以写：" + "、".join(AREAS.values()),
    Fault.UNKNOWN_PLACE: "没有“{value}”这个地点",
    Fault.SEVERAL_PLACES: "叫这个名称的不止一个，请写成“村@镇”：{value}",
    Fault.MISPLACED: "{value}",
    Fault.CIRCLE: "“{value}”的上级一层层数上去又是它自己",
    Fault.OTHERWISE_KNOWN: "“{value}”已经有了，上级不一样",
    Fault.KIND_OTHERWISE: "“{value}”库里是另一种类别",
    Fault.ELSEWHERE: "这个镇街没有这个村，库里有的是：{value}；真是同名的两个村，先用 place add 添加",
    Fault.NOT_A_TOWN: "“{value}”在库里不是镇街",
    Fault.OTHER_TOWN: "这张表用 --under 写明了是哪个镇街的，这一行却是“{value}”",
    Fault.HOUSEHOLDS_TEXT: "户数“{value}”不是整数",
    Fault.HOUSEHOLDS_RANGE: "户数“{value}”不对，要在 1 到 3000 之间",
    Fault.PLOT_TWICE: "责任田“{value}”在第 {other} 行写过，内容重复或不一样",
    Fault.PLOT_IN_TWO_VILLAGES: "责任田“{value}”在第 {other} 行写在另一个村（社区）",
    Fault.PLOT_TWO_TEAMS: "这块责任田在第 {other} 行写的是另一个团队，不是“{value}”",
    Fault.PLOT_HAS_TEAM: "这块责任田现在是团队“{value}”的，表里没有写那个团队调到哪里",
    Fault.TEAM_TWICE: "团队“{value}”在第 {other} 行包的是另一块责任田",
    Fault.TWO_LEADERS: "团队长只写一个人：{value}",
    Fault.LEADER_NOT_MEMBER: "团队长“{value}”不在成员里；成员一栏本来不含团队长的，表头改成“其他成员”，或加 --map 成员=其他成员",
    Fault.HELD_BACK: "“{value}”的第 {other} 行有问题，同一个团队的各行一并不导入",
    Fault.PERSON_TWICE: "“{value}”在这个团队里写了两次",
    Fault.PERSON_NAME: "“{value}”不像姓名",
    Fault.NAME_WITH_DIGITS: "姓名“{value}”里有数字",
    Fault.IDENTITY_NUMBER: "姓名一栏里是身份证号，请删掉：{value}",
    Fault.PHONE_AS_NAME: "姓名一栏里是电话号码：{value}",
    Fault.BAD_PHONE: "电话“{value}”位数不对",
    Fault.DUTY_COUNT: "姓名和职务的个数对不上（{value}）",
    Fault.SEVERAL_MEMBERS: "那里叫“{value}”的不止一个，分不清是哪一个",
    Fault.FORMULA: "是公式，请粘贴成数值：{value}",
    Fault.ERROR_VALUE: "是出错的公式：{value}",
    Fault.DATE: "被表格软件变成了日期（{value}），请改成文本",
    Fault.MERGED_ACROSS: "左右合并了单元格，请取消合并",
    Fault.MERGED_DOWN: "成员一栏上下合并了单元格，请取消合并",
    Fault.HIDDEN_ROW: "这一行是隐藏的，请取消隐藏或删掉",
    Fault.TAKEN: "责任田编号“{value}”已是另一处的",
}


def problem(found: Problem) -> str:
    """What is wrong, without where."""
    return FAULTS[found.fault].format(value=found.value[:60], other=found.other)


def where(found: Problem) -> str:
    """
    >>> where(Problem(7, "C", Fault.NO_PLOT)), where(Problem(7, "", Fault.HIDDEN_ROW))
    ('第 7 行 C 列', '第 7 行')
    """
    return f"第 {found.row} 行" + (f" {found.column} 列" if found.column else "")


def misplaced(kind: str, above: str | None) -> str:
    """Why a place cannot lie there."""
    what = KINDS.get(kind, kind)
    return f"{what}不能在{KINDS.get(above, above)}下面" if above else f"{what}要有上级"


def change(made: Change) -> str:
    """One difference in words."""
    before, after = made.before or "（空）", made.after or "（空）"
    match What(made.what):
        case What.MOVED:
            return f"责任田 {made.subject}：从{before}调到{after}"
        case What.HOUSEHOLDS:
            return f"责任田 {made.subject}：户数 {before} → {after}"
        case What.AREA:
            return f"责任田 {made.subject}：区域类型 {AREAS.get(made.before, before)} → {AREAS.get(made.after, after)}"
        case What.TEAM_MOVED:
            return f"团队 {made.subject}：从{before}调到{after}"
        case What.TEAM_NUMBER:
            return f"团队编号 {before} → {after}"
        case What.TEAM_NAME:
            return f"团队 {made.subject}：名称 {before} → {after}"
        case What.LEADS:
            return f"{made.subject}：{after}"
        case What.DUTY:
            return f"{made.subject}：职务 {before} → {after}"
        case What.JOINED:
            return f"{made.subject}加入团队 {made.after}"
        case What.LEFT:
            return f"{made.subject}退出团队 {made.before}"


NOW_LEADS = "任团队长"
NO_LONGER_LEADS = "不再任团队长"


def person(name: str, duty: str) -> str:
    """A person with their post, as it is written in one cell with others."""
    return f"{name}（{duty}）" if duty else name
