"""Local values: a row a thing, a place and a first day; entering again corrects."""

from dataclasses import replace
from datetime import date

import pytest

from storage.base import NotFound
from storage.database import Database
from storage.local_values import LocalValue, NewValue


@pytest.fixture
def new(database: Database) -> NewValue:
    county = database.run_now(lambda uow: uow.places.add("金山县").id)
    return NewValue(
        "低保标准", "760元", county, "通知", date(2025, 7, 1), date(2025, 7, 1), date(2026, 6, 30)
    )


def test_a_value_is_kept_with_its_source_and_corrected_in_place(database: Database, new: NewValue) -> None:
    first = database.run_now(lambda uow: uow.local_values.put(new))
    day, last = date(2025, 7, 1), date(2026, 6, 30)
    kept = LocalValue("低保标准", "760元", new.place_id, "通知", day, day, last, first, "金山县")
    assert database.read_now(lambda uow: uow.local_values.standing(new)) == kept
    corrected = replace(new, value="780元", expires=None)
    assert database.run_now(lambda uow: uow.local_values.put(corrected)) == first
    assert database.read_now(lambda uow: uow.local_values.all()) == [
        replace(kept, value="780元", expires=None)
    ]


def test_a_new_year_is_a_new_row(database: Database, new: NewValue) -> None:
    later = replace(new, effective=date(2026, 7, 1), value="800元")
    numbers = [database.run_now(lambda uow, row=row: uow.local_values.put(row)) for row in (new, later)]
    assert len(set(numbers)) == 2
    assert database.read_now(lambda uow: uow.local_values.standing(replace(new, what="高龄津贴"))) is None
    assert [value.value for value in database.read_now(lambda uow: uow.local_values.at([new.place_id]))] == [
        "760元",
        "800元",
    ]
    assert database.read_now(lambda uow: uow.local_values.at([])) == []


def test_a_removed_value_is_gone(database: Database, new: NewValue) -> None:
    number = database.run_now(lambda uow: uow.local_values.put(new))
    database.run_now(lambda uow: uow.local_values.remove(number))
    assert database.read_now(lambda uow: uow.local_values.all()) == []
    with pytest.raises(NotFound):
        database.read_now(lambda uow: uow.local_values.get(number))
