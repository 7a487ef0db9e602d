"""A name that stands in how to reach somebody stands in no public word, however often these are made anew."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.wishes.contacts import names_in, without
from handlers.wishes.guess import guess
from handlers.wishes.sheets.county import Entry, log_all
from handlers.wishes.words import public
from storage.uow import UnitOfWork
from storage.wishes import AgeBand, Move
from tests.handlers.town import GROUP, Town
from tests.handlers.wish_records import history, wish

WORDS, CONTACT = "秀英想要一个书包", "王秀英，13812345678"


def imported(town: Town, words: str = WORDS, contact: str = CONTACT, band: AgeBand = AgeBand.CHILD) -> None:
    """#7, as a row of a county's list is logged."""

    def log(uow: UnitOfWork) -> None:
        known = guess(f"{words}，9岁" if band is AgeBand.CHILD else words, uow.now.date())
        place = uow.places.named("永续社区").id
        entry = Entry(words, public(words, known.age_band, contact), known, place, contact, None)
        log_all(uow, [entry], by=uow.members.named("小周")[0])

    town.database.run_now(log)


async def test_an_age_brings_no_name_back(town: Town) -> None:
    imported(town)
    assert (await wish(town, 7)).content == "某某想要一个书包"
    assert "改记为" in await town.say("宋儿童", "/监护同意 7 15岁")
    assert (await wish(town, 7)).content == "某某想要一个书包"
    await town.say("王主任", "/核实 7 通过")
    assert "秀英" not in await town.say("小孙", "/心愿详情 7", GROUP)


async def test_other_words_and_notes_bring_no_name_back(town: Town) -> None:
    imported(town, "想要一把轮椅", band=AgeBand.UNKNOWN)
    await town.say("王主任", "/核实 7 退回 秀英要多大的")
    assert (await history(town, 7))[-1] == (Move.RETURN, "某某要多大的")
    await town.say("小周", "/心愿修改 7 秀英想要一把小轮椅")
    assert (await wish(town, 7)).content == "某某想要一把小轮椅"


@pytest.mark.parametrize(
    ("contact", "shown"),
    [
        ("王桂兰、李建国，13812345678", "某某和某某想要一把轮椅"),
        ("王桂兰和李建国", "某某和某某想要一把轮椅"),
        ("儿子李建国 138 1234 5678", "桂兰和某某想要一把轮椅"),
        ("王 桂兰", "某某和建国想要一把轮椅"),
        ("桂兰，三组5号", "某某和建国想要一把轮椅"),
        ("邻居转告", "桂兰和建国想要一把轮椅"),
        ("", "桂兰和建国想要一把轮椅"),
    ],
)
def test_names_of_a_contact_are_hidden(contact: str, shown: str) -> None:
    assert without(contact, "桂兰和建国想要一把轮椅") == shown


@given(st.text("王李秀英桂兰建国和、， 儿子的村买·提138", max_size=16))
def test_no_name_it_knows_is_left(contact: str) -> None:
    said = without(contact, f"{contact}想要一把轮椅")
    assert [name for name in names_in(contact) if name in said] == []
