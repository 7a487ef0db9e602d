"""The learning loop: what found no answer is queued, answered by a keeper, and told to who asked."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.errors import BadInput
from handlers.policy import FEATURE, jobs, phrases
from handlers.policy.aliases import aliases_of
from handlers.policy.keeper import Written, same_as, written
from handlers.policy.library import Library
from knowledge.answer import Verdict
from knowledge.folding import question_key
from knowledge.passage import Card
from storage.database import Database
from storage.members import Grant, Role
from storage.questions import Standing
from tests.clock import FrozenClock
from tests.handlers.town import GROUP, Town, empty_library

ASKED = "村口路灯不亮归谁修"
ANSWER = "路灯坏了报社区，由社区请人来修。"
SAID = f"{ANSWER}\n依据：永续社区答复，2026年3月5日"


@pytest.fixture
def town(database: Database, clock: FrozenClock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town with an index of its own: answers go into it."""
    from bot import demo

    database.run_now(demo.put)
    yield Town(database, clock, empty_library(tmp_path_factory.getbasetemp() / "jieba"))


async def waiting(town: Town) -> list[tuple[int, str, int]]:
    return await town.database.read(lambda uow: [(q.no, q.text, q.times) for q in uow.questions.waiting()])


async def test_one_question_typed_in_several_ways_is_one_row_with_a_count(town: Town) -> None:
    await town.say("张大妈", ASKED)
    await town.say("小周", f"请问：{ASKED}呢？？")
    await town.say("小周", "村口路灯不亮， 归谁修", None)
    await town.say("小周", "社区食堂几点开饭")
    assert await waiting(town) == [(1, ASKED, 3), (2, "社区食堂几点开饭", 1)]


async def test_a_question_waits_without_anybodys_name(town: Town) -> None:
    """A name beside nothing, one the roster alone knows, and one said once it was found of no use."""
    town.database.run_now(lambda uow: uow.members.add("邵逸夫"))
    for name in ("王秀英", "王桂兰"):
        await town.say("张大妈", f"{name}的路灯不亮能修吗")
    await town.say("张大妈", "广场舞太吵找邵逸夫管不管")
    await town.say("王主任", f"/答复 1 {ANSWER}")
    assert (await town.say("小周", "王玉兰的路灯不亮能修吗")).startswith(ANSWER)
    await town.say("小周", "/没用")
    assert await waiting(town) == [(1, "王某的路灯不亮能修吗", 3), (2, "广场舞太吵找邵某管不管", 1)]


async def test_answer_is_in_force_at_once_and_who_asked_is_told_once(town: Town) -> None:
    await town.say("张大妈", ASKED)
    await town.say("小周", f"/问 {ASKED}", GROUP)
    assert (
        await town.say("王主任", f"/答复 1 {ANSWER}")
        == phrases.answer_kept(1, 2, False, "", places=("永续社区",)).plain()
    )
    told = f"您问过“{ASKED}”，有答复了：\n{SAID}"
    assert sorted(await town.caused()) == sorted([("张大妈", told), ("小周", told)])
    assert await town.say("陈大爷", f"{ASKED}？") == SAID
    assert await town.say("王主任", "/待答") == phrases.NO_QUEUE
    await town.say("王主任", f"/答复 1 {ANSWER}")
    assert await town.caused() == []


async def test_keeper_who_asked_is_not_told_their_own_answer(town: Town) -> None:
    await town.say("王主任", ASKED)
    await town.say("王主任", f"/答复 1 {ANSWER}")
    assert await town.caused() == []


async def test_answer_is_a_document_of_the_base_with_its_alias_and_origin(town: Town) -> None:
    await town.say("张大妈", ASKED)
    await town.say("赵干事", f"/answer 1 {ANSWER}")
    rows = await town.database.read(lambda uow: [(d.source, d.kind, n) for d, n in uow.documents.all()])
    assert rows == [("keeper/1", "card", 1)]
    library: Library = town.services[Library]
    hit = library.approved(ASKED)
    assert hit is not None
    assert hit.plain is not None
    assert (hit.plain.questions, hit.plain.origin, hit.plain.reviewed, hit.card) == (
        (ASKED,), "永续社区答复，2026年3月5日", town.clock.now().date(), "keeper-1",
    )  # fmt: skip
    assert library.answer(ASKED).verdict is Verdict.ANSWERED


async def test_answer_holds_where_it_was_asked_and_nowhere_else(town: Town) -> None:
    await town.say("张大妈", ASKED, None)
    await town.say("王主任", f"/答复 1 {ANSWER}")
    assert (await town.say("杨大嫂", ASKED)).startswith("这个我没把握")
    assert await waiting(town) == [(2, ASKED, 1)]
    elsewhere = "和美村的路灯归镇上修。"
    await town.say("吴会计", f"/答复 2 {elsewhere}")
    assert (await town.say("杨大嫂", ASKED)).startswith(elsewhere)
    assert await town.say("陈大爷", ASKED) == SAID


@pytest.mark.parametrize(
    ("asked", "region", "found"),
    [
        (ASKED, "山东省/济宁市/金山县/清河镇/永续社区", True),
        (ASKED, "山东省/济宁市/鱼山县", False),
        ("村口的路灯不亮该归谁修", "山东省/济宁市/鱼山县/河东村", False),
        ("村口的路灯不亮该归谁修", "山东省/济宁市/金山县/清河镇/永续社区", True),
        (ASKED, None, True),
    ],
)
async def test_answer_is_not_found_by_a_search_from_another_county(
    town: Town, asked: str, region: str | None, found: bool
) -> None:
    await town.say("张大妈", ASKED)
    await town.say("王主任", f"/答复 1 {ANSWER}")
    answer = town.services[Library].answer(asked, region)
    assert any(hit.card == "keeper-1" for hit in answer.candidates) is found


@pytest.mark.parametrize(
    ("written_as", "places"),
    [
        ("适用：各地", ()),
        ("适用范围：全县", ("金山县",)),
        ("适用：和美村、清河镇", ("和美村", "清河镇")),
        ("适用：本地", ("永续社区",)),
        ("（全镇适用）", ("清河镇",)),
        ("各地通用。", ()),
    ],
)
async def test_keeper_says_where_an_answer_holds(
    town: Town, written_as: str, places: tuple[str, ...]
) -> None:
    await town.say("张大妈", ASKED)
    told = await town.say("王主任", f"/答复 1 {ANSWER} {written_as}")
    assert told == phrases.answer_kept(1, 1, False, "", places=places, said=True).plain()
    card = town.services[Library].card("keeper-1")
    assert card is not None
    assert (card.answer, card.places) == (ANSWER, places)


async def test_a_place_nobody_knows_changes_nothing(town: Town) -> None:
    await town.say("张大妈", ASKED)
    said = await town.say("王主任", f"/答复 1 {ANSWER} 适用：火星")
    assert said.startswith("没有“火星”这个地方，请核对地名；各地都适用写“适用：各地”。")
    await town.database.run(lambda uow: uow.members.add("过路人"))
    await town.say("过路人", ASKED)
    await town.database.run(lambda uow: uow.members.add("巡回员", grants=[Grant(Role.OPERATOR, None)]))
    assert (await town.say("巡回员", f"/答复 2 {ANSWER} 适用：全县")).startswith("“全县”不知道是哪里")
    assert await waiting(town) == [(1, ASKED, 1), (2, ASKED, 1)]


async def test_what_is_asked_from_nowhere_is_answered_for_the_keepers_place(town: Town) -> None:
    await town.database.run(lambda uow: uow.members.add("过路人"))
    await town.say("过路人", ASKED)
    await town.say("王主任", f"/答复 1 {ANSWER}")
    assert await town.say("过路人", ASKED) == SAID
    assert await town.say("张大妈", ASKED) == SAID
    assert (await town.say("杨大嫂", ASKED)).startswith("这个我没把握")


async def test_answer_for_everywhere_answers_the_same_question_of_other_places(town: Town) -> None:
    await town.say("张大妈", ASKED)
    await town.say("杨大嫂", f"请问{ASKED}？")
    await town.say("王主任", f"/答复 1 {ANSWER} 适用：全县")
    assert sorted(name for name, _ in await town.caused()) == ["张大妈", "杨大嫂"]
    assert await waiting(town) == []
    assert (await town.say("杨大嫂", ASKED)).startswith(ANSWER)
    assert "现在的答复（同 #1）" in await town.say("吴会计", "/待答 2")


async def test_another_way_of_asking_shares_the_answer_and_its_changes(town: Town) -> None:
    await town.say("张大妈", ASKED)
    await town.say("王主任", f"/答复 1 {ANSWER}")
    other = "门口的灯黑了大半月该谁管"
    await town.say("陈大爷", other)
    assert (
        await town.say("王主任", "/答复 2 同 #1") == phrases.joined(2, "keeper-1", 1, ("永续社区",)).plain()
    )
    assert await town.caused() == [("陈大爷", f"您问过“{other}”，有答复了：\n{SAID}")]
    assert await town.say("小周", other) == SAID
    await town.say("王主任", "/答复 1 灯归供电所修。")
    assert (await town.say("小周", other)).startswith("灯归供电所修。")
    rows = await town.database.read(lambda uow: [(q.no, q.text) for q in uow.questions.aliases("keeper-1")])
    assert rows == [(2, other)]
    aliases = await town.database.read(lambda uow: aliases_of(uow, _card_of(town, "keeper-1"), "keeper/1"))
    assert [(alias.text, alias.source, alias.asked and alias.asked.no) for alias in aliases] == [
        (ASKED, "keeper/1", 1),
        (other, "keeper/2", 2),
    ]


async def test_what_shared_a_dropped_answer_waits_again(town: Town) -> None:
    other = "门口的灯黑了大半月该谁管"
    await town.say("张大妈", ASKED)
    await town.say("王主任", f"/答复 1 {ANSWER}")
    await town.say("陈大爷", other)
    await town.say("王主任", "/答复 2 和1一样")
    assert await town.say("王主任", "/不答 1 写错了") == phrases.dropped(1, 0, True, [2]).plain()
    assert await waiting(town) == [(2, other, 1)]
    assert (await town.say("小周", other)).startswith("这个我没把握")


async def test_a_chain_of_same_questions_ends_at_the_answer(town: Town) -> None:
    asked = [ASKED, "门口的灯黑了大半月该谁管", "巷子里漆黑一片找哪个部门"]
    for text in asked:
        await town.say("张大妈", text)
    await town.say("王主任", f"/答复 2 {ANSWER}")
    await town.say("王主任", "/答复 3 同 2")
    await town.say("王主任", "/答复 1 灯归供电所修。")
    await town.say("王主任", "/答复 2 同 1")
    for text in asked:
        assert (await town.say("小周", text)).startswith("灯归供电所修。")
    assert "不能同它自己" in await town.say("王主任", "/答复 1 同 3")
    assert "还没有答复" in await town.say("王主任", "/答复 1 同 9")
    assert "没有卡片“no-such”" in await town.say("王主任", "/答复 1 同 no-such")


@pytest.mark.parametrize(
    "said", ["同 3", "同3", "同 #3", "同＃３号", "和 3 一样", "跟#3相同", "同问题 3。", "同 keeper-3"]
)
def test_same_as_is_heard(said: str) -> None:
    assert same_as(said) == "keeper-3"


@pytest.mark.parametrize("said", ["同意", "同 3 月一样办", "和 3 口人一样算", "3", "同", "报社区，同 3"])
def test_an_answer_is_not_taken_for_same_as(said: str) -> None:
    assert same_as(said) is None


def _card_of(town: Town, card_id: str) -> Card:
    card = town.services[Library].card(card_id)
    assert isinstance(card, Card)
    return card


async def test_every_step_stands_in_the_audit(town: Town) -> None:
    await town.say("张大妈", ASKED)
    await town.say("王主任", f"/答复 1 {ANSWER}")
    await town.say("赵干事", "/不答 1 写错了")
    person = {name: town.person(name).id for name in ("王主任", "赵干事")}
    rows = [
        (row["actor"], row["action"], row["subject"], row["before"], row["after"])
        for row in await town.register("audit")
        if row["subject"] == "question:1"
    ]
    assert rows == [
        (f"member:{person['王主任']}", "answer", "question:1", "waiting", "answered"),
        (f"member:{person['赵干事']}", "drop", "question:1", "answered", "dropped"),
    ]


async def test_dropped_question_takes_its_answer_out_and_who_asks_again_is_told_why(town: Town) -> None:
    await town.say("张大妈", ASKED)
    await town.say("王主任", f"/答复 1 {ANSWER}")
    assert await town.say("王主任", "/不答 1 写错了") == phrases.dropped(1, 0, True).plain()
    told = "这个问题管理员看过，不另作答复：写错了。要问清楚，请到乡镇（街道）便民服务中心或拨打 12345。"
    assert await town.say("张大妈", f"请问{ASKED}？") == told
    assert await waiting(town) == []
    kept = await town.database.read(lambda uow: uow.questions.get(1))
    assert (kept.times, kept.standing, kept.reason) == (2, Standing.DROPPED, "写错了")


async def test_answer_found_of_no_use_comes_back_into_the_queue(town: Town) -> None:
    await town.say("张大妈", ASKED)
    await town.say("张大妈", "/没用")
    assert await waiting(town) == [(1, ASKED, 1)]
    await town.say("王主任", f"/答复 1 {ANSWER}")
    await town.say("张大妈", ASKED)
    await town.say("张大妈", "/没用")
    assert await waiting(town) == [(1, ASKED, 2)]


async def test_local_figure_is_declined_until_the_keeper_gives_it(town: Town) -> None:
    asked = "今年低保一个月多少钱"
    assert (await town.say("张大妈", asked)).startswith("各地的具体标准每年不同")
    await town.say("王主任", "/答复 1 以县民政局公布的为准，贴在公开栏。")
    assert (await town.say("张大妈", asked)).startswith("以县民政局公布的为准，贴在公开栏。")


async def test_who_waited_too_long_or_hid_themselves_is_not_told(town: Town) -> None:
    for name in ("张大妈", "陈大爷"):
        await town.say(name, ASKED)
    await town.say("张大妈", "/隐去 确认")
    town.clock.advance(days=31)
    await town.say("小周", ASKED)
    await jobs.forget_askers(town.database, town.clock, town.services)
    await town.say("王主任", f"/答复 1 {ANSWER}")
    assert [name for name, _ in await town.caused()] == ["小周"]
    assert FEATURE.jobs["forget_askers"] is jobs.forget_askers


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("报社区。", Written("报社区。")),
        ("报社区。依据《某办法》第5条", Written("报社区。", law="某办法", article="第五条")),
        ("报社区（依据：《某办法》第十二条之一）。", Written("报社区", law="某办法", article="第十二条之一")),
        (
            "带证件去办\n去哪办：社区\n带什么：身份证、户口本\n几天：三天",
            Written("带证件去办", "社区", "身份证、户口本", "三天"),
        ),
        ("依据《某办法》的精神，都可以办。", Written("依据《某办法》的精神，都可以办。")),
    ],
)
def test_answer_is_read_as_keepers_write_it(said: str, read: Written) -> None:
    assert written(said) == read


@pytest.mark.parametrize("said", ["", "依据《某办法》第五条", "去哪办：社区", "长" * 1001])
def test_answer_without_words_or_without_end_is_refused(said: str) -> None:
    with pytest.raises(BadInput):
        written(said)


@given(st.text(max_size=200))
def test_any_words_are_an_answer_or_refused(said: str) -> None:
    try:
        given_answer = written(said)
    except BadInput:
        return
    assert given_answer.text.strip()


@given(st.text(max_size=60))
def test_key_of_a_question_is_stable(text: str) -> None:
    assert question_key(f" {text}？") == question_key(text)
