"""One message being answered: who speaks, where, what is open there, and how the answer is stamped."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.chat.command import service
from bot.chat.phrases import NEW_GROUP_NAME, NEW_GROUP_NOTICE, PRIVACY_NOTICE, PUT_DOWN
from bot.chat.public import for_group
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

ALWAYS_REACHABLE = frozenset({"wecom_app"})
"""Channels that let us write to a person who has not written to us in private (W90236 发送应用消息)."""

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
    more: str = ""
    """Where the last list stands, if it has several pages (`bot.chat.pages`)."""
    sealed: bool = False
    """Whether what is said here is for few eyes: no register keeps these words."""
    aside: bool = False
    """Whether a step stays open here while something else is answered: its choices are what numbers mean."""

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


Heed = Callable[[UnitOfWork, "Turn", Reply], Reply]
"""What is done about words beyond what they ask for, in the transaction of their answer; returns what is said."""

Watch = Callable[[str], Heed | None]
"""Looks at everything that is said, before anything is made of it; None: nothing beyond. Quick, and without effect."""


@dataclass(slots=True)
class Turn:
    update: Update
    member: Member
    chat: Chat
    opens: OpenConversation | None = None
    takes: bool = False
    """Whether the message was taken as the answer to what is open in the chat."""
    keeps: bool = False
    """Whether what is open in the chat stays as it is."""
    still: Reply | None = None
    """What is asked again after the answer: a step that stays open."""
    whispers: Reply | None = None
    """What is said in private instead of here: the conversation opens there."""
    settled: bool = False
    """Whether the answer is committed."""
    refused: str = ""
    """The command whose permission was refused: it goes into the audit register."""
    new_group: bool = False
    """Whether the group was unknown until this message."""
    asks: bool = False
    """Whether the answer asks for words that are missing."""
    question: bool = False
    """Whether the answer is one to a question, and not to a command."""
    heed: Heed | None = None
    """What else these words call for, whatever else they do."""
    turns_away: bool = False
    """Whether the message is another command than the way the member was on, which is thereby left."""

    def settle(self, uow: UnitOfWork, reply: Reply) -> Reply:
        """Stamp the reply on the message; returns it as it will be said.

        Raises `storage.inbox.AlreadyAnswered` when another delivery of the message was first, and
        `storage.chats.MovedOn` when another message was taken as the answer to what was open.
        """
        update, member = self.update, self.member
        if self.heed is not None:
            reply = self.heed(uow, self, reply)
        if self.still is not None:
            reply = Reply((*reply.parts, *self.still.parts))
        if self.turns_away and self.chat.waiting is not None and not self.keeps:
            reply = reply.followed_by(PUT_DOWN.format(command=f"/{self.chat.waiting.command}"))
        if reply.parts and not member.noticed and uow.members.noticed(member.id):
            reply = reply.followed_by(PRIVACY_NOTICE)
        if self.new_group:
            reply = reply.followed_by(NEW_GROUP_NOTICE)
        group = self.chat.group
        if group is not None:
            reply = for_group(reply)
        if group is not None and (group.heard_at is None or group.removed_at is not None):
            uow.groups.heard(group.id)
        if update.private and update.channel not in LOCAL_CHANNELS:
            uow.members.heard_from(update.channel, update.sender, update.tenant, window=REACHABLE)
        if update.private and update.kind is not Kind.EVENT:
            uow.outbox.wake(member.id)
        if self.refused:
            uow.audit.add(actor=f"member:{member.id}", action="refused", subject=f"command:{self.refused}")
        if reply.listing:
            uow.chats.keep_listing(self.chat.key, reply.listing, reply.more)
        self._converse(uow)
        late = uow.inbox.answer(update.channel, update.key, reply.to_json())
        if late:
            uow.outbox.add(target(self.chat, member), reply.to_json())
        if group is not None and reply.parts:
            asked = (Burden.QUESTION,) if self.asks else ()
            uow.burden.count(group.id, *asked, *(() if late else (Burden.MESSAGE,)))
        return reply

    def afresh(self, chat: Chat) -> "Turn":
        """The message before anything was made of it, in the chat as it is now."""
        return Turn(self.update, self.member, chat, new_group=self.new_group)

    def _converse(self, uow: UnitOfWork) -> None:
        waiting, member = self.chat.waiting, self.member.id
        if waiting is not None and self.takes:
            uow.chats.take(self.chat.key, member, waiting)
        elif waiting is not None and not self.keeps and (self.opens is None or self.whispers is not None):
            uow.chats.close_conversation(self.chat.key, member)
        if self.opens is not None:
            key = self.chat.key if self.whispers is None else private_key(member)
            uow.chats.open_conversation(key, member, self.opens)
        if self.whispers is not None:
            uow.outbox.add(Target(member_id=member), self.whispers.to_json())


def private_key(member_id: int) -> str:
    return f"m:{member_id}"


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
    key = f"g:{group.id}" if group else private_key(member.id)
    listing, more = uow.chats.listed(key)
    return Chat(
        key=key,
        group=group,
        channel=update.channel,
        place_id=group.place_id if group else member.place_id,
        listing=listing,
        more=more,
        waiting=uow.chats.conversation(key, member.id),
    )


def look_again(uow: UnitOfWork, update: Update, member: Member) -> Chat:
    """The chat as it is now."""
    return chat_of(uow, update, member, _group(uow, update))


def can_whisper(uow: UnitOfWork, channel: str, member: Member) -> bool:
    """Whether a platform lets us write to the member in private now."""
    return channel in LOCAL_CHANNELS or any(
        account.channel in ALWAYS_REACHABLE
        or (account.reachable_until is not None and account.reachable_until > uow.now)
        for account in uow.members.accounts(member.id)
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
    if update.chat is not None:
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
