"""What is kept of questions and answers."""

from dataclasses import dataclass

from bot.chat.turn import Chat
from bot.masking import nameless
from handlers.policy.follow_up import WITHIN, Taken
from handlers.policy.local.values import NO_FIGURES, Figures, figures
from knowledge.answer import Verdict
from knowledge.doors import Door
from knowledge.folding import question_key
from knowledge.lexicon import Lexicon
from storage.members import Member
from storage.questions import Standing
from storage.uow import UnitOfWork

LONGEST = 300
"""Characters kept of a question."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A question as it was understood, with the local amounts its answer speaks of.

    `refused`: why a keeper has said that this very question will not be answered; "" when none has.
    """

    taken: Taken
    figures: Figures = NO_FIGURES
    refused: str = ""
    sealed: bool = False
    """Whether nothing of it is kept: no keeper will see it."""


def note(uow: UnitOfWork, taken: Taken, lexicon: Lexicon, *, by: Member, chat: Chat) -> Noted:
    """Remember what was answered for `/有用`, `/没用` and follow-ups; what is unsure goes to the queue, nameless.

    So does a question for a local figure nobody entered: the keeper may know it. Of any other declined question
    nothing is kept but which door it was shown: it may be a report against a person. Of what is sealed no word is.
    """
    answer = taken.answer
    local = figures(uow, taken, lexicon, chat.place_id)
    told = local.asked and bool(local.values)
    wants_figure = answer.door is Door.LOCAL_FIGURE
    refused = ""
    identity = f"door:{answer.door}" if answer.door else answer.hit.passage_id if answer.hit else ""
    if told and answer.hit is None:
        identity = f"local:{local.values[0].id}"
    if chat.sealed:
        if chat.private:
            uow.feedback.answered(chat.key, by.id, "", identity)
        return Noted(taken, local, sealed=True)
    if not told and ((answer.verdict is Verdict.UNSURE and not taken.vague) or wants_figure):
        kept = uow.questions.get(_queue(uow, taken.asked, by=by, chat=chat))
        refused = kept.reason if kept.standing is Standing.DROPPED else ""
    keeps = answer.door is None or wants_figure
    stays = nameless(taken.stays)[:LONGEST] if keeps else ""
    uow.feedback.answered(chat.key, by.id, stays, identity)
    return Noted(taken, local, refused)


def rate(uow: UnitOfWork, kind: str, *, by: Member, chat: Chat) -> bool:
    """Feedback on my last answer here; whether there was one. An answer of no use puts its question in the queue."""
    last = uow.feedback.last_answer(chat.key, by.id)
    if last is None:
        return False
    question, answer = last
    uow.feedback.add(kind, question, answer=answer)
    if kind == "useless" and question and answer and not answer.startswith("door:"):
        _queue(uow, question, by=by, chat=chat)
    return True


def _queue(uow: UnitOfWork, question: str, *, by: Member, chat: Chat) -> int:
    """Put a question in the queue, with nobody's name in it; returns its number."""
    words = nameless(question, uow.spoken_of(question))[:LONGEST]
    return uow.questions.asked(question_key(words), words, by=by.id, place_id=chat.place_id)


def background(uow: UnitOfWork, *, by: Member, chat: Chat) -> tuple[str, str | None]:
    """The places a question is asked in, from the province down (山东省/济宁市/…), and the recent one before it."""
    last = uow.feedback.last_answer(chat.key, by.id, within=WITHIN)
    return region_of(uow, chat.place_id), last[0] or None if last else None


def region_of(uow: UnitOfWork, place_id: int | None) -> str:
    """The path of a place, from the province down; "" of none."""
    return "/".join(uow.places.get(place).name for place in reversed(uow.places.line(place_id)))
