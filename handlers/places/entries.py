"""The rows of a county's sheet put together: one entry a plot (or a village), with its team and people."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.sheets import Problem, Table
from handlers.places.outcome import Fault
from handlers.places.phrases import BETWEEN, WHOLE
from handlers.places.rules import Person, Row, leads_by

_OF_A_PLOT = ("area", "households", "team", "leader", "member", "others")
"""What is said of a plot, so that its number must be written too."""
_PEOPLE = ("leader", "member", "others")


@dataclass(frozen=True, slots=True)
class Given:
    """What the sheet gives: of a column that it has not, nothing is known and nothing is changed."""

    plots: bool
    area: bool
    households: bool
    teams: bool
    team_name: bool
    people: bool
    duties: bool


@dataclass(slots=True)
class Entry:
    """A plot, or without a number a village; `row`: where it is first written. `households` None: not told."""

    row: int
    county: str
    town: str
    village: str
    kind: str
    plot: str = ""
    area: str = ""
    households: int | None = None
    team: str = ""
    team_name: str = ""
    leader: Person | None = None
    members: list[Person] = field(default_factory=list)
    others: list[Person] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    rows: list[int] = field(default_factory=list)
    """Every row that speaks of it."""

    @property
    def key(self) -> str:
        """By which further rows of the same are known."""
        return self.plot or f"{self.town}/{self.village}/{self.team}"

    @property
    def people(self) -> list[tuple[Person, bool]]:
        """Everyone of the team once, with whether they lead."""
        leads = self.leader.name if self.leader else ""
        known = {person.name: person for person in (*self.others, *self.members)}
        if self.leader is not None:
            there = known.pop(leads, self.leader)
            known = {leads: self.leader if self.leader.duty else there, **known}
        return [(person, name == leads or leads_by(person.duty)) for name, person in known.items()]

    @property
    def names(self) -> set[str]:
        return {person.name for person, _ in self.people}

    def amiss(self, key: str, fault: Fault, value: str = "", other: int = 0) -> Problem:
        return Problem(self.row, self.columns.get(key, ""), fault, value, other)

    def all_amiss(self, other: int) -> list[Problem]:
        """Every row of it is held back for one that is amiss."""
        return [Problem(row, "", Fault.HELD_BACK, self.plot or self.team, other) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Sheet:
    """`entries`: those that can be read, in the order of the sheet. `rows`: how many rows were looked at."""

    given: Given
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    rows: int


def read_entries(table: Table, *, teams: bool) -> Sheet:
    """Put the rows together. `teams`: with the teams and their people; else what is said of them is left unread."""
    keys = set(table.columns.values())
    if not teams:
        keys -= {"team", "team_name", "leader", "member", "others", "duty", "phone"}
    given = Given(
        "plot" in keys,
        "area" in keys,
        "households" in keys,
        "team" in keys,
        "team_name" in keys,
        bool(keys & {"leader", "member", "others"}),
        "duty" in keys,
    )
    good: dict[str, Entry] = {}
    bad: list[tuple[Entry, Row]] = []
    held: list[tuple[Entry, int]] = []
    problems: list[Problem] = []
    for grid_row in table.rows:
        cells = {key: found for key, found in table.cells(grid_row).items() if key in keys}
        if not any(cell.text and not cell.carried for found in cells.values() for _, cell in found):
            continue
        row = Row(grid_row.number, cells)
        entry = _entry(row, given)
        if grid_row.hidden:
            row.note("", Fault.HIDDEN_ROW)
        if row.problems:
            bad.append((entry, row))
            continue
        before = good.setdefault(entry.key, entry)
        amiss = _joined(before, entry, row) if before is not entry else []
        problems += amiss
        if not amiss:
            before.rows.append(row.number)
        elif amiss[0].fault is Fault.PLOT_TWICE and entry.names - before.names:
            held.append((before, row.number))
    for before, number in held:
        problems += before.all_amiss(number)
    for entry, row in bad:
        problems += _beside_good(entry, row, good)
    problems += _across(good.values(), [entry for entry, _ in bad])
    found = _standing(good.values(), problems)
    problems.sort(key=lambda problem: problem.row)
    return Sheet(given, tuple(found), tuple(problems), len(table.rows))


def _beside_good(entry: Entry, row: Row, good: Mapping[str, Entry]) -> list[Problem]:
    """What is wrong with a row that is bad by itself; and who else of its team cannot be taken without it."""
    before = good.get(entry.key)
    if before is None:
        return row.problems
    amiss = _joined(before, entry, row)
    if amiss or not any(row.text(key) for key in _PEOPLE):
        return row.problems + amiss
    return row.problems + before.all_amiss(row.number)


def _standing(entries: Iterable[Entry], problems: list[Problem]) -> list[Entry]:
    """Entries none of whose rows is amiss; with one row that is, the others are held back and told."""
    standing: list[Entry] = []
    for entry in entries:
        bad = {problem.row for problem in problems}.intersection(entry.rows)
        if bad:
            problems += [each for each in entry.all_amiss(min(bad)) if each.row not in bad]
        else:
            standing.append(entry)
    return standing


def _entry(row: Row, given: Given) -> Entry:
    entry = Entry(
        row=row.number,
        county=row.name("county"),
        town=row.name("town", Fault.NO_TOWN if row.column("town") else None),
        village=row.name("village", Fault.NO_VILLAGE),
        kind=row.kind("kind"),
        columns={key: row.column(key) for key in row.cells},
    )
    says = any(row.text(key) for key in _OF_A_PLOT)
    if given.plots:
        entry.plot = row.code("plot", Fault.NO_PLOT if says else None)
        entry.plot = "" if entry.plot == WHOLE else entry.plot
    entry.area, entry.households = row.area("area"), row.households("households")
    entry.team, entry.team_name = row.code("team"), row.name("team_name")
    leaders = row.people("leader")
    duty = "\n".join(text for _, text in row.texts("duty", carries=False))
    entry.members = row.people("member", duty)
    entry.others = row.people("others")
    entry.leader = leaders[0] if leaders else None
    if len(leaders) > 1:
        row.amiss("leader", Fault.TWO_LEADERS, BETWEEN.join(person.name for person in leaders))
    row.check_phones("phone")
    if (entry.leader or entry.members or entry.others) and not entry.team and given.teams:
        row.amiss("team", Fault.NO_TEAM)
    for people in (entry.members, entry.others):
        _once(row, people)
    return entry


def _once(row: Row, people: Sequence[Person]) -> None:
    names = [person.name for person in people]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        column = next(person.column for person in people if person.name == name)
        row.note(column, Fault.PERSON_TWICE, name)


def _joined(before: Entry, now: Entry, row: Row) -> list[Problem]:
    """Take a further row into its entry: more people of the same plot. What does not agree is amiss."""
    if (before.town, before.village) != (now.town, now.village) and before.plot:
        return [now.amiss("plot", Fault.PLOT_IN_TWO_VILLAGES, now.plot, before.row)]
    if now.team and before.team and now.team != before.team:
        return [now.amiss("team", Fault.PLOT_TWO_TEAMS, now.team, before.row)]
    fresh = [person for person in (*now.members, *now.others) if person.name not in before.names]
    same = all(
        not told or told == kept
        for told, kept in (
            (now.area, before.area),
            (now.households, before.households),
            (now.team_name, before.team_name),
            (now.leader and now.leader.name, before.leader and before.leader.name),
            (now.kind, before.kind),
        )
    )
    if row.problems:
        return []
    if not fresh or not same:
        key, value = ("plot", now.plot) if now.plot else ("village", now.village)
        return [now.amiss(key, Fault.PLOT_TWICE, value, before.row)]
    before.members += now.members
    before.others += now.others
    return []


def _across(good: Iterable[Entry], bad: Iterable[Entry]) -> list[Problem]:
    """What can be told only of whole entries: a team on two plots, a leader who is not among the members.

    A team is of the first entry with nothing wrong in it.
    """
    problems: list[Problem] = []
    teams: dict[str, Entry] = {}
    wrong: list[Entry] = []
    for entry in good:
        alone = _leads_nobody(entry)
        if alone:
            wrong.append(entry)
        elif teams.setdefault(entry.team, entry) is not entry and entry.team:
            problems.append(entry.amiss("team", Fault.TEAM_TWICE, entry.team, teams[entry.team].row))
        problems += alone
    for entry in (*wrong, *bad):
        first = teams.get(entry.team) if entry.team else None
        if first is not None and first.key != entry.key:
            problems.append(entry.amiss("team", Fault.TEAM_TWICE, entry.team, first.row))
    for entry in bad:
        problems += _leads_nobody(entry)
    return problems


def _leads_nobody(entry: Entry) -> list[Problem]:
    names = {person.name for person in entry.members}
    if entry.leader and names and not entry.others and entry.leader.name not in names:
        return [entry.amiss("leader", Fault.LEADER_NOT_MEMBER, entry.leader.name)]
    return []
