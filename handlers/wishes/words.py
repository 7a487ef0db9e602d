"""The words of a wish: those that everybody of its place may read, and those that were typed.

The register holds public words alone: what is wanted, by whom of which age band; no name, not even a family's, no
number, no illness, no aid status (`handlers.wishes.neutral`). Where they differ, the words as typed are kept sealed
with the wish's details (`storage.details`), and whoever reads them who did not write them leaves an audit row.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.masking import nobody
from handlers.wishes.contacts import without
from handlers.wishes.guess import AGE, OLDEST, band_of
from handlers.wishes.neutral import neutral, plain
from handlers.wishes.neutral.families import unnamed
from handlers.wishes.neutral.phrases import GROWN, HELP
from handlers.wishes.phrases import AGE_BAND, SOMEBODY, THE_CHILD
from handlers.wishes.sight import has_in_hand, helps, looked
from knowledge.folding import number
from storage.members import Member
from storage.uow import UnitOfWork
from storage.wishes import AgeBand, Move, Wish, WishEvent

MINORS = frozenset({AgeBand.CHILD, AgeBand.YOUTH})
_BEFORE_CHILD = re.compile(
    r"(儿童|孩子|学生|孤儿|男孩|女孩|男童|女童|娃|岁的|年级的?)[^\S\n]?[\u4e00-\u9fff]{0,2}某(?:同学|小朋友)?"
)
_OF_SOMEBODY = re.compile(r"(?<![\u4e00-\u9fff])[\u4e00-\u9fff]{1,2}某(?=的|家)")
_FAMILY_NAME = re.compile(r"(?!某)[\u4e00-\u9fff]某(?!某)(?:同学|小朋友)?")
_AGED = re.compile(rf"(?:今年|现年)?{AGE.pattern}(?!以[上内])")
_AGED_CHILD = re.compile(rf"(?<=[\u4e00-\u9fff]){AGE.pattern}(?=[要买求找缺])")
"""An age in the middle of what is asked for (给孙女9岁要书包), where no band can be said."""
_IN_GROUP = re.compile(r"(?<=[组队社号])(?=一户(?:家庭|人家))")
"""三组一户 would be a door."""
_EMPTY_END = re.compile(r"[，,、；;]+(?=[）)])|(?<=[（(])[，,、；;]+|[（(][）)]")
_TWICE = re.compile(
    r"(?<=[孙外][子女孙])孩子|(?<=老人)(?:大爷|大娘|大妈|奶奶|爷爷)(?![们家])|(?<=一位)村民(?=老人|大爷|奶奶)"
)
_ROUNDS = 4
_PET_NAME = re.compile(
    r"(?<![\u4e00-\u9fff])小(?![孩学朋区组])[\u4e00-\u9fff](?=想|盼|希望|需要|缺|今年|[，,])"
)


@dataclass(frozen=True, slots=True)
class Typed:
    """What was written with a wish: its words, how to reach whom it is for, the last remark."""

    content: str
    contact: str = ""
    note: str = ""
    merged: Mapping[int, "Typed"] = field(default_factory=dict)
    """The same of what was merged into it, by number."""


def public(words: str, age_band: AgeBand = AgeBand.UNKNOWN, contact: str = "") -> str:
    """What everybody may read of them. Line ends stay; words that tell nothing else become a call for help.

    `contact`: how to reach whom it is for; the names in it are hidden as well.

    >>> public("留守儿童王小明想要一个书包，9岁", AgeBand.CHILD)
    '留守儿童想要一个书包，14岁以下'
    >>> public("低保户王秀英，78岁，肢体残疾二级，想要一把轮椅")
    '一户家庭，60至79岁，想要一把轮椅'
    >>> public("李奶奶想有人陪着去透析")
    '一位奶奶想有人陪着去看病'
    """
    said = words
    for _ in range(_ROUNDS):
        before, said = said, _public(said, age_band)
        if said == before:
            break
    return without(contact, said) if said.strip() or not words.strip() else HELP


def _public(words: str, age_band: AgeBand) -> str:
    hidden = nobody(plain(words))
    if age_band in MINORS:
        hidden = _BEFORE_CHILD.sub(lambda found: found[1], hidden)
        hidden = _OF_SOMEBODY.sub(SOMEBODY, hidden)
        hidden = _FAMILY_NAME.sub(THE_CHILD, _PET_NAME.sub(THE_CHILD, hidden))
    said = _IN_GROUP.sub("的", neutral(unnamed(_AGED_CHILD.sub("", hidden))))
    said = _AGED.sub(lambda age: _band(age[1], age_band) or age[0], said)
    return _TWICE.sub("", _EMPTY_END.sub("", said))


def public_note(typed: str, note: str, age_band: AgeBand, contact: str = "") -> str:
    """A remark on a wish without what is hidden in it, and without a name that the wish gives away by its words.

    >>> public_note("独居老人王秀英，想有人陪着聊聊天", "下午陪王秀英聊了一个钟头", AgeBand.UNKNOWN)
    '下午陪一位村民聊了一个钟头'
    """
    lines = public(f"{typed}\n{note}", age_band, contact).split("\n")
    whole = len(lines) == typed.count("\n") + note.count("\n") + 2
    return "\n".join(lines[typed.count("\n") + 1 :]) if note and whole else public(note, age_band, contact)


def keep(uow: UnitOfWork, no: int, field: str, typed: str, shown: str) -> None:
    """Keep what was typed, where it differs from what is shown."""
    uow.details.keep(f"wish:{no}", field, typed if typed != shown else "")


def as_typed(uow: UnitOfWork, wish: Wish, *, by: Member, events: list[WishEvent] | None = None) -> Typed:
    """The words as they were typed: for who logged it, who verifies it, and who claimed it; in private only.

    How to reach somebody is for the claimer and who wrote it. It is a look, unless one wrote it oneself. Who helps
    with a wish reads what was merged into it as well, each a look of its own.
    """
    typed = _as_typed(uow, wish, wish, by=by, events=events)
    if not helps(uow, wish, by):
        return typed
    gone = [uow.wishes.get(no) for no, _ in uow.wishes.merged_loggers(wish.no)]
    return replace(typed, merged={each.no: _as_typed(uow, each, wish, by=by) for each in gone})


def unseen(uow: UnitOfWork, wish: Wish) -> Typed:
    """The words as typed, for a rule to make public ones of: nobody sees them, so it is no look."""
    held = uow.details.read(f"wish:{wish.no}", by="system", own=True)
    return Typed(held.get("content", wish.content), held.get("contact", ""))


def _as_typed(
    uow: UnitOfWork, wish: Wish, stays: Wish, *, by: Member, events: list[WishEvent] | None = None
) -> Typed:
    events = events or uow.wishes.history(wish.no)
    own = by.id == wish.logged_by and not any(event.move is Move.ENTRUST for event in events)
    held = uow.details.read(f"wish:{wish.no}", by=f"member:{by.id}", own=own)
    if not held and not own:
        looked(uow, by, wish)
    typed = Typed(held.get("content", wish.content), held.get("contact", ""), wish.note)
    if wish.note:
        noted = [event.id for event in events if event.note == wish.note]
        typed = replace(typed, note=held.get(f"note:{noted[-1]}", wish.note) if noted else wish.note)
    return typed if own or has_in_hand(uow, by, stays) else replace(typed, contact="")


def _band(age: str, age_band: AgeBand) -> str:
    """What is said in place of an age; of a minor's wish a child's age is that of its band."""
    years = number(age)
    if years is None or years > OLDEST:
        return ""
    band = band_of(years)
    if band in MINORS:
        return AGE_BAND[age_band] if age_band in MINORS else ""
    return AGE_BAND.get(band, "") if band is not AgeBand.ADULT else GROWN
