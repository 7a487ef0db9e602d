"""The morning as a picture: its size, what stands on it, who may have it, and what is said without the libraries."""

import io
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.typeface import shown
from handlers.digests.opening import opening, told
from handlers.digests.poster import phrases
from handlers.digests.poster.day import CalendarDay, calendar_day
from handlers.digests.poster.drawing import ACCENT, HIGHEST, MOST_ITEMS, PAPER, WIDTH
from handlers.digests.poster.drawn import drawn
from handlers.digests.poster.page import Entry, Page, Picture
from storage.digests import Item
from storage.members import Grant, Role
from storage.uow import UnitOfWork
from tests.handlers.town import GROUP, Town

LARGEST = 600 * 1024
LONG = Entry(
    "关于做好参保缴费工作的通知" * 9, "集中缴费期到12月31日截止，别错过。" * 30, "政策 · 《通知》第三条" * 9
)
SHORT = Entry("雨天看房", "汛期来了。", "每日一读")
HOW = phrases.how_to_read(by_hand=False)


def page(*entries: Entry, day: date = date(2026, 3, 5), group: str = GROUP) -> Page:
    return Page(group, day, entries, HOW)


def opened(picture: Picture) -> Image.Image:
    image = Image.open(io.BytesIO(picture.body))
    assert (image.format, image.size) == ("PNG", (picture.width, picture.height))
    return image.convert("RGB")


@pytest.mark.parametrize(
    ("entries", "height"),
    [((SHORT,), 964), ((SHORT, LONG, SHORT), None), ((LONG,) * 5, None), ((LONG,) * 10, None)],
)
def test_a_picture_is_as_wide_as_a_phone_wants_and_bounded(
    entries: tuple[Entry, ...], height: int | None
) -> None:
    picture = drawn(page(*entries))
    assert picture.width == WIDTH == 1080
    assert height in (None, picture.height)
    assert 600 < picture.height <= HIGHEST
    assert len(picture.body) < LARGEST
    opened(picture)


def test_the_same_page_gives_the_same_bytes() -> None:
    assert drawn(page(SHORT)) == drawn(page(SHORT))


def test_the_worst_page_stays_within_bounds() -> None:
    worst = Page("群" * 60, date(2026, 9, 25), (LONG,) * 40, HOW * 9, ("通知很长，" * 60,) * 5, "心愿" * 60)
    picture = drawn(worst)
    assert picture.height <= HIGHEST
    assert len(picture.body) < LARGEST
    assert picture == drawn(worst)


def test_entries_beyond_the_last_are_counted_and_not_drawn() -> None:
    ten, twelve = drawn(page(*[SHORT] * MOST_ITEMS)), drawn(page(*[SHORT] * (MOST_ITEMS + 2)))
    assert twelve.height - ten.height == 64
    assert twelve.body != ten.body


def test_nothing_is_drawn_in_the_margins() -> None:
    image = opened(drawn(page(LONG, LONG, group="很长的群名" * 20)))
    paper = image.getpixel((20, 400))
    for x in (10, 40, 80, WIDTH - 80, WIDTH - 40, WIDTH - 10):
        column = {image.getpixel((x, y)) for y in range(20, image.height)}
        assert column == {paper}


def test_the_colours_are_paper_ink_and_one_accent() -> None:
    image = opened(drawn(page(SHORT, day=date(2026, 2, 17))))

    def near(pixel: object, colour: str) -> bool:
        wanted = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
        assert isinstance(pixel, tuple)
        return max(abs(one - other) for one, other in zip(pixel, wanted, strict=True)) <= 6

    assert near(image.getpixel((WIDTH // 2, 5)), ACCENT)
    assert near(image.getpixel((20, 500)), PAPER)


@settings(max_examples=10, deadline=None)
@given(st.text(max_size=80), st.text(max_size=200), st.text(max_size=60), st.text(max_size=40))
def test_any_text_can_be_drawn(title: str, sentence: str, about: str, group: str) -> None:
    picture = drawn(page(Entry(title, sentence, about), group=group))
    assert picture.height <= HIGHEST


def test_what_the_face_does_not_have_is_left_out() -> None:
    assert shown("🎉喜报！ 👨‍👩‍👧一家\u202e三口❤️，①号、〇星") == "喜报！ 一家三口，①号、〇星"
    assert shown("𠮷林 ㊗ 5℃") == "𠮷林 ㊗ 5℃"
    assert shown("\x00\u200b \ue000") == ""


@pytest.mark.parametrize(
    ("day", "lunar", "marks"),
    [
        (date(2026, 3, 5), "农历正月十七", ("惊蛰",)),
        (date(2026, 2, 17), "农历正月初一", ("春节",)),
        (date(2026, 2, 16), "农历腊月廿九", ("除夕",)),
        (date(2025, 7, 26), "农历闰六月初二", ()),
        (date(2026, 3, 20), "农历二月初二", ("春分", "龙抬头")),
        (date(2026, 4, 5), "农历二月十八", ("清明",)),
        (date(2026, 6, 19), "农历五月初五", ("端午节",)),
        (date(2026, 7, 1), "农历五月十七", ("建党节",)),
        (date(2026, 12, 25), "农历冬月十七", ()),
        (date(2150, 1, 1), "", ()),
    ],
)
def test_a_day_as_the_wall_calendar_has_it(day: date, lunar: str, marks: tuple[str, ...]) -> None:
    assert calendar_day(day) == CalendarDay(day, lunar, marks)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("先接下再说归谁管。结果要告诉人家。", "先接下再说归谁管。结果要告诉人家。"),
        (f"{'长' * 60}。第二句。", f"{'长' * 60}。"),
        ("他问：“谁来办？”首问先接。", "他问：“谁来办？”首问先接。"),
        ("没有句号的一段\n第二段。", "没有句号的一段"),
        ("", ""),
    ],
)
def test_the_opening_of_an_article(body: str, said: str) -> None:
    assert opening(body) == said


def test_a_long_article_is_told_by_its_opening() -> None:
    sentence = "先接下再说归谁管，结果要告诉人家。"
    assert told(sentence * 3) == sentence * 3
    assert told(sentence * 40) == f"{sentence * 9}……"
    assert told("没有句号" * 100) == f"{'没有句号' * 100}"[:238] + "……"


def _shelve(uow: UnitOfWork) -> None:
    day = date(2026, 3, 1)
    uow.digests.put_items(
        [Item("c", "case", "一个新书记，三个领路人", "配三个帮手。细说。", "公开报道", day)]
    )


async def test_the_picture_is_kept_and_said_where_none_can_be_shown(town: Town) -> None:
    town.database.run_now(_shelve)
    told = await town.say("王主任", "/早报图", GROUP)
    assert told == (
        f"【{GROUP}】3月5日早报（图）\n1. 一个新书记，三个领路人\n这里看不了图的，发“/今日”看文字。"
    )
    assert await town.say("王主任", f"/早报图 {GROUP}") == told


async def test_without_content_there_is_no_picture(town: Town) -> None:
    assert (await town.say("王主任", "/早报图", GROUP)).startswith("今天没有新内容，就不出图了。")


async def test_a_group_is_named_where_somebody_has_several_or_none(town: Town) -> None:
    town.database.run_now(_shelve)

    def add(uow: UnitOfWork) -> None:
        place = uow.places.named("永续社区").id
        uow.groups.add("老街坊群", place_id=place, channel="by_hand")
        uow.members.add("新书记", grants=[Grant(Role.FIRST_SECRETARY, uow.places.add("外村").id)])

    town.database.run_now(add)
    assert (await town.say("王主任", "/早报图")).startswith(
        f"您管着 2 个群：{GROUP}、老街坊群。要哪个群的，群名写在后面。"
    )
    assert "老街坊群" in await town.say("王主任", "/早报图 老街坊群")
    assert (await town.say("新书记", "/早报图")).startswith("您现在没有管着的群")
    assert (await town.say("新书记", f"/早报图 {GROUP}")).startswith(f"没有“{GROUP}”这个群，或者它不归您管。")
    assert (await town.say("新书记", "/早报图", GROUP)).startswith(f"没有“{GROUP}”这个群，或者它不归您管。")


@pytest.mark.parametrize("library", ["PIL", "manimgx_fonts_cjk"])
def test_without_the_libraries_one_sentence_says_what_to_install(
    library: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    drawing = ["bot.typeface", "handlers.digests.poster.drawing", "handlers.digests.poster.day"]
    for name in [name for name in drawing if name in sys.modules]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(phrases.NoPoster, match=r"pip install -e '\.\[poster\]'"):
        drawn(page(SHORT))
