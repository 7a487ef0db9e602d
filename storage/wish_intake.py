"""Wishes that come out of a sheet: those of a register with their numbers and days, and those proposed before today."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, func, insert, select, text, update
from sqlmodel import col

from storage.wish_states import Move
from storage.wish_table import Wish, WishEventRow, WishRow

_FOLLOW_ON = text(
    "SELECT setval(numbers, greatest(:highest, coalesce(pg_sequence_last_value(numbers), 1))) "
    "FROM (SELECT CAST(pg_get_serial_sequence('wish', 'no') AS regclass) AS numbers) AS wish_numbers"
)
"""Never back: another process may have taken a number that is not committed yet."""


class WishIntake:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def proposed(self, no: int, at: datetime) -> None:
        """It was said on this day, before it was logged here."""
        self._connection.execute(update(WishRow).where(col(WishRow.no) == no).values(logged_at=at))

    def restore(
        self, no: int, values: Mapping[str, Any], history: Sequence[tuple[datetime, Move, int | None, str]]
    ) -> None:
        """A wish under its own number. `values`: every column of a `Wish` that is no name; `history`: what is known
        of how it came to be so. Raises `Conflict` when the number is in use.
        """
        plain = {name: value.value if isinstance(value, StrEnum) else value for name, value in values.items()}
        self._connection.execute(insert(WishRow), {"no": no, **plain})
        events = [
            {"wish_no": no, "at": at, "move": move.value, "actor_id": by, "note": note}
            for at, move, by, note in history
        ]
        self._connection.execute(insert(WishEventRow), events)

    def follow_on(self) -> None:
        """Let the numbering go on after the highest number there is, which SQLite does by itself."""
        if self._connection.dialect.name == "postgresql":
            highest = self._connection.execute(select(func.max(col(WishRow.no)))).scalar()
            self._connection.execute(_FOLLOW_ON, {"highest": highest or 1})


COLUMNS = tuple(name for name in WishRow.model_fields if name in Wish.__dataclass_fields__ and name != "no")
"""Of the table, those that a `Wish` tells of."""
