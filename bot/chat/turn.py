"""One message being answered: who speaks, where, what is open there, and how the answer is stamped."""

from dataclasses import dataclass
from datetime import timedelta

from bot.chat.command import service
from bot.chat.phrases import NEW_GROUP_NAME, NEW_GROUP_NOTICE, PRIVACY_NOTICE
from bot.chat.reply import Reply
from bot.chat.update import Kind, Update
from storage.base import NotFound
from storage.burden import Burden
from storage.chats import OpenConversation
from storage.groups import Group
from storage.members import Member
from storage.outbox import Target
from storage.uow import UnitOfWork

LOCAL_CHANNELS = frozenset({"simulator", "terminal"})
"""Channels of our own whose sender and chat ids are member and group ids."""

COLLEAGUES = frozenset({"wecom_app", "wecom_aibot"})
"""Channels on which one corporation's userid is one person."""

REACHABLE = timedelta(hours=48)
"""How long a platform lets us write after a person spoke (Official Account: customer-service window)."""


@service
@dataclass(frozen=True, slots=True)
class Chat:
    """Where the member speaks."""

    key: str
    """`m:<member>` in private, `g:<group>` in a group."""
    group: Group | None
    channel: str
    place_id: int | None
    """The group's place, or the member's own in private."""
    listing: tuple[str, ...] = ()
    waiting: OpenConversation | None = None

    @property
    def private(self) -> bool:
        return self.group is None


@dataclass(frozen=True, slots=True)
class Opening:
    """What is known before the message is read: one look at the database."""

    stored: str | None
    member: Member | None
    group: Group | None
    chat: Chat | None


@dataclass(slots=True)
class Turn:
    update: Update
    member: Member
    chat: Chat
    opens: OpenConversation | None = None
    settled: bool = False
    """Whether the answer is committed."""
    refused: str = ""
    """The command whose permission was refused: it goes into the audit register."""
    new_group: bool = False
    """Whether the group was unknown until this message."""
    asks: bool = False
    """Whether the answer asks for words that are missing."""

    def settle(self, uow: UnitOfWork, reply: Reply) -> Reply:
        """Stamp the reply on the message; returns it as it will be said.

        Raises `storage.inbox.AlreadyAnswered` when another delivery of the message was first.
        """
        update, member = self.update, self.member
        if reply.parts and not member.noticed and uow.members.noticed(member.id):
            reply = reply.followed_by(PRIVACY_NOTICE)
        if self.new_group:
            reply = reply.followed_by(NEW_GROUP_NOTICE)
        group = self.chat.group
        if group is not None and (group.heard_at is None or group.removed_at is not None):
            uow.groups.heard(group.id)
        if update.private and update.channel not in LOCAL_CHANNELS:
            uow.members.heard_from(update.channel, update.sender, update.tenant, window=REACHABLE)
        if update.private and update.kind is not Kind.EVENT:
            uow.outbox.wake(member.id)
        if self.refused:
            uow.audit.add(actor=f"member:{member.id}", action="refused", subject=f"command:{self.refused}")
        if reply.listing:
            uow.chats.keep_listing(self.chat.key, reply.listing)
        if self.opens is not None:
            uow.chats.open_conversation(self.chat.key, member.id, self.opens)
        elif self.chat.waiting is not None:
            uow.chats.close_conversation(self.chat.key, member.id)
        late = uow.inbox.answer(update.channel, update.key, reply.to_json())
        if late:
            uow.outbox.add(target(self.chat, member), reply.to_json())
        if group is not None and reply.parts:
            asked = (Burden.QUESTION,) if self.asks else ()
            uow.burden.count(group.id, *asked, *(() if late else (Burden.MESSAGE,)))
        return reply


def target(chat: Chat, member: Member) -> Target:
    """Where an answer goes that could not be given at once."""
    return Target(group_id=chat.group.id) if chat.group else Target(member_id=member.id)


def look(uow: UnitOfWork, update: Update) -> Opening:
    """Whether the message was answered, who speaks, and what is open in the chat."""
    stored = uow.inbox.reply_to(update.channel, update.key)
    if stored is not None:
        return Opening(stored, None, None, None)
    member = _speaker(uow, update)
    group = _group(uow, update)
    if member is None:
        return Opening(None, None, group, None)
    return Opening(None, member, group, chat_of(uow, update, member, group))


def chat_of(uow: UnitOfWork, update: Update, member: Member, group: Group | None) -> Chat:
    key = f"g:{group.id}" if group else f"m:{member.id}"
    return Chat(
        key=key,
        group=group,
        channel=update.channel,
        place_id=group.place_id if group else member.place_id,
        listing=uow.chats.listing(key),
        waiting=uow.chats.conversation(key, member.id),
    )


def enrol(uow: UnitOfWork, update: Update, alias: str) -> tuple[Member, Chat]:
    """A person nobody knows becomes a resident without a place; one known on a colleague channel speaks here too."""
    member = _speaker(uow, update)
    if member is None:
        member = _colleague(uow, update) or uow.members.add(update.sender_name or alias)
        uow.members.open_account(
            member.id, update.channel, update.sender, update.tenant, update.id_kind.value
        )
    return member, chat_of(uow, update, member, _group(uow, update))


def register_group(uow: UnitOfWork, update: Update) -> None:
    """A chat on a platform that has no list of our chats: we learn of it when we are spoken to there."""
    if update.chat is not None and uow.groups.on_channel(update.channel, update.chat) is None:
        uow.groups.register(update.channel, update.chat, NEW_GROUP_NAME)


def _speaker(uow: UnitOfWork, update: Update) -> Member | None:
    if update.channel in LOCAL_CHANNELS:
        return uow.members.get(int(update.sender))
    return uow.members.speaking_from(update.channel, update.sender, update.tenant)


def _colleague(uow: UnitOfWork, update: Update) -> Member | None:
    if update.channel not in COLLEAGUES or not update.tenant:
        return None
    return uow.members.known_as(COLLEAGUES, update.sender, update.tenant, update.id_kind.value)


def _group(uow: UnitOfWork, update: Update) -> Group | None:
    if update.chat is None:
        return None
    if update.channel in LOCAL_CHANNELS:
        return uow.groups.get(int(update.chat))
    group = uow.groups.on_channel(update.channel, update.chat)
    if group is None:
        raise NotFound(update.chat)
    return group
