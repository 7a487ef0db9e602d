"""Wording of the digest."""

from collections.abc import Mapping, Sequence
from datetime import date, time

from bot.chat.errors import DomainError
from bot.chat.reply import Reply
from handlers.digests.rules import QUIET_BEFORE, QUIET_FROM, TOPICS
from storage.digests import Item

WEEKDAYS = "一二三四五六日"
NOTHING_NEW = "没有新内容"
NOT_A_WORKDAY = "不是工作日"
NOTHING_TODAY = "今天没有新内容，有了再告诉您。"
NO_SUCH_ITEM = "这条内容已经不在了。"
NOT_COORDINATOR = "群里的推送由本群的村（社区）干部来定；您自己不想收，请私聊我发“/退订”。"
ENDS = "@我 发序号看原文；不想收了，请村（社区）干部在群里发“/退订”。"


class NoSuchTopic(DomainError):
    def __init__(self, word: str) -> None:
        super().__init__(f"没有“{word[:10]}”这个主题，可以写：{'、'.join(TOPICS.values())}。")


class NotCoordinator(DomainError):
    sentence = NOT_COORDINATOR


class NoGroup(DomainError):
    sentence = "推送是发到群里的，请在群里用这个命令。"


class PushedAlready(DomainError):
    sentence = "今天已经推送过了，一天最多一次。"


class NothingNew(DomainError):
    sentence = "没有新内容可推送。"


def digest(items: Sequence[Item], day: date) -> Reply:
    """The digest of a day: it carries its date, so that one sent late or again is recognised."""
    lines = [f"【连心早报】{day.month}月{day.day}日 星期{WEEKDAYS[day.weekday()]}"]
    for place, item in enumerate(items, start=1):
        source = f"\n（{item.source}）" if item.source else ""
        lines.append(f"{place}. 〔{TOPICS[item.kind]}〕{item.title}\n{item.body}{source}")
    lines.append(ENDS)
    return Reply.text("\n\n".join(lines), listing=tuple(f"item:{item.key}" for item in items))


def item(found: Item | None) -> Reply:
    if found is None:
        return Reply.text(NO_SUCH_ITEM)
    return Reply.text(f"〔{TOPICS[found.kind]}〕{found.title}\n{found.body}", citation=found.source and f"来源：{found.source}")


def today(items: Sequence[Item], day: date) -> Reply:
    return digest(items, day) if items else Reply.text(NOTHING_TODAY)


def preview(items: Sequence[Item], day: date, push_at: time) -> Reply:
    if not items:
        return Reply.text("下次没有新内容，不会推送。")
    body = digest(items, day)
    return Reply.text(f"下次推送（{day.isoformat()} {push_at:%H:%M}）的样子：\n{body.plain()}", listing=body.listing)


def pushed() -> Reply:
    return Reply.text("今天的推送马上发到群里。")


def stopped() -> Reply:
    return Reply.text("本群的推送已停。要恢复发“/订阅”。")


def statistics(sent: int, skipped: int, failed: int, waiting: int) -> Reply:
    return Reply.text(f"最近 30 天：推送 {sent} 次，没有新内容或非工作日未推 {skipped} 次，失败 {failed} 次，待发 {waiting} 次。")


def choices(wanted: Mapping[str, bool], group: bool, push_at: time | None) -> Reply:
    if not group:
        return _own_choices(wanted)
    on = [label for key, label in TOPICS.items() if wanted[key]]
    when = f"，工作日 {push_at:%H:%M} 推送" if push_at else ""
    if not on:
        return Reply.text("本群已退订全部主题，不再推送。恢复发“/订阅”。")
    return Reply.text(f"本群订阅了：{'、'.join(on)}{when}。不要哪个发“/退订 主题”。")


def _own_choices(wanted: Mapping[str, bool]) -> Reply:
    on = [label for key, label in TOPICS.items() if wanted[key]]
    if not on:
        return Reply.text("您已退订全部主题，发“/今日”也不再显示内容。恢复发“/订阅”。")
    return Reply.text(f"您发“/今日”时会看到：{'、'.join(on)}。不要哪个发“/退订 主题”。")


def quiet_hours() -> str:
    return f"推送时间要在 {QUIET_BEFORE:%H:%M} 到 {QUIET_FROM:%H:%M} 之间。"
