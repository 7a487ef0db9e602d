"""Registers of places and teams, and the county's own sheet of them."""

import re
from typing import Any

from handlers.places import phrases
from storage.plots import Plot
from storage.teams import Team
from storage.uow import UnitOfWork


def places(uow: UnitOfWork) -> list[dict[str, Any]]:
    """One row a place, those above before those below; of a plot also what is known of it."""
    found = uow.places.all()
    called = uow.places.names()
    plots = {plot.place_id: plot for plot in uow.plots.all()}
    rows: list[dict[str, Any]] = []
    for place in found:
        plot = plots.get(place.id)
        rows.append(
            {
                "name": place.name, "kind": place.kind, "parent": called.get(place.parent_id or 0),
                "number": plot.number if plot else "", "area": plot.area if plot else "",
                "households": plot.households if plot else None,
            }
        )  # fmt: skip
    return rows


def teams(uow: UnitOfWork) -> list[dict[str, Any]]:
    """One row a member of a team: who looks after which plot."""
    members = {member.id: member for member in uow.members.all()}
    called = uow.places.names()
    seats = uow.teams.seats()
    return [
        {
            "team": team.number, "team_name": team.name, "place": called[team.place_id],
            "name": members[seat.member_id].name, "leads": seat.leads, "duty": seat.duty,
        }
        for team in uow.teams.all()
        for seat in seats.get(team.id, ())
        if not members[seat.member_id].hidden
    ]  # fmt: skip


def team_rows(uow: UnitOfWork) -> list[dict[str, Any]]:
    """One row a team, who leads first."""
    people: dict[str, list[str]] = {}
    for row in teams(uow):
        people.setdefault(row["team"], []).append(row["name"])
    called = uow.places.names()
    return [
        {
            "team": team.number, "name": team.name, "place": called[team.place_id],
            "members": people.get(team.number, []),
        }
        for team in uow.teams.all()
    ]  # fmt: skip


def place_sheet(uow: UnitOfWork) -> list[dict[str, Any]]:
    """The county's sheet of places: one row a plot, and one for each village without any."""
    return [
        {key: row[key] for key in ("town", "village", "kind", "plot", "area", "households")}
        for row in _settlements(uow)
    ]


def team_sheet(uow: UnitOfWork) -> list[dict[str, Any]]:
    """The county's 责任田台账: one row a plot with its team, everyone in one cell."""
    members = {member.id: member for member in uow.members.all()}
    seats = uow.teams.seats()
    serving: dict[int, list[Team]] = {}
    for team in uow.teams.all():
        serving.setdefault(team.place_id, []).append(team)
    rows: list[dict[str, Any]] = []
    for row in _settlements(uow, whole=frozenset(serving)):
        place = {key: row[key] for key in ("town", "village", "plot", "area", "households")}
        there = [(team.number, team.name, seats.get(team.id, ())) for team in serving.get(row["id"], ())]
        for number, name, seated in there or [("", "", ())]:
            people = [
                (members[seat.member_id].name, seat) for seat in seated if not members[seat.member_id].hidden
            ]
            rows.append(
                {
                    **place,
                    "team": number,
                    "team_name": name,
                    "leader": next((name for name, seat in people if seat.leads), ""),
                    "member": phrases.BETWEEN.join(phrases.person(name, seat.duty) for name, seat in people),
                }
            )
    return rows


def _settlements(uow: UnitOfWork, whole: frozenset[int] = frozenset()) -> list[dict[str, Any]]:
    """A row a plot in the order of towns, villages and numbers; a village without one, or that is itself among
    `whole`, has a row of its own.
    """
    places = uow.places.all()
    by_id = {place.id: place for place in places}
    plots: dict[int, list[Plot]] = {}
    for plot in uow.plots.all():
        plots.setdefault(by_id[plot.place_id].parent_id or 0, []).append(plot)
    rows: list[dict[str, Any]] = []
    order = {place.id: at for at, place in enumerate(places)}
    villages = [place for place in places if place.kind in ("village", "community")]
    for place in sorted(villages, key=lambda place: (order.get(place.parent_id or 0, -1), order[place.id])):
        town = by_id.get(place.parent_id or 0)
        row = {
            "id": place.id, "town": town.name if town and town.kind in ("town", "") else "", "village": place.name,
            "kind": phrases.KINDS[place.kind], "plot": "", "area": "", "households": None,
        }  # fmt: skip
        there = sorted(plots.get(place.id, ()), key=lambda plot: _natural(plot.number))
        if place.id in whole:
            rows.append(row | {"plot": phrases.WHOLE})
        elif not there:
            rows.append(row)
        for plot in there:
            known = {
                "plot": plot.number,
                "area": phrases.AREAS.get(plot.area, ""),
                "households": plot.households,
            }
            rows.append(row | {"id": plot.place_id} | known)
    return rows


def _natural(number: str) -> list[tuple[int, str]]:
    """Numbers in the order people count: 2 before 10.

    >>> sorted(["10", "2", "鱼-3", "鱼-21"], key=_natural)
    ['鱼-3', '鱼-21', '2', '10']
    """
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.findall(r"\d+|\D+", number)]
