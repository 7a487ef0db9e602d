"""Days as people say them: a table, the feasts of the moon's calendar, and that nothing said raises."""

from datetime import date

import pytest
from borax.calendars.lunardate import LunarDate
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.days import FIRST_YEAR, MOON_FEASTS, day_meant, deadline_in

THURSDAY = date(2026, 3, 5)

MEANT = {
    "今天": "2026-03-05", "明天": "2026-03-06", "明天就要": "2026-03-06", "后天": "2026-03-07",
    "明天下午": "2026-03-06", "三天后": "2026-03-08",
    "大后天": "2026-03-08", "周五": "2026-03-06", "周三": "2026-03-11", "星期天": "2026-03-08",
    "这周末": "2026-03-08", "本周五": "2026-03-06", "下周五": "2026-03-13", "下星期五": "2026-03-13",
    "下个礼拜天": "2026-03-15", "下下周一": "2026-03-16", "下周": "2026-03-15", "下周前": "2026-03-08",
    "周末前": "2026-03-06", "下周五之前": "2026-03-13", "三天内": "2026-03-08", "一周内": "2026-03-12",
    "半个月内": "2026-03-20", "两个星期之内": "2026-03-19", "月底": "2026-03-31", "下个月": "2026-04-30",
    "下个月前": "2026-03-31", "下月初": "2026-04-05", "12月底": "2026-12-31", "下个月5号": "2026-04-05",
    "10号": "2026-03-10", "2号": "2026-04-02", "31号": "2026-03-31", "年底前": "2026-12-31",
    "春节前": "2027-02-06", "过年前": "2027-02-06", "年前": "2027-02-06", "除夕": "2027-02-05",
    "元宵节": "2027-02-20", "国庆前": "2026-10-01", "国庆节": "2026-10-01", "十一前": "2026-10-01",
    "中秋节前": "2026-09-25", "端午": "2026-06-19", "清明前": "2026-04-05", "五一前": "2026-05-01",
    "六一儿童节": "2026-06-01", "三八妇女节": "2026-03-08", "元旦前": "2027-01-01",
    "3月20日": "2026-03-20", "三月八号": "2026-03-08", "到3月10日": "2026-03-10",
    "2026-4-5": "2026-04-05", "3月1日": "2027-03-01", "上周五": None, "这周三": None, "2月30日": None,
    "32号": None, "13月": None, "随便": None, "": None,
}  # fmt: skip


@pytest.mark.parametrize(("words", "day"), MEANT.items())
def test_what_is_meant(words: str, day: str | None) -> None:
    meant = day_meant(words, THURSDAY)
    assert (meant.isoformat() if meant else None) == day


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("下周五前想要一台电风扇", "2026-03-13"),
        ("春节前想要一床棉被", "2027-02-06"),
        ("想要一个书包，9月1号前要", "2026-09-01"),
        ("三天内想要一袋米", "2026-03-08"),
        ("月底以前想请人修屋顶", "2026-03-31"),
        ("三年前摔了腿，想要轮椅", None),
        ("3号楼前的路灯坏了", None),
        ("5日前摔了腿", None),
        ("一个月内没出过门", None),
        ("下周五前后来人", None),
        ("每周五前来看看", None),
        ("2.5米前", None),
        ("二十一前", None),
    ],
)
def test_by_when_in_a_sentence(words: str, day: str | None) -> None:
    by = deadline_in(words, THURSDAY)
    assert (by.isoformat() if by else None) == day


def test_the_moons_feasts_are_those_of_the_almanac() -> None:
    days = {"春节": (1, 1), "端午": (5, 5), "中秋": (8, 15), "重阳": (9, 9)}
    years = range(FIRST_YEAR, FIRST_YEAR + 16)
    assert {
        feast: " ".join(f"{LunarDate(year, *days[feast]).to_solar_date():%m%d}" for year in years)
        for feast in days
    } == MOON_FEASTS


PARTS = st.lists(
    st.sampled_from(
        [*"一二十三年月日号周下这前内初底中节半个天0123456789-/.", "春节", "星期", "以前", "清明"]
    ),
    max_size=8,
).map("".join)


@given(words=PARTS, today=st.dates(date(2020, 1, 1), date(2045, 12, 31)))
def test_it_is_never_over_unless_its_year_is_said_and_nothing_raises(words: str, today: date) -> None:
    for day in (day_meant(words, today), deadline_in(words, today)):
        assert day is None or day >= today or f"{day.year}" in words


def test_a_day_with_its_year_may_be_over() -> None:
    assert day_meant("2020-1-1", THURSDAY) == date(2020, 1, 1)
