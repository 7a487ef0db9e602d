"""Wording about tables that people hand in."""

from collections.abc import Sequence

NOT_A_TABLE = "认不得“{name}”这种文件，名单要存成 .csv、.xlsx 或 .jsonl。"
TOO_LARGE = "文件有 {size} MB，超过 {most} MB 的上限：{name}"
EMPTY = "文件是空的：{name}"
NOT_A_REGISTER = "导出的台账是 .xlsx 或 .jsonl 文件，这个不是：{name}"
NOT_TEXT = "文件的文字编码认不出来，请另存为 UTF-8 或 GBK 的 CSV：{name}"
BROKEN = "表格打不开，可能坏了，请用表格软件另存一次：{name}"
TOO_MANY = "超过 {most} 行，请分成几个文件：{name}"
MISSING_COLUMNS = "缺少表头：{columns}。第一行要写：{all}"
BAD_JSON = "第 {number} 行不是一个 JSON 对象：{name}"
NO_ROWS = "（没有记录）"
OLD = "这是旧格式的 .xls 文件，请在表格软件里另存为 .xlsx：{name}"
LOCKED = "文件加了打开密码，请去掉密码另存一份：{name}"
BAD_BYTE = "第 {number} 行 {column} 列附近有认不出来的文字编码，请另存为 UTF-8 或 GBK 的 CSV：{name}"
FAR_AWAY = "有内容的格子一直到 {at}，超过 {most} 行、{columns} 列，多半是误按，请删掉多余的行列再导入：{name}"
MERGED_WIDE = "合并的单元格太大（整列或整张表），请取消合并再导入：{name}"
TWICE = "第 {number} 行表头：{one} 列和 {other} 列都是“{name}”，请只留一列，或用 --map 说明哪一列是。"
NO_LINES = "文件是空的，表头下面没有内容：{name}"
ROW_NUMBER = "原表行号"
RESULT = "结果"
PROBLEM = "问题"


def missing(columns: Sequence[str], row: int, every: str, name: str) -> str:
    """Headers that were looked for; with none known there is no header row at all."""
    if not columns:
        return f"没有找到表头（从第 {row} 行看起），认得的有：{every}：{name}"
    lacking = "、".join(columns)
    return f"第 {row} 行表头缺少：{lacking}。列名不一样的，用 --map 列名={columns[0]} 说明一次：{name}"
