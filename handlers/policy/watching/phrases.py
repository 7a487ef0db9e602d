"""Wording of the rule watch."""

from collections.abc import Sequence
from datetime import date

from bot.chat.reply import Reply
from handlers.policy.watching.found import Watch
from knowledge.catalogue import Entry


def weekly_line(found: Watch, today: date) -> Reply:
    """The weekly line to the keepers: what to act on, a few names of each kind."""
    kinds = [
        ("过了有效期或已废止的", "份", [_titled(each, each.expires, "到") for each in found.expired]),
        ("30 天内到期的", "份", [_titled(each, each.expires, "到") for each in found.expiring]),
        ("新被取代的", "份", [f"《{each.old.title}》" for each in found.replaced]),
        ("30 天内开始施行的", "份", [_titled(each, each.starts, "自") for each in found.coming]),
        ("要核对的卡片", "张", [f"“{each.card.title}”" for each in found.cards]),
    ]
    lines = [f"知识库一周核查（{today.month}月{today.day}日）："]
    lines += [f"{kind} {len(names)} {unit}：{_few(names)}" for kind, unit, names in kinds if names]
    if found.unanswered:
        lines.append(f"没答上的问题 {len(found.unanswered)} 个：发“/待答”查看、答复")
    if any(names for _, _, names in kinds):
        lines.append("文件有新文本就导入，没有就改有效期或撤下；全部明细请系统管理员用 kb check 看。")
    return Reply.text("\n".join(lines))


def _titled(entry: Entry, day: date | None, word: str) -> str:
    return f"《{entry.title}》" + (f"（{word}{day.year}年{day.month}月{day.day}日）" if day else "")


def _few(names: Sequence[str], most: int = 3) -> str:
    return "、".join(names[:most]) + ("等" if len(names) > most else "")
