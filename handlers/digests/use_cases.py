"""What happens to digests when somebody says so."""

from datetime import date, time, timedelta
from typing import Any

from bot.chat.turn import Chat
from handlers.digests import desk, phrases, planning, rules
from handlers.digests.calendar import Calendar
from handlers.digests.contents import told_of, without_echo
from handlers.digests.morning import Morning
from handlers.digests.planning import Made
from handlers.digests.rules import Schedule, Sums
from handlers.digests.working_days import WorkingDays
from storage.digests import Item, Push
from storage.groups import Group
from storage.members import Member, Role
from storage.push_plans import Plan
from storage.uow import UnitOfWork


def contents(uow: UnitOfWork, group_id: int, day: date, calendar: Calendar | None = None) -> list[Item]:
    """The items a group's push of the day holds, each with why it matters."""
    calendar = calendar or Calendar(WorkingDays())
    return desk.morning_of(uow, uow.groups.get(group_id), day, calendar).items


def push_now(uow: UnitOfWork, *, by: Member, chat: Chat, calendar: Calendar) -> None:
    """A coordinator's wish for today's push now, also unapproved and on a day off, but not in quiet hours."""
    group = own_group(uow, by, chat)
    plan = uow.plans.get(group.id)
    if not rules.may_push_at(uow.now.time(), plan):
        raise phrases.QuietNow(plan)
    made = planning.make_one(uow, group.id, uow.now.date(), calendar, anyway=True)
    if made is Made.ALREADY:
        raise phrases.PushedAlready
    if made is Made.SKIPPED:
        raise phrases.NothingNew
    uow.audit.add(actor=f"member:{by.id}", action="push", subject=f"group:{group.id}", after=made.value)


def today(uow: UnitOfWork, *, chat: Chat, calendar: Calendar) -> Morning:
    """What the group got today; before its push, what it would get.

    In private: of the group of one's place, without what its coordinator says to that group alone.
    """
    group = chat.group or _group_of_place(uow, chat.place_id)
    day = uow.now.date()
    if group is None:
        return Morning(day)
    coming = desk.morning_of(uow, group, day, calendar)
    sent = uow.digests.sent_on(group.id, day)
    told = tuple(without_echo([told_of(item, calendar, day) for item in sent])) if sent else coming.told
    wanted = uow.digests.choices(chat.key)
    mine = [
        each
        for each in told
        if wanted.get(each.item.kind, True)
        and all(wanted.get(name, True) for name in each.subjects)
        and not (chat.private and each.item.kind == desk.ADDED)
    ]
    wishes = coming.open_wishes if wanted.get("matters", True) else 0
    return Morning(day, () if chat.private else coming.notices, tuple(mine), wishes)


def set_calendar(uow: UnitOfWork, group: Group, *, by: str, push_at: time | None = None, **plan: Any) -> None:
    """Change when a group is pushed to: its time, fields of its `Plan`. Its time must lie outside its quiet hours."""
    before = uow.plans.get(group.id)
    after = uow.plans.set(group.id, **plan) if plan else before
    if not rules.may_push_at(push_at or group.push_at, after):
        raise phrases.BadTime(after) if push_at else phrases.BadQuiet
    if push_at is not None:
        uow.groups.set(group.id, push_at=push_at)
    said = [f"{name}={value}" for name, value in {"push_at": push_at, **plan}.items() if value is not None]
    uow.audit.add(actor=by, action="push_calendar", subject=f"group:{group.id}", after=",".join(said))


def schedule(uow: UnitOfWork, group_id: int) -> Schedule:
    group = uow.groups.get(group_id)
    return Schedule(group.push_at, uow.plans.get(group_id), group.subscribed, uow.now.date())


def resume(uow: UnitOfWork, group: Group, *, by: str) -> None:
    """End a pause, or begin again after a stop; a group that wanted nothing any more wants everything again."""
    uow.plans.set(group.id, paused_until=None)
    if not group.subscribed:
        target = f"g:{group.id}"
        chosen = uow.digests.choices(target)
        if not any(chosen.get(kind, True) for kind in rules.TOPICS):
            for kind in rules.TOPICS:
                uow.digests.choose(target, kind, wanted=True)
        uow.groups.set(group.id, subscribed=True)
    uow.audit.add(actor=by, action="push_resume", subject=f"group:{group.id}")


def choose(
    uow: UnitOfWork, topic: str | None, *, wanted: bool, by: Member, chat: Chat, calendar: Calendar
) -> tuple[dict[str, bool], Plan]:
    """Switch a topic, or all, for oneself in private or for the group by its coordinator.

    A subject of the almanac that is wanted goes before others; one that is not is left out. To want something
    begins a group's pushes again; to want less never does.
    """
    keys = list(rules.TOPICS)
    if topic is not None:
        key = rules.topic_key(topic) or (topic if calendar.almanac.subject(topic) else None)
        if key is None:
            raise phrases.NoSuchTopic(topic, [subject.name for subject in calendar.almanac.subjects])
        keys = [key]
    if chat.group is not None:
        own_group(uow, by, chat)
    target = chat.key
    for key in keys:
        uow.digests.choose(target, key, wanted=wanted)
    chosen = uow.digests.choices(target)
    if wanted and not any(chosen.get(kind, True) for kind in rules.TOPICS):
        for kind in rules.TOPICS:  # a subject is of no use where no kind of item comes
            uow.digests.choose(target, kind, wanted=True)
        chosen = uow.digests.choices(target)
    choices = {kind: chosen.get(kind, True) for kind in rules.TOPICS}
    if chat.group is not None:
        pushed = wanted or uow.groups.get(chat.group.id).subscribed
        uow.groups.set(chat.group.id, subscribed=pushed and any(choices.values()))
    plan = uow.plans.get(chat.group.id) if chat.group is not None else Plan()
    uow.audit.add(
        actor=f"member:{by.id}", action="subscribe" if wanted else "unsubscribe",
        subject=f"group:{chat.group.id}" if chat.group is not None else f"member:{by.id}", after=",".join(keys),
    )  # fmt: skip
    return choices | {name: said for name, said in chosen.items() if name not in choices}, plan


def stop(uow: UnitOfWork, *, by: Member, chat: Chat) -> None:
    group = own_group(uow, by, chat)
    uow.groups.set(group.id, subscribed=False)
    uow.audit.add(actor=f"member:{by.id}", action="push_stop", subject=f"group:{group.id}")


def statistics(uow: UnitOfWork, *, by: Member, chat: Chat) -> Sums:
    """Pushes of the last 30 days to this group."""
    group = own_group(uow, by, chat)
    since = uow.now.date() - timedelta(days=30)
    return sums(uow.digests.pushes(group_id=group.id, since=since))


def sums(pushes: list[Push]) -> Sums:
    statuses = [push.status for push in pushes]
    sent, failed, unknown, skipped = (
        statuses.count(status) for status in ("sent", "failed", "unknown", "skipped")
    )
    waiting = len(statuses) - sent - failed - unknown - skipped
    return Sums(sent, failed, unknown, skipped, waiting)


def own_group(uow: UnitOfWork, by: Member, chat: Chat) -> Group:
    """The group one speaks in, for its owner or a coordinator of its place."""
    assert chat.group is not None, "commands about a group's push are for groups"
    line = uow.places.line(chat.group.place_id)
    if chat.group.owner_id != by.id and not (line and by.holds([Role.COORDINATOR], line)):
        raise phrases.NotCoordinator
    return uow.groups.get(chat.group.id)


def _group_of_place(uow: UnitOfWork, place_id: int | None) -> Group | None:
    line = uow.places.line(place_id)
    today = uow.now.date()
    groups = {
        group.place_id: group
        for group in reversed(uow.groups.all())
        if group.removed_at is None and not rules.over(group.ends_on, today)
    }
    return next((groups[place] for place in line if place in groups), None)
