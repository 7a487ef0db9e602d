"""Amounts that every county sets for itself: entered, shown where they hold, never made up."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.errors import BadInput
from handlers.policy.local.entry import Said, checked, new_value, removal, said_value
from handlers.policy.local.values import in_force, run_out
from handlers.policy.phrases import DOORS
from knowledge.doors import Door
from storage.local_values import LocalValue
from storage.members import Grant, Role
from tests.handlers.town import GROUP, Town

TODAY = date(2026, 3, 5)
ENTRY = "/本地标准 农村低保标准 每人每月760元 依据《低保标准通知》2025年7月1日"
ASKED = "今年低保一个月多少钱"
LINE = "本地标准：金山县农村低保标准 每人每月760元（依据《低保标准通知》，2025年7月；2025年7月1日起执行）"


def value(what: str, place_id: int, start: date, end: date | None = None) -> LocalValue:
    return LocalValue(what, f"{place_id}元", place_id, "通知", start, start, end)


async def test_amount_is_told_for_the_place_of_the_group_and_not_queued(town: Town) -> None:
    assert (await town.say("张大妈", f"/问 {ASKED}", GROUP)).startswith(DOORS[Door.LOCAL_FIGURE])
    await town.say("组织部小郑", ENTRY)
    assert (await town.say("张大妈", f"/问 {ASKED}", GROUP)).startswith(f"{LINE}\n自家能领多少")
    waiting = await town.database.read(lambda uow: [(q.text, q.times) for q in uow.questions.waiting()])
    assert waiting == [(ASKED, 1)]
    await town.say("张大妈", "/没用", GROUP)
    waiting = await town.database.read(lambda uow: [(q.text, q.times) for q in uow.questions.waiting()])
    assert waiting == [(ASKED, 2)]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (ASKED, True),
        ("金山县低保一个月多少钱", True),
        ("金山低保标准是多少", True),
        ("曲阜今年低保一个月多少钱", False),
        ("今年低保怎么申请", False),
        ("今年高龄津贴一个月多少钱", False),
        ("我的低保批下来没有，一个月多少", False),
        ("今年低保户看病交多少钱", False),
    ],
)
async def test_the_right_place_and_the_right_amount(town: Town, asked: str, told: bool) -> None:
    await town.say("组织部小郑", ENTRY)
    assert (LINE in await town.say("张大妈", asked)) is told


async def test_who_has_no_place_hears_no_amount(town: Town) -> None:
    await town.say("组织部小郑", ENTRY)
    await town.database.run(lambda uow: uow.members.add("外乡人"))
    assert (await town.say("外乡人", ASKED)).startswith(DOORS[Door.LOCAL_FIGURE])


async def test_an_amount_past_its_day_is_not_told(town: Town) -> None:
    await town.say("组织部小郑", f"{ENTRY} 至2026年3月5日")
    assert "760元" in await town.say("张大妈", ASKED)
    town.clock.advance(days=1)
    assert "760元" not in await town.say("张大妈", ASKED)


async def test_keeper_enters_for_their_own_place_and_below_and_all_is_audited(town: Town) -> None:
    assert "不归您管" in await town.say("王主任", f"{ENTRY} 地方：金山县")
    assert "不归您管" in await town.say("王主任", f"{ENTRY} 地方：和美村")
    assert "没有“火星”这个地方" in await town.say("王主任", f"{ENTRY} 地方：火星")
    assert (await town.say("王主任", ENTRY)).startswith("已登记 #1：永续社区农村低保标准 每人每月760元")
    assert (await town.say("王主任", ENTRY.replace("760", "780"))).startswith("已改为 #1：")
    assert (await town.say("组织部小郑", ENTRY)).startswith("已登记 #2：金山县")
    assert "不归您管" in await town.say("王主任", "/本地标准 删除 2")
    assert (await town.say("组织部小郑", "/本地标准 删除 #1")).startswith("已删除 #1")
    assert (await town.say("王主任", "/本地标准")).splitlines()[1].startswith("#2 金山县")
    source = "（依据《低保标准通知》，2025年7月；2025年7月1日起执行）"
    mine, new, county = (
        f"{text}{source}"
        for text in (
            "永续社区农村低保标准 每人每月760元",
            "永续社区农村低保标准 每人每月780元",
            "金山县农村低保标准 每人每月760元",
        )
    )
    assert [
        (row["actor"], row["action"], row["subject"], row["before"], row["after"])
        for row in await town.register("audit")
        if row["subject"].startswith("local_value:")
    ] == [
        (f"member:{town.person('王主任').id}", "local_value", "local_value:1", "", mine),
        (f"member:{town.person('王主任').id}", "local_value", "local_value:1", mine, new),
        (f"member:{town.person('组织部小郑').id}", "local_value", "local_value:2", "", county),
        (f"member:{town.person('组织部小郑').id}", "remove", "local_value:1", new, "removed"),
    ]


async def test_keeper_without_a_place_must_name_one(town: Town) -> None:
    await town.database.run(lambda uow: uow.members.add("巡回员", grants=[Grant(Role.OPERATOR, None)]))
    assert "不知道是哪里的标准" in await town.say("巡回员", ENTRY)


def test_the_nearest_place_decides_and_there_the_newest() -> None:
    village, town_, county = 3, 2, 1
    line = (village, town_, county)
    entered = [
        value("甲", county, date(2024, 1, 1)),
        value("甲", county, date(2025, 1, 1)),
        value("甲", county, date(2027, 1, 1)),
        value("乙", county, date(2024, 1, 1)),
        value("乙", town_, date(2024, 1, 1), date(2025, 12, 31)),
        value("丙", county, date(2024, 1, 1)),
        value("丙", village, date(2026, 4, 1)),
    ]
    assert [(each.what, each.place_id, each.effective.year) for each in in_force(entered, line, TODAY)] == [
        ("丙", county, 2024),
        ("甲", county, 2025),
    ]
    assert [(each.what, each.place_id) for each in run_out(entered, TODAY)] == [("乙", town_)]


_DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))


@given(
    st.lists(
        st.builds(
            lambda what, place, start, length: value(
                what, place, start, start + timedelta(days=length) if length is not None else None
            ),
            st.sampled_from("甲乙"),
            st.sampled_from([1, 2, 3]),
            _DAYS,
            st.none() | st.integers(0, 900),
        ),
        max_size=12,
    ),
    _DAYS,
)
def test_what_is_told_holds_on_the_day_and_nobody_nearer_has_begun(
    entered: list[LocalValue], today: date
) -> None:
    line = (3, 2, 1)
    told = in_force(entered, line, today)
    assert len({each.what for each in told}) == len(told)
    for each in told:
        assert each.effective <= today
        assert each.expires is None or each.expires >= today
        begun = [other for other in entered if other.what == each.what and other.effective <= today]
        assert min(line.index(other.place_id) for other in begun) == line.index(each.place_id)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        (
            "农村低保标准 每人每月760元 依据《低保通知》2025年7月1日 至2026-06-30",
            Said("农村低保标准", "每人每月760元", "低保通知", date(2025, 7, 1), None, date(2026, 6, 30)),
        ),
        (
            "高龄津贴80-89岁：百元（依据：《办法》，2024年2月；自2024年3月1日起执行；有效期至2026年2月）地方：清河镇",
            Said("高龄津贴80-89岁", "百元", "办法", date(2024, 2, 1), date(2024, 3, 1), date(2026, 2, 28), "清河镇"),
        ),
        (
            "居民医保个人缴费＝４００元／年，依据《医保通知》２０２５．９．１",
            Said("居民医保个人缴费", "400元/年", "医保通知", date(2025, 9, 1)),
        ),
    ],
)  # fmt: skip
def test_an_entry_is_read_as_keepers_write_it(said: str, read: Said) -> None:
    assert said_value(said) == read


@pytest.mark.parametrize(
    "said",
    [
        "",
        "农村低保标准",
        "农村低保标准 760元",
        "农村低保标准 760元 依据《通知》",
        "农村低保标准 760元 依据《通知》2025年13月1日",
        "农村低保标准 760元 依据《通知》2025-07-01 至2025-06-30",
        "农村低保标准 760元 依据《通知》2025-07-01 大概吧",
        f"{'长' * 101} 760元 依据《通知》2025-07-01",
    ],
)
def test_an_entry_without_source_or_day_is_refused(said: str) -> None:
    with pytest.raises(BadInput):
        said_value(said)


_WORDS = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=12).filter(
    lambda text: not set(text) & set("依据至到起自从")
)


@given(_WORDS, _WORDS, _WORDS, _DAYS, st.none() | _DAYS, st.none() | st.integers(0, 2000))
def test_what_is_written_in_full_is_read_as_written(
    what: str, amount: str, document: str, issued: date, start: date | None, length: int | None
) -> None:
    first = start or issued
    last = first + timedelta(days=length) if length is not None else None
    text = (
        f"{what} {amount} 依据《{document}》{issued}"
        + (f" {start}起" if start else "")
        + (f" 至{last}" if last else "")
    )
    assert said_value(text) == Said(what, amount, document, issued, start, last)
    assert new_value(said_value(text), 7).effective == first


@given(st.text(max_size=80))
def test_any_words_are_an_entry_or_refused(text: str) -> None:
    try:
        read = said_value(text)
    except BadInput:
        return
    assert read.what
    assert read.value
    assert read.document


@given(
    st.dictionaries(
        st.sampled_from(["what", "value", "document", "issued", "effective", "expires", "place"]),
        st.text(max_size=20),
    )
)
def test_any_row_is_an_entry_or_refused(row: dict[str, str]) -> None:
    full = {"what": "", "value": "", "document": "", "issued": "", **row}
    try:
        read = checked(full)
    except BadInput:
        return
    assert read.expires is None or read.expires >= (read.effective or read.issued)


def test_a_removal_is_told_from_an_entry() -> None:
    assert [removal(text) for text in ("删除 3", "删＃１２号", "删除", "3", ENTRY)] == [
        3,
        12,
        None,
        None,
        None,
    ]
