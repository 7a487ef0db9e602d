"""What a chat has open: the last numbered list, and a command that waits for one more word from a member."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Connection, Executable, bindparam, delete, select
from sqlmodel import Field, SQLModel, col

from storage.base import Moment, StorageError
from storage.inbox import INSERT
from storage.sealing import Sealed

PATIENCE = timedelta(minutes=30)

LISTED = timedelta(days=14)
"""How long one can pick from a list."""


@dataclass(frozen=True, slots=True)
class OpenConversation:
    """`command` was given with `arguments` and one was missing; what the member says next completes it.

    `steps`: how far somebody is on a way of several steps, empty where one word is missing. `taken` counts what
    was said on it: two messages at once cannot both be the answer to one question.
    """

    command: str
    arguments: str
    steps: str = ""
    taken: int = 0


class MovedOn(StorageError):
    """Another message was taken as the answer to what was open; nothing changed."""


class ListingRow(SQLModel, table=True):
    __tablename__ = "chat_listing"
    chat: str = Field(primary_key=True)
    items: str
    more: str = Field(default="", sa_type=Sealed)
    at: datetime = Field(sa_type=Moment)


class ConversationRow(SQLModel, table=True):
    __tablename__ = "conversation"
    chat: str = Field(primary_key=True)
    member_id: int = Field(primary_key=True, foreign_key="member.id")
    command: str
    arguments: str = Field(sa_type=Sealed)
    steps: str = Field(default="", sa_type=Sealed)
    taken: int = 0
    at: datetime = Field(sa_type=Moment)


_LISTING = select(col(ListingRow.items), col(ListingRow.more)).where(
    col(ListingRow.chat) == bindparam("chat")
)
_CONVERSATION = select(
    col(ConversationRow.command),
    col(ConversationRow.arguments),
    col(ConversationRow.steps),
    col(ConversationRow.taken),
).where(
    col(ConversationRow.chat) == bindparam("chat"),
    col(ConversationRow.member_id) == bindparam("member"),
    col(ConversationRow.at) >= bindparam("since"),
)


@cache
def _keep_listing(dialect: str) -> Executable:
    statement = INSERT[dialect](ListingRow)
    values = {name: statement.excluded[name] for name in ("items", "more", "at")}
    return statement.on_conflict_do_update(index_elements=["chat"], set_=values)


@cache
def _open_conversation(dialect: str) -> Executable:
    statement = INSERT[dialect](ConversationRow)
    values = {name: statement.excluded[name] for name in ("command", "arguments", "steps", "taken", "at")}
    return statement.on_conflict_do_update(index_elements=["chat", "member_id"], set_=values)


class Chats:
    """`chat` is the engine's name of a chat: `m:<member>` in private, `g:<group>` in a group."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name
        self._now = now

    def listing(self, chat: str) -> tuple[str, ...]:
        return self.listed(chat)[0]

    def listed(self, chat: str) -> tuple[tuple[str, ...], str]:
        """The references of the last list, and the command that shows what follows it."""
        row = self._connection.execute(_LISTING, {"chat": chat}).first()
        if row is None:
            return (), ""
        items, more = row
        return tuple(json.loads(items)), more

    def keep_listing(self, chat: str, items: tuple[str, ...], more: str = "") -> None:
        values = {"chat": chat, "items": json.dumps(items), "more": more, "at": self._now}
        self._connection.execute(_keep_listing(self._dialect), values)

    def conversation(self, chat: str, member_id: int) -> OpenConversation | None:
        asked = {"chat": chat, "member": member_id, "since": self._now - PATIENCE}
        row = self._connection.execute(_CONVERSATION, asked).first()
        return OpenConversation(*row) if row else None

    def open_conversation(self, chat: str, member_id: int, waiting: OpenConversation) -> None:
        values = {"chat": chat, "member_id": member_id, **asdict(waiting), "at": self._now}
        self._connection.execute(_open_conversation(self._dialect), values)

    def take(self, chat: str, member_id: int, waiting: OpenConversation) -> None:
        """Be the one message that answers what is open, and close it. Raises `MovedOn` when another was."""
        mine = (col(ConversationRow.chat) == chat, col(ConversationRow.member_id) == member_id)
        same = (col(ConversationRow.command) == waiting.command, col(ConversationRow.taken) == waiting.taken)
        if not self._connection.execute(delete(ConversationRow).where(*mine, *same)).rowcount:
            raise MovedOn

    def close_conversation(self, chat: str, member_id: int) -> None:
        self._connection.execute(
            delete(ConversationRow).where(
                col(ConversationRow.chat) == chat, col(ConversationRow.member_id) == member_id
            )
        )

    def forget(self, member_id: int) -> None:
        """Let nothing be open of a member: neither what they said on a way, nor what they looked for in private."""
        self._connection.execute(delete(ConversationRow).where(col(ConversationRow.member_id) == member_id))
        self._connection.execute(delete(ListingRow).where(col(ListingRow.chat) == f"m:{member_id}"))

    def prune(self) -> None:
        """Drop what nobody went on with, and lists nobody picks from any more."""
        self._connection.execute(
            delete(ConversationRow).where(col(ConversationRow.at) < self._now - PATIENCE)
        )
        self._connection.execute(delete(ListingRow).where(col(ListingRow.at) < self._now - LISTED))
