"""Working days: the kept calendar of statutory holidays and make-up workdays (调休), and the operator's own file.

`chinese_calendar` knows the years the State Council has announced and raises for others; for those, Monday
to Friday count as working days until the library is updated, and `doctor` says so. A file `holidays.toml` in
the data folder overrides both:

    holidays = [2027-02-05, 2027-02-08]
    workdays = [2027-02-14]
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import chinese_calendar


class BadHolidayFile(ValueError):
    """The operator's holiday file cannot be read; the message says where."""


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """`holidays` and `workdays` are the operator's overrides."""

    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()

    @classmethod
    def read(cls, path: Path) -> "WorkingDays":
        """From the operator's file; without one, no overrides. Raises `BadHolidayFile`."""
        if not path.exists():
            return cls()
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise BadHolidayFile(f"{path.name}: {error}") from None
        days = {key: table.get(key, []) for key in ("holidays", "workdays")}
        for key, listed in days.items():
            if not isinstance(listed, list) or not all(type(day) is date for day in listed):
                raise BadHolidayFile(f"{path.name}: {key} = [2027-02-05, …]")
        return cls(frozenset(days["holidays"]), frozenset(days["workdays"]))

    def is_workday(self, day: date) -> bool:
        if day in self.holidays:
            return False
        if day in self.workdays:
            return True
        if not known(day.year):
            return day.weekday() < 5
        return bool(chinese_calendar.is_workday(day))

    def covers(self, year: int) -> bool:
        """Whether the year's holidays are known, from the library or from the operator's file."""
        return known(year) or any(day.year == year for day in self.holidays)


def known(year: int) -> bool:
    """Whether the calendar library has the year's announcement."""
    try:
        chinese_calendar.is_workday(date(year, 6, 15))
    except NotImplementedError:
        return False
    return True
