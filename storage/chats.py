"""What a chat has open: the last numbered list, and a command that waits for one more word from a member."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Field, Session, SQLModel, col

from storage.base import Moment
from storage.inbox import insert

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


class Chats:
    """`chat` is the engine's name of a chat: `m:<member>` in private, `g:<group>` in a group."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now

    def listing(self, chat: str) -> tuple[str, ...]:
        row = self._session.get(ListingRow, chat)
        return tuple(json.loads(row.items)) if row else ()

    def keep_listing(self, chat: str, items: tuple[str, ...]) -> None:
        values = {"items": json.dumps(items), "at": self._now}
        statement = insert(self._session)(ListingRow).values(chat=chat, **values)
        self._session.execute(statement.on_conflict_do_update(index_elements=["chat"], set_=values))

    def conversation(self, chat: str, member_id: int) -> OpenConversation | None:
        row = self._session.get(ConversationRow, (chat, member_id))
        if row is None or row.at < self._now - PATIENCE:
            return None
        return OpenConversation(row.command, row.arguments)

    def open_conversation(self, chat: str, member_id: int, waiting: OpenConversation) -> None:
        values = {"command": waiting.command, "arguments": waiting.arguments, "at": self._now}
        statement = insert(self._session)(ConversationRow).values(chat=chat, member_id=member_id, **values)
        self._session.execute(statement.on_conflict_do_update(index_elements=["chat", "member_id"], set_=values))

    def close_conversation(self, chat: str, member_id: int) -> None:
        self._session.exec(
            delete(ConversationRow).where(
                col(ConversationRow.chat) == chat, col(ConversationRow.member_id) == member_id
            )
        )
