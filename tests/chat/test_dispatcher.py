"""What a message means, who may say it, and that what is done and what is said are one."""

import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.chat import phrases
from bot.chat.update import Kind
from storage.database import Database
from tests.chat.bench import Bench
from tests.clock import FrozenClock

MANAGE = "\n用法：/管 编号\n例如：/管 3"


async def test_command_alias_width_and_case_lead_to_the_same_handler(bench: Bench) -> None:
    said = [
        "/念 春",
        "／念　春",
        "/echo 春",
        "/ECHO 春",
        " / 念 春",
        "/念：春",
        "\u200f/念 春",
        "@连心 /念 春",
    ]
    assert [await bench.say(text) for text in said] == ["春"] * len(said)


async def test_number_may_follow_the_name_without_a_space(bench: Bench) -> None:
    said = ["/管12", "/管 #12", "/管 １２", "/管 第12号", "/管 十二", "/管 12。", "/管:12"]
    assert [await bench.say(text, who=bench.coordinator) for text in said] == ["管了 12"] * len(said)


async def test_free_text_in_private_is_a_question(bench: Bench) -> None:
    assert await bench.say("低保怎么申请") == "问：低保怎么申请"


async def test_group_is_answered_when_mentioned_or_for_a_known_command_only(bench: Bench) -> None:
    quiet = [await bench.say(text, group=True) for text in ("你好", "/没有", "1", "取消", "@丁主任 你好")]
    assert quiet == ["", "", "", "", ""]
    assert await bench.say("/念 春", group=True) == "春"
    assert await bench.say("@丁主任 /念 春", group=True) == "春"
    assert await bench.say("@连心 好吗", group=True, mentioned=True) == "问：好吗"
    assert await bench.say("@连心\u2005/念 春", group=True, mentioned=True) == "春"
    assert await bench.say("@连心/念 春", group=True, mentioned=True) == "春"
    assert await bench.say("@连心", group=True, mentioned=True) == phrases.EMPTY


async def test_unknown_command_is_answered_with_the_nearest_one_may_use(bench: Bench) -> None:
    ask_help = "发“/帮助”看全部。"
    assert (
        await bench.say("/记忆") == f"没有这个命令。您是不是要：/记、/记退？“/记”后面空一格再写。{ask_help}"
    )
    assert await bench.say("/managed") == "没有这个命令。发“/帮助”看看都能办什么。"
    assert await bench.say("/managed", who=bench.coordinator) == f"没有这个命令。您是不是要：/管？{ask_help}"
    assert (
        await bench.say("@连心 /天气", group=True, mentioned=True)
        == "没有这个命令。发“/帮助”看看都能办什么。"
    )


async def test_permission_is_asked_before_the_words_are_read(bench: Bench) -> None:
    refusal = f"“/管”由村（社区）干部来办，您暂时没有这个权限。{MANAGE}"
    for words in ("3", "", "看不懂", "3 多余"):
        assert await bench.say(f"/管 {words}") == refusal
    audited = await bench.database.read(
        lambda uow: [(entry.actor, entry.action, entry.subject) for entry in uow.audit.all()]
    )
    assert audited == [(f"member:{bench.resident}", "refused", "command:管")] * 4


async def test_malformed_command_gets_the_sentence_the_usage_and_an_example(bench: Bench) -> None:
    said = {
        "": "没有写“编号”。",
        "三斤": "“编号”要写数字，您写的是“三斤”。",
        "3 4": "后面的“4”没看懂。",
    }
    answers = {words: await bench.say(f"/管 {words}", who=bench.coordinator) for words in said}
    assert answers == {words: sentence + MANAGE for words, sentence in said.items()}


async def test_refused_use_case_leaves_nothing_behind(bench: Bench) -> None:
    assert await bench.say("/记退 买盐") == "不行。\n用法：/记退 内容\n例如：/记退 买盐"
    assert await bench.kept() == []


async def test_place_of_a_command_is_asked_before_its_words(bench: Bench) -> None:
    assert await bench.say("/私 看不懂", group=True) == phrases.PRIVATE_ONLY
    assert await bench.say("/私 3") == "马大姐 3"
    assert await bench.say("/群") == phrases.GROUP_ONLY.format(command="/群")
    assert await bench.say("/群", group=True) == f"g:{bench.group}"


async def test_bare_number_picks_from_the_last_list_of_the_same_chat(bench: Bench) -> None:
    assert await bench.say("2") == phrases.NO_LISTING
    await bench.say("/单")
    assert [await bench.say(text) for text in ("2", "２", " 1。", "/挑 2")] == [
        "样：乙",
        "样：乙",
        "样：甲",
        "样：乙",
    ]
    assert [await bench.say(text) for text in ("0", "3", "123456789")] == [
        "没有第 0 项，上一份列表共 2 项。",
        "没有第 3 项，上一份列表共 2 项。",
        "没有第 123456789 项，上一份列表共 2 项。",
    ]
    assert await bench.say("13812345678") == "问：13812345678"
    assert await bench.say("@连心 2", group=True, mentioned=True) == phrases.NO_LISTING


async def test_missing_argument_is_asked_for_and_the_next_words_complete_it(bench: Bench) -> None:
    assert await bench.say("/记") == "记什么？（发“取消”退出）"
    assert await bench.say("买盐") == "第 1 条"
    assert await bench.say("买糖") == "问：买糖"
    assert await bench.kept() == ["买盐"]


async def test_open_conversation_is_left_by_the_word_or_by_any_command(bench: Bench) -> None:
    await bench.say("/记")
    assert await bench.say("取消") == "退出"
    assert await bench.say("买盐") == "问：买盐"
    await bench.say("/记")
    assert await bench.say("/念 春") == "春"
    assert await bench.say("买盐") == "问：买盐"
    assert await bench.say("/取消") == "没在等"


async def test_open_conversation_belongs_to_one_person_in_one_chat(bench: Bench) -> None:
    assert await bench.say("/记", group=True) == "记什么？（请 @我 再说，发“取消”退出）"
    assert await bench.say("@连心 买盐", group=True, mentioned=True, who=bench.coordinator) == "问：买盐"
    assert await bench.say("买盐") == "问：买盐"
    assert await bench.say("@连心 买盐", group=True, mentioned=True) == "第 1 条"


async def test_open_conversation_ends_after_half_an_hour(bench: Bench) -> None:
    await bench.say("/记")
    bench.clock.advance(minutes=31)
    assert await bench.say("买盐") == "问：买盐"


async def test_voice_and_pictures_get_one_sentence_in_private_and_silence_in_a_group(bench: Bench) -> None:
    kinds = (Kind.VOICE, Kind.PICTURE, Kind.OTHER_MEDIA)
    assert [await bench.say("", kind=kind) for kind in kinds] == [phrases.UNHEARD[kind] for kind in kinds]
    assert [await bench.say("", kind=kind, group=True) for kind in kinds] == ["", "", ""]


async def test_follower_is_greeted_and_other_events_are_silent(bench: Bench) -> None:
    assert await bench.say("", kind=Kind.FOLLOW) == "欢迎"
    assert await bench.say("", kind=Kind.UNFOLLOW) == ""
    assert await bench.say("", kind=Kind.EVENT) == ""


async def test_message_beyond_the_limit_is_refused_with_a_sentence(bench: Bench) -> None:
    too_long = phrases.TOO_LONG.format(limit=2000)
    assert await bench.say("/念 " + "长" * 1997) == "长" * 1997
    assert await bench.say("/念 " + "长" * 1998) == too_long
    assert await bench.say("长" * 7000) == too_long
    assert await bench.say("长" * 7000, group=True) == ""


async def test_what_shows_nothing_is_dropped_and_emoji_stay(bench: Bench) -> None:
    family = "👨\u200d👩\u200d👧"
    assert await bench.say(f"/念 \ud800春\x00\u202e眠{family}\r\n]]>") == f"春眠{family}\n]]>"
    assert await bench.say("/念 \u200b\u202e ") == "没有写“内容”。\n用法：/念 内容\n例如：/念 春眠不觉晓"


async def test_first_answer_is_followed_once_by_the_privacy_notice(bench: Bench) -> None:
    stranger = (await bench.database.run(lambda uow: uow.members.add("新人"))).id
    assert await bench.say("你好", who=stranger, group=True) == ""
    assert await bench.say("/管 3", who=stranger) == (
        f"“/管”由村（社区）干部来办，您暂时没有这个权限。{MANAGE}\n\n{phrases.PRIVACY_NOTICE}"
    )
    assert await bench.say("/念 春", who=stranger) == "春"


async def test_bug_becomes_a_number_for_the_person_and_one_traceback_without_their_phone(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        reply = await bench.dispatcher.answer(bench.update("/坏", key="bad"))
    number = reply.incident
    assert number is not None
    assert reply.plain() == phrases.INCIDENT.format(number=number)
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.__dict__["incident"] == number
    assert record.exc_info is not None
    assert await bench.database.read(lambda uow: uow.inbox.reply_to("terminal", "bad")) is None


async def test_same_key_is_carried_out_once_and_answered_alike(bench: Bench) -> None:
    update = bench.update("/记 买盐")
    first = await bench.dispatcher.answer(update)
    assert await bench.dispatcher.answer(update) == first
    assert await bench.kept() == ["买盐"]


async def test_messages_over_the_pace_are_refused_and_change_nothing(
    database: Database, clock: FrozenClock
) -> None:
    bench = Bench(database, clock, limit=3)
    await bench.say("/记")
    assert [await bench.say(f"/念 {n}") for n in range(2)] == ["0", "1"]
    await bench.say("/念 再来", who=bench.coordinator)
    late = bench.update("/记 买盐")
    assert (await bench.dispatcher.answer(late)).plain() == phrases.TOO_FAST
    clock.advance(seconds=60)
    assert (await bench.dispatcher.answer(late)).plain() == phrases.TOO_FAST
    assert await bench.kept() == []


async def test_conversation_outlives_a_message_over_the_pace(database: Database, clock: FrozenClock) -> None:
    bench = Bench(database, clock, limit=1)
    assert await bench.say("/记") == "记什么？（发“取消”退出）"
    assert await bench.say("买盐") == phrases.TOO_FAST
    clock.advance(seconds=61)
    assert await bench.say("买盐") == "第 1 条"


async def test_no_limit_of_pace_when_it_is_zero(database: Database, clock: FrozenClock) -> None:
    bench = Bench(database, clock, limit=0)
    assert [await bench.say("/念 春") for _ in range(30)] == ["春"] * 30


async def test_missing_service_is_found_when_the_engine_is_put_together(
    database: Database, clock: FrozenClock
) -> None:
    from bot.chat.dispatcher import Dispatcher
    from tests.chat.bench import FEATURE

    with pytest.raises(TypeError, match=r"^/慢: nobody provides Latch for latch$"):
        Dispatcher((FEATURE,), database, clock, {}, messages_a_minute=0)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.one_of(
        st.text(max_size=60),
        st.builds(
            lambda head, words: head + words,
            st.sampled_from(["/念 ", "/管", "/记", "/私 ", "/挑 ", "@", "@连心 /", "／"]),
            st.text(alphabet=st.characters(codec=None), max_size=40),
        ),
    )
)
async def test_nothing_anybody_types_is_a_bug(bench: Bench, text: str) -> None:
    bench.clock.advance(minutes=1)
    reply = await bench.dispatcher.answer(bench.update(text, who=bench.coordinator))
    assert reply.incident is None
