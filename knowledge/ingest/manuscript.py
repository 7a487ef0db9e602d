"""What a reader found in a file, before it is cut: plain values that can cross to another process."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from knowledge.errors import Unreadable

LONGEST = 5_000_000
"""Characters of one file. The longest laws have 150,000."""

BROKEN = "文件坏了或者不完整，请重新下载，或者打开后另存一份再导入。"
MISNAMED = "文件的后缀和内容对不上，请改成正确的后缀，或者打开后另存一份再导入。"
LOCKED = "文件加了密码，请先去掉密码再导入。"

VAST = "表格太大（超过 100 万格），请拆成几个文件再导入。"

MOST_CELLS = 1_000_000
"""Of one sheet, empty ones inside its corners counted."""

FACTS = (
    "title", "issuer", "number", "issued", "published", "effective", "expires", "region", "status", "origin",
)  # fmt: skip
"""What a file may say of itself. `number`: 文号. `issued`: 成文日期. `origin`: 来源. Dates are ISO 8601."""

Rows = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet: its name and its rows, as they stand, with merged cells filled."""

    name: str
    rows: Rows


@dataclass(frozen=True, slots=True)
class Manuscript:
    """A text, or tables, or both.

    `lines`: paragraphs in reading order; a heading begins with markdown's `#`, a row of a table is one line.
    `facts`: what the format itself tells (a web page's labels, a centred title), by the names in `FACTS`.
    """

    lines: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    tables: tuple[Table, ...] = ()

    @classmethod
    def from_plain(cls, row: Mapping[str, Any]) -> "Manuscript":
        """What `dataclasses.asdict` made of one."""
        return cls(
            tuple(map(str, row["lines"])),
            {name: str(row["facts"][name]) for name in FACTS if name in row["facts"]},
            tuple(
                Table(str(table["name"]), tuple(tuple(map(str, cells)) for cells in table["rows"]))
                for table in row["tables"]
            ),
        )


class Ink:
    """Counts what a reader writes down, so that no file grows without end. Raises `Unreadable`."""

    def __init__(self, most: int = LONGEST) -> None:
        self.left = most

    def spend(self, text: str) -> str:
        self.left -= len(text) + 1
        if self.left < 0:
            raise Unreadable(f"文字超过 {LONGEST // 10_000} 万字，请拆成几个小文件再导入。")
        return text


def row_line(headers: tuple[str, ...], cells: tuple[str, ...]) -> str:
    """A row in words: each cell under its header; neighbours with the same header and words are said once.

    >>> row_line(("对象", "标准", "标准"), ("孤儿", "每月1000元", "每月1000元"))
    '对象：孤儿；标准：每月1000元'
    """
    said: list[str] = []
    for at, cell in enumerate(cells):
        header = headers[at] if at < len(headers) else ""
        words = f"{header}：{cell}" if header and header != cell else cell
        if cell and (not said or said[-1] != words):
            said.append(words)
    return "；".join(said)
