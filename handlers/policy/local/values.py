"""Local values: which amount holds where a question is asked.

The nearest place that has an entry decides; one that has run out there is not filled up from above, because the
amount of the next place up need not hold. An amount that nobody entered is never made up.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from handlers.policy.follow_up import Aspect, Taken
from knowledge.answer import Verdict
from knowledge.doors import Door
from knowledge.figures import asked_figures, asks_only_for
from knowledge.folding import fold
from knowledge.lexicon import Lexicon, bare_place
from storage.local_values import LocalValue
from storage.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Figures:
    """What an answer is to say of local amounts. `names`: those it speaks of; none: nothing is to be said.

    `asked`: the question asks for the amounts and nothing else. `values`: in force; `lapsed`: there are some,
    past their day.
    """

    names: tuple[str, ...] = ()
    asked: bool = False
    values: tuple[LocalValue, ...] = ()
    lapsed: bool = False


NO_FIGURES = Figures()


def figures(uow: UnitOfWork, taken: Taken, lexicon: Lexicon, place_id: int | None) -> Figures:
    """The local amounts an answer speaks of, for the place it is asked in or the one the question names."""
    answer, card = taken.answer, taken.answer.card
    if taken.aspect not in (None, Aspect.COST) or (card and card.origin and not card.local):
        return NO_FIGURES
    if answer.verdict is Verdict.DECLINED and answer.door is not Door.LOCAL_FIGURE:
        return NO_FIGURES
    asked = () if taken.aspect else asked_figures(taken.asked, lexicon)
    places = (
        [name for place in uow.places.all() for name in (place.name, bare_place(place.name))] if asked else ()
    )
    alone = bool(asked) and asks_only_for(taken.asked, lexicon, places)
    names = card.local if card else asked if alone else ()
    if not names:
        return NO_FIGURES
    line = uow.places.line(_place(uow, taken.asked, lexicon, place_id))
    entered = [value for value in uow.local_values.at(line) if any(name in value.what for name in names)]
    values = in_force(entered, line, uow.now.date())
    return Figures(names, alone, values, bool(entered) and not values)


def in_force(entered: Iterable[LocalValue], line: Sequence[int], today: date) -> tuple[LocalValue, ...]:
    """Of each thing the value that holds today: the nearest place's on the `line` upwards, there the newest."""
    nearest: dict[str, list[LocalValue]] = {}
    for value in sorted(entered, key=lambda value: line.index(value.place_id)):
        if value.effective <= today:
            there = nearest.setdefault(value.what, [])
            if not there or there[0].place_id == value.place_id:
                there.append(value)
    newest = (max(values, key=lambda value: value.effective) for _, values in sorted(nearest.items()))
    return tuple(value for value in newest if value.expires is None or value.expires >= today)


def run_out(entered: Iterable[LocalValue], today: date) -> list[LocalValue]:
    """The newest of each thing and place, where that is past its day: a new notice is due."""
    newest: dict[tuple[str, int], LocalValue] = {}
    for value in sorted(entered, key=lambda value: value.effective):
        newest[value.what, value.place_id] = value
    return [value for value in newest.values() if value.expires and value.expires < today]


def _place(uow: UnitOfWork, question: str, lexicon: Lexicon, place_id: int | None) -> int | None:
    """Where the amount is asked for: the lowest of our places a question names, else where it is asked.

    None when it names a place that is not ours.
    """
    text = fold(question)
    named = [place for place in uow.places.all() if place.name in text or _called(place.name, text)]
    if named:
        return max(named, key=lambda place: len(uow.places.line(place.id))).id
    known = lexicon.region_of(text)
    line = {bare_place(uow.places.get(each).name) for each in uow.places.line(place_id)}
    return None if known and known not in line else place_id


def _called(name: str, text: str) -> bool:
    bare = bare_place(name)
    return bare != name and len(bare) > 1 and bare in text
