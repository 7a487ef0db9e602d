"""What happens to digests."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from bot.chat.command import service
from bot.chat.turn import Chat
from handlers.digests import phrases, rules
from handlers.digests.working_days import WorkingDays
from storage.digests import Item
from storage.groups import Group
from storage.members import Member, Role
from storage.outbox import Target
from storage.uow import UnitOfWork


class Made(StrEnum):
    """What came of trying to push."""

    QUEUED = "queued"
    SKIPPED = "skipped"
    ALREADY = "already"


@service
@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days in force, as a service."""

    days: WorkingDays


def contents(uow: UnitOfWork, group_id: int, day: date) -> list[Item]:
    """One item of each wanted kind that the group has not had."""
    wanted = _wanted(uow, f"g:{group_id}")
    unsent = uow.digests.unsent(group_id, [kind for kind in rules.TOPICS if wanted[kind]], on=day)
    first = {item.kind: item for item in reversed(unsent)}
    return [first[kind] for kind in rules.TOPICS if kind in first]


def make_push(uow: UnitOfWork, group: Group, day: date, days: WorkingDays, *, anyway: bool = False) -> Made:
    """Make the group's push of the day, once among all processes: its row, its items, its outbox row.

    `anyway`: also on a day off and after a skipped push (a person asked for it). A push without content is
    recorded as skipped.
    """
    workday = days.is_workday(day) or anyway
    items = contents(uow, group.id, day) if workday else []
    if anyway and not items:
        return Made.SKIPPED
    opened = uow.digests.open_push(rules.DAILY, group.id, day)
    if not opened and not (anyway and uow.digests.reopen_push(rules.DAILY, group.id, day)):
        return Made.ALREADY
    if not items:
        reason = phrases.NOTHING_NEW if workday else phrases.NOT_A_WORKDAY
        uow.digests.close_push(rules.DAILY, group.id, day, items=(), outbox_id=None, reason=reason)
        return Made.SKIPPED
    reply = phrases.digest(items, day)
    outbox_id = uow.outbox.add(Target(group_id=group.id), reply.to_json())
    uow.chats.keep_listing(f"g:{group.id}", reply.listing)
    uow.digests.close_push(rules.DAILY, group.id, day, items=items, outbox_id=outbox_id, reason="")
    return Made.QUEUED


def push_now(uow: UnitOfWork, *, by: Member, chat: Chat, days: WorkingDays) -> None:
    """A coordinator's wish for today's push now."""
    group = _own_group(uow, by, chat)
    made = make_push(uow, group, uow.now.date(), days, anyway=True)
    if made is Made.ALREADY:
        raise phrases.PushedAlready
    if made is Made.SKIPPED:
        raise phrases.NothingNew


def due_groups(uow: UnitOfWork) -> list[Group]:
    """Groups whose push of today is due and not made."""
    today = uow.now.date()
    return [
        group
        for group in uow.groups.all()
        if group.subscribed
        and group.removed_at is None
        and not rules.over(group.ends_on, today)
        and rules.due(uow.now, group.push_at)
        and not uow.digests.pushed(rules.DAILY, group.id, today)
    ]


def today(uow: UnitOfWork, *, chat: Chat) -> list[Item]:
    """What the group got today; before its push, what it would get. In private: of the group of one's place."""
    group_id = chat.group.id if chat.group else _group_of_place(uow, chat.place_id)
    day = uow.now.date()
    if group_id is None:
        return []
    items = uow.digests.sent_on(group_id, day) or contents(uow, group_id, day)
    wanted = _wanted(uow, chat.key)
    order = list(rules.TOPICS)
    return sorted((item for item in items if wanted[item.kind]), key=lambda item: order.index(item.kind))


def preview(uow: UnitOfWork, *, by: Member, chat: Chat, days: WorkingDays) -> tuple[list[Item], date, Group]:
    """The next push: its items and its day."""
    group = _own_group(uow, by, chat)
    day = next_day(uow, group, days)
    return contents(uow, group.id, day), day, group


def next_day(uow: UnitOfWork, group: Group, days: WorkingDays) -> date:
    """The next working day whose push is not made yet."""
    day = uow.now.date()
    if uow.digests.pushed(rules.DAILY, group.id, day) or uow.now.time() > group.push_at:
        day += timedelta(days=1)
    while not days.is_workday(day):
        day += timedelta(days=1)
    return day


def choose(uow: UnitOfWork, topic: str | None, *, wanted: bool, by: Member, chat: Chat) -> dict[str, bool]:
    """Switch a topic, or all, for oneself in private or for the group by its coordinator."""
    keys = list(rules.TOPICS)
    if topic is not None:
        key = rules.topic_key(topic)
        if key is None:
            raise phrases.NoSuchTopic(topic)
        keys = [key]
    if chat.group is not None:
        _own_group(uow, by, chat)
    target = chat.key
    for key in keys:
        uow.digests.choose(target, key, wanted=wanted)
    choices = _wanted(uow, target)
    if chat.group is not None:
        uow.groups.set(chat.group.id, subscribed=any(choices.values()))
    return choices


def stop(uow: UnitOfWork, *, by: Member, chat: Chat) -> None:
    group = _own_group(uow, by, chat)
    uow.groups.set(group.id, subscribed=False)


def statistics(uow: UnitOfWork, *, by: Member, chat: Chat) -> tuple[int, int, int, int]:
    """Pushes of the last 30 days to this group: sent, skipped, failed, under way."""
    group = _own_group(uow, by, chat)
    since = uow.now.date() - timedelta(days=30)
    statuses = [
        push.status for push in uow.digests.pushes() if push.group_id == group.id and push.day >= since
    ]
    failed = sum(status in ("failed", "unknown") for status in statuses)
    sent, skipped = statuses.count("sent"), statuses.count("skipped")
    return sent, skipped, failed, len(statuses) - sent - skipped - failed


def _own_group(uow: UnitOfWork, by: Member, chat: Chat) -> Group:
    assert chat.group is not None, "commands about a group's push are for groups"
    if chat.group.owner_id != by.id and not by.holds(
        [Role.COORDINATOR], uow.places.line(chat.group.place_id)
    ):
        raise phrases.NotCoordinator
    return chat.group


def _group_of_place(uow: UnitOfWork, place_id: int | None) -> int | None:
    line = uow.places.line(place_id)
    groups = {group.place_id: group.id for group in reversed(uow.groups.all())}
    return next((groups[place] for place in line if place in groups), None)


def _wanted(uow: UnitOfWork, target: str) -> dict[str, bool]:
    chosen = uow.digests.choices(target)
    return {kind: chosen.get(kind, True) for kind in rules.TOPICS}
