"""The editor's desk and the calendar, said in the group: what was chosen is what goes, and only then."""

from datetime import date
from pathlib import Path

import pytest

from bot.chat.reply import Reply
from bot.chat.turn import Chat
from handlers.digests import jobs, use_cases
from handlers.digests.almanac import Almanac
from handlers.digests.calendar import Calendar
from handlers.digests.working_days import WorkingDays
from storage.base import NotFound
from storage.digests import Item
from storage.outbox import Outcome
from storage.uow import UnitOfWork
from tests.handlers.town import GROUP, Town

FRIDAY = date(2026, 3, 6)


@pytest.fixture
async def desk(town: Town) -> Town:
    def put(uow: UnitOfWork) -> None:
        kinds = ("policy", "case", "daily_read")
        uow.digests.put_items(
            [Item(f"{k}-{n}", k, f"{k}{n}", "文", "", date(2026, 3, 1)) for k in kinds for n in (1, 2)]
        )

    await town.database.run(put)
    town.clock.set("2026-03-05 18:00")
    return town


async def push(town: Town, moment: str = "2026-03-06 08:00") -> list[str]:
    """Keys of what the group was brought on the Friday."""
    town.clock.set(moment)
    await jobs.push_due(town.database, town.clock, town.services)

    def sent(uow: UnitOfWork) -> list[str]:
        return [item.key for item in uow.digests.sent_on(uow.groups.named(GROUP).id, FRIDAY)]

    return await town.database.read(sent)


async def reasons(town: Town) -> dict[date, str]:
    rows = await town.register("digests")
    return {row["day"]: row["reason"] for row in rows if row["group"] == GROUP}


async def test_untouched_it_goes_by_itself(desk: Town) -> None:
    assert await push(desk) == ["policy-1", "case-1", "daily_read-1"]


async def test_what_was_dropped_ordered_and_added_goes_so(desk: Town) -> None:
    await desk.say("王主任", "/推送 去掉 2", GROUP)
    await desk.say("王主任", "/推送 调序 2 1", GROUP)
    await desk.say("王主任", "/推送 添加 case-2", GROUP)
    shown = await desk.say("王主任", "/推送 添加 周五上午义诊。带上身份证。", GROUP)
    assert "4. 〔通知〕周五上午义诊\n带上身份证。" in shown
    sent = await push(desk)
    assert sent[:3] == ["daily_read-1", "policy-1", "case-2"]
    assert len(sent) == 4


async def test_dropping_everything_is_silence(desk: Town) -> None:
    for _ in range(3):
        await desk.say("王主任", "/推送 去掉 1", GROUP)
    assert await push(desk) == []
    assert (await reasons(desk))[FRIDAY] == "没有新内容"


@pytest.mark.parametrize(
    ("before", "sent"),
    [
        ((), []),
        (("/推送 批准",), ["policy-1", "case-1", "daily_read-1"]),
        (("/推送 批准", "/推送 去掉 1"), []),
        (("/推送 去掉 1", "/推送 批准"), ["case-1", "daily_read-1"]),
        (("/推送 审批 不要",), ["policy-1", "case-1", "daily_read-1"]),
    ],
)
async def test_a_group_that_wants_approval_is_pushed_what_was_approved(
    desk: Town, before: tuple[str, ...], sent: list[str]
) -> None:
    for line in ("/推送 审批 要", *before):
        await desk.say("王主任", line, GROUP)
    assert await push(desk) == sent
    assert (await reasons(desk))[FRIDAY] == ("" if sent else "未审批")


async def test_an_unapproved_push_can_still_be_sent_by_hand(desk: Town) -> None:
    await desk.say("王主任", "/推送 审批 要", GROUP)
    assert await push(desk) == []
    assert await desk.say("王主任", "/推送 立即", GROUP) == "今天的推送马上发到群里。"
    assert await push(desk) == ["policy-1", "case-1", "daily_read-1"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("/推送 天 周一三四", "这天不推"),
        ("/推送 天 工作日", ""),
        ("/推送 暂停 到 3月6日", "暂停中"),
        ("/推送 暂停", "暂停中"),
        ("/推送 暂停 到 3月5日", ""),
    ],
)
async def test_days_and_pauses(desk: Town, line: str, reason: str) -> None:
    await desk.say("王主任", line, GROUP)
    await push(desk)
    assert (await reasons(desk))[FRIDAY] == reason


async def test_a_pause_and_a_stop_end_when_told(desk: Town) -> None:
    for line in ("/推送 暂停", "/推送 停", "/推送 恢复"):
        said = await desk.say("王主任", line, GROUP)
    assert said == "本群的早报：工作日 08:00 推送，静默时间 20:00 到次日 07:00。"
    assert await push(desk) == ["policy-1", "case-1", "daily_read-1"]


@pytest.mark.parametrize(
    "line",
    [
        "/推送 时间 6:30", "/推送 时间 20:00", "/推送 时间 早上", "/推送 天 初一",
        "/推送 静默 21:00-08:00", "/推送 静默 19:00-06:00", "/推送 静默 19:00-09:00",
        "/推送 暂停 到 2020-01-01", "/推送 置顶", "/推送 撤下 1", "/推送 去掉", "/推送 去掉 4",
        "/推送 调序 1 2", "/推送 调序 1 1 2", "/推送 添加", "/推送 审批", "/推送 批准 好",
    ],
)  # fmt: skip
async def test_what_cannot_be_read_changes_nothing(desk: Town, line: str) -> None:
    said = await desk.say("王主任", line, GROUP)
    assert "用法：/推送 " in said
    assert await push(desk) == ["policy-1", "case-1", "daily_read-1"]


async def test_nothing_is_pushed_by_hand_at_night(desk: Town) -> None:
    desk.clock.set("2026-03-05 20:00")
    said = await desk.say("王主任", "/推送 立即", GROUP)
    assert said.startswith("现在是静默时间（20:00 到次日 07:00），不推送；过了再发。")


async def test_a_push_nobody_could_deliver_by_the_evening_is_no_news_any_more(desk: Town) -> None:
    await push(desk)
    for moment, lapsed, status in (("19:59", 0, Outcome.QUEUED), ("20:01", 2, Outcome.FAILED)):
        desk.clock.set(f"2026-03-06 {moment}")
        assert await desk.database.run(lambda uow: uow.outbox.lapse("晚了")) == lapsed
        rows = await desk.database.read(lambda uow: uow.outbox.caused_by("", ""))
        assert {row.status for row in rows} == {status}
    (first, _) = rows
    await desk.database.run(lambda uow: uow.outbox.resend(first.id))
    assert await desk.database.run(lambda uow: uow.outbox.lapse("晚了")) == 0
    assert Reply.from_json(first.body).plain().startswith("【连心早报】3月6日 星期五")


async def test_a_notice_of_another_group_cannot_be_taken_down(desk: Town) -> None:
    await desk.say("王主任", "/推送 置顶 清运垃圾", GROUP)

    def take(uow: UnitOfWork) -> None:
        (other,) = [group.id for group in uow.groups.all() if group.name != GROUP]
        uow.plans.unpin(other, 1)

    with pytest.raises(NotFound):
        await desk.database.run(take)


async def test_what_was_dropped_stays_away_until_it_is_added(desk: Town) -> None:
    await desk.say("王主任", "/推送 去掉 1", GROUP)
    assert await push(desk) == ["case-1", "daily_read-1"]
    desk.clock.set("2026-03-06 18:00")
    assert "policy1" not in await desk.say("王主任", "/推送 预览", GROUP)
    assert "policy1" in await desk.say("王主任", "/推送 添加 policy-1", GROUP)


async def test_wanting_less_never_begins_a_push_that_was_stopped(desk: Town) -> None:
    await desk.say("王主任", "/推送 停", GROUP)
    told = await desk.say("王主任", "/退订 案例", GROUP)
    stopped = "推送现在停着，要恢复发“/推送 恢复”"
    assert told == f"本群订阅了：政策、每日一读、规则提醒、本群事项，{stopped}。不要哪个发“/退订 主题”。"
    assert await push(desk) == []


async def test_a_subject_wanted_after_everything_was_ended_begins_again(desk: Town) -> None:
    await desk.say("王主任", "/退订", GROUP)
    calendar = Calendar(WorkingDays(), almanac=Almanac.read(Path("absent")))
    by = desk.person("王主任")

    def want(uow: UnitOfWork) -> tuple[dict[str, bool], bool]:
        group = uow.groups.named(GROUP)
        chat = Chat(f"g:{group.id}", group, "terminal", group.place_id)
        choices, _ = use_cases.choose(uow, "养老", wanted=True, by=by, chat=chat, calendar=calendar)
        return choices, uow.groups.get(group.id).subscribed

    choices, pushed = desk.database.run_now(want)
    assert all(choices.values())
    assert choices["养老"]
    assert pushed


async def test_what_is_said_to_the_group_alone_is_not_told_in_private(desk: Town) -> None:
    await desk.say("王主任", "/推送 置顶 周五评低保 到 3月9日", GROUP)
    await desk.say("王主任", "/推送 添加 名单先别外传", GROUP)
    desk.clock.set("2026-03-06 07:30")
    assert "周五评低保" in await desk.say("王主任", "/今日", GROUP)
    assert "名单先别外传" in await desk.say("王主任", "/今日", GROUP)
    mine = await desk.say("张大妈", "/今日")
    assert "policy1" in mine
    assert "周五评低保" not in mine
    assert "名单先别外传" not in mine
