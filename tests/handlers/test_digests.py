"""The digest: on working days, once a group a day, nothing twice, nothing when there is nothing."""

import asyncio
import doctest
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from bot.chat.reply import Reply
from handlers.digests import jobs, planning, rules, use_cases
from handlers.digests.calendar import Calendar
from handlers.digests.planning import Made
from handlers.digests.working_days import BadHolidayFile, WorkingDays
from storage.digests import Item
from storage.groups import Group
from storage.uow import UnitOfWork
from tests.handlers.town import GROUP, Town

THURSDAY = date(2026, 3, 5)


def items(count: int, kind: str = "case") -> list[Item]:
    return [Item(f"{kind}-{n}", kind, f"题{n}", f"文{n}", "", THURSDAY) for n in range(1, count + 1)]


async def tick(town: Town, moment: str) -> None:
    town.clock.set(moment)
    await jobs.push_due(town.database, town.clock, town.services)


async def pushed(town: Town) -> list[tuple[date, str, str]]:
    """(day, state, reason) of the pushes to the first group, oldest first."""
    rows = await town.register("digests")
    return [(row["day"], row["status"], row["reason"]) for row in reversed(rows) if row["group"] == GROUP]


def of(town: Town, name: str = GROUP) -> Group:
    return town.database.read_now(lambda uow: uow.groups.named(name))


def test_doctests() -> None:
    assert doctest.testmod(rules).attempted > 0
    assert doctest.testmod(rules).failed == 0


async def test_item_never_comes_twice_and_a_day_without_news_is_skipped(town: Town) -> None:
    town.database.run_now(lambda uow: uow.digests.put_items(items(2)))
    for day in (5, 6, 9):
        await tick(town, f"2026-03-{day:02} 08:00")

    def sent(uow: UnitOfWork) -> list[list[str]]:
        return [
            [item.key for item in uow.digests.sent_on(of(town).id, THURSDAY + timedelta(days=n))]
            for n in (0, 1, 4)
        ]

    assert await town.database.read(sent) == [["case-1"], ["case-2"], []]
    assert await pushed(town) == [
        (date(2026, 3, 5), "queued", ""),
        (date(2026, 3, 6), "queued", ""),
        (date(2026, 3, 7), "skipped", "不是工作日"),
        (date(2026, 3, 8), "skipped", "不是工作日"),
        (date(2026, 3, 9), "skipped", "没有新内容"),
    ]


async def test_push_comes_on_working_days_within_its_hours(town_with_items: Town) -> None:
    town = town_with_items
    for moment in (
        "2026-03-06 07:59",
        "2026-03-06 12:01",
        "2026-03-07 08:00",
        "2026-05-01 08:00",
        "2026-05-09 08:00",
    ):
        await tick(town, moment)
    rows = {day: (state, reason) for day, state, reason in await pushed(town)}
    assert [rows[date(2026, *day)] for day in ((3, 5), (3, 6), (3, 7), (5, 1), (5, 8), (5, 9))] == [
        ("skipped", "服务没有运行"),
        ("skipped", "服务没有运行"),
        ("skipped", "不是工作日"),
        ("skipped", "不是工作日"),
        ("skipped", "服务没有运行"),
        ("queued", ""),
    ]
    assert [state for state, _ in rows.values()].count("queued") == 1


async def test_pushes_go_on_in_2027_before_its_holidays_are_known(town_with_items: Town) -> None:
    town = town_with_items
    await tick(town, "2027-03-12 08:00")
    await tick(town, "2027-03-13 08:00")
    town.services[Calendar] = Calendar(WorkingDays(workdays=frozenset({date(2027, 3, 20)})))
    await tick(town, "2027-03-20 08:00")
    rows = {day: (state, reason) for day, state, reason in await pushed(town)}
    assert [rows[date(2027, 3, day)] for day in (12, 13, 19, 20)] == [
        ("queued", ""), ("skipped", "不是工作日"), ("skipped", "服务没有运行"), ("queued", ""),
    ]  # fmt: skip


async def test_late_start_makes_up_for_the_morning_until_noon(town_with_items: Town) -> None:
    await tick(town_with_items, "2026-03-05 11:59")
    assert await pushed(town_with_items) == [(THURSDAY, "queued", "")]


async def test_eight_processes_make_one_push(town_with_items: Town) -> None:
    town = town_with_items
    town.clock.set("2026-03-05 08:00")
    group = of(town)
    makes = [
        town.database.run(planning.make_one, group.id, THURSDAY, Calendar(WorkingDays())) for _ in range(8)
    ]
    outcomes = await asyncio.gather(*makes)
    assert sorted(outcomes) == [Made.ALREADY] * 7 + [Made.QUEUED]
    queued = await town.database.read(lambda uow: [row.body for row in uow.outbox.caused_by("", "")])
    assert len(queued) == 1
    assert Reply.from_json(queued[0]).plain().startswith("【连心早报】3月5日 星期四\n")


@pytest.mark.parametrize("change", [{"subscribed": False}, {"ends_on": date(2026, 3, 4)}])
async def test_group_that_stopped_or_has_ended_gets_nothing(
    town_with_items: Town, change: dict[str, object]
) -> None:
    town = town_with_items
    town.database.run_now(lambda uow: uow.groups.set(of(town).id, **change))
    await tick(town, "2026-03-05 08:00")
    assert await pushed(town) == []


async def test_group_is_pushed_at_its_own_time(town_with_items: Town) -> None:
    town = town_with_items
    town.database.run_now(lambda uow: uow.groups.set(of(town).id, push_at=time(15, 30)))
    await tick(town, "2026-03-05 15:29")
    assert await pushed(town) == []
    await tick(town, "2026-03-05 15:30")
    assert await pushed(town) == [(THURSDAY, "queued", "")]


async def test_person_may_push_on_a_day_off_once(town_with_items: Town) -> None:
    town = town_with_items
    await tick(town, "2026-03-07 08:00")
    said = await asyncio.gather(
        *(town.say(name, "/推送 立即", GROUP) for name in ("王主任", "赵干事", "王主任"))
    )
    assert sorted(answer.partition("\n")[0] for answer in said) == [
        "今天已经推送过了，一天最多一次。", "今天已经推送过了，一天最多一次。", "今天的推送马上发到群里。",
    ]  # fmt: skip
    assert [row for row in await pushed(town) if row[1] != "skipped"] == [(date(2026, 3, 7), "queued", "")]


async def test_topics_of_a_group_decide_what_it_gets(town_with_items: Town) -> None:
    town = town_with_items
    await town.say("王主任", "/退订 政策", GROUP)
    await town.say("王主任", "/退订 每日一读", GROUP)
    found = await town.database.read(use_cases.contents, of(town).id, THURSDAY)
    assert [item.kind for item in found] == ["case"]


def test_working_days_follow_the_kept_calendar_then_the_operators_file(tmp_path: Path) -> None:
    days = WorkingDays.read(tmp_path / "absent.toml")
    known = {
        date(2026, 2, 14): True,
        date(2026, 2, 17): False,
        date(2026, 3, 5): True,
        date(2026, 3, 7): False,
    }
    assert {day: days.is_workday(day) for day in known} == known
    file = tmp_path / "holidays.toml"
    file.write_text("holidays = [2026-03-05]\nworkdays = [2026-03-07]\n", encoding="utf-8")
    ours = WorkingDays.read(file)
    assert (ours.is_workday(date(2026, 3, 5)), ours.is_workday(date(2026, 3, 7))) == (False, True)


def test_year_nobody_has_announced_counts_monday_to_friday(tmp_path: Path) -> None:
    days = WorkingDays()
    assert [days.is_workday(date(2039, 3, day)) for day in (4, 5)] == [True, False]
    assert not days.covers(2039)
    file = tmp_path / "holidays.toml"
    file.write_text("holidays = [2039-01-03]", encoding="utf-8")
    assert WorkingDays.read(file).covers(2039)


@pytest.mark.parametrize(
    "text", ["holidays = [", 'holidays = "2026-03-05"', "workdays = [2026-03-05T08:00:00]"]
)
def test_unreadable_holiday_file_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "holidays.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadHolidayFile, match=r"^holidays\.toml: "):
        WorkingDays.read(file)


def test_calendar_is_what_handlers_are_given(town: Town) -> None:
    assert town.services[Calendar] == Calendar(WorkingDays())
