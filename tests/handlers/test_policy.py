"""What is said of an answer, and what is kept of a question."""

from datetime import date
from pathlib import Path

import pytest

from bot import demo
from handlers.policy import phrases
from handlers.policy.commands import _split
from handlers.policy.excerpt import GAP
from handlers.policy.library import Library, import_paths
from knowledge.doors import Door
from knowledge.search import Hit
from storage.database import Database
from tests.clock import FrozenClock
from tests.handlers.town import GROUP, Town, empty_library

HIT = Hit(
    document="某某办法", article="第三条", source="a.md", passage_id="p1", score=0.9, text="第三条　可以。",
    heading="", issued=date(2025, 3, 1), effective=date(2025, 4, 1), expires=None, region="",
)  # fmt: skip


def test_every_door_says_who_can_help() -> None:
    assert set(phrases.DOORS) == set(Door)
    assert all(sentence.endswith(("。", "？")) for sentence in phrases.DOORS.values())


def test_citation_names_document_article_and_dates() -> None:
    assert phrases.citation(HIT) == "依据：《某某办法》第三条（2025年3月1日公布，2025年4月1日起施行）"


@pytest.mark.parametrize(
    ("document", "article", "read"),
    [
        ("土地管理法", "62", ("土地管理法", "第六十二条")),
        ("《土地管理法》", "第 62 条", ("土地管理法", "第六十二条")),
        ("《土地管理法》第62条", None, ("土地管理法", "第六十二条")),
        ("土地管理法第六十二条之一", None, ("土地管理法", "第六十二条之一")),
        ("土地管理法62", None, ("土地管理法", "第六十二条")),
    ],
)
def test_article_is_named_in_one_word_or_two(
    document: str, article: str | None, read: tuple[str, str]
) -> None:
    assert _split(document, article) == read


async def test_unsure_question_goes_to_the_keeper_without_name_and_number(town: Town) -> None:
    await town.say("张大妈", "孙秀英奶奶 13812345678 家的水管归谁修")
    kept = await town.database.read(lambda uow: [(row.text, row.times) for row in uow.questions.waiting()])
    assert kept == [("孙某奶奶〔号码已隐去〕家的水管归谁修", 1)]


async def test_report_against_a_person_leaves_nothing_behind(town: Town) -> None:
    said = "村会计孙大海贪污低保款，我要举报他"
    assert await town.say("张大妈", said) == phrases.DOORS[Door.WRONGDOING]
    await town.say("张大妈", "/没用")
    kept = await town.database.read(
        lambda uow: [(row.kind, row.text, row.answer) for row in uow.feedback.all()]
    )
    assert kept == [("useless", "", "door:wrongdoing")]
    assert await town.database.read(lambda uow: uow.questions.waiting()) == []


async def test_feedback_speaks_of_the_last_answer_in_the_same_chat(town: Town) -> None:
    assert await town.say("张大妈", "/有用") == phrases.NO_LAST_ANSWER
    await town.say("张大妈", "第一个没人答得上的问题")
    await town.say("张大妈", "第二个没人答得上的问题")
    assert await town.say("张大妈", "/有用", GROUP) == phrases.NO_LAST_ANSWER
    assert await town.say("张大妈", "/没用") == phrases.THANKS_USELESS
    rated = await town.database.read(lambda uow: [row.text for row in uow.feedback.all("useless")])
    assert rated == ["第二个没人答得上的问题"]


async def test_long_article_is_cut_to_what_was_asked_and_shown_whole_on_demand(
    database: Database, clock: FrozenClock, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    opening = "第三条　有下列情形之一的，可以申请搬迁补助："
    items = [f"（{mark}）住在{mark}号河滩地上、{'汛期进水的；' * 9}" for mark in "一二三四五六七"]
    wanted = "（八）窑洞裂缝的，凭鉴定书办理。"
    law = "\n".join(["# 某县搬迁补助办法", "", "第一条　为了安全，制定本办法。", "", opening, *items, wanted])
    (tmp_path / "搬迁.md").write_text(law, "utf-8")
    database.run_now(demo.put)
    town = Town(database, clock, empty_library(tmp_path_factory.getbasetemp() / "jieba"))
    library: Library = town.services[Library]
    import_paths(database, [tmp_path / "搬迁.md"], tmp_path / "originals")
    library.catch_up(database)
    said = await town.say("张大妈", "《某县搬迁补助办法》第三条窑洞裂缝凭什么鉴定书")
    assert said.startswith(f"《某县搬迁补助办法》\n{opening}\n")
    assert f"{GAP}\n{wanted}\n依据：《某县搬迁补助办法》第三条" in said
    whole = await town.say("张大妈", "1")
    assert all(item in whole for item in [*items, wanted])
