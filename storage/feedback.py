"""Feedback: words to the keeper, and what people thought of an answer. The sender is not kept."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Field, Session, SQLModel, col, select

from storage.base import Moment


@dataclass(frozen=True, slots=True)
class Feedback:
    at: datetime
    kind: str
    text: str
    answer: str


class FeedbackRow(SQLModel, table=True):
    __tablename__ = "feedback"
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Moment)
    kind: str = Field(index=True)
    text: str = ""
    answer: str = ""


class AnswerRow(SQLModel, table=True):
    """The last answer given in a chat to a member: what `/有用` and `/没用` speak of. Replaced by the next one."""

    __tablename__ = "last_answer"
    chat: str = Field(primary_key=True)
    member_id: int = Field(primary_key=True, foreign_key="member.id")
    question: str
    answer: str
    at: datetime = Field(sa_type=Moment)


class FeedbackBox:
    """`kind`: comment, useful, useless or unanswered."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now

    def add(self, kind: str, text: str, *, answer: str = "") -> None:
        self._session.add(FeedbackRow(at=self._now, kind=kind, text=text, answer=answer))

    def all(self, kind: str | None = None) -> list[Feedback]:
        query = select(FeedbackRow).order_by(col(FeedbackRow.id))
        rows = self._session.exec(query.where(FeedbackRow.kind == kind) if kind else query)
        return [Feedback(row.at, row.kind, row.text, row.answer) for row in rows]

    def answered(self, chat: str, member_id: int, question: str, answer: str) -> None:
        self._session.merge(
            AnswerRow(chat=chat, member_id=member_id, question=question, answer=answer, at=self._now)
        )

    def last_answer(self, chat: str, member_id: int) -> tuple[str, str] | None:
        """The question and the answer's identity."""
        row = self._session.get(AnswerRow, (chat, member_id))
        return (row.question, row.answer) if row else None
