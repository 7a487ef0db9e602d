"""One row of a county's sheet read into values; what is wrong with a cell is noted with its column."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.masking import hide_numbers
from bot.sheets import Cell, Problem, Sort
from handlers.places.outcome import Fault
from handlers.places.phrases import AREA_WORDS, AREAS, COMMUNITY_ENDINGS, KIND_WORDS, KINDS, LEADS_WORDS, UNIT
from storage.places import LIES_UNDER
from storage.plots import AREAS as AREA_KEYS

LONGEST_NAME = 40
LONGEST_NUMBER = 24
LONGEST_PERSON = 20
MOST_HOUSEHOLDS = 3000
"""A plot has about 200; more than this is a slip of the hand."""

_FORMULA = re.compile(r"^[=+\-@＝＋－＠']")
_PARTED = re.compile(r"[、，,；;/|\n]+(?![^(（]*[)）])")
"""Between people in one cell; within brackets is a person's post."""
_WITH_DUTY = re.compile(r"(?P<name>[^(（]+)[(（](?P<duty>.*)[)）]", re.DOTALL)
_BRACKETS = str.maketrans("()（）", "〔〕〔〕")
_ID = re.compile(r"\d{17}[\dXx]|\d{15}")
_PHONE = re.compile(r"(?:\+?86-?)?1[3-9]\d-?\d{4}-?\d{4}|(?:0\d{2,3}-?)?[2-9]\d{6,7}")
_PERSON = re.compile(r"[^\W\d_]+(?:[·•.][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Person:
    """`duty`: their own post, as the sheet writes it behind the name or in a column of its own."""

    name: str
    duty: str = ""
    column: str = ""


@dataclass(slots=True)
class Row:
    """A row under its headers. What it is asked for and cannot give lands in `problems`."""

    number: int
    cells: Mapping[str, Sequence[tuple[str, Cell]]]
    problems: list[Problem] = field(default_factory=list)

    def column(self, key: str) -> str:
        """The letter of the field's (first) column; "" when the sheet has none."""
        return next((letter for letter, _ in self.cells.get(key, ())), "")

    def carried(self, key: str) -> bool:
        """Whether the field was written in a row above, in a merge that reaches here."""
        return any(cell.carried for _, cell in self.cells.get(key, ()))

    def amiss(self, key: str, fault: Fault, value: str = "") -> None:
        self.note(self.column(key), fault, value)

    def note(self, column: str, fault: Fault, value: str = "") -> None:
        """One problem a cell: the first says what to do."""
        if not column or all(problem.column != column for problem in self.problems):
            self.problems.append(Problem(self.number, column, fault, hide_numbers(value)))

    def text(self, key: str, *, needed: Fault | None = None, dates: bool = False) -> str:
        """A cell in one line; "" when there is none."""
        found = " ".join(text.replace("\n", " ") for _, text in self.texts(key, dates=dates)).strip()
        if not found and needed:
            self.amiss(key, needed)
        return found

    def texts(self, key: str, *, carries: bool = True, dates: bool = False) -> list[tuple[str, str]]:
        """The cells of a field that hold something, each with its column."""
        found: list[tuple[str, str]] = []
        for column, cell in self.cells.get(key, ()):
            fault = _of_cell(cell, carries=carries, dates=dates)
            if fault is not None:
                self.note(column, fault, cell.text)
            elif cell.text:
                found.append((column, cell.text))
        return found

    def name(self, key: str, needed: Fault | None = None) -> str:
        """The name of a place."""
        text = self.text(key, needed=needed)
        if text and not good_name(text):
            self.amiss(key, Fault.BAD_NAME, text)
        return text

    def code(self, key: str, needed: Fault | None = None) -> str:
        """The number of a plot or a team, as the county writes it."""
        text = unicodedata.normalize("NFKC", self.text(key, needed=needed)).replace(" ", "")
        if text and (not good_name(text) or len(text) > LONGEST_NUMBER or not re.search(r"\w", text)):
            self.amiss(key, Fault.BAD_NUMBER, text)
        return text

    def kind(self, key: str) -> str:
        """A key of `LIES_UNDER`; "" when none is told."""
        text = self.text(key)
        found = kind_of(text)
        if found is None:
            self.amiss(key, Fault.UNKNOWN_KIND, text)
        return found or ""

    def area(self, key: str) -> str:
        text = self.text(key)
        found = area_of(text)
        if found is None:
            self.amiss(key, Fault.UNKNOWN_AREA, text)
        return found or ""

    def households(self, key: str) -> int | None:
        text = unicodedata.normalize("NFKC", self.text(key)).removesuffix(UNIT).strip()
        if not text:
            return None
        if not re.fullmatch(r"-?\d+(?:\.0+)?", text) or len(text) > 12:
            self.amiss(key, Fault.HOUSEHOLDS_TEXT, text)
            return None
        count = int(float(text))
        if not 0 < count <= MOST_HOUSEHOLDS:
            self.amiss(key, Fault.HOUSEHOLDS_RANGE, text)
            return None
        return count

    def people(self, key: str, duty: str = "") -> list[Person]:
        """The people of a cell (or of several), with the posts written behind their names, or in a cell beside."""
        found: list[Person] = []
        for column, text in self.texts(key, carries=key != "member"):
            for part in _PARTED.split(text):
                if part.strip():
                    person = _person(part, column)
                    fault = person_fault(person.name)
                    if fault is None:
                        found.append(person)
                    else:
                        self.note(column, fault, person.name)
        duties = [duty] if len(found) == 1 else [part for part in _PARTED.split(duty) if part.strip()]
        if len(duties) not in (0, 1, len(found)):
            self.amiss("duty", Fault.DUTY_COUNT, f"{len(found)}/{len(duties)}")
            return found
        beside = duties * len(found) if len(duties) == 1 else duties or [""] * len(found)
        return [
            Person(each.name, each.duty or _post(post), each.column)
            for each, post in zip(found, beside, strict=True)
        ]

    def check_phones(self, key: str) -> None:
        """Phones are not kept; a malformed one says that a column has slipped."""
        for column, text in self.texts(key, carries=False):
            for part in _PARTED.split(text):
                bare = re.sub(r"\s", "", unicodedata.normalize("NFKC", part))
                if bare and not _PHONE.fullmatch(bare):
                    self.note(column, Fault.BAD_PHONE, bare)


def _of_cell(cell: Cell, *, carries: bool, dates: bool) -> Fault | None:
    if cell.spread:
        return Fault.MERGED_ACROSS
    if cell.carried and not carries and cell.text:
        return Fault.MERGED_DOWN
    sorts = {Sort.FORMULA: Fault.FORMULA, Sort.ERROR: Fault.ERROR_VALUE}
    return Fault.DATE if cell.sort is Sort.DATE and not dates else sorts.get(cell.sort)


def _person(text: str, column: str) -> Person:
    """
    >>> _person("王 芳（村会计）", "F")
    Person(name='王芳', duty='村会计', column='F')
    """
    found = _WITH_DUTY.fullmatch(text.strip())
    name, duty = (found["name"], _post(found["duty"])) if found else (text, "")
    return Person(_close(name), duty, column)


def _post(text: str) -> str:
    """A post in one line, without brackets that would part it from its person."""
    return " ".join(text.split()).translate(_BRACKETS)


def _close(name: str) -> str:
    """A name without the spaces that pad two characters to the width of three; Latin names keep theirs."""
    name = " ".join(name.split())
    return name if name.isascii() else name.replace(" ", "")


def person_fault(name: str) -> Fault | None:
    """
    >>> person_fault("王芳"), person_fault("37082819900101123X"), person_fault("13800000000"), person_fault("王2")
    (None, <Fault.IDENTITY_NUMBER: 'identity_number'>, <Fault.PHONE_AS_NAME: 'phone_as_name'>, \
<Fault.NAME_WITH_DIGITS: 'name_with_digits'>)
    """
    bare = unicodedata.normalize("NFKC", name).replace(" ", "")
    if _ID.search(bare):
        return Fault.IDENTITY_NUMBER
    if _PHONE.search(bare):
        return Fault.PHONE_AS_NAME
    if re.search(r"\d", bare):
        return Fault.NAME_WITH_DIGITS
    good = _PERSON.fullmatch(bare) and len(name) <= LONGEST_PERSON
    return None if good else Fault.PERSON_NAME


def good_name(name: str) -> bool:
    """Whether a place may be called so.

    >>> good_name("东关村"), good_name("=1+1"), good_name("长" * 60)
    (True, False, False)
    """
    return 0 < len(name) <= LONGEST_NAME and name.isprintable() and not _FORMULA.match(name)


def kind_of(word: str) -> str | None:
    """A kind of place by its key or its name; an empty word stays empty.

    >>> kind_of("社区"), kind_of("镇"), kind_of("village"), kind_of("星球")
    ('community', 'town', 'village', None)
    """
    word = _plain(word)
    labels = {label: key for key, label in KINDS.items()} | KIND_WORDS
    key = labels.get(word, word)
    return key if key in LIES_UNDER or not key else None


def area_of(word: str) -> str | None:
    """What a plot is cut by; an empty word stays empty.

    >>> area_of("楼栋"), area_of("村民小组"), area_of("星球")
    ('building', 'group', None)
    """
    word = _plain(word)
    labels = {label: key for key, label in AREAS.items()} | AREA_WORDS
    key = labels.get(word, word)
    return key if key in AREA_KEYS or not key else None


def settlement_kind(name: str) -> str:
    """What a village or community is, by how it is called.

    >>> settlement_kind("东关村"), settlement_kind("永续社区")
    ('village', 'community')
    """
    return "community" if name.endswith(COMMUNITY_ENDINGS) else "village"


def leads_by(duty: str) -> bool:
    """Whether a post is that of who leads the team."""
    return duty in LEADS_WORDS


def _plain(word: str) -> str:
    return unicodedata.normalize("NFKC", word).strip().lower()
