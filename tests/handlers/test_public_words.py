"""What keepers write for everybody: numbers of offices go in; what is somebody's own is told at once, and not kept."""

from collections.abc import Iterator

import pytest

from bot.chat import phrases
from bot.masking import Kind, private
from storage.database import Database
from storage.uow import UnitOfWork
from tests.clock import FrozenClock
from tests.handlers.town import GROUP, Town, empty_library

OWN = {
    "带上身份证110101194912310021来办": {Kind.IDENTITY},
    "身份证11010519491231002X已核": {Kind.IDENTITY},
    "补助打到卡号6222021234567890123": {Kind.CARD},
    "有事找李强，手机 138-1234-5678": {Kind.PHONE},
    "13812345678（王秀英）负责": {Kind.PHONE},
    "网格员陈丽（139 1234 5678）来修": {Kind.PHONE},
    "王建国13812345678，卡号6222021234567890123": {Kind.CARD, Kind.PHONE},
}
OFFICES = (
    "报社区，电话0537-8712345，或打12345",
    "村委会值班手机13812345678",
    "值班电话：13812345678",
    "拨打 13812345678 找值班员",
    "找王会计办，周一到周五上午",
    "问题问孙立国",
    "李强管水电。坏了打 13812345678",
    "依据鲁民〔2025〕12号，每人每月760元，2025年7月1日起",
)


@pytest.fixture
def town(sqlite_url: str, clock: FrozenClock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    from bot import demo

    database = Database(sqlite_url, clock.now)
    database.run_now(demo.put)
    database.run_now(lambda uow: uow.members.add("邵逸夫"))
    yield Town(database, clock, empty_library(tmp_path_factory.getbasetemp() / "jieba"))
    database.close()


async def kept(town: Town) -> list[object]:
    """Everything these commands can change."""

    def look(uow: UnitOfWork) -> list[object]:
        group = uow.groups.named(GROUP).id
        return [
            uow.questions.waiting(),
            uow.local_values.at(place.id for place in uow.places.all()),
            uow.plans.notices([group], uow.now.date()),
            uow.documents.load(["keeper/1"]),
        ]

    return [*await town.database.read(look), await town.register("audit"), await town.register("digests")]


@pytest.mark.parametrize(("words", "kinds"), OWN.items())
def test_somebodys_own_is_found(words: str, kinds: set[Kind]) -> None:
    assert private(words) == kinds


@pytest.mark.parametrize("words", OFFICES)
def test_offices_are_told(words: str) -> None:
    assert private(words) == frozenset()


def test_a_mobile_beside_a_name_of_the_roster_is_a_persons() -> None:
    assert private("打 13812345678，邵逸夫接") == frozenset()
    assert private("打 13812345678，邵逸夫接", ["邵逸夫"]) == {Kind.PHONE}


@pytest.mark.parametrize(
    "command",
    [
        "/答复 1 {}",
        "/答复 1 报社区来修。去哪办：{}",
        "/不答 1 {}",
        "/推送 添加 {}",
        "/推送 置顶 {} 到 3月9日",
        "/本地标准 高龄津贴 每月100元{} 依据《高龄津贴办法》2024年1月1日",
    ],
)
@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ("带上身份证110101194912310021来办", [Kind.IDENTITY]),
        ("补助打到卡号6222021234567890123", [Kind.CARD]),
        ("，找王建国13812345678", [Kind.PHONE]),
    ],
)
async def test_words_for_everybody_are_refused_in_one_sentence_and_not_kept(
    town: Town, command: str, words: str, kinds: list[Kind]
) -> None:
    await town.say("张大妈", "村口路灯不亮归谁修")
    before = await kept(town)
    group = GROUP if "推送" in command else None
    told = await town.say("王主任", command.format(words), group)
    assert told.splitlines()[0] == phrases.for_everybody(kinds)
    assert await kept(town) == before


async def test_numbers_of_offices_are_kept(town: Town) -> None:
    await town.say("张大妈", "村口路灯不亮归谁修")
    said = "报村委会，电话0537-8712345，值班手机13812345678，或打12345"
    await town.say("王主任", f"/答复 1 {said}")
    assert said in await town.say("陈大爷", "/问 村口路灯不亮归谁修", GROUP)
    assert said in await town.say("王主任", f"/推送 置顶 {said} 到 3月9日", GROUP)


async def test_who_is_on_the_roster_is_known_by_name_alone(town: Town) -> None:
    await town.say("张大妈", "村口路灯不亮归谁修")
    told = await town.say("王主任", "/答复 1 打 13812345678，邵逸夫接")
    assert told.splitlines()[0] == phrases.for_everybody([Kind.PHONE])


@pytest.mark.parametrize("who", ["王秀英", "邵逸夫"])
async def test_a_list_in_a_group_does_not_say_whose_name_was_asked_for(town: Town, who: str) -> None:
    assert who not in await town.say("张大妈", f"/心愿单 {who}", GROUP)
    assert f"“{who}”" in await town.say("张大妈", f"/心愿单 {who}")
    assert "“收音机”" in await town.say("张大妈", "/心愿单 收音机", GROUP)
