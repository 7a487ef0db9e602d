"""Scheduled work on questions and on the base."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.chat.feature import Services
from bot.chat.reply import Reply
from bot.clock import Clock
from handlers.policy.library import Library
from handlers.policy.watching import phrases
from handlers.policy.watching.use_cases import watch
from storage.database import Database
from storage.members import Role
from storage.outbox import Target
from storage.uow import UnitOfWork

WATCH_FROM, WATCH_UNTIL = time(8, 30), time(17, 0)
"""Between these the weekly line is queued, on the first working day of the week; later it waits for the next."""


@dataclass(frozen=True, slots=True)
class OfficeDays:
    """Which days are working days, 调休 counted; the composition root gives it."""

    is_workday: Callable[[date], bool]


async def forget_askers(database: Database, clock: Clock, _services: Services) -> None:
    """Once a day, forget who asked what nobody has answered for too long."""
    slot = clock.now().date().isoformat()
    if await database.read(lambda uow: uow.ticks.taken("forget_askers", slot)):
        return
    await database.run(_forget_once, slot)


def _forget_once(uow: UnitOfWork, slot: str) -> None:
    if uow.ticks.take("forget_askers", slot):
        uow.questions.prune()


async def tell_keepers(database: Database, clock: Clock, services: Services) -> None:
    """Once a week, tell the keepers what rule watch found; nothing when there is nothing to act on."""
    now, days = clock.now(), services[OfficeDays]
    if not opens_week(now, days):
        return
    year, week, _ = now.isocalendar()
    slot = f"{year}-W{week:02}"
    if await database.read(lambda uow: uow.ticks.taken("rule_watch", slot)):
        return
    library: Library = services[Library]
    found = (await database.read(watch, library, now.date())).news(now.date())
    line = None if found.clean else phrases.weekly_line(found, now.date())
    await database.run(_tell_once, slot, line)


def opens_week(now: datetime, days: OfficeDays) -> bool:
    """Whether it is the morning, or the day, of the first working day of this week (Monday to Sunday)."""
    today = now.date()
    before = (today - timedelta(days=back) for back in range(1, today.weekday() + 1))
    return (
        WATCH_FROM <= now.time() < WATCH_UNTIL
        and days.is_workday(today)
        and not any(days.is_workday(day) for day in before)
    )


def _tell_once(uow: UnitOfWork, slot: str, line: Reply | None) -> None:
    if uow.ticks.take("rule_watch", slot) and line is not None:
        for member_id in _keepers(uow):
            uow.outbox.add(Target(member_id=member_id), line.to_json())


def _keepers(uow: UnitOfWork) -> list[int]:
    """Who keeps the base: county office and operator; where there is neither, the coordinators."""
    members = [member for member in uow.members.all() if not member.hidden]
    for roles in ({Role.COUNTY_OFFICE, Role.OPERATOR}, {Role.COORDINATOR}):
        if found := [member.id for member in members if member.roles & roles]:
            return found
    return []
