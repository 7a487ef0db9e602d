"""Places: the tree of county, town, village and community that roles and wishes hang on."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Field, Session, SQLModel, select

from storage.base import NotFound, Taken


@dataclass(frozen=True, slots=True)
class Place:
    id: int
    name: str
    kind: str
    parent_id: int | None


class PlaceRow(SQLModel, table=True):
    __tablename__ = "place"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    kind: str = ""
    parent_id: int | None = Field(default=None, foreign_key="place.id")


def _view(row: PlaceRow) -> Place:
    assert row.id is not None
    return Place(row.id, row.name, row.kind, row.parent_id)


class Places:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, name: str, *, kind: str = "", parent: int | None = None) -> Place:
        """Raises `Taken` when the name is in use."""
        if self._row(name) is not None:
            raise Taken(name)
        row = PlaceRow(name=name, kind=kind, parent_id=parent)
        self._session.add(row)
        self._session.flush()
        return _view(row)

    def all(self) -> list[Place]:
        return [_view(row) for row in self._session.exec(select(PlaceRow).order_by(PlaceRow.id))]  # type: ignore[arg-type]

    def named(self, name: str) -> Place:
        """Raises `NotFound`."""
        row = self._row(name)
        if row is None:
            raise NotFound(name)
        return _view(row)

    def get(self, place_id: int) -> Place:
        """Raises `NotFound`."""
        row = self._session.get(PlaceRow, place_id)
        if row is None:
            raise NotFound(place_id)
        return _view(row)

    def line(self, place_id: int | None) -> tuple[int, ...]:
        """The place and all that lies above it, nearest first."""
        found: list[int] = []
        while place_id is not None and place_id not in found:
            found.append(place_id)
            row = self._session.get(PlaceRow, place_id)
            place_id = row.parent_id if row else None
        return tuple(found)

    def below(self, roots: Iterable[int]) -> frozenset[int]:
        """The roots and all that lies below them."""
        children: dict[int | None, list[int]] = {}
        for place in self.all():
            children.setdefault(place.parent_id, []).append(place.id)
        found: set[int] = set()
        waiting = list(roots)
        while waiting:
            place_id = waiting.pop()
            if place_id not in found:
                found.add(place_id)
                waiting.extend(children.get(place_id, ()))
        return frozenset(found)

    def _row(self, name: str) -> PlaceRow | None:
        return self._session.exec(select(PlaceRow).where(PlaceRow.name == name)).first()
