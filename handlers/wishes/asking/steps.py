"""The way to a wish: what, for whom, of which kind, where, how soon, how to reach them; then read back and logged."""

from typing import Annotated

from bot.chat.reply import Reply
from bot.chat.turn import Chat
from bot.chat.way import Asked, Choice, Origin, Step, way
from bot.chat.work import Work
from bot.moderation import WordLists
from handlers.wishes import use_cases
from handlers.wishes.asking import answers, phrases
from handlers.wishes.guess import Guess
from handlers.wishes.phrases import logged
from handlers.wishes.use_cases import WishLimits
from storage.members import Member
from storage.wishes import AgeBand, Kind


def read_back(asked: Asked) -> str:
    given = asked.answers
    urgency, wanted_by = answers.read_when(given["when"])
    place = asked.uow.places.get(int(given["place"])).name if given["place"] else asked.member.place
    return phrases.read_back(
        given["content"], AgeBand(given["band"]), Kind(given["kind"]), place, wanted_by,
        urgent=urgency is not urgency.NORMAL, contact=bool(given["contact"]),
    )  # fmt: skip


def before(asked: Asked) -> None:
    use_cases.has_room(asked.uow, by=asked.member, limits=asked.services[WishLimits])


@way(read_back=read_back, question=phrases.READ_BACK_QUESTION, agree=phrases.AGREE, before=before)
async def ask_wish(
    *,
    content: Annotated[str, "要什么", Step(phrases.WHAT, own=answers.content, asks=answers.asks_us)],
    band: Annotated[
        AgeBand, "给谁", Step(phrases.WHOM, answers.whom(), own=answers.band, known=answers.band_said)
    ] = AgeBand.UNKNOWN,
    kind: Annotated[
        Kind, "哪一样", Step(phrases.KIND_OF, answers.kinds(), known=answers.kind_said)
    ] = Kind.UNKNOWN,
    place: Annotated[
        int | None, "在哪", Step(phrases.WHERE, answers.near, own=answers.place, known=answers.place_said)
    ] = None,
    when: Annotated[
        str, "什么时候要", Step(phrases.WHEN, answers.times, own=answers.day, known=answers.time_said)
    ] = "",
    contact: Annotated[
        str,
        "联系方式",
        Step(
            phrases.CONTACT,
            (Choice(phrases.SKIP, ""),),
            own=answers.contact,
            known=answers.contact_said,
            asks=answers.asks_us,
        ),
    ] = "",
    member: Member,
    chat: Chat,
    origin: Origin,
    limits: WishLimits,
    words: WordLists,
    work: Work,
) -> Reply:
    words.admit(content)
    urgency, wanted_by = answers.read_when(when)
    logging = work(
        use_cases.log, content, by=member, chat=chat, limits=limits, told=Guess(kind, band, urgency, wanted_by),
        contact=contact, place_id=place, group_id=origin.group_id,
    )  # fmt: skip
    return await logging.reply(lambda done: logged(*done))
