"""What is kept of questions and answers."""

from bot.chat.turn import Chat
from bot.masking import hide_people
from handlers.policy.follow_up import WITHIN, Taken
from knowledge.answer import Verdict
from knowledge.doors import Door
from knowledge.folding import question_key
from storage.members import Member
from storage.uow import UnitOfWork

LONGEST = 300
"""Characters kept of a question."""


def note(uow: UnitOfWork, taken: Taken, *, by: Member, chat: Chat) -> Taken:
    """Remember what was answered for `/有用`, `/没用` and follow-ups; what is unsure goes to the queue, nameless.

    So does a question for a local figure: the keeper may know it. Of any other declined question nothing is
    kept but which door it was shown: it may be a report against a person.
    """
    answer = taken.answer
    local_figure = answer.door is Door.LOCAL_FIGURE
    keeps = answer.door is None or local_figure
    if (answer.verdict is Verdict.UNSURE and not taken.vague) or local_figure:
        nameless = hide_people(taken.asked)[:LONGEST]
        uow.questions.asked(question_key(nameless), nameless, by=by.id)
    identity = f"door:{answer.door}" if answer.door else answer.hit.passage_id if answer.hit else ""
    stays = hide_people(taken.stays)[:LONGEST] if keeps else ""
    uow.feedback.answered(chat.key, by.id, stays, identity)
    return taken


def rate(uow: UnitOfWork, kind: str, *, by: Member, chat: Chat) -> bool:
    """Feedback on my last answer here; whether there was one. An answer of no use puts its question in the queue."""
    last = uow.feedback.last_answer(chat.key, by.id)
    if last is None:
        return False
    question, answer = last
    uow.feedback.add(kind, question, answer=answer)
    if kind == "useless" and question and answer and not answer.startswith("door:"):
        uow.questions.asked(question_key(question), question, by=by.id)
    return True


def background(uow: UnitOfWork, *, by: Member, chat: Chat) -> tuple[str, str | None]:
    """The places a question is asked in, from the province down (山东省/济宁市/…), and the recent one before it."""
    last = uow.feedback.last_answer(chat.key, by.id, within=WITHIN)
    return _region(uow, chat), last[0] or None if last else None


def _region(uow: UnitOfWork, chat: Chat) -> str:
    return "/".join(uow.places.get(place).name for place in reversed(uow.places.line(chat.place_id)))
