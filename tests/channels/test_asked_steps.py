"""A step with choices on the platforms: buttons where there are cards, numbered lines elsewhere; what a press does."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.channels.limits import OFFICIAL_CUSTOMER_TEXT, render
from bot.channels.wecom_messages import Room, rendered
from bot.channels.wire.template_card import PARAGRAPH, fits, parted
from bot.chat.reply import Button, Card, Markdown, Reply, Text
from storage.uow import UnitOfWork
from tests.channels.contract.bench import House
from tests.channels.contract.wecom_aibot import LongConnectionBench
from tests.platform.clock import StandingClock

WRITTEN = "给谁的？\n1. 儿童（14岁以下）\n2. 成年人\n（回数字就行）"
STEP = Card(
    title="给谁的？",
    description="（回数字就行）",
    rows=(),
    buttons=(Button("儿童（14岁以下）", "儿童（14岁以下）"), Button("成年人", "成年人")),
    fallback=WRITTEN,
)


def test_a_step_is_a_card_where_there_are_cards_and_numbered_lines_elsewhere() -> None:
    assert fits(STEP)
    assert rendered([STEP], Room(2048, 2048, cards=True)) == [STEP]
    assert [part.plain() for part in rendered([STEP], Room(2048, 2048, cards=False))] == [WRITTEN]
    assert render([STEP], OFFICIAL_CUSTOMER_TEXT) == [WRITTEN]


def test_a_pressed_card_says_the_words_and_what_follows_them_is_said_besides() -> None:
    chosen, long = Text("好，成年人。"), Text("长" * (PARAGRAPH + 1))
    assert parted([chosen]) == (chosen.text, [])
    assert parted([chosen, STEP]) == (chosen.text, [STEP])
    assert parted([chosen, Markdown("**要**", "要"), STEP]) == ("好，成年人。\n\n要", [STEP])
    assert parted([long, STEP]) == (long.text, [long, STEP])
    assert parted([STEP]) == (WRITTEN, [STEP])


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("robot") / "data"
    House(folder, {}, StandingClock()).app.close()
    return folder


@pytest.fixture
async def bench(prepared: Path) -> AsyncIterator[LongConnectionBench]:
    made = LongConnectionBench()
    await made.start(prepared)
    await made.joined()
    yield made
    await made.stop()


def _move_in(uow: UnitOfWork) -> int:
    place = uow.places.add("永续社区", kind="community").id
    member = uow.members.add("李华", place_id=place)
    uow.members.open_account(member.id, "wecom_aibot", "lihua")
    uow.members.noticed(member.id)
    return member.id


async def _until(holds: Callable[[], bool]) -> None:
    """What happens in our own database stirs nothing at the platform: it is looked for."""
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.02)


async def test_a_press_takes_the_step_and_the_next_one_is_a_card_of_its_own(
    bench: LongConnectionBench,
) -> None:
    server, database = bench.server, bench.house.app.database
    member = await database.run(_move_in)
    begun = await server.say("lihua", "/心愿")
    await server.until(lambda: begun.body["msgid"] in server.chats.streams)
    await server.say("lihua", "想要一个书包")
    await server.until(lambda: bool(server.chats.cards))
    (task,) = server.chats.cards
    press = server.people.click("lihua", task, "儿童（14岁以下）")
    late = server.people.click("lihua", task, "成年人")
    for _ in range(2):
        await server.tell(press)
    shown = server.chats.cards[task]
    await server.until(lambda: "lihua" in shown.for_some)
    assert shown.seen_by("lihua")["main_title"] == {"title": "好，儿童（14岁以下）。"}

    def queued(uow: UnitOfWork) -> list[Reply]:
        return [Reply.from_json(row.body) for row in uow.outbox.caused_by("wecom_aibot", press.body["msgid"])]

    await _until(lambda: bool(database.read_now(queued)))
    (follows,) = database.read_now(queued)
    (card,) = follows.parts
    assert isinstance(card, Card)
    assert [button.label for button in card.buttons] == ["不急", "一个月内", "一周内"]
    await server.tell(late)
    await _until(lambda: database.read_now(lambda uow: uow.inbox.knows("wecom_aibot", late.body["msgid"])))
    waiting = database.read_now(lambda uow: uow.chats.conversation(f"m:{member}", member))
    assert waiting is not None
    assert '"child"' in waiting.steps
    assert "adult" not in waiting.steps
