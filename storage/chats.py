"""What a chat has open: the last numbered list, and a command that waits for one more word from a member."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Connection, Executable, bindparam, delete, select
from sqlmodel import Field, SQLModel, col

from storage.base import Moment
from storage.inbox import INSERT

PATIENCE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class OpenConversation:
    """`command` was given with `arguments` and one was missing; what the member says next completes it."""

    command: str
    arguments: str


class ListingRow(SQLModel, table=True):
    __tablename__ = "chat_listing"
    chat: str = Field(primary_key=True)
    items: str
    at: datetime = Field(sa_type=Moment)


class ConversationRow(SQLModel, table=True):
    __tablename__ = "conversation"
    chat: str = Field(primary_key=True)
    member_id: int = Field(primary_key=True, foreign_key="member.id")
    command: str
    arguments: str
    at: datetime = Field(sa_type=Moment)


_LISTING = select(col(ListingRow.items)).where(col(ListingRow.chat) == bindparam("chat"))
_CONVERSATION = select(col(ConversationRow.command), col(ConversationRow.arguments)).where(
    col(ConversationRow.chat) == bindparam("chat"),
    col(ConversationRow.member_id) == bindparam("member"),
    col(ConversationRow.at) >= bindparam("since"),
)


@cache
def _keep_listing(dialect: str) -> Executable:
    statement = INSERT[dialect](ListingRow)
    values = {"items": statement.excluded["items"], "at": statement.excluded["at"]}
    return statement.on_conflict_do_update(index_elements=["chat"], set_=values)


@cache
def _open_conversation(dialect: str) -> Executable:
    statement = INSERT[dialect](ConversationRow)
    values = {name: statement.excluded[name] for name in ("command", "arguments", "at")}
    return statement.on_conflict_do_update(index_elements=["chat", "member_id"], set_=values)


class Chats:
    """`chat` is the engine's name of a chat: `m:<member>` in private, `g:<group>` in a group."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name
        self._now = now

    def listing(self, chat: str) -> tuple[str, ...]:
        items = self._connection.execute(_LISTING, {"chat": chat}).scalar()
        return tuple(json.loads(items)) if items else ()

    def keep_listing(self, chat: str, items: tuple[str, ...]) -> None:
        values = {"chat": chat, "items": json.dumps(items), "at": self._now}
        self._connection.execute(_keep_listing(self._dialect), values)

    def conversation(self, chat: str, member_id: int) -> OpenConversation | None:
        asked = {"chat": chat, "member": member_id, "since": self._now - PATIENCE}
        row = self._connection.execute(_CONVERSATION, asked).first()
        return OpenConversation(*row) if row else None

    def open_conversation(self, chat: str, member_id: int, waiting: OpenConversation) -> None:
        words = {"command": waiting.command, "arguments": waiting.arguments}
        values = {"chat": chat, "member_id": member_id, **words, "at": self._now}
        self._connection.execute(_open_conversation(self._dialect), values)

    def close_conversation(self, chat: str, member_id: int) -> None:
        self._connection.execute(
            delete(ConversationRow).where(
                col(ConversationRow.chat) == chat, col(ConversationRow.member_id) == member_id
            )
        )
