"""Group life: who may say where a group belongs, and what follows from it."""

import itertools

import pytest

from bot.chat.dispatcher import Dispatcher
from bot.chat.reply import Reply
from bot.chat.update import Kind, Update
from handlers import FEATURES
from storage.groups import Group
from storage.uow import UnitOfWork
from tests.handlers.town import GROUP, Town

KEYS = itertools.count(1)


async def _hear(
    town: Town, text: str, *, sender: str = "u-1", chat: str | None = "wr-9", kind: Kind = Kind.TEXT
) -> Reply:
    """Something said on a platform that has no list of our chats."""
    dispatcher = Dispatcher(FEATURES, town.database, town.clock, town.services, messages_a_minute=0)
    update = Update(
        "wecom_aibot", f"m{next(KEYS)}", sender, town.clock.now(), text, chat=chat, mentioned=True, kind=kind
    )
    return await dispatcher.answer(update)


def _join(town: Town, name: str, sender: str) -> None:
    member = town.person(name)
    town.database.run_now(lambda uow: uow.members.join_account(member.id, "wecom_aibot", sender))
    town.database.run_now(lambda uow: uow.members.noticed(member.id))


def _group(town: Town, chat: str = "wr-9") -> Group | None:
    return town.database.read_now(lambda uow: uow.groups.on_channel("wecom_aibot", chat))


async def test_the_first_call_registers_the_chat_and_says_what_to_do(town: Town) -> None:
    _join(town, "小周", "u-1")
    assert _group(town) is None
    reply = await _hear(town, "/帮助 认领")
    assert reply.plain().startswith("/认领：认领一个微心愿")
    assert reply.plain().endswith("归好地方后才推早报、列本地心愿。")
    group = _group(town)
    assert group is not None
    assert (group.name, group.place, group.subscribed, group.heard_at) == (
        f"新群{group.id}", None, False, town.clock.now(),
    )  # fmt: skip
    again = await _hear(town, "/帮助 认领")
    assert "本群已接上" not in again.plain()
    assert _group(town) == group


async def test_who_gives_the_group_its_place_owns_it_and_the_digest_begins(town: Town) -> None:
    _join(town, "王主任", "u-2")
    await _hear(town, "/帮助", sender="u-2")
    place = town.person("王主任").place
    told = (await _hear(town, f"/本群 地点 {place}", sender="u-2")).plain()
    assert told == f"本群归{place}。早报每个工作日 08:00 推送，不想要发“/推送 停”。"
    group = _group(town)
    assert group is not None
    assert (group.place, group.owner_id, group.subscribed) == (place, town.person("王主任").id, True)
    assert (await _hear(town, "/本群 名称 " + GROUP, sender="u-2")).plain().startswith("已有一个群叫")
    assert (await _hear(town, "/本群 名称 第二群", sender="u-2")).plain() == "本群叫“第二群”。"


async def test_nobody_takes_a_group_to_a_place_that_is_not_theirs(town: Town) -> None:
    _join(town, "王主任", "u-2")
    await _hear(town, "/帮助", sender="u-2")
    before = _group(town)
    places = town.database.read_now(lambda uow: uow.places.all())
    mine = town.database.read_now(lambda uow: uow.places.line(town.person("王主任").place_id))
    other = next(place for place in places if place.id not in mine)
    assert (await _hear(town, f"/本群 地点 {other.name}", sender="u-2")).plain().startswith("把群归到")
    assert (await _hear(town, "/本群 用途 闲聊", sender="u-2")).plain().startswith("本群还没有归到")
    assert _group(town) == before


async def test_spoken_to_again_we_are_in_the_group_again(town: Town) -> None:
    _join(town, "王主任", "u-2")
    await _hear(town, "/帮助", sender="u-2")
    group = _group(town)
    assert group is not None
    town.database.run_now(lambda uow: uow.groups.set(group.id, removed_at=town.clock.now()))
    town.clock.advance(days=1)
    await _hear(town, "/帮助", sender="u-2")
    back = _group(town)
    assert back is not None
    assert (back.removed_at, back.heard_at) == (None, town.clock.now())


@pytest.mark.parametrize("text", ["认领 2", "claim:2", "", "你好"])
async def test_a_press_that_is_no_command_says_nothing_and_changes_nothing(town: Town, text: str) -> None:
    _join(town, "小周", "u-1")
    await _hear(town, "/帮助")
    assert (await _hear(town, text, kind=Kind.CLICK)).parts == ()


async def test_a_press_does_what_its_command_does_for_who_presses(town: Town) -> None:
    _join(town, "小孙", "u-3")
    _join(town, "小周", "u-1")
    group = town.database.run_now(
        lambda uow: uow.groups.set(uow.groups.named(GROUP).id, channel="wecom_aibot", external_id="wr-7")
    )
    listed = await _hear(town, "/心愿单", chat="wr-7")
    (card,) = (part for part in listed.parts if part.__class__.__name__ == "Card")
    (press,) = {button.command for button in card.buttons if button.label == "认领 #2"}  # type: ignore[union-attr]
    first = (await _hear(town, press, sender="u-3", chat="wr-7", kind=Kind.CLICK)).plain()
    second = (await _hear(town, press, sender="u-3", chat="wr-7", kind=Kind.CLICK)).plain()
    late = (await _hear(town, press, sender="u-1", chat="wr-7", kind=Kind.CLICK)).plain()
    stranger = (await _hear(town, press, sender="nobody", chat="wr-7", kind=Kind.CLICK)).plain()
    assert group.external_id == "wr-7"
    assert "#2" in first
    assert second.startswith("#2 已经由您认领")
    assert late.startswith("#2 已有人认领")
    assert stranger.startswith("“/认领”由")
    wish = town.database.read_now(lambda uow: uow.wishes.get(2))
    assert wish.claimed_by == town.person("小孙").id


async def test_a_place_whose_name_several_bear_is_asked_for(town: Town) -> None:
    _join(town, "王主任", "u-2")
    await _hear(town, "/帮助", sender="u-2")

    def twins(uow: UnitOfWork) -> None:
        home = uow.places.named("永续社区")
        above = uow.places.add("远处镇", kind="town", parent=uow.places.line(home.id)[2])
        uow.places.add(home.name, kind="community", parent=above.id)

    town.database.run_now(twins)
    told = (await _hear(town, "/本群 地点 永续社区", sender="u-2")).plain()
    assert told.splitlines()[0] == "叫“永续社区”的地方不止一个，请写成：清河镇/永续社区、远处镇/永续社区。"
    assert "本群归永续社区" in (await _hear(town, "/本群 地点 永续社区@清河镇", sender="u-2")).plain()
