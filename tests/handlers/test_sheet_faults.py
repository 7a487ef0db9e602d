"""Whatever can be wrong with a row that comes in is said in words."""

from collections.abc import Mapping
from enum import StrEnum

import pytest

from handlers.members import phrases as members
from handlers.members.roster import Fault as OfRoster
from handlers.places import phrases as places
from handlers.places.outcome import Fault as OfPlaces
from handlers.wishes.sheets import phrases as wishes
from handlers.wishes.sheets.faults import Fault as OfWishes


@pytest.mark.parametrize(
    ("faults", "words"),
    [
        (OfPlaces, places.FAULTS),
        (OfRoster, {**places.FAULTS, **members.FAULTS}),
        (OfWishes, {**places.FAULTS, **wishes.FAULTS}),
    ],
)
def test_every_fault_has_its_words(faults: type[StrEnum], words: Mapping[str, str]) -> None:
    assert [fault for fault in faults if fault not in words] == []
    assert all("{" not in words[fault].format(value="某", other=3) for fault in faults)


def test_no_words_are_left_of_faults_that_are_gone() -> None:
    assert set(places.FAULTS) == set(OfPlaces)
    assert set(members.FAULTS) <= set(OfRoster)
    assert set(wishes.FAULTS) <= set(OfWishes)
