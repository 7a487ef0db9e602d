"""From hits to a verdict: answered, unsure or declined. Structured; the wording is the speaker's."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from knowledge.doors import Door, door_of
from knowledge.passage import Card
from knowledge.ranking.model import ALIKE
from knowledge.search import Hit, Searcher

_SHOWN = 3
_SPARE = 9
"""Hits looked through for those that hold where the asker is."""
_RULE_HELPS = frozenset({Door.PERSONAL_CASE, Door.LOCAL_FIGURE})


class Verdict(StrEnum):
    """What became of a question."""

    ANSWERED = "answered"
    UNSURE = "unsure"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Answer:
    """`hit`, and `card` where one explains it: only when answered. `door`: only when declined.

    `candidates`: up to three hits to show, best first; when declined, only where the rule behind it helps.
    """

    verdict: Verdict
    door: Door | None = None
    hit: Hit | None = None
    candidates: tuple[Hit, ...] = ()

    @property
    def card(self) -> Card | None:
        """The plain words of the answer, when a card has them."""
        return self.hit.plain if self.hit else None


class Answerer:
    """Decides on top of one searcher."""

    def __init__(self, searcher: Searcher) -> None:
        self.searcher = searcher

    def answer(self, question: str, region: str | None = None, on: date | None = None) -> Answer:
        """The verdict on a question; `region` and `on` as in `Searcher.search`."""
        door = door_of(question)
        if door and door not in _RULE_HELPS:
            return Answer(Verdict.DECLINED, door)
        hits = self._hits(question, region, on)
        if door:
            return Answer(Verdict.DECLINED, door, candidates=hits)
        own = next((hit for hit in hits if hit.plain and hit.plain.asks(question)), None)
        if own and not own.superseded and not own.elsewhere:
            others = tuple(hit for hit in hits if hit is not own)
            return Answer(Verdict.ANSWERED, hit=own, candidates=(own, *others))
        first = hits[0] if hits else None
        if first and (
            first.exact or (self._sure(question, first) and not first.superseded and not first.elsewhere)
        ):
            return Answer(Verdict.ANSWERED, hit=first, candidates=hits)
        return Answer(Verdict.UNSURE, candidates=hits)

    def _sure(self, question: str, hit: Hit) -> bool:
        model = self.searcher.model
        if hit.plain is None or hit.score >= model.enough_of_card:
            return hit.score >= model.enough
        return hit.score >= model.enough_alike and self.searcher.resembles(question, hit.plain) >= ALIKE

    def _hits(self, question: str, region: str | None, on: date | None) -> tuple[Hit, ...]:
        """The first few; where it is known who asks, rules of other places are not used."""
        if not region:
            return tuple(self.searcher.search(question, top=_SHOWN, on=on))
        hits = self.searcher.search(question, top=_SHOWN + _SPARE, region=region, on=on)
        return tuple(hit for hit in hits if hit.exact or not hit.elsewhere)[:_SHOWN]
