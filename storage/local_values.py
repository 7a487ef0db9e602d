"""Local values: amounts that differ from county to county, as their own notices state them, entered by hand.

One row a thing, a place and a first day: a new year's amount is a new row, a corrected one takes the old one's
place. Which of them holds somewhere on a day is `handlers.policy.local_values`' business.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, Select, UniqueConstraint, delete, select, update
from sqlmodel import Field, SQLModel, col

from storage.base import Moment, NotFound
from storage.inbox import INSERT
from storage.places import PlaceRow


@dataclass(frozen=True, slots=True)
class NewValue:
    """`what`: 农村低保标准. `value`: with its unit, 每人每月760元. `document`: where it is stated, without 《》;
    `issued`: the day of that document. In force from `effective` to `expires`, both included; None: until a
    newer one.
    """

    what: str
    value: str
    place_id: int
    document: str
    issued: date
    effective: date
    expires: date | None = None


@dataclass(frozen=True, slots=True)
class LocalValue(NewValue):
    """As it is kept. It holds in `place` and everywhere below."""

    id: int = 0
    place: str = ""


class LocalValueRow(SQLModel, table=True):
    __tablename__ = "local_value"
    __table_args__ = (UniqueConstraint("place_id", "what", "effective"),)
    id: int | None = Field(default=None, primary_key=True)
    what: str
    value: str
    place_id: int = Field(foreign_key="place.id")
    document: str
    issued: date
    effective: date
    expires: date | None = None
    entered_at: datetime = Field(sa_type=Moment)


_ROWS: Select[*tuple[Any, ...]] = (
    select(
        col(LocalValueRow.what), col(LocalValueRow.value), col(LocalValueRow.place_id), col(LocalValueRow.document),
        col(LocalValueRow.issued), col(LocalValueRow.effective), col(LocalValueRow.expires), col(LocalValueRow.id),
        col(PlaceRow.name),
    )
    .join(PlaceRow, col(PlaceRow.id) == col(LocalValueRow.place_id))
    .order_by(col(LocalValueRow.what), col(LocalValueRow.place_id), col(LocalValueRow.effective))
)  # fmt: skip


@cache
def _put(dialect: str) -> Executable:
    statement = INSERT[dialect](LocalValueRow)
    corrected = ("value", "document", "issued", "expires", "entered_at")
    values = {name: statement.excluded[name] for name in corrected}
    return statement.on_conflict_do_update(
        index_elements=["place_id", "what", "effective"], set_=values
    ).returning(col(LocalValueRow.id))


class LocalValues:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def put(self, new: NewValue) -> int:
        """Enter a value, or correct the one of the same thing, place and first day; returns its number."""
        identity = {"what": new.what, "place_id": new.place_id, "effective": new.effective}
        words = {"value": new.value, "document": new.document, "issued": new.issued, "expires": new.expires}
        words["entered_at"] = self._now
        # first as a correction: on PostgreSQL an INSERT that conflicts uses up a number
        corrected = update(LocalValueRow).filter_by(**identity).values(words).returning(col(LocalValueRow.id))
        found = self._connection.execute(corrected).scalar()
        if found is None:
            found = self._connection.execute(
                _put(self._connection.dialect.name), {**identity, **words}
            ).scalar_one()
        return int(found)

    def get(self, value_id: int) -> LocalValue:
        """Raises `NotFound`."""
        row = self._connection.execute(_ROWS.where(col(LocalValueRow.id) == value_id)).first()
        if row is None:
            raise NotFound(f"local_value:{value_id}")
        return LocalValue(*row)

    def standing(self, new: NewValue) -> LocalValue | None:
        """What `put` would correct."""
        same = _ROWS.where(
            col(LocalValueRow.place_id) == new.place_id,
            col(LocalValueRow.what) == new.what,
            col(LocalValueRow.effective) == new.effective,
        )
        row = self._connection.execute(same).first()
        return LocalValue(*row) if row else None

    def all(self) -> list[LocalValue]:
        """By what they are, then place, then first day."""
        return [LocalValue(*row) for row in self._connection.execute(_ROWS)]

    def at(self, places: Collection[int]) -> list[LocalValue]:
        """Those entered for any of these places."""
        rows = self._connection.execute(_ROWS.where(col(LocalValueRow.place_id).in_(places)))
        return [LocalValue(*row) for row in rows]

    def remove(self, value_id: int) -> None:
        self._connection.execute(delete(LocalValueRow).where(col(LocalValueRow.id) == value_id))
