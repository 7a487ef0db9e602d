"""The simulator over a real database: what a line keeps, and a card of the real bot that is pressed."""

from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import text

from bot.app import App
from bot.channels.simulator import Line
from bot.chat.reply import Button, Card, File, Image, Link, Markdown, Part, Text
from bot.settings import Settings
from bot.world import StoredWorld
from handlers.digests.calendar import Calendar
from handlers.digests.working_days import WorkingDays
from handlers.wishes.claiming.phrases import TakenAlready, YoursAlready
from storage import schema
from storage.database import Database
from tests.clock import FrozenClock
from tests.platform.clock import StandingClock
from tests.storage.people import settle

PARTS: tuple[Part, ...] = (
    Text("心愿单"),
    Card("标题", "说明", (("#1", "收音机"),), (Button("认领 #1", "/认领 1"),), ""),
    Markdown("**低保**", "低保", "依据"),
    Image("7f" * 32, "图.png", "一张图"),
    File("7f" * 32, "名单.xlsx", "名单"),
    Link("指南", "怎么办", "https://example.invalid"),
)


def world_of(database: Database, folder: Path) -> StoredWorld:
    return StoredWorld(database, Calendar(WorkingDays.read(folder / "holidays.toml")))


async def test_a_line_keeps_its_parts_and_their_words_beside_them(
    database: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    village = settle(database)
    world, chat, resident = world_of(database, tmp_path), f"g:{village.group}", str(village.resident)
    said = await world.say(chat, resident, [Text("/心愿单")], once="k1")
    answered = await world.say(chat, None, PARTS, once="k1#bot")
    assert await world.say(chat, None, PARTS, once="k1#bot") is None
    lines = await world.lines(after=0, limit=10)
    assert lines == [said, answered]
    assert lines == [
        Line(lines[0].id, chat, resident, "赵大娘", (Text("/心愿单"),), clock.now()),
        Line(lines[1].id, chat, None, "连心", PARTS, clock.now()),
    ]
    kept = database.read_now(lambda uow: uow.simulator.after(0, limit=10))
    words = "心愿单\n\n低保\n依据\n\n一张图\n\n名单\n\n指南\n怎么办\nhttps://example.invalid"
    assert [(line.text, line.parts is None) for line in kept] == [("/心愿单", True), (words, False)]


async def test_a_line_from_before_parts_were_kept_is_its_text(tmp_path: Path, clock: FrozenClock) -> None:
    """0005 → 0006 with data."""
    database = Database(f"sqlite:///{tmp_path / 'lianxin.db'}", clock.now)
    with database.engine.begin() as connection:
        schema.migrate(connection, "0005")
        row = "INSERT INTO simulator_line (id, chat, text, at) VALUES (7, 'g:1', '早上好', '2026-03-05 01:00:00')"
        connection.execute(text(row))
    schema.upgrade(database)
    assert schema.differences(database) == []
    lines = await world_of(database, tmp_path).lines(after=0, limit=10)
    database.close()
    assert lines == [Line(7, "g:1", None, "连心", (Text("早上好"),), clock.now())]


async def test_an_attachment_is_found_until_it_is_gone(database: Database, tmp_path: Path) -> None:
    world = world_of(database, tmp_path)
    key = database.run_now(lambda uow: uow.attachments.put(b"GIF89a"))
    assert (await world.attachment(key), await world.attachment("0" * 64)) == (b"GIF89a", None)


async def test_a_claim_card_pressed_by_two_and_twice_is_one_claim(tmp_path: Path) -> None:
    app = App.open(Settings(_env_file=None, bot_data_dir=tmp_path), StandingClock())
    simulator = app.channels()["simulator"]
    served = web.Application()
    served.add_routes(simulator.routes())
    async with TestClient(TestServer(served, host="127.0.0.1")) as client:
        first = await state(client)
        people = {person["name"]: person["id"] for person in first["people"]}
        (group,) = [one["id"] for one in first["groups"] if one["name"] == "永续社区连心群"]
        asked = {"as": people["小孙"], "chat": f"g:{group}", "text": "/心愿单", "key": "asked-001"}
        assert (await client.post("/simulator/messages", json=asked)).status == 200
        (card,) = [part for part in (await state(client))["lines"][-1]["parts"] if part.get("kind") == "card"]
        command = card["buttons"][0]["command"]
        for turn, name in enumerate(["小孙", "小孙", "小钱"]):
            press = {
                **asked,
                "as": people[name],
                "card": card["id"],
                "text": command,
                "key": f"press-00{turn}",
            }
            assert (await client.post("/simulator/presses", json=press)).status == 200
        answers = [line["text"].split("\n")[0] for line in (await state(client))["lines"][-3:]]
    number = int(command.removeprefix("/认领 "))
    wish = app.database.read_now(lambda uow: uow.wishes.get(number))
    await simulator.close()
    app.close()
    assert wish.claimed_by == int(people["小孙"])
    assert answers[0].startswith(f"#{number}（暖阳{number}）由您认领")
    assert answers[1:] == [YoursAlready(number).sentence, TakenAlready(number).sentence]


async def state(client: TestClient[Any, Any]) -> dict[str, Any]:
    found: dict[str, Any] = await (await client.get("/simulator/state")).json()
    return found
