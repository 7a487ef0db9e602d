"""What is kept of a group, and who may change it."""

from datetime import date

from bot.chat.days import day_meant
from bot.chat.turn import Chat
from bot.masking import nameless
from handlers.groups import phrases
from handlers.groups.phrases import Changed, Matter
from storage.base import NotFound, Taken
from storage.groups import Group
from storage.members import Member, Role
from storage.places import SeveralNamed
from storage.uow import UnitOfWork

LOCAL = frozenset({Role.FIRST_SECRETARY, Role.COORDINATOR, Role.COUNTY_OFFICE})
"""For their place and what lies below it."""

ANYWHERE = frozenset({Role.OPERATOR})

LONGEST_NAME = 30
LONGEST_PURPOSE = 100


def show(uow: UnitOfWork, *, by: Member, chat: Chat) -> Group:
    """What is kept of the group, for who may change it."""
    assert chat.group is not None
    group = uow.groups.get(chat.group.id)
    if group.place_id is not None and not _keeps(uow, by, group.place_id):
        raise phrases.NotYourGroup
    return group


def change(uow: UnitOfWork, matter: Matter, value: str, *, by: Member, chat: Chat) -> Changed:
    """Change one thing of the group. Who gives a group its place owns it, unless somebody does."""
    assert chat.group is not None
    group = uow.groups.hold(chat.group.id)
    value = " ".join(value.split())
    if matter is Matter.PLACE:
        return _settle(uow, group, value, by)
    if group.place_id is None:
        raise phrases.PlaceFirst
    if not _keeps(uow, by, group.place_id):
        raise phrases.NotYourGroup
    if not value and matter is not Matter.OWNER:
        raise phrases.ValueMissing(matter)
    return Changed(matter, _set(uow, group, matter, value, by))


def _settle(uow: UnitOfWork, group: Group, name: str, by: Member) -> Changed:
    if not name:
        raise phrases.ValueMissing(Matter.PLACE)
    try:
        place = uow.places.named(name)
    except SeveralNamed as error:
        raise phrases.SeveralPlaces(name, error.choices) from None
    except NotFound:
        raise phrases.NoSuchPlace(name) from None
    if not _keeps(uow, by, place.id):
        raise phrases.NotYourPlace(place.name)
    if group.place_id is not None and not _keeps(uow, by, group.place_id):
        raise phrases.NotYourGroup
    first = group.place_id is None
    owner = group.owner_id if group.owner_id is not None else by.id
    kept = uow.groups.set(group.id, place_id=place.id, owner_id=owner, subscribed=group.subscribed or first)
    _audit(uow, by, group, Matter.PLACE, before=group.place or "", after=place.name)
    return Changed(Matter.PLACE, kept, now_pushed=first and not group.subscribed)


def _set(uow: UnitOfWork, group: Group, matter: Matter, value: str, by: Member) -> Group:
    match matter:
        case Matter.NAME:
            if not 0 < len(value) <= LONGEST_NAME:
                raise phrases.BadName
            try:
                kept = uow.groups.rename(group.id, value)
            except Taken:
                raise phrases.NameTaken(value) from None
            _audit(uow, by, group, matter, before=group.name, after=value)
        case Matter.PURPOSE:
            kept = uow.groups.set(group.id, purpose=nameless(value)[:LONGEST_PURPOSE])
            _audit(uow, by, group, matter, before=group.purpose, after=kept.purpose)
        case Matter.ENDS:
            kept = uow.groups.set(group.id, ends_on=_day(value, uow.now.date()))
            _audit(uow, by, group, matter, before=str(group.ends_on or ""), after=str(kept.ends_on or ""))
        case _:
            kept = uow.groups.set(group.id, owner_id=by.id)
            _audit(uow, by, group, matter, before=f"member:{group.owner_id or ''}", after=f"member:{by.id}")
    return kept


def _day(words: str, today: date) -> date | None:
    if words in phrases.NONE:
        return None
    day = day_meant(words, today)
    if day is None:
        raise phrases.BadDay(words)
    if day < today:
        raise phrases.DayPast
    return day


def _keeps(uow: UnitOfWork, member: Member, place_id: int) -> bool:
    return bool(member.roles & ANYWHERE) or member.holds(LOCAL, uow.places.line(place_id))


def _audit(uow: UnitOfWork, by: Member, group: Group, matter: Matter, *, before: str, after: str) -> None:
    uow.audit.add(
        actor=f"member:{by.id}",
        action=f"group_{matter.name.lower()}",
        subject=f"group:{group.id}",
        before=nameless(before),
        after=nameless(after),
    )
