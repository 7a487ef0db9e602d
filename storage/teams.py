"""Teams: who looks after a plot (or a village) together, one of them leading."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, insert, or_, select, update
from sqlmodel import Field, SQLModel, col

from storage.base import NotFound, Taken, new_id
from storage.places import PlaceRow, SeveralNamed


@dataclass(frozen=True, slots=True)
class Team:
    """`number` as the county writes it, unique; `place_id`: the plot or village it serves, named `place`."""

    id: int
    number: str
    name: str
    place_id: int
    place: str


@dataclass(frozen=True, slots=True)
class Seat:
    """A member's place in a team. `duty`: their own post, as the county's sheet writes it."""

    member_id: int
    leads: bool = False
    duty: str = ""


class TeamRow(SQLModel, table=True):
    __tablename__ = "team"
    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True)
    name: str = Field(default="", index=True)
    place_id: int = Field(foreign_key="place.id", index=True)


class SeatRow(SQLModel, table=True):
    __tablename__ = "team_member"
    team_id: int = Field(primary_key=True, foreign_key="team.id", sa_column_kwargs={"autoincrement": False})
    member_id: int = Field(
        primary_key=True, foreign_key="member.id", index=True, sa_column_kwargs={"autoincrement": False}
    )
    leads: bool = False
    duty: str = ""


_TEAMS: Select[*tuple[Any, ...]] = (
    select(
        col(TeamRow.id), col(TeamRow.number), col(TeamRow.name), col(TeamRow.place_id),
        col(PlaceRow.name).label("place"),
    )
    .join(PlaceRow, col(PlaceRow.id) == col(TeamRow.place_id))
    .order_by(col(TeamRow.id))
)  # fmt: skip
_TEAM = _TEAMS.where(col(TeamRow.id) == bindparam("team"))
_NAMED = _TEAMS.where(or_(col(TeamRow.number) == bindparam("named"), col(TeamRow.name) == bindparam("named")))
_SERVING = _TEAMS.where(col(TeamRow.place_id) == bindparam("place"))
_OF = _TEAMS.join(SeatRow, col(SeatRow.team_id) == col(TeamRow.id)).where(
    col(SeatRow.member_id) == bindparam("member")
)
_SEATS = select(col(SeatRow.team_id), col(SeatRow.member_id), col(SeatRow.leads), col(SeatRow.duty)).order_by(
    col(SeatRow.team_id), col(SeatRow.leads).desc(), col(SeatRow.member_id)
)


class Teams:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, number: str, *, place_id: int, name: str = "") -> Team:
        """Raises `Taken` when the number is in use."""
        if self._views(_TEAMS.where(col(TeamRow.number) == number)):
            raise Taken(number)
        values = {"number": number, "name": name, "place_id": place_id}
        return self.get(new_id(self._connection.execute(insert(TeamRow), values)))

    def set(
        self, team_id: int, *, number: str | None = None, name: str | None = None, place_id: int | None = None
    ) -> Team:
        """Change what is given. Raises `NotFound`."""
        values = {"number": number, "name": name, "place_id": place_id}
        given = {column: value for column, value in values.items() if value is not None}
        if given:
            self._connection.execute(update(TeamRow).where(col(TeamRow.id) == team_id).values(given))
        return self.get(team_id)

    def all(self) -> list[Team]:
        return list(self._views(_TEAMS))

    def get(self, team_id: int) -> Team:
        """Raises `NotFound`."""
        found = self._views(_TEAM, team=team_id)
        if not found:
            raise NotFound(team_id)
        return found[0]

    def named(self, name: str) -> Team:
        """The team of this number or name. Raises `NotFound`, `SeveralNamed`."""
        found = self._views(_NAMED, named=name.strip())
        exact = [team for team in found if team.number == name.strip()] or found
        if not exact:
            raise NotFound(name)
        if len(exact) > 1:
            raise SeveralNamed(name, [team.number for team in exact])
        return exact[0]

    def serving(self, place_id: int) -> tuple[Team, ...]:
        """The teams whose plot or village this very place is."""
        return self._views(_SERVING, place=place_id)

    def of(self, member_id: int) -> tuple[Team, ...]:
        """The teams a member belongs to."""
        return self._views(_OF, member=member_id)

    def members(self, team_id: int) -> tuple[int, ...]:
        """The members of a team, who leads first."""
        return tuple(seat.member_id for seat in self.seats([team_id]).get(team_id, ()))

    def seats(self, teams: Iterable[int] | None = None) -> dict[int, tuple[Seat, ...]]:
        """The seats of these teams (None: of all), who leads first."""
        query = _SEATS if teams is None else _SEATS.where(col(SeatRow.team_id).in_(list(teams)))
        found: dict[int, list[Seat]] = {}
        for team_id, member_id, leads, duty in self._connection.execute(query):
            found.setdefault(team_id, []).append(Seat(member_id, leads, duty))
        return {team_id: tuple(seats) for team_id, seats in found.items()}

    def seat(self, team_id: int, seat: Seat) -> None:
        """Give a member a place in the team, or change it."""
        values = {"leads": seat.leads, "duty": seat.duty}
        known = update(SeatRow).where(
            col(SeatRow.team_id) == team_id, col(SeatRow.member_id) == seat.member_id
        )
        if not self._connection.execute(known.values(values)).rowcount:
            row = {"team_id": team_id, "member_id": seat.member_id, **values}
            self._connection.execute(insert(SeatRow), row)

    def unseat(self, member_id: int, team_id: int | None = None) -> None:
        """Take a member out of a team (None: of every team)."""
        gone = delete(SeatRow).where(col(SeatRow.member_id) == member_id)
        if team_id is not None:
            gone = gone.where(col(SeatRow.team_id) == team_id)
        self._connection.execute(gone)

    def hand_over(self, lost: int, kept: int) -> None:
        """Seats of a member who turned out to be another one are theirs; they lead where either did."""
        for team_id, seats in self.seats(team.id for team in self.of(lost)).items():
            mine = {seat.member_id: seat for seat in seats}
            old, own = mine[lost], mine.get(kept, Seat(kept))
            self.seat(team_id, Seat(kept, old.leads or own.leads, own.duty or old.duty))
        self.unseat(lost)

    def _views(self, query: Select[*tuple[Any, ...]], **asked: Any) -> tuple[Team, ...]:
        return tuple(Team(*row) for row in self._connection.execute(query, asked))
