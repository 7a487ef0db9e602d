"""Customer-service messages: the token, the error table, and what is known after a failure."""

import asyncio
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from bot.alarm import OperatorAlarm
from bot.channels import phrases as say
from bot.channels.official_account import Mode, OfficialAccount, OfficialAccountSettings
from bot.channels.wire.official_api import OfficialApi
from bot.chat.channel import Recipient
from bot.chat.errors import (
    ChannelError,
    Misconfigured,
    OutcomeUnknown,
    Throttled,
    Undeliverable,
    Unreachable,
    WindowClosed,
)
from bot.chat.reply import Button, Card, Image, Link, Markdown, Part, Text
from tests.channels.receiver import Bench, Receiver, bench, register
from tests.platform.clock import StandingClock
from tests.platform.official_api import SEND, STABLE_TOKEN, Fault, Message, OfficialApiServer

OPENID = "oVillager_0001"
VILLAGER = Recipient(OPENID)


@pytest.fixture
async def account() -> AsyncIterator[Bench]:
    """An account to which one villager has just written."""
    async with bench() as b:
        b.platform.api.note_message(OPENID)
        yield b


async def send(b: Bench, text: str, *, key: str = "k", to: Recipient = VILLAGER) -> None:
    assert await b.channel.send(to, Text(text), key=key) == ""


async def failure(b: Bench, text: str = "你好", *, key: str = "k", to: Recipient = VILLAGER) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await send(b, text, key=key, to=to)
    return caught.value


def delivered(b: Bench) -> list[str]:
    return [message.content for message in b.platform.api.delivered]


async def test_a_message_is_delivered_as_raw_utf8(account: Bench) -> None:
    await account.channel.send(VILLAGER, Text("可以领取 ]]> 👍🏽", "《办法》第三条"), key="k")
    assert account.platform.api.delivered == [Message(OPENID, "可以领取 ]]> 👍🏽\n《办法》第三条")]
    assert account.platform.api.calls == {STABLE_TOKEN: 1, SEND: 1}


def test_parts_are_packed_and_long_ones_split() -> None:
    render = opened_render()
    assert render(Text("一"), Text("二")) == [Text("一\n\n二")]
    assert render(Text("长" * 1000)) == [Text("(1/2) " + "长" * 664), Text("(2/2) " + "长" * 336)]
    assert render(Text(" ")) == []
    picture, link = Image("x", "图.png", "一张图"), Link("题", "说明", "https://e.cn")
    assert render(Text("一"), picture, Text("二"), link, link) == [
        Text("一"),
        picture,
        Text("二"),
        link,
        link,
    ]
    card = Card("题", "", (), (Button("认领", "/认领 1"),), "想认领，发“/认领 1”。")
    assert render(card, Markdown("**早**", "早")) == [Text("想认领，发“/认领 1”。\n\n早")]


def opened_render() -> Callable[..., Sequence[Part]]:
    """What the channel makes of parts; it needs neither a platform nor a database for that."""
    clock = StandingClock()
    with register(clock) as database:
        settings = OfficialAccountSettings("wx1", "s", "t", mode=Mode.PLAIN)
        alarm = OperatorAlarm(database)
        channel = OfficialAccount(settings, Receiver(), database=database, clock=clock, alarm=alarm)
    return lambda *parts: channel.render(VILLAGER, parts)


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
    account.platform.clock.advance(2)
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
    assert type(found) is Misconfigured
    cause = say.ADDRESS_NOT_LISTED.format(address="203.0.113.9") + "（40164）"
    assert found.sentence == cause
    assert account.alarms() == {f"token:official_account:{account.platform.account.app_id}": cause}


@pytest.mark.parametrize(
    ("app_id", "secret", "sentence"),
    [
        ("wx-other", "right", f"{say.WRONG_APP_ID}（40013）"),
        ("wx1", "wrong-secret", f"{say.WRONG_APP_SECRET}（40125）"),
    ],
)
async def test_wrong_credentials_are_named(app_id: str, secret: str, sentence: str) -> None:
    clock = StandingClock()
    server = OfficialApiServer("wx1", "right", clock)
    async with client(await server.start(), app_id, secret, clock) as api:
        with pytest.raises(Misconfigured) as caught:
            await api.send(OPENID, "text", {"content": "你好"})
    assert caught.value.sentence == sentence
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
    '{"errcode": 48001}': Misconfigured,
    '{"errcode": 48004}': Misconfigured,
    '{"errcode": 50002}': Misconfigured,
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
async def client(
    base: str, app_id: str, secret: str, clock: StandingClock, *, patience: float = 8.0
) -> AsyncIterator[OfficialApi]:
    with register(clock) as database:
        alarm = OperatorAlarm(database)
        api = OfficialApi(
            base, app_id, secret, database=database, clock=clock, alarm=alarm, patience=patience
        )
        yield api
        await api.close()


@asynccontextmanager
async def served(serve: Serve) -> AsyncIterator[OfficialApi]:
    """Our client of a server that is nothing but `serve`."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with client(base, "wx1", "s", StandingClock()) as api:
        yield api
    await runner.cleanup()


async def sending_to(serve: Serve) -> ChannelError:
    async with served(serve) as api:
        with pytest.raises(ChannelError) as caught:
            await api.send(OPENID, "text", {"content": "你好"})
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
        await asyncio.gather(*(api.send(OPENID, "text", {"content": content}) for content in ("一", "二")))
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
    async with client(await server.start(), "wx1", "s", clock, patience=0.4) as api:
        server.inject(SEND, Fault.HANG)
        with pytest.raises(OutcomeUnknown):
            await api.send(OPENID, "text", {"content": "你好"})
        server.inject(STABLE_TOKEN, Fault.HANG)
        clock.advance(7200)
        with pytest.raises(Unreachable):
            await api.send(OPENID, "text", {"content": "你好"})
    await server.stop()


@pytest.mark.parametrize("base", ["http://127.0.0.1:9", "http://no-such-host.invalid", "http://[::"])
async def test_no_connection_is_known_not_delivered(base: str) -> None:
    async with client(base, "wx1", "secret-of-the-account", StandingClock()) as api:
        with pytest.raises(Unreachable) as caught:
            await api.send(OPENID, "text", {"content": "你好"})
    assert "secret" not in caught.value.sentence


async def test_no_failure_carries_a_secret(account: Bench) -> None:
    secret = account.platform.account.app_secret
    for path, fault in [(STABLE_TOKEN, Fault.RESET), (SEND, Fault.RESET), (SEND, Fault.BAD_GATEWAY)]:
        account.platform.api.inject(path, fault)
        found = await failure(account)
        account.platform.clock.advance(2)
        shown = "".join(traceback.format_exception(found)) + repr(found.__cause__) + repr(found.__context__)
        assert "OutcomeUnknown" in shown or "Unreachable" in shown
        assert secret not in shown
        assert "token-" not in shown
