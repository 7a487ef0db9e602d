"""The half that calls back: WeCom's envelope read by wechatpy, attempts and copies, events, hostile deliveries."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from xml.etree import ElementTree

import pytest
from aiohttp import web
from wechatpy.enterprise import parse_message
from wechatpy.enterprise.crypto import WeChatCrypto
from wechatpy.enterprise.exceptions import InvalidCorpIdException
from wechatpy.enterprise.replies import create_reply
from wechatpy.exceptions import InvalidSignatureException

from tests.platform import hostile
from tests.platform.official_account import OfficialAccountPlatform
from tests.platform.sender import Attempt, Request, Sender
from tests.platform.wecom import WeComServer
from tests.platform.wecom_sender import AppAccount, WeComSender

ACCOUNT = AppAccount()
Either = OfficialAccountPlatform | WeComSender
Answer = Callable[[web.Request], Awaitable[web.Response]]


@pytest.fixture(params=[OfficialAccountPlatform, WeComSender])
def sender(request: pytest.FixtureRequest) -> Either:
    """Each sender in turn."""
    made: Either = request.param(patience=60)
    return made


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[str]:
    """The address of a callback that answers so."""
    app = web.Application()
    app.router.add_route("*", "/callback", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/callback"
    await runner.cleanup()


def crypto() -> WeChatCrypto:
    return WeChatCrypto(ACCOUNT.token, ACCOUNT.aes_key, ACCOUNT.corp_id)


def opened(request: Request) -> str:
    """What wechatpy finds in a delivery."""
    query = request.query
    text: str = crypto().decrypt_message(
        request.body.decode(), query["msg_signature"], query["timestamp"], query["nonce"]
    )
    return text


# -- WeCom's envelope --------------------------------------------------------------------------------


def test_wechatpy_opens_its_deliveries_and_it_reads_wechatpy_replies() -> None:
    sender = WeComSender()
    request = sender.request(sender.message("lihua", Content="/心愿 列表 ]]> 👍🏽"))
    message = parse_message(opened(request))
    assert (message.type, message.source, message.content, message.agent, message.id) == (
        "text",
        "lihua",
        "/心愿 列表 ]]> 👍🏽",
        ACCOUNT.agent_id,
        4_561_255_354_251_345_001,
    )
    reply = crypto().encrypt_message(
        create_reply("有 3 个心愿", message).render(), request.query["nonce"], request.query["timestamp"]
    )
    outcome = sender.read(request, [Attempt(200, reply, 0)])
    assert (outcome.text, outcome.fault) == ("有 3 个心愿", None)
    assert sender.read(request, [Attempt(200, "", 0)]).fault is None


def test_a_forged_envelope_is_forged_for_wechatpy_too() -> None:
    sender = WeComSender()
    message = sender.message("lihua", Content="在吗")
    with pytest.raises(InvalidCorpIdException):
        opened(sender.request(message, receive_id="ww-other"))
    genuine = sender.request(message)
    with pytest.raises(InvalidSignatureException):
        opened(Request({**genuine.query, "nonce": "1"}, genuine.body))


def reply(sender: WeComSender, kind: str, inner: str, to: str = "lihua") -> str:
    """A sealed reply of `kind`."""
    document = (
        f"<xml><ToUserName>{to}</ToUserName><FromUserName>{ACCOUNT.corp_id}</FromUserName>"
        f"<CreateTime>1</CreateTime><MsgType>{kind}</MsgType>{inner}</xml>"
    )
    sealed: str = crypto().encrypt_message(document, "nonce", "1795390000")
    return sealed


TEXT = "<Content>好</Content>"


@pytest.mark.parametrize(
    ("kind", "inner", "to"),
    [
        ("text", TEXT, "zhao"),
        ("text", "<Content> </Content>", "lihua"),
        ("text", TEXT + TEXT, "lihua"),
        ("text", TEXT + "<Note>x</Note>", "lihua"),
        ("markdown", TEXT, "lihua"),
        ("image", "<Image></Image>", "lihua"),
        ("update_button", "<Button><ReplaceName>好</ReplaceName></Button>", "lihua"),
        ("news", "<ArticleCount>2</ArticleCount><Articles><item><Title>x</Title></item></Articles>", "lihua"),
    ],
)
def test_a_reply_that_is_not_right_is_a_service_fault(kind: str, inner: str, to: str) -> None:
    sender = WeComSender()
    request = sender.request(sender.message("lihua", Content="在吗"))
    assert sender.read(request, [Attempt(200, reply(sender, "text", TEXT), 0)]).text == "好"
    assert sender.read(request, [Attempt(200, reply(sender, kind, inner, to), 0)]).fault
    assert sender.read(request, [Attempt(200, "success", 0)]).fault


def test_a_long_text_is_shown_cut_and_some_events_have_no_answer() -> None:
    sender = WeComSender()
    request = sender.request(sender.event("lihua", "enter_agent", EventKey=""))
    long = reply(sender, "text", f"<Content>{'长' * 683}</Content>")
    assert sender.read(request, [Attempt(200, long, 0)]).text == "长" * 682
    alert = sender.request(sender.event("lihua", "inactive_alert", EffectTime="1"))
    assert sender.read(alert, [Attempt(200, reply(sender, "text", TEXT), 0)]).fault


def test_a_reply_to_a_click_changes_the_card_of_who_clicked() -> None:
    server = WeComServer()
    app = server.add_app(secret="right", agent_id=ACCOUNT.agent_id)
    sender = WeComSender(ACCOUNT, server)
    card = {"card_type": "button_interaction", "button_list": [{"text": "认领", "key": "claim"}]}
    server.messages.cards[app.agent_id, "t1"] = server.messages.card("t1", card, ["lihua", "zhao"])
    request = sender.request(sender.card_click("lihua", "t1", "claim"))
    update = reply(sender, "update_button", "<Button><ReplaceName>已认领</ReplaceName></Button>")
    assert sender.read(request, [Attempt(200, update, 0)]).fault is None
    assert server.messages.screen(app, "t1", "lihua") == {"replace_name": "已认领"}
    assert server.messages.screen(app, "t1", "zhao") == card


# -- attempts, copies, the test of an address --------------------------------------------------------


async def test_three_attempts_each_signed_anew(sender: Either) -> None:
    seen: list[tuple[str, str]] = []
    statuses = iter([500, 302, 200])

    async def answer(request: web.Request) -> web.Response:
        seen.append((request.query["nonce"], request.query["msg_signature"]))
        return web.Response(status=next(statuses), text="")

    async with serving(answer) as url:
        outcome = await sender.deliver(url, sender.message("lihua", Content="在吗"))
    assert [attempt.status for attempt in outcome.attempts] == [500, 302, 200]
    assert (outcome.text, outcome.fault) == (None, None)
    assert len(set(seen)) == 3


async def test_after_three_times_nothing_the_person_sees_a_fault() -> None:
    sender = WeComSender(patience=0.05)

    async def answer(request: web.Request) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    async with serving(answer) as url:
        outcome = await sender.deliver(url, sender.message("lihua", Content="在吗"))
    assert [attempt.status for attempt in outcome.attempts] == [0, 0, 0]
    assert outcome.fault == "no answer with HTTP 200"


async def test_copies_are_in_flight_together() -> None:
    sender, together = WeComSender(patience=60), asyncio.Barrier(3)

    async def answer(request: web.Request) -> web.Response:
        await together.wait()
        return web.Response()

    async with serving(answer) as url:
        outcomes = await sender.deliver_at_once(url, sender.message("lihua", Content="在吗"), copies=3)
    assert [outcome.fault for outcome in outcomes] == [None, None, None]


def verifying(echo: str, *, after: float = 0) -> Answer:
    async def answer(request: web.Request) -> web.Response:
        query = request.query
        plain: str = crypto().check_signature(
            query["msg_signature"], query["timestamp"], query["nonce"], query["echostr"]
        )
        await asyncio.sleep(after)
        return web.Response(text=echo.format(plain))

    return answer


async def test_the_test_of_an_address() -> None:
    sender = WeComSender()
    assert (sender.patience, sender.verify_patience) == (5.0, 1.0)
    sender.verify_patience = 60
    async with serving(verifying("{}")) as url:
        assert await sender.verify_url(url)
    async with serving(verifying('"{}"')) as url:
        assert not await sender.verify_url(url)
    async with serving(verifying("{}\n")) as url:
        assert not await sender.verify_url(url)
    sender.verify_patience = 0.05
    async with serving(verifying("{}", after=60)) as url:
        assert not await sender.verify_url(url)


async def test_what_became_of_a_template_message_is_told() -> None:
    platform, heard = OfficialAccountPlatform(patience=60), []

    async def answer(request: web.Request) -> web.Response:
        envelope = ElementTree.fromstring(await request.text())
        heard.append(ElementTree.fromstring(platform.sealer.open(envelope.findtext("Encrypt") or "")))
        return web.Response(text="success")

    platform.api.events.append(("o1", "TEMPLATESENDJOBFINISH", {"MsgID": "7", "Status": "success"}))
    async with serving(answer) as url:
        assert [outcome.fault for outcome in await platform.deliver_events(url)] == [None]
        assert await platform.deliver_events(url) == []
    assert [
        (event.findtext("Event"), event.findtext("MsgID"), event.findtext("Status")) for event in heard
    ] == [("TEMPLATESENDJOBFINISH", "7", "success")]


# -- hostile deliveries ------------------------------------------------------------------------------


def test_the_hostile_deliveries_are_what_they_say(sender: Either) -> None:
    found = dict(hostile.requests(sender, "lihua", "/撤回 1"))
    right = sender.request(sender.message("lihua", Content="/撤回 1"))
    assert len(found) == 45
    assert set(found["no nonce"].query) == set(right.query) - {"nonce"}
    assert found["upper-case signature"].query["msg_signature"].isupper()
    assert len(found["10 MB"].body) == 10_000_000
    assert "<Encrypt>*" in found["not base64"].body.decode()
    assert "<MsgType>" not in found["no MsgType"].message
    assert "soon" in found["time is no number"].message
    for name, request in found.items():
        envelope = request.body.decode(errors="replace").partition("<Encrypt>")[2].partition("</Encrypt>")[0]
        sealed = envelope.removeprefix("<![CDATA[").removesuffix("]]>")
        assert genuine(sender, request, sealed) == (name in HARD_TO_TELL), name


HARD_TO_TELL = {
    *("an hour old", "an hour early", "before 1970", "1.5 MB", "bomb around it", "not UTF-8", "cut off"),
    *("bomb inside", "entity of a file", "NUL inside", "control characters inside", "cut off inside"),
    *("not XML inside", "time is no number", "time is huge", "two senders"),
    *(f"no {name}" for name in hostile.NAMES),
}
"""Rightly sealed and signed: only what is inside, or around, or when, is wrong."""


def genuine(sender: Either, request: Request, sealed: str) -> bool:
    """Whether seal and signature are right."""
    if not {"timestamp", "nonce", "msg_signature"} <= set(request.query):
        return False
    if sender.seal_query(request.query, sealed)["msg_signature"] != request.query["msg_signature"]:
        return False
    try:
        sender.sealer.open(sealed)
    except ValueError:
        return False
    return True


def test_the_oddities_are_well_formed(sender: Either) -> None:
    found = dict(hostile.oddities(sender, "lihua"))
    assert len(found) == 15
    for name, document in found.items():
        root = ElementTree.fromstring(document)
        assert (root.tag, root.findtext("FromUserName")) == ("xml", "lihua"), name
    assert isinstance(sender, Sender)
