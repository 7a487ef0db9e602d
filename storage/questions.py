"""Questions that found no good answer: each kept once a place with its count, nameless, until a keeper sees to it.

    waiting ─▶ answered     a keeper's card stands for it, or it is another way of asking what a card answers
       │ ▲        │
       │ └────────┘         asked again without an answer, or found of no use
       └────▶ dropped       a keeper will not answer it; it counts on, and who asks again is told so

Who asked is kept only to tell them what came of it, and goes once they are told, or after 30 days.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, Row, bindparam, case, delete, func, or_, select, update
from sqlmodel import Field, SQLModel, col

from storage.base import Moment, NotFound
from storage.inbox import INSERT
from storage.places import PlaceRow

REMEMBERED = timedelta(days=30)
"""How long an asker waits to be told."""


class Standing(StrEnum):
    WAITING = "waiting"
    ANSWERED = "answered"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """`text`: as it was first asked, nameless. `reason`: why it was dropped. `place`: where it is asked, "" if
    nobody knows. `same`: the id of the card of which this is another way of asking, "" if it has its own.
    """

    no: int
    text: str
    times: int
    first: datetime
    last: datetime
    standing: Standing
    reason: str
    place_id: int | None = None
    place: str = ""
    same: str = ""


class QuestionRow(SQLModel, table=True):
    __tablename__ = "question"
    no: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    text: str
    times: int
    first_at: datetime = Field(sa_type=Moment)
    last_at: datetime = Field(sa_type=Moment)
    standing: str = Field(index=True)
    reason: str = ""
    place_id: int | None = Field(default=None, foreign_key="place.id")
    same: str = ""


class NoticeRow(SQLModel, table=True):
    """A member to be told what came of a question."""

    __tablename__ = "question_notice"
    question_no: int = Field(primary_key=True, foreign_key="question.no")
    member_id: int = Field(primary_key=True, foreign_key="member.id")
    at: datetime = Field(sa_type=Moment, index=True)


_ROWS = select(
    col(QuestionRow.no), col(QuestionRow.text), col(QuestionRow.times), col(QuestionRow.first_at),
    col(QuestionRow.last_at), col(QuestionRow.standing), col(QuestionRow.reason), col(QuestionRow.place_id),
    func.coalesce(col(PlaceRow.name), "").label("place"), col(QuestionRow.same),
).outerjoin(PlaceRow, col(PlaceRow.id) == col(QuestionRow.place_id))  # fmt: skip
_ONE = _ROWS.where(col(QuestionRow.no) == bindparam("no"))
_WAITING = _ROWS.where(col(QuestionRow.standing) == Standing.WAITING.value).order_by(
    col(QuestionRow.times).desc(), col(QuestionRow.last_at).desc(), col(QuestionRow.no)
)
_ASKERS = select(col(NoticeRow.member_id)).where(col(NoticeRow.question_no) == bindparam("no"))


_AGAIN = {
    "times": col(QuestionRow.times) + 1,
    "last_at": bindparam("now"),
    "standing": case(
        (col(QuestionRow.standing) == Standing.DROPPED.value, Standing.DROPPED.value),
        else_=Standing.WAITING.value,
    ),
}
_COUNT = (
    update(QuestionRow)
    .where(col(QuestionRow.key) == bindparam("asked"))
    .values(**_AGAIN)
    .returning(col(QuestionRow.no))
)


@cache
def _first(dialect: str) -> Executable:
    """Two who ask the same for the first time, at one moment, are counted as two."""
    statement = INSERT[dialect](QuestionRow)
    return statement.on_conflict_do_update(index_elements=["key"], set_=_AGAIN).returning(col(QuestionRow.no))


@cache
def _remember(dialect: str) -> Executable:
    return INSERT[dialect](NoticeRow).on_conflict_do_nothing(index_elements=["question_no", "member_id"])


class Questions:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name
        self._now = now

    def asked(self, key: str, text: str, *, by: int, place_id: int | None = None) -> int:
        """Count one asking, and remember whom to tell; returns the question's number.

        `key`: what two ways of typing one question share, without a colon. The same question in another place
        is another one: the answer may differ.
        """
        key = f"{place_id}:{key}" if place_id is not None else key
        no = self._connection.execute(_COUNT, {"asked": key, "now": self._now}).scalar()
        if no is None:
            words = {"key": key, "text": text, "times": 1, "standing": Standing.WAITING.value, "reason": ""}
            words |= {"place_id": place_id, "same": ""}
            moments = {"first_at": self._now, "last_at": self._now, "now": self._now}
            no = self._connection.execute(_first(self._dialect), {**words, **moments}).scalar_one()
        notice = {"question_no": no, "member_id": by, "at": self._now}
        self._connection.execute(_remember(self._dialect), notice)
        return int(no)

    def get(self, no: int) -> AskedQuestion:
        """Raises `NotFound`."""
        row = self._connection.execute(_ONE, {"no": no}).first()
        if row is None:
            raise NotFound(f"question:{no}")
        return _view(row)

    def waiting(self, *, limit: int = 10_000) -> list[AskedQuestion]:
        """Most often asked first, of those the latest."""
        return [_view(row) for row in self._connection.execute(_WAITING.limit(limit))]

    def elsewhere(self, no: int) -> list[AskedQuestion]:
        """The same question where it waits in other places, the first asked first."""
        key = self._connection.execute(
            select(col(QuestionRow.key)).where(col(QuestionRow.no) == no)
        ).scalar_one()
        words = key.rpartition(":")[2]
        alike = _ROWS.where(
            or_(col(QuestionRow.key) == words, col(QuestionRow.key).endswith(f":{words}", autoescape=True)),
            col(QuestionRow.no) != no,
            col(QuestionRow.standing) == Standing.WAITING.value,
        )
        return [_view(row) for row in self._connection.execute(alike.order_by(col(QuestionRow.no)))]

    def aliases(self, card: str) -> list[AskedQuestion]:
        """Other ways of asking what the card of this id answers, in the order of their numbers."""
        rows = _ROWS.where(
            col(QuestionRow.same) == card, col(QuestionRow.standing) == Standing.ANSWERED.value
        ).order_by(col(QuestionRow.no))
        return [_view(row) for row in self._connection.execute(rows)]

    def times_waiting(self) -> int:
        """How often all that waits was asked."""
        total = select(func.coalesce(func.sum(col(QuestionRow.times)), 0))
        waiting = total.where(col(QuestionRow.standing) == Standing.WAITING.value)
        return int(self._connection.execute(waiting).scalar_one())

    def settle(self, no: int, standing: Standing, *, reason: str = "", same: str = "") -> list[int]:
        """Record what a keeper decided; returns the members to be told, who are remembered no longer."""
        self._connection.execute(
            update(QuestionRow)
            .where(col(QuestionRow.no) == no)
            .values(standing=standing.value, reason=reason, same=same)
        )
        askers = [int(member) for member in self._connection.execute(_ASKERS, {"no": no}).scalars()]
        self._connection.execute(delete(NoticeRow).where(col(NoticeRow.question_no) == no))
        return sorted(askers)

    def reopen(self, no: int) -> None:
        """It waits again: the answer it had is gone."""
        self._connection.execute(
            update(QuestionRow)
            .where(col(QuestionRow.no) == no)
            .values(standing=Standing.WAITING.value, same="")
        )

    def forget(self, member_id: int) -> None:
        """This member is not to be told."""
        self._connection.execute(delete(NoticeRow).where(col(NoticeRow.member_id) == member_id))

    def hand_over(self, lost: int, kept: int) -> None:
        """What one member asked, another did, who turned out to be the same person."""
        mine = select(col(NoticeRow.question_no), col(NoticeRow.at)).where(col(NoticeRow.member_id) == lost)
        for row in self._connection.execute(mine).all():
            notice = {"question_no": row.question_no, "member_id": kept, "at": row.at}
            self._connection.execute(_remember(self._dialect), notice)
        self.forget(lost)

    def prune(self) -> int:
        """Forget askers who have waited too long; returns how many."""
        old = col(NoticeRow.at) < self._now - REMEMBERED
        return self._connection.execute(delete(NoticeRow).where(old)).rowcount


def _view(row: Row[*tuple[Any, ...]]) -> AskedQuestion:
    return AskedQuestion(
        row.no or 0, row.text, row.times, row.first_at, row.last_at, Standing(row.standing), row.reason,
        row.place_id, row.place, row.same,
    )  # fmt: skip
