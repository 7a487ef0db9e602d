"""The imitated long connection against the three SDKs on PyPI as clients that nobody here wrote.

What each of them is known to bear or not is asserted too, so that a new version that differs shows.
"""

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.interop.clients import PACKAGES, Client, Package
from tests.interop.tls import certificate, serving, trusting
from tests.platform import aibot_forms as forms
from tests.platform.aibot import AibotServer
from tests.platform.aibot_line import Break
from tests.platform.aibot_robot import robot_on
from tests.platform.clock import StandingClock
from tests.platform.faults import Fault

pytestmark = [
    pytest.mark.interop,
    # two of the SDKs use names of websockets that are on their way out
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
OFFICIAL, SECOND, THIRD = PACKAGES
GROUP = "wrAAAA"
MARKDOWN = {"msgtype": "markdown", "markdown": {"content": "**早间简报** 👨‍👩‍👧"}}
CARD: dict[str, Any] = {
    "card_type": "button_interaction",
    "main_title": {"title": "微心愿 42"},
    "button_list": [{"text": "认领", "style": 1, "key": "claim:42"}],
    "task_id": "wish_42_v1",
}


def marks(package: Package) -> list[pytest.MarkDecorator]:
    absence = package.absence()
    return [pytest.mark.skip(reason=absence)] if absence else []


def each(*packages: Package) -> list[Any]:
    return [pytest.param(package, marks=marks(package), id=package.name) for package in packages]


@pytest.fixture(scope="module")
def loopback(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(params=each(*PACKAGES))
def package(request: pytest.FixtureRequest) -> Package:
    assert isinstance(request.param, Package)
    return request.param


@pytest.fixture
async def server() -> AsyncIterator[AibotServer]:
    server = AibotServer(StandingClock())
    server.chats.add_group(GROUP, "lihua", "wangwu")
    yield server
    await server.stop()


@pytest.fixture
async def url(server: AibotServer, package: Package, loopback: Path) -> str:
    return await server.start(serving(loopback) if package.tls else None)


@pytest.fixture
async def client(server: AibotServer, url: str, package: Package, loopback: Path) -> AsyncIterator[Client]:
    client = package.client(url, server.robot, loopback)
    await client.connect()
    await client.next("authenticated")
    yield client
    await client.disconnect()
    await server.until(lambda: not any(connection.alive for connection in server.connections))


async def test_a_question_in_a_group_and_a_growing_answer(server: AibotServer, client: Client) -> None:
    await server.say("lihua", "/查 低保 👨‍👩‍👧", GROUP)
    frame = await client.next("message.text")
    assert client.body(frame) == {
        "msgid": "M1",
        "aibotid": "AIBOTID",
        "chatid": GROUP,
        "chattype": "group",
        "from": {"userid": "lihua"},
        "msgtype": "text",
        "text": {"content": "@连心 村务助手 /查 低保 👨‍👩‍👧"},
    }
    await client.sdk.reply_stream(frame, "st-1", "低保", False)
    await client.sdk.reply_stream(frame, "st-1", "低保申请条件……", True)
    assert server.ledger.contents(GROUP) == ["低保申请条件……"]
    assert server.chats.streams["st-1"].contents == ["低保", "低保申请条件……"]
    assert server.violations == []


async def test_a_welcome(server: AibotServer, client: Client) -> None:
    enter = server.people.enter("wangwu")
    assert enter is not None
    await server.tell(enter)
    frame = await client.next("event.enter_chat")
    await client.sdk.reply_welcome(frame, {"msgtype": "text", "text": {"content": "您好"}})
    assert server.ledger.contents("wangwu") == ["您好"]


async def test_a_card_is_pressed_and_changed(server: AibotServer, client: Client) -> None:
    server.chats.heard("lihua", GROUP)
    await client.sdk.send_message(GROUP, {"msgtype": "template_card", "template_card": CARD})
    await server.tell(server.people.click("wangwu", "wish_42_v1", "claim:42"))
    frame = await client.next("event.template_card_event")
    changed = {**CARD, "button_list": [{"text": "已认领", "key": "none"}]}
    update = {"response_type": "update_template_card", "template_card": changed}
    await client.sdk.reply(frame, update, "aibot_respond_update_msg")
    assert server.ledger.contents(GROUP) == [json.dumps(changed, ensure_ascii=False)]


async def test_pushes_and_what_is_refused(server: AibotServer, client: Client) -> None:
    server.chats.heard("lihua", GROUP)
    await client.sdk.send_message(GROUP, MARKDOWN)
    text = {"msgtype": "text", "text": {"content": "早"}}
    for chat, body, code in ((GROUP, text, forms.BAD_KIND), ("group:" + GROUP, MARKDOWN, forms.UNKNOWN_CHAT)):
        assert str(code) in await refusal(client, chat, body)
    assert server.ledger.contents(GROUP) == ["**早间简报** 👨‍👩‍👧"]


async def test_the_thirty_first_of_a_minute(server: AibotServer, client: Client) -> None:
    server.chats.heard("lihua", GROUP)
    for _ in range(30):
        await client.sdk.send_message(GROUP, MARKDOWN)
    assert str(forms.TOO_OFTEN) in await refusal(client, GROUP, MARKDOWN)
    assert len(server.ledger.over_limits()) == 1


async def test_a_busy_platform(server: AibotServer, client: Client) -> None:
    server.chats.heard("lihua", GROUP)
    server.faults.inject("aibot_send_msg", Fault.BUSY)
    assert "-1" in await refusal(client, GROUP, MARKDOWN)
    await client.sdk.send_message(GROUP, MARKDOWN)
    assert len(server.ledger.delivered(GROUP)) == 1


async def refusal(client: Client, chat: str, body: dict[str, Any]) -> str:
    """What the SDK says of a push that was refused: an exception's text, or the ack itself."""
    try:
        answer = await client.sdk.send_message(chat, body)
    except Exception as error:
        return str(error)
    return str(answer)


async def test_a_reset_line_is_taken_up_again(server: AibotServer, client: Client) -> None:
    server.chats.heard("lihua", GROUP)
    await server.break_now(Break.ABORT)
    await client.next("authenticated")
    await client.sdk.send_message(GROUP, MARKDOWN)
    assert [subscription.code for subscription in server.subscriptions] == [0, 0]
    assert (server.takeovers, server.most_holders) == (0, 1)


@pytest.mark.parametrize("package", each(THIRD), indirect=True)
async def test_a_line_closed_with_1001_is_taken_up_again_by_one(server: AibotServer, client: Client) -> None:
    await server.break_now(Break.CLOSE_1001)
    await client.next("authenticated")
    assert len(server.subscriptions) == 2


async def test_pings_are_answered(server: AibotServer, client: Client) -> None:
    await server.until(lambda: server.calls["ping"] >= 4)
    assert [connection.alive for connection in server.connections] == [True]


async def test_a_kick_is_told(
    server: AibotServer, url: str, client: Client, loopback: Path, package: Package
) -> None:
    tls = trusting(loopback) if package.tls else True
    async with robot_on(url, tls) as newcomer:
        assert (await newcomer.subscribe(server.robot))["errcode"] == 0
        frame = await client.next("event.disconnected_event")
        assert client.body(frame)["event"] == {"eventtype": "disconnected_event"}
        await server.until(lambda: server.connections[0].closed is not None)
    assert server.takeovers == 1


async def test_a_wrong_secret(server: AibotServer, url: str, package: Package, loopback: Path) -> None:
    server.refuse_subscriptions(*[forms.WRONG_SECRET] * 50)
    client = package.client(url, server.robot, loopback)
    await client.connect()
    await server.until(lambda: bool(server.subscriptions))
    assert server.subscriptions[0].code == forms.WRONG_SECRET
    assert server.holder is None
    await client.disconnect()
    await server.until(lambda: not any(connection.alive for connection in server.connections))


@pytest.mark.parametrize("package", each(SECOND, THIRD), indirect=True)
async def test_a_picture_is_opened(server: AibotServer, client: Client) -> None:
    await server.tell(server.people.message("lihua", "image", server.attachment(b"\x89PNG\n" * 20, "a.png")))
    frame = await client.next("message.image")
    image = client.body(frame)["image"]
    assert len(base64.b64decode(image["aeskey"])) == 32
    opened = await client.sdk.download_file(image["url"], image["aeskey"])
    content = opened["buffer"] if isinstance(opened, dict) else opened[0]
    assert content == b"\x89PNG\n" * 20


@pytest.mark.parametrize("package", each(SECOND), indirect=True)
async def test_a_file_in_three_pieces(server: AibotServer, client: Client) -> None:
    server.chats.heard("lihua", GROUP)
    content = bytes(range(256)) * 5000
    result = await client.sdk.upload_media(content, type="file", filename="名单.xlsx")
    await client.sdk.send_media_message(GROUP, "file", result["media_id"])
    assert server.desk.media.files[result["media_id"]].content == content
    assert server.calls["aibot_upload_media_chunk"] == 3


@pytest.mark.parametrize("package", each(THIRD), indirect=True)
async def test_a_field_of_its_own_needs_a_lenient_platform(
    package: Package, loopback: Path, tmp_path: Path
) -> None:
    file = tmp_path / "a.xlsx"
    file.write_bytes(b"123456")
    for strict in (True, False):
        server = AibotServer(StandingClock(), strict=strict)
        client = package.client(await server.start(), server.robot, loopback)
        await client.connect()
        await client.next("authenticated")
        if strict:
            with pytest.raises(RuntimeError, match="total_chunks: an unknown field"):
                await client.sdk.upload_media(str(file))
        else:
            result = await client.sdk.upload_media(str(file))
            assert server.desk.media.files[result.media_id].content == b"123456"
        await client.disconnect()
        await server.stop()
