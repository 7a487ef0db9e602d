"""The life of a wish beyond its straight way: children, merging, teams, handing on, promises, wiping, reopening."""

import asyncio
from datetime import date, timedelta

import pytest

from bot.chat.reply import Reply
from handlers.wishes import jobs
from storage.members import Grant, Role
from storage.teams import Seat
from storage.uow import UnitOfWork
from storage.wishes import AgeBand, Consent, Kind, Move, Urgency, Wish
from tests.handlers.town import GROUP, Town

REFUSED = "\n用法："


async def wish(town: Town, no: int) -> Wish:
    return await town.database.read(lambda uow: uow.wishes.get(no))


async def history(town: Town, no: int) -> list[tuple[Move, str]]:
    events = await town.database.read(lambda uow: uow.wishes.history(no))
    return [(event.move, event.note) for event in events]


async def held(town: Town, no: int) -> dict[str, str]:
    """What is sealed with a wish."""
    return await town.database.read(lambda uow: uow.details.read(f"wish:{no}", by="test", own=True))


async def looks(town: Town, no: int) -> list[str]:
    rows = await town.register("looks")
    return [row["actor"] for row in rows if (row["action"], row["subject"]) == ("look", f"wish:{no}")]


async def told(town: Town) -> list[tuple[str, str]]:
    """(to, text) of everything that no message caused."""

    def read(uow: UnitOfWork) -> list[tuple[str, str]]:
        return [
            (uow.members.get(row.to.member_id or 0).name, Reply.from_json(row.body).plain())
            for row in uow.outbox.caused_by("", "")
        ]

    return await town.database.read(read)


async def form_team(town: Town, *names: str, place: str = "永续社区") -> int:
    def form(uow: UnitOfWork) -> int:
        team = uow.teams.add("3", name="暖心队", place_id=uow.places.named(place).id)
        for name in names:
            uow.teams.seat(team.id, Seat(uow.members.named(name)[0].id))
        return team.id

    return await town.database.run(form)


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
    public = "孙某奶奶〔号码已隐去〕想要一床被子"
    assert (await wish(town, 7)).content == public
    returned = (await history(town, 7))[-1]
    assert returned == (Move.RETURN, "请问清孙某奶奶的尺寸，电话〔号码已隐去〕")
    sealed = await held(town, 7)
    assert sorted(sealed.values()) == sorted([typed, "请问清孙秀英奶奶的尺寸，电话13900001111"])
    assert sealed["content"] == typed
    assert "说明：请问清孙秀英奶奶的尺寸，电话13900001111" in await town.say("张大妈", "/心愿详情 7")
    await town.say("张大妈", "/心愿修改 7 想要一床两米的被子")
    assert "content" not in await held(town, 7)


async def test_childs_wish_waits_for_its_guardian(town: Town) -> None:
    await town.say("小周", "/心愿 留守儿童王小明，9岁，想要一个书包", GROUP)
    logged = await wish(town, 7)
    assert logged.content == "留守儿童，14岁以下，想要一个书包"
    assert (logged.age_band, logged.consent) == (AgeBand.CHILD, Consent.NEEDED)
    assert [to for to, _ in await town.caused()] == ["小周", "宋儿童"]
    before = await town.register("audit")
    refused = await town.say("王主任", "/核实 7 通过")
    assert refused.startswith("#7 是 14 岁以下孩子的心愿，还缺监护人同意")
    assert await town.register("audit") == before
    assert REFUSED in await town.say("唐儿童", "/监护同意 7 奶奶同意")
    assert await town.say("宋儿童", "/监护同意 7 奶奶孙秀英同意") == "#7 已记下监护人同意，可以核实了。"
    assert await history(town, 7) == [(Move.LOG, ""), (Move.CONSENT, "")]
    assert "奶奶孙秀英同意" in (await held(town, 7)).values()
    (row,) = [row for row in await town.register("audit") if row["action"] == "consent"][1:]
    assert (row["actor"], row["subject"], row["before"], row["after"]) == (
        f"member:{town.person('宋儿童').id}", "wish:7", "pending", "pending",
    )  # fmt: skip
    assert REFUSED not in await town.say("王主任", "/核实 7 通过")
    for where in ("/心愿单", "/心愿详情 7", "/认领 7"):
        answer = await town.say("小孙", where, GROUP)
        assert "#7" in answer
        assert not any(word in answer for word in ("王", "小明", "，9岁"))


async def test_child_officer_sees_what_waits_for_a_guardian_until_it_is_recorded(town: Town) -> None:
    assert await town.say("宋儿童", "/监护同意") == "没有等监护人同意的心愿。"
    await town.say("小周", "/心愿 留守儿童王小明，9岁，想要一个书包")
    assert "要问监护人的孩子心愿有 1 个，发“/监护同意”查看。" in await town.say("宋儿童", "/我")
    asked = await town.say("宋儿童", "/监护同意")
    assert asked.splitlines()[:2] == [
        "要先问监护人的心愿（共 1 个）：",
        "1. #7 清荷7（永续社区，14岁以下，物品）：留守儿童，14岁以下，想要一个书包",
    ]
    assert "#7" not in await town.say("唐儿童", "/监护同意")
    assert "#7 清荷7（永续社区，14岁以下，物品）" in await town.say("王主任", "/核实")
    assert "〔还缺监护人同意〕" in await town.say("王主任", "/核实")
    assert (await town.say("宋儿童", "/监护同意 7")).startswith("是谁同意的？")
    assert await town.say("宋儿童", "奶奶当面同意") == "#7 已记下监护人同意，可以核实了。"
    assert await town.say("宋儿童", "/监护同意") == "没有等监护人同意的心愿。"
    assert "监护" not in await town.say("宋儿童", "/我")
    assert "〔还缺监护人同意〕" not in await town.say("王主任", "/核实")


async def test_of_a_childs_wish_without_a_place_the_coordinators_are_told(town: Town) -> None:
    town.database.run_now(lambda uow: uow.members.add("路人"))
    await town.say("路人", "/心愿 留守儿童想要一个书包")
    told_of = [(to, text) for to, text in await town.caused() if "儿童主任" in text]
    assert [to for to, _ in told_of] == ["王主任", "赵干事", "吴会计", "郑主任"]
    first, _, then = told_of[0][1].partition("\n")
    assert first == "有人登记了一个 14 岁以下孩子的心愿 #7，没填是哪个村（社区）：留守儿童想要一个书包"
    assert "请联系孩子所在村（社区）的儿童主任" in then
    assert "没有等监护人同意" in await town.say("宋儿童", "/监护同意")
    assert REFUSED not in await town.say("宋儿童", "/监护同意 7 奶奶同意")


async def test_childs_wish_stays_a_childs_when_it_is_amended(town: Town) -> None:
    await town.say("小周", "/心愿 小学生想要一套课外书")
    await town.say("宋儿童", "/监护同意 7 爷爷同意")
    await town.say("王主任", "/核实 7 退回 要哪几本")
    await town.say("小周", "/心愿修改 7 想要一套《十万个为什么》")
    amended = await wish(town, 7)
    assert (amended.age_band, amended.consent) == (AgeBand.CHILD, Consent.GIVEN)


@pytest.mark.parametrize(
    ("words", "band", "sentence"),
    [
        ("满14岁", AgeBand.YOUTH, "#7 改记为14至17岁，不用监护人同意，可以核实了。"),
        ("其实满十八岁，看过户口本", AgeBand.ADULT, "#7 改记为成年人，不用监护人同意，可以核实了。"),
    ],
)
async def test_who_turns_out_to_be_fourteen_needs_no_guardian_and_the_history_says_so(
    town: Town, words: str, band: AgeBand, sentence: str
) -> None:
    await town.say("小周", "/心愿 想给孩子王小明要一本字典")
    assert (await wish(town, 7)).consent is Consent.NEEDED
    assert await town.say("宋儿童", f"/监护同意 7 {words}") == sentence
    grown = await wish(town, 7)
    assert (grown.age_band, grown.consent) == (band, Consent.NOT_NEEDED)
    assert await history(town, 7) == [(Move.LOG, ""), (Move.GROWN, "")]
    rows = [row["action"] for row in await town.register("audit") if row["subject"] == "wish:7"]
    assert rows == ["log", "grown"]
    assert words in (await held(town, 7)).values()
    assert await town.caused() == []
    assert await town.say("王主任", "/核实 7 通过") == "#7 核实通过，现在可以认领了。"
    shown = await town.say("小孙", "/心愿详情 7", GROUP)
    assert "核对年龄，已满14岁" in shown
    assert "监护人同意" not in shown
    assert "小明" not in shown


@pytest.mark.parametrize("words", ["不满14岁", "13岁", "还没满十四岁"])
async def test_an_age_below_fourteen_is_no_consent(town: Town, words: str) -> None:
    await town.say("小周", "/心愿 想给孩子要一本字典")
    before = await town.register("wishes"), await town.register("audit")
    answer = await town.say("宋儿童", f"/监护同意 7 {words}")
    assert answer.startswith("#7 没满 14 岁，要监护人同意：请写是谁同意的。")
    assert (await town.register("wishes"), await town.register("audit")) == before


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
    hidden = "买不到合适的，问李某〔号码已隐去〕"
    assert await town.caused() == [("陈大爷", f"您登记的心愿 #2 认领的人办不了（{hidden}），重新等人认领。")]
    assert "#2 已撤回" in await town.say("王主任", "/撤回 2 家里已经买了，电话13812345678")
    hidden = "家里已经买了，电话〔号码已隐去〕"
    assert await town.caused() == [("陈大爷", f"您登记的心愿 #2 已由村（社区）干部撤回：{hidden}。")]
    assert (await history(town, 2))[-1] == (Move.WITHDRAW, hidden)
    assert await town.say("张大妈", "/撤回 1") == "#1 已撤回。"


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
    assert (await history(town, 7))[-1] == (Move.DELIVER, "交给孙某了")
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


async def test_wish_claimed_for_a_team_is_the_whole_teams(town: Town) -> None:
    await form_team(town, "小周", "小孙", "李书记")
    answer = await town.say("小周", "/认领 2 暖心队", GROUP)
    assert "由您认领" in answer
    mates = [(to, text) for to, text in await town.caused() if "你们队" in text]
    assert [to for to, _ in mates] == ["李书记", "小孙"]
    assert mates[0][1].startswith("小周替你们队认领了心愿 #2：暖阳2（永续社区，60至79岁，物品）：想给腿脚")
    assert (await town.say("小孙", "/认领 2")).startswith("#2 已经由您认领")
    assert (await town.say("小钱", "/送达 2")).startswith("#2 不是您认领的")
    assert await town.say("小孙", "/放弃 2 太忙") == "#2 已放弃，重新等人认领。"
    assert ("小周", "您认领的心愿 #2，队友已放弃，重新等人认领。") in await town.caused()
    assert (await wish(town, 2)).team_id is None
    await town.say("小周", "/认领 2 3")
    assert REFUSED not in await town.say("小孙", "/送达 2")
    assert (await town.say("李书记", "/点亮 2")).startswith("#2 要由登记的人或村（社区）干部来确认")
    assert REFUSED not in await town.say("陈大爷", "/点亮 2")
    (row,) = [row for row in await town.register("wishes") if row["no"] == 2]
    assert (row["claimed_by"], row["team"]) == ("小周", "暖心队")


@pytest.mark.parametrize(
    ("who", "team", "sentence"),
    [
        ("小周", "没有队", "没有叫“没有队”的队伍；自己认领不用写队伍。"),
        ("小钱", "暖心队", "您不是“暖心队”的队员，不能替它认领。"),
    ],
)
async def test_team_that_is_not_ones_own_cannot_be_named(
    town: Town, who: str, team: str, sentence: str
) -> None:
    await form_team(town, "小周")
    assert (await town.say(who, f"/认领 2 {team}")).startswith(sentence)


async def test_team_of_elsewhere_cannot_claim_here(town: Town) -> None:
    await form_team(town, "小周", place="和美村")
    assert (await town.say("小周", "/认领 2 暖心队")).startswith("“暖心队”不在 #2 所在的地方")


async def test_wish_handed_over_is_the_receivers_with_its_details(town: Town) -> None:
    await town.say("张大妈", "/心愿 孙秀英奶奶 13812345678 想要一床被子")
    await town.say("王主任", "/核实 7 通过")
    await town.say("小周", "/认领 7")
    answer = await town.say("小周", "/转交 7 小孙", GROUP)
    assert answer == "#7 已转交，详细内容已私下发给接手的人。"
    assert await town.caused() == [
        ("张大妈", "您登记的心愿 #7 换了一位热心人来办。"),
        (
            "小孙",
            "心愿 #7，认领的人转给您来办：\n内容：孙秀英奶奶 13812345678 想要一床被子\n地点：永续社区\n登记人：张大妈\n"
            "以上只给您一人，请勿转发。"
            "说好哪天送到发“/约定 7 几月几日”，送到后发“/送达 7”，办不了发“/放弃 7 原因”；"
            "愿意点亮时说出您的名字发“/署名 7”。",
        ),
    ]
    assert await looks(town, 7) == [f"member:{town.person(name).id}" for name in ("小周", "小孙")]
    assert (await town.say("小周", "/送达 7")).startswith("#7 不是您认领的")
    assert REFUSED not in await town.say("小孙", "/送达 7")


@pytest.mark.parametrize(
    ("whom", "sentence"),
    [
        ("小周", "#2 本来就由小周在办。"),
        ("没这人", "没有找到“没这人”"),
        ("张大妈", "“张大妈”不是永续社区的志愿者、网格员、书记或干部"),
        ("小许", "“小许”不是永续社区的志愿者、网格员、书记或干部"),
        ("小丁", "有几位都叫“小丁”，请写成“小丁@村（社区）”。"),
        ("小钱", "小钱手里已有 5 个心愿没送达，请换一位。"),
    ],
)
async def test_wish_is_handed_only_to_one_who_may_claim_it(town: Town, whom: str, sentence: str) -> None:
    def enlist(uow: UnitOfWork) -> None:
        here, town_above = uow.places.named("永续社区"), uow.places.named("清河镇")
        for place in (here, town_above):
            uow.members.add("小丁", place_id=place.id, grants=[Grant(Role.VOLUNTEER, place.id)])
        busy, logger = town.person("小钱").id, town.person("张大妈").id
        for _ in range(5):
            no = uow.wishes.log(
                "面", by=logger, place_id=here.id, group_id=None, expires_on=date(2026, 6, 3)
            ).no
            uow.wishes.move(no, Move.VERIFY, by=None)
            uow.wishes.move(no, Move.CLAIM, by=busy)

    await town.database.run(enlist)
    await town.say("小周", "/认领 2")
    before = await town.register("wishes")
    assert (await town.say("小周", f"/转交 2 {whom}")).startswith(sentence)
    assert await town.register("wishes") == before
    assert REFUSED not in await town.say("小周", "/转交 2 小丁@清河镇")


async def test_coordinator_gives_an_open_or_a_claimed_wish_to_somebody(town: Town) -> None:
    assert await town.say("王主任", "/改派 2 小周") == "#2 已改派，详细内容已私下发给接手的人。"
    assert [to for to, _ in await town.caused()] == ["陈大爷", "小周"]
    await town.say("赵干事", "/改派 2 小孙", GROUP)
    assert [to for to, _ in await town.caused()] == ["陈大爷", "小周", "小孙"]
    assert (await town.caused())[1][1].startswith("您认领的心愿 #2 已由村（社区）干部改派给别人")
    audit = [row for row in await town.register("audit") if row["action"] == "reassign"]
    assert [(row["before"], row["after"]) for row in audit] == [("open", "claimed"), ("claimed", "claimed")]
    before = await town.register("wishes")
    assert REFUSED in await town.say("吴会计", "/改派 2 小钱")
    assert await town.register("wishes") == before


async def test_promised_day_is_told_and_kept(town: Town) -> None:
    await town.say("小周", "/认领 2")
    assert await town.say("小周", "/约定 2 3月20日") == "#2 约定 3月20日送到，已告诉登记的人。"
    assert await town.caused() == [("陈大爷", "您登记的心愿 #2，认领的人约定 3月20日送到。")]
    assert (await wish(town, 2)).promised_on == date(2026, 3, 20)
    for words in ("过两天", "2026-03-04", "2026-12-31"):
        assert REFUSED in await town.say("小周", f"/约定 2 {words}")
    await town.say("小周", "/放弃 2")
    assert (await wish(town, 2)).promised_on is None


async def test_promised_day_may_be_tomorrow(town: Town) -> None:
    await town.say("小周", "/认领 2")
    assert await town.say("小周", "/约定 2 明天") == "#2 约定 3月6日送到，已告诉登记的人。"
    assert (await wish(town, 2)).promised_on == date(2026, 3, 6)


async def test_name_that_the_wish_tells_is_hidden_in_a_note_too(town: Town) -> None:
    await town.say("张大妈", "/心愿 独居老人王秀英，想有人陪着聊聊天")
    await town.say("王主任", "/核实 7 通过")
    await town.say("小周", "/认领 7")
    await town.say("小周", "/送达 7 下午陪王秀英聊了一个钟头")
    assert (await history(town, 7))[-1] == (Move.DELIVER, "下午陪王某聊了一个钟头")
    assert (await wish(town, 7)).note == "下午陪王某聊了一个钟头"
    assert "下午陪王秀英聊了一个钟头" in (await held(town, 7)).values()


async def test_claimer_is_reminded_once_and_then_the_wish_is_back(town: Town) -> None:
    """Claimed on Thursday 5 March 2026: the seventh working day is the 16th, the fourteenth the 25th."""
    await town.say("小周", "/认领 2")
    said: dict[str, list[tuple[str, str]]] = {}
    for day in range(6, 27):
        town.clock.set(f"2026-03-{day:02} 10:00")
        before = await told(town)
        for _ in range(2):
            await jobs.look_after(town.database, town.clock, town.services)
        if new := (await told(town))[len(before) :]:
            said[f"{town.clock.now():%m-%d}"] = [line for line in new if "#2" in line[1]]
    assert {day: lines for day, lines in said.items() if lines} == {
        "03-16": [
            (
                "小周",
                "您认领的心愿 #2 认领有些日子了。送到了发“/送达 2”；要晚几天发“/约定 2 几月几日”；"
                "办不了发“/放弃 2”，好让别人来办。",
            )
        ],
        "03-25": [
            ("陈大爷", "您登记的心愿 #2 认领的人一直没送到，重新等人认领。"),
            ("小周", "您认领的心愿 #2 一直没送到，已放回心愿单，谢谢您的心意。"),
        ],
    }
    assert (await wish(town, 2)).status.value == "open"
    (row,) = [
        row for row in await town.register("audit") if row["action"] == "lapse" and row["subject"] == "wish:2"
    ]
    assert (row["actor"], row["before"], row["after"]) == ("system", "claimed", "open")


@pytest.mark.parametrize("moment", ["2026-03-28 10:00", "2026-03-30 08:59", "2026-03-30 18:00"])
async def test_nobody_is_reminded_on_days_off_or_out_of_hours(town: Town, moment: str) -> None:
    await town.say("小周", "/认领 2")
    town.clock.set(moment)
    await jobs.look_after(town.database, town.clock, town.services)
    assert await told(town) == []


async def test_after_a_long_silence_of_the_bot_the_claimer_still_has_a_day_to_answer(town: Town) -> None:
    await town.say("小周", "/认领 2")
    for day, status in (("2026-04-20", "claimed"), ("2026-04-21", "open")):
        town.clock.set(f"{day} 09:30")
        await jobs.look_after(town.database, town.clock, town.services)
        assert (await wish(town, 2)).status.value == status


async def test_wish_not_received_starts_anew_for_its_claimer(town: Town) -> None:
    await town.say("小周", "/认领 2")
    await town.say("小周", "/送达 2")
    town.clock.set("2026-04-20 09:00")
    await town.say("陈大爷", "/未达 2 没见着")
    await jobs.look_after(town.database, town.clock, town.services)
    assert [line for line in await told(town) if "#2" in line[1]] == []


async def test_claimer_is_named_in_thanks_only_if_they_said_so(town: Town) -> None:
    await town.say("小周", "/认领 2")
    assert (await town.say("小孙", "/署名 2")).startswith("#2 不是您认领的")
    assert await town.say("小周", "/署名 2") == "好的，#2 点亮时会说您的名字。"
    await town.say("小周", "/送达 2")
    assert await town.say("王主任", "/点亮 2", GROUP) == "#2 点亮了，心愿达成，感谢小周，谢谢大家！"
    assert ("陈大爷", "您登记的心愿 #2 点亮了，感谢小周。") in await town.caused()
    await town.say("小孙", "/送达 3")
    assert await town.say("王主任", "/点亮 3", GROUP) == "#3 点亮了，心愿达成，感谢一位热心人，谢谢大家！"


async def test_consent_to_be_named_can_be_taken_back(town: Town) -> None:
    await town.say("小周", "/认领 2")
    await town.say("小周", "/署名 2")
    assert (await town.say("小孙", "/署名 2 不")).startswith("#2 不是您认领的")
    assert await town.say("小周", "/署名 2 不") == "好的，#2 点亮时不说您的名字，只说一位热心人。"
    moves = [move for move, _ in await history(town, 2)]
    assert moves[-3:] == [Move.CLAIM, Move.CREDIT, Move.UNCREDIT]
    await town.say("小周", "/送达 2")
    assert "一位热心人" in await town.say("王主任", "/点亮 2")


async def test_consent_to_be_named_ends_with_the_claim(town: Town) -> None:
    await town.say("小周", "/认领 2")
    await town.say("小周", "/署名 2")
    await town.say("小周", "/转交 2 小孙")
    await town.say("小孙", "/送达 2")
    assert "一位热心人" in await town.say("陈大爷", "/点亮 2")


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
    assert "内容：孙某奶奶〔号码已隐去〕想要一床被子" in shown
    assert "已重开" in await town.say("张大妈", "/重开 7 还是想要")
