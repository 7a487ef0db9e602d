"""Customer-service messages: the token, the error table, and what is known after a failure."""

import asyncio
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from bot.channels.wire.official_api import OfficialApi
from bot.chat.channel import Recipient
from bot.chat.errors import (
    ChannelError,
    OutcomeUnknown,
    Throttled,
    Undeliverable,
    Unreachable,
    WindowClosed,
)
from bot.chat.reply import Text
from tests.channels.receiver import Bench, bench
from tests.platform.clock import StandingClock
from tests.platform.official_api import SEND, STABLE_TOKEN, TOKEN, Fault, Message, OfficialApiServer

OPENID = "oVillager_0001"
VILLAGER = Recipient(OPENID)


@pytest.fixture
async def account() -> AsyncIterator[Bench]:
    """An account to which one villager has just written."""
    async with bench() as b:
        b.platform.api.note_message(OPENID)
        yield b


async def send(b: Bench, *texts: str, key: str = "k", to: Recipient = VILLAGER) -> None:
    await b.channel.send(to, [Text(text) for text in texts], key=key)


async def failure(b: Bench, *texts: str, key: str = "k", to: Recipient = VILLAGER) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await send(b, *(texts or ("你好",)), key=key, to=to)
    return caught.value


def delivered(b: Bench) -> list[str]:
    return [message.content for message in b.platform.api.delivered]


async def test_a_message_is_delivered_as_raw_utf8(account: Bench) -> None:
    await account.channel.send(VILLAGER, [Text("可以领取 ]]> 👍🏽", "《办法》第三条")], key="k")
    assert account.platform.api.delivered == [Message(OPENID, "可以领取 ]]> 👍🏽\n《办法》第三条")]
    assert account.platform.api.calls == {STABLE_TOKEN: 1, SEND: 1}


async def test_parts_are_packed_and_long_ones_split(account: Bench) -> None:
    await send(account, "一", "二")
    await send(account, "长" * 1000)
    assert delivered(account) == ["一\n\n二", "(1/2) " + "长" * 664, "(2/2) " + "长" * 336]


async def test_nothing_to_say_calls_nobody(account: Bench) -> None:
    await send(account, " ")
    assert account.platform.api.calls == {}


async def test_there_are_no_groups(account: Bench) -> None:
    found = await failure(account, to=Recipient("g", group=True))
    assert type(found) is Undeliverable
    assert account.platform.api.calls == {}


# -- the access token --------------------------------------------------------------------------------


async def test_fifty_senders_fetch_one_token(account: Bench) -> None:
    people = [f"oVillager_{number}" for number in range(50)]
    for openid in people:
        account.platform.api.note_message(openid)
    await asyncio.gather(*(send(account, "早", key=openid, to=Recipient(openid)) for openid in people))
    assert sorted(message.openid for message in account.platform.api.delivered) == sorted(people)
    assert account.platform.api.calls == {STABLE_TOKEN: 1, SEND: 50}


async def test_the_token_is_kept_until_shortly_before_its_end(account: Bench) -> None:
    await send(account, "一")
    account.platform.clock.advance(7200 - 241)
    await send(account, "二")
    assert account.platform.api.calls[STABLE_TOKEN] == 1
    account.platform.clock.advance(1)
    await send(account, "三")
    account.platform.clock.advance(300)
    await send(account, "四")
    assert delivered(account) == ["一", "二", "三", "四"]
    assert account.platform.api.calls == {STABLE_TOKEN: 2, SEND: 4}


async def test_a_token_invalidated_elsewhere_is_renewed_once_for_all_senders(account: Bench) -> None:
    await send(account, "一")
    account.platform.api.invalidate_tokens()
    people = [f"oVillager_{number}" for number in range(20)]
    for openid in people:
        account.platform.api.note_message(openid)
    await asyncio.gather(*(send(account, "早", key=openid, to=Recipient(openid)) for openid in people))
    assert len(account.platform.api.delivered) == 21
    assert account.platform.api.calls == {STABLE_TOKEN: 2, SEND: 41}
    assert account.platform.api.forced == 0


async def test_a_token_refused_for_ever_costs_two_token_calls_a_message(account: Bench) -> None:
    account.platform.api.token_always_refused = True
    calls = account.platform.api.calls
    for number in range(10):
        before = calls[STABLE_TOKEN]
        assert type(await failure(account, key=str(number))) is Throttled
        assert calls[STABLE_TOKEN] - before <= 2
        account.platform.clock.advance(60)
    assert calls[TOKEN] == 0
    assert calls[SEND] <= 20
    assert account.platform.api.forced <= 5
    account.platform.api.token_always_refused = False
    await send(account, "好了")
    assert delivered(account) == ["好了"]


async def test_a_token_that_comes_back_refused_is_forced_next_time(account: Bench) -> None:
    await send(account, "一")
    api = account.platform.api
    api.token_always_refused = True
    assert type(await failure(account)) is Throttled
    api.token_always_refused = False
    api.invalidate_tokens()
    await send(account, "二")
    assert delivered(account) == ["一", "二"]
    assert api.forced == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.BUSY, Throttled),
        (Fault.BAD_GATEWAY, Unreachable),
        (Fault.EMPTY, Unreachable),
        (Fault.TRUNCATED, Unreachable),
        (Fault.RESET, Unreachable),
        (Fault.ANSWER_LOST, Unreachable),
    ],
)
async def test_without_a_token_nothing_was_sent(account: Bench, fault: Fault, kind: type) -> None:
    account.platform.api.inject(STABLE_TOKEN, fault)
    assert type(await failure(account)) is kind
    assert account.platform.api.calls[SEND] == 0
    await send(account, "二")
    assert delivered(account) == ["二"]


async def test_a_failed_fetch_is_shared_by_those_who_wait_for_it(account: Bench) -> None:
    account.platform.api.inject(STABLE_TOKEN, Fault.BAD_GATEWAY)
    found = await asyncio.gather(*(failure(account, key=str(number)) for number in range(20)))
    assert {type(error) for error in found} == {Unreachable}
    assert account.platform.api.calls == {STABLE_TOKEN: 1}


async def test_wrong_settings_are_named_and_never_shown(account: Bench) -> None:
    account.platform.api.refused_address = "203.0.113.9"
    found = await failure(account)
    assert type(found) is Unreachable
    assert (
        found.sentence == "this server's address is not on the account's IP white list (40164, 203.0.113.9)"
    )


@pytest.mark.parametrize(
    ("app_id", "secret", "sentence"),
    [
        ("wx-other", "right", "WECHAT_APP_ID is wrong (40013)"),
        ("wx1", "wrong-secret", "WECHAT_APP_SECRET is wrong (40125)"),
    ],
)
async def test_wrong_credentials_are_named(app_id: str, secret: str, sentence: str) -> None:
    clock = StandingClock()
    server = OfficialApiServer("wx1", "right", clock)
    api = OfficialApi(await server.start(), app_id, secret, clock)
    with pytest.raises(Unreachable) as caught:
        await api.send_text(OPENID, "你好")
    assert caught.value.sentence == sentence
    await api.close()
    await server.stop()


# -- the error table ---------------------------------------------------------------------------------


async def test_after_48_hours_the_message_waits_for_the_next_one(account: Bench) -> None:
    account.platform.clock.advance(48 * 3600)
    assert type(await failure(account)) is WindowClosed
    account.platform.api.note_message(OPENID)
    await send(account, "你好")
    assert delivered(account) == ["你好"]


async def test_after_five_messages_the_sixth_waits(account: Bench) -> None:
    for number in range(5):
        await send(account, str(number), key=str(number))
    assert type(await failure(account)) is WindowClosed
    assert delivered(account) == ["0", "1", "2", "3", "4"]


async def test_who_left_or_never_came_cannot_be_reached(account: Bench) -> None:
    account.platform.api.note_event(OPENID, "unsubscribe")
    assert type(await failure(account)) is Undeliverable
    assert type(await failure(account, to=Recipient("oNobody"))) is Undeliverable


ANSWERS: dict[str, type[ChannelError]] = {
    '{"errcode": -1}': Throttled,
    '{"errcode": 45009}': Throttled,
    '{"errcode": 45011, "errmsg": "api minute-quota reach limit"}': Throttled,
    '{"errcode": 43101}': Undeliverable,
    '{"errcode": 45002}': Undeliverable,
    '{"errcode": 47001}': Undeliverable,
    '{"errcode": 48001}': Unreachable,
    '{"errcode": 48004}': Unreachable,
    '{"errcode": 50002}': Unreachable,
    '{"errcode": 99999}': Unreachable,
    '{"errcode": true}': OutcomeUnknown,
    '{"errcode": "0"}': OutcomeUnknown,
    "{}": OutcomeUnknown,
    "[0]": OutcomeUnknown,
    "ok": OutcomeUnknown,
    "": OutcomeUnknown,
    "\x00" * 100_000: OutcomeUnknown,
}


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer[:30].encode("unicode_escape").decode())
async def test_each_answer_has_its_meaning(answer: str) -> None:
    async def serve(request: web.Request) -> web.Response:
        token = '{"access_token": "t", "expires_in": 7200}'
        return web.Response(text=token if request.path == STABLE_TOKEN else answer)

    assert type(await sending_to(serve)) is ANSWERS[answer]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, Unreachable),
        (404, Unreachable),
        (429, Unreachable),
        (500, OutcomeUnknown),
        (503, OutcomeUnknown),
    ],
)
async def test_each_http_status_has_its_meaning(status: int, kind: type) -> None:
    async def serve(request: web.Request) -> web.Response:
        if request.path == STABLE_TOKEN:
            return web.Response(text='{"access_token": "t", "expires_in": 7200}')
        return web.Response(status=status, text='{"errcode": 0}', headers={"Location": "/elsewhere"})

    assert type(await sending_to(serve)) is kind


Serve = Callable[[web.Request], Awaitable[web.Response]]


@asynccontextmanager
async def served(serve: Serve) -> AsyncIterator[OfficialApi]:
    """Our client of a server that is nothing but `serve`."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    api = OfficialApi(f"http://127.0.0.1:{runner.addresses[0][1]}", "wx1", "s", StandingClock())
    try:
        yield api
    finally:
        await api.close()
        await runner.cleanup()


async def sending_to(serve: Serve) -> ChannelError:
    async with served(serve) as api:
        with pytest.raises(ChannelError) as caught:
            await api.send_text(OPENID, "你好")
        return caught.value


async def test_who_is_refused_after_another_has_renewed_fetches_nothing() -> None:
    fetched: list[str] = []
    refused: list[str] = []

    async def serve(request: web.Request) -> web.Response:
        if request.path == STABLE_TOKEN:
            fetched.append(f"t{len(fetched) + 1}")
            return web.Response(text=f'{{"access_token": "{fetched[-1]}", "expires_in": 7200}}')
        if request.query["access_token"] != "t1":
            return web.Response(text='{"errcode": 0}')
        refused.append("t1")
        await asyncio.sleep(0.1 * (len(refused) - 1))
        return web.Response(text='{"errcode": 40001}')

    async with served(serve) as api:
        await asyncio.gather(api.send_text(OPENID, "一"), api.send_text(OPENID, "二"))
    assert (fetched, refused) == (["t1", "t2"], ["t1", "t1"])


# -- faults on the way -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "taken"),
    [
        (Fault.BAD_GATEWAY, False),
        (Fault.EMPTY, False),
        (Fault.RESET, False),
        (Fault.TRUNCATED, True),
        (Fault.ANSWER_LOST, True),
    ],
)
async def test_written_without_an_answer_is_unknown(account: Bench, fault: Fault, taken: bool) -> None:
    account.platform.api.inject(SEND, fault)
    assert type(await failure(account)) is OutcomeUnknown
    assert delivered(account) == ["你好"] * taken
    assert account.platform.api.calls[SEND] == 1


async def test_a_hanging_platform_is_given_up() -> None:
    clock = StandingClock()
    server = OfficialApiServer("wx1", "s", clock)
    server.note_message(OPENID)
    api = OfficialApi(await server.start(), "wx1", "s", clock, patience=0.2)
    server.inject(SEND, Fault.HANG)
    with pytest.raises(OutcomeUnknown):
        await api.send_text(OPENID, "你好")
    server.inject(STABLE_TOKEN, Fault.HANG)
    clock.advance(7200)
    with pytest.raises(Unreachable):
        await api.send_text(OPENID, "你好")
    await api.close()
    await server.stop()


@pytest.mark.parametrize("base", ["http://127.0.0.1:9", "http://no-such-host.invalid", "http://[::"])
async def test_no_connection_is_known_not_delivered(base: str) -> None:
    api = OfficialApi(base, "wx1", "secret-of-the-account", StandingClock())
    with pytest.raises(Unreachable) as caught:
        await api.send_text(OPENID, "你好")
    assert "secret" not in caught.value.sentence
    await api.close()


async def test_a_retry_goes_on_after_the_last_piece_taken(account: Bench) -> None:
    text = "长" * 1500
    await send(account, "一")
    for _ in range(2):
        await send(account, "短", key="other")
    pieces = ["(1/3) " + "长" * 664, "(2/3) " + "长" * 664, "(3/3) " + "长" * 172]
    assert type(await failure(account, text)) is WindowClosed
    assert delivered(account) == ["一", "短", "短", *pieces[:2]]
    account.platform.api.note_message(OPENID)
    await send(account, text)
    assert delivered(account) == ["一", "短", "短", *pieces]
    await send(account, "再来")
    assert delivered(account)[-1] == "再来"


async def test_no_failure_carries_a_secret(account: Bench) -> None:
    secret = account.platform.account.app_secret
    for path, fault in [(STABLE_TOKEN, Fault.RESET), (SEND, Fault.RESET), (SEND, Fault.BAD_GATEWAY)]:
        account.platform.api.inject(path, fault)
        found = await failure(account)
        shown = "".join(traceback.format_exception(found)) + repr(found.__cause__) + repr(found.__context__)
        assert "OutcomeUnknown" in shown or "Unreachable" in shown
        assert secret not in shown
        assert "token-" not in shown
