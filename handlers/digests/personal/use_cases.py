"""Asking for a personal digest, ending it, and making the day's."""

from collections.abc import Sequence
from datetime import datetime, time

from bot.chat.turn import Chat
from handlers.digests.calendar import Calendar
from handlers.digests.personal import phrases, rules
from handlers.digests.personal.matters import READERS, RuleTurn, matters
from knowledge.folding import fold
from storage.members import Member
from storage.outbox import Target
from storage.personal import Subscription
from storage.uow import UnitOfWork

JOB = "personal:{day}"
"""One row a member and day among the ticks: who inserts it makes the digest."""


def begin(uow: UnitOfWork, words: str | None, *, by: Member, chat: Chat) -> time:
    """Have one each working day at the time the words name; returns it."""
    if not chat.private:
        raise phrases.PrivateOnly
    if not by.roles & READERS:
        raise phrases.NotForYou
    at = rules.USUAL if words is None else rules.time_of_day(fold(words))
    if at is None:
        raise phrases.NoSuchTime(words or "")
    uow.personal.begin(by.id, at)
    actor = f"member:{by.id}"
    uow.audit.add(actor=actor, action="subscribe", subject=actor, after="personal")
    return at


def end(uow: UnitOfWork, *, by: Member) -> bool:
    """Have none from now on, nor what is still on its way; whether there was one to end."""
    uow.outbox.lapse(phrases.ENDED, member_id=by.id)
    there_was = uow.personal.end(by.id)
    if there_was:
        actor = f"member:{by.id}"
        uow.audit.add(actor=actor, action="unsubscribe", subject=actor, before="personal")
    return there_was


def along(uow: UnitOfWork, topic: str | None, *, wanted: bool, by: Member, chat: Chat) -> str:
    """What goes with a choice of topics in private: leaving everything ends the personal digest too.

    Returns what there is to say of it.
    """
    if not chat.private:
        return ""
    if not wanted:
        return phrases.ENDED_TOO if topic is None and end(uow, by=by) else ""
    return phrases.OFFER if by.roles & READERS and uow.personal.of(by.id) is None else ""


def due(uow: UnitOfWork) -> list[Subscription]:
    """Those whose digest of today is to be made."""
    if uow.now.time() > rules.UNTIL:
        return []
    made = uow.ticks.slots(JOB.format(day=uow.now.date().isoformat()))
    return [each for each in uow.personal.until(uow.now.time()) if str(each.member_id) not in made]


def make(uow: UnitOfWork, members: Sequence[int], calendar: Calendar, turns: Sequence[RuleTurn]) -> None:
    """Make these members' digests of today, each once among all processes. Nothing waits: nothing is said."""
    for member_id in members:
        if uow.ticks.take(JOB.format(day=uow.now.date().isoformat()), str(member_id)):
            _make(uow, member_id, calendar, turns)


def _make(uow: UnitOfWork, member_id: int, calendar: Calendar, turns: Sequence[RuleTurn]) -> None:
    member = uow.members.get(member_id)
    subscription = uow.personal.of(member_id)
    if subscription is None or member.hidden or not member.roles & READERS:
        return
    found = matters(uow, member, calendar, turns)
    if found.nothing:
        return
    reply = phrases.personal(found, uow.now.date())
    midnight = datetime.combine(uow.now.date(), time.max, uow.now.tzinfo)
    uow.outbox.add(Target(member_id=member_id), reply.to_json(), until=midnight)
