"""The almanac: seasons that bring a subject forward, subjects one can subscribe to, and why they matter.

A shipped `almanac.toml` stands beside this file. An operator's own of the same name in the data folder replaces
seasons and subjects of the same name and adds others.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

FILE = "almanac.toml"

MonthDay = tuple[int, int]


class BadAlmanac(ValueError):
    """The operator's almanac cannot be read; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Season:
    """Days of each year, both ends included; `begins` after `ends` runs over the new year."""

    name: str
    begins: MonthDay
    ends: MonthDay
    tags: frozenset[str]
    whys: tuple[str, ...] = ()

    def why(self, day: date) -> str:
        """Why it matters, in the words of the day: of several sentences each has its turn."""
        return self.whys[day.toordinal() % len(self.whys)] if self.whys else ""

    def holds(self, day: date) -> bool:
        """
        >>> winter = Season("", (12, 1), (2, 28), frozenset())
        >>> [winter.holds(date(2026, month, 28)) for month in (11, 12, 2, 3)]
        [False, True, True, False]
        """
        now = (day.month, day.day)
        if self.begins <= self.ends:
            return self.begins <= now <= self.ends
        return now >= self.begins or now <= self.ends


@dataclass(frozen=True, slots=True)
class Subject:
    name: str
    tags: frozenset[str]
    why: str


@dataclass(frozen=True, slots=True)
class Almanac:
    seasons: tuple[Season, ...] = ()
    subjects: tuple[Subject, ...] = ()

    @classmethod
    def read(cls, path: Path) -> "Almanac":
        """The shipped almanac with the operator's own at `path`, if there is one. Raises `BadAlmanac`."""
        shipped = _parsed(resources.files(__package__).joinpath(FILE).read_text(encoding="utf-8"))
        if not path.exists():
            return shipped
        try:
            own = _parsed(path.read_text(encoding="utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError, BadAlmanac) as error:
            raise BadAlmanac(f"{path.name}: {error}") from None
        return cls(_joined(shipped.seasons, own.seasons), _joined(shipped.subjects, own.subjects))

    def season_of(self, tags: Sequence[str], words: str, day: date) -> Season | None:
        """The season that holds on the day and concerns these tags, or a text without tags."""
        return next(
            (each for each in self.seasons if each.holds(day) and _concerns(each.tags, tags, words)), None
        )

    def subjects_of(self, tags: Sequence[str], words: str) -> tuple[Subject, ...]:
        return tuple(each for each in self.subjects if _concerns(each.tags, tags, words))

    def subject(self, name: str) -> Subject | None:
        return next((each for each in self.subjects if each.name == name), None)


EMPTY = Almanac()
"""No season, no subject."""


def _concerns(wanted: frozenset[str], tags: Sequence[str], words: str) -> bool:
    return not wanted.isdisjoint(tags) if tags else any(tag in words for tag in wanted)


Named = TypeVar("Named", Season, Subject)


def _joined(shipped: tuple[Named, ...], own: tuple[Named, ...]) -> tuple[Named, ...]:
    replaced = {each.name for each in own}
    return own + tuple(each for each in shipped if each.name not in replaced)


def _parsed(text: str) -> Almanac:
    table = tomllib.loads(text)
    if unknown := table.keys() - {"season", "subject"}:
        raise BadAlmanac(f"[[{min(unknown)}]] ? [[season]] / [[subject]]")
    return Almanac(
        tuple(
            Season(
                _word(row, "name"), _month_day(row, "from"), _month_day(row, "until"), _tags(row), _whys(row)
            )
            for row in _rows(table, "season", {"name", "from", "until", "tags", "why"})
        ),
        tuple(
            Subject(_word(row, "name"), _tags(row), _why(row))
            for row in _rows(table, "subject", {"name", "tags", "why"})
        ),
    )


def _rows(table: Mapping[str, Any], key: str, names: set[str]) -> list[dict[str, Any]]:
    rows = table.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadAlmanac(f"[[{key}]]")
    for row in rows:
        if unknown := row.keys() - names:
            raise BadAlmanac(f"[[{key}]] {row.get('name', '')}: {min(unknown)} ?")
    return rows


def _word(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip() or len(value.split()) > 1:
        raise BadAlmanac(f'{row.get("name", "")} {key} = "…"')
    return value.strip()


def _why(row: Mapping[str, Any]) -> str:
    return _sentence(row, row.get("why", ""))


def _whys(row: Mapping[str, Any]) -> tuple[str, ...]:
    """One sentence, or a list of them."""
    value = row.get("why", "")
    sentences = value if isinstance(value, list) else [value]
    return tuple(sentence for each in sentences if (sentence := _sentence(row, each)))


def _sentence(row: Mapping[str, Any], value: object) -> str:
    if not isinstance(value, str) or "\n" in value:
        raise BadAlmanac(f'{row.get("name", "")} why = "…"')
    return value.strip()


def _tags(row: Mapping[str, Any]) -> frozenset[str]:
    tags = row.get("tags")
    if not isinstance(tags, list) or not tags or not all(isinstance(tag, str) and tag for tag in tags):
        raise BadAlmanac(f'{row.get("name", "")} tags = ["…"]')
    return frozenset(tags)


def _month_day(row: Mapping[str, Any], key: str) -> MonthDay:
    found = re.fullmatch(r"(\d{2})-(\d{2})", str(row.get(key, "")))
    try:
        day = date(2024, int(found[1]), int(found[2])) if found else None
    except ValueError:
        day = None
    if day is None:
        raise BadAlmanac(f'{row.get("name", "")} {key} = "03-01"')
    return day.month, day.day
