"""Which column of a county's sheet means what, as a person once said: found again by the set of its headers."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import JSON, Connection, delete, insert, select
from sqlmodel import Field, SQLModel, col

from storage.base import Moment


class SheetColumnsRow(SQLModel, table=True):
    __tablename__ = "sheet_columns"
    sheet: str = Field(primary_key=True)
    headers: str = Field(primary_key=True)
    columns: dict[str, str] = Field(sa_type=JSON)
    used_at: datetime = Field(sa_type=Moment)


class SheetColumns:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def recall(self, sheet: str, headers: Iterable[str]) -> dict[str, str]:
        """Header → field, as it was said for a sheet of these headers in whatever order; empty when never."""
        query = select(col(SheetColumnsRow.columns)).where(
            col(SheetColumnsRow.sheet) == sheet, col(SheetColumnsRow.headers) == _key(headers)
        )
        return dict(self._connection.execute(query).scalar() or {})

    def keep(self, sheet: str, headers: Iterable[str], columns: Mapping[str, str]) -> None:
        """Remember what was said, in place of what was said before."""
        key = _key(headers)
        same = col(SheetColumnsRow.sheet) == sheet, col(SheetColumnsRow.headers) == key
        self._connection.execute(delete(SheetColumnsRow).where(*same))
        row = {"sheet": sheet, "headers": key, "columns": dict(columns), "used_at": self._now}
        self._connection.execute(insert(SheetColumnsRow), row)


def _key(headers: Iterable[str]) -> str:
    return json.dumps(sorted(set(headers)), ensure_ascii=False)
