"""What a coordinator says behind /推送, read and carried out. Permission for the group is checked before words are."""

from datetime import date, time

from bot.chat.converters import Number
from bot.chat.days import day_meant
from bot.chat.errors import BadInput
from bot.chat.turn import Chat
from handlers.digests import desk, phrases, rules, use_cases
from handlers.digests.calendar import Calendar
from handlers.digests.morning import Preview
from handlers.digests.rules import Schedule
from storage.members import Member
from storage.push_plans import Plan
from storage.uow import UnitOfWork


def preview(uow: UnitOfWork, words: str, *, by: Member, chat: Chat, calendar: Calendar) -> Preview:
    """The next push, or that of the day named."""
    group = use_cases.own_group(uow, by, chat)
    day = _coming(words, uow.now.date()) if words else desk.next_day(uow, group, calendar)
    return desk.preview(uow, group, day, calendar)


def at(uow: UnitOfWork, words: str, *, by: Member, chat: Chat) -> Schedule:
    group = use_cases.own_group(uow, by, chat)
    moment = rules.time_in(words)
    if moment is None:
        raise phrases.BadTime(uow.plans.get(group.id))
    use_cases.set_calendar(uow, group, by=_actor(by), push_at=moment)
    return use_cases.schedule(uow, group.id)


def days(uow: UnitOfWork, words: str, *, by: Member, chat: Chat) -> Schedule:
    group = use_cases.own_group(uow, by, chat)
    chosen = rules.days_in(words)
    if chosen is None:
        raise phrases.BadDays
    use_cases.set_calendar(uow, group, by=_actor(by), days=chosen)
    return use_cases.schedule(uow, group.id)


def quiet(uow: UnitOfWork, words: str, *, by: Member, chat: Chat) -> Schedule:
    group = use_cases.own_group(uow, by, chat)
    first, last = quiet_hours(words)
    use_cases.set_calendar(uow, group, by=_actor(by), quiet_from=first, quiet_until=last)
    return use_cases.schedule(uow, group.id)


def pause(uow: UnitOfWork, words: str, *, by: Member, chat: Chat) -> Schedule:
    group = use_cases.own_group(uow, by, chat)
    until = _coming(words, uow.now.date()) if words else date.max
    use_cases.set_calendar(uow, group, by=_actor(by), paused_until=until)
    return use_cases.schedule(uow, group.id)


def resume(uow: UnitOfWork, _words: str, *, by: Member, chat: Chat) -> Schedule:
    group = use_cases.own_group(uow, by, chat)
    use_cases.resume(uow, group, by=_actor(by))
    return use_cases.schedule(uow, group.id)


def approval(uow: UnitOfWork, words: str, *, by: Member, chat: Chat) -> Schedule:
    group = use_cases.own_group(uow, by, chat)
    if words not in phrases.YES_OR_NO:
        raise phrases.ApprovalUnclear
    use_cases.set_calendar(uow, group, by=_actor(by), approval=phrases.YES_OR_NO[words])
    return use_cases.schedule(uow, group.id)


def pin(uow: UnitOfWork, words: str, *, by: Member, chat: Chat) -> tuple[str, date]:
    group = use_cases.own_group(uow, by, chat)
    text, until = rules.words_until(words, uow.now.date())
    return desk.pin(uow, group, text, until, by=_actor(by))


def unpin(uow: UnitOfWork, words: str, *, by: Member, chat: Chat) -> str:
    group = use_cases.own_group(uow, by, chat)
    places = numbers(words)
    return desk.unpin(uow, group, places[0] if len(places) == 1 else 0, by=_actor(by))


def drop(uow: UnitOfWork, words: str, *, by: Member, chat: Chat, calendar: Calendar) -> Preview:
    group = use_cases.own_group(uow, by, chat)
    day, places = desk.next_day(uow, group, calendar), numbers(words)
    desk.drop(uow, group, day, places[0] if len(places) == 1 else 0, calendar, by=_actor(by))
    return desk.preview(uow, group, day, calendar)


def reorder(uow: UnitOfWork, words: str, *, by: Member, chat: Chat, calendar: Calendar) -> Preview:
    group = use_cases.own_group(uow, by, chat)
    day = desk.next_day(uow, group, calendar)
    desk.reorder(uow, group, day, numbers(words), calendar, by=_actor(by))
    return desk.preview(uow, group, day, calendar)


def add(uow: UnitOfWork, words: str, *, by: Member, chat: Chat, calendar: Calendar) -> Preview:
    group = use_cases.own_group(uow, by, chat)
    day = desk.next_day(uow, group, calendar)
    desk.add(uow, group, day, words, calendar, by=_actor(by))
    return desk.preview(uow, group, day, calendar)


def approve(uow: UnitOfWork, _words: str, *, by: Member, chat: Chat, calendar: Calendar) -> Preview:
    group = use_cases.own_group(uow, by, chat)
    day = desk.next_day(uow, group, calendar)
    desk.approve(uow, group, day, calendar, by=_actor(by))
    return desk.preview(uow, group, day, calendar)


def numbers(words: str) -> list[int]:
    """Whole numbers, apart. Raises `BadInput`."""
    found: list[int] = []
    while words.strip():
        number, words = Number.read(words, phrases.PLACE)
        found.append(number)
    if not found:
        raise BadInput(phrases.no_place())
    return found


def quiet_hours(words: str) -> tuple[time, time]:
    """From and until, as one writes them: 19:00-08:00. They may widen the house's, never narrow them."""
    halves = [rules.time_in(half) for half in rules.halves(words)]
    house = Plan()
    match halves:
        case [time() as first, time() as last] if first <= house.quiet_from and last >= house.quiet_until:
            return first, last
        case _:
            raise phrases.BadQuiet


def _coming(words: str, today: date) -> date:
    day = day_meant(words, today)
    if day is None or day < today:
        raise phrases.BadDate
    return day


def _actor(by: Member) -> str:
    return f"member:{by.id}"
