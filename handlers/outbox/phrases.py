"""Wording of the outbox as people see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.chat.errors import DomainError, NotAllowed
from bot.chat.reply import Reply
from storage.outbox import Outcome

NO_DECISION = "请写明“重发”还是“视为已发”。"
SHOWN = 10


NO_SUCH_MESSAGE = "没有编号 {no} 的待定消息，发“/发件”看看还有哪些。"


class Decision(StrEnum):
    RESEND = "重发"
    ACCEPT = "视为已发"


class NoSuchMessage(DomainError):
    def __init__(self, no: int) -> None:
        super().__init__(NO_SUCH_MESSAGE.format(no=no))


class NotYourMessage(NotAllowed):
    """Of a group of another place: told as if it were not there."""

    def __init__(self, no: int) -> None:
        super().__init__(NO_SUCH_MESSAGE.format(no=no))


class NotUnknown(DomainError):
    sentence = "这条是明确没送到的，不能视为已发；要送就写“重发”。"


class WordsGone(DomainError):
    sentence = "这条过了十四天，内容已删，不能重发；要了结就写“视为已发”。"


@dataclass(frozen=True, slots=True)
class Unsettled:
    no: int
    to: str
    at: datetime
    outcome: Outcome
    cause: str
    beginning: str
    """Of a message to a group; what goes to a person in private is not shown."""
    taken: int


def to_somebody() -> str:
    return "一位成员（私聊）"


def to_group(name: str) -> str:
    return f"“{name}”"


def listed(messages: Sequence[Unsettled]) -> Reply:
    if not messages:
        return Reply.text("没有要您定的消息，发出去的都有着落。")
    lines = [f"没送到或不知送没送到的消息（共 {len(messages)} 条）："]
    lines += [_line(message) for message in messages[:SHOWN]]
    if len(messages) > SHOWN:
        lines.append(f"先列 {SHOWN} 条，不知送没送到的在前。")
    lines.append("问一声对方收到没有，再发“/发件 编号 重发”或“/发件 编号 视为已发”。")
    return Reply.text("\n".join(lines))


def decided(decision: Decision) -> Reply:
    return Reply.text("好，马上再发一次。" if decision is Decision.RESEND else "好，这条算已经送到。")


def _line(message: Unsettled) -> str:
    what = "不知送没送到" if message.outcome is Outcome.UNKNOWN else "没送到"
    part = f"，前 {message.taken} 段已送到" if message.taken else ""
    cause = f"（{message.cause}）" if message.cause else ""
    beginning = f"：{message.beginning}" if message.beginning else ""
    return f"编号 {message.no}　{message.at:%m-%d %H:%M} 给{message.to}，{what}{part}{cause}{beginning}"
