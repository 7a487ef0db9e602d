"""The personal digest: asked for, once a day, on working days, silent when nothing waits, never another day's."""

import asyncio
import shutil
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import demo
from bot.chat.reply import Reply
from handlers.digests.calendar import Calendar
from handlers.digests.personal import jobs, phrases, rules, use_cases
from handlers.digests.personal.matters import Matters, RuleTurn, matters, turning
from handlers.digests.working_days import WorkingDays
from handlers.members.use_cases import join
from handlers.policy.library import Library
from storage.database import Database
from storage.documents import StoredDocument
from storage.members import Grant, Role
from storage.outbox import Outcome, Target
from storage.personal import Subscription
from storage.uow import UnitOfWork
from tests.clock import FrozenClock, at
from tests.handlers.town import GROUP, Town

DAYS = WorkingDays()
CALENDAR = Calendar(DAYS)


async def tick(town: Town, moment: str) -> None:
    town.clock.set(moment)
    await jobs.make_personal(town.database, town.clock, town.services)


async def made(town: Town, name: str = "王主任") -> list[tuple[str, str]]:
    """(day and time, state) of the personal digests for somebody, oldest first."""
    member = town.person(name).id

    def read(uow: UnitOfWork) -> list[tuple[str, str]]:
        rows = [row for row in uow.outbox.caused_by("", "") if row.to == Target(member_id=member)]
        zone = uow.now.tzinfo
        return [
            (f"{row.created_at.astimezone(zone):%m-%d %H:%M}", row.status.value)
            for row in rows
            if row.created_at and Reply.from_json(row.body).plain().startswith("【个人早报】")
        ]

    return await town.database.read(read)


def found(town: Town, name: str, turns: Sequence[RuleTurn] = ()) -> Matters:
    member = town.person(name)
    return town.database.read_now(lambda uow: matters(uow, member, CALENDAR, turns))


def numbers(of: Matters) -> dict[str, list[int]]:
    """Wish numbers by heading; what is empty is left out."""
    heads = ("to_verify", "overdue", "due", "stuck", "to_confirm", "expiring", "week_due", "week_expiring")
    listed = {head: [getattr(each, "wish", each).no for each in getattr(of, head)] for head in heads}
    return {head: found for head, found in listed.items() if found}


async def test_it_comes_on_working_days_from_its_time_until_noon(town: Town) -> None:
    await town.say("王主任", "/订阅 个人 8:30")
    for moment in (
        "2026-03-06 08:29", "2026-03-06 12:01", "2026-03-07 08:30", "2026-03-09 11:59", "2026-03-10 08:30",
        "2026-05-01 08:30", "2026-05-09 08:30",
    ):  # fmt: skip
        await tick(town, moment)
    assert [moment for moment, _ in await made(town)] == ["03-09 11:59", "03-10 08:30", "05-09 08:30"]


async def test_eight_processes_make_one(town: Town) -> None:
    await town.say("王主任", "/订阅 个人")
    town.clock.set("2026-03-06 08:00")
    member = town.person("王主任").id
    await asyncio.gather(*(town.database.run(use_cases.make, [member], CALENDAR, []) for _ in range(8)))
    assert await made(town) == [("03-06 08:00", "queued")]


async def test_nothing_is_said_where_nothing_waits_and_not_later_that_day(town: Town) -> None:
    await town.say("王主任", "/订阅 个人")
    await town.say("王主任", "/核实 1 通过")
    await tick(town, "2026-03-06 08:00")
    await town.say("张大妈", "/心愿 想要一根拐杖")
    await tick(town, "2026-03-06 08:15")
    assert await made(town) == []
    await tick(town, "2026-03-09 08:00")
    assert await made(town) == [("03-09 08:00", "queued")]


async def test_asking_again_on_a_day_does_not_bring_a_second(town: Town) -> None:
    await town.say("王主任", "/订阅 个人 7:30")
    await tick(town, "2026-03-06 07:30")
    await town.say("王主任", "/退订")
    await town.say("王主任", "/订阅 个人 9:00")
    await tick(town, "2026-03-06 09:00")
    assert await made(town) == [("03-06 07:30", "failed")]


@pytest.mark.parametrize("words", ["退订", "/退订", "/退订 个人", "/unsubscribe 我的早报"])
async def test_ending_it_takes_back_what_is_still_on_its_way(town: Town, words: str) -> None:
    await town.say("王主任", "/订阅 个人")
    await tick(town, "2026-03-06 08:00")
    await town.say("王主任", words)
    await tick(town, "2026-03-09 08:00")
    assert await made(town) == [("03-06 08:00", "failed")]
    assert await town.database.read(lambda uow: uow.personal.until(time(23, 59))) == []


async def test_one_topic_less_ends_nothing_and_a_group_that_leaves_is_no_persons_leaving(town: Town) -> None:
    await town.say("王主任", "/订阅 个人")
    await town.say("王主任", "/退订 案例")
    await town.say("王主任", "/退订", GROUP)
    member = town.person("王主任").id
    assert await town.database.read(lambda uow: uow.personal.of(member)) == Subscription(member, time(8, 0))


async def test_what_a_window_held_back_gives_way_to_the_next_days(town: Town) -> None:
    """The Official Account forbids it now; who speaks on the next day hears of that day only."""
    await town.say("王主任", "/订阅 个人")
    for day in ("2026-03-09", "2026-03-10"):
        await tick(town, f"{day} 08:00")
        await town.database.run(_hold_back)
    await town.database.run(lambda uow: uow.outbox.lapse("已过时，不再送。"))
    assert await made(town) == [("03-09 08:00", "failed"), ("03-10 08:00", "waiting")]
    await town.say("王主任", "/帮助")
    assert await made(town) == [("03-09 08:00", "failed"), ("03-10 08:00", "queued")]


def _hold_back(uow: UnitOfWork) -> None:
    for row in uow.outbox.lease(limit=9, seconds=60):
        uow.outbox.settle(row, Outcome.WAITING, cause="超过48小时")


@pytest.mark.parametrize("name", ["小周", "张大妈", "信息科老何"])
async def test_it_is_for_secretaries_coordinators_and_the_county_office(town: Town, name: str) -> None:
    told = await town.say(name, "/订阅 个人")
    assert told.startswith(phrases.NotForYou.sentence)
    await tick(town, "2026-03-06 08:00")
    assert await made(town, name) == []


async def test_who_lost_the_role_or_hid_their_details_gets_none(town: Town) -> None:
    member = town.person("小钱").id
    await town.database.run(lambda uow: uow.personal.begin(member, time(8, 0)))
    await town.say("王主任", "/订阅 个人")
    await town.say("王主任", "/隐去 确认")
    await tick(town, "2026-03-06 08:00")
    queued = await town.database.read(lambda uow: [row.to for row in uow.outbox.caused_by("", "")])
    assert queued == []
    assert await town.database.read(lambda uow: uow.personal.until(time(23, 59))) == [
        Subscription(member, time(8, 0))
    ]


@pytest.mark.parametrize(("own", "left"), [(None, time(7, 30)), (time(9, 0), time(9, 0))])
async def test_two_accounts_of_one_person_have_one(town: Town, own: time | None, left: time) -> None:
    lost, kept = town.person("赵干事").id, town.person("王主任").id

    def merge(uow: UnitOfWork) -> list[Subscription]:
        uow.personal.begin(lost, time(7, 30))
        if own is not None:
            uow.personal.begin(kept, own)
        join(uow, lost, kept)
        return uow.personal.until(time(23, 59))

    assert await town.database.run(merge) == [Subscription(kept, left)]


async def test_a_claim_is_due_after_seven_working_days_and_told_to_whom_it_concerns(town: Town) -> None:
    """小孙 claimed #3 on Thursday 5 March; the seventh working day after it is Monday 16 March."""
    town.database.run_now(_appoint, "小孙", Role.FIRST_SECRETARY)
    told: dict[str, dict[str, list[int]]] = {}
    for moment in ("2026-03-06", "2026-03-13", "2026-03-16", "2026-03-17", "2026-03-18", "2026-03-23"):
        town.clock.set(f"{moment} 08:00")
        for name in ("小孙", "王主任", "组织部小郑"):
            of = numbers(found(town, name))
            of.pop("to_verify", None)
            told |= {f"{name} {moment[5:]}": of} if of else {}
    assert told == {
        "小孙 03-16": {"due": [3]},
        "小孙 03-17": {"overdue": [3]},
        "小孙 03-18": {"overdue": [3]},
        "小孙 03-23": {"overdue": [3]},
        "王主任 03-17": {"stuck": [3]},
        "王主任 03-23": {"stuck": [3]},
        "组织部小郑 03-17": {"stuck": [3]},
        "组织部小郑 03-23": {"stuck": [3]},
    }


def _appoint(uow: UnitOfWork, name: str, role: Role) -> None:
    (member,) = uow.members.named(name)
    uow.members.grant(member.id, Grant(role, member.place_id))


async def test_an_open_wish_that_expires_is_told_in_its_week_and_on_its_last_day(town: Town) -> None:
    await town.say("王主任", "/核实 1 通过")  # #2 is open already, and as old
    ends = town.database.read_now(lambda uow: uow.wishes.get(1)).expires_on
    monday = ends - timedelta(days=ends.weekday())
    told = {}
    for day in (monday - timedelta(days=3), monday, ends - timedelta(days=2), ends):
        town.clock.set(f"{day} 08:00")
        told[day] = {
            head: nos for head, nos in numbers(found(town, "王主任")).items() if head.endswith("expiring")
        }
    assert ends == date(2026, 5, 31), "a Sunday, so that Friday 29 May is the last working day before it"
    assert told == {
        monday - timedelta(days=3): {},
        monday: {"week_expiring": [1, 2]},
        ends - timedelta(days=2): {"expiring": [1, 2]},
        ends: {"expiring": [1, 2]},
    }


async def test_confirming_is_for_who_logged_it_and_for_coordinators_never_for_the_claimer(town: Town) -> None:
    wish = {name: numbers(found(town, name)).get("to_confirm", []) for name in ("杨大嫂", "吴会计", "王主任")}
    assert wish == {"杨大嫂": [4], "吴会计": [4], "王主任": []}
    town.database.run_now(
        lambda uow: uow.wishes.hand_over(uow.wishes.get(4).claimed_by or 0, uow.members.named("吴会计")[0].id)
    )
    assert "to_confirm" not in numbers(found(town, "吴会计"))


async def test_questions_and_unknown_deliveries_are_told_where_they_are_decided(town: Town) -> None:
    def put(uow: UnitOfWork) -> None:
        here = uow.groups.named(GROUP)
        uow.questions.asked("路灯", "路灯归谁修", by=1, place_id=here.place_id)
        uow.outbox.add(Target(group_id=here.id), Reply.text("早报").to_json())
        (row,) = uow.outbox.lease(limit=1, seconds=60)
        uow.outbox.settle(row, Outcome.UNKNOWN)

    town.database.run_now(put)
    town.database.run_now(_appoint, "小钱", Role.FIRST_SECRETARY)
    told = {name: found(town, name) for name in ("王主任", "吴会计", "小钱", "组织部小郑")}
    assert {name: (len(of.questions), of.unknown) for name, of in told.items()} == {
        "王主任": (1, 1), "吴会计": (0, 0), "小钱": (0, 1), "组织部小郑": (1, 1),
    }  # fmt: skip


async def test_rules_of_the_region_are_told_for_the_week_and_on_their_day(town: Town) -> None:
    def put(uow: UnitOfWork) -> None:
        begins, ends = date(2026, 3, 11), date(2026, 3, 13)
        uow.documents.put([
            _document("全国", effective=begins),
            _document("山东", region="山东", expires=ends),
            _document("青岛", region="青岛", effective=begins),
            _document("过去", effective=date(2026, 3, 6)),
        ])  # fmt: skip

    town.database.run_now(put)
    told = {}
    for day in (9, 10, 11):
        town.clock.set(f"2026-03-{day:02} 08:00")
        of = found(town, "王主任", town.database.read_now(turning))
        told[day] = ([turn.title for turn in of.turns], [turn.title for turn in of.week_turns])
    assert told == {9: ([], ["全国", "山东"]), 10: ([], []), 11: (["全国"], [])}


def _document(title: str, **known: Any) -> StoredDocument:
    values = {"issuer": None, "issued": None, "effective": None, "expires": None, "region": "", **known}
    return StoredDocument(f"{title}.md", title, "law", digest=title, **values)


def test_the_county_is_told_numbers_and_places_only(town: Town) -> None:
    town.clock.set("2026-03-23 08:00")
    told = phrases.personal(found(town, "组织部小郑"), date(2026, 3, 23)).plain()
    assert told == "\n".join([
        "【个人早报】3月23日 星期一",
        "· 认领超过 7 个工作日还没送到的 1 个：#3（永续社区）。",
        phrases.ENDS,
    ])  # fmt: skip


def test_of_many_the_first_are_named_and_the_rest_counted(town: Town) -> None:
    wish = town.database.read_now(lambda uow: uow.wishes.get(1))
    told = phrases.personal(Matters(to_verify=[wish] * 7), date(2026, 3, 5)).plain()
    brief = "#1 独居老人想要一台收音机，听戏解闷"
    assert told.splitlines()[1] == (f"· 等您核实的心愿 7 个：{'；'.join([brief] * 5)}；等 7 个。发“/核实”。")


@pytest.fixture
def fresh_town(sqlite_template: Path, tmp_path: Path, library: Library) -> Callable[[], Town]:
    """Opens a town in which nothing happened yet, as often as one likes."""

    def open_town() -> Town:
        for left in tmp_path.glob("town.db*"):
            left.unlink()
        path = shutil.copy(sqlite_template, tmp_path / "town.db")
        clock = FrozenClock()
        database = Database(f"sqlite:///{path}", clock.now)
        database.run_now(demo.put)
        return Town(database, clock, library)

    return open_town


moments = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 23), st.sampled_from((0, 29, 30, 59))), max_size=30
)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(moments=moments, at_hour=st.integers(7, 10))
async def test_whatever_the_clock_does_there_is_at_most_one_a_working_day_within_its_hours(
    fresh_town: Callable[[], Town], moments: list[tuple[int, int, int]], at_hour: int
) -> None:
    """The clock jumps to and fro over ten days, five of them working days, one of those a Saturday's make-up."""
    town = fresh_town()
    town.services[Calendar] = Calendar(WorkingDays(workdays=frozenset({date(2026, 3, 14)})))
    await town.say("王主任", f"/订阅 个人 {at_hour}:00")
    expected: dict[date, None] = {}
    for day, hour, minute in moments:
        moment = at("2026-03-06 00:00") + timedelta(days=day, hours=hour, minutes=minute)
        await tick(town, f"{moment:%Y-%m-%d %H:%M}")
        if _due(moment, at_hour):
            expected[moment.date()] = None
    told = [moment[:5] for moment, _ in await made(town)]
    assert told == [f"{day:%m-%d}" for day in expected]
    town.database.close()


def _due(moment: datetime, at_hour: int) -> bool:
    workday = moment.weekday() < 5 or moment.date() == date(2026, 3, 14)
    return workday and time(at_hour) <= moment.time() <= rules.UNTIL
