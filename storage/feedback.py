"""Feedback: words to the keeper, and what people thought of an answer. The sender is not kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Connection, Executable, bindparam, delete, insert, select
from sqlmodel import Field, SQLModel, col

from storage.base import Moment
from storage.inbox import INSERT
from storage.sealing import Sealed


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
    text: str = Field(default="", sa_type=Sealed)
    answer: str = ""


class AnswerRow(SQLModel, table=True):
    """The last answer in a chat to a member: what `/有用` and `/没用` speak of. Replaced by the next one."""

    __tablename__ = "last_answer"
    chat: str = Field(primary_key=True)
    member_id: int = Field(primary_key=True, foreign_key="member.id")
    question: str = Field(sa_type=Sealed)
    answer: str
    at: datetime = Field(sa_type=Moment)


_EVER = timedelta(days=36_500)
_ADD = insert(FeedbackRow)
_ALL = select(
    col(FeedbackRow.at), col(FeedbackRow.kind), col(FeedbackRow.text), col(FeedbackRow.answer)
).order_by(col(FeedbackRow.id))
_LAST = select(col(AnswerRow.question), col(AnswerRow.answer)).where(
    col(AnswerRow.chat) == bindparam("chat"),
    col(AnswerRow.member_id) == bindparam("member"),
    col(AnswerRow.at) >= bindparam("since"),
)


@cache
def _answered(dialect: str) -> Executable:
    statement = INSERT[dialect](AnswerRow)
    values = {name: statement.excluded[name] for name in ("question", "answer", "at")}
    return statement.on_conflict_do_update(index_elements=["chat", "member_id"], set_=values)


class FeedbackBox:
    """`kind`: comment, useful or useless."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def add(self, kind: str, text: str, *, answer: str = "") -> None:
        self._connection.execute(_ADD, {"at": self._now, "kind": kind, "text": text, "answer": answer})

    def all(self, kind: str | None = None) -> list[Feedback]:
        query = _ALL.where(col(FeedbackRow.kind) == kind) if kind else _ALL
        return [Feedback(*row) for row in self._connection.execute(query)]

    def answered(self, chat: str, member_id: int, question: str, answer: str) -> None:
        words = {"question": question, "answer": answer, "at": self._now}
        statement = _answered(self._connection.dialect.name)
        self._connection.execute(statement, {"chat": chat, "member_id": member_id, **words})

    def last_answer(self, chat: str, member_id: int, *, within: timedelta = _EVER) -> tuple[str, str] | None:
        """The question and the answer's identity, unless it was given longer ago than `within`."""
        asked = {"chat": chat, "member": member_id, "since": self._now - within}
        row = self._connection.execute(_LAST, asked).first()
        return (row.question, row.answer) if row else None

    def forget(self, member_id: int) -> None:
        """Let go of the last answers to this member."""
        self._connection.execute(delete(AnswerRow).where(col(AnswerRow.member_id) == member_id))
