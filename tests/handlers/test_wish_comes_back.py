"""A delivered wish that was not received after its claimer has left: who follows goes on with it, or anybody may."""

from datetime import date

import pytest

from handlers.members.leaving.use_cases import estate, hand_over
from storage.uow import UnitOfWork
from storage.wishes import Move, Status
from tests.handlers.town import GROUP, Town
from tests.handlers.wish_records import form_team, history, looks, wish

TO_LIST = "原来认领的人已离任，已放回心愿单，重新等人认领。"
TO_FOLLOWER = "原来认领的人已离任，已请接手的人来办。"


async def deliver(town: Town, words: str = "", team: str = "") -> None:
    """#2, which 陈大爷 logged, claimed and delivered by 小周."""
    await town.say("小周", f"/认领 2 {team}")
    await town.say("小周", "/署名 2")
    await town.say("小周", f"/送达 2 {words}")


async def test_without_a_successor_it_is_back_on_the_list_and_the_coordinators_know(town: Town) -> None:
    await deliver(town, "放门口了")
    answer = await town.say("王主任", "/交接 小周 确认")
    assert "· 送达了等确认的心愿：#2，等登记的人确认，没收到的退回等人认领" in answer.splitlines()
    assert await town.say("陈大爷", "/未达 2 没见着", GROUP) == f"#2 记为没收到。{TO_LIST}"
    told = f"心愿 #2 送达以后，对方说没收到。{TO_LIST}着急的话，发“/改派 2 姓名”。"
    assert await town.caused() == [("王主任", told), ("赵干事", told)]
    back = await wish(town, 2)
    assert (back.status, back.claimed_by, back.delivered_at, back.credit) == (Status.OPEN, None, None, False)
    assert (await history(town, 2))[-2:] == [(Move.DELIVER, "放门口了"), (Move.COME_BACK, "没见着")]
    (row,) = [row for row in await town.register("audit") if row["action"] == "come_back"]
    assert (row["subject"], row["before"], row["after"]) == ("wish:2", "delivered", "open")
    assert "认领人已离任，重新等人认领" in await town.say("小孙", "/心愿详情 2", GROUP)
    assert "由您认领" in await town.say("小孙", "/认领 2")


async def test_the_successor_goes_on_with_it_and_gets_the_details(town: Town) -> None:
    await deliver(town)
    answer = await town.say("王主任", "/交接 小周 给 小孙 确认")
    assert "· 送达了等确认的心愿：#2，等登记的人确认，没收到的交给小孙接着办" in answer.splitlines()
    assert (await wish(town, 2)).claimed_by_name == "小周"
    assert await town.say("王主任", "/未达 2 没见着") == f"#2 记为没收到。{TO_FOLLOWER}"
    by_name = dict(await town.caused())
    assert sorted(by_name) == ["小孙", "赵干事", "陈大爷"]
    assert by_name["陈大爷"] == "您登记的心愿 #2 记为没收到；原来认领的人已离任，由接手的人来办。"
    assert by_name["赵干事"] == f"心愿 #2 送达以后，对方说没收到。{TO_FOLLOWER}"
    assert by_name["小孙"].startswith(
        "心愿 #2，对方说没收到：没见着。原来认领的人已离任，请您接着办：\n内容："
    )
    assert (await looks(town, 2))[-1] == f"member:{town.person('小孙').id}"
    taken = await wish(town, 2)
    assert (taken.status, taken.claimed_by_name, taken.claimed_at) == (
        Status.CLAIMED,
        "小孙",
        town.clock.now(),
    )
    assert [move for move, _ in await history(town, 2)][-3:] == [Move.DELIVER, Move.SUCCEED, Move.FOLLOW]
    assert "已记为送达" in await town.say("小孙", "/送达 2")
    assert await town.say("陈大爷", "/点亮 2") == "#2 点亮了，心愿达成，感谢一位热心人，谢谢大家！"


async def test_it_is_lit_with_the_leavers_thanks_when_it_did_arrive(town: Town) -> None:
    await deliver(town)
    await town.say("王主任", "/交接 小周 给 小孙 确认")
    assert await town.say("陈大爷", "/点亮 2") == "#2 点亮了，心愿达成，感谢小周，谢谢大家！"
    assert (await wish(town, 2)).claimed_by_name == "小周"


async def test_one_of_the_team_that_took_it_goes_on_where_nobody_follows(town: Town) -> None:
    await form_team(town, "小周", "小孙")
    await deliver(town, team="暖心队")
    await town.say("王主任", "/交接 小周 确认")
    await town.say("陈大爷", "/未达 2 没见着")
    taken = await wish(town, 2)
    assert (taken.status, taken.claimed_by_name, taken.team_id) == (Status.CLAIMED, "小孙", 1)


@pytest.mark.parametrize("gone", ["successor left too", "successor logged it"])
async def test_a_successor_who_cannot_go_on_is_passed_over(town: Town, gone: str) -> None:
    await deliver(town)
    successor = "陈大爷" if gone == "successor logged it" else "小孙"
    await town.say("王主任", f"/交接 小周 给 {successor} 确认")
    if gone == "successor left too":
        await town.say("王主任", "/交接 小孙 确认")
    await town.say("赵干事", "/未达 2 没见着")
    assert (await wish(town, 2)).status is Status.OPEN


async def test_it_waits_its_full_time_on_the_list_again(town: Town) -> None:
    await deliver(town)
    await town.say("王主任", "/交接 小周 确认")
    town.clock.set("2026-08-03 09:00")
    await town.say("陈大爷", "/未达 2 没见着")
    assert (await wish(town, 2)).expires_on == date(2026, 11, 1)


async def test_who_hid_themselves_has_left_as_well(town: Town) -> None:
    await deliver(town)
    await town.say("小周", "/隐去 确认")
    assert (await town.say("陈大爷", "/未达 2 没见着")).endswith(TO_LIST)


async def test_what_the_leaver_delivered_is_told_to_the_successor_once_named(town: Town) -> None:
    """As the command line does it, by nobody who is a member."""

    def leave(uow: UnitOfWork) -> None:
        leaver, successor = uow.members.named("小周")[0], uow.members.named("小孙")[0]
        hand_over(uow, estate(uow, leaver), successor, actor="operator", by=None)

    await deliver(town)
    await town.database.run(leave)
    rows = [row for row in await town.register("audit") if row["subject"] == "wish:2"]
    assert (rows[-1]["action"], rows[-1]["actor"], rows[-1]["before"], rows[-1]["after"]) == (
        "succeed", "operator", "delivered", "delivered",
    )  # fmt: skip
    assert await town.database.read(lambda uow: uow.wishes.followed_by(2)) == town.person("小孙").id
    assert await town.database.read(lambda uow: uow.wishes.followed_by(3)) is None


async def test_who_left_reads_no_more_whom_it_was_for(town: Town) -> None:
    await town.database.run(lambda uow: uow.details.keep("wish:2", "contact", "孙秀英 13812345678"))
    await deliver(town)
    assert "孙秀英 13812345678" in await town.say("小周", "/心愿详情 2")
    await town.say("王主任", "/交接 小周 给 小孙 确认")
    before = await looks(town, 2)
    assert "孙秀英" not in await town.say("小周", "/心愿详情 2")
    assert await looks(town, 2) == before
    assert "要由登记的人" in await town.say("小周", "/点亮 2")
    await town.say("陈大爷", "/未达 2 没见着")
    assert "孙秀英 13812345678" in await town.say("小孙", "/心愿详情 2")
    assert "孙秀英" not in await town.say("小周", "/心愿详情 2")


async def test_what_a_successor_follows_for_goes_on_to_their_own_successor(town: Town) -> None:
    await deliver(town)
    await town.say("王主任", "/交接 小周 给 小孙 确认")
    answer = await town.say("王主任", "/交接 小孙 给 张大妈")
    assert "· 送达了等确认的心愿：#2，等登记的人确认，没收到的交给张大妈接着办" in answer.splitlines()
    await town.say("王主任", "/交接 小孙 给 张大妈 确认")
    assert await town.say("王主任", "/未达 2 没见着") == f"#2 记为没收到。{TO_FOLLOWER}"
    assert "张大妈" in dict(await town.caused())
    assert (await wish(town, 2)).claimed_by_name == "张大妈"
