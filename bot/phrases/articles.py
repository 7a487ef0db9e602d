"""Wording of the command line for pictures of the morning, imported articles and feeds."""

from collections.abc import Mapping
from datetime import date, datetime

POSTER = "把一个群某天的早报画成一张图（PNG），好转发到连心进不去的群。"
POSTER_FILE = "图存到哪里，.png"
NOT_PNG = "图只能存成 .png，文件名请以 .png 结尾。"


def nothing_to_draw(group: str, day: date) -> str:
    return f"【{group}】{day.isoformat()} 没有内容，不出图。"


def drawn(name: str, width: int, height: int, size: int) -> str:
    return f"已存为 {name}：{width}×{height}，{size / 1024:.0f} KB。"


IMPORT = "把文章导入早报：md、txt、docx、pdf、存下来的网页，一个文件一篇；xlsx、csv、jsonl 表格，一行一篇。"
IMPORT_FILES = "文件；表格要有“类别、标题、正文、来源”这几列，“提要”可有可无"
IMPORT_KIND = "一个文件一篇的，算哪个类别：政策、案例、每日一读"
DRY_RUN = "只看会怎样，不真的导入"
NO_FILE = "没有这个文件。"
KIND_NEEDED = "一个文件一篇的，要用 --kind 写明类别：政策、案例、每日一读。"
ROW = "{file} 第 {number} 行"
OUTCOMES = {"new": "新增", "changed": "更新", "same": "没变", "refused": "没收"}
COLUMNS = {
    "kind": ("类别", "栏目", "主题"),
    "title": ("标题", "题目"),
    "body": ("正文", "内容"),
    "source": ("来源", "出处"),
    "why": ("提要", "为什么重要"),
}

FEED = "订阅源（RSS、Atom）：各源的情况、等着审的新内容、收下、不要。"
FEED_LIST = "设置里写的订阅源，上次什么时候取的，取到没有。"
FEED_FETCH = "现在就取一遍，不等整点。"
FEED_WAITING = "取来的新内容，等着审；没收下的不会出现在早报里。"
FEED_TAKE = "收下，放进早报的内容里。"
FEED_DROP = "不要了。"
NUMBERS = "编号，见 digest feed waiting"
TAKE_KIND = "算哪个类别：政策、案例、每日一读"
NO_FEEDS = "没有订阅源。要用就在设置 BOT_FEEDS 里写上网址，重新启动。"
NONE_WAITING = "没有等着审的。"
NOT_WAITING = "{numbers} 不在等着审的里头。"
DROPPED = "{count} 条不要了。"


def report_line(where: str, title: str, outcome: str, reason: str) -> str:
    named = f"《{title}》" if title else ""
    return f"{OUTCOMES[outcome]}　{where}{named}" + (f"：{reason}" if reason else "")


def imported(counts: Mapping[str, int], *, dry: bool) -> str:
    told = "，".join(f"{word} {counts.get(outcome, 0)} 篇" for outcome, word in OUTCOMES.items())
    return f"{'试导入（没有真的导入）' if dry else '导入完毕'}：{told}。"


def feed_line(address: str, title: str, checked_at: datetime | None, problem: str) -> str:
    if checked_at is None:
        return f"{address}　还没取过"
    named = f"（{title}）" if title else ""
    return f"{address}{named}　{checked_at:%Y-%m-%d %H:%M}　{problem or '正常'}"


def waiting_line(no: int, feed: str, title: str, published: date | None) -> str:
    day = f"{published.isoformat()} " if published else ""
    return f"{no}. {day}{title}（{feed}）"
