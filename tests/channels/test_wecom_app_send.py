"""What the WeCom app sends: kinds, receipts, causes of failure, one token, limits, groups of its making."""

import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import web

from bot.channels import phrases as say
from bot.channels.wire.wecom_api import AppIdentity, StaleCode, WecomApi
from bot.chat.channel import Recipient
from bot.chat.errors import (
    ChannelError,
    Misconfigured,
    OutcomeUnknown,
    Removed,
    Throttled,
    Undeliverable,
    Unreachable,
)
from bot.chat.reply import File, Image, Link, Markdown, Part, Text
from bot.pacing import SharedPacing
from tests.channels.test_wecom_app import CARD
from tests.channels.wecom import SECRET, Bench, bench
from tests.platform import app_messages, appchat, media, tokens
from tests.platform.faults import Fault

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
GIF = b"GIF89a" + bytes(64)
LIHUA = Recipient("lihua")


@pytest.fixture
async def app(sqlite_url: str) -> AsyncIterator[Bench]:
    async with bench(sqlite_url, patience=1.0) as made:
        yield made


async def send(
    app: Bench, message: Part | None = None, *, to: Recipient = LIHUA, key: str = "outbox:1:0"
) -> str:
    return await app.channel.send(to, message or Text("你好"), key=key)


async def failure(app: Bench, message: Part | None = None, *, to: Recipient = LIHUA) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await send(app, message, to=to)
    return caught.value


def attach(app: Bench, body: bytes) -> str:
    return app.database.run_now(lambda uow: uow.attachments.put(body))


# -- kinds -------------------------------------------------------------------------------------------


async def test_a_message_has_the_platforms_id(app: Bench) -> None:
    receipts = [await send(app, message) for message in (Text("一"), Markdown("**二**", "二"), CARD)]
    assert receipts == ["msg-1", "msg-2", "msg-3"]
    assert [(entry.kind, entry.message_id) for entry in app.server.ledger.delivered("lihua")] == [
        ("text", "msg-1"), ("markdown", "msg-2"), ("template_card", "msg-3"),
    ]  # fmt: skip


async def test_the_same_words_are_said_as_often_as_they_are_meant(app: Bench) -> None:
    for key in ("outbox:1:0", "outbox:2:0"):
        await send(app, Text("已登记"), key=key)
    assert app.server.ledger.contents("lihua") == ["已登记", "已登记"]


async def test_a_card_sent_again_under_its_key_is_not_shown_twice(app: Bench) -> None:
    app.server.inject(app_messages.SEND, Fault.ANSWER_LOST)
    assert type(await failure(app, CARD)) is OutcomeUnknown
    again = await failure(app, CARD)
    assert (type(again), again.sentence) == (Undeliverable, f"{say.WECOM_CARD_USED}（42014）")
    assert len(app.server.ledger.delivered("lihua")) == 1


async def test_a_picture_is_uploaded_once_for_all_its_messages(app: Bench) -> None:
    picture = Image(attach(app, PNG), "地图.png", "路线图")
    await send(app, picture)
    await send(app, picture, to=Recipient("wangfang"))
    assert app.server.calls[media.UPLOAD] == 1
    assert [entry.kind for entry in app.server.ledger.delivered()] == ["image", "image"]
    app.clock.advance(timedelta(days=2, hours=13).total_seconds())
    await send(app, picture)
    assert app.server.calls[media.UPLOAD] == 2


async def test_an_upload_the_platform_forgot_is_made_again_by_the_retry(app: Bench) -> None:
    picture = Image(attach(app, PNG), "地图.png", "路线图")
    await send(app, picture)
    app.server.media.clear()
    found = await failure(app, picture)
    assert isinstance(found, Unreachable) and found.sentence == f"{say.WECOM_UPLOAD_LOST}（40007）"
    await send(app, picture)
    assert len(app.server.ledger.delivered("lihua")) == 2


async def test_a_picture_that_would_not_be_shown_goes_as_a_file(app: Bench) -> None:
    await send(app, Image(attach(app, GIF), "动图.gif", "动图"))
    await send(app, File(attach(app, "姓名\n".encode()), "名单.csv", "名单"))
    assert [entry.kind for entry in app.server.ledger.delivered("lihua")] == ["file", "file"]


async def test_what_is_kept_no_more_cannot_be_sent(app: Bench) -> None:
    found = await failure(app, Image("0" * 64, "地图.png", "路线图"))
    assert (type(found), found.sentence) == (Undeliverable, say.WECOM_ATTACHMENT_GONE)
    assert app.server.calls[media.UPLOAD] == 0


async def test_a_link_is_cut_to_what_the_platform_takes(app: Bench) -> None:
    await send(app, Link("长" * 100, "述" * 300, "https://example.org/a"))
    assert len(app.server.ledger.delivered("lihua")) == 1


def test_what_does_not_fit_is_said_in_simpler_form(app: Bench) -> None:
    long = Markdown("**长**" * 500, "长" * 1200, "《办法》第三条")
    parts = [Text("一"), Text("二"), long, CARD, Link("", "说明", "https://e.org")]
    rendered = app.channel.render(LIHUA, parts)
    assert rendered[0] == Text("一\n\n二")
    assert rendered[-2:] == [CARD, Text("说明\nhttps://e.org")]
    split = [part.plain() for part in rendered[1:-2]]
    assert [part[:6] for part in split] == ["(1/2) ", "(2/2) "]
    assert split[-1].endswith("《办法》第三条")


# -- who cannot be reached ---------------------------------------------------------------------------


async def test_who_is_not_there_or_not_seen(app: Bench) -> None:
    found = await failure(app, to=Recipient("nobody"))
    assert (type(found), found.sentence) == (Undeliverable, f"{say.WECOM_NOT_VISIBLE}（81013）")


@asynccontextmanager
async def answering(app: Bench, answer: str) -> AsyncIterator[WecomApi]:
    """Our client of a platform that gives a token, and `answer` to everything else."""

    async def serve(request: web.Request) -> web.Response:
        token = '{"errcode": 0, "access_token": "t", "expires_in": 7200}'
        return web.Response(text=token if request.path == tokens.GET_TOKEN else answer)

    server = web.Application()
    server.router.add_route("*", "/{path:.*}", serve)
    runner = web.AppRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base, identity = f"http://127.0.0.1:{runner.addresses[0][1]}", AppIdentity("ww1", 1, "s")
    api = WecomApi(base, identity, app.database, app.clock, app.alarms)
    try:
        yield api
    finally:
        await api.close()
        await runner.cleanup()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ('{"errcode": 0, "invaliduser": "wangfang|lihua", "msgid": "m"}', say.WECOM_NOT_VISIBLE),
        ('{"errcode": 0, "invaliduser": "", "unlicenseduser": "lihua", "msgid": "m"}', say.WECOM_NO_LICENCE),
    ],
)
async def test_success_with_a_list_of_who_was_not_reached_is_none(
    app: Bench, answer: str, sentence: str
) -> None:
    async with answering(app, answer) as api:
        with pytest.raises(Undeliverable, match=sentence):
            await api.send("LiHua", {"msgtype": "text", "text": {"content": "早"}})


async def test_others_on_the_list_are_others(app: Bench) -> None:
    async with answering(app, '{"errcode": 0, "invaliduser": "wangfang", "msgid": "m-1"}') as api:
        assert await api.send("lihua", {"msgtype": "text", "text": {"content": "早"}}) == "m-1"


@pytest.mark.parametrize(
    "answer", ["", "ok", "[]", "{}", '{"errcode": "0"}', '{"errcode": true}', '{"msgid": "m"}']
)
async def test_an_answer_that_says_nothing_leaves_it_unknown(app: Bench, answer: str) -> None:
    async with answering(app, answer) as api:
        with pytest.raises(OutcomeUnknown):
            await api.send("lihua", {"msgtype": "text", "text": {"content": "早"}})


CODES: dict[int, type[ChannelError]] = {
    -1: Throttled, 40003: Undeliverable, 40008: Undeliverable, 40056: Misconfigured, 40058: Undeliverable,
    43012: Misconfigured, 45009: Throttled, 45033: Throttled, 48002: Misconfigured, 60011: Undeliverable,
    60020: Misconfigured, 60111: Undeliverable, 81013: Undeliverable, 82001: Undeliverable,
    301002: Misconfigured, 99999: Unreachable,
}  # fmt: skip


@pytest.mark.parametrize("code", CODES)
async def test_each_code_has_its_meaning(app: Bench, code: int) -> None:
    app.server.refuse(app_messages.SEND, code)
    found = await failure(app)
    assert type(found) is CODES[code]
    assert found.sentence.endswith(f"（{code}）")
    assert app.server.ledger.delivered() == []


async def test_a_busy_minute_says_when_to_try_again(app: Bench) -> None:
    app.server.refuse(app_messages.SEND, 45009)
    found = await failure(app)
    assert isinstance(found, Throttled)
    assert found.after is not None and 1 <= found.after <= 61


async def test_an_address_that_is_not_trusted_is_named_until_it_is(app: Bench) -> None:
    app.server.refused_address = "203.0.113.9"
    found = await failure(app)
    assert (type(found), found.sentence) == (
        Misconfigured,
        "服务器的 IP 203.0.113.9 不在应用的“企业可信IP”里，请到应用页面加上（60020）",
    )
    assert list(app.alarms.standing.values()) == [found.sentence]
    await failure(app)
    assert len(app.alarms.rung) == 1
    app.server.refused_address = ""
    await send(app)
    assert app.alarms.standing == {}


@pytest.mark.parametrize(
    ("fault", "kind", "taken"),
    [
        (Fault.BUSY, Throttled, False),
        (Fault.BAD_GATEWAY, OutcomeUnknown, False),
        (Fault.EMPTY, OutcomeUnknown, False),
        (Fault.RESET, OutcomeUnknown, False),
        (Fault.TRUNCATED, OutcomeUnknown, True),
        (Fault.ANSWER_LOST, OutcomeUnknown, True),
        (Fault.LATE_BAD_GATEWAY, OutcomeUnknown, True),
    ],
)
async def test_each_fault_on_the_way_has_its_meaning(
    app: Bench, fault: Fault, kind: type[ChannelError], taken: bool
) -> None:
    app.server.inject(app_messages.SEND, fault)
    assert type(await failure(app)) is kind
    assert app.server.ledger.contents("lihua") == ["你好"] * taken


@pytest.mark.parametrize(
    "fault", [Fault.BUSY, Fault.BAD_GATEWAY, Fault.EMPTY, Fault.RESET, Fault.ANSWER_LOST]
)
async def test_an_upload_that_fails_has_sent_nothing(app: Bench, fault: Fault) -> None:
    app.server.inject(media.UPLOAD, fault)
    found = await failure(app, Image(attach(app, PNG), "地图.png", "路线图"))
    assert type(found) in (Unreachable, Throttled)
    assert app.server.calls[app_messages.SEND] == 0


async def test_no_failure_shows_a_secret(app: Bench) -> None:
    picture = Image(attach(app, PNG), "地图.png", "路线图")
    for path, fault in (
        (tokens.GET_TOKEN, Fault.BAD_GATEWAY),
        (media.UPLOAD, Fault.EMPTY),
        (app_messages.SEND, Fault.RESET),
    ):
        app.server.inject(path, fault)
        found = await failure(app, picture)
        shown = "".join(traceback.format_exception(found))
        assert (SECRET in shown, "token-" in shown, "lihua" in found.sentence) == (False, False, False)
        app.clock.advance(60)


# -- one token ---------------------------------------------------------------------------------------


async def test_one_token_for_its_whole_life(app: Bench) -> None:
    for _ in range(5):
        await send(app)
    app.clock.advance(7199)
    await send(app)
    assert app.server.calls[tokens.GET_TOKEN] == 1
    app.clock.advance(1)
    await send(app)
    assert app.server.calls[tokens.GET_TOKEN] == 2


async def test_a_token_that_dies_early_is_renewed_once(app: Bench) -> None:
    await send(app)
    app.server.tokens.expire_early(SECRET)
    await send(app)
    assert app.server.ledger.contents("lihua") == ["你好", "你好"]
    assert app.server.calls[tokens.GET_TOKEN] == 2


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_a_token_refused_for_ever_costs_two_calls(app: Bench, code: int) -> None:
    app.server.token_refusal = code
    app.server.token_always_refused = True
    found = [await failure(app) for _ in range(10)]
    assert {type(error) for error in found} == {Misconfigured}
    assert app.server.calls[tokens.GET_TOKEN] <= 2
    assert app.server.calls[app_messages.SEND] <= 2
    assert len(app.alarms.standing) >= 1


async def test_a_wrong_secret_is_named(sqlite_url: str) -> None:
    async with bench(sqlite_url) as app:
        app.server.apps.clear()
        found = await failure(app)
        assert (type(found), found.sentence) == (Misconfigured, say.SECRET_REFUSED)
        await failure(app)
        assert app.server.calls[tokens.GET_TOKEN] == 1


# -- limits ------------------------------------------------------------------------------------------


async def test_below_the_limits_nothing_is_dropped_in_silence(app: Bench) -> None:
    pacing, waited = SharedPacing(app.database), 0.0
    for number in range(150):
        while True:
            try:
                await pacing.take(app.channel.windows(LIHUA))
            except Throttled as full:
                assert full.after is not None
                app.clock.advance(full.after)
                waited += full.after
            else:
                break
        await send(app, Text(str(number)))
    assert app.server.ledger.over_limits() == []
    assert app.server.ledger.contents("lihua") == [str(number) for number in range(150)]
    assert 0 < waited < 600


def test_each_person_and_group_has_limits_of_their_own_and_shows_no_id(app: Bench) -> None:
    windows = [
        *app.channel.windows(LIHUA),
        *app.channel.windows(Recipient("wangfang")),
        *app.channel.windows(Recipient("lihua", group=True)),
    ]
    assert [(window.messages, window.seconds) for window in windows] == [
        (27, 60), (900, 3600), (27, 60), (900, 3600), (180, 60), (9000, 86400),
    ]  # fmt: skip
    assert len({window.bucket for window in windows}) == 3
    assert [window.bucket for window in windows if "lihua" in window.bucket] == []


# -- groups of our making ----------------------------------------------------------------------------


async def test_a_group_of_our_making(app: Bench) -> None:
    assert await app.channel.api.create_chat("c" * 32, "永续社区连心群", ["lihua", "wangfang"])
    group = Recipient("c" * 32, group=True)
    for message in app.channel.render(group, [Text("早"), CARD]):
        assert await send(app, message, to=group) == ""
    assert [entry.kind for entry in app.server.ledger.delivered("c" * 32)] == ["text", "markdown"]
    assert not await app.channel.api.create_chat("c" * 32, "永续社区连心群", ["lihua", "wangfang"])
    assert app.server.chats.chats["c" * 32].owner == "lihua"
    app.server.chats.dissolve("c" * 32)
    assert type(await failure(app, to=group)) is Removed


async def test_a_lost_answer_makes_no_second_group(app: Bench) -> None:
    app.server.inject(appchat.CREATE, Fault.ANSWER_LOST)
    with pytest.raises(OutcomeUnknown):
        await app.channel.api.create_chat("d" * 32, "群", ["lihua", "wangfang"])
    assert not await app.channel.api.create_chat("d" * 32, "群", ["lihua", "wangfang"])
    assert len(app.server.chats.chats) == 1


@pytest.mark.parametrize(
    ("members", "sentence"), [(["lihua"], say.WECOM_CHAT_SIZE), (["lihua", "nobody"], say.WECOM_CHAT_MEMBERS)]
)
async def test_a_group_the_platform_does_not_make(app: Bench, members: list[str], sentence: str) -> None:
    with pytest.raises(Undeliverable, match=sentence):
        await app.channel.api.create_chat("e" * 32, "群", members)


# -- people ------------------------------------------------------------------------------------------


async def test_who_somebody_is(app: Bench) -> None:
    api = app.channel.api
    assert await api.name_of("lihua") == "李华"
    with pytest.raises(Undeliverable, match=say.WECOM_NO_MEMBER):
        await api.name_of("nobody")
    opened = [app.server.open_userid(userid) for userid in ("lihua", "wangfang")]
    assert await api.userids([*opened, "wo-nobody"]) == dict(zip(opened, ("lihua", "wangfang"), strict=True))
    with pytest.raises(StaleCode):
        await api.visitor("no-code")


async def test_two_thousand_ids_are_asked_in_two_calls(app: Bench) -> None:
    for number in range(1500):
        app.server.add_member(f"m{number}")
    opened = [app.server.open_userid(f"m{number}") for number in range(1500)]
    assert len(await app.channel.api.userids(opened)) == 1500
    assert app.server.calls["/cgi-bin/batch/openuserid_to_userid"] == 2


async def test_a_card_is_changed_by_its_code_once(app: Bench) -> None:
    await send(app, CARD)
    ((_, task),) = app.server.messages.cards
    code = app.server.messages.response_code(app.app.agent_id, task)
    card = {
        "card_type": "text_notice",
        "main_title": {"title": "已认领"},
        "card_action": {"type": 1, "url": "https://e.org"},
    }
    await app.channel.api.update_card("lihua", code, card)
    assert app.server.messages.screen(app.app, task, "lihua") == card
    with pytest.raises(ChannelError):
        await app.channel.api.update_card("lihua", code, card)
