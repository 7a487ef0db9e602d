"""Two replicas hear of one group in one moment: it is registered once, and nothing said there is lost or doubled."""

import asyncio
from collections.abc import Iterator
from itertools import count

import pytest

from bot import demo
from bot.chat.reply import Reply
from bot.chat.update import Update
from handlers.policy.library import Library
from storage.database import Database
from storage.members import Grant, Role
from storage.uow import UnitOfWork
from tests.clock import FrozenClock
from tests.handlers.town import Town

CHANNEL = "wecom_aibot"
AT_ONCE = 12
KEYS = count(1)


def _people(uow: UnitOfWork) -> None:
    """A coordinator of each village, speaking from the corporation's app."""
    for name in ("永续社区", "和美村"):
        place = uow.places.named(name).id
        member = uow.members.add(f"{name}干部", place_id=place, grants=[Grant(Role.COORDINATOR, place)])
        uow.members.noticed(member.id)
        uow.members.join_account(member.id, CHANNEL, name)


@pytest.fixture
def towns(database_url: str, clock: FrozenClock, library: Library) -> Iterator[list[Town]]:
    """Two processes over one database."""
    databases = [Database(database_url, clock.now) for _ in range(2)]
    databases[0].run_now(demo.put)
    databases[0].run_now(_people)
    yield [Town(database, clock, library) for database in databases]
    for database in databases:
        database.close()


async def at_once(towns: list[Town], lines: list[tuple[str, str, str]]) -> list[Reply]:
    """Lines of (sender, group, text), turn by turn to each replica."""
    said = [
        towns[place % 2].hear(
            Update(CHANNEL, f"m{next(KEYS)}", sender, towns[0].clock.now(), text, chat=chat, mentioned=True)
        )
        for place, (sender, chat, text) in enumerate(lines)
    ]
    return list(await asyncio.gather(*said))


async def test_a_group_is_registered_once(towns: list[Town]) -> None:
    await at_once(towns, [("永续社区", f"wr-{n // 4}", "/本群") for n in range(AT_ONCE)])
    groups = await towns[0].database.read(lambda uow: uow.groups.all())
    assert sorted(g.external_id for g in groups if g.channel == CHANNEL) == [
        f"wr-{n}" for n in range(AT_ONCE // 4)
    ]


async def test_of_two_who_place_a_group_at_once_one_does(towns: list[Town]) -> None:
    await at_once(towns, [("永续社区", "wr-1", "/本群")])
    places = [("永续社区", "永续社区"), ("和美村", "和美村")] * (AT_ONCE // 2)
    told = await at_once(towns, [(who, "wr-1", f"/本群 地点 {place}") for who, place in places])
    group = await towns[0].database.read(lambda uow: uow.groups.on_channel(CHANNEL, "wr-1"))
    assert group is not None
    owner = await towns[0].database.read(lambda uow: uow.members.get(group.owner_id or 0))
    assert owner.name == f"{group.place}干部"
    assert {each.plain().splitlines()[0].partition("。")[0] for each in told} == {
        f"本群归{group.place}",
        "本群的事项要由本地的干部、第一书记或县里来改",
    }


async def test_of_two_groups_that_want_one_name_one_has_it(towns: list[Town]) -> None:
    lines = [("永续社区", f"wr-{n}") for n in range(6)]
    await at_once(towns, [(who, chat, "/本群 地点 永续社区") for who, chat in lines])
    told = await at_once(towns, [(who, chat, "/本群 名称 秋收群") for who, chat in lines])
    assert sorted(each.plain().splitlines()[0] for each in told) == [
        "已有一个群叫“秋收群”，请换个名称，好分得清。"
    ] * 5 + ["本群叫“秋收群”。"]


async def test_a_group_that_took_the_name_of_one_to_come_is_in_nobodys_way(towns: list[Town]) -> None:
    await at_once(towns, [("永续社区", "wr-1", "/本群 地点 永续社区")])
    last = await towns[0].database.read(lambda uow: max(group.id for group in uow.groups.all()))
    await at_once(towns, [("永续社区", "wr-1", f"/本群 名称 新群{last + 1}")])
    await at_once(towns, [("永续社区", "wr-2", "/本群")])
    group = await towns[0].database.read(lambda uow: uow.groups.on_channel(CHANNEL, "wr-2"))
    assert group is not None and (group.id, group.name) == (last + 1, f"新群{last + 2}")


async def test_what_a_group_is_for_is_kept_whoever_says_it(towns: list[Town]) -> None:
    await at_once(towns, [("永续社区", "wr-1", "/本群 地点 永续社区")])
    told = await at_once(towns, [("永续社区", "wr-1", f"/本群 用途 第{n}件事") for n in range(AT_ONCE)])
    assert [each.plain() for each in told] == [f"本群用途：第{n}件事。" for n in range(AT_ONCE)]
    rows = await towns[0].database.read(lambda uow: uow.audit.all())
    steps = [(row.before, row.after) for row in rows if row.action == "group_purpose"]
    assert [before for before, _ in steps] == ["", *(after for _, after in steps[:-1])]
    assert sorted(after for _, after in steps) == sorted(f"第{n}件事" for n in range(AT_ONCE))
