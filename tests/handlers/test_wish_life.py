"""The life of a wish beyond its straight way: its words, its end, and how it is opened again."""

from datetime import date, timedelta

from handlers.wishes import jobs
from storage.wishes import AgeBand, Kind, Move, Urgency
from tests.handlers.town import GROUP, Town
from tests.handlers.wish_records import REFUSED, held, history, told, wish


async def test_what_the_words_say_plainly_is_known_and_never_asked(town: Town) -> None:
    answer = await town.say("张大妈", "/心愿 急！78岁老人想要一把轮椅，3月20日前")
    assert answer == "已登记心愿 #7，等待核实。\n记为：物品，60至79岁，急，3月20日前要。"
    logged = await wish(town, 7)
    assert (logged.kind, logged.age_band, logged.urgency) == (Kind.GOODS, AgeBand.ELDER, Urgency.URGENT)
    assert (logged.wanted_by, logged.expires_on) == (date(2026, 3, 20), date(2026, 3, 20))
    assert await town.say("张大妈", "/心愿 请多关照") == "已登记心愿 #8，等待核实。"


async def test_register_holds_public_words_and_the_typed_ones_are_sealed(town: Town) -> None:
    typed = "孙秀英奶奶 13812345678 想要一床被子"
    await town.say("张大妈", f"/心愿 {typed}")
    await town.say("王主任", "/核实 7 退回 请问清孙秀英奶奶的尺寸，电话13900001111")
    public = "一位奶奶〔号码已隐去〕想要一床被子"
    assert (await wish(town, 7)).content == public
    returned = (await history(town, 7))[-1]
    assert returned == (Move.RETURN, "请问清一位奶奶的尺寸，电话〔号码已隐去〕")
    sealed = await held(town, 7)
    assert sorted(sealed.values()) == sorted([typed, "请问清孙秀英奶奶的尺寸，电话13900001111"])
    assert sealed["content"] == typed
    assert "说明：请问清孙秀英奶奶的尺寸，电话13900001111" in await town.say("张大妈", "/心愿详情 7")
    await town.say("张大妈", "/心愿修改 7 想要一床两米的被子")
    assert "content" not in await held(town, 7)


async def test_words_nobody_has_verified_are_not_said_in_a_group(town: Town) -> None:
    await town.say("张大妈", "/心愿 独居老人想要一把轮椅，急")
    await town.say("王主任", "/核实 1 退回 写清楚")
    in_group = await town.say("王主任", "/核实", GROUP)
    assert in_group.splitlines()[:3] == [
        "等您核实的心愿（共 1 个）：",
        "1. #7 清荷7（物品，60至79岁，急）",
        "还没核实的内容不在群里念，私聊发“/核实”看内容。",
    ]
    for words in ("/核实 7", "/心愿详情 7", "/心愿单 待核实", "/心愿单 退回", "/心愿详情 1"):
        answer = await town.say("王主任", words, GROUP)
        assert "清荷7" in answer or "春芽1" in answer
        assert not any(word in answer for word in ("轮椅", "收音机"))
    assert "内容：独居老人想要一把轮椅，急" in await town.say("王主任", "/心愿详情 7")
    assert "独居老人想要一把轮椅，急" in await town.say("王主任", "/核实")


async def test_reason_of_withdrawing_or_giving_up_is_told_in_public_words(town: Town) -> None:
    await town.say("小周", "/认领 2")
    await town.say("小周", "/放弃 2 买不到合适的，问李小燕13812345678")
    hidden = "买不到合适的，问一位村民〔号码已隐去〕"
    assert await town.caused() == [("陈大爷", f"您登记的心愿 #2 认领的人办不了（{hidden}），重新等人认领。")]
    assert "#2 已撤回" in await town.say("王主任", "/撤回 2 家里已经买了，电话13812345678")
    hidden = "家里已经买了，电话〔号码已隐去〕"
    assert await town.caused() == [("陈大爷", f"您登记的心愿 #2 已由村（社区）干部撤回：{hidden}。")]
    assert (await history(town, 2))[-1] == (Move.WITHDRAW, hidden)
    assert await town.say("张大妈", "/撤回 1") == "#1 已撤回。"


async def test_name_that_the_wish_tells_is_hidden_in_a_note_too(town: Town) -> None:
    await town.say("张大妈", "/心愿 独居老人王秀英，想有人陪着聊聊天")
    await town.say("王主任", "/核实 7 通过")
    await town.say("小周", "/认领 7")
    await town.say("小周", "/送达 7 下午陪王秀英聊了一个钟头")
    assert (await history(town, 7))[-1] == (Move.DELIVER, "下午陪一位村民聊了一个钟头")
    assert (await wish(town, 7)).note == "下午陪一位村民聊了一个钟头"
    assert "下午陪王秀英聊了一个钟头" in (await held(town, 7)).values()


async def test_wish_past_the_day_it_was_wanted_by_expires(town: Town) -> None:
    await town.say("张大妈", "/心愿 想要一盏灯笼，3月8日前")
    await town.say("王主任", "/核实 7 通过")
    for day, status in (("2026-03-08", "open"), ("2026-03-09", "expired")):
        town.clock.set(f"{day} 09:00")
        await jobs.expire(town.database, town.clock, town.services)
        assert (await wish(town, 7)).status.value == status
    assert "已重开" in await town.say("张大妈", "/重开 7 过了节也想要")
    reopened = await wish(town, 7)
    assert (reopened.status.value, reopened.wanted_by) == ("pending", None)
    assert reopened.expires_on == date(2026, 3, 9) + timedelta(days=90)


async def test_expired_wishes_are_told_by_day(town: Town) -> None:
    town.clock.set("2026-06-10 03:00")
    await jobs.expire(town.database, town.clock, town.services)
    assert await told(town) == []


async def test_fulfilled_wish_reopened_waits_for_a_claimer_and_keeps_its_history(town: Town) -> None:
    before = await history(town, 5)
    assert (await town.say("朱大叔", "/重开 5 还没学会")) == "#5 已重开，现在是“待认领”。"
    assert await town.caused() == [("小何", "您办过的心愿 #5 又打开了：还没学会。")]
    opened = await wish(town, 5)
    assert (opened.claimed_by, opened.fulfilled_at, opened.closed_at) == (None, None, None)
    assert await history(town, 5) == [*before, (Move.REOPEN, "还没学会")]
    assert REFUSED in await town.say("小许", "/重开 6 再来一个")


async def test_details_and_notes_are_wiped_a_fortnight_after_a_wish_ended(town: Town) -> None:
    await town.say("张大妈", "/心愿 孙秀英奶奶 13812345678 想要一床被子")
    await town.say("王主任", "/核实 7 退回 问清孙秀英要多长的")
    ended = town.clock.now()
    await town.say("张大妈", "/撤回 7")
    for days, left in ((14, True), (15, False)):
        town.clock.set(f"{ended + timedelta(days=days):%Y-%m-%d %H:%M}")
        for _ in range(2):
            await jobs.wipe(town.database, town.clock, town.services)
        assert bool(await held(town, 7)) is left
        assert bool((await wish(town, 7)).note) is left
    assert await history(town, 7) == [(Move.LOG, ""), (Move.RETURN, ""), (Move.WITHDRAW, "")]
    shown = await town.say("张大妈", "/心愿详情 7")
    assert "内容：一位奶奶〔号码已隐去〕想要一床被子" in shown
    assert "已重开" in await town.say("张大妈", "/重开 7 还是想要")
