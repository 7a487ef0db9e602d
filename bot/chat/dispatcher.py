"""From a message to the handler that answers it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from bot.chat import phrases
from bot.chat.command import Command, Missing, Registry, Where, service
from bot.chat.converters import readable
from bot.chat.errors import BadInput, DomainError, NotAllowed
from bot.chat.feature import Feature
from bot.chat.middleware import Answer, InboxAndMember, Incident, LogContext, Pace
from bot.chat.permission import require
from bot.chat.reply import Reply
from bot.chat.turn import Chat, Turn
from bot.chat.update import Kind, Update
from bot.chat.work import Work
from bot.clock import Clock
from knowledge.folding import fold
from storage.chats import OpenConversation
from storage.database import Database
from storage.members import Member
from storage.uow import Cause

LONGEST = 2000
"""Characters of a message that are read; a longer one is refused with a sentence."""

BARE = frozenset({"退订", "取消", "帮助"})
"""Words that are their command without a stroke."""

MENTION = re.compile(r"[@＠][^\s/／]+\s*")
"""Platforms put a narrow space (U+2005) after a name; a stroke ends it as well."""

PICK = re.compile(r"\d{1,9}")
"""A longer number is no item of a list: it is a phone number somebody asks about."""


@service
class Picker:
    """Opens item N of the last numbered list in this chat."""

    def __init__(self, dispatcher: "Dispatcher", turn: Turn) -> None:
        self._dispatcher = dispatcher
        self._turn = turn

    async def __call__(self, number: int) -> Reply:
        return await self._dispatcher.pick(self._turn, number)


class Dispatcher:
    """All features behind one door: `answer(update)`."""

    def __init__(
        self,
        features: Iterable[Feature],
        database: Database,
        clock: Clock,
        services: Mapping[type, Any],
        *,
        messages_a_minute: int,
    ) -> None:
        features = tuple(features)
        self.registry = Registry(command for feature in features for command in feature.commands)
        self._picks = {kind: command for feature in features for kind, command in feature.picks.items()}
        self._question = next(feature.question for feature in features if feature.question)
        self._follow = next(feature.follow for feature in features if feature.follow)
        self._database = database
        self._services = {**services, Registry: self.registry, Clock: clock}
        pace = Pace(self._route, self._too_fast, clock, messages_a_minute)
        self._surrounded: Answer = Incident(LogContext(InboxAndMember(pace, database)), clock)
        self._check_services()

    async def answer(self, update: Update) -> Reply:
        """Carry out the message, once; what is said is stored with what was done."""
        update = replace(
            update, text=readable(update.text).strip(), sender_name=readable(update.sender_name or "") or None
        )
        if update.kind is Kind.EVENT or not self._addressed(update):
            return Reply.silence()
        return await self._surrounded(update)

    async def pick(self, turn: Turn, number: int) -> Reply:
        listing = turn.chat.listing
        if not listing:
            raise BadInput(phrases.NO_LISTING)
        if not 1 <= number <= len(listing):
            raise BadInput(phrases.NO_SUCH_ITEM.format(number=number, count=len(listing)))
        kind, _, reference = listing[number - 1].partition(":")
        return await self._run(turn, self._picks[kind], reference)

    def _addressed(self, update: Update) -> bool:
        """Whether the bot may speak: always in private; in a group when mentioned, or for a known command."""
        if update.private or update.mentioned or update.kind is Kind.CLICK:
            return True
        text = _without_mention(update.text)
        return fold(text[:1]) == "/" and self.registry.find(text)[0] is not None

    async def _route(self, turn: Turn) -> Reply:
        command: Command | None = None
        try:
            match turn.update.kind:
                case Kind.TEXT | Kind.CLICK:
                    command, words, reply = self._understand(turn)
                case Kind.FOLLOW:
                    command, words, reply = self._follow, "", None
                case Kind.UNFOLLOW:
                    return await self._unfollow(turn)
                case heard:
                    command, words, reply = None, "", Reply.text(phrases.UNHEARD[heard.value])
            if command is not None:
                reply = await self._run(turn, command, words)
            elif reply is None:
                reply = await self.pick(turn, int(words))
        except (BadInput, DomainError, NotAllowed) as error:
            reply = Reply.text(_explained(error.sentence, command))
        return await self._settled(turn, reply)

    async def _too_fast(self, turn: Turn) -> Reply:
        return await self._settled(turn, Reply.text(phrases.TOO_FAST))

    def _understand(self, turn: Turn) -> tuple[Command | None, str, Reply | None]:
        """The command and its words; or an answer; or neither, when the words are the number of an item."""
        text = _without_mention(turn.update.text)
        if turn.update.kind is Kind.CLICK and fold(text[:1]) != "/":
            return None, "", Reply.silence()  # a card of another time, or of another's making
        if len(text) > LONGEST:
            return None, "", Reply.text(phrases.TOO_LONG.format(limit=LONGEST))
        if fold(text[:1]) == "/":
            command, name, words = self.registry.find(text)
            if command is None:
                return (
                    None,
                    "",
                    Reply.text(phrases.unknown_command(name, self.registry.nearest(name, turn.member))),
                )
            return command, words, None
        bare = fold(text).strip(" 。.!！")
        if bare in BARE:
            return self.registry.get(bare), "", None
        waiting = turn.chat.waiting
        if waiting is not None and (command := self.registry.get(waiting.command)):
            return command, f"{waiting.arguments} {text}".strip(), None
        if PICK.fullmatch(bare):
            return None, bare, None
        if not bare:
            return None, "", Reply.text(phrases.EMPTY)
        return self._question, text, None

    async def _run(self, turn: Turn, command: Command, words: str) -> Reply:
        chat, member = turn.chat, turn.member
        try:
            require(member, command.allow, f"/{command.name}")
        except NotAllowed:
            turn.refused = command.name
            raise
        if command.where is Where.PRIVATE and not chat.private:
            raise DomainError(phrases.PRIVATE_ONLY)
        if command.where is Where.GROUP and chat.private:
            raise DomainError(phrases.GROUP_ONLY.format(command=f"/{command.name}"))
        try:
            values = command.read(words)
        except Missing as missing:
            turn.opens, turn.asks = OpenConversation(command.name, missing.words), True
            sentence = phrases.ASK if chat.private else phrases.ASK_IN_GROUP
            return Reply.text(sentence.format(question=missing.ask.question))
        work = Work(self._database, Cause(turn.update.channel, turn.update.key), turn.settle)
        services = {**self._services, Member: member, Chat: chat, Work: work, Picker: Picker(self, turn)}
        reply = await command.run(values, services)
        turn.settled = turn.settled or work.settled
        return reply

    async def _unfollow(self, turn: Turn) -> Reply:
        update = turn.update
        await self._database.run(lambda uow: uow.members.left(update.channel, update.sender, update.tenant))
        return Reply.silence()

    async def _settled(self, turn: Turn, reply: Reply) -> Reply:
        if turn.settled:
            return reply
        cause = Cause(turn.update.channel, turn.update.key)
        return await self._database.carry_out(lambda uow: turn.settle(uow, reply), cause)

    def _check_services(self) -> None:
        known = {*self._services, Member, Chat, Work, Picker}
        for command in [*self.registry.commands, *self._picks.values()]:
            for name, kind in command.services.items():
                if kind not in known:
                    raise TypeError(f"/{command.name}: nobody provides {kind.__name__} for {name}")


def _without_mention(text: str) -> str:
    mention = MENTION.match(text)
    return text[mention.end() :] if mention else text


def _explained(sentence: str, command: Command | None) -> str:
    """Why not, with the usage and the first example of the command that was meant."""
    if command is None:
        return sentence
    return phrases.explained(sentence, command.usage, command.examples[0])
