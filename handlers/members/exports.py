"""The register of members for export."""

from typing import Any

from storage.uow import UnitOfWork


def members(uow: UnitOfWork) -> list[dict[str, Any]]:
    """One row a role a member holds; a member without one is a resident."""
    rows: list[dict[str, Any]] = []
    for member in uow.members.all():
        grants = [(grant.role.value, grant.place_id) for grant in member.grants] or [
            ("resident", member.place_id)
        ]
        for role, place_id in grants:
            place = uow.places.get(place_id).name if place_id is not None else None
            rows.append({"name": member.name, "role": role, "place": place or member.place})
    return rows
