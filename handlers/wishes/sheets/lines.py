"""One row of a sheet of wishes read into values; what is wrong with a cell is noted under the field it is in."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo
from typing import TypeVar

from bot.chat.converters import day_in
from handlers.wishes.guess import OLDEST, YOUTH_UNDER, age_band_of, band_of
from handlers.wishes.sheets import phrases
from handlers.wishes.sheets.faults import Fault
from knowledge.folding import NUMERAL, fold, number
from storage.base import NotFound
from storage.called import SeveralCalled
from storage.places import SeveralNamed
from storage.uow import UnitOfWork
from storage.wishes import AgeBand

Key = TypeVar("Key")

_AGE_IN_NUMERALS = re.compile(phrases.AGE_IN_NUMERALS)
LARGEST_NO = 9_999_999
"""A number of a wish: far from where the numbering of a database ends, and short enough to be said in a chat."""


@dataclass(frozen=True, slots=True)
class Problem:
    """`number` of the row as the person sees it, `key` of the field; `other`: the row it does not agree with."""

    number: int
    key: str
    fault: Fault
    value: str = ""
    other: int = 0


@dataclass(frozen=True, slots=True)
class WishLine:
    """`texts` by field, in one line each; `whole`: content and note with their own spaces and line ends."""

    number: int
    texts: Mapping[str, str]
    whole: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Taken:
    """`rows`: row → "added" or "same"."""

    rows: dict[int, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


class Reader:
    """Reads cells of one line after another; looks up each name once a sheet."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self.now = uow.now
        self._today = uow.now.date()
        self._zone = uow.now.tzinfo
        self._places = {name: place_id for place_id, name in uow.places.names().items()}
        self._people: dict[str, int | tuple[Fault, str]] = {}
        self._line = WishLine(0, {})
        self.problems: list[Problem] = []

    def turn_to(self, line: WishLine) -> None:
        self._line, self.problems = line, []

    def note(self, key: str, fault: Fault, value: str = "", other: int = 0) -> None:
        """One problem a cell: the first says what to do."""
        if all(each.key != key for each in self.problems):
            self.problems.append(Problem(self._line.number, key, fault, value, other))

    def text(self, key: str) -> str:
        return self._line.texts.get(key, "")

    def word(self, key: str, words: Mapping[str, Key], fault: Fault) -> Key | None:
        """What a word stands for; None where it stands for nothing, which is noted."""
        found = words.get(_plain(self.text(key)))
        if found is None:
            self.note(key, fault, self.text(key))
        return found

    def place(self, key: str = "place") -> int | None:
        text = self.text(key)
        if text and text not in self._places:
            try:
                self._places[text] = self._uow.places.named(text).id
            except SeveralNamed as error:
                self.note(key, Fault.SEVERAL_PLACES, phrases.listed(error.choices))
            except NotFound:
                self.note(key, Fault.UNKNOWN_PLACE, text)
        return self._places.get(text)

    def member(self, key: str) -> int | None:
        text = self.text(key)
        if not text:
            return None
        if text not in self._people:
            try:
                self._people[text] = self._uow.called(text, hidden=True).one().id
            except SeveralCalled as error:
                choices = phrases.listed(choice.written for choice in error.choices)
                self._people[text] = Fault.SEVERAL_PEOPLE, choices
            except NotFound:
                self._people[text] = Fault.UNKNOWN_PERSON, text
        found = self._people[text]
        if isinstance(found, int):
            return found
        self.note(key, *found)
        return None

    def day(self, key: str) -> date | None:
        """A day to come, where its year is not written."""
        text = self.text(key)
        day = day_in(unicodedata.normalize("NFKC", text), self._today) if text else None
        if text and day is None:
            self.note(key, Fault.BAD_DAY, text)
        return day

    def moment(self, key: str) -> datetime | None:
        text = self.text(key)
        moment = moment_in(text, self._zone, self._today) if text else None
        if text and moment is None:
            self.note(key, Fault.BAD_MOMENT, text)
        return moment

    def number(self, key: str) -> int | None:
        text = unicodedata.normalize("NFKC", self.text(key)).lstrip("#").strip()
        if not text:
            return None
        number = int(text) if re.fullmatch(r"\d{1,10}", text) else 0
        if not 0 < number <= LARGEST_NO:
            self.note(key, Fault.BAD_WISH_NUMBER, text)
            return None
        return number

    def age_band(self, key: str = "age_band") -> AgeBand:
        text = self.text(key)
        found = age_written(text)
        if found is None:
            self.note(key, Fault.UNKNOWN_AGE, text)
        return found or AgeBand.UNKNOWN


def moment_in(text: str, zone: tzinfo | None, today: date) -> datetime | None:
    """A moment as registers write it, or a day as people do, which begins at midnight. None for what is neither.

    >>> from datetime import UTC
    >>> moment_in("2026-03-05T09:00:00", UTC, date(2026, 3, 6))
    datetime.datetime(2026, 3, 5, 9, 0, tzinfo=datetime.timezone.utc)
    >>> [str(moment_in(each, UTC, date(2026, 3, 6))) for each in ("2026.3.5", "3月5日", "2026-03-05 9:00", "春天")]
    ['2026-03-05 00:00:00+00:00', '2026-03-05 00:00:00+00:00', '2026-03-05 09:00:00+00:00', 'None']
    >>> moment_in("2月29日", UTC, date(2028, 2, 1)) is None
    True
    """
    text = unicodedata.normalize("NFKC", text).strip()
    clock = re.fullmatch(r"(.*\d)\s+(\d):(.*)", text)
    try:
        moment = datetime.fromisoformat(f"{clock[1]} 0{clock[2]}:{clock[3]}" if clock else text)
    except ValueError:
        day = day_in(text, today)
        if day is None:
            return None
        # a day without its year is the latest of that name: what stands in a list has been said
        if day > today and str(day.year) not in text:
            if (day.month, day.day) == (2, 29):
                return None  # of which year is not said, and the last need not have had one
            day = day.replace(year=day.year - 1)
        moment = datetime.combine(day, time.min)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def age_written(text: str) -> AgeBand | None:
    """For whom it is, as a list says it: a band, a number, a word. Of a span its youngest counts; None: not known.

    >>> [age_written(each).value for each in ("60-79岁", "78", "80岁及以上", "留守儿童", "6～18岁", "14周岁以下", "")]
    ['elder', 'elder', 'aged', 'child', 'child', 'child', '']
    >>> [age_written(each).value for each in ("七十", "八十五岁", "六十至七十九岁", "十四岁以下", "高一", "三年级")]
    ['elder', 'aged', 'elder', 'child', 'youth', 'child']
    >>> age_written("18岁以下"), age_written("不详")
    (<AgeBand.CHILD: 'child'>, None)
    """
    words = phrases.ages()
    plain = _plain(text)
    if plain in words:
        return words[plain]
    if _AGE_IN_NUMERALS.fullmatch(plain):
        plain = re.sub(f"[{NUMERAL}]+", lambda said: str(number(said[0])), plain)
    ages = [int(age) for age in re.findall(r"\d+", plain)]
    if len(ages) == 1 and phrases.UNDER in plain:
        return band_of(0 if ages[0] <= YOUTH_UNDER else ages[0] - 1)
    if ages and max(ages) <= OLDEST:
        return band_of(min(ages))
    return (age_band_of(fold(text)) or None) if not ages else None


def _plain(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).casefold()


Step = Callable[[int, int], None]
