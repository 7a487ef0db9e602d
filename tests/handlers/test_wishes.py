"""Wishes: who may do what, who learns of it, and what the registers say afterwards."""

import asyncio
import doctest
import itertools
import shutil
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.demo import put as put_demo
from handlers.policy.library import Library
from handlers.wishes import guess, jobs, phrases, rules, words
from storage.database import Database
from storage.members import Grant, Role
from storage.outbox import Target
from storage.uow import UnitOfWork
from storage.wishes import TRANSITIONS, AgeBand, Kind, Move, Status
from tests.clock import FrozenClock
from tests.handlers.town import GROUP, Town

REFUSED = "\n用法："


def test_doctests() -> None:
    for room in (rules, guess, words):
        assert doctest.testmod(room).attempted > 0
        assert doctest.testmod(room).failed == 0


def test_every_state_and_every_move_has_its_word() -> None:
    assert set(phrases.STATUS) == set(Status)
    assert set(phrases.MOVED) == set(Move)
    assert {move for _, move in TRANSITIONS} == set(phrases.DOING)
    assert set(phrases.KIND) == set(Kind) - {Kind.UNKNOWN}
    assert set(phrases.AGE_BAND) == set(AgeBand) - {AgeBand.UNKNOWN}


async def test_of_twenty_claimers_one_is_told_it_is_theirs(town: Town) -> None:
    def enlist(uow: UnitOfWork) -> None:
        place = uow.places.named("永续社区")
        for number in range(20):
            uow.members.add(f"志愿者{number}", place_id=place.id, grants=[Grant(Role.VOLUNTEER, place.id)])

    await town.database.run(enlist)
    answers = await asyncio.gather(*(town.say(f"志愿者{number}", "/认领 2", GROUP) for number in range(20)))
    won = [answer for answer in answers if "由您认领" in answer]
    lost = [answer for answer in answers if answer.startswith("#2 已有人认领")]
    assert (len(won), len(lost)) == (1, 19)
    assert not any("志愿者" in answer for answer in lost)
    claims = [
        row for row in await town.register("audit") if (row["subject"], row["action"]) == ("wish:2", "claim")
    ]
    assert len(claims) == 1


async def test_whole_life_of_a_wish_stands_in_audit_with_the_message_that_caused_it(town: Town) -> None:
    steps = [
        ("张大妈", "/心愿 想要一个暖水袋", "log", "", "pending"),
        ("王主任", "/核实 7 退回 多大的", "return", "pending", "returned"),
        ("张大妈", "/心愿修改 7 想要一个两升的暖水袋", "amend", "returned", "pending"),
        ("李书记", "/核实 7 通过", "verify", "pending", "open"),
        ("小周", "/认领 7", "claim", "open", "claimed"),
        ("小周", "/放弃 7 太忙", "release", "claimed", "open"),
        ("小孙", "/认领 7", "claim", "open", "claimed"),
        ("小孙", "/送达 7", "deliver", "claimed", "delivered"),
        ("张大妈", "/未达 7 没见着", "not_received", "delivered", "claimed"),
        ("小孙", "/送达 7 当面交了", "deliver", "claimed", "delivered"),
        ("张大妈", "/点亮 7", "fulfil", "delivered", "fulfilled"),
    ]
    expected = []
    for name, text, action, before, after in steps:
        assert REFUSED not in await town.say(name, text)
        expected.append(
            {
                "at": town.clock.now(), "actor": f"member:{town.person(name).id}", "action": action,
                "subject": "wish:7", "before": before, "after": after, "channel": "terminal",
                "update_key": town.last_key,
            }
        )  # fmt: skip
        town.clock.advance(minutes=5)
    assert [row for row in await town.register("audit") if row["subject"] == "wish:7"] == expected


async def test_exported_wish_holds_what_happened(town: Town) -> None:
    logged = town.clock.now()
    await town.say("张大妈", "/心愿 想要一个暖水袋", GROUP)
    await town.say("王主任", "/核实 7 通过")
    town.clock.advance(hours=1)
    claimed = town.clock.now()
    await town.say("小周", "/认领 7", GROUP)
    (row,) = [row for row in await town.register("wishes") if row["no"] == 7]
    assert row == {
        "no": 7, "status": "claimed", "place": "永续社区", "group": GROUP, "content": "想要一个暖水袋",
        "logged_by": "张大妈", "claimed_by": "小周", "logged_at": logged, "claimed_at": claimed,
        "delivered_at": None, "fulfilled_at": None, "expires_on": rules.expires_on(logged.date()), "note": "",
        "kind": "goods", "age_band": "", "urgency": "normal", "wanted_by": None, "promised_on": None, "team": None,
        "merged_into": None, "closed_at": None, "consent": "", "credit": False,
    }  # fmt: skip


async def test_look_at_the_words_of_another_is_logged_and_only_that(town: Town) -> None:
    await town.say("张大妈", "/心愿详情 1")
    await town.say("王主任", "/心愿详情 1", GROUP)
    await town.say("小周", "/心愿详情 2")
    await town.say("王主任", "/核实 1")
    await town.say("小周", "/认领 2", GROUP)
    await town.say("小周", "/心愿详情 2")
    looks = [(row["actor"], row["action"], row["subject"]) for row in await town.register("looks")]
    coordinator, volunteer = (f"member:{town.person(name).id}" for name in ("王主任", "小周"))
    assert looks == [
        (coordinator, "look", "wish:1"), (volunteer, "look", "wish:2"), (volunteer, "look", "wish:2"),
    ]  # fmt: skip


async def test_details_reach_the_claimer_alone_and_in_private(town: Town) -> None:
    await town.say("小周", "/心愿 孙秀英奶奶 13812345678 想要一床被子")
    await town.say("王主任", "/核实 7 通过")
    in_group = await town.say("小孙", "/认领 7", GROUP)
    assert in_group == "#7（清荷7）由您认领，详细内容已私下发给您。送到后发“/送达 7”。"
    assert await town.caused() == [
        ("小周", "您登记的心愿 #7 有人认领了。"),
        (
            "小孙",
            "您认领的心愿 #7：\n内容：孙秀英奶奶 13812345678 想要一床被子\n地点：永续社区\n登记人：小周\n"
            "以上只给您一人，请勿转发。"
            "说好哪天送到发“/约定 7 几月几日”，送到后发“/送达 7”，办不了发“/放弃 7 原因”；"
            "愿意点亮时说出您的名字发“/署名 7”。",
        ),
    ]
    others = [await town.say(name, "/心愿详情 7") for name in ("小钱", "陈大爷", "组织部小郑", "信息科老何")]
    assert not any("孙秀英" in answer or "13812345678" in answer for answer in others)


async def test_asking_for_a_name_does_not_tell_whose_wish_it_is(town: Town) -> None:
    await town.say("张大妈", "/心愿 独居老人王秀英想要ＡＢ牌收音机 13812345678")
    await town.say("王主任", "/核实 7 通过")
    asked = ("王秀英", "13812345678", "ＡＢ牌")
    told = [await town.say("小周", f"/心愿单 {word}", where) for where in (None, GROUP) for word in asked]
    assert ["#7" in answer for answer in told] == [False, False, True] * 2


async def test_reasons_are_for_who_may_read_the_wish_and_end_with_what_they_were_about(town: Town) -> None:
    await town.say("张大妈", "/心愿 想要棉鞋")
    await town.say("王主任", "/核实 7 退回 请问清王秀英的尺码")
    assert "说明：请问清王秀英的尺码" in await town.say("张大妈", "/心愿详情 7")
    assert "说明" not in await town.say("张大妈", "/心愿详情 7", GROUP)
    await town.say("张大妈", "/心愿修改 7 想要 41 码的棉鞋")
    assert "说明" not in await town.say("张大妈", "/心愿详情 7")


async def test_wish_past_its_date_expires_once_and_its_logger_is_told(town: Town) -> None:
    town.clock.set("2026-06-10 09:00")
    for _ in range(2):
        await jobs.expire(town.database, town.clock, town.services)
    told = await town.database.read(lambda uow: [row.to for row in uow.outbox.caused_by("", "")])
    expired = [row["no"] for row in await town.register("wishes") if row["status"] == "expired"]
    assert expired == [2, 6]
    assert told == [Target(member_id=town.person("陈大爷").id), Target(member_id=town.person("朱大叔").id)]


async def test_wish_without_a_place_is_adopted_by_the_coordinator_who_lets_it_pass(town: Town) -> None:
    await town.database.run(lambda uow: uow.members.add("过路人"))
    await town.say("过路人", "/心愿 想要一张地图")
    assert (await town.say("李书记", "/核实 7 通过")).startswith("这里没有 #7 这个心愿")
    assert await town.say("吴会计", "/核实 7 通过", "和美村连心群") == "#7 核实通过，现在可以认领了。"
    (row,) = [row for row in await town.register("wishes") if row["no"] == 7]
    assert (row["status"], row["place"]) == ("open", "和美村")
    assert REFUSED not in await town.say("小许", "/认领 7")


async def test_role_holds_for_its_place_and_what_lies_below(town: Town) -> None:
    def enlist(uow: UnitOfWork) -> None:
        for place in ("金山县", "清河镇", "和美村"):
            at = uow.places.named(place).id
            uow.members.add(f"{place}志愿者", place_id=at, grants=[Grant(Role.VOLUNTEER, at)])

    await town.database.run(enlist)
    away = await town.say("和美村志愿者", "/认领 2", GROUP)
    assert away.startswith("#2 是永续社区的心愿，由那里的志愿者、网格员、书记和干部来认领。")
    assert (await town.say("清河镇志愿者", "/认领 2")).startswith("#2 由您认领。")
    await town.say("清河镇志愿者", "/放弃 2")
    assert (await town.say("金山县志愿者", "/认领 2", GROUP)).startswith("#2（暖阳2）由您认领，")


PEOPLE = ("张大妈", "陈大爷", "小周", "小孙", "王主任", "赵干事", "李书记", "吴会计", "小许", "信息科老何")
COMMANDS = (
    "/心愿 想要一样东西", "/核实 {n} 通过", "/核实 {n} 退回 不清楚", "/心愿修改 {n} 改一改", "/认领 {n}", "/放弃 {n}",
    "/送达 {n}", "/点亮 {n}", "/未达 {n} 没有", "/撤回 {n}", "/心愿详情 {n}", "/心愿单 我的",
)  # fmt: skip
lines = st.tuples(
    st.sampled_from(PEOPLE), st.sampled_from(COMMANDS), st.integers(min_value=1, max_value=9), st.booleans()
)
fresh = itertools.count(1)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(lines, min_size=10, max_size=30))
async def test_whatever_people_do_in_whatever_order_the_register_stays_sound(
    sqlite_template: Path,
    tmp_path: Path,
    clock: FrozenClock,
    library: Library,
    said: list[tuple[str, str, int, bool]],
) -> None:
    """A refusal changes nothing; a state is reached by a legal move only; the claimer is known while it is claimed."""
    file = shutil.copy(sqlite_template, tmp_path / f"{next(fresh)}.db")
    database = Database(f"sqlite:///{file}", clock.now)
    database.run_now(put_demo)
    town = Town(database, clock, library)
    try:
        before = await town.register("wishes")
        for name, text, number, in_group in said:
            answer = await town.say(name, text.format(n=number), GROUP if in_group else None)
            after = await town.register("wishes")
            if REFUSED in answer:
                assert after == before
            before = after
        audit = await town.register("audit")
        for row in audit:
            if row["before"]:
                assert TRANSITIONS[Status(row["before"]), Move(row["action"])] == row["after"]
        for wish in before:
            (*_, last) = [row for row in audit if row["subject"] == f"wish:{wish['no']}"]
            assert wish["status"] == last["after"]
            taken = wish["status"] in ("claimed", "delivered", "fulfilled")
            assert (wish["claimed_by"] is not None) == taken or wish["status"] == "withdrawn"
    finally:
        database.close()


async def test_a_similar_wish_is_named_whatever_else_stands_beside_what_is_wanted(town: Town) -> None:
    await town.say("张大妈", "/心愿 独居老人想要一台收音机，听戏解闷")
    answer = await town.say("小周", "/心愿 独居老人王秀英家住三组5号，电话 138 1234 5678，想要一台收音机")
    assert "#7〔待核实〕" in answer.split("已有相似的心愿：")[1]
    assert "相似" not in await town.say(
        "小周", "/心愿 老人孙秀英家住三组6号，电话 139 1234 5678，想要一把轮椅"
    )
