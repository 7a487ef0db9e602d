"""The simulator's lines: what stands in its chats. Used in dev only."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Field, Session, SQLModel, col, select

from storage.base import Moment
from storage.inbox import insert
from storage.sealing import Sealed


@dataclass(frozen=True, slots=True)
class SimulatorLine:
    id: int
    chat: str
    member_id: int | None
    text: str
    at: datetime
    parts: str | None = None
    """What is shown in place of the text, as JSON; None when the text is all there is."""


class SimulatorLineRow(SQLModel, table=True):
    __tablename__ = "simulator_line"
    id: int | None = Field(default=None, primary_key=True)
    chat: str
    member_id: int | None = Field(default=None, foreign_key="member.id")
    text: str = Field(sa_type=Sealed)
    at: datetime = Field(sa_type=Moment)
    once: str | None = Field(default=None, unique=True)
    parts: str | None = Field(default=None, sa_type=Sealed)


class SimulatorLines:
    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now

    def say(
        self, chat: str, member_id: int | None, text: str, *, once: str | None, parts: str | None = None
    ) -> SimulatorLine | None:
        """Append a line; None when a line with this `once` stands there already."""
        statement = (
            insert(self._session)(SimulatorLineRow)
            .values(chat=chat, member_id=member_id, text=text, at=self._now, once=once, parts=parts)
            .on_conflict_do_nothing()
            .returning(col(SimulatorLineRow.id))
        )
        row = self._session.execute(statement).first()
        return SimulatorLine(row[0], chat, member_id, text, self._now, parts) if row else None

    def after(self, line_id: int, *, limit: int) -> list[SimulatorLine]:
        rows = self._session.exec(
            select(SimulatorLineRow)
            .where(col(SimulatorLineRow.id) > line_id)
            .order_by(col(SimulatorLineRow.id))
            .limit(limit)
        )
        return [_line(row) for row in rows]

    def hand_over(self, lost: int, kept: int) -> None:
        """What a member said who turned out to be another one, they said."""
        mine = update(SimulatorLineRow).where(col(SimulatorLineRow.member_id) == lost)
        self._session.execute(mine.values(member_id=kept))

    def last_id(self) -> int:
        row = self._session.exec(
            select(SimulatorLineRow).order_by(col(SimulatorLineRow.id).desc()).limit(1)
        ).first()
        return (row.id or 0) if row else 0


def _line(row: SimulatorLineRow) -> SimulatorLine:
    assert row.id is not None
    return SimulatorLine(row.id, row.chat, row.member_id, row.text, row.at, row.parts)
