"""A person's rights: hidden, erased, copied; whatever table holds something of theirs."""

from dataclasses import replace

import pytest

from bot.chat.reply import Reply
from bot.phrases.privacy import ITEMS, TABLES
from handlers.members import privacy
from storage.base import metadata
from storage.outbox import EMPTY, Target
from storage.uow import UnitOfWork
from storage.whole_person import SECRETS, tables
from storage.wishes import Move, Status
from tests.handlers.town import GROUP, Town

PHONE = "13812345678"
WISH = f"/心愿 张大妈本人 {PHONE} 想要一个暖水袋"


def test_every_table_that_refers_to_somebody_has_a_name_and_an_end() -> None:
    assert set(TABLES) == {*tables(), "member", "audit", privacy.DETAILS}


def test_every_column_of_a_copy_has_a_chinese_name() -> None:
    columns = {
        column.name
        for table in (*tables(), "member", "audit")
        for column in metadata.tables[table].columns
        if column.name not in SECRETS
    }
    assert {name for name in columns if name not in ITEMS} == set()
    assert {name for name in ITEMS if ITEMS[name].isascii()} == set()


def _all_of(uow: UnitOfWork, member_id: int) -> str:
    return str(list(uow.whole_person.rows(member_id)))


async def _claimed(town: Town) -> None:
    """张大妈's own wish, with her number, held by 小周; a question asked, half a command typed."""
    await town.say("张大妈", WISH)
    await town.say("王主任", "/核实 7 通过")
    await town.say("小周", "/认领 7", GROUP)
    await town.say("张大妈", "张大妈家能领低保吗")
    await town.say("张大妈", "/反馈")


@pytest.mark.parametrize("way", ["/隐去 确认", "erase"])
async def test_who_is_forgotten_is_nowhere_any_more(town: Town, way: str) -> None:
    await _claimed(town)
    member = town.person("张大妈")
    if way == "erase":
        await town.database.run(privacy.erase, member, actor="operator")
    else:
        await town.say("张大妈", way)

    def look(uow: UnitOfWork) -> tuple[str, tuple[str, ...], dict[str, str], list[str]]:
        bodies = [row.body for row in uow.outbox.with_ids(range(1, 1000)).values()]
        contact = uow.details.read("wish:7", by="test")
        return _all_of(uow, member.id), uow.details.fields(f"member:{member.id}"), contact, bodies

    rows, fields, contact, bodies = await town.database.run(look)
    assert ("张大妈" in rows, PHONE in rows) == (False, False)
    assert (fields, contact) == ((), {})
    assert not [body for body in bodies if PHONE in body or "张大妈" in body]
    assert EMPTY in bodies


@pytest.mark.parametrize("contact", ["无", "text"])
async def test_what_others_are_told_stays_when_somebody_is_forgotten(town: Town, contact: str) -> None:
    """Words that stand in anybody's messages are nobody's details."""

    def prepare(uow: UnitOfWork) -> None:
        wish = uow.wishes.listed(statuses=list(Status), places=None, logged_by=town.person("小周").id)[0]
        uow.details.keep(f"wish:{wish.no}", "contact", contact)
        uow.members.settle_in(town.person("小周").id, place_id=None, name=contact)
        uow.outbox.add(
            Target(member_id=town.person("张大妈").id), Reply.text("三组明天停电，今日无其他通知").to_json()
        )

    member = town.person("小周")
    await town.database.run(prepare)
    await town.database.run(privacy.erase, replace(member, name=contact), actor="operator")
    bodies = await town.database.read(
        lambda uow: [row.body for row in uow.outbox.with_ids(range(1, 1000)).values()]
    )
    assert Reply.text("三组明天停电，今日无其他通知").to_json() in bodies


async def test_a_copy_leaves_out_how_to_reach_others_and_what_who_left_had_written(town: Town) -> None:
    told = f"登记人：小周，联系：{PHONE}"
    await town.say("李书记", f"/心愿 李书记写的 {PHONE} 想要一把伞")

    def prepare(uow: UnitOfWork) -> None:
        member = town.person("小周").id
        uow.details.keep("wish:3", "contact", "孙立国")
        uow.outbox.add(Target(member_id=member), Reply.text(told).to_json())
        uow.wishes.move(7, Move.ENTRUST, by=None, setting={"logged_by": member})

    await town.database.run(prepare)
    mine = str(await town.database.run(privacy.copy, town.person("小周"), actor="operator"))
    assert ("孙立国" in mine, PHONE in mine) == (False, False)
    theirs = str(await town.database.run(privacy.copy, town.person("李书记"), actor="operator"))
    assert PHONE in theirs


async def test_what_an_erased_person_had_claimed_goes_back_and_their_roles_end(town: Town) -> None:
    member = town.person("小孙")
    before = await town.database.run(privacy.erase, member, actor="operator")
    assert before["wish"] == 1

    def look(uow: UnitOfWork) -> tuple[str, bool, list[str]]:
        erased = uow.members.get(member.id)
        acts = [entry.action for entry in uow.audit.all() if entry.actor == "operator"]
        return uow.wishes.get(3).status.value, erased.hidden and not erased.grants, acts

    status, gone, acts = await town.database.run(look)
    assert (status, gone) == ("open", True)
    assert acts[-1] == "erase"
    assert {"release", "leave"} <= set(acts)


async def test_counting_is_no_look_and_changes_nothing(town: Town) -> None:
    await _claimed(town)
    member = town.person("张大妈")
    looks = await town.register("looks")
    counted = await town.database.read(privacy.held, member)
    assert counted[privacy.DETAILS] >= 1
    assert (counted["member"], counted["wish"], counted["conversation"]) == (1, 2, 1)
    assert await town.register("looks") == looks
    assert await town.database.read(privacy.held, member) == counted


async def test_a_copy_holds_all_that_is_theirs_and_nobody_else(town: Town) -> None:
    await _claimed(town)
    await town.say("小周", "/心愿 邻居孙立国老人 13987654321 想要轮椅")
    neighbour = town.person("小周")
    rows = await town.database.run(privacy.copy, neighbour, actor="operator")
    said = str(rows)
    assert ("小周" in said, "孙立国" in said, "13987654321" in said, PHONE in said) == (
        True,
        False,
        False,
        False,
    )
    mine = str(await town.database.run(privacy.copy, town.person("张大妈"), actor="operator"))
    assert ("张大妈" in mine, PHONE in mine) == (True, True)
    looked = [
        (row["actor"], row["subject"]) for row in await town.register("looks") if row["action"] == "look"
    ]
    assert ("operator", f"member:{neighbour.id}") in looked
    assert ("operator", "wish:7") in looked
