"""Places: the tree of county, town, village and community that roles and wishes hang on."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, select
from sqlmodel import Field, SQLModel, col

from storage.base import NotFound, Taken, new_id


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


_PLACES: Select[*tuple[Any, ...]] = select(
    col(PlaceRow.id), col(PlaceRow.name), col(PlaceRow.kind), col(PlaceRow.parent_id)
)
_NAMED = _PLACES.where(col(PlaceRow.name) == bindparam("named"))
_PLACE = _PLACES.where(col(PlaceRow.id) == bindparam("place"))
_ALL = _PLACES.order_by(col(PlaceRow.id))


class Places:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, name: str, *, kind: str = "", parent: int | None = None) -> Place:
        """Raises `Taken` when the name is in use."""
        if self._connection.execute(_NAMED, {"named": name}).first() is not None:
            raise Taken(name)
        self.__dict__.pop("_parents", None)
        values = {"name": name, "kind": kind, "parent_id": parent}
        return Place(new_id(self._connection.execute(insert(PlaceRow), values)), name, kind, parent)

    def all(self) -> list[Place]:
        return [Place(*row) for row in self._connection.execute(_ALL)]

    def named(self, name: str) -> Place:
        """Raises `NotFound`."""
        row = self._connection.execute(_NAMED, {"named": name}).first()
        if row is None:
            raise NotFound(name)
        return Place(*row)

    def get(self, place_id: int) -> Place:
        """Raises `NotFound`."""
        row = self._connection.execute(_PLACE, {"place": place_id}).first()
        if row is None:
            raise NotFound(place_id)
        return Place(*row)

    def line(self, place_id: int | None) -> tuple[int, ...]:
        """The place and all that lies above it, nearest first."""
        found: list[int] = []
        while place_id is not None and place_id not in found:
            found.append(place_id)
            place_id = self._parents.get(place_id)
        return tuple(found)

    def below(self, roots: Iterable[int]) -> frozenset[int]:
        """The roots and all that lies below them."""
        children: dict[int | None, list[int]] = {}
        for place_id, parent in self._parents.items():
            children.setdefault(parent, []).append(place_id)
        found: set[int] = set()
        waiting = list(roots)
        while waiting:
            place_id = waiting.pop()
            if place_id not in found:
                found.add(place_id)
                waiting.extend(children.get(place_id, ()))
        return frozenset(found)

    @cached_property
    def _parents(self) -> dict[int, int | None]:
        """Each place with the one above it: the tree is small, and one message asks it many times."""
        return {row.id: row.parent_id for row in self._connection.execute(_ALL)}
