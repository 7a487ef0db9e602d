"""Wording of the commands about the audit register."""

from collections.abc import Iterable, Mapping, Sequence

AUDIT = "审计台账：每件变动、每次查看一行，只增不改，每五分钟封存一次。"
VERIFY = "把全部封存重新核算一遍，查有没有人改过、删过、插过"
HEAD = "最后一次封存的校验码，可以抄在纸上存档"
SINCE = "抄在纸上的校验码（至少前 32 位，空格不算）；查那次封存和它以前的记录有没有被人重写过"
COMPARE = "把以前导出的变更记录（export audit）或查看记录（export looks）和库里的逐行比对"
COMPARE_FILE = "导出的文件：.xlsx 或 .jsonl"
BAD_HASH = "校验码是 0-9 和 a-f，至少抄前 32 位"
VERIFYING = "核对审计台账"

NOTHING_SEALED = "还没有封存过。服务运行时每五分钟封存一次。"
WRITE_DOWN = "最后一次封存的校验码（定期抄在纸上，由别人保管，至少抄前 32 位）："
SINCE_GOOD = "纸上的校验码是第 {seal} 次封存的，它和它以前的记录没有被人改写过。"
SINCE_LOST = (
    "现在的封存里没有纸上这个校验码：那次封存以前的记录被人改写过，或者是抄错了。先核对抄写，再和备份比对。"
)
SINCE_SPOILED = "纸上的校验码是第 {seal} 次封存的，但它以前有上面这些不对的地方。"

FAULTS: Mapping[str, str] = {
    "row_changed": "第 {seal} 次封存的记录 {row} 被改过",
    "row_missing": "第 {seal} 次封存的记录 {row} 不见了",
    "row_inserted": "第 {seal} 次封存里多出记录 {row}，是后来插进去的",
    "seal_changed": "第 {seal} 次封存本身被改过",
    "seal_missing": "第 {seal} 次封存不见了",
    "chain_broken": "第 {seal} 次封存接不上它的前一次",
}
UNSEALED_INSERTED = "记录 {row} 没有封存过，却排在封存过的前面，是后来插进去的"

DOCTOR_GOOD = "审计台账：最近 {seals} 次封存核对无误，{unsealed} 条待封存"
DOCTOR_EMPTY = "审计台账：还没有封存过，{unsealed} 条待封存"
DOCTOR_BAD = "审计台账：{count} 处不对，例如{first}"
DOCTOR_CURE = "运行 python -m bot audit verify 看全部，和最近的备份比对，查清是谁动过数据库。"
DOCTOR_LATE = "审计台账：有 {unsealed} 条过了 {hours} 小时还没封存"
DOCTOR_LATE_CURE = "启动服务，五分钟内会封存；服务在运行就看日志里的 job_failed。"
DOCTOR_OPEN = "审计台账：数据库里防修改的触发器少了 {names}"
DOCTOR_OPEN_CURE = "有人动过表结构；查清后从备份恢复，或联系开发者。"


def fault(name: str, seal: int | None, row: int | None) -> str:
    """What is wrong, in half a sentence."""
    return (UNSEALED_INSERTED if seal is None else FAULTS[name]).format(seal=seal, row=row)


def more(left: int) -> str:
    return f"……还有 {left} 处，没有一一列出。"


def checked(seals: int, rows: int, unsealed: int, faults: int) -> str:
    waiting = f"；另有 {unsealed} 条还没封存，不在核对之内" if unsealed else ""
    found = f"{faults} 处不对" if faults else "一条不差"
    return f"核对了 {seals} 次封存、{rows} 条记录，{found}{waiting}。"


def failed(count: int) -> str:
    return f"审计台账有 {count} 处不对，见上。先保住现场：不要再写这个数据库，用最近的备份比对。"


def grouped(digest: str) -> str:
    """A hash as one can read it aloud: four digits a group, eight groups a line."""
    groups = [digest[at : at + 4] for at in range(0, len(digest), 4)]
    return "\n".join("  " + " ".join(groups[at : at + 8]) for at in range(0, len(groups), 8))


COMPARING = "比对导出的文件"
NOT_AN_EXPORT = "这个文件不是 export audit 或 export looks 导出的，少了这些列：{columns}"
NO_ROWS = "文件里一条记录也没有。"
ALL_EQUAL = "每一条都和库里一样。"
LOST = "第 {row} 行：库里没有这一条（{told}）"
DIFFERS = "第 {row} 行：{differences}"
DIFFERENCE = "{column}，文件里是“{here}”，库里是“{kept}”"
LEFT_OUT = "文件里没有这一条：{told}"
COMPARE_FAILED = (
    "导出的文件和库里对不上。先运行 audit verify 看库里有没有人动过；库里没动过，就是文件被改过。"
)


def compared(register: str, rows: int, since: str, until: str) -> str:
    return f"{register}：文件里 {rows} 条，{since} 至 {until}。"


def outcome(equal: int, differing: int, lost: int, left_out: int) -> str:
    return f"一样的 {equal} 条，不一样的 {differing} 条，库里没有的 {lost} 条，这段时间库里有而文件里没有的 {left_out} 条。"


def differences(columns: Iterable[tuple[str, str, str]]) -> str:
    """Of each column what stands in the file, and here."""
    return "；".join(DIFFERENCE.format(column=column, here=here, kept=kept) for column, here, kept in columns)


def row(values: Sequence[str]) -> str:
    return " ".join(value for value in (moment(values[0]), *values[1:]) if value)


def moment(text: str) -> str:
    """
    >>> moment("2026-03-05T09:00:00+08:00")
    '2026-03-05 09:00:00'
    """
    return text[:19].replace("T", " ")
