"""Wording of the command line on places, teams and the county's own sheets."""

from collections.abc import Iterable, Mapping

PLACE = "地点：省、市、县、乡镇、村（社区）、责任田。"
TEAM = "责任田团队：谁包哪一块。"
PLACE_IMPORT = "批量导入地点：县里的责任田台账，或表头为名称、类别、上级的清单。"
TEAM_IMPORT = "批量导入责任田台账：镇街、村（社区）、责任田编号、户数、团队编号、团队长、成员……"
PLACE_EXPORT = "按县里的格式导出地点：镇街、村（社区）、责任田编号、区域类型、户数。"
TEAM_EXPORT = "按县里的格式导出责任田台账，可再导入。"
TEAM_LIST = "列出团队，一队一行。"
UNDER = "表里的镇街属于哪个县（或表里的村属于哪个镇街）；库里只有一个县时不用写"
MAP = "表头和认得的写法不一样时：列名=字段，例如 --map 田号=责任田编号；“列名=”是不要这一列。说一次就记住"
DRY_RUN = "只检查不写入，看会新增、改动什么"
REPORT = "逐行的结果另存为 xlsx，有问题的格子标黄"
SKIP_BAD = "有问题的行跳过，其余照常导入"
SHEET_FILE = "写到哪个文件（.xlsx 或 .jsonl），“-”为标准输出"

TRIED = "试运行，什么也没有写入。"
NOT_TAKEN = "有 {count} 处不对，什么也没有写入："
AMISS = "有 {count} 处不对："
SKIPPED = "跳过了 {count} 处不对的："
HOW_ON = "改好再导入；--report 文件.xlsx 可把逐行的结果另存出来，--skip-bad 可跳过不对的行。"
REPORTED = "逐行的结果在 {file}。"
BAD_REPORT = "--report 的文件名要以 .xlsx 结尾，您写的是“{name}”。"
BAD_MAP = "--map 要写成“列名=字段”，字段可以是：{choices}。您写的是“{text}”。"
NO_SUCH_HEADER = "表里没有“{name}”这一列，表头有：{choices}"
SEVERAL_COUNTIES = "库里有几个县（{choices}），请用 --under 写明是哪个县的表。"
SEVERAL_PLACES = "叫“{name}”的地点不止一个，请写成其中一个：{choices}"
ALSO_CALLED = "另有{others}也叫“{name}”，以后请写“{path}”。"
REMEMBERED = "记住了这些列的意思，下次不用再写 --map。"
READING = "导入"
EXPORTED = "已导出 {count} 行到 {file}。"
NO_PLACES = "还没有地点，用 place add 添加，或用 place import、team import 导入。"
NO_TEAMS = "还没有团队，用 team import 导入责任田台账。"
PLACES_TITLE = "地点"
TEAMS_TITLE = "责任田台账"

_RESULTS = {"added": "新增", "changed": "有变化", "same": "没变", "bad": "有问题", "": "没有要导入的内容"}


def result(key: str) -> str:
    """What becomes of a row."""
    return _RESULTS[key]


def counted(added: int, changed: int, same: int) -> str:
    parts = [f"新增 {added}"] + ([f"有变化 {changed}"] if changed else []) + [f"没变 {same}"]
    return "，".join(parts) + "。"


def nouns(new: Mapping[str, int], names: Mapping[str, str]) -> str:
    """How many of what were put in."""
    return "其中" + "、".join(f"{names[key]} {new[key]}" for key in names if new.get(key)) + "。"


def changes(lines: Iterable[str], left: int) -> str:
    more = f"\n  ……还有 {left} 处变化" if left else ""
    return "变化：\n" + "\n".join(f"  {line}" for line in lines) + more


def amiss(where: str, what: str) -> str:
    return f"{where}：{what}"


def also_called(name: str, path: str, others: Iterable[str]) -> str:
    return ALSO_CALLED.format(name=name, path=path, others="、".join(others))


def team_line(number: str, name: str, place: str, people: Iterable[str]) -> str:
    called = f"（{name}）" if name else ""
    return f"{number}{called}  {place}  {'、'.join(people)}".rstrip()
