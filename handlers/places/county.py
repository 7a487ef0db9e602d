"""Bring a county's sheet in: towns, villages, plots, teams and their people, compared with what is kept."""

from collections.abc import Callable

from bot.sheets import Change, Outcome, Problem, settled
from handlers.places import phrases
from handlers.places.entries import Entry, Sheet
from handlers.places.outcome import Fault, What
from handlers.places.rules import Person, settlement_kind
from storage.members import Grant, Member, Role
from storage.places import Misplaced, Place
from storage.plots import Plot
from storage.teams import Seat, Team
from storage.uow import UnitOfWork

ACTOR = "operator"
"""Who stands in the audit register for what the command line did."""

Step = Callable[[int, int], None]


def bring_in(
    uow: UnitOfWork,
    sheet: Sheet,
    *,
    under: Place | None = None,
    dry_run: bool = False,
    skip_bad: bool = False,
    step: Step = lambda _done, _all: None,
) -> Outcome:
    """Take in a sheet whose columns are the county's. What stands the same stays; what differs is a change.

    `under`: the county of its towns, or the town of its villages. Raises `Undone` when nothing is to be written:
    the caller's transaction must then be rolled back.
    """
    arrival = _Arrival(uow, sheet, under)
    arrival.outcome.problems.extend(sheet.problems)
    for done, entry in enumerate(sheet.entries, start=1):
        problem = arrival.take(entry)
        if problem is not None:
            held = (each for each in entry.all_amiss(problem.row) if each.row != problem.row)
            arrival.outcome.problems += [problem, *held]
        arrival.outcome.first |= dict.fromkeys(entry.rows, entry.row)
        step(done, len(sheet.entries))
    return settled(arrival.outcome, dry_run=dry_run, skip_bad=skip_bad)


class _Arrival:
    """One sheet on its way in."""

    def __init__(self, uow: UnitOfWork, sheet: Sheet, under: Place | None) -> None:
        self.uow = uow
        self.given = sheet.given
        self.under = under
        self.outcome = Outcome()
        places = uow.places.all()
        self.place = {place.id: place for place in places}
        self.child = {(place.parent_id, place.name): place for place in places}
        self.villages: dict[str, list[Place]] = {}
        for place in places:
            if place.kind in ("village", "community"):
                self.villages.setdefault(place.name, []).append(place)
        self.plots = {plot.number: plot for plot in uow.plots.all()}
        self.teams = {team.number: team for team in uow.teams.all()}
        self.serving = {team.place_id: team for team in self.teams.values()}
        self.told = {entry.team for entry in sheet.entries if entry.team}
        self.seats = uow.teams.seats()
        self.members: dict[int, Member] = {}
        self.people: dict[tuple[str, int | None], list[int]] = {}
        for member in uow.members.all():
            self.members[member.id] = member
            self.people.setdefault((member.name, member.place_id), []).append(member.id)

    def take(self, entry: Entry) -> Problem | None:
        """One entry: its town and village, then the plot with its team, all or nothing of that."""
        above = self._above(entry)
        if isinstance(above, Problem):
            return above
        village = self._village(entry, above)
        if isinstance(village, Problem):
            return village
        problem = (
            self._plot_fault(entry, village) or self._team_fault(entry) or self._people_fault(entry, village)
        )
        if problem is not None:
            return problem
        before = len(self.outcome.changes)
        where = self._put_plot(entry, village) if entry.plot else village
        if entry.team:
            self._put_team(entry, where, village)
        if len(self.outcome.changes) == before and entry.row not in self.outcome.added:
            self.outcome.same.add(entry.row)
        return None

    def _above(self, entry: Entry) -> Place | Problem | None:
        """The town; what stands for it where the sheet names none."""
        above: Place | Problem | None = self.under
        if entry.county:
            above = self.child.get((None, entry.county)) or self._only("county", entry.county)
            above = above or self._add(entry, "county", entry.county, "county", None)
        if isinstance(above, Problem) or not entry.town:
            return above
        if above is not None and above.kind == "town":
            return above if above.name == entry.town else entry.amiss("town", Fault.OTHER_TOWN, entry.town)
        top = above.id if above else None
        known = self.child.get((top, entry.town)) or (
            self._only("town", entry.town) if above is None else None
        )
        if known is None:
            return self._add(entry, "town", entry.town, "town", above)
        return entry.amiss("town", Fault.NOT_A_TOWN, entry.town) if known.kind not in ("town", "") else known

    def _only(self, kind: str, name: str) -> Place | None:
        found = [place for place in self.place.values() if place.kind == kind and place.name == name]
        return found[0] if len(found) == 1 else None

    def _village(self, entry: Entry, above: Place | None) -> Place | Problem:
        known = self.child.get((above.id if above else None, entry.village))
        if known is not None:
            if known.kind not in ("village", "community", "") or entry.kind not in ("", known.kind):
                return entry.amiss("kind" if entry.kind else "village", Fault.KIND_OTHERWISE, entry.village)
            return known
        elsewhere = self.villages.get(entry.village, [])
        if elsewhere:
            named = phrases.BETWEEN.join(self.uow.places.path(place.id) for place in elsewhere)
            return entry.amiss("village", Fault.ELSEWHERE, named)
        kind = entry.kind or settlement_kind(entry.village)
        return self._add(entry, "kind" if entry.kind else "village", entry.village, kind, above)

    def _add(self, entry: Entry, key: str, name: str, kind: str, above: Place | None) -> Place | Problem:
        try:
            made = self.uow.places.add(name, kind=kind, parent=above.id if above else None)
        except Misplaced as error:
            return entry.amiss(key, Fault.MISPLACED, phrases.misplaced(error.kind, error.above))
        return self._added(entry, made)

    def _added(self, entry: Entry, made: Place) -> Place:
        self.place[made.id] = self.child[made.parent_id, made.name] = made
        self.outcome.new[made.kind] += 1
        self.outcome.added.add(entry.row)
        self._recorded("add", f"place:{made.id}", after=made.kind)
        return made

    def _plot_fault(self, entry: Entry, village: Place) -> Problem | None:
        """A plot that would be called like another one there."""
        there = self.child.get((village.id, phrases.plot_name(entry.plot)))
        known = self.plots.get(entry.plot)
        if not entry.plot or there is None or (known is not None and known.place_id == there.id):
            return None
        taken = known is not None or any(plot.place_id == there.id for plot in self.plots.values())
        return entry.amiss("plot", Fault.TAKEN, entry.plot) if taken else None

    def _put_plot(self, entry: Entry, village: Place) -> Place:
        known = self.plots.get(entry.plot)
        if known is None:
            name = phrases.plot_name(entry.plot)
            place = self.child.get((village.id, name)) or self._added(
                entry, self.uow.places.add(name, kind="plot", parent=village.id)
            )
            self._keep(Plot(place.id, entry.plot, entry.area, entry.households))
            return place
        place = self.place[known.place_id]
        if place.parent_id != village.id:
            before = self.uow.places.path(place.parent_id) if place.parent_id else ""
            self.child.pop((place.parent_id, place.name), None)
            place = self.uow.places.move(place.id, village.id)
            self.place[place.id] = self.child[village.id, place.name] = place
            self._changed(entry, What.MOVED, entry.plot, before, self.uow.places.path(village.id))
            self._recorded("move", f"place:{place.id}", before=before, after=f"place:{village.id}")
        area = entry.area if entry.area and self.given.area else known.area
        households = entry.households if self.given.households and entry.households else known.households
        for what, old, new in (
            (What.AREA, known.area, area),
            (What.HOUSEHOLDS, _shown(known.households), _shown(households)),
        ):
            if old != new:
                self._changed(entry, what, entry.plot, old, new)
                self._recorded(
                    "set", f"place:{place.id}", before=f"{what.value}:{old}", after=f"{what.value}:{new}"
                )
        if (area, households) != (known.area, known.households):
            self._keep(Plot(place.id, entry.plot, area, households))
        return place

    def _keep(self, plot: Plot) -> None:
        self.uow.plots.put(plot)
        self.plots[plot.number] = plot

    def _team_fault(self, entry: Entry) -> Problem | None:
        """A plot whose team the sheet replaces, without a word on where that one is now."""
        plot = self.plots.get(entry.plot)
        there = self.serving.get(plot.place_id) if plot else None
        if entry.team and there and there.number not in self.told and entry.team in self.teams:
            return entry.amiss("team", Fault.PLOT_HAS_TEAM, there.number)
        return None

    def _put_team(self, entry: Entry, where: Place, village: Place) -> None:
        team = self.teams.get(entry.team)
        there = self.serving.get(where.id)
        if team is None and there is not None and there.number not in self.told:
            team = self._set(there, number=entry.team)
            self._changed(entry, What.TEAM_NUMBER, entry.team, there.number, entry.team)
            self._recorded("set", f"team:{team.id}", before=there.number, after=entry.team)
        if team is None:
            team = self.uow.teams.add(entry.team, place_id=where.id, name=entry.team_name)
            self.outcome.new["team"] += 1
            self.outcome.added.add(entry.row)
            self._recorded("add", f"team:{team.id}", after=f"place:{where.id}")
        elif team.place_id != where.id:
            before = team.place
            self._changed(entry, What.TEAM_MOVED, team.number, before, where.name)
            self._recorded(
                "move", f"team:{team.id}", before=f"place:{team.place_id}", after=f"place:{where.id}"
            )
            team = self._set(team, place_id=where.id)
        if self.given.team_name and entry.team_name and entry.team_name != team.name:
            self._changed(entry, What.TEAM_NAME, team.number, team.name, entry.team_name)
            self._recorded("set", f"team:{team.id}", before=team.name, after=entry.team_name)
            team = self._set(team, name=entry.team_name)
        self.teams[team.number] = team
        if self.given.people and entry.people:
            self._put_people(entry, team, village)

    def _set(
        self, team: Team, *, number: str | None = None, name: str | None = None, place_id: int | None = None
    ) -> Team:
        self.teams.pop(team.number, None)
        if place_id is not None and self.serving.get(team.place_id) == team:
            self.serving.pop(team.place_id)
        return self.uow.teams.set(team.id, number=number, name=name, place_id=place_id)

    def _people_fault(self, entry: Entry, village: Place) -> Problem | None:
        seated = self._seated(self.teams.get(entry.team))
        for person, _ in entry.people:
            if person.name not in seated and len(self.people.get((person.name, village.id), ())) > 1:
                return Problem(entry.row, person.column, Fault.SEVERAL_MEMBERS, person.name)
        return None

    def _seated(self, team: Team | None) -> dict[str, Seat]:
        seats = self.seats.get(team.id, ()) if team else ()
        return {self.members[seat.member_id].name: seat for seat in seats}

    def _put_people(self, entry: Entry, team: Team, village: Place) -> None:
        seated = self._seated(team)
        for person, leads in entry.people:
            seat = seated.pop(person.name, None)
            member_id = seat.member_id if seat else self._member(person, village)
            duty = person.duty or (seat.duty if seat else "")
            wanted = Seat(member_id, leads, duty)
            if seat == wanted:
                continue
            self.uow.teams.seat(team.id, wanted)
            if seat is None:
                if entry.row not in self.outcome.added:
                    self._changed(entry, What.JOINED, person.name, after=team.number)
                self._recorded("join", f"team:{team.id}", after=f"member:{member_id}")
                continue
            if seat.leads != leads:
                said = phrases.NOW_LEADS if leads else phrases.NO_LONGER_LEADS
                self._changed(entry, What.LEADS, person.name, after=said)
                self._recorded("lead", f"team:{team.id}", before=_led(seat), after=_led(wanted))
            if seat.duty != duty:
                self._changed(entry, What.DUTY, person.name, seat.duty, duty)
                self._recorded("set", f"team:{team.id}", before=f"duty:{seat.duty}", after=f"duty:{duty}")
        for name, seat in seated.items():
            self.uow.teams.unseat(seat.member_id, team.id)
            self._changed(entry, What.LEFT, name, team.number)
            self._recorded("leave", f"team:{team.id}", before=f"member:{seat.member_id}")

    def _member(self, person: Person, village: Place) -> int:
        """The member of this name there, a new one if need be, who is a care secretary of the village."""
        grant = Grant(Role.CARE_SECRETARY, village.id)
        known = self.people.get((person.name, village.id))
        if known and grant in self.members[known[0]].grants:
            return known[0]
        if known:
            member_id = known[0]
            self.uow.members.grant(member_id, grant)
        else:
            member_id = self.uow.members.add(person.name, place_id=village.id, grants=[grant]).id
            self.outcome.new["member"] += 1
        self.people[person.name, village.id] = [member_id]
        self.members[member_id] = self.uow.members.get(member_id)
        self._recorded("enrol", f"member:{member_id}", after=f"{grant.role.value}@{village.id}")
        return member_id

    def _changed(self, entry: Entry, what: What, subject: str, before: str = "", after: str = "") -> None:
        self.outcome.changes.append(Change(entry.row, what, subject, before, after))

    def _recorded(self, action: str, subject: str, before: str = "", after: str = "") -> None:
        self.uow.audit.add(actor=ACTOR, action=action, subject=subject, before=before, after=after)


def _shown(households: int | None) -> str:
    return "" if households is None else str(households)


def _led(seat: Seat) -> str:
    return f"member:{seat.member_id}" + ("" if seat.leads else "-")
