"""The keeper's side: the queue of what found no answer, and the answers that become cards.

An answer is a document of one card, kept like any other: every replica's index takes it up, it is listed, and
it can be removed. The question stands on it as it was asked, with where it came from. It holds where the question
was asked, unless the keeper says otherwise. A question that asks the same as an answered one is a card that stands
for the other's.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.chat import public
from bot.chat.reply import Reply
from handlers.policy import phrases
from handlers.policy.library import KEEPER, stored
from knowledge.folding import article_name, fold
from knowledge.passage import CARD, Card, Document, Passage, passage_id
from knowledge.search import Hit
from knowledge.stored import card_from_dict, card_to_dict
from storage.base import NotFound
from storage.members import Member, Role
from storage.outbox import Target
from storage.places import SeveralNamed
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
_FIELD = re.compile(r"(?:^|(?<=[\s。；;，,]))(去哪办|带什么|几天|适用)(?:范围|于)?\s*[:：]\s*")
_FIELDS = {"去哪办": "where", "带什么": "bring", "几天": "takes", "适用": "holds"}
_HOLDS = re.compile(
    r"(?:^|(?<=[（(\s。；;，,]))[（(]?(?P<holds>各地|全国|全省|全市|全县|全区|全镇|全乡|全街道)(?:都|均|也)?(?:适用|通用|一样)\s*[)）]?[。.\s]*$"
)
_EVERYWHERE = re.compile(r"(?:各地|全国|到处|哪里都|所有地方|不限|全部)")
_HERE = re.compile(r"(?:本地|当地|本村|本社区|这里)")
_LEVELS = {
    "省": "province",
    "市": "city",
    "县": "county",
    "区": "county",
    "镇": "town",
    "乡": "town",
    "街道": "town",
}
_LEVEL = re.compile(r"[全本](省|市|县|区|镇|乡|街道)")
_SAME = re.compile(
    r"\s*(?:同|和|跟|与)\s*(?:问题|卡片)?\s*[#＃]?\s*(?P<card>\d{1,9}|[a-z][a-z0-9]*(?:-[a-z0-9]+)+)"
    r"\s*(?:号)?(?:的答复|问题)?(?:一样|相同|同样)?[。.]?\s*"
)


@dataclass(frozen=True, slots=True)
class Written:
    """An answer as a keeper writes it: words, then where, what to bring, how long, then what it rests on.

    `holds`: in whose places, as written (各地, 全县, 金山县、鱼山县); "" where the question was asked.
    """

    text: str
    where: str = ""
    bring: str = ""
    takes: str = ""
    law: str = ""
    article: str = ""
    holds: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that stands. `told`: how many askers will be. `unknown`: an article the base does not have.

    `places`: where it holds, () for everywhere; `said`: the keeper wrote where. `reopened`: numbers of questions
    that wait again, because the answer they shared is gone.
    """

    no: int
    told: int
    again: bool
    unknown: str = ""
    places: tuple[str, ...] = ()
    said: bool = False
    reopened: tuple[int, ...] = ()


def written(text: str) -> Written:
    """What the words after `/答复 N` say. Raises `BadInput`.

    >>> written("报社区来修。去哪办：社区 几天：三天 依据《某办法》第5条")
    Written(text='报社区来修。', where='社区', bring='', takes='三天', law='某办法', article='第五条', holds='')
    """
    law, article, holds = "", "", ""
    if everywhere := _HOLDS.search(text):
        holds, text = everywhere["holds"], text[: everywhere.start()]
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
    return Written(said, **{"holds": holds, **found}, law=law, article=article)


def same_as(text: str) -> str | None:
    """The id of the card a keeper says a question is another way of asking for; None when the words are an answer.

    >>> [same_as(t) for t in ("同 3", "和＃12一样", "同 dibao-apply", "同意。", "同3月一样办")]
    ['keeper-3', 'keeper-12', 'dibao-apply', None, None]
    """
    found = _SAME.fullmatch(fold(text))
    if found is None:
        return None
    return f"keeper-{int(found['card'])}" if found["card"].isdecimal() else found["card"]


def _trimmed(text: str) -> str:
    return text.strip().rstrip("；;，, ")


def queue(uow: UnitOfWork) -> tuple[list[AskedQuestion], int]:
    """The first of what waits, most often asked first; and how many wait in all."""
    waiting = uow.questions.waiting()
    return waiting[:SHOWN], len(waiting)


def shown(uow: UnitOfWork, no: int) -> tuple[AskedQuestion, Card | None]:
    """A question, and the keeper's card that answers it."""
    question = _question(uow, no)
    return question, _card(uow, no) or _card(uow, _number(question.same))


def answer(uow: UnitOfWork, no: int, given: Written, law: Hit | None, *, by: Member) -> Kept:
    """Make the answer a card, in force from now on, and tell who asked. An earlier answer is replaced.

    `law`: the article it names, where the base has it; otherwise the words keep the name. The same question that
    waits in other places where the answer holds is answered with it.
    """
    words = (given.text, given.where, given.bring, given.takes)
    public.check(*words, roster=uow.spoken_of(" ".join(words)))
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
        places=_places(uow, question, given.holds, by),
    )
    uow.documents.put([stored(_document(no, card), "")])
    told = _settle(uow, question, Standing.ANSWERED, by=by, tell=phrases.asker_answered(question.text, card))
    for other in uow.questions.elsewhere(no):
        if _reaches(uow, card.places, other.place_id):
            tell = phrases.asker_answered(other.text, card)
            told += _settle(uow, other, Standing.ANSWERED, by=by, tell=tell, same=card.id)
    return Kept(no, told, again, unknown, card.places, bool(given.holds))


def join(uow: UnitOfWork, no: int, same: str, card: Card | None, *, by: Member) -> Kept:
    """Let a question be another way of asking what a card answers: it speaks with that card's words from now on.

    `same`: the card's id; `card`: the card of that id where it is no keeper's.
    """
    question = _question(uow, no)
    card = _card(uow, _number(same)) if _number(same) else card
    if card is None:
        raise phrases.NothingToShare(same)
    same = card.same or same
    if same == f"keeper-{no}":
        raise phrases.same_as_itself(no)
    again = _card(uow, no) is not None
    others = uow.questions.aliases(f"keeper-{no}")
    for each in (question, *others):
        places = _places(uow, each, "", by) if card.places else ()
        alias = replace(
            card, id=f"keeper-{each.no}", title=each.text, questions=(each.text,), places=places, same=same
        )
        uow.documents.put([stored(_document(each.no, alias), "")])
    for other in others:
        uow.questions.settle(other.no, Standing.ANSWERED, same=same)
    tell = phrases.asker_answered(question.text, card)
    told = _settle(uow, question, Standing.ANSWERED, by=by, tell=tell, same=same)
    return Kept(no, told, again, places=() if not card.places else _places(uow, question, "", by))


def drop(uow: UnitOfWork, no: int, reason: str, *, by: Member) -> Kept:
    """Take a question off the queue, unanswered; an answer that stood is taken out of the base.

    Questions that shared the answer wait again.
    """
    public.check(reason, roster=uow.spoken_of(reason))
    question = _question(uow, no)
    others = uow.questions.aliases(f"keeper-{no}")
    again = bool(uow.documents.remove([f"{KEEPER}{each.no}" for each in (question, *others)]))
    for other in others:
        uow.questions.reopen(other.no)
        _audit(uow, "reopen", other, Standing.WAITING, by)
    tell = phrases.asker_refused(question.text, reason)
    told = _settle(uow, question, Standing.DROPPED, by=by, reason=reason, tell=tell)
    return Kept(no, told, again, reopened=tuple(each.no for each in others))


def _places(uow: UnitOfWork, question: AskedQuestion, holds: str, by: Member) -> tuple[str, ...]:
    """Where an answer holds: as the keeper writes it, else where the question was asked, else where they serve."""
    here = question.place_id if question.place_id is not None else _office_id(by)
    if _EVERYWHERE.fullmatch(holds):
        return ()
    if level := _LEVEL.fullmatch(holds):
        above = [uow.places.get(each) for each in uow.places.line(here)]
        kind = _LEVELS[level[1]]
        place = next((each.name for each in above if each.kind == kind), None)
        if place is None:
            raise phrases.no_such_level(level[0])
        return (place,)
    if holds and not _HERE.fullmatch(holds):
        return tuple(_named(uow, name) for name in re.split(r"[、，,\s]+", holds) if name)
    return (uow.places.get(here).name,) if here is not None else ()


def _named(uow: UnitOfWork, name: str) -> str:
    try:
        return uow.places.named(name).name
    except SeveralNamed:
        return name
    except NotFound:
        raise phrases.no_such_place(name) from None


def _reaches(uow: UnitOfWork, places: Sequence[str], place_id: int | None) -> bool:
    return not places or any(uow.places.get(each).name in places for each in uow.places.line(place_id))


def _number(card_id: str) -> int:
    """The question's number in a keeper's card id; 0 when it is none."""
    number = card_id.removeprefix("keeper-")
    return int(number) if number != card_id and number.isdecimal() else 0


def _settle(
    uow: UnitOfWork,
    question: AskedQuestion,
    standing: Standing,
    *,
    by: Member,
    tell: Reply,
    reason: str = "",
    same: str = "",
) -> int:
    askers: Sequence[int] = uow.questions.settle(question.no, standing, reason=reason, same=same)
    action = "drop" if standing is Standing.DROPPED else "same" if same else "answer"
    _audit(uow, action, question, standing, by)
    others = [asker for asker in askers if asker != by.id]
    for asker in others:
        uow.outbox.add(Target(member_id=asker), tell.to_json())
    return len(others)


def _audit(uow: UnitOfWork, action: str, question: AskedQuestion, after: Standing, by: Member) -> None:
    uow.audit.add(
        actor=f"member:{by.id}",
        action=action,
        subject=f"question:{question.no}",
        before=question.standing.value,
        after=after.value,
    )


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
    place = _office_id(by)
    return uow.places.get(place).name if place is not None else ""


def _office_id(by: Member) -> int | None:
    places = [grant.place_id for grant in by.grants if grant.role in KEEPERS]
    return next((place for place in places if place is not None), None)
