"""A small village for storage tests: put there by the repositories themselves."""

from dataclasses import dataclass

from storage.database import Database
from storage.members import Grant, Role
from storage.uow import UnitOfWork


@dataclass(frozen=True)
class Village:
    """Identities of what `settle` put into a database."""

    place: int
    group: int
    other_group: int
    coordinator: int
    volunteers: tuple[int, ...]
    resident: int


def settle(database: Database, volunteers: int = 3) -> Village:
    """One place, two groups, a coordinator, volunteers and a resident."""
    return database.run_now(_settle, volunteers)


def _settle(uow: UnitOfWork, volunteers: int) -> Village:
    place = uow.places.add("永续社区", kind="community").id
    return Village(
        place=place,
        group=uow.groups.add("永续社区连心群", place_id=place, channel="simulator").id,
        other_group=uow.groups.add("东关村连心群", place_id=place, channel="simulator").id,
        coordinator=uow.members.add("王建国", place_id=place, grants=[Grant(Role.COORDINATOR, place)]).id,
        volunteers=tuple(
            uow.members.add(f"志愿者{n}", place_id=place, grants=[Grant(Role.VOLUNTEER, place)]).id
            for n in range(1, volunteers + 1)
        ),
        resident=uow.members.add("赵大娘", place_id=place).id,
    )
