"""Two wishes that are one: the first ends, the second goes on for both."""

import asyncio
from datetime import timedelta

import pytest

from handlers.wishes import jobs
from storage.uow import UnitOfWork
from storage.wishes import AlreadyMoved, Move
from tests.handlers.town import GROUP, Town
from tests.handlers.wish_records import REFUSED, held, history, looks, wish


async def test_merged_wish_goes_on_as_the_other_one(town: Town) -> None:
    await town.say("张大妈", "/心愿 独居老人想要一把轮椅")
    await town.say("陈大爷", "/心愿 对门老人要一把轮椅")
    answer = await town.say("王主任", "/合并 8 7")
    assert answer == "#8 已并入 #7，两边的经过都留着，登记的人以后按 #7 收到进展。"
    assert await town.caused() == [
        ("陈大爷", "您登记的心愿 #8 和 #7 是同一件事，已并入 #7，以后 #7 的进展也会告诉您。"),
    ]
    assert (await town.say("陈大爷", "/心愿详情 8")).startswith("心愿 #8（新竹8）〔并入 #7〕")
    lost, kept = await wish(town, 8), await wish(town, 7)
    assert (lost.status.value, lost.merged_into, kept.status.value) == ("withdrawn", 7, "pending")
    assert (await history(town, 8))[-1] == (Move.MERGE, "#7")
    assert (await history(town, 7))[-1] == (Move.ABSORB, "#8")
    await town.say("李书记", "/核实 7 通过")
    assert await town.caused() == [
        ("张大妈", "您登记的心愿 #7 核实通过了，正在等人认领。"),
        ("陈大爷", "您登记的心愿 #8（已并入 #7）有新进展：核实通过。"),
    ]
    shown = await town.say("小孙", "/心愿详情 7", GROUP)
    assert shown.splitlines()[-1].startswith("并进来的 #8：3月5日 登记 → ")
    assert (await town.say("陈大爷", "/重开 8 还要")).startswith("#8 已并入 #7")


async def test_claimed_wish_is_not_merged_into_one_that_nobody_claimed(town: Town) -> None:
    for name, words in (("张大妈", "独居老人想要一把轮椅"), ("陈大爷", "对门老人要一把轮椅")):
        await town.say(name, f"/心愿 {words}")
    await town.say("王主任", "/核实 8 通过")
    await town.say("小周", "/认领 8")
    before = await town.register("wishes"), await town.register("audit")
    refused = await town.say("王主任", "/合并 8 7")
    assert refused.startswith("#8 已有人认领，#7 还没有，请反过来并：/合并 7 8")
    assert (await town.register("wishes"), await town.register("audit")) == before
    assert REFUSED not in await town.say("王主任", "/合并 7 8")
    assert await town.caused() == [
        ("张大妈", "您登记的心愿 #7 和 #8 是同一件事，已并入 #8，以后 #8 的进展也会告诉您。"),
        ("小周", "#7 和您认领的心愿 #8 是同一件事，已并进来，发“/心愿详情 8”看。"),
    ]


async def test_of_two_claimed_wishes_the_claimer_of_the_one_that_goes_is_free(town: Town) -> None:
    await town.say("小周", "/认领 2")
    await town.say("王主任", "/合并 2 3")
    assert await town.caused() == [
        ("陈大爷", "您登记的心愿 #2 和 #3 是同一件事，已并入 #3，以后 #3 的进展也会告诉您。"),
        ("小周", "您认领的心愿 #2 和 #3 是同一件事，已并入 #3，#2 不用再办了，谢谢您！"),
        ("小孙", "#2 和您认领的心愿 #3 是同一件事，已并进来，发“/心愿详情 3”看。"),
    ]


async def test_who_logged_what_was_merged_confirms_the_one_that_stays_unless_they_hold_it(town: Town) -> None:
    for name in ("张大妈", "陈大爷", "小周"):
        await town.say(name, "/心愿 独居老人想要一把轮椅")
    for no in (8, 9):
        await town.say("王主任", f"/合并 {no} 7")
    await town.say("王主任", "/核实 7 通过")
    await town.say("小周", "/认领 7")
    await town.say("小周", "/送达 7")
    assert (
        "陈大爷",
        "您登记的心愿 #8（已并入 #7）有新进展：送达。收到了请发“/点亮 7”，没收到发“/未达 7 原因”。",
    ) in await town.caused()
    assert "等我点头的（1 个）：\n1. #7" in await town.say("陈大爷", "/我的心愿")
    assert (await town.say("小周", "/点亮 7")).startswith("#7 要由登记的人")
    assert (await town.say("小许", "/点亮 7")).startswith("这里没有 #7")
    assert await town.say("陈大爷", "/未达 7 没见着") == "#7 记为没收到，已请认领的人再核对。"
    await town.say("小周", "/送达 7")
    assert "点亮了" in await town.say("陈大爷", "/点亮 7")


async def test_words_and_contact_of_what_was_merged_are_for_who_helps_and_wiped_with_the_one_that_stays(
    town: Town,
) -> None:
    await town.say("张大妈", "/心愿 独居老人想要一把轮椅")
    typed = "孙秀英奶奶想要一把轮椅，电话13812345678"
    await town.say("陈大爷", f"/心愿 {typed}")
    await town.database.run(lambda uow: uow.details.keep("wish:8", "contact", "找孙秀英"))
    await town.say("王主任", "/合并 8 7")
    await town.say("李书记", "/核实 7 通过")
    for name in ("张大妈", "小孙"):
        assert "孙秀英" not in await town.say(name, "/心愿详情 7")
    assert await looks(town, 8) == []
    by_verifier = await town.say("李书记", "/心愿详情 7")
    assert f"　内容：{typed}" in by_verifier
    assert "找孙秀英" not in by_verifier
    assert f"并进来的 #8：{typed}\n联系：找孙秀英\n" in await town.say("小周", "/认领 7")
    assert f"　内容：{typed}\n　联系：找孙秀英" in await town.say("小周", "/心愿详情 7")
    assert "孙秀英" not in await town.say("小周", "/心愿详情 7", GROUP)
    assert await looks(town, 8) == [f"member:{town.person(name).id}" for name in ("李书记", "小周", "小周")]
    await town.say("小周", "/送达 7 交给孙秀英了")
    assert (await history(town, 7))[-1] == (Move.DELIVER, "交给一位村民了")
    merged_on = town.clock.now()
    town.clock.set(f"{merged_on + timedelta(days=30):%Y-%m-%d %H:%M}")
    await jobs.wipe(town.database, town.clock, town.services)
    assert (await held(town, 8))["content"] == typed
    await town.say("张大妈", "/点亮 7")
    for days, left in ((14, True), (15, False)):
        town.clock.set(f"{merged_on + timedelta(days=30 + days):%Y-%m-%d %H:%M}")
        await jobs.wipe(town.database, town.clock, town.services)
        assert bool(await held(town, 8)) is left


async def test_what_was_merged_before_goes_on_with_the_last(town: Town) -> None:
    for name in ("张大妈", "陈大爷", "小周"):
        await town.say(name, "/心愿 独居老人想要一把轮椅")
    await town.say("王主任", "/合并 7 8")
    await town.say("王主任", "/合并 8 9")
    assert [(await wish(town, no)).merged_into for no in (7, 8, 9)] == [9, 9, None]


@pytest.mark.parametrize(
    ("who", "words", "sentence"),
    [
        ("王主任", "1 1", "两个编号要不一样"),
        ("王主任", "3 99", "这里没有 #99 这个心愿"),
        ("吴会计", "4 6", "#4 现在是“待确认”，不能合并。"),
        ("吴会计", "6 5", "#5 现在是“已点亮”，别的心愿不能并进去了。"),
    ],
)
async def test_merge_that_cannot_be_is_refused_and_changes_nothing(
    town: Town, who: str, words: str, sentence: str
) -> None:
    before = (await town.register("wishes"), await town.register("audit"))
    assert (await town.say(who, f"/合并 {words}")).startswith(sentence)
    assert (await town.register("wishes"), await town.register("audit")) == before


async def test_coordinator_of_one_place_cannot_merge_into_anothers(town: Town) -> None:
    await town.say("王主任", "/合并 1 6")
    await town.say("吴会计", "/合并 6 1")
    assert [(await wish(town, no)).merged_into for no in (1, 6)] == [None, None]


async def test_two_merges_of_one_pair_at_once_leave_one_of_them(town: Town) -> None:
    for name in ("张大妈", "陈大爷"):
        await town.say(name, "/心愿 独居老人想要一把轮椅")
    await asyncio.gather(town.say("王主任", "/合并 7 8"), town.say("赵干事", "/合并 8 7"))
    ended = [(await wish(town, no)).status.value for no in (7, 8)]
    assert sorted(ended) == ["pending", "withdrawn"]


async def test_childs_wish_without_consent_does_not_go_into_one_that_needs_none(town: Town) -> None:
    await town.say("陈大爷", "/心愿 留守儿童王小明想要一个书包")
    await town.say("张大妈", "/心愿 想要一个书包")
    before = await town.register("wishes"), await town.register("audit")
    sentence = (
        "#7 是 14 岁以下孩子的心愿，还缺监护人同意，不能并入 #{into}：请儿童主任先问过监护人，"
        "私聊发“/监护同意 7 谁同意的”。"
    )
    for into in (2, 3, 8):
        assert (await town.say("王主任", f"/合并 7 {into}")).startswith(sentence.format(into=into))
    assert (await town.register("wishes"), await town.register("audit")) == before
    await town.say("宋儿童", "/监护同意 7 奶奶同意")
    assert (await town.say("王主任", "/合并 7 2")).startswith("#7 已并入 #2")


async def test_what_goes_into_a_childs_wish_waits_for_its_guardian_too(town: Town) -> None:
    await town.say("张大妈", "/心愿 想要一个书包")
    await town.say("陈大爷", "/心愿 留守儿童王小明想要一个书包")
    await town.say("李书记", "/核实 7 通过")
    assert (await town.say("王主任", "/合并 7 8")).startswith("#7 已并入 #8")
    assert (await town.say("李书记", "/核实 8 通过")).startswith("#8 是 14 岁以下孩子的心愿，还缺监护人同意")
    assert (await town.say("小周", "/认领 7")).startswith("这里没有 #7")
    await town.say("宋儿童", "/监护同意 8 奶奶同意")
    assert await town.say("李书记", "/核实 8 通过") == "#8 核实通过，现在可以认领了。"


async def test_two_wishes_of_one_child_wait_for_the_guardian_as_one_whatever_is_said_later(
    town: Town,
) -> None:
    for name in ("陈大爷", "张大妈"):
        await town.say(name, "/心愿 留守儿童王小明想要一个书包")
    assert (await town.say("王主任", "/合并 8 7")).startswith("#8 已并入 #7")
    await town.say("王主任", "/核实 7 退回 写清大小")
    await town.say("陈大爷", "/心愿修改 7 70岁老人想要一个书包")
    assert (await town.say("王主任", "/核实 7 通过")).startswith("#7 是 14 岁以下孩子的心愿，还缺监护人同意")
    await town.say("宋儿童", "/监护同意 7 奶奶同意")
    assert await town.say("王主任", "/核实 7 通过") == "#7 核实通过，现在可以认领了。"


async def test_consent_recorded_while_two_are_merged_does_not_let_the_other_through(town: Town) -> None:
    """Both are a child's and wait; before the merge is written, the one that stays got its consent and was verified."""
    for name in ("陈大爷", "张大妈"):
        await town.say(name, "/心愿 留守儿童想要一个书包")
    seen = await wish(town, 7)
    await town.say("宋儿童", "/监护同意 7 奶奶同意")

    def absorb(uow: UnitOfWork) -> None:
        uow.wishes.move(7, Move.ABSORB, by=None, as_seen=seen)

    with pytest.raises(AlreadyMoved):
        await town.database.run(absorb)


async def test_a_remark_names_no_child_that_was_merged_into_an_adults_wish(town: Town) -> None:
    await town.say("陈大爷", "/心愿 留守儿童王小明想要一个书包")
    await town.say("宋儿童", "/监护同意 7 奶奶同意")
    await town.say("王主任", "/合并 7 2")
    await town.say("小周", "/认领 2")
    await town.say("小周", "/送达 2 交给王小明了")
    assert (await history(town, 2))[-1] == (Move.DELIVER, "交给孩子了")


@pytest.mark.parametrize("words", ["15岁", "满14岁", "已满18周岁"])
async def test_an_age_does_not_let_out_the_child_whose_wish_was_merged_into_it(
    town: Town, words: str
) -> None:
    await town.say("小周", "/心愿 8岁的孩子想要一个书包")
    await town.say("小周", "/心愿 10岁的孩子想要一个书包")
    assert REFUSED not in await town.say("王主任", "/合并 7 8")
    before = await town.register("wishes"), await town.register("audit"), await history(town, 8)
    answer = await town.say("宋儿童", f"/监护同意 8 {words}")
    assert answer.startswith("#8 里并进了 #7，也是 14 岁以下孩子的心愿，还要问那边的监护人")
    assert (await town.register("wishes"), await town.register("audit"), await history(town, 8)) == before
    assert (await town.say("王主任", "/核实 8 通过")).startswith("#8 是 14 岁以下孩子的心愿，还缺监护人同意")
    await town.say("宋儿童", "/监护同意 8 两家的奶奶都同意")
    assert await town.say("王主任", "/核实 8 通过") == "#8 核实通过，现在可以认领了。"
