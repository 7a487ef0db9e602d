"""What is kept of questions and answers."""

from bot.chat.turn import Chat
from bot.masking import hide_people
from knowledge.answer import Answer, Verdict
from storage.members import Member
from storage.uow import UnitOfWork


def note(uow: UnitOfWork, question: str, answer: Answer, *, by: Member, chat: Chat) -> Answer:
    """Remember what was answered for `/有用` and `/没用`; an unsure question goes to the keeper's queue, nameless.

    Of a declined question nothing is kept but which door it was shown: it may be a report against a person.
    """
    if answer.door is not None:
        uow.feedback.answered(chat.key, by.id, "", f"door:{answer.door}")
        return answer
    nameless = hide_people(question)
    if answer.verdict is Verdict.UNSURE:
        uow.feedback.add("unanswered", nameless)
    uow.feedback.answered(chat.key, by.id, nameless, answer.hit.passage_id if answer.hit else "")
    return answer


def rate(uow: UnitOfWork, kind: str, *, by: Member, chat: Chat) -> bool:
    """Feedback on my last answer here; whether there was one."""
    last = uow.feedback.last_answer(chat.key, by.id)
    if last is None:
        return False
    question, answer = last
    uow.feedback.add(kind, question, answer=answer)
    return True


def region(uow: UnitOfWork, chat: Chat) -> str:
    """The places a question is asked in, from the province down: 山东省/济宁市/…"""
    return "/".join(uow.places.get(place).name for place in reversed(uow.places.line(chat.place_id)))
