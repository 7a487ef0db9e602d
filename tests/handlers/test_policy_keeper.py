"""The learning loop: what found no answer is queued, answered by a keeper, and told to who asked."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.errors import BadInput
from handlers.policy import FEATURE, jobs, phrases
from handlers.policy.keeper import Written, written
from handlers.policy.library import Library
from knowledge.answer import Verdict
from knowledge.folding import question_key
from storage.database import Database
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


async def test_answer_is_in_force_at_once_and_who_asked_is_told_once(town: Town) -> None:
    await town.say("张大妈", ASKED)
    await town.say("小周", f"/问 {ASKED}", GROUP)
    assert await town.say("王主任", f"/答复 1 {ANSWER}") == phrases.answer_kept(1, 2, False, "").plain()
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


async def test_dropped_question_takes_its_answer_out_and_does_not_come_back(town: Town) -> None:
    await town.say("张大妈", ASKED)
    await town.say("王主任", f"/答复 1 {ANSWER}")
    assert await town.say("王主任", "/不答 1 写错了") == phrases.dropped(1, 0, True).plain()
    assert (await town.say("张大妈", ASKED)).startswith("这个我没把握")
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
    await town.say("张大妈", "/隐去")
    town.clock.advance(days=31)
    await town.say("小周", ASKED)
    await jobs.forget_askers(town.database, town.clock, town.services)
    await town.say("王主任", f"/答复 1 {ANSWER}")
    assert [name for name, _ in await town.caused()] == ["小周"]
    assert FEATURE.jobs == {"forget_askers": jobs.forget_askers}


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
