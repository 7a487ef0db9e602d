"""A wish asked for step by step: no question too many, nothing logged without the last yes, nothing twice."""

import asyncio
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.chat import phrases as engine
from handlers.policy.library import Library
from handlers.wishes.asking import answers
from handlers.wishes.asking.answers import read_when, when
from handlers.wishes.asking.phrases import NotADay
from storage.members import Member
from storage.uow import UnitOfWork
from storage.wishes import AgeBand, Consent, Kind, Urgency, Wish
from tests.handlers.town import GROUP, Town

RADIO = "独居老人想要一台收音机"


def question(answer: str) -> str:
    """What was asked last, without its choices."""
    return next(line for line in answer.rsplit("\n\n", maxsplit=1)[-1].splitlines())


async def talk(town: Town, name: str, *texts: str) -> list[str]:
    return [question(await town.say(name, text)) for text in texts]


async def newest(town: Town) -> Wish:
    return await town.database.read(lambda uow: max(uow.wishes.all(), key=lambda wish: wish.no))


async def count(town: Town) -> int:
    return len(await town.register("wishes"))


async def stranger(town: Town) -> Member:
    return await town.database.run(lambda uow: uow.members.add("过路人"))


SURE = "这样登记，行吗？"
WHAT = "想要什么？一句话说给我，比如：独居老人想要一台收音机。"
WHOM = "给谁的？也可以直接写多少岁。"
KIND = "要的是哪一样？"
WHERE = "在哪个村（社区）？也可以写村名。"
WHEN = "什么时候要？可以写日期，如3月20日。"
CONTACT = "联系谁、电话多少？只给认领的人看。"


async def test_sentence_with_a_number_is_not_asked_how_to_reach_them(town: Town) -> None:
    assert await talk(town, "张大妈", "/心愿", f"{RADIO}，电话13812345678", "登记") == [
        WHAT,
        SURE,
        "已登记心愿 #7，等待核实。",
    ]
    await town.say("王主任", "/核实 7 通过")
    assert "13812345678" not in str(await town.register("wishes"))
    assert "13812345678" in await town.say("小周", "/认领 7")


async def test_one_sentence_that_says_it_all_is_asked_how_to_reach_them_alone_and_read_back(
    town: Town,
) -> None:
    assert await talk(town, "张大妈", "/心愿", RADIO) == [WHAT, CONTACT]
    assert await town.say("张大妈", "跳过") == (
        f"要什么：{RADIO}\n给谁：60至79岁\n哪一样：物品\n在哪：永续社区\n什么时候要：不急\n联系方式：没留\n\n"
        f"{SURE}\n1. 登记\n2. 改\n3. 取消\n（回数字就行）"
    )
    assert await count(town) == 6
    assert (await town.say("张大妈", "1")).startswith("已登记心愿 #7，等待核实。")
    wish = await newest(town)
    assert (wish.content, wish.kind, wish.age_band, wish.place, wish.urgency) == (
        RADIO,
        Kind.GOODS,
        AgeBand.ELDER,
        "永续社区",
        Urgency.NORMAL,
    )


async def test_who_has_no_place_is_asked_where(town: Town) -> None:
    await stranger(town)
    assert await talk(town, "过路人", "/心愿", RADIO) == [WHAT, WHERE]
    assert (await town.say("过路人", "上一步")).startswith(WHAT)
    assert await talk(town, "过路人", f"和美村的{RADIO}", "跳过") == [CONTACT, SURE]
    assert (await town.say("过路人", "登记")).startswith("已登记心愿 #7")
    assert (await newest(town)).place == "和美村"


QUESTIONS = [
    "低保怎么申请？",
    "低保怎么申请",
    "低保咋办",
    "残疾证怎么办",
    "高龄津贴多少钱",
    "60岁能领养老金吗？",
    "低保户能报销吗",
    "医保卡丢了怎么办",
    "医保报销需要什么材料？",
    "想问一下低保怎么申请",
    "想知道新农合什么时候交",
    "去哪儿办残疾证",
    "宅基地能不能盖两层",
    "登记这个要钱吗？",
    "大病救助有什么条件？",
    "申请公租房要几天",
    "帮扶政策有哪些",
    "老人看病报多少",
    "什么是低保",
    "啥人能吃低保",
    "我妈80了，高龄补贴咋领",
    "危房改造补助多少",
    "孩子上学有什么补助吗",
    "我妈能领高龄津贴吗",
]
WISHES = [
    "能给我妈买个轮椅吗？",
    "能不能给我修一下水管？",
    "想要一台收音机，行吗？",
    "谁能来帮我修灯？",
    "有没有人能陪老人说说话？",
    "水管漏了咋办",
    "我家屋顶漏雨怎么办",
    "不会用手机怎么办？",
    "孩子放学没人接怎么办",
    "有轮椅吗？",
    "有没有旧衣服？",
    "希望有人教我用手机，什么时候都行",
    "需要一个轮椅，不知道多少钱",
    "能借个轮椅用几天吗？",
    "电费交不起咋办",
    "老人想学怎么用手机",
    "教老人咋用手机",
    "可以帮我申请低保吗？",
    "老人的电视机坏了怎么办",
    "能不能来个人帮忙收玉米？",
]


@pytest.mark.parametrize(
    ("words", "asks"), [*((words, True) for words in QUESTIONS), *((words, False) for words in WISHES)]
)
def test_a_question_on_the_rules_is_told_from_a_wish_put_as_a_question(words: str, asks: bool) -> None:
    assert answers.asks_us(words) == asks


async def test_a_question_on_the_way_is_answered_and_is_no_answer(town: Town) -> None:
    still = f"\n\n{engine.STILL_OPEN}\n\n"
    told: list[str] = []
    said = ["低保怎么申请？", "想要请人来家里", "老人低保怎么申请", "不方便说", "高龄津贴啥时候发", "不急"]
    for words in ["/心愿", *said, "低保能领多少钱", "跳过", "低保怎么申请"]:
        answer = await town.say("张大妈", words)
        told.append(answer.rsplit(still, maxsplit=1)[-1].splitlines()[0] + ("*" if still in answer else ""))
        assert "回复序号" not in answer
    assert told == [
        WHAT, f"{WHAT}*", WHOM, f"{WHOM}*", WHEN, f"{WHEN}*", CONTACT, f"{CONTACT}*",
        "要什么：想要请人来家里", "要什么：想要请人来家里*",
    ]  # fmt: skip
    assert await count(town) == 6
    assert (await town.say("张大妈", "登记")).startswith("已登记心愿 #7")


async def test_an_answer_may_be_put_as_a_question(town: Town) -> None:
    said = ["/心愿", "想要请人来家里", "85岁，行吗？", "3月20日可以吗"]
    assert await talk(town, "张大妈", *said) == [WHAT, WHOM, WHEN, CONTACT]
    unread = await town.say("张大妈", "上一步") and await town.say("张大妈", "过些天行吗？")
    assert unread.startswith(NotADay.sentence)


async def test_each_thing_not_said_is_asked_and_what_is_for_the_claimer_alone_is_sealed(town: Town) -> None:
    said = ["/心愿", "想请人来家里一趟", "八十五", "一周内", "找王秀英，13812345678"]
    assert await talk(town, "张大妈", *said) == [WHAT, WHOM, WHEN, CONTACT, SURE]
    assert (await town.say("张大妈", "登记")).startswith("已登记心愿 #7")
    wish = await newest(town)
    assert (wish.age_band, wish.urgency, wish.wanted_by) == (
        AgeBand.AGED,
        Urgency.URGENT,
        date(2026, 3, 12),
    )
    assert "13812345678" not in str(await town.register("wishes"))

    def held(uow: UnitOfWork) -> str:
        return uow.details.read("wish:7", by="", own=True)["contact"]

    assert await town.database.read(held) == "找王秀英，13812345678"
    await town.say("王主任", "/核实 7 通过")
    assert "联系：" not in await town.say("王主任", "/心愿详情 7")
    assert "13812345678" in await town.say("小周", "/认领 7")
    looks = [row["subject"] for row in await town.register("looks") if row["action"] == "look"]
    assert looks == ["wish:7", "wish:7"]
    assert "联系：找王秀英，13812345678" in await town.say("小周", "/心愿详情 7")
    assert "13812345678" not in await town.say("小周", "/心愿详情 7", GROUP)
    assert "13812345678" not in await town.say("小孙", "/心愿详情 7")


@pytest.mark.parametrize("words", ["跳过", "1", "没有。", "不用", "登记"])
async def test_how_to_reach_them_can_be_left_out(town: Town, words: str) -> None:
    assert await talk(town, "张大妈", "/心愿", RADIO) == [WHAT, CONTACT]
    assert "联系方式：没留" in await town.say("张大妈", words)


async def test_a_wish_of_a_child_needs_consent_this_way_too(town: Town) -> None:
    assert await talk(town, "张大妈", "/心愿", "想要一个书包", "1", "不急", "跳过", "登记") == [
        WHAT,
        WHOM,
        WHEN,
        CONTACT,
        SURE,
        "已登记心愿 #7，等待核实。",
    ]
    wish = await newest(town)
    assert (wish.age_band, wish.consent, wish.wanted_by) == (AgeBand.CHILD, Consent.NEEDED, None)


async def test_any_answer_can_be_changed_before_it_is_logged(town: Town) -> None:
    await talk(town, "张大妈", "/心愿", RADIO, "跳过")
    changes = [
        ("给谁", "不方便说"), ("哪一样", "服务"), ("在哪", "和美"), ("什么时候要", "3月20日"),
        ("联系方式", "找村委会"), ("要什么", "想要一台唱戏机"),
    ]  # fmt: skip
    for label, answer in changes:
        assert await talk(town, "张大妈", "改") == ["要改哪一项？"]
        await town.say("张大妈", label)
        assert await talk(town, "张大妈", answer) == [SURE]
    assert (await town.say("张大妈", "什么")).splitlines()[2:8] == [
        "要什么：想要一台唱戏机",
        "给谁：不方便说",
        "哪一样：服务",
        "在哪：和美村",
        "什么时候要：3月20日以前",
        "联系方式：记下了，只给认领的人看",
    ]
    await town.say("张大妈", "登记")
    wish = await newest(town)
    assert (wish.content, wish.kind, wish.place, wish.wanted_by) == (
        "想要一台唱戏机",
        Kind.SERVICE,
        "和美村",
        date(2026, 3, 20),
    )


async def test_from_a_group_it_is_asked_in_private_and_stands_in_the_group_s_register(town: Town) -> None:
    assert await town.say("张大妈", "/心愿", GROUP) == engine.ASKED_IN_PRIVATE
    assert [(to, question(text)) for to, text in await town.caused()] == [("张大妈", WHAT)]
    assert await talk(town, "张大妈", RADIO, "跳过", "登记") == [CONTACT, SURE, "已登记心愿 #7，等待核实。"]
    wish = await newest(town)
    assert (wish.group, wish.place) == (GROUP, "永续社区")


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (["/心愿"], ["", "3", "。", "要" * 301]),
        (["/心愿", "想要一个书包"], ["一百三十", "老老少少", "7"]),
        (["/心愿", "想要一个书包", "成年人"], ["昨天", "2月30日", "3月1号才好", "很快"]),
        (["/心愿", "想要一个书包", "成年人", "不急"], ["长" * 101]),
    ],
)
async def test_what_cannot_be_is_said_so_and_asked_again(
    town: Town, step: list[str], said: list[str]
) -> None:
    *_, open_now = await talk(town, "张大妈", *step)
    for words in said:
        answer = await town.say("张大妈", words or "　")
        assert question(answer) == open_now
        assert len(answer.split("\n\n")) == 2
    assert await count(town) == 6


async def test_a_village_is_found_by_its_name_and_two_of_a_name_by_their_towns(town: Town) -> None:
    def put(uow: UnitOfWork) -> None:
        county = uow.places.named("金山县").id
        for name in ("东镇", "西镇"):
            uow.places.add(
                "石桥村", kind="village", parent=uow.places.add(name, kind="town", parent=county).id
            )

    await town.database.run(put)
    await stranger(town)
    assert await talk(town, "过路人", "/心愿", RADIO) == [WHAT, WHERE]
    told = (await town.say("过路人", "石桥")).split("\n\n")[0]
    assert told == "同名的有几个：东镇/石桥村、西镇/石桥村。请照这样写全。"
    assert (await town.say("过路人", "大山")).startswith("没找到“大山”，")
    assert await talk(town, "过路人", "西镇/石桥村", "跳过", "1") == [
        CONTACT,
        SURE,
        "已登记心愿 #7，等待核实。",
    ]
    place = (await newest(town)).place_id
    assert await town.database.read(lambda uow: uow.places.path(place or 0)) == "西镇/石桥村"


async def test_the_yes_said_twice_at_once_logs_one_wish(town: Town) -> None:
    await talk(town, "张大妈", "/心愿", RADIO, "跳过")
    await asyncio.gather(*[town.say("张大妈", "1") for _ in range(5)])
    assert await count(town) == 7


async def test_the_limit_of_a_day_is_told_before_anything_is_asked(town: Town) -> None:
    await talk(town, "张大妈", "/心愿", RADIO)
    for number in range(10):
        await town.say("李书记", f"/心愿 第{number}户想要春联")
    refused = "您今天已登记 10 个心愿，到了一天的上限，请明天再来。"
    assert (await town.say("李书记", "/心愿")).splitlines()[0] == refused
    assert await count(town) == 16


async def test_a_wish_refused_at_the_last_yes_is_not_logged_and_can_be_changed(town: Town) -> None:
    await talk(town, "张大妈", "/心愿", RADIO, "跳过")
    await town.database.run(log_ten)
    answer = await town.say("张大妈", "1")
    assert (answer.splitlines()[0], question(answer)) == (
        "您今天已登记 10 个心愿，到了一天的上限，请明天再来。",
        SURE,
    )
    assert await count(town) == 16
    town.clock.advance(minutes=29)
    assert await talk(town, "张大妈", "改") == ["要改哪一项？"]


async def test_what_was_read_back_is_what_is_logged_whatever_the_day_by_then(town: Town) -> None:
    town.clock.set("2026-03-05 23:50")
    await talk(town, "张大妈", "/心愿", "明天前给独居老人要一副拐杖")
    assert "什么时候要：3月6日以前" in await town.say("张大妈", "跳过")
    town.clock.advance(minutes=15)
    assert (await town.say("张大妈", "对")).startswith("已登记心愿 #7")
    assert (await newest(town)).wanted_by == date(2026, 3, 6)


def log_ten(uow: UnitOfWork) -> None:
    (member,) = uow.members.named("张大妈")
    for number in range(10):
        uow.wishes.log(
            f"第{number}户想要春联", by=member.id, place_id=member.place_id, group_id=None,
            expires_on=date(2026, 9, 1),
        )  # fmt: skip


def test_how_soon_is_one_answer() -> None:
    for urgency in Urgency:
        for wanted in (None, date(2026, 3, 20)):
            assert read_when(when(urgency, wanted)) == (urgency, wanted)
    assert read_when("") == (Urgency.NORMAL, None)


def test_choices_of_whom_and_kind_cover_all_and_fit_a_card() -> None:
    assert {choice.value for choice in answers.whom()} == set(AgeBand)
    assert {choice.value for choice in answers.kinds()} == set(Kind) - {Kind.UNKNOWN}
    labels = [choice.label for choice in [*answers.whom(), *answers.kinds()]]
    assert max(len(label) for label in labels) <= 10
    assert max(len(text) for text in (WHOM, KIND, WHERE, WHEN, CONTACT, SURE)) <= 26


SAID = st.one_of(
    st.sampled_from(
        [
            "/心愿", RADIO, "想要一个书包", "1", "2", "3", "4", "5", "6", "9", "登记", "改", "取消", "上一步", "跳过",
            "说不清", "不急", "一周内", "3月20日", "七十八", "和美村", "不方便说", "/心愿单", "下一页", "物品",
        ]
    ),
    st.text(max_size=20),
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(SAID, max_size=15), restarts=st.sets(st.integers(0, 14)))
async def test_whatever_is_said_a_wish_is_logged_by_the_last_yes_alone(
    town: Town, texts: list[str], restarts: set[int]
) -> None:
    await town.say("张大妈", "取消")
    town.clock.advance(days=1)
    asked, before = "", await count(town)
    for place, text in enumerate(texts):
        if place in restarts:
            town = Town(town.database, town.clock, town.services[Library])
        answer = await town.say("张大妈", text)
        logged = await count(town) - before
        typed = text.strip().startswith(("/心愿 ", "/wish "))
        yes = asked.endswith("（回数字就行）") and SURE in asked
        assert logged in (0, 1)
        assert not logged or yes or typed
        asked, before = answer, before + logged


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("明天", "3月6日"), ("下周五", "3月13日"), ("下星期五前", "3月13日"), ("月底吧", "3月31日"),
        ("下个月", "4月30日"), ("国庆前行吗？", "10月1日"), ("春节前", "2月6日"),
    ],
)  # fmt: skip
async def test_a_day_is_taken_as_people_say_it(town: Town, words: str, day: str) -> None:
    said = ["/心愿", "想要请人来家里", "85岁", words]
    assert await talk(town, "张大妈", *said) == [WHAT, WHOM, WHEN, CONTACT]
    assert f"什么时候要：{day}以前" in await town.say("张大妈", "跳过")
