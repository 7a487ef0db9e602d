"""Wording of the digest."""

from collections.abc import Mapping, Sequence
from datetime import date, time

from bot.chat import phrases as engine
from bot.chat.errors import DomainError
from bot.chat.reply import Reply
from handlers.digests.rules import QUIET_BEFORE, QUIET_FROM, TOPICS
from storage.digests import Item

WEEKDAYS = "一二三四五六日"
NOTHING_NEW = "没有新内容"
NOT_A_WORKDAY = "不是工作日"
NOTHING_TODAY = "今天没有新内容。"
NO_SUCH_ITEM = "这条内容已经不在了。"
NOT_COORDINATOR = "群里的推送由本群的村（社区）干部来定；您自己的请私聊我发“/订阅”“/退订”。"
ENDS = "不想收了，请村（社区）干部在群里发“/退订”。"
STOPPED = "本群的推送现在停着，不会发；要恢复发“/订阅”。\n"


class NoSuchTopic(DomainError):
    def __init__(self, word: str) -> None:
        super().__init__(f"没有“{word[:10]}”这个主题，可以写：{'、'.join(TOPICS.values())}。")


class NotCoordinator(DomainError):
    sentence = NOT_COORDINATOR


class PushedAlready(DomainError):
    sentence = "今天已经推送过了，一天最多一次。"


class NothingNew(DomainError):
    sentence = "没有新内容可推送。"


def digest(items: Sequence[Item], day: date, *, private: bool = False) -> Reply:
    """The digest of a day: it carries its date, so that one sent late or again is recognised."""
    lines = [f"【连心早报】{day.month}月{day.day}日 星期{WEEKDAYS[day.weekday()]}"]
    for place, item in enumerate(items, start=1):
        source = f"\n（{item.source}）" if item.source else ""
        lines.append(f"{place}. 〔{TOPICS[item.kind]}〕{item.title}\n{item.body}{source}")
    pick = engine.pick("全文", private=private)
    lines.append(f"{pick}。" if private else f"{pick}；{ENDS}")
    return Reply.text("\n\n".join(lines), listing=tuple(f"item:{item.key}" for item in items))


def item(found: Item | None) -> Reply:
    if found is None:
        return Reply.text(NO_SUCH_ITEM)
    return Reply.text(
        f"〔{TOPICS[found.kind]}〕{found.title}\n{found.body}",
        citation=found.source and f"来源：{found.source}",
    )


def today(items: Sequence[Item], day: date, *, private: bool) -> Reply:
    return digest(items, day, private=private) if items else Reply.text(NOTHING_TODAY)


def preview(items: Sequence[Item], day: date, push_at: time, *, stopped: bool) -> Reply:
    if not items:
        return Reply.text((STOPPED if stopped else "") + "下次没有新内容，不会推送。")
    body = digest(items, day)
    text = f"下次推送（{day.isoformat()} {push_at:%H:%M}）的样子：\n{body.plain()}"
    return Reply.text(f"{STOPPED}{text}" if stopped else text, listing=body.listing)


def pushed() -> Reply:
    return Reply.text("今天的推送马上发到群里。")


def stopped() -> Reply:
    return Reply.text("本群的推送已停。要恢复发“/订阅”。")


def statistics(sent: int, skipped: int, failed: int, waiting: int) -> Reply:
    return Reply.text(
        f"最近 30 天：推送 {sent} 次，没有新内容或非工作日未推 {skipped} 次，失败 {failed} 次，待发 {waiting} 次。"
    )


def choices(wanted: Mapping[str, bool], group: bool, push_at: time | None) -> Reply:
    if not group:
        return _own_choices(wanted)
    on = [label for key, label in TOPICS.items() if wanted[key]]
    when = f"，工作日 {push_at:%H:%M} 推送" if push_at else ""
    if not on:
        return Reply.text("本群已退订全部主题，不再推送。要恢复发“/订阅”。")
    return Reply.text(f"本群订阅了：{'、'.join(on)}{when}。不要哪个发“/退订 主题”。")


def _own_choices(wanted: Mapping[str, bool]) -> Reply:
    on = [label for key, label in TOPICS.items() if wanted[key]]
    if not on:
        return Reply.text("您已退订全部主题，发“/今日”也不再显示内容。要恢复发“/订阅”。")
    return Reply.text(f"您发“/今日”时会看到：{'、'.join(on)}。不要哪个发“/退订 主题”。")


def quiet_hours() -> str:
    return f"推送时间要在 {QUIET_BEFORE:%H:%M} 到 {QUIET_FROM:%H:%M} 之间。"
