"""What may happen once among all processes: a tick, a push, an item to a group, a simulator line, an invite."""

import asyncio
from datetime import date, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from storage.base import NotFound, Taken
from storage.database import Database
from storage.digests import Had, Item, Push
from storage.invites import Expired, Redeemed
from storage.members import Grant, Role
from storage.outbox import Outcome, Target
from storage.uow import UnitOfWork
from tests.clock import FrozenClock
from tests.storage.people import Village, settle

DAY = date(2026, 3, 5)
ITEMS = [
    Item("p1", "policy", "医保", "缴费延到月底", "来源一", date(2026, 3, 1)),
    Item("p2", "policy", "养老", "认证不用跑腿", "来源二", date(2026, 3, 1)),
    Item("c1", "case", "案例", "一位书记的办法", "来源三", date(2026, 3, 1)),
    Item("r1", "daily_read", "每日一读", "明天才有", "来源四", date(2026, 3, 6)),
]


@pytest.fixture
def village(database: Database) -> Village:
    return settle(database)


async def test_a_slot_is_taken_by_one(database: Database) -> None:
    def take(uow: UnitOfWork) -> bool:
        return uow.ticks.take("wishes_expire", "2026-03-05")

    taken = await asyncio.gather(*(database.run(take) for _ in range(10)))
    assert sorted(taken) == [False] * 9 + [True]
    assert database.run_now(lambda uow: uow.ticks.take("wishes_expire", "2026-03-06"))
    assert database.run_now(lambda uow: uow.ticks.take("prune", "2026-03-05"))
    assert database.read_now(lambda uow: uow.ticks.taken("prune", "2026-03-05"))
    assert not database.read_now(lambda uow: uow.ticks.taken("prune", "2026-03-06"))


def test_a_slot_whose_work_failed_is_free_again(database: Database) -> None:
    def fail(uow: UnitOfWork) -> None:
        assert uow.ticks.take("prune", "2026-03-05T09")
        raise NotFound

    with pytest.raises(NotFound):
        database.run_now(fail)
    assert database.run_now(lambda uow: uow.ticks.take("prune", "2026-03-05T09"))


async def test_a_group_has_one_push_a_day(database: Database, village: Village) -> None:
    def open_push(uow: UnitOfWork, *groups: int, day: date = DAY) -> set[tuple[int, date]]:
        return uow.digests.open("daily", {(group, day): "" for group in groups})

    opened = await asyncio.gather(*(database.run(open_push, village.group) for _ in range(10)))
    assert sorted(map(len, opened)) == [0] * 9 + [1]
    assert database.run_now(open_push, village.group, village.other_group) == {(village.other_group, DAY)}
    tomorrow = DAY + timedelta(days=1)
    assert database.run_now(lambda uow: open_push(uow, village.group, day=tomorrow)) == {
        (village.group, tomorrow)
    }
    assert database.read_now(lambda uow: uow.digests.pushed("daily", village.group, DAY))
    assert not database.read_now(lambda uow: uow.digests.pushed("daily", village.other_group, tomorrow))


def _push(uow: UnitOfWork, group: int, day: date, keys: list[str], turn: int = 0) -> int:
    assert uow.digests.open("daily", {(group, day): ""}) == {(group, day)}
    row = uow.outbox.add(Target(group_id=group), "晨报")
    items = [(group, key, turn, place) for place, key in enumerate(keys)]
    uow.digests.carry("daily", day, {group: row}, items)
    return row


def _shelf(uow: UnitOfWork, day: date = DAY) -> list[str]:
    return [item.key for item in uow.digests.shelf(day)]


def test_an_item_comes_once_a_round_to_a_group(database: Database, village: Village) -> None:
    database.run_now(lambda uow: uow.digests.put_items(ITEMS))
    assert database.read_now(_shelf) == ["c1", "p1", "p2"]
    assert database.read_now(_shelf, DAY + timedelta(days=1)) == ["c1", "r1", "p1", "p2"]
    database.run_now(_push, village.group, DAY, ["p1", "c1"])
    both = [village.group, village.other_group]
    brought = frozenset({"p1", "c1"})
    assert database.read_now(lambda uow: uow.digests.had(both)) == {village.group: Had(brought, 0, brought)}
    assert database.read_now(lambda uow: uow.digests.sent_on(village.group, DAY)) == [ITEMS[0], ITEMS[2]]
    tomorrow = DAY + timedelta(days=1)
    with pytest.raises(IntegrityError):
        database.run_now(_push, village.group, tomorrow, ["p1"])
    assert not database.read_now(lambda uow: uow.digests.pushed("daily", village.group, tomorrow))
    database.run_now(_push, village.group, tomorrow, ["p1"], 1)
    assert database.read_now(lambda uow: uow.digests.had(both)) == {
        village.group: Had(brought, 1, frozenset({"p1"}))
    }


def test_an_item_put_again_is_corrected_and_stays_sent(database: Database, village: Village) -> None:
    database.run_now(lambda uow: uow.digests.put_items(ITEMS))
    database.run_now(_push, village.group, DAY, ["p1"])
    corrected = Item("p1", "policy", "医保（更正）", "缴费延到四月", "来源一", date(2026, 3, 4))
    database.run_now(lambda uow: uow.digests.put_items([corrected]))
    assert database.read_now(lambda uow: uow.digests.had([village.group]))[village.group].ever == {"p1"}
    kept = database.read_now(lambda uow: uow.digests.item("p1"))
    assert kept == Item("p1", "policy", "医保（更正）", "缴费延到四月", "来源一", date(2026, 3, 1))
    assert database.read_now(lambda uow: uow.digests.item("nothing")) is None


def test_the_register_of_pushes_tells_how_each_went(
    database: Database, village: Village, clock: FrozenClock
) -> None:
    database.run_now(lambda uow: uow.digests.put_items(ITEMS))
    first = clock.now()
    database.run_now(_push, village.group, DAY, ["p1"])
    clock.advance(days=1)
    skipped = {(village.group, DAY + timedelta(days=1)): "没有新内容"}
    database.run_now(lambda uow: uow.digests.open("daily", skipped))

    def pushes(uow: UnitOfWork) -> list[Push]:
        return uow.digests.pushes()

    def register(status: str, cause: str) -> list[Push]:
        name = "永续社区连心群"
        return [
            Push("daily", village.group, name, DAY + timedelta(days=1), "skipped", "没有新内容", clock.now()),
            Push("daily", village.group, name, DAY, status, cause, first),
        ]

    assert database.read_now(pushes) == register("queued", "")
    (leased,) = database.run_now(lambda uow: uow.outbox.lease(limit=1, seconds=60))
    database.run_now(lambda uow: uow.outbox.settle(leased, Outcome.UNKNOWN, cause="no answer"))
    assert database.read_now(pushes) == register("unknown", "no answer")
    assert database.read_now(lambda uow: uow.digests.pushes(limit=1)) == register("unknown", "no answer")[:1]


def test_a_topic_is_chosen_and_chosen_again(database: Database) -> None:
    def choose(uow: UnitOfWork, target: str, wanted: bool) -> None:
        uow.digests.choose(target, "case", wanted=wanted)

    for wanted in (False, True, False):
        database.run_now(choose, "m:1", wanted)
    database.run_now(choose, "m:2", True)
    assert database.read_now(lambda uow: uow.digests.choices("m:1")) == {"case": False}


async def test_a_simulator_line_stands_once(database: Database, village: Village) -> None:
    def say(uow: UnitOfWork, once: str | None) -> bool:
        return uow.simulator.say(f"g:{village.group}", None, "晨报", once=once) is not None

    said = await asyncio.gather(*(database.run(say, "outbox:1") for _ in range(6)))
    assert sorted(said) == [False] * 5 + [True]
    assert [database.run_now(say, None), database.run_now(say, None)] == [True, True]
    lines = database.read_now(lambda uow: uow.simulator.after(0, limit=10))
    assert [line.text for line in lines] == ["晨报"] * 3
    assert database.read_now(lambda uow: uow.simulator.last_id()) == lines[-1].id
    assert database.read_now(lambda uow: uow.simulator.after(lines[1].id, limit=10)) == lines[2:]


def test_an_invite_is_used_once_and_in_time(database: Database, village: Village, clock: FrozenClock) -> None:
    grant = Grant(Role.VOLUNTEER, village.place)

    def invite(uow: UnitOfWork, code: str) -> None:
        uow.invites.add(code, grant, name="小周", member_id=None, days=7)

    def redeem(uow: UnitOfWork, code: str) -> Redeemed:
        return uow.invites.redeem(code)

    for code in ("AAAA", "BBBB"):
        database.run_now(invite, code)
    assert database.run_now(redeem, "AAAA") == Redeemed(grant, "小周", None)
    with pytest.raises(Taken):
        database.run_now(redeem, "AAAA")
    with pytest.raises(NotFound):
        database.run_now(redeem, "CCCC")
    clock.advance(days=7)
    with pytest.raises(Expired):
        database.run_now(redeem, "BBBB")
    with pytest.raises(Taken):
        database.run_now(redeem, "AAAA")


def test_the_privacy_notice_is_given_once(database: Database, village: Village) -> None:
    given = [database.run_now(lambda uow: uow.members.noticed(village.resident)) for _ in range(3)]
    assert given == [True, False, False]
    assert database.read_now(lambda uow: uow.members.get(village.resident).noticed)
