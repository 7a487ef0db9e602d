"""What holds for every channel."""

import asyncio
import importlib
import inspect
import json
import pkgutil
import re
from pathlib import Path

import pytest

import bot.channels
from bot.chat.phrases import TOO_LONG
from bot.chat.reply import Button, Card, File, Image, Link, Markdown, Part, Text
from tests.channels.contract.bench import FORBIDDEN, Bench, Heard, House, fresh_folder
from tests.channels.contract.benches import BENCHES
from tests.platform.clock import StandingClock

GOLDEN = Path(__file__).parent / "golden"
OURS = {"simulator"}
"""Channels of our own: there is no platform whose contract they could break."""

WISH = "想要一台能听戏的收音机"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001"
    "e221bc330000000049454e44ae426082"
)
"""A picture of one point."""


# -- the list ----------------------------------------------------------------------------------------


def test_every_channel_has_a_bench() -> None:
    channels = set()
    for module in pkgutil.iter_modules(bot.channels.__path__, "bot.channels."):
        for _, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if (
                isinstance(getattr(kind, "name", None), str)
                and hasattr(kind, "render")
                and hasattr(kind, "send")
            ):
                channels.add(kind.name)
    assert len(channels) > 1
    assert channels == {bench.name for bench in BENCHES} | OURS


async def test_the_application_opens_every_channel(prepared: Path, tmp_path: Path) -> None:
    benches = [kind() for kind in BENCHES if not kind.way]
    settings: dict[str, str] = {}
    for bench in benches:
        await bench.open_platform()
        settings |= bench.settings()
    house = House(fresh_folder(prepared, tmp_path / "data"), settings, StandingClock())
    channels = house.app.channels()
    assert set(channels) == {bench.name for bench in BENCHES}
    assert [name for name, channel in channels.items() if channel.name != name] == []
    for channel in channels.values():
        await channel.close()
    house.app.close()
    for bench in benches:
        await bench.close_platform()


# -- hearing -----------------------------------------------------------------------------------------


async def test_what_is_said_is_carried_out_and_answered(hearing: Bench) -> None:
    [heard] = await hearing.deliver(hearing.say(f"/心愿 {WISH}"))
    assert heard.status == 200
    assert heard.text is not None and "#1" in heard.text
    assert hearing.house.wishes() == [WISH]


async def test_duplicates_while_the_first_is_running_are_one(hearing: Bench) -> None:
    hearing.house.hold.clear()
    asyncio.get_running_loop().call_later(0.3, hearing.house.hold.set)
    heard = await hearing.deliver(hearing.say(f"/心愿 {WISH}"), copies=3)
    assert len({each.text for each in heard if each.text is not None}) == 1
    assert {each.status for each in heard} == {200}
    assert hearing.house.wishes() == [WISH]


async def test_a_duplicate_gets_the_stored_answer(hearing: Bench) -> None:
    message = hearing.say(f"/心愿 {WISH}")
    first = await hearing.deliver(message)
    hearing.clock.advance(60)
    assert await hearing.deliver(message) == first
    assert hearing.house.wishes() == [WISH]


async def test_a_duplicate_after_a_restart_gets_the_stored_answer(hearing: Bench) -> None:
    message = hearing.say(f"/心愿 {WISH}")
    first = await hearing.deliver(message)
    await hearing.restart()
    assert await hearing.deliver(message) == first
    assert hearing.house.wishes() == [WISH]


async def test_two_messages_are_two(hearing: Bench) -> None:
    for words in (WISH, f"{WISH}，再要一节电池"):
        await hearing.deliver(hearing.say(f"/心愿 {words}"))
    assert hearing.house.wishes() == [WISH, f"{WISH}，再要一节电池"]


async def test_an_over_long_text_is_refused_with_a_sentence(hearing: Bench) -> None:
    [heard] = await hearing.deliver(hearing.say(f"/心愿 {'长' * 6000}"))
    assert heard.status == 200
    assert heard.text is not None and heard.text.startswith(TOO_LONG.format(limit=2000))
    assert hearing.house.wishes() == []


async def test_an_unknown_type_is_acknowledged_in_silence(hearing: Bench) -> None:
    assert await hearing.deliver(hearing.unknown()) == [Heard(200, None)]
    assert hearing.house.wishes() == []


# -- signed requests ---------------------------------------------------------------------------------


async def test_the_address_is_verified(called: Bench) -> None:
    assert await called.handshake()


async def test_a_forged_message_reaches_nobody(called: Bench) -> None:
    request = called.request(called.say(f"/心愿 {WISH}"), forged=True)
    assert await called.post(request) == Heard(FORBIDDEN)
    assert (called.house.begun, called.house.wishes()) == (0, [])


@pytest.mark.parametrize("seconds", [301, -301])
async def test_a_stale_message_reaches_nobody(called: Bench, seconds: int) -> None:
    request = called.request(called.say(f"/心愿 {WISH}"), seconds=seconds)
    assert await called.post(request) == Heard(FORBIDDEN)
    assert (called.house.begun, called.house.wishes()) == (0, [])


async def test_a_stale_message_that_is_known_gets_its_answer(called: Bench) -> None:
    request = called.request(called.say(f"/心愿 {WISH}"))
    first = await called.post(request)
    called.clock.advance(3600)
    assert await called.post(request) == first
    assert called.house.wishes() == [WISH]


async def test_a_nonce_with_another_body_reaches_nobody(called: Bench) -> None:
    await called.post(called.request(called.say(f"/心愿 {WISH}"), nonce="1234567890"))
    replayed = called.request(called.say("/心愿 别的东西"), nonce="1234567890")
    assert await called.post(replayed) == Heard(FORBIDDEN)
    assert called.house.wishes() == [WISH]


# -- sending -----------------------------------------------------------------------------------------


def parts(house: House) -> dict[str, Part]:
    """One of each kind."""
    picture = house.attach(PNG)
    table = house.attach("姓名,村\n".encode())
    card = Card(
        "微心愿 #12",
        "永续社区 · 待认领",
        (("想要", "收音机"), ("登记", "3月5日")),
        (Button("认领", "/认领 12"), Button("看详情", "/心愿详情 12")),
        "微心愿 #12：收音机。想认领，发“/认领 12”。",
    )
    return {
        "text": Text("可以领取 ]]> 👍🏽", "《城乡居民基本养老保险办法》第三条"),
        "markdown": Markdown("**早报**\n> 今天有 3 个新心愿", "早报\n今天有 3 个新心愿"),
        "card": card,
        "image": Image(picture, "地图.png", "到服务站的路线图"),
        "file": File(table, "名单.csv", "名单见村务公开栏"),
        "link": Link(
            "新农合缴费", "今年什么时候交、交多少", "https://example.org/a", "https://example.org/a.png"
        ),
    }


async def test_each_part_arrives_as_the_golden_file_says(
    bench: Bench, request: pytest.FixtureRequest
) -> None:
    found = {}
    for name, part in parts(bench.house).items():
        before = len(bench.received())
        for number, message in enumerate(bench.channel.render(bench.recipient(), [part])):
            await bench.channel.send(bench.recipient(), message, key=f"{name}:{number}")
        found[name] = bench.received()[before:]
        await bench.joined()
    path = GOLDEN / f"{bench.label()}.json"
    if request.config.getoption("--update-transcripts"):
        path.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    assert found == json.loads(path.read_text(encoding="utf-8"))
    assert all(found.values())


async def test_a_long_answer_arrives_whole_and_in_order(bench: Bench) -> None:
    text = "".join(f"第{number}句话说的是怎样领取补贴。" for number in range(1, 150))
    messages = bench.channel.render(bench.recipient(), [Text(text)])
    assert bench.channel.render(bench.recipient(), messages) == messages
    for number, message in enumerate(messages):
        await bench.channel.send(bench.recipient(), message, key=str(number))
    shown = [re.sub(r"^\([0-9]+/[0-9]+\) ", "", _words(entry["content"])) for entry in bench.received()]
    assert "".join(shown) == text


def _words(content: object) -> str:
    """The text of a message: itself, or its `content`."""
    return str(content["content"] if isinstance(content, dict) else content)


async def test_the_limits_it_counts_against_leave_room(bench: Bench) -> None:
    windows = bench.channel.windows(bench.recipient())
    assert [window for window in windows if window.messages < 1 or window.seconds < 1] == []
    assert len({(window.bucket, window.seconds) for window in windows}) == len(windows)
