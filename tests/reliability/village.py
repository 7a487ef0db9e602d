"""A village whose people speak from the Official Account, put into a database before a server opens it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlmodel import col, select

from storage import schema
from storage.database import Database
from storage.members import Grant, Role
from storage.outbox import OutboxRow
from storage.uow import UnitOfWork
from storage.wishes import Move
from tests.clock import ZONE
from tests.reliability.servers import DATA_KEY

CHANNEL = "official_account"
PLACE, GROUP = "永续社区", "永续社区连心群"
RESIDENT, COORDINATOR = "o-resident", "o-coordinator"


@dataclass(frozen=True)
class Village:
    """Openids of its people; `wishes`: numbers of open wishes of the resident."""

    helpers: tuple[str, ...]
    wishes: tuple[int, ...]
    group: int


def opened(url: str, shift: timedelta = timedelta()) -> Database:
    """The database on the machine's clock, shifted: close it."""
    return Database(url, lambda: datetime.now(ZONE) + shift, (DATA_KEY,))


def prepare(url: str, *, helpers: int = 4, wishes: int = 0, push_at: time = time(8, 0)) -> Village:
    """Bring an empty database forward and let the village move in; everybody has had the privacy notice."""
    database = opened(url)
    try:
        schema.upgrade(database)
        return database.run_now(_move_in, helpers, wishes, push_at)
    finally:
        database.close()


def _move_in(uow: UnitOfWork, helpers: int, wishes: int, push_at: time) -> Village:
    place = uow.places.add(PLACE, kind="community").id
    names = tuple(f"o-helper-{n}" for n in range(helpers))
    resident = _join(uow, "赵大娘", RESIDENT, place, None)
    coordinator = _join(uow, "王主任", COORDINATOR, place, Role.COORDINATOR)
    for name in names:
        _join(uow, f"志愿者{name.rsplit('-')[-1]}", name, place, Role.VOLUNTEER)
    group = uow.groups.add(GROUP, place_id=place, channel="simulator", owner_id=coordinator, push_at=push_at)
    numbers = []
    for n in range(wishes):
        wish = uow.wishes.log(
            f"第{n}个心愿",
            by=resident,
            place_id=place,
            group_id=None,
            expires_on=uow.now.date() + timedelta(days=90),
        )
        uow.wishes.move(wish.no, Move.VERIFY, by=coordinator)
        numbers.append(wish.no)
    return Village(names, tuple(numbers), group.id)


def _join(uow: UnitOfWork, name: str, openid: str, place: int, role: Role | None) -> int:
    member = uow.members.add(name, place_id=place, grants=[Grant(role, place)] if role else [])
    uow.members.join_account(member.id, CHANNEL, openid)
    uow.members.noticed(member.id)
    return member.id


def outbox(uow: UnitOfWork) -> list[OutboxRow]:
    """Every row of the outbox, in order."""
    return list(uow.session.exec(select(OutboxRow).order_by(col(OutboxRow.id))))


def read(url: str, query: Callable[[UnitOfWork], Any]) -> Any:
    """Ask the database once, from outside the server."""
    database = opened(url)
    try:
        return database.read_now(query)
    finally:
        database.close()
