"""A wish list in a WeCom group offers a card: who may claim by it, and what a second press does."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from storage.members import Grant, Role
from storage.uow import UnitOfWork
from storage.wishes import Move, Status
from tests.channels.contract.bench import House
from tests.channels.contract.wecom_aibot import GROUP, LongConnectionBench
from tests.platform.aibot_callbacks import Callback
from tests.platform.aibot_desk import UPDATE
from tests.platform.clock import StandingClock

VOLUNTEER, SECOND, RESIDENT = "lihua", "wangwu", "zhaoda"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("robot") / "data"
    House(folder, {}, StandingClock()).app.close()
    return folder


@pytest.fixture
async def bench(prepared: Path) -> AsyncIterator[LongConnectionBench]:
    made = LongConnectionBench()
    await made.start(prepared)
    made.server.chats.add_group(GROUP, VOLUNTEER, SECOND, RESIDENT)
    await made.joined()
    yield made
    await made.stop()


def move_in(uow: UnitOfWork) -> int:
    """A wish that waits for somebody, two volunteers and a resident, and the group they share."""
    place = uow.places.add("永续社区", kind="community").id
    uow.groups.add("永续社区连心群", place_id=place, channel="wecom_aibot", external_id=GROUP)
    for name, userid, role in (
        ("李华", VOLUNTEER, Role.VOLUNTEER), ("王五", SECOND, Role.VOLUNTEER), ("赵大", RESIDENT, None),
    ):  # fmt: skip
        member = uow.members.add(name, place_id=place, grants=[Grant(role, place)] if role else [])
        uow.members.open_account(member.id, "wecom_aibot", userid)
        uow.members.noticed(member.id)
    wisher = uow.members.add("孙奶奶", place_id=place)
    keeper = uow.members.add("王主任", place_id=place, grants=[Grant(Role.COORDINATOR, place)])
    wish = uow.wishes.log(
        "一台收音机", by=wisher.id, place_id=place, group_id=None, expires_on=uow.now.date().replace(month=12)
    )
    uow.wishes.move(wish.no, Move.VERIFY, by=keeper.id)
    return wish.no


async def press(bench: LongConnectionBench, userid: str, task: str, key: str) -> Callback:
    told = await bench.server.tell(bench.server.people.click(userid, task, key))
    shown = bench.server.chats.cards[task]
    await bench.server.until(lambda: userid in shown.for_some)
    return told


async def test_the_first_press_with_the_right_claims_and_all_others_are_told_why_not(
    bench: LongConnectionBench,
) -> None:
    server, database = bench.server, bench.house.app.database
    number = await database.run(move_in)
    listing = await server.say(VOLUNTEER, "/心愿单", GROUP)
    await server.until(lambda: bool(server.chats.cards))
    (task,) = server.chats.cards
    assert f"#{number}" in server.chats.streams[listing.body["msgid"]].contents[-1]

    def claimed() -> Any:
        return database.read_now(
            lambda uow: [(wish.status, wish.claimed_by) for wish in uow.wishes.listed(
                statuses=list(Status), places=None, limit=9)]
        )  # fmt: skip

    key = f"/认领 {number}"
    await press(bench, RESIDENT, task, key)
    assert [status for status, _ in claimed()] == [Status.OPEN]
    told = await press(bench, VOLUNTEER, task, key)
    ((status, holder),) = claimed()
    assert (status, holder is not None) == (Status.CLAIMED, True)
    await press(bench, SECOND, task, key)
    assert claimed() == [(status, holder)]
    said = {userid: _words(card) for userid, card in server.chats.cards[task].for_some.items()}
    assert said[RESIDENT].startswith("“/认领”由") and "李华" not in said[SECOND]
    assert len(set(said.values())) == 3
    before = server.calls[UPDATE]
    await server.tell(server.people.again(told))
    after = await server.say(RESIDENT, "/帮助", GROUP)
    await server.until(lambda: after.body["msgid"] in server.chats.streams)
    await asyncio.sleep(0)
    assert (claimed(), server.calls[UPDATE]) == ([(status, holder)], before)


def _words(card: Any) -> str:
    return f"{card.get('main_title', {}).get('title', '')}{card.get('sub_title_text', '')}"
