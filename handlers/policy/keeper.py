"""The keeper's side: the queue of what found no answer, and the answers that become cards.

An answer is a document of one card, kept like any other: every replica's index takes it up, it is listed, and
it can be removed. The question stands on it as it was asked, with where it came from.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.chat.reply import Reply
from handlers.policy import phrases
from handlers.policy.library import KEEPER, stored
from knowledge.folding import article_name
from knowledge.passage import CARD, Card, Document, Passage, passage_id
from knowledge.search import Hit
from knowledge.stored import card_from_dict, card_to_dict
from storage.base import NotFound
from storage.members import Member, Role
from storage.outbox import Target
from storage.questions import AskedQuestion, Standing
from storage.uow import UnitOfWork

KEEPERS = (Role.COORDINATOR, Role.COUNTY_OFFICE, Role.OPERATOR)

LONGEST = 1000
"""Characters of an answer."""

SHOWN = 10
"""Questions of the queue listed at once."""

_FOUNDED = re.compile(
    r"[（(]?\s*依据\s*[:：]?\s*《(?P<law>[^《》]{2,80})》\s*"
    r"(?P<article>第?\s*[0-9零〇○一二两三四五六七八九十百千]{1,9}\s*条(?:之[0-9一二三四五六七八九十]{1,3})?)"
    r"\s*[)）]?\s*[。.]?\s*$"
)
_FIELD = re.compile(r"(?:^|(?<=[\s。；;，,]))(去哪办|带什么|几天)\s*[:：]\s*")
_FIELDS = {"去哪办": "where", "带什么": "bring", "几天": "takes"}


@dataclass(frozen=True, slots=True)
class Written:
    """An answer as a keeper writes it: words, then where, what to bring, how long, then what it rests on."""

    text: str
    where: str = ""
    bring: str = ""
    takes: str = ""
    law: str = ""
    article: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that stands. `told`: how many askers will be. `unknown`: an article the base does not have."""

    no: int
    told: int
    again: bool
    unknown: str = ""


def written(text: str) -> Written:
    """What the words after `/答复 N` say. Raises `BadInput`.

    >>> written("报社区来修。去哪办：社区 几天：三天 依据《某办法》第5条")
    Written(text='报社区来修。', where='社区', bring='', takes='三天', law='某办法', article='第五条')
    """
    law, article = "", ""
    if founded := _FOUNDED.search(text):
        law, article = founded["law"], article_name(re.sub(r"\s", "", founded["article"])) or ""
        text = text[: founded.start()]
    words, *fields = _FIELD.split(text)
    found = {
        _FIELDS[name]: _trimmed(value).rstrip("。")
        for name, value in zip(fields[::2], fields[1::2], strict=True)
    }
    said = _trimmed(words)
    if not said.strip():
        raise phrases.nothing_said()
    if len(text) > LONGEST:
        raise phrases.answer_too_long(LONGEST)
    return Written(said, **found, law=law, article=article)


def _trimmed(text: str) -> str:
    return text.strip().rstrip("；;，, ")


def queue(uow: UnitOfWork) -> tuple[list[AskedQuestion], int]:
    """The first of what waits, most often asked first; and how many wait in all."""
    waiting = uow.questions.waiting()
    return waiting[:SHOWN], len(waiting)


def shown(uow: UnitOfWork, no: int) -> tuple[AskedQuestion, Card | None]:
    """A question, and the keeper's card that answers it."""
    return _question(uow, no), _card(uow, no)


def answer(uow: UnitOfWork, no: int, given: Written, law: Hit | None, *, by: Member) -> Kept:
    """Make the answer a card, in force from now on, and tell who asked. An earlier answer is replaced.

    `law`: the article it names, where the base has it; otherwise the words keep the name.
    """
    question = _question(uow, no)
    again = _card(uow, no) is not None
    unknown = f"《{given.law}》{given.article}" if given.law and law is None else ""
    card = Card(
        id=f"keeper-{no}",
        title=question.text,
        questions=(question.text,),
        answer=phrases.with_unknown_law(given.text, unknown) if unknown else given.text,
        where=given.where,
        bring=given.bring,
        takes=given.takes,
        law=law.document if law else "",
        article=law.article if law else None,
        effective=law.effective if law else None,
        reviewed=uow.now.date(),
        origin=phrases.origin(_office(uow, by), uow.now.date()),
    )
    uow.documents.put([stored(_document(no, card), "")])
    told = _settle(uow, question, Standing.ANSWERED, by=by, tell=phrases.asker_answered(question.text, card))
    return Kept(no, told, again, unknown)


def drop(uow: UnitOfWork, no: int, reason: str, *, by: Member) -> Kept:
    """Take a question off the queue, unanswered; an answer that stood is taken out of the base."""
    question = _question(uow, no)
    again = bool(uow.documents.remove([f"{KEEPER}{no}"]))
    tell = phrases.asker_refused(question.text, reason)
    return Kept(no, _settle(uow, question, Standing.DROPPED, by=by, reason=reason, tell=tell), again)


def _settle(
    uow: UnitOfWork, question: AskedQuestion, standing: Standing, *, by: Member, tell: Reply, reason: str = ""
) -> int:
    askers: Sequence[int] = uow.questions.settle(question.no, standing, reason=reason)
    uow.audit.add(
        actor=f"member:{by.id}",
        action="answer" if standing is Standing.ANSWERED else "drop",
        subject=f"question:{question.no}",
        before=question.standing.value,
        after=standing.value,
    )
    others = [asker for asker in askers if asker != by.id]
    for asker in others:
        uow.outbox.add(Target(member_id=asker), tell.to_json())
    return len(others)


def _question(uow: UnitOfWork, no: int) -> AskedQuestion:
    try:
        return uow.questions.get(no)
    except NotFound:
        raise phrases.NoSuchQuestion(no) from None


def _card(uow: UnitOfWork, no: int) -> Card | None:
    for document in uow.documents.load([f"{KEEPER}{no}"]):
        for passage in document.passages:
            return card_from_dict(json.loads(passage.card))
    return None


def _document(no: int, card: Card) -> Document:
    source = f"{KEEPER}{no}"
    digest = hashlib.sha256(json.dumps(card_to_dict(card), ensure_ascii=False).encode()).hexdigest()
    passage = Passage(passage_id(source, card.id, 0), card.article, card.title, card.answer, card)
    return Document(source, card.title, CARD, "", card.reviewed, None, None, "", digest, (passage,))


def _office(uow: UnitOfWork, by: Member) -> str:
    """The place a keeper answers for: no person's name stands under an answer."""
    places = [grant.place_id for grant in by.grants if grant.role in KEEPERS]
    return next((uow.places.get(place).name for place in places if place is not None), "")
