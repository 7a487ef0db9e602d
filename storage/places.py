"""Places: the tree of county, town, village and community that roles and wishes hang on."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Connection,
    Index,
    Select,
    UniqueConstraint,
    bindparam,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.orm import aliased
from sqlmodel import Field, SQLModel, col

from storage.base import NotFound, StorageError, Taken, new_id

LIES_UNDER: Mapping[str, frozenset[str]] = {
    "province": frozenset(),
    "city": frozenset({"province"}),
    "county": frozenset({"province", "city"}),
    "town": frozenset({"city", "county"}),
    "village": frozenset({"county", "town"}),
    "community": frozenset({"county", "town"}),
    "plot": frozenset({"village", "community"}),
    "unit": frozenset({"province", "city", "county", "town", "village", "community"}),
}
"""Which kind may lie under which. Any may stand at the top but a plot; one of no kind may lie anywhere."""


@dataclass(frozen=True, slots=True)
class Place:
    id: int
    name: str
    kind: str
    parent_id: int | None


class Misplaced(StorageError):
    """A place cannot lie there: `kind` under `above` (None: at the top), or below itself."""

    def __init__(self, name: str, kind: str, above: str | None) -> None:
        super().__init__(f"{name}: {kind} under {above}")
        self.name, self.kind, self.above = name, kind, above


class SeveralNamed(NotFound):
    """The name alone does not tell which is meant. `choices`: each of them with those above, 镇/村."""

    def __init__(self, name: str, choices: Sequence[str]) -> None:
        super().__init__(name)
        self.choices = tuple(choices)


class PlaceRow(SQLModel, table=True):
    __tablename__ = "place"
    __table_args__ = (
        UniqueConstraint("parent_id", "name"),
        Index(
            "uq_place_top", "name", unique=True,
            sqlite_where=text("parent_id IS NULL"), postgresql_where=text("parent_id IS NULL"),
        ),
    )  # fmt: skip
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(index=True)
    kind: str = ""
    parent_id: int | None = Field(default=None, foreign_key="place.id")


_PLACES: Select[*tuple[Any, ...]] = select(
    col(PlaceRow.id), col(PlaceRow.name), col(PlaceRow.kind), col(PlaceRow.parent_id)
)
_NAMED = _PLACES.where(col(PlaceRow.name) == bindparam("named")).order_by(col(PlaceRow.id))
_PLACE = _PLACES.where(col(PlaceRow.id) == bindparam("place"))
_ALL = _PLACES.order_by(col(PlaceRow.id))
_TREE: Select[*tuple[Any, ...]] = select(col(PlaceRow.id), col(PlaceRow.parent_id))


def _upwards() -> Select[*tuple[Any, ...]]:
    """The place and those above it with their distance. A place that lies in itself ends at the bound."""
    above = aliased(PlaceRow)
    line = (
        select(col(PlaceRow.id), col(PlaceRow.parent_id), literal(0).label("distance"))
        .where(col(PlaceRow.id) == bindparam("place"))
        .cte(recursive=True)
    )
    step = select(col(above.id), col(above.parent_id), line.c.distance + 1).where(
        col(above.id) == line.c.parent_id, line.c.distance < _DEEPEST
    )
    line = line.union_all(step)
    return select(line.c.id).order_by(line.c.distance)


_DEEPEST = 20
_UPWARDS = _upwards()


class Places:
    """Remembers for one unit of work what it was asked: one message asks for the same line many times."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[int, Place] = {}
        self._lines: dict[int, tuple[int, ...]] = {}
        self._children: dict[int | None, list[int]] | None = None

    def add(self, name: str, *, kind: str = "", parent: int | None = None) -> Place:
        """Raises `Taken` when a place beside it bears the name, `Misplaced` when the kind cannot lie there."""
        self._fits(name, kind, parent)
        if self.child(parent, name) is not None:
            raise Taken(name)
        self._forget()
        values = {"name": name, "kind": kind, "parent_id": parent}
        return Place(new_id(self._connection.execute(insert(PlaceRow), values)), name, kind, parent)

    def move(self, place_id: int, parent: int | None) -> Place:
        """Put a place, with all below it, under another. Raises `Misplaced`, `Taken`."""
        place = self.get(place_id)
        if parent is not None and place_id in self.line(parent):
            raise Misplaced(place.name, place.kind, place.kind)
        self._fits(place.name, place.kind, parent)
        beside = self.child(parent, place.name)
        if beside is not None and beside.id != place_id:
            raise Taken(place.name)
        row = update(PlaceRow).where(col(PlaceRow.id) == place_id)
        self._connection.execute(row.values(parent_id=parent))
        self._forget()
        return Place(place_id, place.name, place.kind, parent)

    def all(self) -> list[Place]:
        found = [Place(*row) for row in self._connection.execute(_ALL)]
        self._known = {place.id: place for place in found}
        return found

    def named(self, name: str) -> Place:
        """The place of this name; of several that bear it, `村@镇` or `镇/村` names one.

        Raises `NotFound`, and `SeveralNamed` when the words do not tell which is meant.
        """
        found = self.meant(name)
        if not found:
            raise NotFound(name.strip())
        if len(found) > 1:
            called = self.names()
            raise SeveralNamed(name.strip(), [called[place.id] for place in found])
        return found[0]

    def meant(self, name: str) -> list[Place]:
        """Every place the words may mean."""
        name = name.strip()
        above, bare = parted(name)
        return self.called(name) or [
            place for place in self.called(bare) if above and self._under(place, above)
        ]

    def called(self, name: str) -> list[Place]:
        """Every place that bears the name."""
        return [Place(*row) for row in self._connection.execute(_NAMED, {"named": name})]

    def child(self, parent: int | None, name: str) -> Place | None:
        """The place of this name right below another (None: at the top)."""
        return next((place for place in self.called(name) if place.parent_id == parent), None)

    def get(self, place_id: int) -> Place:
        """Raises `NotFound`."""
        if place_id not in self._known:
            row = self._connection.execute(_PLACE, {"place": place_id}).first()
            if row is None:
                raise NotFound(place_id)
            self._known[place_id] = Place(*row)
        return self._known[place_id]

    def path(self, place_id: int) -> str:
        """The place with those above it up to the town: 鱼山街道/东关村, 鱼山街道/东关村/3号责任田."""
        names: list[str] = []
        for place in map(self.get, self.line(place_id)):
            if names and place.kind in ("province", "city", "county"):
                break
            names.append(place.name)
        return "/".join(reversed(names))

    def names(self) -> dict[int, str]:
        """What to call each place: its name, with as many above it as tell it from others of that name."""
        places = {place.id: place for place in self.all()}
        called = {place_id: place.name for place_id, place in places.items()}
        above = {place_id: place.parent_id for place_id, place in places.items()}
        for _ in range(_DEEPEST):
            shared = Counter(called.values())
            if len(shared) == len(called):
                break
            for place_id, name in list(called.items()):
                higher = places.get(above[place_id] or 0)
                if shared[name] > 1 and higher is not None:
                    called[place_id] = f"{higher.name}/{name}"
                    above[place_id] = higher.parent_id
        return called

    def line(self, place_id: int | None) -> tuple[int, ...]:
        """The place and all that lies above it, nearest first."""
        if place_id is None:
            return ()
        if place_id not in self._lines:
            found = self._connection.execute(_UPWARDS, {"place": place_id}).scalars()
            self._lines[place_id] = tuple(dict.fromkeys(found)) or (place_id,)
        return self._lines[place_id]

    def below(self, roots: Iterable[int]) -> frozenset[int]:
        """The roots and all that lies below them."""
        waiting = list(roots)
        if waiting and self._children is None:
            self._children = {}
            for place_id, parent in self._connection.execute(_TREE):
                self._children.setdefault(parent, []).append(place_id)
        children = self._children or {}
        found: set[int] = set()
        while waiting:
            place_id = waiting.pop()
            if place_id not in found:
                found.add(place_id)
                waiting.extend(children.get(place_id, ()))
        return frozenset(found)

    def _under(self, place: Place, above: Sequence[str]) -> bool:
        """Whether the names stand above the place in this order, others between them or not."""
        names = iter([self.get(each).name for each in self.line(place.id)[1:]])
        return all(name in names for name in above)

    def _fits(self, name: str, kind: str, parent: int | None) -> None:
        above = self.get(parent).kind if parent is not None else None
        allowed = LIES_UNDER.get(kind)
        if allowed is None or above == "" or (above is None and kind != "plot"):
            return
        if above not in allowed:
            raise Misplaced(name, kind, above)

    def _forget(self) -> None:
        self._known.clear()
        self._lines.clear()
        self._children = None


def parted(name: str) -> tuple[list[str], str]:
    """The names above, nearest first, and the place's own.

    >>> parted("东关村@鱼山街道"), parted("金乡县/鱼山街道/东关村"), parted("东关村")
    ((['鱼山街道'], '东关村'), (['鱼山街道', '金乡县'], '东关村'), ([], '东关村'))
    """
    bare, _, above = name.replace("＠", "@").partition("@")
    if above:
        return [part.strip() for part in above.split("@")], bare.strip()
    *names, bare = [part.strip() for part in name.replace("／", "/").split("/")]
    return names[::-1], bare
