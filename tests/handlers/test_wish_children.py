"""A child's wish: its guardian is asked first, and nobody learns whose it is."""

import pytest

from storage.wishes import AgeBand, Consent, Move
from tests.handlers.town import GROUP, Town
from tests.handlers.wish_records import REFUSED, held, history, wish


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


async def test_who_logged_it_reads_that_the_guardian_is_asked_first(town: Town) -> None:
    await town.say("小周", "/心愿 留守儿童想要一个书包")
    assert (
        "　→ 等儿童主任问过监护人，再由村（社区）干部核实"
        in (await town.say("小周", "/我的心愿")).splitlines()
    )
    await town.say("宋儿童", "/监护同意 7 奶奶当面同意")
    assert "　→ 等村（社区）干部核实" in (await town.say("小周", "/我的心愿")).splitlines()
