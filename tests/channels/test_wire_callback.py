"""Time window, nonces, and bodies that never end."""

import asyncio
from datetime import datetime, timedelta, timezone

import pytest
from aiohttp import web

from bot.channels.wire.callback import Freshness, read_body, refusal
from bot.chat.errors import Forged, Malformed

NOW = datetime(2026, 3, 5, 9, 0, tzinfo=timezone(timedelta(hours=8)))
SECOND = int(NOW.timestamp())


@pytest.mark.parametrize("offset", [-300, -1, 0, 300])
def test_a_time_within_five_minutes_is_admitted(offset: int) -> None:
    Freshness().admit(str(SECOND + offset), "n", b"a", NOW)


@pytest.mark.parametrize(
    "timestamp",
    [
        str(SECOND - 301),
        str(SECOND + 301),
        f"{SECOND}.0",
        f" {SECOND}",
        f"+{SECOND}",
        f"0{SECOND}",
        "",
        "NaN",
    ],
)
def test_any_other_time_is_forged(timestamp: str) -> None:
    with pytest.raises(Forged):
        Freshness().admit(timestamp, "n", b"a", NOW)


def test_full_width_digits_are_no_timestamp() -> None:
    with pytest.raises(Forged):
        Freshness().admit("".join(chr(ord(digit) + 0xFEE0) for digit in str(SECOND)), "n", b"a", NOW)


def test_a_nonce_comes_back_only_with_its_own_body() -> None:
    freshness = Freshness()
    freshness.admit(str(SECOND), "n", b"a", NOW)
    freshness.admit(str(SECOND), "n", b"a", NOW)
    with pytest.raises(Forged):
        freshness.admit(str(SECOND), "n", b"b", NOW)
    freshness.admit(str(SECOND), "m", b"b", NOW)


def test_a_nonce_is_remembered_as_long_as_its_signature_can_be_fresh() -> None:
    freshness = Freshness()
    ahead = str(SECOND + 300)
    freshness.admit(ahead, "n", b"a", NOW)
    with pytest.raises(Forged):
        freshness.admit(ahead, "n", b"b", NOW + timedelta(seconds=600))
    later = NOW + timedelta(seconds=601)
    freshness.admit(str(SECOND + 601), "n", b"b", later)


def test_the_memory_of_nonces_is_bounded() -> None:
    freshness = Freshness(kept=3)
    for nonce in "abcd":
        freshness.admit(str(SECOND), nonce, b"1", NOW)
    with pytest.raises(Forged):
        freshness.admit(str(SECOND), "b", b"2", NOW)
    freshness.admit(str(SECOND), "a", b"2", NOW)


def test_a_nonce_of_any_length_is_not_kept() -> None:
    with pytest.raises(Forged):
        Freshness().admit(str(SECOND), "n" * 129, b"a", NOW)


async def test_a_body_that_drips_is_given_up() -> None:
    async def handle(request: web.Request) -> web.Response:
        try:
            return web.Response(body=await read_body(request, seconds=0.1))
        except Malformed as error:
            return refusal(error)

    app = web.Application()
    app.router.add_post("/", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    reader, writer = await asyncio.open_connection(*runner.addresses[0][:2])
    writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n<xml>")
    assert await reader.readline() == b"HTTP/1.1 400 Bad Request\r\n"
    writer.close()
    await writer.wait_closed()
    await runner.cleanup()
