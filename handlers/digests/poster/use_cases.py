"""Whose picture is asked for, what stands on it, and where it is kept."""

from dataclasses import replace
from datetime import date

from bot.chat.turn import Chat
from handlers.digests import desk, rules
from handlers.digests.calendar import Calendar
from handlers.digests.contents import told_of
from handlers.digests.morning import Morning
from handlers.digests.opening import opening
from handlers.digests.poster import phrases
from handlers.digests.poster.page import Entry, Page, Picture
from storage.groups import Group
from storage.members import Member, Role
from storage.uow import UnitOfWork

FORWARDERS = (Role.COORDINATOR, Role.FIRST_SECRETARY)
"""Who may have the picture of a group of their place; a group's owner always may."""

BY_HAND = "by_hand"
"""The channel of a group no interface reaches: a person forwards what is for it."""


def todays_page(uow: UnitOfWork, *, by: Member, chat: Chat, name: str | None, calendar: Calendar) -> Page:
    """The page of today for the group spoken in, the group named, or the only group one has."""
    found = page_on(uow, _group(uow, by, chat, name), uow.now.date(), calendar)
    if found.empty:
        raise phrases.NothingToShow
    return found


def page_on(uow: UnitOfWork, group: Group, day: date, calendar: Calendar) -> Page:
    """What the group got on the day; before its push, what it would get."""
    coming = desk.morning_of(uow, group, day, calendar)
    sent = tuple(told_of(item, calendar, day) for item in uow.digests.sent_on(group.id, day))
    return _page(group, replace(coming, told=sent or coming.told))


def keep(uow: UnitOfWork, picture: Picture) -> str:
    """Keep the picture for the channels; returns its id."""
    return uow.attachments.put(picture.body)


def _page(group: Group, morning: Morning) -> Page:
    entries = tuple(
        Entry(item.title, opening(item.body) or item.why, phrases.about(rules.LABELS[item.kind], item.source))
        for item in morning.items
    )
    return Page(
        group.name,
        morning.day,
        entries,
        phrases.how_to_read(by_hand=group.channel == BY_HAND),
        tuple(notice.text for notice in morning.notices),
        phrases.matters(morning.open_wishes) if morning.open_wishes else "",
    )


def _group(uow: UnitOfWork, by: Member, chat: Chat, name: str | None) -> Group:
    mine = [group for group in uow.groups.all() if group.removed_at is None and _may(uow, by, group)]
    if name is None and chat.group is not None:
        name = chat.group.name
    if name is not None:
        named = [group for group in mine if group.name == name.strip()]
        if not named:
            raise phrases.NotYours(name)
        return named[0]
    if not mine:
        raise phrases.NoGroup
    if len(mine) > 1:
        raise phrases.WhichGroup([group.name for group in mine])
    return mine[0]


def _may(uow: UnitOfWork, by: Member, group: Group) -> bool:
    line = uow.places.line(group.place_id)
    return group.owner_id == by.id or (bool(line) and by.holds(FORWARDERS, line))
