"""The demo that an empty dev database starts with: two communities, their people, wishes in different states."""

from datetime import timedelta

from bot.phrases import demo as names
from handlers.wishes.guess import guess
from handlers.wishes.rules import expires_on
from storage.members import Grant, Member, Role
from storage.uow import UnitOfWork
from storage.wishes import AgeBand, Consent, Move, Status


def put(uow: UnitOfWork) -> None:
    """Fill an empty database; one that has members or places is left as it is."""
    if uow.places.all() or uow.members.all():
        return
    above: int | None = None
    for name, kind in names.ABOVE:
        above = uow.places.add(name, kind=kind, parent=above).id
    county = uow.places.add(names.COUNTY, kind="county", parent=above)
    town = uow.places.add(names.TOWN, kind="town", parent=county.id)
    people: dict[str, Member] = {}
    for community in names.COMMUNITIES:
        place = uow.places.add(community.name, kind="community", parent=town.id)
        for name, role in community.people:
            grants = [Grant(Role(role), place.id)] if role != Role.RESIDENT.value else []
            people[name] = uow.members.add(name, place_id=place.id, grants=grants)
        uow.groups.add(
            community.group, place_id=place.id, channel="simulator", owner_id=people[community.people[0][0]].id,
            purpose=names.PURPOSE,
        )  # fmt: skip
    uow.members.add(names.OFFICE, place_id=county.id, grants=[Grant(Role.COUNTY_OFFICE, county.id)])
    uow.members.add(names.OPERATOR, place_id=county.id, grants=[Grant(Role.OPERATOR, county.id)])
    for wish in names.WISHES:
        _wish(uow, wish, people)


def _wish(uow: UnitOfWork, told: names.DemoWish, people: dict[str, Member]) -> None:
    logger = people[told.logged_by]
    group = next(group for group in uow.groups.all() if group.place_id == logger.place_id)
    known = guess(told.content, uow.now.date())
    wish = uow.wishes.log(
        told.content, by=logger.id, place_id=logger.place_id, group_id=group.id,
        expires_on=expires_on(uow.now.date() - timedelta(days=3)), kind=known.kind, age_band=known.age_band,
        consent=Consent.NEEDED if known.age_band is AgeBand.CHILD else Consent.NOT_NEEDED,
    )  # fmt: skip
    _recorded(uow, Move.LOG, wish.no, by=logger, before="", after=wish.status)
    for move, name in told.moves:
        actor = people[name]
        moved, before, _ = uow.wishes.move(wish.no, Move(move), by=actor.id)
        _recorded(uow, Move(move), wish.no, by=actor, before=before.value, after=moved.status)


def _recorded(uow: UnitOfWork, move: Move, no: int, *, by: Member, before: str, after: Status) -> None:
    uow.audit.add(
        actor=f"member:{by.id}", action=move.value, subject=f"wish:{no}", before=before, after=after.value
    )
