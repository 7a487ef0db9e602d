"""Wording of group life."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.chat.errors import DomainError, NotAllowed
from bot.chat.reply import Reply
from storage.groups import Group

NONE = frozenset({"无", "没有", "不限", "长期"})
"""Words that take an end date away."""


class Matter(StrEnum):
    PLACE = "地点"
    NAME = "名称"
    PURPOSE = "用途"
    ENDS = "到期"
    OWNER = "群主"


class ValueMissing(DomainError):
    def __init__(self, matter: Matter) -> None:
        super().__init__(f"请把{matter.value}写在后面，例如：/本群 {matter.value} {_EXAMPLES[matter]}")


class NoSuchPlace(DomainError):
    def __init__(self, name: str) -> None:
        super().__init__(f"没有“{name[:20]}”这个地方，请写全称；新的村（社区）要由县里先登记。")


class SeveralPlaces(DomainError):
    def __init__(self, name: str, choices: Sequence[str]) -> None:
        super().__init__(f"叫“{name[:20]}”的地方不止一个，请写成：{'、'.join(choices[:5])}。")


class NotYourPlace(NotAllowed):
    def __init__(self, place: str) -> None:
        super().__init__(f"把群归到{place}，要由那里的干部、第一书记或县里来做。")


class NotYourGroup(NotAllowed):
    sentence = "本群的事项要由本地的干部、第一书记或县里来改。"


class NameTaken(DomainError):
    def __init__(self, name: str) -> None:
        super().__init__(f"已有一个群叫“{name}”，请换个名称，好分得清。")


class BadName(DomainError):
    sentence = "群名称写 1 到 30 个字，不换行。"


class BadDay(DomainError):
    def __init__(self, words: str) -> None:
        super().__init__(f"“{words[:20]}”不像日期，请写成 2027-03-31；不设到期就写“无”。")


class DayPast(DomainError):
    sentence = "到期日已经过去了，请写今天以后的日期。"


class PlaceFirst(DomainError):
    sentence = "本群还没有归到哪个村（社区），请先发“/本群 地点 村名”。"


_EXAMPLES = {
    Matter.PLACE: "永续社区",
    Matter.NAME: "永续社区连心群",
    Matter.PURPOSE: "秋收互助",
    Matter.ENDS: "2027-03-31",
    Matter.OWNER: "",
}


@dataclass(frozen=True, slots=True)
class Changed:
    matter: Matter
    group: Group
    now_pushed: bool = False
    """Whether the morning digest begins with this change."""


def shown(group: Group) -> Reply:
    return Reply.text("\n".join([f"本群：{group.name}", *_facts(group)]))


def changed(done: Changed) -> Reply:
    group = done.group
    said = {
        Matter.PLACE: f"本群归{group.place}。",
        Matter.NAME: f"本群叫“{group.name}”。",
        Matter.PURPOSE: f"本群用途：{group.purpose}。",
        Matter.ENDS: f"本群到 {_day(group.ends_on)} 为止，过后不再推送。"
        if group.ends_on
        else "本群不设到期。",
        Matter.OWNER: "您是本群的群主，群里有事我私下找您。",
    }[done.matter]
    push = f"早报每个工作日 {group.push_at:%H:%M} 推送，不想要发“/推送 停”。" if done.now_pushed else ""
    return Reply.text(said + push)


def _facts(group: Group) -> list[str]:
    return [
        f"地点：{group.place or '还没定，发“/本群 地点 村名”'}",
        f"用途：{group.purpose or '没写'}",
        f"群主：{'已定' if group.owner_id is not None else '还没定，谁管群谁发“/本群 群主”'}",
        f"到期：{_day(group.ends_on) if group.ends_on else '不设'}",
        f"早报：{f'工作日 {group.push_at:%H:%M}' if group.subscribed else '停着'}",
    ]


def _day(day: date | None) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else ""
