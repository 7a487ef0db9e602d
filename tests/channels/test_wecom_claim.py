"""A list of wishes in the app, from the question to the claimed wish: the card, who may press it, and twice."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.delivery import Delivery
from bot.pacing import SharedPacing
from handlers.wishes.rules import expires_on
from storage.members import Grant, Role
from storage.uow import UnitOfWork
from storage.wishes import Move, Status
from tests.channels.contract.bench import House, fresh_folder
from tests.channels.contract.wecom_app import WecomAppBench
from tests.platform.clock import StandingClock

CLAIM = "/认领 1"
VOLUNTEERS = ("xiaozhou", "xiaowu")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one open wish, two volunteers and a resident, all bound to WeCom."""
    folder = tmp_path_factory.mktemp("claim") / "data"
    house = House(folder, {}, StandingClock())
    house.app.database.run_now(_put)
    house.app.close()
    return folder


def _put(uow: UnitOfWork) -> None:
    place = uow.places.add("永续社区", kind="community")
    corp = "ww0123456789abcdef"
    logger = uow.members.add("王主任", place_id=place.id, grants=[Grant(Role.COORDINATOR, place.id)])
    for userid, role in (
        (VOLUNTEERS[0], Role.VOLUNTEER),
        (VOLUNTEERS[1], Role.VOLUNTEER),
        ("chen", Role.RESIDENT),
    ):
        member = uow.members.add(userid, place_id=place.id, grants=[Grant(role, place.id)])
        uow.members.open_account(member.id, "wecom_app", userid, corp)
        uow.members.noticed(member.id)
    wish = uow.wishes.log(
        "想要一台能听戏的收音机", by=logger.id, place_id=place.id, group_id=None,
        expires_on=expires_on(uow.now.date()),
    )  # fmt: skip
    uow.wishes.move(wish.no, Move.VERIFY, by=logger.id)


class Office(WecomAppBench):
    """The bench, and the outbox sent on."""

    async def joined(self) -> None:
        for userid in (*VOLUNTEERS, "chen"):
            self.server.add_member(userid)

    async def deliver_outbox(self) -> None:
        app = self.house.app
        delivery = Delivery(app.database, {self.name: self.channel}, self.clock, SharedPacing(app.database))
        self.clock.advance(3)
        while await delivery.send_due():
            pass

    async def ask_for_the_list(self, userid: str) -> str:
        """The task id of the card with the button."""
        said = self.sender.message(userid, Content="/心愿单")
        outcome = await self.sender.deliver(f"{self.url}/wecom/app", said)
        assert outcome.text is not None and "#1" in outcome.text
        before = set(self.server.messages.cards)
        await self.deliver_outbox()
        ((_, task),) = set(self.server.messages.cards) - before
        return task

    async def press(self, userid: str, task: str, copies: int = 1) -> dict[str, Any]:
        """What the card says to who pressed it."""
        click = self.sender.card_click(userid, task, CLAIM)
        for outcome in await self.sender.deliver_at_once(f"{self.url}/wecom/app", click, copies):
            assert outcome.fault is None
        (app,) = self.server.apps.values()
        return self.server.messages.screen(app, task, userid)

    def wish(self) -> tuple[Status, str | None]:
        wish = self.house.app.database.read_now(lambda uow: uow.wishes.get(1))
        return wish.status, wish.claimed_by_name


@pytest.fixture
async def office(prepared: Path, tmp_path: Path) -> AsyncIterator[Office]:
    made = Office()
    await made.start(await asyncio.to_thread(fresh_folder, prepared, tmp_path / "data"))
    await made.joined()
    yield made
    await made.stop()


def words(card: dict[str, Any]) -> str:
    return f"{card.get('MainTitle', {}).get('Title', '')}\n{card.get('SubTitleText', '')}".strip()


async def test_a_press_claims_the_wish_once_however_often_it_is_delivered(office: Office) -> None:
    task = await office.ask_for_the_list("xiaozhou")
    shown = await office.press("xiaozhou", task, copies=3)
    assert "#1" in words(shown)
    assert office.wish() == (Status.CLAIMED, "xiaozhou")
    await office.deliver_outbox()
    assert office.server.ledger.over_limits() == []


async def test_the_second_volunteer_is_told_it_is_taken_and_not_by_whom(office: Office) -> None:
    tasks = {userid: await office.ask_for_the_list(userid) for userid in VOLUNTEERS}
    await office.press("xiaozhou", tasks["xiaozhou"])
    shown = await office.press("xiaowu", tasks["xiaowu"])
    assert "已有人认领" in words(shown)
    assert "xiaozhou" not in str(shown)
    assert office.wish() == (Status.CLAIMED, "xiaozhou")


async def test_a_card_gives_nobody_a_right(office: Office) -> None:
    """A card is on the screen of who may claim; the right is looked up when the button is pressed."""
    task = await office.ask_for_the_list("xiaozhou")
    (app,) = office.server.apps.values()
    card = office.server.messages.cards[app.agent_id, task]
    card.shown["chen"] = card.card
    shown = await office.press("chen", task)
    assert words(shown).startswith("“/认领”由")
    assert office.wish() == (Status.OPEN, None)
