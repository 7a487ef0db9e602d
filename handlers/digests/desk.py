"""The editor's desk: what the next push will be, and a person's changes to it. Every change is in the audit.

The first change freezes the day's items in their order; what the group has had by then is left out when it goes.
"""

from collections.abc import Sequence
from datetime import date

from bot.chat import public
from handlers.digests import phrases, rules
from handlers.digests.calendar import Calendar
from handlers.digests.contents import mornings, shelf_of
from handlers.digests.morning import Morning, Preview
from storage.base import NotFound
from storage.digests import Item
from storage.groups import Group
from storage.push_plans import Notice
from storage.uow import UnitOfWork

LONGEST_NOTICE = 200
LONGEST_ADDED = 300
"""Characters."""

ADDED = "notice"
"""The kind of an item that a person added to one edition."""


def next_day(uow: UnitOfWork, group: Group, calendar: Calendar) -> date:
    """The next day on which the group is pushed to and its push is not made yet; within a year, whatever its plan."""
    plan = uow.plans.get(group.id)
    now = uow.now
    first = now.date()
    turn = rules.turn(now.time(), group.push_at, plan, calendar.latest)
    if turn not in (rules.Turn.EARLY, rules.Turn.NOW) or uow.digests.pushed(rules.DAILY, group.id, first):
        first = date.fromordinal(first.toordinal() + 1)
    days = (date.fromordinal(first.toordinal() + ahead) for ahead in range(366))
    return next(
        (day for day in days if not rules.off(day, plan, workday=calendar.days.is_workday(day))), first
    )


def preview(uow: UnitOfWork, group: Group, day: date, calendar: Calendar) -> Preview:
    """The group's push of the day. Changes nothing."""
    plan = uow.plans.get(group.id)
    morning = morning_of(uow, group, day, calendar)
    reply = phrases.digest(morning)
    off = rules.off(day, plan, workday=calendar.days.is_workday(day))
    return Preview(
        morning, group.push_at, not group.subscribed, phrases.OFF[off] if off else "", plan.approval,
        len(reply.plain().encode()), calendar.sizes(reply),
    )  # fmt: skip


def morning_of(uow: UnitOfWork, group: Group, day: date, calendar: Calendar) -> Morning:
    """What the group's push of the day holds, made or not."""
    due = uow.digests.whatever(group.id)
    return mornings(uow, [due], shelf_of(uow, day, calendar), calendar)[group.id]


def drop(uow: UnitOfWork, group: Group, day: date, place: int, calendar: Calendar, *, by: str) -> None:
    """Take item `place` (from 1) out of the day's digest; it does not come by itself on another day either."""
    items = morning_of(uow, group, day, calendar).told
    keys = _keys(uow, group, day, calendar)
    if not 1 <= place <= len(keys):
        raise phrases.NoSuchPlace(len(keys))
    uow.digests.put_aside(group.id, keys[place - 1], items[place - 1].round)
    uow.plans.edit(group.id, day, [key for at, key in enumerate(keys, 1) if at != place])
    _audit(uow, group, day, by, "drop")


def reorder(
    uow: UnitOfWork, group: Group, day: date, places: Sequence[int], calendar: Calendar, *, by: str
) -> None:
    """Tell the day's items in this order; every place once."""
    keys = _keys(uow, group, day, calendar)
    if not keys:
        raise phrases.NoSuchPlace(0)
    if sorted(places) != list(range(1, len(keys) + 1)):
        raise phrases.BadOrder(len(keys))
    uow.plans.edit(group.id, day, [keys[place - 1] for place in places])
    _audit(uow, group, day, by, "reorder")


def add(uow: UnitOfWork, group: Group, day: date, words: str, calendar: Calendar, *, by: str) -> None:
    """Add an item by its key, or words of one's own, at the end of the day's digest."""
    keys = _keys(uow, group, day, calendar)
    words = " ".join(words.split())
    if not 0 < len(words) <= LONGEST_ADDED:
        raise phrases.NothingToAdd
    if uow.digests.item(words) is not None:
        key = words
        uow.digests.take_back(group.id, key)
    else:
        public.check(words, roster=uow.spoken_of(words))
        head, mark, rest = words.partition("。")
        title, body = (head, rest) if mark and rest else (words, "")
        start = f"own-{group.id}-{day.isoformat()}-"
        key = next(f"{start}{n}" for n in range(1, 1000) if uow.digests.item(f"{start}{n}") is None)
        uow.digests.put_items([Item(key, ADDED, title, body, "", uow.now.date(), until=day)])
    uow.plans.edit(group.id, day, [*(each for each in keys if each != key), key])
    _audit(uow, group, day, by, "add")


def approve(uow: UnitOfWork, group: Group, day: date, calendar: Calendar, *, by: str) -> None:
    """What stands now is what goes."""
    keys = _keys(uow, group, day, calendar)
    uow.plans.edit(group.id, day, keys, approved_by=by)
    _audit(uow, group, day, by, "approve")


def pin(uow: UnitOfWork, group: Group, words: str, until: date | None, *, by: str) -> tuple[str, date]:
    """A notice at the head of each digest; without a day, for a week."""
    text = " ".join(words.split())
    if not 0 < len(text) <= LONGEST_NOTICE:
        raise phrases.NoNotice
    public.check(text, roster=uow.spoken_of(text))
    today = uow.now.date()
    until = until or date.fromordinal(today.toordinal() + 7)
    if until < today:
        raise phrases.BadDate
    notice_id = uow.plans.pin(group.id, text, until=until)
    uow.audit.add(actor=by, action="push_pin", subject=f"group:{group.id}", after=f"notice:{notice_id}")
    return text, until


def unpin(uow: UnitOfWork, group: Group, place: int, *, by: str) -> str:
    """Take down notice `place` (from 1) of those shown today; returns its words."""
    shown = pinned(uow, group)
    if not 1 <= place <= len(shown):
        raise phrases.NoSuchNotice(len(shown))
    notice = shown[place - 1]
    try:
        uow.plans.unpin(group.id, notice.id)
    except NotFound:
        raise phrases.NoSuchNotice(len(shown) - 1) from None
    uow.audit.add(actor=by, action="push_unpin", subject=f"group:{group.id}", before=f"notice:{notice.id}")
    return notice.text


def pinned(uow: UnitOfWork, group: Group) -> list[Notice]:
    return uow.plans.notices([group.id], uow.now.date()).get(group.id, [])


def _keys(uow: UnitOfWork, group: Group, day: date, calendar: Calendar) -> list[str]:
    if uow.digests.pushed(rules.DAILY, group.id, day) and uow.digests.sent_on(group.id, day):
        raise phrases.PushedAlready
    return [item.key for item in morning_of(uow, group, day, calendar).items]


def _audit(uow: UnitOfWork, group: Group, day: date, by: str, action: str) -> None:
    uow.audit.add(
        actor=by, action=f"push_{action}", subject=f"group:{group.id}", after=f"day:{day.isoformat()}"
    )
