"""Calls: what was put to the robot in URL mode, and how its answer gets back: a stream that is asked for again and
again, and one address (`response_url`) that takes one message within an hour.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, delete, func, select, update
from sqlmodel import Field, SQLModel, col

from storage.base import Moment
from storage.inbox import insert
from storage.sealing import Sealed

KEPT = timedelta(days=1)


class Stream(StrEnum):
    """How a call's stream stands; how it ended is said again to whoever asks again."""

    NONE = ""
    OPEN = "open"
    SAID = "said"
    """It ended with the answer."""
    ELSEWHERE = "elsewhere"
    """It ended because the answer had gone out otherwise."""
    GIVEN_UP = "given_up"
    """It ended before there was an answer."""


@dataclass(frozen=True, slots=True)
class Call:
    key: str
    payload: str
    at: datetime
    stream: Stream


@dataclass(frozen=True, slots=True)
class Address:
    key: str
    url: str = field(repr=False)


class CallRow(SQLModel, table=True):
    __tablename__ = "robot_call"
    key: str = Field(primary_key=True)
    chat: str = Field(index=True)
    payload: str = Field(sa_type=Sealed)
    at: datetime = Field(sa_type=Moment, index=True)
    stream: str = ""
    url: str = ""
    """A secret: whoever has it may say one thing in that chat. Empty when there is none, or it is used."""


class RobotCalls:
    """`key`: of the update; `chat`: the group's id, or the person's in a single chat."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def heard(self, key: str, chat: str, payload: str, url: str) -> None:
        """Keep a call; one that is delivered again changes nothing."""
        row = insert(self._connection)(CallRow).values(
            key=key, chat=chat, payload=payload, at=self._now, stream=Stream.NONE.value, url=url
        )
        self._connection.execute(row.on_conflict_do_nothing())

    def get(self, key: str) -> Call | None:
        columns = (col(CallRow.payload), col(CallRow.at), col(CallRow.stream))
        row = self._connection.execute(select(*columns).where(col(CallRow.key) == key)).first()
        return Call(key, row.payload, row.at, Stream(row.stream)) if row else None

    def move(self, key: str, to: Stream, *, from_: Sequence[Stream]) -> bool:
        """Whether the stream stood at one of `from_`."""
        done = self._connection.execute(
            update(CallRow)
            .where(col(CallRow.key) == key, col(CallRow.stream).in_([each.value for each in from_]))
            .values(stream=to.value)
        )
        return bool(done.rowcount)

    def streaming(self, chat: str, *, longest: timedelta) -> bool:
        """Whether a stream in this chat still waits for its answer."""
        waiting = (
            col(CallRow.chat) == chat,
            col(CallRow.stream) == Stream.OPEN.value,
            col(CallRow.at) > self._now - longest,
        )
        return bool(self._connection.execute(select(func.count()).where(*waiting)).scalar())

    def take_address(self, chat: str, *, lifetime: timedelta) -> Address | None:
        """An address of this chat that is good for one message, the one that ends first; nobody gets it twice."""
        while True:
            row = self._connection.execute(
                select(col(CallRow.key), col(CallRow.url))
                .where(
                    col(CallRow.chat) == chat, col(CallRow.url) != "", col(CallRow.at) > self._now - lifetime
                )
                .order_by(col(CallRow.at), col(CallRow.key))
            ).first()
            if row is None:
                return None
            taken = self._connection.execute(
                update(CallRow).where(col(CallRow.key) == row.key, col(CallRow.url) == row.url).values(url="")
            )
            if taken.rowcount:
                return Address(row.key, row.url)

    def give_back(self, address: Address) -> None:
        """Nothing was said there after all."""
        self._connection.execute(
            update(CallRow)
            .where(col(CallRow.key) == address.key, col(CallRow.url) == "")
            .values(url=address.url)
        )

    def prune(self) -> None:
        self._connection.execute(delete(CallRow).where(col(CallRow.at) < self._now - KEPT))
