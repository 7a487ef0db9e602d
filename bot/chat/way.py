"""Ways: what is asked step by step, with choices to tap or to number. A typed function is the whole declaration.

Every parameter `Annotated[T, "名称", Step(…)]` is a step, asked in order unless what was said already answers it;
any other parameter is a service. The last step reads everything back: the function runs on the yes to that alone.

Here a way is a pure function of its state and the words said; the dispatcher keeps the state between messages.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, Self, TypeVar

from bot.chat import phrases
from bot.chat.command import Argument, Ask, Handler, given, parameters, service
from bot.chat.converters import Number
from bot.chat.errors import BadInput
from bot.chat.reply import Button, Card, Reply, Text
from bot.chat.turn import Chat
from bot.chat.wondering import sounds_asked, wonders
from knowledge.folding import fold
from storage.members import Member
from storage.uow import UnitOfWork

BUTTONS: Final = 6
"""W90236 模板卡片: at most six buttons on a card."""

MOST: Final = 99
"""A greater number names no choice: it is own words, a telephone number say."""

READ_BACK, CHANGE = "", "?"
"""The two steps every way ends in: is it right like this, and which answer shall be another."""


@dataclass(frozen=True, slots=True)
class Choice:
    """`label` is tapped, or said by its number; `value` is the argument in words its type reads, "" to leave it out."""

    label: str
    value: str


@service
@dataclass(frozen=True, slots=True)
class Origin:
    """Where a way was begun: the group, None in private, and its place, or the member's own."""

    place_id: int | None
    group_id: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a step may go by: who is asked, and the answers before it, said or understood."""

    uow: UnitOfWork
    member: Member
    chat: Chat
    answers: Mapping[str, str]
    origin: Origin
    services: Mapping[type, Any]


def _nothing_known(_asked: Asked) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Step(Ask):
    """A question of a way. `choices`: fixed, or what there is to choose from for who is asked.

    `own` makes a value of words that are no choice, and raises `BadInput` when it cannot; None: choices alone.
    `known`: the value when earlier answers say it already; the step is then left out.
    `asks`: whether own words are a question to us, to be answered as one, and no answer to this step.
    """

    choices: Sequence[Choice] | Callable[[Asked], Sequence[Choice]] = ()
    own: Callable[[Asked, str], str] | None = None
    known: Callable[[Asked], str | None] = _nothing_known
    asks: Callable[[str], bool] = wonders

    def offered(self, asked: Asked) -> tuple[Choice, ...]:
        return tuple(self.choices(asked) if callable(self.choices) else self.choices)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where somebody is on a way: what they said, in that order, and what is asked now with which choices."""

    said: Mapping[str, str] = field(default_factory=dict)
    at: str = READ_BACK
    offered: tuple[Choice, ...] = ()
    changing: bool = False
    """Whether the step is asked again from the read-back."""
    origin: Origin = Origin(None)
    read: Mapping[str, str] = field(default_factory=dict)
    """Everything said or understood so far: after the read-back, what was read, word for word."""

    def to_json(self) -> str:
        offered = [[choice.label, choice.value] for choice in self.offered]
        origin = [self.origin.place_id, self.origin.group_id]
        state = [list(self.said.items()), self.at, offered, self.changing, origin, dict(self.read)]
        return json.dumps(state, ensure_ascii=False)

    @classmethod
    def from_json(cls, stored: str) -> Self:
        said, at, offered, changing, origin, read = json.loads(stored)
        choices = tuple(Choice(*each) for each in offered)
        return cls(dict(said), at, choices, changing, Origin(*origin), read)


@dataclass(frozen=True, slots=True)
class Asking:
    """The way goes on: what to say, and where it then stands."""

    progress: Progress
    reply: Reply


@dataclass(frozen=True, slots=True)
class Agreed:
    """The last yes was said: the answers by argument."""

    answers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Aside:
    """The words are a question of their own: it is answered, and then the open step is asked again."""

    still: Asking


class Left:
    """Nobody wants it any more."""


Outcome = Asking | Aside | Agreed | Left
OutcomeT = TypeVar("OutcomeT", bound=Outcome)
At = Callable[[Mapping[str, str]], Asked]
"""Makes what a step goes by from the answers before it."""


@dataclass(frozen=True, slots=True)
class Way:
    steps: tuple[tuple[Argument, Step], ...]
    read_back: Callable[[Asked], str]
    question: str
    agree: str
    services: Mapping[str, type]
    handler: Handler
    before: Callable[[Asked], None]

    def begin(self, origin: Origin, at: At) -> Asking:
        """The first step. Raises the `DomainError` of `before`."""
        self.before(at({}))
        return self._next(Progress(origin=origin), at)

    def take(self, progress: Progress, words: str, at: At, *, pressed: bool = False) -> Outcome:
        """What follows from what was said. `pressed`: on a button, which means a choice or nothing."""
        said = fold(words).strip(" 。.!！?？,，").casefold()
        if not said and not pressed:
            return self.again(progress, phrases.NOTHING_SAID, at)
        if said in phrases.BACK:
            return self._back(progress, at)
        if said in phrases.LEAVING:
            return Left()
        chosen = _choice(progress.offered, self._meant(progress, said))
        if isinstance(chosen, Choice):
            outcome = self._chosen(progress, chosen, at)
            return _after(outcome, phrases.CHOSEN.format(chosen.label)) if pressed else outcome
        step = self._step(progress.at)
        if pressed:
            return self.again(progress, phrases.PRESSED_EARLIER, at)
        if (step.asks if step else wonders)(words):
            return self._aside(progress, at)
        if step is None or step.own is None or (chosen is _NO_SUCH and len(said) == 1):
            return self._unread(progress, words, phrases.NO_SUCH_CHOICE, at)
        try:
            value = step.own(at(self._answers(progress, at)[0]), words.strip())
        except BadInput as wrong:
            return self._unread(progress, words, wrong.sentence, at)
        return self._answered(progress, value, at)

    def again(self, progress: Progress, sentence: str, at: At) -> Asking:
        """The step once more, after a sentence on why."""
        return _after(self._ask(progress, at), sentence)

    async def run(self, answers: Mapping[str, str], services: Mapping[type, Any]) -> Reply:
        values = {
            argument.name: argument.converter.read(answers[argument.name], argument.label)[0]
            for argument, _ in self.steps
            if answers[argument.name]
        }
        return await self.handler(**values, **given(self.services, services))

    def _unread(self, progress: Progress, words: str, sentence: str, at: At) -> Asking | Aside:
        """Words that answer nothing may still ask something."""
        return self._aside(progress, at) if sounds_asked(words) else self.again(progress, sentence, at)

    def _aside(self, progress: Progress, at: At) -> Aside:
        return Aside(self.again(progress, phrases.STILL_OPEN, at))

    def _chosen(self, progress: Progress, chosen: Choice, at: At) -> Outcome:
        if progress.at == READ_BACK:
            match chosen.value:
                case phrases.LEAVE:
                    return Left()
                case phrases.OTHERWISE:
                    return self._ask(replace(progress, at=CHANGE), at)
                case _:
                    return Agreed(progress.read)
        if progress.at == CHANGE:
            return self._ask(replace(progress, at=chosen.value, changing=True), at)
        return self._answered(progress, chosen.value, at)

    def _answered(self, progress: Progress, value: str, at: At) -> Asking:
        before = {name: kept for name, kept in progress.said.items() if name != progress.at}
        return self._next(replace(progress, said={**before, progress.at: value}, changing=False), at)

    def _back(self, progress: Progress, at: At) -> Asking:
        if progress.changing or progress.at == CHANGE:
            return self._next(replace(progress, changing=False), at)
        if not progress.said:
            return self.again(progress, phrases.FIRST_STEP, at)
        *before, (last, _) = progress.said.items()
        return self._ask(replace(progress, said=dict(before), at=last), at)

    def _next(self, progress: Progress, at: At) -> Asking:
        _, open_step = self._answers(progress, at)
        return self._ask(replace(progress, at=open_step), at)

    def _ask(self, progress: Progress, at: At) -> Asking:
        """The question that is open, with its choices as they are now."""
        answers, _ = self._answers(progress, at)
        asked = at(answers)
        before: tuple[Text, ...] = ()
        if progress.at == READ_BACK:
            question, offered = self.question, self._last_choices()
            before = (Text(self.read_back(asked)),)
        elif progress.at == CHANGE:
            question = phrases.WHICH_STEP
            offered = tuple(Choice(argument.label, argument.name) for argument, _ in self.steps)
        else:
            step = self._step(progress.at)
            assert step is not None
            question, offered = step.question, step.offered(asked)
        own = (step := self._step(progress.at)) is not None and step.own is not None
        hint = partial(
            phrases.how_to_answer,
            choices=bool(offered),
            own=own,
            first=not progress.said,
            last=progress.at == READ_BACK,
        )
        asking = _question(question, offered, hint)
        return Asking(replace(progress, offered=offered, read=answers), Reply((*before, asking)))

    def _meant(self, progress: Progress, said: str) -> str:
        """Whether it is right like this is answered as people answer."""
        if progress.at == READ_BACK and said in phrases.YES:
            return self.agree
        return phrases.OTHERWISE if progress.at == READ_BACK and said in phrases.NO else said

    def _last_choices(self) -> tuple[Choice, ...]:
        return tuple(Choice(label, label) for label in (self.agree, phrases.OTHERWISE, phrases.LEAVE))

    def _answers(self, progress: Progress, at: At) -> tuple[dict[str, str], str]:
        """What is said or understood up to the first open step, and that step; `READ_BACK` when none is."""
        answers: dict[str, str] = {}
        for argument, step in self.steps:
            value = progress.said.get(argument.name)
            if value is None:
                value = step.known(at(answers))
            if value is None:
                return answers, argument.name
            answers[argument.name] = value
        return answers, READ_BACK

    def _step(self, name: str) -> Step | None:
        return next((step for argument, step in self.steps if argument.name == name), None)


def way(
    *,
    read_back: Callable[[Asked], str],
    question: str,
    agree: str,
    before: Callable[[Asked], None] = lambda _asked: None,
) -> Callable[[Callable[..., Awaitable[Reply]]], Way]:
    """Declare a way. `question` and `agree` are asked and answered last, after `read_back` said it all.

    `before` raises `DomainError` when what it leads to could only be refused: nobody is asked in vain.

    Raises `TypeError` at import for a parameter that is neither a step nor a service.
    """

    def declare(handler: Handler) -> Way:
        arguments, services = parameters(handler.__name__, handler, alone=True)
        steps = tuple((each, each.ask) for each in arguments if isinstance(each.ask, Step))
        if len(steps) != len(arguments) or not steps:
            raise TypeError(f"{handler.__name__}: every argument of a way needs a Step")
        return Way(steps, read_back, question, agree, services, handler, before)

    return declare


def _after(outcome: OutcomeT, sentence: str) -> OutcomeT:
    """The same question after a sentence."""
    if isinstance(outcome, Asking):
        reply = replace(outcome.reply, parts=(Text(sentence), *outcome.reply.parts))
        return replace(outcome, reply=reply)
    return outcome


class _NoSuch:
    """A number that none of the choices has."""


_NO_SUCH = _NoSuch()


def _choice(offered: Sequence[Choice], said: str) -> Choice | _NoSuch | None:
    """What was chosen: by number, by its label, or by the beginning of one label alone."""
    if not offered or not said:
        return None
    if (place := _number(said)) is not None:
        return offered[place - 1] if 1 <= place <= len(offered) else _NO_SUCH
    labels = [fold(choice.label).casefold() for choice in offered]
    if said in labels:
        return offered[labels.index(said)]
    beginning = [choice for choice, label in zip(offered, labels, strict=True) if label.startswith(said)]
    return beginning[0] if len(beginning) == 1 and len(said) > 1 else None


def _number(said: str) -> int | None:
    try:
        named, rest = Number.read(said, "")
    except BadInput:
        return None
    return named if not rest and named <= MOST else None


def _question(question: str, offered: Sequence[Choice], hint: Callable[[str], str]) -> Card | Text:
    """A question with its choices as buttons, or as numbered lines where there are no cards or too many choices."""
    lines = [question, *(f"{place}. {choice.label}" for place, choice in enumerate(offered, start=1))]
    written = "\n".join([*lines, hint(phrases.NUMBER)])
    if not 0 < len(offered) <= BUTTONS:
        return Text(written)
    buttons = tuple(Button(choice.label, choice.label) for choice in offered)
    return Card(title=question, description=hint(phrases.TAP), rows=(), buttons=buttons, fallback=written)
