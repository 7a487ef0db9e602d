"""`doctor` on groups, alarms and the outbox: what is reported, what is left alone, and how it is cured."""

import json
import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.cli.doctor_delivery import delivery_findings, past
from bot.cli.finding import Finding, Status
from bot.settings import Settings
from storage.database import Database
from storage.outbox import Outcome, Target
from storage.uow import UnitOfWork
from tests.channels.receiver import register
from tests.cli.conftest import Run
from tests.platform.clock import StandingClock

HOOK = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7abc-4bc4-97a0-0ec2sifa5aaa"


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def database(clock: StandingClock) -> Iterator[Database]:
    with register(clock) as kept:
        kept.run_now(lambda uow: uow.places.add("永续社区", kind="社区"))
        yield kept


def look(database: Database) -> dict[str, Finding]:
    found = database.read_now(delivery_findings, Settings(_env_file=None))
    assert "693a91f6" not in str(found)
    return {each.name: each for each in found}


def add_group(database: Database, name: str, channel: str, **more: Any) -> int:
    def add(uow: UnitOfWork) -> int:
        values = {"place_id": uow.places.named("永续社区").id, **more}
        removed = values.pop("removed_at", None)
        group = uow.groups.add(name, channel=channel, **values)
        return uow.groups.set(group.id, removed_at=removed).id

    return database.run_now(add)


def robot_on(patch: pytest.MonkeyPatch) -> None:
    patch.setenv("WECOM_AIBOT_ID", "BOT")
    patch.setenv("WECOM_AIBOT_SECRET", "secret")


def warned(group: str, fault: str, cure: str) -> Finding:
    return Finding(f"group:{group}", Status.WARNING, f"群“{group}”：{fault}", cure)


def test_an_empty_house(database: Database) -> None:
    assert list(look(database).values()) == [
        Finding("groups", Status.OK, "群：还没有"),
        Finding("alarms", Status.OK, "提醒：没有要您处理的"),
        Finding("outbox", Status.OK, "待发：0 条，没有要人定的"),
    ]


# -- groups ----------------------------------------------------------------------------------------


def test_groups_that_can_be_reached_are_counted(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    robot_on(monkeypatch)
    add_group(database, "甲群", "group_robot", webhook=HOOK)
    add_group(database, "乙群", "wecom_aibot", external_id="wr1", heard_at=StandingClock().now())
    add_group(database, "丙群", "simulator")
    assert look(database)["groups"] == Finding("groups", Status.OK, "群：3 个，推送都有路可走")


@pytest.mark.parametrize(
    ("webhook", "fault"),
    [
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send", "Webhook 地址不对"),
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=", "Webhook 地址不对"),
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=你好", "Webhook 地址不对"),
        (HOOK.replace("/send?", "/?"), "Webhook 地址不对"),
        (
            HOOK.replace("qyapi.weixin.qq.com", "qyapi.example.org"),
            "Webhook 不是企业微信的地址，指到了 qyapi.example.org",
        ),
    ],
)
def test_a_webhook_that_cannot_be_one(database: Database, webhook: str, fault: str) -> None:
    add_group(database, "甲群", "group_robot", webhook=webhook)
    cure = "到群里“消息推送”的页面整条复制，再登记：python -m bot group set 甲群 --webhook -"
    assert look(database)["group:甲群"] == warned("甲群", fault, cure)
    assert look(database)["groups"] == Finding("groups", Status.WARNING, "群：1 个，其中 1 个要看一看")


def test_one_webhook_for_two_groups(database: Database) -> None:
    add_group(database, "甲群", "group_robot", webhook=HOOK)
    add_group(database, "乙群", "group_robot", webhook=HOOK)
    found = look(database)
    assert "group:甲群" not in found
    assert "和“甲群”登记了同一个 Webhook" in found["group:乙群"].what


def test_a_webhook_that_is_missing_or_was_found_dead(database: Database, clock: StandingClock) -> None:
    cure = "在群里添加“消息推送”，登记：python -m bot group set {} --webhook -"
    add_group(database, "甲群", "group_robot")
    add_group(database, "乙群", "group_robot", removed_at=clock.now())
    found = look(database)
    assert found["group:甲群"] == warned("甲群", "没有登记 Webhook，推送不了", cure.format("甲群"))
    died = f"群机器人已被移出群或停用（{clock.now():%Y-%m-%d} 发现），推送停了"
    assert found["group:乙群"] == warned("乙群", died, cure.format("乙群"))


def test_a_new_webhook_begins_the_pushes_again(run: Run, data_dir: Path) -> None:
    with sqlite3.connect(data_dir / "lianxin.db") as raw:
        raw.execute("UPDATE chat_group SET channel = 'group_robot', removed_at = '2026-03-05 01:00:00'")
    raw.close()
    told = {check["name"]: check for check in json.loads(run("doctor", "--json").out)["checks"]}
    assert "已被移出群或停用" in told["group:永续社区连心群"]["what"]
    assert run("group", "set", "永续社区连心群", "--webhook", "-", stdin=HOOK).code == 0
    ran = run("doctor", "--json")
    told = {check["name"]: check for check in json.loads(ran.out)["checks"]}
    assert "group:永续社区连心群" not in told
    assert "693a91f6" not in ran.out


def test_groups_of_the_robot(
    database: Database, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = {"external_id": "wr1", "heard_at": clock.now()}
    add_group(database, "甲群", "wecom_aibot", **heard)
    assert look(database)["group:甲群"].what == "群“甲群”：渠道 wecom_aibot 没有开通，推送不了"
    robot_on(monkeypatch)
    assert look(database)["groups"].status is Status.OK
    add_group(database, "乙群", "wecom_aibot")
    add_group(database, "丙群", "wecom_aibot", **heard, removed_at=clock.now())
    add_group(database, "新群 1", "wecom_aibot", **heard, place_id=None, subscribed=False)
    found = look(database)
    assert set(found) == {"groups", "group:乙群", "group:丙群", "group:新群 1", "alarms", "outbox"}
    assert "还没有人 @ 过机器人" in found["group:乙群"].what
    assert f"机器人已不在群里（{clock.now():%Y-%m-%d} 发现）" in found["group:丙群"].what
    assert "/本群 地点 村名" in found["group:新群 1"].cure
    monkeypatch.delenv("WECOM_AIBOT_ID")
    monkeypatch.delenv("WECOM_AIBOT_SECRET")
    monkeypatch.setenv("WECOM_AIBOT_TOKEN", "token")
    monkeypatch.setenv("WECOM_AIBOT_AES_KEY", "a" * 43)
    assert "URL 回调，推不进群" in look(database)["group:甲群"].what
    database.run_now(lambda uow: uow.groups.set(uow.groups.named("甲群").id, webhook=HOOK))
    assert "group:甲群" not in look(database)


def test_a_group_of_the_app_that_was_not_made(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CORP_ID", "SECRET", "TOKEN"):
        monkeypatch.setenv(f"WECOM_{name}", "x")
    monkeypatch.setenv("WECOM_AGENT_ID", "1000002")
    monkeypatch.setenv("WECOM_AES_KEY", "a" * 43)
    add_group(database, "甲群", "wecom_app")
    cure = "用自建应用建群：python -m bot group set 甲群 --members 姓名,姓名"
    assert look(database)["group:甲群"] == warned("甲群", "还没有在企业微信里建起来", cure)


def test_a_group_served_by_hand_needs_somebody_reachable(database: Database) -> None:
    group_id = add_group(database, "甲群", "by_hand")
    assert look(database)["group:甲群"].what == "群“甲群”：要靠人转发，但没有群主"

    def own(uow: UnitOfWork) -> None:
        uow.groups.set(group_id, owner_id=uow.members.add("王主任").id)

    database.run_now(own)
    assert look(database)["group:甲群"].what == "群“甲群”：要靠群主转发，但群主还没有绑定聊天账号"


def test_groups_that_are_over_or_want_no_push_are_left_alone(database: Database) -> None:
    add_group(database, "甲群", "group_robot", ends_on=date(2020, 1, 1))
    add_group(database, "乙群", "group_robot", subscribed=False)
    assert look(database)["groups"] == Finding("groups", Status.OK, "群：还没有")


# -- alarms ----------------------------------------------------------------------------------------


def test_a_standing_alarm_is_shown_with_its_cure_until_it_is_over(
    database: Database, clock: StandingClock
) -> None:
    sentence = "某事不对，请改好某处（40164）"
    database.run_now(lambda uow: uow.alarms.sound("something", sentence))
    what = f"提醒（{clock.now():%m-%d %H:%M} 起）：某事不对"
    cure = "请改好某处（40164）。弄好以后服务自己会发现，最多等 20 分钟，这一条就没了。"
    assert look(database)["alarm:something"] == Finding("alarm:something", Status.FAILED, what, cure)
    database.run_now(lambda uow: uow.alarms.clear("something"))
    assert "alarm:something" not in look(database)


@pytest.mark.parametrize(
    ("key", "on", "over"),
    [
        ("something", False, False),
        ("wecom_aibot:credentials", True, False),
        ("wecom_aibot:replaced", False, True),
        ("token:official_account:wx0000", False, True),
        ("api:wecom:ww0000:1000002:/cgi-bin/message/send", False, True),
    ],
)
def test_an_alarm_of_a_channel_that_is_off_is_past(
    monkeypatch: pytest.MonkeyPatch, key: str, on: bool, over: bool
) -> None:
    if on:
        robot_on(monkeypatch)
    assert past(key, Settings(_env_file=None)) is over


def test_an_alarm_of_another_account_is_past(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"APP_ID": "wx0000", "APP_SECRET": "s", "TOKEN": "t", "MODE": "plain"}.items():
        monkeypatch.setenv(f"WECHAT_{name}", value)
    settings = Settings(_env_file=None)
    assert not past("token:official_account:wx0000", settings)
    assert past("token:official_account:wx9999", settings)


# -- the outbox ------------------------------------------------------------------------------------


def outgoing(database: Database, group_id: int, *outcomes: Outcome) -> None:
    """One row each, sent off with this outcome; QUEUED ones are left as they are."""
    for outcome in outcomes:
        database.run_now(lambda uow: uow.outbox.add(Target(group_id=group_id), "{}"))
        if outcome is not Outcome.QUEUED:
            (row,) = database.run_now(lambda uow: uow.outbox.lease(limit=1, seconds=60))
            database.run_now(lambda uow, row=row, outcome=outcome: uow.outbox.settle(row, outcome))


def test_what_a_person_has_to_decide_is_counted(database: Database, clock: StandingClock) -> None:
    group_id = add_group(database, "丙群", "simulator")
    outgoing(database, group_id, Outcome.SENT, Outcome.UNKNOWN, Outcome.FAILED, Outcome.UNKNOWN)
    found = look(database)["outbox"]
    what = "待发：2 条不知送没送到，最近七天 1 条没送到，要人来定"
    assert (found.status, found.what) == (Status.WARNING, what)
    assert "/发件" in found.cure
    clock.advance(8 * 24 * 3600)
    assert "2 条不知送没送到，最近七天 0 条没送到" in look(database)["outbox"].what


def test_what_waits_for_long_is_held_up(database: Database, clock: StandingClock) -> None:
    group_id = add_group(database, "丙群", "simulator")
    outgoing(database, group_id, Outcome.QUEUED, Outcome.QUEUED)
    assert look(database)["outbox"] == Finding("outbox", Status.OK, "待发：2 条，没有要人定的")
    (row,) = database.run_now(lambda uow: uow.outbox.lease(limit=1, seconds=60))
    pause = timedelta(minutes=5)
    database.run_now(lambda uow: uow.outbox.postpone(row, by=pause, cause="连不上平台"))
    clock.advance(11 * 60)
    found = look(database)["outbox_queue"]
    assert (found.status, found.what) == (
        Status.WARNING,
        "待发：2 条，最早的一条等了 11 分钟（连不上平台）",
    )
    clock.advance(3 * 3600)
    assert "最早的一条等了 3 小时" in look(database)["outbox_queue"].what
