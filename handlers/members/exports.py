"""The register of members for export."""

from datetime import date, datetime, tzinfo
from typing import Any

from storage.members import Member, Role, Tenure
from storage.uow import UnitOfWork


def members(uow: UnitOfWork) -> list[dict[str, Any]]:
    """One row a role a member holds or held; a member who holds none is a resident.

    `accounts`: how many chat accounts they speak from.
    """
    names = uow.places.names()
    accounts = uow.members.account_counts()
    tenures: dict[int, list[Tenure]] = {}
    for tenure in uow.members.tenures():
        tenures.setdefault(tenure.member_id, []).append(tenure)
    rows: list[dict[str, Any]] = []
    for member in uow.members.all():
        held = tenures.get(member.id, [])
        if not member.grants:
            held = [Tenure(member.id, Role.RESIDENT, member.place_id, None, None), *held]
        rows += [
            _row(member, tenure, names, uow.now.tzinfo) | {"accounts": accounts.get(member.id, 0)}
            for tenure in held
        ]
    return rows


def current(uow: UnitOfWork) -> list[dict[str, Any]]:
    """The roles held today."""
    return [row for row in members(uow) if row["until"] is None]


def _row(member: Member, tenure: Tenure, names: dict[int, str], zone: tzinfo | None) -> dict[str, Any]:
    place = names[tenure.place_id] if tenure.place_id is not None else None
    return {
        "name": member.name,
        "role": tenure.role.value,
        "place": place or names.get(member.place_id or 0),
        "since": _day(tenure.since, zone),
        "until": _day(tenure.until, zone),
    }


def _day(moment: datetime | None, zone: tzinfo | None) -> date | None:
    return moment.astimezone(zone).date() if moment else None
