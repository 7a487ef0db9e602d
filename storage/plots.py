"""Plots (责任田): what is known of a place of that kind beyond its name."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update
from sqlmodel import Field, SQLModel, col

from storage.base import Taken


@dataclass(frozen=True, slots=True)
class Plot:
    """`number` as the county writes it, unique; `area`: a key of `AREAS` or ""; `households` None: not told."""

    place_id: int
    number: str
    area: str = ""
    households: int | None = None


AREAS = ("area", "building", "group")
"""What a county cuts plots by: 片区, 楼栋, 生产组."""


class PlotRow(SQLModel, table=True):
    __tablename__ = "plot"
    place_id: int = Field(primary_key=True, foreign_key="place.id", sa_column_kwargs={"autoincrement": False})
    number: str = Field(unique=True)
    area: str = ""
    households: int | None = None


_PLOTS: Select[*tuple[Any, ...]] = select(
    col(PlotRow.place_id), col(PlotRow.number), col(PlotRow.area), col(PlotRow.households)
)


class Plots:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[Plot]:
        return [Plot(*row) for row in self._connection.execute(_PLOTS.order_by(col(PlotRow.place_id)))]

    def numbered(self, number: str) -> Plot | None:
        row = self._connection.execute(_PLOTS.where(col(PlotRow.number) == number)).first()
        return Plot(*row) if row else None

    def put(self, plot: Plot) -> None:
        """Enter what is known of a place of kind plot, or replace it. Raises `Taken`: the number is another's."""
        there = self.numbered(plot.number)
        if there is not None and there.place_id != plot.place_id:
            raise Taken(plot.number)
        values = {"number": plot.number, "area": plot.area, "households": plot.households}
        known = update(PlotRow).where(col(PlotRow.place_id) == plot.place_id).values(values)
        if not self._connection.execute(known).rowcount:
            self._connection.execute(insert(PlotRow), {"place_id": plot.place_id, **values})
