"""Making pushes: whose time has come, what each gets, and the rows that say so, a batch of groups a transaction.

A push is made by who inserts its row, so two replicas, a restart or a clock that jumps change nothing: what is
not committed did not happen, and what is committed is not made again. Every planned day leaves a row, sent or
skipped with the reason: a day on which nothing ran is written down when the next one is made.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from handlers.digests import phrases, rules
from handlers.digests.calendar import Calendar
from handlers.digests.contents import Shelf, mornings, shelf_of
from handlers.digests.morning import Morning
from handlers.digests.rules import Turn
from storage.digests import Due
from storage.outbox import Target
from storage.uow import UnitOfWork

BATCH = 200
"""Groups a transaction."""


class Made(StrEnum):
    """What came of trying to push."""

    QUEUED = "queued"
    SKIPPED = "skipped"
    ALREADY = "already"


def due(uow: UnitOfWork, after: int) -> list[Due]:
    """The next batch of groups whose time of today has come and whose push is not made, behind the id `after`."""
    now = uow.now
    return uow.digests.due(rules.DAILY, now.date(), now.time(), limit=BATCH, after=after)


def make_due(uow: UnitOfWork, groups: Sequence[Due], shelf: Shelf, calendar: Calendar) -> int:
    """Make today's pushes of these groups as far as their hour allows; returns how many were queued."""
    now, today = uow.now, uow.now.date()
    if shelf.day != today:
        return 0
    late: dict[int, bool] = {}
    for group in groups:
        turn = rules.turn(now.time(), group.push_at, group.plan, calendar.latest)
        if turn in (Turn.NOW, Turn.MISSED) and _planned(group, today, now, calendar):
            late[group.group_id] = turn is Turn.MISSED
    ours = [group for group in groups if group.group_id in late]
    reasons = {
        (group.group_id, today): _off(group, today, calendar)
        or (phrases.MISSED if late[group.group_id] else "")
        for group in ours
    }
    gaps = _gaps(uow, ours, today, calendar)
    made = _make(uow, ours, {**gaps, **reasons}, shelf, calendar)
    return sum(outcome is Made.QUEUED for outcome in made.values())


def make_one(uow: UnitOfWork, group_id: int, day: date, calendar: Calendar, *, anyway: bool = False) -> Made:
    """Make the group's push of the day whatever the hour. `anyway`: a person asked for it, so also on a day off,
    unapproved, and after one that was skipped; without content nothing is recorded then."""
    group = uow.digests.one(rules.DAILY, day, group_id)
    if group is None and not anyway:
        return Made.ALREADY
    group = group or uow.digests.whatever(group_id)
    shelf = shelf_of(uow, day, calendar)
    if not anyway:
        reasons = {(group_id, day): _off(group, day, calendar)}
        return _make(uow, [group], reasons, shelf, calendar)[group_id]
    morning = mornings(uow, [group], shelf, calendar)[group_id]
    if not morning.told and not morning.notices:
        return Made.SKIPPED
    opened = uow.digests.open(rules.DAILY, {(group_id, day): ""})
    if not opened and not uow.digests.reopen(rules.DAILY, group_id, day):
        return Made.ALREADY
    _send(uow, [group], {group_id: morning}, day)
    return Made.QUEUED


def _make(
    uow: UnitOfWork,
    groups: Sequence[Due],
    planned: Mapping[tuple[int, date], str],
    shelf: Shelf,
    calendar: Calendar,
) -> dict[int, Made]:
    """Open what is planned, (group, day) with why it is skipped, and send those of the shelf's day that nothing
    holds back."""
    day = shelf.day
    speaking = [group for group in groups if not planned[group.group_id, day]]
    found = mornings(uow, speaking, shelf, calendar) if speaking else {}
    silent = {(group.group_id, day): _silence(group, found[group.group_id]) for group in speaking}
    opened = uow.digests.open(rules.DAILY, {**planned, **silent})
    ours = [group for group in speaking if (group.group_id, day) in opened]
    _send(uow, [group for group in ours if not silent[group.group_id, day]], found, day)
    made: dict[int, Made] = {}
    for group in groups:
        row = (group.group_id, day)
        queued = row in silent and not silent[row]
        made[group.group_id] = Made.ALREADY if row not in opened else Made.QUEUED if queued else Made.SKIPPED
    return made


def _silence(group: Due, morning: Morning) -> str:
    """Why a morning is not sent; "" when it is."""
    if not morning.worth_a_push:
        return phrases.NOTHING_NEW
    return phrases.UNAPPROVED if group.plan.approval and not morning.approved_by else ""


def _send(uow: UnitOfWork, groups: Sequence[Due], found: Mapping[int, Morning], day: date) -> None:
    """Queue the digests, keep what their numbers stand for, and record what they carry."""
    outbox: dict[int, int] = {}
    items: list[tuple[int, str, int, int]] = []
    notices: list[int] = []
    for group in groups:
        group_id, morning = group.group_id, found[group.group_id]
        reply = phrases.digest(morning)
        until = datetime.combine(day, min(group.plan.quiet_from, rules.QUIET_FROM), uow.now.tzinfo)
        outbox[group_id] = uow.outbox.add(
            Target(group_id=group_id), reply.to_json(), until=until if until > uow.now else None
        )
        uow.chats.keep_listing(f"g:{group_id}", reply.listing)
        items += [
            (group_id, told.item.key, told.round, place) for place, told in enumerate(morning.told, start=1)
        ]
        notices += [notice.id for notice in morning.notices if not notice.told]
    uow.plans.tell(notices)
    uow.digests.carry(rules.DAILY, day, outbox, items)


def _off(group: Due, day: date, calendar: Calendar) -> str:
    off = rules.off(day, group.plan, workday=calendar.days.is_workday(day))
    return phrases.OFF[off] if off else ""


def _planned(group: Due, day: date, now: datetime, calendar: Calendar) -> bool:
    """Whether the group was pushed to when the day's last moment came. A beginning that lies ahead of a clock
    which went back says nothing."""
    if group.since > now:
        return True
    last = rules.last_moment(group.push_at, group.plan, calendar.latest)
    return group.since <= datetime.combine(day, last, now.tzinfo)


def _gaps(
    uow: UnitOfWork, groups: Sequence[Due], today: date, calendar: Calendar
) -> dict[tuple[int, date], str]:
    """Days behind each group's last push on which none was made, each with the reason."""
    last = uow.digests.last_days(rules.DAILY, [group.group_id for group in groups], today)
    found: dict[tuple[int, date], str] = {}
    for group in groups:
        if group.since > uow.now:
            continue
        began = group.since.astimezone(uow.now.tzinfo).date()
        day = max(began, last.get(group.group_id, began - timedelta(days=1)) + timedelta(days=1))
        day = max(day, today - rules.LONGEST_GAP)
        while day < today:
            if _planned(group, day, uow.now, calendar):
                found[group.group_id, day] = _off(group, day, calendar) or phrases.STOOD_STILL
            day += timedelta(days=1)
    return found
