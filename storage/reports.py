"""What must reach whom it concerns, and nobody else: reports of harm, and of wrongdoing (举报).

    waiting ─▶ closed

The words are no part of a row: they are sealed among the personal details under `report:<no>`. So is who reports
wrongdoing: `member_id` is set for harm alone.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update
from sqlmodel import Field, SQLModel, col

from storage.base import Moment, NotFound, new_id
from storage.places import PlaceRow


class Concern(StrEnum):
    HARM = "harm"
    WRONGDOING = "wrongdoing"


@dataclass(frozen=True, slots=True)
class NewReport:
    """`matter`: what kind of harm, as its feature names it; `child`: whether a minor is concerned; `carded`: whether
    who spoke was given the card for it."""

    concern: Concern
    place_id: int | None
    matter: str = ""
    child: bool = False
    member_id: int | None = None
    carded: bool = False


@dataclass(frozen=True, slots=True)
class Report(NewReport):
    """As it is kept; `place`: its name, "" for nowhere known."""

    no: int = 0
    at: datetime | None = None
    closed_at: datetime | None = None
    place: str = ""


class ReportRow(SQLModel, table=True):
    __tablename__ = "report"
    no: int | None = Field(default=None, primary_key=True)
    concern: str
    matter: str = ""
    child: bool = False
    place_id: int | None = Field(default=None, foreign_key="place.id")
    member_id: int | None = Field(default=None, foreign_key="member.id", index=True)
    carded: bool = False
    at: datetime = Field(sa_type=Moment)
    closed_at: datetime | None = Field(default=None, sa_type=Moment, index=True)


_ROWS: Select[*tuple[Any, ...]] = (
    select(
        col(ReportRow.concern), col(ReportRow.place_id), col(ReportRow.matter), col(ReportRow.child),
        col(ReportRow.member_id), col(ReportRow.carded), col(ReportRow.no), col(ReportRow.at),
        col(ReportRow.closed_at), col(PlaceRow.name),
    )
    .outerjoin(PlaceRow, col(PlaceRow.id) == col(ReportRow.place_id))
    .order_by(col(ReportRow.no))
)  # fmt: skip


class Reports:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def add(self, new: NewReport) -> int:
        """Keep one; returns its number."""
        values = {
            "concern": new.concern.value, "matter": new.matter, "child": new.child, "place_id": new.place_id,
            "member_id": new.member_id, "carded": new.carded, "at": self._now,
        }  # fmt: skip
        return new_id(self._connection.execute(insert(ReportRow), values))

    def get(self, no: int) -> Report:
        """Raises `NotFound`."""
        row = self._connection.execute(_ROWS.where(col(ReportRow.no) == no)).first()
        if row is None:
            raise NotFound(f"report:{no}")
        return _view(row)

    def waiting(self) -> list[Report]:
        """What nobody has closed, the oldest first."""
        rows = self._connection.execute(_ROWS.where(col(ReportRow.closed_at).is_(None)))
        return [_view(row) for row in rows]

    def carded_since(self, member_id: int, matter: str, since: datetime, *, child: bool) -> bool:
        """Whether this member was given the card for this matter, a child's or another's, at or after `since`."""
        given = select(col(ReportRow.no)).where(
            col(ReportRow.member_id) == member_id,
            col(ReportRow.matter) == matter,
            col(ReportRow.child).is_(child),
            col(ReportRow.carded).is_(True),
            col(ReportRow.at) >= since,
        )
        return self._connection.execute(given.limit(1)).first() is not None

    def close(self, no: int) -> bool:
        """Whether it was waiting until now."""
        mine = (col(ReportRow.no) == no, col(ReportRow.closed_at).is_(None))
        done = self._connection.execute(update(ReportRow).where(*mine).values(closed_at=self._now))
        return bool(done.rowcount)

    def closed_before(self, moment: datetime) -> list[int]:
        """The numbers of those closed by then."""
        found = select(col(ReportRow.no)).where(col(ReportRow.closed_at) <= moment)
        return [no for no in self._connection.execute(found).scalars() if no is not None]

    def hand_over(self, lost: int, kept: int) -> None:
        """What one member said, another did, who turned out to be the same person."""
        mine = update(ReportRow).where(col(ReportRow.member_id) == lost)
        self._connection.execute(mine.values(member_id=kept))

    def forget(self, member_id: int) -> None:
        """Let go of who said it. The words stay until the matter is closed: a child's safety does not end with it."""
        mine = update(ReportRow).where(col(ReportRow.member_id) == member_id)
        self._connection.execute(mine.values(member_id=None))


def _view(row: Any) -> Report:
    concern, place_id, matter, child, member_id, carded, no, at, closed_at, place = row
    return Report(
        Concern(concern), place_id, matter, child, member_id, carded, no=no, at=at, closed_at=closed_at,
        place=place or "",
    )  # fmt: skip
