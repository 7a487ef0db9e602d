"""From a message to the handler that answers it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from bot.chat import pages, phrases
from bot.chat.command import Command, Missing, Registry, Where, service
from bot.chat.converters import readable
from bot.chat.errors import BadInput, DomainError, NotAllowed, WrongPlace
from bot.chat.feature import Feature
from bot.chat.middleware import Answer, InboxAndMember, Incident, LogContext, Pace
from bot.chat.pages import NoList, Page
from bot.chat.permission import may, require
from bot.chat.pictures import Keep, Pictures
from bot.chat.reply import Reply, Text
from bot.chat.turn import Chat, Turn, can_whisper, look_again
from bot.chat.update import Kind, Update
from bot.chat.way import Agreed, Aside, Asked, At, Left, Origin, Progress, Way
from bot.chat.work import Work
from bot.clock import Clock
from knowledge.folding import fold
from storage.chats import MovedOn, OpenConversation
from storage.database import Database
from storage.members import Member
from storage.uow import Cause, UnitOfWork

LONGEST = 2000
"""Characters of a message that are read; a longer one is refused with a sentence."""

BARE = frozenset({"退订", "取消", "帮助"})
"""Words that are their command without a stroke."""

HELP, CANCEL = "帮助", "取消"

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
        self.registry = Registry({feature.key: feature.commands for feature in features})
        self._picks = {kind: command for feature in features for kind, command in feature.picks.items()}
        self._ways = {name: way for feature in features for name, way in feature.ways.items()}
        self._watches = [feature.watch for feature in features if feature.watch]
        self._question = next(feature.question for feature in features if feature.question)
        self._follow = next(feature.follow for feature in features if feature.follow)
        self._wants = next((feature.wants for feature in features if feature.wants), None)
        self._database = database
        self._services = {
            Pictures: Pictures(),
            Page: Page(),
            **services,
            Registry: self.registry,
            Clock: clock,
        }
        pace = Pace(self._answer_turn, self._too_fast, clock, messages_a_minute)
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

    async def _answer_turn(self, turn: Turn) -> Reply:
        """Two messages at once cannot both answer what is open: the second is read anew, as what it means by then."""
        while True:
            self._heed(turn)
            try:
                return await self._route(turn)
            except MovedOn:
                chat = await self._database.read(look_again, turn.update, turn.member)
                turn = turn.afresh(chat)

    async def _route(self, turn: Turn) -> Reply:
        command: Command | None = None
        walked = self._walked(turn)
        if walked is not None and (said := await self._walk(turn, *walked)) is not None:
            return await self._settled(turn, said)
        try:
            match turn.update.kind:
                case Kind.TEXT if walked is not None:
                    command, words, reply = self._question, walked[-1], None
                case Kind.TEXT | Kind.CLICK:
                    command, words, reply = self._understand(turn)
                    if turn.keeps and (reply is None or reply.parts):
                        await self._ask_again(turn)
                case Kind.FOLLOW:
                    command, words, reply = self._follow, "", None
                case Kind.UNFOLLOW:
                    return await self._unfollow(turn)
                case Kind.PICTURE if (keep := await self._wanted(turn)) is not None:
                    turn.keeps = True
                    return await self._take_picture(turn, keep)
                case heard:
                    turn.keeps = True
                    command, words, reply = None, "", Reply.text(phrases.UNHEARD[heard.value])
            if command is not None:
                reply = await self._run(turn, command, words)
            elif reply is None:
                reply = await (
                    self.pick(turn, int(words)) if PICK.fullmatch(words) else self._page(turn, words)
                )
        except WrongPlace as error:
            reply = Reply.text(error.sentence)
        except (BadInput, DomainError, NotAllowed) as error:
            reply = Reply.text(_explained(error.sentence, command))
        return await self._settled(turn, reply)

    def _heed(self, turn: Turn) -> None:
        """Words that call for more than their answer are known before anything is made of them."""
        if turn.update.kind in (Kind.TEXT, Kind.CLICK):
            said = _without_mention(turn.update.text)[:LONGEST]
            turn.heed = next((heed for watch in self._watches if (heed := watch(said))), None)
            turn.chat = replace(turn.chat, sealed=turn.heed is not None)

    async def _too_fast(self, turn: Turn) -> Reply:
        self._heed(turn)
        return await self._settled(turn, Reply.text(phrases.TOO_FAST))

    def _understand(self, turn: Turn) -> tuple[Command | None, str, Reply | None]:
        """The command and its words; or an answer; or neither, when the words are an item's number or a page."""
        text = _without_mention(turn.update.text)
        if turn.update.kind is Kind.CLICK and fold(text[:1]) != "/":
            turn.keeps = True
            return None, "", Reply.silence()  # a card of another time, or of another's making
        if len(text) > LONGEST:
            turn.keeps = True
            return None, "", Reply.text(phrases.TOO_LONG.format(limit=LONGEST))
        if fold(text[:1]) == "/":
            command, name, words = self.registry.find(text)
            if command is None:
                turn.keeps = True
                return (
                    None,
                    "",
                    Reply.text(phrases.unknown_command(name, self.registry.nearest(name, turn.member))),
                )
            return command, words, None
        bare = fold(text).strip(" 。.!！")
        if bare in BARE:
            return self.registry.get(bare), "", None
        if pages.names_page(bare):
            turn.keeps = True
            return None, bare, None
        waiting = turn.chat.waiting
        if waiting is not None and (command := self.registry.get(waiting.command)):
            turn.takes = True
            return command, f"{waiting.arguments} {text}".strip(), None
        if PICK.fullmatch(bare):
            return None, bare, None
        if not bare:
            return None, "", Reply.text(phrases.EMPTY)
        if bare.strip("?") in phrases.HELP_ASKED and (command := self.registry.get(HELP)):
            return command, "", None
        return self._question, text, None

    async def _page(self, turn: Turn, words: str) -> Reply:
        """The page that the words name of the last list of this chat, for who may see that list."""
        if not turn.chat.listing:
            raise NoList(phrases.NO_PAGES)
        command, _, conditions = self.registry.find(pages.meant(words, turn.chat.more))
        if command is None or not may(turn.member, command.allow):
            raise NoList(phrases.NOT_YOUR_LIST)
        return await self._run(turn, command, conditions)

    async def _ask_again(self, turn: Turn) -> None:
        """What is open stays open, and is asked again after the answer to something else."""
        waiting = turn.chat.waiting
        if waiting is None:
            return
        way, command = self._ways.get(waiting.command), self.registry.get(waiting.command)
        if waiting.steps and way is not None:
            progress, sentence = Progress.from_json(waiting.steps), phrases.STILL_OPEN
            asking = await self._database.read(
                lambda uow: way.again(progress, sentence, self._at(uow, turn, progress.origin))
            )
            turn.still = asking.reply
        elif command is not None:
            try:
                command.read(waiting.arguments)
            except Missing as missing:
                turn.still = Reply((Text(phrases.STILL_OPEN), Text(_question(missing, turn.chat))))
            except BadInput:
                turn.keeps = False
        turn.chat = replace(turn.chat, aside=turn.keeps)

    async def _run(self, turn: Turn, command: Command, words: str) -> Reply:
        try:
            return await self._permitted(turn, command, words)
        except NotAllowed:
            turn.refused = command.name
            raise

    async def _permitted(self, turn: Turn, command: Command, words: str) -> Reply:
        chat, member = turn.chat, turn.member
        turn.question = command is self._question
        way_open = chat.waiting is not None and bool(chat.waiting.steps)
        turn.turns_away = way_open and command.name not in (CANCEL, chat.waiting and chat.waiting.command)
        require(member, command.allow, f"/{command.name}")
        if command.where is Where.PRIVATE and not chat.private:
            raise WrongPlace(phrases.PRIVATE_ONLY)
        if command.where is Where.GROUP and chat.private:
            raise WrongPlace(phrases.GROUP_ONLY.format(command=f"/{command.name}"))
        if (way := self._ways.get(command.name)) and not fold(words).strip():
            begun = await self._begin(turn, command, way)
            if begun is not None:
                return begun
        takes_page = Page in command.services.values()
        page = pages.asked(words, f"/{command.name}", chat.more) if takes_page else None
        try:
            values = command.read("" if page else words)
        except Missing as missing:
            turn.opens, turn.asks = OpenConversation(command.name, missing.words), True
            return Reply.text(_question(missing, chat))
        services = self._services_of(turn)
        if page:
            services[Page] = Page(page)
        reply = await command.run(values, services)
        turn.settled = turn.settled or services[Work].settled
        return reply

    async def _begin(self, turn: Turn, command: Command, way: Way) -> Reply | None:
        """The first step; from a group it is asked in private. None where nobody can be asked in private."""
        chat, member = turn.chat, turn.member
        private = chat.private or await self._database.read(can_whisper, chat.channel, member)
        if not private:
            return None
        origin = Origin(chat.place_id, chat.group.id if chat.group else None)
        asking = await self._database.read(lambda uow: way.begin(origin, self._at(uow, turn, origin)))
        turn.opens = OpenConversation(command.name, "", asking.progress.to_json())
        if chat.private:
            return asking.reply
        turn.whispers = asking.reply
        return Reply.text(phrases.ASKED_IN_PRIVATE)

    def _walked(self, turn: Turn) -> tuple[Way, OpenConversation, str] | None:
        """The way the member is on, and what they say on it; None when the message is something else."""
        waiting, text = turn.chat.waiting, _without_mention(turn.update.text)
        if waiting is None or not waiting.steps or turn.update.kind not in (Kind.TEXT, Kind.CLICK):
            return None
        way = self._ways.get(waiting.command)
        bare = fold(text).strip(" 。.!！")
        other = fold(text[:1]) == "/" or bare in BARE or len(text) > LONGEST
        page = turn.update.kind is Kind.TEXT and pages.names_page(bare)
        return None if way is None or other or page else (way, waiting, text)

    async def _walk(self, turn: Turn, way: Way, waiting: OpenConversation, text: str) -> Reply | None:
        """What is said on the way; None when the words are a question, which is answered while the step stays."""
        progress = Progress.from_json(waiting.steps)
        pressed, origin = turn.update.kind is Kind.CLICK, progress.origin
        outcome = await self._database.read(
            lambda uow: way.take(progress, text, self._at(uow, turn, origin), pressed=pressed)
        )
        if isinstance(outcome, Aside):
            turn.keeps, turn.still = True, outcome.still.reply
            turn.chat = replace(turn.chat, aside=True)
            return None
        turn.takes = True
        if isinstance(outcome, Left):
            return Reply.text(phrases.LEFT)
        if isinstance(outcome, Agreed):
            services = self._services_of(turn)
            try:
                reply = await way.run(outcome.answers, {**services, Origin: origin})
            except (BadInput, DomainError) as refused:
                sentence = refused.sentence
                outcome = await self._database.read(
                    lambda uow: way.again(progress, sentence, self._at(uow, turn, origin))
                )
            else:
                turn.settled = services[Work].settled
                return reply
        turn.opens = replace(waiting, steps=outcome.progress.to_json(), taken=waiting.taken + 1)
        return outcome.reply

    def _at(self, uow: UnitOfWork, turn: Turn, origin: Origin) -> At:
        return lambda answers: Asked(uow, turn.member, turn.chat, answers, origin, self._services)

    def _services_of(self, turn: Turn) -> dict[type, Any]:
        work = Work(self._database, Cause(turn.update.channel, turn.update.key), turn.settle)
        bound = {Member: turn.member, Chat: turn.chat, Work: work, Picker: Picker(self, turn)}
        return {**self._services, **bound}

    async def _wanted(self, turn: Turn) -> Keep | None:
        """What is done with the picture that was sent; None where nobody asked for it, or it cannot be had."""
        update, wants = turn.update, self._wants
        if wants is None or not update.private or not update.media:
            return None
        if not self._services[Pictures].takes(update.channel):
            return None
        return await self._database.read(wants, turn.member)

    async def _take_picture(self, turn: Turn, keep: Keep) -> Reply:
        work = self._services_of(turn)[Work]
        picture = await self._services[Pictures].fetch(turn.update)
        reply = await work(keep, picture).reply(lambda answer: answer)
        turn.settled = work.settled
        return await self._settled(turn, reply)

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
        every = [*self.registry.commands, *self._picks.values()]
        wanted = [(command.name, command.services, known) for command in every]
        wanted += [(name, way.services, known | {Origin}) for name, way in self._ways.items()]
        for name, services, provided in wanted:
            for parameter, kind in services.items():
                if kind not in provided:
                    raise TypeError(f"/{name}: nobody provides {kind.__name__} for {parameter}")


def _without_mention(text: str) -> str:
    mention = MENTION.match(text)
    return text[mention.end() :] if mention else text


def _question(missing: Missing, chat: Chat) -> str:
    return (phrases.ASK if chat.private else phrases.ASK_IN_GROUP).format(question=missing.ask.question)


def _explained(sentence: str, command: Command | None) -> str:
    """Why not, with the usage and the first example of the command that was meant."""
    if command is None:
        return sentence
    return phrases.explained(sentence, command.usage, command.examples[0])
