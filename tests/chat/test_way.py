"""What is asked step by step: choices, own words, back, change, leave; from a group in private; each thing once."""

import asyncio
from typing import Annotated, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.chat import phrases
from bot.chat.reply import Button, Card, Reply, Text
from bot.chat.update import Kind, Update
from bot.chat.way import Step, way
from storage.database import Database
from tests.chat.bench import Bench
from tests.clock import FrozenClock

WHAT = "吃什么？\n（不办了发“取消”）"
SIZE = "多大份？\n1. 大份（够两人）\n2. 小份\n（回数字就行。错了发“上一步”，不办了发“取消”）"
TABLES = "\n".join(f"{number}. 柳河村{number}桌" for number in range(1, 8))
TABLE = f"哪一桌？\n{TABLES}\n（回数字，或者直接写。错了发“上一步”，不办了发“取消”）"
NOTE = "还有什么要说？\n1. 没有\n（回数字，或者直接写。错了发“上一步”，不办了发“取消”）"
SURE = "这样行吗？\n1. 下单\n2. 改\n3. 取消\n（回数字就行）"
OTHERWISE = "要改哪一项？\n1. 菜\n2. 大小\n3. 桌\n4. 备注\n（回数字就行。错了发“上一步”，不办了发“取消”）"


async def talk(bench: Bench, *texts: str) -> list[str]:
    return [await bench.say(text) for text in texts]


async def test_steps_are_asked_until_everything_is_there_and_read_back(bench: Bench) -> None:
    assert await talk(bench, "/订", "面", "2", "3", "没有") == [
        WHAT,
        SIZE,
        TABLE,
        NOTE,
        f"dish=面、size=small、table=3、note=\n\n{SURE}",
    ]
    assert await bench.kept() == []
    assert await bench.say("下单") == "第 1 条"
    assert await bench.kept() == ["面 small 3 None False"]
    assert await bench.say("下单") == "问：下单"


async def test_what_is_said_already_is_not_asked(bench: Bench) -> None:
    assert await talk(bench, "/订", "大碗面", "１。", "少放盐", "一") == [
        WHAT,
        TABLE,
        NOTE,
        f"dish=大碗面、size=big、table=1、note=少放盐\n\n{SURE}",
        "第 1 条",
    ]


async def test_command_with_words_takes_no_way(bench: Bench) -> None:
    assert await talk(bench, "/订 面", "面") == ["第 1 条", "问：面"]


@pytest.mark.parametrize("words", ["2", "２", "第2个", "二", "小份", " 小份。", "小份"])
async def test_a_choice_is_said_by_its_number_or_its_words(bench: Bench, words: str) -> None:
    assert await talk(bench, "/订", "面", words) == [WHAT, SIZE, TABLE]


async def test_the_beginning_of_one_choice_is_enough(bench: Bench) -> None:
    assert await talk(bench, "/订", "面", "大份") == [WHAT, SIZE, TABLE]


@pytest.mark.parametrize("words", ["3", "0", "99", "中份", "份", "大"])
async def test_what_is_no_choice_gets_one_sentence_and_the_step_again(bench: Bench, words: str) -> None:
    assert await talk(bench, "/订", "面", words, "小份") == [
        WHAT,
        SIZE,
        f"{phrases.NO_SUCH_CHOICE}\n\n{SIZE}",
        TABLE,
    ]


async def test_own_words_are_taken_where_the_step_allows_and_refused_with_a_reason(bench: Bench) -> None:
    await talk(bench, "/订", "面", "2")
    assert await talk(bench, "靠窗的", "8", "123") == [
        f"桌号要写数字。\n\n{TABLE}",
        f"{phrases.NO_SUCH_CHOICE}\n\n{TABLE}",
        NOTE,
    ]


async def test_a_question_is_answered_and_the_step_stays_open(bench: Bench) -> None:
    still = f"{phrases.STILL_OPEN}\n\n"
    assert await talk(bench, "/订", "面", "大份小份咋分？", "低保怎么申请", "2") == [
        WHAT,
        SIZE,
        f"问：大份小份咋分？\n\n{still}{SIZE}",
        f"问：低保怎么申请\n\n{still}{SIZE}",
        TABLE,
    ]
    assert await talk(bench, "哪桌空着？", "有空桌吗", "8桌有空？", "3", "这样要多少钱？") == [
        f"问：哪桌空着？\n\n{still}{TABLE}",
        f"问：有空桌吗\n\n{still}{TABLE}",
        f"问：8桌有空？\n\n{still}{TABLE}",
        NOTE,
        f"问：这样要多少钱？\n\n{still}{NOTE}",
    ]
    sure = f"dish=面、size=small、table=3、note=无\n\n{SURE}"
    assert await talk(bench, "无", "多久送到？", "1") == [sure, f"问：多久送到？\n\n{still}{sure}", "第 1 条"]


async def test_a_question_delivered_again_is_answered_the_same_and_takes_no_step(bench: Bench) -> None:
    await talk(bench, "/订", "面")
    update = bench.update("大份小份咋分？")
    first, again = [await bench.dispatcher.answer(update) for _ in range(2)]
    assert first == again == Reply((Text("问：大份小份咋分？"), Text(phrases.STILL_OPEN), *first.parts[2:]))
    assert await bench.say("2") == TABLE


async def test_a_pressed_button_asks_nothing(bench: Bench) -> None:
    await talk(bench, "/订", "面")
    assert await bench.say("低保怎么申请", kind=Kind.CLICK) == f"{phrases.PRESSED_EARLIER}\n\n{SIZE}"


@pytest.mark.parametrize("words", ["什么", "啥？", "？", "怎么写", "什么意思？", "说不清是哪个", "怎么都行"])
async def test_words_that_ask_nothing_of_their_own_get_the_step_again(bench: Bench, words: str) -> None:
    await talk(bench, "/订", "面")
    assert (await bench.say(words)).endswith(f"\n\n{SIZE}")
    assert not (await bench.say(words)).startswith("问：")


async def test_one_step_back_and_another_and_no_further(bench: Bench) -> None:
    await talk(bench, "/订", "面", "2")
    assert await talk(bench, "上一步", "上一步", "上一步", "粥", "1", "5") == [
        SIZE,
        WHAT,
        f"{phrases.FIRST_STEP}\n\n{WHAT}",
        SIZE,
        TABLE,
        NOTE,
    ]


async def test_one_answer_is_changed_from_the_read_back_and_the_others_stay(bench: Bench) -> None:
    await talk(bench, "/订", "面", "2", "3", "1")
    changed = f"dish=面、size=big、table=3、note=\n\n{SURE}"
    assert await talk(bench, "改", "2", "1") == [OTHERWISE, SIZE, changed]
    assert await talk(bench, "改", "菜", "上一步") == [
        OTHERWISE,
        "吃什么？\n（错了发“上一步”，不办了发“取消”）",
        changed,
    ]
    assert await talk(bench, "改", "上一步", "1") == [OTHERWISE, changed, "第 1 条"]
    assert await bench.kept() == ["面 big 3 None False"]


async def test_what_was_understood_can_be_changed_too(bench: Bench) -> None:
    await talk(bench, "/订", "大碗面", "3", "1")
    changed = f"dish=大碗面、size=small、table=3、note=\n\n{SURE}"
    assert await talk(bench, "改", "大小", "小份") == [OTHERWISE, SIZE, changed]


async def test_a_way_is_left_by_the_word_by_the_choice_and_by_any_command(bench: Bench) -> None:
    await talk(bench, "/订", "面")
    assert await talk(bench, "取消", "2") == ["退出", phrases.NO_LISTING]
    await talk(bench, "/订", "面", "2", "3", "1")
    assert await talk(bench, "3", "1") == [phrases.LEFT, phrases.NO_LISTING]
    await talk(bench, "/订", "面")
    left = phrases.PUT_DOWN.format(command="/订")
    assert await talk(bench, "/念 春", "面") == [f"春\n\n{left}", "问：面"]
    await talk(bench, "/订", "面")
    assert await bench.say("/订") == WHAT
    assert await bench.kept() == []


@pytest.mark.parametrize("yes", ["下单", "1", "行", "对的。", "好！", "可以", "中", "没错"])
async def test_the_last_yes_is_said_as_people_say_it(bench: Bench, yes: str) -> None:
    await talk(bench, "/订", "面", "2", "3", "1")
    assert await talk(bench, "不对", "上一步", yes) == [
        OTHERWISE,
        f"dish=面、size=small、table=3、note=\n\n{SURE}",
        "第 1 条",
    ]


async def test_a_yes_to_another_question_is_no_yes(bench: Bench) -> None:
    await talk(bench, "/订", "面")
    assert await talk(bench, "行", "算了", "行") == [
        f"{phrases.NO_SUCH_CHOICE}\n\n{SIZE}",
        phrases.LEFT,
        "问：行",
    ]


async def test_a_number_is_the_choice_and_not_an_item_of_the_last_list(bench: Bench) -> None:
    await talk(bench, "/单", "/订", "面")
    assert await talk(bench, "2", "取消", "2") == [TABLE, "退出", "样：乙"]


async def test_a_picture_a_long_text_and_silence_leave_the_way_where_it_is(bench: Bench) -> None:
    await talk(bench, "/订", "面")
    assert await bench.say("", kind=Kind.PICTURE) == phrases.UNHEARD["picture"]
    assert await talk(bench, "长" * 3000, "。", "2") == [
        f"{phrases.TOO_LONG.format(limit=2000)}\n\n{phrases.STILL_OPEN}\n\n{SIZE}",
        f"{phrases.NOTHING_SAID}\n\n{SIZE}",
        TABLE,
    ]


@pytest.mark.parametrize("page", ["下一页", "上一页。", "第2页", "@连心 第二页"])
async def test_a_page_is_no_answer_to_what_is_open(bench: Bench, page: str) -> None:
    said = f"{phrases.NO_PAGES}\n\n{phrases.STILL_OPEN}\n\n"
    await talk(bench, "/订")
    assert await talk(bench, page, "面", page, "2") == [f"{said}{WHAT}", SIZE, f"{said}{SIZE}", TABLE]
    asked = phrases.ASK.format(question="记什么？")
    assert await talk(bench, "取消", "/记", page, "买盐") == ["退出", asked, f"{said}{asked}", "第 1 条"]


async def test_an_unknown_command_keeps_what_is_open(bench: Bench) -> None:
    unknown = f"没有这个命令。发“/帮助”看看都能办什么。\n\n{phrases.STILL_OPEN}\n\n"
    await talk(bench, "/订", "面")
    assert await talk(bench, "/哈哈哈", "2") == [f"{unknown}{SIZE}", TABLE]
    asked = phrases.ASK.format(question="记什么？")
    assert await talk(bench, "取消", "/记", "/哈哈哈", "买盐") == [
        "退出", asked, f"{unknown}{asked}", "第 1 条",
    ]  # fmt: skip


async def test_half_an_hour_is_waited_at_each_step(bench: Bench) -> None:
    for text, answer in (("/订", WHAT), ("面", SIZE), ("2", TABLE)):
        assert await bench.say(text) == answer
        bench.clock.advance(minutes=30)
    bench.clock.advance(seconds=1)
    assert await bench.say("3") == phrases.NO_LISTING


async def test_refused_use_case_keeps_the_way_at_the_read_back(bench: Bench) -> None:
    back = f"dish=面、size=small、table=3、note=太咸\n\n{SURE}"
    await talk(bench, "/订", "面", "2", "3", "太咸")
    assert await talk(bench, "1", "改", "4", "没有", "1") == [
        f"不行。\n\n{back}",
        OTHERWISE,
        NOTE,
        f"dish=面、size=small、table=3、note=\n\n{SURE}",
        "第 1 条",
    ]


async def test_nobody_is_asked_for_what_could_only_be_refused(bench: Bench) -> None:
    bench.clock.set("2026-03-05 21:30")
    assert await talk(bench, "/订", "2") == ["不行。\n用法：/订 菜\n例如：/订 面", phrases.NO_LISTING]


async def test_choices_are_buttons_that_say_what_a_person_would(bench: Bench) -> None:
    await bench.say("/订")
    reply = await bench.dispatcher.answer(bench.update("面"))
    hint = "（点一下就行。错了发“上一步”，不办了发“取消”）"
    buttons = (Button("大份（够两人）", "大份（够两人）"), Button("小份", "小份"))
    assert reply == Reply((Card("多大份？", hint, (), buttons, SIZE),))
    pressed = await bench.dispatcher.answer(bench.update("小份", kind=Kind.CLICK))
    assert pressed == Reply((Text("好，小份。"), Text(TABLE))), "more than six choices are no buttons"


async def test_a_button_of_an_earlier_step_changes_nothing(bench: Bench) -> None:
    await talk(bench, "/订", "面", "2", "3")
    assert await bench.say("大份（够两人）", kind=Kind.CLICK) == f"{phrases.PRESSED_EARLIER}\n\n{NOTE}"
    assert (
        await bench.say("没有", kind=Kind.CLICK)
        == f"好，没有。\n\ndish=面、size=small、table=3、note=\n\n{SURE}"
    )
    assert await bench.say("下单", kind=Kind.CLICK) == "第 1 条"
    assert await bench.say("下单", kind=Kind.CLICK) == ""
    assert await bench.kept() == ["面 small 3 None False"]


async def test_from_a_group_it_is_asked_in_private_where_one_can_write_to_the_person(bench: Bench) -> None:
    asked = bench.update("/订", group=True, key="here")
    assert (await bench.dispatcher.answer(asked)).plain() == phrases.ASKED_IN_PRIVATE
    assert (await bench.dispatcher.answer(asked)).plain() == phrases.ASKED_IN_PRIVATE
    assert await bench.outbox("here") == [WHAT]
    assert await bench.say("@连心 面", group=True, mentioned=True) == "问：面"
    assert await talk(bench, "面", "2", "3", "1", "1") == [
        SIZE,
        TABLE,
        NOTE,
        f"dish=面、size=small、table=3、note=\n\n{SURE}",
        "第 1 条",
    ]
    assert await bench.kept() == ["面 small 3 None True"]


@pytest.mark.parametrize("heard", [None, 47, 49])
async def test_in_a_group_of_a_platform_that_lets_us_not_write_one_sentence_is_asked_for(
    bench: Bench, heard: int | None
) -> None:
    def join(uow: Any) -> None:
        uow.members.join_account(bench.resident, "wecom_aibot", "zhang")
        uow.groups.set(bench.group, channel="wecom_aibot", external_id="g1")

    await bench.database.run(join)
    if heard is not None:
        there = Update("wecom_aibot", "k", "zhang", bench.clock.now(), "/念 春")
        await bench.dispatcher.answer(there)
        bench.clock.advance(hours=heard)
    update = Update("wecom_aibot", "here", "zhang", bench.clock.now(), "/订", chat="g1", mentioned=True)
    said = (await bench.dispatcher.answer(update)).parts[0].plain()
    alone = "吃什么？一句话说给我。（请 @我 再说，发“取消”退出）"
    assert said == (phrases.ASKED_IN_PRIVATE if heard == 47 else alone)


async def test_the_same_message_delivered_again_takes_no_second_step(bench: Bench) -> None:
    await talk(bench, "/订", "面")
    update = bench.update("2")
    both = await asyncio.gather(*[bench.dispatcher.answer(update) for _ in range(5)])
    assert {reply.plain() for reply in both} == {TABLE}
    assert (await bench.dispatcher.answer(update)).plain() == TABLE
    assert await bench.say("3") == NOTE


async def test_two_presses_at_once_on_two_replicas_are_one_yes(
    bench: Bench, database: Database, clock: FrozenClock
) -> None:
    await talk(bench, "/订", "面", "2", "3", "1")
    other = Database(database.url, clock.now)
    replica = Bench.beside(bench, other)
    presses = [bench.update("下单", kind=Kind.CLICK) for _ in range(6)]
    houses = [bench, replica] * 3
    said = await asyncio.gather(
        *[house.dispatcher.answer(press) for house, press in zip(houses, presses, strict=True)]
    )
    other.close()
    assert sorted(reply.plain() for reply in said) == ["", "", "", "", "", "第 1 条"]
    assert await bench.kept() == ["面 small 3 None False"]


async def test_a_way_goes_on_after_a_restart(bench: Bench, database: Database, clock: FrozenClock) -> None:
    await talk(bench, "/订", "面", "2")
    other = Database(database.url, clock.now)
    assert await Bench.beside(bench, other).say("3") == NOTE
    other.close()


def test_a_way_is_whole_or_is_no_way() -> None:
    async def without_a_step(dish: Annotated[str, "菜"]) -> Reply:
        return Reply.text(dish)

    async def with_nothing() -> Reply:
        return Reply.silence()

    async def unlabelled(dish: Annotated[str, Step("吃什么？")]) -> Reply:
        return Reply.text(dish)

    for handler in (without_a_step, with_nothing, unlabelled):
        with pytest.raises(TypeError):
            way(read_back=lambda _: "", question="行吗？", agree="行")(handler)


WORDS = st.one_of(
    st.sampled_from(
        [
            "/订", "面", "大碗面", "1", "2", "3", "4", "7", "99", "下单", "改", "取消", "上一步", "没有", "小份",
            "/念 春", "/单", "。", "菜", "桌", "〔等〕", "〔图〕", "〔重启〕", "〔重发〕", "〔点〕下单", "〔点〕小份",
            "行",
            "算了",
            "太咸",
        ]
    ),
    st.text(max_size=12),
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(WORDS, max_size=25))
async def test_whatever_is_said_nothing_breaks_and_nothing_happens_without_the_yes(
    bench: Bench, texts: list[str]
) -> None:
    house, last = bench, None
    kept = await bench.kept()
    await bench.say("取消")
    for text in texts:
        before = await bench.database.read(
            lambda uow: uow.chats.conversation(f"m:{bench.resident}", bench.resident)
        )
        if text == "〔等〕":
            bench.clock.advance(minutes=31)
            continue
        if text == "〔重启〕":
            house = Bench.beside(bench, bench.database)
            continue
        kind = Kind.PICTURE if text == "〔图〕" else Kind.CLICK if text.startswith("〔点〕") else Kind.TEXT
        update = bench.update(text.removeprefix("〔点〕"), kind=kind)
        if text == "〔重发〕" and last is not None:
            update = last
        bench.clock.advance(seconds=4)
        reply = await house.dispatcher.answer(update)
        assert reply.incident is None
        now = await bench.kept()
        if now != kept:
            assert update is not last, "a message delivered again"
            assert len(now) == len(kept) + 1
            yes = update.text.strip(" 。") in {"1", "下单", *phrases.YES}
            assert (before is not None and '"", [["下单"' in before.steps and yes) or text.startswith("/订")
        kept, last = now, update
